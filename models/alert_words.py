# Part of Integration Hub. License LGPL-3.0 or later.
"""What an alert says: what happens, what is at stake, what to do first; in the reader's language, from its facts."""

from odoo import fields
from odoo.tools import format_amount, format_date, format_datetime

HIGHER = {"info": "warning", "warning": "critical", "critical": "critical"}


def summary(alert):
    """Return what happens, in one sentence."""
    facts = alert.facts or {}
    if alert.subject == "rest":
        return alert.env._("%(count)s more of the same kind", count=facts.get("count"))
    say = _SAID.get(alert.kind)
    return say(alert, facts) if say else alert.name


def impact(alert):
    """Return what is at stake: messages, money, customers; an empty text where nothing is known."""
    env, parts = alert.env, []
    if alert.message_count:
        parts.append(env._("%(count)s messages", count=f"{alert.message_count:,}"))
    if alert.amount and alert.currency_id:
        parts.append(format_amount(env, alert.amount, alert.currency_id))
    if alert.customer_count:
        parts.append(env._("%(count)s customers", count=f"{alert.customer_count:,}"))
    return " · ".join(parts)


def first_steps(alert):
    """Return what to do first where no runbook says it."""
    say = _STEPS.get(alert.kind)
    return say(alert.env) if say else ""


def _time(alert, text):
    return format_datetime(alert.env, fields.Datetime.to_datetime(text), dt_format="short") if text else ""


def _count(facts, number):
    return f"{number:,}+" if facts.get("most") else f"{number:,}"


def _rate(alert, facts):
    return alert.env._(
        "%(share)s %% of %(count)s messages failed within %(minutes)s minutes",
        share=facts["share"], count=f"{facts['count']:,}", minutes=facts["minutes"],
    )  # fmt: skip


def _low(alert, facts):
    return alert.env._(
        "%(count)s messages within %(minutes)s minutes, fewer than %(limit)s",
        count=f"{facts['count']:,}", minutes=facts["minutes"], limit=f"{facts['limit']:,}",
    )  # fmt: skip


def _high(alert, facts):
    return alert.env._(
        "%(count)s messages within %(minutes)s minutes, more than %(limit)s",
        count=f"{facts['count']:,}", minutes=facts["minutes"], limit=f"{facts['limit']:,}",
    )  # fmt: skip


def _latency(alert, facts):
    return alert.env._(
        "%(percentile)s %% of messages took up to %(seconds)s seconds, more than %(limit)s",
        percentile=facts["percentile"], seconds=facts["seconds"], limit=facts["limit"],
    )  # fmt: skip


def _depth(alert, facts):
    if facts.get("limit"):
        return alert.env._(
            "%(count)s messages wait, more than %(limit)s",
            count=f"{alert.message_count:,}", limit=f"{facts['limit']:,}",
        )  # fmt: skip
    return alert.env._(
        "%(count)s messages wait, most of what may: senders will soon be asked to come later",
        count=f"{alert.message_count:,}",
    )


def _age(alert, facts):
    return alert.env._(
        "A message waits since %(time)s, longer than %(minutes)s minutes",
        time=_time(alert, facts["since"]), minutes=facts["minutes"],
    )  # fmt: skip


def _cause(alert, facts):
    return alert.failure_id.cause or alert.env._("Messages fail for one cause")


def _late(alert, facts):
    values = {
        "count": _count(facts, alert.message_count),
        "time": _time(alert, facts["since"]),
        "minutes": facts["minutes"],
    }
    if facts["broken"]:
        return alert.env._("%(count)s messages wait, the first since %(time)s; promised: %(minutes)s minutes", **values)
    return alert.env._(
        "%(count)s messages will soon have waited for the promised %(minutes)s minutes, the first since %(time)s",
        **values,
    )


def _held(alert, facts):
    return alert.env._(
        "%(count)s messages wait for a person's decision, the first since %(time)s",
        count=_count(facts, alert.message_count), time=_time(alert, facts["since"]),
    )  # fmt: skip


def _not_done(alert, facts):
    values = {
        "count": _count(facts, alert.message_count),
        "time": _time(alert, facts["since"]),
        "minutes": facts["minutes"],
    }
    if facts["broken"]:
        return alert.env._(
            "%(count)s messages are not done after %(minutes)s minutes, the first came %(time)s", **values
        )
    return alert.env._(
        "%(count)s messages are not done and have nearly had their %(minutes)s minutes, the first came %(time)s",
        **values,
    )


def _not_synced(alert, facts):
    model = facts["model"]
    label = alert.env["ir.model"]._get(model).sudo().name if model in alert.env else facts["records"]
    values = {
        "count": _count(facts, facts["count"]),
        "records": label,
        "system": facts["system"],
        "time": _time(alert, facts["by"]),
    }
    if facts["broken"]:
        return alert.env._(
            "%(count)s records (%(records)s) are not in %(system)s, where they had to be by %(time)s", **values
        )
    return alert.env._("%(count)s records (%(records)s) have to be in %(system)s by %(time)s and are not yet", **values)


def _stopped(alert, facts):
    values = {"reason": facts["reason"]}
    if facts["state"] == "disabled":
        return alert.env._("It is off, and flows that are on need it. %(reason)s", **values)
    return alert.env._("It is stopped: nothing goes through. %(reason)s", **values)


def _breaker(alert, facts):
    return alert.env._(
        "%(system)s does not answer: %(failed)s of %(calls)s calls failed. It is tried again and again",
        system=alert.system_id.name, failed=facts["failed"], calls=facts["calls"],
    )  # fmt: skip


def _heartbeat(alert, facts):
    return {
        "full": alert.env._("Other jobs take all places of the job queue: messages wait behind them"),
        "deaf": alert.env._("The job runner does not hear of new jobs"),
    }.get(facts["why"], alert.env._("Nobody runs jobs: messages are worked off slowly, or not at all"))


def _expires(alert, facts):
    return alert.env._(
        "It expires on %(date)s; from then on the other side refuses it",
        date=format_date(alert.env, fields.Date.to_date(facts["date"])),
    )


def _silent(alert, facts):
    return alert.env._(
        "No webhook since %(time)s; at this time of day about %(count)s would have come",
        time=_time(alert, facts["since"]), count=facts["usual"],
    )  # fmt: skip


def _job(alert, facts):
    return alert.env._("%(job)s has stopped. %(reason)s", job=facts["job"], reason=facts["reason"])


_SAID = {
    "error_rate": _rate,
    "throughput_low": _low,
    "throughput_high": _high,
    "latency": _latency,
    "backlog_depth": _depth,
    "backlog_age": _age,
    "new_cause": _cause,
    "cause_size": _cause,
    "late": _late,
    "held": _held,
    "not_done": _not_done,
    "not_synced": _not_synced,
    "endpoint_stopped": _stopped,
    "breaker_open": _breaker,
    "heartbeat": _heartbeat,
    "credential_expiry": _expires,
    "webhook_silent": _silent,
    "job_failed": _job,
}


def _look_at_failures(env):
    return env._("Open the messages and read the cause of the newest one. Mend it once, then retry the whole group.")


def _look_why_it_waits(env):
    return env._(
        "Look on the endpoint why its messages wait: it may be paused, the other system slow, or the workers busy. "
        "Then look at the oldest message: an earlier one of the same record may have failed."
    )


def _look_at_the_system(env):
    return env._(
        "See whether the other system is up: its status page, its people. Nothing is lost meanwhile: messages wait, "
        "and go on by themselves when it answers."
    )


_STEPS = {
    "error_rate": _look_at_failures,
    "throughput_low": lambda env: env._(
        "See whether the other side has anything to send. If so, test the connection and look at its webhooks."
    ),
    "throughput_high": lambda env: env._(
        "See what makes so many: a mass edit, an import, or two systems that answer each other. Pause the flow if it "
        "is not meant."
    ),
    "latency": _look_why_it_waits,
    "backlog_depth": _look_why_it_waits,
    "backlog_age": _look_why_it_waits,
    "new_cause": _look_at_failures,
    "cause_size": _look_at_failures,
    "late": _look_why_it_waits,
    "held": lambda env: env._("Open the messages and decide for each: what is in doubt, send again or take as done."),
    "not_done": _look_why_it_waits,
    "not_synced": lambda env: env._(
        "Open the flow: is it on, do its filters match these records? Then look for failed messages of it."
    ),
    "endpoint_stopped": lambda env: env._(
        "Open the endpoint and read why. If the other side refuses the key, enter a new one and test it; it then goes "
        "on by itself. Nothing that arrived is lost."
    ),
    "breaker_open": _look_at_the_system,
    "heartbeat": lambda env: env._("Open Configuration, Readiness: it says what to change on this server."),
    "credential_expiry": lambda env: env._(
        "Make a new key at the other system and enter it on the credential. Both are valid while you change over."
    ),
    "webhook_silent": lambda env: env._(
        "Look on the endpoint whether its webhooks are still registered, and register them again. What was missed is "
        "read by the next look for changes."
    ),
    "job_failed": lambda env: env._("Open the job, read why it stopped, and let it go on: it goes on where it was."),
}
