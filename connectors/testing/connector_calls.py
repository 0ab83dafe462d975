# Part of Integration Hub. License LGPL-3.0 or later.
"""What a connector does to its vendor: asks only the vendor, shows no secret, takes no wrong answer for a right one."""

from __future__ import annotations

import base64
import contextlib
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from ..connector import BulkPage, CheckResult, Page, PushResult, RegisteredWebhook
from ..errors import ConfigurationError, ConnectionFailed, HubError, Policy, Unauthorized
from ..http import Headers, Response
from .connector_case import SECRET, ConnectorCase
from .transport import answer

WRONG_BODIES = (
    *(b"", b"<html>Sign in</html>", b"null", b"[]", b"{}", b'"ok"', b'{"id": 5}', b'{"results": [3]}'),
    *(b'{"data": null}', b'{"data": {}, "results": {}}', b'{"errors": []}', b'{"errors": "x"}', b'{"errors": [3]}'),
)
HOSTILE_IDS = (
    "..",
    "../admin",
    "1/../../admin",
    "1?admin=1",
    "1#x",
    "1/admin",
    "//evil.example",
    "%2e%2e%2fadmin",
    "\n",
)


class CallContract(ConnectorCase):
    """Every call that the connector offers, over answers good, bad and missing."""

    def test_an_unknown_object_type_is_refused(self) -> None:
        made, transport = self.make(answer({}))
        for call in (
            lambda: made.fetch("unheard_of", "1"),
            lambda: made.list("unheard_of"),
            lambda: next(made.bulk("unheard_of")),
            lambda: made.push("unheard_of", {"properties": {"name": "x"}}),
            lambda: made.delete("unheard_of", "1"),
        ):
            with pytest.raises(ConfigurationError) as caught:
                call()
            assert caught.value.code == "unknown-object-type"
        assert not transport.requests

    def test_read_only_objects_refuse_to_be_written(self) -> None:
        made, transport = self.make(answer({}))
        for kind in (found for found in made.objects.values() if not found.writable):
            for call in (lambda name=kind.name: made.push(name, {}), lambda name=kind.name: made.delete(name, "1")):
                with pytest.raises(ConfigurationError) as caught:
                    call()
                assert caught.value.code == "unsupported-operation"
        assert not transport.requests

    def test_wrong_answers_are_hub_errors(self) -> None:
        """A login page, a proxy, another API: the connector says so, and takes it for no deletion."""
        for body in WRONG_BODIES:
            made, _transport = self.make(Response(200, Headers({"Content-Type": "text/html"}), body))
            refused = 0
            for call in self.calls(made):
                try:
                    found = call()
                except HubError as error:
                    assert error.message
                    refused += 1
                else:
                    assert (
                        isinstance(found, CheckResult | Page | BulkPage | PushResult | RegisteredWebhook) or found == []
                    ), "what is no answer is no proof of absence"
            assert refused, body

    def test_a_refused_credential_suspends_and_shows_no_secret(self) -> None:
        echo = answer({"message": f"bad token {SECRET}", "token": SECRET}, 401)
        made, transport = self.make(echo)
        for call in self.calls(made):
            with pytest.raises(Unauthorized) as caught:
                call()
            shown = f"{caught.value!r} {caught.value} {caught.value.params} {caught.value.hint} {caught.value.headers}"
            assert SECRET not in shown
        assert transport.requests

    def test_the_secret_travels_in_headers_only(self) -> None:
        made, transport = self.make(answer({}, 404))
        for call in self.calls(made):
            with pytest.raises(HubError):
                if call() is None:
                    raise HubError("nothing was found")
        for request in transport.requests:
            assert SECRET not in request.url and SECRET.encode() not in (request.body or b"")
            assert any(SECRET in _decoded(value) for value in request.headers.values())

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_an_outage_is_tried_again(self, status: int) -> None:
        made, _transport = self.make(answer({"message": "not now"}, status, {"Retry-After": "7"}))
        for call in self.calls(made):
            with pytest.raises(HubError) as caught:
                call()
            assert caught.value.policy is Policy.RETRY and caught.value.retry_after == 7

    def test_a_broken_connection_is_tried_again(self) -> None:
        made, _transport = self.make(ConnectionFailed("the network is down"))
        for call in self.calls(made):
            with pytest.raises(ConnectionFailed):
                call()

    def test_an_id_cannot_choose_another_address(self) -> None:
        """Ids come from outside: each is refused, or stays the one segment that it is."""
        base = urlsplit(self.kind.base_url(self.settings))
        usual, transport = self.make(answer({}))
        for call in self.calls(usual):
            _outcome(call)
        known = {_shape(request.url, "1") for request in transport.requests}
        for identifier in HOSTILE_IDS:
            made, transport = self.make(answer({}))
            for call in self.calls(made, identifier):
                _outcome(call)
            for request in transport.requests:
                parts = urlsplit(request.url)
                assert (parts.scheme, parts.netloc, parts.fragment) == (base.scheme, base.netloc, "")
                assert _shape(request.url, identifier) in known, request.url

    def test_secrets_go_to_known_addresses_only(self) -> None:
        addresses = self.kind.secret_addresses(self.settings)
        assert not addresses or self.kind.base_url(self.settings) in addresses
        assert all(urlsplit(address).scheme == "https" for address in addresses)

    def test_no_secret_in_repr(self) -> None:
        made, _transport = self.make(answer({}))
        shown = f"{made!r} {made.client!r} {vars(made)!r}"
        assert SECRET not in shown


def _outcome(call: Any) -> None:
    """Make a call for the sake of its requests: that it may fail is another test's matter."""
    with contextlib.suppress(HubError):
        call()


def _shape(url: str, identifier: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The segments of an address and the names of its parameters, the id's segment standing as such."""
    parts = urlsplit(url)
    segments = [unquote(segment) for segment in parts.path.split("/")]
    names = [pair.partition("=")[0] for pair in parts.query.split("&")]
    return tuple("{id}" if segment == identifier else segment for segment in segments), tuple(names)


def _decoded(value: str) -> str:
    """The value of a header; of basic authentication what it encodes."""
    scheme, _, rest = value.partition(" ")
    return base64.b64decode(rest).decode() if scheme == "Basic" else value
