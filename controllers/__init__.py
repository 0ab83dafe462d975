# Part of Integration Hub. License LGPL-3.0 or later.
from . import health, metrics, oauth, readiness, webhook
