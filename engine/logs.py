# Part of Integration Hub. License LGPL-3.0 or later.
"""Logs as JSON, a line each, with what was worked on; by ``[integration_hub] log_format = json``.

Every line of the server is written so, Odoo's own and connectors' as well. No content of a message is in one of ours,
and what looks like a secret in anybody's is masked.
"""

import json
import logging
import re
import threading
from datetime import UTC, datetime

from . import observe

_SECRETS = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s\"',;]+"), r"\1 ***"),
    (
        re.compile(
            r"(?i)((?:token|secret|password|passwd|api[_-]?key|signature|authorization|cookie)[\"']?\s*[:=]\s*[\"']?)"
            r"(?!(?:bearer|basic)\b)[^\"'\s,;&}]+"
        ),
        r"\1***",
    ),
    (re.compile(r"\b(?:shp(?:at|ss|ca|pa)_|pat-|sk_(?:live|test)_|whsec_|xox[abp]-)[\w-]{6,}"), "***"),
    (re.compile(r"(://[^\s/:@]+:)[^\s/@]+@"), r"\1***@"),
)


class JsonFormatter(logging.Formatter):
    """One JSON object a line; its names are in docs/TELEMETRY.md."""

    def format(self, record):
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": masked(record.getMessage()),
            "process": record.process,
            "database": getattr(threading.current_thread(), "dbname", None),
            **{name: value for name, value in observe.about().items() if value is not None},
        }
        if record.exc_info:
            said["exception"] = masked(self.formatException(record.exc_info))
        if record.stack_info:
            said["stack"] = masked(record.stack_info)
        return json.dumps(said, ensure_ascii=False, default=str)


def masked(text):
    """Return a text without what looks like a secret."""
    for pattern, mask in _SECRETS:
        text = pattern.sub(mask, text)
    return text


def switch_on(handlers):
    """Let these handlers write JSON."""
    for handler in handlers:
        handler.setFormatter(JsonFormatter())
    observe.switch_on()
