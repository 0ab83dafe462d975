# Part of Integration Hub. License LGPL-3.0 or later.
"""The definition of a REST API: JSON in the format of `definition.schema.json`, checked before it is used.

What is wrong is named by its place in the definition, as a JSON pointer (RFC 6901).
"""

from __future__ import annotations

import ast
import functools
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ... import auth
from ...connector import Document, FlowTemplate
from ...errors import ConfigurationError, HubError
from ...http.url import check_base_url
from ...messages import check_header
from ...pointers import pointer_of
from ...rest import Account, Call, Find, Listing, Registration, Resource, Rule, Since, Webhook, templates
from ...rest.registration import checked

if TYPE_CHECKING:
    from ...contracts import Contract

Part = TypeVar("Part")
_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "cookie"})
_OF_THE_REQUEST = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection"})
_FORMS = "A path begins with a slash; a name has small letters, digits and _ only; a model is written as res.partner."


class DefinitionError(ConfigurationError):
    """The definition of a REST API is wrong at `pointer`."""

    code = "invalid-definition"
    hint = "Correct the definition there."

    def __init__(self, pointer: str, problem: str, hint: str = "") -> None:
        where = pointer or "its top"
        message = f"The definition is wrong at {where}: {problem}"
        super().__init__(message, hint=hint or None, params={"pointer": pointer})
        self.pointer = pointer


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A definition that was checked, as the parts of a RestConnector."""

    title: str
    address: str
    credentials: Mapping[str, Any]
    headers: Mapping[str, str]
    idempotency_header: str
    account: Account
    resources: tuple[Resource, ...]
    webhook: Webhook
    mappings: Mapping[str, Document] = field(repr=False)
    flow_templates: tuple[FlowTemplate, ...]


def load(document: Any) -> Definition:
    """The definition in a JSON document. Raises DefinitionError."""
    _check_shape(document)
    with _at("/base_url"):
        check_base_url(document["base_url"])
        templates.check(document["base_url"], ())
    credentials = document.get("auth", {"kind": "none"})
    with _at("/auth"):
        auth.check(credentials)
        if credentials["kind"] == "header":
            _check_free(credentials["name"])
    with _at("/idempotency_header"):
        _check_free(document.get("idempotency_header", ""), also=_CREDENTIALS)
    for name, value in document.get("headers", {}).items():
        with _at(pointer_of(("headers", name))):
            _check_header(name, value)
    with _at("/check"):
        account = Account(**document["check"])
    resources = tuple(_resource(f"/resources/{place}", found) for place, found in enumerate(document["resources"]))
    by_name = {resource.name: resource for resource in resources}
    if len(by_name) < len(resources):
        raise DefinitionError("/resources", "two resources have the same name", "Rename one of them.")
    mappings = document.get("mappings", {})
    _check_mappings(mappings)
    flows = enumerate(document.get("flows", ()))
    return Definition(
        title=document.get("title", ""),
        address=document["base_url"].rstrip("/"),
        credentials=credentials,
        headers=document.get("headers", {}),
        idempotency_header=document.get("idempotency_header", "Idempotency-Key"),
        account=account,
        resources=resources,
        webhook=_webhook(document.get("webhook", {"rules": []}), by_name),
        mappings=mappings,
        flow_templates=tuple(_flow(f"/flows/{place}", found, by_name, mappings) for place, found in flows),
    )


@functools.cache
def contract() -> Contract:
    """The schema of definitions, compiled with the first one: most systems have a connector of their own."""
    from ...contracts import compile_contract

    text = (Path(__file__).parent / "definition.schema.json").read_text(encoding="utf-8")
    return compile_contract(json.loads(text))


def _check_mappings(mappings: Mapping[str, Document]) -> None:
    from ...mapping import compile_mapping

    for name, found in mappings.items():
        with _at(pointer_of(("mappings", name))):
            compile_mapping(found)


def _check_shape(document: Any) -> None:
    problems = contract().problems(document)
    if problems:
        first, more = problems[0], len(problems) - 1
        also = f" (and {more} more)" if more else ""
        hint = _FORMS if first.keyword == "pattern" else first.hint
        error = DefinitionError(first.pointer, first.message + also, hint)
        error.params["problems"] = [[found.pointer, found.message] for found in problems]
        raise error


@contextmanager
def _at(pointer: str) -> Iterator[None]:
    """What goes wrong inside is wrong at this place."""
    try:
        yield
    except DefinitionError:
        raise
    except HubError as error:
        raise DefinitionError(pointer, error.message, error.hint) from error


def _part(pointer: str, document: Mapping[str, Any], *, name: str, make: Callable[..., Part]) -> Part | None:
    if name not in document:
        return None
    with _at(f"{pointer}/{name}"):
        return make(**document[name])


def _resource(pointer: str, document: Mapping[str, Any]) -> Resource:
    call = functools.partial(_part, pointer, document, make=Call)
    listing = document.get("list")
    found: Listing | None = None
    if listing is not None:
        since = _part(f"{pointer}/list", listing, name="since", make=Since)
        with _at(f"{pointer}/list"):
            found = Listing(**{**listing, "since": since})
    ways = document.get("find", [])
    with _at(f"{pointer}/find"):
        find = tuple(Find(**way) for way in (ways if isinstance(ways, list) else [ways]))
    names = ("name", "title", "entity", "id", "version", "repetition")
    plain = {name: document[name] for name in names if name in document}
    with _at(pointer):
        return Resource(
            **plain,
            dated_by=tuple(document.get("dated_by", ())),
            list=found,
            read=call(name="read"),
            create=call(name="create"),
            update=call(name="update"),
            delete=call(name="delete"),
            find=find,
        )


def _webhook(document: Mapping[str, Any], resources: Mapping[str, Resource]) -> Webhook:
    rules = []
    for place, written in enumerate(document["rules"]):
        pointer = f"/webhook/rules/{place}"
        with _at(pointer):
            rule = Rule(**written)
        if rule.resource not in resources:
            known = ", ".join(resources)
            raise DefinitionError(f"{pointer}/resource", f"there is no resource {rule.resource!r}", f"Choose: {known}.")
        if not rule.complete and not rule.deleted and resources[rule.resource].read is None:
            raise DefinitionError(
                pointer,
                f"the resource {rule.resource!r} cannot be read, so the webhook has to hold the whole object",
                'Describe "read" of the resource, or say "complete": true.',
            )
        rules.append(rule)
    topic, dedupe = _several(document.get("topic", [])), _several(document.get("dedupe", []))
    plain = {name: document[name] for name in ("default_topic", "events", "moments") if name in document}
    with _at("/webhook"):
        registration = _registration(document.get("registration"))
        return Webhook(rules=tuple(rules), topic=topic, dedupe=dedupe, registration=registration, **plain)


def _registration(document: Mapping[str, Any] | None) -> Registration | None:
    if document is None:
        return None
    pointer = "/webhook/registration"
    with _at(f"{pointer}/list"):
        listing = checked(document["list"])
    create, remove = (_part(pointer, document, name=name, make=Call) for name in ("create", "remove"))
    assert create and remove, "the schema asks for both"
    plain = {name: document[name] for name in ("id", "address", "topics", "secret") if name in document}
    with _at(pointer):
        return Registration(
            list=listing, create=create, remove=remove, known=_several(document.get("known", [])), **plain
        )


def _flow(
    pointer: str, document: Mapping[str, Any], resources: Mapping[str, Resource], mappings: Mapping[str, Any]
) -> FlowTemplate:
    for name, known in (("object_type", resources), ("mapping", mappings)):
        if document[name] not in known:
            raise DefinitionError(
                f"{pointer}/{name}", f"there is none named {document[name]!r}", f"Choose: {', '.join(known)}."
            )
    if not _is_literal_list(document.get("domain", "[]")):
        raise DefinitionError(
            f"{pointer}/domain", "it is no Odoo domain of plain values", "Write it as [('email', '!=', False)]."
        )
    several = {name: _several(document.get(name, [])) for name in ("topics", "trigger_fields")}
    return FlowTemplate(**{**document, **several, "entity": resources[document["object_type"]].entity})


def _several(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _check_header(name: str, value: str) -> None:
    check_header(name, value)
    _check_free(name)
    if name.lower() in _CREDENTIALS:
        raise ConfigurationError(
            f"the header {name} is not for a definition",
            hint="Describe credentials under “auth”, so that the secret is kept apart and sealed.",
        )


def _check_free(name: str, also: frozenset[str] = frozenset()) -> None:
    """The header is none that a request has anyway."""
    if name:
        check_header(name, "")
    if name.lower() in _OF_THE_REQUEST | also:
        raise ConfigurationError(
            f"the header {name} is not for a definition", hint="Leave it out: it is made for each request."
        )


def _is_literal_list(text: str) -> bool:
    try:
        return isinstance(ast.literal_eval(text), list)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return False
