# Part of Integration Hub. License LGPL-3.0 or later.
from odoo.addons.integration_hub.engine.upgrade import (
    add_columns,
    add_constraints,
    add_references,
    indexes_concurrently,
    online,
    take_marks_back,
    tune_storage,
)
from odoo.addons.integration_hub.models import (
    integration_binding_gone,
    integration_endpoint_backlog,
    integration_endpoint_jobs,
    integration_endpoint_limits,
    integration_flow_compare,
    integration_flow_poll,
    integration_flow_question,
    integration_flow_recovery,
    integration_record_activity,
)
from odoo.addons.integration_hub.models.integration_event import IntegrationEvent
from odoo.addons.integration_hub.models.integration_lane import IntegrationLane
from odoo.addons.integration_hub.models.queue_job import QueueJob


def migrate(cr, version):
    """What the tables of 19.0.1.1.0 have more now; new tables are made by Odoo and by ``engine/schema.py``."""
    db = online(cr)
    add_columns(
        db,
        "integration_endpoint",
        backlog_limit="integer DEFAULT 0",
        backlog_since="timestamp",
        intake_rate="integer DEFAULT 1000",
        rate_calls="integer DEFAULT 0",
        rate_period="varchar NOT NULL DEFAULT '1'",
        rate_burst="integer DEFAULT 0",
        calls_at_once="integer DEFAULT 0",
        breaker_percent="integer DEFAULT 50",
        breaker_calls="integer DEFAULT 10",
        breaker_window="integer DEFAULT 60",
        breaker_pause="integer DEFAULT 10",
        paused_until="timestamp",
        draining_since="timestamp",
        webhooks_managed="boolean",
        webhooks_checked_at="timestamp",
        webhooks_problem="varchar",
        sign_in_problem="varchar",
        for_jobs="boolean DEFAULT false",
    )
    add_columns(db, "integration_credential", expires_on="date")
    add_columns(db, "integration_mapping", offered="jsonb")
    add_columns(db, "integration_credential", expires_on="date")
    add_columns(
        db,
        "integration_system",
        setup_step="varchar",
        setup="jsonb",
        rest_authorize_url="varchar",
        offered_flows="varchar",
        tz="varchar",
    )
    add_columns(
        db,
        "integration_binding",
        agreed="jsonb",
        heard="varchar",
        parts="jsonb",
        merged_into_id="integer",
        archived_here="boolean DEFAULT false",
        belongs_to="varchar",
        last_told="jsonb",
    )
    add_columns(db, "integration_lane", backlog_limit="integer DEFAULT 1000000")
    add_constraints(db, "integration_lane", IntegrationLane)
    add_columns(db, "integration_event", causation_id="integer", trace_id="varchar")
    add_columns(db, "integration_event_attempt", exchange="jsonb")
    add_columns(db, "integration_event", keeps_versions="boolean")
    tune_storage(db)
    take_marks_back(db)
    indexes_concurrently(db, "integration_event", IntegrationEvent)
    indexes_concurrently(db, "queue_job", QueueJob)
    indexes_concurrently(db, "integration_binding", integration_binding_gone.IntegrationBinding)
    add_columns(db, "mail_activity", integration_cause="varchar")
    indexes_concurrently(db, "mail_activity", integration_record_activity.MailActivity)
    add_columns(
        db,
        "integration_flow",
        ask_before="varchar",
        ask_effect="varchar NOT NULL DEFAULT 'check'",
        answer_mapping_id="integer",
        answer_record_mapping_id="integer",
        answer_deadline="double precision NOT NULL DEFAULT 2",
        answer_fresh="double precision DEFAULT 5",
        answer_permitted="double precision DEFAULT 24",
        answer_negative="integer DEFAULT 30",
        degradation="varchar NOT NULL DEFAULT 'fail'",
        recovery_minutes="integer DEFAULT 60",
        late_since="timestamp",
        poll_every="integer DEFAULT 15",
        compare_every="integer DEFAULT 0",
        polled_until="timestamp",
        on_remote_delete="varchar NOT NULL DEFAULT 'keep'",
    )
    add_references(
        db,
        "integration_flow",
        answer_mapping_id="integration_mapping",
        answer_record_mapping_id="integration_mapping",
    )
    indexes_concurrently(db, "integration_endpoint", integration_endpoint_jobs.IntegrationEndpoint)
    for part in (integration_endpoint_backlog, integration_endpoint_limits):
        add_constraints(db, "integration_endpoint", part.IntegrationEndpoint)
    for part in (integration_flow_compare, integration_flow_poll, integration_flow_question, integration_flow_recovery):
        add_constraints(db, "integration_flow", part.IntegrationFlow)
