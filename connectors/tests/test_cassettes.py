# Part of Integration Hub. License LGPL-3.0 or later.
"""Cassettes: played through the real transport without a network, and no credential in any of them."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from integration_hub_connectors.auth import Basic, Bearer, HeaderKey, QueryKey
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.connector import Connector
from integration_hub_connectors.errors import ConfigurationError
from integration_hub_connectors.http import AddressGuard, Client, RequestsTransport, Timeout
from integration_hub_connectors.testing.cassette_calls import RECORDED, Call, calls, connector, outcome
from integration_hub_connectors.testing.cassettes import ABOUT, RECORDED_AT, recording, replaying
from integration_hub_connectors.testing.scrubbing import MASK, Scrubber, is_secret_name

VENDORS: tuple[type[Connector], ...] = tuple(connector(name)[0] for name in RECORDED)
TIMEOUT = Timeout(connect=1, read=2, total=5)
CALLS = [(kind, call) for kind in VENDORS for call in calls(kind)]
MARKERS = {
    name: f"marker-{name.replace('_', '-')}-7Q9"
    for name in ("header", "bearer", "query", "form", "json", "answer", "cookie", "set_cookie", "user", "oauth", "url")
}


def cassettes(kind: type[Connector]) -> list[Path]:
    return sorted((kind.folder() / "cassettes").glob("*.json"))


# The vendors' cassettes


@pytest.mark.parametrize(("kind", "call"), CALLS, ids=lambda value: getattr(value, "name", ""))
def test_each_call_comes_to_what_it_came_to(kind: type[Connector], call: Call) -> None:
    path = kind.folder() / "cassettes" / f"{call.name}.json"
    given = {**connector(kind.name)[1], "api_url": f"{RECORDED_AT}/{kind.name}"}
    with replaying(path) as transport:
        auth = kind.auth(given, "another-secret-than-was-recorded")
        made = Client(kind.base_url(given), timeout=TIMEOUT, auth=auth, transport=transport, clock=ManualClock())
        assert outcome(call, kind(made, given)) == json.loads(path.read_text(encoding="utf-8"))["outcome"]


@pytest.mark.parametrize("kind", VENDORS)
def test_every_call_has_its_cassette_which_says_where_it_is_from(kind: type[Connector]) -> None:
    assert [path.stem for path in cassettes(kind)] == sorted(call.name for call in calls(kind))
    for path in cassettes(kind):
        assert json.loads(path.read_text(encoding="utf-8"))["about"] == ABOUT
    assert "sandbox" in (kind.folder() / "cassettes" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", VENDORS)
def test_no_cassette_holds_a_credential(kind: type[Connector]) -> None:
    """Not the sandbox's, nothing that looks like a vendor's, no header that carries one, no address that was real."""
    suspicious = re.compile(
        r"shpat_|shpss_|shpca_|pat-(na|eu)|pat-sandbox|[-_]sandbox-secret|bearer |basic [a-z0-9+/=]{8}"
        r"|eyj[a-z0-9_-]{10}|set-cookie|\"(proxy-)?authorization\"|x-shopify-access-token|127\.0\.0\.1|localhost",
        re.IGNORECASE,
    )
    for path in cassettes(kind):
        assert not suspicious.search(path.read_text(encoding="utf-8")), path.name


# A recording full of credentials


@pytest.fixture
def talkative(server: Any) -> Iterator[Any]:
    """A peer that answers with credentials in every place that there is."""
    body = {
        "access_token": MARKERS["oauth"],
        "refresh_token": MARKERS["oauth"],
        "idToken": MARKERS["oauth"],
        "items": [{"api_key": MARKERS["answer"], "name": "Noor", "client-secret": MARKERS["answer"]}],
        "download": f"https://storage.example/f?X-Signature={MARKERS['url']}&name=f",
        "page_token_count": 3,
    }
    cookie = f"session={MARKERS['set_cookie']}"
    server.answer("200 OK", json.dumps(body).encode(), "Content-Type: application/json", f"Set-Cookie: {cookie}")
    return server


def record(server: Any, path: Path, secrets: tuple[str, ...] = ()) -> None:
    user = base64.b64encode(MARKERS["user"].encode()).decode()
    with recording(path, server.url, secrets=secrets) as transport:

        def call(auth: Any, where: str = "/things", **options: Any) -> None:
            client = Client(server.url, timeout=TIMEOUT, auth=auth, transport=transport)
            client.post(where, **options)

        call(Bearer(MARKERS["bearer"]), json={"password": MARKERS["json"], "deep": [{"token": MARKERS["json"]}]})
        call(HeaderKey("X-Own-Key", MARKERS["header"]), headers={"Cookie": f"a={MARKERS['cookie']}"})
        call(QueryKey("api_key", MARKERS["query"]), data={"client_secret": MARKERS["form"], "grant_type": "x"})
        call(Basic(MARKERS["user"], MARKERS["user"]), headers={"X-Again": user})


def test_credentials_in_every_place_are_scrubbed_without_being_known(talkative: Any, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    record(talkative, path)
    sent = b"".join(talkative.heads) + b"".join(talkative.bodies)
    for name in ("bearer", "header", "query", "json", "form", "cookie"):
        assert MARKERS[name].encode() in sent, "it did travel"
    text = path.read_text(encoding="utf-8")
    for name, marker in MARKERS.items():
        assert marker not in text, name
        assert base64.b64encode(marker.encode()).decode().rstrip("=") not in text, name
    assert "Noor" in text and "grant_type" in text and "page_token_count" in text
    assert text.count(MASK) >= 10


def test_known_secrets_are_masked_wherever_they_stand(server: Any, tmp_path: Path) -> None:
    secret = 'p4ss/wörd+"quoted"'
    echo = f"your key {secret} in words, {base64.b64encode(secret.encode()).decode()}"
    server.answer("200 OK", json.dumps({"note": echo}).encode(), "Content-Type: application/json", f"Link: <{MASK}>")
    path = tmp_path / "c.json"
    with recording(path, server.url, secrets=(secret,)) as transport:
        client = Client(server.url, timeout=TIMEOUT, transport=transport)
        client.post("/note", params={"q": secret}, json={"note": secret})
    text = path.read_text(encoding="utf-8")
    document = json.loads(text)["interactions"][0]
    for form in (secret, base64.b64encode(secret.encode()).decode(), "p4ss%2Fw", "p4ss/w"):
        assert form not in text and form not in json.dumps(document, ensure_ascii=False)
    assert f"your key {MASK} in words, {MASK}" in document["response"]["body"]["string"]


def test_what_was_scrubbed_is_found_again_when_played(talkative: Any, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    record(talkative, path)
    heard = len(talkative.heads)
    with replaying(path) as transport:
        client = Client(RECORDED_AT, timeout=TIMEOUT, auth=Bearer("other"), transport=transport)
        answer = client.post("/things", json={"password": "other", "deep": [{"token": "other"}]})
        assert answer.json()["items"][0]["name"] == "Noor" and answer.json()["access_token"] == MASK
        client.post("/things")
        keyed = Client(RECORDED_AT, timeout=TIMEOUT, auth=QueryKey("api_key", "other"), transport=transport)
        keyed.post("/things", data={"client_secret": "other", "grant_type": "x"})
        client.post("/things")
    assert len(talkative.heads) == heard


# Playing


def test_a_request_that_was_not_recorded_is_refused(server: Any, tmp_path: Path) -> None:
    server.answer("200 OK", b"{}")
    path = tmp_path / "c.json"
    with recording(path, server.url) as transport:
        Client(server.url, timeout=TIMEOUT, transport=transport).get("/a")
    with pytest.raises(ConfigurationError) as caught, replaying(path) as transport:
        Client(RECORDED_AT, timeout=TIMEOUT, transport=transport).get("/b")
    assert caught.value.code == "not-recorded"
    with pytest.raises(AssertionError, match="1 exchanges"), replaying(path):
        pass
    with pytest.raises(ConfigurationError) as caught, replaying(tmp_path / "none.json"):
        raise AssertionError
    assert caught.value.code == "no-cassette"


def test_a_cassette_of_a_vendor_reached_by_https_is_played_too(server: Any, tmp_path: Path) -> None:
    server.answer("200 OK", b'{"ok": true}', "Content-Type: application/json")
    path = tmp_path / "c.json"
    with recording(path, server.url) as transport:
        Client(server.url, timeout=TIMEOUT, transport=transport).get("/a")
    path.write_text(path.read_text(encoding="utf-8").replace(RECORDED_AT, "https://api.vendor.example"))
    with replaying(path) as transport:
        made = Client("https://api.vendor.example", timeout=TIMEOUT, transport=transport)
        assert made.get("/a").json() == {"ok": True}


def test_recording_keeps_the_guard(server: Any, tmp_path: Path) -> None:
    guarded = RequestsTransport(guard=AddressGuard())
    with recording(tmp_path / "c.json", server.url, transport=guarded) as transport:
        (tmp_path / "c.json").write_text('{"version": 1, "interactions": []}')
        with pytest.raises(ConfigurationError) as caught:
            Client(server.url, timeout=TIMEOUT, transport=transport).get("/a")
    assert caught.value.code == "address-refused"
    assert not server.heads


def test_other_transports_are_as_they_were(server: Any, tmp_path: Path) -> None:
    server.answer("200 OK", b'{"real": 1}')
    with recording(tmp_path / "c.json", server.url) as transport:
        Client(server.url, timeout=TIMEOUT, transport=transport).get("/a")
        recorded = len(server.heads)
    assert Client(server.url, timeout=TIMEOUT).get("/a").json() == {"real": 1}
    assert Client(server.url, timeout=TIMEOUT, transport=transport).get("/a").json() == {"real": 1}
    assert len(server.heads) == recorded + 2


# Names


@pytest.mark.parametrize(
    "name",
    [
        *("access_token", "accessToken", "refresh_token", "id_token", "token", "bearerToken", "client_secret"),
        *(
            "clientSecret",
            "password",
            "api_key",
            "apikey",
            "X-Api-Key",
            "hapikey",
            "signature",
            "X-Amz-Signature",
            "sig",
        ),
        *("client_assertion", "code_verifier", "private_key", "Authorization", "sessionId", "jwt"),
        "X-Goog-Credential",
    ],
)
def test_credentials_go_by_these_names(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    ["name", "email", "id", "country_code", "code", "state", "key", "tokens_left", "keyboard", "sku", "author", "zip"],
)
def test_and_not_by_these(name: str) -> None:
    assert not is_secret_name(name)


def test_some_names_mean_a_credential_only_where_a_token_is_asked_for() -> None:
    scrubber = Scrubber()
    assert scrubber.url("https://h/cb?code=4f&state=x&page=2") == f"https://h/cb?code={MASK}&state={MASK}&page=2"
    assert scrubber.body(b'{"code":"BE","state":"NY"}') == b'{"code":"BE","state":"NY"}'
    assert json.loads(scrubber.body(b'{"code":"4f","grant_type":"authorization_code"}'))["code"] == MASK
    assert scrubber.url("https://user:pass@h/p#frag") == "https://h/p"


@settings(max_examples=50)
@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=6), st.text(max_size=20), st.text(max_size=20))
def test_a_known_secret_is_in_no_text_it_was_put_into(secret: str, before: str, after: str) -> None:
    scrubbed = Scrubber([secret]).text(before + secret + after)
    assert secret in MASK or secret not in scrubbed.replace(MASK, "\0") or secret in (before + "\0" + after)


@settings(max_examples=50)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner), max_leaves=6))
def test_a_body_without_credentials_is_left_as_it_is(document: Any) -> None:
    body = json.dumps(document).encode()
    assert Scrubber().body(body) == body


@given(st.binary())
def test_any_body_at_all_can_be_kept(body: bytes) -> None:
    assert isinstance(Scrubber(["secret"]).body(body), bytes)
