# Part of Integration Hub. License LGPL-3.0 or later.
"""Gone: what a message comes to whose object was deleted in the other system, or merged into another one."""

from odoo import fields

from ..engine.outcome import Outcome


def merged(link):
    """Return the outcome of whatever is told of an object that was merged."""
    return Outcome(
        "ignored",
        "merged",
        link.env._(
            "It was merged in %(system)s into %(id)s, which the record belongs to",
            system=link.system_id.name,
            id=link.merged_into_id.external_id,
        ),
    )


def merge(road, message):
    """Lead the id of an object that was merged to the one that it was merged into; returns the outcome."""
    target, flow = road.target, road.flow
    winner = target._merge(flow.system_id.with_env(road.env), flow.entity_id, message.external_id, message.merged_into)
    said = road.env._("It was merged in %(system)s into %(id)s", system=flow.system_id.name, id=winner.external_id)
    return Outcome("done", "merged", said, facts=_where(road, winner))


def late(link):
    """Return the outcome of what is told of an object that is no more, and never comes back."""
    return Outcome("ignored", "stale", link.env._("It was deleted there before this came"))


def never_known(road, external_id):
    """Return the outcome of a deletion of what is not linked; what is told late of it is to make nothing of it."""
    if road.gone_for_good:
        Binding = road.root["integration.binding"]
        where = {"res_model": road.target._target_model(), "res_id": 0, "deleted_at": fields.Datetime.now()}
        Binding.create(Binding._key(road.flow.system_id, road.flow.entity_id, external_id) | where)
    return Outcome("ignored", "unknown-object", road.root._("It was deleted, and never linked to anything here"))


def deleted(road, link, record):
    """Apply the flow's policy to the record of an object that was deleted; returns the outcome."""
    system = road.flow.system_id.name
    said = link.env._("It was deleted in %(system)s; the Odoo record stays", system=system)
    if record and road.flow.on_remote_delete == "archive" and not link.deleted_at:
        why = road.target._archive(record.with_env(road.env), link.with_env(road.env).sudo())
        if why:
            said = link.env._("It was deleted in %(system)s; the Odoo record stays: %(why)s", system=system, why=why)
        else:
            said = link.env._("It was deleted in %(system)s; the Odoo record is archived", system=system)
    if record and not link.deleted_at:
        road.target._after_deletion(road.flow.system_id, record.with_env(road.env))
    return Outcome("done", "deleted-remotely", said, facts=_where(road, link))


def _where(road, link):
    return {**road.learnt(), "res_model": link.res_model, "res_id": link.res_id}
