# Part of Integration Hub. License LGPL-3.0 or later.
"""Plug-in `properties`: objects whose members are defined by data, and may be defined by an integration.

Options: `types`: {type: {"defaults": [name…], "definitions": [definition…], "derived": {…}}}; a definition has the
members of Property. `derived`: {name: [other name, values]}: "true" when the other one has one of the values.
Setting `null_properties`: answer null for a requested property that was never set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from aiohttp import web

from ..core.problem import ControlProblem
from ..engine.objects import Objects, Record
from ..engine.plugin import Call, Operation, Plugin
from ..engine.refusals import Refusal
from ..engine.template import merge, render
from ..engine.vendor import DescribedVendor
from .associations import Associations
from .properties import Property, definitions, invalid_properties, text_of


class CRMObjects(Objects):
    """Objects with properties: texts, checked by their definitions."""

    def __init__(self, vendor: DescribedVendor, name: str, described: Mapping[str, Any], options: Mapping[str, Any]):
        super().__init__(vendor, name, described)
        self._standard = definitions(options["definitions"])
        self._defaults: list[str] = options["defaults"]
        self._derived: Mapping[str, tuple[str, list[str]]] = options.get("derived", {})

    def definitions(self) -> dict[str, Property]:
        """All properties, those defined by an integration included."""
        own = self.vendor.core.store.all(self.vendor.name, f"property_{self.name}")
        return self._standard | definitions(own)

    def define(self, definition: Property) -> None:
        """Add a property. Raises Refusal, taken."""
        if definition.name in self.definitions():
            message = f'A property named "{definition.name}" already exists.'
            raise Refusal("taken", message, message=message, category="OBJECT_ALREADY_EXISTS")
        document = asdict(definition)
        self.vendor.core.store.put(self.vendor.name, f"property_{self.name}", definition.name, document)

    def show(self, record: Record, wanted: list[str] | None = None) -> Record:
        """The record with its default properties, and `wanted` ones."""
        held = record["properties"]
        properties: dict[str, Any] = {}
        for name in [*self._defaults, *(wanted or ())]:
            if name in held:
                properties[name] = held[name]
            elif self.vendor.settings.null_properties and name in self.definitions():
                properties[name] = None
        return {**record, "properties": properties}

    def written(self, record: Record, given: Mapping[str, Any]) -> Record:
        """The record with what was written."""
        return self.show(record, list(given))

    def unique(self, member: str) -> str:
        """The name of a property with unique values."""
        definition = self.definitions().get(member)
        if definition is None or not definition.unique:
            message = f"Invalid idProperty: {member} is not a unique property."
            raise Refusal("invalid_parameter", message, message=message)
        return member

    def get(self, key: str, by: str | None = None, *, archived: bool = False) -> Record:
        """The record with that id, or that value of a unique property; of a merged one, what it was merged into."""
        while by is None and (merged := self.vendor.core.store.get(self.vendor.name, merged_kind(self.name), key)):
            key = merged["into"]
        return super().get(key.lower() if by == "email" else key, by, archived=archived)

    def note(self, record: Record, values: Mapping[str, str], actor: str, *, tell: bool = True) -> Record:
        """Change properties that only the vendor itself changes; tells `updated`, where something differs."""
        changed = {name: value for name, value in values.items() if (record["properties"].get(name) or "") != value}
        if not changed:
            return record
        touched = render(self.described["changed"], self.vendor.values(id=record["id"]))
        record = merge(merge(record, {"properties": changed}), touched)
        self.vendor.core.store.put(self.vendor.name, self.name, record["id"], record)
        if tell and not record["archived"]:
            self.vendor.events.tell("updated", self, record, actor, changed)
        return record

    def successor(self, record: Record, values: Mapping[str, str]) -> Record:
        """A new record with the properties of another one, and these; tells nothing."""
        number = self.vendor.core.store.next_id()
        properties = {**record["properties"], **values, "hs_object_id": str(number)}
        made = {**record, "id": str(number), "properties": properties}
        touched = render(self.described["changed"], self.vendor.values(id=made["id"]))
        made = merge(made, touched)
        self.vendor.core.store.put(self.vendor.name, self.name, made["id"], made)
        return made

    def restore(self, key: str) -> Record:
        """Bring an archived record back. Raises Refusal: not_found; taken, where another one has its unique values."""
        record = super().get(key, archived=True)
        self.refuse_taken(record["properties"], record)
        record = {name: value for name, value in record.items() if name != "archivedAt"} | {"archived": False}
        record = merge(record, render(self.described["changed"], self.vendor.values(id=key)))
        self.vendor.core.store.put(self.vendor.name, self.name, key, record)
        return record

    def delete(self, key: str, actor: str, *, webhook: bool = True) -> None:
        """Archive it; what it belonged together with does so no more."""
        record = self.get(key)
        self.vendor.plugin(Associations).end(self.name, record["id"], actor)
        super().delete(record["id"], actor, webhook=webhook)

    def checked(self, given: Mapping[str, Any], record: Record | None) -> Mapping[str, Any]:
        """The properties as texts; a new record keeps no empty one. Raises Refusal, invalid."""
        known = self.definitions()
        problems: list[tuple[str, str, str]] = []
        result: dict[str, str] = {}
        for name, value in given.items():
            definition = known.get(name)
            if definition is None:
                problems.append((name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'))
                continue
            text = text_of(name, value)
            problem = definition.problem(text) if text or definition.read_only else None
            if problem is not None:
                problems.append((name, *problem))
            result[name] = text.lower() if definition.kind == "email" else text
        if problems:
            raise invalid_properties(problems, self.vendor.settings.portal_id)
        for name, (source, among) in self._derived.items():
            if source in result:
                result[name] = "true" if result[source] in among else "false"
        return result if record is not None else {name: text for name, text in result.items() if text}

    def adopt(self, document: Mapping[str, Any]) -> Record:
        """Keep an object of the API as it is. Raises ControlProblem when it cannot be one."""
        number, properties = document.get("id"), document.get("properties")
        moments = [document.get(name) for name in ("createdAt", "updatedAt")]
        good = isinstance(number, str) and number.isdigit() and isinstance(properties, Mapping)
        if not good or not all(isinstance(moment, str) for moment in moments):
            detail = f"A HubSpot {self.name} has 'id' (digits), 'properties', 'createdAt' and 'updatedAt'."
            raise ControlProblem("invalid-object", detail)
        return super().adopt(merge({"properties": {"hs_object_id": number}}, document))

    def refuse_taken(self, values: Mapping[str, Any], record: Record | None) -> None:
        """A known e-mail address is a conflict; any other unique value is invalid."""
        for name, definition in self.definitions().items():
            value = values.get(name)
            other = self._having(name, value) if definition.unique and value else None
            if other is None or other["archived"] or (record is not None and other["id"] == record["id"]):
                continue
            if name == "email":
                raise Refusal("taken", f"Contact already exists. Existing ID: {other['id']}")
            message = f"{other['id']} already has that value."
            problem = {"message": message, "code": "CONFLICTING_UNIQUE_VALUE"}
            raise Refusal("invalid", f"Cannot set {name}: {message}", extra={"errors": [problem]})


class Properties(Plugin):
    """Objects with properties, and the operations `properties.list`, `properties.read`, `properties.define`."""

    def objects(self, name: str, described: Mapping[str, Any]) -> Objects | None:
        """The objects of the types that the options define."""
        options = self.options["types"].get(name)
        return CRMObjects(self.vendor, name, described, options) if options else None

    def operations(self) -> Mapping[str, Operation]:
        """Operations by name."""
        return {"properties.list": self._list, "properties.read": self._read, "properties.define": self._define}

    async def _list(self, call: Call) -> web.Response:
        return web.json_response({"results": [one.describe() for one in crm(call).definitions().values()]})

    async def _read(self, call: Call) -> web.Response:
        name = call.path["name"]
        definition = crm(call).definitions().get(name)
        if definition is None:
            raise Refusal("not_found", id=name)
        return web.json_response(definition.describe())

    async def _define(self, call: Call) -> web.Response:
        body = await call.body()
        name, label = body.get("name"), body.get("label")
        if not isinstance(name, str) or not name or not isinstance(label, str):
            raise Refusal("invalid", "name and label are required.")
        options = tuple(str(option.get("value")) for option in body.get("options") or [] if isinstance(option, dict))
        unique = body.get("hasUniqueValue") is True
        definition = Property(name, label, str(body.get("type", "string")), options, unique=unique)
        crm(call).define(definition)
        return web.json_response(definition.describe(), status=201)


def merged_kind(name: str) -> str:
    """Where is kept what became of merged objects of a type."""
    return f"merged_{name}"


def crm(call: Call) -> CRMObjects:
    """The objects a call is about, which have properties."""
    assert isinstance(call.of, CRMObjects)
    return call.of
