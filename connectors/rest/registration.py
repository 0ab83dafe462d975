# Part of Integration Hub. License LGPL-3.0 or later.
"""How webhooks are registered in a REST API, as values: where they are listed, made and removed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ..connector import RegisteredWebhook, Settings
from ..errors import ConfigurationError
from ..registration import OwnSecrets
from . import templates
from .answers import unexpected
from .paths import identifier, reader
from .resource import Call, Listing

_PLACES = ("payload.address", "payload.topic", "payload.topics", "payload.secret")
_TOPIC = frozenset(_PLACES[1:3])


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What the API keeps of a webhook. `list` gives all of them, `create` makes one, `remove` (`{id}`) ends one.

    In what `create` sends, `{payload.address}` is ours, `{payload.topic}` one topic or `{payload.topics}` a list of
    them, and `{payload.secret}` a new secret that it is to sign with. `id`, `address` and `topics` are paths in an item
    of the list and in the answer to `create`; `secret` is one in that answer, where the API chooses the secret. Topics
    are a text or a list of texts. `known` are the topics there are, where flows may name them by patterns.
    """

    list: Listing
    create: Call
    remove: Call
    id: str = "id"
    address: str = "address"
    topics: str = "topics"
    secret: str = ""
    known: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for path in (self.id, self.address, self.topics, self.secret):
            reader(path)
        used = {name for name in self._places() if name.startswith("payload.")}
        if unknown := sorted(used - set(_PLACES)):
            raise _wrong(f"there is nothing to fill in for {{{unknown[0]}}}", f"Use: {', '.join(_PLACES)}.")
        if "payload.address" not in used or len(used & _TOPIC) != 1:
            raise _wrong(
                "a new webhook needs {payload.address}, and {payload.topic} or {payload.topics}",
                "Add them to the body or the parameters of “create”.",
            )
        if self.own_secrets and not self.together:
            raise _wrong(
                "each topic would have a secret of its own, and one address is verified with one",
                "Use {payload.topics}, or a secret that the API has for the whole account.",
            )

    @property
    def together(self) -> bool:
        """Whether one webhook takes several topics."""
        return "payload.topics" in self._places()

    @property
    def own_secrets(self) -> OwnSecrets:
        """Whether registering decides the secret, and who chooses it."""
        if self.secret:
            return "told"
        return "given" if "payload.secret" in self._places() else ""

    def request(
        self, address: str, topics: Collection[str], secret: str, settings: Settings
    ) -> tuple[str, str, dict[str, Any]]:
        """Method, path and options of the request that makes a webhook."""
        ordered = sorted(topics)
        payload = {"address": address, "topic": ordered[0], "topics": ordered, "secret": secret}
        values = {"settings": settings, "payload": payload}
        path = templates.fill_path(self.create.path, values)
        options: dict[str, Any] = {"params": templates.fill(self.create.params, values)}
        if self.create.body:
            options["json"] = templates.fill(self.create.body, values)
        return self.create.method or "POST", path, options

    def made(self, document: Any, address: str, topics: Collection[str], secret: str, who: str) -> RegisteredWebhook:
        """The webhook in the answer to `create`; what the answer leaves out is as it was asked for. Raises BadResponse.

        The id has to be there, and the secret where the API chooses it.
        """
        item = reader(self.create.item)(document)
        found = identifier(reader(self.id)(item)) if isinstance(item, dict) else ""
        told = reader(self.secret)(item) if self.secret and isinstance(item, dict) else secret
        if not found or (self.secret and not (isinstance(told, str) and told)):
            raise unexpected(who, "a webhook with its id" + (" and its secret" if self.secret else ""))
        return RegisteredWebhook(found, address, tuple(sorted(topics)), told if self.own_secrets else "")

    def read(self, item: Any, who: str) -> RegisteredWebhook:
        """The webhook that an item of the list is. Raises BadResponse."""
        found = identifier(reader(self.id)(item)) if isinstance(item, dict) else ""
        address = reader(self.address)(item)
        topics = reader(self.topics)(item)
        several = topics if isinstance(topics, list) else [topics]
        if not found or not isinstance(address, str) or not all(isinstance(topic, str) for topic in several):
            raise unexpected(who, "a list of webhooks, each with id, address and topics")
        return RegisteredWebhook(found, address, tuple(sorted(several)))

    def _places(self) -> Collection[str]:
        return templates.places([self.create.path, self.create.params, self.create.body])


def checked(listing: Mapping[str, Any]) -> Listing:
    """The listing of a definition; webhooks are not listed by their changes. Raises ConfigurationError."""
    if "since" in listing:
        raise _wrong("webhooks are not listed by their changes", "Leave “since” out.")
    return Listing(**listing)


def _wrong(problem: str, hint: str) -> ConfigurationError:
    message = f"Webhooks cannot be registered like this: {problem}"
    return ConfigurationError(message, code="invalid-definition", hint=hint)
