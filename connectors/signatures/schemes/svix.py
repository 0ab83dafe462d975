# Part of Integration Hub. License LGPL-3.0 or later.
"""Svix: Standard Webhooks under its own header names, and under the standard's."""

from dataclasses import replace

from . import standard_webhooks

SCHEME = replace(
    standard_webhooks.SCHEME,
    key="svix",
    title="Svix",
    docs_url="https://docs.svix.com/receiving/verifying-payloads/how-manual",
    signature_header="svix-signature",
    timestamp_header="svix-timestamp",
    id_header="svix-id",
    fallback=standard_webhooks.SCHEME,
)
