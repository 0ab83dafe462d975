# Part of Integration Hub. License LGPL-3.0 or later.
"""What the tests of the outbox share: a CRM with a flow of contacts, flows on other models, and what was captured."""

import contextlib
import re
from unittest.mock import patch

from odoo.sql_db import BaseCursor

from .common import HubCase


class CaptureMixin:
    @classmethod
    def set_up_hub(cls):
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.crm = cls.connect_hubspot(wanted=("contacts_out",))
        cls.api = cls.crm._endpoint("outbound")
        cls.flow = cls.crm.flow_ids.filtered(lambda flow: flow.template_key == "contacts_out")

    @classmethod
    def flow_on(cls, model, fields="", domain="[]", **values):
        """Return another flow of the CRM, switched on."""
        flow = cls.flow.copy(
            {
                "name": model,
                "model_id": cls.env["ir.model"]._get_id(model),
                "trigger_fields": fields,
                "domain": domain,
                **values,
            }
        )
        flow.action_switch_on()
        cls.env.cr.flush()
        return flow

    @classmethod
    def only(cls, flow):
        """Let this be the only flow that is on."""
        (cls.env["integration.flow"].search([("direction", "=", "outbound")]) - flow).action_switch_off()
        return flow

    def partner(self, name="Ada", **values):
        return self.env["res.partner"].create({"name": name, "email": f"{name.lower()}@x.example"} | values)

    def order(self, **values):
        """Return a quotation of one line, and forget what was captured of it."""
        product = self.env["product.product"].create({"name": "Chair", "type": "consu", "list_price": 10})
        order = self.env["sale.order"].create(
            {
                "partner_id": self.partner("Buyer").id,
                "order_line": [(0, 0, {"product_id": product.id, "price_unit": 10})],
                **values,
            }
        )
        self.forget()
        return order

    def link(self, record, external_id, flow=None):
        """Let the CRM know the record."""
        flow = flow or self.flow
        return self.env["integration.binding"]._link(flow.system_id, flow.entity_id, external_id, record)

    def forget(self):
        """Flush, and start with an empty log."""
        self.env.cr.flush()
        self.env.cr.execute("DELETE FROM integration_event")

    def captured(self):
        """Return ``(record id, changed fields)`` of each event, once the outbox was written."""
        self.env.cr.flush()
        return [(event.res_id, event.changed_fields or "") for event in self.events(self.api)]

    def told(self, flow):
        """Return ``(record id, operation, changed fields)`` of each of a flow's events."""
        self.env.cr.flush()
        return [
            (event.res_id, event.operation, event.changed_fields or "")
            for event in self.events(flow.system_id, ("flow_id", "=", flow.id))
        ]

    @contextlib.contextmanager
    def statements(self):
        """Collect the SQL statements of the block."""
        found = []
        kind = type(self.env.cr)
        execute = kind.execute

        def collect(cursor, query, *args, **kwargs):
            found.append(re.sub(r"\s+", " ", getattr(query, "code", query)).strip())
            return execute(cursor, query, *args, **kwargs)

        assert issubclass(kind, BaseCursor)
        with patch.object(kind, "execute", collect):
            yield found


class CaptureCase(CaptureMixin, HubCase):
    """Tests of the outbox in one transaction."""
