# Part of Integration Hub. License LGPL-3.0 or later.
"""The certificate: what it says can be proved, who signs it off, what takes that back, what accountants see of it."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .completeness_cases import CompletenessCase


@tagged("post_install", "-at_install")
class TestCertificate(CompletenessCase):
    @classmethod
    def set_up_hub(cls):  # pylint: disable=missing-return
        super().set_up_hub()
        cls.env["integration.completeness"]._let_accountants_read()
        cls.accountant = new_test_user(
            cls.env, "acke", groups="base.group_user,account.group_account_user", name="Acke"
        )
        cls.auditor = cls.user("auditor")

    def setUp(self):
        super().setUp()
        self.yesterday = self.flow._today() - timedelta(days=1)

    def certificate(self, **values):
        return self.env["integration.completeness.certificate"].create(
            {"system_id": self.shop.id, "date_from": self.yesterday, "date_to": self.yesterday, **values}
        )

    def of_yesterday(self, order):
        """Have an order be one of yesterday in the shop; returns it."""
        order = order | {"processed_at": f"{self.yesterday}T12:00:00+01:00"}
        self.put_there(order)
        return order

    def test_signed_off_and_withdrawn(self):
        order = self.of_yesterday(self.place())
        self.told(order)
        (day,) = self.check(self.yesterday)
        certificate = self.certificate()
        digest = certificate.digest
        certificate.with_user(self.accountant).action_sign()
        self.assertEqual((certificate.state, certificate.signed_by_id), ("signed", self.accountant))
        self.assertEqual(certificate.signed_digest, digest)
        self.check(self.yesterday)
        self.assertEqual((certificate.state, certificate.digest), ("signed", digest), "the same figures")
        self.of_yesterday(self.place())
        self.check(self.yesterday)
        self.assertEqual((certificate.state, day.state), ("withdrawn", "incomplete"))
        self.assertNotEqual(certificate.digest, digest)
        self.assertIn("is withdrawn", "".join(certificate.message_ids.mapped("body")))
        self.assertEqual(certificate.signed_by_id, self.accountant, "who signed is still said")
        self.mend(day.line_ids)
        certificate.with_user(self.auditor).action_sign()
        self.assertEqual((certificate.state, certificate.signed_by_id), ("signed", self.auditor))
        with self.assertRaises(UserError):
            certificate.date_to = self.flow._today()
        with self.assertRaises(UserError):
            certificate.unlink()

    def test_a_period_is_over_when_it_is_in_the_shop(self):
        """Its day began a whole day before that of who signs."""
        self.shop.tz, self.accountant.tz = "Pacific/Kiritimati", "Pacific/Honolulu"
        self.yesterday = self.flow._today() - timedelta(days=1)
        self.told(self.of_yesterday(self.place()))
        self.check(self.yesterday)
        certificate = self.certificate()
        certificate.with_user(self.accountant).action_sign()
        self.assertEqual(certificate.state, "signed")

    def test_the_digest_is_of_the_figures(self):
        self.told(self.of_yesterday(self.place()))
        (day,) = self.check(self.yesterday)
        certificate = self.certificate()
        before = certificate.digest
        for figure, name, value in ((day.figure_ids[:1], "amount_here", 0.01), (day, "state", "unchecked")):
            kept = figure[name]
            figure[name] = value
            certificate._refresh()
            self.assertNotEqual(certificate.digest, before, name)
            figure[name] = kept
            certificate._refresh()
            self.assertEqual(certificate.digest, before)
        found = certificate.search([("digest", "=", before)])
        self.assertEqual(found, certificate, "whoever has the page finds it")

    def test_what_cannot_be_signed(self):
        with self.assertRaisesRegex(UserError, "Nothing was counted"):
            self.certificate().with_user(self.accountant).action_sign()
        with self.assertRaisesRegex(UserError, "not over yet"):
            self.certificate(date_to=self.flow._today()).with_user(self.accountant).action_sign()
        day = self.env["integration.completeness"].create({"flow_id": self.flow.id, "day": self.yesterday})
        certificate = self.env["integration.completeness.certificate"].search([], limit=1)
        with self.assertRaisesRegex(UserError, "are being checked"):
            certificate.with_user(self.accountant).action_sign()
        day.state = "complete"
        for name in ("operator", "consultant", "admin"):
            with self.subTest(name), self.assertRaises(AccessError):
                certificate.with_user(self.user(name)).action_sign()

    def test_the_page(self):
        """Printed by the accountant: both sides of each day, what differs and why, by whom, and the digest."""
        told, lost = (
            self.of_yesterday(self.place()),
            self.place() | {"processed_at": f"{self.yesterday}T12:00:00+01:00"},
        )
        self.put_there(told, lost)
        self.told(told)
        self.check(self.yesterday)
        certificate = self.certificate(date_from=self.yesterday - timedelta(days=1))
        certificate.with_user(self.accountant).action_sign()
        report = self.env["ir.actions.report"].with_user(self.accountant)
        html, kind = report._render_qweb_html("integration_hub.report_completeness", certificate.ids)
        page = html.decode()
        self.assertEqual(kind, "html")
        for text in (
            *(self.shop.name, "Signed off by", "Acke", certificate.digest, lost["name"], "Missing", "Not Counted"),
            *(self.operator.name, "Europe/Brussels"),
        ):
            self.assertIn(text, page)
        total = sum(float(order["total_price"]) for order in (told, lost))
        self.assertIn(f"{total:,.2f}", page)
        action = certificate.with_user(self.accountant).action_print()
        self.assertEqual(action["report_name"], "integration_hub.report_completeness")

    def test_accountants_read_and_no_more(self):
        self.of_yesterday(self.place())
        (day,) = self.check(self.yesterday)
        theirs = day.with_user(self.accountant)
        self.assertEqual(
            (theirs.flow_name, theirs.system_name, theirs.line_ids.status), (self.flow.name, self.shop.name, "missing")
        )
        theirs.read()
        theirs.line_ids.read()
        for act in (theirs.action_check, theirs.action_repair_all, theirs.line_ids.action_repair,
                    self.certificate().with_user(self.accountant).action_check):  # fmt: skip
            with self.assertRaises(AccessError):
                act()
        menu = self.env.ref("integration_hub.integration_completeness_accounting_menu")
        self.assertIn(menu.id, self.env["ir.ui.menu"].with_user(self.accountant)._visible_menu_ids())
        clerk = new_test_user(self.env, "clerk", groups="base.group_user")
        self.assertFalse(day.with_user(clerk).has_access("read"))

    def test_another_companys(self):
        self.of_yesterday(self.place())
        (day,) = self.check(self.yesterday)
        certificate = self.certificate()
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(self.env, "stranger", groups="base.group_user,account.group_account_user",
                                 company_id=company.id, company_ids=[(6, 0, company.ids)])  # fmt: skip
        for record in (day, day.line_ids, day.figure_ids, certificate):
            self.assertFalse(record.with_user(stranger).search([]), record._name)
            with self.assertRaises(AccessError):
                record.with_user(stranger).check_access("read")
        with self.assertRaises(AccessError):
            certificate.with_user(stranger).action_sign()
