# Part of Integration Hub. License LGPL-3.0 or later.
"""What Order Desk decides about orders."""
