# Part of Integration Hub. License LGPL-3.0 or later.
"""Which names of fields are data: ids as in `{"1001": {…}, "1002": {…}}`, or simply too many."""

import re

MOST_NAMES = 250
"""More names than this, and an object is a map."""
MAP_FROM, SELDOM = 25, 0.2
"""An object with at least so many names is a map when on average a name is in at most this share of the samples."""

_ID = re.compile(
    r"[+-]?\d[\d ._:/-]*"  # a number, a date, a phone number
    r"|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"  # a UUID
    r"|(?=[a-z]*\d)[0-9a-f]{8,}"  # a hash
    r"|(?=(?:\D*\d){4})[0-9a-z]{12,}"  # a random word, such as a ULID
    r"|[a-z]{2,6}_(?=\w*\d)[0-9a-z]{10,}"  # a vendor's id: cus_NffrFeUfNV2Hib
    r"|[^@\s]+@[^@\s]+"  # a mailbox
    r"|[a-z][a-z0-9+.-]*://.*",  # an address
    re.IGNORECASE | re.DOTALL,
)


def is_id(name: str) -> bool:
    """Whether a name names one thing of many, and says nothing of what its value is."""
    return not name or _ID.fullmatch(name) is not None
