# Part of Integration Hub. License LGPL-3.0 or later.
"""What failed, and a later message about the same object has made needless: it said what that is like since."""

from odoo import fields
from odoo.tools import SQL


def close_overtaken(env, event_ids):
    """Close the failed messages that these, which took effect, have overtaken; one look.

    Neither one that holds its key for a person, nor one that may have taken effect, nor a newer one that came earlier.
    """
    if not event_ids:
        return
    env.cr.execute(
        SQL(
            """UPDATE integration_event old
                  SET state = 'ignored', done_at = %s, error_code = 'superseded', error_message = %s,
                      error_hint = NULL, fingerprint = NULL, error_params = jsonb_build_object('newer', new.id)
                 FROM integration_event new
                WHERE new.id = ANY(%s) AND new.external_id IS NOT NULL
                  AND old.endpoint_id = new.endpoint_id AND old.external_id = new.external_id
                  AND old.state = 'dead' AND old.direction = 'inbound' AND old.in_doubt IS NOT TRUE
                  AND old.object_type = new.object_type AND old.kind = 'state' AND new.kind = 'state'
                  AND old.operation = 'upsert' AND new.operation IN ('upsert', 'read') AND old.id <> new.id
                  AND (old.external_version <= new.external_version
                       OR (old.external_version IS NULL AND new.external_version IS NULL AND old.id < new.id))
                  AND NOT EXISTS (SELECT 1 FROM integration_blocked_key held WHERE held.event_id = old.id)""",
            fields.Datetime.now(),
            env._("A newer message says what the record is like now"),
            list(event_ids),
        )
    )
    if env.cr.rowcount:  # mostly there is none
        env["integration.event"].invalidate_model(["state", "done_at", "error_code", "error_message", "error_hint"])
