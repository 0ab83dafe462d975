# Part of Integration Hub. License LGPL-3.0 or later.
"""Who uses a record: found in the database itself, so that no app is asked and none is forgotten."""

from odoo.tools import SQL

# Of what is kept for a record by the name of its model, and its id: what of it is a use. What is not here, all of it.
ATTACHED = {
    "mail.message": "o.message_type NOT IN ('notification', 'user_notification', 'auto_comment')",
    "ir.attachment": "o.res_field IS NULL",
    "mail.followers": "FALSE",  # who looks at it
    "ir.model.data": "FALSE",  # what a file calls it
}


def uses(records, with_parts=True):
    """Return ``{record id: what refers to it}``, by the title of the model, for those that anything refers to.

    What would be deleted with the record counts too: somebody made it. No use is what these records say of each other,
    and what Odoo computes.

    :param with_parts: nor is what came into being in the record's own transaction, as its parts and the first line of
        its history
    """
    found = {}
    if not records:
        return found
    titles = {
        "mail.message": records.env._("a message in its chatter"),
        "mail.activity": records.env._("an activity"),
        "ir.attachment": records.env._("an attached file"),
    }
    for field in _references(records.env, records._name):
        for record_id in _referred(records, field, with_parts):
            title = field.type == "many2one_reference" and titles.get(field.model_name)
            found.setdefault(record_id, title or records.env["ir.model"]._get(field.model_name).name)
    return found


def _references(env, model):
    """Return the stored fields of all models that refer to a model's records, or can."""
    # What a copy of the record would have too is its own: its tags, but not the lists that it was put on.
    mine = (field for field in env[model]._fields.values() if field.type == "many2many" and field.store and field.copy)
    own = {field.relation for field in mine}
    for other in env.registry.values():
        if other._abstract or other._transient or not other._auto or other._name.startswith("integration."):
            continue
        for field in other._fields.values():
            if not field.store or field.inherited:
                continue
            if field.type == "many2one_reference":
                if other._fields[field.model_field].store:
                    yield field
            elif field.comodel_name == model and (
                field.type == "many2one"
                or (
                    field.type == "many2many"
                    and not field.compute
                    and (field.relation not in own or other._name == model)
                )
            ):
                yield field


def _referred(records, field, with_parts):
    """Return the ids of those of the records to which a field refers."""
    records.env.cr.execute(
        SQL(
            "SELECT DISTINCT r.id FROM %s JOIN %s r ON %s WHERE r.id = ANY(%s) AND %s",
            *_relation(records, field),
            records.ids,
            _by_others(records, field, with_parts),
        )
    )
    return [record_id for (record_id,) in records.env.cr.fetchall()]


def _relation(records, field):
    """Return what holds the references, the records' table, and how the two are joined."""
    mine, holder = SQL.identifier(records._table), SQL.identifier(records.env[field.model_name]._table)
    column = SQL.identifier("o", field.column2 if field.type == "many2many" else field.name)
    if field.type == "many2many":
        return SQL("%s o", SQL.identifier(field.relation)), mine, SQL("r.id = %s", column)
    if field.company_dependent:  # {company: record}
        each = SQL("%s o CROSS JOIN LATERAL jsonb_each_text(%s) v", holder, column)
        return each, mine, SQL("r.id::text = v.value")
    return SQL("%s o", holder), mine, SQL("r.id = %s", column)


def _by_others(records, field, with_parts):
    """Return the condition under which a reference is a use."""
    other = records.env[field.model_name]
    if field.type == "many2one_reference":
        named = SQL("%s = %s", SQL.identifier("o", field.model_field), records._name)
        return SQL("%s AND %s", named, SQL(ATTACHED.get(other._name, "TRUE")))
    if other._name == records._name:  # as a contact refers to its company
        holder = SQL.identifier("o", field.column1 if field.type == "many2many" else "id")
        return SQL("%s <> ALL(%s)", holder, records.ids)
    if field.type == "many2one" and other._log_access and with_parts:
        return SQL("o.create_date IS DISTINCT FROM r.create_date")
    return SQL("TRUE")
