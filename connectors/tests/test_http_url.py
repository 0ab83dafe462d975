# Part of Integration Hub. License LGPL-3.0 or later.
"""A path cannot leave its base address, and a base address is plain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration_hub_connectors.errors import ConfigurationError
from integration_hub_connectors.http.url import check_base_url, join, normal, origin

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
        "https://evil.example.com/v3?key=s3cret",
        "http://api.example.com/v3",
        "https://api.example.com:8443/v3",
        "https://api.example.com@evil.example.com/",
        "https://user:pw@api.example.com/v3",
        "https://user@api.example.com/v3",
        "https://:pw@api.example.com/v3",
        "https://api.example.com:0/",
        "https://api.example.com:bad/",
        "ftp://api.example.com/",
    ],
)
def test_another_origin_is_refused(path):
    with pytest.raises(ConfigurationError, match="another origin") as caught:
        join(BASE, path)
    assert caught.value.code == "foreign-origin"
    assert "Credentials" in caught.value.hint
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("https://api.example.com\\@evil.example.com/", "backslashes"),
        ("https://[bad/", "malformed"),
        ("//evil.example.com/?key=s3cret", "'//evil.example.com/' is not a path"),
        ("../admin", "'..' segments"),
        ("/contacts/../../admin", "'..' segments"),
        ("/contacts/%2e%2E/admin", "'..' segments"),
        ("/contacts/1%2F..%2Fadmin", "'..' segments"),
        ("/contacts/1%2f..%2fadmin", "'..' segments"),
        ("/contacts/.", "'..' segments"),
        ("https://api.example.com/v3/../x", "'..' segments"),
        ("/a b", "spaces"),
        ("/a\r\nHost: evil", "spaces"),
        ("/a\x00", "spaces"),
        ("/a\x7f", "spaces"),
        ("/a\udfff", "halves"),
        ("/a#b", "'/a#b' is not a path"),
    ],
)
def test_paths_that_lead_elsewhere_are_refused(path, problem):
    with pytest.raises(ConfigurationError) as caught:
        join(BASE, path)
    assert caught.value.code == "invalid-url"
    assert problem in caught.value.message
    assert "s3cret" not in caught.value.message


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
    ("base", "problem"),
    [
        ("", "https://"), ("api.example.com", "https://"), ("ftp://example.com", "https://"), ("https://", "a host"),
        ("https://user@api.example.com", "a user"), ("https://:p@h", "a user"), ("https://h/?a=1", "a query"),
        ("https://h/#f", "a query"), ("https://h?", "a query"), ("https://h#", "a query"), ("https://h/a b", "spaces"),
        ("https://h/../x", "'..'"), ("https://[bad", "malformed"), (" https://h", "spaces"),
    ],
)  # fmt: skip
def test_unusable_base_addresses_are_refused(base, problem):
    with pytest.raises(ConfigurationError) as caught:
        check_base_url(base)
    assert caught.value.code == "invalid-url"
    assert problem in caught.value.message


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://API.example.com/v3", ("https", "api.example.com", 443)),
        ("http://h", ("http", "h", 80)),
        ("http://h:443", ("http", "h", 443)),
        ("https://h.", ("https", "h.", 443)),
        ("https://[::1]:8443/", ("https", "::1", 8443)),
        ("https://h:99999/", ("https", "h", 0)),
        ("ftp://h/", ("ftp", "h", 0)),
        ("/path", ("", "", 0)),
    ],
)
def test_origins(url, expected):
    assert origin(url) == expected


@pytest.mark.parametrize(
    ("url", "wire"),
    [
        ("https://B\u00fccher.Example/\u00e9", "https://xn--bcher-kva.example/%C3%A9"),
        ("https://h", "https://h/"),
        ("https://h/%7e%2f?a=b c", "https://h/~%2F?a=b%20c"),
    ],
)
def test_form_on_the_wire(url, wire):
    assert normal(url) == wire
    assert normal(wire) == wire


@pytest.mark.parametrize("url", ["http://*.example/", "http://[::1/", "https://", "http://①②⑦.0.0.1/"])
def test_address_that_has_no_form_on_the_wire(url):
    with pytest.raises(ConfigurationError, match="malformed") as caught:
        normal(url)
    assert caught.value.code == "invalid-url"


@pytest.mark.parametrize("params", [{"q": "\ud800"}, {"\ud800": 1}])
def test_parameter_that_cannot_be_written(params):
    with pytest.raises(ConfigurationError, match="halves of characters") as caught:
        join(BASE, "/s", params)
    assert caught.value.code == "invalid-url"


def test_base_address_loses_its_last_slash():
    assert check_base_url("https://h/X/") == "https://h/X"
    assert check_base_url("https://api.example.com/v3/") == BASE
    assert check_base_url("http://127.0.0.1:8070") == "http://127.0.0.1:8070"
