# Part of Integration Hub. License LGPL-3.0 or later.
"""Webhooks registered in the shop: one for each topic, signed with the app's client secret.

Shopify gives the webhooks of this app and shop only, and deletes one whose deliveries failed eight times in a row.
Sources: https://shopify.dev/docs/api/admin-graphql/2025-10/mutations/webhookSubscriptionCreate
(webhookSubscriptionDelete), …/queries/webhookSubscriptions, https://shopify.dev/docs/apps/build/webhooks/subscribe
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...connector_values import RegisteredWebhook, Webhooks
from ...errors import BadResponse, ConfigurationError, HubError, Rejected
from ...http import Client
from . import queries
from .catalogue import TOPIC_SCOPES, TOPICS

_PAGE_SIZE = 100
_PREFIX = "gid://shopify/WebhookSubscription/"
_BY_ENUM = {topic.upper().replace("/", "_"): topic for topic in TOPICS}


def registered(client: Client) -> Webhooks:
    """Every webhook of this app in the shop."""
    found: Webhooks = []
    after: str | None = None
    while True:
        data = queries.run(client, "webhook_subscriptions", first=_PAGE_SIZE, after=after)
        nodes, after = queries.connection(data, "webhookSubscriptions", after)
        found += map(_webhook, nodes)
        if after is None:
            return found


def register(client: Client, address: str, topic: str) -> RegisteredWebhook:
    """A webhook for the topic; of one that is refused because it is there already, that one. Raises Rejected."""
    made = queries.run(
        client,
        "webhook_subscription_create",
        topic=topic.upper().replace("/", "_"),
        webhookSubscription={"uri": address, "format": "JSON"},
    )
    answer = queries.member(made, "webhookSubscriptionCreate")
    problems = queries.member(answer, "userErrors")
    if not problems:
        return _webhook(queries.member(answer, "webhookSubscription"))
    for found in registered(client):
        if (found.address, found.topics) == (address, (topic,)):
            return found
    raise _refusal(topic, problems)


def remove(client: Client, identifier: str) -> None:
    """End a webhook. Raises ConfigurationError for what is no id of one."""
    number = identifier.removeprefix(_PREFIX)
    if not (number.isascii() and number.isdigit()):
        raise ConfigurationError(f"{identifier!r} is not the id of a webhook of Shopify.", code="invalid-identifier")
    gone = queries.run(client, "webhook_subscription_delete", id=_PREFIX + number)
    problems = queries.member(queries.member(gone, "webhookSubscriptionDelete"), "userErrors")
    if problems:
        for found in registered(client):
            if found.id == _PREFIX + number:
                raise _refusal(found.topics[0], problems)


def _webhook(node: Any) -> RegisteredWebhook:
    identifier, topic, address = (queries.member(node, name) for name in ("id", "topic", "uri"))
    if not all(isinstance(value, str) for value in (identifier, topic, address)):
        raise BadResponse("Shopify's answer does not describe a webhook.", code="bad-node")
    return RegisteredWebhook(identifier, address, (_BY_ENUM.get(topic, topic),))


def _refusal(topic: str, problems: Any) -> HubError:
    """What Shopify says, and what helps: an address is named by its field, all else is about what the app may read."""
    known = [problem for problem in problems if isinstance(problem, Mapping)] if isinstance(problems, list) else []
    said = "; ".join(str(problem.get("message")).rstrip(".") for problem in known) or "no reason given"
    if any("callbackUrl" in (problem.get("field") or ()) for problem in known):
        hint = "Give Odoo a public address with https, then register the webhooks again."
    else:
        scope = TOPIC_SCOPES.get(topic) or f"read_{topic.partition('/')[0]}"
        hint = (
            f"Grant the app the access scope {scope} (for orders and customers also access to "
            "protected customer data), and install it again."
        )
    return Rejected(f"Shopify refuses the webhook: {said}.", status=200, code="user-errors", hint=hint)
