# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models

from .integration_target_crm_lead import STATUS, STEPS


class IntegrationTargetCrmLead(models.AbstractModel):
    """What is sent of opportunities: stage, amount and customer once a person in Odoo has changed them.

    A deal has stages, currencies and people there that Odoo does not have. Were all of it sent with every change of the
    title, it would be set back each time. So the link keeps what was last said, here or there.
    """

    _inherit = "integration.target.crm.lead"

    # --- what was said last ---

    def _link_many(self, arrivals, records, links, more=None):
        kept = [
            {**given, "last_told": self._last_told(arrival, record, link)}
            for arrival, record, link, given in zip(arrivals, records, links, more or [{}] * len(arrivals), strict=True)
        ]
        return super()._link_many(arrivals, records, links, kept)

    def _last_told(self, arrival, record, link):
        """Return what the system has now, by what it says; a stage is Odoo's, as long as the status is the same."""
        document, given = arrival.document, arrival.values
        told, status = dict((link and link.last_told) or {}), given.get("_status")
        if arrival.delivery.is_late:
            return told  # by now they have what they were sent
        if status and status != told.get("status"):
            told |= {"status": status, "stage": self._stage(record)}
        if "expected_revenue" in given:
            told["amount"] = self._in_company_currency(arrival, self._number(record, given["expected_revenue"]))
        for kind in ("contact", "company"):
            if kind in document:
                told[kind] = document[kind] and document[kind]["id"]
        return told

    def _number(self, record, value):
        return self._to_field(record._fields["expected_revenue"], value) or 0.0

    # --- what is sent ---

    def _remote_facts(self, system, records):
        """Return of each opportunity what has changed since, or all of it where the system does not have it."""
        Binding, Entity = self.env["integration.binding"].sudo(), self.env["integration.entity"].sudo()
        kinds = Entity.search([("code", "in", ("deal", "contact", "company"))]).grouped("code")
        links = Binding._of_many(system, kinds["deal"], "crm.lead", records.ids)
        partners = records.partner_id | records.partner_id.parent_id
        people, companies = (
            Binding._of_many(system, kinds[kind], "res.partner", partners.ids) for kind in ("contact", "company")
        )
        merged = {
            kind: Binding._survivors(
                system, kinds[kind], {told for link in links.values() if (told := (link.last_told or {}).get(kind))}
            )
            for kind in ("contact", "company")
        }
        return {
            record: self._facts(system, record, links.get(record.id, Binding), people, companies, merged)
            for record in records
        }

    def _stage(self, record):
        """Return what the stage is called in English, which mappings know it by."""
        return record.stage_id.with_context(lang=None).name or None

    def _facts(self, system, record, link, people, companies, merged):
        is_new = not link or bool(link.deleted_at)
        told = {} if is_new else dict(link.last_told or {})
        told |= {kind: of[told[kind]] for kind, of in merged.items() if told.get(kind) in of}
        status, facts = STATUS[record.won_status], {}
        if is_new or (
            (told.get("status"), told.get("stage")) != (status, self._stage(record))
            and self._is_ours(system, status, told.get("status"))
        ):
            facts |= {"_status": status, "_stage": self._stage(record)}
        if is_new or record.company_currency.compare_amounts(told.get("amount") or 0.0, record.expected_revenue):
            amount = record.company_currency.round(record.expected_revenue)
            facts |= {"_amount": str(amount), "_currency": record.company_currency.name}
        return facts | self._customer(record.partner_id, told, people, companies)

    def _is_ours(self, system, *statuses):
        """Tell whether the system leaves it to Odoo who wins and loses, and who takes that back."""
        rules = next((of for id_, _co, _name, of in self.env["integration.ownership"]._rules("crm.lead")
                      if id_ == system.id), {})  # fmt: skip
        steps = [STEPS[each] for each in statuses if each in STEPS]
        return not any(step in rules and rules[step].decided_by == "system" for step in steps)

    def _customer(self, partner, told, people, companies):
        """Return with whom it is negotiated, and with whom no more; nothing where they are unknown there."""
        company = partner if partner.is_company else partner.parent_id
        now = {}
        for kind, links, of in (("contact", people, partner - company), ("company", companies, company)):
            link = links.get(of.id)
            now[kind] = link.external_id if link and not link.deleted_at else None
        if partner and not any(now.values()):
            return {}
        changed = {kind: id_ for kind, id_ in now.items() if id_ != (told.get(kind) or None)}
        facts = {f"_{kind}_id": id_ for kind, id_ in changed.items() if id_}
        return facts | {f"_left_{kind}_id": told[kind] for kind in changed if told.get(kind)}

    def _remote_notes(self, link, facts):
        told = {} if not link or link.deleted_at else dict(link.last_told or {})
        if "_status" in facts:
            told |= {"status": facts["_status"], "stage": facts.get("_stage")}
        if "_amount" in facts:
            told["amount"] = float(facts["_amount"])
        for kind in ("contact", "company"):
            if {f"_{kind}_id", f"_left_{kind}_id"} & facts.keys():
                told[kind] = facts.get(f"_{kind}_id")
        return {**super()._remote_notes(link, facts), "last_told": told}
