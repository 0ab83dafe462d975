# Part of Integration Hub. License LGPL-3.0 or later.
"""A path cannot leave its base address, and a base address is plain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration_hub_connectors.errors import ConfigurationError
from integration_hub_connectors.http.url import check_base_url, join, origin

BASE = "https://api.example.com/v3"


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("", BASE),
        ("contacts", f"{BASE}/contacts"),
        ("/contacts/1", f"{BASE}/contacts/1"),
        ("/contacts?limit=1", f"{BASE}/contacts?limit=1"),
        ("?limit=1", f"{BASE}?limit=1"),
        ("/a..b/.well-known/1.json", f"{BASE}/a..b/.well-known/1.json"),
        ("https://api.example.com/v3/next?page=2", "https://api.example.com/v3/next?page=2"),
        ("HTTPS://API.example.com:443/other#part", "HTTPS://API.example.com:443/other"),
    ],
)
def test_paths_are_joined(path, url):
    assert join(BASE, path) == url


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example.com/v3",
        "http://api.example.com/v3",
        "https://api.example.com:8443/v3",
        "https://api.example.com@evil.example.com/",
        "https://user:pw@api.example.com/v3",
        "https://api.example.com\\@evil.example.com/",
        "https://[bad/",
        "https://api.example.com:bad/",
        "ftp://api.example.com/",
        "//evil.example.com/",
        "../admin",
        "/contacts/../../admin",
        "/contacts/%2e%2E/admin",
        "/contacts/1%2F..%2Fadmin",
        "/contacts/.",
        "/a b",
        "/a\r\nHost: evil",
        "/a\x00",
        "/a#b",
    ],
)
def test_paths_that_lead_elsewhere_are_refused(path):
    with pytest.raises(ConfigurationError):
        join(BASE, path)


@given(st.text(max_size=30))
def test_no_path_changes_the_origin(path):
    try:
        url = join(BASE, path)
    except ConfigurationError:
        return
    assert origin(url) == ("https", "api.example.com", 443)


def test_parameters_are_encoded():
    params = {"q": "a b&c", "none": None, "yes": True, "no": False, "ids": [1, None, 2], "z": "é"}
    assert join(BASE, "/s?x=1", params) == f"{BASE}/s?x=1&q=a+b%26c&yes=true&no=false&ids=1&ids=2&z=%C3%A9"
    assert join(BASE, "/s", [("a", 1), ("a", 2)]) == f"{BASE}/s?a=1&a=2"
    assert join(BASE, "/s", {"a": None}) == f"{BASE}/s"


@pytest.mark.parametrize(
    "base",
    [
        "", "api.example.com", "ftp://api.example.com", "https://", "https://user@api.example.com", "https://:p@h",
        "https://h/?a=1", "https://h/#f", "https://h?", "https://h/a b", "https://h/../x", "https://[bad", " https://h",
    ],
)  # fmt: skip
def test_unusable_base_addresses_are_refused(base):
    with pytest.raises(ConfigurationError):
        check_base_url(base)


def test_base_address_loses_its_last_slash():
    assert check_base_url("https://api.example.com/v3/") == BASE
    assert check_base_url("http://127.0.0.1:8070") == "http://127.0.0.1:8070"
