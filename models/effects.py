# Part of Integration Hub. License LGPL-3.0 or later.
"""Effects: what the work of a message wrote in Odoo, record by record, before and after (docs/adr/0044).

Only transactions that work off messages are heard (``engine/causation.py``). As with the outbox, what is noted is
written when the cursor is flushed: so a savepoint that is rolled back takes its own effects along, and no others.
"""

import json
from datetime import date

from odoo.tools import SQL

from ..engine.causation import causes

NOTED = "integration_hub.effects"
MOST_RECORDS = 300  # of one flush; what a message wrote beyond that is only counted
MOST_CHARS = 500  # of one value
_NOISE = ("integration.", "mail.", "ir.", "bus.", "queue.", "discuss.", "digest.", "res.users", "web_tour.")
_UNSAID = ("create_uid", "create_date", "write_uid", "write_date")


def noting(records):
    """Return whose the transaction is, where what is written in it is noted; ``None`` for almost all."""
    whose = causes(records.env.cr)
    return whose if whose and not (records._transient or records._name.startswith(_NOISE)) else None


def created(records, vals_list, whose):
    """Note the values that these records were created with."""
    for record, values in zip(records, vals_list, strict=True):
        effect = _effect(record, whose, "create")
        written = {name: [None, new] for name, (_old, new) in effect["values"].items()}  # by what its creation called
        effect["values"] = {name: [None, new] for name, new in _told(record, values)} | written
        effect["refers"] = [
            (field.comodel_name, values[name])
            for name in values
            if (field := record._fields.get(name)) is not None and field.type == "many2one"
        ]


def writing(records, values, whose):
    """Note what these fields are before they are written, and what they will be."""
    for record in records:
        effect = None
        for name, new in _told(record, values):
            old = _stored(record, name)
            if old != new:
                effect = effect or _effect(record, whose, "write")
                effect["values"].setdefault(name, [old, None])[1] = new


def unlinking(records, whose):
    """Note that these records are about to be deleted, and what they are called."""
    for record in records:
        _effect(record, whose, "unlink")["name"] = record.sudo().display_name


def _effect(record, whose, what):
    """Return what is noted of a record since the last flush; what becomes of one that is new stays its creation."""
    data = record.env.cr.precommit.data
    if NOTED not in data:
        data[NOTED] = {}
        cr = record.env.cr
        cr.precommit.add(lambda: _write_out(cr))
    key = whose.of_record(record._name, record.id), record._name, record.id
    effect = data[NOTED].setdefault(key, {"model": record._name, "id": record.id, "what": what, "values": {}})
    if what != "write":
        effect["what"] = "nothing" if (effect["what"], what) == ("create", "unlink") else what
    return effect


def _told(record, values):
    """Yield name and new value, as JSON has it, of those fields that say something of the record itself."""
    for name, value in values.items():
        field = record._fields.get(name)
        if field is None or not field.store or name in _UNSAID or field.type in ("one2many", "many2many"):
            continue
        yield name, _plain(field, record, value)


def _stored(record, name):
    """Return what a field is, as JSON has it; ``None`` where it would have to be computed first."""
    field = record._fields[name]
    if not isinstance(record.id, int) or record.env.is_to_compute(field, record) or field.type == "binary":
        return None
    return _plain(field, record, record.sudo()[name])


def _plain(field, record, value):
    if field.type == "binary":
        return "…" if value else False
    value = field.convert_to_cache(value, record, validate=False)
    if value is None:
        return False
    if isinstance(value, date):
        return field.to_string(value)
    if isinstance(value, str) and len(value) > MOST_CHARS:
        return value[: MOST_CHARS - 1] + "…"
    if field.type in ("json", "properties", "properties_definition") or not isinstance(value, str | int | float):
        text = json.dumps(value, default=str)
        return text if len(text) <= MOST_CHARS else text[: MOST_CHARS - 1] + "…"
    return value


def _write_out(cr):
    """Write what was noted, one row a message; runs when the cursor is flushed."""
    noted, whose = cr.precommit.data.pop(NOTED, {}), causes(cr)
    rows = {}
    for (event_id, model, res_id), effect in noted.items():
        refers = effect.pop("refers", ())
        owner = event_id or (whose and (whose.of_record(model, res_id) or _of_referred(whose, refers)))
        if owner and (effect["values"] or effect["what"] != "write") and effect["what"] != "nothing":
            if whose:
                whose.attribute(model, res_id, owner)
            rows.setdefault(owner, []).append(effect)
    if rows:
        cr.execute(
            SQL(
                """INSERT INTO integration_effect (event_id, changes)
                   SELECT * FROM unnest(%s::integer[], %s::jsonb[])""",
                list(rows),
                [json.dumps(_within(effects)) for effects in rows.values()],
            )
        )


def _of_referred(whose, refers):
    """Return the message of the record that a new one belongs to, as a line belongs to its order."""
    return next((found for model, res_id in refers if (found := whose.of_record(model, res_id))), None)


def _within(effects):
    more = len(effects) - MOST_RECORDS
    return [*effects[:MOST_RECORDS], {"more": more}] if more > 0 else effects
