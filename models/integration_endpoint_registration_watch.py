# Part of Integration Hub. License LGPL-3.0 or later.
import contextlib
import logging

from psycopg2.errors import UniqueViolation

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.fields import Domain

from ..connectors.errors import HubError
from ..engine.database import LOST_RACE, Database

_logger = logging.getLogger(__name__)

LOOK_AGAIN = 60  # minutes


class IntegrationEndpoint(models.Model):
    """What is known of the webhooks that the hub registered; looked at again and again, for vendors forget them."""

    _inherit = "integration.endpoint"

    def _note_webhooks(self, settled):
        """Keep what the other system delivers now, and tell in the chatter what had vanished or was refused.

        Raises ConcurrencyError when somebody else has just done the same: a request is then run again.
        """
        before = {webhook.topic: webhook for webhook in self.webhook_ids}
        now = fields.Datetime.now()
        wanted = {
            topic: {"state": "registered", "external_id": found.id, "address": found.address, "message": False}
            for found in settled.webhooks
            for topic in found.topics
        } | {
            topic: {"state": "refused", "external_id": False, "message": error.message}
            for topic, error in settled.refused.items()
        }
        self._tell_webhooks(settled, before)
        for topic, values in sorted(wanted.items()):
            known = before.pop(topic, self.env["integration.endpoint.webhook"])
            if not known or known.external_id != values["external_id"]:
                values["registered_at"] = now if values["external_id"] else False
            if known:
                known.write(values)
            else:
                self._note_webhook({**values, "endpoint_id": self.id, "topic": topic})
        self.webhook_ids.filtered(lambda webhook: webhook.topic in before).unlink()
        if settled.secret:
            self._keep_webhook_secret(settled.secret)
        self.webhooks_problem = self._refusal_text(settled.refused) if settled.refused else False

    def _refusal_text(self, refused):
        hints = " ".join(dict.fromkeys(error.hint for error in refused.values()))
        return self.env._(
            "%(system)s refuses %(topics)s. %(hints)s",
            system=self.system_id.name,
            topics=_names(refused),
            hints=hints,
        )

    def _note_webhook(self, values):
        try:
            self.env["integration.endpoint.webhook"].create(values)
        except UniqueViolation as error:
            raise ConcurrencyError(f"Webhooks of endpoint {self.id} were seen to by two at once") from error

    def _tell_webhooks(self, settled, before):
        """Tell in the chatter what is delivered that was not, and what no longer."""
        served = {topic for topic, webhook in before.items() if webhook.state == "registered"}
        stayed = {topic for topic in served if before[topic].address == self.webhook_url}
        added, removed = set(settled.added), set(settled.removed)
        system = self.system_id.name
        if topics := _names(added - served):
            self._tell(self.env._("%(system)s delivers from now on: %(topics)s.", system=system, topics=topics))
        if topics := _names(added & served - stayed):
            self._tell(self.env._("%(system)s delivers to the new address: %(topics)s.", system=system, topics=topics))
        if topics := _names(added & stayed):
            self._tell(
                self.env._(
                    "%(system)s had forgotten the webhooks for %(topics)s. They were registered again; what changed "
                    "meanwhile is read by the next poll.",
                    system=system,
                    topics=topics,
                )
            )
        if topics := _names(removed & served - added):
            self._tell(self.env._("%(system)s no longer delivers: %(topics)s.", system=system, topics=topics))

    def _note_webhook_problem(self, error):
        """Keep why nothing could be done, and tell it once."""
        problem = self.env["integration.system"]._hub_error_text(error)
        if problem != self.webhooks_problem:
            self._tell(self.env._("The webhooks could not be looked after: %(problem)s", problem=problem))
        self.webhooks_problem = problem

    def _tell(self, text):
        self.message_post(body=text)

    def _keep_webhook_secret(self, secret):
        """Keep what the webhooks sign with; what was signed with the one before is taken for its overlap."""
        if self.credential_id:
            self.credential_id.secret = secret
        else:
            self.credential_id = self.env["integration.credential"].create(
                {
                    "name": self.env._("Webhook secret"),
                    "system_id": self.system_id.id,
                    "environment_id": self.environment_id.id,
                    "kind": "hmac",
                    "origins": "inbound",
                    "secret": secret,
                }
            )

    # --- looked after ---

    @api.model
    def _cron_webhooks(self):
        """Bring what is registered in step with the flows, and register again what has vanished."""
        db = Database(self.env.cr.dbname)
        due = self._webhooks_due(db)
        for done, endpoint_id in enumerate(due, start=1):
            self._see_to_webhooks(db, endpoint_id)
            if self.env["ir.cron"]._commit_progress(1, remaining=len(due) - done) <= 0:
                break

    @api.model
    def _webhooks_due(self, db):
        """Return the ids of the endpoints to look at, those first that changed."""
        with db.transaction() as cr:
            endpoints = api.Environment(cr, SUPERUSER_ID, {})[self._name].with_context(active_test=False)
            long_ago = fields.Datetime.subtract(fields.Datetime.now(), minutes=LOOK_AGAIN)
            due = Domain("webhooks_checked_at", "=", False) | Domain("webhooks_checked_at", "<=", long_ago)
            managed = Domain("webhooks_managed", "=", True) & Domain("environment_id.is_running", "=", True)
            return endpoints.search(managed & due, order="webhooks_checked_at nulls first, id").ids

    @api.model
    def _see_to_webhooks(self, db, endpoint_id):
        """Bring one endpoint's webhooks in step, with no transaction open during the calls; keep and tell a failure.

        It counts as looked at from the beginning: what changes meanwhile has it looked at again.
        """
        try:
            with self._in_transaction(db, endpoint_id) as endpoint:
                endpoint.webhooks_checked_at = fields.Datetime.now()
                patterns = endpoint._webhook_patterns()
                if not patterns and not endpoint.webhook_ids:
                    endpoint.webhooks_problem = False
                    return
            with self._in_transaction(db, endpoint_id) as endpoint:
                plan = endpoint._webhooks_plan(patterns)
            settled = plan.carry_out()
            with self._in_transaction(db, endpoint_id) as endpoint:
                endpoint._note_webhooks(settled)
        except HubError as error:
            with self._in_transaction(db, endpoint_id) as endpoint:
                endpoint._note_webhook_problem(error)
        except (ConcurrencyError, *LOST_RACE):
            _logger.info("Webhooks of endpoint %s: somebody else sees to them", endpoint_id)

    @contextlib.contextmanager
    def _in_transaction(self, db, endpoint_id):
        with db.transaction() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})[self._name].browse(endpoint_id)


def _names(topics):
    return ", ".join(sorted(topics))
