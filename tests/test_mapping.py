# Part of Integration Hub. License LGPL-3.0 or later.
"""Mappings: versions that never change once approved, and lines that are the library's JSON, there and back."""

import json

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..connectors import registry
from ..connectors.errors import ConfigurationError
from ..connectors.mapping import compile_mapping
from ..models.mapping_transforms import TRANSFORMS
from .common import ROOT, HubCase, crm_objects, sandbox


class MappingCase(HubCase):
    @classmethod
    def set_up_hub(cls):
        cls.crm = cls.connect_hubspot()
        cls.shop = cls.connect_shopify()
        cls.flow = cls.crm.flow_ids.filtered(lambda flow: flow.template_key == "contacts_in")
        cls.mapping = cls.flow.record_mapping_id
        cls.consultant, cls.approver = cls.user("consultant"), cls.user("approver")

    def draft(self, user=None):
        action = self.mapping.with_user(user or self.consultant).action_edit()
        return self.env["integration.mapping.version"].with_user(user or self.consultant).browse(action["res_id"])


@tagged("post_install", "-at_install")
class TestVersions(MappingCase):
    def test_shipped_ones_are_approved_once(self):
        self.assertEqual((self.mapping.version_id.state, self.mapping.version_id.number), ("approved", 1))
        again = self.connect_hubspot()
        flow = again.flow_ids.filtered(lambda flow: flow.template_key == "contacts_in")
        self.assertEqual(flow.record_mapping_id, self.mapping)
        self.assertEqual(len(self.mapping.version_ids), 1)

    def test_editing_makes_one_draft_with_the_same_lines(self):
        draft = self.draft()
        self.assertEqual((draft.state, draft.number), ("draft", 2))
        self.assertEqual(draft._specification()["lines"], self.mapping.version_id._specification()["lines"])
        self.assertEqual(self.draft(), draft)
        self.assertEqual(self.mapping.draft_id, draft)
        self.assertEqual(self.mapping.version_id.number, 1, "not in use yet")

    def test_approval(self):
        draft, first = self.draft(), self.mapping.version_id
        for user in (self.consultant, self.user("admin"), self.user("operator"), self.user("auditor")):
            with self.assertRaisesRegex(UserError, "Only approvers"):
                draft.with_user(user).action_approve()
        draft.with_user(self.approver).action_approve()
        self.assertEqual((draft.state, draft.approved_by_id), ("approved", self.approver))
        self.assertTrue(draft.approved_at)
        self.assertEqual((self.mapping.version_id, first.state), (draft, "retired"))
        with self.assertRaisesRegex(UserError, "is no draft"):
            draft.with_user(self.approver).action_approve()

    def test_makers_are_no_checkers(self):
        both = self.user("consultant", "approver")
        with self.assertRaisesRegex(UserError, "somebody else"):
            self.draft(both).action_approve()
        draft = self.draft()
        draft.line_ids[0].with_user(both).default = '"x"'
        with self.assertRaisesRegex(UserError, "somebody else"):
            draft.with_user(both).action_approve()
        draft.with_user(self.approver).action_approve()

    def test_whoever_had_a_hand_in_a_draft_leaves_a_trace(self):
        for name, hand in (
            ("deletes a line", lambda draft: draft.line_ids[-1:].unlink()),
            ("is followed by another", lambda draft: draft.line_ids[:1].write({"default": '"x"'})),
            ("sets the mode", lambda draft: draft.write({"mode": "lenient"})),
            ("adds a line", lambda draft: draft.line_ids.create({"version_id": draft.id, "target": "x", "value": "1"})),
        ):
            with self.subTest(name):
                both = self.user("consultant", "approver")
                draft = self.draft()
                hand(draft.with_user(both))
                draft.line_ids[:1].default = '"y"'
                with self.assertRaisesRegex(UserError, "somebody else"):
                    draft.with_user(both).action_approve()
                with self.assertRaises(AccessError):
                    draft.with_user(both).write({"maker_ids": [(5,)]})
                draft.unlink()

    def test_approved_lines_never_change(self):
        version = self.mapping.version_id
        line = version.line_ids[0]
        draft_line = self.draft().line_ids[0]
        for user in (self.consultant, self.env.user):
            for road in (
                lambda user=user: line.with_user(user).write({"target": "x"}),
                lambda user=user: line.with_user(user).unlink(),
                lambda user=user: line.with_user(user).create({"version_id": version.id, "target": "x"}),
                lambda user=user: line.with_user(user).copy({"target": "x"}),
                lambda user=user: draft_line.with_user(user).write({"version_id": version.id}),
                lambda user=user: draft_line.with_user(user).write({"parent_id": line.id}),
                lambda user=user: version.with_user(user).write({"line_ids": [(0, 0, {"target": "x", "source": "y"})]}),
                lambda user=user: version.with_user(user).write({"line_ids": [(1, line.id, {"target": "x"})]}),
                lambda user=user: version.with_user(user).unlink(),
                lambda user=user: self.mapping.with_user(user).unlink(),
            ):
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    road()

    def test_no_road_around_the_approval(self):
        """What the form shows read-only is read-only for RPC too."""
        draft, version = self.draft(), self.mapping.version_id
        mine = self.mapping.with_user(self.consultant)
        Version = self.env["integration.mapping.version"].with_user(self.consultant)
        for road in (
            lambda: draft.write({"state": "approved"}),
            lambda: draft.write({"approved_by_id": self.approver.id}),
            lambda: version.with_user(self.consultant).write({"state": "draft"}),
            lambda: version.with_user(self.consultant).write({"number": 9}),
            lambda: version.with_user(self.consultant).write({"mode": "lenient"}),
            lambda: Version.create({"mapping_id": self.mapping.id, "number": 9, "state": "approved"}),
            lambda: Version.with_context(default_state="approved").create({"mapping_id": self.mapping.id, "number": 9}),
            lambda: mine.write({"version_id": draft.id}),
            lambda: mine.write({"version_id": False}),
            lambda: mine.write({"version_ids": [(1, draft.id, {"state": "approved"})]}),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                road()
        with self.assertRaises(ValidationError):
            self.mapping.version_id = draft  # not even by mistake of our own

    def test_drafts_can_go(self):
        self.draft().unlink()
        self.assertFalse(self.mapping.draft_id)

    def test_changes_take_effect_with_the_approval(self):
        document = {"name": "Ada", "email": "ada@x.example"}
        before = self.mapping._compiled()[1]
        self.assertNotIn("ref", before.apply(document))
        draft = self.draft()
        self.env["integration.mapping.line"].with_user(self.consultant).create(
            {"version_id": draft.id, "target": "ref", "value": '"from the CRM"'}
        )
        self.assertNotIn("ref", self.mapping._compiled()[1].apply(document))
        self.assertEqual(draft._compiled().apply(document)["ref"], "from the CRM", "a draft can be tried")
        draft.with_user(self.approver).action_approve()
        version, compiled = self.mapping._compiled()
        self.assertEqual((version, compiled.apply(document)["ref"]), (draft, "from the CRM"))

    def test_compiled_once_for_each_content(self):
        version = self.mapping.version_id
        first = version._compiled()
        self.assertIs(version._compiled(), first)
        with self.assertQueryCount(0):
            version._compiled()

    def test_compile_errors_are_said(self):
        for values, words in (
            ({"source": "a[", "target": "x"}, "a["),
            ({"source": "a", "target": "x", "transforms": '["no_such_transform"]'}, "no_such_transform"),
            ({"source": "a", "target": "x", "transforms": '[{"truncate": "long"}]'}, "truncate"),
        ):
            with self.subTest(words):
                draft = self.draft()
                with self.assertRaisesRegex(UserError, words.replace("[", r"\[")) as caught:
                    draft.write({"line_ids": [(0, 0, values)]})
                    draft.with_user(self.approver).action_approve()
                self.assertNotIn("Traceback", str(caught.exception))
                self.assertEqual(self.mapping.version_id.number, 1)
                self.draft().sudo().unlink()

    def test_what_is_no_json_is_said(self):
        draft = self.draft()
        for name in ("transforms", "value", "default"):
            with self.subTest(name), self.assertRaisesRegex(ValidationError, "is no JSON"):
                draft.line_ids[0].write({name: "web"})

    def test_a_mapping_in_use_stays(self):
        with self.assertRaises(UserError):
            self.mapping.unlink()

    def test_without_an_approved_version(self):
        fresh = self.env["integration.mapping"].create(
            {"name": "N", "code": "n", "side": "record", "direction": "inbound", "entity_id": self.mapping.entity_id.id}
        )
        with self.assertRaisesRegex(ConfigurationError, "has no version in use"):
            fresh._compiled()
        self.flow.action_switch_off()
        self.flow.record_mapping_id = fresh
        with self.assertRaisesRegex(UserError, "approved mappings"):
            self.flow.action_switch_on()

    def test_protected_models(self):
        for model in ("res.users", "res.groups", "ir.rule", "integration.credential"):
            with self.subTest(model):
                with self.assertRaisesRegex(ValidationError, "may not touch"):
                    self.env["integration.mapping"].create(
                        {
                            "name": "N",
                            "code": model,
                            "side": "record",
                            "direction": "inbound",
                            "entity_id": self.mapping.entity_id.id,
                            "model_id": self.env["ir.model"]._get_id(model),
                        }
                    )
                with self.assertRaisesRegex(Exception, "may not touch"):
                    self.env["integration.target"]._of_model(model)


@tagged("post_install", "-at_install")
class TestRoundTrip(MappingCase):
    """load → record → JSON is the same mapping."""

    def shipped(self):
        for file in sorted((ROOT / "data" / "mappings").glob("*.json")):
            yield file.name, json.loads(file.read_bytes())
        for name in registry.CONNECTORS:
            for file in sorted((ROOT / "connectors" / "vendors" / name / "mappings").glob("*.json")):
                yield f"{name}/{file.name}", json.loads(file.read_bytes())

    def normal(self, line):
        """Notes, what the inverse is made by, and what says the default are no part of a line's meaning."""
        found = {name: value for name, value in line.items() if name not in ("note", "direction")}
        for name, default in (("on_error", "fail"), ("empty", "skip"), ("required", False), ("transforms", [])):
            if found.get(name) == default:
                del found[name]
        if "lines" in found:
            found["lines"] = [self.normal(each) for each in found["lines"]]
        return found

    def test_all_shipped_mappings(self):
        count = 0
        for name, specification in self.shipped():
            with self.subTest(name):
                mapping = self.env["integration.mapping"].create(
                    {
                        "name": specification["title"],
                        "code": f"trip {name}",
                        "side": "system",
                        "direction": "inbound",
                        "entity_id": self.mapping.entity_id.id,
                    }
                )
                version = self.env["integration.mapping.version"].create({"mapping_id": mapping.id, "number": 1})
                version._load_lines(specification["lines"])
                self.assertEqual(
                    [self.normal(line) for line in version._specification()["lines"]],
                    [self.normal(line) for line in specification["lines"]],
                )
                self.assertEqual(
                    sorted(version._compiled().sources), sorted(compile_mapping(specification, TRANSFORMS).sources)
                )
            count += 1
        self.assertGreater(count, 10)

    def test_names(self):
        for flow in (self.crm | self.shop).flow_ids:
            for hop in flow.mapping_id | flow.record_mapping_id:
                specification = hop.version_id._specification()
                shipped = next(each for _name, each in self.shipped() if each["name"] == hop.code)
                for name in ("format", "name", "title"):
                    self.assertEqual(specification[name], shipped[name], hop.code)

    def test_a_falsy_constant_is_one(self):
        draft = self.draft()
        for value in (False, 0, "", None, [], {}):
            with self.subTest(value):
                draft.sudo().line_ids.unlink()
                draft._load_lines([{"target": "x", "value": value}, {"source": "a", "target": "y", "default": value}])
                first, second = draft._specification()["lines"]
                self.assertEqual((first["value"], second["default"]), (value, value))


@tagged("post_install", "-at_install")
class TestLeftOut(MappingCase):
    """A message that is done, but not with everything, says what is missing."""

    def receive_contact(self, **properties):
        document = [{"subscriptionType": "contact.creation", "objectId": int(crm_objects()[0]["id"])}]
        sandbox().control("PATCH", f"/hubspot/contacts/{document[0]['objectId']}", {"properties": properties})
        event = self.receive(self.crm, document, topic=None)
        self.drain()
        return event

    def test_what_a_line_skips_is_named(self):
        event = self.receive_contact(hs_country_region_code="Nowhere", city="Bern")
        self.assertEqual((event.state, event.error_code), ("done", "left-out"))
        self.assertIn("address.country_code", event.error_message)
        self.assertNotIn("Nowhere", event.error_message)
        self.assertEqual(self.env[event.res_model].browse(event.res_id).city, "Bern")

    def test_a_lenient_mapping_leaves_out_what_a_strict_one_refuses(self):
        mapping = self.flow.mapping_id
        version = self.env["integration.mapping.version"].browse(mapping.action_edit()["res_id"])
        version._load_lines([{"source": "properties.city", "transforms": ["email"], "target": "note"}])
        version.with_user(self.approver).action_approve()
        event = self.receive_contact(city="Bern")
        self.assertEqual(event.state, "dead")
        with self.assertRaises(AccessError):
            version.with_user(self.consultant).mode = "lenient"
        draft = self.env["integration.mapping.version"].browse(mapping.action_edit()["res_id"])
        draft.mode = "lenient"
        draft.with_user(self.approver).action_approve()
        event.action_retry()
        self.drain()
        self.assertEqual((event.state, event.error_code), ("done", "left-out"))
        self.assertIn("note", event.error_message)
