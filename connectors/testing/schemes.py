# Part of Integration Hub. License LGPL-3.0 or later.
"""The contract of every webhook scheme: good accepted; tampered, stale, malformed refused; nothing leaks.

    class TestStripe(SignedContract):
        scheme = get("stripe")
        secret = "whsec_example"

`SignedContract` is for those that sign the delivery (`SignedScheme`), `SchemeContract` for all others.
Needs pytest and hypothesis.
"""

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..errors import ConfigurationError, DocumentError, SignatureRefused
from ..messages import Headers
from ..signatures import FORM, JSON, Delivery, Scheme, Verified

inherited = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.differing_executors])

MULTIPART = "multipart/form-data; boundary=x"
MULTIPART_BODY = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'
NO_ASCII = ("é", "☃", "\u0661", "\x00", "\n", "\udc80")


class SchemeContract:
    """Inherit, and set `scheme` and `secret`; the rest where the vendor needs it.

    signing_secret: the sender's half where the two differ. sent_headers: what a delivery has before it is signed.
    """

    scheme: Scheme
    secret: str
    signing_secret: str = ""
    url: str = "https://hub.example.com/integration/webhook/abc?x=1"
    content_type: str = JSON
    sent_headers: dict[str, str] = {}
    body: bytes = b'{"id": "evt_1", "amount": 1200, "note": "Z\xc3\xbcrich"}'
    bodies: st.SearchStrategy[bytes] = st.binary(max_size=200)
    other_secret: str = "bmV3IHNlY3JldCwgYXMgbG9uZyBhcyBvdGhlcnM="
    now: float = 1_700_000_000.0
    key_part: slice = slice(None)  # of the secret: what is more than its wrapping
    multipart_refusal: str = ""  # a scheme that signs what it finds in the body refuses kinds of body it cannot read

    def delivery(self, body: bytes | None = None, headers: dict[str, str] | None = None) -> Delivery:
        """An unsigned delivery."""
        fields = {"Content-Type": self.content_type, **self.sent_headers, **(headers or {})}
        return Delivery("POST", self.url, Headers(fields), self.body if body is None else body)

    def signed(self, body: bytes | None = None, *, at: float | None = None, message_id: str | None = None) -> Delivery:
        """A delivery signed with the secret."""
        secret = self.signing_secret or self.secret
        bare = self.delivery(body)
        return self.delivery(body, self.scheme.sign(bare, secret, now=at or self.now, message_id=message_id))

    def verify(self, delivery: Delivery, *secrets: str, now: float | None = None) -> Verified:
        """Verify with the secret, or with other ones."""
        return self.scheme.verify(delivery, secrets or (self.secret,), now=self.now if now is None else now)

    def refused(self, delivery: Delivery, *secrets: str, now: float | None = None) -> str:
        """The code of the refusal; fails when the delivery is accepted, or the refusal explains nothing or too much."""
        with pytest.raises(SignatureRefused) as caught:
            self.verify(delivery, *secrets, now=now)
        shown = f"{caught.value} {caught.value!r} {caught.value.params} {caught.value.hint} {delivery!r}"
        for secret in secrets or (self.secret,):
            assert not secret or secret not in shown
        words = (caught.value.message, caught.value.hint)
        assert all(words) and "None" not in " ".join(words), "what it says must be whole"
        return caught.value.code

    def having(self, delivery: Delivery, name: str, *values: str) -> Delivery:
        """The delivery with these values of a header, in the place of those it had."""
        pairs = ((name, value) for value in values)
        return replace(delivery, headers=Headers((*delivery.headers.without(name).pairs(), *pairs)))

    # -- accepted -----------------------------------------------------------------------------------------------------

    def test_good_delivery_is_accepted(self) -> None:
        assert isinstance(self.verify(self.signed()), Verified)

    def test_either_secret_counts_while_rotating(self) -> None:
        self.verify(self.signed(), self.other_secret, self.secret)
        self.verify(self.signed(), self.secret, self.other_secret)
        self.verify(self.signed(), "", self.secret)

    def test_the_senders_id_is_told(self) -> None:
        verified = self.verify(self.signed(message_id="delivery-42"))
        assert verified.dedupe_key == ("delivery-42" if self._has_id else None)
        assert self.scheme.dedupe_key(verified, {}) == verified.dedupe_key

    def test_header_in_another_case_is_the_same_header(self) -> None:
        delivery = self.signed()
        for spell in (str.upper, str.lower, str.swapcase):
            pairs = ((spell(name), value) for name, value in delivery.headers.pairs())
            self.verify(replace(delivery, headers=Headers(pairs)))

    def test_what_a_receiver_must_know_is_said(self) -> None:
        scheme = self.scheme
        flags = (scheme.redelivers, scheme.challenge_is_signed, scheme.signs_body, scheme.signs_url)
        assert all(isinstance(flag, bool) for flag in flags)
        for answer in (scheme.answer, scheme.refusal):
            if answer is not None:
                assert answer.status in range(200, 500)
                assert re.fullmatch(r"[a-z]+/[a-z0-9.+-]+(; charset=utf-8)?", answer.content_type)
                assert answer.body is None or isinstance(answer.body, bytes)

    # -- refused ------------------------------------------------------------------------------------------------------

    def test_without_a_secret_nothing_is_accepted(self) -> None:
        assert self.refused(self.signed(), "") == "no-secret"
        with pytest.raises(SignatureRefused) as caught:
            self.scheme.verify(self.signed(), [], now=self.now)
        assert caught.value.code == "no-secret"
        with pytest.raises(SignatureRefused) as caught:
            self.scheme.sign(self.delivery(), "", now=self.now)
        assert caught.value.code == "no-secret"

    def test_one_text_in_place_of_a_list_of_secrets_is_a_mistake(self) -> None:
        with pytest.raises(ConfigurationError) as caught:
            self.scheme.verify(self.signed(), self.secret, now=self.now)
        assert caught.value.code == "invalid-secrets"

    def test_another_secret_is_refused(self) -> None:
        assert self.refused(self.signed(), self.other_secret) in ("mismatch", "no-secret")

    def test_header_missing_is_refused(self) -> None:
        delivery = self.signed()
        for name in self.scheme.proof_headers:
            assert self.refused(self.having(delivery, name)) == "missing-header"
            assert self.refused(self.having(delivery, name, "")) == "missing-header"

    def test_header_doubled_is_refused(self) -> None:
        delivery = self.signed(message_id="one")
        for name in (*self.scheme.proof_headers, *self.scheme.dedupe_headers[:1]):
            value = delivery.headers[name]
            assert self.refused(self.having(delivery, name, value, value)) == "malformed-header"
            assert self.refused(self.having(delivery, name, value, "other")) == "malformed-header"

    def test_header_with_non_ascii_is_refused(self) -> None:
        delivery = self.signed()
        for name in self.scheme.proof_headers:
            for char in NO_ASCII:
                spoilt = self.having(delivery, name, delivery.headers[name][:-1] + char)
                assert self.refused(spoilt) == "malformed-header"

    def test_header_of_endless_length_is_refused(self) -> None:
        delivery = self.signed()
        for name in self.scheme.proof_headers:
            assert self.refused(self.having(delivery, name, "a" * 16_385)) == "malformed-header"

    @inherited
    @given(value=st.text(max_size=120), data=st.data())
    def test_no_header_makes_anything_but_a_refusal(self, value: str, data: st.DataObject) -> None:
        delivery = self.signed()
        name = data.draw(st.sampled_from(self.scheme.proof_headers))
        if value != delivery.headers[name]:
            self.refused(self.having(delivery, name, value))

    @inherited
    @given(data=st.data())
    def test_any_flipped_bit_of_the_secret_is_refused(self, data: st.DataObject) -> None:
        start, stop, _step = self.key_part.indices(len(self.secret))
        flipped = flip(self.secret[start:stop].encode("ascii"), data, bits=7).decode("ascii")
        self.refused(self.signed(), self.secret[:start] + flipped + self.secret[stop:])

    # -- bodies -------------------------------------------------------------------------------------------------------

    def test_form_body_is_verified_as_it_came(self) -> None:
        self.content_type = FORM
        self.verify(self.signed(b"a=1&b=%C3%BC"))
        if self.scheme.signs_body:
            signed = self.signed(b"a=1&b=%C3%BC")
            assert self.refused(replace(signed, body=b"a=1&b=%C3%BD")) == "mismatch"
            self._check_form_in_other_bytes(signed)

    def _check_form_in_other_bytes(self, signed: Delivery) -> None:
        assert self.refused(replace(signed, body=b"b=%C3%BC&a=1")) == "mismatch"

    def test_multipart_body_is_verified_as_it_came_and_no_document(self) -> None:
        self.content_type = MULTIPART
        if self.multipart_refusal:
            with pytest.raises(SignatureRefused) as caught:
                self.signed(MULTIPART_BODY)
            assert caught.value.code == self.multipart_refusal
            return
        delivery = self.signed(MULTIPART_BODY)
        self.verify(delivery)
        with pytest.raises(DocumentError) as unread:
            self.scheme.document(delivery)
        assert unread.value.code == "unsupported-content-type"

    @inherited
    @given(data=st.data())
    def test_any_body_round_trips(self, data: st.DataObject) -> None:
        self.verify(self.signed(data.draw(self.bodies)))

    @inherited
    @given(data=st.data())
    def test_any_flipped_bit_of_the_body_is_refused_where_it_is_signed(self, data: st.DataObject) -> None:
        delivery = self.signed()
        changed = replace(delivery, body=flip(delivery.body, data))
        if self.scheme.signs_body:
            self.refused(changed)
        else:
            self.verify(changed)

    @inherited
    @given(body=st.binary(max_size=80))
    def test_no_body_makes_anything_but_a_document_error(self, body: bytes) -> None:
        for content_type in (*self.scheme.content_types, "application/xml", "", "é"):
            delivery = Delivery("POST", self.url, Headers({"Content-Type": content_type}), body)
            try:
                document = self.scheme.document(delivery)
            except DocumentError as error:
                assert error.code
            else:
                assert content_type in (*self.scheme.content_types, "")
                assert self.scheme.challenge(delivery, document) is None or document
                assert isinstance(self.scheme.dedupe_key(Verified(None, None), document), (str, type(None)))

    @property
    def _has_id(self) -> bool:
        return bool(self.scheme.dedupe_headers)


def flip(value: bytes, data: st.DataObject, *, bits: int = 8) -> bytes:
    """`value` with one of its bits inverted."""
    place = data.draw(st.integers(0, len(value) - 1), label="byte")
    bit = data.draw(st.integers(0, bits - 1), label="bit")
    return value[:place] + bytes([value[place] ^ (1 << bit)]) + value[place + 1 :]
