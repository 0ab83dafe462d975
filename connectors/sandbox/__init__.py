# Part of Integration Hub. License LGPL-3.0 or later.
"""A local sandbox of SaaS systems: faithful imitations of vendors' HTTP APIs, with a control API to steer them.

Needs the extra `sandbox` (aiohttp, graphql-core).
"""

from .app import create_app
from .server import serve
from .settings import Settings

__all__ = ["Settings", "create_app", "serve"]
