# Part of Integration Hub. License LGPL-3.0 or later.
"""A first load's reading and matching: remote objects become rows, rows find their records."""

import hashlib
import json

from odoo import models
from odoo.tools import SQL

from ..connectors import entities
from ..connectors.errors import HubError
from ..engine import matching
from .handler import explained

UNMATCHED = ("read", "failed")  # states of a row that may be read once more
CANDIDATES = 20  # of one row, at the most: nobody chooses from more
AT_ONCE = 500  # objects that are read once more
WRITTEN_AT_ONCE = 5_000
SHOWN = 64  # characters of an object without id and name


class IntegrationLoadLine(models.Model):
    _inherit = "integration.load.line"

    # --- reading ---

    def _keep(self, documents):
        """Keep remote objects as rows to be matched; returns how many failed.

        One that was only read before is replaced; one of which something was made, or decided, stays as it is.
        """
        self.ensure_one()
        hop = self.flow_id.sudo().mapping_id._compiled()[1]
        rules = self._rules()
        rows = {}
        for document in documents:
            row = self._row_of(document, hop, rules)
            rows[row["external_id"]] = row
        self.env.cr.execute(
            SQL(
                """INSERT INTO integration_load_row
                          (line_id, external_id, title, payload, keys, status, message, hint)
                   SELECT %s, external_id, title, payload, keys, status, message, hint
                     FROM jsonb_to_recordset(%s::jsonb)
                       AS r (external_id varchar, title varchar, payload text, keys jsonb, status varchar,
                             message varchar, hint varchar)
                       ON CONFLICT (line_id, external_id) DO UPDATE
                      SET title = excluded.title, payload = excluded.payload, keys = excluded.keys,
                          status = excluded.status, message = excluded.message, hint = excluded.hint
                    WHERE integration_load_row.status IN %s""",
                self.id,
                json.dumps(list(rows.values())),
                UNMATCHED,
            )
        )
        return sum(row["status"] == "failed" for row in rows.values())

    def _row_of(self, document, hop, rules):
        payload = json.dumps(document, ensure_ascii=False)
        try:
            canonical = self._canonical(document, hop)
        except HubError as error:
            message, hint = explained(error)
            return {
                "external_id": str(document.get("id") or _digest(payload)),
                "title": str(document.get("name") or document.get("title") or document.get("id") or payload[:SHOWN]),
                "payload": payload,
                "status": "failed",
                "message": message,
                "hint": hint,
            }
        return {
            "external_id": canonical["id"],
            "title": canonical.get("name") or canonical.get("email") or canonical["id"],
            "payload": payload,
            "keys": {rule.key: rule.values(canonical) for rule in rules},
            "status": "read",
        }

    def _canonical(self, document, hop=None):
        """Return the business object of a remote one. Raises HubError where it does not have the agreed form."""
        flow = self.flow_id.sudo()
        canonical = (hop or flow.mapping_id._compiled()[1]).apply(document)
        if problems := entities.problems(flow.entity_id.code, canonical):
            raise HubError(problems[0], hint=self.env._("Correct it at the source, or change the mapping, and retry."))
        if not canonical.get("id"):
            raise HubError(self.env._("It has no id"), hint=self.env._("Change the mapping so that it gives one."))
        return canonical

    def _read_again(self, rows):
        """Read rows that failed before once more, from what was kept of them, and match them."""
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            documents = [json.loads(row.payload) for row in some]
            self.env.cr.execute(SQL("DELETE FROM integration_load_row WHERE id = ANY(%s)", some.ids))
            self.env.invalidate_all()
            self._keep(documents)
        if rows:
            self._match(anew=False)

    # --- matching ---

    def _match(self, anew=True):
        """Say of each row that was read what it is here; no record is two rows', whatever flows they are of.

        :param anew: everything was read just now: what stands out of both sides is noted too
        """
        for lines in self.grouped("model_name").values():
            judged = {line: line._judged(anew) for line in lines}
            verdicts = {row: verdict for found in judged.values() for row, verdict in found.items()}
            verdicts = matching.without_rivals(verdicts, lines[0]._taken().keys(), lines[0]._claims().keys())
            for line, found in judged.items():
                line._write_verdicts({row: verdicts[row] for row in found})
        self.env.invalidate_all()

    def _rules(self):
        flow = self.flow_id.sudo()
        return self._target()._match_rules(flow.system_id, flow.entity_id)

    def _judged(self, anew):
        """Return ``{row: verdict}`` of the rows that were read, each by itself."""
        self.env.cr.execute(
            SQL(
                "SELECT id, external_id, keys FROM integration_load_row WHERE line_id = %s AND status = 'read'", self.id
            )
        )
        rows = {row_id: (external_id, keys or {}) for row_id, external_id, keys in self.env.cr.fetchall()}
        target, rules = self._target(), self._rules()
        links = self._links([external_id for external_id, _keys in rows.values()])
        here = self._considered(target, [])
        hits, profile, keyed = {row_id: [] for row_id in rows}, [], {}
        for rule in rules:
            index, unusable = self._index(target, rule)
            profile.append(_profile(rule, rows, index, here, unusable))
            if rule.sure:
                keyed[rule.key] = set().union(*index.values())
            for row_id, (_external_id, keys) in rows.items():
                found = frozenset().union(*(index.get(value, ()) for value in _values(keys, rule.key)))
                if found:
                    rivals = () if rule.sure else [keyed[key] for key in keyed if _values(keys, key)]
                    doubtful = frozenset(found.intersection(set().union(*rivals)))
                    hits[row_id].append(matching.Hit(rule.key, found, rule.sure, doubtful))
        archived, preferred = self._considered(target, [("active", "=", False)]), self._preferred(target)
        if anew:
            self.sudo().write({"here_count": len(here - archived), "profile": profile})
        return {
            row_id: matching.Verdict("known", record=links[external_id])
            if external_id in links
            else matching.judge(hits[row_id], archived, preferred)
            for row_id, (external_id, _keys) in rows.items()
        }

    def _links(self, external_ids):
        """Return ``{remote id: record}`` of those of the flow's objects that are linked with a record that is there."""
        flow = self.flow_id.sudo()
        found = self.env["integration.binding"].sudo()._find_many(flow.system_id, flow.entity_id, external_ids)
        live = found.filtered(lambda link: not link.deleted_at and link.res_model == self.model_name)
        there = live._records()
        return {link.external_id: link.res_id for link in live if link.id in there}

    def _considered(self, target, domain):
        """Return the ids of the records that come into question and are in a domain, archived ones among them."""
        flow, model = self.flow_id.sudo(), target.env[self.flow_id.model_name].with_context(active_test=False)
        if any(name not in model._fields for name, *_rest in domain):
            return frozenset()
        return frozenset(model._search([*target._match_domain(flow.system_id, flow.entity_id), *domain]))

    def _preferred(self, target):
        flow = self.flow_id.sudo()
        return self._considered(target, target._match_preferred(flow.system_id, flow.entity_id))

    def _index(self, target, rule):
        """Return ``{value: records}`` of what a rule reads in Odoo, and how many values are not valid; one query."""
        flow = self.flow_id.sudo()
        part = target._of_model(rule.model or flow.model_name)
        model = target.env[rule.model or flow.model_name].with_context(active_test=False)
        domain = [*part._match_domain(flow.system_id, flow.entity_id), (rule.here[0], "!=", False)]
        query = model._search(domain)
        columns = [model._field_to_sql(model._table, name, query) for name in (rule.up or "id", *rule.here)]
        index, unusable = {}, 0
        for record, *parts in self.env.execute_query(query.select(*columns)):
            if not parts[0]:
                continue
            value = rule.normal(*parts)
            if value:
                index.setdefault(value, set()).add(record)
            else:
                unusable += 1
        return index, unusable

    def _write_verdicts(self, verdicts):
        model, items = self.flow_id.model_name, list(verdicts.items())
        for start in range(0, len(items), WRITTEN_AT_ONCE):
            self._write_some(items[start : start + WRITTEN_AT_ONCE], model)

    def _write_some(self, items, model):
        found = [
            {
                "id": row_id,
                "status": verdict.status,
                "rule": verdict.rule,
                "reason": verdict.reason,
                "res_model": model,
                "res_id": verdict.record,
            }
            for row_id, verdict in items
        ]
        self.env.cr.execute(
            SQL(
                """UPDATE integration_load_row r
                      SET status = v.status, rule = v.rule, reason = v.reason,
                          res_model = v.res_model, res_id = v.res_id
                     FROM jsonb_to_recordset(%s::jsonb)
                       AS v (id integer, status varchar, rule varchar, reason varchar,
                             res_model varchar, res_id integer)
                    WHERE r.id = v.id""",
                json.dumps(found),
            )
        )
        candidates = [
            {"row_id": row_id, "res_model": model, "res_id": record}
            for row_id, verdict in items
            for record in verdict.candidates[:CANDIDATES]
        ]
        self.env["integration.load.candidate"].sudo().create(candidates)


def _digest(payload):
    """Return what stands for the id of an object that tells none."""
    return "?" + hashlib.sha256(payload.encode()).hexdigest()[:32]


def _values(keys, rule):
    return keys[rule][0] if rule in keys else ()


def _profile(rule, rows, index, here, unusable):
    """Return what stands out of a rule on both sides, in numbers."""
    there = {}
    for row_id, (_external_id, keys) in rows.items():
        for value in _values(keys, rule.key):
            there.setdefault(value, set()).add(row_id)
    keyed_there, keyed_here = (set().union(*side.values()) for side in (there, index))
    return {
        "key": rule.key,
        "sure": rule.sure,
        "missing_there": len(rows) - len(keyed_there),
        "doubled_there": len(_sharing(there)),
        "unusable_there": sum(keys[rule.key][1] for _external_id, keys in rows.values() if rule.key in keys),
        "missing_here": len(here - keyed_here),
        "doubled_here": len(_sharing(index)),
        "unusable_here": unusable,
    }


def _sharing(index):
    return set().union(*(records for records in index.values() if len(records) > 1))
