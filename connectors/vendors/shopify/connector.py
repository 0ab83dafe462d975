# Part of Integration Hub. License LGPL-3.0 or later.
"""Shopify's Admin API: GraphQL to read and write, webhooks in the REST resource's shape.

Sources: https://shopify.dev/docs/api/admin-graphql/2025-10, https://shopify.dev/docs/apps/build/webhooks
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from ... import moments
from ...auth import Auth, Exchange, HeaderKey
from ...clock import Clock
from ...connector import (
    BulkPage,
    CheckResult,
    Connector,
    Document,
    Notifications,
    Page,
    PushResult,
    RegisteredWebhook,
    Settings,
    Webhooks,
)  # fmt: skip
from ...errors import BadResponse, ConfigurationError, NotFound
from ...http import Transport
from ...resilience import Points, Store
from . import (
    bulk,
    catalogue,
    customers,
    fulfillments,
    inventory,
    notifications,
    order_parts,
    queries,
    resource,
    webhooks,
)
from .throttle import DEAREST_QUERY, ThrottledTransport

_SHOP = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com")
_SHOP_HINT = "Enter the permanent myshopify.com address, not the shop's public domain."
_LISTS = {"order": "orders", "customer": "customers", "product": "products"}
_IN_BULK = frozenset(_LISTS)
_NESTED = {"order": ("lineItems", "order_lines"), "product": ("variants", "product_variants")}
_PAGE_SIZE = {"order": 10, "customer": 50, "product": 10}
"""Objects a page: an order with all its lines costs many of the points that Shopify grants a second."""

_DELETIONS = 250
_MOST_PARTS = 50
"""Shipments, and refunds, that are read of an order."""

Nodes = list[Document]  # named, since `Connector.list` hides the builtin inside the class


class Shopify(Connector):
    """A shop on Shopify, reached with an app's Admin API access token."""

    name = "shopify"
    title = "Shopify"
    summary = "Orders, customers and products of an online shop; customers both ways; stock and shipments out"
    docs_url = "https://shopify.dev/docs/api/admin-graphql/2025-10"
    scheme = "shopify"
    settings = catalogue.SETTINGS
    objects = catalogue.OBJECTS
    flow_templates = catalogue.FLOW_TEMPLATES
    ownership = catalogue.OWNERSHIP
    webhooks_by_hand = ""
    webhook_topics = tuple(catalogue.TOPICS)
    scopes = catalogue.SCOPES
    keys_at = catalogue.KEYS_AT
    api_version = queries.API_VERSION
    # https://shopify.dev/docs/api/usage/versioning: a year after its release; then the oldest one left answers instead
    api_version_ends = date(2026, 10, 1)
    api_version_header = "X-Shopify-API-Version"
    proofs = catalogue.PROOFS

    @classmethod
    def base_url(cls, settings: Mapping[str, str]) -> str:
        """`api_url` if given, else https://<shop>. The shop may be pasted with https:// or a path."""
        if given := settings.get("api_url", "").strip().rstrip("/"):
            return given
        shop = _domain(settings)
        if not _SHOP.fullmatch(shop):
            raise ConfigurationError(
                "The shop address is not of the form my-shop.myshopify.com.",
                code="invalid-shop",
                hint=_SHOP_HINT,
            )
        return f"https://{shop}"

    @classmethod
    def page(cls, settings: Settings, object_type: str, external_id: str) -> str:
        """The object in the shop's admin."""
        shop, kind = _domain(settings), _LISTS.get(object_type)
        return f"https://{shop}/admin/{kind}/{external_id.rpartition('/')[2]}" if kind and _SHOP.fullmatch(shop) else ""

    @classmethod
    def auth(cls, settings: Settings, secret: str, exchange: Exchange | None = None) -> Auth:
        """The access token, in Shopify's own header."""
        return HeaderKey("X-Shopify-Access-Token", secret)

    @classmethod
    def paced(cls, inner: Transport, *, clock: Clock, store: Store, key: str, reserve: float = 0.0) -> Transport:
        """No query is sent before the points that it costs are there."""
        return ThrottledTransport(inner, Points(store, key, unknown=DEAREST_QUERY, reserve=reserve), clock=clock)

    def check(self) -> CheckResult:
        """Read the shop and the scopes granted to the app. Raises ConfigurationError: no shop there, or another one."""
        try:
            data = queries.run(self.client, "check")
        except NotFound as error:
            raise ConfigurationError(
                f"There is no shop at {self.client.base_url}.", code="no-such-shop", hint=_SHOP_HINT
            ) from error
        try:
            shop = data["shop"]
            granted = {scope["handle"] for scope in data["currentAppInstallation"]["accessScopes"]}
            account, domain = str(shop["name"]), str(shop["myshopifyDomain"])
            details = {"currency": str(shop["currencyCode"]), "timezone": str(shop["ianaTimezone"])}
        except (KeyError, TypeError) as error:
            raise BadResponse("Shopify's answer does not describe a shop.", code="bad-node") from error
        if (given := _domain(self.options)) and given != domain:
            raise ConfigurationError(
                f"The access token opens the shop {account} ({domain}), not {given}.",
                code="another-shop",
                hint="Enter the token of that shop's own app, or correct the shop address.",
            )
        missing = (s.name for s in self.scopes if not {s.name, s.name.replace("read_", "write_")} & granted)
        return CheckResult(account, {**details, "api_version": queries.API_VERSION}, tuple(missing))

    @classmethod
    def parse_webhook(cls, headers: Mapping[str, str], document: Any) -> Notifications:
        """One with the whole resource, of a deleted object with its id only; two where customers are merged."""
        return notifications.parse(headers, document)

    def fetch(self, object_type: str, external_id: str) -> Document | None:
        """The resource as `<object>/updated` carries it, with all its lines or variants."""
        self._readable(object_type)
        gid = notifications.gid(object_type, external_id)
        node = queries.member(queries.run(self.client, object_type, id=gid), object_type)
        return None if node is None else self._resource(object_type, node)

    def bulk(self, object_type: str, *, since: str | None = None, state: Document | None = None) -> Iterator[BulkPage]:
        """By Shopify's bulk operation: a query it runs in the background, its result read while it arrives."""
        self._readable(object_type)
        if object_type not in _IN_BULK:
            yield from super().bulk(object_type, since=since, state=state)
            return
        found = self._bulk_state(object_type, since, state)
        if found.get("done"):
            return
        query = queries.bulk_document(object_type, _changed(since))
        children = _NESTED[object_type][0] if object_type in _NESTED else None
        for step in bulk.read(self.client, query, children, found):
            yield BulkPage(self._completed(object_type, step.nodes), step.state, step.last)

    def list(self, object_type: str, *, cursor: str | None = None, since: str | None = None) -> Page:
        """Objects in the order of their last change. Shopify ends a list after 25 000 objects."""
        self._readable(object_type)
        if object_type == "location":
            return inventory.locations(self.client, cursor, since)
        many = _LISTS[object_type]
        data = queries.run(self.client, many, first=_PAGE_SIZE[object_type], after=cursor, query=_changed(since))
        nodes, after = queries.connection(data, many)
        resources = (self._resource(object_type, node) for node in nodes)
        return Page([found for found in resources if found is not None], after)

    def deletions(self, object_type: str, *, cursor: str | None = None, since: str | None = None) -> Page:
        """The ids of deleted products, from the shop's events: nothing else is left of them."""
        if not self.object_type(object_type).deletions:
            raise self._unsupported("list deleted", object_type)
        wanted = f"action:destroy AND subject_type:{object_type.upper()}"
        if since:
            wanted += f" AND created_at:>='{moments.normal(since)}'"
        data = queries.run(self.client, "deletions", first=_DELETIONS, after=cursor, query=wanted)
        nodes, after = queries.connection(data, "events")
        return Page([{"id": str(queries.member(node, "subjectId"))} for node in nodes], after)

    def push(
        self,
        object_type: str,
        payload: Document,
        *,
        external_id: str | None = None,
        idempotency_key: str | None = None,
        in_doubt: bool = False,
    ) -> PushResult:
        """Bring a customer or a shipment: Shopify has no idempotency keys, so what is there is looked at first."""
        self._writable(object_type, "write")
        if object_type == "fulfillment":
            return fulfillments.push(self.client, payload, external_id)
        if object_type == "inventory":
            return inventory.push(self.client, payload, external_id)
        return customers.push(self.client, payload, external_id)

    def held(self, object_type: str, *, cursor: str | None = None) -> Page:
        """The stock levels of some variants, in the order of their ids."""
        if object_type != "inventory":
            return super().held(object_type, cursor=cursor)
        return inventory.held(self.client, cursor)

    @classmethod
    def holds(cls, object_type: str, document: Document, payload: Document) -> bool:
        """Whether each level is what it is to be, in whole pieces. Of what is not tracked none is."""
        if object_type != "inventory":
            return super().holds(object_type, document, payload)
        return inventory.holds(document, payload)

    def delete(self, object_type: str, external_id: str) -> None:
        """Delete a customer; Shopify keeps those who have placed orders (Rejected)."""
        self._writable(object_type, "delete")
        if object_type != "customer":
            raise self._unsupported("delete", object_type)
        customers.delete(self.client, external_id)

    def list_webhooks(self) -> Webhooks:
        """Those of this app; what was made under Settings, Notifications is not told."""
        return webhooks.registered(self.client)

    def register_webhook(self, address: str, topics: Collection[str], *, secret: str = "") -> RegisteredWebhook:
        """One topic's webhook; Shopify signs it with the app's client secret."""
        (topic,) = topics
        return webhooks.register(self.client, address, topic)

    def remove_webhook(self, identifier: str) -> None:
        """End the delivery."""
        webhooks.remove(self.client, identifier)

    def _readable(self, object_type: str) -> None:
        if not self.object_type(object_type).fetchable:
            raise self._unsupported("read", object_type)

    def _writable(self, object_type: str, action: str) -> None:
        if not self.object_type(object_type).writable:
            raise self._unsupported(action, object_type)

    def _completed(self, object_type: str, nodes: Nodes) -> Nodes:
        """Bulk nodes as resources. Orders' shipping lines have no ids, so bulk operations cannot read them: they are
        asked for here, a page of orders at once. An order deleted meanwhile is left out.
        """
        if object_type == "order" and nodes:
            identifiers = [str(queries.member(node, "id")) for node in nodes]
            found = queries.member(queries.run(self.client, "order_shipping", ids=identifiers), "nodes")
            if not isinstance(found, list) or len(found) != len(nodes):
                raise BadResponse("Shopify's answer does not have a place for each order.", code="bad-node")
            parts = zip(nodes, found, strict=True)
            nodes = [
                {**node, "shippingLines": queries.member(part, "shippingLines")}
                for node, part in parts
                if part is not None
            ]
        built = (self._built(object_type, node) for node in nodes)
        return [found for found in built if found is not None]

    def _resource(self, object_type: str, node: Any) -> Document | None:
        """The node as a resource, after reading the lines or variants that did not fit its first page.

        None when the object was deleted meanwhile: half an order must not look like a whole one.
        """
        if object_type in _NESTED:
            field, query = _NESTED[object_type]
            items, after = queries.connection(node, field)
            while after is not None:
                data = queries.run(self.client, query, id=queries.member(node, "id"), after=after)
                rest = queries.member(data, object_type)
                if rest is None:
                    return None
                more, after = queries.connection(rest, field, after)
                items += more
            node = {**node, field: {"nodes": items}}
        return self._built(object_type, node)

    def _built(self, object_type: str, node: Document) -> Document | None:
        """The resource of a whole node; of an order that was shipped or refunded, with that. None: it is gone."""
        if object_type == "order" and (queries.member(node, "fulfillments") or queries.member(node, "refunds")):
            data = queries.run(self.client, "order_history", id=queries.member(node, "id"), parts=_MOST_PARTS)
            history = queries.member(data, "order")
            if history is None:
                return None
            node = order_parts.whole(node, history, _MOST_PARTS)
        return resource.build(object_type, node)


def _domain(settings: Mapping[str, str]) -> str:
    return settings.get("shop", "").strip().lower().removeprefix("https://").partition("/")[0]


def _changed(since: str | None) -> str | None:
    """Shopify's search for what changed at or after a moment. Source: https://shopify.dev/docs/api/usage/search-syntax"""
    return f"updated_at:>='{moments.normal(since)}'" if since else None
