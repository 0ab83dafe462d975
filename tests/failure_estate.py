# Part of Integration Hub. License LGPL-3.0 or later.
"""An estate in which forty things are wrong: each a state of the world, which makes many different messages fail.

Nothing here knows what the hub writes of a failure. A cause is something that one deed mends: a currency that is
switched off, a rule that the CRM has for a property, a line of a mapping that cannot read what a shop sends.
"""

import itertools
import uuid

from .common import HUBSPOT_SECRET, HUBSPOT_TOKEN
from .order_cases import ShopOrderCase
from .refusing_crm import RefusingCrm, invalid
from .sync_cases import customer

NAMES = ("Ada Lovelace", "Bo O'Neill", "Çelik Öz", "Dr. Eve 3rd", "F. van 't Hof", "Gül & Sons", "H2O Ltd", "Ivy (old)")
CITIES = ("Ghent", "Łódź", "Springfield", "'s-Hertogenbosch", "York", "Köln", "Bath 2", "Oslo")


class FailureEstate(ShopOrderCase):
    """A shop and a CRM, and the causes by which their messages fail; each method returns what it told."""

    @classmethod
    def set_up_hub(cls):  # pylint: disable=missing-return
        super().set_up_hub()
        cls._buyers = itertools.count(3000)
        cls.refusing = RefusingCrm()
        cls.addClassCleanup(cls.refusing.close)
        given = {"access_token": HUBSPOT_TOKEN, "client_secret": HUBSPOT_SECRET, "api_url": cls.refusing.url}
        cls.crm = cls.connect("hubspot", **given)
        cls.api = cls.crm._endpoint("outbound")
        (cls.shop | cls.crm).business_owner_id = cls.user("user", login="owner")

    # --- how things fail ---

    def causes(self):
        """Return ``{what is wrong: who makes so many messages fail of it}``."""
        found = {}
        for group in (self._odoo_lacks, self._orders_contradict, self._decided_here, self._contacts, self._crm_refuses):
            found |= group()
        return found

    def _orders(self, change, **placed):
        """Return who tells new orders, each spoilt a little differently by *change(document, number)*."""

        def tell(count):
            for number in range(count):
                buyer = {"email": f"buyer{number}.{uuid.uuid4().hex[:6]}@shop.example", "first_name": NAMES[number % 8]}
                document = self.place({"sku": "TENT-RIDGE-2", "quantity": number + 1}, customer=buyer, **placed)
                changed = change(document, number)
                self.receive(self.shop, changed or document, topic="orders/create")

        return tell

    def _odoo_lacks(self):
        def currency(name):
            self.env["res.currency"].with_context(active_test=False).search([("name", "=", name)]).active = False
            return self._orders(lambda document, number: None, currency=name)

        def state(country, code):
            def change(document, number):
                address = {"address1": f"{number} {CITIES[number % 8]} Rd", "country_code": country}
                address |= {"province_code": code, "province": f"Somewhere {number}", "city": CITIES[number % 8]}
                document["shipping_address"] = {"first_name": NAMES[number % 8], "zip": "12345"} | address

            return self._orders(change)

        def archived(sku):
            def tell(count):
                self.goods(sku)
                entity = self.env["integration.entity"].search([("code", "=", "product")])
                first = self.place({"sku": sku, "quantity": 1})
                variant = f"gid://shopify/ProductVariant/{first['line_items'][0]['variant_id']}"
                product = self.env["product.product"].search([("default_code", "=", sku)])
                self.env["integration.binding"]._link(self.shop, entity, variant, product)
                product.active = False
                for number in range(count):
                    self.receive(self.shop, self.place({"sku": sku, "quantity": number + 1}), topic="orders/create")

            return tell

        def nobody_knows(document, number):
            document["currency"] = document["presentment_currency"] = "XTS"

        return {
            "currency JPY is switched off": currency("JPY"),
            "currency KWD is switched off": currency("KWD"),
            "currency XTS does not exist": self._orders(nobody_knows),
            "no tax of 12.34 %": self._orders(lambda *_: None, tax_rate="0.1234", tax_title="County tax"),
            "no tax of 5.5 %": self._orders(lambda *_: None, tax_rate="0.055", tax_title="TVA réduite"),
            "no state ZZ in the US": state("US", "ZZ"),
            "no state QQ in Canada": state("CA", "QQ"),
            "the cream mug is archived": archived("MUG-ENAMEL-CRM"),
            "the lantern is archived": archived("LAMP-GLOW-400"),
        }

    def _orders_contradict(self):
        def total(document, number):
            document["current_total_price"] = f"{900 + 7 * number}.{number:02}"

        def taxes(document, number):
            document["total_tax"] = f"{number + 1}.5{number % 10}"

        def negative(document, number):
            document["line_items"][0]["quantity"] = -number - 1

        def fulfilled(document, number):
            lines = [{"id": 10**9 + number, "quantity": 1}]
            document["fulfillments"] = [{"id": 700 + number, "status": "success", "line_items": lines}]

        def price(document, number):
            document["line_items"][0]["price"] = f"about {number} dollars"

        def amount(document, number):
            document["line_items"][0]["quantity"] = f"{number} or so"

        return {
            "an app of the shop writes wrong totals": self._orders(total),
            "an app of the shop writes wrong taxes": self._orders(taxes, taxes_included=True),
            "lines of less than nothing": self._orders(negative),
            "shipments of foreign lines": self._orders(fulfilled),
            "prices in words": self._orders(price),
            "quantities in words": self._orders(amount),
            "orders of nobody": self._without_customer,
        }

    def _without_customer(self, count):
        for number in range(count):
            document = self.place({"sku": "TENT-RIDGE-2", "quantity": number + 1}, customer=None)
            document |= {"customer": None, "email": None, "billing_address": None, "shipping_address": None}
            self.receive(self.shop, document, topic="orders/create")

    def _decided_here(self):
        def then(deed, happens, topic="orders/updated"):
            """Return who has something done here to orders, and then something else happen in the shop."""

            def tell(count):
                for number in range(count):
                    document = self.place(("TENT-RIDGE-2", 2 + number), ("MUG-ENAMEL-GRN", 3))
                    deed(self.told(document, "orders/create"))
                    self.receive(self.shop, happens(document), topic=topic)

            return tell

        def edit(document):
            return self.change(document, edit={"quantities": {str(document["line_items"][0]["id"]): 1}})

        def cancel(document):
            return self.change(document, cancelled=True)

        def refund(document):
            now = self.change(
                document, refund={"lines": [{"id": document["line_items"][0]["id"], "restock": "cancel"}]}
            )
            now["refunds"][0]["transactions"][0]["amount"] = f"{9000 + document['line_items'][0]['quantity']}.00"
            return now

        def removed(document):
            line = document["line_items"][0]["id"]
            now = self.change(document, edit={"quantities": {str(line): 0}})
            now["fulfillments"] = [{"id": line, "status": "success", "line_items": [{"id": line, "quantity": 1}]}]
            return now

        def invoice(order):
            order._create_invoices().action_post()

        def deliver(order):
            for picking in order.picking_ids:
                picking.move_ids.picked = True
                picking.button_validate()

        return {
            "edited after they were invoiced": then(invoice, edit),
            "edited while they are locked": then(lambda order: order.action_lock(), edit),
            "cancelled after they were delivered": then(deliver, cancel),
            "more refunded than was ordered": then(lambda order: None, refund),
            "shipped and removed": then(lambda order: None, removed),
        }

    # --- the shop's customers, and what Odoo refuses of them ---

    def _contacts(self):
        def customers(member, spoil):
            def tell(count):
                for number in range(count):
                    document = self.buyer(first_name=NAMES[number % 8])
                    self.receive(self.shop, document | {member: spoil(number)}, topic="customers/create")

            return tell

        return {
            "no country AQ": self._without_country("AQ"),
            "no country BV": self._without_country("BV"),
            "addresses that are text": customers("default_address", lambda number: f"{number} {CITIES[number % 8]} Rd"),
            "e-mail addresses that are lists": customers(
                "email", lambda number: [f"a{number}@x.example", "b@x.example"]
            ),
            "names that are objects": customers("first_name", lambda number: {"given": NAMES[number % 8]}),
        }

    def _without_country(self, code):
        def tell(count):
            self.env["res.country"].search([("code", "=", code)]).write({"code": f"{code[0]}9"})
            for number in range(count):
                document = self.buyer()
                document["default_address"] = document["addresses"][0] = document["default_address"] | {
                    "country_code": code, "country": f"Far {number}", "city": CITIES[number % 8],
                }  # fmt: skip
                self.receive(self.shop, document, topic="customers/create")

        return tell

    # --- what the CRM refuses ---

    def _crm_refuses(self):
        def people(answer, **values):
            """Return who changes contacts, to which the CRM answers by their properties."""

            def tell(count):
                where = f"{answer.__name__}.example"
                self.refusing.rules[where] = answer
                for number in range(count):
                    name = f"{NAMES[number % 8]} {uuid.uuid4().hex[:4]}"
                    given = {"email": f"p{number}.{uuid.uuid4().hex[:8]}@{where}", "phone": f"+32 2 555 01 {number:02}"}
                    given |= {key: value(number) if callable(value) else value for key, value in values.items()}
                    self.env["res.partner"].create({"name": name, "city": CITIES[number % 8], **given})
                self.commit()

            return tell

        def mail(properties):
            return invalid("email", "INVALID_EMAIL", f"Email address {properties.get('email')} is invalid")

        def domain(properties):
            where = (properties.get("email") or "").partition("@")[2]
            return invalid("email", "BLOCKED_DOMAIN", f"The domain {where} of {properties.get('email')} is blocked")

        def unknown(properties):
            name = next(iter(properties), "city")
            return invalid(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')

        def option(properties):
            return invalid(
                "city", "INVALID_OPTION", f"{properties.get('city')} was not one of the allowed options: [A, B]"
            )

        def phone(properties):
            return invalid("phone", "INVALID_PHONE", f"{properties.get('phone')} is not a valid phone number")

        def length(properties):
            size = len(properties.get("lastname") or "")
            return invalid(
                "lastname", "INVALID_LENGTH", f"The value is {size} characters long, {size % 3 + 2} are allowed"
            )

        def full(properties):
            text = f"Portal 4711 has reached its limit of 1000 contacts; {properties.get('email')} was not created"
            return 400, {"message": text, "category": "OBJECT_LIMIT"}

        def policy(properties):
            text = f"Creating {properties.get('firstname')} is against the policy of your account"
            return 422, {"message": text, "category": "POLICY"}

        def page(properties):
            return 200, f"<html><body>Sign in again, {properties.get('firstname')}</body></html>".encode()

        def broken(properties):
            return 500, {"message": f"internal error {uuid.uuid4()}", "category": "INTERNAL"}

        def nameless(properties):
            return 200, {"properties": properties, "requestId": str(uuid.uuid4())}

        def down(properties):
            return 503, {"message": "Service unavailable", "category": "UNAVAILABLE"}

        return {
            "the CRM takes no such address": people(mail),
            "the CRM blocks a domain": people(domain),
            "the CRM lacks a property": people(unknown),
            "the CRM allows some cities only": people(option),
            "the CRM takes no such phone number": people(phone),
            "the CRM limits last names": people(length),
            "the CRM is full": people(full),
            "the CRM has a policy": people(policy),
            "the CRM answers with its log-in page": people(page),
            "the CRM has an internal error": people(broken),
            "the CRM is down": people(down),
            "the CRM answers without an id": people(nameless),
            "contacts with half an address": people(mail, email=lambda number: f"p{number}.example"),
            "nobody may create contacts any more": self._without_right,  # comes last: it is so from then on
        }

    def _without_right(self, count):
        domain = [("model_id.model", "=", "res.partner"), ("perm_create", "=", True)]
        self.env["ir.model.access"].search(domain).perm_create = False
        for _number in range(count):
            self.receive(self.shop, self.buyer(), topic="customers/create")

    def buyer(self, **values):
        """Return a new customer of the shop."""
        number = next(self._buyers)
        return customer(number, email=f"c{number}.{uuid.uuid4().hex[:6]}@shop.example") | values
