# Part of Integration Hub. License LGPL-3.0 or later.
"""Acme Example: customers of an account."""

from .connector import Acme

__all__ = ["Acme"]
