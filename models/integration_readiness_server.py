# Part of Integration Hub. License LGPL-3.0 or later.
from datetime import timedelta

from odoo import fields, models
from odoo.tools import format_date
from odoo.tools.misc import human_size

from ..connectors import registry
from ..connectors.errors import ConfigurationError
from ..engine import settings, surroundings
from ..engine.heartbeat import SILENT_AFTER, ages
from ..engine.hosting import Setting
from .integration_readiness import BAD, OK, WARN, Line

ANNOUNCED = timedelta(days=90)  # before the end of a vendor's API version


class IntegrationReadiness(models.AbstractModel):
    """What the server's configuration says of the hub, and what the server stands on."""

    _inherit = "integration.readiness"

    def _lines(self):
        seen = surroundings.look(self.env.cr)
        return [
            *super()._lines(),
            self._environment(),
            self._master_key(),
            self._postgresql(seen),
            self._pooler(seen),
            self._disk(seen),
            *self._api_versions(),
        ]

    def _environment(self):
        why = self.env._(
            "Endpoints and keys belong to an environment and refuse to work in another one. It is named by the server, "
            "so that a copy of the database on a test server calls nobody's production."
        )
        fix = (Setting("integration_hub", "environment", "{environment}"),)
        try:
            code = settings.running_environment()
        except ConfigurationError as error:
            return Line("environment", BAD, f"{error.message}. {error.hint}", why, fix)
        if not code:
            said = self.env._("This server does not say which environment it is. Nothing can be connected before.")
            return Line("environment", BAD, said, why, fix)
        return Line(
            "environment",
            OK,
            self.env._("Environment: %(name)s.", name=self.env["integration.environment"]._running().name),
        )

    def _master_key(self):
        why = self.env._(
            "Secrets are encrypted with a key that the database never sees. Keep a copy of it where the backups of the "
            "database are not: without it nobody opens them again."
        )
        fix = (Setting("integration_hub", "master_keys", "main:{new_key}"),)
        try:
            keys = [key.name for key in settings.master_keys()]
        except ConfigurationError as error:
            return Line("master_key", BAD, f"{error.message}. {error.hint}", why)
        Version = self.env["integration.credential.version"].sudo()
        used = Version._read_group([("ciphertext", "!=", False)], ["key_name"], ["__count"])
        missing = {name: count for name, count in used if name not in keys}
        if missing:
            said = self.env._(
                "%(count)s secrets are encrypted with keys that this server does not have: %(names)s. Add them to "
                "master_keys, behind the first one.",
                count=sum(missing.values()),
                names=", ".join(sorted(missing)),
            )
            return Line("master_key", BAD, said, why)
        if not keys:
            return Line(
                "master_key", BAD, self.env._("There is no encryption key. Secrets cannot be stored before."), why, fix
            )
        said = self.env._("Encryption key present: %(name)s encrypts, %(count)s in all.", name=keys[0], count=len(keys))
        return Line("master_key", OK, said)

    def _postgresql(self, seen):
        version = f"{seen.postgres // 10000}.{seen.postgres % 10000}"
        if seen.postgres < surroundings.OLDEST_POSTGRES:
            said = self.env._("PostgreSQL %(version)s is too old: 13 or later is needed.", version=version)
            return Line("postgresql", BAD, said)
        if seen.connections < surroundings.FEWEST_CONNECTIONS:
            said = self.env._(
                "Odoo may open only %(count)s connections to PostgreSQL for a process.", count=seen.connections
            )
            why = self.env._("A worker that sends messages has four open, and for moments up to sixteen more.")
            return Line("postgresql", WARN, said, why, (Setting("options", "db_maxconn", "64"),))
        return Line("postgresql", OK, self.env._("PostgreSQL %(version)s.", version=version))

    def _pooler(self, seen):
        if not seen.is_pooled:
            return Line("pooler", OK, self.env._("Nothing pools transactions between Odoo and PostgreSQL."))
        if ages(self.env.cr).get("runner", SILENT_AFTER) < SILENT_AFTER:
            said = self.env._(
                "A pooler of transactions stands before PostgreSQL, and the job runner works nevertheless."
            )
            return Line("pooler", OK, said)
        said = self.env._(
            "A pooler of transactions stands before PostgreSQL, and the job runner hears of no jobs through it."
        )
        why = self.env._(
            "Such a pooler passes no notifications and no locks of sessions. The hub needs neither; queue_job's runner "
            "needs both. Give it PostgreSQL's own address. Scheduled actions come each minute instead of when they are "
            "called."
        )
        fix = (
            Setting("queue_job", "jobrunner_db_host", "postgresql.internal"),
            Setting("queue_job", "jobrunner_db_port", "5432"),
        )
        return Line("pooler", WARN, said, why, fix)

    def _disk(self, seen):
        sizes = {"free": human_size(seen.space), "size": human_size(seen.database_size)}
        if seen.space > surroundings.LITTLE_SPACE:
            return Line("disk", OK, self.env._("%(free)s free on Odoo's disk; the database has %(size)s.", **sizes))
        return Line(
            "disk",
            BAD if seen.space < surroundings.NO_SPACE else WARN,
            self.env._("Only %(free)s free on Odoo's disk; the database has %(size)s.", **sizes),
            self.env._("Without space neither files nor, if it is PostgreSQL's disk too, messages can be stored."),
            steps="df -h\n# shorter retention: Integrations, Configuration, Settings, Messages",
        )

    def _api_versions(self):
        """Return a line for each connected vendor whose API version ends soon, or has ended."""
        today = fields.Date.context_today(self)
        used = self.env["integration.system"].search([("lifecycle", "!=", "retired")]).mapped("connector")
        for name in sorted(set(used) & set(registry.CONNECTORS)):
            connector = registry.CONNECTORS[name]
            end = connector.api_version_ends
            if not end or end - today > ANNOUNCED:
                continue
            words = {"vendor": connector.title, "version": connector.api_version, "day": format_date(self.env, end)}
            if end > today:
                said = self.env._("%(vendor)s supports version %(version)s of its API until %(day)s.", **words)
            else:
                said = self.env._(
                    "%(vendor)s has ended its support of version %(version)s of its API on %(day)s.", **words
                )
            why = self.env._(
                "Later the vendor may answer with another version, or not at all. Update the module before."
            )
            yield Line(f"api_version_{name}", WARN, said, why)
