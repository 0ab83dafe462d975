# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine.database import Database
from ..engine.wake import wake_after_commit
from . import missing_values, value_words
from .missing_values import Key
from .record_mend import AT_ONCE

STATES = [("open", "To Do"), ("ignored", "Ignored"), ("closed", "Done")]
KEPT_DAYS = 90
TODO = "integration_hub.mail_activity_missing_value"


class IntegrationMissingValue(models.Model):
    """A value of another system that Odoo does not know, with all that waits for it. It follows the log."""

    _name = "integration.missing.value"
    _description = "Missing Value"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "message_count desc, id"
    _rec_name = "value"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    system_id = fields.Many2one("integration.system", required=True, readonly=True, index=True, ondelete="cascade")
    res_model = fields.Char("Odoo Model", required=True, readonly=True)
    kind = fields.Char(compute="_compute_kind", help="Which records of Odoo it is looked for among.")
    scope = fields.Char("Within", required=True, default="", readonly=True)
    value = fields.Char("Theirs", required=True, readonly=True, help="As the other system says it.")
    state = fields.Selection(STATES, default="open", required=True, readonly=True, tracking=True)
    error_code = fields.Char("Cause", readonly=True)
    message_count = fields.Integer("Waiting Messages", readonly=True, help="How many failed messages wait for it.")
    oldest_at = fields.Datetime("Since", readonly=True)
    newest_at = fields.Datetime("Last", readonly=True)
    example_id = fields.Many2one("integration.event", compute="_compute_example_id")
    example_event = fields.Integer(readonly=True)
    example_message = fields.Char("What It Says", compute="_compute_example_id")
    user_id = fields.Many2one("res.users", "Looks After It", readonly=True, index="btree_not_null")
    ignored_reason = fields.Char("Ignored Because", readonly=True, tracking=True)
    found_id = fields.Integer(compute="_compute_found_id")
    may_switch_on = fields.Boolean(compute="_compute_found_id")
    may_create = fields.Boolean(compute="_compute_found_id")

    _one_line = models.Constraint(
        "UNIQUE (company_id, system_id, res_model, scope, value)", "This value is in the list already."
    )

    @api.depends("res_model")
    def _compute_kind(self):
        for one in self:
            one.kind = self.env["ir.model"]._get(one.res_model).name or one.res_model

    @api.depends("value", "scope")
    def _compute_display_name(self):
        for one in self:
            one.display_name = f"{one.scope}: {one.value}" if one.scope else one.value

    @api.depends("example_event")
    def _compute_example_id(self):
        for one in self:
            one.example_id = self.env["integration.event"].browse(one.example_event or ()).exists()
            one.example_message = one.example_id.error_message

    @api.depends_context("uid")
    @api.depends("res_model", "value", "scope")
    def _compute_found_id(self):
        """Find the record that is only switched off: whoever may switch it on does so."""
        for one in self:
            model = self.env.get(one.res_model)
            found = one._switched_off()
            one.found_id = found.id if found is not None else 0
            one.may_switch_on = bool(found) and found.has_access("write")
            one.may_create = not found and model is not None and model.has_access("create")

    # --- kept in step with the log ---

    @api.model
    def _cron_refresh(self):
        self._refresh()

    @api.model
    def _refresh(self):
        """Bring the list in step with what failed; one at a time, others leave it as it is."""
        self.env.cr.execute("SELECT pg_try_advisory_xact_lock(hashtext('integration_missing_value'))")
        if not self.env.cr.fetchone()[0]:
            return
        waiting = missing_values.waiting(self.env.cr)
        known = {one._key(): one for one in self.sudo().search([])}
        for key, waits in waiting.items():
            values = {
                "message_count": waits.count,
                "oldest_at": waits.since,
                "newest_at": waits.newest,
                "example_event": waits.event_id,
                "error_code": waits.error_code,
            }
            if key not in known:
                known[key] = self.sudo().create(key._asdict() | values)
            elif known[key].state == "closed":
                known[key].write(values | {"state": "open"})
            elif changed := {name: value for name, value in values.items() if known[key][name] != value}:
                known[key].write(changed)
        everything = len(waiting) < missing_values.MOST
        gone = [one for key, one in known.items() if everything and key not in waiting and one.message_count]
        self.sudo().browse([one.id for one in gone])._close()
        self.sudo().search([("state", "=", "open")])._tell()

    def _key(self):
        return Key(self.company_id.id, self.system_id.id, self.res_model, self.scope, self.value)

    def _close(self):
        """Nothing waits any more: what was to be done is done; what is ignored stays so for the next message."""
        self.write({"message_count": 0})
        done = self.filtered(lambda one: one.state == "open")
        done.write({"state": "closed"})
        for one in done:
            lang = one.user_id.lang or self.env.lang
            one.activity_feedback([TODO], feedback=one.with_context(lang=lang).env._("Nothing waits for it any more."))

    def _tell(self):
        """Give each line one activity, of whoever looks after such values."""
        people = self.env["integration.value.responsible"]._people()
        for one in self:
            user = people.get((one.company_id.id, one.res_model)) or people.get((False, one.res_model))
            system, flow = one.system_id, one.sudo().example_id.flow_id
            owners = (user, system.business_owner_id, flow.owner_id, system.technical_owner_id)
            user = next((owner for owner in owners if owner and owner.active), self.env["res.users"])
            if one.user_id != user:
                one.activity_unlink([TODO])
                one.user_id = user
            if user and not one.activity_search([TODO]):
                reader = one.with_user(user).with_context(lang=user.lang)
                one.activity_schedule(
                    TODO,
                    user_id=user.id,
                    summary=reader.env._("%(kind)s “%(value)s” is missing", kind=reader.kind, value=one.display_name),
                    note=reader.env._(
                        "%(count)s messages of %(system)s wait for it. Map it, create it, or say why it is ignored.",
                        count=one.message_count,
                        system=one.system_id.name,
                    ),
                )

    @api.autovacuum
    def _gc_closed(self):
        """Forget what was done long ago."""
        until = fields.Datetime.subtract(fields.Datetime.now(), days=KEPT_DAYS)
        self.search([("state", "=", "closed"), ("write_date", "<", until)]).unlink()

    # --- a person's actions ---

    @api.model
    def action_open_list(self):
        """Open the list as it is now."""
        self.check_access("read")
        self._refresh()
        return self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_missing_value_action")

    def action_map(self):
        """Ask which Odoo record is meant."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Map to…"),
            "res_model": "integration.map.value",
            "view_mode": "form",
            "target": "new",
            "context": {"default_missing_id": self.id},
        }

    def action_switch_on(self):
        """Switch on the record that has this value already, by the rights of who asks."""
        for one in self:
            if found := one._switched_off():
                found.active = True
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_create_record(self):
        """Open the form of a new record that has the value already."""
        self.ensure_one()
        name = value_words.known_by(self.env, self.res_model)
        defaults = {f"default_{name}": self.value, "default_name": self.value} | self._defaults()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "view_mode": "form",
            "target": "current",
            "context": defaults,
        }

    def action_ignore(self):
        """Ask why nobody is to do anything about it."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ignore"),
            "res_model": "integration.ignore.value",
            "view_mode": "form",
            "target": "new",
            "context": {"default_missing_ids": self.ids},
        }

    def action_reopen(self):
        self._check_may_decide()
        self.sudo().write({"state": "open", "ignored_reason": False})

    def action_view_messages(self):
        """Open the messages that wait for it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("integration_hub.integration_event_action")
        return dict(action, domain=[("missing_value_id", "=", self.id)], context={})

    def _check_may_decide(self):
        self.check_access("read")
        if not any(self.env.user.has_group(f"integration_hub.group_{name}") for name in ("operator", "consultant")):
            raise UserError(self.env._("Integration operators and consultants decide about missing values. Ask one."))

    def _switched_off(self):
        """Return the record that has the value and is only switched off, ``None`` where there is none."""
        model = self.env.get(self.res_model)
        if model is None or not model._active_name or not model.has_access("read"):
            return None
        by = value_words.known_by(self.env, self.res_model)
        domain = [(by, "=", self.value), (model._active_name, "=", False)]
        if self.error_code == "archived-product":
            domain[0] = ("id", "=", int(self._params().get("value") or 0))
        if self.res_model == "account.tax":
            domain[0] = ("amount", "=", float(self.value))
            domain.append(("type_tax_use", "=", "sale"))
        if "company_id" in model._fields:
            domain.append(("company_id", "in", (False, *self.company_id.parent_ids.ids)))
        return model.with_context(active_test=False).search(domain, limit=1) or None

    def _params(self):
        """Return what its example message says that it looked for."""
        problems = (self.sudo().example_id.error_params or {}).get("problems") or []
        found = (problem.get("params") or {} for problem in problems if isinstance(problem, dict))
        return next((params for params in found if params.get("table") == self.res_model), {})

    def _defaults(self):
        """Return what a new record of its kind starts with, besides its value."""
        if self.res_model == "res.country.state":
            country = self.env["res.country"].search([("code", "=", self.scope)], limit=1)
            return {"default_country_id": country.id}
        if self.res_model == "account.tax":
            included = "tax_included" if self.scope else "tax_excluded"
            return {
                "default_name": f"{self.value}%",
                "default_amount": float(self.value),
                "default_type_tax_use": "sale",
                "default_price_include_override": included,
            }
        if self.res_model == "res.currency":
            return {"default_symbol": self.value}
        return {}

    # --- what waited goes on ---

    @api.model
    def _run_again(self, lines):
        """Have run again what waits for the values of these lines of value maps."""
        wanted = {}  # (model, value) → lines
        for line in lines.sudo():
            wanted.setdefault((line.res_model, value_words.bare(line.value)), []).append(line)
        systems = {system.id: system for system in self.env["integration.system"].sudo().search([])}
        for key, waits in missing_values.waiting(self.env.cr).items():
            for line in wanted.get((key.res_model, value_words.bare(key.value)), ()):
                if key.system_id in systems and line._is_for(systems[key.system_id], key.scope):
                    self._requeue(key, waits.count)
                    break

    def _requeue(self, key, count):
        """Have run again what waits for a value: few messages now, many in the background."""
        Event = self.env(user=SUPERUSER_ID, su=True)["integration.event"]
        if count > AT_ONCE:
            self._refresh()
            one = self.sudo().search([(name, "=", value) for name, value in key._asdict().items()])
            name = self.env._("Retry what waited for “%(value)s”", value=key.value)
            Event.env["integration.repair"]._begin("retry", Domain("missing_value_id", "=", one.id), name)
            return
        condition = Domain.custom(to_sql=lambda _model, alias, _query: missing_values.waits_for(alias, key))
        units = Event.search(condition & Domain("in_doubt", "!=", True))._requeue()
        wake_after_commit(self.env.cr, Database(self.env.cr.dbname), units)


class IntegrationEvent(models.Model):
    _inherit = "integration.event"

    missing_value_id = fields.Many2one(
        "integration.missing.value", compute="_compute_missing_value_id", search="_search_missing_value_id"
    )

    @api.depends("error_params", "state")
    def _compute_missing_value_id(self):
        """Find the line of what the message waits for, the first where it lacks several values."""
        for event in self:
            event.missing_value_id = event._missing_value() if event.state == "dead" else False

    def _missing_value(self):
        problems = (self.error_params or {}).get("problems") or []
        told = (problem.get("params") or {} for problem in problems if isinstance(problem, dict))
        params = next((params for params in told if params.get("table")), None)
        return params and self.env["integration.missing.value"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("system_id", "=", self.system_id.id),
                ("res_model", "=", params["table"]),
                ("scope", "=", params.get("scope") or ""),
                ("value", "=", value_words.said(params.get("called") or params.get("value"))),
            ],
            limit=1,
        )

    def _search_missing_value_id(self, operator, value):
        if operator not in ("=", "in"):
            return NotImplemented
        ids = [value] if isinstance(value, int) else value
        keys = [one._key() for one in self.env["integration.missing.value"].browse(ids).exists()]
        return Domain.OR(
            Domain.custom(to_sql=lambda _model, alias, _query, key=key: missing_values.waits_for(alias, key))
            for key in keys
        )
