# Part of Integration Hub. License LGPL-3.0 or later.
"""What a vendor's connector is: metadata about the vendor, and the calls to it.

A connector knows its vendor and nothing else: not Odoo, not queues, not retries. It gets a `Client` that already has
timeouts and credentials, and raises the errors of `errors.py`, whose class says what is to be done.
"""

from __future__ import annotations

import inspect
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from .auth import Auth, AuthorizationCode, Exchange
from .clock import Clock
from .connector_values import (
    TRANSITIONS,
    Asking,
    BulkPage,
    CheckResult,
    Document,
    Field,
    FlowTemplate,
    Limits,
    Notification,
    Notifications,
    ObjectType,
    Ownership,
    Page,
    Proof,
    PushResult,
    Question,
    RegisteredWebhook,
    Repetition,
    Scope,
    Settings,
    Webhooks,
)
from .errors import ConfigurationError
from .http import Client, Transport
from .registration import WebhookRegistration
from .resilience import Store

__all__ = [
    "TRANSITIONS",
    "Asking",
    "BulkPage",
    "CheckResult",
    "Connector",
    "Document",
    "Field",
    "FlowTemplate",
    "Limits",
    "Notification",
    "Notifications",
    "ObjectType",
    "Ownership",
    "Page",
    "Proof",
    "PushResult",
    "Question",
    "RegisteredWebhook",
    "Repetition",
    "Scope",
    "Settings",
    "Webhooks",
]


class Connector(WebhookRegistration, ABC):
    """Base of every vendor's connector. Thread-safe when its client is: an instance holds no state of its own."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    docs_url: ClassVar[str]
    scheme: ClassVar[str]
    settings: ClassVar[tuple[Field, ...]]
    objects: ClassVar[dict[str, ObjectType]]
    questions: ClassVar[dict[str, Question]] = {}
    flow_templates: ClassVar[tuple[FlowTemplate, ...]]
    ownership: ClassVar[tuple[Ownership, ...]] = ()
    """Who decides about the records that its flows bring, as a start."""
    limits: ClassVar[Limits] = Limits()
    scopes: ClassVar[tuple[Scope, ...]] = ()
    """What a key has to be allowed, all of it."""
    keys_at: ClassVar[str] = ""
    """Where a person makes the key and grants it scopes: the vendor's menus, in the vendor's words."""
    api_version: ClassVar[str] = ""
    """The version of the vendor's API that is spoken; "" where it has none."""
    api_version_ends: ClassVar[date | None] = None
    """From this day on the vendor promises nothing about it any more; None as long as no end is announced."""
    api_version_header: ClassVar[str] = ""
    """Where the vendor's answers say which version they are of; "" where they do not."""
    has_vendor: ClassVar[bool] = True
    """Whether all its systems are of one vendor, so that what proves it with one of them proves it."""
    proofs: ClassVar[tuple[Proof, ...]] = ()
    """What it was proved by, apart from certificates of `hub certify`."""

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
    def signs_in(cls, settings: Settings) -> bool:
        """Whether a person signs in in the browser, the secret being the client's and not enough. Hook: no."""
        return False

    @classmethod
    def authorization(cls, settings: Settings, secret: str, exchange: Exchange, redirect_uri: str) -> AuthorizationCode:
        """How the person signs in, where `signs_in` says so. Raises ConfigurationError."""
        raise ConfigurationError(f"{cls.title} has no sign-in in the browser.", code="unsupported-operation")

    @classmethod
    def secret_addresses(cls, settings: Settings) -> tuple[str, ...]:
        """Every address that the secret is sent to: a change of any asks for the secret again. Hook: `base_url`.

        None for a connector that sends no secret.
        """
        return (cls.base_url(settings),)

    @classmethod
    def page(cls, settings: Settings, object_type: str, external_id: str) -> str:
        """The address of the vendor's own page about an object, for a person to open; "" where none is known. Hook."""
        return ""

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

    def deletions(self, object_type: str, *, cursor: str | None = None, since: str | None = None) -> Page:
        """A page of what was deleted: documents with the `id` of each, in no promised order.

        Hook, for object types that say so (`ObjectType.deletions`). A vendor that cannot tell what was deleted at or
        after `since` lists it all.
        """
        raise self._unsupported("list deleted", object_type)

    def held(self, object_type: str, *, cursor: str | None = None) -> Page:
        """A page of what is there of objects that are written: documents in the form that `push` takes, with `id`.

        Hook, for object types that say so (`ObjectType.compared`).
        """
        raise self._unsupported("compare", object_type)

    @classmethod
    def holds(cls, object_type: str, document: Document, payload: Document) -> bool:
        """Whether a document of `held` is what pushing the payload would make of it. Hook, beside `held`."""
        raise cls._unsupported("compare", object_type)

    def bulk(self, object_type: str, *, since: str | None = None, state: Document | None = None) -> Iterator[BulkPage]:
        """Every object changed at or after `since`, in pages and no promised order; for first loads.

        `state` of an earlier page goes on after it, with the same `object_type` and `since` (ConfigurationError, code
        foreign-state, else); that of the last page yields nothing more. Asking for the page after one without items
        waits, by the client's clock: who must not wait stores the state and comes back later. What changes meanwhile
        may be in it or not: `list` the changes since its beginning afterwards.
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
        self,
        object_type: str,
        payload: Document,
        *,
        external_id: str | None = None,
        idempotency_key: str | None = None,
        in_doubt: bool = False,
    ) -> PushResult:
        """Create or update an object, so that repeating the call makes no second one.

        `in_doubt`: it is such a repetition, what became of an earlier call is unknown. Raises InDoubt, nothing having
        been sent, when the object type's `repetition` is `hold`, or what it relies on is missing in this object.
        """
        raise self._unsupported("write", object_type)

    def delete(self, object_type: str, external_id: str) -> None:
        """Delete an object; an object that is already gone is a success."""
        raise self._unsupported("delete", object_type)

    def answer(self, question: str, payload: Document) -> Document:
        """What the vendor answers to a question; nothing changes there, so nothing is in doubt when it fails.

        Raises ConfigurationError, code unknown-question, BadResponse when the answer is no JSON object.
        """
        raise ConfigurationError(
            f"The {self.title} connector cannot ask {self.question(question).title!r}.",
            code="unsupported-operation",
            hint="Switch this flow off.",
        )

    @classmethod
    def paced(cls, inner: Transport, *, clock: Clock, store: Store, key: str, reserve: float = 0.0) -> Transport:
        """The transport behind what keeps this vendor's own limits, before the vendor has to refuse. Hook: `inner`.

        `store` is what all workers share, `key` names the vendor's account in it. Who has a `reserve` leaves that
        share of the quota to those who come before it.
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

    @classmethod
    def sample(cls, mapping: str) -> Document | None:
        """A made-up object for whoever edits the mapping of this name to look at; None where the folder has none."""
        return cls._document("sample", mapping) if mapping in cls._document_names("samples") else None

    @classmethod
    def proven(cls) -> tuple[Proof, ...]:
        """What it was proved by: its `proofs`, then the certificates in its folder, the latest first."""
        certificates = sorted((cls.folder() / "certificates").glob("*.json"), reverse=True)
        return (*cls.proofs, *(Proof.certified(json.loads(path.read_text(encoding="utf-8"))) for path in certificates))

    @classmethod
    def is_preview(cls) -> bool:
        """Whether only our own sandbox proves it, or what else did was for another version of the vendor's API."""
        versions = ("", cls.api_version)
        return not any(proof.kind != "sandbox" and proof.api_version in versions for proof in cls.proven())

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
    def question(cls, name: str) -> Question:
        """The named question. Raises ConfigurationError when the vendor answers none of that name."""
        try:
            return cls.questions[name]
        except KeyError:
            raise ConfigurationError(
                f"{cls.title} answers no question {name!r}.",
                code="unknown-question",
                hint=f"Choose one of: {', '.join(cls.questions) or 'none'}.",
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
