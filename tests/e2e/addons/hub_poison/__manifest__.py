# Part of Integration Hub. License LGPL-3.0 or later.
{
    "name": "Integration Hub: poison",
    "summary": "For end-to-end tests: contacts whose name, or job, says how to kill the worker that has them",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "Integration Hub contributors",
    "depends": ["integration_hub"],
    "installable": True,
}
