# Part of Integration Hub. License LGPL-3.0 or later.
"""What people read of questions: what happened, what happens next, what they can do."""

from markupsafe import escape

from odoo import fields
from odoo.tools import format_datetime

from ..engine.questions import HOLD

WAITING = "integration_hub.mail_activity_waiting"  # the activity of a record that waits for an answer
TO_DO = "mail.mail_activity_data_todo"


def no_answer(flow, record, reply):
    """Why nothing happens without an answer."""
    env = record.env
    names = {"record": record.display_name, "flow": flow.name, "owner": _owner(flow)}
    if reply.reason:
        return env._(
            "%(record)s stays as it is: “%(flow)s” gives no answer at the moment (%(reason)s). Try again later. If it "
            "goes on, ask %(owner)s.",
            reason=reply.reason.rstrip("."),
            **names,
        )
    if not reply.asked:
        return env._(
            "%(record)s stays as it is: “%(flow)s” has to be asked first, which is not done here. Open it, and press "
            "the button yourself.",
            **names,
        )
    if not reply.passing:
        return env._(
            "%(record)s stays as it is: “%(flow)s” has no answer for it. To try again does not help; %(owner)s can "
            "look why.",
            **names,
        )
    return env._(
        "%(record)s stays as it is: “%(flow)s” does not answer. Try again in a few minutes. If it goes on, ask "
        "%(owner)s.",
        **names,
    )


def refused(flow, record, answer):
    """What the other side has against it."""
    reason = answer.get("reason")
    names = {"record": record.display_name, "flow": flow.name, "owner": _owner(flow)}
    if reason:
        return record.env._(
            "%(record)s stays as it is: “%(flow)s” says no. %(reason)s Ask %(owner)s what can be done.",
            reason=reason,
            **names,
        )
    return record.env._("%(record)s stays as it is: “%(flow)s” says no. Ask %(owner)s what can be done.", **names)


def unaskable(flow, error):
    """Why a question cannot even be asked: the record lacks something."""
    problem = error.problems[0] if error.problems else error
    return flow.env._(
        "%(record)s stays as it is, since “%(flow)s” cannot be asked about it: %(problem)s. %(hint)s",
        record=error.params.get("record", ""),
        flow=flow.name,
        problem=(problem.message or "").rstrip("."),
        hint=problem.hint or "",
    ).strip()


def unusable(flow, record, error):
    """Why an answer cannot be written into the record."""
    return record.env._(
        "%(record)s stays as it is, since what “%(flow)s” answers does not fit: %(problem)s. %(hint)s",
        record=record.display_name,
        flow=flow.name,
        problem=(error.message or str(error)).rstrip("."),
        hint=error.hint or "",
    ).strip()


def notification(held, waits_for, result):
    """Return the action that tells a person which records wait; *result* is what the method returned for the others."""
    env = held.env
    flows = {flow.name: None for flows in waits_for.values() for flow in flows}
    message = env._(
        "%(records)s: no answer from “%(flows)s”. Nothing needs to be done: it goes on by itself as soon as the answer "
        "is there.",
        records=", ".join(held.mapped("display_name")),
        flows="”, “".join(flows),
    )
    after = result if isinstance(result, dict) else {"type": "ir.actions.client", "tag": "soft_reload"}
    return {
        "type": "ir.actions.client",
        "tag": "display_notification",
        "params": {
            "type": "warning",
            "title": env._("Waiting for an answer"),
            "message": message,
            "sticky": True,
            "next": after,
        },
    }


def left(flow, record, why, reply):
    """Note on the record that a question is left, and mark it where it waits."""
    env = record.env
    if why != HOLD:
        _post(record, env._("Went on without “%(flow)s”, which did not answer. It is asked again.", flow=flow.name))
        return
    if _has_waiting(record, flow):
        return
    summary = _waits_for(flow)
    note = env._("It does not answer. Nothing needs to be done: this goes on by itself as soon as the answer is there.")
    if not schedule(record, WAITING, summary, note, env.uid):
        _post(record, f"{summary}. {note}")


def was_known(flow, record, reply):
    """Note that an older answer served."""
    env = record.env
    _post(
        record,
        env._(
            "“%(flow)s” did not answer; its answer of %(moment)s counted.",
            flow=flow.name,
            moment=format_datetime(env, reply.since),
        ),
    )


def answered(flow, record):
    """Note that what waited went on by itself."""
    text = record.env._("“%(flow)s” has answered, and this went on by itself.", flow=flow.name)
    if not no_longer_waits(record, text):
        _post(record, text)


def answered_no(flow, record, answer, user_id, *, afterwards):
    """Tell whoever asked that the answer, which came later, is no."""
    env = record.env
    text = (
        env._("%(flow)s says no, after this went on without it", flow=flow.name)
        if afterwards
        else env._("%(flow)s says no: this stays as it is", flow=flow.name)
    )
    no_longer_waits(record)
    if not schedule(record, TO_DO, text, answer.get("reason") or "", user_id):
        _post(record, text)


def waits_in_vain(activity, message):
    """Make of the mark of a record that waits what its person has to do, since it does not go on by itself."""
    record = activity.env[activity.res_model].browse(activity.res_id)
    summary = record.env._("%(flow)s: this does not go on by itself any more", flow=message.flow_id.name)
    said = [message.error_message, message.error_hint] if message.state == "dead" else [message.error_hint]
    user_id = activity.user_id.id
    activity.unlink()
    schedule(record, TO_DO, summary, " ".join(filter(None, said)), user_id)


def no_longer_waits(records, feedback=None):
    """Close the marks of records that waited; returns whether there were any."""
    if not hasattr(records, "activity_ids"):
        return False
    marks = records.sudo().activity_ids.filtered(
        lambda activity: activity.activity_type_id == records.env.ref(WAITING, raise_if_not_found=False)
    )
    found = bool(marks)
    if feedback:
        marks.action_feedback(feedback=feedback)
    else:
        marks.unlink()
    return found


def schedule(record, kind, summary, note, user_id):
    """Put an activity on a record; returns whether it can have any."""
    if not hasattr(record, "activity_schedule"):
        return False
    record = record.sudo()
    user = record.env["res.users"].browse(user_id)
    if user.share and "user_id" in record._fields:
        user = record.user_id  # a customer who confirmed in the portal has no activities
    today = fields.Date.context_today(record)
    record.activity_schedule(kind, date_deadline=today, summary=summary, note=escape(note), user_id=user.id)
    return True


def _has_waiting(record, flow):
    if not hasattr(record, "activity_ids"):
        return False
    return _waits_for(flow) in record.sudo().activity_ids.mapped("summary")


def _waits_for(flow):
    return flow.env._("Waits for an answer: %(flow)s", flow=flow.name)  # Odoo puts it between quotation marks


def _post(record, text):
    if hasattr(record, "message_post"):
        record.sudo().message_post(body=text)


def _owner(flow):
    owner = flow.owner_id or flow.system_id.technical_owner_id
    return owner.name or flow.env._("your administrator")
