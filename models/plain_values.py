# Part of Integration Hub. License LGPL-3.0 or later.
"""Values of fields as JSON, to be compared, kept, and shown to people."""

from datetime import date, datetime

from odoo import fields, models
from odoo.tools import format_date, format_datetime, html2plaintext, is_html_empty
from odoo.tools.float_utils import float_round

from ..engine import ownership

LONGEST = 200  # characters that a person is shown
NUMBERS = ("integer", "float", "monetary")


def plain(field, value, digits=6):
    """Return a field's value, read or about to be written, as JSON: of equal values the same."""
    if isinstance(value, models.BaseModel):
        return sorted(value.ids) if field.type in ("one2many", "many2many") else value.id or None
    if field.type in NUMBERS:
        return float_round(value or 0, precision_digits=digits) if field.type != "integer" else value or 0
    if field.type == "boolean":
        return bool(value)
    if value is None or value is False or value == "":
        return None
    if isinstance(value, datetime):
        return fields.Datetime.to_string(value)
    if isinstance(value, date):
        return fields.Date.to_string(value)
    if isinstance(value, list):
        return _commands(value)
    if field.type == "html":
        return None if is_html_empty(value) else str(value)
    return value


def as_stored(field, value, record):
    """Return a value about to be written as :func:`plain` has it once it is: rounded, and without what is unsafe.

    But for amounts, whose currency may be written together with them.
    """
    if field.type in ("float", "html"):
        value = field.convert_to_record(field.convert_to_cache(value, record), record)
    return plain(field, value)


def fingerprint(field, value):
    """Return what a plain value is known again by; an e-mail address is the same in any case, as to mail servers."""
    if field.type == "char" and field.name.startswith("email") and value:
        value = value.strip().lower()
    return ownership.digest(value)


def _commands(value):
    """Return the ids that a list is set to; commands that say something else stay what they are."""
    commands = [list(command) for command in value]
    if len(commands) == 1 and commands[0][0] == fields.Command.SET:
        return sorted(commands[0][2])
    return commands


def shown(record, field, value):
    """Return a plain value as a person reads it."""
    env = record.env
    if field.type == "boolean":
        return env._("Yes") if value else env._("No")
    if field.type in NUMBERS:
        return f"{value or 0:g}" if field.type != "float" or not field.get_digits(env) else _fixed(env, field, value)
    if not value:
        return False
    if field.type == "selection":
        return dict(field._description_selection(env)).get(value, value)
    if field.relational:
        ids = [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, int)]
        names = env[field.comodel_name].sudo().browse(ids).exists().mapped("display_name")
        return ", ".join(names) or env._("A changed list")
    if field.type == "datetime":
        return format_datetime(env, value)
    if field.type == "date":
        return format_date(env, value)
    text = html2plaintext(value) if field.type == "html" else str(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _fixed(env, field, value):
    return f"{value or 0:.{field.get_digits(env)[1]}f}"
