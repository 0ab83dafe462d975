# Part of Integration Hub. License LGPL-3.0 or later.
"""How many actions an administrator needs from the installed module to the first synced order, in a real browser.

Both sides have the same 500 products and 300 customers before it begins, and Odoo no more of them after it. An action
is a click, or something typed into a field. Two of them are the sandbox's alone: it is not at the vendor's own address.

With HUB_SCREENS=folder each screen is kept there as a picture.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import devserver
from browser import Page, browser
from hub_clients import Odoo, Sandbox, connector_values, wait_for

NAMES = ("first_record",)
BAR = 25
PRODUCTS, CUSTOMERS = 500, 300
SOON = 180.0  # seconds for what runs in the background
SHOP = "shopify"


def run(names: set[str]) -> Iterator[dict[str, Any]]:
    """The row; its value is the number of actions."""
    with devserver.fresh("bench_first_record") as server:
        sandbox, admin = Sandbox(server.sandbox_url), Odoo(server.url, server.database, "admin", "admin")
        skus = _fill(sandbox, admin)
        before = _counts(admin)
        with browser(server.url, admin.cookie) as page:
            try:
                _connect(page, admin, sandbox)
                order = sandbox.order(lines=[{"sku": skus[7], "quantity": 2}], customer={"id": FIRST_ID}, shipping=None)
                _see(page, admin, order)
            except Exception:
                _shown(page, "failed")
                raise
            actions = page.actions
        after = _counts(admin)
    if after != before:
        raise RuntimeError(f"products and customers before: {before}, after: {after}")
    yield {
        "name": "first_record",
        "unit": "actions",
        "value": actions,
        "peer": None,
        "peer_value": None,
        "ratio": actions / BAR,
        "bar": BAR,
        "ok": actions <= BAR,
        "n": 1,
        **after,
    }


FIRST_ID = 7_100_000_000_000


def _fill(sandbox: Sandbox, admin: Odoo) -> list[str]:
    """The same products and customers on both sides; returns the products' SKUs."""
    product, customer = (
        sandbox.control("GET", f"/objects/{SHOP}/{kind}")["objects"][0] for kind in ("product", "customer")
    )
    sandbox.control("POST", "/reset", {"seed": False})
    numbers, skus = range(PRODUCTS), [f"FIRST-{number:04}" for number in range(PRODUCTS)]
    emails = [f"buyer.{number}@first.example" for number in range(CUSTOMERS)]
    objects = {
        "product": [_product(product, FIRST_ID + number, skus[number]) for number in numbers],
        "customer": [_customer(customer, FIRST_ID + number, emails[number]) for number in range(CUSTOMERS)],
    }
    sandbox.control("POST", "/seed", {"vendor": SHOP, "objects": objects})
    admin.call("product.template", "create", [{"name": f"Article {sku}", "default_code": sku} for sku in skus])
    admin.call(
        "res.partner", "create", [{"name": f"Buyer {number}", "email": email} for number, email in enumerate(emails)]
    )
    tax = {"name": "15% incl.", "amount": 15.0, "type_tax_use": "sale", "price_include_override": "tax_included"}
    admin.create("account.tax", tax)
    return skus


def _product(model: dict[str, Any], number: int, sku: str) -> dict[str, Any]:
    (variant, *_others) = model["variants"]
    ids = {"id": number, "admin_graphql_api_id": f"gid://shopify/ProductVariant/{number}", "product_id": number}
    return {
        **model,
        "id": number,
        "admin_graphql_api_id": f"gid://shopify/Product/{number}",
        "title": f"Article {sku}",
        "handle": sku.lower(),
        "variants": [{**variant, **ids, "sku": sku, "barcode": None, "inventory_item_id": number}],
    }


def _customer(model: dict[str, Any], number: int, email: str) -> dict[str, Any]:
    address = {**(model.get("default_address") or {}), "id": number, "customer_id": number}
    return {
        **model,
        "id": number,
        "admin_graphql_api_id": f"gid://shopify/Customer/{number}",
        "email": email,
        "phone": None,
        "default_address": address,
        "addresses": [address],
    }


def _counts(admin: Odoo) -> dict[str, int]:
    """How many products and people Odoo has, archived ones too."""
    return {
        "products": len(admin.call("product.template", "search", [("active", "in", (True, False))])),
        "customers": len(
            admin.call("res.partner", "search", [("type", "=", "contact"), ("active", "in", (True, False))])
        ),
    }


def _connect(page: Page, admin: Odoo, sandbox: Sandbox) -> None:
    """From the start page to flows that are on, with the first load."""
    values = connector_values(sandbox, SHOP)
    page.call("Page.navigate", url=f"{admin.url}/odoo/apps")
    page.click(".o_navbar_apps_menu button")
    page.click(".o-dropdown--menu [data-menu-xmlid='integration_hub.integration_menu_root']")
    page.click("[data-menu-xmlid='integration_hub.integration_connections_menu']")
    page.click(".o-dropdown--menu [data-menu-xmlid='integration_hub.integration_connect_menu']")
    page.click(".o_integration_monogram[data-connector=shopify]")
    page.appears("button[name=action_begin]")
    _shown(page, "about")
    page.click("button[name=action_begin]")
    for name in ("shop", "access_token", "webhook_secret"):
        page.type(f"[data-setting={name}] input", values[name])
    page.click(".o_integration_settings button.btn-link")
    page.type("[data-setting=api_url] input", values["api_url"])
    _shown(page, "keys")
    page.click("button[name=action_test]")
    page.appears(".o_integration_finding[data-state=ok]")
    _shown(page, "test")
    page.click("button[name=action_choose_flows]")
    page.appears("[data-flow=orders_in] input[type=checkbox]:checked")
    _shown(page, "flows")
    page.click("button[name=action_flows_chosen]")
    page.click("button[name=action_first_load]")
    page.click("button[name=action_read]")
    page.appears("button[name=action_load].btn-primary")
    _shown(page, "preview")
    page.click("button[name=action_load].btn-primary")
    wait_for("the first load", lambda: _loaded(admin), SOON)
    page.appears("button[name=action_undo]")
    _shown(page, "loaded")
    page.click(".breadcrumb-item:last-of-type a")
    page.click("button[name=action_load_done].btn-primary")
    page.click("button[name=action_switch_on]")
    page.appears(".o_integration_finding[data-state=ok]")
    _shown(page, "on")


def _loaded(admin: Odoo) -> bool:
    return admin.count("integration.load", [("state", "=", "done")]) == 1


def _see(page: Page, admin: Odoo, order: dict[str, Any]) -> None:
    """The order is in Odoo; the administrator opens it from the log."""
    reference = [("client_order_ref", "=", order["name"])]
    wait_for("the order", lambda: admin.count("sale.order", reference), SOON)
    page.click("[data-menu-xmlid='integration_hub.integration_flows_menu']")
    page.click(".o-dropdown--menu [data-menu-xmlid='integration_hub.integration_event_menu']")
    page.click(".o_data_row .o_data_cell")
    page.appears(".o_form_view .o_field_widget[name=state]")
    _shown(page, "order")


def _shown(page: Page, name: str) -> None:
    if folder := os.environ.get("HUB_SCREENS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / f"{page.actions:02}-{name}.png").write_bytes(page.picture())
    print(f"{page.actions:3} {name}", file=sys.stderr)
