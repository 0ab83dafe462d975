# Part of Integration Hub. License LGPL-3.0 or later.
"""What a message wrote, as a person reads it: by record, fields by name, contents for whoever may see them."""

from odoo.tools import SQL

from .mapping_words import shown


def changes_of(env, event, contents):
    """Return the records that a message wrote, in the order in which it first touched them.

    :param contents: whether the reader may see what messages carry; of a record that she may not read she sees no value
    """
    env.cr.execute(SQL("SELECT changes FROM integration_effect WHERE event_id = %s ORDER BY ctid", event.id))
    merged = {}
    for (changes,) in env.cr.fetchall():
        for change in changes:
            if "model" in change:
                _merge(merged, change)
    known = {event.res_model, *env["integration.flow"]._synced(), *env["integration.flow"]._shown()}

    def rank(change):
        """The message's own record comes first, then what has a sync of its own, then their lines and the like."""
        own = (change["model"], change["id"]) == (event.res_model, event.res_id)
        return 0 if own else 1 if change["model"] in known else 2

    return [
        _told(env, change, contents) | {"is_part": rank(change) == 2} for change in sorted(merged.values(), key=rank)
    ]


def deeds_of(env, event):
    """Return what people did about a message: who tried it again, resolved it, or gave it up."""
    env.cr.execute(SQL("SELECT changes FROM integration_effect WHERE event_id = %s ORDER BY ctid", event.id))
    return [each for (changes,) in env.cr.fetchall() for each in changes if "deed" in each]


def _merge(merged, change):
    known = merged.setdefault((change["model"], change["id"]), {**change, "values": {}})
    if change["what"] != "write":
        known.update(what=change["what"], name=change.get("name"))
    for name, (old, new) in change["values"].items():
        known["values"][name] = [known["values"].get(name, [old])[0], new]


def _told(env, change, contents):
    model = env.get(change["model"])
    record = model.browse(change["id"]).exists() if model is not None else None
    readable = bool(record) and record.has_access("read")
    name = record.display_name if readable else ""
    return {
        "model": change["model"],
        "id": change["id"] if readable else False,
        "model_name": env["ir.model"]._get(change["model"]).name if model is not None else change["model"],
        "name": name or (change.get("name") if contents else "") or "",
        "what": change["what"],
        "fields": [
            _field(env, model, name, old, new, contents and (readable or model is None), change["what"])
            for name, (old, new) in change["values"].items()
            if old != new and change["what"] != "unlink"
        ],
    }


def _field(env, model, name, old, new, visible, what):
    field = model._fields.get(name) if model is not None else None
    label = field._description_string(env) if field is not None else name
    visible = visible and (field is None or model._has_field_access(field, "read"))
    values = {"hidden": not visible, "old": "", "new": ""}
    if visible:
        values |= {"old": _value(env, field, old) if what != "create" else "", "new": _value(env, field, new)}
    return {"name": name, "label": label, **values}


def _value(env, field, value):
    if value is None or (value is False and (field is None or field.type != "boolean")):
        return ""
    return shown(env, value, field, lambda model, id_: _name_of(env, model, id_))


def _name_of(env, model, id_):
    record = env[model].browse(id_).exists() if model in env else None
    return record.display_name if record and record.has_access("read") else f"#{id_}"
