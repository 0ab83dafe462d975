# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ..connectors.connector import TRANSITIONS
from ..connectors.errors import ConfigurationError
from ..engine.ownership import Rule
from .integration_target import PROTECTED_MODELS

# What may become of a field that both have changed, by who decides it; and of a list of lines, as a whole.
FITTING = {"system": ("owner", "ask"), "odoo": ("owner", "ask"), "both": ("newest", "odoo", "ask")}
WHOLE = (("system", "owner"), ("odoo", "owner"))


class IntegrationOwnership(models.Model):
    """Who decides about a field, or a transition, of records that are linked with a system: its system of record.

    What has no row is whoever's changes it last, and nothing is in conflict.
    """

    _name = "integration.ownership"
    _description = "Who Decides"
    _inherit = ["integration.cached.mixin"]
    _order = "system_id, model_id, transition, field_id, id"

    system_id = fields.Many2one("integration.system", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="system_id.company_id", store=True, precompute=True, index=True)
    model_id = fields.Many2one("ir.model", "Odoo Records", required=True, ondelete="cascade")
    model_name = fields.Char(related="model_id.model", string="Odoo Model")
    allowed_model_ids = fields.Many2many("ir.model", compute="_compute_allowed_model_ids")
    field_id = fields.Many2one(
        "ir.model.fields",
        ondelete="cascade",
        domain="[('model_id', '=', model_id), ('store', '=', True), ('ttype', '!=', 'binary')]",
    )
    transition = fields.Selection(
        [
            ("confirm", "Confirm"),
            ("cancel", "Cancel"),
            ("ship", "Ship"),
            ("refund", "Refund"),
            ("pay", "Pay"),
            ("win", "Win"),
            ("lose", "Lose"),
            ("unsubscribe", "Unsubscribe"),
        ],
        "Step",
        help="Instead of a field: who may take this step, e.g. cancel an order, and take it back.",
    )
    decided_by = fields.Selection(
        [("system", "This system"), ("odoo", "Odoo"), ("both", "Whoever changes it")],
        required=True,
        default="system",
        help="Changes of this field that others make are not taken over.",
    )
    both_changed = fields.Selection(
        [
            ("owner", "Who decides wins"),
            ("newest", "The newest wins"),
            ("odoo", "Odoo wins"),
            ("ask", "Ask a person"),
        ],
        "When Both Changed",
        required=True,
        default="owner",
        help="When it was changed here and there since both last agreed. Newest: by the time of each change. "
        "Ask: it stays as it is, here and there, until a person chooses in To Do → Conflicts.",
    )

    _field_unique = models.UniqueIndex(
        "(system_id, field_id) WHERE field_id IS NOT NULL", "There is one rule for each field of a system."
    )
    _transition_unique = models.UniqueIndex(
        "(system_id, model_id, transition) WHERE transition IS NOT NULL",
        "There is one rule for each step of a system.",
    )
    _one_of_both = models.Constraint("CHECK ((field_id IS NULL) <> (transition IS NULL))", "Choose a field, or a step.")

    @api.constrains("field_id", "model_id", "decided_by", "both_changed")
    def _check_fits(self):
        for row in self.sudo():
            if row.model_id.model.startswith(PROTECTED_MODELS):
                raise ValidationError(
                    self.env._("%(model)s decides who may do what: no system does.", model=row.model_id.name)
                )
            if row.field_id and row.field_id.model_id != row.model_id:
                raise ValidationError(
                    self.env._(
                        "%(model)s has no field %(field)s.",
                        model=row.model_id.name,
                        field=row.field_id.field_description,
                    )
                )
            if row.field_id and row.both_changed not in FITTING[row.decided_by]:
                raise ValidationError(
                    self.env._("Nobody decides: choose what is to be done when both have changed it.")
                    if row.decided_by == "both"
                    else self.env._("Where one side decides, it wins, or a person is asked.")
                )
            if row.field_id.ttype == "one2many" and (row.decided_by, row.both_changed) not in WHOLE:
                raise ValidationError(
                    self.env._("%(field)s is a list of lines: one side decides it.", field=row.display_name)
                )

    @api.depends("system_id")
    def _compute_allowed_model_ids(self):
        """The records that the system's flows bring or send, and the variants of products."""
        variants = self.env["ir.model"]._get("product.product") if "product.product" in self.env else None
        for row in self:
            found = row.system_id.sudo().flow_ids.model_id
            has_products = variants and "product.template" in found.mapped("model")
            row.allowed_model_ids = found | variants if has_products else found

    @api.depends("field_id", "transition")
    def _compute_display_name(self):
        steps = dict(self._fields["transition"]._description_selection(self.env))
        for row in self:
            row.display_name = row.sudo().field_id.field_description or steps.get(row.transition)

    @api.onchange("decided_by")
    def _onchange_decided_by(self):
        """Who decides wins, where somebody does; else the newest."""
        if self.decided_by == "both" and self.both_changed == "owner":
            self.both_changed = "newest"
        elif self.decided_by != "both" and self.both_changed in ("newest", "odoo"):
            self.both_changed = "owner"

    # --- what others ask ---

    @api.model
    def _owners(self, model_name, system_ids=None):
        """Return ``{field name: who decides it}`` of a model: a system's name, or "Odoo".

        :param system_ids: of records that are linked with these; without, of all systems of the user's companies
        """
        mine = [
            (title, rules)
            for system_id, company_id, title, rules in self._rules(model_name)
            if (company_id in self.env.companies.ids if system_ids is None else system_id in system_ids)
        ]
        by_odoo, by_systems = {}, {}
        for title, rules in mine:
            for name, rule in rules.items():
                if name not in TRANSITIONS and rule.decided_by == "odoo":
                    by_odoo[name] = "Odoo"
                elif name not in TRANSITIONS and rule.decided_by == "system":
                    by_systems.setdefault(name, {})[title] = True
        return by_odoo | {name: ", ".join(titles) for name, titles in by_systems.items()}

    @api.model
    @ormcache("model_name")
    def _rules(self, model_name):
        """Return ``[(system, its company, its name, {field or transition: Rule})]`` of a model, all companies.

        A system that is archived or retired decides nothing any more: what it had decided may be changed by others.
        """
        rules = {}
        working = [("system_id.active", "=", True), ("system_id.lifecycle", "!=", "retired")]
        for row in self.sudo().search([("model_name", "=", model_name), *working]):
            name = row.transition or row.field_id.name
            rules.setdefault(row.system_id, {})[name] = Rule(row.decided_by, row.both_changed)
        return tuple((system.id, system.company_id.id, system.name, of) for system, of in rules.items())

    @api.model
    @ormcache("model_name", "system_id")
    def _judged(self, model_name, system_id):
        """Return what is to be asked of values that a system says of a model's fields.

        :returns: ``{field: Rule}`` of its own rules, and ``{field: {id: name}}`` of the other systems that decide it
        """
        rules, claims, company = {}, {}, self.env["integration.system"].sudo().browse(system_id).company_id.id
        for id_, company_id, title, of_system in self._rules(model_name):
            for name, rule in of_system.items():
                field = self.env[model_name]._fields.get(name)
                if not field or (field.type == "one2many" and rule == Rule("system")):
                    continue  # a transition, or lists of lines that come and go as a whole
                if id_ == system_id:
                    rules[name] = rule
                elif rule.decided_by == "system" and company_id == company:
                    claims.setdefault(name, {})[id_] = title
        mine = [name for name, rule in rules.items() if rule.decided_by == "system"]
        return rules, {name: systems for name, systems in claims.items() if name not in mine}

    # --- defaults ---

    @api.model
    def _install(self, system, model_name):
        """Give a system the rules for a model that its connector declares, where it has none yet."""
        rows, model = self.sudo(), self.env["ir.model"]._get(model_name)
        domain = [("system_id", "=", system.id), ("model_name", "=", model_name)]
        known = {row.transition or row.field_id.name for row in rows.search(domain)}
        rows.create(
            [
                {
                    "system_id": system.id,
                    "model_id": model.id,
                    "decided_by": decided_by,
                    "both_changed": "newest" if decided_by == "both" else "owner",
                    **self._named(model, name),
                }
                for name, decided_by in self._declared(system, model_name).items()
                if name not in known
            ]
        )

    @api.model
    def _named(self, model, name):
        if name in TRANSITIONS:
            return {"transition": name}
        return {"field_id": self.env["ir.model.fields"]._get(model.model, name).id}

    @api.model
    def _declared(self, system, model_name):
        """Return ``{field or transition: system, odoo or both}`` as declared for what is installed here."""
        try:
            connector = system._connector()
        except ConfigurationError:
            return {}  # its settings shape nothing yet, so there is nothing to decide about
        declared = {}
        for each in connector.ownership:
            if each.model == model_name and (not each.beside or each.beside in self.env):
                for decided_by in ("system", "odoo", "both"):
                    declared |= dict.fromkeys(getattr(each, decided_by), decided_by)
        names = self.env[model_name]._fields if model_name in self.env else ()
        return {name: by for name, by in declared.items() if name in TRANSITIONS or name in names}
