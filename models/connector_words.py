# Part of Integration Hub. License LGPL-3.0 or later.
"""What people read of how far a connector can be trusted: for its tile, its system, the readiness page."""

from odoo import fields
from odoo.tools import format_date


def api_words(env, connector):
    """Return which version of the vendor's API is spoken and until when; "" where the API has no versions."""
    version, end = connector.api_version, connector.api_version_ends
    if not version:
        return ""
    if not end:
        return env._("%(version)s, no end announced", version=version)
    words = {"version": version, "day": format_date(env, end)}
    if end > fields.Date.today():
        return env._("%(version)s, supported until %(day)s", **words)
    return env._("%(version)s, support has ended on %(day)s", **words)


def proof_words(env, connector):
    """Return by what the connector was proved, one line each, what counts most last."""
    lines = []
    for proof in connector.proven():
        how = {
            "sandbox": env._("Own sandbox"),
            "counterparty": env._("Independent counterparty"),
            "live": env._("Live on %(day)s", day=format_date(env, proof.on) if proof.on else ""),
        }[proof.kind]
        lines.append(f"{how}: {proof.what}")
    return "\n".join(lines) or env._("Not proved yet.")
