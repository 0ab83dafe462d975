# Part of Integration Hub. License LGPL-3.0 or later.
"""What the tests of packaging and set-up share."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root."""
    return ROOT


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both wheels, built by `make wheels`' script: {"addon": path, "connectors": path}."""
    folder = tmp_path_factory.mktemp("dist")
    run(ROOT / "scripts/wheels", "addon", "connectors", env=os.environ | {"DIST": str(folder)})
    (addon,) = folder.glob("odoo_addon_integration_hub-*.whl")
    (connectors,) = folder.glob("integration_hub_connectors-*.whl")
    return {"addon": addon, "connectors": connectors}


@pytest.fixture(scope="session")
def make_venv(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes a new, bare venv and returns the folder of its programs."""

    def make(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name)
        run("python3", "-m", "venv", folder)
        return folder / "bin"

    return make
