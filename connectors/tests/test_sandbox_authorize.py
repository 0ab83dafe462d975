# Part of Integration Hub. License LGPL-3.0 or later.
"""A person signs in in the browser: the library's authorization code grant against the sandbox's page."""

import html
import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from integration_hub_connectors.auth import AuthorizationCode, MemoryTokenStore, OAuthClient, RefreshToken
from integration_hub_connectors.auth.oauth import TokenEndpoint
from integration_hub_connectors.errors import Unauthorized
from integration_hub_connectors.http import AddressGuard, RequestsTransport, Timeout
from integration_hub_connectors.messages import Request
from integration_hub_connectors.sandbox.testing import Sandbox

BACK = "http://127.0.0.1:8069/integration/oauth/callback"


def endpoint(sandbox: Sandbox) -> TokenEndpoint:
    transport = RequestsTransport(guard=AddressGuard(["127.0.0.0/8"]))
    client = OAuthClient("hubspot-sandbox-client", "hubspot-sandbox-client-secret", method="client_secret_post")
    return TokenEndpoint(f"{sandbox.url}/hubspot/oauth/v1/token", client, transport, timeout=Timeout())


def grant(sandbox: Sandbox) -> AuthorizationCode:
    return AuthorizationCode(endpoint(sandbox), f"{sandbox.url}/hubspot/oauth/authorize", BACK, scope="crm <all>")


def clicked(url: str, link: str) -> dict[str, list[str]]:
    """What the browser comes back with after a person has read the page and followed a link of it."""
    page = requests.get(url, timeout=10)
    assert page.status_code == 200 and "HubSpot" in page.text and "crm &lt;all&gt;" in page.text
    address = re.search(rf'id="{link}" href="([^"]+)"', page.text)
    assert address
    answer = requests.get(html.unescape(address[1]), timeout=10, allow_redirects=False)
    assert answer.status_code == 302 and answer.headers["Location"].startswith(BACK)
    return parse_qs(urlsplit(answer.headers["Location"]).query)


def test_a_person_allows_it(sandbox: Sandbox) -> None:
    flow, store = grant(sandbox), MemoryTokenStore()
    begun = flow.start()
    token = flow.finish(begun, clicked(begun.url, "allow"), store)
    assert token.refresh_token and store.load() == token

    def status() -> int:
        asked = RefreshToken(endpoint(sandbox), store).apply(Request("GET", "http://api"))
        headers = {"Authorization": asked.headers["Authorization"]}
        return requests.get(f"{sandbox.url}/hubspot/crm/v3/objects/contacts", headers=headers, timeout=10).status_code

    assert status() == 200
    store.save(replace(token, expires_at=token.obtained_at))
    assert status() == 200 and store.load() != token, "renewed, without the person"


def test_a_person_declines(sandbox: Sandbox) -> None:
    flow = grant(sandbox)
    begun = flow.start()
    with pytest.raises(Unauthorized, match="was declined") as caught:
        flow.finish(begun, clicked(begun.url, "decline"), MemoryTokenStore())
    assert caught.value.code == "oauth-access-denied"


@pytest.mark.parametrize("stolen", [{"verifier": "x" * 43}, {"redirect_uri": "http://127.0.0.1/elsewhere"}])
def test_a_stolen_code_buys_nothing(sandbox: Sandbox, stolen: dict[str, str]) -> None:
    flow = grant(sandbox)
    begun = flow.start()
    answer = clicked(begun.url, "allow")
    with pytest.raises(Unauthorized) as caught:
        flow.finish(replace(begun, **stolen), answer, MemoryTokenStore())
    assert caught.value.code == "oauth-invalid-grant"
    with pytest.raises(Unauthorized):
        flow.finish(begun, answer, MemoryTokenStore())  # a code is good once, even in the right hands


def test_a_client_that_is_not_known_is_shown_no_page(sandbox: Sandbox) -> None:
    query = {"response_type": "code", "redirect_uri": BACK}
    url = f"{sandbox.url}/hubspot/oauth/authorize"
    assert requests.get(url, params=query | {"client_id": "x"}, timeout=10).json()["error"] == "invalid_client"
    query = {"client_id": "hubspot-sandbox-client", "response_type": "code", "redirect_uri": "javascript:alert(1)"}
    assert requests.get(url, params=query, timeout=10).status_code == 400
