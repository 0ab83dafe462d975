# Part of Integration Hub. License LGPL-3.0 or later.
"""What happens when somebody or something changes a vendor's objects; they are kept in the vendor's own shape."""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from ... import dotted
from ..core.problem import ControlProblem
from .refusals import Refusal
from .template import merge, render

if TYPE_CHECKING:
    from .vendor import DescribedVendor

Record = dict[str, Any]
PERSON = "person"
API = "api"


class Objects:
    """All objects of one type. Methods raise Refusal, and change nothing then.

    An actor, PERSON (at the vendor's screens) or API (an integration), makes each change; webhooks may tell who it was.
    """

    def __init__(self, vendor: DescribedVendor, name: str, described: Mapping[str, Any]) -> None:
        self.vendor = vendor
        self.name = name
        self.described = described
        self.plural: str = described["paths"][0]
        self.wrap: str = described.get("wrap", "")
        self._identity: Mapping[str, str] = described.get("id", {"at": "id", "template": "{number}"})
        self._members: str = described.get("members", "")
        self._archive: Mapping[str, str] | None = described.get("archive")
        schema = described.get("schema", {})
        self._writable = {name for name, one in schema.get("properties", {}).items() if not one.get("readOnly")}
        self._new = _validator(schema)
        self._change = _validator({name: part for name, part in schema.items() if name != "required"})

    # -- reading ------------------------------------------------------------------------------------------------------

    def all(self, *, archived: bool = False) -> list[Record]:
        """All records by id where ids are numbers, else oldest first; the archived ones or the others."""
        found = [one for one in self.vendor.core.store.all(self.vendor.name, self.name) if self._gone(one) is archived]
        numeric = all(str(self.id(one)).isdecimal() for one in found)
        return sorted(found, key=lambda one: int(self.id(one))) if numeric else found

    def get(self, key: str, by: str | None = None, *, archived: bool = False) -> Record:
        """The record with that id, or with that value of a unique member.

        Raises Refusal: not_found; invalid_parameter when the member is not unique.
        """
        if by is None:
            record = self.vendor.core.store.get(self.vendor.name, self.name, key)
        else:
            record = self._having(self.unique(by), key)
        if record is None or self._gone(record) is not archived:
            raise Refusal("not_found", f"There is no {self.name} {key}", id=key, type=self.name)
        return record

    def id(self, record: Mapping[str, Any]) -> Any:
        """The record's id."""
        return dotted.read(record, self._identity["at"])

    def members(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """What may be written, and what stands beside it."""
        return dotted.read(record, self._members) or {}

    def show(self, record: Record, wanted: list[str] | None = None) -> Record:
        """The record as the API answers it; `wanted` are the members asked for (None: as many as there are)."""
        return record if wanted is None else {name: value for name, value in record.items() if name in wanted}

    def written(self, record: Record, given: Mapping[str, Any]) -> Record:
        """The record as a request that wrote `given` is answered."""
        return self.show(record)

    def unique(self, member: str) -> str:
        """The name of a unique member. Raises Refusal, invalid_parameter, when it is none."""
        if member not in self.described.get("unique", ()):
            raise Refusal("invalid_parameter", f"{member} is not unique", name=member)
        return member

    # -- writing ------------------------------------------------------------------------------------------------------

    def create(self, given: Mapping[str, Any], actor: str, *, webhook: bool = True) -> Record:
        """A new record; tells `created`."""
        values = self.checked(given, None)
        self.refuse_taken(values, None)
        number = self.vendor.core.store.next_id()
        known: dict[str, Any] = {"number": number, "type": self.name, "plural": self.plural}
        known["sequence"] = functools.cache(self._next_in_sequence)
        identity = render(self._identity["template"], self.vendor.values(**known))
        context = self.vendor.values(**known, id=identity, given=values)
        record = merge(
            render(self.described.get("defaults", {}), context), dotted.write({}, self._members, dict(values))
        )
        record = merge(record, render(self.described.get("new", {}), context))
        record = merge(record, dotted.write({}, self._identity["at"], identity))
        self.vendor.core.store.put(self.vendor.name, self.name, str(identity), record)
        if webhook:
            self.vendor.events.tell("created", self, record, actor)
        return record

    def update(
        self, record: Record, given: Mapping[str, Any], actor: str, *, webhook: bool = True, whole: bool = False
    ) -> Record:
        """Change members, with `whole` also those not given; tells `updated`, and nothing when nothing differs."""
        values = self.checked(given, None if whole else record)
        self.refuse_taken(values, record)
        held = self.members(record)
        if whole:
            values = {**{name: None for name in self._writable if name in held}, **values}
        changed = {name: value for name, value in values.items() if _blank(held.get(name)) != _blank(value)}
        if changed:
            touched = render(self.described.get("changed", {}), self.vendor.values(id=self.id(record)))
            record = merge(merge(record, dotted.write({}, self._members, {**held, **changed})), touched)
            self.vendor.core.store.put(self.vendor.name, self.name, str(self.id(record)), record)
        if webhook and changed:
            self.vendor.events.tell("updated", self, record, actor, changed)
        return record

    def delete(self, key: str, actor: str, *, webhook: bool = True) -> None:
        """Remove it, or move it to the archive where the vendor has one; tells `deleted`."""
        record = self.get(key)
        store = self.vendor.core.store
        if self._archive is not None:
            record = merge(record, render(self._archive["set"], self.vendor.values(id=self.id(record))))
            store.put(self.vendor.name, self.name, key, record)
        else:
            store.remove(self.vendor.name, self.name, key)
        if webhook:
            self.vendor.events.tell("deleted", self, record, actor)

    def adopt(self, document: Mapping[str, Any]) -> Record:
        """Keep an object given in the API's shape as it is. Raises ControlProblem when it has no id."""
        identity = self.id(document)
        if not isinstance(identity, str | int) or isinstance(identity, bool) or identity == "":
            raise ControlProblem(
                "invalid-object", f"A {self.vendor.title} {self.name} has its id as '{self._identity['at']}'."
            )
        record = merge({} if self._archive is None else {self._archive["flag"]: False}, copy.deepcopy(dict(document)))
        self.vendor.core.store.put(self.vendor.name, self.name, str(identity), record)
        return record

    # -- checks, which a plug-in may replace --------------------------------------------------------------------------

    def checked(self, given: Mapping[str, Any], record: Record | None) -> Mapping[str, Any]:
        """The values to keep of those given for a new record (None) or a change. Raises Refusal, invalid."""
        values = dict(given)
        if self.described.get("unknown_members") == "ignore":
            values = {name: value for name, value in values.items() if name in self._writable}
        else:
            self._refuse_read_only(values)
        validator = self._new if record is None else self._change
        problems = [
            {"member": ".".join(str(part) for part in error.absolute_path) or _missing(error), "message": error.message}
            for error in sorted(validator.iter_errors(values), key=lambda error: [str(p) for p in error.absolute_path])
        ]
        if problems:
            first = problems[0]
            raise Refusal("invalid", first["message"], member=first["member"], problems=problems, type=self.name)
        return values

    def refuse_taken(self, values: Mapping[str, Any], record: Record | None) -> None:
        """Raises Refusal, taken, when another record has one of the values of a unique member."""
        for name in self.described.get("unique", ()):
            other = self._having(name, values[name]) if values.get(name) not in (None, "") else None
            if other is not None and not self._gone(other) and (record is None or self.id(other) != self.id(record)):
                raise Refusal("taken", f"{name} is taken", member=name, id=self.id(other), type=self.name)

    def _next_in_sequence(self) -> int:
        return self.vendor.core.store.count(f"{self.vendor.name}.{self.name}", 1)

    def _refuse_read_only(self, values: Mapping[str, Any]) -> None:
        properties = self.described.get("schema", {}).get("properties", {})
        for name in values:
            if properties.get(name, {}).get("readOnly"):
                problem = {"member": name, "message": f"'{name}' is read only"}
                raise Refusal("invalid", problem["message"], member=name, problems=[problem], type=self.name)

    def _having(self, name: str, value: Any) -> Record | None:
        store = self.vendor.core.store
        found = [one for one in store.all(self.vendor.name, self.name) if self.members(one).get(name) == value]
        return next((one for one in found if not self._gone(one)), found[0] if found else None)

    def _gone(self, record: Mapping[str, Any]) -> bool:
        return self._archive is not None and bool(dotted.read(record, self._archive["flag"]))


def _blank(value: Any) -> Any:
    """The value; null where it is an empty text."""
    return None if value == "" else value


def _validator(schema: Mapping[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def _missing(error: Any) -> str:
    """The member that a `required` misses; "" for other errors of the whole."""
    missing = error.validator_value if error.validator == "required" else ()
    return next((str(name) for name in missing if name not in error.instance), "")
