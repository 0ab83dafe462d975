# Part of Integration Hub. License LGPL-3.0 or later.
"""What a connector declares of repeated creations, proved: the answer is lost at every request that a creation makes.

Part of `SandboxContract`, which says how the connector and the imitation of its vendor are had.
"""

from __future__ import annotations

import copy
import functools
import itertools
import secrets
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import pytest

from ..connector import Connector, Document, PushResult
from ..errors import HubError, InDoubt
from ..http import Request, Response, Timeout, Transport
from ..sandbox.testing import Sandbox

LOST = (
    {"kind": "drop", "phase": "after"},
    {"kind": "truncate"},
    {"kind": "status", "status": 504, "phase": "after"},
    {"kind": "garbage_200"},
)
"""What becomes of an answer; all but the last after the request took effect."""
Wrap = Callable[[Transport], Transport]
LAG = 30.0
"""Seconds by which a vendor's search lags, where its imitation knows of that (`search_delay`)."""


class Losing:
    """A transport that has the sandbox spoil the answer to its request number `number`, and counts the requests."""

    def __init__(self, inner: Transport, sandbox: Sandbox, number: int, fault: Mapping[str, Any]) -> None:
        self.inner, self.sandbox, self.number, self.fault, self.sent = inner, sandbox, number, fault, 0

    def send(self, request: Request, timeout: Timeout) -> Response:
        """The answer, or what becomes of it."""
        self.sent += 1
        if self.sent == self.number:
            self.sandbox.control("PUT", "/faults", {"faults": [{**self.fault, "count": 1}]})
        return self.inner.send(request, timeout)


class RepetitionContract:
    """Every writable object, created with the answer lost and created again, has one object at the vendor."""

    settings: ClassVar[Mapping[str, Any]]
    written: ClassVar[Mapping[str, tuple[Document, Document]]]

    def opened(self, sandbox: Sandbox, wrap: Wrap | None = None) -> Connector:
        """The connector as a new process has it; `wrap` goes around its transport."""
        raise NotImplementedError

    def prepared(self, sandbox: Sandbox) -> None:
        """Hook: make at the vendor what the settings rely on."""

    def everything(self, made: Connector, name: str, since: str | None = None) -> list[Document]:
        """All objects."""
        raise NotImplementedError

    @pytest.mark.parametrize("fault", LOST, ids=lambda fault: fault["kind"])
    def test_a_lost_answer_makes_no_second_object(self, sandbox: Sandbox, fault: Mapping[str, Any]) -> None:
        """The record was changed meanwhile: what is there in the end is what was sent last."""
        for name, (first, later) in self.written.items():
            again = _over(first, later)
            for before, repeat in self.losses(sandbox, name, first, fault):
                try:
                    found = repeat(again)
                except InDoubt:
                    assert self.declared(name) == "hold"
                    assert len(self.made_now(sandbox, name, before)) <= 1
                else:
                    (made,) = self.made_now(sandbox, name, before)
                    assert found.external_id and has(made, again)

    def test_repetitions_at_the_same_time_make_no_second_object(self, sandbox: Sandbox) -> None:
        """A worker that was taken for dead comes back while another repeats its call."""
        for name, (first, _later) in self.written.items():
            if self.declared(name) == "hold":
                continue
            for before, repeat in self.losses(sandbox, name, first, LOST[0]):
                with ThreadPoolExecutor() as both:
                    one, other = both.map(repeat, [first, first])
                assert one.external_id == other.external_id
                assert len(self.made_now(sandbox, name, before)) == 1

    def test_what_is_held_is_not_sent(self, sandbox: Sandbox) -> None:
        self.anew(sandbox)
        for name, (first, _later) in self.written.items():
            before = self.everything(self.opened(sandbox), name)
            if self.declared(name) == "hold":
                with pytest.raises(InDoubt) as caught:
                    self.opened(sandbox).push(name, first, idempotency_key="k", in_doubt=True)
                assert caught.value.hint
                assert self.made_now(sandbox, name, before) == []
            else:
                assert self.opened(sandbox).push(name, first, idempotency_key="k", in_doubt=True).external_id

    # What these tests are made of

    def losses(self, sandbox: Sandbox, name: str, payload: Document, fault: Mapping[str, Any]) -> Iterator[Any]:
        """For each request of a creation, with its answer lost: what was there before, and how it is repeated.

        As the engine repeats it: in another process, which knows the key, and from the error whether it is in doubt.
        """
        for number in itertools.count(1):
            self.anew(sandbox)
            before = self.everything(self.opened(sandbox), name)
            losing: list[Losing] = []

            def wrap(inner: Transport, number: int = number, losing: list[Losing] = losing) -> Losing:
                losing.append(Losing(inner, sandbox, number, fault))
                return losing[0]

            key = secrets.token_hex(8)  # what was answered under a key is not forgotten with the objects
            in_doubt = True  # nobody lived to tell
            try:
                self.opened(sandbox, wrap).push(name, payload, idempotency_key=key)
            except HubError as error:
                in_doubt = error.in_doubt
            if losing[0].sent < number:
                return
            sandbox.control("DELETE", "/faults")
            yield before, functools.partial(self.repeated, sandbox, name, key, in_doubt)

    def repeated(self, sandbox: Sandbox, name: str, key: str, in_doubt: bool, payload: Document) -> PushResult:
        """The creation again, by another process."""
        return self.opened(sandbox).push(name, payload, idempotency_key=key, in_doubt=in_doubt)

    def anew(self, sandbox: Sandbox) -> None:
        """The vendor as it was, all of its rate limits unused, its search behind by the longest it may be."""
        sandbox.control("POST", "/reset", {})
        sandbox.advance(60)
        self.prepared(sandbox)
        for name, settings in sandbox.control("GET", "/settings").items():
            if isinstance(settings, dict) and "search_delay" in settings:
                sandbox.control("PUT", "/settings", {name: {"search_delay": LAG}})

    def declared(self, name: str) -> str:
        """The repetition of an object type."""
        return self.connector.configured(self.settings).objects[name].repetition  # type: ignore[attr-defined,no-any-return]

    def made_now(self, sandbox: Sandbox, name: str, before: list[Document]) -> list[Document]:
        """The objects that were not there before."""
        return [found for found in self.everything(self.opened(sandbox), name) if found not in before]


def has(found: Any, written: Any) -> bool:
    """Whether everything that was written is found, and maybe more."""
    if isinstance(written, dict):
        return isinstance(found, dict) and all(has(found.get(name), value) for name, value in written.items())
    return bool(found == written)


def _over(first: Any, later: Any) -> Any:
    """The first document with what is written over it."""
    if isinstance(first, dict) and isinstance(later, dict):
        return {**copy.deepcopy(first), **{name: _over(first.get(name), value) for name, value in later.items()}}
    return later
