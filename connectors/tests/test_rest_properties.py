# Part of Integration Hub. License LGPL-3.0 or later.
"""Whatever an API answers or sends, a description makes objects, notifications or errors of it: nothing else."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from integration_hub_connectors import registry
from integration_hub_connectors.connector import Notification, Page, PushResult
from integration_hub_connectors.errors import HubError
from integration_hub_connectors.http import Headers, Response
from integration_hub_connectors.testing.transport import ScriptedTransport, client
from integration_hub_connectors.vendors.generic_rest import GenericRest

DEFINITION = json.loads((GenericRest.folder() / "fixtures" / "definition.json").read_text(encoding="utf-8"))
KIND = registry.get("generic_rest", {"definition": DEFINITION})
NAMES = st.sampled_from(
    (
        *("id", "guest", "guests", "links", "next", "event", "guest.changed", "guest.deleted", "house.changed"),
        *("message_id", "house_id", "sent_at", "changed_at", "2026-02-03T09:00:00Z", "/v2/guests?page=2", "51"),
    )
)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | NAMES
)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(), inner, max_size=6),
    max_leaves=25,
)


@settings(max_examples=60)
@given(DOCUMENTS, st.dictionaries(st.text(), st.text(), max_size=3))
def test_any_webhook_is_notifications_or_a_refusal(document: Any, headers: dict[str, str]) -> None:
    try:
        found = KIND.parse_webhook(headers, document)
    except HubError as error:
        assert error.code and error.message
        return
    for each in found:
        assert isinstance(each, Notification) and each.topic and isinstance(each.payload, dict)
        assert bool(each.object_type) is bool(each.external_id)
        assert each.partition_key == (
            f"{each.object_type}:{each.external_id}" if each.object_type else f"topic:{each.topic}"
        )


@settings(max_examples=60)
@given(DOCUMENTS)
def test_any_answer_is_what_was_asked_for_or_an_error(document: Any) -> None:
    answer = Response(200, Headers({"Content-Type": "application/json"}), json.dumps(document).encode())
    made = KIND(client(ScriptedTransport(answer), "https://api.bookings.example/v2"), {"definition": DEFINITION})
    for call, kind in (
        (lambda: made.fetch("guest", "51"), dict),
        (lambda: made.list("guest"), Page),
        (lambda: made.list("house"), Page),
        (lambda: made.push("guest", {"email": "a@example.com"}), PushResult),
        (lambda: made.push("guest", {"email": "a@example.com"}, external_id="51"), PushResult),
    ):
        try:
            found = call()
        except HubError as error:
            assert error.code and error.message
            continue
        assert isinstance(found, kind), "an answer with status 200 is never an absence"
        if isinstance(found, Page):
            assert all(isinstance(item, dict) for item in found.items)
        if isinstance(found, PushResult):
            assert found.external_id
