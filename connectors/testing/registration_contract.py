# Part of Integration Hub. License LGPL-3.0 or later.
"""Webhooks registered through the vendor's API, against its imitation: they deliver, come back, and go.

Part of `SandboxContract`, which says how the connector and the imitation are had.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from .. import signatures
from ..connector import Connector, Document, Notification
from ..errors import ConfigurationError, HubError, Unauthorized
from ..registration import Settled, settle
from ..sandbox.testing import Receiver, Sandbox, receiving
from .repetition_contract import LOST, Losing, Wrap

BYTES = bytes(range(32))


class RegistrationContract:
    """Every inbound topic registered; a connector that leaves this to a person says how."""

    connector: ClassVar[type[Connector]]
    settings: ClassVar[Mapping[str, Any]]
    written: ClassVar[Mapping[str, tuple[Document, Document]]]

    def __init_subclass__(cls, **options: Any) -> None:
        """Leaves out the tests that are not this connector's: a person registers its webhooks, or it does itself."""
        super().__init_subclass__(**options)
        if not hasattr(cls, "connector") or cls.__init__ is not object.__init__:
            return  # it is no test class, or not yet
        by_hand = bool(cls.connector.configured(cls.settings).webhooks_by_hand)
        for name in vars(RegistrationContract):
            if name.startswith("test_") and by_hand != (name == "test_a_person_is_told_how"):
                setattr(cls, name, None)

    def opened(self, sandbox: Sandbox, wrap: Wrap | None = None) -> Connector:
        """The connector as a new process has it; `wrap` goes around its transport."""
        raise NotImplementedError

    def told(self, receiver: Receiver, secret: str, now: float) -> list[Notification]:
        """What the webhooks received so far tell, each proved by the connector's scheme."""
        raise NotImplementedError

    @property
    def topics(self) -> list[str]:
        """What the flows that are on offer take."""
        templates = self.connector.configured(self.settings).flow_templates
        return sorted({topic for template in templates for topic in template.topics})

    def brought_in_step(
        self, made: Connector, address: str, topics: list[str], known: Settled | None = None
    ) -> Settled:
        """What `settle` does, with a secret where the connector takes one."""
        secret = signatures.get(self.connector.scheme).new_secret(BYTES) if made.own_secrets == "given" else ""
        ids = [found.id for found in known.webhooks] if known else []
        return settle(made, address, topics, secret=secret, known=ids)

    def secret(self, vendor: Any, settled: Settled) -> str:
        """What the webhooks sign with."""
        return settled.secret or str(vendor["webhook_secret"])

    def test_a_person_is_told_how(self, made: Connector) -> None:
        for call in (made.list_webhooks, lambda: made.register_webhook("https://hub.example/x", ["a"])):
            with pytest.raises(ConfigurationError) as caught:
                call()
            assert (caught.value.code, caught.value.hint) == ("webhooks-by-hand", made.webhooks_by_hand)

    def test_registered_webhooks_deliver(self, made: Connector, sandbox: Sandbox, vendor: Any, clock: Any) -> None:
        with receiving() as receiver:
            settled = self.brought_in_step(made, receiver.url, self.topics)
            assert sorted(settled.added) == self.topics and not settled.refused
            for name, (first, _later) in self.written.items():
                identifier = made.push(name, first).external_id
                sandbox.drain()
                told = self.told(receiver, self.secret(vendor, settled), clock.now())
                about = [found for found in told if (found.object_type, found.external_id) == (name, identifier)]
                assert about and len({found.topic for found in about}) == len(about), "each change is told once"

    def test_repeating_changes_nothing(self, made: Connector) -> None:
        first = self.brought_in_step(made, "https://hub.example/hook/a", self.topics)
        again = self.brought_in_step(made, "https://hub.example/hook/a", self.topics, first)
        assert (again.added, again.removed) == ((), ())
        assert {found.id for found in again.webhooks} == {found.id for found in first.webhooks}
        assert len(made.list_webhooks()) == len(first.webhooks)

    def test_what_vanished_comes_back(self, made: Connector, sandbox: Sandbox) -> None:
        first = self.brought_in_step(made, "https://hub.example/hook/a", self.topics)
        made.remove_webhook(first.webhooks[0].id)
        made.remove_webhook(first.webhooks[0].id)
        again = self.brought_in_step(made, "https://hub.example/hook/a", self.topics, first)
        assert sorted(again.added) == sorted(first.webhooks[0].topics)
        assert sorted(topic for found in made.list_webhooks() for topic in found.topics) == self.topics

    def test_only_ours_are_touched(self, made: Connector) -> None:
        """Another endpoint's webhooks stay; those at our earlier host, or at an earlier address of ours, go."""
        other = self.brought_in_step(made, "https://hub.example/hook/b", self.topics)
        self.brought_in_step(made, "https://old.example/hook/a", self.topics)
        renamed = self.brought_in_step(made, "https://hub.example/hook/earlier", self.topics)
        settled = self.brought_in_step(made, "https://hub.example/hook/a", self.topics, renamed)
        assert {found.address for found in settled.webhooks} == {"https://hub.example/hook/a"}
        addresses = {found.address for found in made.list_webhooks()}
        assert addresses == {"https://hub.example/hook/a", "https://hub.example/hook/b"}
        assert self.brought_in_step(made, "https://hub.example/hook/b", self.topics, other).added == ()

    def test_what_no_flow_takes_goes(self, made: Connector) -> None:
        first = self.brought_in_step(made, "https://hub.example/hook/a", self.topics)
        fewer = self.brought_in_step(made, "https://hub.example/hook/a", self.topics[:1], first)
        assert [topic for found in made.list_webhooks() for topic in found.topics] == self.topics[:1]
        none = self.brought_in_step(made, "https://hub.example/hook/a", [], fewer)
        assert (none.webhooks, list(none.removed), made.list_webhooks()) == ((), self.topics[:1], [])

    @pytest.mark.parametrize("fault", LOST, ids=lambda fault: fault["kind"])
    def test_a_lost_answer_leaves_no_second_webhook(
        self, made: Connector, sandbox: Sandbox, clock: Any, fault: Mapping[str, Any]
    ) -> None:
        """At every request; what came of the first try is not known, so that all of it is tried again."""
        number, lost = 0, True
        while lost:
            number += 1
            clock.advance(60)  # the vendor's limits are other tests' matter
            losing = Counting(sandbox, number, fault)
            try:
                settled = self.brought_in_step(self.opened(sandbox, losing), "https://hub.example/hook/a", self.topics)
            except HubError:
                settled = Settled(())
            lost = losing.sent >= number
            if lost:
                settled = self.brought_in_step(made, "https://hub.example/hook/a", self.topics, settled)
            there = made.list_webhooks()
            assert sorted(topic for found in there for topic in found.topics) == self.topics
            assert {found.id for found in there} == {found.id for found in settled.webhooks}
            self.brought_in_step(made, "https://hub.example/hook/a", [])

    def test_a_refused_key_is_told(self, made: Connector, vendor: Any) -> None:
        with pytest.raises(Unauthorized):
            self.brought_in_step(self.connect(vendor, "another-secret"), "https://hub.example/hook/a", self.topics)

    def connect(self, vendor: Any, secret: str, wrap: Wrap | None = None) -> Connector:
        """The connector with a secret."""
        raise NotImplementedError


class Counting:
    """Wraps a transport in one that loses the answer to a request, and tells how many were sent."""

    def __init__(self, sandbox: Sandbox, number: int, fault: Mapping[str, Any]) -> None:
        self._sandbox, self._number, self._fault = sandbox, number, fault
        self._losing: Losing | None = None

    def __call__(self, inner: Any) -> Losing:
        self._losing = Losing(inner, self._sandbox, self._number, self._fault)
        return self._losing

    @property
    def sent(self) -> int:
        """Requests so far."""
        return self._losing.sent if self._losing else 0
