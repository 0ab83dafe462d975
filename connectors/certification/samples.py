# Part of Integration Hub. License LGPL-3.0 or later.
"""Business objects that are made up for a certification: each is easily told from a real one, and from other runs'."""

from __future__ import annotations

from ..connector import Document


def sample(entity: str, mark: str) -> tuple[Document, Document] | None:
    """A made-up object and a later state of it; None for an entity of which nothing is made up."""
    name = f"Hub Certification {mark}"
    if entity == "contact":
        first: Document = {
            "name": name,
            "email": f"hub-certification-{mark}@example.com",
            "address": {"street": "1 Test Street", "city": "Testville", "zip": "1000", "country_code": "BE"},
        }
        return first, {**first, "address": {**first["address"], "city": "Prooftown"}}
    if entity == "company":
        first = {"name": name, "website": f"https://hub-certification-{mark}.example.com", "phone": "+3222222222"}
        return first, {**first, "phone": "+3233333333"}
    if entity == "order":
        return (_order(mark),) * 2
    return None


def _order(mark: str) -> Document:
    address: Document = {"name": "Hub Certification", "city": "Testville", "zip": "1000", "country_code": "BE"}
    product: Document = {"id": f"hub-{mark}", "sku": f"HUB-{mark}", "name": "Certification"}
    line: Document = {"id": "1", "product": product, "quantity": 2, "unit_price": "10.00", "subtotal": "20.00"}
    return {
        "id": f"hub-certification-{mark}",
        "number": f"HUB-{mark}",
        "ordered_at": "2026-01-31T09:30:00.000Z",
        "currency": "EUR",
        "prices_include_tax": False,
        "customer": {
            "id": f"hub-{mark}",
            "name": "Hub Certification",
            "email": f"hub-certification-{mark}@example.com",
        },
        "billing_address": address,
        "shipping_address": address,
        "lines": [line],
        "totals": {"subtotal": "20.00", "tax": "4.20", "total": "24.20"},
    }
