# Part of Integration Hub. License LGPL-3.0 or later.
import ast
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import times
from .alert_finding import Finding
from .integration_target import PROTECTED_MODELS

COUNTED = 10_000


class IntegrationAlertRule(models.Model):
    """A rule on records: those that match a domain have to be at a system by a time of day.

    It is told before the time is over. Records are searched with the rights of the user in whose name the system's
    endpoint works, whoever wrote the domain.
    """

    _inherit = "integration.alert.rule"

    @api.constrains("kind", "model_id", "domain", "system_id")
    def _check_records(self):
        for rule in self.filtered(lambda rule: rule.kind == "not_synced"):
            if not rule.system_id or not rule.model_id:
                raise ValidationError(self.env._("Choose the system, and which records it has to have."))
            if rule.model_name.startswith(PROTECTED_MODELS):
                raise ValidationError(
                    self.env._(
                        "%(model)s is none of the records that are synced. Choose others.",
                        model=rule.sudo().model_id.name,
                    )
                )
            if not rule.system_id.sudo()._endpoint("outbound").service_user_id:
                raise ValidationError(
                    self.env._("%(system)s has no API endpoint that would send them.", system=rule.system_id.name)
                )
            rule.sudo()._unsynced(fields.Datetime.now(), most=1)

    @api.model
    def _domain_of(self, text):
        """Return a domain as Odoo's web client writes it. Raises UserError: it cannot be read."""
        try:
            found = ast.literal_eval((text or "").strip() or "[]")
            return Domain(found)
        except (ValueError, SyntaxError, TypeError) as error:
            raise UserError(self.env._("The filter cannot be read: %(error)s", error=error)) from error

    def _find_not_synced(self, now):
        """The records that are missing at the system now, where the time has come to tell."""
        when = self.until_hour, self.tz, self.weekdays_only
        ends_at = times.next_time(now, *when)
        if now < ends_at - timedelta(minutes=self.warn_minutes):
            ends_at = times.last_time(now, *when)  # until then it is about what is left of the last time
        count = self._unsynced(min(ends_at, now))
        if not count:
            return []
        facts = {
            "records": self.sudo().model_id.name,
            "model": self.model_name,
            "system": self.system_id.name,
            "count": min(count, COUNTED),
            "most": count > COUNTED,
            "by": fields.Datetime.to_string(ends_at),
            "broken": now >= ends_at,
        }
        finding = Finding(
            "records",
            f"{self.system_id.name} · {self.sudo().model_id.name}",
            facts,
            size=count,
            company_id=self.system_id.company_id.id,
            system_id=self.system_id.id,
            flow_id=self.flow_id.id or None,
            message_count=min(count, COUNTED),
        )
        return [finding]

    def _unsynced(self, before, most=COUNTED + 1):
        """Return how many records that were there at *before* the system does not have, at most *most*."""
        if self.model_name not in self.env:
            raise UserError(self.env._("Its records are no more: an app was uninstalled. Archive this rule."))
        company = self.system_id.company_id
        user = self.system_id._endpoint("outbound").service_user_id
        records = self.env[self.model_name].with_user(user).with_company(company)
        records = records.with_context(allowed_company_ids=company.ids, active_test=True)
        wanted = self._domain_of(self.domain) & Domain("create_date", "<=", before)
        if "company_id" in records._fields:
            wanted &= Domain("company_id", "in", (company.id, False))
        records.check_access("read")
        try:
            query = records._search(wanted)
        except ValueError as error:
            raise UserError(self.env._("The filter does not fit the records: %(error)s", error=error)) from error
        self.env["integration.binding"].flush_model(["system_id", "res_model", "res_id", "deleted_at"])
        self.env.cr.execute(
            SQL(
                """SELECT count(*) FROM (
                       SELECT FROM (%s) wanted (id)
                        WHERE NOT EXISTS (
                              SELECT FROM integration_binding b
                               WHERE b.res_model = %s AND b.res_id = wanted.id AND b.system_id = %s
                                 AND b.deleted_at IS NULL)
                        LIMIT %s) found""",
                query.select(),
                self.model_name,
                self.system_id.id,
                most,
            )
        )
        return self.env.cr.fetchone()[0]
