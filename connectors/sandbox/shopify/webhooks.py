# Part of Integration Hub. License LGPL-3.0 or later.
"""Webhooks that apps register by GraphQL; the description's `webhooks.registered` delivers to them.

A topic needs the scope to read its objects. The sentences of refusals are what people have quoted. Unlike Shopify, the
sandbox delivers to http addresses too, as long as its setting `http_webhooks` says so.
Source: https://shopify.dev/docs/api/admin-graphql/2025-10/mutations/webhookSubscriptionCreate
(webhookSubscriptionDelete), …/queries/webhookSubscriptions
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..core.vendor import Core
from .connections import connection, parse_gid
from .parts import utc
from .shared import epoch, gid, timestamp
from .shop import NAME

KIND = "webhook_subscription"
SCOPES = {"customers/merge": "read_customer_merge"}
_SORTED: dict[str, Callable[[Any], tuple[Any, ...]]] = {
    "CREATED_AT": lambda doc: (epoch(doc["created_at"]), doc["id"]),
    "ID": lambda doc: (doc["id"],),
}
Doc = dict[str, Any]


class WebhookSubscriptions:
    """The resolvers."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def fields(self) -> dict[str, Callable[..., Any]]:
        """The queries and mutations."""
        return {
            "webhookSubscription": lambda _info, **given: self._one(given["id"]),
            "webhookSubscriptions": lambda _info, **given: self._many(given),
            "webhookSubscriptionCreate": lambda _info, **given: self._create(given),
            "webhookSubscriptionDelete": lambda _info, **given: self._delete(given["id"]),
        }

    def _all(self) -> list[Doc]:
        return self._core.store.all(NAME, KIND)

    def _one(self, global_id: str) -> Doc | None:
        found = self._core.store.get(NAME, KIND, parse_gid(global_id)[1])
        return found and _view(found)

    def _many(self, given: Mapping[str, Any]) -> Any:
        topics, address = given.get("topics"), given.get("uri")
        found = [
            doc
            for doc in self._all()
            if (not topics or _enum(doc["topic"]) in topics) and (address is None or doc["uri"] == address)
        ]
        page = {name: given[name] for name in ("first", "after", "last", "before", "reverse") if name in given}
        return connection(found, _view, _SORTED[given.get("sortKey", "CREATED_AT")], **page)

    def _create(self, given: Mapping[str, Any]) -> Doc:
        wanted = given["webhookSubscription"]
        address, topic = wanted.get("uri") or "", given["topic"].lower().replace("_", "/", 1)
        problems = [*self._topic_problems(topic), *self._address_problems(address, topic)]
        if problems:
            return {"webhookSubscription": None, "userErrors": problems}
        now = timestamp(self._core.clock.now())
        made = {"id": self._core.store.next_id(), "topic": topic, "uri": address, "created_at": now}
        made |= {"include_fields": wanted.get("includeFields") or [], "filter": wanted.get("filter")}
        self._core.store.put(NAME, KIND, str(made["id"]), made)
        return {"webhookSubscription": _view(made), "userErrors": []}

    def _delete(self, global_id: str) -> Doc:
        gone = self._core.store.remove(NAME, KIND, parse_gid(global_id)[1])
        problems = [] if gone else [_problem(["id"], "Webhook subscription does not exist")]
        return {"deletedWebhookSubscriptionId": global_id if gone else None, "userErrors": problems}

    def _topic_problems(self, topic: str) -> list[Doc]:
        scope = SCOPES.get(topic) or f"read_{topic.partition('/')[0]}"
        granted = self._core.settings.shopify.scopes
        if topic.startswith("app/") or scope in granted or scope.replace("read_", "write_") in granted:
            return []
        return [_problem(["topic"], "You cannot create a webhook subscription with the specified topic")]

    def _address_problems(self, address: str, topic: str) -> list[Doc]:
        where = ["webhookSubscription", "callbackUrl"]
        allowed = ("https://", "http://") if self._core.settings.shopify.http_webhooks else ("https://",)
        if not address:
            return [_problem(where, "Address can't be blank")]
        if not address.startswith(allowed):
            return [_problem(where, f"Address protocol {address.partition('//')[0]}// is not supported")]
        if any((doc["topic"], doc["uri"]) == (topic, address) for doc in self._all()):
            return [_problem(where, "Address for this topic has already been taken")]
        return []


def _enum(topic: str) -> str:
    return topic.upper().replace("/", "_")


def _problem(field: list[str], message: str) -> Doc:
    return {"field": field, "message": message}


def _view(found: Doc) -> Doc:
    return {
        "__typename": "WebhookSubscription",
        "id": gid("WebhookSubscription", found["id"]),
        "legacyResourceId": str(found["id"]),
        "topic": _enum(found["topic"]),
        "uri": found["uri"],
        "format": "JSON",
        "includeFields": found["include_fields"],
        "filter": found["filter"],
        "createdAt": utc(found["created_at"]),
        "updatedAt": utc(found["created_at"]),
    }
