# Part of Integration Hub. License LGPL-3.0 or later.
"""Who may do what: groups × models × operations, companies, and the service user."""

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessDenied, AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from ..engine import metrics
from ..engine.database import Database
from ..engine.repair import freeze
from .common import HubCase, own_payload

GROUPS = ("nobody", "user", "consultant", "operator", "approver", "auditor", "admin")
# Model → {group: operations}; a group that is not named may do nothing. From the design's personas, not from the CSV.
R, RW, RWCU = "r", "rw", "rwcu"
EVERYBODY = dict.fromkeys(GROUPS[1:], R)
INTENT = {
    "integration.completeness": EVERYBODY,
    "integration.completeness.line": EVERYBODY,
    "integration.completeness.figure": EVERYBODY,
    "integration.completeness.certificate": EVERYBODY | {"operator": RWCU, "admin": RWCU},
    "integration.environment": EVERYBODY | {"admin": RW},
    "integration.maintenance": EVERYBODY | {"operator": "rc", "admin": "rc"},
    "integration.lane": EVERYBODY | {"admin": RW},
    "integration.system": EVERYBODY | {"admin": RWCU},
    "integration.credential": {"auditor": R, "admin": RWCU},
    "integration.credential.version": {"auditor": R, "admin": R},
    "integration.endpoint": EVERYBODY | {"admin": RWCU},
    "integration.endpoint.option": EVERYBODY | {"admin": RWCU},
    "integration.endpoint.webhook": EVERYBODY,
    "integration.rest.resource": EVERYBODY | {"admin": RWCU},
    "integration.rest.rule": EVERYBODY | {"admin": RWCU},
    "integration.entity": EVERYBODY | {"consultant": RW, "admin": RW},
    "integration.entity.field": EVERYBODY | {"consultant": RWCU, "admin": RWCU},
    "integration.mapping": EVERYBODY | {"consultant": RWCU, "admin": RWCU},
    "integration.mapping.version": EVERYBODY | {"consultant": RWCU, "admin": RWCU},
    "integration.mapping.line": EVERYBODY | {"consultant": RWCU, "admin": RWCU},
    "integration.conflict": EVERYBODY,
    "integration.failure": EVERYBODY | {"operator": RW, "admin": RW},
    "integration.failure.ignore": {"operator": RWCU, "admin": RWCU},
    "integration.failure.snooze": {"operator": RWCU, "admin": RWCU},
    "integration.ownership": EVERYBODY | {"consultant": RWCU, "admin": RWCU},
    "integration.flow": EVERYBODY | {"consultant": RW, "admin": RWCU},
    "integration.missing.value": EVERYBODY,
    "integration.value.map": EVERYBODY | {"consultant": RWCU, "admin": RWCU},
    "integration.value.map.line": EVERYBODY | {"consultant": RWCU, "admin": RWCU},
    "integration.value.responsible": EVERYBODY | {"consultant": RWCU, "admin": RWCU},
    "integration.map.value": {"consultant": RWCU, "admin": RWCU},
    "integration.ignore.value": {"consultant": RWCU, "operator": RWCU, "admin": RWCU},
    "integration.runbook": EVERYBODY | {"consultant": RWCU, "admin": RWCU},
    "integration.sync.job": EVERYBODY,
    "integration.event": EVERYBODY,
    "integration.event.attempt": EVERYBODY,
    "integration.metric": EVERYBODY,
    "integration.event.payload": {"consultant": R, "operator": R, "admin": R},
    "integration.repair": EVERYBODY,
    "integration.repair.item": EVERYBODY,
    "integration.binding": EVERYBODY | {"operator": RWCU, "admin": RWCU},
    "integration.refusal": {"operator": R, "auditor": R, "admin": R},
    "integration.catalogue": {"admin": R},
    "integration.connect": {"admin": RWCU},
    "integration.connect.field": {"admin": RWCU},
    "integration.connect.flow": {"admin": RWCU},
    "integration.load": {"consultant": R, "operator": RW, "admin": RW},
    "integration.load.line": {"consultant": R, "operator": "rwu", "admin": "rwu"},
    "integration.load.row": {"consultant": R, "operator": RW, "admin": RW},
    "integration.load.candidate": {"consultant": R, "operator": R, "admin": R},
    "integration.adoption": {"admin": RWCU},
    "integration.adoption.problem": {"admin": RWCU},
    "integration.fetch": {"operator": RWCU, "admin": RWCU},
    "integration.limits": {"operator": RWCU, "admin": RWCU},
    "integration.pause": {"operator": RWCU, "admin": RWCU},
    "integration.sign.in": {"admin": "c"},
    "integration.replay": {"operator": RWCU, "admin": RWCU},
    "integration.edit.replay": {},  # a right of its own, which nobody has by another
    "integration.alert": EVERYBODY,
    "integration.alert.notice": EVERYBODY,
    "integration.alert.rule": EVERYBODY | {"consultant": RWCU, "admin": RWCU},
    "integration.alert.escalation": EVERYBODY | {"consultant": RWCU, "admin": RWCU},
    "integration.alert.level": EVERYBODY | {"consultant": RWCU, "admin": RWCU},
    "integration.alert.channel": EVERYBODY | {"admin": RWCU},
    "integration.alert.silence": EVERYBODY | {"operator": RWCU, "admin": RWCU},
    "integration.resolve": {"operator": RWCU, "admin": RWCU},
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}


@tagged("post_install", "-at_install")
class TestAccess(HubCase):
    @classmethod
    def set_up_hub(cls):
        cls.users = {name: cls.user(*([name] if name != "nobody" else ())) for name in GROUPS}

    def test_matrix(self):
        hub_models = {
            name for name, model in self.env.registry.items()
            if name.startswith("integration.") and not model._abstract
        }  # fmt: skip
        self.assertEqual(hub_models, INTENT.keys(), "every model of the hub is in the matrix")
        for model, intent in INTENT.items():
            for group, user in self.users.items():
                found = "".join(
                    letter for letter, name in OPERATIONS.items() if self.env[model].with_user(user).has_access(name)
                )
                with self.subTest(model=model, group=group):
                    self.assertEqual(found, intent.get(group, ""))

    def test_portal_and_public_see_nothing(self):
        portal = self.env["res.users"].create(
            {"name": "P", "login": "portal-x", "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)]}
        )
        for user in (portal, self.env.ref("base.public_user")):
            for model in INTENT:
                self.assertFalse(self.env[model].with_user(user).has_access("read"), model)

    def test_separation_of_duties(self):
        """Administrators are no approvers, approvers edit nothing, auditors change nothing."""
        admin, approver, auditor = (self.users[name] for name in ("admin", "approver", "auditor"))
        self.assertFalse(admin.has_group("integration_hub.group_approver"))
        self.assertFalse(approver.has_group("integration_hub.group_consultant"))
        for model, intent in INTENT.items():
            self.assertLessEqual(set(intent.get("auditor", "")), {"r"}, model)
        self.assertFalse(auditor.has_group("integration_hub.group_operator"))

    def test_content_and_technical_details(self):
        Event, Attempt = self.env["integration.event"], self.env["integration.event.attempt"]
        for name, sees in (("user", False), ("auditor", False), ("approver", False), ("operator", False),
                           ("consultant", True), ("admin", True)):  # fmt: skip
            self.assertEqual("body" in Event.with_user(self.users[name]).fields_get(), sees, name)
        for name, sees in (("user", False), ("auditor", False), ("operator", True), ("admin", True)):
            self.assertEqual("technical" in Attempt.with_user(self.users[name]).fields_get(), sees, name)

    def test_buttons_ask_too(self):
        shop = self.connect_shopify()
        endpoint = shop._endpoint("inbound")
        for name in ("user", "consultant", "approver", "auditor"):
            for action in ("action_pause", "action_drain", "action_resume", "action_try_now", "action_disable"):
                with self.subTest(f"{name} {action}"), self.assertRaises(AccessError):
                    getattr(endpoint.with_user(self.users[name]), action)()
        endpoint.with_user(self.users["operator"]).action_pause()
        self.assertEqual(endpoint.state, "paused")
        with self.assertRaises(AccessError):
            self.env["integration.connect"].with_user(self.users["consultant"]).create({"connector": "shopify"})

    def test_a_flow_is_on_only_when_it_is_ready(self):
        """Not by RPC either."""
        flow = self.connect_shopify(wanted=()).flow_ids[:1]
        flow.endpoint_id = False
        with self.assertRaisesRegex(Exception, "lacks an endpoint"):
            flow.with_user(self.users["consultant"]).write({"state": "on"})


@tagged("post_install", "-at_install")
class TestCompanies(HubCase):
    """A company's users see nothing of another company's hub."""

    @classmethod
    def set_up_hub(cls):
        cls.ours = cls.connect_shopify()
        cls.elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.stranger = cls.user(
            "admin", "auditor", company_id=cls.elsewhere.id, company_ids=[(6, 0, cls.elsewhere.ids)]
        )
        cls.colleague = cls.user("admin", "auditor")

    def test_every_model_with_a_company(self):
        hook = self.ours._endpoint("inbound")
        hook.credential_id.secret = "another"
        event = self.receive(self.ours, own_payload("shopify/customers__update"), topic="customers/update")
        self.drain()
        with self.engine_mode():
            metrics.fold(Database(self.env.cr.dbname))
        metric = self.env["integration.metric"].search([("endpoint_id", "=", hook.id)])
        mapping = self.ours.flow_ids[:1].mapping_id
        own = mapping.copy({"code": "ours", "company_id": self.ours.company_id.id})
        version = self.env["integration.mapping.version"].create({"mapping_id": own.id, "number": 1})
        line = self.env["integration.mapping.line"].create({"version_id": version.id, "source": "a", "target": "b"})
        refusal = self.env["integration.refusal"].create({"endpoint_id": hook.id, "reason": "x"})
        binding = self.env["integration.binding"].search([("system_id", "=", self.ours.id)])
        job = self.ours.flow_ids.filtered(lambda flow: flow.direction == "inbound")[:1]._poll()
        load = self.env["integration.load"]._new(self.ours)
        row = self.env["integration.load.row"].create(
            {"line_id": load.line_ids[0].id, "external_id": "1", "status": "ambiguous"}
        )
        candidate = self.env["integration.load.candidate"].create(
            {"row_id": row.id, "res_model": "res.partner", "res_id": self.env.user.partner_id.id}
        )
        conflict = self.env["integration.conflict"].create(
            {"binding_id": binding[:1].id, "system_id": self.ours.id, "company_id": self.ours.company_id.id,
             "res_model": binding[:1].res_model, "res_id": binding[:1].res_id,
             "field_id": self.env["ir.model.fields"]._get("res.partner", "email").id}
        )  # fmt: skip
        day = self.env["integration.completeness"].create({"flow_id": job.flow_id.id, "day": "2026-01-01"})
        figure = self.env["integration.completeness.figure"].create({"completeness_id": day.id, "part": "object"})
        missed = self.env["integration.completeness.line"].create(
            {"completeness_id": day.id, "key": "x", "part": "object", "status": "missing"}
        )
        certificate = self.env["integration.completeness.certificate"].create(
            {"system_id": self.ours.id, "date_from": day.day, "date_to": day.day}
        )
        failure = self.env["integration.failure"].create(
            {
                "system_id": self.ours.id,
                "endpoint_id": hook.id,
                "company_id": self.ours.company_id.id,
                "fingerprint": "x",
            }
        )
        repair = self.env["integration.repair"].create(
            {"name": "x", "kind": "repair", "company_id": self.ours.company_id.id, "remedy": "retry"}
        )
        freeze(self.env.cr, repair.id, SQL("(%s)", event.id))
        repair.invalidate_recordset()
        place = {"model_id": self.env["ir.model"]._get_id("res.currency"), "company_id": self.ours.company_id.id}
        responsible = self.env["integration.value.responsible"].create({**place, "user_id": self.colleague.id})
        value_map = self.env["integration.value.map"].create(place)
        value = value_map.line_ids.create({"map_id": value_map.id, "value": "x", "res_id": self.env.ref("base.EUR").id})
        missing = self.env["integration.missing.value"].create(
            {"company_id": self.ours.company_id.id, "system_id": self.ours.id, "res_model": "x", "value": "x"}
        )
        rule = self.env["integration.alert.rule"].create(
            {"name": "x", "kind": "held", "company_id": self.ours.company_id.id, "tz": "UTC"}
        )
        alert = self.env["integration.alert"].create(
            {"rule_id": rule.id, "subject": "x", "name": "x", "severity": "info", "company_id": rule.company_id.id}
        )
        channel = self.env["integration.alert.channel"].create(
            {"name": "x", "kind": "email", "company_id": rule.company_id.id}
        )
        notice = self.env["integration.alert.notice"].create(
            {"alert_id": alert.id, "channel_id": channel.id, "change": "0", "event": "opened"}
        )
        silence = self.env["integration.alert.silence"].create(
            {"reason": "x", "starts_at": "2026-01-01", "ends_at": "2026-01-02", "tz": "UTC",
             "company_id": rule.company_id.id}
        )  # fmt: skip
        records = [
            rule, alert, channel, notice, silence,
            day, figure, missed, certificate,
            responsible, value_map, value, missing,
            failure, repair, repair.item_ids,
            conflict, load, load.line_ids, row, candidate, metric,
            self.ours, hook, hook.credential_id, hook.credential_id.version_ids, self.ours.flow_ids, event,
            event.attempt_ids, event.payload_ids, binding, own, version, line, refusal, job, self.ours.ownership_ids,
        ]  # fmt: skip
        covered = {each._name for each in records}
        with_company = {
            name for name, model in self.env.registry.items()
            if name.startswith("integration.") and "company_id" in model._fields and not model._abstract
            and not model._transient
        } | {"integration.mapping.line", "integration.load.row", "integration.load.candidate"}  # fmt: skip
        self.assertEqual(covered, with_company)
        for found in records:
            with self.subTest(found._name):
                self.assertTrue(found)
                Model = self.env[found._name]
                self.assertFalse(Model.with_user(self.stranger).search([("id", "in", found.ids)]))
                self.assertEqual(
                    set(Model.with_user(self.colleague).search([("id", "in", found.ids)]).ids), set(found.ids)
                )
                with self.assertRaises(AccessError):
                    found.with_user(self.stranger).read(["display_name"])
        self.assertTrue(mapping.with_user(self.stranger).name, "a mapping of no company is everybody's")

    def test_counters_count_ones_own(self):
        self.receive(self.ours, own_payload("shopify/customers__update"), topic="customers/update")
        self.assertEqual(self.env["integration.event"].with_user(self.stranger).search_count([]), 0)

    def test_parts_of_two_companies_do_not_mix(self):
        theirs = self.env["integration.system"].create(
            {"name": "Theirs", "connector": "shopify", "company_id": self.elsewhere.id}
        )
        hook = self.ours._endpoint("inbound")
        with self.assertRaises(Exception) as caught:
            self.env["integration.endpoint"].create(
                {
                    "name": "Mixed",
                    "system_id": theirs.id,
                    "direction": "inbound",
                    "scheme": "shopify",
                    "credential_id": hook.credential_id.id,
                }
            )
        self.assertIn("compan", str(caught.exception).lower())


@tagged("post_install", "-at_install")
class TestServiceUser(HubCase):
    def test_ordinary_and_unable_to_log_in(self):
        user = self.env.ref("integration_hub.user_service")
        self.assertNotEqual(user.id, SUPERUSER_ID)
        self.assertFalse(user.active or user.share)
        for group in ("base.group_system", "base.group_erp_manager", "integration_hub.group_user"):
            self.assertFalse(user.has_group(group), group)
        with self.assertRaises(AccessDenied):
            self.env["res.users"]._login({"login": user.login, "password": "", "type": "password"}, {})

    def test_never_a_superuser(self):
        hook = self.connect_shopify()._endpoint("inbound")
        for wrong in (SUPERUSER_ID, self.env.ref("base.public_user").id):
            with self.assertRaisesRegex(ValidationError, "cannot be a service user"):
                hook.service_user_id = wrong

    def test_records_are_written_in_its_name(self):
        shop = self.connect_shopify()
        event = self.receive(shop, own_payload("shopify/customers__update"), topic="customers/update")
        self.drain()
        partner = self.env["res.partner"].browse(event.res_id)
        self.assertEqual(partner.create_uid, shop._endpoint("inbound").service_user_id)

    def test_switching_on_checks_its_rights(self):
        shop = self.connect_shopify(wanted=())
        weak = self.user(login="weak-service")
        shop.endpoint_ids.service_user_id = weak
        flow = shop.flow_ids.filtered(lambda flow: flow.template_key == "customers_in")
        with self.assertRaisesRegex(Exception, "may not"):
            flow.action_switch_on()
