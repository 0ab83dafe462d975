# Part of Integration Hub. License LGPL-3.0 or later.
"""HubSpot's error documents. Source: developers.hubspot.com, *Error handling*."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any


class Refusal(Exception):
    """A request that HubSpot would not serve; `document` is the answer without its correlation id."""

    def __init__(self, status: int, category: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.category = category
        self.message = message
        self.headers: dict[str, str] = {}
        self.document: dict[str, Any] = {"status": "error", "message": message, "category": category, **more}


def invalid(message: str, **more: Any) -> Refusal:
    """400: the request itself is wrong."""
    return Refusal(400, "VALIDATION_ERROR", message, **more)


def invalid_properties(problems: Sequence[tuple[str, str, str]], portal_id: int) -> Refusal:
    """400 for property values, each (property, code, message)."""
    details = [
        {
            "isValid": False,
            "message": message,
            "error": code,
            "name": name,
            "localizedErrorMessage": message,
            "portalId": portal_id,
        }
        for name, code, message in problems
    ]
    errors = [
        {"message": message, "code": code, "context": {"propertyName": [name]}} for name, code, message in problems
    ]
    text = json.dumps(details, separators=(",", ":"), ensure_ascii=False)
    return invalid(f"Property values were not valid: {text}", errors=errors)


def not_found(key: str) -> Refusal:
    """404 for an object."""
    return Refusal(404, "OBJECT_NOT_FOUND", "resource not found", context={"id": [key]})


def conflict(number: str) -> Refusal:
    """409: an object with this unique value exists."""
    return Refusal(409, "CONFLICT", f"Contact already exists. Existing ID: {number}")


def missing_scope(scope: str) -> Refusal:
    """403: the private app was not granted a scope."""
    return Refusal(
        403,
        "MISSING_SCOPES",
        "This app hasn't been granted all required scopes to make this call. "
        "Read more about required scopes here: https://developers.hubspot.com/scopes.",
        errors=[
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": [scope]},
            }
        ],
        links={"scopes": "https://developers.hubspot.com/scopes"},
    )


def throttled(policy: str, wait: float) -> Refusal:
    """429; `policy` is SECONDLY (searches), TEN_SECONDLY_ROLLING or DAILY."""
    refusal = Refusal(
        429,
        "RATE_LIMITS",
        f"You have reached your {policy.lower()} limit.",
        errorType="RATE_LIMIT",
        policyName=policy,
        groupName="publicapi:private-apps:62515",
    )
    refusal.headers["Retry-After"] = str(max(1, -int(-wait // 1)))
    return refusal
