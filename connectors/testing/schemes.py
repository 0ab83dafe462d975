# Part of Integration Hub. License LGPL-3.0 or later.
"""The contract of every webhook signature scheme: good accepted; tampered, stale, malformed refused; nothing leaks.

    class TestStripe(SchemeContract):
        scheme = get("stripe")
        secret = "whsec_example"

Needs pytest and hypothesis.
"""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..errors import DocumentError, SignatureRefused
from ..messages import Headers
from ..signatures import JSON, Delivery, HmacScheme, Verified

_inherited = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.differing_executors])

BAD_TIMESTAMPS = (
    "Infinity", "NaN", "1e9", "-1", "+1700000000", " 1700000000", "1700000000 ", "1700000000.0", "1_700_000_000",
    "0x65", "١٧٠٠٠٠٠٠٠٠", "９", "1" * 400, "",
)  # fmt: skip


class SchemeContract:
    """Inherit, and set ``scheme`` and ``secret``; the rest where the vendor needs it."""

    scheme: HmacScheme
    secret: str
    url: str = "https://hub.example.com/integration/webhook/abc?x=1"
    content_type: str = JSON
    body: bytes = b'{"id": "evt_1", "amount": 1200, "note": "Z\xc3\xbcrich"}'
    bodies: st.SearchStrategy[bytes] = st.binary(max_size=200)
    now: float = 1_700_000_000.0

    def delivery(self, body: bytes | None = None, headers: dict[str, str] | None = None) -> Delivery:
        """An unsigned delivery."""
        fields = {"Content-Type": self.content_type, **(headers or {})}
        return Delivery("POST", self.url, Headers(fields), self.body if body is None else body)

    def signed(self, body: bytes | None = None, *, at: float | None = None, message_id: str | None = None) -> Delivery:
        """A delivery signed with the secret."""
        bare = self.delivery(body)
        return self.delivery(body, self.scheme.sign(bare, self.secret, now=at or self.now, message_id=message_id))

    def verify(self, delivery: Delivery, *secrets: str, now: float | None = None) -> Verified:
        """Verify with the secret, or with other ones."""
        return self.scheme.verify(delivery, secrets or (self.secret,), now=self.now if now is None else now)

    def refused(self, delivery: Delivery, *secrets: str, now: float | None = None) -> str:
        """The code of the refusal; fails when the delivery is accepted or the refusal shows a secret."""
        with pytest.raises(SignatureRefused) as caught:
            self.verify(delivery, *secrets, now=now)
        shown = f"{caught.value} {caught.value!r} {caught.value.params} {caught.value.hint} {delivery!r}"
        for secret in secrets or (self.secret,):
            assert not secret or secret not in shown
        return caught.value.code

    def test_good_delivery_is_accepted(self) -> None:
        verified = self.verify(self.signed())
        if self._has_time:
            assert verified.timestamp == self.now
        else:
            assert verified.timestamp is None

    def test_dedupe_key_is_the_senders_id(self) -> None:
        expected = "delivery-42" if self.scheme.dedupe_headers else None
        assert self.verify(self.signed(message_id="delivery-42")).dedupe_key == expected

    def test_header_names_have_no_case(self) -> None:
        delivery = self.signed()
        shouted = Headers((name.upper(), value) for name, value in delivery.headers.pairs())
        self.verify(Delivery(delivery.method, delivery.url, shouted, delivery.body))

    def test_either_secret_counts_while_rotating(self) -> None:
        self.verify(self.signed(), "bmV3IHNlY3JldA==", self.secret)
        self.verify(self.signed(), self.secret, "bmV3IHNlY3JldA==")
        self.verify(self.signed(), "", self.secret)

    def test_without_a_secret_nothing_is_accepted(self) -> None:
        assert self.refused(self.signed(), "") == "no-secret"
        with pytest.raises(SignatureRefused) as caught:
            self.scheme.verify(self.signed(), [], now=self.now)
        assert caught.value.code == "no-secret"
        with pytest.raises(SignatureRefused):
            self.scheme.sign(self.delivery(), "", now=self.now)

    def test_each_header_is_needed_once_and_in_ascii(self) -> None:
        delivery = self.signed()
        for name in self._needed_headers:
            value = delivery.headers[name]
            bare = delivery.headers.without(name)
            assert self.refused(self._with(delivery, bare)) == "missing-header"
            assert self.refused(self._with(delivery, bare.set(name, ""))) == "missing-header"
            doubled = Headers((*bare.pairs(), (name, value), (name.lower(), value)))
            assert self.refused(self._with(delivery, doubled)) == "malformed-header"
            if not self.scheme.separator:  # a proxy may join two fields; in a list the parts keep their meaning
                assert self.refused(self._with(delivery, bare.set(name, f"{value}, {value}")))
            for char in ("é", "☃", "\u0661", "\x00", "\n", "\udc80"):
                assert self.refused(self._with(delivery, bare.set(name, value[:-1] + char))) == "malformed-header"

    def test_doubled_dedupe_header_is_refused(self) -> None:
        delivery = self.signed(message_id="one")
        for name in self.scheme.dedupe_headers[:1]:
            doubled = Headers((*delivery.headers.pairs(), (name, "two")))
            assert self.refused(self._with(delivery, doubled)) == "malformed-header"

    def test_age_has_limits(self) -> None:
        delivery = self.signed()
        if not self._has_time:
            self.verify(delivery, now=self.now + 10**9)
            return
        past, future = self.scheme.past, self.scheme.future
        self.verify(delivery, now=self.now + past)
        self.verify(delivery, now=self.now - future)
        assert self.refused(delivery, now=self.now + past + 1) == "stale"
        assert self.refused(delivery, now=self.now - future - 1) == "future"

    def test_timestamp_is_ascii_digits(self) -> None:
        delivery = self.signed()
        header = delivery.headers[self.scheme.signature_header]
        for text in BAD_TIMESTAMPS if self._has_time else ():
            if self.scheme.timestamp_header:
                headers = delivery.headers.set(self.scheme.timestamp_header, text)
            else:
                rest = header.partition(self.scheme.separator)[2]
                headers = delivery.headers.set(
                    self.scheme.signature_header, f"{self.scheme.timestamp_prefix}{text}{self.scheme.separator}{rest}"
                )
            assert self.refused(self._with(delivery, headers)) in ("malformed-header", "missing-header")

    def test_one_valid_signature_among_several_is_enough(self) -> None:
        delivery = self.signed()
        name, prefix, separator = self.scheme.signature_header, self.scheme.prefix, self.scheme.separator
        items = delivery.headers[name].split(separator) if separator else []
        for junk in ("v9=?", f"{prefix}nonsense", prefix, "", "x") if separator else ():
            for place in range(len(items) + 1):
                crowded = separator.join([*items[:place], junk, *items[place:]])
                self.verify(self._with(delivery, delivery.headers.set(name, crowded)))

    @_inherited
    @given(data=st.data())
    def test_any_body_round_trips(self, data: st.DataObject) -> None:
        self.verify(self.signed(data.draw(self.bodies)))

    @_inherited
    @given(data=st.data())
    def test_any_flipped_bit_of_the_body_is_refused(self, data: st.DataObject) -> None:
        delivery = self.signed()
        body = flip(delivery.body, data)
        self.refused(Delivery(delivery.method, delivery.url, delivery.headers, body))

    @_inherited
    @given(data=st.data())
    def test_any_flipped_bit_of_a_signed_header_is_refused(self, data: st.DataObject) -> None:
        delivery = self.signed()
        name = data.draw(st.sampled_from(self._needed_headers))
        value = flip(delivery.headers[name].encode("ascii"), data).decode("latin-1")
        self.refused(self._with(delivery, delivery.headers.set(name, value)))

    @_inherited
    @given(data=st.data())
    def test_any_flipped_bit_of_the_secret_is_refused(self, data: st.DataObject) -> None:
        self.refused(self.signed(), flip(self.secret.encode("ascii"), data, bits=7).decode("ascii"))

    @_inherited
    @given(value=st.text(max_size=120), data=st.data())
    def test_no_header_makes_anything_but_a_refusal(self, value: str, data: st.DataObject) -> None:
        delivery = self.signed()
        name = data.draw(st.sampled_from(self._needed_headers))
        if value != delivery.headers[name]:
            self.refused(self._with(delivery, delivery.headers.set(name, value)))

    @_inherited
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

    @property
    def _has_time(self) -> bool:
        return bool(self.scheme.timestamp_header or self.scheme.timestamp_prefix)

    @property
    def _needed_headers(self) -> list[str]:
        names = (self.scheme.signature_header, self.scheme.timestamp_header, self.scheme.id_header)
        return [name for name in names if name]

    @staticmethod
    def _with(delivery: Delivery, headers: Headers) -> Delivery:
        return Delivery(delivery.method, delivery.url, headers, delivery.body)


def flip(value: bytes, data: st.DataObject, *, bits: int = 8) -> bytes:
    """``value`` with one of its bits inverted."""
    place = data.draw(st.integers(0, len(value) - 1), label="byte")
    bit = data.draw(st.integers(0, bits - 1), label="bit")
    return value[:place] + bytes([value[place] ^ (1 << bit)]) + value[place + 1 :]
