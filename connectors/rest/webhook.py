# Part of Integration Hub. License LGPL-3.0 or later.
"""What a webhook tells, by rules: which topic means which kind of object, and where its id stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, Literal

from .. import moments
from ..connector import Document, Notification, Notifications
from ..errors import DocumentError
from . import paths
from .registration import Registration
from .resource import Resource

HEADER = "header:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What the events of a topic (with `*` and `?`, in any case) mean.

    `payload` is the path of the object in the event, "" when the event is the object; `id` the path of its id in the
    event, where the resource's own path in the payload is not the place. `complete` says that the payload is the whole
    object, as `fetch` would give it: otherwise the object is fetched. `deleted` says that it is gone. `version` and
    `occurred_at` are paths in the event; without one the version is the payload's by the resource's path.
    """

    topic: str
    resource: str
    id: str = ""
    payload: str = ""
    deleted: bool = False
    complete: bool = False
    version: str = ""
    occurred_at: str = ""

    def __post_init__(self) -> None:
        for path in (self.id, self.payload, self.version, self.occurred_at):
            paths.reader(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where a delivery names its topic and itself; `rules` say what topics mean, the first one that fits counts.

    `events` is the path of the list of events in the body; without it a body that is a list is one, and any other is
    the one event. `topic` and `dedupe` are each one or several sources: a path in the event, or `header:<name>`;
    several are joined by "." and by ":". Without a topic every event is of the topic `default_topic`. `moments` says
    how `occurred_at` is written. Without `registration` a person registers them.
    """

    rules: tuple[Rule, ...] = ()
    topic: tuple[str, ...] = ()
    default_topic: str = "change"
    dedupe: tuple[str, ...] = ()
    events: str = ""
    moments: Literal["iso8601", "unix", "unix_ms"] = "iso8601"
    registration: Registration | None = None

    def __post_init__(self) -> None:
        for source in (self.events, *self.topic, *self.dedupe):
            if not source.startswith(HEADER):
                paths.reader(source)

    def parse(
        self, resources: Mapping[str, Resource], headers: Mapping[str, str], document: Any, who: str
    ) -> Notifications:
        """The notifications of a delivery, in its order. Raises DocumentError, naming `who` sent it."""
        lowered = {name.lower(): value for name, value in headers.items()}
        found = paths.reader(self.events)(document)
        events = found if isinstance(found, list) else [found]
        if (self.events and not isinstance(found, list)) or not all(isinstance(event, dict) for event in events):
            raise _refused("unexpected-shape", f"The webhook of {who} is not made of JSON objects.")
        told = [self._notification(resources, lowered, event, who) for event in events]
        if len(told) > 1 and any(source.startswith(HEADER) for source in self.dedupe):
            # What names the delivery is the same for all of its events.
            return [_numbered(notification, place) for place, notification in enumerate(told)]
        return told

    def _notification(
        self, resources: Mapping[str, Resource], headers: Mapping[str, str], event: Document, who: str
    ) -> Notification:
        topic = ".".join(self._sources(self.topic, headers, event)) if self.topic else self.default_topic
        if not topic:
            raise _refused("missing-topic", f"The webhook of {who} has no topic at {' or '.join(self.topic)}.")
        dedupe_key = ":".join(self._sources(self.dedupe, headers, event)) or None
        rule = next((rule for rule in self.rules if fnmatchcase(topic.lower(), rule.topic.lower())), None)
        if rule is None or rule.resource not in resources:
            return Notification(topic, "", "", f"topic:{topic}", event, complete=True, dedupe_key=dedupe_key)
        resource = resources[rule.resource]
        payload = paths.reader(rule.payload)(event)
        place = paths.reader(rule.id)(event) if rule.id else paths.reader(resource.id)(payload)
        external_id = paths.identifier(place)
        if not external_id:
            raise _refused("invalid-identifier", f"The webhook of {who} with the topic {topic!r} names no object.")
        if rule.complete and not isinstance(payload, dict):
            raise _refused("unexpected-shape", f"The webhook of {who} with the topic {topic!r} holds no object.")
        return Notification(
            topic=topic,
            object_type=resource.name,
            external_id=external_id,
            partition_key=f"{resource.name}:{external_id}",
            payload=payload if rule.complete else event,
            complete=rule.complete or rule.deleted,
            dedupe_key=dedupe_key,
            version=_version(rule, resource, event, payload),
            occurred_at=self._moment(paths.reader(rule.occurred_at)(event)) if rule.occurred_at else None,
            deleted=rule.deleted,
        )

    @staticmethod
    def _sources(sources: tuple[str, ...], headers: Mapping[str, str], event: Document) -> list[str]:
        """The texts at all of the sources; none when one is missing, since the others alone mean something else."""
        found = [
            headers.get(source.removeprefix(HEADER).lower(), "")
            if source.startswith(HEADER)
            else paths.identifier(paths.reader(source)(event))
            for source in sources
        ]
        return found if all(found) else []

    def _moment(self, value: Any) -> str | None:
        if value is None:
            return None
        if self.moments == "iso8601":
            return moments.normal(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise _refused("invalid-moment", "A moment of the webhook is not a whole number.")
        return moments.from_milliseconds(value * 1000 if self.moments == "unix" else value)


def _version(rule: Rule, resource: Resource, event: Document, payload: Any) -> str | None:
    if rule.version:
        return paths.version(paths.reader(rule.version)(event))
    return paths.version(paths.reader(resource.version)(payload)) if resource.version else None


def _numbered(notification: Notification, place: int) -> Notification:
    if notification.dedupe_key is None:
        return notification
    return replace(notification, dedupe_key=f"{notification.dedupe_key}#{place}")


def _refused(code: str, message: str) -> DocumentError:
    return DocumentError(message, code=code)
