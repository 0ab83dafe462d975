# Part of Integration Hub. License LGPL-3.0 or later.
"""One server for all tests of a process, set up by hand as an administrator does: systems, their webhooks, a tax."""

from collections.abc import Iterator

import devserver
import pytest
from estate import Estate


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The file that takes longest comes first, so that the others run beside it."""
    items.sort(key=lambda item: item.path.name != "test_poison.py")


@pytest.fixture(scope="session")
def estate() -> Iterator[Estate]:
    with devserver.fresh("e2e", remember=True) as server:
        yield Estate.set_up(server)


@pytest.fixture(autouse=True)
def _all_is_well(estate: Estate) -> Iterator[None]:
    """Each test starts with a sandbox without faults, and leaves a server that still runs."""
    estate.sandbox.faults()
    yield
    estate.server.check()
