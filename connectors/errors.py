# Part of Integration Hub. License LGPL-3.0 or later.
"""Every failure of the library is one of these classes, and the class is the policy: what to do next.

    HubError                    DEAD     base; carries code, message, hint, params, retry_after, in_doubt
    ├ ConfigurationError        DEAD     a setting is missing or wrong: fix it, then retry
    ├ TransportError            RETRY  ? no complete answer came back
    │ ├ ConnectionFailed · TimeoutExceeded · TLSError · BodyTruncated
    │ └ ResponseTooLarge        DEAD
    ├ ResponseError                      the peer answered with an error status (`status`, `headers`, `excerpt`)
    │ ├ Throttled               RETRY    429
    │ ├ ServerFault             RETRY  ? 408, 425, 5xx
    │ ├ Unauthorized            SUSPEND  401, 403
    │ ├ Gone                    DISABLE  410
    │ ├ NotFound · Conflict     DEAD     404 · 409
    │ └ Rejected                DEAD     any other 4xx, and redirects
    ├ BadResponse               DEAD   ? a success that is not what was promised
    │ └ ErrorPage               RETRY  ? no document at all: somebody else answered for the peer
    ├ InDoubt                   HOLD   ? it may have been done already, and nothing tells but a person's eyes
    ├ DocumentError             DEAD     a document that is not acceptable JSON (see jsondoc)
    ├ MappingError              DEAD     a document that does not fit its mapping
    ├ ContractViolation         DEAD     a document that does not keep its contract (see contracts)
    ├ SignatureRefused          DEAD     a delivery that did not prove its sender
    └ Held                      RETRY    a request that our own limits keep back; nothing was sent (see resilience)

`?`: the request may have taken effect although nothing says so (`in_doubt`), unless whoever raises it knows better: it
was never sent, or only read (see http/client.py), or its status says that nothing was done (see statuses.py).

No message, `repr` or `params` holds a secret or a body; `ResponseError.excerpt` is short and masked.
"""

import enum
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class Policy(enum.Enum):
    """What the caller does with a failed attempt."""

    RETRY = "retry"
    SUSPEND = "suspend"
    DISABLE = "disable"
    HOLD = "hold"
    DEAD = "dead"


class HubError(Exception):
    """Base of all errors: a stable `code`, words for a person, and the policy to follow.

    `message` says what failed and where, `hint` what to do next, `params` holds JSON-able details,
    `retry_after` the seconds the peer asked to wait (None when it did not say). `in_doubt`: what was asked for may
    have been done nevertheless.
    """

    code: str = "hub-error"
    policy: ClassVar[Policy] = Policy.DEAD
    hint: str = ""
    in_doubt: bool = False

    def __init__(
        self,
        message: str = "",
        *,
        code: str | None = None,
        hint: str | None = None,
        params: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
        in_doubt: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
        if hint is not None:
            self.hint = hint
        self.params: dict[str, Any] = dict(params or {})
        self.retry_after = retry_after
        if in_doubt is not None:
            self.in_doubt = in_doubt

    def __str__(self) -> str:
        return self.message or self.code

    def __repr__(self) -> str:
        return f"{type(self).__name__}(code={self.code!r}, message={self.message!r})"


class ConfigurationError(HubError):
    """A setting is missing, malformed or contradicts another; retrying cannot help."""

    code = "configuration"
    hint = "Correct the setting named in the message, then try again."


# -- no complete answer -----------------------------------------------------------------------------------------------


class TransportError(HubError):
    """No complete answer came back. `in_doubt` is False only when the request cannot have reached the peer."""

    code = "transport"
    policy = Policy.RETRY
    hint = "It is tried again automatically. If it goes on, check that the other system is reachable."
    in_doubt = True


class ConnectionFailed(TransportError):
    """The connection could not be opened, or broke before the answer began."""

    code = "connection-failed"


class TimeoutExceeded(TransportError):
    """The connect, read or total time was used up."""

    code = "timeout"


class TLSError(TransportError):
    """No trustworthy encrypted connection could be made."""

    code = "tls"
    hint = "Check the certificate of the other system and this server's clock. It is tried again automatically."


class BodyTruncated(TransportError):
    """The answer broke off before its announced end."""

    code = "body-truncated"


class ResponseTooLarge(TransportError):
    """The answer is larger than the limit; the same request would be too large again."""

    code = "response-too-large"
    policy = Policy.DEAD
    hint = "Ask for fewer records a page, or raise the response size limit."


# -- an answer with an error status -----------------------------------------------------------------------------------


class ResponseError(HubError):
    """The peer answered with an error status.

    `status` is the HTTP status, `headers` the answer's headers in lower case without cookies and credentials,
    `excerpt` at most 500 masked characters of its body: for a person to read, not part of `str()`.
    """

    code = "response-error"

    def __init__(
        self,
        message: str = "",
        *,
        status: int = 0,
        headers: Mapping[str, str] | None = None,
        excerpt: str = "",
        **details: Any,
    ) -> None:
        super().__init__(message, **details)
        self.status = status
        self.headers = dict(headers or {})
        self.excerpt = excerpt


class Throttled(ResponseError):
    """429: too many requests; the whole endpoint slows down for `retry_after`."""

    code = "throttled"
    policy = Policy.RETRY
    hint = "It is tried again when the other system allows it."


class ServerFault(ResponseError):
    """408, 425 or 5xx: the peer could not answer now."""

    code = "server-fault"
    policy = Policy.RETRY
    hint = "It is tried again automatically. If it goes on, look at the other system's status page."
    in_doubt = True


class Unauthorized(ResponseError):
    """401 or 403: the credentials were refused; sending more would only lock the account."""

    code = "unauthorized"
    policy = Policy.SUSPEND
    hint = "Renew the credentials, or grant the missing permission in the other system, then resume the endpoint."


class NotFound(ResponseError):
    """404: the object does not exist there."""

    code = "not-found"
    hint = "The object may have been deleted in the other system. Check its id."


class Conflict(ResponseError):
    """409: the object's state contradicts the request."""

    code = "conflict"
    hint = "Look at the object in the other system, resolve the conflict, then retry."


class Gone(ResponseError):
    """410: the address was removed for good."""

    code = "gone"
    policy = Policy.DISABLE
    hint = "The receiver no longer wants these messages. Ask its owner for a new address."


class Rejected(ResponseError):
    """Any other 4xx, or a redirect: the same request would be refused again."""

    code = "rejected"
    hint = "Read the answer's excerpt, correct the record or the mapping, then retry."


# -- documents and deliveries -----------------------------------------------------------------------------------------


class BadResponse(HubError):
    """A success status whose body is not what was promised: no JSON, an error page, another shape."""

    code = "bad-response"
    hint = "Check the base address: something other than the expected API may be answering."
    in_doubt = True


class ErrorPage(BadResponse):
    """A success status with no JSON: a proxy, or a page that tells of maintenance. Such answers pass."""

    code = "error-page"
    policy = Policy.RETRY
    hint = "It is tried again by itself. If it goes on, check the base address: something else may be answering."


class InDoubt(HubError):
    """An earlier try may have created the object, and the vendor offers nothing to find it by: nothing was sent."""

    code = "in-doubt"
    policy = Policy.HOLD
    hint = "Look for it in the other system. Then say that it is there, or send it again."
    in_doubt = True


class DocumentError(HubError):
    """The bytes are not an acceptable JSON document. Subclasses with their own codes: jsondoc."""

    code = "document"
    hint = "The sender must correct the document."


class MappingError(HubError):
    """A document does not fit its mapping; `problems` lists every line that failed, not only the first."""

    code = "mapping"
    hint = "Correct the mapping or the document, then retry."

    def __init__(self, message: str = "", *, problems: Sequence[Any] = (), **details: Any) -> None:
        super().__init__(message, **details)
        self.problems = list(problems)


class SignatureRefused(HubError):
    """A delivery did not prove who sent it; `code` says why (no-secret, missing-header, stale, mismatch …)."""

    code = "signature-refused"
    hint = "Compare the secret here with the one in the sending system."
