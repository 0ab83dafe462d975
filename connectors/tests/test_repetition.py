# Part of Integration Hub. License LGPL-3.0 or later.
"""What is declared of repeated creations is kept, and the suite that every connector inherits finds out when not."""

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from integration_hub_connectors import registry
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.connector import Connector
from integration_hub_connectors.errors import ConfigurationError, InDoubt, NotFound, Policy
from integration_hub_connectors.sandbox.engine.description import Description, read
from integration_hub_connectors.sandbox.settings import Settings
from integration_hub_connectors.sandbox.testing import running
from integration_hub_connectors.testing.repetition_contract import LOST
from integration_hub_connectors.testing.sandbox_contract import SandboxContract
from integration_hub_connectors.testing.transport import ScriptedTransport, answer, client
from integration_hub_connectors.vendors.generic_rest import GenericRest
from integration_hub_connectors.vendors.hubspot import HubSpot, catalogue

FIXTURES = GenericRest.folder() / "fixtures"
DEFINITION = json.loads((FIXTURES / "definition.json").read_text(encoding="utf-8"))
GUEST = {"full_name": "Mary Jackson", "email": "mary@example.com"}


def described(repetition: str | None, *, find: bool) -> dict[str, Any]:
    """The definition, its guests found before they are created or not."""
    definition = copy.deepcopy(DEFINITION)
    guest = definition["resources"][0]
    if not find:
        del guest["find"]
    if repetition:
        guest["repetition"] = repetition
    return {"definition": definition}


def bookings(*, unique: bool, keys: bool) -> Description:
    """The imitation; it refuses twins or not, and honours idempotency keys or not."""
    found = read(FIXTURES / "sandbox.json")
    document = copy.deepcopy(dict(found.document))
    if not unique:
        del document["types"]["guest"]["unique"]
    if not keys:
        del document["idempotency_header"]
    return replace(found, document=document)


class Bookings(SandboxContract):
    connector = GenericRest
    written: ClassVar = {"guest": (GUEST, {"full_name": "Mary W. Jackson"})}

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings  # type: ignore[misc]


@pytest.mark.parametrize(
    ("repetition", "find", "unique", "keys", "kept"),
    [
        ("idempotency-key", False, False, True, True),
        ("idempotency-key", False, False, False, False),
        ("upsert", False, False, False, False),
        ("lookup", True, False, False, True),
        (None, True, True, False, True),
        ("hold", False, False, False, True),
        (None, False, False, False, True),
    ],
)
def test_the_suite_finds_out_what_is_not_as_it_was_declared(
    repetition: str | None, find: bool, unique: bool, keys: bool, kept: bool
) -> None:
    case = Bookings(described(repetition, find=find))
    with running(Settings(seed=1, descriptions=(bookings(unique=unique, keys=keys),)), clock=ManualClock()) as sandbox:
        if kept:
            for fault in LOST:
                case.test_a_lost_answer_makes_no_second_object(sandbox, fault)
            case.test_what_is_held_is_not_sent(sandbox)
        else:
            with pytest.raises((AssertionError, ValueError)):  # more than one is there
                case.test_a_lost_answer_makes_no_second_object(sandbox, LOST[0])


class SearchedHubSpot(HubSpot):
    """Relies on a search that lags."""

    resources = (catalogue.RESOURCES[0], replace(catalogue.RESOURCES[1], repetition="lookup"))

    @classmethod
    def folder(cls) -> Path:
        return HubSpot.folder()

    @classmethod
    def configured(cls, settings: Any) -> type[Connector]:
        return cls


class Searched(SandboxContract):
    connector = SearchedHubSpot
    written: ClassVar = {"company": ({"properties": {"name": "Langley", "domain": "langley.example"}}, {})}


def test_a_search_that_lags_is_no_look_up() -> None:
    with (
        running(
            Settings(seed=1, descriptions=(read(HubSpot.folder() / "sandbox.json"),)), clock=ManualClock()
        ) as found,
        pytest.raises((AssertionError, ValueError)),
    ):
        Searched().test_a_lost_answer_makes_no_second_object(found, LOST[0])


# -- what a single object lacks ---------------------------------------------------------------------------------------


def guests(settings: dict[str, Any], *answers: Any) -> tuple[Connector, ScriptedTransport]:
    transport = ScriptedTransport(*answers)
    kind = registry.get("generic_rest", settings)
    return kind(client(transport, "https://api.bookings.example"), settings), transport


@pytest.mark.parametrize(
    ("repetition", "find", "payload", "key"),
    [
        ("hold", False, GUEST, "k"),
        (None, False, GUEST, "k"),
        ("lookup", True, {"full_name": "Mary"}, "k"),
        ("idempotency-key", False, GUEST, None),
    ],
)
def test_nothing_is_sent_that_could_make_a_twin(
    repetition: str | None, find: bool, payload: dict[str, Any], key: str | None
) -> None:
    made, transport = guests(described(repetition, find=find), answer({"guest": {"id": 5}}, 201))
    with pytest.raises(InDoubt) as caught:
        made.push("guest", payload, idempotency_key=key, in_doubt=True)
    assert (caught.value.policy, caught.value.code) == (Policy.HOLD, "in-doubt")
    assert "Bookings" in caught.value.message and "Bookings" in caught.value.hint
    assert not transport.requests
    assert made.push("guest", payload, idempotency_key=key).external_id == "5", "the first time it is sent"
    assert made.push("guest", payload, external_id="5", in_doubt=True).external_id == "5", "a change may be repeated"


def test_what_is_held_is_looked_for_first() -> None:
    made, transport = guests(
        described("hold", find=True), answer({"guests": [{"id": 5, **GUEST}]}), answer({"guest": {"id": 5}})
    )
    assert made.push("guest", GUEST, in_doubt=True).created is False
    assert [request.method for request in transport.requests] == ["GET", "PATCH"]


def test_an_api_without_a_header_for_keys_honours_none() -> None:
    settings = described("idempotency-key", find=False)
    settings["definition"]["idempotency_header"] = ""
    made, _transport = guests(settings, answer({"guest": {"id": 5}}, 201))
    with pytest.raises(InDoubt):
        made.push("guest", GUEST, idempotency_key="k", in_doubt=True)


def test_a_key_s_answer_may_be_older_than_the_object() -> None:
    """The vendor answers as it did to the first call, and has what that wrote: what is so now is written over it."""
    made, transport = guests(described("idempotency-key", find=False), answer({"guest": {"id": 5}}))
    assert made.push("guest", GUEST, idempotency_key="k", in_doubt=True).external_id == "5"
    assert [request.method for request in transport.requests] == ["POST", "PATCH"]
    assert transport.requests[0].headers["Idempotency-Key"] == "k"


def test_to_look_up_needs_a_way_to_find() -> None:
    with pytest.raises(ConfigurationError) as caught:
        registry.get("generic_rest", described("lookup", find=False))
    assert "/resources/0" in caught.value.message


def test_an_update_of_what_is_gone_is_not_an_update_of_nothing() -> None:
    made, _transport = guests(described(None, find=True), answer({"error": "gone"}, 404))
    with pytest.raises(NotFound):
        made.push("guest", GUEST, external_id="5")


@pytest.mark.parametrize(("email", "held"), [("", True), (None, True), ("a@example.com", False)])
def test_hubspot_knows_a_contact_by_its_address_alone(email: str | None, held: bool) -> None:
    transport = ScriptedTransport(answer({"id": "5", "properties": {}, "updatedAt": "2026-01-01T00:00:00Z"}, 201))
    made = HubSpot(client(transport, "https://api.hubapi.com"), {})
    payload = {"properties": {"firstname": "Ada", "email": email}}
    if held:
        with pytest.raises(InDoubt):
            made.push("contact", payload, in_doubt=True)
    else:
        assert made.push("contact", payload, in_doubt=True).external_id == "5"


# -- HubSpot's mark ---------------------------------------------------------------------------------------------------

MARK = {"company_key": " odoo_key "}
COMPANY = {"properties": {"name": "Langley"}}


def marked(*answers: Any) -> tuple[Connector, ScriptedTransport]:
    transport = ScriptedTransport(*answers)
    return registry.get("hubspot", MARK)(client(transport, "https://api.hubapi.com"), MARK), transport


def test_without_a_key_a_marked_company_is_created_plainly_and_held_in_doubt() -> None:
    none, one = {"results": []}, {"id": "5", "properties": {}, "updatedAt": "2026-01-01T00:00:00Z"}
    made, transport = marked(answer(none), answer(one, 201))
    assert made.push("company", COMPANY).external_id == "5"
    assert transport.requests[-1].url.endswith("/crm/v3/objects/companies")
    made, transport = marked(answer(none))
    with pytest.raises(InDoubt):
        made.push("company", COMPANY, in_doubt=True)


@pytest.mark.parametrize("described", [answer({}, 404), answer({"hasUniqueValue": False}), answer([])])
def test_the_check_names_a_property_that_does_not_do(described: Any) -> None:
    listed = answer({"results": []})
    made, _transport = marked(answer({"portalId": 7}), listed, listed, listed, described)
    with pytest.raises(ConfigurationError) as caught:
        made.check()
    assert caught.value.code == "no-unique-property" and "odoo_key" in caught.value.message
