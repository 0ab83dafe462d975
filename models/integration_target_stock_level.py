# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models

UNCONFIRMED = ("draft", "sent")


class IntegrationTargetStockLevel(models.AbstractModel):
    """How much of a product is where, for a system that knows the product and the warehouses.

    Four quantities are at hand; a mapping chooses. ``available`` is what no confirmed delivery wants and nobody has
    reserved, less what the system itself has sold by orders that are not confirmed here yet: it has taken those off.
    So what may be sold is the same number on both sides, and a shipment changes it on neither.
    """

    _name = "integration.target.stock_level"
    _inherit = "integration.target"
    _description = "Integration Target: Stock Level"
    _model = "product.product"

    def _remote_facts(self, system, records):
        """Return ``{product: facts}`` of those the system knows, if it knows any warehouse."""
        variants, places = self._links(system, "product", "product.product"), self._places(system)
        known = variants(records.ids)
        products = records.filtered(lambda record: record.id in known) if places else records[:0]
        levels = {product: [] for product in products}
        for warehouse, location in places.items():
            sold = self._sold_unconfirmed(system, warehouse, products)
            found = products.with_context(warehouse_id=warehouse.id)._compute_quantities_dict(None, None, None)
            for product in products:
                quantities = self._quantities(product, found[product.id], sold.get(product, 0.0))
                levels[product].append({"location": location, **quantities})
        return {
            product: {"_product": known[product.id].external_id, "_levels": of_product}
            for product, of_product in levels.items()
        }

    def _quantities(self, product, found, sold):
        on_hand, free = found["qty_available"], found["free_qty"]
        return {
            "available": product.uom_id.round(min(free, on_hand - found["outgoing_qty"]) - sold),
            "on_hand": on_hand,
            "free": free,
            "forecast": found["virtual_available"],
        }

    def _sold_unconfirmed(self, system, warehouse, products):
        """Return ``{product: quantity}`` of orders of the system that nothing is reserved for: they are drafts."""
        if "sale.order.line" not in self.env or "warehouse_id" not in self.env["sale.order"]._fields:
            return {}
        lines = self.env["sale.order.line"].search_fetch(
            [
                ("product_id", "in", products.ids),
                ("order_id.state", "in", UNCONFIRMED),
                ("order_id.warehouse_id", "=", warehouse.id),
            ],
            ["product_id", "product_uom_id", "product_uom_qty", "order_id"],
        )
        of_system = self._links(system, "order", "sale.order")(lines.order_id.ids) if lines else {}
        sold = {}
        for line in lines:
            if line.order_id.id in of_system:
                quantity = line.product_uom_id._compute_quantity(line.product_uom_qty, line.product_id.uom_id)
                sold[line.product_id] = sold.get(line.product_id, 0.0) + quantity
        return sold

    def _places(self, system):
        """Return ``{warehouse: remote id}`` of those of the system's company that are linked with its locations."""
        links = self._links(system, "location", "stock.warehouse")
        warehouses = self.env["stock.warehouse"].search([("company_id", "=", system.company_id.id)])
        found = links(warehouses.ids)
        return {each: found[each.id].external_id for each in warehouses if each.id in found}

    def _links(self, system, entity, model):
        """Return a function that gives ``{record id: link}`` of what is there."""
        Binding = self.env["integration.binding"].sudo()
        of_entity = self.env["integration.entity"].sudo().search([("code", "=", entity)], limit=1)

        def links(ids):
            found = Binding._of_many(system, of_entity, model, ids)
            return {record_id: link for record_id, link in found.items() if not link.deleted_at}

        return links

    def _not_sent(self, system, record):
        if not self._places(system):
            message = self.env._("No warehouse is linked with a location of %(system)s", system=system.name)
            hint = self.env._("Match its locations with the warehouses: all levels are sent then.")
            return "no-location", message, hint
        message = self.env._(
            "%(product)s is not linked with %(system)s", product=record.display_name, system=system.name
        )
        return "not-linked", message, self.env._("Link it, or match the products: its level is sent when it changes.")

    def _of_remote(self, system, entity, external_ids):
        """Variants are known by the product's link, whether their level was ever sent or not."""
        product = self.env["integration.entity"].sudo().search([("code", "=", "product")], limit=1)
        return super()._of_remote(system, product, external_ids)
