# Part of Integration Hub. License LGPL-3.0 or later.
import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import file_open

from ..connectors.errors import ConfigurationError
from .integration_mapping import RECORD_MAPPINGS
from .integration_mapping_version_numbers import _walk


class IntegrationMapping(models.Model):
    """What a newer release of a connector maps besides: it is proposed in a draft, and in use once that is approved.

    New are the lines that are shipped now and were not when the mapping was made, or last offered. What a person has
    removed since is not offered again, and what they have changed stays as it is.
    """

    _inherit = "integration.mapping"

    offered = fields.Json(readonly=True, copy=False, help="The lines that were shipped when they were offered last.")

    @api.model
    def _offer_shipped(self):
        """Propose, for the mappings of all flows, what is shipped now and was not before. At each update."""
        seen = self.browse()
        flows = self.env["integration.flow"].with_context(active_test=False).search([("template_key", "!=", False)])
        for flow in flows:
            for mapping, lines in self._shipped(flow):
                if mapping not in seen:
                    mapping._offer(lines)
                    seen |= mapping

    @api.model
    def _shipped(self, flow):
        """Return ``[(mapping, the lines that are shipped for it)]`` of a flow that still has them."""
        try:
            templates = flow.system_id._connector().flow_templates
            template = next((each for each in templates if each.key == flow.template_key), None)
            if not template or not flow.system_id._ships(template):
                return []
            spec = flow.system_id._mapping_spec(template)
        except ConfigurationError:
            return []  # the connector is gone, or what describes it
        found = [(flow.mapping_id, spec["lines"])] if flow.mapping_id.code == spec["name"] else []
        return found + self._shipped_record_hop(flow.record_mapping_id)

    @api.model
    def _shipped_record_hop(self, mapping):
        try:
            with file_open(f"{RECORD_MAPPINGS}/{mapping.code}.json") as file:
                return [(mapping, json.load(file)["lines"])]
        except FileNotFoundError:
            return []

    def _offer(self, lines):
        """Propose the new ones of the lines that are shipped now, in a draft; returns the numbers of what was added."""
        self.ensure_one()
        shipped = dict(_places(lines))
        known = set(self.offered or self._first_shipped())
        used = {_key(place) for _number, place, _line in _walk(self.version_id.line_ids)}
        new = [place for place in shipped if _key(place) not in known | used]
        self.offered = sorted(map(_key, shipped))
        new = [place for place in new if place[:-1] not in new]  # what is below a new list comes with it
        if not new or not self.version_id:
            return self.browse()
        try:
            with self.env.cr.savepoint():
                draft = self._draft_to_edit()
                for place in new:
                    draft._add_shipped(place, shipped[place], list(shipped))
                draft._check_compiles()
        except UserError as error:
            text = self.env._("It could not be added to what this mapping has become: %(error)s", error=error)
        else:
            text = self.env._("It is in a draft: look at it, change it, have it approved. Until then nothing changes.")
        targets = ", ".join(".".join(key[0] for key in place) for place in new)
        said = self.env._("This release maps more: %(targets)s. %(what_now)s", targets=targets, what_now=text)
        flows = self.env["integration.flow"].search(self._in_flows())
        systems = flows.system_id
        people = (systems.technical_owner_id or systems.business_owner_id).partner_id
        self.message_post(body=said, partner_ids=people.ids)
        return self.draft_id

    def _first_shipped(self):
        """Return the keys of what was shipped when the mapping was made; of one that a person made, what it has."""
        versions = self.version_ids.sorted("number")
        first = versions.filtered(lambda version: version.number == 1 and not version.approved_by_id)[:1]
        return [_key(place) for _number, place, _line in _walk((first or self.version_id).line_ids)]


class IntegrationMappingVersion(models.Model):
    """Lines of a newer release in a draft."""

    _inherit = "integration.mapping.version"

    def _add_shipped(self, place, line, order):
        """Add a line, with what is below it, after the one that it follows where it is shipped.

        A line whose list is not there any more is left out: the draft has no use for it.
        """
        here = {found: record for _number, found, record in _walk(self.line_ids)}
        above = here.get(place[:-1]) if len(place) > 1 else self.env["integration.mapping.line"]
        if place in here or above is None:
            return
        beside = [found for found in order if found[:-1] == place[:-1]]
        before = [here[found] for found in beside[: beside.index(place)] if found in here]
        brothers = (above.child_ids if above else self.line_ids).sorted(lambda one: (one.sequence, one.id))
        at = brothers.ids.index(before[-1].id) + 1 if before else 0
        for number, brother in enumerate(brothers, start=1):
            brother.sequence = number if number <= at else number + 1
        made = brothers.create(
            {"version_id": self.id, "parent_id": above.id, "sequence": at + 1, **brothers._from_json(line)}
        )
        self._load_lines(line.get("lines", ()), made)


def _places(lines, place=()):
    """Yield place and line of lines in the library's JSON form, as `_walk` does of records."""
    seen = {}
    for line in lines:
        key = (line["target"], line.get("when") or "")
        seen[key] = seen.get(key, 0) + 1
        here = (*place, (*key, seen[key]))
        yield here, line
        yield from _places(line.get("lines", ()), here)


def _key(place):
    return json.dumps(place, ensure_ascii=False)
