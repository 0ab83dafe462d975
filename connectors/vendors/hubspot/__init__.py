# Part of Integration Hub. License LGPL-3.0 or later.
"""HubSpot: contacts, companies and deals of a CRM account."""

from .connector import HubSpot

__all__ = ["HubSpot"]
