# Part of Integration Hub. License LGPL-3.0 or later.
"""Mending is the retry: who changes what a failed message is about has it run again, in the same transaction.

Which changes these are is worked out once from the flows, as what capture listens to is, and heard in the same place.
A message that goes out is about its record and those that its mapping reads through it: the contact of an order. One
that comes in is about the record that its object is linked with, and about what its mapping looks up: a currency that
is switched off. Whether anything has failed is one look for each such flow, by the indexes of what has.

There is no loop: a message that fails again writes nothing, and one that takes effect has failed no more.
"""

import json

from odoo import SUPERUSER_ID
from odoo.fields import Domain
from odoo.tools import SQL

from ..connectors.errors import HubError
from .capture_watch import Mend
from .value_words import bare

TAX_IS_KNOWN_BY = ("amount", "active", "type_tax_use", "amount_type", "price_include_override", "company_id")
VALUE = "?"  # the path to a record that a message looks for by a value
AT_ONCE = 500  # messages that are run again with the change itself; more of them in the background
CHANGED_AT_ONCE = 1_000  # records of which one may be what a message looks for; of more, all such messages run again
LOOKED_THROUGH = 5_000  # failed messages whose records may refer to what changes, the oldest


def mends(flow):
    """Return ``[(model that changes, Mend)]`` of a flow; none where its mappings are not in order."""
    try:
        if not (flow.record_mapping_id.version_id and flow.endpoint_id):
            return []
        hop = flow.record_mapping_id._compiled()[1]
    except HubError:
        return []
    if flow.direction == "outbound":
        return list(_read(flow, hop.sources))
    endpoints = flow.system_id.endpoint_ids.filtered(lambda endpoint: endpoint.direction == "inbound")
    here = Mend(tuple(endpoints.ids), "inbound", flow.model_name, "", None)
    return [(flow.model_name, here), *_looked_up(flow, tuple(endpoints.ids))]


def _read(flow, sources):
    """What a message is made of: the record's own fields, and those that are read through them."""
    names, made_of = {}, flow._target()._sent_as  # (model, path to it) → fields
    for source in sources:
        model, path = flow.env[flow.model_name], []
        for name in made_of.get(source.replace("[]", "").partition(".")[0], source).split("."):
            field = model._fields.get(name) if model is not None else None
            if field is None:
                break
            names.setdefault((model._name, ".".join(path)), set()).add(name)
            model = flow.env[field.comodel_name] if field.relational else None
            path.append(name)
    for (model, path), fields in names.items():
        if not model.startswith(("ir.", "integration.")):
            yield model, Mend((flow.endpoint_id.id,), "outbound", flow.model_name, path, frozenset(fields))


def _looked_up(flow, endpoint_ids):
    """What a message looks for by a value: code tables, taxes by their rate."""
    for line in flow.record_mapping_id.version_id.all_line_ids:
        for step in line._parsed("transforms") or []:
            if step == "taxes":
                table, names = "account.tax", TAX_IS_KNOWN_BY
            elif isinstance(step, dict) and "lookup" in step:
                table, names = step["lookup"]["model"], (step["lookup"].get("by", "code"), "active", "company_id")
            else:
                continue
            if table in flow.env:
                yield table, Mend(endpoint_ids, "inbound", table, VALUE, frozenset(names))
    for table, names in flow.env["integration.target"]._of_model(flow.model_name)._looks_for.items():
        if table in flow.env:
            yield table, Mend(endpoint_ids, "inbound", table, VALUE, frozenset(names))


def heard(listening, changed):
    """Return ``{(model, Mend): ids}`` of what these changes may mend.

    :param changed: yields ``(model, ids, names that have changed, whether they are new)``
    """
    found = {}
    for model, ids, names, new in changed:
        for mend in listening[model].mends if model in listening else ():
            if (mend.names is None and names) or (mend.names and names & mend.names) or (new and mend.path == VALUE):
                found.setdefault((model, mend), []).extend(ids)
    return found


def anything_failed(env, models):
    """Tell whether messages that a change of one of these models could mend have failed; one look."""
    endpoint_ids = {id_ for watch in models for mend in watch.mends for id_ in mend.endpoint_ids}
    if not endpoint_ids:
        return False
    query = "SELECT EXISTS (SELECT 1 FROM integration_event WHERE state = 'dead' AND endpoint_id = ANY(%s))"
    env.cr.execute(SQL(query, list(endpoint_ids)))
    return env.cr.fetchone()[0]


def run_again(env, mended):
    """Have run again what these changes may mend; returns the units to be woken.

    :param mended: as :func:`heard` returns it
    """
    found = set()
    for (model, mend), ids in mended.items():
        if mend.path == VALUE:
            found |= _by_value(env, model, mend, ids)
        elif mend.direction == "inbound":
            found |= _linked(env, model, mend, ids)
        elif mend.path:
            found |= _through(env, mend, ids)
        else:
            found |= _about(env, mend, ids)
    if len(found) <= AT_ONCE:
        return env["integration.event"].browse(sorted(found))._requeue() if found else set()
    hub = env(user=SUPERUSER_ID, su=True)
    repair = hub["integration.repair"]._begin(
        "retry", Domain("id", "in", sorted(found)), env._("Retry what was mended")
    )
    repair.env.flush_all()
    return set()


def _ids(env, query):
    env.cr.execute(query)
    return {id_ for (id_,) in env.cr.fetchall()}


def _dead(mend, columns):
    """Return the statement of what failed for good; what may have taken effect is for a person to decide."""
    return SQL(
        "SELECT %s FROM integration_event WHERE state = 'dead' AND in_doubt IS NOT TRUE AND endpoint_id = ANY(%s)",
        columns,
        list(mend.endpoint_ids),
    )


def _about(env, mend, ids):
    """The messages about the records themselves."""
    query = "%s AND direction = 'outbound' AND operation = 'upsert' AND res_model = %s AND res_id = ANY(%s)"
    return _ids(env, SQL(query, _dead(mend, SQL("id")), mend.model, ids))


def _through(env, mend, ids):
    """The messages about records that refer to these."""
    query = "%s AND direction = 'outbound' AND res_model = %s ORDER BY id LIMIT %s"
    env.cr.execute(SQL(query, _dead(mend, SQL("res_id, id")), mend.model, LOOKED_THROUGH))
    messages = {}
    for res_id, id_ in env.cr.fetchall():
        messages.setdefault(res_id, set()).add(id_)
    if not messages:
        return set()
    domain = Domain("id", "in", list(messages)) & Domain(mend.path, "in", ids)
    model = env[mend.model].with_context(active_test=False)
    return set().union(*(messages[id_] for id_ in model._search(domain).get_result_ids()))


def _linked(env, model, mend, ids):
    """What failed of the objects that the records are linked with, and was not made good by what came after it."""
    return _ids(
        env,
        SQL(
            """SELECT e.id FROM integration_binding b
                 JOIN integration_flow f ON f.system_id = b.system_id AND f.entity_id = b.entity_id
                 JOIN integration_event e
                   ON e.endpoint_id = ANY(%s) AND e.external_id = b.external_id AND e.flow_id = f.id
                  AND e.state = 'dead' AND e.direction = 'inbound' AND e.in_doubt IS NOT TRUE
                WHERE b.res_model = %s AND b.res_id = ANY(%s) AND b.deleted_at IS NULL
                  AND NOT EXISTS (
                      SELECT 1 FROM integration_event newer
                       WHERE newer.res_id = b.res_id AND newer.res_model = b.res_model AND newer.flow_id = e.flow_id
                         AND newer.id > e.id AND newer.state = 'done')""",
            list(mend.endpoint_ids),
            model,
            ids,
        ),
    )


def _by_value(env, model, mend, ids):
    """The messages that looked for what one of these records is called now."""
    table = json.dumps([{"params": {"table": model}}])
    query = "%s AND error_params -> 'problems' @> %s::jsonb"
    env.cr.execute(SQL(query, _dead(mend, SQL("id, error_params -> 'problems'")), table))
    wanted = {}
    for id_, problems in env.cr.fetchall():
        for problem in problems:
            if isinstance(problem, dict) and problem["params"].get("table") == model:
                wanted.setdefault(bare(problem["params"].get("value")), set()).add(id_)
    if not wanted or len(ids) > CHANGED_AT_ONCE:
        return set().union(*wanted.values())
    records = env[model].browse(ids).exists()
    names = mend.names & records._fields.keys()
    called = {bare(record[name]) for record in records for name in names}
    return set().union(*(wanted[value] for value in called & wanted.keys()))
