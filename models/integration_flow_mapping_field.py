# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models
from odoo.exceptions import UserError

from ..connectors.mapping.journey import journey
from ..connectors.mapping.pointing import path_to, value_at
from .mapping_preview import FIRST, SECOND

CUSTOM = "custom"
# Of each type of Odoo field: its type in the business object, and how a value of the business object becomes it.
TYPES = {
    "char": ("string", ["to_string"]),
    "text": ("string", ["to_string"]),
    "html": ("string", ["to_string"]),
    "selection": ("string", ["to_string"]),
    "integer": ("integer", ["int"]),
    "float": ("number", ["to_float"]),
    "monetary": ("number", ["to_float"]),
    "boolean": ("boolean", ["bool"]),
    "date": ("string", ["date"]),
    "datetime": ("string", ["datetime_utc"]),
    "many2one": ("string", []),
    "many2many": ("string", []),
}
# Of each type of the business object's own fields: how another system's value becomes it.
CANONICAL = {
    "string": ["strip", "null_if"],
    "id": ["to_string"],
    "money": ["decimal"],
    "moment": ["datetime_utc"],
    "number": ["to_float"],
    "integer": ["int"],
    "boolean": ["bool"],
    "country": ["country_code"],
    "currency": ["currency_code"],
}
# By which field people know a record, the commonest first.
KNOWN_BY = ("code", "default_code", "login", "name", "email", "ref", "barcode", "vat")
UNTOUCHABLE = ("ir.", "integration.", "res.groups")
HOUSEKEEPING = ("message_", "activity_", "website_message", "access_token", "rating_")  # Odoo's own, not data


class IntegrationFlow(models.Model):
    """Adding any Odoo field to a mapping in one gesture: the business object and both halves follow."""

    _inherit = "integration.flow"

    def mapping_fields(self):
        """Return the Odoo fields that may be added: name, label, type, if custom, and by what its records are found."""
        self.ensure_one()
        self.check_access("read")
        model, taken = self.env[self.model_name], self._taken_fields()
        described = model.fields_get(attributes=["string", "type", "readonly", "store", "relation", "help"])
        found = [
            {
                "name": name,
                "label": about["string"],
                "type": about["type"],
                "help": about.get("help") or "",
                "custom": bool(model._fields[name].manual),
                "by": self._ways_to_find(about["relation"]) if "relation" in about else [],
            }
            for name, about in described.items()
            if name not in taken and self._may_be_added(model._fields[name], about)
        ]
        return sorted(found, key=lambda field: (not field["custom"], field["label"].casefold()))

    def mapping_add(self, field, place, sample=None, by=None):
        """Add a line for an Odoo field and return the screen.

        :param place: what is at the other side: a ``pointer`` into the sample, a ``source`` or a ``value`` for what
            comes in, the ``remote`` field for what goes out
        :param by: the field by which a linked record is found
        """
        offered = {each["name"]: each for each in self.mapping_fields()}
        if field not in offered:
            raise UserError(
                self.env._("%(field)s cannot be added: it is filled already, or is not to be written.", field=field)
            )
        if self.direction == "inbound":
            self._add_inward(field, place, sample, by or next(iter(offered[field]["by"]), None))
        else:
            self._add_outward(field, place)
        for draft in self._mapping_drafts():
            draft._check_compiles()
        return self.mapping_screen(sample)

    # --- what may be added ---

    def _may_be_added(self, field, about):
        if field.type not in TYPES or field.name in (*models.MAGIC_COLUMNS, "company_id"):  # the system's company
            return False
        if field.name.startswith(HOUSEKEEPING) or (about.get("relation") or "").startswith(UNTOUCHABLE):
            return False
        if self.direction == "outbound":
            return field.type != "many2many"
        return not about["readonly"] and bool(field.store or field.inverse)

    def _taken_fields(self):
        """Return the Odoo fields that the mapping has lines for, fed by something, or that Odoo's side fills itself."""
        first, second = (version._compiled() for version in self._mapping_versions())
        if self.direction == "outbound":
            return {line.source.expression for line in first.spec.lines if line.source}
        _legs, unfed = journey(first, [], second, [])
        open_ = {stop.target for stop in unfed if stop.source}
        hooked = self.env["integration.target"]._of_model(self.model_name)._shown_as.values()
        return {line.full_target for line in second.spec.lines} - open_ | {path.partition(".")[0] for path in hooked}

    def _ways_to_find(self, model):
        """Return the fields by which a record of a model may be found, the likeliest first."""
        fields = self.env[model]._fields
        names = [*KNOWN_BY, *filter(None, [self.env[model]._rec_name])]
        return [name for name in dict.fromkeys(names) if name in fields and fields[name].type == "char"]

    # --- both directions ---

    def _add_inward(self, field, place, sample, by):
        source = self._place_in_sample(place, sample)
        path = self._path_that_fills(field)
        if path:
            kind = self.entity_id.field_ids.filtered(lambda each: each.path == path).type
            steps = CANONICAL.get(kind, [])
        else:
            path, steps = f"{CUSTOM}.{field}", []
            self._extend_entity(path, field)
            self._draft_of(SECOND)._add_line(field, path, self._steps_to(field, by, source["example"]))
        self._draft_of(FIRST)._add_line(path, source["path"], steps, source["value"])

    def _add_outward(self, field, place):
        about = self.env[self.model_name]._fields[field]
        source = f"{field}.{self.env[about.comodel_name]._rec_name or 'id'}" if about.type == "many2one" else field
        remote = (place.get("remote") or "").strip()
        if not remote:
            raise UserError(self.env._("Say which field of %(system)s it goes to.", system=self.system_id.name))
        path = f"{CUSTOM}.{field}"
        self._extend_entity(path, field)
        self._draft_of(FIRST)._add_line(path, source)
        self._draft_of(SECOND)._add_line(remote, path)

    def _place_in_sample(self, place, sample):
        """Return what is read: its path with an example of it, or a fixed text."""
        if place.get("value"):
            return {"path": False, "value": place["value"], "example": place["value"]}
        if place.get("source"):
            return {"path": place["source"].strip(), "value": None, "example": None}
        if not place.get("pointer"):
            raise UserError(self.env._("Click a value of the sample, or write where it is."))
        document = self._sample(sample)["document"]
        example = value_at(place["pointer"], document)
        listed = isinstance(example, list) and any(isinstance(each, dict | list) for each in example)
        if isinstance(example, dict) or listed:
            raise UserError(self.env._("This is a group of values. Click one value inside of it."))
        return {"path": path_to(place["pointer"], (), document), "value": None, "example": example}

    def _path_that_fills(self, field):
        """Return the field of the business object that the second half fills an Odoo field from; "" without one."""
        _first, second = self._mapping_versions()
        known = set(self.entity_id.field_ids.mapped("path"))
        lines = second.line_ids.filtered(lambda line: line.target == field and line.source in known)
        return lines[:1].source or ""

    def _extend_entity(self, path, field):
        """Let the business object have a field for it, of the fitting type."""
        if path not in self.entity_id.field_ids.mapped("path"):
            kind, _steps = TYPES[self.env[self.model_name]._fields[field].type]
            self.env["integration.entity.field"].create({"entity_id": self.entity_id.id, "path": path, "type": kind})

    def _steps_to(self, field, by, example):
        """Return the transforms that make a value of the business object what an Odoo field takes."""
        about = self.env[self.model_name]._fields[field]
        if not about.relational:
            return ["join"] if isinstance(example, list) else TYPES[about.type][1]
        if not by:
            raise UserError(self.env._("Records of %(field)s cannot be found by any field.", field=about.string))
        lookup = {"lookup": {"model": about.comodel_name, "by": by}}
        if about.type == "many2one":
            return [lookup]
        return [*(["split"] if isinstance(example, str) else ["as_list"]), {"each": [lookup]}]
