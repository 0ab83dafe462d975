# Part of Integration Hub. License LGPL-3.0 or later.
"""Answers: what other systems answered to questions, kept for whoever asks the same soon after.

A row a flow and question: the last answer, and the failure that came after it. The caller's transaction is one of its
own, READ COMMITTED, never that of the person who waits.
"""

import json
from datetime import datetime, timedelta
from typing import NamedTuple

from psycopg2.extras import Json

from odoo.tools import SQL

LARGEST = 64 * 1024  # characters; a larger answer is not kept
MOST = 50_000  # rows; the oldest go first
BATCH = 5_000


class Known(NamedTuple):
    """What is known of a question. ``failure`` is ``{"code", "message", "passing"}``, newer than the answer."""

    answer: dict | None
    refused: bool
    asked_at: datetime | None
    failure: dict | None
    failed_at: datetime | None


NOTHING = Known(None, False, None, None, None)


def known(cr, keys):
    """Return ``{(flow id, digest): Known}`` of those of these questions that were asked before."""
    if not keys:
        return {}
    cr.execute(
        SQL(
            """SELECT flow_id, digest, answer, refused, asked_at, failure, failed_at
                 FROM integration_answer WHERE (flow_id, digest) IN %s""",
            tuple(keys),
        )
    )
    return {(flow_id, digest): Known(*rest) for flow_id, digest, *rest in cr.fetchall()}


def remember(cr, key, answer, *, refused, now, keep):
    """Keep an answer for *keep* seconds at the most; it takes the place of all that was known."""
    if len(json.dumps(answer)) > LARGEST:
        return
    cr.execute(
        SQL(
            """INSERT INTO integration_answer (flow_id, digest, answer, refused, asked_at, keep_until)
               VALUES (%s, %s, %s, %s, %s, %s)
               ON CONFLICT (flow_id, digest) DO UPDATE
                  SET answer = EXCLUDED.answer, refused = EXCLUDED.refused, asked_at = EXCLUDED.asked_at,
                      keep_until = EXCLUDED.keep_until, failure = NULL, failed_at = NULL""",
            *key,
            Json(answer),
            refused,
            now,
            now + timedelta(seconds=keep),
        )
    )


def remember_failure(cr, key, failure, *, now, keep):
    """Keep that there was no answer; an earlier answer stays known."""
    cr.execute(
        SQL(
            """INSERT INTO integration_answer AS known (flow_id, digest, failure, failed_at, keep_until)
               VALUES (%s, %s, %s, %s, %s)
               ON CONFLICT (flow_id, digest) DO UPDATE
                  SET failure = EXCLUDED.failure, failed_at = EXCLUDED.failed_at,
                      keep_until = greatest(known.keep_until, EXCLUDED.keep_until)""",
            *key,
            Json(failure),
            now,
            now + timedelta(seconds=keep),
        )
    )


def forget(cr, now):
    """Remove what nobody may use any more, and the oldest of what is too much; at most a batch, returns how many."""
    cr.execute(
        SQL(
            """DELETE FROM integration_answer WHERE ctid = ANY (ARRAY(
                   SELECT ctid FROM integration_answer WHERE keep_until < %(now)s LIMIT %(batch)s))""",
            now=now,
            batch=BATCH,
        )
    )
    gone = cr.rowcount
    cr.execute(
        SQL(
            """DELETE FROM integration_answer WHERE ctid = ANY (ARRAY(
                   SELECT ctid FROM integration_answer ORDER BY keep_until DESC OFFSET %(most)s LIMIT %(batch)s))""",
            most=MOST,
            batch=BATCH,
        )
    )
    return gone + cr.rowcount
