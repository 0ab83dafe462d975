# Part of Integration Hub. License LGPL-3.0 or later.
"""The comparison at the end of histories finds what it is there to find: a good end, and one with one thing wrong."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "chaos/histories"))

from hubspot_compare import Comparison
from hubspot_sides import Sides
from story import History

ADDRESS = {"address": "1 Quay", "city": "Cork", "zip": "", "country": "IE"}
PLACE = {"street": "1 Quay", "city": "Cork", "zip": False, "country_code": "IE"}


def there(identifier: str, *, archived: bool = False, **properties: Any) -> dict[str, Any]:
    return {"id": identifier, "archived": archived, "properties": properties}


def link(identifier: str, number: int, model: str = "res.partner", **values: Any) -> dict[str, Any]:
    found = {"external_id": identifier, "res_model": model, "res_id": number, "deleted_at": False}
    return {**found, "merged_into_id": False, **values}


def ended() -> Sides:
    """A contact below a company, one that 3 was merged into, one that was deleted, and a deal that was won."""
    ada = {"firstname": "Ada", "lastname": "Lind", "email": "h7.0@histories.example", "hs_email_optout": "true"}
    bo = {"firstname": "Bo", "lastname": None, "email": "h7.1@histories.example", "hs_merged_object_ids": "3"}
    deal = {"dealname": "H7 deal 1", "amount": "99.5", "dealstage": "closedwon", "closedate": "2027-02-11T00:00:00Z"}
    person = {"phone": False, "function": False, "is_blacklisted": False, "is_company": False, "parent_id": False}
    return Sides(
        {
            "1": there("1", **ada, associatedcompanyid="9"),
            "2": there("2", **bo, **ADDRESS),
            "4": there("4", archived=True),
            "6": there("6", **deal),
            "9": there("9", name="H7 company 1", **ADDRESS),
        },
        {("6", "company"): ["9"]},
        [
            link("1", 10), link("2", 20), link("3", 20, deleted_at="2027-01-01", merged_into_id=[5, "2"]),
            link("4", 40, deleted_at="2027-01-01"), link("6", 60, "crm.lead"), link("9", 90),
        ],
        {
            10: {**person, "id": 10, "name": "Ada Lind", "email": "h7.0@histories.example", "active": True, **PLACE,
                 "parent_id": [90, "H7 company 1"], "is_blacklisted": True},
            20: {**person, "id": 20, "name": "Bo", "email": "h7.1@histories.example", "active": True, **PLACE},
            30: {**person, "id": 30, "name": "C", "email": "h7.2@histories.example", "active": False, **PLACE},
            40: {**person, "id": 40, "name": "D", "email": "h7.3@histories.example", "active": False, **PLACE},
            90: {**person, "id": 90, "name": "H7 company 1", "email": False, "active": True, **PLACE,
                 "is_company": True},
        },
        {60: {"id": 60, "name": "H7 deal 1", "expected_revenue": 99.5, "date_deadline": "2027-02-11", "active": True,
              "won_status": "won", "partner_id": [90, "H7 company 1"], "type": "opportunity"}},
    )  # fmt: skip


def differences(sides: Sides) -> dict[int, list[str]]:
    history = History(7)
    kinds = {"1": "contact", "2": "contact", "3": "contact", "4": "contact", "6": "deal", "9": "company"}
    history.facts |= {"kinds": kinds, "unsubscribed": {"h7.0@histories.example"}}
    return Comparison(sides).of([history])


def test_a_good_end_has_no_differences() -> None:
    assert differences(ended()) == {}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda sides: sides.partners[10].update(name="Ada"), "name is"),
        (lambda sides: sides.partners[10].update(parent_id=False), "parent_id is"),
        (lambda sides: sides.partners[10].update(is_blacklisted=False), "is_blacklisted is"),
        (lambda sides: sides.partners[20].update(is_blacklisted=True), "is_blacklisted is"),
        (lambda sides: sides.partners[20].update(city="Delft"), "city is"),
        (lambda sides: sides.partners[20].update(active=False), "active is"),
        (lambda sides: sides.partners[30].update(active=True), "is of nobody"),
        (lambda sides: sides.partners[40].update(active=True), "is not archived"),
        (lambda sides: sides.partners[90].update(phone="1"), "phone is"),
        (lambda sides: sides.leads[60].update(won_status="pending"), "won_status is"),
        (lambda sides: sides.leads[60].update(expected_revenue=9.5), "expected_revenue is"),
        (lambda sides: sides.leads[60].update(partner_id=False), "partner_id is"),
        (lambda sides: sides.links[2].update(merged_into_id=False), "its link was not moved"),
        (lambda sides: sides.links[2].update(res_id=30), "its link was not moved"),
        (lambda sides: sides.links[0].update(deleted_at="2027-01-01"), "noted as deleted"),
        (lambda sides: sides.links.append(link("5", 20)), "is of 2, 5"),
        (lambda sides: sides.links.pop(0), "has no record"),
    ],
)
def test_one_thing_that_is_wrong_is_found(spoil: Callable[[Sides], None], words: str) -> None:
    sides = ended()
    spoil(sides)
    assert any(words in line for line in differences(sides)[7]), differences(sides)
