# Part of Integration Hub. License LGPL-3.0 or later.
"""By what records that exist on both sides are known, for a first load; and how they are linked as they are."""

from collections.abc import Callable
from typing import NamedTuple

from odoo import models


class MatchRule(NamedTuple):
    """One way of knowing an object: what it has on either side, and how that is made comparable.

    `key` is one of the selection of a row's field ``rule``, which says it in words. `there` gives tuples of values of a
    business object, `here` names the fields that hold the same in Odoo; both go through `normal`, which returns
    ``None`` where there is nothing to compare. `model` and `up` where the fields are those of a part, as a product's
    variant, that leads up to the record. A rule that is not `sure` links only what no sure one knows.
    """

    key: str
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
    _made_beside = ()  # models whose records come into being with the target's, without being parts of them

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

    def _parts(self, record):
        """Hook: the records that are made with a record and belong to it, itself first, by recordset."""
        return [record]

    def _linked_ids(self, document):
        """Hook: the remote ids of everything that is linked with a business object: its own, and its parts'."""
        return [document["id"]]

    def _link_found(self, arrivals, records):
        """Link remote objects with records as they are; returns the new links. Hook for those with parts.

        Nothing in the records changes. What the other side says now counts as known: only its next change is news.
        """
        links = (
            self.env["integration.binding"]
            .sudo()
            ._find_many(arrivals[0].system, arrivals[0].entity, [arrival.external_id for arrival in arrivals])
        )
        return self._link_as_is(arrivals, records, links.grouped("external_id"))

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
        return Binding.create(new)
