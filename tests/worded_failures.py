# Part of Integration Hub. License LGPL-3.0 or later.
"""Forty causes in words: as many outcomes of each as one likes, without the messages (`failure_estate.py` has those).

Each cause is a function that makes the outcome of one message, with names, amounts, ids, addresses and dates of its
own, as mappings, vendors and Odoo word them. What comes of it in the log is made of the errors that the hub itself
raises. Whether two messages have one cause is known here by the function, and must be found out by the fingerprint.
"""

import json
import uuid

from ..connectors.errors import ConnectionFailed, MappingError, TimeoutExceeded
from ..connectors.mapping.errors import Problem
from ..connectors.statuses import error_for_status
from ..engine.outcome import Outcome
from ..models.handler import _explain_hub_error

FIRST = ("Bo", "Ada", "Cy", "José", "Zoë", "Li Wei", "Jean-Luc", "Åse", "Olu", "Mary Jane")
LAST = ("Berg", "Arden", "O'Neill", "van der Meer", "García", "Müller", "Smith-Jones", "Nguyen", "de Haan", "Šimek")
FIRMS = ("Fen & Co", "Larkfield Outfitters", "North Sea Supplies BV", "ACME", "Les Trois Sœurs", "7 Hills Ltd.")
THINGS = ("Blue Chair", "Desk, large", "USB-C cable 2 m", "Ärmel “lang”", "Cable #4", "Cap (M)")
TRACE = 'Traceback\n  File "/hub/perform.py", line 12, in work\n    x\n  File "/odoo/{}.py", line {}, in {}\n{}: {!r}'


class WordedFailures:
    """Makes outcomes, by a generator of random numbers."""

    def __init__(self, random):
        self.random = random

    def causes(self):
        """Return ``{name: function}``, the forty of them."""
        return {name: getattr(self, name) for name in vars(type(self)) if name.startswith(("in_", "out_"))}

    # --- values of their own ---

    def _name(self):
        return f"{self._one(FIRST)} {self._one(LAST)}"

    def _mail(self):
        whose = self._one(LAST).lower().replace(" ", ".")
        return f"{whose}{self._id()}@{self._one(('x', 'mail', 'y-z'))}.example"

    def _id(self):
        return self.random.randrange(1, 10**9)

    def _sum(self):
        return f"{self.random.randrange(100, 10**7) / 100:,.2f}"

    def _order(self):
        return self._one((f"#{self._id()}", f"S{self._id():05}", f"INV/2026/{self._id()}", f"EU-{self._id()}"))

    def _uuid(self):
        return str(uuid.UUID(int=self.random.getrandbits(128)))

    def _time(self):
        day = f"2026-{self.random.randrange(1, 13):02}-{self.random.randrange(1, 29):02}"
        return self._one((day, f"{day}T10:{self.random.randrange(60):02}:00Z", f"{day} 08:00:00+02:00"))

    def _one(self, choices):
        return self.random.choice(choices)

    # --- how they become outcomes ---

    def _mapping(self, code, source, target, message, line="4", more=0, **params):
        problems = [Problem(line, source, target, code, message, "Correct it.", params)]
        problems += [Problem("9", f"x{n}", "note", "type", "The value is not text", "") for n in range(more)]
        return _explain_hub_error(MappingError("m", problems=problems))

    def _refused(self, status, body, method="POST", path="/crm/v3/objects/contacts", sent=None):
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        asked = {"method": method, "target": f"api.vendor.example{path}", "sent": json.dumps(sent or {}).encode()}
        return _explain_hub_error(error_for_status(status, {}, text.encode(), **asked))

    def _said(self, code, message, params=None, technical="", hint=""):
        return Outcome("dead", code, message, hint, params, technical=technical)

    def _hubspot(self, rule, field, words):
        inner = json.dumps([{"isValid": False, "message": words, "error": rule, "name": field}])
        return self._refused(
            400,
            {
                "status": "error",
                "message": f"Property values were not valid: {inner}",
                "correlationId": self._uuid(),
                "category": "VALIDATION_ERROR",
            },
            self._one(("POST",)),
        )

    # --- values that Odoo lacks ---

    def in_currency_xaf(self):
        said = f"Currency “XAF” is {self._one(('switched off', 'unknown'))} in Odoo"
        return self._mapping("inactive-value", "currency", "currency_id", said, table="res.currency", value="XAF")

    def in_currency_xof(self):
        return self._mapping("inactive-value", "currency", "currency_id", "W", table="res.currency", value="XOF")

    def in_tax_5(self):
        said = f"Tax “{self._one(('VAT', 'TVA 5,5', 'Tax'))}” (5.5 %, included in prices) is unknown in Odoo"
        return self._mapping("unknown-tax", "tax_lines", "tax_ids", said, table="account.tax", value=5.5)

    def in_tax_19(self):
        return self._mapping("unknown-tax", "tax_lines", "tax_ids", "W", table="account.tax", value=19.0)

    def in_country(self):
        place = self._one(("billing_address.country", "shipping_address.country"))
        return self._mapping("unknown-value", place, "country_id", "W", table="res.country", value="XK")

    def in_payment_term(self):
        params = {"table": "account.payment.term", "value": "30 days EOM"}
        return self._mapping("unknown-value", "terms", "payment_term_id", "W", **params)

    def in_archived_product(self):
        params = {"problems": [{"params": {"table": "product.product", "value": 71}}]}
        return self._said("archived-product", f"Product “{self._one(THINGS)}” is archived in Odoo", params)

    def in_warehouse_north(self):
        return self._said("no-warehouse", "Larkfield has no warehouse named “North”")

    # --- mappings ---

    def out_email(self):
        return self._mapping("email", "email", "email", "The value is not a mail address", more=self._one((0, 0, 2)))

    def out_billing_email(self):
        return self._mapping("email", "child_ids.email", "billing.email", "The value is not a mail address")

    def out_name_required(self):
        return self._mapping("required", "name", "lastname", "“lastname” is required, but “name” has no value")

    def in_sku_required(self):
        line = f"7[{self.random.randrange(9)}].2"
        return self._mapping("required", "sku", "lines.sku", "“lines.sku” is required, but “sku” has no value", line)

    def out_phone(self):
        return self._mapping("phone", "phone", "phone", "The value is not a phone number")

    def in_order_contract_price(self):
        problem = f"lines[{self.random.randrange(30)}].price must be a number, but is text"
        return self._said("contract", f"Sales order: {problem}", {"problems": [problem, "x"][: self._one((1, 2))]})

    def in_order_contract_currency(self):
        problem = "currency must have 3 characters"
        return self._said("contract", f"Sales order: {problem}", {"problems": [problem]})

    # --- what Odoo refuses ---

    def in_no_customer(self):
        return self._said("no-customer", f"Order {self._order()} has no customer")

    def in_totals(self):
        said = f"The lines of order {self._order()} add up to {self._sum()} {self._one(('EUR', 'USD'))}, Shop says 1"
        return self._said("totals-differ", said)

    def in_cancelled_late(self):
        said = f"Order {self._order()} was cancelled in Shop, but “{self._one(THINGS)}” was delivered"
        return self._said("cancelled-after-delivery", said)

    def in_locked_period(self):
        said = f"You cannot add/modify entries prior to and inclusive of: Tax Return Lock Date ({self._time()})."
        return self._said("refused-by-odoo", said)

    def in_vat(self):
        said = (
            f"The VAT number [{self._one(('BE', 'DE'))}{self._id()}] for partner [{self._name()}] does not seem to be "
            "valid. Note: the expected format is BE0477472701"
        )
        return self._said("refused-by-odoo", said)

    def in_barcode_twice(self):
        said = f'Barcode(s) already assigned:\n\n- Barcode "{self._id()}" already assigned to product(s): {self._id()}'
        return self._said("refused-by-odoo", said)

    def in_mandatory_field(self):
        said = (
            "The operation cannot be completed:\n- Create/update: a mandatory field is not set.\n"
            "Model: Contact (res.partner)\nField: Language (lang)"
        )
        return self._said("refused-by-odoo", said)

    def in_access(self):
        said = (
            f"Sorry, Hub (id=5) doesn't have 'write' access to:\n- Contact, {self._name()} (res.partner: {self._id()})"
        )
        return self._said("access", said)

    def in_access_orders(self):
        return self._said(
            "access", "You are not allowed to create 'Sales Order' (sale.order) records.\n\nThis operation"
        )

    def in_mistake(self):
        technical = TRACE.format("sale", self._one((7, 8)), "find", "KeyError", self._name())
        return self._said("internal-error", "The hub failed: KeyError", technical=technical)

    def in_other_mistake(self):
        technical = TRACE.format("stock", 7, "look", "KeyError", self._name())
        return self._said("internal-error", "The hub failed: KeyError", technical=technical)

    # --- what vendors refuse ---

    def out_hubspot_email(self):
        return self._hubspot("INVALID_EMAIL", "email", f"Email address {self._name()} is invalid")

    def out_hubspot_option(self):
        said = f"{self._name()} was not one of the allowed options: [label: a, value: b {self._id()}]"
        return self._hubspot("INVALID_OPTION", "lifecyclestage", said)

    def out_hubspot_date(self):
        return self._hubspot("INVALID_DATE", "closedate", f"{self._time()} is at 4:25:15.000 UTC, not midnight!")

    def out_taken(self):
        return self._refused(422, {"errors": {"email": ["has already been taken"], "x": ["y"][: self._one((0, 1))]}})

    def out_blank_title(self):
        body = {"errors": {"title": ["can't be blank"]}}
        return self._refused(422, body, "PUT", f"/admin/products/{self._id()}.json")

    def out_card(self):
        error = {
            "type": "card_error",
            "code": "expired_card",
            "message": f"Expired: {self._name()}",
            "param": "exp_year",
        }
        return self._refused(402, {"error": error}, path="/v1/charges")

    def out_problem_details(self):
        body = {
            "type": "https://vendor.example/probs/over-limit",
            "title": "The credit limit is exceeded.",
            "detail": f"{self._one(FIRMS)} has {self._sum()} EUR open, {self._sum()} EUR are allowed.",
            "instance": f"/customers/{self._uuid()}",
        }
        return self._refused(403, body, path=f"/customers/{self._uuid()}/orders")

    def out_pointer(self):
        body = {
            "errors": [
                {
                    "id": self._uuid(),
                    "code": "too_long",
                    "detail": f"{self._name()} is too long",
                    "source": {"pointer": f"/data/lines/{self.random.randrange(9)}/name"},
                }
            ]
        }
        return self._refused(422, body, path="/v2/invoices")

    def out_sentence(self):
        return self._refused(
            400, f"Mail address {self._mail()} is on the block list since {self._time()}", path="/v2/mails"
        )

    def out_graphql(self):
        said = f"Shopify refused the customer: phone: Phone +32{self._id()} has already been taken"
        return Outcome("dead", "user-errors", said, status_code=200, params={"fields": ["phone"]})

    def out_gone(self):
        said = {"message": f"No contact with id {self._id()}"}
        return self._refused(404, said, "PATCH", f"/crm/contacts/{self._id()}")

    def out_exists(self):
        said = f"Contact already exists. Existing ID: {self._id()}"
        return self._refused(409, {"status": "error", "message": said, "category": "CONFLICT"})

    def out_unsubscribed(self):
        sent = {"name": self._one(FIRST), "mail": self._mail()}
        said = f"{sent['name']} <{sent['mail']}> has unsubscribed and cannot be subscribed again"
        return self._refused(400, {"message": said}, path="/v2/subscribers", sent=sent)

    # --- nobody there ---

    def out_no_answer(self):
        error = self._one(
            (
                TimeoutExceeded(f"No answer from api.vendor.example within {self._one((30, 60))} s"),
                ConnectionFailed("api.vendor.example could not be reached: [Errno 111] Connection refused"),
                error_for_status(503, {}, f"<html>{self._uuid()}</html>".encode(), method="POST", target="api.x/y"),
                error_for_status(502, {}, b"", method="PATCH", target=f"api.vendor.example/x/{self._id()}"),
            )
        )
        return _explain_hub_error(error)
