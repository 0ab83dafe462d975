# Part of Integration Hub. License LGPL-3.0 or later.
"""The moments of a message's life, in words, the first one first."""

from odoo import fields

from .lineage_changes import deeds_of

# What a message was found to be when it was compared with what is known, by the code of its outcome.
VERDICTS = ("echo", "stale", "unchanged", "superseded", "no-flow", "merged", "circle")


def moments_of(event, changes, contents):
    """Return the moments as the timeline shows them: ``at``, ``kind``, ``text``, ``tone`` and what opens below each.

    :param changes: see ``lineage_changes.py``
    :param contents: whether the reader may see what messages carry
    """
    teller = _Teller(event, contents)
    moments = [teller.beginning(), *teller.tries(), *teller.deeds()]
    if verdict := teller.verdict():
        moments.append(verdict)
    if changes:
        moments.append(teller.written(changes))
    order = ("received", "noticed", "deed", "try", "verdict", "written")
    return sorted(moments, key=lambda each: (each["at"] or fields.Datetime.now(), order.index(each["kind"])))


class _Teller:
    def __init__(self, event, contents):
        self.event, self.env, self.contents = event, event.env, contents

    def beginning(self):
        return self._received() if self.event.direction == "inbound" else self._noticed()

    def _received(self):
        event, endpoint = self.event, self.event.endpoint_id
        payload = event.sudo().payload_ids[:1]
        headers = payload.headers or {}
        size = len(payload.body.encode()) if payload.body else 0
        text = self.env._("Received from %(system)s: %(topic)s", system=event.system_id.name, topic=event.topic or "")
        facts = []
        if payload:
            facts.append([self.env._("Size"), self.env._("%(count)s bytes", count=f"{size:,}")])
        if headers and endpoint.sudo().scheme:
            scheme = dict(endpoint._fields["scheme"]._description_selection(self.env))
            name = scheme.get(endpoint.sudo().scheme, endpoint.sudo().scheme)
            facts.append([self.env._("Signature"), self.env._("checked, right (%(scheme)s)", scheme=name)])
        if event.external_version:
            facts.append([self.env._("Remote version"), event.external_version])
        if self.contents:
            facts += [[name, str(value)] for name, value in sorted(headers.items())]
        else:
            facts += [[name, "***"] for name in sorted(headers)]
        return self._moment(event.arrived_at, "received", text, facts=facts)

    def _noticed(self):
        event, model = self.event, self.env.get(self.event.res_model)
        names = (event.changed_fields or "").split(",") if event.changed_fields else []
        labels = [
            model._fields[name]._description_string(self.env) if model is not None and name in model._fields else name
            for name in names
        ]
        if event.operation == "ask":
            text = self.env._("%(system)s was to be asked", system=event.system_id.name)
        elif event.operation == "delete":
            text = self.env._("Deleted in Odoo, or not for %(system)s any more", system=event.system_id.name)
        elif labels:
            text = self.env._("Changed in Odoo: %(fields)s", fields=", ".join(labels))
        else:
            text = self.env._("Created in Odoo, or to be sent as it is")
        facts = [[self.env._("Change came from"), event.origin_id.name]] if event.origin_id else []
        return self._moment(event.arrived_at, "noticed", text, facts=facts)

    def tries(self):
        """Each try, with what was said in it."""
        found = []
        for attempt in self.event.attempt_ids:
            outcome = dict(attempt._fields["outcome"]._description_selection(self.env)).get(attempt.outcome, "")
            text = self.env._("Try %(number)s: %(outcome)s", number=attempt.number, outcome=outcome)
            if attempt.ended_at and attempt.duration_ms:
                text = self.env._("%(text)s, after %(time)s", text=text, time=_time(self.env, attempt.duration_ms))
            tone = {"done": "success", "dead": "danger", "lost": "danger", "retry": "warning", "held": "warning"}
            moment = self._moment(attempt.started_at, "try", text, tone=tone.get(attempt.outcome, ""))
            moment["said"] = "\n".join(filter(None, [attempt.message, attempt.hint]))
            moment["exchanges"] = [self._exchange(each) for each in attempt.sudo().exchange or ()]
            moment["facts"] = [[self.env._("Worker"), attempt.worker]] if attempt.worker else []
            if attempt.error_code:
                moment["facts"].append([self.env._("Cause"), attempt.error_code])
            if attempt._has_field_access(attempt._fields["technical"], "read"):
                moment["technical"] = attempt.technical or ""
            found.append(moment)
        return found

    def _exchange(self, exchange):
        """An exchange without its bodies, for those who may not see what messages carry."""
        if self.contents:
            return exchange
        return {name: value for name, value in exchange.items() if name not in ("sent", "got")}

    def verdict(self):
        """What a message that ended without effect was found to be."""
        event = self.event
        if event.error_code not in VERDICTS or event.state not in ("ignored", "held"):
            return None
        return self._moment(event.done_at or event.arrived_at, "verdict", event.error_message or event.error_code)

    def deeds(self):
        """What people did about it."""
        texts = {
            "retry": self.env._("Tried again by %(user)s"),
            "ignore": self.env._("Given up by %(user)s"),
            "resolve": self.env._("%(user)s looked: it is there"),
            "send_again": self.env._("Sent again by %(user)s"),
            "edit": self.env._("Edited and sent again by %(user)s"),
        }
        found = []
        for deed in deeds_of(self.env, self.event):
            user = self.env["res.users"].sudo().browse(deed["user"]).exists()
            text = texts.get(deed["deed"], "%(user)s") % {"user": user.name or self.env._("somebody who is gone")}
            at = fields.Datetime.to_datetime(deed["at"])
            found.append(self._moment(at, "deed", text) | {"said": deed.get("reason") or ""})
        return found

    def written(self, changes):
        texts = {
            "create": self.env._("created %(count)s", count=_count(changes, "create")),
            "write": self.env._("changed %(count)s", count=_count(changes, "write")),
            "unlink": self.env._("deleted %(count)s", count=_count(changes, "unlink")),
        }
        told = ", ".join(text for what, text in texts.items() if _count(changes, what))
        text = self.env._("In Odoo: %(told)s", told=told)
        return self._moment(self.event.done_at, "written", text, tone="success") | {"changes": changes}

    def _moment(self, at, kind, text, *, tone="", facts=()):
        return {
            "at": at, "kind": kind, "text": text, "tone": tone, "facts": list(facts),
            "said": "", "exchanges": [], "changes": [], "technical": "",
        }  # fmt: skip


def _count(changes, what):
    return sum(change["what"] == what for change in changes)


def _time(env, milliseconds):
    if milliseconds < 1000:
        return env._("%(count)s ms", count=milliseconds)
    return env._("%(count)s s", count=f"{milliseconds / 1000:.1f}")
