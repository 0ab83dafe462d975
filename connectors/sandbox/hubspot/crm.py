# Part of Integration Hub. License LGPL-3.0 or later.
"""The imitated portal: what happens when somebody or something changes a contact or a company."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from ..core.vendor import Core
from .properties import DEFAULTS, DEFINITIONS, MODIFIED, Property
from .refusal import Refusal, conflict, invalid, invalid_properties, not_found

NAME = "hubspot"
Record = dict[str, Any]


def timestamp(seconds: float) -> str:
    """A moment as HubSpot writes it: UTC, milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Source:
    """Who makes a change, as webhooks tell it."""

    def __init__(self, change_source: str, source_id: str) -> None:
        self.change_source = change_source
        self.source_id = source_id


class CRM:
    """Objects with properties. All methods raise Refusal, and change nothing then."""

    def __init__(self, core: Core) -> None:
        self._core = core

    @property
    def person(self) -> Source:
        """A person at HubSpot's screens."""
        return Source("CRM_UI", "userId:1042")

    @property
    def integration(self) -> Source:
        """The private app, by the API."""
        return Source("INTEGRATION", str(self._core.settings.hubspot.app_id))

    def definitions(self, kind: str) -> dict[str, Property]:
        """All properties of a type, those defined by an integration included."""
        own = {
            values["name"]: Property(**{**values, "options": tuple(values["options"])})
            for values in self._core.store.all(NAME, f"property_{kind}")
        }
        return DEFINITIONS[kind] | own

    def define(self, kind: str, definition: Property) -> None:
        """Add a property."""
        if definition.name in self.definitions(kind):
            message = f'A property named "{definition.name}" already exists.'
            raise Refusal(409, "OBJECT_ALREADY_EXISTS", message)
        values = asdict(definition)
        self._core.store.put(NAME, f"property_{kind}", definition.name, {**values, "options": list(definition.options)})

    def all(self, kind: str, *, archived: bool = False) -> list[Record]:
        """All records by id, the archived ones or the others."""
        found = [record for record in self._core.store.all(NAME, kind) if record["archived"] is archived]
        return sorted(found, key=lambda record: int(record["id"]))

    def get(self, kind: str, key: str, id_property: str | None = None, *, archived: bool = False) -> Record:
        """The record with that id, or that value of a unique property."""
        if id_property in (None, "", "hs_object_id"):
            record = self._core.store.get(NAME, kind, key)
        else:
            definition = self.definitions(kind).get(id_property or "")
            if definition is None or not definition.unique:
                raise invalid(f"Invalid idProperty: {id_property} is not a unique property.")
            record = self._by_value(kind, definition.name, key)
        if record is None or record["archived"] is not archived:
            raise not_found(key)
        return record

    def create(self, kind: str, values: Mapping[str, Any], source: Source, *, webhook: bool = True) -> Record:
        """A new record; sends <kind>.creation."""
        properties = {name: value for name, value in self._checked(kind, values).items() if value != ""}
        self._refuse_taken(kind, properties, None)
        store = self._core.store
        number, moment = str(store.next_id()), timestamp(self._core.clock.now())
        system = {"hs_object_id": number, "createdate": moment, MODIFIED[kind]: moment}
        record: Record = {
            "id": number,
            "properties": {**properties, **system},
            "createdAt": moment,
            "updatedAt": moment,
            "archived": False,
        }
        store.put(NAME, kind, number, record)
        if webhook:
            self._tell(kind, record, "creation", source, changeFlag="CREATED")
        return record

    def update(
        self, kind: str, record: Record, values: Mapping[str, Any], source: Source, *, webhook: bool = True
    ) -> Record:
        """Change properties; sends one <kind>.propertyChange for each that differs."""
        properties = self._checked(kind, values)
        self._refuse_taken(kind, properties, record["id"])
        current = record["properties"]
        changed = {name: value for name, value in properties.items() if current.get(name, "") != value}
        if changed:
            moment = timestamp(self._core.clock.now())
            current.update(changed)
            current[MODIFIED[kind]] = record["updatedAt"] = moment
            self._core.store.put(NAME, kind, record["id"], record)
        if webhook:
            for name, value in changed.items():
                self._tell(kind, record, "propertyChange", source, propertyName=name, propertyValue=value)
        return record

    def archive(self, kind: str, key: str, source: Source) -> None:
        """Move to the recycle bin; sends <kind>.deletion. Nothing happens when there is no such record."""
        record = self._core.store.get(NAME, kind, key)
        if record is None or record["archived"]:
            return
        record |= {"archived": True, "archivedAt": timestamp(self._core.clock.now())}
        self._core.store.put(NAME, kind, key, record)
        self._tell(kind, record, "deletion", source, changeFlag="DELETED")

    def show(self, kind: str, record: Record, wanted: list[str] | None = None) -> Record:
        """The record as the API answers it: its default properties, and `wanted` ones (None: all)."""
        held = record["properties"]
        names = list(held) if wanted is None else [*DEFAULTS[kind], *wanted]
        properties: dict[str, Any] = {}
        for name in names:
            if name in held:
                properties[name] = held[name]
            elif self._core.settings.hubspot.null_properties and name in self.definitions(kind):
                properties[name] = None
        return {**record, "properties": properties, "archived": record["archived"]}

    def _checked(self, kind: str, values: Mapping[str, Any]) -> dict[str, str]:
        definitions = self.definitions(kind)
        problems: list[tuple[str, str, str]] = []
        result: dict[str, str] = {}
        for name, value in values.items():
            definition = definitions.get(name)
            if definition is None:
                problems.append((name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'))
                continue
            text = _text(value)
            if text is None:
                raise invalid(f"Invalid input JSON: the value of {name} must be a string.")
            problem = definition.problem(text) if text or definition.read_only else None
            if problem is not None:
                problems.append((name, *problem))
            result[name] = text.lower() if definition.kind == "email" else text
        if problems:
            raise invalid_properties(problems, self._core.settings.hubspot.portal_id)
        return result

    def _refuse_taken(self, kind: str, properties: Mapping[str, str], own: str | None) -> None:
        for name, definition in self.definitions(kind).items():
            value = properties.get(name)
            if not definition.unique or not value:
                continue
            other = self._by_value(kind, name, value)
            if other is None or other["archived"] or other["id"] == own:
                continue
            if name == "email":
                raise conflict(other["id"])
            raise invalid(
                f"Cannot set {name}: {other['id']} already has that value.",
                errors=[{"message": f"{other['id']} already has that value.", "code": "CONFLICTING_UNIQUE_VALUE"}],
            )

    def _by_value(self, kind: str, name: str, value: str) -> Record | None:
        wanted = value.lower() if name == "email" else value
        found = [r for r in self._core.store.all(NAME, kind) if r["properties"].get(name) == wanted]
        return next((record for record in found if not record["archived"]), found[0] if found else None)

    def _tell(self, kind: str, record: Record, change: str, source: Source, **more: Any) -> None:
        settings, now = self._core.settings.hubspot, self._core.clock.now()
        topic = f"{kind}.{change}"
        payload = {
            "eventId": self._core.store.next_id(),
            "subscriptionId": zlib.crc32(topic.encode()) % 10**7,
            "portalId": settings.portal_id,
            "appId": settings.app_id,
            "occurredAt": int(now * 1000),
            "subscriptionType": topic,
            "attemptNumber": 0,
            "objectId": int(record["id"]),
            **more,
            "changeSource": source.change_source,
            "sourceId": source.source_id,
        }
        name = more.get("propertyName")
        self._core.sender.emit(NAME, f"{topic}:{name}" if name else topic, payload, occurred_at=now)


def _text(value: Any) -> str | None:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else None
