# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models
from odoo.fields import Command

from .integration_target_product_product import sku_and_barcode


class IntegrationTargetProductTemplate(models.AbstractModel):
    """A product with its variants: the options become attributes, each variant is linked on its own."""

    _name = "integration.target.product.template"
    _inherit = "integration.target"
    _description = "Integration Target: Product"
    _model = "product.template"
    _made_beside = ("product.attribute.value", "product.attribute")
    _beside = ("product.product", "product.attribute", "product.attribute.value")
    _shown_as = {
        "_variants": "product_variant_ids",
        "_variants.id": "product_variant_ids",
        "_variants.default_code": "product_variant_ids.default_code",
        "_variants.barcode": "product_variant_ids.barcode",
        "_variants.price": "product_variant_ids.lst_price",
        "_variants.weight": "product_variant_ids.weight",
        "_variants.options": "attribute_line_ids",
    }
    _lists = {"product_variant_ids": "_variants"}

    def _keys(self, arrival):
        """A product is known by its variants too: each has a link, and a SKU or a barcode."""
        target, keys = self._of_model("product.product"), super()._keys(arrival)
        for variant in arrival.document.get("variants", ()):
            keys |= target._keys(arrival._replace(document=variant))
        return keys

    def _match_many(self, arrivals):
        return [self._match(arrival) for arrival in arrivals]

    def _match(self, arrival):
        """Return the template of the first variant that is linked or has its SKU."""
        for variant in self._variants(arrival):
            record = self._variant_record(variant)
            if record:
                return record.product_tmpl_id
        return None

    def _prepare_values(self, arrival, record):
        values = super()._prepare_values(arrival, record)
        if not record:
            values |= {"type": "consu", "attribute_line_ids": self._attribute_lines(arrival)}
        return values

    def _after(self, arrival, record, created):
        target, prices = self._of_model("product.product"), {}
        for variant in self._variants(arrival):
            product = self._variant_record(variant) or self._variant_of(record, variant)
            if not product:
                product = self.env["product.product"].create(
                    {"name": record.name, "type": "consu", "default_code": variant.document.get("sku")}
                )
            given = variant.values
            values = {
                name: given[name] for name in ("default_code", "barcode", "weight") if given.get(name) is not None
            }
            values |= self._added(given, "product.product")
            if given.get("price") is not None:
                prices[product] = float(given["price"])
            product.write({name: value for name, value in values.items() if self._differs(product, name, value)})
            target._link(variant, product)
        self._set_prices(record, prices)

    def _set_prices(self, template, prices):
        """Give each variant its price: the lowest is the product's, what is above it the extra of the deciding option.

        Odoo's variants have no prices of their own. Where no single option decides, all have the lowest.
        """
        for product in [product for product in prices if product.product_tmpl_id != template]:
            product.lst_price = prices.pop(product)
        if not prices:
            return
        base = min(prices.values())
        if template.list_price != base:
            template.list_price = base
        extras = self._deciding_extras(template, {product: price - base for product, price in prices.items()})
        for value in template.attribute_line_ids.product_template_value_ids:
            extra = extras.get(value, 0.0)
            if template.currency_id.compare_amounts(value.price_extra, extra):
                value.price_extra = extra

    def _deciding_extras(self, template, above):
        """Return the extra price of each value of the one attribute on which alone the variants' prices depend."""
        for line in template.attribute_line_ids:
            found = {}
            for product, extra in above.items():
                value = product.product_template_attribute_value_ids.filtered(
                    lambda value, line=line: value.attribute_line_id == line
                )
                found.setdefault(value, set()).add(extra)
            if all(len(value) == 1 and len(extras) == 1 for value, extras in found.items()):
                return {value: extras.pop() for value, extras in found.items()}
        return {}

    def _variants(self, arrival):
        documents = {variant["id"]: variant for variant in arrival.document.get("variants", ())}
        return [
            arrival._replace(document=documents[values["id"]], values=values)
            for values in arrival.values.get("_variants", ())
        ]

    def _variant_record(self, variant):
        target = self._of_model("product.product")
        return target._found(variant, target._binding(variant))

    def _variant_of(self, template, variant):
        """Return the template's variant with these options; the only one where there are none."""
        free = template.product_variant_ids
        options = {(option["name"], option["value"]) for option in variant.values.get("options") or ()}
        if not options:
            return free[:1]
        return free.filtered(
            lambda product: (
                {(value.attribute_id.name, value.name) for value in product.product_template_attribute_value_ids}
                == options
            )
        )[:1]

    def _attribute_lines(self, arrival):
        values = {}
        for variant in arrival.values.get("_variants", ()):
            for option in variant.get("options") or ():
                values.setdefault(option["name"], {})[option["value"]] = True
        lines = []
        for name, names in values.items():
            attribute = self._named("product.attribute", name, {})
            ids = [self._named("product.attribute.value", each, {"attribute_id": attribute.id}).id for each in names]
            lines.append(Command.create({"attribute_id": attribute.id, "value_ids": [Command.set(ids)]}))
        return lines

    def _named(self, model, name, more):
        domain = [("name", "=", name), *((key, "=", value) for key, value in more.items())]
        return self.env[model].search(domain, limit=1) or self.env[model].create({"name": name, **more})

    def _match_rules(self, system, entity):
        return sku_and_barcode(
            self.env,
            lambda document, name: [(variant.get(name),) for variant in document.get("variants", ())],
            model="product.product",
            up="product_tmpl_id",
        )

    def _parts(self, record):
        return [record, record.with_context(active_test=False).product_variant_ids]

    def _linked_ids(self, document):
        return [document["id"], *(variant["id"] for variant in document.get("variants", ()))]

    def _link_found(self, arrivals, records):
        """Link the variants too: with the product's own variant of that SKU, barcode or options, if there is one."""
        rules = self._of_model("product.product")._match_rules(arrivals[0].system, arrivals[0].entity)
        linked, variants, products = set(), [], []
        for arrival, template in zip(arrivals, records, strict=True):
            for document in arrival.document.get("variants", ()):
                variant = arrival._replace(document=document)
                product = self._variant_as_is(template, variant, rules) - self.env["product.product"].browse(linked)
                if product:
                    linked.add(product.id)
                    variants.append(variant)
                    products.append(product)
        if variants:
            self._of_model("product.product")._link_found(variants, products)
        return super()._link_found(arrivals, records)

    def _variant_as_is(self, template, variant, rules):
        """Return the template's variant that a remote one is; empty where none is surely the same."""
        mine = template.product_variant_ids
        for rule in rules:
            wanted, _unusable = rule.values(variant.document)
            for product in mine:
                if (value := product[rule.here[0]]) and rule.normal(value) in wanted:
                    return product
        if variant.document.get("options"):
            return self._variant_of(template, variant._replace(values=variant.document)) if len(mine) > 1 else mine[:0]
        return mine if len(mine) == 1 else mine[:0]
