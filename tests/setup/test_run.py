# Part of Integration Hub. License LGPL-3.0 or later.
"""`make run` serves what it promises, ends cleanly, and names a port that is taken."""

import os
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import ports
import pytest
from helpers import run


@pytest.fixture
def purpose(root: Path) -> Iterator[str]:
    """The purpose of a run database of our own: the developer's is left alone."""
    name = f"test_{os.getpid()}"
    yield name
    devdb = [root / ".venv/bin/python", root / "scripts/devdb.py"]
    run(*devdb, "drop", run(*devdb, "name", name).stdout.strip())


def test_run_serves_and_stops(root: Path, purpose: str) -> None:
    http, sandbox = ports.free_port(), ports.free_port()
    environment = os.environ | {"HTTP_PORT": str(http), "SANDBOX_PORT": str(sandbox)}
    command = [root / "scripts/run", purpose]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            assert any(f"http://127.0.0.1:{http}" in line for line in server.stdout), server.stderr.read()
            page = urllib.request.urlopen(f"http://127.0.0.1:{http}/web/login", timeout=60).read().decode()
            assert 'name="password"' in page
            assert ports.answers(f"http://127.0.0.1:{sandbox}/")
        finally:
            server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=60)
    assert server.returncode == 0, said
    assert not ports.is_taken(http)
    assert not ports.is_taken(sandbox)


def test_a_taken_port_is_named(root: Path, purpose: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environment = os.environ | {"HTTP_PORT": str(port), "SANDBOX_PORT": str(ports.free_port())}
        done = run(root / "scripts/run", purpose, check=False, env=environment)
    assert done.returncode == 1
    assert f"Port {port} is in use" in done.stderr
    assert f"make run HTTP_PORT={port + 100}" in done.stderr
