# Part of Integration Hub. License LGPL-3.0 or later.
"""REST APIs described by data: a vendor's connector is its resources and its webhook rules, and hooks for the rest.

    class Acme(RestConnector):
        address = "https://api.acme.example"
        resources = (Resource(name="customer", …, read=Call("/customers/{id}")),)
        webhook = Webhook(topic=("type",), rules=(Rule(topic="customer.*", resource="customer"),))

`resource.py` says what can be described of an object, `webhook.py` of a notification, `connector.py` has the hooks.
"""

from .connector import RestConnector
from .inquiry import Inquiry
from .registration import Registration
from .resource import Account, Call, Find, Listing, Resource, Since
from .webhook import Rule, Webhook

__all__ = [
    "Account",
    "Call",
    "Find",
    "Inquiry",
    "Listing",
    "Registration",
    "Resource",
    "RestConnector",
    "Rule",
    "Since",
    "Webhook",
]
