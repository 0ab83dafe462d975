# Part of Integration Hub. License LGPL-3.0 or later.
"""The transforms that only exist beside Odoo: they find records. Their context is a :class:`RecordContext`."""

from typing import Any, NamedTuple

from ..connectors.mapping import DEFAULT, Arg, TransformError

TRANSFORMS = DEFAULT.child()


class RecordContext(NamedTuple):
    """What a record's mapping runs with: the service user's environment and where the document came from."""

    env: Any
    system: Any
    company: Any
    document: dict


@TRANSFORMS.transform("lookup", Arg("model", "text"), Arg("by", "text", default="code"), context=True)
def lookup(value, context, model, by):
    """Find the one record of an Odoo model whose field equals the value; refuses unknown and switched-off ones."""
    return context.env["integration.target"]._lookup(context, model, by, value).id


@TRANSFORMS.transform("state", Arg("country", "text", default="country_code"), context=True)
def state(value, context, country):
    """Find the federal state of a code within the address's country; an unknown state is left out."""
    code = value.get("state_code")
    if not code or not value.get(country):
        return None
    return context.env["integration.target"]._lookup_state(value[country], code).id or None


@TRANSFORMS.transform("resolve", Arg("entity", "text"), Arg("model", "text"), context=True)
def resolve(value, context, entity, model):
    """Find the Odoo record of a nested business object by its link, then by its keys; create it if there is none."""
    if not isinstance(value, dict):
        raise TransformError("type", "The value is not a business object", "Map the whole object, not one field.")
    return context.env["integration.target"]._resolve(context, entity, model, value).id


@TRANSFORMS.transform("taxes", context=True)
def taxes(value, context):
    """Find the sales taxes with the rates given, price-included where the document says so."""
    return context.env["integration.target"]._lookup_taxes(context, value)
