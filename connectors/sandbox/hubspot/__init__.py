# Part of Integration Hub. License LGPL-3.0 or later.
"""Imitation of HubSpot's CRM API v3 (contacts, companies) and of its webhooks."""

from .vendor import HubSpot

__all__ = ["HubSpot"]
