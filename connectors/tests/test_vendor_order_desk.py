# Part of Integration Hub. License LGPL-3.0 or later.
"""Order Desk: three questions, asked over a script of answers and over HTTP."""

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from integration_hub_connectors.connector import Connector
from integration_hub_connectors.errors import Rejected, TimeoutExceeded
from integration_hub_connectors.http import AddressGuard, Client, RequestsTransport, Timeout
from integration_hub_connectors.mapping import compile_mapping
from integration_hub_connectors.sandbox.engine.description import read
from integration_hub_connectors.sandbox.settings import Settings
from integration_hub_connectors.sandbox.testing import Sandbox, running
from integration_hub_connectors.testing.connector_calls import CallContract
from integration_hub_connectors.testing.connector_mappings import MappingContract
from integration_hub_connectors.testing.connector_metadata import MetadataContract
from integration_hub_connectors.testing.question_contract import QuestionContract
from integration_hub_connectors.testing.transport import answer
from integration_hub_connectors.vendors.order_desk import OrderDesk


class TestOrderDeskContract(QuestionContract, MetadataContract, MappingContract, CallContract):
    connector = OrderDesk
    asked: ClassVar = {name: ("order", f"{name}_answer") for name in ("tax", "credit", "fraud")}

    def test_a_question_is_sent_without_what_is_not_known(self) -> None:
        made, transport = self.make(lambda _request: self.wrapped("credit", "check"))
        found = made.answer("credit", {"order": "S1", "customer": {"reference": "12", "name": None}})
        assert found == self.fixture("credit_answer")
        assert transport.sent() == {"order": "S1", "customer": {"reference": "12"}}
        (request,) = transport.requests
        assert (request.method, request.target) == ("POST", "api.order-desk.example/v1/credit_checks")

    def wrapped(self, question: str, member: str) -> Any:
        return answer({member: self.fixture(f"{question}_answer")})


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running(Settings(seed=1, descriptions=(read(OrderDesk.folder() / "sandbox.json"),))) as sandbox:
        yield sandbox


def connected(sandbox: Sandbox, total: float = 10) -> Connector:
    vendor = sandbox.control("GET", "/health")["vendors"]["order_desk"]
    given = {"api_url": vendor["base_url"]}
    transport = RequestsTransport(guard=AddressGuard(["127.0.0.0/8"]))
    auth = OrderDesk.auth(given, vendor["token"])
    return OrderDesk(
        Client(OrderDesk.base_url(given), timeout=Timeout(2, 5, total), auth=auth, transport=transport), given
    )


def question(name: str) -> Any:
    order = TestOrderDeskContract().fixture("order")
    return compile_mapping(OrderDesk.mapping(f"{name}_question")).apply(order)


def answered(sandbox: Sandbox, name: str, **changed: Any) -> Any:
    found = connected(sandbox).answer(name, {**question(name), **changed})
    return compile_mapping(OrderDesk.mapping(f"{name}_answer")).apply(found)


def test_the_account_is_named(sandbox: Sandbox) -> None:
    assert connected(sandbox).check().account == "Order Desk sandbox"


def test_taxes_are_those_of_the_country_and_add_up(sandbox: Sandbox) -> None:
    found = answered(sandbox, "tax")
    assert [line["taxes"][0]["amount"] for line in found["lines"]] == ["27.00", "0.75"]
    assert found["total"] == "27.75"
    german = answered(sandbox, "tax", ship_to={"country": "DE"})
    assert (german["lines"][0]["taxes"][0]["rate"], german["total"]) == (0.19, "35.15")


def test_credit_is_given_up_to_a_limit(sandbox: Sandbox) -> None:
    assert answered(sandbox, "credit")["allowed"] is True
    refused = answered(sandbox, "credit", amount="10000.01")
    assert refused["allowed"] is False and "10000" in refused["reason"]


def test_an_address_that_is_known_for_fraud_is_refused(sandbox: Sandbox) -> None:
    assert answered(sandbox, "fraud")["allowed"] is True
    assert answered(sandbox, "fraud", email="known@fraud.example")["allowed"] is False


def test_a_question_that_makes_no_sense_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(Rejected):
        connected(sandbox).answer("credit", {**question("credit"), "amount": "much"})
    with pytest.raises(Rejected):
        connected(sandbox).answer("tax", {**question("tax"), "lines": None})


def test_the_deadline_is_kept(sandbox: Sandbox) -> None:
    fault = {"vendor": "order_desk", "kind": "latency", "seconds": 30}
    sandbox.control("PUT", "/faults", {"faults": [fault]})
    try:
        with pytest.raises(TimeoutExceeded):
            connected(sandbox, total=0.2).answer("fraud", question("fraud"))
    finally:
        sandbox.control("DELETE", "/faults")
