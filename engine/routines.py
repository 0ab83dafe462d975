# Part of Integration Hub. License LGPL-3.0 or later.
"""What intake does in the database, as routines that keep their plans: a delivery is one round trip (docs/adr/0023).

A routine whose parameters or results change gets another number, and the one before is left for the nodes that still
run the release before; `schema.drop` removes them all.
"""

from odoo.tools import SQL

from . import heartbeat
from .slots import SLOTS
from .wake import CRON_IS_CALLED

_MESSAGE = SQL(
    """endpoint integer, company integer, flow integer, key_once varchar, place integer, key_order varchar,
       state_first varchar, its_topic varchar, its_object varchar, its_id varchar, its_version varchar,
       its_operation varchar, moment timestamp, detail varchar, its_headers jsonb, its_body text"""
)

# It locks the log, as an INSERT does, before the message has its id: what `mark.py` goes by. Of two equal keys at once
# the second waits for the first and, under READ COMMITTED, then sees it; one that was forgotten in between is new.
_STORE = SQL(
    """CREATE OR REPLACE FUNCTION integration_store_1(%s, OUT event_id integer, OUT duplicate boolean)
       LANGUAGE plpgsql AS $$
       #variable_conflict use_column
       BEGIN
           LOCK TABLE integration_event IN ROW EXCLUSIVE MODE;
           duplicate := false;
           IF key_once IS NULL THEN
               event_id := nextval('integration_event_id_seq');
           ELSE
               LOOP
                   INSERT INTO integration_dedupe AS d (company_id, endpoint_id, dedupe_key, event_id, seen_at)
                   VALUES (company, endpoint, key_once, nextval('integration_event_id_seq'), moment)
                       ON CONFLICT DO NOTHING RETURNING d.event_id INTO event_id;
                   EXIT WHEN FOUND;
                   SELECT d.event_id INTO event_id FROM integration_dedupe d
                    WHERE d.endpoint_id = endpoint AND d.dedupe_key = key_once AND d.company_id = company;
                   duplicate := FOUND;
                   IF duplicate THEN
                       RETURN;
                   END IF;
               END LOOP;
           END IF;
           INSERT INTO integration_event (
               id, direction, state, kind, endpoint_id, company_id, flow_id, slot, partition_key, topic, object_type,
               external_id, external_version, operation, arrived_at, attempt_count, error_message)
           VALUES (
               event_id, 'inbound', state_first, 'state', endpoint, company, flow, coalesce(place, event_id %% %s),
               key_order, its_topic, its_object, its_id, its_version, its_operation, moment, 0, detail);
           INSERT INTO integration_event_payload (event_id, headers, body) VALUES (event_id, its_headers, its_body);
       END $$""",
    _MESSAGE,
    SLOTS,
)

# Called outside of a transaction: stores, commits, and looks in a new snapshot whether somebody comes for the message.
_TAKE_IN = SQL(
    """CREATE OR REPLACE PROCEDURE integration_take_in_1(
           %s, INOUT event_id integer, INOUT duplicate boolean, INOUT awaited boolean)
       LANGUAGE plpgsql AS $$
       BEGIN
           SELECT * INTO event_id, duplicate FROM integration_store_1(
               endpoint, company, flow, key_once, place, key_order, state_first, its_topic, its_object, its_id,
               its_version, its_operation, moment, detail, its_headers, its_body);
           COMMIT;
           awaited := state_first <> 'pending' OR EXISTS (
               SELECT 1 FROM queue_job
                WHERE identity_key = format('wake:%%s:inbound:%%s', endpoint, coalesce(place, event_id %% %s))
                  AND state IN ('pending', 'enqueued'));
           IF awaited AND %s THEN
               PERFORM set_config('synchronous_commit', 'off', true);  -- to look takes a lock, which nobody has to keep
               awaited := %s;
           END IF;
       END $$""",
    _MESSAGE,
    SLOTS,
    heartbeat.SILENT,
    CRON_IS_CALLED,
)

DEFINITIONS = (_STORE, _TAKE_IN)
NAMES = ("integration_take_in_1", "integration_store_1")
