# Part of Integration Hub. License LGPL-3.0 or later.
"""Order Desk: credit, tax and fraud, asked about while an order is confirmed."""

from .connector import OrderDesk

__all__ = ["OrderDesk"]
