# Part of Integration Hub. License LGPL-3.0 or later.
"""Who uses a record: found in the database itself, so that no app is asked and none is forgotten."""

from odoo.tools import SQL


def uses(records):
    """Return ``{record id: what refers to it}``, by the title of the model, for those that anything refers to.

    No use is what belongs to a record and goes with it (PostgreSQL's cascade), what a record says of itself, what Odoo
    computes, and what came into being in the record's own transaction, as the first line of its history.
    """
    found = {}
    for field in _references(records.env, records._name):
        for record_id in _referred(records, field):
            found.setdefault(record_id, records.env["ir.model"]._get(field.model_name).name)
    for model, condition, title in (
        ("mail.message", "message_type IN ('comment', 'email')", records.env._("a message in its chatter")),
        ("mail.activity", "TRUE", records.env._("an activity")),
        ("ir.attachment", "res_field IS NULL", records.env._("an attached file")),
    ):
        for record_id in _attached(records, model, condition):
            found.setdefault(record_id, title)
    return found


def _references(env, model):
    """Return the stored fields of all models that refer to a model's records."""
    # What a copy of the record would have too is its own: its tags, but not the lists that it was put on.
    mine = (field for field in env[model]._fields.values() if field.type == "many2many" and field.store and field.copy)
    own = {field.relation for field in mine}
    for other in env.registry.values():
        if other._abstract or other._transient or not other._auto or other._name.startswith("integration."):
            continue
        for field in other._fields.values():
            if field.comodel_name != model or not field.store or field.inherited:
                continue
            one = field.type == "many2one" and not field.company_dependent and field.ondelete != "cascade"
            if one or (field.type == "many2many" and not field.compute and field.relation not in own):
                yield field


def _referred(records, field):
    other = records.env[field.model_name]
    if field.type == "many2many":
        table, column, others = field.relation, field.column2, SQL()
    else:
        table, column = other._table, field.name
        # a record that refers to itself, as a contact to its own company
        others = SQL("AND o.id <> ALL(%s)", records.ids) if other._name == records._name else SQL()
        if other._log_access:
            others = SQL("%s AND o.create_date IS DISTINCT FROM r.create_date", others)
    records.env.cr.execute(
        SQL(
            """SELECT DISTINCT r.id FROM %(table)s o JOIN %(mine)s r ON r.id = o.%(column)s
                WHERE r.id = ANY(%(ids)s) %(others)s""",
            column=SQL.identifier(column),
            table=SQL.identifier(table),
            mine=SQL.identifier(records._table),
            ids=records.ids,
            others=others,
        )
    )
    return [record_id for (record_id,) in records.env.cr.fetchall()]


def _attached(records, model, condition):
    column = "model" if model == "mail.message" else "res_model"
    records.env.cr.execute(
        SQL(
            "SELECT DISTINCT res_id FROM %s WHERE %s = %s AND res_id = ANY(%s) AND %s",
            SQL.identifier(records.env[model]._table),
            SQL.identifier(column),
            records._name,
            records.ids,
            SQL(condition),
        )
    )
    return [record_id for (record_id,) in records.env.cr.fetchall()]
