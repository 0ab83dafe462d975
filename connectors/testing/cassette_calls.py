# Part of Integration Hub. License LGPL-3.0 or later.
"""The calls that each connector has a cassette of, and what came of each: the same for every vendor.

Writing calls take their payloads from `cassettes/payloads/<object type>.json` of the vendor's folder.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from .. import registry
from ..connector import BulkPage, CheckResult, Connector, Document, Page
from ..errors import HubError

MISSING = "999999999999"
LONG_AGO = "2020-01-01T00:00:00Z"
HOOK = "https://hub.example/integration/webhook/cassette"


RECORDED = ("generic_rest", "hubspot", "shopify")
"""The connectors that have cassettes; the sandbox imitates each under its own name."""


def connector(name: str) -> tuple[type[Connector], Document]:
    """A connector with the settings it is recorded with: one that needs a definition has that of its fixtures."""
    path = registry.get(name).folder() / "fixtures" / "definition.json"
    settings = {"definition": path.read_text(encoding="utf-8")} if path.is_file() else {}
    return registry.get(name, settings), settings


@dataclass(frozen=True)
class Call:
    """One cassette: the call, and what the sandbox is told before it (`fault`, as its control API takes it).

    `secret` False: with a credential that the vendor does not know.
    """

    name: str
    run: Callable[[Connector], Any]
    fault: Mapping[str, Any] | None = None
    secret: bool = True


def calls(kind: type[Connector]) -> Iterator[Call]:
    """Every call that this vendor's connector offers, and the answers that no call wants."""
    yield Call("check", _checked)
    for name, found in kind.objects.items():
        if found.listable:
            yield Call(f"list_{name}", partial(_listed, name))
            yield Call(f"list_{name}_since", partial(_listed, name, since=LONG_AGO))
            if kind.bulk is not Connector.bulk:
                yield Call(f"bulk_{name}", partial(_taken, name))
        if found.fetchable:
            yield Call(f"fetch_{name}", partial(_first, name))
            yield Call(f"fetch_{name}_missing", partial(_missing, name))
        if found.writable:
            written = _written if found.fetchable else _sent
            yield Call(f"write_{name}", partial(written, name, _payload(kind, name)))
    if not kind.webhooks_by_hand:
        topics = sorted({topic for template in kind.flow_templates for topic in template.topics})
        yield Call("webhooks", partial(_webhooks, topics[:1]))
    yield Call("error_unauthorized", _checked, secret=False)
    listed = partial(_listed, next(iter(kind.objects)))
    yield Call("error_throttled", listed, fault={"kind": "status", "status": 429, "retry_after": 7})
    yield Call("error_unavailable", listed, fault={"kind": "status", "status": 503})
    yield Call("error_not_json", listed, fault={"kind": "garbage_200"})


def outcome(call: Call, made: Connector) -> Document:
    """What came of a call: the error, or the kind of result and a hash of all it holds."""
    try:
        result = call.run(made)
    except HubError as error:
        kind, policy = type(error).__name__, error.policy.value
        return {"raised": kind, "code": error.code, "policy": policy, "retry_after": error.retry_after}
    text = json.dumps(result, default=_plain, sort_keys=True, ensure_ascii=False)
    return {"returned": type(result).__name__, "sha256": hashlib.sha256(text.encode()).hexdigest()}


def _payload(kind: type[Connector], name: str) -> Document:
    path = kind.folder() / "cassettes" / "payloads" / f"{name}.json"
    found: Document = json.loads(path.read_text(encoding="utf-8"))
    return found


def _checked(made: Connector) -> CheckResult:
    return made.check()


def _listed(name: str, made: Connector, since: str | None = None) -> Page:
    return made.list(name, since=since)


def _taken(name: str, made: Connector) -> list[BulkPage]:
    return list(made.bulk(name))


def _first(name: str, made: Connector) -> Document | None:
    return made.fetch(name, str(made.list(name).items[0]["id"]))


def _missing(name: str, made: Connector) -> Document | None:
    return made.fetch(name, MISSING)


def _written(name: str, payload: Document, made: Connector) -> list[Any]:
    """Created, created again after an outcome that was not known, changed, read, deleted twice, looked for."""
    first = made.push(name, payload, idempotency_key="cassette-1")
    again = made.push(name, payload, idempotency_key="cassette-1")
    changed = made.push(name, payload, external_id=first.external_id, idempotency_key="cassette-2")
    read = made.fetch(name, first.external_id)
    made.delete(name, first.external_id)
    made.delete(name, first.external_id)
    return [first, again, changed, read, made.fetch(name, first.external_id)]


def _sent(name: str, payload: Document, made: Connector) -> list[Any]:
    """Created, created again after an outcome that was not known, changed; of what is neither read nor deleted."""
    first = made.push(name, payload, idempotency_key="cassette-1")
    again = made.push(name, payload, idempotency_key="cassette-1")
    return [first, again, made.push(name, payload, external_id=first.external_id, idempotency_key="cassette-2")]


def _webhooks(topics: list[str], made: Connector) -> list[Any]:
    """Registered, listed, removed twice."""
    first = made.register_webhook(HOOK, topics, secret="cassette-secret-of-32-characters")
    listed = made.list_webhooks()
    made.remove_webhook(first.id)
    made.remove_webhook(first.id)
    return [first, listed, made.list_webhooks()]


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    raise TypeError(type(value).__name__)
