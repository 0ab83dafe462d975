# Part of Integration Hub. License LGPL-3.0 or later.
"""Plug-in `associations`: which objects belong together. Source: developers.hubspot.com, *CRM associations v4*.

Options: `types`: {"<from>_to_<to>": {"default": type id, "primary": type id}}, each in both directions; `counts`:
{type: {other type: the property that says how many there are}}; `company_of`: {type: the property that names the
primary one}.
Deeds: `associate` and `dissociate`, with `to` (a type) and `id`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from ...jsondoc import parse
from ..core.problem import ControlProblem
from ..core.vendor import NOTES
from ..engine.objects import API, PERSON, Objects, Record
from ..engine.operations import create
from ..engine.plugin import Call, Deed, Operation, Plugin
from ..engine.refusals import Refusal

KIND = "association"
CATEGORY = "HUBSPOT_DEFINED"


class Associations(Plugin):
    """Pairs of objects; of the companies of an object the first one is the primary one."""

    def operations(self) -> Mapping[str, Operation]:
        """Operations by name."""
        return {
            "associations.list": self._list,
            "associations.read": self._read,
            "associations.put": self._put,
            "associations.label": self._label,
            "associations.create": self._create,
            "associations.delete": self._delete,
        }

    def deeds(self) -> Mapping[str, Deed]:
        """Deeds by name."""
        return {"associate": self._associate, "dissociate": self._dissociate}

    # -- what others ask ----------------------------------------------------------------------------------------------

    def of(self, kind: str, key: str, to: str) -> list[str]:
        """The ids of the objects of another type that an object belongs together with, the primary one first."""
        if kind == to:
            return []
        pairs = self._pairs(kind, key, to)
        return [one["ends"][to] for one in sorted(pairs, key=lambda one: not one.get("primary"))]

    def add(self, kind: str, key: str, to: str, other: str, actor: str, *, primary: bool = False) -> None:
        """Associate two objects. Raises Refusal: there is no such object, or no such association."""
        self._type_ids(kind, to)
        for name, one in ((kind, key), (to, other)):
            self.vendor.types[name].get(one)
        found = self.of(kind, key, to)
        if other in found and (not primary or found[0] == other):
            return
        ends = {kind: key, to: other}
        if primary:
            for pair in self._pairs(kind, key, to):
                self._keep({**pair, "primary": False})
        self._keep({"ends": ends, "primary": primary})
        self._changed(ends, actor, removed=False)

    def remove(self, kind: str, key: str, to: str, other: str, actor: str, *, quietly: bool = False) -> None:
        """Take the association of two objects away, if there is one."""
        ends = {kind: key, to: other}
        if self.vendor.core.store.remove(self.vendor.name, KIND, _key(ends)) is not None:
            self._changed(ends, actor, removed=True, quietly=quietly)

    def end(self, kind: str, key: str, actor: str) -> None:
        """What is deleted belongs together with nothing any more."""
        for to in self.vendor.types:
            for other in self.of(kind, key, to):
                self.remove(kind, key, to, other, actor)

    def move(self, kind: str, key: str, survivor: str, actor: str) -> None:
        """What belonged together with an object that is merged belongs together with the one that survives."""
        for to in self.vendor.types:
            for other in self.of(kind, key, to):
                self.remove(kind, key, to, other, actor, quietly=True)
                self.add(kind, survivor, to, other, actor)

    # -- the API ------------------------------------------------------------------------------------------------------

    async def _list(self, call: Call) -> web.Response:
        kind, to, key = call.of.name, self._kind(call.path["to"]), call.path["id"]
        call.of.get(key)
        return web.json_response({"results": self._described(kind, key, to)})

    async def _read(self, call: Call) -> web.Response:
        kind, to = call.of.name, self._kind(call.path["to"])
        inputs = (await call.body()).get("inputs")
        if not isinstance(inputs, list) or not all(isinstance(one, dict) for one in inputs):
            raise Refusal("invalid", "Some required fields were not set: [inputs]")
        found = [(str(one.get("id")), self._described(kind, str(one.get("id")), to)) for one in inputs]
        results = [{"from": {"id": key}, "to": pairs} for key, pairs in found if pairs]
        missing = [key for key, pairs in found if not pairs]
        now = self.vendor.values()["now"]()
        answer: dict[str, Any] = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
        if missing:
            problem = {
                "status": "error",
                "category": "OBJECT_NOT_FOUND",
                "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
                "message": f"No {to} is associated with {kind} {missing[0]}.",
                "context": {"fromObjectId": missing},
            }
            answer |= {"numErrors": len(missing), "errors": [problem]}
        return web.json_response(answer, status=207 if missing else 200)

    async def _put(self, call: Call) -> web.Response:
        kind, to, key, other = call.of.name, self._kind(call.path["to"]), call.path["id"], call.path["other"]
        self.add(kind, key, to, other, API)
        spec = {"associationCategory": CATEGORY, "associationTypeId": self._type_ids(kind, to)["default"]}
        now = self.vendor.values()["now"]()
        result = {"from": {"id": key}, "to": {"id": other}, "associationSpec": spec}
        return web.json_response({"status": "COMPLETE", "results": [result], "startedAt": now, "completedAt": now})

    async def _delete(self, call: Call) -> web.Response:
        self.remove(call.of.name, call.path["id"], self._kind(call.path["to"]), call.path["other"], API)
        return web.Response(status=204)

    async def _label(self, call: Call) -> web.Response:
        """Associate by the types of the body; one of them may make it the primary one."""
        kind, to, key, other = call.of.name, self._kind(call.path["to"]), call.path["id"], call.path["other"]
        wanted = parse(await call.request.read())
        self.add(kind, key, to, other, API, primary=self._is_primary(kind, to, wanted))
        ids = {"fromObjectTypeId": kind, "fromObjectId": int(key), "toObjectTypeId": to, "toObjectId": int(other)}
        return web.json_response({**ids, "labels": []}, status=201)

    async def _create(self, call: Call) -> web.Response:
        """A new object with whom it belongs to; what cannot be associated makes none."""
        wanted = [
            (*self._target(call.of.name, one), one.get("types"))
            for one in (await call.body()).get("associations") or ()
        ]
        for to, other, types in wanted:
            self.vendor.types[to].get(other)
            self._is_primary(call.of.name, to, types)
        response = await create(call)
        key = str(NOTES.get()["object"]["id"])
        for to, other, types in wanted:
            primary = self._is_primary(call.of.name, to, types)
            self.add(call.of.name, key, to, other, API, primary=primary)
        return response

    def _target(self, kind: str, given: Any) -> tuple[str, str]:
        """Type and id of what an association of a creation leads to: its type says of which type that is."""
        number = given["types"][0].get("associationTypeId")
        for name, ids in self.options["types"].items():
            source, _, to = name.partition("_to_")
            if source == kind and number in ids.values():
                return to, str(given["to"]["id"])
        raise Refusal("invalid", f"{number} is no association type of {kind}.")

    def _is_primary(self, kind: str, to: str, wanted: Any) -> bool:
        """Whether the types make it the primary one. Raises Refusal: they are none of this association."""
        ids = self._type_ids(kind, to)
        numbers = [one.get("associationTypeId") for one in wanted] if isinstance(wanted, list) and wanted else [None]
        if any(one.get("associationCategory") != CATEGORY for one in wanted or ()) or set(numbers) - set(ids.values()):
            raise Refusal("invalid", f"{numbers} are no association types of {kind} and {to}.")
        return ids.get("primary") in numbers

    def _pairs(self, kind: str, key: str, to: str) -> list[dict[str, Any]]:
        pairs = self.vendor.core.store.all(self.vendor.name, KIND)
        return [one for one in pairs if one["ends"].get(kind) == key and to in one["ends"]]

    def _keep(self, pair: dict[str, Any]) -> None:
        self.vendor.core.store.put(self.vendor.name, KIND, _key(pair["ends"]), pair)

    def _described(self, kind: str, key: str, to: str) -> list[dict[str, Any]]:
        ids = self._type_ids(kind, to)
        found = []
        for place, other in enumerate(self.of(kind, key, to)):
            types = [{"category": CATEGORY, "typeId": ids["default"], "label": None}]
            if place == 0 and "primary" in ids:
                types.append({"category": CATEGORY, "typeId": ids["primary"], "label": "Primary"})
            found.append({"toObjectId": int(other), "associationTypes": types})
        return found

    def _kind(self, plural: str) -> str:
        for name, objects in self.vendor.types.items():
            if plural == name or plural in objects.described["paths"]:
                return str(name)
        raise Refusal("invalid", f"Unable to infer object type from: {plural}")

    def _type_ids(self, kind: str, to: str) -> Mapping[str, int]:
        found: Mapping[str, int] | None = self.options["types"].get(f"{kind}_to_{to}")
        if found is None:
            raise Refusal("invalid", f"{kind} and {to} cannot be associated.")
        return found

    # -- what a person does -------------------------------------------------------------------------------------------

    def _associate(self, objects: Objects, key: str, given: Mapping[str, Any]) -> Record:
        to, other = self._other(given)
        self.add(objects.name, key, to, other, PERSON)
        return objects.get(key)

    def _dissociate(self, objects: Objects, key: str, given: Mapping[str, Any]) -> Record:
        to, other = self._other(given)
        self.remove(objects.name, key, to, other, PERSON)
        return objects.get(key)

    def _other(self, given: Mapping[str, Any]) -> tuple[str, str]:
        to, other = given.get("to"), given.get("id")
        if to not in self.vendor.types or not isinstance(other, str):
            raise ControlProblem("invalid-member", "'to' is a type of object, 'id' the id of one.", "/to")
        return str(to), other

    # -- what follows -------------------------------------------------------------------------------------------------

    def _changed(self, ends: Mapping[str, str], actor: str, *, removed: bool, quietly: bool = False) -> None:
        """Both ends count anew, and tell."""
        for kind, key in ends.items():
            ((to, other),) = [pair for pair in ends.items() if pair[0] != kind]
            objects, found = self.vendor.types[kind], self.of(kind, key, to)
            record = self.vendor.core.store.get(self.vendor.name, kind, key)
            if record is None:
                continue
            values = {}
            if name := self.options.get("counts", {}).get(kind, {}).get(to):
                values[name] = str(len(found))
            if to == "company" and (name := self.options.get("company_of", {}).get(kind)):
                values[name] = found[0] if found else ""
            objects.note(record, values, actor)  # type: ignore[attr-defined]
            if not quietly:
                facts = {
                    "to": other,
                    "association": f"{kind}_TO_{to}".upper(),
                    "removed": removed,
                    "primary": to == "company" and found[:1] == [other],
                }
                self.vendor.events.tell("associated", objects, record, actor, facts=facts)


def _key(ends: Mapping[str, str]) -> str:
    return "|".join(f"{kind}:{key}" for kind, key in sorted(ends.items()))
