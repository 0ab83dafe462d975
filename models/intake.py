# Part of Integration Hub. License LGPL-3.0 or later.
"""Intake: a delivery is proved, read, and stored before it is acknowledged; or refused with a reason.

Nothing here logs a body, and nothing of a refused one is kept but why and which headers it had.
"""

import hashlib
import json
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from ..connectors import signatures
from ..connectors.connector import Connector
from ..connectors.errors import HubError, SignatureRefused
from ..engine import observe, vault
from ..engine.store import insert_inbound, take_in
from ..engine.wake import wake_or_log
from . import intake_load, telemetry_delivery

SLUG = re.compile(r"[\w-]{1,200}")  # what an endpoint's slug may be; nothing else reaches the database or the cache
MAX_KEY_CHARS = 255
MAX_MESSAGES = 10_000  # in one delivery
KEPT_OUT = ("authorization", "cookie", "proxy-authorization")


class Refused(Exception):
    """A delivery that is not accepted: an HTTP status, a stable code, a sentence; or the answer the sender wants."""

    def __init__(self, status, code, detail, answer=None, retry_after=None):
        super().__init__(detail)
        self.status, self.code, self.detail, self.answer = status, code, detail, answer
        self.retry_after = retry_after  # seconds


class Route(NamedTuple):
    """What intake needs of an endpoint, cached."""

    endpoint_id: int
    company_id: int
    connector: Callable[[], type[Connector]]  # its settings shape it at the first delivery, once for all
    scheme: str
    options: dict
    max_body_bytes: int
    accepts: bool
    works: bool
    credential_id: int | None
    public_url: str
    rate: int  # of deliveries a second; 0: no limit


class Reply(NamedTuple):
    """What is answered to an accepted delivery: the scheme's answer, and the default body."""

    answer: Any
    body: dict


def find_route(env, slug):
    """Return the endpoint's route; refuses unknown, archived and disabled ones."""
    try:
        route = env["integration.endpoint"]._intake_route(slug if SLUG.fullmatch(slug) else "")
    except LookupError:
        raise Refused(404, "unknown-endpoint", "There is no webhook endpoint at this address.") from None
    if not route.accepts:
        raise Refused(409, "endpoint-disabled", "This webhook endpoint is switched off.")
    return route


def receive(db, env, route, delivery):
    """Verify, parse and store one delivery; returns :class:`Reply`. Raises :class:`Refused`."""
    scheme = signatures.get(route.scheme, route.options)
    if delivery.content_type not in scheme.content_types:
        raise Refused(
            415,
            "unsupported-content-type",
            f"Expected {' or '.join(scheme.content_types)}, got {delivery.content_type[:80] or 'none'}.",
        )
    if not scheme.challenge_is_signed and (greeting := scheme.challenge(delivery, None)):
        return Reply(greeting, {})
    _check_load(db, route, scheme)
    try:
        verified = _verify(scheme, delivery, route, _secrets(db, env, route), db.clock.now())
    except SignatureRefused as error:
        raise Refused(401, f"signature-{error.code}", f"The signature was refused: {error}.", scheme.refusal) from None
    document = _parsed(lambda: scheme.document(delivery))
    if scheme.challenge_is_signed and (greeting := scheme.challenge(delivery, document)):
        return Reply(greeting, {})
    kept_out = {*KEPT_OUT, *map(str.lower, scheme.secret_headers)}
    headers = {name.lower(): value for name, value in delivery.headers.pairs() if name.lower() not in kept_out}
    notifications = _parsed(lambda: route.connector().parse_webhook(headers, document))
    _check_size(notifications)
    verified = verified._replace(dedupe_key=scheme.dedupe_key(verified, document))
    accepted = _store(db, env, route, delivery, headers, document, notifications, verified)
    intake_load.note(db, route, accepted)
    if not accepted:
        return Reply(scheme.answer, {"id": None, "status": "accepted"})
    fresh = [each for each in accepted if not each.duplicate]
    body = {"id": accepted[0].event_id, "status": "accepted" if fresh else "duplicate"}
    if len(accepted) > 1:
        body["ids"] = [each.event_id for each in accepted]
    if observe.wanted():
        observe.about().update(telemetry_delivery.said(env, route, body["id"], delivery.headers))
    return Reply(scheme.answer, body)


def _check_load(db, route, scheme):
    """Ask a sender that delivers again to come later, where too much comes or waits; of others nothing is refused."""
    if not (found := intake_load.too_much(db, route)):
        return
    code, seconds = found
    if scheme.redelivers:
        raise Refused(429, code, f"Too much at the moment; deliver it again in {seconds} s.", retry_after=seconds)
    intake_load.tally.count(db, route.endpoint_id, f"beyond:{code}")


def _verify(scheme, delivery, route, secrets, now):
    """Verify under the address of the request; behind a proxy that rewrote it, under the one the sender was given."""
    try:
        return scheme.verify(delivery, secrets, now=now)
    except SignatureRefused as error:
        if error.code != "mismatch" or not scheme.signs_url:
            raise
        _path, mark, query = (delivery.url or "").partition("?")
        return scheme.verify(replace(delivery, url=f"{route.public_url}{mark}{query}"), secrets, now=now)


def signs_address(route):
    """Tell whether the sender's signature covers the address it called."""
    return signatures.get(route.scheme, route.options).signs_url


def _secrets(db, env, route):
    unconfigured = Refused(
        409, "endpoint-not-configured", "This webhook endpoint has no signing secret that works here."
    )
    if not route.credential_id:
        raise unconfigured
    try:
        return vault.open_stored(env["integration.credential"]._stored(route.credential_id), "inbound", db.now())
    except HubError as error:
        raise unconfigured from error


def _parsed(parse):
    try:
        return parse()
    except HubError as error:
        raise Refused(422, error.code, str(error)) from None


def _check_size(notifications):
    """What is looked up by is short, no index and no cache takes a text of megabytes; and a delivery ends some day."""
    if len(notifications) > MAX_MESSAGES:
        raise Refused(422, "too-many-messages", f"The delivery has more than {MAX_MESSAGES} messages.")
    for notification in notifications:
        for name in ("topic", "external_id", "dedupe_key", "version"):
            if len(getattr(notification, name) or "") > MAX_KEY_CHARS:
                raise Refused(422, "key-too-long", f"The message's {name} is longer than {MAX_KEY_CHARS} characters.")


def _store(db, env, route, delivery, headers, document, notifications, verified):
    count = len(notifications)
    messages = [
        _message(db, env, route, notification, headers, _dedupe_key(delivery, notification, verified, index, count))
        for index, notification in enumerate(notifications)
    ]
    # One message is one statement; of several all are stored or none.
    if count == 1:
        whole = notifications[0].payload is document and delivery.content_type == signatures.JSON
        accepted = [take_in(db, body=delivery.body.decode() if whole else _text(notifications[0]), **messages[0])]
    else:
        with db.read_committed() as cr:
            accepted = [
                insert_inbound(cr, body=_text(notification), **message)
                for notification, message in zip(notifications, messages, strict=True)
            ]
    fresh = [
        each.unit
        for each, message in zip(accepted, messages, strict=True)
        if message["flow_id"] and not (each.awaited or each.duplicate)
    ]
    units = fresh + _retried(db, env, [each.event_id for each in accepted if each.duplicate])
    if units and (route.works or _works_by_now(db, route.endpoint_id)):
        wake_or_log(db, units)
    return accepted


def _message(db, env, route, notification, headers, dedupe_key):
    """Return what is stored of a notification, but its body."""
    flow_id = env["integration.flow"]._route(route.endpoint_id, notification.topic)
    return {
        "endpoint_id": route.endpoint_id,
        "company_id": route.company_id,
        "flow_id": flow_id,
        "message": notification,
        "dedupe_key": dedupe_key,
        "headers": headers,
        "now": db.now(),
        "state": "pending" if flow_id else "ignored",
        "detail": None if flow_id else f"No flow that is switched on takes {notification.topic}",
    }


def _text(notification):
    return json.dumps(notification.payload, ensure_ascii=False)


def _retried(db, env, event_ids):
    """Give those of these that are dead one more try; returns the units to wake."""
    if not event_ids:
        return []
    with db.read_committed() as cr:
        return env["integration.event"].with_env(env(cr=cr)).browse(event_ids).exists()._retry_dead()


def _works_by_now(db, endpoint_id):
    """Who lets an endpoint run again looks for what waits once, maybe before this was there; so we look, too."""
    with db.read_committed() as cr:
        cr.execute("SELECT state = 'active' FROM integration_endpoint WHERE id = %s", [endpoint_id])
        row = cr.fetchone()
        return bool(row and row[0])


def _dedupe_key(delivery, notification, verified, index, count):
    """Return what tells a redelivery from a new message: the vendor's id, else the signed time and the body.

    Without either, two equal bodies are two messages.
    """
    if notification.dedupe_key:
        return notification.dedupe_key
    key = verified.dedupe_key
    if not key and verified.timestamp is not None:
        key = f"sha256:{hashlib.sha256(delivery.body).hexdigest()}:{verified.timestamp:.0f}"
    return f"{key}#{index}" if key and count > 1 else key


class _Counter:
    """Writes at most one refusal a second, endpoint and reason; the rest is counted into the next one."""

    def __init__(self):
        self._lock = threading.Lock()
        self._seen = {}

    def due(self, key, now):
        """Return how many refusals a row written now stands for; 0 when none is due."""
        with self._lock:
            if len(self._seen) > 10_000:
                self._seen.clear()
            last, count = self._seen.get(key, (0.0, 0))
            if now - last < 1.0:
                self._seen[key] = (last, count + 1)
                return 0
            self._seen[key] = (now, 0)
            return count + 1


_counter = _Counter()


def note_refusal(db, env, endpoint_id, refused, header_names):
    """Keep that a delivery was refused, and why; never its content."""
    intake_load.tally.count(db, endpoint_id, f"refused:{refused.code}")
    count = _counter.due((db.name, endpoint_id, refused.code), db.clock.monotonic())
    if not count:
        return
    with db.read_committed() as cr:
        env["integration.refusal"].with_env(env(cr=cr)).create(
            {
                "endpoint_id": endpoint_id,
                "refused_at": db.now(),
                "reason": refused.code,
                "message": refused.detail,
                "header_names": ", ".join(sorted({name.lower() for name in header_names}))[:500],
                "count": count,
            }
        )
