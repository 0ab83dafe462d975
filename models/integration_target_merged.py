# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import fields, models

KEPT = "integration_hub.mail_activity_merged"


class IntegrationTarget(models.AbstractModel):
    """What becomes of records whose objects are merged in the other system: one remains, and all links lead to it.

    An object says itself which ones were merged into it (``merged_ids``). So the order in which a merge, what went
    before it and what came after it are told does not matter: an id that was merged has a link from then on, and
    whatever is told of it later is about something that is no more.
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
        received = super()._receive_many(arrivals, links, records)
        for arrival, record in zip(arrivals, received, strict=True):
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
        Binding, now = self.env["integration.binding"].sudo(), fields.Datetime.now()
        winner = self._binding(arrival)
        known = Binding._find_many(arrival.system, arrival.entity, self._merged_ids(arrival)).grouped("external_id")
        over = {"merged_into_id": winner.id, "deleted_at": now}
        for external_id in self._merged_ids(arrival):
            link = known.get(external_id)
            if not link:
                Binding.create(
                    Binding._key(arrival.system, arrival.entity, external_id) | Binding._synced(record) | over
                )
            elif link.merged_into_id != winner:
                loser = link._record()
                link.write({"res_model": record._name, "res_id": record.id, **over})
                if loser and loser != record:
                    self._absorb(arrival, record, loser.with_env(self.env), link)

    def _absorb(self, arrival, record, loser, link):
        """Archive the record of a merged object, whose documents stay with it; tell those who work with either."""
        was_in_use = link.archived_here or ("active" in loser._fields and loser.active)
        why = self._archive(loser, link)
        link.archived_here = False  # a merge is not undone
        if why:
            self._tell_kept(arrival, record, loser, why)
        elif was_in_use and "message_ids" in loser._fields:
            system = arrival.system.name
            loser.message_post(
                body=self.env._(
                    "Merged in %(system)s into %(record)s, and archived. What belongs to it stays here.",
                    system=system,
                    record=record._get_html_link(),
                )
            )
            record.message_post(
                body=self.env._(
                    "%(record)s was merged into this in %(system)s, and is archived. What belongs to it stays there.",
                    system=system,
                    record=loser._get_html_link(),
                )
            )

    def _tell_kept(self, arrival, record, loser, why):
        """Have a person end what cannot be ended here."""
        if "activity_ids" not in loser._fields or loser.activity_search([KEPT]):
            return
        system = arrival.system
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
