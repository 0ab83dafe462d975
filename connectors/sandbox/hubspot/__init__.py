# Part of Integration Hub. License LGPL-3.0 or later.
"""What HubSpot's CRM API has of its own: defined properties, associations, merges, searches, batches."""
