# Part of Integration Hub. License LGPL-3.0 or later.
"""From Odoo records to JSON documents with just the fields that a mapping reads."""

from datetime import date, datetime

from odoo import models
from odoo.exceptions import AccessError


class RecordReader:
    """Reads records one by one, having fetched what is asked of all of them at once.

    :param paths: dotted field paths such as ``country_id.code``; ``[]`` marks are allowed and ignored
    :param told: ``{(model, field): {id: value}}``: what is said of a record instead of what its field says
    """

    def __init__(self, records, paths, told=None):
        self._tree, self._told = {}, told
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
        return _read(record.with_prefetch(self._together._ids), self._tree, self._told)


def _read(record, tree, told):
    found = {name: _value(record, name, below, told) for name, below in tree.items() if name in record._fields}
    if told:
        for name in found:
            if not tree[name] and (value := told.get((record._name, name), {}).get(record.id)) is not None:
                found[name] = value
    return found


def _value(record, name, below, told):
    value, field = record[name], record._fields[name]
    if isinstance(value, models.BaseModel):
        if field.type == "many2one":
            return (_read(value, below, told) if below else value.id) if value else None
        return [_read(each, below, told) if below else each.id for each in value]
    if value is False and field.type != "boolean":
        return None
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if field.type == "html" else value
