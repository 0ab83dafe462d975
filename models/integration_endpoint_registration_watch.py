# Part of Integration Hub. License LGPL-3.0 or later.
import contextlib
import logging
from dataclasses import replace

from psycopg2.errors import UniqueViolation

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.fields import Domain
from odoo.tools import SQL

from ..connectors.errors import HubError
from ..engine.database import LOST_RACE, Database

_logger = logging.getLogger(__name__)

LOOK_AGAIN = 60  # minutes
TRIES = 5  # of a transaction that others were faster than


class IntegrationEndpoint(models.Model):
    """What is known of the webhooks that the hub registered; looked at again and again, for vendors forget them."""

    _inherit = "integration.endpoint"

    def _note_webhooks(self, settled):
        """Keep what the other system delivers now, and tell in the chatter what had vanished, was refused or failed.

        Raises ConcurrencyError when somebody else has just done the same: a request is then run again.
        """
        before = {webhook.topic: webhook for webhook in self.webhook_ids}
        self._tell_webhooks(settled, before)
        for topic, values in sorted(_rows(settled).items()):
            known = before.pop(topic, self.env["integration.endpoint.webhook"])
            if not known or known.external_id != values["external_id"]:
                values["registered_at"] = fields.Datetime.now() if values["external_id"] else False
            if known:
                known.write(values)
            else:
                self._note_webhook({**values, "endpoint_id": self.id, "topic": topic})
        self.webhook_ids.filtered(lambda webhook: webhook.topic in before).unlink()
        if settled.secret:
            self._keep_webhook_secret(settled.secret)
        self._note_webhook_problem(self._what_went_wrong(settled))

    def _what_went_wrong(self, settled):
        """Return in words what was refused, what stands nevertheless, and why it was broken off; "" if all is well."""
        found = []
        if settled.refused:
            found.append(
                self.env._(
                    "%(system)s refuses %(topics)s. %(hints)s",
                    system=self.system_id.name,
                    topics=_names(settled.refused),
                    hints=" ".join(dict.fromkeys(error.hint for error in settled.refused.values())),
                )
            )
            if standing := {topic for each in settled.left for topic in each.topics} & settled.refused.keys():
                found.append(self.env._("Registered earlier, and still there: %(topics)s.", topics=_names(standing)))
        if settled.failure:
            found.append(self._failure_text(settled.failure))
        return " ".join(found)

    def _failure_text(self, error):
        return self.env._(
            "The webhooks could not be looked after: %(problem)s",
            problem=self.env["integration.system"]._hub_error_text(error),
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

    def _note_webhook_problem(self, problem):
        """Keep what is wrong, and tell it once."""
        if problem and problem != self.webhooks_problem:
            self._tell(problem)
        self.webhooks_problem = problem or False

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
            self._bring_in_step(db, endpoint_id)
        except (ConcurrencyError, *LOST_RACE):
            _logger.info("Webhooks of endpoint %s: somebody else sees to them", endpoint_id)

    @api.model
    def _bring_in_step(self, db, endpoint_id):
        try:
            if not self._changing(db, endpoint_id, "_webhooks_begun"):
                return
            with self._in_transaction(db, endpoint_id) as endpoint:
                plan = endpoint._webhooks_plan(endpoint._webhook_patterns())
            settled = plan.carry_out()
        except HubError as error:
            self._changing(db, endpoint_id, "_webhooks_failed", error)
            return
        if not self._changing(db, endpoint_id, "_webhooks_done", plan, settled):
            self._take_back(db, endpoint_id, plan, settled)

    def _webhooks_begun(self):
        """Count as looked at from now on. Tells if there is something to look at."""
        if not self.webhooks_managed:
            return False
        self.webhooks_checked_at = fields.Datetime.now()
        if self._webhook_patterns() or self.webhook_ids:
            return True
        self.webhooks_problem = False
        return False

    def _webhooks_done(self, plan, settled):
        """Note what came of a plan, or look anew where others did the same meanwhile. Tells if it is still wanted."""
        if not self.webhooks_managed or self._webhooks_api() not in ("", plan.api):
            return False
        if self._known_webhooks() == plan.known:
            self._note_webhooks(settled)
        else:
            self._webhooks_changed()
        return True

    def _webhooks_failed(self, error):
        if self.webhooks_managed:
            self._note_webhook_problem(self._failure_text(error))

    def _webhooks_taken_back(self, settled):
        if self:
            self._note_webhooks(settled)

    @api.model
    def _take_back(self, db, endpoint_id, plan, settled):
        """Remove again what was registered while somebody removed it or deleted the endpoint; keep what stays."""
        try:
            settled = plan.undone(settled).carry_out()
        except HubError as error:
            settled = replace(settled, failure=error)
        if settled.failure:
            ids = [found.id for found in (*settled.webhooks, *settled.left)]
            _logger.warning("Endpoint %s: webhooks %s could not be removed: %s", endpoint_id, ids, settled.failure)
        self._changing(db, endpoint_id, "_webhooks_taken_back", settled)

    @api.model
    def _changing(self, db, endpoint_id, method, *args):
        """Return what a method of the endpoint does while nobody else changes it; empty when it is gone by now.

        Whoever is faster is waited for, and it is done on what they left.
        """
        for left in reversed(range(TRIES)):
            try:
                with self._in_transaction(db, endpoint_id) as endpoint:
                    endpoint._touch()
                    return getattr(endpoint.exists(), method)(*args)
            except (ConcurrencyError, *LOST_RACE):
                if not left:
                    raise
        return None

    def _touch(self):
        """Be the one who changes these endpoints: who began before and ends later loses the race, and begins again."""
        touch = "UPDATE integration_endpoint SET webhooks_checked_at = webhooks_checked_at WHERE id = ANY(%s)"
        self.env.cr.execute(SQL(touch, self.ids))

    @contextlib.contextmanager
    def _in_transaction(self, db, endpoint_id):
        with db.transaction() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})[self._name].browse(endpoint_id)


def _rows(settled):
    """Return ``{topic: values}``: what is delivered, be it by an earlier webhook, and what is refused."""
    rows = {
        topic: {"state": "refused", "external_id": False, "address": False, "message": error.message}
        for topic, error in settled.refused.items()
    }
    for found in (*settled.left, *settled.webhooks):
        for topic in found.topics:
            why = (settled.refused.get(topic) or settled.failure) if found in settled.left else None
            rows[topic] = {
                "state": "registered",
                "external_id": found.id,
                "address": found.address,
                "message": why.message if why else False,
            }
    return rows


def _names(topics):
    return ", ".join(sorted(topics))
