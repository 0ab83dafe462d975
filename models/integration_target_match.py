# Part of Integration Hub. License LGPL-3.0 or later.
"""By what records that exist on both sides are known, for a first load; and how they are linked as they are."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from odoo import models

from ..engine import matching


class MatchRule(NamedTuple):
    """One way of knowing an object: what it has on either side, and how that is made comparable.

    `there` gives tuples of values of a business object, `here` names the fields that hold the same in Odoo; both go
    through `normal`, which returns ``None`` where there is nothing to compare. `model` and `up` where the fields are
    those of a part, as a product's variant, that leads up to the record. A rule that is not `sure` links only
    what no sure one knows.
    """

    key: str
    label: str
    there: Callable
    here: tuple
    normal: Callable
    model: str | None = None
    up: str | None = None
    sure: bool = True

    def values(self, document):
        """Return the comparable values of a business object, and how many it has that are not."""
        given = [parts for parts in self.there(document) if parts[0]]
        values = [self.normal(*parts) for parts in given]
        good = list(dict.fromkeys(filter(None, values)))
        return good, sum(value is None for value in values)


class IntegrationTarget(models.AbstractModel):
    """The hooks of a first load: an Odoo model says by what its records are known."""

    _inherit = "integration.target"

    def _match_rules(self, system, entity):
        """Hook: the :class:`MatchRule` of the target's model, the surest first."""
        return []

    def _match_domain(self, system, entity):
        """Hook: which records come into question at all."""
        model = self.env[self._target_model()]
        return [("company_id", "in", (False, system.company_id.id))] if "company_id" in model._fields else []

    def _match_preferred(self, system, entity):
        """Hook: a domain of those that are meant where others come into question as well."""
        return [("active", "=", True)] if "active" in self.env[self._target_model()]._fields else []

    def _linked_ids(self, document):
        """Hook: the remote ids of everything that is linked with a business object: its own, and its parts'."""
        return [document["id"]]

    def _link_found(self, arrivals, records):
        """Link remote objects with records as they are: nothing in the records changes. Hook for those with parts.

        What the other side says now counts as known, so that only its next change is news.
        """
        links = (
            self.env["integration.binding"]
            .sudo()
            ._find_many(arrivals[0].system, arrivals[0].entity, [arrival.external_id for arrival in arrivals])
        )
        self._link_as_is(arrivals, records, links.grouped("external_id"))

    def _link_as_is(self, arrivals, records, links):
        Binding, new = self.env["integration.binding"].sudo(), []
        for arrival, record in zip(arrivals, records, strict=True):
            values = Binding._synced(
                record,
                external_version=arrival.document.get("updated_at"),
                hash_in=Binding._digest(arrival.document),
            )
            if link := links.get(arrival.external_id):
                link.write(values)
            else:
                new.append(Binding._key(arrival.system, arrival.entity, arrival.external_id) | values)
        Binding.create(new)


class IntegrationTargetResPartner(models.AbstractModel):
    """People and companies are known by e-mail address and VAT number, else by telephone, else by name and address."""

    _inherit = "integration.target.res.partner"

    def _match_rules(self, system, entity):
        codes = {country.id: country.code for country in self.env["res.country"].search([])}
        home = system.company_id.country_id.code

        def phone(number, country):
            return matching.phone(number, codes.get(country, country) or home)

        def place(document):
            return document.get("address") or {}

        email = MatchRule(
            "email",
            self.env._("e-mail"),
            lambda document: [(document.get("email"),)],
            ("email",),
            matching.email,
        )
        vat = MatchRule(
            "vat", self.env._("VAT number"), lambda document: [(document.get("vat"),)], ("vat",), matching.vat
        )
        return [
            *((vat, email) if entity.code == "company" else (email, vat)),
            MatchRule(
                "phone",
                self.env._("telephone"),
                lambda document: [(document.get("phone"), place(document).get("country_code"))],
                ("phone", "country_id"),
                phone,
                sure=False,
            ),
            MatchRule(
                "name",
                self.env._("name and address"),
                lambda document: [(document.get("name"), place(document).get("street"), place(document).get("zip"))],
                ("name", "street", "zip"),
                matching.name_and_address,
                sure=False,
            ),
        ]

    def _match_domain(self, system, entity):
        return [*super()._match_domain(system, entity), ("type", "=", "contact")]

    def _match_preferred(self, system, entity):
        return [("is_company", "=", entity.code == "company")]


def _sku_and_barcode(env, there, **up):
    return [
        MatchRule(key, label, partial(there, name=key), (field,), normal, **up)
        for key, label, field, normal in (
            ("sku", env._("SKU"), "default_code", matching.code),
            ("barcode", env._("barcode"), "barcode", matching.barcode),
        )
    ]


class IntegrationTargetProductProduct(models.AbstractModel):
    """A variant is known by its SKU, then by its barcode."""

    _inherit = "integration.target.product.product"

    def _match_rules(self, system, entity):
        return _sku_and_barcode(self.env, lambda document, name: [(document.get(name),)])


class IntegrationTargetProductTemplate(models.AbstractModel):
    """A product is known by its variants, each of which is linked on its own."""

    _inherit = "integration.target.product.template"

    def _match_rules(self, system, entity):
        return _sku_and_barcode(
            self.env,
            lambda document, name: [(variant.get(name),) for variant in document.get("variants", ())],
            model="product.product",
            up="product_tmpl_id",
        )

    def _linked_ids(self, document):
        return [document["id"], *(variant["id"] for variant in document.get("variants", ()))]

    def _link_found(self, arrivals, records):
        """Link the variants too: with the product's own variant of that SKU, barcode or options, if there is one."""
        linked, variants, products = set(), [], []
        for arrival, template in zip(arrivals, records, strict=True):
            for document in arrival.document.get("variants", ()):
                variant = arrival._replace(document=document)
                product = self._variant_as_is(template, variant) - self.env["product.product"].browse(linked)
                if product:
                    linked.add(product.id)
                    variants.append(variant)
                    products.append(product)
        super()._link_found(arrivals, records)
        if variants:
            self._of_model("product.product")._link_found(variants, products)

    def _variant_as_is(self, template, variant):
        """Return the template's variant that a remote one is; empty where none is surely the same."""
        mine = template.product_variant_ids
        for rule in self._of_model("product.product")._match_rules(variant.system, variant.entity):
            wanted, _unusable = rule.values(variant.document)
            for product in mine:
                if (value := product[rule.here[0]]) and rule.normal(value) in wanted:
                    return product
        if variant.document.get("options"):
            return self._variant_of(template, variant._replace(values=variant.document)) if len(mine) > 1 else mine[:0]
        return mine if len(mine) == 1 else mine[:0]
