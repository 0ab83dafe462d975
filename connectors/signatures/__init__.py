# Part of Integration Hub. License LGPL-3.0 or later.
"""Webhook signatures: who sent this delivery, was it changed, and is it of now?

verified = get("stripe").verify(Delivery("POST", url, headers, body), [secret], now=clock.now())
"""

from .key_set import KeySet
from .model import FORM, JSON, Answer, Delivery, Verified
from .options import Option
from .scheme import Scheme
from .scheme_types import SchemeType
from .schemes import OPTIONS, SCHEMES, get
from .signed_scheme import SignedScheme

__all__ = [
    "FORM",
    "JSON",
    "OPTIONS",
    "SCHEMES",
    "Answer",
    "Delivery",
    "KeySet",
    "Option",
    "Scheme",
    "SchemeType",
    "SignedScheme",
    "Verified",
    "get",
]
