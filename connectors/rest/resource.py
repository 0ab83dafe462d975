# Part of Integration Hub. License LGPL-3.0 or later.
"""How one kind of object is listed, read, found, created, updated and deleted in a REST API, as values.

Paths in addresses may have places to fill in (`templates.py`); paths into documents are JMESPath without functions
(`paths.py`), save for a list's `items`, which are dotted names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .. import dotted, moments
from ..connector import ObjectType, Repetition
from ..errors import ConfigurationError
from ..pagination import PageRequest, Paginator, build
from . import templates
from .bodies import same
from .paths import reader

MomentFormat = Literal["iso8601", "date", "unix", "unix_ms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """How a list is asked for what changed at or after a moment.

    `param` is the query parameter, or with `in_body` the dotted path in the JSON sent. `value` is the text around the
    moment, as in `updated_at:>={since}`. `date` and `unix` (seconds) cut, so that more may come, never less.
    """

    param: str
    format: MomentFormat = "iso8601"
    value: str = "{since}"
    in_body: bool = False

    def __post_init__(self) -> None:
        templates.check(self.value, ("since",))

    def put(self, request: PageRequest, since: str) -> PageRequest:
        """The request, asking for what changed since an ISO 8601 moment. Raises DocumentError for no moment."""
        milliseconds = moments.to_milliseconds(since)
        written: dict[MomentFormat, Any] = {
            "iso8601": moments.normal(since),
            "date": moments.normal(since)[:10],
            "unix": milliseconds // 1000,
            "unix_ms": milliseconds,
        }
        value = templates.fill(self.value, {"since": written[self.format]})
        return request.put(self.param, value, in_body=self.in_body)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of objects: `items` is the dotted path of the list in a page, "" when the page is the list.

    `paginator` is what `pagination.build` takes, or a Paginator; without one everything is on one page. Without
    `since` a list of changes is the list of everything.
    """

    path: str
    method: str = "GET"
    params: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    items: str = ""
    since: Since | None = None
    paginator: Mapping[str, Any] | Paginator = field(default_factory=lambda: {"kind": "none"})

    def __post_init__(self) -> None:
        templates.check([self.path, self.params, self.json], ("settings",))
        self.pages()

    def pages(self) -> Paginator:
        """The paginator. Raises ConfigurationError, code invalid-paginator."""
        if isinstance(self.paginator, Paginator):
            return self.paginator
        return build({**self.paginator, "items": self.items})


@dataclass(frozen=True, slots=True)
class Call:
    """One request about one object, and where in the answer the object stands.

    `method` is the usual one of its role when it is empty: GET, POST, PATCH, DELETE. `body` are the fixed members of
    what is sent, `wrap` is the dotted path in it where the object goes, as `contact` or `data.attributes`. `item` is
    the path of the object in the answer, "" when the answer is the object.
    """

    path: str
    method: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    wrap: str = ""
    item: str = ""

    def __post_init__(self) -> None:
        reader(self.item)
        templates.check([self.path, self.params, self.body], ("id", "settings", "payload"))


@dataclass(frozen=True, slots=True)
class Find:
    """How an object is found by what identifies it in business: a person by e-mail, a product by its code.

    `{payload.email}` in `path`, `params` or `json` is filled in from what is to be written; where that has no value
    this way of finding is passed over. What is found has to agree, without regard to case: an API that ignores a
    parameter finds everything. Compared are the members that were asked for, where an item has them; or those of
    `match`, from a path in the item to a path in what is to be written; with an empty `match` the API is believed.
    """

    path: str
    method: str = "GET"
    params: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    items: str = ""
    match: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        match = self.match or {}
        for path in (self.items, *match, *match.values()):
            reader(path)
        templates.check([self.path, self.params, self.json], ("settings", "payload"))

    def applies(self, values: templates.Values) -> bool:
        """Whether there is a value for everything that is asked for."""
        try:
            templates.fill([self.path, self.params, self.json], values)
        except templates.Absent:
            return False
        return True

    def agrees(self, item: Any, payload: Any) -> bool:
        """Whether an item is what was looked for."""
        if self.match is not None:
            return all(same(reader(there)(item), reader(here)(payload)) for there, here in self.match.items())
        names = templates.places([self.path, self.params, self.json])
        asked = [name.removeprefix("payload.") for name in names if name.startswith("payload.")]
        pairs = [(dotted.read(item, name), dotted.read(payload, name)) for name in asked]
        return all(found is None or same(found, wanted) for found, wanted in pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One kind of object. What it cannot do in this API is None.

    `id` and `version` are paths in the object; `version` is what rises with each change: a moment or a number. An id
    that does not match `id_pattern` is never sent.
    `find` is tried in order before an object is created, and again when the API says that it exists already.
    `deletions` lists what was deleted, where the API keeps it.
    `dated_by` names the members of it that say when it was made.
    `repetition` of a creation: unless it is said, `lookup` where there is a way to find, else `hold`.
    """

    name: str
    title: str
    entity: str
    id: str = "id"
    id_pattern: str = ""
    version: str = ""
    list: Listing | None = None
    deletions: Listing | None = None
    read: Call | None = None
    create: Call | None = None
    update: Call | None = None
    delete: Call | None = None
    find: tuple[Find, ...] = ()
    repetition: Repetition | None = None
    dated_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        reader(self.id)
        reader(self.version)
        if self.repetition == "lookup" and not self.find:
            raise ConfigurationError(
                f"{self.title} is to be looked for before it is created again, but there is no way to find it.",
                code="no-way-to-find",
                hint="Describe how it is found, or let a person decide.",
            )

    @property
    def object_type(self) -> ObjectType:
        """What the catalogue shows of it."""
        writable = self.create is not None or self.update is not None
        return ObjectType(
            self.name,
            self.entity,
            self.title,
            writable=writable,
            fetchable=self.read is not None,
            listable=self.list is not None,
            deletions=self.deletions is not None,
            repetition=self.repetition or ("lookup" if self.find else "hold"),
            dated_by=self.dated_by,
        )


@dataclass(frozen=True, slots=True)
class Account:
    """How `check` proves address and credentials: what to read, and what in the answer a person recognises.

    `name` and `details` are paths in the answer, which is a JSON object or list; without a name the host is shown.
    """

    path: str
    name: str = ""
    details: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        templates.check(self.path, ("settings",))
        for path in (self.name, *self.details.values()):
            reader(path)
