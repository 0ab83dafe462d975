# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, models

from . import capture, effects


class Base(models.AbstractModel):
    """The ways in which records change; where no flow listens, each is one look-up longer."""

    _inherit = "base"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if capture.watch_of(records):
            capture.created(records)
        if whose := effects.noting(records):
            effects.created(records, vals_list, whose)
        return records

    def write(self, vals):
        if watch := capture.watch_of(self):
            capture.asked(self, vals.keys(), watch)
        if whose := effects.noting(self):
            effects.writing(self, vals, whose)
        return super().write(vals)

    def _write_multi(self, vals_list):
        """What a flush brings to the database: what was written, and what was computed again because of it."""
        if watch := capture.watch_of(self):
            capture.flushed(self, vals_list, watch)
        return super()._write_multi(vals_list)

    def _update_field_translations(self, field_name, *args, **kwargs):
        """Translations reach the database past the flush; the write that follows them finds nothing to do."""
        if watch := capture.watch_of(self):
            capture.translated(self, field_name, watch)
        return super()._update_field_translations(field_name, *args, **kwargs)

    def unlink(self):
        if whose := effects.noting(self):
            effects.unlinking(self, whose)
        watch = capture.watch_of(self)
        if not watch:
            return super().unlink()
        gone = capture.before_unlink(self, watch)
        result = super().unlink()
        capture.unlinked(gone)
        return result
