# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models

KEPT = "integration_hub.mail_activity_merged"


class IntegrationTarget(models.AbstractModel):
    """What becomes of records whose objects are merged in the other system: one remains, and all links lead to it.

    An object says itself which ones were merged into it (``merged_ids``), or a message says of two ids that one leads
    to the other (:meth:`_merge`). So the order in which a merge, what went before it and what came after it are told
    does not matter: an id that was merged has a link from then on, and whatever is told of it later is about something
    that is no more.
    """

    _inherit = "integration.target"
    _is_one_to_one = False  # whether a record that is an object's is never found for another one by what it says

    def _keys(self, arrival):
        return super()._keys(arrival) | {(arrival.entity.id, one) for one in self._merged_ids(arrival)}

    def _match_many(self, arrivals):
        """The record of an object that was merged into this one, else one that it is known by."""
        found = super()._match_many(arrivals)
        if self._is_one_to_one:
            found = self._without_taken(arrivals, found)
        return [self._former(arrival) or match or None for arrival, match in zip(arrivals, found, strict=True)]

    def _receive_many(self, arrivals, links, records):
        for arrival, record in zip(arrivals, records, strict=True):
            if record and self._merged_ids(arrival):
                former = self._former_links(arrival).filtered(lambda link, record=record: link._record() == record)
                self._bring_back(former, [record] * len(former))
        had = [link.res_id for link in links]
        received = super()._receive_many(arrivals, links, records)
        for arrival, link, before, record in zip(arrivals, links, had, received, strict=True):
            if link and before != record.id:  # of objects that were merged into this one before it had this record
                link.search([("merged_into_id", "=", link.id)]).write({"res_model": record._name, "res_id": record.id})
            if self._merged_ids(arrival):
                self._take_over(arrival, record)
        return received

    def _agreed(self, arrival, link, record):
        """Of a record that is taken over from an object that was merged into this one, that one's link remembers."""
        known = super()._agreed(arrival, link, record)
        if known or not record or not self._merged_ids(arrival):
            return known
        return self._former_links(arrival).filtered(lambda former: former._record() == record)[:1].agreed

    # --- hooks ---

    def _worth(self, record, link):
        """Hook: of the records of merged objects the one that is worth most remains, in whatever order it was told."""
        in_use = link.archived_here or "active" not in record._fields or record.active
        return (in_use, -record.id)

    # --- steps ---

    def _merged_ids(self, arrival):
        return [one for one in arrival.document.get("merged_ids") or () if one != arrival.external_id]

    def _former_links(self, arrival):
        Binding, ids = self.env["integration.binding"].sudo(), self._merged_ids(arrival)
        return Binding._find_many(arrival.system, arrival.entity, ids) if ids else Binding

    def _former(self, arrival):
        """Return the record that remains of those of the objects that were merged into this one."""
        links = self._former_links(arrival)
        records = links._records()
        pairs = [(records[link.id].with_env(self.env), link) for link in links if link.id in records]
        return max(pairs, key=lambda pair: self._worth(*pair), default=(None, None))[0]

    def _without_taken(self, arrivals, found):
        """Return what was found, without records that are another living object's of the same system and kind."""
        ids = [record.id for record in found if record]
        if not ids or not arrivals[0].external_id:
            return found
        links = (
            self.env["integration.binding"]
            .sudo()
            .search(
                [
                    ("system_id", "=", arrivals[0].system.id),
                    ("entity_id", "=", arrivals[0].entity.id),
                    ("res_model", "=", self._target_model()),
                    ("res_id", "in", ids),
                    ("deleted_at", "=", False),
                ]
            )
        )
        owners = {link.res_id: link.external_id for link in links}
        return [
            record if record and owners.get(record.id) in (None, arrival.external_id) else None
            for arrival, record in zip(arrivals, found, strict=True)
        ]

    def _take_over(self, arrival, record):
        """Lead the links of merged objects to the record of the one that they were merged into; archive theirs."""
        Binding = self.env["integration.binding"].sudo()
        winner, merged = self._binding(arrival), self._merged_ids(arrival)
        known = Binding._find_many(arrival.system, arrival.entity, merged).grouped("external_id")
        for external_id in merged:
            self._lead(known.get(external_id, Binding), external_id, winner, record)

    def _merge(self, system, entity, external_id, survivor_id):
        """Take over a merge that is told by two ids, whichever of them is known; returns the link it leads to.

        Of neither, the ids are remembered: what is told late of the one that is no more makes nothing of it.
        """
        Binding = self.env["integration.binding"].sudo()
        links = Binding._find_many(system, entity, [external_id, survivor_id]).grouped("external_id")
        link, winner = links.get(external_id, Binding), links.get(survivor_id, Binding)
        while winner.merged_into_id:
            winner = winner.merged_into_id
        if winner and winner == link:
            return winner
        record = winner._record() or link._record() or self.env[self._target_model()]
        where = {"res_model": record._name, "res_id": record.id or 0}
        if not winner:
            winner = Binding.create(Binding._key(system, entity, survivor_id) | where)
        elif winner.res_id != where["res_id"]:
            winner.write({**where, "deleted_at": False})
        self._lead(link, external_id, winner, record.with_env(self.env))
        return winner

    def _lead(self, link, external_id, winner, record):
        """Lead a merged object's link, and those that led to it, to the winner's; archive the record that it had."""
        Binding = self.env["integration.binding"].sudo()
        over = {"merged_into_id": winner.id, "deleted_at": fields.Datetime.now()}
        where = {"res_model": record._name, "res_id": record.id or 0}
        if not link:
            key = Binding._key(winner.system_id, winner.entity_id, external_id)
            Binding.create(key | Binding._synced(record, **over) | where | over)
        elif link.merged_into_id != winner:
            loser, before = link._record(), Binding.search([("merged_into_id", "=", link.id)])
            (link | before).write({**where, **over})
            if loser and loser != record:
                self._absorb(winner.system_id, record, loser.with_env(self.env), link)

    def _absorb(self, system, record, loser, link):
        """Archive the record of a merged object, whose documents stay with it; tell those who work with either."""
        was_in_use = link.archived_here or ("active" in loser._fields and loser.active)
        why = self._archive(loser, link)
        link.archived_here = False  # a merge is not undone
        if why:
            self._tell_kept(system, record, loser, why)
        elif was_in_use and "message_ids" in loser._fields:
            loser.message_post(
                body=self.env._(
                    "Merged in %(system)s into %(record)s, and archived. What belongs to it stays here.",
                    system=system.name,
                    record=record._get_html_link(),
                )
            )
            record.message_post(
                body=self.env._(
                    "%(record)s was merged into this in %(system)s, and is archived. What belongs to it stays there.",
                    system=system.name,
                    record=loser._get_html_link(),
                )
            )

    def _tell_kept(self, system, record, loser, why):
        """Have a person end what cannot be ended here."""
        if "activity_ids" not in loser._fields or loser.activity_search([KEPT]):
            return
        owner = system.business_owner_id or system.technical_owner_id
        loser.activity_schedule(
            KEPT,
            summary=self.env._("Merged in %(system)s, but still here: %(why)s", system=system.name, why=why),
            note=self.env._(
                "In %(system)s it was merged into %(record)s. Merge both here too, or archive this one yourself.",
                system=system.name,
                record=record._get_html_link(),
            ),
            user_id=owner.id or self.env.uid,
        )
