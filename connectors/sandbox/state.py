# Part of Integration Hub. License LGPL-3.0 or later.
"""The optional state file: a sandbox that is stopped and started again remembers its objects and subscriptions."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path

from ..errors import ConfigurationError
from .core.store import Store
from .core.webhooks import Subscription, WebhookSender

DEBOUNCE = 0.5


class StateFile:
    """Writes the state to a file a moment after it changed, never half a file."""

    def __init__(self, path: Path, store: Store, sender: WebhookSender, vendors: Collection[str]) -> None:
        self._path = path
        self._vendors = vendors
        self._store = store
        self._sender = sender
        self._timer: asyncio.TimerHandle | None = None

    def load(self) -> Collection[str]:
        """Take the state over, and return the vendors that it is of; none when there is no file yet.

        Raises ConfigurationError: the file is no state of this sandbox.
        """
        if not self._path.exists():
            return ()
        try:
            document = json.loads(self._path.read_text(encoding="utf-8"))
            self._store.load(document["store"])
            for values in document["subscriptions"]:
                self._sender.subscribe(Subscription(**{**values, "topics": tuple(values["topics"])}))
            return {*document.get("vendors", ()), *(table["vendor"] for table in document["store"]["tables"])}
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
            raise ConfigurationError(
                f"{self._path} is not a state file of the sandbox: {error}",
                code="invalid-state-file",
                hint="Delete the file to start with fresh data, or name another one.",
            ) from error

    def changed(self) -> None:
        """Write soon; many changes make one write."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(DEBOUNCE, self.save)

    def save(self) -> None:
        """Write now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        subscriptions = [asdict(subscription) for subscription in self._sender.subscriptions()]
        document = {"store": self._store.dump(), "subscriptions": subscriptions, "vendors": list(self._vendors)}
        temporary = self._path.with_name(f"{self._path.name}.new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(document, file)
        temporary.replace(self._path)
