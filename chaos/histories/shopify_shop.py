# Part of Integration Hub. License LGPL-3.0 or later.
"""What plans of a shop have in common: how it is connected, what its webhooks are about, how its people act."""

import json
from collections.abc import Iterable
from typing import Any

import story
from hub_clients import connector_values
from story import History, Part

SIGNED = ("x-shopify-hmac-sha256", "content-length", "host", "accept", "accept-encoding")
MERGED = [f"admin_graphql_api_customer_{one}_id" for one in ("kept", "deleted")]
Doc = dict[str, Any]


class Shop(story.Plan):
    """A shop, connected with the flows that a person is offered."""

    vendor = "shopify"
    scheme = "shopify"
    settings = {"bucket_size": 1e9, "restore_rate": 1e9, "rest_bucket": 1e9}
    exact_to = 1.0  # what happens to an object within a second has one `updated_at`

    def connect(self) -> int:
        """By the wizard."""
        return self.odoo.connect("shopify", "Shop", connector_values(self.sandbox, "shopify"))

    def parts(self, body: bytes, headers: dict[str, str]) -> Iterable[Part]:
        """One, about one object; of a merge about two."""
        kept = {name: value for name, value in headers.items() if name.lower() not in SIGNED}
        topic = next(value for name, value in headers.items() if name.lower() == "x-shopify-topic")
        said = json.loads(body)
        numbers = [str(said["id"])] if "id" in said else [said[name].rpartition("/")[2] for name in MERGED]
        kind = topic.partition("/")[0]
        yield Part(body, kept, {f"{kind}:{number}" for number in numbers}, f"{topic} {' '.join(numbers)}")

    def act(self, method: str, path: str, values: Doc | None = None) -> Any:
        """What a person does at the shop's screens."""
        return self.sandbox.control(method, f"/shopify/{path}", values or {})

    def there(self, kind: str) -> dict[int, Doc]:
        """The shop's objects of a kind, by their numbers."""
        return {one["id"]: one for one in self.sandbox.control("GET", f"/objects/shopify/{kind}")["objects"]}

    def links(self) -> dict[str, Doc]:
        """Odoo's links with the shop, by the remote id."""
        fields = ["external_id", "res_model", "res_id", "deleted_at", "merged_into_id"]
        found = self.odoo.search("integration.binding", [("system_id", "=", self.system)], fields)
        return {link["external_id"]: link for link in found}


def differing(sides: Any, histories: list[History]) -> dict[int, list[str]]:
    """What `sides.of(history)` says, in words, by the seeds of those of which it says anything."""
    found = {history.seed: sides.of(history) for history in histories}
    return {seed: words for seed, words in found.items() if words}


def was_told(history: History, words: str) -> bool:
    """Whether a webhook arrived: nothing else tells of some things."""
    return f"  ({words} is delivered)" in history.told
