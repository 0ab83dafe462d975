# Part of Integration Hub. License LGPL-3.0 or later.
"""The production protocol, out of its own files: they import nothing of Odoo, and neither does the simulation."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

ADDON = "hub_addon"  # under this name, without what the addon itself imports


def load(name: str) -> ModuleType:
    """Import one file of the engine, with its neighbours."""
    if ADDON not in sys.modules:
        addon = ModuleType(ADDON)
        addon.__path__ = [str(Path(__file__).resolve().parents[2])]
        sys.modules[ADDON] = addon
    return importlib.import_module(f"{ADDON}.engine.{name}")


protocol = load("protocol")
steps = load("steps")
calls = load("calls")
supersede = load("supersede")


def configure(batch: int, window: int, drain: type, line: type) -> None:
    """Set figures that are smaller than the engine's, and the drain and its calls, which a mutation replaces."""
    protocol.BATCH, protocol.Drain, protocol.Calls = batch, drain, line
    protocol.WINDOW = calls.WINDOW = window
    protocol.REFILL = calls.REFILL = max(window // 4, 1)
