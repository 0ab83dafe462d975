# Part of Integration Hub. License LGPL-3.0 or later.
"""Monitoring: how routes are declared that a server's monitoring asks, of one database and without a session."""

ROUTE = {
    "type": "http",
    "auth": "none",
    "methods": ["GET"],
    "csrf": False,
    "save_session": False,
    "readonly": False,  # a replica knows nothing of locks and heartbeats
}
