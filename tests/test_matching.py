# Part of Integration Hub. License LGPL-3.0 or later.
"""The pure rules of matching: what is equal, what is linked, what a person is asked."""

from odoo.tests import tagged
from odoo.tests.common import BaseCase

from ..engine import matching
from ..engine.matching import Hit, Verdict, judge, without_rivals


def hit(rule, *records, **more):
    return Hit(rule, frozenset(records), **more)


@tagged("post_install", "-at_install")
class TestJudge(BaseCase):
    def test_nothing_found_is_created(self):
        self.assertEqual(judge([]).status, "create")

    def test_one_found_is_linked_by_the_surest_rule(self):
        self.assertEqual(judge([hit("sku", 1), hit("barcode", 1)]), Verdict("link", "sku", 1))

    def test_of_several_the_preferred_one_is_meant_and_else_a_person_is_asked(self):
        self.assertEqual(judge([hit("email", 1, 2)], preferred={2}).record, 2)
        asked = judge([hit("email", 1, 2, 3)], preferred={2, 3})
        self.assertEqual((asked.status, asked.reason, asked.candidates), ("ambiguous", "several", (1, 2, 3)))

    def test_rules_that_contradict_each_other_are_a_conflict(self):
        found = judge([hit("sku", 1), hit("barcode", 2)])
        self.assertEqual((found.status, found.reason, found.candidates), ("conflict", "contradiction", (1, 2)))

    def test_unsure_rules_that_contradict_each_other_are_a_conflict_too(self):
        found = judge([hit("phone", 1, sure=False), hit("name", 2, sure=False)])
        self.assertEqual((found.status, found.candidates), ("conflict", (1, 2)))

    def test_a_sure_rule_is_not_contradicted_by_an_unsure_one(self):
        self.assertEqual(judge([hit("email", 1), hit("phone", 2, sure=False)]), Verdict("link", "email", 1))

    def test_an_unsure_rule_links_unless_something_surer_differs(self):
        self.assertEqual(judge([hit("phone", 1, sure=False)]).status, "link")
        doubted = judge([hit("phone", 1, sure=False, doubtful=frozenset({1}))])
        self.assertEqual((doubted.status, doubted.reason), ("ambiguous", "doubtful"))

    def test_what_is_archived_is_linked_only_by_a_person(self):
        self.assertEqual(judge([hit("sku", 1, 2)], archived={2}).record, 1)
        only = judge([hit("sku", 2)], archived={2})
        self.assertEqual((only.status, only.reason), ("ambiguous", "archived"))

    def test_two_for_one_record_and_a_record_that_is_taken_are_conflicts(self):
        verdicts = {
            "a": judge([hit("sku", 1)]),
            "b": judge([hit("sku", 1)]),
            "c": judge([hit("sku", 2)]),
            "d": judge([]),
        }
        found = without_rivals(verdicts, taken={2})
        self.assertEqual(
            {key: (each.status, each.reason) for key, each in found.items()},
            {
                "a": ("conflict", "rivals"),
                "b": ("conflict", "rivals"),
                "c": ("conflict", "taken"),
                "d": ("create", None),
            },
        )

    def test_a_record_that_another_object_is_to_have_is_a_conflict_and_one_that_is_known_is_none(self):
        verdicts = {"a": judge([hit("sku", 1)]), "b": Verdict("known", record=2), "c": judge([hit("sku", 3)])}
        found = without_rivals(verdicts, taken={2}, claimed={1})
        self.assertEqual(
            {key: (each.status, each.reason) for key, each in found.items()},
            {"a": ("conflict", "rivals"), "b": ("known", None), "c": ("link", None)},
        )


@tagged("post_install", "-at_install")
class TestValues(BaseCase):
    def test_skus(self):
        self.assertEqual(matching.code(" ab 12 "), matching.code("AB12"))
        self.assertIsNone(matching.code("  "))

    def test_barcodes(self):
        self.assertEqual(matching.barcode("0036000291452"), matching.barcode("036000291452"))  # EAN-13 of a UPC-A
        self.assertEqual(matching.barcode("0036000291453"), "0036000291453", "its check digit is wrong")
        self.assertEqual(matching.barcode("abc-1"), "ABC-1")

    def test_emails(self):
        self.assertEqual(matching.email(" Ada@X.example "), "ada@x.example")
        self.assertIsNone(matching.email("none"))

    def test_vat_numbers(self):
        self.assertEqual(matching.vat("be 0477.472.701"), "BE0477472701")

    def test_telephones(self):
        self.assertEqual(matching.phone("02 555 01 23", "BE"), matching.phone("+32 2 555.01.23"))
        self.assertIsNone(matching.phone("call me", "BE"))

    def test_names_count_with_an_address_only(self):
        known = matching.name_and_address("Zoé Müller", "Rue de l'Église 5", "1000")
        self.assertEqual(known, matching.name_and_address("zoe muller", "rue de l eglise 5", "1000"))
        self.assertIsNone(matching.name_and_address("Zoé Müller", "", "1000"))
