# Part of Integration Hub. License LGPL-3.0 or later.
import re

from odoo import api, fields, models
from odoo.fields import Domain

from ..engine import causation

_TRACE = re.compile(r"(?:[0-9a-f]{2}-)?([0-9a-f]{32})(?:-[0-9a-f]{16}-[0-9a-f]{2})?")
NAMED = 40  # records of a model that a name is taken to mean
OF_CUSTOMERS = 200  # records of a model of the customers that a name is taken to mean, the newest
NUMBERS = ("client_order_ref", "ref", "default_code")  # by which other systems' numbers are known here
OPEN = ("pending", "retry", "held")


class IntegrationEvent(models.Model):
    """How messages are found in a log of millions: first the records that are meant, then by an index of the log."""

    _inherit = "integration.event"

    correlation_id = fields.Char(
        compute="_compute_correlation_id",
        search="_search_correlation_id",
        help="By what a message and all that it led to is known, here and in the other systems' logs.",
    )
    about = fields.Char("Record or Customer", compute="_compute_about", search="_search_about")
    remote = fields.Char("Remote Id or Number", compute="_compute_about", search="_search_remote")

    @api.depends("causation_id", "trace_id")
    def _compute_correlation_id(self):
        found = causation.correlations(self.env.cr, self._database_identity(), self.ids)
        for event in self:
            event.correlation_id = found.get(event.id, False)

    def _compute_about(self):
        """They are only searched for."""
        self.about = self.remote = False

    def _search_correlation_id(self, operator, value):
        """Find the message that a correlation id, or a whole `traceparent`, is of, and all that it led to."""
        texts = [value] if isinstance(value, str) else list(value or ())
        if operator not in ("=", "ilike", "like", "in"):
            return NotImplemented
        ids = set()
        for text in texts:
            match = _TRACE.fullmatch((text or "").strip().lower())
            if match:
                first = causation.event_of(self._database_identity(), match[1])
                ids |= {first} if first else set(self._search([("trace_id", "=", match[1])]).get_result_ids())
        led_to = causation.consequences(self.env.cr, ids, most=1000) if ids else ()
        return [("id", "in", [*ids, *(event_id for event_id, _cause, _depth in led_to)])]

    def _search_about(self, operator, value):
        """Find the messages about records of this name or number, and about those of customers of this name."""
        if operator not in ("ilike", "=", "like") or not isinstance(value, str):
            return NotImplemented
        partners = self.env["res.partner"]
        if partners.has_access("read"):
            partners = partners.browse(id_ for id_, _name in partners.name_search(value, limit=NAMED))
        found = Domain.FALSE
        for model in sorted(self.env["integration.flow"]._synced()):
            ids = self._named(model, value) | self._of_customers(model, partners)
            if ids:
                found |= Domain("res_model", "=", model) & Domain("res_id", "in", sorted(ids))
        return found

    def _search_remote(self, operator, value):
        """Find the messages about the object of this remote id, or of the number at its end.

        Those that took effect by its link, those that failed or wait by their own index.
        """
        if operator not in ("ilike", "=", "like") or not isinstance(value, str):
            return NotImplemented
        found = Domain.FALSE
        for (system_id, entity_id), external_ids in self._remote_ids(value.strip()).items():
            of_system = [("system_id", "=", system_id), ("entity_id", "=", entity_id)]
            links = self.env["integration.binding"].search([*of_system, ("external_id", "in", external_ids)])
            for link in links:
                found |= Domain("res_model", "=", link.res_model) & Domain("res_id", "=", link.res_id)
            inbound = self.env["integration.endpoint"].search(
                [("system_id", "=", system_id), ("direction", "=", "inbound")]
            )
            if inbound:
                theirs = Domain("endpoint_id", "in", inbound.ids) & Domain("external_id", "in", external_ids)
                found |= theirs & Domain("direction", "=", "inbound") & Domain("state", "=", "dead")
                found |= theirs & Domain("direction", "=", "inbound") & Domain("state", "in", OPEN)
        return found

    # --- what is meant ---

    def _database_identity(self):
        return self.env["ir.config_parameter"].sudo().get_param("database.uuid")

    def _named(self, model, value):
        """Return the ids of the records of a model that are called this, or have this number."""
        Model = self.env[model].with_context(active_test=False) if model in self.env else None
        if Model is None or not Model.has_access("read"):
            return set()
        ids = {id_ for id_, _name in Model.name_search(value, limit=NAMED)}
        numbers = [name for name in NUMBERS if name in Model._fields and Model._fields[name].store]
        if numbers:
            texts = {value, value.lstrip("#"), f"#{value.lstrip('#')}"}
            same = Domain.OR(Domain(name, "in", sorted(texts)) for name in numbers)
            ids.update(Model._search(same, limit=NAMED).get_result_ids())
        return ids

    def _of_customers(self, model, partners):
        Model = self.env[model].with_context(active_test=False) if model in self.env else None
        field = Model._fields.get("partner_id") if Model is not None else None
        if not partners or field is None or not field.store or not Model.has_access("read"):
            return set()
        return set(
            Model._search([("partner_id", "in", partners.ids)], order="id desc", limit=OF_CUSTOMERS).get_result_ids()
        )

    def _remote_ids(self, value):
        """Return ``{(system id, entity id): what may be meant}``: the value, and it after what ids there begin with."""
        found = {}
        roads = {
            (road.system_id, road.entity_id)
            for of_model in self.env["integration.flow"]._roads().values()
            for road in of_model
            if road.company_id in self.env.companies.ids
        }
        for system_id, entity_id in sorted(roads):
            place = [("system_id", "=", system_id), ("entity_id", "=", entity_id)]
            example = self.env["integration.binding"].search(place, limit=1).external_id or ""
            beginning = example[: example.rfind("/") + 1]
            found[system_id, entity_id] = list({value, beginning + value.lstrip("#")}) if value else []
        return found
