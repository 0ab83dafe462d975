# Part of Integration Hub. License LGPL-3.0 or later.
"""The steps of a certification. Each is a question about the connector; its answer holds no data of the account."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from .. import entities
from ..connector import Connector, Document, FlowTemplate, ObjectType
from ..contracts import compile_contract
from ..errors import HubError, MappingError, ResponseError, Unauthorized
from ..mapping import compile_mapping
from .samples import MADE_UP

Outcome = Literal["passed", "failed", "skipped"]
SHOWN = 3  # problems of contracts and mappings, of many alike
SEEN = 50  # objects of a page that are looked at
ABSENT = "999999999999"  # an id that no object has
CATCHES_UP = (0.0, 2.0, 8.0, 30.0)  # seconds until what was written is looked for again


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried. `detail` is for whoever runs it, and for no report: it may name the account."""

    name: str
    outcome: Outcome
    said: str
    seconds: float = 0.0
    detail: str = field(default="", repr=False)


class Failed(Exception):
    """What was tried did not behave as promised; the message says how."""


class Skipped(Exception):
    """Could not be tried; the message says why."""


@dataclass
class Trial:
    """The connector that is tried, and what was found so far: the first page of each kind of object."""

    made: Connector
    refused: Connector
    mark: str
    sleep: Callable[[float], None]
    pages: dict[str, list[Document]] = field(default_factory=dict)


Try = Callable[[Trial], str]
"""Tries something and says what was found. Raises Failed, Skipped or HubError."""


def attempt(name: str, step: Try, trial: Trial) -> Step:
    """The step, tried."""
    started, detail = time.monotonic(), ""
    try:
        outcome, said = "passed", step(trial)
    except Skipped as reason:
        outcome, said = "skipped", str(reason)
    except Failed as reason:
        outcome, said = "failed", str(reason)
    except HubError as error:
        outcome, said, detail = "failed", _kind_of(error), f"{error.message} {error.hint}".strip()
    return Step(name, outcome, said, round(time.monotonic() - started, 2), detail)  # type: ignore[arg-type]


def _kind_of(error: HubError) -> str:
    """What may be told of an error to everybody: a message names addresses, and may repeat what the vendor said."""
    if isinstance(error, MappingError) and error.problems:
        return ", ".join(dict.fromkeys(f"mapping line {problem.line}: {problem.code}" for problem in error.problems))
    status = f", status {error.status}" if isinstance(error, ResponseError) and error.status else ""
    return f"{type(error).__name__}: {error.code}{status}"


def reading(kind: type[Connector]) -> Iterator[tuple[str, Try]]:
    """The steps that change nothing."""
    yield "check", _check
    yield "wrong secret", _wrong_secret
    for found in kind.objects.values():
        if found.listable:
            yield f"list {found.name}", _on(found, _list)
            yield f"list {found.name} since", _on(found, _list_since)
            yield f"bulk {found.name}", _on(found, _bulk)
        if found.fetchable:
            yield f"fetch {found.name}", _on(found, _fetch)
            yield f"fetch absent {found.name}", _on(found, _fetch_absent)
    for flow in kind.flow_templates:
        if flow.direction == "inbound" and not flow.ask:
            yield f"map {flow.key}", lambda trial, flow=flow: _map(trial, flow)  # type: ignore[misc]
        if flow.ask:
            yield f"ask {flow.object_type}", lambda trial, flow=flow: _ask(trial, flow)  # type: ignore[misc]


def writing(kind: type[Connector]) -> Iterator[tuple[str, Try]]:
    """The steps that create objects, and delete them again."""
    for flow in _outbound(kind):
        if flow.entity in MADE_UP:
            yield f"write {flow.key}", lambda trial, flow=flow: _write(trial, flow)  # type: ignore[misc]


def untried(kind: type[Connector]) -> tuple[str, ...]:
    """The flows that no step tries: their objects belong to others, which are the account's own."""
    return tuple(flow.key for flow in _outbound(kind) if flow.entity not in MADE_UP)


def _outbound(kind: type[Connector]) -> list[FlowTemplate]:
    return [flow for flow in kind.flow_templates if flow.direction == "outbound" and not flow.ask]


def _on(found: ObjectType, step: Callable[[Trial, str], str]) -> Try:
    return lambda trial: step(trial, found.name)


def _check(trial: Trial) -> str:
    result = trial.made.check()
    if result.missing_scopes:
        return f"signed in; missing scopes: {', '.join(result.missing_scopes)}"
    return "signed in; no scope is missing"


def _wrong_secret(trial: Trial) -> str:
    if not trial.made.secret_addresses(trial.made.options):
        raise Skipped("This API wants no secret.")
    try:
        trial.refused.check()
    except Unauthorized as error:
        return f"refused with status {error.status}"
    raise Failed("A secret that is wrong was accepted.")


def _list(trial: Trial, name: str) -> str:
    page = trial.made.list(name)
    trial.pages[name] = page.items[:SEEN]
    return f"{len(page.items)} on the first page{'' if page.cursor is None else ', more follow'}"


def _list_since(trial: Trial, name: str) -> str:
    page = trial.made.list(name, since="2100-01-01T00:00:00Z")
    if page.items:
        raise Failed(f"{len(page.items)} objects changed in the future: the vendor does not heed the moment.")
    return "nothing changed in the future"


def _bulk(trial: Trial, name: str) -> str:
    for page in trial.made.bulk(name):
        if page.items or page.last:
            return f"{len(page.items)} on the first page"
    raise Failed("The reading ended without a last page.")


def _identifier(trial: Trial, name: str) -> str:
    """The id of an object that was listed, as the connector's own mapping reads it."""
    items = trial.pages.get(name, [])
    if not items:
        raise Skipped(f"The account has no {name} to look at.")
    for flow in trial.made.flow_templates:
        if (flow.object_type, flow.direction) == (name, "inbound"):
            return str(compile_mapping(trial.made.mapping(flow.mapping)).apply(items[0])["id"])
    raise Skipped(f"No mapping reads a {name}, so that its id is unknown.")


def _fetch(trial: Trial, name: str) -> str:
    identifier = _identifier(trial, name)
    found = trial.made.fetch(name, identifier)
    if found is None:
        raise Failed("An object that was listed is not found by its id.")
    return "an object of the list is found by its id"


def _fetch_absent(trial: Trial, name: str) -> str:
    if trial.made.fetch(name, ABSENT) is not None:
        raise Failed("An object with an id that nobody has was found.")
    return "an id that nobody has is answered as absent"


def _map(trial: Trial, flow: FlowTemplate) -> str:
    """What was listed keeps the contract, and becomes a business object of the agreed form."""
    items = trial.pages.get(flow.object_type, [])
    if not items:
        raise Skipped(f"The account has no {flow.object_type} to look at.")
    mapping = compile_mapping(trial.made.mapping(flow.mapping))
    contract = compile_contract(trial.made.contract(flow.contract)) if flow.contract else None
    problems: list[str] = []
    for item in items:
        problems += [str(problem) for problem in contract.problems(item)] if contract else []
        try:
            problems += entities.problems(flow.entity, mapping.apply(item))
        except HubError as error:
            problems.append(_kind_of(error))
    if problems:
        shown = "; ".join(list(dict.fromkeys(problems))[:SHOWN])
        raise Failed(f"{len(problems)} problems in {len(items)} objects: {shown}")
    return f"{len(items)} objects keep the contract and become a {flow.entity}"


def _ask(trial: Trial, flow: FlowTemplate) -> str:
    """A made-up object is asked about; the answer keeps the contract, and becomes a business object."""
    made, question = trial.made, trial.made.question(flow.object_type)
    if question.entity not in MADE_UP or flow.ask is None:
        raise Skipped(f"No {question.entity} is made up yet.")
    asked = compile_mapping(made.mapping(flow.mapping)).apply(MADE_UP[question.entity](trial.mark)[0])
    answer = made.answer(question.name, asked)
    problems = [
        *compile_contract(made.contract(f"{question.name}_question")).problems(asked),
        *compile_contract(made.contract(f"{question.name}_answer")).problems(answer),
        *entities.problems(question.answer, compile_mapping(made.mapping(flow.ask.mapping)).apply(answer)),
    ]
    if problems:
        raise Failed("; ".join(map(str, problems[:SHOWN])))
    return f"answered, and the answer becomes a {question.answer}"


def _write(trial: Trial, flow: FlowTemplate) -> str:
    """Created, repeated without a second one, changed, deleted."""
    made, name = trial.made, flow.object_type
    mapping = compile_mapping(made.mapping(flow.mapping))
    first, later = (mapping.apply(state) for state in MADE_UP[flow.entity](trial.mark))
    created = made.push(name, first, idempotency_key=f"certify-{trial.mark}")
    try:
        return _written(trial, name, created.external_id, first, later)
    finally:
        made.delete(name, created.external_id)


def _written(trial: Trial, name: str, identifier: str, first: Document, later: Document) -> str:
    made = trial.made
    if not _eventually(trial, lambda: made.fetch(name, identifier) is not None):
        raise Failed("What was created is not found by its id.")
    repeated = "not repeated: a person decides there"
    if made.objects[name].repetition != "hold":
        again = made.push(name, first, idempotency_key=f"certify-{trial.mark}")
        if again.external_id != identifier:
            made.delete(name, again.external_id)
            raise Failed("The same creation, repeated, made a second object.")
        repeated = "repeated without a second one"
    changed = made.push(name, later, external_id=identifier)
    if changed.created or changed.external_id != identifier:
        raise Failed("A change made another object.")
    made.delete(name, identifier)
    if not _eventually(trial, lambda: made.fetch(name, identifier) is None):
        raise Failed("What was deleted is still found by its id.")
    return f"created, {repeated}, changed, deleted"


def _eventually(trial: Trial, look: Callable[[], bool]) -> bool:
    for pause in CATCHES_UP:
        trial.sleep(pause)
        if look():
            return True
    return False
