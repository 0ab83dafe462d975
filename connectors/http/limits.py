# Part of Integration Hub. License LGPL-3.0 or later.
"""How much is read of what a peer sends, in bytes, where nobody says otherwise."""

MAX_RESPONSE_BYTES = 16 * 1024**2
MAX_DOWNLOAD_BYTES = 4 * 1024**3
