# Part of Integration Hub. License LGPL-3.0 or later.
"""What is said of alerts outside of Odoo: a message for Slack, a document for a webhook. Pure, and masked."""

import json
import re
from typing import NamedTuple

from ..connectors.excerpts import masked_excerpt

# Slack's limits (docs.slack.dev/reference/block-kit/blocks): characters of a header, a section and a button, blocks of
# a message. What a message has in all is limited too, below what its parts may have.
HEADER, SECTION, BUTTON, AT_ONCE = 150, 1000, 75, 10
SIGNS = {"info": ":information_source:", "warning": ":warning:", "critical": ":rotating_light:"}
OVER = ":white_check_mark:"
_NUMBERS = re.compile(r"\+?\d[\d ()/.-]{5,}\d")
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|«[^»]*»|(?<!\w)'[^']*'(?!\w)")


class Told(NamedTuple):
    """An alert in the words of whoever is told."""

    identity: str  # of the alert and the change of its state: nobody needs to hear the same twice
    alert_id: int
    event: str  # opened, escalated, repeated, resolved
    kind: str
    severity: str
    severity_label: str
    about: str
    summary: str
    impact: str
    cause: str
    steps: str
    system: str
    flow: str
    company: str
    since: str  # ISO 8601
    url: str


def masked(text, is_personal):
    """Return a text without mail addresses, credentials and telephone numbers; of personal data also without values."""
    text = masked_excerpt((text or "").encode(), SECTION)
    text = _NUMBERS.sub("***", text)
    return _QUOTED.sub("***", text) if is_personal else text


def _escaped(text):
    """Escape what Slack takes for links, mentions and entities (docs.slack.dev/messaging/formatting-message-text)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(text, most):
    return text if len(text) <= most else text[: most - 1] + "…"


def slack(told, words):
    """Return the payload of an incoming webhook of Slack for some alerts, at most :data:`AT_ONCE`.

    :param words: ``header`` and ``open``, the label of the button
    """
    blocks = [{"type": "header", "text": {"type": "plain_text", "text": _cut(words["header"], HEADER)}}]
    for each in told:
        sign = OVER if each.event == "resolved" else SIGNS[each.severity]
        lines = [f"{sign} *{_escaped(each.about)}*"]
        lines += [_escaped(text) for text in (each.summary, each.impact, each.cause) if text]
        if each.steps and each.event != "resolved":
            lines.append(f"_{_escaped(each.steps.partition(chr(10))[0])}_")
        block = {"type": "section", "text": {"type": "mrkdwn", "text": _cut("\n".join(lines), SECTION)}}
        if each.url:
            block["accessory"] = {
                "type": "button",
                "text": {"type": "plain_text", "text": _cut(words["open"], BUTTON)},
                "url": each.url,
                "action_id": f"alert-{each.alert_id}",
            }
        blocks.append(block)
    return {"text": _escaped(words["header"]), "blocks": blocks}


def webhook(told, moment):
    """Return the document of a webhook about one alert, in the form of Standard Webhooks: type, timestamp and data."""
    data = told._asdict()
    data["state"] = "resolved" if told.event == "resolved" else "open"
    for name in ("identity", "event", "severity_label"):
        del data[name]
    return {"type": f"alert.{told.event}", "timestamp": moment.isoformat() + "Z", "data": data}


def as_json(document):
    """Return body and headers."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return body, {"Content-Type": "application/json"}
