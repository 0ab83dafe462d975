# Part of Integration Hub. License LGPL-3.0 or later.
"""Gone: what a message comes to whose object was deleted in the other system, or merged into another one."""

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
    facts = {**road.learnt(), "res_model": link.res_model, "res_id": link.res_id}
    return Outcome("done", "deleted-remotely", said, facts=facts)
