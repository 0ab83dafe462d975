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
    "data": [
        "security/integration_groups.xml",
        "security/ir.model.access.csv",
        "security/integration_rules.xml",
        "data/queue_job.xml",
        "data/integration_data.xml",
        "data/ir_cron.xml",
    ],
    "demo": [],
    "post_init_hook": "post_init_hook",
}
