# Part of Integration Hub. License LGPL-3.0 or later.
{
    "name": "Integration Hub",
    "summary": "Governed integrations: signed webhooks in, reliable sync out, every failure explained",
    "version": "19.0.1.0.0",
    "category": "Productivity/Integrations",
    "author": "Integration Hub contributors",
    "license": "LGPL-3",
    "application": True,
    "depends": ["base", "mail", "queue_job"],
    "data": [],
    "demo": [],
}
