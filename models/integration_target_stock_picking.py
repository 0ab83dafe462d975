# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models


class IntegrationTargetStockPicking(models.AbstractModel):
    """What a shipment says of a delivery besides its fields: order and lines, as the other system calls them."""

    _name = "integration.target.stock.picking"
    _inherit = "integration.target"
    _description = "Integration Target: Delivery"
    _model = "stock.picking"

    def _remote_facts(self, system, records):
        """Return ``{delivery: facts}`` of those whose order the system knows."""
        links = self._order_links(system, records.sale_id)
        known = records.filtered(lambda record: record.sale_id.id in links)
        return {record: self._facts(record, links[record.sale_id.id]) for record in known}

    def _order_links(self, system, orders):
        order = self.env["integration.entity"].sudo().search([("code", "=", "order")], limit=1)
        return self.env["integration.binding"].sudo()._of_many(system, order, "sale.order", orders.ids)

    def _facts(self, record, link):
        keys = {line_id: key for key, line_id in (link.parts or {}).get("lines", {}).items() if ":discount" not in key}
        lines = []
        for line in record.move_ids.sale_line_id:
            here = record.move_ids.filtered(lambda move, line=line: move.sale_line_id == line and move.state == "done")
            if quantity := sum(here.mapped("quantity")):
                shipped = self._shipped_until(record, line)
                lines.append({"line": keys.get(line.id), "quantity": quantity, "shipped": shipped})
        return {
            "_order": link.external_id,
            "_lines": [line for line in lines if line["line"]],
            "_tracking_url": self._tracking_url(record),
        }

    def _tracking_url(self, record):
        """Return where a delivery can be tracked; ``None`` where nobody knows, or each of several parcels elsewhere."""
        url = record.carrier_tracking_url if "carrier_tracking_url" in record._fields else None
        return url if url and url.startswith(("https://", "http://")) else None

    def _shipped_until(self, record, line):
        """Return how much of a line was delivered, with this delivery and those before it."""
        done = line.move_ids.filtered(
            lambda move: (
                move.state == "done"
                and move.location_dest_id.usage == "customer"
                and (move.picking_id.date_done, move.picking_id.id) <= (record.date_done, record.id)
            )
        )
        return sum(done.mapped("quantity"))
