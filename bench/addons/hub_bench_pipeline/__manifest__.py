# Part of Integration Hub. License LGPL-3.0 or later.
{
    "name": "Integration Hub: benchmark of the inbound pipeline",
    "summary": "The same customers by the hub's drains, by one queue job an event, and by bare creates",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "Integration Hub contributors",
    "depends": ["integration_hub", "sale_stock"],
    "data": ["ir.model.access.csv"],
    "post_init_hook": "post_init_hook",
    "installable": True,
}
