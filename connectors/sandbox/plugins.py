# Part of Integration Hub. License LGPL-3.0 or later.
"""The plug-ins there are, by the names that descriptions use."""

from __future__ import annotations

from .engine.plugin import Plugins
from .hubspot.associations import Associations
from .hubspot.batch import Batch
from .hubspot.crm import Properties
from .hubspot.lifecycle import Lifecycle
from .hubspot.search import Search
from .order_desk.desk import Desk
from .shopify.admin import Admin
from .shopify.storefront import Storefront

PLUGINS: Plugins = {
    "associations": Associations,
    "batch": Batch,
    "desk": Desk,
    "graphql": Admin,
    "lifecycle": Lifecycle,
    "properties": Properties,
    "search": Search,
    "shop": Storefront,
}
