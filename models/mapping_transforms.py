# Part of Integration Hub. License LGPL-3.0 or later.
"""The transforms that only exist beside Odoo: they find records. Their context is a :class:`RecordContext`."""

from collections.abc import Collection
from typing import Any, NamedTuple

from ..connectors.mapping import DEFAULT, Arg, TransformError

TRANSFORMS = DEFAULT.child()


class RecordContext(NamedTuple):
    """What a record's mapping runs with: the service user's environment and where the document came from.

    `seen` keeps what was looked up until the transaction ends. `written` are the models whose records its messages
    change: of those nothing is kept. `alone`: no other message takes effect together with this one.
    """

    env: Any
    system: Any
    company: Any
    document: dict
    seen: dict | None = None
    written: Collection[str] = ()
    alone: bool = True

    def look_up(self, model, key, find):
        """Return what ``find()`` returns, found once a transaction for each model and key.

        :raises DependsOnOthers: what it finds may be the effect of a message that is applied together with this one
        """
        if model in self.written:
            self.depend_on_others()
            return find()
        if self.seen is None:
            return find()
        if (model, key) not in self.seen:
            self.seen[model, key] = find()
        return self.seen[model, key]

    def depend_on_others(self):
        """The document's meaning depends on what earlier messages did: it has to be applied after them."""
        if not self.alone:
            raise DependsOnOthers


class DependsOnOthers(Exception):
    """A document can be mapped only once the earlier messages of its transaction have taken effect."""


@TRANSFORMS.transform("lookup", Arg("model", "text"), Arg("by", "text", default="code"), context=True)
def lookup(value, context, model, by):
    """Find the one record of an Odoo model whose field equals the value; refuses unknown and switched-off ones."""
    target = context.env["integration.target"]
    return context.look_up(model, (by, repr(value)), lambda: target._lookup(context, model, by, value).id)


@TRANSFORMS.transform("state", Arg("country", "text", default="country_code"), context=True)
def state(value, context, country):
    """Find the federal state of a code within the address's country; an unknown state is left out."""
    code, country_code = value.get("state_code"), value.get(country)
    if not code or not country_code:
        return None
    target = context.env["integration.target"]
    found = context.look_up(
        "res.country.state", (country_code, code), lambda: target._lookup_state(context.system, country_code, code).id
    )
    return found or None


@TRANSFORMS.transform("resolve", Arg("entity", "text"), Arg("model", "text"), context=True)
def resolve(value, context, entity, model):
    """Find the Odoo record of a nested business object by its link, then by its keys; create it if there is none."""
    if not isinstance(value, dict):
        raise TransformError("type", "The value is not a business object", "Map the whole object, not one field.")
    context.depend_on_others()
    return context.env["integration.target"]._resolve(context, entity, model, value).id


@TRANSFORMS.transform("taxes", context=True)
def taxes(value, context):
    """Find the sales taxes with the rates given, price-included where the document says so."""
    return context.env["integration.target"]._lookup_taxes(context, value)
