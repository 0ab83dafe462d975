# Part of Integration Hub. License LGPL-3.0 or later.
"""A customer brought to Shopify: looked for, then created, or changed where it differs. Repeating that changes nothing.

A payload has the shape of the webhook (`contracts/customer_out.json`). The customer and its default address are written
by mutations of their own: an `addresses` list in CustomerInput would replace all that a customer has.
Sources: https://shopify.dev/docs/api/admin-graphql/2025-10/mutations/customerCreate (customerUpdate, customerDelete,
customerAddressCreate, customerAddressUpdate), …/queries/customerByIdentifier
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ... import moments
from ...connector_values import Document, PushResult
from ...contracts import Contract, compile_contract
from ...errors import BadResponse, NotFound, Rejected
from ...excerpts import masked_excerpt
from ...http import Client
from . import notifications, queries, resource

_INPUT = {
    "email": "email",
    "first_name": "firstName",
    "last_name": "lastName",
    "phone": "phone",
    "note": "note",
}
_ADDRESS_INPUT = {
    **{name: name for name in ("company", "address1", "address2", "city", "zip", "phone")},
    "first_name": "firstName",
    "last_name": "lastName",
    "province_code": "provinceCode",
    "country_code": "countryCode",
}
_SOMEWHERE = ("address1", "city", "zip", "countryCode")
"""What makes an address of it: a company's name alone is none."""


def push(client: Client, payload: Document, external_id: str | None) -> PushResult:
    """Bring a customer to Shopify; of one met for the first time, nothing is erased that we do not know.

    Raises ContractViolation for what cannot be sent, NotFound when `external_id` is no longer there, and Rejected when
    Shopify refuses a value.
    """
    _contract().check(payload)
    if external_id is not None:
        return _change(client, _read(client, notifications.gid("customer", external_id)), payload)
    payload = _known(payload)
    found = _find(client, payload)
    if found is None:
        try:
            made = _saved(client, "customer_create", payload, input=_differing(payload, {}, _INPUT))
        except Rejected as refusal:
            # Somebody created it meanwhile, or the search for it was behind.
            if not {"email", "phone"} & set(refusal.params.get("fields", ())):
                raise
            found = _find(client, payload)
            if found is None:
                raise
        else:
            return _result(_settle(client, made, payload), created=True)
    return _change(client, found, payload)


def delete(client: Client, external_id: str) -> None:
    """Delete a customer; one that is gone is a success. Raises Rejected for one with orders, which Shopify keeps."""
    gid = notifications.gid("customer", external_id)
    if _looked_up(client, gid) is None:
        return
    try:
        _mutated(client, "customer_delete", {}, input={"id": gid})
    except Rejected as refusal:
        if _looked_up(client, gid) is None:
            return
        refusal.hint = "Shopify deletes only customers who have placed no orders. Keep the customer there."
        raise


def _change(client: Client, node: Document, payload: Document) -> PushResult:
    differing = _differing(payload, resource.build("customer", node), _INPUT)
    if differing:
        node = _saved(client, "customer_update", payload, input={"id": node["id"], **differing})
    return _result(_settle(client, node, payload), created=False)


def _settle(client: Client, node: Document, payload: Document) -> Document:
    """The customer after its default address was made what the payload says of it."""
    current = resource.build("customer", node)["default_address"] or {}
    address = _differing(payload.get("default_address") or {}, current, _ADDRESS_INPUT)
    place = queries.member(node, "defaultAddress")
    if place is not None and address:
        where = {"customerId": node["id"], "addressId": queries.member(place, "id")}
        _mutated(client, "customer_address_update", address, address=address, **where)
    elif any(address.get(name) for name in _SOMEWHERE):
        _mutated(client, "customer_address_create", address, address=_known(address), customerId=node["id"])
    else:
        return node
    return _read(client, node["id"])


def _find(client: Client, payload: Document) -> Document | None:
    """Whom Shopify knows by this e-mail address; else by this phone number, unless that one has another address."""
    mail = payload["email"].casefold()
    for name, member, agreeing in (("emailAddress", "email", (mail,)), ("phoneNumber", "phone", (mail, ""))):
        if payload.get(member):
            data = queries.run(client, "customer_by_identifier", identifier={name: payload[member]})
            found = queries.member(data, "customerByIdentifier")
            if found is not None and _compared("email", resource.build("customer", found)["email"]) in agreeing:
                return _node(found)
    return None


def _looked_up(client: Client, gid: str) -> Document | None:
    node = queries.member(queries.run(client, "customer_to_change", id=gid), "customer")
    return None if node is None else _node(node)


def _read(client: Client, gid: str) -> Document:
    node = _looked_up(client, gid)
    if node is None:
        raise NotFound(
            "Shopify no longer has this customer.",
            hint="It was deleted or merged there. Remove the record's link, then retry: it is looked for, or created.",
        )
    return node


def _saved(client: Client, name: str, payload: Document, **variables: Any) -> Document:
    return _node(queries.member(_mutated(client, name, payload, **variables), "customer"))


def _mutated(client: Client, name: str, sent: Document, **variables: Any) -> Document:
    """What a mutation answers. Raises Rejected with Shopify's reasons; `params["fields"]` names what they are about."""
    answer: Any = next(iter(queries.run(client, name, **variables).values()), None)
    problems = queries.member(answer, "userErrors")
    if problems:
        raise _refusal(problems, sent)
    found: Document = answer
    return found


def _refusal(problems: Any, sent: Document) -> Rejected:
    fields, reasons = [], []
    for problem in problems if isinstance(problems, list) else [problems]:
        where = problem.get("field") if isinstance(problem, Mapping) else None
        field = str(where[-1]) if isinstance(where, list) and where else ""
        message = str(problem.get("message") if isinstance(problem, Mapping) else problem)
        fields.append(field)
        reasons.append(f"{field}: {message}" if field else message)
    return Rejected(
        f"Shopify refused the customer: {_without(sent, '; '.join(reasons))}",
        status=200,
        code="user-errors",
        hint="Correct the record, then retry. If another customer has the e-mail address or phone number, merge them "
        "in Shopify.",
        params={"fields": fields},
    )


def _without(sent: Document, text: str) -> str:
    """Shopify's words without what was sent: a message holds no values."""
    values = [*sent.values(), *(sent.get("default_address") or {}).values()]
    for value in sorted((one for one in values if isinstance(one, str) and len(one) > 2), key=len, reverse=True):
        text = text.replace(value, "***")
    return masked_excerpt(text.encode())


def _result(node: Document, *, created: bool) -> PushResult:
    return PushResult(str(node["id"]), moments.normal(node["updatedAt"]), created)


def _node(node: Any) -> Document:
    """The node of a customer. Raises BadResponse when it is none."""
    resource.build("customer", node)
    found: Document = node
    if not isinstance(found["updatedAt"], str):
        raise BadResponse("Shopify's answer does not say when the customer changed.", code="bad-node")
    return found


def _known(values: Document) -> Document:
    return {
        name: _known(value) if isinstance(value, dict) else value for name, value in values.items() if value is not None
    }


def _differing(given: Document, current: Document, names: Mapping[str, str]) -> Document:
    """What of the given is not so yet, as the inputs name it; nothing and "" are the same."""
    return {
        names[name]: value
        for name, value in given.items()
        if name in names and _compared(name, value) != _compared(name, current.get(name))
    }


def _compared(name: str, value: Any) -> str:
    text = "" if value is None else str(value)
    return text.casefold() if name == "email" else text


@cache
def _contract() -> Contract:
    path = Path(__file__).parent / "contracts" / "customer_out.json"
    return compile_contract(json.loads(path.read_text(encoding="utf-8")))
