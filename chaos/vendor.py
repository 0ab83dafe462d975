# Part of Integration Hub. License LGPL-3.0 or later.
"""The sandbox, as `hub sandbox` serves it, with a witness:  vendor.py PORT STATE JOURNAL.

The witness writes down what becomes of the CRM's objects in the moment in which it does: the sandbox's own journal
keeps 5 000 entries, and no values.
"""

import sys
from pathlib import Path
from typing import Any

from integration_hub_connectors.sandbox.core.store import Store
from integration_hub_connectors.sandbox.server import serve
from journal import Journal

VENDOR, KINDS = "hubspot", ("contact", "company")


def witness(journal: Journal) -> None:
    """Lets the sandbox write down every object of the CRM that is put."""
    put = Store.put

    def noted_put(self: Store, vendor: str, kind: str, key: str, document: dict[str, Any]) -> None:
        put(self, vendor, kind, key, document)
        if vendor == VENDOR and kind in KINDS:
            said = document["properties"]
            identity = said.get("email") if kind == "contact" else said.get("domain")
            journal.add("put", kind=kind, id=key, identity=identity, mark=said.get("phone"))

    Store.put = noted_put  # type: ignore[method-assign]


if __name__ == "__main__":
    port, state, path = sys.argv[1:]
    witness(Journal(Path(path)))
    serve("127.0.0.1", int(port), Path(state))
