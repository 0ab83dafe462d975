# Part of Integration Hub. License LGPL-3.0 or later.
import hashlib
import json

from odoo import api, fields, models

from .windows import form_of


class IntegrationBinding(models.Model):
    """External id ⇄ Odoo record, with what was last synced each way."""

    _name = "integration.binding"
    _description = "Link"
    _order = "id desc"
    _rec_name = "external_id"

    system_id = fields.Many2one("integration.system", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="system_id.company_id", store=True, precompute=True, index=True)
    entity_id = fields.Many2one("integration.entity", "Business Object", required=True, ondelete="restrict")
    external_id = fields.Char("Remote Id", required=True)
    external_version = fields.Char("Remote Version", help="The other system's own version or time of the last sync.")
    sent_version = fields.Char(
        "Remote Version We Made",
        readonly=True,
        help="What the other system answered to our last change: its echo is no news.",
    )
    res_model = fields.Char("Odoo Model", required=True)
    res_id = fields.Many2oneReference("Odoo Record", model_field="res_model", required=True)
    record_name = fields.Char("Record", compute="_compute_record_name")
    hash_in = fields.Char(readonly=True, help="Digest of what last came in.")
    hash_out = fields.Char(readonly=True, help="Digest of what was last sent.")
    last_in_at = fields.Datetime("Last Received", readonly=True)
    last_out_at = fields.Datetime("Last Sent", readonly=True)
    deleted_at = fields.Datetime("Deleted Remotely", readonly=True)
    deleted_here = fields.Boolean("Deleted by Odoo", readonly=True, help="It is sent anew when the record comes back.")

    _external_unique = models.Constraint(
        "UNIQUE (system_id, entity_id, external_id)", "This remote record is linked already."
    )
    _record_idx = models.Index("(res_model, res_id, system_id)")

    @api.depends("res_model", "res_id")
    def _compute_record_name(self):
        for binding in self:
            record = binding._record()
            binding.record_name = record.display_name if record and record.has_access("read") else False

    def _record(self):
        """Return the linked record; empty when it or its model is gone, ``None`` without a link."""
        if not self or self.res_model not in self.env:
            return None
        return self.env[self.res_model].browse(self.res_id).exists()

    def _records(self):
        """Return ``{link id: linked record}``, without those that are gone."""
        there = {}
        for model, links in self.grouped("res_model").items():
            if model in self.env:
                records = self.env[model].browse(links.mapped("res_id")).exists()
                by_id = {record.id: record for record in records}
                there |= {link.id: by_id[link.res_id] for link in links if link.res_id in by_id}
        return there

    @api.model
    def _find(self, system, entity, external_id):
        """Return the link of a remote record."""
        return self._find_many(system, entity, [external_id])

    @api.model
    def _find_many(self, system, entity, external_ids):
        """Return the links of remote records."""
        # Without a limit: there is at most one of each, and a planner that looks for the first walks the primary key.
        return self.search(
            [("system_id", "=", system.id), ("entity_id", "=", entity.id), ("external_id", "in", external_ids)]
        )

    @api.model
    def _taken(self, system, model, record_ids=None):
        """Return ``{record: remote id}`` of a model's records that are linked with a system, as whatever object.

        :param record_ids: of these only
        """
        domain = [("system_id", "=", system.id), ("res_model", "=", model), ("deleted_at", "=", False)]
        if record_ids is not None:
            domain.append(("res_id", "in", list(record_ids)))
        return {link.res_id: link.external_id for link in self.search_fetch(domain, ["res_id", "external_id"])}

    @api.model
    def _of_record(self, system, entity, record):
        """Return the link of an Odoo record with a system."""
        return self._of(system, entity, record._name, record.id)

    @api.model
    def _link(self, system, entity, external_id, record, **values):
        """Link a remote record with an Odoo record, or note a further sync; returns the link."""
        return self._find(system, entity, external_id)._sync(system, entity, external_id, record, **values)

    def _sync(self, system, entity, external_id, record, **values):
        """Note a sync on this link; where it is empty, make it. Returns the link."""
        values = self._synced(record, **values)
        if self:
            self.write(values)
            return self
        return self.create(self._key(system, entity, external_id) | values)

    @api.model
    def _key(self, system, entity, external_id):
        return {"system_id": system.id, "entity_id": entity.id, "external_id": external_id}

    @api.model
    def _synced(self, record, **values):
        """Return the values of a link after a sync with a record."""
        return values | {"res_model": record._name, "res_id": record.id, "deleted_at": False, "deleted_here": False}

    @api.model
    def _digest(self, document):
        """Return the digest of a document: equal content, equal digest, whatever its version.

        For an object inside it that has a version of its own stands its id: it is told by itself, and in other words.
        """
        content = {name: _own(value) for name, value in document.items() if name != "updated_at"}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def _is_only_named(self):
        """Tell whether nothing of the object has come but what names it, inside of another one."""
        known = self.external_version or self.hash_in or (self.hash_out and not self.sent_version)
        return bool(self.last_in_at and not known)

    def action_open_record(self):
        """Open the linked Odoo record."""
        self.ensure_one()
        return form_of(self.res_model, self.res_id)


def _own(value):
    return value["id"] if isinstance(value, dict) and value.get("id") and value.get("updated_at") else value
