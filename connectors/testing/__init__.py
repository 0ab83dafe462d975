# Part of Integration Hub. License LGPL-3.0 or later.
"""The contracts that every scheme, auth, paginator, mapping and connector inherits; what they run on. Needs pytest."""
