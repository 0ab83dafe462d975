# Part of Integration Hub. License LGPL-3.0 or later.
"""The protocol: store, wake, drain, attempt. Cursors and SQL of the hub's own tables, no business logic."""
