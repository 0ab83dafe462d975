# Part of Integration Hub. License LGPL-3.0 or later.
"""Supersede: of messages that each say what a record is like now, only the newest needs a try. Pure.

Commands never: each is to be carried out. Nor deletions, nor what may have taken effect already, nor what a message of
another kind stands between: what came before that must be there before it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ..connectors import moments
from ..connectors.errors import DocumentError

# Equal in both, or they are not about the same thing in the same way.
SAME = ("flow_id", "object_type", "external_id", "res_model", "res_id")


def superseded(events: Sequence[Any]) -> Mapping[Any, Any]:
    """Return ``{event id: the newer event}`` of those that a later one of their key makes needless.

    :param events: in the order in which they are to take effect
    """
    newest: dict[Any, Any] = {}  # of the run of messages that ends before the one looked at
    needless = {}
    for event in reversed(events):
        if not event.partition_key:
            continue
        later = newest.get(event.partition_key)
        if later is not None and _covers(later, event):
            needless[event.id] = later
        else:
            newest[event.partition_key] = event
    return needless


def _covers(later: Any, event: Any) -> bool:
    """Tell whether the later message says all that the earlier one does."""
    if later.kind != "state" or event.kind != "state" or event.in_doubt or event.death_count is not None:
        return False
    if any(getattr(later, name) != getattr(event, name) for name in SAME):
        return False
    if not event.flow_id and later.topic != event.topic:
        return False
    if later.operation == "read":  # what it is like then
        return event.operation in ("read", "upsert")
    return later.operation == event.operation == "upsert" and not _is_older(later, event)


def _is_older(later: Any, event: Any) -> bool:
    """Tell whether what came later may be the older one; without versions, what came later is newer."""
    if later.external_version is None and event.external_version is None:
        return False
    try:
        return moments.parse(later.external_version) < moments.parse(event.external_version)
    except DocumentError:
        return True
