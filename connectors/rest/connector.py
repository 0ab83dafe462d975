# Part of Integration Hub. License LGPL-3.0 or later.
"""A connector made of descriptions: what it does is the same for every REST API, what is special is a hook."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

from .. import auth as auths
from ..auth import Auth, AuthorizationCode, Exchange
from ..connector import (
    CheckResult,
    Connector,
    Document,
    FlowTemplate,
    Notifications,
    ObjectType,
    Page,
    PushResult,
    RegisteredWebhook,
    Settings,
    Webhooks,
)  # fmt: skip
from ..errors import ConfigurationError, Conflict, HubError, NotFound
from ..http import Response
from ..pagination import PageRequest
from . import answers, bodies, cursors, paths, repetition, templates
from .asking import first_request, pages
from .inquiry import Inquiry
from .registration import Registration
from .resource import Account, Call, Find, Listing, Resource
from .webhook import Webhook

Part = TypeVar("Part")
Documents = list[Document]  # named, since `RestConnector.list` hides the builtin inside the class


class RestConnector(Connector):
    """Base of connectors whose API is REST with JSON: class attributes describe it, hooks change what is special.

    Hooks, each with what it does unless overridden: `ask` (send a request), `read` (the JSON of an answer),
    `outgoing` (what of a mapped document is sent), `existing` (find an object before creating it), `identified` (tell
    whether the vendor would know it again), `after_conflict` (find it when the vendor says that it exists),
    `other_object` (refuse an answer about another object).
    """

    address: ClassVar[str]
    """The base address; `{settings.shop}` is filled in. The setting `api_url` replaces it."""
    credentials: ClassVar[Mapping[str, Any]] = {"kind": "bearer"}
    """What `auth.build` takes."""
    headers: ClassVar[Mapping[str, str]] = {}
    """Sent with every request."""
    idempotency_header: ClassVar[str] = "Idempotency-Key"
    """Carries the key of a creation; "" where the vendor has none."""
    account: ClassVar[Account]
    resources: ClassVar[tuple[Resource, ...]] = ()
    objects: ClassVar[dict[str, ObjectType]] = {}
    inquiries: ClassVar[tuple[Inquiry, ...]] = ()
    webhook: ClassVar[Webhook] = Webhook()
    flow_templates: ClassVar[tuple[FlowTemplate, ...]] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "resources" in vars(cls):
            cls.objects = {resource.name: resource.object_type for resource in cls.resources}
        if "inquiries" in vars(cls):
            cls.questions = {inquiry.name: inquiry.question for inquiry in cls.inquiries}
        if registration := cls.webhook.registration:
            cls.webhooks_by_hand = ""
            cls.webhook_topics = registration.known
            cls.topics_together = registration.together
            cls.own_secrets = registration.own_secrets

    # What the settings say

    @classmethod
    def base_url(cls, settings: Settings) -> str:
        """`api_url` if given, else `address` with the settings filled in. Raises ConfigurationError."""
        given = str(settings.get("api_url") or "").strip().rstrip("/")
        return given or templates.fill_address(cls.address, bodies.stripped(settings))

    @classmethod
    def auth(cls, settings: Settings, secret: str, exchange: Exchange | None = None) -> Auth:
        """The Auth that `credentials` describe."""
        return auths.build(cls._credentials(settings), secret, exchange)

    @classmethod
    def signs_in(cls, settings: Settings) -> bool:
        """What `credentials` say."""
        return auths.signs_in(cls._credentials(settings))

    @classmethod
    def authorization(cls, settings: Settings, secret: str, exchange: Exchange, redirect_uri: str) -> AuthorizationCode:
        """The sign-in that `credentials` describe."""
        return auths.authorization(cls._credentials(settings), secret, exchange, redirect_uri)

    @classmethod
    def secret_addresses(cls, settings: Settings) -> tuple[str, ...]:
        """The API's, and the token address where there is one; none where no secret is sent."""
        spec = cls._credentials(settings)
        if spec["kind"] == "none":
            return ()
        token_url = spec.get("token_url")
        return (cls.base_url(settings), token_url) if token_url else (cls.base_url(settings),)

    @classmethod
    def _credentials(cls, settings: Settings) -> Mapping[str, Any]:
        filled: Mapping[str, Any] = templates.fill(cls.credentials, {"settings": bodies.stripped(settings)})
        return filled

    # The calls

    def check(self) -> CheckResult:
        """Read the account. Raises BadResponse when the answer names none."""
        found = self.read(self.ask("GET", self._path(self.account.path)))
        if not isinstance(found, dict | list):
            raise answers.unexpected(self.title, "a JSON object or list")
        host = urlsplit(self.client.base_url).hostname or ""
        name = answers.text(found, self.account.name) if self.account.name else host
        if not name:
            raise answers.unexpected(self.title, f"the description of an account, with a name at {self.account.name}")
        details = {label: answers.text(found, path) for label, path in self.account.details.items()}
        return CheckResult(name, {label: text for label, text in details.items() if text})

    @classmethod
    def parse_webhook(cls, headers: Mapping[str, str], document: Any) -> Notifications:
        """What the rules of `webhook` make of it."""
        return cls.webhook.parse({found.name: found for found in cls.resources}, headers, document, cls.title)

    def fetch(self, object_type: str, external_id: str) -> Document | None:
        """The object; None when the vendor answers 404. Raises BadResponse for an answer that is not the object."""
        resource = self.resource(object_type)
        call = self._can(resource.read, "read", resource)
        try:
            response = self._call(call, "GET", self._checked(resource, external_id))
        except NotFound as error:
            answers.absent(error, self.title)
            return None
        found = answers.item(self.read(response), call.item, resource, self.title)
        return found if answers.identifier(found, resource) == external_id else self.other_object(resource, found)

    def list(self, object_type: str, *, cursor: str | None = None, since: str | None = None) -> Page:
        """A page of objects, everything where the vendor cannot tell what changed. Raises BadResponse."""
        resource = self.resource(object_type)
        listing = self._can(resource.list, "list", resource)
        request = first_request(self, listing)
        if since is not None and listing.since is not None:
            request = listing.since.put(request, since)
        return self._page(resource, listing, request, cursor)

    def deletions(self, object_type: str, *, cursor: str | None = None, since: str | None = None) -> Page:
        """A page of the whole list of deleted objects. Raises BadResponse."""
        resource = self.resource(object_type)
        listing = self._can(resource.deletions, "list deleted", resource)
        return self._page(resource, listing, first_request(self, listing), cursor)

    def push(
        self,
        object_type: str,
        payload: Document,
        *,
        external_id: str | None = None,
        idempotency_key: str | None = None,
        in_doubt: bool = False,
    ) -> PushResult:
        """Update the object; without an id, the one that `find` finds, else create it.

        An object met for the first time keeps what we do not know. Raises NotFound when `external_id` is no longer
        there, Conflict when `find` finds several, InDoubt when none was found and another could be made.
        """
        resource = self.resource(object_type)
        if resource.create is None and resource.update is None:
            raise self._unsupported("write", object_type)
        if external_id is not None:
            return self._update(resource, external_id, self.outgoing(resource, payload, first=False))
        first = self.outgoing(resource, payload, first=True)
        known = self.existing(resource, first)
        if known is None:
            if in_doubt and not self.identified(resource, first, idempotency_key):
                raise repetition.in_doubt(resource, self.title)
            try:
                made = self._create(resource, first, idempotency_key)
                if not in_doubt or resource.update is None:
                    return made
                known = made.external_id  # the answer may be the earlier call's, and so may be what was written
            except Conflict as conflict:
                known = self.after_conflict(resource, first, conflict)
                if known is None:
                    raise
        if resource.update is None:
            return PushResult(known, None, created=False)
        return self._update(resource, known, first)

    def delete(self, object_type: str, external_id: str) -> None:
        """Delete the object; 404 is a success."""
        resource = self.resource(object_type)
        call = self._can(resource.delete, "delete", resource)
        try:
            self._call(call, "DELETE", self._checked(resource, external_id))
        except NotFound as error:
            answers.absent(error, self.title)

    def answer(self, question: str, payload: Document) -> Document:
        """The object that the vendor answers with."""
        name = self.question(question).name
        inquiry = next(inquiry for inquiry in self.inquiries if inquiry.name == name)
        method, path, options = inquiry.request(payload, self.options)
        try:
            return inquiry.read(self.read(self.ask(method, path, **options)), self.title)
        except HubError as error:
            error.in_doubt = False
            raise

    def list_webhooks(self) -> Webhooks:
        """All pages of the list."""
        registration = self._registers()
        found = pages(self, registration.list, first_request(self, registration.list))
        return [registration.read(item, self.title) for page in found for item in page.items]

    def register_webhook(self, address: str, topics: Collection[str], *, secret: str = "") -> RegisteredWebhook:
        """What `create` of the registration makes."""
        registration = self._registers()
        method, path, options = registration.request(address, topics, secret, self.options)
        answer = self.read(self.ask(method, path, **options))
        return registration.made(answer, address, topics, secret, self.title)

    def remove_webhook(self, identifier: str) -> None:
        """404 is a success."""
        call = self._registers().remove
        try:
            self._call(call, "DELETE", identifier)
        except NotFound as error:
            answers.absent(error, self.title)

    # Hooks

    def ask(self, method: str, path: str, **options: Any) -> Response:
        """Send a request. Hook, for refusals that need translating."""
        return self.client.request(method, path, **{"headers": self.headers, **options})

    def read(self, response: Response) -> Any:
        """The document of an answer. Hook, for vendors that report errors with status 200."""
        return response.json()

    def outgoing(self, resource: Resource, payload: Document, *, first: bool) -> Document:
        """What is sent of a mapped document; `first`: without what is null, so that nothing is erased. Hook."""
        return bodies.known(payload) if first else payload

    def existing(self, resource: Resource, payload: Document) -> str | None:
        """The id of the object that the ways of `find` lead to; None when there is none. Hook.

        Raises Conflict, code ambiguous-match, when there are several.
        """
        for way in resource.find:
            try:
                items = self._found(resource, way, {"settings": self.options, "payload": payload})
            except templates.Absent:
                continue
            if len(items) > 1:
                raise Conflict(
                    f"{self.title} has several objects of the type {resource.title} that match this one.",
                    code="ambiguous-match",
                    hint=f"Merge them in {self.title}, or link the record to the right one by hand, then retry.",
                )
            return answers.identifier(items[0], resource) if items else None
        return None

    def identified(self, resource: Resource, payload: Document, idempotency_key: str | None) -> bool:
        """Whether creating the object again, which was not found, makes no second one. Hook, for `upsert`: always."""
        key = idempotency_key if self.idempotency_header else None
        return repetition.makes_no_twin(resource, payload, self.options, key)

    def after_conflict(self, resource: Resource, payload: Document, conflict: Conflict) -> str | None:
        """The id of the object that stands in the way of a creation, None when that is not known. Hook: look again."""
        return None if conflict.code == "ambiguous-match" else self.existing(resource, payload)

    def other_object(self, resource: Resource, found: Document) -> Document | None:
        """What `fetch` gives when the answer is about another object than asked for. Hook: it is a wrong answer."""
        raise answers.unexpected(self.title, f"the {resource.title} that was asked for")

    # Parts

    @classmethod
    def resource(cls, object_type: str) -> Resource:
        """The description of an object type. Raises ConfigurationError, code unknown-object-type."""
        name = cls.object_type(object_type).name
        return next(resource for resource in cls.resources if resource.name == name)

    def _create(self, resource: Resource, payload: Document, idempotency_key: str | None) -> PushResult:
        call = self._can(resource.create, "create", resource)
        headers = self.headers
        if idempotency_key and self.idempotency_header:
            headers = {**headers, self.idempotency_header: idempotency_key}
        response = self._call(call, "POST", None, payload, headers=headers)
        if response.body.strip():
            return self._result(response, call, resource, created=True)
        return PushResult(answers.located(response, self.title), None, created=True)

    def _update(self, resource: Resource, external_id: str, payload: Document) -> PushResult:
        call = self._can(resource.update, "update", resource)
        try:
            response = self._call(call, "PATCH", self._checked(resource, external_id), payload)
        except NotFound as error:
            answers.absent(error, self.title)
            raise
        if response.body.strip():
            return self._result(response, call, resource, created=False)
        return PushResult(external_id, None, created=False)

    def _result(self, response: Response, call: Call, resource: Resource, *, created: bool) -> PushResult:
        found = answers.item(self.read(response), call.item, resource, self.title)
        version = paths.version(paths.reader(resource.version)(found)) if resource.version else None
        return PushResult(answers.identifier(found, resource), version, created)

    def _found(self, resource: Resource, way: Find, values: templates.Values) -> Documents:
        path = templates.fill_path(way.path, values)
        params, body = templates.fill(way.params, values), templates.fill(way.json, values)
        try:
            response = self.ask(way.method, path, params=params, json=body)
        except NotFound as error:
            answers.absent(error, self.title)
            return []
        items = paths.reader(way.items)(self.read(response))
        if not isinstance(items, list):
            raise answers.unexpected(self.title, "a list of objects")
        answers.check_items(items, resource, self.title)
        return [item for item in items if way.agrees(item, values["payload"])]

    def _call(
        self, call: Call, method: str, external_id: str | None, payload: Document | None = None, **options: Any
    ) -> Response:
        values = {"id": external_id, "settings": self.options, "payload": payload or {}}
        path = templates.fill_path(call.path, values)
        if payload is not None:
            options["json"] = bodies.wrapped(templates.fill(call.body, values), call.wrap, payload)
        return self.ask(call.method or method, path, params=templates.fill(call.params, values), **options)

    def _checked(self, resource: Resource, external_id: str) -> str:
        if resource.id_pattern and not re.fullmatch(resource.id_pattern, external_id):
            raise ConfigurationError(
                f"{external_id!r} is not an id of {self.title}.",
                code="invalid-identifier",
                hint="Correct the link of the record, or remove it.",
            )
        return external_id

    def _page(self, resource: Resource, listing: Listing, request: PageRequest, cursor: str | None) -> Page:
        page = next(pages(self, listing, request, cursors.load(cursor) if cursor else None), None)
        if page is None:
            return Page([], None)
        answers.check_items(page.items, resource, self.title)
        return Page(page.items, None if page.last else cursors.dump(page.state))

    def _registers(self) -> Registration:
        if self.webhook.registration is None:
            raise self._by_hand()
        return self.webhook.registration

    def _path(self, template: str) -> str:
        return templates.fill_path(template, {"settings": self.options})

    def _can(self, part: Part | None, action: str, resource: Resource) -> Part:
        if part is None:
            raise self._unsupported(action, resource.name)
        return part
