# Part of Integration Hub. License LGPL-3.0 or later.
"""Shopify: orders, customers and products of a shop."""

from .connector import Shopify

__all__ = ["Shopify"]
