# Part of Integration Hub. License LGPL-3.0 or later.
"""Plug-in `lifecycle`: objects are merged, restored, forgotten; contacts unsubscribe.

Sources: developers.hubspot.com, *Merge records*, *Delete contacts* (GDPR), *Subscription preferences v4*. The outcome
of a merge is a new object, unless the setting `merge_makes_new` is off: then the primary one survives. A merged object
is not archived: it is gone, its id leads to the one that survived, whose `hs_merged_object_ids` names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from ..core.problem import ControlProblem
from ..engine.objects import API, PERSON, Objects, Record
from ..engine.plugin import Call, Deed, Operation, Plugin
from ..engine.refusals import Refusal
from .associations import Associations
from .crm import CRMObjects, crm, merged_kind

OPTED_OUT = "hs_email_optout"
MERGED = "hs_merged_object_ids"


class Lifecycle(Plugin):
    """The operations `merge`, `forget`, `unsubscribe`, `subscription`; the deeds of the same names, and `restore`."""

    def operations(self) -> Mapping[str, Operation]:
        """Operations by name."""
        return {
            "merge": self._merge_call,
            "forget": self._forget_call,
            "unsubscribe": self._unsubscribe_call,
            "subscription": self._subscription_call,
        }

    def deeds(self) -> Mapping[str, Deed]:
        """Deeds by name; `merge` takes the `id` of the object that is merged into this one."""
        return {
            "merge": self._merge_deed,
            "restore": self._restore,
            "forget": self._forget_deed,
            "unsubscribe": lambda objects, key, _given: self._subscribe(objects, key, "true", PERSON),
            "resubscribe": lambda objects, key, _given: self._subscribe(objects, key, "false", PERSON),
        }

    # -- merging ------------------------------------------------------------------------------------------------------

    async def _merge_call(self, call: Call) -> web.Response:
        body = await call.body()
        ids = [body.get(name) for name in ("primaryObjectId", "objectIdToMerge")]
        if not all(isinstance(one, str) for one in ids):
            raise Refusal("invalid", "Some required fields were not set: [primaryObjectId, objectIdToMerge]")
        return web.json_response(crm(call).show(self.merge(crm(call), str(ids[0]), str(ids[1]), API)))

    def _merge_deed(self, objects: Objects, key: str, given: Mapping[str, Any]) -> Record:
        other = given.get("id")
        if not isinstance(other, str):
            raise ControlProblem("invalid-member", "'id' is that of the object to merge into this one.", "/id")
        return self.merge(_crm(objects), key, other, PERSON)

    def merge(self, objects: CRMObjects, primary: str, other: str, actor: str) -> Record:
        """Merge an object into another one; the primary's values win, the other's fill what it lacks."""
        first, second = objects.get(primary), objects.get(other)
        if first["id"] == second["id"]:
            raise Refusal("invalid", "An object cannot be merged with itself.")
        known = objects.definitions()
        moved = {
            name: value
            for name, value in second["properties"].items()
            if value and not first["properties"].get(name) and not known[name].read_only
        }
        emails = [one["properties"][name] for one in (first, second) for name in ("email", "hs_additional_emails")
                  if one["properties"].get(name)]  # fmt: skip
        gone = [second] if not self.vendor.settings.merge_makes_new else [first, second]
        names = [part for one in (first, second) for part in one["properties"].get(MERGED, "").split(";") if part]
        values = {**moved, MERGED: ";".join(dict.fromkeys([*names, *(one["id"] for one in gone)]))}
        if len(emails) > 1 and "hs_additional_emails" in known:
            values["hs_additional_emails"] = ";".join(emails[1:])
        for one in gone:
            self.vendor.core.store.remove(self.vendor.name, objects.name, one["id"])
        survivor = objects.successor(first, values) if len(gone) > 1 else objects.note(first, values, actor, tell=False)
        associations = self.vendor.plugin(Associations)
        for one in gone:
            self.vendor.core.store.put(self.vendor.name, merged_kind(objects.name), one["id"], {"into": survivor["id"]})
            associations.move(objects.name, one["id"], survivor["id"], actor)
        survivor = objects.get(survivor["id"])
        facts = {"primary": int(primary), "merged": [int(other)], "moved": len(moved)}
        self.vendor.events.tell("merged", objects, survivor, actor, facts=facts)
        return survivor

    # -- deletion -----------------------------------------------------------------------------------------------------

    def _restore(self, objects: Objects, key: str, _given: Mapping[str, Any]) -> Record:
        record = _crm(objects).restore(key)
        self.vendor.events.tell("restored", objects, record, PERSON)
        return record

    async def _forget_call(self, call: Call) -> web.Response:
        key = str((await call.body()).get("objectId"))
        self._forget(crm(call), key, API)
        return web.Response(status=204)

    def _forget_deed(self, objects: Objects, key: str, _given: Mapping[str, Any]) -> None:
        self._forget(objects, key, PERSON)

    def _forget(self, objects: Objects, key: str, actor: str) -> None:
        """Delete for ever, as the law asks for it."""
        record = objects.get(key)
        self.vendor.plugin(Associations).end(objects.name, key, actor)
        self.vendor.core.store.remove(self.vendor.name, objects.name, key)
        self.vendor.events.tell("forgotten", objects, record, actor)

    # -- mailings -----------------------------------------------------------------------------------------------------

    async def _unsubscribe_call(self, call: Call) -> web.Response:
        contact = self._subscriber(call)
        self._subscribe(self.vendor.types["contact"], contact["id"], "true", API)
        return self._status(call)

    async def _subscription_call(self, call: Call) -> web.Response:
        return self._status(call)

    def _status(self, call: Call) -> web.Response:
        """The status of an address; nothing where it has not unsubscribed from everything."""
        now, contact = self.vendor.values()["now"](), self._subscriber(call)
        status = {
            "channel": "EMAIL",
            "status": "UNSUBSCRIBED",
            "subscriberIdString": contact["properties"]["email"],
            "timestamp": now,
            "wideStatusType": "PORTAL_WIDE",
        }
        results = [status] if contact["properties"].get(OPTED_OUT) == "true" else []
        return web.json_response({"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now})

    def _subscriber(self, call: Call) -> Record:
        if call.request.query.get("channel") != "EMAIL":
            raise Refusal("invalid_parameter", "channel is EMAIL", name="channel")
        return self.vendor.types["contact"].get(call.path["email"], "email")

    def _subscribe(self, objects: Objects, key: str, value: str, actor: str) -> Record:
        return _crm(objects).note(objects.get(key), {OPTED_OUT: value}, actor)


def _crm(objects: Objects) -> CRMObjects:
    assert isinstance(objects, CRMObjects)
    return objects
