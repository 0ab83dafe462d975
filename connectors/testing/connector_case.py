# Part of Integration Hub. License LGPL-3.0 or later.
"""What the tests of one connector have in common: its fixtures, and the connector over a script of answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from ..auth import Exchange
from ..connector import Connector, Document
from ..http import Timeout
from ..mapping import CompiledMapping, compile_mapping
from .transport import ScriptedTransport, answer, client

SECRET = "contract-secret-5f2d8c1e9b7a4063"


class ConnectorCase:
    """`documents`: for each inbound mapping, fixtures it maps. `webhooks`: (headers, fixture) of real deliveries.

    `payload` is what may be pushed of any writable object, where the vendor's objects need other members; `payloads`
    what may be pushed of those that need others still, by their names.
    """

    connector: ClassVar[type[Connector]]
    settings: ClassVar[Mapping[str, Any]] = {}
    documents: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    webhooks: ClassVar[tuple[tuple[Mapping[str, str], str], ...]] = ()
    payload: ClassVar[Document] = {
        "name": "x",
        "email": "x@example.com",
        "properties": {"name": "x", "email": "x@example.com"},
    }
    payloads: ClassVar[Mapping[str, Document]] = {}

    @property
    def kind(self) -> type[Connector]:
        """The connector as the settings shape it."""
        return self.connector.configured(self.settings)

    def fixture(self, name: str) -> Any:
        """A JSON document of the vendor's `fixtures` folder."""
        return json.loads((self.connector.folder() / "fixtures" / f"{name}.json").read_text(encoding="utf-8"))

    def redelivered(self, headers: Mapping[str, str], document: Any) -> tuple[Mapping[str, str], Any]:
        """Hook: the same delivery as the vendor would repeat it."""
        return headers, document

    def make(self, *answers: Any) -> tuple[Connector, ScriptedTransport]:
        """The connector, with its real credentials, over a script of answers."""
        transport = ScriptedTransport(*answers)
        tokens = ScriptedTransport(answer({"access_token": SECRET, "token_type": "Bearer"}))
        auth = self.kind.auth(self.settings, SECRET, Exchange(tokens, Timeout()))
        made = client(transport, self.kind.base_url(self.settings), auth=auth)
        return self.kind(made, self.settings), transport

    @property
    def topics(self) -> list[str]:
        """What the flows that are on offer take."""
        return sorted({topic for template in self.kind.flow_templates for topic in template.topics})

    def compiled(self, name: str) -> CompiledMapping:
        """A mapping of the vendor's, compiled."""
        return compile_mapping(self.kind.mapping(name))

    def calls(self, made: Connector, external_id: str = "1") -> Iterator[Any]:
        """Every call to the vendor that this connector offers, each run when asked for."""
        yield made.check
        if not made.webhooks_by_hand:
            yield made.list_webhooks
            yield lambda: made.register_webhook("https://hub.example/hook/a", self.topics[:1], secret="x" * 32)
        for question in made.questions:
            yield lambda name=question: made.answer(name, self.payload)
        for found in made.objects.values():
            if found.fetchable:
                yield lambda name=found.name: made.fetch(name, external_id)
            if found.listable:
                yield lambda name=found.name: made.list(name)
                yield lambda name=found.name: made.list(name, since="2025-01-01T00:00:00Z")
                yield lambda name=found.name: next(made.bulk(name))
            if found.writable:
                payload = self.payloads.get(found.name, self.payload)
                yield lambda name=found.name, what=payload: made.push(name, what, idempotency_key="k")
                yield lambda name=found.name, what=payload: made.push(
                    name, what, external_id=external_id, idempotency_key="k"
                )
