# Part of Integration Hub. License LGPL-3.0 or later.
"""What capture costs: nothing where no flow listens, one pass where many do, one INSERT a flow."""

import sys
from collections import Counter
from pathlib import Path
from unittest.mock import patch

from odoo.tests import tagged

from ..models import capture
from .capture_cases import CaptureCase

MODELS = str(Path(capture.__file__).parent)
INSERT = "INSERT INTO integration_event "


@tagged("post_install", "-at_install")
class TestCaptureCost(CaptureCase):
    def partners(self, count):
        """Return copies of a partner that were never captured."""
        model = self.partner("N")
        self.forget()
        self.env.cr.execute(
            """INSERT INTO res_partner
               SELECT (jsonb_populate_record(p, jsonb_build_object('id', nextval('res_partner_id_seq')))).*
                 FROM res_partner p, generate_series(1, %s) WHERE p.id = %s RETURNING id""",
            [count, model.id],
        )
        return model.browse(id_ for (id_,) in self.env.cr.fetchall())

    def calls_of_ours(self, function):
        calls = Counter()

        def profile(frame, event, _argument):
            if event == "call" and frame.f_code.co_filename.startswith(MODELS):
                calls[frame.f_code.co_name] += 1

        sys.setprofile(profile)
        try:
            function()
        finally:
            sys.setprofile(None)
        return calls

    def test_nobody_listens_nothing_is_done(self):
        Tag = self.env["res.partner.category"]
        Tag.create({"name": "Warm"}).unlink()
        self.env.cr.flush()

        def everything(count):
            tags = Tag.create([{"name": f"T{number}"} for number in range(count)])
            tags.write({"name": "Other"})
            tags.flush_recordset()
            tags.unlink()

        one, many = (self.calls_of_ours(lambda count=count: everything(count)) for count in (1, 50))
        self.assertEqual(one, many)
        changes = one["create"] + one["write"] + one["unlink"]
        self.assertEqual(set(one), {"create", "write", "_write_multi", "unlink", "watch_of", "noting"})
        self.assertEqual(one["watch_of"], changes + one["_write_multi"], "one look-up each")
        self.assertEqual(one["noting"], changes, "and one each whether a message's work is under way")
        self.assertNotIn(capture.COLLECTED, self.env.cr.precommit.data)

    def test_nobody_listens_nothing_is_asked(self):
        self.env["integration.flow"]._listening()
        tags = self.env["res.partner.category"].create([{"name": "A"}, {"name": "B"}])
        with self.assertQueryCount(0):
            self.assertIsNone(capture.watch_of(tags))

    def test_ten_thousand_records_one_insert_a_flow(self):
        self.only(self.flow)
        flows = [self.flow_on("res.partner", "color"), self.flow_on("res.partner", "color ref")]
        partners = self.partners(10_000)
        self.env["integration.flow"]._listening()
        partners.write({"color": 7})
        self.env.flush_all()
        with self.statements() as statements:
            self.env.cr.precommit.run()
        inserts = [statement for statement in statements if statement.startswith(INSERT)]
        self.assertEqual(len(inserts), len(flows))
        gates = [statement for statement in statements if "res_partner" in statement]
        self.assertEqual(len(gates), 1, "both have the same filter")
        for flow in flows:
            events = self.events(self.api, ("flow_id", "=", flow.id))
            self.assertEqual(events.mapped("res_id"), partners.ids)
            self.assertEqual(set(events.mapped("changed_fields")), {"color"})

    def test_the_number_of_records_does_not_count(self):
        used = []
        for count in (2, 200):
            partners = self.partners(count)
            self.env["integration.flow"]._listening()
            partners.write({"phone": "7"})
            self.env.flush_all()
            with self.statements() as statements:
                self.env.cr.precommit.run()
            used.append(statements)
            self.assertEqual(len(self.events(self.api, ("res_id", "in", partners.ids))), count)
        self.assertEqual(*map(len, used))

    def test_records_written_one_by_one_are_judged_in_one_pass(self):
        partners = self.partners(50)
        self.env["integration.flow"]._listening()
        for number, partner in enumerate(partners):
            partner.phone = str(number)
        self.env.flush_all()
        with self.statements() as statements:
            self.env.cr.precommit.run()
        self.assertEqual(sum(statement.startswith(INSERT) for statement in statements), 1)
        self.assertEqual(sum("res_partner" in statement for statement in statements), 1)

    def test_while_modules_are_loaded(self):
        with patch.object(self.registry, "ready", False):
            ada = self.partner()
            self.assertEqual(self.captured(), [(ada.id, "")])
        self.forget()
        with patch.object(self.registry, "_init_modules", self.registry._init_modules - {"integration_hub"}):
            ada.phone = "1"
            self.env.registry.clear_cache()
            with self.statements() as statements:
                ada.flush_recordset()
            self.assertFalse([each for each in statements if "integration" in each], "the hub's tables are not ready")
        self.assertEqual(self.captured(), [])

    def test_a_flow_that_is_switched_on_while_it_is_flushed(self):
        self.only(self.env["integration.flow"])
        self.partner()
        self.assertEqual(self.captured(), [])
        self.env.registry.clear_cache()
        self.flow.state = "on"
        ada = self.partner()
        self.assertEqual(self.captured(), [(ada.id, "")])

    def test_superuser_and_people_without_rights_on_the_hub(self):
        ada, user = self.partner(), self.user("user")
        self.forget()
        ada.with_user(user).sudo().phone = "1"
        self.assertEqual(self.captured(), [(ada.id, "phone")])
        clerk = self.user()
        clerk.group_ids += self.env.ref("base.group_partner_manager")
        self.flow.on_unlink = "delete"
        self.link(ada, "77")
        self.forget()
        ada.with_user(clerk).phone = "2"
        self.assertEqual(self.captured(), [(ada.id, "phone")])
        ada.with_user(clerk).unlink()
        self.assertEqual(self.told(self.flow)[1:], [(ada.id, "delete", "")])
