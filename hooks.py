# Part of Integration Hub. License LGPL-3.0 or later.
import logging

from .engine import logs, mark, schema, settings, storage

_logger = logging.getLogger(__name__)


def post_load():
    """Switch on what the server's configuration wants of telemetry, once in each process, before any database is."""
    if settings.option("log_format") == "json":
        logs.switch_on(logging.getLogger().handlers)
    if collector := settings.option("otlp_endpoint"):
        try:
            from .engine import tracing  # pylint: disable=import-outside-toplevel  # an extra
        except ImportError:
            _logger.error(
                "No spans are sent to %s: OpenTelemetry is missing. Install the extra: pip install "
                "'odoo-addon-integration_hub[telemetry]'",
                collector,
            )
        else:
            tracing.switch_on(collector)


def post_init_hook(env):
    """Store large tables as such, give the service user the rights of what is installed now, and begin to beat."""
    storage.tune(env.cr)
    env["integration.entity"]._load_from_library()
    env["integration.flow"]._grant_service_rights()
    env["integration.sweeper"]._keep_beating()


def uninstall_hook(env):
    """Remove what has no model, and listen to no change any more: the flows' table is about to go."""
    env.registry._init_modules.discard("integration_hub")
    mark.drop(env.cr)
    schema.drop(env.cr)
    # Odoo keeps what stands on another's table.
    env.cr.execute("DROP INDEX IF EXISTS res_partner_hub_email_idx, queue_job_integration_waiting_idx")
