# Part of Integration Hub. License LGPL-3.0 or later.
{
    "name": "Integration Hub: benchmark peer of the mapping engine",
    "summary": "A Shopify order's mappers, written with OCA's connector framework",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "Integration Hub contributors",
    "depends": ["connector"],
    "installable": True,
}
