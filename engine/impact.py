# Part of Integration Hub. License LGPL-3.0 or later.
"""Impact: how much is at stake where messages fail, as one number that orders what is to be mended (pure).

Ten times as many messages are not ten times as bad: each part grows with its logarithm, and how much the business
depends on the system weighs all of them.
"""

import math

WEIGHTS = {"low": 0.5, "medium": 1.0, "high": 1.5, "critical": 2.5}


def parts(row, now):
    """Return ``{name: points}`` of what makes the score of a group of messages, before it is weighed."""
    hours = max((now - row["oldest_at"]).total_seconds(), 0) / 3600 if row["oldest_at"] else 0
    return {
        "messages": round(10 * math.log10(1 + row["message_count"])),
        "amount": round(6 * math.log10(1 + abs(float(row["amount"] or 0)))),
        "customers": round(15 * math.log10(1 + row["customer_count"])),
        "age": round(5 * math.log2(1 + hours)),
    }


def score(row, now):
    """Return the score of a group of messages.

    :param row: names ``message_count``, ``amount``, ``customer_count``, ``oldest_at`` and ``criticality``
    """
    return round(sum(parts(row, now).values()) * WEIGHTS.get(row["criticality"], 1.0))
