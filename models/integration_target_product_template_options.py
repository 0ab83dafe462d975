# Part of Integration Hub. License LGPL-3.0 or later.
from math import prod

from odoo import fields, models
from odoo.fields import Command

# Odoo would make a variant of every combination of options, and bring back those that are archived.
QUIETLY = {"create_product_product": False, "update_product_template_attribute_values": False}


class IntegrationTargetProductTemplate(models.AbstractModel):
    """The options and variants of a product are those that its document says, and each variant keeps its record.

    Options and their values are names: another name is another attribute, or value, of the same variant. What the
    other system has no more is archived. Options that somebody added in Odoo stay.
    """

    _inherit = "integration.target.product.template"

    def _receive_many(self, arrivals, links, records):
        """A link remembers the names of the options, so that only those go which the system had said."""
        for arrival, link in zip(arrivals, links, strict=True):
            arrival.values["_parts"] = dict(link.parts or {})
        return super()._receive_many(arrivals, links, records)

    def _link_values(self, arrival):
        return super()._link_values(arrival) | {"parts": arrival.values["_parts"]}

    def _update_record(self, arrival, record, values):
        """A product that is restored has its variants again but for those that are gone; Odoo would make all."""
        if values.get("active") and not record.active:
            links = self._variant_links(arrival.system, record)
            gone = set(links.filtered("deleted_at").mapped("res_id")) - set(
                links.filtered(lambda link: not link.deleted_at).mapped("res_id")
            )
            self._everything(record).filtered(lambda product: product.id not in gone).write({"active": True})
            record.invalidate_recordset(["product_variant_ids"])
        return super()._update_record(arrival, record, values)

    def _has_every_combination(self, arrival):
        """Tell whether a product has a variant of each combination of its options, as Odoo makes them by itself."""
        return prod(len(values) for values in self._options(arrival).values()) == len(self._variants(arrival))

    def _in_shape(self, arrival, template, own, new):
        """Return the product of each variant, options and variants brought in step; ``None`` where it may not be made.

        :param own: each variant with the product that it is known by
        """
        options, parts = self._options(arrival), arrival.values["_parts"]
        before, parts["options"] = parts.get("options", ()), list(options)
        wanted = [self._named_values(variant) for variant, _product in own]
        products = [product or None for _variant, product in own]
        if new:
            self._find_exact(template, wanted, products)
        if new or self._decides(arrival, template, "attribute_line_ids"):
            stale = [name for name in before if name not in options]
            self._assign(template, wanted, products, options, stale)
            if new:
                if many := self._without(template, products):
                    many._unlink_or_archive()
                if not template.active:  # which Odoo does not make of the variants of what is created so
                    self._everything(template).write({"active": False})
        else:
            self._assign_as_is(arrival, template, wanted, products)
        return products

    def _find_exact(self, template, wanted, products):
        for place, values in enumerate(wanted):
            products[place] = products[place] or self._exact(template, values)

    def _assign_as_is(self, arrival, template, wanted, products):
        """Find products for variants where Odoo decides which there are."""
        self._find_exact(template, wanted, products)
        if missing := products.count(None):
            said = self.env._("%(count)s variants of %(product)s are not made: %(system)s does not decide the options")
            facts = {"count": missing, "product": template.display_name, "system": arrival.system.name}
            self._say(arrival, said % facts)

    # --- which product is which variant ---

    def _named_values(self, variant):
        return {option["name"]: option["value"] for option in variant.values.get("options") or ()}

    def _everything(self, templates):
        return templates.with_context(active_test=False).product_variant_ids

    def _exact(self, template, values):
        """Return the template's variant with just these options, one in use first; ``None`` where there is none."""
        found = [each for each in self._everything(template) if self._values_of(each) == values]
        return max(found, key=lambda product: product.active, default=None)

    def _values_of(self, product):
        return {value.attribute_id.name: value.name for value in product.product_template_attribute_value_ids}

    def _assign(self, template, wanted, products, options, stale):
        """Give each variant a product of the template with its options: *products* are completed in place.

        A product of another template that a variant is linked with stays where it is.
        """
        mine = [place for place, product in enumerate(products) if not product or product.product_tmpl_id == template]
        if all(products[place] and self._is_like(products[place], wanted[place], stale) for place in mine):
            return
        values = self._template_values(template, options, stale)
        combinations = {
            place: self._combination(template, products[place], values, wanted[place], stale) for place in mine
        }
        free = self._without(template, products).filtered(lambda product: not self._is_linked(product))
        for place in mine:
            if not products[place]:
                same = [each for each in free if each.product_template_attribute_value_ids == combinations[place]]
                spare = [each for each in free if not each.product_template_attribute_value_ids]
                for product in (same or spare)[:1]:
                    products[place], free = product, free - product
        self._rearrange(template, {products[place]: combinations[place] for place in mine if products[place]})
        made = [place for place in mine if not products[place]]
        given = [template._prepare_variant_values(combinations[place]) for place in made]
        new = self.env["product.product"].create(given)
        for place, product in zip(made, new, strict=True):
            products[place] = product

    def _is_like(self, product, values, stale):
        has = self._values_of(product)
        return all(has.get(name) == value for name, value in values.items()) and not has.keys() & set(stale)

    def _is_linked(self, product):
        """Tell whether a product is some living object's: no other one's then."""
        domain = [("res_model", "=", product._name), ("res_id", "=", product.id), ("deleted_at", "=", False)]
        return bool(self.env["integration.binding"].sudo().search_count(domain, limit=1))

    def _combination(self, template, product, values, wanted, stale):
        """Return the template's values of a variant: those that it is to have, and those of options that are Odoo's."""
        found = self.env["product.template.attribute.value"].union(*(values[pair] for pair in wanted.items()))
        for line in template.attribute_line_ids._without_no_variant_attributes():
            if line.attribute_id.name not in {*wanted, *stale}:
                has = product and product.product_template_attribute_value_ids & line.product_template_value_ids
                found |= has or line.product_template_value_ids._only_active()[:1]
        return found

    def _rearrange(self, template, combinations):
        """Write on products the values that they are to have; others that have these make room."""
        Product = self.env["product.product"]
        changed = Product.union(
            *(
                product
                for product, combination in combinations.items()
                if product.product_template_attribute_value_ids != combination
            )
        )
        kept, asked = Product.union(*combinations), set(combinations.values())
        others = self._everything(template).filtered(
            lambda product: product.active and product.product_template_attribute_value_ids in asked
        )
        (others - kept)._unlink_or_archive()
        in_the_way, was_in_use = others & changed, changed.filtered("active")
        if in_the_way:
            changed.write({"active": False})
            self.env.flush_all()
        for product in changed:
            product.product_template_attribute_value_ids = combinations[product]
        if in_the_way:
            self.env.flush_all()
            was_in_use.write({"active": True})
        if template.active:
            again = (kept - changed).filtered(lambda product: not product.active and not self._is_linked(product))
            again.write({"active": True})

    # --- options ---

    def _template_values(self, template, options, stale):
        """Return ``{(option, value): the template's value}``, made where there is none; options that are stale end."""
        attributes, values = self._attributes([options])
        Line = self.env["product.template.attribute.line"].with_context(**QUIETLY)
        lines = {line.attribute_id.name: line.with_context(**QUIETLY) for line in template.attribute_line_ids}
        found = {}
        for name, of_name in options.items():
            mine = self.env["product.attribute.value"].union(*(values[attributes[name].id, value] for value in of_name))
            line = lines.get(name)
            if line and line.attribute_id != attributes[name]:
                mine = self._values_of_attribute(line.attribute_id, of_name)
            if not line:
                given = {"attribute_id": attributes[name].id, "value_ids": [Command.set(mine.ids)]}
                line = Line.create({"product_tmpl_id": template.id, **given})
            elif mine - line.value_ids:
                line.write({"value_ids": [Command.link(value.id) for value in mine - line.value_ids]})
            found |= {(name, each.name): each for each in self._values_in(line, mine)}
        gone = Line.union(*(lines[name] for name in stale if name in lines))
        gone.product_template_value_ids.write({"ptav_active": False})
        gone.write({"active": False})
        template.invalidate_recordset(["attribute_line_ids", "valid_product_template_attribute_line_ids"])
        return found

    def _values_of_attribute(self, attribute, names):
        """Return the values of an attribute that shares its name with another one."""
        known = {value.name: value for value in attribute.value_ids}
        missing = [{"attribute_id": attribute.id, "name": name} for name in names if name not in known]
        made = {value.name: value for value in self.env["product.attribute.value"].create(missing)}
        return attribute.value_ids.union(*((known | made)[name] for name in names))

    def _values_in(self, line, values):
        """Return a line's own values, those that were put away brought back, and made where there is none."""
        Value = self.env["product.template.attribute.value"]
        of_template = [("product_tmpl_id", "=", line.product_tmpl_id.id), ("attribute_id", "=", line.attribute_id.id)]
        known = Value.search([*of_template, ("product_attribute_value_id", "in", values.ids)])
        known.filtered(lambda each: not each.ptav_active or each.attribute_line_id != line).write(
            {"ptav_active": True, "attribute_line_id": line.id}
        )
        missing = values - known.product_attribute_value_id
        return known | Value.create(
            [{"product_attribute_value_id": value.id, "attribute_line_id": line.id} for value in missing]
        )

    # --- what is no more ---

    def _take_away(self, arrivals, templates, products):
        """Archive the variants that the other system has no more; what nobody there ever had is left alone.

        :param products: those of each template that are its variants now
        """
        if not arrivals:
            return
        links = self._variant_links(arrivals[0].system, self.env["product.template"].union(*templates))
        by_product = links.grouped("res_id")
        for arrival, template, kept in zip(arrivals, templates, products, strict=True):
            told = {variant["id"] for variant in arrival.document.get("variants", ())}
            its = links.browse().union(*(by_product.get(id_, links.browse()) for id_ in self._everything(template).ids))
            gone = its.filtered(lambda link, told=told: link.external_id not in told and not link.deleted_at)
            if gone:
                gone.write({"deleted_at": fields.Datetime.now()})
            left = self._without(template, kept).filtered(lambda product: product.active and product.id in by_product)
            for product in left:
                self._archive_variant(arrival, product, by_product[product.id][:1])

    def _archive_variant(self, arrival, product, link):
        if why := self._of_model("product.product")._archive(product, link):
            said = self.env._("%(product)s is no longer in %(system)s, and stays in use in Odoo: %(why)s")
            self._say(arrival, said % {"product": product.display_name, "system": arrival.system.name, "why": why})

    def _without(self, template, products):
        return self._everything(template) - self.env["product.product"].union(*(each for each in products if each))

    def _after_deletion(self, system, record):
        """The variants are no more, too."""
        self._variant_links(system, record).write({"deleted_at": fields.Datetime.now()})

    def _variant_links(self, system, template):
        domain = [("system_id", "=", system.id), ("res_model", "=", "product.product")]
        return (
            self.env["integration.binding"].sudo().search([*domain, ("res_id", "in", self._everything(template).ids)])
        )
