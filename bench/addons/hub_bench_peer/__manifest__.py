# Part of Integration Hub. License LGPL-3.0 or later.
{
    "name": "Integration Hub: benchmark peers",
    "summary": "A bare controller, and a webhook each of the hub, of automation rules and of OCA's EDI framework",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "Integration Hub contributors",
    "depends": ["integration_hub", "base_automation", "edi_endpoint_oca", "edi_queue_oca"],
    "post_init_hook": "post_init_hook",
    "installable": True,
}
