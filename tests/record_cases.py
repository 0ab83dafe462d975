# Part of Integration Hub. License LGPL-3.0 or later.
"""What the tests of records' sync share: a CRM that gets contacts, and a salesperson who is in no group of the hub."""

from unittest.mock import patch

from odoo import api
from odoo.tests import new_test_user

from ..models.integration_record import IntegrationRecord
from .common import sandbox


def work_at_each_look(case):
    """Let the workers come by whenever a page of the browser looks at a record's sync."""
    facts = IntegrationRecord.facts

    @api.model
    def after_the_workers(self, model, res_id):
        case.drain()
        return facts(self, model, res_id)

    case.startPatcher(patch.object(IntegrationRecord, "facts", after_the_workers))


class RecordMixin:
    @classmethod
    def set_up_hub(cls):
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.crm = cls.connect_hubspot(wanted=("contacts_out",))
        cls.crm.name = "HubSpot"
        cls.api = cls.crm._endpoint("outbound")
        cls.flow = cls.crm.flow_ids.filtered(lambda flow: flow.template_key == "contacts_out")
        cls.seller = new_test_user(
            cls.env, "seller", groups="base.group_user,base.group_partner_manager", name="Sally Seller"
        )

    def facts(self, record, user=None):
        """Return what the form of a record shows to a person."""
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["integration.record"].with_user(user or self.seller).facts(record._name, record.id)

    def system(self, record, user=None):
        """Return what it shows of the one system there is."""
        (system,) = self.facts(record, user)["systems"]
        return system

    def sent(self, **values):
        """Return a contact that is in the CRM."""
        partner = self.env["res.partner"].create({"name": "Ada Arden", "email": "ada@x.example"} | values)
        self.drain()
        self.assertEqual(self.last(partner).state, "done")
        return partner

    def broken(self, **values):
        """Return a contact whose message failed, since its mail address is none."""
        partner = self.env["res.partner"].create({"name": "Bo Berg", "email": "bo at x.example"} | values)
        self.drain()
        self.assertEqual(self.last(partner).state, "dead")
        return partner

    def last(self, record):
        """Return the last message about a record."""
        found = self.events(self.api, ("res_model", "=", record._name), ("res_id", "=", record.id))
        return found[-1:]

    def there(self, email):
        """Return the CRM's contact with a mail address."""
        contacts = sandbox().control("GET", "/objects/hubspot/contact")["objects"]
        return next((each for each in contacts if each["properties"].get("email") == email), None)
