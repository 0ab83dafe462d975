# Part of Integration Hub. License LGPL-3.0 or later.
"""What both halves of the outbox share: notes of what changes, kept with the cursor until it is flushed."""

from typing import NamedTuple

from odoo import SUPERUSER_ID, api

COLLECTED = "integration_hub.capture"
CREATED, ASKED, CHANGED = "created", "asked", "changed"


class Note(NamedTuple):
    """These records were created, somebody asked to write these fields, or these fields have changed."""

    kind: str
    ids: tuple
    names: frozenset = frozenset()
    origin: int | None = None


class Notes:
    """What was noted of one model since the cursor was last flushed."""

    def __init__(self):
        self.notes = []
        self.before = {}  # gate → (ids it was asked about, those it let through), before they changed
        self.deleted = []  # (listener, {res_id: (external id, display name)})


def relayed(env, relay, ids, origin):
    """Return the notes of what a relay leads to from these records: none, or who asked for it and what it changed."""
    model = api.Environment(env.cr, SUPERUSER_ID, {"active_test": False})[relay.model]
    reached = model._search([(relay.field, "in", ids)]).get_result_ids()
    names = frozenset((relay.field,))
    return [Note(ASKED, reached, names, origin), Note(CHANGED, reached, names)] if reached else []


def linked(env, listener, model, ids):
    """Return ``{res_id: external id}`` of those of these records that the listener's system knows."""
    links = (
        env["integration.binding"]
        .sudo()
        .search_fetch(
            [
                ("res_model", "=", model),
                ("res_id", "in", ids),
                ("system_id", "=", listener.system_id),
                ("entity_id", "=", listener.entity_id),
                ("deleted_at", "=", False),
            ],
            ["res_id", "external_id"],
            order="id desc",
        )
    )
    return {link.res_id: link.external_id for link in links}  # the oldest counts, as when it is sent
