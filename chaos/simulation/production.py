# Part of Integration Hub. License LGPL-3.0 or later.
"""The production protocol, loaded from its file: it imports nothing of Odoo, and neither does the simulation."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

PROTOCOL = Path(__file__).resolve().parents[2] / "engine/protocol.py"


def load(path: Path = PROTOCOL) -> ModuleType:
    """Import one file by its path."""
    spec = importlib.util.spec_from_file_location("hub_protocol", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


protocol = load()
