# Part of Integration Hub. License LGPL-3.0 or later.
"""What a vendor's connector is: metadata about the vendor and eight calls to it.

A connector knows its vendor and nothing else: not Odoo, not queues, not retries. It gets a `Client` that already has
timeouts and credentials, and raises the errors of `errors.py`, whose class says what is to be done.
"""

from __future__ import annotations

import inspect
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from .auth import Auth, Exchange
from .clock import Clock
from .errors import ConfigurationError
from .http import Client, Transport
from .resilience import Store

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
class ObjectType:
    """A kind of vendor object and the canonical entity (`entities/<entity>.json`) it corresponds to.

    `writable`: `push` takes it. `fetchable`, `listable`: the calls of these names offer it.
    """

    name: str
    entity: str
    title: str
    writable: bool = False
    fetchable: bool = True
    listable: bool = True


@dataclass(frozen=True, slots=True)
class FlowTemplate:
    """A ready-made flow offered in the catalogue wherever the Odoo app it needs is installed.

    `mapping` names `mappings/<mapping>.json` of the vendor's folder. `contract` names `contracts/<contract>.json`: what
    the documents that it maps keep to, by webhook and read alike; "" for what Odoo sends. `topics` select webhook
    notifications (inbound); `trigger_fields` and `domain` (an Odoo domain, as text) select record changes (outbound).
    `app` is empty when Odoo's base suffices.
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


@dataclass(frozen=True, slots=True)
class Notification:
    """One change a webhook tells of.

    `complete` False: the payload only says which object changed, `fetch` has to read it. `object_type` "" means that
    the connector has no use for this topic. `deleted` says that the object is gone at the vendor. Notifications with
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


Notifications = list[Notification]  # named, since `Connector.list` hides the builtin inside the class


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
    """Where a pushed object is at the vendor; `created` False when an object that already existed was changed."""

    external_id: str
    version: str | None
    created: bool


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The account that the credentials open, and the permissions they lack."""

    account: str
    details: dict[str, str]
    missing_scopes: tuple[str, ...] = ()


class Connector(ABC):
    """Base of every vendor's connector. Thread-safe when its client is: an instance holds no state of its own."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    docs_url: ClassVar[str]
    scheme: ClassVar[str]
    settings: ClassVar[tuple[Field, ...]]
    objects: ClassVar[dict[str, ObjectType]]
    flow_templates: ClassVar[tuple[FlowTemplate, ...]]

    def __init__(self, client: Client, settings: Settings) -> None:
        self.client = client
        self.options = dict(settings)

    @classmethod
    def configured(cls, settings: Settings) -> type[Connector]:
        """The connector as these settings shape it, cheap to ask for again. Hook: itself.

        A connector whose objects, flows and webhooks come from its settings gives a class made for them; whoever
        knows the settings asks for it before anything else (`registry.get` does). Raises ConfigurationError.
        """
        return cls

    @classmethod
    @abstractmethod
    def base_url(cls, settings: Settings) -> str:
        """The origin every request goes to. Raises ConfigurationError on settings that name none."""

    @classmethod
    @abstractmethod
    def auth(cls, settings: Settings, secret: str, exchange: Exchange | None = None) -> Auth:
        """How a request proves who it is; `secret` is the value of the `api_credential` field.

        `exchange` is how a secret becomes an access token, for those that need one. Raises ConfigurationError.
        """

    @classmethod
    def secret_addresses(cls, settings: Settings) -> tuple[str, ...]:
        """Every address that the secret is sent to: a change of any asks for the secret again. Hook: `base_url`.

        None for a connector that sends no secret.
        """
        return (cls.base_url(settings),)

    @abstractmethod
    def check(self) -> CheckResult:
        """Prove that address and credentials work, without changing anything at the vendor."""

    @classmethod
    @abstractmethod
    def parse_webhook(cls, headers: Mapping[str, str], document: Any) -> Notifications:
        """What a verified webhook tells, in the order in which it tells it. Raises HubError on any other shape.

        Header names are case-insensitive. `document` is the parsed JSON body.
        """

    @abstractmethod
    def fetch(self, object_type: str, external_id: str) -> Document | None:
        """The object as its webhook would carry it; None when the vendor says that it does not exist."""

    @abstractmethod
    def list(self, object_type: str, *, cursor: str | None = None, since: str | None = None) -> Page:
        """A page of objects changed at or after `since` (ISO 8601; None for all), oldest change first if possible.

        `cursor` is the last page's; `since` is to be given again with it.
        """

    def bulk(self, object_type: str, *, since: str | None = None, state: Document | None = None) -> Iterator[BulkPage]:
        """Every object changed at or after `since`, in pages and no promised order; for first loads.

        `state` of an earlier page goes on after it, with the same `object_type` and `since` (ConfigurationError, code
        foreign-state, else); that of the last page yields nothing more. Asking for the page after one without items
        waits, by the client's clock: who must not wait stores the state and comes back later.
        Hook for vendors that have bulk operations; else the pages are those of `list`.
        """
        self.object_type(object_type)
        found = self._bulk_state(object_type, since, state)
        while not found.get("done"):
            page = self.list(object_type, cursor=found.get("cursor"), since=since)
            last = page.cursor is None
            found = {"of": found["of"], **({"done": True} if last else {"cursor": page.cursor})}
            yield BulkPage(page.items, found, last)

    def push(
        self, object_type: str, payload: Document, *, external_id: str | None = None, idempotency_key: str | None = None
    ) -> PushResult:
        """Create or update an object so that repeating the call after an unknown outcome changes nothing more."""
        raise self._unsupported("write", object_type)

    def delete(self, object_type: str, external_id: str) -> None:
        """Delete an object; an object that is already gone is a success."""
        raise self._unsupported("delete", object_type)

    @classmethod
    def paced(cls, inner: Transport, *, clock: Clock, store: Store, key: str) -> Transport:
        """The transport behind what keeps this vendor's own limits, before the vendor has to refuse. Hook: `inner`.

        `store` is what all workers share, `key` names the vendor's account in it.
        """
        return inner

    # What a connector's folder holds

    @classmethod
    def folder(cls) -> Path:
        """The folder of the connector: its mappings, queries and (in a source tree) fixtures."""
        return Path(inspect.getfile(cls)).parent

    @classmethod
    def mapping_names(cls) -> tuple[str, ...]:
        """The names that `mapping` accepts, sorted."""
        return cls._document_names("mappings")

    @classmethod
    def mapping(cls, name: str) -> Document:
        """A mapping of the vendor's, as JSON. Raises ConfigurationError for an unknown name."""
        return cls._document("mapping", name)

    @classmethod
    def contract_names(cls) -> tuple[str, ...]:
        """The names that `contract` accepts, sorted."""
        return cls._document_names("contracts")

    @classmethod
    def contract(cls, name: str) -> Document:
        """What the vendor's documents look like, as a JSON Schema. Raises ConfigurationError for an unknown name."""
        return cls._document("contract", name)

    # For subclasses

    @classmethod
    def object_type(cls, name: str) -> ObjectType:
        """The named object type. Raises ConfigurationError when the vendor has none of that name."""
        try:
            return cls.objects[name]
        except KeyError:
            raise ConfigurationError(
                f"{cls.title} has no object type {name!r}.",
                code="unknown-object-type",
                hint=f"Choose one of: {', '.join(cls.objects) or 'none'}.",
            ) from None

    @classmethod
    def _document_names(cls, kind: str) -> tuple[str, ...]:
        return tuple(sorted(path.stem for path in (cls.folder() / kind).glob("*.json")))

    @classmethod
    def _document(cls, kind: str, name: str) -> Document:
        names = cls._document_names(f"{kind}s")
        if name not in names:
            raise ConfigurationError(
                f"{cls.title} has no {kind} named {name!r}.",
                code=f"unknown-{kind}",
                hint=f"Choose one of: {', '.join(names) or 'none'}.",
            )
        loaded: Document = json.loads((cls.folder() / f"{kind}s" / f"{name}.json").read_text(encoding="utf-8"))
        return loaded

    @classmethod
    def _bulk_state(cls, object_type: str, since: str | None, state: Document | None) -> Document:
        """The state to begin with or to go on from. Raises ConfigurationError when it belongs to another reading."""
        found = state or {"of": [object_type, since]}
        if found.get("of") != [object_type, since]:
            raise ConfigurationError(
                f"This is not the state of a bulk reading of objects of type {object_type!r} since {since}.",
                code="foreign-state",
                hint="Begin the reading anew.",
            )
        return found

    @classmethod
    def _unsupported(cls, action: str, object_type: str) -> ConfigurationError:
        return ConfigurationError(
            f"The {cls.title} connector cannot {action} objects of type {cls.object_type(object_type).name!r}.",
            code="unsupported-operation",
            hint="Switch this flow off, or turn its direction round.",
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"
