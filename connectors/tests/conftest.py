# Part of Integration Hub. License LGPL-3.0 or later.
"""What several of the library's tests need."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.testing.raw_server import RawServer, serving

if TYPE_CHECKING:
    from integration_hub_connectors.sandbox.testing import Receiver, Sandbox

settings.register_profile("library", database=None, deadline=None, print_blob=True)
settings.load_profile("library")


@pytest.fixture(scope="session")
def shared_fixtures() -> Path:
    """The folder of what others recorded or computed; the test is skipped where there is none."""
    return _shared("fixtures")


@pytest.fixture(scope="session")
def shared_specs() -> Path:
    """The folder of vendors' descriptions of their APIs; the test is skipped where there is none."""
    return _shared("specs")


def _shared(part: str) -> Path:
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("HUB_FIXTURES") or root.parent / "shared") / part
    if not folder.is_dir():
        pytest.skip(f"nothing of others here: {folder} (HUB_FIXTURES)")
    return folder


@pytest.fixture(scope="module")
def module_sandbox() -> "Iterator[Sandbox]":
    """A sandbox whose time stands still, for all tests of a module; `sandbox` gives it to each of them."""
    from integration_hub_connectors.sandbox import Settings
    from integration_hub_connectors.sandbox.testing import running

    with running(Settings(seed=1), clock=ManualClock()) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(module_sandbox: "Sandbox") -> "Sandbox":
    """The module's sandbox with its start data, a day later: no limit is used up."""
    module_sandbox.control("POST", "/reset")
    module_sandbox.advance(86_400)
    return module_sandbox


@pytest.fixture
def receiver() -> "Iterator[Receiver]":
    """A server on loopback that keeps the webhooks it is sent."""
    from integration_hub_connectors.sandbox.testing import receiving

    with receiving() as receiver:
        yield receiver


@pytest.fixture
def server() -> Iterator[RawServer]:
    """A real server on loopback, told by each test how to answer."""
    with serving() as running:
        yield running
