# Part of Integration Hub. License LGPL-3.0 or later.
"""From Odoo records to JSON documents with just the fields that a mapping reads."""

from datetime import date, datetime

from odoo import models
from odoo.exceptions import AccessError


class RecordReader:
    """Reads records one by one, having fetched what is asked of all of them at once.

    :param paths: dotted field paths such as ``country_id.code``; ``[]`` marks are allowed and ignored
    """

    def __init__(self, records, paths):
        self._tree = {}
        for path in paths:
            branch = self._tree
            for step in path.replace("[]", "").split("."):
                branch = branch.setdefault(step, {})
        names = [name for name in self._tree if name in records._fields]
        try:
            records.fetch(names)
        except AccessError:  # of some of them: the others are read nevertheless
            records = records._filtered_access("read")
            records.fetch(names)
        self._together = records

    def document(self, record):
        """Return the document of a record; raises AccessError."""
        if record not in self._together:
            record.check_access("read")  # explicitly: what is in the cache by now was not fetched for this user
        return _read(record.with_prefetch(self._together._ids), self._tree)


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
