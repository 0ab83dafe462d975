# Part of Integration Hub. License LGPL-3.0 or later.
"""The contracts of .importlinter hold for the code as it is, and break where code crosses a boundary."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PARTS = ("connectors", "controllers", "engine", "models", "wizards")
# the file that offends, what it imports, the contract that must say so
VIOLATIONS = [
    ("connectors/jsondoc.py", "import odoo", "The library never imports Odoo"),
    ("connectors/vendors/shopify/connector.py", "from odoo import api", "The library never imports Odoo"),
    ("connectors/http/__init__.py", "from ..connector import Connector", "Inside the library"),
    ("connectors/errors.py", "from . import clock", "Inside the library"),
    ("connectors/signatures/__init__.py", "from .. import mapping", "Inside the library"),
    ("connectors/contracts/contract.py", "from .. import entities", "Inside the library"),
    ("connectors/vendors/shopify/connector.py", "from .. import hubspot", "Vendors never import each other"),
    ("connectors/vendors/hubspot/connector.py", "from ...registry import get", "Inside the library"),
    ("connectors/sandbox/__init__.py", "from .. import registry", "The sandbox is no part of what it tests"),
    ("engine/claim.py", "from ..models import integration_event", "Data walks one way"),
    ("engine/claim.py", "from ..connectors.vendors import shopify", "The engine's SQL and protocol know no vendor"),
    ("models/integration_flow.py", "from ..connectors.vendors.shopify import connector", "Odoo's side knows no vendor"),
    ("wizards/integration_connect.py", "from ..connectors.http import Client", "One bridge to the network"),
    ("models/integration_event.py", "import requests", "One bridge to the network"),
    ("models/integration_event.py", "from ..controllers import webhook", "Data walks one way"),
    ("controllers/webhook.py", "from .. import wizards", "Data walks one way"),
]


def lint(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Runs the contracts on the package `integration_hub` in a folder."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    environment = os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200"}
    return subprocess.run(
        command, cwd=folder / "integration_hub", env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """A folder that holds a copy of the addon's Python code, to offend in."""
    package = tmp_path / "integration_hub"
    only_code = shutil.ignore_patterns("tests", "fixtures", "__pycache__", "*.json", "*.graphql")
    for part in PARTS:
        shutil.copytree(root / part, package / part, ignore=only_code)
    for name in ("__init__.py", ".importlinter"):
        shutil.copy(root / name, package / name)
    return tmp_path


def test_the_code_keeps_its_boundaries(copy: Path) -> None:
    done = lint(copy)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("file", "line", "contract"), VIOLATIONS)
def test_crossing_a_boundary_fails(copy: Path, file: str, line: str, contract: str) -> None:
    offender = copy / "integration_hub" / file
    offender.write_text(f"{offender.read_text()}\n{line}\n")
    done = lint(copy)
    assert done.returncode != 0
    broken = [said for said in done.stdout.splitlines() if said.startswith(contract) and "BROKEN" in said]
    assert broken, done.stdout + done.stderr
