# Part of Integration Hub. License LGPL-3.0 or later.
"""Judgement: of what has arrived together, which values are written, and what becomes of the others."""

from datetime import UTC

from odoo import fields

from ..connectors import moments
from ..engine import ownership
from ..engine.ownership import Rule
from .capture_again import tell_again
from .plain_values import as_stored, fingerprint, plain

_ASKED = Rule("both", "ask")  # of a field about which a person is asked, whatever the rules say by now


class Judgement:
    """What rules say of the values of arrivals of one system.

    Asked of all of them at once: which other systems their records are linked with. Nothing at all is asked where there
    are no rules, and no person is asked about a field.

    :param links: the link of each arrival; empty where it has none
    :param records: the record of each, ``None`` where it is to be created
    """

    def __init__(self, target, arrivals, links, records):
        self.target, self.env, self.system = target, target.env, arrivals[0].system
        self.arrivals, self.links, self.records = arrivals, links, records
        self.model = target._target_model()
        self.rules, self.claims = self.env["integration.ownership"]._judged(self.model, self.system.id)
        self.memories = [ownership.read(target._agreed(*each)) for each in zip(arrivals, links, records, strict=True)]
        self._said = [{} for _arrival in arrivals]  # {field: (digest of what they say, Verdict)}
        self._noted, self._agreed, self._told = [], [], set()

    def decide(self, values):
        """Return of the values of each arrival those that are to be written."""
        if not (self.rules or self.claims or any(self.memories)):
            return values
        claimed = self._claimed()
        return [self._decide(place, given, claimed) for place, given in enumerate(values)]

    def remember(self, received):
        """Return what each link is to keep, now that the records are written."""
        return [self._kept(place, record) for place, record in enumerate(received)]

    def close(self, received):
        """Note what was not taken over, ask people, and tell the system what stands; the links are written."""
        for place, name in self._agreed:
            self.links[place].conflict_ids._agreed_meanwhile(name)
        if self._noted:
            links = self.target._bindings(self.arrivals)
            rows = [{**row, "binding_id": links[place].id} for place, row in self._noted if links[place]]
            self.env["integration.conflict"].sudo()._note(rows)
        if self._told:
            told = self.env[self.model].union(*(received[place] for place in sorted(self._told)))
            tell_again(told.sudo(), self.system)

    # --- steps ---

    def _claimed(self):
        """Return ``{record id: {field: Rule}}`` of the fields that other systems decide, linked with the record."""
        ids = [record.id for record in self.records if record]
        systems = sorted({id_ for of_field in self.claims.values() for id_ in of_field})
        if not ids or not systems:
            return {}
        linked = {}
        domain = [("res_model", "=", self.model), ("res_id", "in", ids), ("system_id", "in", systems)]
        for link in self.env["integration.binding"].sudo().search_fetch(domain, ["res_id", "system_id", "deleted_at"]):
            if not link.deleted_at:
                linked.setdefault(link.res_id, set()).add(link.system_id.id)
        return {
            res_id: {name: Rule("odoo") for name, of_field in self.claims.items() if found & of_field.keys()}
            for res_id, found in linked.items()
        }

    def _decide(self, place, values, claimed):
        record, memories = self.records[place], self.memories[place]
        elsewhere = claimed.get(record.id, {}) if record else {}
        kept = {} if self.arrivals[place].delivery.is_late else dict(values)
        for name in values:
            memory = memories.get(name)
            rule = elsewhere.get(name) or self.rules.get(name) or (_ASKED if memory and memory.held else None)
            if not rule:
                continue
            theirs = as_stored(self._field(name), values[name], record or self.env[self.model])
            verdict = self._verdict(place, name, rule, memory, theirs) if record else ownership.THEIRS
            self._said[place][name] = fingerprint(self._field(name), theirs), verdict
            if verdict.stands == "theirs":
                kept[name] = values[name]
            else:
                kept.pop(name, None)
        return kept

    def _verdict(self, place, name, rule, memory, theirs):
        """Return which value of a field stands, and note what is not taken over."""
        record, delivery = self.records[place], self.arrivals[place].delivery
        ours, said_at = plain(self._field(name), record[name]), self._said_at(place)
        verdict = ownership.judge(
            rule,
            memory,
            fingerprint(self._field(name), ours),
            fingerprint(self._field(name), theirs),
            lambda: said_at > record.write_date,
            late=delivery.is_late,
        )
        if verdict.stands == "ask" or verdict.lost:
            self._note(place, name, verdict, self._why(name, rule, verdict), ours, theirs)
        elif memory and memory.held:
            self._agreed.append((place, name))
        if verdict.tell:
            self._told.add(place)
        return verdict

    def _note(self, place, name, verdict, why, ours, theirs):
        record, delivery = self.records[place], self.arrivals[place].delivery
        known = self.env["ir.model.fields"]._get(self.model, name)
        asked = verdict.stands == "ask"
        row = {
            "system_id": self.system.id,
            "company_id": self.system.company_id.id,
            "res_model": self.model,
            "res_id": record.id,
            "field_id": known.id,
            "state": {"ask": "open", "ours": "odoo", "theirs": "system"}[verdict.stands],
            "reason": why[:1].upper() + why[1:],
            "ours": ours,
            "ours_at": record.write_date,
            "theirs": theirs,
            "theirs_at": self._said_at(place),
            "told_by": delivery.event_id,
            "settled_at": not asked and fields.Datetime.now(),
        }
        self._noted.append((place, row))
        texts = {
            "ask": self.env._("%(field)s waits for a person in To Do → Conflicts: %(why)s"),
            "ours": self.env._("%(field)s stays what it is in Odoo: %(why)s"),
            "theirs": self.env._("%(field)s is overridden in Odoo: %(why)s"),
        }
        if delivery.notes is not None:
            delivery.notes.append(texts[verdict.stands] % {"field": known.field_description, "why": why})

    def _why(self, name, rule, verdict):
        env = self.env
        if verdict.stands == "ask":
            return env._("it was changed here and there")
        if rule.decided_by == "both":
            newest = rule.both_changed == "newest"
            return env._("the newest wins") if newest else env._("Odoo wins where both have changed it")
        if rule.decided_by == "system":
            return env._("%(system)s decides it", system=self.system.name)
        mine = self.rules.get(name)
        others = self.claims.get(name) if not mine or mine.decided_by != "odoo" else None
        return env._("%(system)s decides it", system=", ".join(others.values()) if others else "Odoo")

    def _said_at(self, place):
        """Return when the other side changed it, as it says itself, else when it was told."""
        arrival = self.arrivals[place]
        given = arrival.document.get("updated_at")
        if given:
            return moments.parse(given).astimezone(UTC).replace(tzinfo=None)
        return arrival.delivery.arrived_at or fields.Datetime.now()

    def _kept(self, place, record):
        delivery, memories = self.arrivals[place].delivery, self.memories[place]
        kept = {} if delivery.heard is None else {"heard": delivery.heard}
        if self._said[place]:
            now = dict(memories)
            for name, (theirs, verdict) in self._said[place].items():
                ours = fingerprint(self._field(name), plain(self._field(name), record[name]))
                now[name] = ownership.heard(memories.get(name), ours, theirs, verdict, late=delivery.is_late)
            kept["agreed"] = ownership.written(now)
        if delivery.is_late:
            kept["hash_in"] = False  # by now they have what they were sent
        return kept

    def _field(self, name):
        return self.env[self.model]._fields[name]
