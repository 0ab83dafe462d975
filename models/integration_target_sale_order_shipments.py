# Part of Integration Hub. License LGPL-3.0 or later.
from decimal import Decimal

from odoo import models

from ..connectors.entities import orders


class IntegrationTargetSaleOrder(models.AbstractModel):
    """What was shipped there is delivered here, and what came back there is taken back: by quantities, so that each is
    done once, whatever was told how often."""

    _inherit = "integration.target.sale.order"

    def _ship(self, arrival, record):
        """Deliver what the document says was shipped and is not delivered here yet."""
        document = arrival.document
        missing = self._missing(arrival, record, lambda key: orders.shipped(document, key), self._delivered)
        if not missing:
            return
        if record.state != "sale":
            self._leave_undone(arrival, self.env._("what was shipped is not delivered: the order is not confirmed"))
            return
        for line in [line for line in missing if line.qty_delivered_method == "manual"]:
            line.qty_delivered += float(missing.pop(line))  # a service, a gift card: no warehouse has it
        if missing and not self._may(arrival, record, "ship"):
            words = self.env._("%(goods)s were shipped there; deliver them here", goods=self._words(missing))
            self._leave_undone(arrival, words)
        elif missing and not self.env["stock.picking"].has_access("write"):
            words = self.env._("%(user)s may not validate deliveries", user=self.env.user.name)
            self._leave_undone(arrival, words)
        elif missing:
            self._deliver_all(arrival, record, missing)

    def _deliver_all(self, arrival, record, missing):
        told = reversed(arrival.document["fulfilments"])
        tracking = next((each["tracking"] for each in told if each.get("tracking")), {})
        for picking in self._deliveries(record).filtered(lambda picking: picking.state not in ("done", "cancel")):
            self._deliver(picking, missing, tracking)
        if rest := {line: quantity for line, quantity in missing.items() if quantity}:
            words = self.env._("%(goods)s are shipped, but nothing is left to deliver here", goods=self._words(rest))
            self._leave_undone(arrival, words)

    def _take_back(self, arrival, record):
        """Return to stock what the document says came back; what it is worth was given back by lines of the order."""
        document = arrival.document
        if "stock.picking" not in self.env or not document.get("refunds"):
            return
        missing = self._missing(arrival, record, lambda key: orders.came_back(document, key), self._taken_back)
        missing = {line: quantity for line, quantity in missing.items() if line.product_id.type != "service"}
        if not missing:
            return
        if waiting := record.picking_ids.filtered(lambda picking: self._is_open_return(picking, missing)):
            words = self.env._("%(goods)s came back there; validate %(returns)s", goods=self._words(missing),
                               returns=", ".join(waiting.mapped("name")))  # fmt: skip
            self._leave_undone(arrival, words)
            return
        if not self._may(arrival, record, "ship"):
            words = self.env._("%(goods)s came back there; take them back here", goods=self._words(missing))
            self._leave_undone(arrival, words)
            return
        for picking in self._deliveries(record).filtered(lambda picking: picking.state == "done"):
            self._return(picking, missing)
        if rest := {line: quantity for line, quantity in missing.items() if quantity}:
            words = self.env._("%(goods)s came back, but were not delivered from here", goods=self._words(rest))
            self._leave_undone(arrival, words)

    # --- quantities ---

    def _missing(self, arrival, record, told, here):
        """Return ``{order line: quantity}`` of what is told of its key, and is not here yet."""
        ids, found = arrival.values["_parts"].get("lines", {}), {}
        there = {line.id: line for line in record.order_line}
        for line in arrival.document["lines"]:
            known = there.get(ids.get(line["id"]))
            quantity = told(line["id"]) if known else Decimal(0)
            if quantity and (missing := quantity - Decimal(str(round(here(known), 6)))) > 0:
                found[known] = missing
        return found

    def _delivered(self, line):
        """Return how much of a line was delivered, whatever came back."""
        if line.qty_delivered_method == "stock_move":
            return sum(self._moves(line, returned=False).mapped("quantity"))
        return line.qty_delivered

    def _taken_back(self, line):
        return sum(self._moves(line, returned=True).mapped("quantity"))

    def _moves(self, line, returned):
        """Return the moves of a line that are done: to the customer, or back from there."""
        done = line.move_ids.filtered(lambda move: move.state == "done")
        if returned:
            return done.filtered(lambda move: move.location_id.usage == "customer")
        return done.filtered(lambda move: move.location_dest_id.usage == "customer")

    def _words(self, quantities):
        return ", ".join(f"{quantity:g} × {line.name}" for line, quantity in quantities.items())

    # --- stock ---

    def _deliveries(self, record):
        return record.picking_ids.filtered(lambda picking: picking.picking_type_code == "outgoing").sorted("id")

    def _deliver(self, picking, missing, tracking):
        """Deliver what is missing as far as this delivery holds it; what is left of it waits in a backorder."""
        moves = picking.move_ids.filtered(lambda move: move.state not in ("done", "cancel"))
        chosen = {move: min(missing.get(move.sale_line_id, Decimal(0)), Decimal(str(move.product_uom_qty)))
                  for move in moves}  # fmt: skip
        if not any(chosen.values()):
            return
        for move, quantity in chosen.items():
            move.quantity = float(quantity)
            move.picked = bool(quantity)
            if quantity:
                missing[move.sale_line_id] -= quantity
        if tracking.get("number") and "carrier_tracking_ref" in picking._fields:
            picking.carrier_tracking_ref = tracking["number"]
        self._validate(picking)

    def _is_open_return(self, picking, missing):
        """Tell whether a person has prepared the return of any of these goods, and not validated it."""
        moves = picking.move_ids.filtered(lambda move: move.location_id.usage == "customer")
        return picking.state not in ("done", "cancel") and any(move.sale_line_id in missing for move in moves)

    def _return(self, picking, missing):
        """Take back what is missing as far as this delivery delivered it."""
        wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
        for line in wizard.product_return_moves:
            back = line.move_id.returned_move_ids.filtered(lambda move: move.state == "done")
            rest = Decimal(str(line.move_id.quantity)) - Decimal(str(sum(back.mapped("quantity"))))
            quantity = min(missing.get(line.move_id.sale_line_id, Decimal(0)), rest)
            line.quantity = float(quantity)
            if "to_refund" in line._fields:
                line.to_refund = False
            if quantity:
                missing[line.move_id.sale_line_id] -= quantity
        if any(wizard.product_return_moves.mapped("quantity")):
            returned = wizard._create_return()
            for move in returned.move_ids:
                move.quantity, move.picked = move.product_uom_qty, True
            self._validate(returned)

    def _validate(self, picking):
        picking.with_context(skip_backorder=True, skip_sms=True).button_validate()
