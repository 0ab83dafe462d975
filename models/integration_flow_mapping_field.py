# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models
from odoo.exceptions import UserError

from ..connectors.mapping.journey import journey, stops
from ..connectors.mapping.pointing import path_to, value_at
from .in_words import in_words
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

    @in_words
    def mapping_fields(self):
        """Return the Odoo fields that may be added: name, label, type, if custom, and by what its records are found.

        Those of what a record is made of are named with it: ``order_line.x_gift``.
        """
        self.ensure_one()
        self.check_access("read")
        model, taken = self.env[self.model_name], self._taken_fields()
        found = self._fields_of(model, taken)
        for name in self._list_fields():
            above = model._fields[name].get_description(self.env, ["string"])["string"]
            found += self._fields_of(self.env[model._fields[name].comodel_name], taken, f"{name}.", f"{above}: ")
        return sorted(found, key=lambda field: (not field["custom"], field["label"].casefold()))

    def _fields_of(self, model, taken, above="", label=""):
        described = model.fields_get(attributes=["string", "type", "readonly", "store", "relation", "help"])
        return [
            {
                "name": above + name,
                "label": label + about["string"],
                "type": about["type"],
                "help": about.get("help") or "",
                "custom": bool(model._fields[name].manual),
                "by": self._ways_to_find(about["relation"]) if "relation" in about else [],
            }
            for name, about in described.items()
            if above + name not in taken and self._may_be_added(model._fields[name], about)
        ]

    @in_words
    def mapping_add(self, field, place, sample=None):
        """Add a line for an Odoo field and return the screen.

        :param place: what is at the other side: a ``pointer`` into the sample, a ``source`` or a ``value`` for what
            comes in, the ``remote`` field for what goes out; ``by`` which field a linked record is found
        """
        offered = {each["name"]: each for each in self.mapping_fields()}
        if field not in offered:
            raise UserError(
                self.env._("%(field)s cannot be added: it is filled already, or is not to be written.", field=field)
            )
        if self.direction == "inbound":
            by = place.get("by") or next(iter(offered[field]["by"]), None)
            self._add_inward(field, place, sample, by)
        else:
            self._add_outward(field, place)
        for draft in self._mapping_drafts():
            draft._check_compiles()
        return self.mapping_screen(sample)

    # --- what may be added ---

    def _may_be_added(self, field, about):
        if field.type not in TYPES or field.name in (*models.MAGIC_COLUMNS, "company_id"):  # the system's company
            return False
        relation = about.get("relation") or ""
        if field.name.startswith(HOUSEKEEPING) or relation.startswith(UNTOUCHABLE):
            return False
        if field.model_name != self.model_name and (field.inherited or relation == self.model_name):
            return False  # what a line has of the record that it is part of
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
        shown_as = self._target()._shown_as
        filled = {stop.target for stop in stops(second, [])} - open_
        return {shown_as.get(name, self._as_field(name)) for name in filled} | {
            each for path in shown_as.values() for each in (path, path.partition(".")[0])
        }

    def _target(self):
        return self.env["integration.target"]._of_model(self.model_name)

    def _list_fields(self):
        """Return ``{Odoo field: target of its line}`` of the lists that the second half has lines for."""
        if self.direction == "outbound":
            return {}
        _first, second = self._mapping_versions()
        listed = {line.target for line in second.line_ids if line.child_ids}
        return {field: name for field, name in self._target()._lists.items() if name in listed}

    def _as_field(self, target):
        """Return the dotted Odoo field of a target in a list: ``_lines.x_gift`` is ``order_line.x_gift``."""
        above, dot, name = target.partition(".")
        fields = {name: field for field, name in self._target()._lists.items()}
        return f"{fields[above]}.{name}" if dot and above in fields else target

    def _ways_to_find(self, model):
        """Return the fields by which a record of a model may be found, the likeliest first."""
        fields = self.env[model]._fields
        names = [*KNOWN_BY, *filter(None, [self.env[model]._rec_name])]
        return [name for name in dict.fromkeys(names) if name in fields and fields[name].type == "char"]

    # --- both directions ---

    def _add_inward(self, field, place, sample, by):
        above, _dot, name = field.rpartition(".")
        lists = {half: self._list_line(half, above) if above else None for half in (FIRST, SECOND)}
        source = self._place_in_sample(place, sample, self._base_below(lists[FIRST]))
        path = self._path_that_fills(name, lists[SECOND])
        if path:
            steps = CANONICAL.get(self._entity_field(path, lists[SECOND]).type, [])
        else:
            path, steps = f"{CUSTOM}.{name}", []
            self._extend_entity(path, field, lists[SECOND])
            to_field = self._steps_to(self._odoo_field(field), by, source["example"])
            self._draft_of(SECOND)._add_line(name, path, to_field, below=lists[SECOND])
        self._draft_of(FIRST)._add_line(path, source["path"], steps, source["value"], below=lists[FIRST])

    def _list_line(self, half, field):
        """Return the draft's line of the list that an Odoo field is made of."""
        second = self._draft_of(SECOND).line_ids.filtered(lambda line: line.target == self._list_fields()[field])[:1]
        if half == SECOND:
            return second
        path = second.source.replace("[]", "")
        found = self._draft_of(FIRST).line_ids.filtered(lambda line: line.target == path and line.child_ids)[:1]
        if not found:
            raise UserError(self.env._("Nothing fills these lines yet. Map the list first, then its fields."))
        return found

    def _base_below(self, line):
        """Return where the paths of the lines below a line start."""
        if not line:
            return ()
        compiled = line.version_id._compiled()
        below = line.child_ids[:1]
        number = next(number for number, each in line.version_id._lines_by_number().items() if each == below)
        return next(stop.base for stop in stops(compiled, []) if stop.number == number)

    def _odoo_field(self, path):
        *above, name = path.split(".")
        model = self.env[self.model_name]
        for each in above:
            model = self.env[model._fields[each].comodel_name]
        return model._fields[name]

    def _add_outward(self, field, place):
        about = self.env[self.model_name]._fields[field]
        source = f"{field}.{self.env[about.comodel_name]._rec_name or 'id'}" if about.type == "many2one" else field
        remote = (place.get("remote") or "").strip()
        if not remote:
            raise UserError(self.env._("Say which field of %(system)s it goes to.", system=self.system_id.name))
        path = f"{CUSTOM}.{field}"
        self._extend_entity(path, field, None)
        self._draft_of(FIRST)._add_line(path, source)
        self._draft_of(SECOND)._add_line(remote, path)

    def _place_in_sample(self, place, sample, base=()):
        """Return what is read: its path with an example of it, or a fixed text."""
        if place.get("value"):
            return {"path": False, "value": place["value"], "example": place["value"]}
        if place.get("source"):
            return {"path": place["source"].strip(), "value": None, "example": None}
        if not place.get("pointer"):
            raise UserError(self.env._("Click a value of the sample, or write where it is."))
        document = (self._sample(sample) or {}).get("document")
        example = value_at(place["pointer"], document)
        listed = isinstance(example, list) and any(isinstance(each, dict | list) for each in example)
        if isinstance(example, dict) or listed:
            raise UserError(self.env._("This is a group of values. Click one value inside of it."))
        return {"path": path_to(place["pointer"], base, document), "value": None, "example": example}

    def _path_that_fills(self, name, below):
        """Return what of the business object the second half fills an Odoo field from; "" without it."""
        _first, second = self._mapping_versions()
        beside = below.child_ids if below else second.line_ids
        lines = beside.filtered(lambda line: line.target == name and self._entity_field(line.source, below))
        return lines[:1].source or ""

    def _entity_field(self, path, below):
        """Return the field of the business object that a source names, as it stands or in the items of a list."""
        full = f"{below.source.replace('[]', '')}[].{path}" if below else path
        return self.entity_id.field_ids.filtered(lambda each: each.path == full)

    def _extend_entity(self, path, field, below):
        """Let the business object have a field for it, of the fitting type."""
        if not self._entity_field(path, below):
            kind, _steps = TYPES[self._odoo_field(field).type]
            full = f"{below.source.replace('[]', '')}[].{path}" if below else path
            self.env["integration.entity.field"].create({"entity_id": self.entity_id.id, "path": full, "type": kind})

    def _steps_to(self, field, by, example):
        """Return the transforms that make a value of the business object what an Odoo field takes."""
        if not field.relational:
            return ["join"] if isinstance(example, list) else TYPES[field.type][1]
        if not by:
            raise UserError(self.env._("Records of %(field)s cannot be found by any field.", field=field.string))
        lookup = {"lookup": {"model": field.comodel_name, "by": by}}
        if field.type == "many2one":
            return [lookup]
        return [*(["split"] if isinstance(example, str) else ["as_list"]), {"each": [lookup]}]
