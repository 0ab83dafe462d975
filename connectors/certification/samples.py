# Part of Integration Hub. License LGPL-3.0 or later.
"""Business objects that are made up for a certification: each is easily told from a real one, and from other runs'."""

from __future__ import annotations

from collections.abc import Callable

from ..connector import Document


def _contact(mark: str) -> tuple[Document, Document]:
    first: Document = {
        "name": f"Hub Certification {mark}",
        "email": f"hub-certification-{mark}@example.com",
        "address": {"street": "1 Test Street", "city": "Testville", "zip": "1000", "country_code": "BE"},
    }
    return first, {**first, "address": {**first["address"], "city": "Prooftown"}}


def _company(mark: str) -> tuple[Document, Document]:
    first: Document = {
        "name": f"Hub Certification {mark}",
        "website": f"https://hub-certification-{mark}.example.com",
        "phone": "+3222222222",
    }
    return first, {**first, "phone": "+3233333333"}


def _order(mark: str) -> tuple[Document, Document]:
    address: Document = {"name": "Hub Certification", "city": "Testville", "zip": "1000", "country_code": "BE"}
    product: Document = {"id": f"hub-{mark}", "sku": f"HUB-{mark}", "name": "Certification"}
    line: Document = {"id": "1", "product": product, "quantity": 2, "unit_price": "10.00", "subtotal": "20.00"}
    order: Document = {
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
    return order, order


MADE_UP: dict[str, Callable[[str], tuple[Document, Document]]] = {
    "contact": _contact,
    "company": _company,
    "order": _order,
}
"""By entity: a made-up object and a later state of it, given the run's mark."""
