# Part of Integration Hub. License LGPL-3.0 or later.
"""Fingerprint: what makes two failures one cause, to be mended by one person with one deed (pure).

By the code it is known what a cause is about: the value that Odoo lacks, the line of a mapping, the rule by which a
vendor refuses, a vendor that does not answer. What is left is told by the message, without what is in it of one record.
"""

import hashlib
import re

# The other side is not there, however that shows: one cause for all that is sent to it.
NO_ANSWER = frozenset({"transport", "connection-failed", "timeout", "body-truncated", "breaker-open", "server-fault"})
BUSY_THERE = frozenset({"throttled", "rate-limited", "held", "too-many-at-once"})
# What is wrong with an endpoint as a whole, whichever flow meets it.
OF_ENDPOINT = frozenset(
    {"tls", "error-page", "missing-scope", "shop-inactive", "no-credential", "database", "database-copied"}
    | {"api-endpoint-stopped", "key-replaced", "other-environment", "halted", "no-company"}
)
# Each message's text is about its own record; how such records are mended is the same for all.
CODE_ALONE = frozenset(
    {"in-doubt", "worker-died", "deleted-remotely", "ambiguous-match", "circle", "content-gone", "busy", "gone"}
    | {"no-customer", "no-currency", "totals-differ", "taxes-differ", "line-without-taxes", "not-open", "locked-order"}
    | {"cancelled-after-confirmation", "cancelled-after-delivery", "delivered-already", "edited-after-invoicing"}
    | {"bad-quantity", "refund-exceeds-order", "shipped-and-removed", "unknown-line", "associated-is-gone"}
    | {"no-answer", "user-not-found", "too-many-parts", "bad-identifier", "invalid-identifier"}
)
NAMED = frozenset({"no-warehouse"})  # the quoted name in the message is what is missing
SERVER_MISTAKES = frozenset({500, 501, 505})  # the other side is there, and fails at what it is asked for

_QUOTED = re.compile(
    r"“([^”]*)”|«([^»]*)»|„([^“”]*)[“”]|\"([^\"]*)\"|`([^`]*)`|\[([^\[\]]*)\]|(?<![^\s(\[{,:=])'([^']*)'(?![^\s)\]},.:;!?])"
)
_FIELD = re.compile(r"[a-z][a-z_]*(?:[A-Z][a-z]+)*(?:(?:\.|\[\]|/)[A-Za-z_]+)*")  # how a field is called, not a value
_WITH_DIGIT = re.compile(r"[^\s,;()\[\]{}<>\"'“”]*\d[^\s,;()\[\]{}<>\"'“”]*")
_ADDRESS = re.compile(r"[^\s\"'<>(),;:]+@[^\s\"'<>(),;:]+|\w+://\S+|\*{3}")
# Two words or more with capitals, as names are written; what Odoo calls a model, "Sales Order (sale.order)", stays.
_WORD = r"[^\W\d_a-z](?=[\w'’-]*[^\W\d_A-Z])[\w'’-]+"
_BETWEEN = r"(?:(?:van|von|der|den|de|da|di|du|del|la|le|el|al|bin|y|e|of|and|und|et|&) )*"
_NAME = re.compile(rf"\b{_WORD}(?: {_BETWEEN}{_WORD})+(?! \([a-z_]+\.)")
_PART = re.compile(r"[^\s,;()]*#[^\s,;()]*")
_VALUES = re.compile(r"#(?:(?:[\s,;#]|\band\b|\b&)+#)*")
_LONGEST = 400

_MODEL = re.compile(r"\(([a-z_]+(?:\.[a-z_]+)+)")
_RIGHT = re.compile(r"'(read|write|create|unlink)'|\b(access|modify|create|delete)\b")
_GENERAL = re.compile(
    r"invalid|validation|bad.?request|conflict|unprocessable|error|^\d+$", re.I
)  # rules that say little
_INDEX = re.compile(r"(^|[./\[])\d+\b")
_FRAME = re.compile(r'File "([^"]*)", line \d+, in (\S+)')


def fingerprint(event, outcome):
    """Return the same text for failures with one cause.

    :param event: what names ``endpoint_id`` and ``flow_id``
    :param outcome: what names ``code``, ``message``, ``params``, ``status_code`` and ``technical``
    """
    whole, *about = _cause(outcome)
    cause = (event.endpoint_id, None if whole else event.flow_id, *about)
    return hashlib.sha256("|".join(map(str, cause)).encode()).hexdigest()[:16]


def _cause(outcome):
    """Return whether all flows of the endpoint have it in common, then what it is."""
    code = outcome.code
    problems = (outcome.params or {}).get("problems") or [None]
    first = problems[0]
    if isinstance(first, dict):
        return _of_mapping(code, first)
    if isinstance(first, str):
        return False, code, normalised(first)
    if code in NO_ANSWER and outcome.status_code not in SERVER_MISTAKES:
        return True, "no-answer"
    if code in BUSY_THERE:
        return True, "busy-there"
    if code == "unauthorized" and outcome.status_code != 403:
        return True, code
    if code in OF_ENDPOINT:
        return True, code, *sorted((outcome.params or {}).get("missing_scopes") or ())
    if code == "internal-error":
        return False, code, outcome.message, _frame(outcome.technical)
    if code == "access":
        return False, code, *_right(outcome.message)
    if code in CODE_ALONE:
        return False, code
    if code in NAMED:
        return False, code, outcome.message
    if outcome.status_code:
        return False, code, outcome.status_code, *_refused(outcome)
    return False, code, normalised(outcome.message)


def _of_mapping(code, problem):
    """A value that is looked for is one cause wherever it is met; all else is the line's, whatever number it has."""
    params = problem.get("params") or {}
    if params.get("table"):
        return True, code, params["table"], params.get("scope"), params.get("called") or params.get("value")
    return False, problem.get("code") or code, problem.get("source"), problem.get("target"), params.get("transform")


def _frame(technical):
    """Return where a mistake of the software happened: the innermost file and function."""
    frames = _FRAME.findall(technical or "")
    return ":".join((frames[-1][0].rpartition("/")[2], frames[-1][1])) if frames else ""


def _right(message):
    """Return the model and the kind of right that is missing, in Odoo's words."""
    model, right = _MODEL.search(message or ""), _RIGHT.search(message or "")
    if not model:
        return (normalised(message),)
    return model[1], (right[1] or right[2]) if right else ""


def _refused(outcome):
    """Return what was asked of the vendor, by which rule it refuses, and about which field.

    Its words only where it names no rule or no field: they may repeat what is in the record.
    """
    asked = normalised((outcome.message or "").partition(" answered ")[0])
    refusal = (outcome.params or {}).get("refusal")
    if outcome.status_code >= 500:
        return (asked,)
    if not refusal:
        return asked, normalised(outcome.technical) if _is_plain(outcome.technical) else ""
    field, rule = _INDEX.sub(r"\1#", refusal["field"]), refusal["rule"]
    says_all = rule and (field or not _GENERAL.search(rule))
    return asked, field, rule, "" if says_all else normalised(refusal["template"] or refusal["words"])


def _is_plain(body):
    return not (body or "").lstrip().startswith(("{", "[", "<"))


def normalised(text):
    """Return a sentence without what is in it of one record: quoted values, names, addresses, numbers, ids, dates."""
    text = " ".join((text or "").split())[:_LONGEST]
    text = _QUOTED.sub(_unquoted, text)
    text = _ADDRESS.sub("#", text)
    text = _INDEX.sub(r"\1", text)
    text = _WITH_DIGIT.sub("#", text)
    text = _NAME.sub("#", text)
    text = _PART.sub("#", text)
    return _VALUES.sub("#", text).strip(" .").casefold()


def _unquoted(match):
    inside = next((group for group in match.groups() if group is not None), "")
    return inside if _FIELD.fullmatch(_INDEX.sub(r"\1", inside)) else "#"
