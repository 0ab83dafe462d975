# Part of Integration Hub. License LGPL-3.0 or later.
"""Other systems are down, one flow per policy: what becomes of people's work meanwhile, and afterwards."""

from typing import Any

import pytest
from estate import FIRST_RETRY, WAITING, Estate
from hub_clients import Refused, wait_for
from test_contacts import in_crm, person

SECONDS = 40.0  # within which everything has gone on by itself once the other side is back
LARGE = 500.0  # from which on an order is screened for fraud
RATE = 15  # percent, as the imitation calculates it


def desk_of(estate: Estate) -> int:
    """Order Desk, connected: taxes are calculated for all quotations, large ones are screened for fraud."""
    account = estate.sandbox.account("order_desk")
    desk = estate.admin.connect("order_desk", "Desk", {"api_key": account["token"], "api_url": account["base_url"]})
    estate.admin.write("integration.endpoint", estate.endpoint(desk, "outbound"), {"retry_base": FIRST_RETRY})
    flows = estate.admin.search("integration.flow", [("system_id", "=", desk)], ["object_type"])
    ids = {flow["object_type"]: flow["id"] for flow in flows}
    estate.admin.call("integration.flow", "action_switch_off", [ids["credit"]])
    for name in ("tax", "fraud"):  # an answer is slow on a busy machine; that there is none is known at once
        estate.admin.write("integration.flow", ids[name], {"answer_deadline": 20, "answer_negative": 1})
    large = f"[('state', 'in', ('draft', 'sent')), ('amount_untaxed', '>', {LARGE})]"
    estate.admin.write("integration.flow", ids["fraud"], {"domain": large})
    return desk


def quotation(estate: Estate, price: float) -> dict[str, Any]:
    """A quotation of the sales person's."""
    customer = estate.sales.create("res.partner", {"name": "Grace Hopper"})
    product = estate.admin.create("product.product", {"name": "Compiler", "type": "service", "taxes_id": False})
    line = {"product_id": product, "product_uom_qty": 1, "price_unit": price, "tax_ids": False}
    order = estate.sales.create("sale.order", {"partner_id": customer, "order_line": [(0, 0, line)]})
    return estate.sales.read("sale.order", order, ["name", "state"])


def read(estate: Estate, order: dict[str, Any]) -> dict[str, Any]:
    """The same, as it is now."""
    return estate.sales.read("sale.order", order["id"], ["name", "state", "amount_tax", "activity_ids"])


def test_each_flow_does_what_its_policy_says(estate: Estate) -> None:
    desk_of(estate)
    small, large = quotation(estate, 100.0), quotation(estate, 2 * LARGE)
    estate.server.stop_sandbox()
    try:
        # taxes: the order waits, says so, and nobody has to do anything
        told = estate.sales.call("sale.order", "action_confirm", [small["id"]])
        assert told["tag"] == "display_notification" and "Nothing needs to be done" in told["params"]["message"]
        waiting = read(estate, small)
        assert waiting["state"] == "draft"
        mark = estate.sales.read("mail.activity", waiting["activity_ids"][0], ["summary", "user_id"])
        assert (mark["summary"], mark["user_id"][0]) == ("Waits for an answer: Taxes from outside", estate.sales.uid)
        # fraud: refused, in words of who wants to confirm it
        with pytest.raises(Refused) as refused:
            estate.sales.call("sale.order", "action_confirm", [large["id"]])
        assert str(refused.value).startswith(f"{large['name']} stays as it is: “Fraud check” does not answer.")
        assert "Try again in a few minutes." in str(refused.value)
        assert not read(estate, large)["activity_ids"]
        # marketing: work goes on, and what is to be sent waits
        values = person("Deferred Contact")
        partner = estate.sales.create("res.partner", values)
        deferred = estate.messages(*estate.outbound(partner))
        assert [message["state"] in WAITING for message in deferred] == [True]
    finally:
        estate.server.start_sandbox()
    wait_for("the order", lambda: read(estate, small)["state"] == "sale", SECONDS)
    confirmed = read(estate, small)
    assert (confirmed["amount_tax"], confirmed["activity_ids"]) == (RATE, [])
    in_crm(estate, values["email"], seconds=SECONDS)
    wait_for("a screening", lambda: screened(estate, large), SECONDS)
    assert read(estate, large)["state"] == "sale"
    asked = {one["path"] for one in estate.sandbox.journal("order_desk", "in", 0)}  # since it is back
    assert asked == {"/v1/screenings", "/v1/taxes"}


def screened(estate: Estate, order: dict[str, Any]) -> bool:
    """Presses again, as the sentence said; that there was no answer is remembered for a while."""
    try:
        estate.sales.call("sale.order", "action_confirm", [order["id"]])
    except Refused as refused:
        assert "Fraud check" in str(refused)
        return False
    return True
