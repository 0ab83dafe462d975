# Part of Integration Hub. License LGPL-3.0 or later.
"""What is to be kept, beside the contract of all schemes, by those that sign the delivery in a header."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ..errors import SignatureRefused
from ..signatures import Delivery, SignedScheme
from ..signatures.encodings import DECODE, ENCODE, TIMESTAMPS
from .schemes import SchemeContract, flip, inherited

NO_NUMBERS = (
    "NaN", "1e9", "+1700000000", " 1700000000", "1700000000 ", "1700000000.0", "1_700_000_000",
    "0x65", "١٧٠٠٠٠٠٠٠٠", "９", "1" * 400, "",
)  # fmt: skip


class SignedContract(SchemeContract):
    """Inherit, and set `scheme` and `secret`; the rest where the vendor needs it."""

    scheme: SignedScheme

    def at(self, text: str) -> Delivery:
        """A signed delivery whose time is replaced by `text`."""
        delivery, scheme = self.signed(), self.scheme
        if scheme.timestamp_header:
            return self.having(delivery, scheme.timestamp_header, text)
        rest = delivery.headers[scheme.signature_header].partition(scheme.separator)[2]
        value = f"{scheme.timestamp_prefix}{text}{scheme.separator}{rest}"
        return self.having(delivery, scheme.signature_header, value)

    def encoded(self, text: str) -> Delivery:
        """A signed delivery whose signature is replaced by `text`."""
        delivery = self.signed()
        name, value = self.scheme.signature_header, delivery.headers[self.scheme.signature_header]
        return self.having(delivery, name, value.replace(self._signature(delivery), text))

    # -- time ---------------------------------------------------------------------------------------------------------

    def test_time_is_told(self) -> None:
        delivery = self.signed()
        expected = self.now if self._has_time else None
        assert self.verify(delivery).timestamp == expected
        assert self.scheme.timestamp(delivery) == expected

    def test_age_has_limits_both_ways(self) -> None:
        delivery = self.signed()
        if not self._has_time:
            self.verify(delivery, now=self.now + 10**9)
            return
        past, future = self.scheme.past, self.scheme.future
        self.verify(delivery, now=self.now + past)
        self.verify(delivery, now=self.now - future)
        assert self.refused(delivery, now=self.now + past + 0.5) == "stale"
        assert self.refused(delivery, now=self.now - future - 0.5) == "future"

    def test_timestamp_infinity_is_refused(self) -> None:
        for text in ("Infinity", "-Infinity", "inf") if self._has_time else ():
            assert self.refused(self.at(text)) == "malformed-header"

    def test_timestamp_negative_is_refused(self) -> None:
        for text in ("-1", "-1700000000", "−1700000000") if self._has_time else ():
            assert self.refused(self.at(text)) == "malformed-header"

    def test_timestamp_in_the_wrong_unit_is_refused(self) -> None:
        expected = {"seconds": "future", "milliseconds": "stale", "iso8601": "malformed-header"}
        wrong = {"seconds": self.now * 1000, "milliseconds": self.now, "iso8601": self.now}
        if self._has_time:
            form = self.scheme.timestamp_format
            assert self.refused(self.at(str(int(wrong[form])))) == expected[form]

    def test_timestamp_has_one_spelling(self) -> None:
        for text in NO_NUMBERS if self._has_time else ():
            assert self.refused(self.at(text)) in ("malformed-header", "missing-header")

    def test_timestamp_is_signed(self) -> None:
        if self._has_time:
            assert self.refused(self.at(TIMESTAMPS[self.scheme.timestamp_format].write(self.now + 1))) == "mismatch"

    # -- the signature ------------------------------------------------------------------------------------------------

    def test_right_length_and_wrong_bytes_are_a_mismatch(self) -> None:
        size = self.scheme.algorithm.size
        for raw in (bytes(size), b"\xff" * size):
            assert self.refused(self.encoded(ENCODE[self.scheme.encoding](raw))) == "mismatch"

    def test_wrong_length_is_refused(self) -> None:
        right = DECODE[self.scheme.encoding](self._signature(self.signed()))
        assert right is not None
        for raw in (right[:-1], right + b"\0", right * 2, right[:1]):
            assert self.refused(self.encoded(ENCODE[self.scheme.encoding](raw))) == "malformed-header"

    def test_base64_without_padding_is_refused(self) -> None:
        right = self._signature(self.signed())
        if self.scheme.encoding == "base64":
            assert right.endswith("=")
            for text in (right.rstrip("="), right + "=", right.replace("=", "%3D"), f"{right[:8]} {right[8:]}"):
                assert self.refused(self.encoded(text)) == "malformed-header"

    def test_hexadecimal_in_capitals_is_refused(self) -> None:
        right = self._signature(self.signed())
        if self.scheme.encoding == "hex":
            for text in (right.upper(), right[:-1], f"{right[:8]} {right[8:]}", f"0x{right}"):
                assert self.refused(self.encoded(text)) == "malformed-header"

    def test_prefix_is_needed(self) -> None:
        right = self._signature(self.signed())
        if self.scheme.prefix:
            unmarked = self.having(self.signed(), self.scheme.signature_header, right)
            assert self.refused(unmarked) == "malformed-header"

    def test_one_valid_signature_among_several_is_enough(self) -> None:
        delivery = self.signed()
        name, separator = self.scheme.signature_header, self.scheme.separator
        items = delivery.headers[name].split(separator) if separator else []
        wrong = ENCODE[self.scheme.encoding](bytes(self.scheme.algorithm.size))
        junk = ("v9=?", f"{self.scheme.prefix}nonsense", f"{self.scheme.prefix}{wrong}", self.scheme.prefix, "", "x")
        for extra in junk if separator else ():
            for place in range(len(items) + 1):
                self.verify(self.having(delivery, name, separator.join([*items[:place], extra, *items[place:]])))

    def test_number_of_signatures_has_a_limit(self) -> None:
        delivery = self.signed()
        name, separator = self.scheme.signature_header, self.scheme.separator
        if not separator:  # a proxy may have joined two fields
            assert self.refused(self.having(delivery, name, ", ".join([delivery.headers[name]] * 2)))
            return
        count = delivery.headers[name].count(separator) + 1
        self.verify(self.having(delivery, name, delivery.headers[name] + f"{separator}x" * (32 - count)))
        crowded = self.having(delivery, name, delivery.headers[name] + f"{separator}x" * (33 - count))
        assert self.refused(crowded) == "malformed-header"

    @inherited
    @given(data=st.data())
    def test_any_flipped_bit_of_a_signed_header_is_refused(self, data: st.DataObject) -> None:
        delivery = self.signed()
        name = data.draw(st.sampled_from(self.scheme.proof_headers))
        value = flip(delivery.headers[name].encode("ascii"), data).decode("latin-1")
        self.refused(self.having(delivery, name, value))

    # -- the address --------------------------------------------------------------------------------------------------

    def test_address_counts_where_it_is_signed(self) -> None:
        delivery = self.signed()
        for url in ("https://evil.example.com/", self.url + "&y=2") if self.scheme.signs_url else ():
            assert self.refused(replace(delivery, url=url)) == "mismatch"
        if self.scheme.signs_url:
            assert self.refused(replace(delivery, url=None)) == "missing-url"
            with pytest.raises(SignatureRefused) as caught:
                self.scheme.sign(replace(delivery, url=None), self.signing_secret or self.secret, now=self.now)
            assert caught.value.code == "missing-url"
        else:
            self.verify(replace(delivery, url=None))

    # -- pieces -------------------------------------------------------------------------------------------------------

    def _signature(self, delivery: Delivery) -> str:
        value, scheme = delivery.headers[self.scheme.signature_header], self.scheme
        items = value.split(scheme.separator) if scheme.separator else [value]
        return next(item for item in reversed(items) if item.startswith(scheme.prefix)).removeprefix(scheme.prefix)

    @property
    def _has_time(self) -> bool:
        return bool(self.scheme.timestamp_header or self.scheme.timestamp_prefix)

    @property
    def _has_id(self) -> bool:
        return bool(self.scheme.dedupe_headers or self.scheme.id_header)
