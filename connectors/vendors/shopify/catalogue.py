# Part of Integration Hub. License LGPL-3.0 or later.
"""What a person sees of Shopify: the fields to fill in, the objects, the flows on offer, the webhook topics."""

from __future__ import annotations

from ...connector import Field, FlowTemplate, ObjectType, Ownership, Proof, Scope

SETTINGS = (
    Field(
        "shop",
        "Shop address",
        "The shop's permanent address, as in my-shop.myshopify.com. You find it under Settings, Domains.",
        required=True,
        placeholder="my-shop.myshopify.com",
    ),
    Field(
        "access_token",
        "Admin API access token",
        "Shown once, when the app is installed: Shopify admin → Settings → Apps and sales channels → Develop apps → "
        "your app → API credentials.",
        required=True,
        secret=True,
        placeholder="shpat_…",
        purpose="api_credential",
    ),
    Field(
        "webhook_secret",
        "Webhook signing secret",
        "The app's client secret; for webhooks made under Settings, Notifications: the key shown there.",
        secret=True,
        purpose="webhook_secret",
    ),
    Field(
        "api_url",
        "API address",
        "Only for a sandbox or a proxy: replaces https://<shop address>.",
        placeholder="https://my-shop.myshopify.com",
        advanced=True,
    ),
)

OBJECTS = {
    "order": ObjectType("order", "order", "Order", dated_by=("processed_at", "created_at")),
    # customerByIdentifier reads the customers themselves, not their search, and Shopify refuses a second one with the
    # same e-mail address, which every customer that is sent has.
    "customer": ObjectType(
        "customer",
        "contact",
        "Customer",
        writable=True,
        gone_for_good=True,
        repetition="lookup",
        dated_by=("created_at",),
    ),
    "product": ObjectType(
        "product", "product", "Product", deletions=True, gone_for_good=True, dated_by=("created_at",)
    ),
    "location": ObjectType("location", "location", "Location", dated_by=("created_at",)),
    # A level is set to what it is to be, as often as that is said.
    "inventory": ObjectType(
        "inventory",
        "stock_level",
        "ProductVariant",
        writable=True,
        fetchable=False,
        listable=False,
        compared=True,
        repetition="upsert",
    ),
    # How much of each line is shipped altogether is compared with what Shopify has shipped of it.
    "fulfillment": ObjectType(
        "fulfillment", "shipment", "Fulfillment", writable=True, fetchable=False, listable=False, repetition="lookup"
    ),
}

# https://shopify.dev/docs/api/usage/access-scopes; a scope to write includes the one to read.
SCOPES = (
    Scope("read_orders", "orders cannot be read", ("orders_in",)),
    Scope("read_customers", "customers cannot be read", ("customers_in",)),
    Scope("read_products", "products cannot be read", ("products_in",)),
    Scope("read_customer_merge", "merged customers stay two contacts", ("customers_in",), needed=False),
    Scope("read_locations", "stock levels cannot be sent to the shop", ("locations_in", "stock_out")),
    Scope("write_inventory", "stock levels cannot be sent to the shop", ("stock_out",)),
    Scope("write_customers", "contacts cannot be sent to the shop", ("customers_out",)),
    Scope(
        "write_merchant_managed_fulfillment_orders",
        "tracking numbers cannot be sent to the shop",
        ("shipments_out",),
    ),
)
KEYS_AT = (
    "Shopify admin → Settings → Apps and sales channels → Develop apps → your app → Configuration → "
    "Admin API integration → Edit. Save, and install the app again: the token shown then has the new scopes."
)

# https://shopify.dev/docs/api/webhooks#list-of-topics; only topics that carry the whole resource or, where it was
# deleted or merged, ids. `customers/redact`, `customers/data_request`, `orders/edited` and `refunds/create` carry other
# shapes; each edit and refund is told by `orders/updated` too. `inventory_levels/update` is none: Odoo has the stock,
# and what it tells of a sale arrives before the sale itself.
TOPICS = {
    **dict.fromkeys(
        [
            f"orders/{action}"
            for action in ("create", "updated", "paid", "cancelled", "fulfilled", "partially_fulfilled", "delete")
        ],
        "order",
    ),
    **dict.fromkeys(
        [f"customers/{action}" for action in ("create", "update", "enable", "disable", "delete", "merge")], "customer"
    ),
    **dict.fromkeys([f"products/{action}" for action in ("create", "update", "delete")], "product"),
    **dict.fromkeys([f"locations/{action}" for action in ("create", "update")], "location"),
}

TOPIC_SCOPES = {"customers/merge": "read_customer_merge"}
"""Scopes that topics need; others need the one to read their objects."""

PROOFS = (
    Proof(
        "sandbox",
        "Orders, products and customers by webhook, list and bulk operation, customers, shipments and stock levels "
        "written, against this "
        "project's imitation of a shop; signatures against Shopify's own library.",
    ),
)

# The shop is where its orders are placed, paid, changed and cancelled; who has a stock in Odoo ships from there.
OWNERSHIP = (
    Ownership("sale.order", system=("order_line", "client_order_ref", "confirm", "cancel", "ship", "refund", "pay")),
    Ownership("sale.order", odoo=("ship",), beside="stock.picking"),
    Ownership("product.template", system=("name", "list_price")),
)

_ADDRESS_FIELDS = ("street", "street2", "city", "zip", "state_id", "country_id")

FLOW_TEMPLATES = (
    FlowTemplate(
        key="orders_in",
        title="Orders → Sales orders",
        help="Every order placed in the shop becomes a sales order; what becomes of it there follows: edits, payments, "
        "refunds, cancellations.",
        direction="inbound",
        object_type="order",
        entity="order",
        mapping="order",
        contract="order",
        model="sale.order",
        topics=("orders/create", "orders/updated", "orders/paid", "orders/cancelled"),
        app="sale",
        on_dead="skip",  # each one says the whole order
    ),
    FlowTemplate(
        key="shipments_out",
        title="Deliveries → Fulfillments",
        help="Every delivery of a shop's order that is validated in Odoo is a fulfillment in the shop, with its "
        "tracking number; the shop tells the customer. Needs the scope write_merchant_managed_fulfillment_orders.",
        direction="outbound",
        object_type="fulfillment",
        entity="shipment",
        mapping="fulfillment_out",
        model="stock.picking",
        trigger_fields=("state", "carrier_tracking_ref", "carrier_id"),
        domain="[('state', '=', 'done'), ('picking_type_code', '=', 'outgoing'), ('sale_id', '!=', False)]",
        app="sale_stock",
        optional=True,
    ),
    FlowTemplate(
        key="locations_in",
        title="Locations → Warehouses",
        help="Says which warehouse is which location of the shop: the one of its name. Nothing in Odoo is created or "
        "changed by it.",
        direction="inbound",
        object_type="location",
        entity="location",
        mapping="location",
        contract="location",
        model="stock.warehouse",
        topics=("locations/create", "locations/update"),
        app="stock",
        optional=True,
    ),
    FlowTemplate(
        key="stock_out",
        title="Stock → Inventory levels",
        help="What is on hand in Odoo and promised to nobody is what the shop offers, at the location of each "
        "warehouse. Needs the access scope write_inventory, and warehouses that are linked with locations.",
        direction="outbound",
        object_type="inventory",
        entity="stock_level",
        mapping="inventory_out",
        model="product.product",
        trigger_fields=(
            "stock_quant_ids.quantity",
            "stock_quant_ids.reserved_quantity",
            "stock_move_ids.state",
            "stock_move_ids.product_qty",
        ),
        domain="[('is_storable', '=', True), ('active', '=', True)]",
        app="stock",
        optional=True,
        compare_every=1440,
        on_dead="skip",
    ),
    FlowTemplate(
        key="customers_in",
        title="Customers → Contacts",
        help="Every customer of the shop becomes a contact, with the default address. Customers that are merged there "
        "lead to one contact; that needs the access scope read_customer_merge.",
        direction="inbound",
        object_type="customer",
        entity="contact",
        mapping="customer",
        contract="customer",
        model="res.partner",
        topics=("customers/create", "customers/update", "customers/delete", "customers/merge"),
    ),
    FlowTemplate(
        key="customers_out",
        title="Contacts → Customers",
        help="Every person in Odoo who has an e-mail address becomes a customer of the shop, from the next change on. "
        "One whom the shop knows by that address is updated. Needs the access scope write_customers.",
        direction="outbound",
        object_type="customer",
        entity="contact",
        mapping="customer_out",
        model="res.partner",
        trigger_fields=(
            "name",
            "email",
            "phone",
            "street",
            "street2",
            "city",
            "zip",
            "state_id",
            "country_id",
            "parent_id",
        ),
        domain="[('is_company', '=', False), ('email', '!=', False)]",
        optional=True,
    ),
    FlowTemplate(
        key="products_in",
        title="Products → Products",
        help="Every product of the shop becomes a product, with its variants, prices and references.",
        direction="inbound",
        object_type="product",
        entity="product",
        mapping="product",
        contract="product",
        model="product.template",
        topics=("products/create", "products/update", "products/delete"),
        app="product",
        when_deleted="archive",
    ),
)
