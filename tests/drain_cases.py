# Part of Integration Hub. License LGPL-3.0 or later.
"""What tests of the drain start from: a shop whose customers come in, a CRM that gets contacts."""

import time
from datetime import UTC, datetime

from ..connectors.clock import ManualClock
from ..engine.claim import take_over
from ..engine.perform import Performer
from ..engine.steps import Claim
from ..models.handler import Handler
from .common import HubCase

DOWN = {"vendor": "hubspot", "kind": "status", "status": 503, "match": {"path": "/crm/"}}
STATES = {"pending", "retry", "held", "done", "dead", "ignored"}


class DrainCase(HubCase):
    """A shop whose customers come in, a CRM that gets contacts. What fails is decided by the sandbox and by data."""

    @classmethod
    def set_up_hub(cls):
        cls.operator = cls.user("operator")  # first: a user is a contact too
        cls.shop = cls.connect_shopify(wanted=("customers_in",))
        cls.hook = cls.shop._endpoint("inbound")
        cls.crm = cls.connect_hubspot(wanted=("contacts_out", "contacts_in"))
        cls.api = cls.crm._endpoint("outbound")

    def setUp(self):
        super().setUp()
        self.clock = ManualClock(time.time())

    def customer(self, number, *, country="US", minute=0, kind="command", **values):
        """Take in one customer; ``country`` QQ is one that Odoo does not know, so that the message is dead.

        As a command, so that each is tried, whatever comes after it.
        """
        document = {
            "id": number,
            "email": f"c{number}@example.com",
            "first_name": "C",
            "last_name": str(number),
            "updated_at": f"2026-01-01T00:{minute:02}:00Z",
            "default_address": {"address1": f"Road {minute}", "country_code": country},
        }
        event = self.receive(self.shop, document | values, topic="customers/update")
        self.env.cr.execute("UPDATE integration_event SET kind = %s WHERE id = %s", [kind, event.id])
        event.invalidate_recordset(["kind"])
        return event

    def contact(self, name="Ada Arden", **values):
        """Create a contact in Odoo, as a person does, and return it with its event."""
        partner = self.env["res.partner"].create(
            {"name": name, "email": f"{name.split()[0].lower()}@x.example"} | values
        )
        self.commit()
        return partner, self.events(self.api, ("res_id", "=", partner.id))

    def claim(self, db, unit):
        """Claim as a drain does that got the unit; returns it, and what it has in hand."""
        worker = Performer(db, Handler(db))
        with db.read_committed() as cr:
            take_over(cr, unit, worker.claimed_by, db.now())
        return worker, worker.perform(Claim(unit, 10))

    def moment(self):
        return datetime.fromtimestamp(self.clock.now(), UTC).replace(tzinfo=None)
