# Part of Integration Hub. License LGPL-3.0 or later.
from typing import Any, NamedTuple

from odoo import fields, models
from odoo.tools import plaintext2html

from ..connectors.errors import HubError
from ..connectors.mapping import TransformError
from .mapping_transforms import RecordContext

# What decides who may do what: no flow and no mapping touches it.
PROTECTED_MODELS = ("ir.", "res.users", "res.groups", "integration.")


class RecordError(HubError):
    """A business object cannot become an Odoo record; the message says why in words of the business."""

    code = "record"


class Arrival(NamedTuple):
    """A business object that has arrived: from which system, what it is, and what it says."""

    env: Any
    system: Any
    entity: Any
    document: dict
    values: dict

    @property
    def external_id(self):
        return self.document.get("id")


class IntegrationTarget(models.AbstractModel):
    """How a business object becomes a record of any Odoo model.

    The template method is :meth:`_receive`; an Odoo model that needs more than plain fields has a subclass named
    ``integration.target.<model>`` that overrides the hooks. Names of values that start with ``_`` are for the hooks,
    not for fields.
    """

    _name = "integration.target"
    _description = "Integration Target"
    _model = None
    _is_plain = True  # False where a hook calls business methods: each such event has a transaction of its own

    # --- the template method ---

    def _receive(self, arrival, binding=None):
        """Create or update the record of a business object and link it; returns ``(record, created)``.

        :param binding: the object's link, where it was looked up before; empty: it has none
        """
        binding = self._binding(arrival) if binding is None else binding
        record = self._linked(binding) or self._match(arrival)
        created = not record
        values = self._prepare_values(arrival, record or self.env[self._target_model()])
        if created:
            record = self._create_record(arrival, values)
        elif values:
            self._update_record(arrival, record, values)
        self._after(arrival, record, created)
        if arrival.external_id:
            self._link(arrival, record, binding)
        return record, created

    # --- hooks ---

    def _match_domains(self, arrival):
        """Hook: domains that identify an existing record, the surest first."""
        return []

    def _prepare_values(self, arrival, record):
        """Hook: the values to write. Keeps what names a field; *record* is empty when one is to be created."""
        model = self.env[self._target_model()]
        return {
            name: self._to_field(model._fields[name], value)
            for name, value in arrival.values.items()
            if name in model._fields
        }

    def _create_record(self, arrival, values):
        """Hook: create the record."""
        return self.env[self._target_model()].create(values)

    def _update_record(self, arrival, record, values):
        """Hook: write what differs."""
        changed = {name: value for name, value in values.items() if self._differs(record, name, value)}
        if changed:
            record.write(changed)

    def _after(self, arrival, record, created):
        """Hook: what remains to be done or proved once the record is written."""

    # --- steps ---

    def _target_model(self):
        return self.env.context.get("integration_target_model") or self._model

    def _binding(self, arrival):
        Binding = self.env["integration.binding"].sudo()
        if not arrival.external_id:
            return Binding
        return Binding._find(arrival.system, arrival.entity, arrival.external_id)

    def _linked(self, binding):
        """Return the record of a link, with the rights of whoever works, not with those that read the link."""
        record = binding._record()
        return record and record.with_env(self.env)

    def _match(self, arrival):
        model = self.env[self._target_model()]
        for domain in self._match_domains(arrival):
            found = model.search(domain, limit=1, order="id")
            if found:
                return found
        return None

    def _link(self, arrival, record, binding=None):
        binding = self._binding(arrival) if binding is None else binding
        binding._sync(
            arrival.system,
            arrival.entity,
            arrival.external_id,
            record,
            external_version=arrival.document.get("updated_at"),
            hash_in=self.env["integration.binding"]._digest(arrival.document),
            hash_out=False,  # what was sent last is no longer what is there
            last_in_at=fields.Datetime.now(),
        )

    def _differs(self, record, name, value):
        field = record._fields[name]
        if field.type in ("one2many", "many2many"):
            return True
        current = record[name].id if field.type == "many2one" else record[name]
        return (current or False) != (value or False)

    def _to_field(self, field, value):
        """Return a mapped value as the field takes it."""
        if value is None:
            return False
        if field.type == "datetime" and isinstance(value, str):
            return fields.Datetime.to_datetime(value.rstrip("Z").replace("T", " ").partition(".")[0])
        if field.type == "many2many":
            return [fields.Command.set(value)]
        if field.type == "html":
            return plaintext2html(value)
        if field.type in ("float", "monetary") and isinstance(value, str):
            return float(value)
        return value

    # --- what mappings ask for ---

    def _of_model(self, model):
        """Return the target of an Odoo model: its own, or the general one."""
        if model.startswith(PROTECTED_MODELS):
            raise RecordError(self.env._("Mappings may not touch %(model)s", model=model), code="protected-model")
        name = f"integration.target.{model}"
        return (
            self.env[name]
            if name in self.env
            else self.env["integration.target"].with_context(integration_target_model=model)
        )

    def _lookup(self, context, model, by, value):
        """Find one record of a code table; TransformError names the table and the value when there is none."""
        table = self.env[model].with_context(active_test=False)
        domain = [(by, "=", value)]
        if "company_id" in table._fields:
            domain.append(("company_id", "in", (False, context.company.id)))
        found = table.search(domain, limit=2)
        title = self.env["ir.model"]._get(model).name
        if not found:
            raise TransformError(
                "unknown-value",
                self.env._("%(title)s “%(value)s” is unknown in Odoo", title=title, value=value),
                self.env._("Create it, or map the value to an existing one, and retry."),
                table=model,
                value=value,
            )
        if "active" in table._fields and not found[0].active:
            raise TransformError(
                "inactive-value",
                self.env._("%(title)s “%(value)s” is switched off in Odoo", title=title, value=value),
                self.env._("Activate it, or map the value to another one, and retry."),
                table=model,
                value=value,
            )
        return found[0]

    def _lookup_state(self, country_code, code):
        return self.env["res.country.state"].search(
            [("country_id.code", "=", country_code), ("code", "=", code)], limit=1
        )

    def _lookup_taxes(self, context, tax_lines):
        """Return the ids of the company's sales taxes with the rates of the document's tax lines."""
        included = bool(context.document.get("prices_include_tax"))
        found = []
        for line in tax_lines:
            percent = round(float(line["rate"]) * 100, 4)
            candidates = self.env["account.tax"].search(
                [
                    ("type_tax_use", "=", "sale"),
                    ("amount_type", "=", "percent"),
                    ("amount", "=", percent),
                    ("company_id", "parent_of", context.company.id),
                ]
            )
            tax = candidates.filtered(lambda tax: tax.price_include == included)[:1]
            if not tax:
                raise TransformError(
                    "unknown-tax",
                    self.env._(
                        "Tax “%(title)s” (%(rate)s %%, %(included)s) is unknown in Odoo",
                        title=line.get("title") or "",
                        rate=f"{percent:g}",
                        included=self.env._("included in prices") if included else self.env._("on top of prices"),
                    ),
                    self.env._("Accounting creates the sales tax with this rate; then retry."),
                    table="account.tax",
                    value=percent,
                )
            found.append(tax.id)
        return found

    def _resolve(self, context, entity_code, model, document):
        """Find or create the record of a nested business object. One that exists is left as it is."""
        entity = self.env["integration.entity"].sudo().search([("code", "=", entity_code)], limit=1)
        target = self._of_model(model)
        arrival = Arrival(self.env, context.system, entity, document, {})
        binding = target._binding(arrival)
        record = target._linked(binding) or target._match(arrival)
        if record:
            if arrival.external_id and not binding:
                target._link(arrival, record, binding)
            return record
        _version, mapping = (
            self.env["integration.mapping"].sudo()._record_hop(entity_code, model, "inbound")._compiled()
        )
        values = mapping.apply(document, RecordContext(self.env, context.system, context.company, document))
        return target._receive(arrival._replace(values=values), binding)[0]
