# Part of Integration Hub. License LGPL-3.0 or later.
"""Finding: what a rule saw of one subject when it looked."""

from datetime import datetime
from typing import Any, NamedTuple


class Finding(NamedTuple):
    """A subject that a rule has something to say about; who is not found is in order.

    What changes with every look, such as how long something has lasted, is no fact: it would be written each minute.
    """

    subject: str  # what it is about, the same at each look: one alert of a rule is open for it
    name: str  # as people call it
    facts: dict[str, Any]  # what the words are made of, in alert_words.py
    fires: bool = True  # False: it is near the limit, which keeps an open alert open and opens none
    since: datetime | None = None  # when it began, where that is known; else when it was first seen
    size: float = 0.0  # the largest first, where there are too many
    severity: str = ""  # where it is another one than the rule's
    company_id: int | None = None
    system_id: int | None = None
    endpoint_id: int | None = None
    flow_id: int | None = None
    failure_id: int | None = None
    error_code: str = ""
    fingerprint: str = ""
    message_count: int = 0
    amount: float = 0.0
    currency_id: int | None = None
    customer_count: int = 0


def of_endpoint(endpoint, **values):
    """Return the finding about an endpoint."""
    return Finding(
        values.pop("subject", f"endpoint:{endpoint.id}"),
        values.pop("name", f"{endpoint.system_id.name} · {endpoint.name}"),
        values.pop("facts", {}),
        company_id=endpoint.company_id.id,
        system_id=endpoint.system_id.id,
        endpoint_id=endpoint.id,
        **values,
    )


def of_flow(flow, **values):
    """Return the finding about a flow."""
    return Finding(
        values.pop("subject", f"flow:{flow.id}"),
        values.pop("name", f"{flow.system_id.name} · {flow.name}"),
        values.pop("facts", {}),
        company_id=flow.company_id.id,
        system_id=flow.system_id.id,
        endpoint_id=flow.endpoint_id.id,
        flow_id=flow.id,
        **values,
    )
