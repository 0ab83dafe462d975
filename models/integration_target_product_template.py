# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models
from odoo.fields import Command

from .integration_target_product_product import sku_and_barcode
from .judgement import Judgement


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
        """Return of each arrival the template of its first variant that is linked, or known by SKU or barcode."""
        target, found = self._of_model("product.product"), [None] * len(arrivals)
        places, variants = self._all_variants(range(len(arrivals)), arrivals)
        for place, product in zip(places, target._find(variants, target._bindings(variants)), strict=True):
            if product and not found[place]:
                found[place] = product.product_tmpl_id
        return found

    def _prepare_many(self, arrivals, records):
        values = super()._prepare_many(arrivals, records)
        new = [place for place, record in enumerate(records) if not record]
        whole = [place for place in new if self._has_every_combination(arrivals[place])]
        lines = dict(zip(whole, self._attribute_lines([arrivals[place] for place in whole]), strict=True))
        for place in new:
            values[place] |= {"type": "consu", "attribute_line_ids": lines.get(place, [])}
        for arrival, of_place in zip(arrivals, values, strict=True):
            if prices := self._prices(arrival):
                of_place["list_price"] = self._rounded(min(prices))
        return values

    def _create_records(self, arrivals, values_list):
        """A product without options is made through its only variant, with what that one says: none is written to."""
        variants = {
            place: self._variants(arrivals[place])[0]
            for place, values in enumerate(values_list)
            if self._is_single(arrivals[place], values)
        }
        products = self.env["product.product"].create(
            [values_list[place] | self._variant_values(variant.values) for place, variant in variants.items()]
        )
        made = dict(zip(variants, products.product_tmpl_id, strict=True))
        others = [place for place in range(len(arrivals)) if place not in variants]
        records = super()._create_records(arrivals, [values_list[place] for place in others])
        made |= zip(others, records, strict=True)
        return [made[place] for place in range(len(arrivals))]

    def _is_single(self, arrival, values):
        """Tell whether a new product has one variant only; an archived one is left to Odoo, which archives both."""
        return len(self._variants(arrival)) == 1 and not self._options(arrival) and values.get("active", True)

    def _after_many(self, arrivals, records, created):
        target = self._of_model("product.product")
        owners, variants = self._all_variants(records, arrivals)
        links = target._bindings(variants)
        products = self._products(arrivals, records, created, variants, links)
        there = [place for place, product in enumerate(products) if product]
        owners, variants, links, products = (
            [each[place] for place in there] for each in (owners, variants, links, products)
        )
        judgement = Judgement(target, variants, links, products)
        self._update_variants(variants, products, judgement)
        target._link_many(variants, products, links, judgement.remember(products))
        judgement.close(products)
        prices = {}
        for owner, variant, product in zip(owners, variants, products, strict=True):
            if variant.values.get("price") is not None:
                prices.setdefault(owner, {})[product] = self._rounded(float(variant.values["price"]))
        for arrival, owner, new in zip(arrivals, records, created, strict=True):
            if owner in prices:
                self._price(arrival, owner, prices[owner], new)

    def _products(self, arrivals, records, created, variants, links):
        """Return the product of each variant: the one that is known, else that with its options, made if need be."""
        found = iter(zip(variants, self._of_model("product.product")._find(variants, links), strict=True))
        products = []
        for arrival, record, new in zip(arrivals, records, created, strict=True):
            own = [next(found) for _variant in self._variants(arrival)]
            products.append(self._in_shape(arrival, record, own, new))
        known = [place for place, new in enumerate(created) if not new]
        self._take_away(*([each[place] for place in known] for each in (arrivals, records, products)))
        return [product for of_record in products for product in of_record]

    def _variant_values(self, given):
        values = {name: given[name] for name in ("default_code", "barcode", "weight") if given.get(name) is not None}
        return values | self._added(given, "product.product")

    def _update_variants(self, variants, products, judgement):
        values = judgement.decide([self._variant_values(variant.values) for variant in variants])
        for product, given in zip(products, values, strict=True):
            changed = {name: value for name, value in given.items() if self._differs(product, name, value)}
            if changed:
                product.write(changed)

    def _prices(self, arrival):
        return [
            float(variant.values["price"])
            for variant in self._variants(arrival)
            if variant.values.get("price") is not None
        ]

    def _rounded(self, price):
        """Return a price as Odoo keeps it, so that it is not another one each time it is told."""
        template = self.env["product.template"]
        return template._fields["list_price"].convert_to_cache(price, template)

    def _price(self, arrival, template, prices, new):
        """Set the prices, the lowest of which was judged with the other values: all are decided with that."""
        kept = self._differs(template, "list_price", min(prices.values()))
        if new or (not kept and self._decides(arrival, template, "list_price")):
            self._set_prices(template, prices)
        elif not kept and any(product.lst_price != price for product, price in prices.items()):
            said = self.env._("The prices of %(product)s stay what they are in Odoo", product=template.display_name)
            self._say(arrival, said)

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

    def _all_variants(self, owners, arrivals):
        """Return the variants of all arrivals, with the owner of each before them."""
        pairs = [
            (owner, variant)
            for owner, arrival in zip(owners, arrivals, strict=True)
            for variant in self._variants(arrival)
        ]
        return [owner for owner, _variant in pairs], [variant for _owner, variant in pairs]

    def _variants(self, arrival):
        documents = {variant["id"]: variant for variant in arrival.document.get("variants", ())}
        values = {each["id"]: each for each in arrival.values.get("_variants", ())}
        return [arrival._replace(document=documents[key], values=each) for key, each in values.items()]

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

    def _attribute_lines(self, arrivals):
        """Return for each arrival the commands that make its options attributes, found or made by their names."""
        wanted = [self._options(arrival) for arrival in arrivals]
        attributes, values = self._attributes(wanted)
        return [
            [
                Command.create(
                    {
                        "attribute_id": attributes[name].id,
                        "value_ids": [Command.set([values[attributes[name].id, value].id for value in of_name])],
                    }
                )
                for name, of_name in options.items()
            ]
            for options in wanted
        ]

    def _attributes(self, wanted):
        """Return ``{name: attribute}`` and ``{(attribute id, name): value}`` of options, made where there is none."""
        attributes = self._named(
            "product.attribute",
            {name: {"name": name} for options in wanted for name in options},
            lambda attribute: attribute.name,
        )
        return attributes, self._named(
            "product.attribute.value",
            {
                (attributes[name].id, value): {"name": value, "attribute_id": attributes[name].id}
                for options in wanted
                for name, values in options.items()
                for value in values
            },
            lambda value: (value.attribute_id.id, value.name),
        )

    def _options(self, arrival):
        """Return ``{name: values}`` of the options of an arrival's variants, in their order."""
        options = {}
        for variant in arrival.values.get("_variants", ()):
            for option in variant.get("options") or ():
                options.setdefault(option["name"], {})[option["value"]] = True
        return options

    def _named(self, model, wanted, key):
        """Return ``{key: record}`` of records by their names, the first of each; made where there is none.

        :param wanted: ``{key: values}`` of what is made
        :param key: returns the key of a record
        """
        found, names = {}, list({values["name"] for values in wanted.values()})
        for record in self.env[model].search([("name", "in", names)]):
            found.setdefault(key(record), record)
        missing = [each for each in wanted if each not in found]
        made = self.env[model].create([wanted[each] for each in missing])
        return found | dict(zip(missing, made, strict=True))

    def _match_rules(self, system, entity):
        return sku_and_barcode(
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
        taken = (
            self.env["integration.binding"]
            .sudo()
            ._taken(arrivals[0].system, "product.product", [product.id for product in products])
        )
        free = [
            (variant, product)
            for variant, product in zip(variants, products, strict=True)
            if taken.get(product.id, variant.external_id) == variant.external_id
        ]
        if free:
            self._of_model("product.product")._link_found(*zip(*free, strict=True))
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
