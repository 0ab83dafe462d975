# Part of Integration Hub. License LGPL-3.0 or later.
"""What a person who works on a record reads of its sync: what happened, what happens next, what she can do.

The operator's words stay in the log. A cause is one of four kinds, by its code: the *record* lacks something that she
can mend; *Odoo* lacks something that a colleague decides; *IT* has to see to the connection; or it only has to *wait*.
"""

from typing import NamedTuple

from odoo import fields
from odoo.tools import format_date

RECORD, COLLEAGUE, IT, WAIT, DOUBT = "record", "colleague", "it", "wait", "doubt"
COPY, DISCONNECTED, PAUSED = "copy", "disconnected", "paused"  # why all of a system waits
STOPPED = {"suspended": DISCONNECTED, "disabled": DISCONNECTED, "paused": PAUSED}  # by the state of its endpoint
IN_A_TABLE = ("unknown-value", "inactive-value", "unknown-tax", "unknown-state")  # what a message looked for by a value
# What an order's hint tells whoever works on it.
HINTED = (
    *("no-customer", "cancelled-after-confirmation", "cancelled-after-delivery", "delivered-already", "locked-order"),
    *("edited-after-invoicing", "bad-quantity", "refund-exceeds-order", "shipped-and-removed", "unknown-line"),
)

# What nobody finds here is a matter for IT.
KINDS = {
    **dict.fromkeys(("required", "type", "email", "domain", "phone", "transform", "mapping"), RECORD),
    **dict.fromkeys(("contract", "record", "rejected", "conflict", "user-errors", "refused-by-odoo"), RECORD),
    **dict.fromkeys(("deleted-remotely", "ambiguous-match", "not-open", *HINTED), RECORD),
    **dict.fromkeys(("unknown-state", "archived-product"), COLLEAGUE),
    **dict.fromkeys(("unknown-value", "inactive-value", "unknown-tax", "no-currency", "access"), COLLEAGUE),
    **dict.fromkeys(("totals-differ", "taxes-differ", "line-without-taxes"), COLLEAGUE),
    **dict.fromkeys(("transport", "connection-failed", "timeout", "tls", "body-truncated", "error-page"), WAIT),
    **dict.fromkeys(("throttled", "server-fault", "held", "rate-limited", "breaker-open", "too-many-at-once"), WAIT),
    **dict.fromkeys(("busy", "database", "api-endpoint-stopped", "key-replaced", "worker-died"), WAIT),
    "in-doubt": DOUBT,
}
# Where Odoo or the connector says it in the business's own words already.
SAID = (
    *("record", "refused-by-odoo", "no-currency", "not-open", "unknown-state", "archived-product", *HINTED),
    *("unknown-value", "inactive-value", "unknown-tax", "totals-differ", "taxes-differ", "line-without-taxes"),
)


class Said(NamedTuple):
    """A cause in words: what happened, what the reader can do, and which kind it is.

    ``path`` leads to the field, ``table`` is the model in which the reader can mend it, ``why`` the reason without the
    system, which several may have in common.
    """

    text: str
    next: str
    kind: str
    path: str = ""
    table: str = ""
    why: str = ""


def said(model, system, message):
    """Return in words why a message about a record of this model waits or failed.

    :param system: its name
    :param message: ``{direction, state, error_code, error_message, error_hint, error_params, in_doubt, since}``, and
        why it is ``stopped`` where it is
    """
    env, code = model.env, message.get("error_code") or ""
    names = {"system": system, "since": moment(env, message.get("since"))}
    kind = kind_of(message)
    if kind == DOUBT:
        return Said(env._("We are checking whether it arrived in %(system)s.", **names), "", kind)
    if message.get("stopped"):
        return _stopped(env, message["stopped"], names)
    if message.get("state") in ("pending", "retry") and not code:
        return Said(_on_its_way(env, message, names), "", WAIT)
    if kind == WAIT:
        text = env._("%(system)s does not answer.", **names)
        if message.get("state") == "dead":
            return Said(text, env._("Press Retry, or change the record: it is tried again."), RECORD)
        return Said(text, _as_soon(env, message), kind)
    text, path = _why(model, message)
    table = table_of(env, message)
    return Said(_not_in(env, message, names, text), _next(model, message, kind, table), kind, path, table, text)


def kind_of(message):
    """Return of which kind a message's cause is."""
    if message.get("in_doubt") or message.get("error_code") == "in-doubt":
        return DOUBT
    return KINDS.get(message.get("error_code"), IT)


def table_of(env, message):
    """Return the model in which the reader can create or switch on what an incoming message looked for, else ""."""
    if message.get("error_code") not in IN_A_TABLE or message.get("direction") != "inbound":
        return ""
    table, _value = looked_for(message)
    return table if table in env and env[table].has_access("write") else ""


def looked_for(message):
    """Return the model and the value that a message looked for in it; "" where nobody knows."""
    problem = next(iter((message.get("error_params") or {}).get("problems") or []), None)
    params = (problem.get("params") if isinstance(problem, dict) else None) or {}
    return params.get("table") or "", params.get("value", "")


def _stopped(env, why, names):
    if why == COPY:
        return Said(
            env._("This database is a copy: nothing is sent to %(system)s, and nothing is taken in.", **names),
            env._("IT knows how it goes on. Nothing needs to be done here."),
            IT,
        )
    if why == PAUSED:
        text = env._("The connection with %(system)s is paused since %(since)s.", **names)
        return Said(text, env._("It goes on by itself when the pause is over."), WAIT)
    return Said(
        env._("%(system)s is disconnected. IT knows since %(since)s.", **names),
        env._("Nothing needs to be done here: it goes on by itself when the connection is back."),
        IT,
    )


def _on_its_way(env, message, names):
    if message.get("direction") == "inbound":
        return env._("A change from %(system)s is being taken in.", **names)
    return env._("A change is on its way to %(system)s.", **names)


def _as_soon(env, message):
    if message.get("direction") == "inbound":
        return env._("It is taken in as soon as it does.")
    return env._("It is sent as soon as it does.")


def _not_in(env, message, names, text):
    """Return where the record is not, since when, and why."""
    if message.get("direction") == "inbound":
        return env._("A change from %(system)s is not in Odoo since %(since)s: %(why)s", why=text, **names)
    if message.get("is_linked"):
        return env._("The last change is not in %(system)s since %(since)s: %(why)s", why=text, **names)
    return env._("Not in %(system)s since %(since)s: %(why)s", why=text, **names)


def _why(model, message):
    """Return the reason as the second half of a sentence, and the dotted path of the field that it is about."""
    env, code = model.env, message.get("error_code") or ""
    if code in SAID:
        return _ended(message.get("error_message")), ""
    problem = next(iter((message.get("error_params") or {}).get("problems") or []), {})
    problem = problem if isinstance(problem, dict) else {"code": code}
    path = _path(model, problem, message)
    field = label(model, path) or env._("a value")
    if code == "required":
        return env._("%(field)s is missing.", field=field), path
    if code == "email":
        return env._("%(field)s is not a mail address.", field=field), path
    if code == "deleted-remotely":
        return env._("it was deleted there."), ""
    if code == "conflict":
        return env._("somebody changed it there at the same time."), ""
    refusal = (message.get("error_params") or {}).get("refusal") or {}
    if refusal.get("words"):
        return env._("it does not accept it: “%(words)s”.", words=refusal["words"]), ""
    if code in ("rejected", "user-errors"):
        return env._("it does not accept what is in the record."), ""
    if code == "access":
        return env._("the hub may not do it."), ""
    if KINDS.get(code) == RECORD:
        return env._("%(field)s is not in the form that is needed.", field=field), path
    return env._("the connection needs somebody's attention."), ""


def _next(model, message, kind, table):
    env = model.env
    if message.get("error_code") == "deleted-remotely":
        return env._("Ask IT if it is to exist there again.")
    if message.get("error_code") in HINTED and message.get("error_hint"):
        return message["error_hint"]
    outbound = message.get("direction") != "inbound"
    if kind == RECORD and not env[model._name].has_access("write"):
        return env._("Whoever may change it corrects it, and it is synced by itself.")
    if kind == RECORD:
        return env._("Correct it: it sends itself.") if outbound else env._("Correct it: it is taken in by itself.")
    if table:
        return env._("Create it or switch it on: what waits for it is taken in by itself.")
    if kind == COLLEAGUE:
        return env._("Who looks after these settings has been asked. Nothing else needs to be done here.")
    return env._("IT has been told. Nothing needs to be done here.")


def _path(model, problem, message):
    """Return the Odoo field that a problem is about, as far as it names one."""
    ends = ("source", "target") if message.get("direction") != "inbound" else ("target", "source")
    for end in ends:
        path = (problem.get(end) or "").replace("[]", "")
        if label(model, path):
            return path
    return ""


def label(model, path):
    """Return a dotted path of fields as people know it, "" where it is none: ``Customer: Email``."""
    labels = []
    for name in filter(None, (path or "").split(".")):
        field = model._fields.get(name) if model is not None else None
        if field is None:
            return ""
        labels.append(field.get_description(model.env, ["string"])["string"])
        model = model.env[field.comodel_name] if field.relational else None
    return ": ".join(labels)


def _ended(text):
    text = (text or "").strip()
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def moment(env, value):
    """Return a moment as people say it: the hour of today, else the day."""
    value = fields.Datetime.to_datetime(value)
    if not value:
        return ""
    here = fields.Datetime.context_timestamp(env["res.users"], value)
    today = fields.Datetime.context_timestamp(env["res.users"], fields.Datetime.now()).date()
    return f"{here:%H:%M}" if here.date() == today else format_date(env, here.date())
