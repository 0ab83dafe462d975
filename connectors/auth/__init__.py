# Part of Integration Hub. License LGPL-3.0 or later.
"""Ways of proving who sends a request."""

from ..messages import Auth
from .basic import Basic
from .keys import Bearer, HeaderKey, QueryKey
from .none import NoAuth

__all__ = ["Auth", "Basic", "Bearer", "HeaderKey", "NoAuth", "QueryKey"]
