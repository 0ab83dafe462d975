# Part of Integration Hub. License LGPL-3.0 or later.
"""Silence: while something is only tried, nobody outside is asked. Odoo's apps look up VAT numbers, or whether somebody
takes invoices over Peppol, as soon as a contact is created; they ask through requests, and cope with no answer.
"""

import contextlib
import threading

import requests
from requests.adapters import HTTPAdapter

_here = threading.local()
_send = HTTPAdapter.send


@contextlib.contextmanager
def silence():
    """Have every HTTP request of this thread fail in the block as if there were no network; none is sent."""
    before = getattr(_here, "silent", False)
    _here.silent = True
    try:
        yield
    finally:
        _here.silent = before


def _unless_silent(adapter, request, *args, **kwargs):
    if getattr(_here, "silent", False):
        raise requests.ConnectionError("Nobody outside is asked while something is only tried", request=request)
    return _send(adapter, request, *args, **kwargs)


HTTPAdapter.send = _unless_silent
