# Part of Integration Hub. License LGPL-3.0 or later.
import re
from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ..engine.answers import BATCH, forget
from ..engine.database import Database
from .ask import wrap
from .ask_plan import Terms

ACTION = re.compile(r"(action|button)_[a-z0-9_]+")  # what a person may press; never create, write or a private method
MINUTE, HOUR = 60, 3600


class IntegrationFlow(models.Model):
    """A flow that asks: before a person's action, another system has its say."""

    _inherit = "integration.flow"

    trigger = fields.Selection(
        selection_add=[("ask", "Not at all: ask about it before a person's action")], ondelete={"ask": "set default"}
    )
    ask_before = fields.Char(
        "Before",
        tracking=True,
        help="The method behind the button, e.g. action_confirm of a sales order. It waits for the answer.",
    )
    ask_effect = fields.Selection(
        [("check", "It decides whether the action may go on"), ("fill", "It is written into the record first")],
        "The Answer",
        default="check",
        required=True,
        tracking=True,
    )
    answer_mapping_id = fields.Many2one(
        "integration.mapping", "Mapping of the Answer", ondelete="restrict", index="btree_not_null", tracking=True,
        check_company=True,
    )  # fmt: skip
    answer_entity_id = fields.Many2one(related="answer_mapping_id.entity_id", string="Answered With")
    answer_record_mapping_id = fields.Many2one(
        "integration.mapping", "Mapping of the Answer to the Record", ondelete="restrict", index="btree_not_null",
        tracking=True, check_company=True,
    )  # fmt: skip
    answer_deadline = fields.Float(
        "Answer Within", default=2.0, required=True, tracking=True, help="Seconds that a question takes, at the most."
    )
    answer_fresh = fields.Float(
        "Ask Again After", default=5.0, tracking=True, help="Minutes for which an answer serves the same question."
    )
    answer_permitted = fields.Float(
        "Still Permitted For",
        default=24.0,
        tracking=True,
        help="Hours for which the last answer counts while there is no newer one.",
    )
    answer_negative = fields.Integer(
        "After a Refusal",
        default=30,
        tracking=True,
        help="Seconds for which a refusal, or that there was no answer, is remembered instead of asking again.",
    )
    degradation = fields.Selection(
        [
            ("fail", "Stop there, and tell the person why"),
            ("last_known", "Go by the last answer, if it is not too old"),
            ("hold", "Let the record wait, and go on by itself when the answer comes"),
            ("skip", "Go on without it, and look at the answer afterwards"),
        ],
        "Without an Answer",
        default="fail",
        required=True,
        tracking=True,
    )
    degradation_text = fields.Char("When It Does Not Answer", compute="_compute_degradation_text")

    _deadline_positive = models.Constraint(
        "CHECK (answer_deadline > 0 AND answer_deadline <= 30)", "A person waits for an answer up to 30 seconds."
    )
    _ages_positive = models.Constraint(
        "CHECK (answer_fresh >= 0 AND answer_permitted >= 0 AND answer_negative >= 0)",
        "How long an answer counts cannot be less than nothing.",
    )

    @api.depends("direction", "trigger", "degradation", "system_id.name", "answer_permitted")
    def _compute_degradation_text(self):
        for flow in self:
            flow.degradation_text = flow._degradation_text()

    def _degradation_text(self):
        """Return what becomes of people's work while the other side does not answer."""
        system = self.system_id.name or ""
        if self.trigger == "ask" and self.direction == "outbound":
            texts = {
                "fail": self.env._("The action is refused with a sentence that says why. Nothing waits."),
                "last_known": self.env._(
                    "The last answer counts for %(hours)g hours. Without one the action is refused.",
                    hours=self.answer_permitted,
                ),
                "hold": self.env._(
                    "The record stays as it is and is marked as waiting. The action is done by itself as soon as "
                    "%(system)s answers.",
                    system=system,
                ),
                "skip": self.env._(
                    "The action is done without the answer. %(system)s is asked afterwards, and a no becomes an "
                    "activity of the person who acted.",
                    system=system,
                ),
            }
            return texts[self.degradation]
        if self.direction == "outbound":
            return self.env._(
                "Nobody waits: people's work goes on. What is to be sent waits here, each record once as it is then, "
                "and is sent by itself as soon as %(system)s answers.",
                system=system,
            )
        return self.env._(
            "What %(system)s sends waits here and is taken in order. What it could not send is fetched, or sent again "
            "by it, when it is back.",
            system=system,
        )

    # --- what is allowed ---

    @api.constrains("trigger", "ask_before", "model_id", "direction")
    def _check_ask_before(self):
        for flow in self.filtered(lambda flow: flow.trigger == "ask"):
            model, name = flow.env[flow.model_name], flow.ask_before or ""
            if flow.direction != "outbound":
                raise ValidationError(self.env._("Only a flow out of Odoo can ask: %(flow)s.", flow=flow.name))
            if not ACTION.fullmatch(name) or not callable(getattr(type(model), name, None)):
                raise ValidationError(
                    self.env._(
                        "%(model)s has no action “%(name)s”. Write the name of the method behind a button, which "
                        "begins with action_ or button_.",
                        model=flow.sudo().model_id.name,
                        name=name,
                    )
                )

    @api.constrains("ask_effect", "answer_mapping_id", "state")
    def _check_answer(self):
        for flow in self.filtered(lambda flow: flow.trigger == "ask" and flow.answer_mapping_id):
            if (flow.ask_effect == "check") != (flow.answer_entity_id.code == "decision"):
                raise ValidationError(
                    self.env._(
                        "The answer of %(flow)s is read as %(entity)s: only a Decision can decide, and only something "
                        "else can be written into the record.",
                        flow=flow.name,
                        entity=flow.answer_entity_id.name,
                    )
                )

    def _lacks(self):
        missing = super()._lacks()
        if self.trigger == "ask":
            if not self.ask_before:
                missing.append(self.env._("the action before which it asks"))
            mappings = self.answer_mapping_id
            if self.ask_effect == "fill":
                mappings |= self.answer_record_mapping_id
            if len(mappings) < (2 if self.ask_effect == "fill" else 1) or not all(
                mapping.version_id for mapping in mappings
            ):
                missing.append(self.env._("an approved mapping of the answer"))
        return missing

    def _operations(self):
        operations = super()._operations()
        works = self.trigger == "ask" and (self.ask_effect == "fill" or self.degradation == "hold")
        return (*operations, "write") if works and "write" not in operations else operations

    # --- the methods that ask ---

    def _register_hook(self):
        super()._register_hook()
        for flow in self.with_context(active_test=False).sudo().search([("trigger", "=", "ask")]):
            flow._wrap()

    @api.model_create_multi
    def create(self, vals_list):
        flows = super().create(vals_list)
        flows._wrap_asked()
        return flows

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"trigger", "ask_before", "model_id"}:
            self._wrap_asked()
        return result

    def _wrap_asked(self):
        """Have the methods ask here and in all other processes, where one does not yet."""
        wrapped = [flow._wrap() for flow in self if flow.trigger == "ask"]
        if any(wrapped):
            self.env.registry.registry_invalidated = True

    def _wrap(self):
        """Wrap the method; returns whether it was not before. The wrapper stays: with no flow it does nothing."""
        kind = self.env.registry.get(self.sudo().model_name)
        origin = kind and self.ask_before and getattr(kind, self.ask_before, None)
        if not origin or hasattr(origin, "asks"):
            return False
        setattr(kind, self.ask_before, wrap(self.ask_before, origin))
        return True

    @api.model
    @ormcache("model", "method")
    def _asked_before(self, model, method):
        """Return the ids of the flows that ask before a method runs, in order."""
        domain = [("trigger", "=", "ask"), ("state", "=", "on"), ("direction", "=", "outbound")]
        flows = self.sudo().search([*domain, ("model_id.model", "=", model), ("ask_before", "=", method)])
        return tuple(flows.ids)

    def _terms(self):
        return Terms(
            self.answer_deadline,
            self.answer_fresh * MINUTE,
            self.answer_permitted * HOUR,
            self.answer_negative,
            self.degradation,
        )

    @api.autovacuum
    def _gc_answers(self):
        db = Database(self.env.cr.dbname)
        with db.read_committed() as cr:
            gone = forget(cr, db.now())
        return gone, gone >= BATCH  # how many, and whether Odoo is to come again

    # --- the catalogue ---

    @api.model
    def _install(self, system, template):
        flow = super()._install(system, template)
        if flow and template.ask and not flow.ask_before:
            flow.write(self._ask_values(system, template))
        return flow

    def _ask_values(self, system, template):
        """Return what makes a flow of a template ask."""
        ask, question = template.ask, system._connector().question(template.object_type)
        answer = replace(template, direction="inbound", entity=question.answer, mapping=ask.mapping)
        Mapping = self.env["integration.mapping"]
        if ask.effect == "fill":
            mapping, record_mapping = Mapping._install_from_template(system, answer)
        else:
            mapping, record_mapping = Mapping._install_system_hop(system, answer), Mapping
        return {
            "trigger": "ask",
            "trigger_fields": False,
            "ask_before": ask.before,
            "ask_effect": ask.effect,
            "answer_mapping_id": mapping.id,
            "answer_record_mapping_id": record_mapping.id,
            "degradation": ask.on_failure,
        }
