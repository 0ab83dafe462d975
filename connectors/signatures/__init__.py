# Part of Integration Hub. License LGPL-3.0 or later.
"""Webhook signatures: who sent this delivery, was it changed, and is it of now?

verified = get("stripe").verify(Delivery("POST", url, headers, body), [secret], now=clock.now())
"""

from .hmac_scheme import HmacScheme, Part
from .model import FORM, JSON, Answer, Delivery, Scheme, Verified
from .schemes import SCHEMES, get

__all__ = ["FORM", "JSON", "SCHEMES", "Answer", "Delivery", "HmacScheme", "Part", "Scheme", "Verified", "get"]
