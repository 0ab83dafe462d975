# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models

from ..connectors.mapping import TransformError
from .integration_target import Arrival
from .mapping_transforms import RecordContext
from .value_words import said

CALLED = ("id", "sku", "barcode", "code", "email", "name")  # by which other systems say which object they mean
INCLUDED = "included"  # the scope of a tax that is included in prices


def looked_for(table, value, **more):
    """Return the params of an error about what Odoo lacks: whoever adds or maps it has the message run again.

    :param more: see :func:`missing`
    """
    return {"problems": [{"params": missing(table, value, **more)}]}


def missing(table, value, *, scope="", called=None):
    """Return what says which value of which model is missing.

    :param scope: what the value is only known within: the country of a state
    :param called: how the other system says it, where that is not what Odoo was asked for
    """
    told = {"table": table, "value": said(value)}
    return told | {name: said(text) for name, text in (("scope", scope), ("called", called)) if text}


class IntegrationTarget(models.AbstractModel):
    """What the transforms of records' mappings ask for: records of code tables, taxes, nested business objects."""

    _inherit = "integration.target"
    _looks_for = {}  # which fields of which models hooks look for something by, besides the mapping (`looked_for`)

    def _lookup(self, context, model, by, value):
        """Find one record of a code table; TransformError names the table and the value when there is none."""
        table = self.env[model].with_context(active_test=False)
        domain = [(by, "=", value)]
        if "company_id" in table._fields:
            domain.append(("company_id", "in", (False, context.company.id)))
        found = self._meant(context.system, model, value) or table.search(domain, limit=1)
        if not found:
            title = self.env["ir.model"]._get(model).name
            raise TransformError(
                "unknown-value",
                self.env._("%(title)s “%(value)s” is unknown in Odoo", title=title, value=value),
                self.env._("Create it, or map the value to an existing one, and retry."),
                **missing(model, value),
            )
        if "active" in table._fields and not found.active:
            title = self.env["ir.model"]._get(model).name
            raise TransformError(
                "inactive-value",
                self.env._("%(title)s “%(value)s” is switched off in Odoo", title=title, value=value),
                self.env._("Activate it, or map the value to another one, and retry."),
                **missing(model, value),
            )
        return found

    def _meant(self, system, model, value, scope=""):
        """Return the record that a value map says a value stands for; empty where none does."""
        return self.env["integration.value.map"]._record_for(system, model, value, scope)

    def _lookup_state(self, system, country_code, code):
        return self._meant(system, "res.country.state", code, country_code) or self.env["res.country.state"].search(
            [("country_id.code", "=", country_code), ("code", "=", code)], limit=1
        )

    def _lookup_taxes(self, context, tax_lines):
        """Return the ids of the company's sales taxes with the rates of the document's tax lines.

        Of several of one rate the one that has the line's title, else the first; no tax stands for two lines.
        """
        included = bool(context.document.get("prices_include_tax"))
        found = self.env["account.tax"]
        for line in tax_lines:
            percent, scope = round(float(line["rate"]) * 100, 4), INCLUDED if included else ""
            if mapped := self._meant(context.system, "account.tax", percent, scope).filtered("active") - found:
                found += mapped
                continue
            if not percent and 0.0 in found.mapped("amount"):
                continue
            candidates = self.env["account.tax"].search(
                [
                    ("type_tax_use", "=", "sale"),
                    ("amount_type", "=", "percent"),
                    ("amount", "=", percent),
                    ("company_id", "parent_of", context.company.id),
                ]
            )
            fitting = candidates.filtered(lambda tax: not tax.amount or tax.price_include == included) - found
            if not fitting:
                raise TransformError(
                    "unknown-tax",
                    self.env._(
                        "Tax “%(title)s” (%(rate)s %%, %(included)s) is unknown in Odoo",
                        title=line.get("title") or "",
                        rate=f"{percent:g}",
                        included=self.env._("included in prices") if included else self.env._("on top of prices"),
                    ),
                    self.env._("Accounting creates the sales tax with this rate; then retry."),
                    **missing("account.tax", percent, scope=scope),
                )
            found += self._called(fitting, line.get("title"), context.company)[:1]
        return found.ids

    def _called(self, taxes, title, company):
        """Return taxes, those first that have a title, then those of the company's own country."""
        title = (title or "").strip().casefold()
        return taxes.sorted(
            lambda tax: (
                title not in (tax.name.casefold(), (tax.invoice_label or "").casefold()),
                tax.country_id != company.account_fiscal_country_id,
            )
        )

    def _meant_by(self, system, model, document):
        """Return the record that a value map says an object stands for, by any name that the object has."""
        called = (document[name] for name in CALLED if document.get(name))
        return next(filter(None, (self._meant(system, model, name) for name in called)), self.env[model])

    def _resolve(self, context, entity_code, model, document):
        """Find or create the record of a nested business object. One that exists is left as it is."""
        if mapped := self._meant_by(context.system, model, document):
            return mapped
        entity = self.env["integration.entity"].sudo().search([("code", "=", entity_code)], limit=1)
        target = self._of_model(model)
        arrival = Arrival(self.env, context.system, entity, document, {})
        link = target._binding(arrival)
        record = target._found(arrival, link)
        if record:
            if arrival.external_id and not link:
                target._link(arrival, record, link)
            return record
        _version, mapping = (
            self.env["integration.mapping"].sudo()._record_hop(entity_code, model, "inbound")._compiled()
        )
        values = mapping.apply(document, RecordContext(self.env, context.system, context.company, document))
        record = target._receive_many([arrival._replace(values=values)], [link], [None])[0]
        if not document.get("updated_at"):
            target._binding(arrival).hash_in = False  # it was named, and has not said itself what it is
        return record
