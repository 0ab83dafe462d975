# Part of Integration Hub. License LGPL-3.0 or later.
"""Bulk reading of a vendor that has no bulk operations: its lists, with a state to go on from."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from integration_hub_connectors.connector import BulkPage
from integration_hub_connectors.errors import ConfigurationError, ServerFault
from integration_hub_connectors.testing.transport import ScriptedTransport, answer, client
from integration_hub_connectors.vendors.hubspot import HubSpot

SINCE = "2025-01-01T00:00:00Z"


def contact(number: int) -> dict[str, Any]:
    moment = "2025-09-02T08:12:44.120Z"
    return {"id": str(number), "properties": {}, "createdAt": moment, "updatedAt": moment, "archived": False}


def page(*numbers: int, after: str | None = None) -> Any:
    paging = {"paging": {"next": {"after": after}}} if after else {}
    return answer({"results": [contact(number) for number in numbers], **paging})


def hubspot(*answers: Any) -> tuple[HubSpot, ScriptedTransport]:
    transport = ScriptedTransport(*answers)
    return HubSpot(client(transport), {}), transport


def ids(pages: Iterator[BulkPage]) -> list[str]:
    return [item["id"] for found in pages for item in found.items]


def test_the_pages_are_those_of_the_list() -> None:
    made, transport = hubspot(page(1, 2, after="2"), page(3, after="3"), page(4))
    pages = list(made.bulk("contact"))
    assert ids(iter(pages)) == ["1", "2", "3", "4"]
    assert [found.last for found in pages] == [False, False, True]
    assert len(transport.requests) == 3


def test_it_goes_on_after_the_page_whose_state_was_stored() -> None:
    made, _transport = hubspot(page(1, 2, after="2"), answer({}, 503))
    pages = made.bulk("contact")
    state = json.loads(json.dumps(next(pages).state))
    with pytest.raises(ServerFault):
        next(pages)
    again, transport = hubspot(page(3))
    (last,) = again.bulk("contact", state=state)
    assert [item["id"] for item in last.items] == ["3"] and "after=2" in transport.requests[0].url
    assert list(again.bulk("contact", state=last.state)) == []


def test_a_page_is_asked_for_when_the_one_before_was_taken() -> None:
    made, transport = hubspot(page(1, after="1"), page(2))
    pages = made.bulk("contact")
    assert not transport.requests
    next(pages)
    assert len(transport.requests) == 1


def test_a_state_belongs_to_its_reading() -> None:
    made, transport = hubspot(page(1, after="1"))
    state = next(made.bulk("contact")).state
    for kind, since in (("company", None), ("contact", SINCE)):
        with pytest.raises(ConfigurationError) as caught:
            next(made.bulk(kind, since=since, state=state))
        assert caught.value.code == "foreign-state"
    assert len(transport.requests) == 1


def test_an_unknown_object_type_is_refused() -> None:
    made, transport = hubspot(page(1))
    with pytest.raises(ConfigurationError) as caught:
        next(made.bulk("unheard_of"))
    assert caught.value.code == "unknown-object-type"
    assert not transport.requests


def test_items_stay_out_of_repr() -> None:
    made, _transport = hubspot(page(77))
    assert "77" not in repr(next(made.bulk("contact")))


def test_a_vendor_without_limits_of_its_own_is_not_paced() -> None:
    inner = ScriptedTransport(page(1))
    assert HubSpot.paced(inner, clock=None, store=None, key="x") is inner  # type: ignore[arg-type]
