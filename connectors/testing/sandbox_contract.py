# Part of Integration Hub. License LGPL-3.0 or later.
"""A connector against the imitation of its vendor, over HTTP: what it writes is there, what changes is told.

class TestAcmeInTheSandbox(SandboxContract):
    connector = Acme
    written = {"customer": ({"name": "Ada", "email": "ada@example.com"}, {"name": "Ada King"})}

The imitation is `sandbox.json` of the connector's folder. Needs the extra `sandbox`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pytest

from .. import jsondoc, moments, signatures
from ..auth import Exchange
from ..clock import ManualClock
from ..connector import Connector, Document, Notification
from ..errors import NotFound, Unauthorized
from ..http import AddressGuard, Client, Headers, RequestsTransport, Timeout, Transport
from ..sandbox.engine.description import read
from ..sandbox.settings import Settings
from ..sandbox.testing import Received, Receiver, Sandbox, receiving, running
from .registration_contract import RegistrationContract
from .repetition_contract import RepetitionContract, Wrap, has

TIMEOUT = Timeout(2, 10, 10)


class SandboxContract(RegistrationContract, RepetitionContract):
    """`written`: for each writable object, what is pushed first and then over it, and `settings` the connector's.

    `description`: where in the connector's folder the imitation is, for a connector that has none of its own name.
    """

    connector: ClassVar[type[Connector]]
    settings: ClassVar[Mapping[str, Any]] = {}
    description: ClassVar[str] = "sandbox.json"
    written: ClassVar[Mapping[str, tuple[Document, Document]]] = {}

    @pytest.fixture
    def clock(self) -> ManualClock:
        """The vendor's clock."""
        return ManualClock()

    @pytest.fixture
    def sandbox(self, clock: ManualClock) -> Iterator[Sandbox]:
        """A sandbox of this vendor alone, with its start data."""
        description = read(self.connector.folder() / self.description)
        with running(Settings(seed=1, descriptions=(description,)), clock=clock) as sandbox:
            self.prepared(sandbox)
            yield sandbox

    @pytest.fixture
    def vendor(self, sandbox: Sandbox) -> Any:
        """The vendor's address and credentials, as the sandbox tells them."""
        return sandbox.control("GET", "/health")["vendors"][self.connector.name]

    @pytest.fixture
    def made(self, vendor: Any) -> Connector:
        """The connector, connected to the sandbox."""
        return self.connect(vendor, vendor["token"])

    def opened(self, sandbox: Sandbox, wrap: Wrap | None = None) -> Connector:
        """The connector as a new process has it; `wrap` goes around its transport."""
        vendor = sandbox.control("GET", "/health")["vendors"][self.connector.name]
        return self.connect(vendor, vendor["token"], wrap)

    def connect(self, vendor: Any, secret: str, wrap: Wrap | None = None) -> Connector:
        """The connector with a secret, as Odoo would open it."""
        settings = {**self.settings, "api_url": vendor["base_url"]}
        kind = self.connector.configured(settings)
        transport: Transport = RequestsTransport(guard=AddressGuard(["127.0.0.0/8"]))
        transport = wrap(transport) if wrap else transport
        auth = kind.auth(settings, secret, Exchange(transport, TIMEOUT))
        return kind(Client(kind.base_url(settings), timeout=TIMEOUT, auth=auth, transport=transport), settings)

    def everything(self, made: Connector, name: str, since: str | None = None) -> list[Document]:
        """All pages of a list."""
        items: list[Document] = []
        cursor: str | None = None
        while True:
            page = made.list(name, cursor=cursor, since=since)
            items += page.items
            cursor = page.cursor
            if cursor is None:
                return items

    def test_check_proves_address_and_secret(self, made: Connector, vendor: Any) -> None:
        assert made.check().account
        with pytest.raises(Unauthorized):
            self.connect(vendor, "another-secret").check()

    def test_all_objects_are_listed(self, made: Connector, vendor: Any) -> None:
        for name, kind in made.objects.items():
            if kind.listable:
                assert len(self.everything(made, name)) == vendor["objects"][name]

    def test_what_is_pushed_is_there(self, made: Connector) -> None:
        for name, (first, later) in self.written.items():
            before = len(self.everything(made, name))
            created = made.push(name, first, idempotency_key=f"key-{name}")
            assert created.created and self.held(made, name, created.external_id, first)
            changed = made.push(name, later, external_id=created.external_id)
            assert (changed.created, changed.external_id) == (False, created.external_id)
            assert self.held(made, name, created.external_id, {**first, **later})
            assert len(self.everything(made, name)) == before + 1

    def test_a_repeated_creation_makes_no_second_object(self, made: Connector) -> None:
        """The answer to the first try was lost; the second comes with the same key."""
        for name, (first, _later) in self.written.items():
            one, other = (made.push(name, first, idempotency_key=f"key-{name}") for _try in range(2))
            assert one.external_id == other.external_id
            assert len([found for found in self.everything(made, name) if has(found, first)]) == 1

    def test_changes_are_listed_since_a_moment(self, made: Connector, clock: ManualClock) -> None:
        for name, (first, _later) in self.written.items():
            if not made.objects[name].listable:
                continue
            clock.advance(60)
            moment = moments.from_milliseconds(int(clock.now() * 1000))
            assert self.everything(made, name, since=moment) == []
            clock.advance(60)
            made.push(name, first)
            assert len(self.everything(made, name, since=moment)) == 1
            assert self.everything(made, name, since="2035-01-01T00:00:00Z") == []

    def test_what_is_deleted_is_gone(self, made: Connector) -> None:
        for name, (first, later) in self.written.items():
            identifier = made.push(name, first).external_id
            made.delete(name, identifier)
            assert made.fetch(name, identifier) is None
            made.delete(name, identifier)
            with pytest.raises(NotFound):
                made.push(name, later, external_id=identifier)

    def test_changes_are_told_by_webhook(
        self, made: Connector, sandbox: Sandbox, vendor: Any, clock: ManualClock
    ) -> None:
        with receiving() as receiver:
            sandbox.control("PUT", "/webhooks", {"vendor": self.connector.name, "url": receiver.url})
            for name, (first, later) in self.written.items():
                identifier = made.push(name, first).external_id
                for deleted in (False, True):
                    if deleted:
                        made.delete(name, identifier)
                    else:
                        made.push(name, later, external_id=identifier)
                    sandbox.drain()
                    told = self.told(receiver, vendor["webhook_secret"], clock.now())
                    about = [found for found in told if (found.object_type, found.external_id) == (name, identifier)]
                    # a deletion that is to be read is told by the reading
                    assert about and about[-1].deleted is (deleted and about[-1].complete)
                    if not deleted and about[-1].complete:
                        assert has(about[-1].payload, later)

    def held(self, made: Connector, name: str, identifier: str, written: Document) -> bool:
        """Whether the vendor has what was written; an object that cannot be read is believed to be right."""
        if not made.objects[name].fetchable:
            return True
        found = made.fetch(name, identifier)
        return found is not None and has(found, written)

    def told(self, receiver: Receiver, secret: str, now: float) -> list[Notification]:
        """What the webhooks received so far tell, each proved by the connector's scheme."""
        return [one for received in receiver.received for one in self.parsed(received, receiver.url, secret, now)]

    def parsed(self, received: Received, url: str, secret: str, now: float) -> list[Notification]:
        """What one webhook tells."""
        scheme = signatures.get(self.connector.scheme)
        delivery = signatures.Delivery("POST", url, Headers(received.headers), received.body)
        scheme.verify(delivery, (secret,), now=now)
        return self.connector.configured(self.settings).parse_webhook(received.headers, jsondoc.parse(received.body))
