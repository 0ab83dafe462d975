# Part of Integration Hub. License LGPL-3.0 or later.
"""Who sees which menu, and that each screen behind it opens, with real content, for everybody who sees it."""

import json

from lxml import etree

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from ..engine import metrics
from ..engine.database import Database
from .common import SHOPIFY_SECRET, SHOPIFY_TOKEN, HubCase, own_payload

GROUPS = ("user", "consultant", "operator", "approver", "auditor", "admin")
EVERYBODY = frozenset(GROUPS) - {"user"}  # users meet the hub on their own records
ADMIN = frozenset({"admin"})

# Menu → who sees it; what starts with debug: is seen in developer mode only.
MENUS = {
    "home": EVERYBODY,
    "event_failure": EVERYBODY,
    "missing_value": EVERYBODY,
    "conflict": EVERYBODY,
    "mapping_version_approval": frozenset({"approver"}),
    "system": EVERYBODY,
    "connect": ADMIN,
    "endpoint": ADMIN,
    "credential": ADMIN,
    "flow": EVERYBODY,
    "sync_job": EVERYBODY,
    "event": EVERYBODY,
    "repair": EVERYBODY,
    "mapping": EVERYBODY,
    "value_map": EVERYBODY,
    "entity": frozenset(),
    "completeness": frozenset(),
    "completeness_certificate": frozenset(),
    "completeness_accounting": frozenset(),
    "environment": frozenset(),
    "topology": frozenset(),
    "settings": frozenset(),
    "readiness": frozenset({"operator", "auditor", "admin"}),
    "maintenance": frozenset({"operator", "auditor", "admin"}),
    "value_responsible": frozenset({"consultant", "admin"}),
    "runbook": EVERYBODY,
    "debug:lane": EVERYBODY,
    "debug:binding": EVERYBODY,
    "debug:event_attempt": EVERYBODY,
    "debug:mapping_half": EVERYBODY,
    "debug:mapping_version": EVERYBODY,
    "debug:refusal": frozenset({"operator", "auditor", "admin"}),
    "debug:metric": EVERYBODY,
}


def view_fields(node):
    """Return the specification for web_read of the fields that a view's arch shows, sub-views included."""
    fields = {}
    for field in node.iter("field"):
        if next(field.iterancestors("field"), None) not in (None, *node.iterancestors(), node):
            continue
        nested = [child for child in field if child.tag in ("list", "kanban", "form")]
        fields[field.get("name")] = {"fields": view_fields_of(nested)} if nested else {}
    return fields


def view_fields_of(views):
    """Return one specification for several views of one model."""
    fields = {}
    for view in views:
        fields |= view_fields(view)
    return fields


@tagged("post_install", "-at_install")
class TestMenus(HubCase):
    def visible(self, user, debug):
        """Return the menus with a screen behind them that a user sees."""
        seen = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids(debug)
        ours = self.env["ir.model.data"].search([("module", "=", "integration_hub"), ("model", "=", "ir.ui.menu")])
        return {
            data.name.removeprefix("integration_").removesuffix("_menu")
            for data in ours
            if (menu := self.env["ir.ui.menu"].browse(data.res_id)).action and self.path(menu) <= seen
        }

    def path(self, menu):
        """Return the ids of a menu and of those above it: it is reached through them."""
        return {menu.id} | (self.path(menu.parent_id) if menu.parent_id else set())

    def expected(self, group, debug):
        names = (name for name, groups in MENUS.items() if group in groups)
        return {name.removeprefix("debug:") for name in names if debug or not name.startswith("debug:")}

    def test_who_sees_what(self):
        """Each group sees exactly its menus, in developer mode and without."""
        for group in GROUPS:
            user = self.user(group)
            for debug in (False, True):
                with self.subTest(group=group, debug=debug):
                    self.assertEqual(self.visible(user, debug), self.expected(group, debug))

    def test_as_few_as_a_newcomer_can_take_in(self):
        """Installed bare: an administrator sees at most seven menus, a consultant five, a user none."""
        root = self.env.ref("integration_hub.integration_menu_root")
        for user, most in (
            (self.env.ref("base.user_admin"), 7),
            (self.user("admin"), 7),
            (self.user("consultant"), 5),
            (self.user("user"), 0),
        ):
            with self.subTest(user=user.login):
                seen = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids(False)
                shown = seen & set(root.child_id.ids) if root.id in seen else set()
                self.assertLessEqual(len(shown), most)
                self.assertEqual(bool(shown), most > 0)

    def test_nothing_for_others(self):
        """An employee without a group of the hub sees none of it."""
        self.assertFalse(self.visible(self.user(), True))

    def test_switches(self):
        """The switches of the settings show what is hidden from newcomers."""
        for switch, menu in (("business_objects", "entity"), ("governance", "environment"), ("quality", "topology")):
            with self.subTest(switch=switch):
                self.assertIn(menu, self.visible(self.user("consultant", switch), False))

    def test_settings_for_the_system_administrator(self):
        """Settings are the system administrator's, as everywhere in Odoo."""
        self.assertIn("settings", self.visible(self.env.ref("base.user_admin"), False))


@tagged("post_install", "-at_install")
class TestScreens(HubCase):
    @classmethod
    def set_up_hub(cls):
        cls.system = cls.connect_shopify()
        cls.env["integration.refusal"].create(
            {"endpoint_id": cls.system._endpoint("inbound").id, "reason": "signature-mismatch", "count": 1}
        )
        cls.env["integration.maintenance"].create({"reason": "Upgrade"}).action_end()
        endpoint, company = cls.system._endpoint("inbound"), cls.system.company_id
        cls.env["integration.failure"].create(
            {"system_id": cls.system.id, "endpoint_id": endpoint.id, "company_id": company.id, "fingerprint": "x"}
            | {"message_count": 1, "oldest_at": "2026-01-01"}
        )
        rule = cls.env.ref("integration_hub.integration_alert_rule_late")
        cls.env["integration.alert"].create(
            {"rule_id": rule.id, "subject": "x", "name": "x", "severity": "info", "state": "open"}
        )
        cls.env["integration.alert.silence"].create({"reason": "x", "ends_at": "2099-01-01", "tz": "UTC"})
        currency = {"model_id": cls.env["ir.model"]._get_id("res.currency")}
        cls.env["integration.value.responsible"].create({**currency, "user_id": cls.user("operator").id})
        euro = {"value": "Euro", "res_id": cls.env.ref("base.EUR").id}
        cls.env["integration.value.map"].create({**currency, "line_ids": [Command.create(euro)]})
        load = cls.env["integration.load"]._new(cls.system)
        cls.env["integration.load.row"].create({"line_id": load.line_ids[:1].id, "external_id": "1", "status": "link"})
        flow = cls.system.flow_ids.filtered(lambda flow: flow.direction == "inbound")[:1]
        cls.env["integration.sync.job"].create({"name": "Poll", "flow_id": flow.id, "kind": "poll"})
        day = cls.env["integration.completeness"].create({"flow_id": flow.id, "day": "2026-01-01"})
        cls.env["integration.completeness.certificate"].create(
            {"system_id": day.system_id.id, "date_from": day.day, "date_to": day.day}
        )

    def setUp(self):
        super().setUp()
        self.env.ref("base.XAF").active = False
        for number, name in enumerate(("products__create", "orders__create__unknown_currency")):
            topic = f"{name.split('__')[0]}/create"
            self.receive(self.system, own_payload(f"shopify/{name}"), topic=topic, webhook_id=f"screens-{number}")
        self.drain()
        with self.engine_mode():
            metrics.fold(Database(self.env.cr.dbname))
        self.env["integration.conflict"].create(self.two_values())
        self.env["integration.missing.value"]._refresh()
        self.env["integration.repair"]._begin("retry", [("endpoint_id", "in", self.system.endpoint_ids.ids)], "Screens")
        states = set(self.events(self.system).mapped("state"))
        self.assertEqual(states, {"done", "dead"}, "the screens need something to show")

    def two_values(self):
        """The values of a conflict about the name of what was received."""
        link = self.env["integration.binding"].search([("system_id", "=", self.system.id)], limit=1)
        return {
            "binding_id": link.id,
            "system_id": self.system.id,
            "company_id": self.system.company_id.id,
            "res_model": link.res_model,
            "res_id": link.res_id,
            "field_id": self.env["ir.model.fields"]._get(link.res_model, "name").id,
            "theirs": "Another name",
        }

    def actions(self):
        found = self.env["ir.model.data"].search(
            [("module", "=", "integration_hub"), ("model", "=", "ir.actions.act_window")]
        )
        return self.env["ir.actions.act_window"].browse(found.mapped("res_id"))

    def open(self, user, action):
        """Load every view of an action and read what it shows, as the browser does; returns the records read."""
        model = self.env[action.res_model].with_user(user).with_context(active_id=0)
        views = [(view_id, kind) for view_id, kind in action.views]
        loaded = model.get_views([*views, (action.search_view_id.id, "search")])["views"]
        self.assertTrue(loaded["search"]["arch"])
        read = []
        for kind in ("list", "kanban", "form"):
            if kind not in loaded:
                continue
            wanted = view_fields(etree.fromstring(loaded[kind]["arch"]))
            read += model.web_search_read([], self.specification(model, wanted), limit=80)["records"]
        return read

    def specification(self, model, wanted):
        for name, sub in wanted.items():
            field = model._fields[name]
            if field.type == "many2one" and not sub:
                wanted[name] = {"fields": {"display_name": {}}}
            elif sub.get("fields"):
                self.specification(model.env[field.comodel_name], sub["fields"])
        return wanted

    def test_each_screen_opens_for_each_group(self):
        """Whoever may read a model reads all that its screens show, in every kind of view."""
        for group in GROUPS:
            user = self.user(group)
            for action in self.actions():
                model = self.env[action.res_model].with_user(user)
                if model._transient or not model.has_access("read"):
                    continue
                with self.subTest(group=group, screen=action.name):
                    records = self.open(user, action)
                    self.assertTrue(records, f"{action.res_model} has nothing to show")

    def test_contents_are_not_for_everybody(self):
        """What a message carried is shown to consultants, and not part of the screen for others."""
        action = self.env.ref("integration_hub.integration_event_action")
        for group in GROUPS:
            with self.subTest(group=group):
                shown = [record.get("body") for record in self.open(self.user(group), action)]
                self.assertEqual(any(shown), group in ("consultant", "admin"))

    def test_no_screen_shows_a_secret(self):
        """No screen carries a secret's text to an administrator's browser, nor what it is encrypted to."""
        admin = self.user("admin")
        shown = json.dumps(
            [self.open(admin, action) for action in self.actions() if not self.env[action.res_model]._transient],
            default=str,
        )
        self.env.cr.execute("SELECT ciphertext FROM integration_credential_version WHERE ciphertext IS NOT NULL")
        for secret in (SHOPIFY_TOKEN, SHOPIFY_SECRET, *(row[0] for row in self.env.cr.fetchall())):
            self.assertNotIn(secret, shown)

    def test_every_screen_says_what_to_do_next(self):
        """An empty screen has a title and a sentence with the next step; every screen has an address of its own."""
        for action in self.actions():
            if self.env[action.res_model]._transient:
                continue
            with self.subTest(screen=action.name):
                paragraphs = etree.fromstring(f"<div>{action.help or ''}</div>").findall("p")
                self.assertEqual(len(paragraphs), 2)
                self.assertIn("o_view_nocontent", paragraphs[0].get("class", ""))
                self.assertGreater(len("".join(paragraphs[1].itertext()).split()), 6)
                if "active_id" not in (action.domain or ""):
                    self.assertRegex(action.path or "", r"^integration")

    def test_every_list_can_be_filtered_and_grouped(self):
        """Each model with a screen has a search view of its own with at least one filter."""
        for action in self.actions():
            model = self.env[action.res_model]
            if model._transient:
                continue
            with self.subTest(screen=action.name):
                arch = etree.fromstring(model.get_views([(False, "search")])["views"]["search"]["arch"])
                self.assertTrue(arch.findall(".//filter"))

    def test_what_needs_a_person_is_found(self):
        """Failures are what failed and what is held; the log is filtered by each reason to look at a message."""
        action = self.env.ref("integration_hub.integration_event_failure_action")
        self.assertEqual(safe_eval(action.domain), [("state", "in", ("dead", "held"))])
        Event = self.env["integration.event"]
        arch = etree.fromstring(Event.get_views([(False, "search")])["views"]["search"]["arch"])
        domains = {node.get("name"): node.get("domain") for node in arch.iter("filter") if node.get("domain")}
        event = Event.search([("state", "=", "dead")], limit=1)
        self.env.cr.execute("UPDATE integration_event SET in_doubt = true, death_count = 3 WHERE id = %s", [event.id])
        for name in ("needs_person", "failed", "in_doubt", "workers_lost"):
            with self.subTest(name):
                self.assertEqual(Event.search(safe_eval(domains[name])), event)
        self.env.cr.execute("UPDATE integration_event SET state = 'held' WHERE id = %s", [event.id])
        for name in ("needs_person", "held", "waiting"):
            with self.subTest(name):
                self.assertEqual(Event.search(safe_eval(domains[name])), event)

    def test_who_decides_about_what_is_in_doubt(self):
        """Operators have the buttons; others read who has."""
        for group in GROUPS:
            arch = self.env["integration.event"].with_user(self.user(group)).get_views([(False, "form")])
            form = arch["views"]["form"]["arch"]
            with self.subTest(group):
                may = group in ("operator", "admin")
                self.assertEqual(
                    [word in form for word in ("action_resolve", "action_send_again", "operator decides")],
                    [may, may, not may],
                )

    def test_who_switches_drain_mode(self):
        """Operators have the buttons; whoever else sees the screen reads."""
        Maintenance = self.env["integration.maintenance"]
        for group in ("operator", "auditor", "admin"):
            views = Maintenance.with_user(self.user(group)).get_views([(False, "list"), (False, "form")])["views"]
            with self.subTest(group):
                may = group != "auditor"
                self.assertEqual("action_switch_on" in views["list"]["arch"], may)
                self.assertEqual("action_end" in views["form"]["arch"], may)


@tagged("post_install", "-at_install")
class TestReadingOrder(HubCase):
    def test_lines_of_a_list_stand_below_it(self):
        """A mapping shows every line, each list followed by what is done with its items, indented."""
        self.connect_shopify()
        version = self.env["integration.mapping"].search([("code", "=", "shopify.order.in")]).version_id
        shown = version.shown_line_ids
        self.assertEqual(shown, shown & version.all_line_ids)
        self.assertEqual(len(shown), len(version.all_line_ids))
        for line in shown.filtered("parent_id"):
            self.assertLess(shown.ids.index(line.parent_id.id), shown.ids.index(line.id))
            self.assertEqual(line.level, line.parent_id.level + 1)
            self.assertTrue((line.shown_target or "").startswith("\N{NO-BREAK SPACE}"))

    def test_a_line_below_another_is_of_its_version(self):
        """Adding a line below a list needs no version: it is the list's."""
        self.connect_shopify()
        draft = self.env["integration.mapping"].search([("code", "=", "shopify.order.in")]).version_id._new_draft()
        parent = draft.line_ids.filtered("child_ids")[:1]
        line = self.env["integration.mapping.line"].create(
            {"parent_id": parent.id, "source": "grams", "target": "weight_grams"}
        )
        self.assertEqual(line.version_id, draft)


@tagged("post_install", "-at_install")
class TestContentShown(HubCase):
    def test_every_token_stays(self):
        """Content is broken into lines without touching a number, a key or their order."""
        from ..models.json_text import reindent

        text = '{"b":1.10,"a":[],"c":{"t":"x,{\\"y\\":1}"},"big":12345678901234567890.0,"n":[1,null]}'
        shown = reindent(text)
        self.assertEqual(json.loads(shown), json.loads(text))
        self.assertIn("1.10", shown)
        self.assertIn("12345678901234567890.0", shown)
        self.assertLess(shown.index('"b"'), shown.index('"a"'))
        self.assertGreater(shown.count("\n"), 6)

    def test_other_text_stays(self):
        """What is no JSON document is shown as it came."""
        from ..models.json_text import reindent

        for text in ("", "a=1&b=2", "plain", False):
            self.assertEqual(reindent(text), text)
