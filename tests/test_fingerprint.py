# Part of Integration Hub. License LGPL-3.0 or later.
"""What makes two failures one cause: the same deed mends both."""

import collections
import itertools
import os
import random
from types import SimpleNamespace

from odoo.tests import BaseCase, tagged

from ..connectors.statuses import error_for_status
from ..engine.fingerprint import fingerprint, normalised
from ..engine.outcome import Outcome
from ..models.handler import _explain_hub_error
from .worded_failures import WordedFailures

MESSAGES = int(os.environ.get("FAILURES") or 8_000)


def problem(code, source="email", target="email", message="", **params):
    return {"problems": [{"line": "4", "code": code, "source": source, "target": target, "params": params}]}


def refused(body, status=422, target="api.x.example/crm/v3/objects/contacts/512"):
    return _explain_hub_error(error_for_status(status, {}, body.encode(), method="PATCH", target=target))


def hubspot(name, error, value):
    return refused(
        '{"status":"error","message":"Property values were not valid: [{\\"isValid\\":false,\\"message\\":\\"'
        + value + ' is invalid\\",\\"error\\":\\"' + error + '\\",\\"name\\":\\"' + name + '\\"}]","correlationId":"'
        + str(hash(value)) + '","category":"VALIDATION_ERROR"}'
    )  # fmt: skip


FRAME = 'Traceback\n  File "/odoo/a.py", line 7, in work\n    x\n  File "/odoo/{}.py", line {}, in {}\nKeyError'

# Each line is one cause, and ways in which it shows.
CAUSES = (
    (
        Outcome("dead", "email", "The value is not a mail address", params=problem("email")),
        Outcome("dead", "email", "The value is not a mail address (and 1 more)", params=problem("email")),
    ),
    (Outcome("dead", "email", "The value is not a mail address", params=problem("email", "billing.email")),),
    (
        Outcome("dead", "required", "x", params=problem("required", "lines[].sku") | {"line": "7[0].2"}),
        Outcome("dead", "required", "x", params=problem("required", "lines[].sku") | {"line": "7[3].2"}),
    ),
    (
        Outcome("dead", "unknown-value", "Currency “XAF” …", params=problem("x", table="res.currency", value="XAF")),
        Outcome("dead", "unknown-value", "W", params=problem("x", "total.code", table="res.currency", value="XAF")),
    ),
    (Outcome("dead", "unknown-value", "W", params=problem("x", table="res.currency", value="XOF")),),
    (Outcome("dead", "unknown-tax", "W", params=problem("x", table="account.tax", value=5.5)),),
    (
        Outcome("dead", "contract", "W", params={"problems": ["lines[2].price must be a number, but is text"]}),
        Outcome("dead", "contract", "W", params={"problems": ["lines[0].price must be a number, but is text", "more"]}),
    ),
    (Outcome("dead", "contract", "W", params={"problems": ["lines[0].name must be text, but is a number"]}),),
    (
        Outcome("retry", "timeout", "No answer from wms.example within 30 s"),
        Outcome("retry", "connection-failed", "Connection refused"),
        Outcome("dead", "server-fault", "POST wms.example/x answered 503 Service Unavailable", status_code=503),
    ),
    (
        Outcome("dead", "server-fault", "POST wms.example/orders/7 answered 500", status_code=500),
        Outcome("dead", "server-fault", "POST wms.example/orders/12 answered 500", status_code=500),
    ),
    (Outcome("dead", "server-fault", "POST wms.example/stock answered 500", status_code=500),),
    (
        hubspot("email", "INVALID_EMAIL", "bo at x"),
        hubspot("email", "INVALID_EMAIL", "Cy O'Neill " + "y" * 30),
    ),
    (hubspot("phone", "INVALID_PHONE", "12"),),
    (
        refused('{"errors": {"email": ["has already been taken by Bo Berg"]}}'),
        refused('{"errors": {"email": ["has already been taken by Ada Arden Smith"], "x": ["y"]}}'),
    ),
    (refused('{"errors": {"vat": ["is not valid"]}}'),),
    (
        refused('{"errors":[{"status":"422","code":"TAKEN","detail":"S042 is there","source":{"pointer":"/d/ref"}}]}'),
        refused('{"errors":[{"status":"422","code":"TAKEN","detail":"S1 is there","source":{"pointer":"/d/ref"}}]}'),
    ),
    (refused('{"errors":[{"status":"422","code":"TAKEN","detail":"W","source":{"pointer":"/d/barcode"}}]}'),),
    (
        refused('{"message": "The e-mail bo@x.example is blocked since 2026-03-01"}'),
        refused('{"message": "The e-mail cy.cole@y.example is blocked since 2025-12-24T10:00:00Z"}'),
    ),
    (refused("No such warehouse: 12", 400), refused("No such warehouse: 4711", 400)),
    (
        Outcome("dead", "refused-by-odoo", "Order S00042 of “Bo Berg” is locked."),
        Outcome("dead", "refused-by-odoo", 'Order S00117 of "Ada Arden" is locked.'),
    ),
    (Outcome("dead", "refused-by-odoo", "Order S00042 of “Bo Berg” has no lines."),),
    (
        Outcome("dead", "access", "Sorry, Hub (id=5) doesn't have 'write' access to:\n- Contact, Bo (res.partner: 7)"),
        Outcome("dead", "access", "Sorry, Hub (id=5) doesn't have 'write' access to:\n- Contact, Cy (res.partner: 9)"),
    ),
    (Outcome("dead", "access", "You are not allowed to create 'Sales Order' (sale.order) records."),),
    (
        Outcome("dead", "internal-error", "The hub failed: KeyError", technical=FRAME.format("b", 12, "find")),
        Outcome("dead", "internal-error", "The hub failed: KeyError", technical=FRAME.format("b", 15, "find")),
    ),
    (Outcome("dead", "internal-error", "The hub failed: KeyError", technical=FRAME.format("c", 12, "look")),),
    (
        Outcome("dead", "totals-differ", "The lines of order #1 add up to 10.00 EUR, Shop says 11.00"),
        Outcome("dead", "totals-differ", "The lines of order #A add up to 7.5 USD, Shop says 8"),
    ),
    (
        Outcome("dead", "no-warehouse", "Larkfield has no warehouse named “North”"),
    ),
    (Outcome("dead", "no-warehouse", "Larkfield has no warehouse named “South”"),),
)  # fmt: skip


@tagged("post_install", "-at_install")
class TestFingerprint(BaseCase):
    def of(self, outcome, endpoint=1, flow=2):
        return fingerprint(SimpleNamespace(endpoint_id=endpoint, flow_id=flow), outcome)

    def test_each_cause_is_one(self):
        found = [{self.of(outcome) for outcome in cause} for cause in CAUSES]
        for cause, fingerprints in zip(CAUSES, found, strict=True):
            self.assertEqual(len(fingerprints), 1, cause)

    def test_no_two_causes_are_the_same(self):
        found = [(self.of(cause[0]), cause[0]) for cause in CAUSES]
        for (one, first), (other, second) in itertools.combinations(found, 2):
            self.assertNotEqual(one, other, (first, second))

    def test_what_an_endpoint_lacks_is_one_cause_for_all_its_flows(self):
        for outcome, is_one in (
            (Outcome("retry", "timeout", "x"), True),
            (Outcome("dead", "unknown-value", "x", params=problem("x", table="res.currency", value="XAF")), True),
            (Outcome("dead", "email", "x", params=problem("email")), False),
        ):
            self.assertEqual(self.of(outcome, flow=2) == self.of(outcome, flow=3), is_one, outcome)
            self.assertNotEqual(self.of(outcome), self.of(outcome, endpoint=9))

    def test_words_that_say_what_it_is_stay(self):
        self.assertEqual(normalised("“customer.email” is required"), "customer.email is required")
        self.assertEqual(normalised("The product 'Blue chair' (SKU B-7) is gone"), "the product # (sku #) is gone")
        self.assertEqual(normalised("Lines 1, 2, 3 and 4 are wrong"), "lines # are wrong")
        self.assertEqual(normalised("See https://x.io/a?b=c or 5f0c3f9e-1c1c-4c1c-8c1c-0123456789ab"), "see # or #")


@tagged("post_install", "-at_install")
class TestEstate(BaseCase):
    def test_each_group_is_one_cause(self):
        """Of all that is wrong in a large estate, each group of messages is one cause, and each cause one group."""
        estate, groups = WordedFailures(random.Random(8)), collections.defaultdict(collections.Counter)
        causes = estate.causes()
        self.assertGreaterEqual(len(causes), 40)
        for name, make in causes.items():
            about = SimpleNamespace(endpoint_id=name.startswith("out_"), flow_id=1)
            for _message in range(MESSAGES // len(causes)):
                groups[fingerprint(about, make())][name] += 1
        mixed = [dict(names) for names in groups.values() if len(names) > 1]
        split = collections.Counter(name for names in groups.values() for name in names)
        self.assertEqual((mixed, {name: count for name, count in split.items() if count > 1}), ([], {}))
        self.assertEqual(len(groups), len(causes))
