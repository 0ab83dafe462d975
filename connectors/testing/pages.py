# Part of Integration Hub. License LGPL-3.0 or later.
"""The parts of a connector's page that are made from the connector: `docs/connectors/<name>.md`, between markers.

    <!-- made: mapping order -->
    …
    <!-- end -->

`python -m integration_hub_connectors.testing.pages docs/connectors/*.md` makes them anew; a test compares.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .. import registry
from ..connector import Connector
from ..markdown import table

_PART = re.compile(r"(<!-- made: (?P<kind>[a-z]+)(?: (?P<name>[a-z0-9_]+))? -->\n).*?(<!-- end -->)", re.DOTALL)
_PURPOSES = {"setting": "setting", "api_credential": "secret", "webhook_secret": "webhook secret"}


def made(text: str, kind: type[Connector]) -> str:
    """The page with every part between markers as the connector has it. Raises KeyError for a part of no such kind."""
    return _PART.sub(lambda part: f"{part[1]}{_PARTS[part['kind']](kind, part['name'] or '')}\n{part[4]}", text)


def _settings(kind: type[Connector], _name: str) -> str:
    rows = (
        (field.label, f"`{field.name}`", _PURPOSES[field.purpose], "yes" if field.required else "", field.help)
        for field in kind.settings
    )
    return table(("field", "name", "kind", "needed", "what it is"), rows)


def _objects(kind: type[Connector], _name: str) -> str:
    rows = (
        (
            found.title,
            found.entity,
            "read and write" if found.writable else "read",
            _REPETITIONS[found.repetition] if found.writable else "",
            _contract(kind, found.name),
        )
        for found in kind.objects.values()
    )
    return table(("object", "business object", "can be", "when the answer to a creation is lost", "contract"), rows)


def _questions(kind: type[Connector], _name: str) -> str:
    rows = (
        (found.title, f"`{found.name}`", found.entity, found.answer, _schemas(kind, found.name))
        for found in kind.questions.values()
    )
    return table(("question", "name", "about", "answered with", "contracts"), rows)


def _schemas(kind: type[Connector], name: str) -> str:
    parts = ("question", "answer")
    return ", ".join(f"[{part}](../../connectors/vendors/{kind.name}/contracts/{name}_{part}.json)" for part in parts)


_REPETITIONS = {
    "idempotency-key": "sent again, with the same key",
    "upsert": "sent again; the vendor knows it",
    "lookup": "looked for, then sent again",
    "hold": "a person is asked, unless it is found",
}


def _contract(kind: type[Connector], name: str) -> str:
    found = sorted({flow.contract for flow in kind.flow_templates if flow.object_type == name and flow.contract})
    return ", ".join(f"[{one}](../../connectors/vendors/{kind.name}/contracts/{one}.json)" for one in found)


def _flows(kind: type[Connector], _name: str) -> str:
    rows = (
        (flow.title, f"`{flow.key}`", flow.direction, f"`{flow.model}`", flow.app or "–", _starts(flow))
        for flow in kind.flow_templates
    )
    return table(("flow", "key", "direction", "Odoo model", "needs app", "starts with"), rows)


def _starts(flow: Any) -> str:
    if flow.ask:
        return f"before `{flow.ask.before}`"
    return ", ".join(f"`{name}`" for name in flow.topics or flow.trigger_fields)


def _mapping(kind: type[Connector], name: str) -> str:
    return table(("from", "to", "how", "when"), _lines(kind.mapping(name)["lines"], "", ""))


def _lines(lines: list[Any], above: str, target: str) -> Iterator[tuple[str, str, str, str]]:
    for line in lines:
        source = line.get("source", "@") if "value" not in line else json.dumps(line["value"], ensure_ascii=False)
        into = f"{target}{line['target']}"
        how = ", ".join(f"`{_transform(one)}`" for one in line.get("transforms", ()))
        when = f"`{line['when']}`" if "when" in line else "always, else refused" if line.get("required") else ""
        yield f"`{above}{source}`", f"`{into}`", how, when
        if "lines" in line:
            yield from _lines(line["lines"], f"{source} › ", f"{into}.")


def _transform(one: Any) -> str:
    if isinstance(one, str):
        return one
    ((name, argument),) = one.items()
    text = json.dumps(argument, ensure_ascii=False)
    return f"{name}: {text if len(text) <= 60 else '…'}"


def _proof(kind: type[Connector], _name: str) -> str:
    end = f"supported until {kind.api_version_ends}" if kind.api_version_ends else "no end is announced"
    version = f"API version {kind.api_version}: {end}.\n\n" if kind.api_version else ""
    rows = ((_PROOFS[proof.kind].format(day=proof.on), proof.what) for proof in kind.proven())
    return version + table(("proved by", "what was tried"), rows)


_PROOFS = {"sandbox": "own sandbox", "counterparty": "independent counterparty", "live": "live on {day}"}

_PARTS: dict[str, Callable[[type[Connector], str], str]] = {
    "proof": _proof,
    "settings": _settings,
    "objects": _objects,
    "questions": _questions,
    "flows": _flows,
    "mapping": _mapping,
}


def main(paths: list[str]) -> None:
    """Make the parts of these pages anew; the file's name is the connector's."""
    for path in map(Path, paths):
        text = path.read_text(encoding="utf-8")
        path.write_text(made(text, registry.CONNECTORS[path.stem]), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
