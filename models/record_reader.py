# Part of Integration Hub. License LGPL-3.0 or later.
"""From an Odoo record to a JSON document with just the fields that a mapping reads."""

from datetime import date, datetime

from odoo import models


def read_record(record, paths):
    """Return the document of one record.

    :param paths: dotted field paths such as ``country_id.code``; ``[]`` marks are allowed and ignored
    """
    tree = {}
    for path in paths:
        branch = tree
        for step in path.replace("[]", "").split("."):
            branch = branch.setdefault(step, {})
    return _read(record, tree)


def _read(record, tree):
    return {name: _value(record, name, below) for name, below in tree.items() if name in record._fields}


def _value(record, name, below):
    value, field = record[name], record._fields[name]
    if isinstance(value, models.BaseModel):
        if field.type == "many2one":
            return (_read(value, below) if below else value.id) if value else None
        return [_read(each, below) if below else each.id for each in value]
    if value is False and field.type != "boolean":
        return None
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if field.type == "html" else value
