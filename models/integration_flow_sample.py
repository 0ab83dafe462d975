# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models
from odoo.exceptions import UserError

from ..connectors import jsondoc
from ..connectors.errors import HubError
from .capture_watch import gate_of
from .connection import open_connector
from .in_words import in_words
from .integration_flow_mapping_field import HOUSEKEEPING
from .record_reader import RecordReader

SHIPPED, MESSAGE, RECORD = "shipped", "message", "record"
OFFERED = 10  # of each kind
READABLE = ("char", "text", "html", "integer", "float", "monetary", "boolean", "date", "datetime", "selection")


class IntegrationFlow(models.Model):
    """Samples to edit a mapping beside: shipped ones, what has arrived, records, or one that is fetched now."""

    _inherit = "integration.flow"

    @in_words
    def mapping_samples(self):
        """Return ``[{"key", "label"}]``, the most telling first; none for those who may not see what messages carry."""
        self.ensure_one()
        self.check_access("read")
        if not self._may_see_samples():
            return []
        if self.direction == "outbound":
            return self._record_samples()
        shipped = [{"key": SHIPPED, "label": self.env._("Example")}] if self._shipped_sample() else []
        return self._message_samples() + shipped

    @in_words
    def mapping_fetch(self, external_id=""):
        """Read an object from the other system, the given one or the first that it lists; returns a sample of it."""
        self.ensure_one()
        self.check_access("write")
        endpoint = self.system_id._endpoint("outbound")
        if not endpoint:
            raise UserError(
                self.env._("%(system)s has no API endpoint in this environment.", system=self.system_id.name)
            )
        try:
            connector, wanted = open_connector(endpoint, "test"), (external_id or "").strip()
            document = connector.fetch(self.object_type, wanted) if wanted else _newest(connector, self.object_type)
        except HubError as error:
            raise UserError(self.system_id._hub_error_text(error)) from error
        if document is None:
            names = {"system": self.system_id.name, "object": self.object_type, "id": wanted}
            if not wanted:
                raise UserError(self.env._("%(system)s has no %(object)s yet.", **names))
            raise UserError(self.env._("%(system)s has no %(object)s with the id %(id)s.", **names))
        label = self.env._("Fetched now: %(name)s", name=_name_in(document))
        return {"key": "", "label": label, "document": document}

    def _may_see_samples(self):
        return self.env.user.has_group("integration_hub.group_consultant")

    def _sample(self, given):
        """Return a sample with its document, read anew unless it was given; ``None`` without any."""
        given = given or next(iter(self.mapping_samples()), None)
        if not given or not self._may_see_samples():
            return None
        if not given.get("key"):
            return given
        kind, _colon, id_ = given["key"].partition(":")
        documents = {SHIPPED: self._shipped_sample, MESSAGE: self._message_sample, RECORD: self._record_sample}
        return {**given, "document": documents[kind](*([int(id_)] if id_ else []))}

    # --- shipped ---

    def _shipped_sample(self):
        connector = self.system_id._connector()
        name = next((each.mapping for each in connector.flow_templates if each.key == self.template_key), "")
        return connector.sample(name)

    # --- from the log ---

    def _message_samples(self):
        newest = self.env["integration.event"].search([("flow_id", "=", self.id)], order="id desc", limit=5 * OFFERED)
        events = newest.filtered(lambda event: event.operation == "upsert")[:OFFERED]  # others only name the object
        return [
            {"key": f"{MESSAGE}:{event.id}", "label": f"{event.display_name}, {self._ago(event.arrived_at)}"}
            for event in events
            if event.payload_ids
        ]

    def _ago(self, moment):
        minutes = int((fields.Datetime.now() - moment).total_seconds() // 60)
        if minutes < 60:
            return self.env._("%(count)s min ago", count=max(minutes, 0))
        if minutes < 48 * 60:
            return self.env._("%(count)s h ago", count=minutes // 60)
        return self.env._("%(count)s days ago", count=minutes // (24 * 60))

    def _message_sample(self, id_):
        event = self.env["integration.event"].search([("id", "=", id_), ("flow_id", "=", self.id)])
        body = event.payload_ids[:1].body
        if not body:
            raise UserError(self.env._("What this message carried is kept no longer. Choose another sample."))
        return jsondoc.parse(body.encode())

    # --- records that go out ---

    def _record_samples(self):
        Model = self.env[self.model_name]
        if not Model.has_access("read"):
            return []
        records = Model.search(gate_of(self, Model).domain(Model), order="write_date desc, id desc", limit=OFFERED)
        return [{"key": f"{RECORD}:{record.id}", "label": record.display_name} for record in records]

    def _record_sample(self, id_):
        """Return a record as the mapping reads it, with its other plain fields to choose from."""
        record = self.env[self.model_name].browse(id_).exists()
        if not record:
            raise UserError(self.env._("This record is gone. Choose another sample."))
        first, _second = self._mapping_versions()
        names = record.fields_get(attributes=["type", "store"])
        names = {name: field for name, field in names.items() if not name.startswith(HOUSEKEEPING)}
        plain = {name for name, field in names.items() if field["type"] in READABLE and field["store"]}
        links = {
            f"{name}.{self.env[record._fields[name].comodel_name]._rec_name or 'id'}"
            for name, field in names.items()
            if field["type"] == "many2one" and field["store"] and self._may_read_of(record, name)
        }
        return RecordReader(record, sorted({*first._compiled().sources, *plain, *links})).document(record)

    def _may_read_of(self, record, name):
        return self.env[record._fields[name].comodel_name].has_access("read")


def _newest(connector, object_type):
    return next(iter(connector.list(object_type).items), None)


def _name_in(document):
    return next((str(document[key]) for key in ("name", "title", "number", "email", "id") if document.get(key)), "")
