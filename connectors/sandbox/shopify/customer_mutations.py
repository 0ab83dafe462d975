# Part of Integration Hub. License LGPL-3.0 or later.
"""Customers written by GraphQL: what Shopify refuses is told in `userErrors`, with the field and a sentence.

Shopify publishes the fields of these mutations, not their sentences: those here are what people have quoted.
Source: https://shopify.dev/docs/api/admin-graphql/2025-10/mutations/customerCreate (customerUpdate, customerDelete,
customerMerge, customerAddressCreate, customerAddressUpdate), …/queries/customerByIdentifier
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .connections import parse_gid
from .parts import address
from .shop import Shop

_MEMBERS = {
    "firstName": "first_name",
    "lastName": "last_name",
    "email": "email",
    "phone": "phone",
    "note": "note",
    "taxExempt": "tax_exempt",
}
_ADDRESS_MEMBERS = {
    **{name: name for name in ("address1", "address2", "city", "company", "phone", "zip")},
    "firstName": "first_name",
    "lastName": "last_name",
    "countryCode": "country_code",
    "provinceCode": "province_code",
}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+[1-9]\d{6,14}")
Answer = dict[str, Any]
Values = Mapping[str, Any]


class CustomerMutations:
    """The resolvers; `view` shows a customer, `allow(scope, field)` raises where the app lacks a scope."""

    def __init__(self, shop: Shop, view: Callable[[Any], Any], allow: Callable[[str, str], None]) -> None:
        self._shop = shop
        self._view = view
        self._allow = allow

    def fields(self) -> dict[str, Callable[..., Any]]:
        """The mutations, and the query that finds whom to change."""
        writing = {
            "customerCreate": lambda given: self._create(given["input"]),
            "customerUpdate": lambda given: self._update(given["input"]),
            "customerDelete": lambda given: self._delete(given["input"]["id"]),
            "customerAddressCreate": self._create_address,
            "customerAddressUpdate": self._update_address,
        }
        return {
            "customerByIdentifier": lambda _info, **given: self._identified(given["identifier"]),
            **{name: self._writing(name, mutate) for name, mutate in writing.items()},
            "customerMerge": self._merge,
        }

    def _writing(self, name: str, mutate: Callable[[Values], Answer]) -> Callable[..., Answer]:
        def resolve(_info: Any, **given: Any) -> Answer:
            self._allow("write_customers", name)
            return mutate(given)

        return resolve

    def _identified(self, wanted: Values) -> Any:
        self._allow("read_customers", "customerByIdentifier")
        if "id" in wanted:
            return self._view(self._found(wanted["id"]))
        for key, member in (("emailAddress", "email"), ("phoneNumber", "phone")):
            if wanted.get(key):
                return self._view(self._holder(member, wanted[key]))
        return None

    def _create(self, given: Values) -> Answer:
        values = _values(given)
        problems = self._problems(values, None)
        if not any(values.get(name) for name in ("first_name", "last_name", "email", "phone")):
            problems.append(_problem(None, "Customer must have a name, phone number or email address"))
        if problems:
            return {"customer": None, "userErrors": problems}
        return {"customer": self._view(self._shop.create_customer(values)), "userErrors": []}

    def _update(self, given: Values) -> Answer:
        found = self._found(given.get("id") or "gid://shopify/Customer/0")
        if found is None:
            return {"customer": None, "userErrors": [_problem("id", "Customer does not exist")]}
        values = _values(given)
        problems = self._problems(values, found["id"])
        if problems:
            return {"customer": None, "userErrors": problems}
        return {"customer": self._view(self._shop.edit_customer(str(found["id"]), values)), "userErrors": []}

    def _delete(self, global_id: str) -> Answer:
        found = self._found(global_id)
        problems = []
        if found is None:
            problems = [_problem("id", "Customer can't be found")]
        elif found.get("orders_count"):
            problems = [_problem("id", "Customer can’t be deleted because they have associated orders")]
        else:
            self._shop.delete("customer", str(found["id"]))
        return {"deletedCustomerId": None if problems else global_id, "userErrors": problems}

    def _merge(self, _info: Any, **given: Any) -> Answer:
        self._allow("write_customer_merge", "customerMerge")
        pair = {name: self._found(given[name]) for name in ("customerOneId", "customerTwoId")}
        problems: list[Answer] = [
            {"code": "INVALID_CUSTOMER_ID", "field": [name], "message": "Customer does not exist"}
            for name, found in pair.items()
            if found is None
        ]
        if given["customerOneId"] == given["customerTwoId"]:
            problems = [{"code": "INVALID_CUSTOMER", "field": None, "message": "Customers IDs should not match"}]
        if problems:
            return {"resultingCustomerId": None, "job": None, "userErrors": problems}
        kept = (given.get("overrideFields") or {}).get("customerIdOfEmailToKeep")
        numbers = [str(found["id"]) for found in pair.values() if found]
        survivor = self._shop.merge_customers(numbers, kept=parse_gid(kept)[1] if kept else None)
        job = {"id": f"gid://shopify/Job/{survivor['id']}", "done": True}
        return {"resultingCustomerId": survivor["admin_graphql_api_id"], "job": job, "userErrors": []}

    def _create_address(self, given: Values) -> Answer:
        found = self._found(given["customerId"])
        if found is None:
            return {"address": None, "userErrors": [_problem("customerId", "Customer does not exist")]}
        for other in found["addresses"]:
            other["default"] = False
        found["default_address"] = None
        return self._addressed(found, given)

    def _update_address(self, given: Values) -> Answer:
        found = self._found(given["customerId"])
        number = parse_gid(given["addressId"].partition("?")[0])[1]
        known = [one for one in found["addresses"] if str(one["id"]) == number] if found else []
        if found is None or not known:
            return {"address": None, "userErrors": [_problem("addressId", "Address does not exist")]}
        found["default_address"] = known[0]
        return self._addressed(found, given)

    def _addressed(self, found: Values, given: Values) -> Answer:
        """The default address changed, whether or not `setAsDefault` says so: the sandbox keeps no other in use."""
        values = {_ADDRESS_MEMBERS[name]: value for name, value in given["address"].items()}
        changed = self._shop.edit_customer(str(found["id"]), {"address": values})
        return {"address": address(changed["default_address"]), "userErrors": []}

    def _found(self, global_id: str) -> dict[str, Any] | None:
        return self._shop.find("customer", parse_gid(global_id)[1])

    def _holder(self, member: str, value: str) -> dict[str, Any] | None:
        wanted = value.lower()
        return next((one for one in self._shop.all("customer") if (one.get(member) or "").lower() == wanted), None)

    def _problems(self, values: Values, own: Any) -> list[Answer]:
        problems = []
        for member, pattern in (("email", _EMAIL), ("phone", _PHONE)):
            value = values.get(member)
            if not value:
                continue
            holder = self._holder(member, value)
            if not pattern.fullmatch(value):
                problems.append(_problem(member, f"{member.title()} is invalid"))
            elif holder is not None and holder["id"] != own:
                problems.append(_problem(member, f"{member.title()} has already been taken"))
        return problems


def _values(given: Values) -> dict[str, Any]:
    """The resource's members; `locale` is taken and not kept."""
    values = {_MEMBERS[name]: value for name, value in given.items() if name in _MEMBERS}
    return {**values, "tags": ", ".join(given["tags"])} if "tags" in given else values


def _problem(field: str | None, message: str) -> Answer:
    return {"field": field and [field], "message": message}
