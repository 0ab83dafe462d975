# Part of Integration Hub. License LGPL-3.0 or later.
"""What is imported before anything is done: a worker, a cron job and a command line all pay for it at each start."""

import json
import subprocess
import sys

import pytest

# What has its own use, and is imported at it: OAuth, JSON Schema's reference, phone numbers, HTTP, the sandbox.
HEAVY = {
    "aiohttp",
    "authlib",
    "cryptography",
    "graphql",
    "joserfc",
    "jsonschema",
    "phonenumbers",
    "requests",
    "urllib3",
}
CHILD = """
import json, sys

def no_network(event, arguments):
    if event.startswith("socket."):
        raise AssertionError(event + " while importing")

sys.addaudithook(no_network)
sys.argv[1:] = {arguments}
try:
    {statement}
except SystemExit as end:
    assert not end.code, end.code
json.dump(sorted(name.partition(".")[0] for name in sys.modules), sys.stderr)
"""


def modules(statement, *arguments):
    """The top-level packages that a fresh interpreter has imported after a statement, and not one socket opened."""
    code = CHILD.format(statement=statement, arguments=list(arguments))
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert child.returncode == 0, child.stderr
    return set(json.loads(child.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    ("statement", "arguments"),
    [
        ("import integration_hub_connectors.registry", ()),
        ("import integration_hub_connectors.signatures", ()),
        ("import integration_hub_connectors.http, integration_hub_connectors.auth", ()),
        ("from integration_hub_connectors.cli import main; main()", ("--help",)),
    ],
)
def test_importing_needs_neither_the_network_nor_what_is_heavy(statement, arguments):
    found = modules(statement, *arguments)
    assert "integration_hub_connectors" in found
    assert not found & HEAVY


def test_the_child_would_notice():
    assert modules("import jsonschema") & HEAVY == {"jsonschema"}
    with pytest.raises(AssertionError, match=r"socket.* while importing"):
        modules("import socket; socket.socket()")


def test_transport_is_there_when_it_is_asked_for():
    from integration_hub_connectors import http
    from integration_hub_connectors.http.transport import RequestsTransport

    assert http.RequestsTransport is RequestsTransport
    assert not hasattr(http, "UrllibTransport")
