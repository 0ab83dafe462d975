# Part of Integration Hub. License LGPL-3.0 or later.
"""What Shopify has of its own: a shop whose orders add up, and the GraphQL Admin API."""
