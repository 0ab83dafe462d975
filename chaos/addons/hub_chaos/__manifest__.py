# Part of Integration Hub. License LGPL-3.0 or later.
{
    "name": "Integration Hub: chaos",
    "summary": "Kills its own process at named points, shifts its clock, and lets PostgreSQL note what took effect",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "Integration Hub contributors",
    "depends": ["integration_hub"],
    "post_init_hook": "post_init_hook",
    "installable": True,
}
