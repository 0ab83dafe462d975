# Part of Integration Hub. License LGPL-3.0 or later.
"""Webhooks registered through the vendor's API: what a connector offers, and how an address is brought in step with it.

A vendor forgets webhooks (Shopify after eight failed deliveries), so that whoever registers them looks again from time
to time: `settle` may be repeated, and does then what is missing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from .connector_values import RegisteredWebhook, Webhooks
from .errors import ConfigurationError, Conflict, HubError, Rejected, Unauthorized
from .http import AddressGuard

_PRIVATE_NAMES = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".corp", ".intranet")
OwnSecrets = Literal["", "given", "told"]
"""Whether a webhook has a secret of its own: no; yes, and we choose it; yes, and the vendor tells it once."""


class WebhookRegistration:
    """The part of a connector that registers webhooks; unless it is overridden, a person does it."""

    title: ClassVar[str]
    webhooks_by_hand: ClassVar[str] = "Enter this address where the other system keeps its webhooks, for these events."
    """What a person does there; "" where `register_webhook` does it."""
    webhook_topics: ClassVar[tuple[str, ...]] = ()
    """The topics that can be registered; none are named where any may be."""
    topics_together: ClassVar[bool] = False
    """Whether one webhook delivers several topics; else each topic has a webhook of its own."""
    own_secrets: ClassVar[OwnSecrets] = ""
    """Whether registering a webhook decides the secret that it signs with: who does not have it registers anew."""

    @classmethod
    def topics_for(cls, patterns: Iterable[str]) -> tuple[str, ...]:
        """The vendor's topics that any of the patterns (`*`, `?`) takes, each once. Raises ConfigurationError.

        Code unknown-topic: a pattern takes none of them, or has to be written out.
        """
        found: dict[str, None] = {}
        for pattern in patterns:
            taken = [topic for topic in cls.webhook_topics if fnmatchcase(topic, pattern)]
            if not taken and not cls.webhook_topics and not set(pattern) & set("*?["):
                taken = [pattern]
            if not taken:
                known = ", ".join(cls.webhook_topics)
                raise ConfigurationError(
                    f"{cls.title} has no webhook for “{pattern}”.",
                    code="unknown-topic",
                    hint=f"Correct the flow's remote events. There are: {known}." if known else "Write out its events.",
                )
            found |= dict.fromkeys(taken)
        return tuple(found)

    def list_webhooks(self) -> Webhooks:
        """Every webhook that was registered with these credentials, whatever its address."""
        raise self._by_hand()

    def register_webhook(self, address: str, topics: Collection[str], *, secret: str = "") -> RegisteredWebhook:
        """Have these topics delivered to the address; several only where `topics_together`.

        `secret` is what it is to sign with, where `own_secrets` is `given`. Raises Rejected, Conflict, or Unauthorized
        with the code missing-scope, when the vendor does not take the topic or the address.
        """
        raise self._by_hand()

    def remove_webhook(self, identifier: str) -> None:
        """End the delivery; a webhook that is already gone is a success."""
        raise self._by_hand()

    def _by_hand(self) -> ConfigurationError:
        return ConfigurationError(
            f"The webhooks of {self.title} are registered by a person.",
            code="webhooks-by-hand",
            hint=self.webhooks_by_hand,
        )


@dataclass(frozen=True, slots=True)
class Settled:
    """What delivers to an address now, what was done for that, and which topics the vendor refused, with the reason.

    `left` are those of ours that still stand beside `webhooks`: the vendor refused what was to replace them, or they
    could not be removed. `failure` is what it was broken off by; what was done until then is told all the same.
    """

    webhooks: tuple[RegisteredWebhook, ...]
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    refused: Mapping[str, HubError] = field(default_factory=dict)
    left: tuple[RegisteredWebhook, ...] = ()
    failure: HubError | None = None

    @property
    def secret(self) -> str:
        """What the webhooks that were added sign with; "" where that was settled before."""
        return next((found.secret for found in self.webhooks if found.secret), "")


def settle(
    connector: WebhookRegistration,
    address: str,
    topics: Iterable[str],
    *,
    secret: str = "",
    known: Collection[str] = (),
) -> Settled:
    """Have these topics delivered to the address, each once, and nothing else of ours; without topics, nothing at all.

    Repeating it changes nothing. Ours are the webhooks that deliver to the last segment of the address, which is ours
    alone, at any host, and those whose ids are `known` from earlier: what delivers to an earlier address goes once the
    new one is served. Raises HubError as long as nothing has been done; what fails later is the result's `failure`.
    """
    wanted = connector.topics_for(topics)
    together = connector.topics_together
    groups = [tuple(sorted(wanted))] if together and wanted else [(topic,) for topic in wanted]
    there = connector.list_webhooks()
    ours = [found for found in there if _segment(found.address) == _segment(address) or found.id in known]
    right = [found for found in ours if found.address == address and (not connector.own_secrets or found.id in known)]
    kept: dict[tuple[str, ...], RegisteredWebhook] = {}
    for found in right:
        if found.topics in groups:
            kept.setdefault(found.topics, found)
    if connector.own_secrets and len(kept) < len(groups):
        kept = {}  # one address is verified with one secret
    made: list[RegisteredWebhook] = []
    gone: list[RegisteredWebhook] = []
    refused: dict[str, HubError] = {}
    failure = None
    try:
        for group in groups:
            if group not in kept:
                made += _registered(connector, address, group, secret, refused)
        for found in _beside(ours, [*kept.values(), *made]):
            if not refused.keys() & set(found.topics):
                connector.remove_webhook(found.id)
                gone.append(found)
    except HubError as error:
        failure = error
    standing = [*kept.values(), *made]
    left = _beside(ours, [*standing, *gone])
    return Settled(
        tuple(standing),
        added=tuple(sorted(_topics(standing) - _topics(right))),
        removed=tuple(sorted(_topics(gone) - _topics(standing))),
        refused=refused,
        left=tuple(left),
        failure=failure,
    )


def _registered(
    connector: WebhookRegistration, address: str, group: tuple[str, ...], secret: str, refused: dict[str, HubError]
) -> list[RegisteredWebhook]:
    """The webhook for these topics; none where the vendor refuses them, which `refused` then tells."""
    try:
        return [connector.register_webhook(address, group, secret=secret)]
    except HubError as error:
        if not _is_refusal(error):
            raise
        refused |= dict.fromkeys(group, error)
        return []


def _beside(webhooks: Iterable[RegisteredWebhook], others: Iterable[RegisteredWebhook]) -> list[RegisteredWebhook]:
    ids = {found.id for found in others}
    return [found for found in webhooks if found.id not in ids]


def _topics(webhooks: Iterable[RegisteredWebhook]) -> set[str]:
    return {topic for found in webhooks for topic in found.topics}


def unreachable(address: str, api: str) -> Literal["", "no-https", "not-public"]:
    """Why the system whose API is at `api` cannot deliver to an address; "" when nothing speaks against it.

    A system on the public network delivers to public hosts, with https; one in a private network to anybody. Judged by
    the texts alone: no name is resolved.
    """
    if _is_private(api):
        return ""
    if _is_private(address):
        return "not-public"
    return "" if urlsplit(address).scheme == "https" else "no-https"


def _is_private(address: str) -> bool:
    host = (urlsplit(address).hostname or "").rstrip(".")
    if ":" in host or host.replace(".", "").isdigit():
        return not AddressGuard().permits(host)
    return "." not in host or host.endswith(_PRIVATE_NAMES)


def _segment(address: str) -> str:
    return address.rstrip("/").rpartition("/")[2]


def _is_refusal(error: HubError) -> bool:
    """Whether the vendor does not take this webhook, while it may take others."""
    return isinstance(error, Rejected | Conflict) or (isinstance(error, Unauthorized) and error.code == "missing-scope")
