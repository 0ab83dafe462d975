# Part of Integration Hub. License LGPL-3.0 or later.
"""What tests of who decides start from: a contact that Odoo and a shop have, and what each says of it."""

import itertools
from datetime import UTC, datetime, timedelta

from ..connectors import moments
from .common import HubCase, sandbox

_numbers = itertools.count(1)


class DecidedMixin:
    """Ada, in Odoo and in the shop, in step."""

    @classmethod
    def set_up_hub(cls):
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.shop = cls.connect_shopify(wanted=("customers_in", "customers_out"))
        cls.hook, cls.api = cls.shop._endpoint("inbound"), cls.shop._endpoint("outbound")
        cls.contact = cls.env["integration.entity"].search([("code", "=", "contact")])

    def setUp(self):
        super().setUp()
        self.ada = self.env["res.partner"].create(
            {
                "name": "Ada Arden",
                "email": "ada@x.example",
                "city": "Ghent",
                "street": "Main 1",
                "phone": "02 555 01 23",
                "country_id": self.env.ref("base.be").id,
            }
        )
        self.drain()
        self.sent = self.there()

    @property
    def link(self):
        return self.env["integration.binding"]._of_record(self.shop, self.contact, self.ada)

    @property
    def conflicts(self):
        return self.env["integration.conflict"].search([("res_id", "=", self.ada.id)], order="id")

    @classmethod
    def rule(cls, name, decided_by, both_changed="owner", system=None, model="res.partner"):
        """Set who decides a field, or a step."""
        ownership = cls.env["integration.ownership"]
        model = cls.env["ir.model"]._get(model)
        return ownership.create(
            {
                "system_id": (system or cls.shop).id,
                "model_id": model.id,
                "decided_by": decided_by,
                "both_changed": both_changed,
                **ownership._named(model, name),
            }
        )

    def there(self):
        """The customer as the shop has her."""
        objects = sandbox().control("GET", "/objects/shopify/customer")["objects"]
        return next(each for each in objects if each["admin_graphql_api_id"] == self.link.external_id)

    def they_say(self, minutes=1, *, city=None, **changes):
        """The shop tells what it has, changed so long after what it was sent last; returns the message.

        It is worked off before what waits to be sent.
        """
        event = self.told(minutes, city=city, **changes)
        self.api.state = "paused"
        self.drain()
        self.api.state = "active"
        self.drain()
        self.env.invalidate_all()
        return event

    def told(self, minutes=1, *, city=None, **changes):
        """The same, and nothing is worked off yet."""
        changed = moments.parse(self.link.sent_version or self.link.external_version) + timedelta(minutes=minutes)
        document = self.sent | changes | {"updated_at": moments.write(changed)}
        if city is not None:
            document["default_address"] = document["default_address"] | {"city": city}
        self.sent = document
        return self.receive(self.shop, document, topic="customers/update", webhook_id=f"decided-{next(_numbers)}")

    def changed_here(self, minutes=None, **values):
        """A person changes the contact, and nothing is sent yet; *minutes* from now as its time."""
        self.ada.write(values)
        self.env.flush_all()
        if minutes is not None:
            at = datetime.now(UTC).replace(tzinfo=None) + timedelta(minutes=minutes)
            self.env.cr.execute("UPDATE res_partner SET write_date = %s WHERE id = %s", [at, self.ada.id])
            self.env.invalidate_all()
        self.env.cr.flush()

    def outbound(self):
        """The messages to the shop, since the first one."""
        return self.events(self.api)[1:]


class DecidedCase(DecidedMixin, HubCase):
    """The same in one transaction."""
