# Part of Integration Hub. License LGPL-3.0 or later.
"""HubSpot's webhook: a JSON list of notifications, each of which only says which object changed.

Source: https://developers.hubspot.com/docs/guides/api/app-management/webhooks (payloads, merge, generic `object.*`)
"""

from __future__ import annotations

from typing import Any

from ... import moments
from ...connector import Document, Notification, Notifications
from ...errors import DocumentError
from .catalogue import OBJECT_TYPE_IDS, OBJECTS


def parse(document: Any) -> Notifications:
    """A Notification for each entry; several for a merge. Raises DocumentError when an entry has another shape.

    All say only that something changed, deletions too: they come in any order, and the object's own state is what
    counts. Reading it tells that it is gone.
    """
    if not isinstance(document, list):
        raise DocumentError("The body of a HubSpot webhook is not a JSON list.", code="unexpected-shape")
    return [found for entry in document for found in _entry(entry)]


def _entry(entry: Any) -> Notifications:
    if not isinstance(entry, dict):
        raise DocumentError("An entry of the HubSpot webhook is not a JSON object.", code="unexpected-shape")
    topic = entry.get("subscriptionType") or entry.get("eventType")  # eventType: before 2019, and in HubSpot's samples
    if not isinstance(topic, str):
        raise DocumentError("An entry of the HubSpot webhook has no subscriptionType.", code="missing-topic")
    kind, _, change = topic.partition(".")
    if kind == "object":  # the generic subscriptions name the object's type by its number
        kind = OBJECT_TYPE_IDS.get(str(entry.get("objectTypeId") or entry.get("fromObjectTypeId")), "")
        topic = f"{kind}.{change}" if kind else topic
    if kind not in OBJECTS:
        return [_notification(entry, topic, "", str(entry.get("objectId") or ""))]
    if change == "merge":
        return _merge(entry, topic, kind)
    changed = entry.get("fromObjectId") if change == "associationChange" else entry.get("objectId")
    return [_notification(entry, topic, kind, _id(changed))]


def _merge(entry: Document, topic: str, kind: str) -> Notifications:
    """The surviving object changed, and every other one: it is gone."""
    merged = entry.get("mergedObjectIds")
    before = [_id(found) for found in [entry.get("primaryObjectId"), *(merged if isinstance(merged, list) else ())]]
    survivor = _id(entry.get("newObjectId") or entry.get("primaryObjectId"))
    gone = [found for found in dict.fromkeys(before) if found != survivor]
    return [_notification(entry, topic, kind, found) for found in (survivor, *gone)]


def _notification(entry: Document, topic: str, kind: str, external_id: str) -> Notification:
    occurred = moments.from_milliseconds(entry["occurredAt"]) if "occurredAt" in entry else None
    return Notification(
        topic=topic,
        object_type=kind,
        external_id=external_id,
        partition_key=f"{kind}:{external_id}" if kind else f"topic:{topic}",
        payload=entry,
        complete=not kind,
        dedupe_key=_dedupe_key(entry, external_id),
        version=None,
        occurred_at=occurred,
    )


def _dedupe_key(entry: Document, external_id: str) -> str | None:
    """eventId alone is not unique, HubSpot says; `attemptNumber` differs when a notification is repeated."""
    event = entry.get("eventId")
    if event is None:
        return None
    parts = (entry.get("subscriptionId", ""), event, external_id, entry.get("occurredAt", ""))
    return ":".join(str(part) for part in parts)


def _id(value: Any) -> str:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdigit()):
        raise DocumentError("An entry of the HubSpot webhook names no object.", code="invalid-identifier")
    return text
