# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models


class IntegrationTarget(models.AbstractModel):
    """What becomes of records whose objects are deleted in the other system, and come back."""

    _inherit = "integration.target"

    def _receive_many(self, arrivals, links, records):
        self._bring_back(links, records)
        return super()._receive_many(arrivals, links, records)

    def _bring_back(self, links, records):
        """Restore what was archived only because its object was deleted there, and is there again."""
        for link, record in zip(links, records, strict=True):
            if link and link.archived_here and record and not record.active:
                record.write({"active": True})

    def _archive(self, record, link):
        """Archive the record of an object that is no more; returns what speaks against it, ``None`` when it is done.

        A record that can be archived no more than this says so for itself (:meth:`_needed_by`).
        """
        if "active" not in record._fields:
            return self.env._("%(records)s cannot be archived", records=record._description)
        if record.active:
            if why := self._needed_by(record, link):
                return why
            record.write({"active": False})
            link.archived_here = True
        return None

    def _after_deletion(self, system, record):
        """Hook: what else is no more in the other system, now that the object of this record is."""

    def _needed_by(self, record, link):
        """Hook: a sentence on who still needs a record, ``None`` where nobody does."""
        others = self.env["integration.binding"].sudo()._others(record, link)
        if not others:
            return None
        systems = ", ".join(dict.fromkeys(others.system_id.mapped("name")))
        return self.env._("it is linked with %(systems)s too", systems=systems)
