# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import models
from odoo.fields import Domain


class IntegrationTargetResPartner(models.AbstractModel):
    """Contacts belong to companies, have log-ins, and do or do not want mailings."""

    _inherit = "integration.target.res.partner"
    _is_one_to_one = True
    _shown_as = {"_email_opt_out": "is_blacklisted"}
    _hears_echoes = True
    _sent_as = {"_company_id": "parent_id", "_left_company_id": "parent_id"}

    # --- the company ---

    def _receive_many(self, arrivals, links, records):
        """A link remembers the company, so that a contact leaves only the one which the system had said."""
        for arrival, link in zip(arrivals, links, strict=True):
            said = link or self._former_links(arrival)
            if "company" in arrival.document and (before := list(filter(None, said.mapped("belongs_to")))):
                arrival.values["_left"] = before[0]
        received = super()._receive_many(arrivals, links, records)
        told = [arrival for arrival in arrivals if "company" in arrival.document and not arrival.delivery.is_late]
        for arrival, link in zip(told, self._bindings(told) if told else (), strict=True):
            company = arrival.document["company"]
            if (link.belongs_to or None) != (company and company["id"]):
                link.belongs_to = company and company["id"]
        return received

    def _prepare_values(self, arrival, record):
        """A contact below a company has the company's address in Odoo, where writing it would change the company's."""
        values = super()._prepare_values(arrival, record)
        document, partner = arrival.document, record or self.env["res.partner"]
        if arrival.values.get("_left") and not document["company"] and partner.parent_id == self._left(arrival):
            values["parent_id"] = False
        self._clear_country(document.get("address") or {}, partner, values)
        parent = partner.browse(values["parent_id"]) if "parent_id" in values else partner.parent_id
        if parent and (partner.type or "contact") == "contact":
            names = partner._address_fields()
            if parent == partner.parent_id:
                values = {name: value for name, value in values.items() if name not in names}
            else:
                values |= parent._convert_fields_to_values(names)
        return values

    def _left(self, arrival):
        """Return the company that the system has taken the contact out of, by the last that it had said."""
        company = self.env["integration.entity"].sudo().search([("code", "=", "company")], limit=1)
        link = self.env["integration.binding"].sudo()._find(arrival.system, company, arrival.values["_left"])
        return self.env["res.partner"].browse(link.res_id)

    def _clear_country(self, address, partner, values):
        """Null says that there is none; a state goes with its country."""
        if "country_code" in address and address["country_code"] is None:
            values |= {"country_id": False, "state_id": False}
        elif values.get("country_id", partner.country_id.id) != partner.country_id.id:
            values.setdefault("state_id", False)

    def _remote_facts(self, system, records):
        """Return of each contact the company that it belongs to, where the system has said another one, or none.

        A company that the system does not know yet is told of once it does (:meth:`_named_by`).
        """
        Binding, Entity = self.env["integration.binding"].sudo(), self.env["integration.entity"].sudo()
        kinds = Entity.search([("code", "in", ("contact", "company"))]).grouped("code")
        parents = records.parent_id.filtered("is_company")
        links = Binding._of_many(system, kinds["contact"], "res.partner", records.ids)
        known = Binding._of_many(system, kinds["company"], "res.partner", parents.ids)
        said = {id_: link.belongs_to for id_, link in links.items() if link.belongs_to and not link.deleted_at}
        merged = Binding._survivors(system, kinds["company"], set(said.values())) if said else {}
        said = {id_: merged.get(company, company) for id_, company in said.items()}
        return {
            record: self._company_facts(record, said.get(record.id), known.get(record.parent_id.id, Binding))
            for record in records
        }

    def _company_facts(self, record, said, company):
        if record.parent_id and (not company or company.deleted_at):
            return {}
        now = company.external_id or None
        facts = {"_company_id": now, "_left_company_id": said} if now != said else {}
        return {name: id_ for name, id_ in facts.items() if id_}

    def _remote_notes(self, link, facts):
        notes = super()._remote_notes(link, facts)
        return notes | {"belongs_to": facts.get("_company_id", False)} if facts else notes

    def _named_by(self, records):
        """The contacts of companies, and the opportunities of both, where anybody listens to them."""
        listened = self.env["integration.flow"]._listening()
        named = super()._named_by(records)
        for model, paths in (("res.partner", ("parent_id",)), ("crm.lead", ("partner_id", "partner_id.parent_id"))):
            if model in listened and model in self.env:
                domain = Domain.OR(Domain(path, "in", records.ids) for path in paths)
                named.append(self.env[model].sudo().search(domain))
        return named

    # --- log-ins ---

    def _worth(self, record, link):
        """The record that has a log-in remains, so that its user goes on seeing the documents."""
        return (bool(self._users(record)), *super()._worth(record, link))

    def _needed_by(self, record, link):
        if users := self._users(record):
            return self.env._("it has the log-in %(logins)s", logins=", ".join(users.mapped("login")))
        if self.env["res.company"].sudo().search_count([("partner_id", "=", record.id)], limit=1):
            return self.env._("it is one of your own companies")
        return super()._needed_by(record, link)

    def _users(self, record):
        return self.env["res.users"].sudo().search([("partner_id", "=", record.id)])

    # --- mailings ---

    def _after_many(self, arrivals, records, created):
        result = super()._after_many(arrivals, records, created)
        wishes = {
            record.email_normalized: arrival.values["_email_opt_out"]
            for arrival, record in zip(arrivals, records, strict=True)
            if arrival.values.get("_email_opt_out") is not None
            and record.email_normalized
            and self._may(arrival, record, "unsubscribe")
        }
        if wishes:
            self._note_opt_outs(arrivals[0].system, wishes)
        return result

    def _hear_echo(self, arrival, record):
        """Who unsubscribed there while a change was under way from here has unsubscribed."""
        result = super()._hear_echo(arrival, record)
        opted_out = arrival.document.get("email_opt_out")
        if opted_out is not None and record.email_normalized and self._may(arrival, record, "unsubscribe"):
            self._note_opt_outs(arrival.system, {record.email_normalized: opted_out})
        return result

    def _note_opt_outs(self, system, wishes):
        """Put who unsubscribed on the blacklist; take off it only whom the hub has put there.

        Whoever else put an address there had a reason that the other system does not know.
        """
        Blacklist = self.env["mail.blacklist"].sudo()  # of administrators, but any employee's mailing respects it
        entries = Blacklist.with_context(active_test=False).search([("email", "in", list(wishes))])
        known = {entry.email: entry for entry in entries}
        for email, opted_out in wishes.items():
            entry = known.get(email, Blacklist)
            if opted_out and not entry.active:
                Blacklist._add(email, self.env._("Unsubscribed in %(system)s", system=system.name))
            elif not opted_out and entry.active and entry.write_uid == self.env.user:
                Blacklist._remove(email, self.env._("Subscribed again in %(system)s", system=system.name))
