# Part of Integration Hub. License LGPL-3.0 or later.
"""Mappings in plain words: what is done with a value, and values as people write them."""

import json
import math

from odoo import fields
from odoo.tools import format_date, format_datetime
from odoo.tools.misc import formatLang

from ..connectors.mapping import DEFAULT
from ..connectors.mapping.registry import REQUIRED

LONGEST = 120  # characters of a value that are shown
UNSAID = ("null_if",)  # what does nothing that anybody would miss


def _words(env):
    """Return ``{name: words}`` of the transforms that people meet most, as the second half of "Email, …"."""
    return {
        "bool": env._("yes or no"),
        "country_code": env._("country code"),
        "currency_code": env._("currency code"),
        "date": env._("date"),
        "datetime_utc": env._("date and time"),
        "decimal": env._("amount"),
        "email": env._("e-mail address"),
        "first": env._("first of the list"),
        "gid": env._("full id"),
        "gid_number": env._("number of the id"),
        "html_to_text": env._("text without markup"),
        "hash_sha256": env._("fingerprint"),
        "int": env._("whole number"),
        "join": env._("joined by commas"),
        "last": env._("last of the list"),
        "lookup": env._("found in Odoo"),
        "lower": env._("lower case"),
        "multiply": env._("multiplied"),
        "null_if": env._("nothing if blank"),
        "phone_e164": env._("international phone number"),
        "resolve": env._("found in Odoo, or created"),
        "split": env._("list"),
        "split_name": env._("part of the name"),
        "state": env._("found in Odoo"),
        "strip": env._("trimmed"),
        "sum": env._("added up"),
        "taxes": env._("found in Odoo by the rate"),
        "template": env._("put together"),
        "text_to_html": env._("text with markup"),
        "title": env._("Title Case"),
        "to_float": env._("number"),
        "to_string": env._("text"),
        "truncate": env._("cut to length"),
        "upper": env._("UPPER CASE"),
        "value_map": env._("by a table"),
    }


def name_of(step):
    """Return the name of a transform in a line's JSON."""
    return step if isinstance(step, str) else next(iter(step))


def said(env, steps):
    """Return what these transforms do, in a few words; "" where nothing is done."""
    words = _words(env)
    names = [name_of(step) for step in steps or [] if step not in UNSAID]
    return ", ".join(dict.fromkeys(words.get(name, name.replace("_", " ")) for name in names))


def offered(env):
    """Return the transforms that a person may add with one click: those that need nothing else to be said."""
    words = _words(env)
    easy = [
        transform
        for transform in map(DEFAULT.get, DEFAULT)
        if not transform.context and all(arg.default is not REQUIRED for arg in transform.args)
    ]
    found = [
        {"value": each.name, "label": words.get(each.name, each.name.replace("_", " ")), "help": each.doc}
        for each in easy
        if each.name != "default"  # a line's own default says the same
    ]
    return sorted(found, key=lambda each: each["label"].casefold())


def shown(env, value, field=None, name_of_record=None):
    """Return a value as people write it.

    :param field: the Odoo field that it is for, if any
    :param name_of_record: gives the name of a record by model and id
    """
    if value is None:
        return ""
    if field is not None:
        text = _of_field(env, value, field, name_of_record)
        if text is not None:
            return _short(text)
    if isinstance(value, bool):
        return env._("Yes") if value else env._("No")
    if isinstance(value, dict):
        return _short(", ".join(str(each) for each in value.values() if each and not isinstance(each, dict | list)))
    if isinstance(value, list):
        if any(isinstance(each, dict | list) for each in value):
            return env._("%(count)s lines", count=len(value)) if len(value) != 1 else env._("1 line")
        return _short(", ".join(map(str, value)))
    return _short(str(value))


def _of_field(env, value, field, name_of_record):
    if field.type == "many2one" and isinstance(value, int) and name_of_record:
        return name_of_record(field.comodel_name, value)
    if field.type == "many2many" and isinstance(value, list) and name_of_record:
        return ", ".join(name_of_record(field.comodel_name, each) for each in value)
    if field.type == "selection":
        return dict(field._description_selection(env)).get(value)
    if field.type == "datetime" and isinstance(value, str):
        return format_datetime(env, fields.Datetime.to_datetime(value.rstrip("Z").replace("T", " ").partition(".")[0]))
    if field.type == "date" and isinstance(value, str):
        return format_date(env, value[:10])
    if field.type in ("float", "monetary") and isinstance(value, int | float) and not isinstance(value, bool):
        return formatLang(env, value)
    return None


def _short(text):
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def as_json(text, kind):
    """Return what a person typed as the JSON text of a constant of this kind: number, boolean or text.

    :raises ValueError: it is none
    """
    if kind in ("number", "integer"):
        number = float(text)
        if not math.isfinite(number):
            raise ValueError(text)
        return json.dumps(int(number) if number.is_integer() else number)
    if kind == "boolean":
        return json.dumps({"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[text.lower()])
    return json.dumps(text, ensure_ascii=False)
