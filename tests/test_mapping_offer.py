# Part of Integration Hub. License LGPL-3.0 or later.
"""What a newer release maps besides is proposed to people, and never applied."""

import copy
from unittest.mock import patch

from odoo.tests import tagged

from ..connectors.vendors.hubspot import HubSpot
from .test_mapping import MappingCase

FAX = {"source": "properties.fax", "transforms": ["strip"], "target": "custom.fax"}


@tagged("post_install", "-at_install")
class TestOffers(MappingCase):
    def setUp(self):
        super().setUp()
        self.mapping = self.flow.mapping_id
        self.spec = HubSpot.mapping("contact_in")

    def update(self, change=lambda lines: None):
        """Update the hub to a release that ships these lines."""
        newer = copy.deepcopy(self.spec)
        change(newer["lines"])
        ours = HubSpot.mapping

        def mapping(name):
            return newer if name == "contact_in" else ours(name)

        with patch.object(HubSpot, "mapping", mapping):
            self.env["integration.mapping"]._offer_shipped()

    def targets(self, version):
        return [line.target for line in version.line_ids.sorted(lambda line: (line.sequence, line.id))]

    def test_nothing_new_makes_no_draft(self):
        before = len(self.env["integration.mapping.version"].search([]))
        self.update()
        self.assertEqual(len(self.env["integration.mapping.version"].search([])), before)

    def test_a_new_line_is_proposed_where_it_is_shipped_and_nothing_changes(self):
        owner = self.user("consultant")
        self.crm.technical_owner_id = owner
        in_use = self.mapping.version_id
        self.update(lambda lines: lines.insert(3, FAX))
        draft = self.mapping.draft_id
        self.assertEqual((self.mapping.version_id, draft.state), (in_use, "draft"))
        expected = self.targets(in_use)
        expected.insert(3, "custom.fax")
        self.assertEqual(self.targets(draft), expected)
        self.assertEqual(list(draft._changes()), ["4"], "which the screen shows")
        message = self.mapping.message_ids[0]
        self.assertIn("custom.fax", message.body)
        self.assertIn(owner.partner_id, message.partner_ids)
        draft.with_user(self.approver).action_approve()
        self.assertEqual(self.mapping.version_id, draft, "whoever approves it did not make it")
        self.update(lambda lines: lines.insert(3, FAX))
        self.assertFalse(self.mapping.draft_id)

    def test_what_somebody_changed_stays_and_what_they_removed_does_not_come_back(self):
        draft = self.draft()
        gone = draft.line_ids.filtered(lambda line: line.target == "job_title")
        kept = draft.line_ids.filtered(lambda line: line.target == "website")
        gone.unlink()
        kept.transforms = '["strip", "lower"]'
        draft.with_user(self.approver).action_approve()
        self.update(lambda lines: lines.append(FAX))
        offered = self.mapping.draft_id
        self.assertNotIn("job_title", self.targets(offered))
        self.assertEqual(
            offered.line_ids.filtered(lambda line: line.target == "website").transforms, '["strip", "lower"]'
        )
        self.assertEqual(self.targets(offered)[-1], "custom.fax")

    def test_what_was_declined_is_not_offered_again(self):
        self.update(lambda lines: lines.append(FAX))
        self.mapping.draft_id.unlink()
        self.update(lambda lines: lines.append(FAX))
        self.assertFalse(self.mapping.draft_id)

    def test_a_line_inside_of_a_list(self):
        def change(lines):
            (company,) = (line for line in lines if line["target"] == "company")
            company["lines"].append({"source": "properties.city", "target": "website", "when": "properties.city"})

        self.update(change)
        company = self.mapping.draft_id.line_ids.filtered(lambda line: line.target == "company")
        self.assertEqual([line.source for line in company.child_ids][-1], "properties.city")

    def test_a_whole_list_comes_once(self):
        new = {"source": "properties.phones[]", "target": "custom.phones", "lines": [{"source": "a", "target": "b"}]}
        self.update(lambda lines: lines.append(new))
        added = self.mapping.draft_id.line_ids.filtered(lambda line: line.target == "custom.phones")
        self.assertEqual(added.child_ids.mapped("target"), ["b"])

    def test_a_draft_of_somebody_gets_it_too(self):
        draft = self.draft()
        draft.line_ids[-1].unlink()
        self.update(lambda lines: lines.append(FAX))
        self.assertEqual(self.mapping.draft_id, draft)
        self.assertEqual(self.targets(draft)[-1], "custom.fax")

    def test_odoos_half_is_offered_too(self):
        out = self.crm.flow_ids.filtered(lambda flow: flow.template_key == "contacts_out").record_mapping_id
        first = out.version_id.line_ids.filtered(lambda line: line.target == "company.id")
        self.env.cr.execute("DELETE FROM integration_mapping_line WHERE id = %s", (first.id,))
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.update()
        self.assertIn("company.id", self.targets(out.draft_id), "an older release had not mapped it")
