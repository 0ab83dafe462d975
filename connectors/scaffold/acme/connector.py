# Part of Integration Hub. License LGPL-3.0 or later.
"""Acme Example: customers, read and written, and webhooks that carry the whole object.

Sources: TODO(sources): name the vendor's pages on its API, its objects and its webhooks here.
"""

from __future__ import annotations

from ...connector import Field, FlowTemplate
from ...rest import Account, Call, Find, Listing, Resource, RestConnector, Rule, Since, Webhook


class Acme(RestConnector):
    """An Acme Example account, reached with an API key."""

    name = "acme"
    title = "Acme Example"
    # TODO(catalogue): say in one line what is connected; give the address of the vendor's documentation of its API.
    summary = "Customers, both ways"
    docs_url = "https://docs.acme.example/api"
    # TODO(signature): name the scheme that signs the vendor's webhooks; `hub verify` proves it with real deliveries.
    scheme = "standard_webhooks"

    # TODO(settings): say where in the vendor's screens a person finds each of these; at most four are not advanced.
    settings = (
        Field(
            "api_key",
            "API key",
            "Acme Example: Settings, API keys, New key.",
            required=True,
            secret=True,
            purpose="api_credential",
        ),
        Field(
            "webhook_secret",
            "Webhook secret",
            "Acme Example: Settings, Webhooks. Verifies the webhooks that it sends.",
            secret=True,
            purpose="webhook_secret",
        ),
        Field(
            "api_url",
            "API address",
            "Only for a sandbox or a proxy: replaces https://api.acme.example.",
            placeholder="https://api.acme.example",
            advanced=True,
        ),
    )

    # TODO(address): the API's address, how requests prove who they are (auth.build), what names the account.
    address = "https://api.acme.example"
    credentials = {"kind": "bearer"}
    account = Account("/account", name="name")

    # TODO(resources): the kinds of objects; rest/resource.py says what can be described of each.
    resources = (
        Resource(
            name="customer",
            title="Customer",
            entity="contact",
            version="updated_at",
            list=Listing(
                "/customers",
                items="data",
                since=Since(param="updated_since"),
                paginator={"kind": "cursor", "param": "after", "cursor": "next", "size": 100},
            ),
            read=Call("/customers/{id}", item="customer"),
            create=Call("/customers", wrap="customer", item="customer"),
            update=Call("/customers/{id}", wrap="customer", item="customer"),
            delete=Call("/customers/{id}"),
            find=(Find("/customers", params={"email": "{payload.email}"}, items="data"),),
        ),
    )

    # TODO(webhook): where a delivery has its topic, its object and its moment; rest/webhook.py says what there is.
    webhook = Webhook(
        topic=("type",),
        rules=(
            Rule(topic="customer.deleted", resource="customer", id="data.id", deleted=True, occurred_at="timestamp"),
            Rule(topic="customer.*", resource="customer", payload="data", complete=True, occurred_at="timestamp"),
        ),
    )

    # TODO(flows): the flows on offer: at least one for each kind of object, each with a mapping of that name.
    flow_templates = (
        FlowTemplate(
            key="customers_in",
            title="Acme Example customers → Contacts",
            help="Every customer becomes a contact in Odoo, and later changes follow.",
            direction="inbound",
            object_type="customer",
            entity="contact",
            mapping="customer_in",
            contract="customer",
            model="res.partner",
            topics=("customer.created", "customer.updated", "customer.deleted"),
        ),
        FlowTemplate(
            key="customers_out",
            title="Contacts → Acme Example customers",
            help="Every person in Odoo who has an e-mail address becomes a customer. One with the same address is "
            "updated.",
            direction="outbound",
            object_type="customer",
            entity="contact",
            mapping="customer_out",
            model="res.partner",
            trigger_fields=("name", "email", "phone"),
            domain="[('is_company', '=', False), ('email', '!=', False)]",
        ),
    )
