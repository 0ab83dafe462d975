# Part of Integration Hub. License LGPL-3.0 or later.
"""Record every connector's cassettes against the sandbox: vendors/<name>/cassettes/<call>.json."""

import json
import sys

from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.connector import Connector, Document
from integration_hub_connectors.http import Client, Timeout, Transport
from integration_hub_connectors.sandbox import Settings
from integration_hub_connectors.sandbox.engine.description import Description, installed, read
from integration_hub_connectors.sandbox.testing import Sandbox, running
from integration_hub_connectors.testing.cassette_calls import RECORDED, Call, calls, connector, outcome
from integration_hub_connectors.testing.cassettes import RECORDED_AT, recording, replaying

NOW = 1_760_000_000.0


def prepare(sandbox: Sandbox) -> None:
    """Some orders, since a new shop has none: with a discount, without shipping, of more lines than a page holds."""
    many = [{"title": f"Item {number}", "price": "1.00", "quantity": 1} for number in range(25)]
    for values in ({"shipping": {"price": "8.00"}, "discount": {"amount": "10.00"}}, {"tags": "gift"}, {"lines": many}):
        sandbox.control("POST", "/shopify/orders", values)


def descriptions(kind: type[Connector]) -> tuple[Description, ...]:
    """The vendors to imitate: those that are always there, and one of the connector's fixtures."""
    own = kind.folder() / "fixtures" / "sandbox.json"
    return (*installed(), read(own)) if own.is_file() else installed()


def record(sandbox: Sandbox, kind: type[Connector], settings: Document, call: Call) -> None:
    """One cassette, with what came of the call when it was played."""
    faults = [{"vendor": kind.name, **call.fault}] if call.fault else []
    sandbox.control("PUT", "/faults", {"faults": faults})
    token = getattr(sandbox.core.settings, kind.name).token
    path = kind.folder() / "cassettes" / f"{call.name}.json"
    with recording(path, sandbox.url, secrets=[token]) as transport:
        outcome(call, made(kind, settings, sandbox.url, token if call.secret else "unknown-credential", transport))
    with replaying(path) as transport:
        found = outcome(call, made(kind, settings, RECORDED_AT, "another-secret", transport))
    document = json.loads(path.read_text(encoding="utf-8"))
    about = {"about": document.pop("about"), "call": call.name, "outcome": found}
    path.write_text(json.dumps({**about, **document}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def made(kind: type[Connector], settings: Document, address: str, secret: str, transport: Transport) -> Connector:
    """The connector, connected to the sandbox at this address."""
    given = {**settings, "api_url": f"{address}/{kind.name}"}
    timeout = Timeout(connect=5, read=10, total=20)
    auth = kind.auth(given, secret)
    client = Client(kind.base_url(given), timeout=timeout, auth=auth, transport=transport, clock=ManualClock(NOW))
    return kind(client, given)


def main(names: list[str]) -> None:
    """Record the named vendors' cassettes, or all."""
    for name in names or RECORDED:
        kind, settings = connector(name)
        for old in (kind.folder() / "cassettes").glob("*.json"):
            old.unlink()
        with running(Settings(seed=11, descriptions=descriptions(kind)), clock=ManualClock(NOW)) as sandbox:
            prepare(sandbox)
            for call in calls(kind):
                record(sandbox, kind, settings, call)
                print(f"{name}: {call.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
