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
    return None
