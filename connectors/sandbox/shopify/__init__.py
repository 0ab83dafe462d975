# Part of Integration Hub. License LGPL-3.0 or later.
"""Imitation of Shopify's Admin API (GraphQL, and the legacy REST lists) and of its webhooks, version 2025-10."""

from .vendor import Shopify

__all__ = ["Shopify"]
