# Part of Integration Hub. License LGPL-3.0 or later.
"""Which of the shipped mappings have an inverse, and what is in the way of the others.

That those leads back is in the contract that every connector inherits (testing/connector_mappings.py).
"""

import json
from pathlib import Path
from typing import Any

import pytest
from integration_hub_connectors import registry
from integration_hub_connectors.mapping import compile_mapping, invert
from integration_hub_connectors.testing.connector_mappings import assert_leads_back

RECORDS = Path(__file__).resolve().parents[2] / "data" / "mappings"
CONTACT = {
    "name": "Ada Lovelace", "email": "Ada@Example.com", "phone": "+32 2 555 01 23", "function": "Analyst",
    "parent_id": {"name": "Engines"}, "street": "Rue Neuve 1", "city": "Ghent", "country_id": {"code": "BE"},
}  # fmt: skip


def blocked(vendor: str, name: str) -> dict[str, str]:
    found = invert(registry.get(vendor).mapping(name))
    return {blocker.target: blocker.reason for blocker in found.blockers}


def test_hubspots_company_has_a_whole_inverse():
    inversion = invert(registry.get("hubspot").mapping("company_in"))
    assert inversion.is_complete
    company = {"id": "1", "name": "Engines", "employees": 12, "address": {"city": "Ghent", "country_code": "BE"}}
    assert compile_mapping(inversion.spec).apply(company) == {
        "id": "1",
        "properties": {
            "name": "Engines",
            "numberofemployees": 12,
            "city": "Ghent",
            "hs_country_code": "BE",
        },
    }


@pytest.mark.parametrize(
    ("vendor", "name", "targets"),
    [
        ("hubspot", "contact_in", {"name"}),
        ("hubspot", "company_out", {"properties.domain"}),
        ("hubspot", "contact_out", {"properties.firstname", "properties.lastname", "properties.address"}),
        ("shopify", "customer", {"name", "company_name"}),
        ("shopify", "product", {"active", "variants.name", "variants.options"}),
        (
            "shopify",
            "order",
            {"customer.name", "customer.email", "customer.company_name", "lines.name", "lines.discount_total",
             "shipping", "payments", "presentment.currency", "presentment.total", "refunds.amount", "refunds.lines",
             "refunds.shipping", "refunds.shipping_tax", "fulfilments.cancelled", "fulfilments.tracking.carrier",
             "fulfilments.tracking.number", "fulfilments.tracking.url"},
        ),
    ],
)  # fmt: skip
def test_what_is_in_the_way_of_the_others(vendor, name, targets):
    found = blocked(vendor, name)
    assert set(found) == targets
    assert all(found.values())


@pytest.mark.parametrize("name", ["contact.res.partner.out", "company.res.partner.out"])
def test_record_mappings_without_look_ups_have_a_whole_inverse(name):
    spec: dict[str, Any] = json.loads((RECORDS / f"{name}.json").read_text(encoding="utf-8"))
    assert invert(spec).is_complete
    assert_leads_back(spec, [CONTACT])
