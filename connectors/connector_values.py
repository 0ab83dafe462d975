# Part of Integration Hub. License LGPL-3.0 or later.
"""What a connector says of its vendor, and what its calls answer: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

Document = dict[str, Any]
"""A JSON object, as `jsondoc.parse` returns it."""

Settings = Mapping[str, Any]
"""What a person filled in, by the names of the connector's fields, without the secrets: texts, as a rule."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a person fills in to connect a system.

    `purpose` says where the value goes: an ordinary setting, the secret that calls the vendor, or the secret that
    verifies the vendor's webhooks. Secrets never reach `settings`. `multiline` asks for a larger place to type in.
    """

    name: str
    label: str
    help: str
    required: bool = False
    secret: bool = False
    placeholder: str = ""
    advanced: bool = False
    multiline: bool = False
    purpose: Literal["setting", "api_credential", "webhook_secret"] = "setting"


@dataclass(frozen=True, slots=True)
class Scope:
    """A permission that a key needs, by the vendor's name for it.

    `without` says what does not work without it, as a sentence's second half: "orders cannot be read". `flows` are the
    keys of the flow templates that need it; not `needed`, they work without it but for that.
    """

    name: str
    without: str
    flows: tuple[str, ...]
    needed: bool = True


Repetition = Literal["idempotency-key", "upsert", "lookup", "hold"]
"""What keeps a creation from making a second object when it is repeated, the outcome of the first being unknown.

`idempotency-key`: the vendor answers the same key as before. `upsert`: the vendor tells by a value in the object that
it has it already. `lookup`: it is looked for, by what it is in business. `hold`: nothing does; a person decides.
"""


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A kind of vendor object and the canonical entity (`entities/<entity>.json`) it corresponds to.

    `writable`: `push` takes it. `fetchable`, `listable`: the calls of these names offer it. `deletions`: the call of
    that name tells what was deleted. `compared`: `held` tells what is there of what `push` writes, and `holds` whether
    that is what it would write. `gone_for_good`: what is deleted never comes back, so that whatever is told of it
    afterwards is late. `repetition` is of creations: changes of an object by its id, and deletions, may
    always be repeated. `dated_by` names the members of a document that say when it was made, the first that is there
    counts: a day's objects are counted by it.
    """

    name: str
    entity: str
    title: str
    writable: bool = False
    fetchable: bool = True
    listable: bool = True
    deletions: bool = False
    gone_for_good: bool = False
    compared: bool = False
    repetition: Repetition = "hold"
    dated_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """Something the vendor answers while somebody waits, and that changes nothing there: a tax, a limit, a yes or no.

    `entity` is the business object it is about, `answer` the one it is answered with. What is sent and what comes back
    keep to `contracts/<name>_question.json` and `contracts/<name>_answer.json`.
    """

    name: str
    entity: str
    answer: str
    title: str


@dataclass(frozen=True, slots=True)
class Asking:
    """How a flow asks its question: before which method of the Odoo model, and what the answer is for.

    `check`: the answer is a decision, and the method only runs when it allows it. `fill`: the answer is written into
    the record first. `mapping` reads the answer. `on_failure` is what becomes of the work without an answer: `fail` (it
    is refused), `last_known` (an earlier answer serves), `hold` (it waits, and ends by itself), `skip` (it goes on, and
    the answer is looked at later).
    """

    before: str
    effect: Literal["check", "fill"]
    mapping: str
    on_failure: Literal["fail", "last_known", "hold", "skip"]


@dataclass(frozen=True, slots=True)
class FlowTemplate:
    """A ready-made flow offered in the catalogue wherever the Odoo app it needs is installed.

    `mapping` names `mappings/<mapping>.json` of the vendor's folder. `contract` names `contracts/<contract>.json`: what
    the documents that it maps keep to, by webhook and read alike; "" for what Odoo sends. `topics` select webhook
    notifications (inbound); `trigger_fields` and `domain` (an Odoo domain, as text) select record changes (outbound);
    the trigger field `lines.quantity` is a field of the records in a list. `compare_every`: minutes after which both
    sides are compared, and what differs is sent again; 0: never. `on_dead` is what later messages about the same record
    do when one has failed: `block`, they wait for a person; `skip`, they go on.
    `app` is empty when Odoo's base suffices. `optional`: not switched on unless somebody asks for it. `ask`: it sends
    nothing by itself, it asks the question that `object_type` names then; `domain` says for which records.
    `when_deleted` is what becomes of the Odoo record of an object that is deleted there.
    """

    key: str
    title: str
    help: str
    direction: Literal["inbound", "outbound"]
    object_type: str
    entity: str
    mapping: str
    model: str
    topics: tuple[str, ...] = ()
    trigger_fields: tuple[str, ...] = ()
    domain: str = "[]"
    app: str = ""
    contract: str = ""
    optional: bool = False
    ask: Asking | None = None
    when_deleted: Literal["keep", "archive"] = "keep"
    compare_every: int = 0
    on_dead: Literal["block", "skip"] = "block"


TRANSITIONS = ("confirm", "cancel", "ship", "refund", "pay", "win", "lose", "unsubscribe")
"""The steps of a business object's life of which it matters who may take them."""


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who decides about records of an Odoo model that are linked with the vendor, unless a person says otherwise.

    `system` and `odoo` name fields of the model, or TRANSITIONS, that the vendor decides, or Odoo; `both` those that
    whoever changes them decides, of two changes of a field the newest. What none names is whoever's changes it last,
    and nothing is compared. It counts where Odoo has the model `beside` too; of two that name the same, the later.
    """

    model: str
    system: tuple[str, ...] = ()
    odoo: tuple[str, ...] = ()
    both: tuple[str, ...] = ()
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the vendor's documentation grants every account: `calls` in any `seconds`, and so many `at_once`.

    0 is no such limit. What depends on the account's plan is for `Connector.paced`, or for a person to enter.
    """

    calls: int = 0
    seconds: int = 1
    at_once: int = 0


@dataclass(frozen=True, slots=True)
class Proof:
    """How it is known that a connector works with its vendor; `what` says in one sentence what was tried.

    `sandbox`: our own imitation of the vendor. `counterparty`: something that others wrote and that speaks the vendor's
    API. `live`: a real account, `on` that day, through that `api_version` (`hub certify`).
    """

    kind: Literal["sandbox", "counterparty", "live"]
    what: str
    on: date | None = None
    api_version: str = ""

    @classmethod
    def certified(cls, report: Document) -> Proof:
        """The proof that a report of `hub certify` is, as it is kept in a connector's folder."""
        return cls("live", report["what"], date.fromisoformat(report["date"]), report["api_version"])


@dataclass(frozen=True, slots=True)
class Notification:
    """One change a webhook tells of.

    `complete` False: the payload only says which object changed, `fetch` has to read it. `object_type` "" means that
    the connector has no use for this topic. `deleted` says that the object is gone at the vendor; `merged_into` that it
    was merged into the one of that id, for good: nothing else is told of it. Notifications with
    the same `partition_key` must be processed in order. `dedupe_key` None leaves de-duplication to the signature
    scheme. `version` orders two states of one object (compare as text within one object type); `occurred_at` is ISO
    8601. The payload may hold personal data, so it stays out of `repr`.
    """

    topic: str
    object_type: str
    external_id: str
    partition_key: str
    payload: Document = field(repr=False)
    complete: bool
    dedupe_key: str | None = None
    version: str | None = None
    occurred_at: str | None = None
    deleted: bool = False
    merged_into: str = ""


Notifications = list[Notification]  # named, since `Connector.list` hides the builtin inside the class


@dataclass(frozen=True, slots=True)
class RegisteredWebhook:
    """What the vendor keeps of a webhook: its id there, where it delivers, and its topics, sorted.

    `secret` is what it signs with, where registering it decided that; it is told once.
    """

    id: str
    address: str
    topics: tuple[str, ...]
    secret: str = field(default="", repr=False)


Webhooks = list[RegisteredWebhook]  # named for the same reason


@dataclass(frozen=True, slots=True)
class Page:
    """Some objects of a list, shaped like the vendor's webhook payloads; `cursor` None marks the last page."""

    items: list[Document] = field(repr=False)
    cursor: str | None


@dataclass(frozen=True, slots=True)
class BulkPage:
    """Some objects of a bulk reading, shaped like those of a list, and the state after them.

    Store both in one transaction: then nothing is lost or doubled. `state` is JSON, to be given to `bulk` again. No
    items: the vendor is still preparing them. `last` says that nothing follows.
    """

    items: list[Document] = field(repr=False)
    state: Document = field(repr=False)
    last: bool


@dataclass(frozen=True, slots=True)
class PushResult:
    """Where a pushed object is at the vendor; `created` False when an object that already existed was changed.

    `notes` are sentences about what was written otherwise than it was asked for, since the vendor takes it only so.
    """

    external_id: str
    version: str | None
    created: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The account that the credentials open, and the permissions they lack."""

    account: str
    details: dict[str, str]
    missing_scopes: tuple[str, ...] = ()
