# Part of Integration Hub. License LGPL-3.0 or later.
"""Addresses: a base that credentials belong to, and paths that cannot leave it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import SplitResult, unquote, urlencode, urlsplit

from ..errors import ConfigurationError

Params = Mapping[str, Any] | Iterable[tuple[str, Any]]

_UNSAFE = re.compile(r"[\x00-\x20\x7f\\\ud800-\udfff]")
_PORTS = {"http": 80, "https": 443}


def check_base_url(base_url: str) -> str:
    """The base address without a slash at its end; ConfigurationError unless it is plain http(s)://host[:port][/path]."""
    parts = _split(base_url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ConfigurationError(
            "The base address must start with https:// (or http://) and a host", code="invalid-url"
        )
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError("The base address must not hold a user or password", code="invalid-url")
    if "?" in base_url or "#" in base_url:
        raise ConfigurationError("The base address must not have a query or a fragment", code="invalid-url")
    _check_path(parts.path)
    return base_url.rstrip("/")


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address (RFC 6454 §4), with the scheme's port when none is given."""
    parts = _split(url)
    try:
        port = parts.port
    except ValueError:
        port = 0
    return parts.scheme, (parts.hostname or "").lower(), _PORTS.get(parts.scheme, 0) if port is None else port


def unsafe(url: str) -> bool:
    """Whether an address has characters that none may have."""
    return _UNSAFE.search(url) is not None


def normal(url: str) -> str:
    """The address as requests puts it on the wire, percent-encoded, its host in ASCII: what is signed must be that."""
    import requests

    prepared = requests.PreparedRequest()
    try:
        prepared.prepare_url(url, None)
    except (requests.RequestException, UnicodeError):
        prepared.url = None
    if prepared.url is None:
        raise _malformed()
    return prepared.url


def join(base_url: str, path: str, params: Params | None = None) -> str:
    """The address of `path` below `base_url`, with `params` added to its query.

    `path` may be absolute (a vendor's "next page" link) when it has the base's origin; anything that leads
    elsewhere, such as `//host` or `..`, is refused by ConfigurationError. None values of `params` are left out,
    lists repeat their key, booleans become true and false.
    """
    if re.match(r"[A-Za-z][A-Za-z0-9+.\-]*://", path):
        parts = _split(path)
        if origin(path) != origin(base_url) or parts.username is not None or parts.password is not None:
            raise ConfigurationError(
                "The request leads to another origin than the endpoint's base address",
                code="foreign-origin",
                hint="Credentials are only sent to the origin they were entered for.",
            )
        url = path.partition("#")[0]
    else:
        if path.startswith("//") or "#" in path:
            raise ConfigurationError(f"{path.partition('?')[0]!r} is not a path", code="invalid-url")
        parts = _split(path)
        url = f"{base_url}/{path.removeprefix('/')}" if path else base_url
        if path.startswith("?"):
            url = base_url + path
    _check_path(parts.path)
    query = _encode(params)
    if query:
        url += ("&" if "?" in url else "?") + query
    return url


def _encode(params: Params | None) -> str:
    pairs = params.items() if isinstance(params, Mapping) else (params or ())
    flat: list[tuple[str, str]] = []
    for key, value in pairs:
        for item in value if isinstance(value, (list, tuple)) else (value,):
            if item is not None:
                flat.append((key, ("false", "true")[item] if isinstance(item, bool) else str(item)))
    try:
        return urlencode(flat)
    except UnicodeEncodeError:
        raise ConfigurationError("A parameter has halves of characters", code="invalid-url") from None


def _split(url: str) -> SplitResult:
    if unsafe(url):
        raise ConfigurationError(
            "An address must not have spaces, control characters, backslashes or halves of characters",
            code="invalid-url",
        )
    try:
        return urlsplit(url)
    except ValueError:
        raise _malformed() from None


def _malformed() -> ConfigurationError:
    return ConfigurationError("The address is malformed", code="invalid-url")


def _check_path(path: str) -> None:
    """No segment may climb, not even encoded: an id taken from a payload must not choose another resource."""
    for segment in re.split(r"/|%2[fF]", path):
        if unquote(segment) in (".", ".."):
            raise ConfigurationError("A path must not have '.' or '..' segments", code="invalid-url")
