# Part of Integration Hub. License LGPL-3.0 or later.
"""Digests tell apart what people saw of a mapping and what others have made of it since."""

import hashlib
import json


def digest_of(content):
    """Return a short text that differs for any other content."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def alone(line):
    """Return a line's JSON without what is below it."""
    return {name: value for name, value in line.items() if name != "lines"}
