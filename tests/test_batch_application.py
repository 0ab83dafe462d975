# Part of Integration Hub. License LGPL-3.0 or later.
"""Messages of one transaction take effect together: cheaper than one after another, and with the same end."""

import random

from odoo.tests import tagged

from ..connectors import registry
from ..engine.claim import COLUMNS, Event
from ..models.inbound_transaction import InboundTransaction
from ..models.mapping_transforms import DependsOnOthers, RecordContext
from .common import own_payload
from .drain_cases import DrainCase

NOBODY = Event(*[None] * len(COLUMNS))


@tagged("post_install", "-at_install")
class TestBatchApplication(DrainCase):
    @classmethod
    def set_up_hub(cls):
        cls.shop = cls.connect_shopify(wanted=("customers_in", "products_in"))
        cls.hook = cls.shop._endpoint("inbound")
        cls.connector = registry.get("shopify", {"shop": "larkfield-outfitters.myshopify.com"})

    # --- messages ---

    def message(self, topic, document):
        """Return the event of a delivery, and its document."""
        told = self.connector.parse_webhook({"X-Shopify-Topic": topic}, document)[0]
        event = NOBODY._replace(
            endpoint_id=self.hook.id,
            topic=topic,
            operation="delete" if told.deleted else "upsert",
            object_type=told.object_type,
            external_id=told.external_id,
        )
        return event, document

    def told(self, number, email, *, minute=0, **values):
        """Return the message about a customer as it was in that minute."""
        return self.message(
            "customers/update",
            {
                "id": number,
                "email": email,
                "first_name": "C",
                "last_name": str(number),
                "updated_at": f"2026-01-01T00:{minute:02}:00Z",
                "default_address": {"address1": f"Road {minute}", "country_code": "US", "province_code": "NY"},
                **values,
            },
        )

    def product(self, number, sku, *, title="Thread", minute=0):
        document = own_payload("shopify/products__update__no_options")
        document |= {"id": number, "title": title, "status": "active", "updated_at": f"2026-01-01T00:{minute:02}:00Z"}
        document["variants"][0] |= {"id": 10 * number, "sku": sku}
        return self.message("products/update", document)

    def apply(self, *messages):
        events, documents = zip(*messages, strict=True)
        outcomes = InboundTransaction(self.env.cr).apply(events, documents)
        self.env.flush_all()
        return outcomes

    def one_by_one(self, *messages):
        return [self.apply(message)[0] for message in messages]

    def partners(self):
        links = self.env["integration.binding"].search([("system_id", "=", self.shop.id)], order="external_id")
        return [link._record() for link in links]

    # --- the same end ---

    def end(self, way, messages):
        """Return outcomes, links and records after this way of applying the messages; then nothing of it is left."""
        with self.env.cr.savepoint() as savepoint:
            outcomes = [(outcome.state, outcome.code) for outcome in way(*messages)]
            links = self.env["integration.binding"].search([("system_id", "=", self.shop.id)], order="external_id")
            order = {record: place for place, record in enumerate(dict.fromkeys(link._record() for link in links))}
            known = [(link.external_id, link.external_version, bool(link.deleted_at)) for link in links]
            whose = [order[link._record()] for link in links]
            told = [self.said_of(record) for record in order]
            savepoint.rollback()
        self.env.invalidate_all()
        return outcomes, known, whose, told

    def said_of(self, record):
        names = ("name", "email", "street", "state_id", "default_code", "active", "create_uid", "lst_price", "weight")
        return [record[name] for name in names if name in record._fields]

    def assert_same_end(self, *messages):
        together, apart = self.end(self.apply, messages), self.end(self.one_by_one, messages)
        self.assertEqual(together, apart)
        return together

    def test_two_of_one_customer(self):
        outcomes, _links, _whose, told = self.assert_same_end(
            self.told(1, "a@x.example"), self.told(2, "b@x.example"), self.told(1, "a@x.example", minute=1)
        )
        self.assertEqual([state for state, _code in outcomes], ["done"] * 3)
        self.assertEqual(told[0][2], "Road 1")

    def test_two_customers_with_one_address_stay_two(self):
        """A contact that is a customer's is never found for another one by what it says."""
        for other in ("a@x.example", "A@X.example", " a@x.example "):
            with self.subTest(other):
                _outcomes, _links, whose, _told = self.assert_same_end(
                    self.told(1, "a@x.example"), self.told(3, "c@x.example"), self.told(2, other)
                )
                self.assertEqual(whose, [0, 1, 2])

    def test_who_moves_away_from_an_address_is_not_met_there(self):
        """Both are known by the same contact before; the first one's message changes that."""
        self.apply(self.told(1, "old@x.example"))
        _outcomes, _links, whose, _told = self.assert_same_end(
            self.told(1, "new@x.example", minute=1), self.told(2, "old@x.example")
        )
        self.assertEqual(whose, [0, 1])

    def test_all_there_is_to_say(self):
        """New, changed, repeated, out of date, deleted, of nobody: any history, in any order."""
        for seed in range(12):
            dice = random.Random(seed)
            messages = []
            for _number in range(20):
                customer = dice.randint(1, 6)
                if dice.random() < 0.15:
                    messages.append(self.message("customers/delete", {"id": customer}))
                else:
                    email = f"{dice.choice('abcdef')}@x.example"
                    messages.append(self.told(customer, email, minute=dice.randint(0, 5)))
            with self.subTest(seed=seed):
                self.assert_same_end(*messages)

    def test_products_with_a_variant_in_common(self):
        _outcomes, _links, whose, _told = self.assert_same_end(
            self.product(1, "S-1"), self.product(2, "S-2"), self.product(3, "S-1", title="Yarn")
        )
        self.assertLess(len(set(whose)), len(whose))

    def test_products_of_all_kinds(self):
        """With options and without, archived, with prices that depend on an option, and again."""
        first = [
            self.product(1, "S-1"),
            self.product(2, None),
            self.with_options(3, "status", "active"),
            self.with_options(4, "status", "active"),
            self.product(5, "S-5"),
            self.with_options(6, "status", "draft"),
        ]
        first[4][1]["status"] = "draft"
        outcomes, links, _whose, told = self.assert_same_end(
            *first, self.product(1, "S-9", title="Yarn", minute=1), self.with_options(3, "title", "Changed", minute=1)
        )
        self.assertEqual({state for state, _code in outcomes}, {"done"})
        self.assertEqual((len(links), len(told)), (6 + 3 + 3 * 2, 6 + 3 + 3 * 2))
        variants = {said[1]: said[-2] for said in told if said[0] == "Changed"}
        self.assertEqual({sku: variants[sku] for sku in ("S-3-0", "S-3-1")}, {"S-3-0": 10.0, "S-3-1": 12.0})

    def with_options(self, number, name, value, *, minute=0):
        """Return the message of a product with two sizes, the second of which is dearer."""
        event, document = self.product(number, None, minute=minute)
        base = document["variants"][0]
        document |= {name: value, "options": [{"id": number, "name": "Size", "position": 1, "values": ["S", "L"]}]}
        document["variants"] = [
            base
            | {"id": 10 * number + place, "sku": f"S-{number}-{place}", "title": size, "option1": size, "price": price}
            for place, (size, price) in enumerate((("S", "10.00"), ("L", "12.00")))
        ]
        return event, document

    def test_a_topic_nobody_takes_is_told_in_its_place(self):
        outcomes = self.apply(
            self.told(1, "a@x.example"), self.message("carts/update", {"id": 1}), self.told(2, "b@x.example")
        )
        self.assertEqual([outcome.code for outcome in outcomes], ["", "no-flow", ""])
        self.assertEqual([outcome.facts and outcome.facts["external_id"] for outcome in outcomes], [
            "gid://shopify/Customer/1", None, "gid://shopify/Customer/2"])  # fmt: skip

    # --- what mappings look up ---

    def test_what_an_earlier_message_makes_is_found(self):
        draft = self.shop.flow_ids.filtered(lambda flow: flow.template_key == "customers_in").record_mapping_id
        draft = draft.version_id._new_draft()
        draft.line_ids.filtered(lambda line: line.target == "parent_id").unlink()
        lookup = {"lookup": {"model": "res.partner", "by": "name"}}
        draft._load_lines([{"source": "note", "transforms": [lookup], "target": "parent_id", "on_error": "skip"}])
        draft._approve(shipped=True)
        outcomes = self.apply(
            self.told(1, "a@x.example"),
            self.told(2, "b@x.example", note="C 1"),
            self.told(3, "c@x.example", note="C 4"),
            self.told(4, "d@x.example"),
        )
        one, two, three, _four = self.partners()
        self.assertEqual((two.parent_id, three.parent_id), (one, self.env["res.partner"]))
        self.assertEqual([outcome.code for outcome in outcomes], ["", "", "left-out", ""])

    def test_what_is_looked_up_is_kept_for_the_transaction_unless_its_messages_change_it(self):
        asked = []
        context = RecordContext(self.env, self.shop, self.env.company, {}, seen={}, written={"res.partner"})

        def find():
            asked.append(1)
            return 7

        for model, times in (("res.country", 1), ("res.partner", 2)):
            asked.clear()
            self.assertEqual([context.look_up(model, "BE", find), context.look_up(model, "BE", find)], [7, 7])
            self.assertEqual(len(asked), times)
        with self.assertRaises(DependsOnOthers):
            context._replace(alone=False).look_up("res.partner", "BE", find)

    # --- what it costs ---

    def queries(self, work):
        """Return how many queries this takes that begins with empty caches; it stays undone."""
        with self.env.cr.savepoint() as savepoint:
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            work()
            self.env.flush_all()
            count = self.env.cr.sql_log_count - before
            savepoint.rollback()
        return count

    def growth(self, work):
        """Return how many queries more it takes for 40 than for 10."""
        self.queries(lambda: work(10))  # what is cached from now on
        return self.queries(lambda: work(40)) - self.queries(lambda: work(10))

    def customers(self, count, **values):
        return [self.told(number, f"c{number}@x.example", **values) for number in range(1, count + 1)]

    def write_alone(self, partners, minute):
        for number, partner in enumerate(partners, start=1):
            partner.write({"name": f"C {number}", "street": f"Road {minute}"})

    def test_queries_do_not_grow_with_new_customers(self):
        self.assertEqual(self.growth(lambda count: self.apply(*self.customers(count))), 0)

    def test_queries_do_not_grow_with_repetitions(self):
        self.apply(*self.customers(40))
        self.assertEqual(self.growth(lambda count: self.apply(*self.customers(count))), 0)

    def test_queries_grow_with_changes_as_those_of_writes_alone_do(self):
        self.apply(*self.customers(40))
        bare = self.growth(lambda count: self.write_alone(self.partners()[:count], 1))
        self.assertLessEqual(self.growth(lambda count: self.apply(*self.customers(count, minute=1))), bare)

    def test_queries_grow_with_contacts_met_as_those_of_writes_alone_do(self):
        met = self.env["res.partner"].create(
            [{"name": "Met", "email": f"c{number}@x.example"} for number in range(1, 41)]
        )
        bare = self.growth(lambda count: self.write_alone(met[:count], 0))
        self.assertLessEqual(self.growth(lambda count: self.apply(*self.customers(count))), bare)

    def test_queries_grow_with_new_products_as_those_of_creating_them_do(self):
        def create(count):
            values = {"type": "consu", "list_price": 1.0, "weight": 0.5}
            self.env["product.product"].create(
                [values | {"name": f"Thread {number}", "default_code": f"S-{number}"} for number in range(count)]
            )

        bare = self.growth(create)
        ours = self.growth(lambda count: self.apply(*(self.product(number, f"S-{number}") for number in range(count))))
        self.assertLessEqual(ours, bare + 2, "what Odoo caches may cost one or two, the 30 products none")

    # --- through the engine ---

    def test_what_fails_is_the_only_one(self):
        self.env["res.country"].search([("code", "=", "XK")]).code = "QX"
        events = self.env["integration.event"]
        for number in range(1, 9):
            events |= self.customer(number, country="XK" if number == 6 else "US")
        self.env.cr.execute("UPDATE integration_event SET slot = 0 WHERE id = ANY(%s)", [events.ids])
        self.drain()
        self.assertEqual(events.mapped("state"), ["done"] * 5 + ["dead"] + ["done"] * 2)
        self.assertIn("XK", events[5].error_message)
        self.assertEqual(len(self.partners()), 7)

    def test_a_missing_right_is_each_ones_own(self):
        events = self.customer(1) | self.customer(2)
        self.env.cr.execute("UPDATE integration_event SET slot = 0 WHERE id = ANY(%s)", [events.ids])
        self.hook.service_user_id.group_ids = self.env.ref("base.group_user")
        self.drain()
        self.assertEqual(events.mapped("error_code"), ["access", "access"])
