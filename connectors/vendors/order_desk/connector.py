# Part of Integration Hub. License LGPL-3.0 or later.
"""Three questions about an order: may the customer owe it, which taxes does it bear, does it look like fraud?

Order Desk is no company: it is the smallest API of its kind, to try such flows with and to copy for the service
that you use. Its documentation is docs/connectors/order_desk.md, its imitation sandbox.json.
"""

from __future__ import annotations

from ...connector import Asking, Field, FlowTemplate, Proof
from ...rest import Account, Call, Inquiry, RestConnector

_OPEN = "[('state', 'in', ('draft', 'sent'))]"


def _flow(key: str, title: str, help_text: str, ask: Asking, entity: str = "order") -> FlowTemplate:
    return FlowTemplate(
        key=f"{key}_before_confirming",
        title=title,
        help=help_text,
        direction="outbound",
        object_type=key,
        entity=entity,
        mapping=f"{key}_question",
        model="sale.order",
        domain=_OPEN,
        app="sale",
        ask=ask,
    )


class OrderDesk(RestConnector):
    """An account of Order Desk, reached with an API key."""

    name = "order_desk"
    title = "Order Desk"
    summary = "Credit, tax and fraud checked while an order is confirmed: an example to copy"
    docs_url = "https://www.rfc-editor.org/rfc/rfc9110"
    scheme = "standard_webhooks"
    settings = (
        Field(
            "api_key",
            "API key",
            "The sandbox shows it when it starts.",
            required=True,
            secret=True,
            purpose="api_credential",
        ),
        Field(
            "api_url",
            "API address",
            "Where the service answers: the sandbox's address, ending in /order_desk, or your own service's.",
            placeholder="http://127.0.0.1:8070/order_desk",
            advanced=True,
        ),
    )
    api_version = "v1"
    proofs = (Proof("sandbox", "Its three questions, against the imitation that is all there is of it."),)
    address = "https://api.order-desk.example"
    account = Account("/v1/account", name="name")
    inquiries = (
        Inquiry(
            name="tax",
            title="Taxes of an order",
            entity="order",
            answer="tax_calculation",
            call=Call("/v1/taxes", item="calculation"),
        ),
        Inquiry(
            name="credit",
            title="Credit for an order",
            entity="order",
            answer="decision",
            call=Call("/v1/credit_checks", item="check"),
        ),
        Inquiry(
            name="fraud",
            title="Signs of fraud in an order",
            entity="order",
            answer="decision",
            call=Call("/v1/screenings", item="screening"),
        ),
    )
    flow_templates = (
        _flow(
            "tax",
            "Taxes from outside",
            "When an order is confirmed its taxes are calculated outside. Without an answer the order waits, and is "
            "confirmed by itself as soon as the answer is there.",
            Asking("action_confirm", "fill", "tax_answer", "hold"),
        ),
        _flow(
            "credit",
            "Credit check",
            "An order is confirmed only if the customer's credit allows it. Without an answer the last one counts, for "
            "a day.",
            Asking("action_confirm", "check", "credit_answer", "last_known"),
        ),
        _flow(
            "fraud",
            "Fraud check",
            "An order is confirmed only if it does not look like fraud. Without an answer it is not confirmed.",
            Asking("action_confirm", "check", "fraud_answer", "fail"),
        ),
    )
