# Part of Integration Hub. License LGPL-3.0 or later.
"""How values are compared, and by which field Odoo knows the records that other systems name by a value."""

# Where nothing is said here, it is the field that a record is called by.
KNOWN_BY = {
    "res.country": "code",
    "res.country.state": "code",
    "res.lang": "code",
    "account.tax": "amount",
    "account.account": "code",
    "product.product": "default_code",
    "product.template": "default_code",
    "stock.warehouse": "code",
}


def known_by(env, model):
    """Return the field by which Odoo knows records of a model, ``None`` for what has none."""
    name = KNOWN_BY.get(model) or (env[model]._rec_name if model in env else None)
    return name if model in env and name in env[model]._fields else None


def said(value):
    """Return a value as people write it: a rate of 20.0 is 20, and nothing is nothing."""
    if value is None or value is False:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def bare(value):
    """Return what two spellings of a value have in common."""
    return said(value).strip().casefold()


def key(scope, value):
    """Return what makes a value one."""
    return f"{bare(scope)}|{bare(value)}"


def is_of(record, company):
    """Tell whether a record may be used by a company: it is the company's own, a parent's, or everybody's."""
    owner = record.company_id if "company_id" in record._fields else None
    return not owner or owner in company.parent_ids
