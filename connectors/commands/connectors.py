# Part of Integration Hub. License LGPL-3.0 or later.
"""List the connectors with their objects and ready-made flows, and how each was proved."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..connector import Connector, Proof


def arguments(parser: argparse.ArgumentParser) -> None:
    """No options."""


def run(arguments: argparse.Namespace) -> int:
    """Print name and title of each connector, how far it can be trusted, then its objects and flows."""
    from ..registry import CONNECTORS

    for name, connector in CONNECTORS.items():
        print(f"{name}  {connector.title}{' (Preview)' if connector.is_preview() else ''}")
        print(f"  {connector.summary}")
        if connector.api_version:
            print(f"  API:     {_api(connector)}")
        for proof in connector.proven():
            print(f"  proved:  {_proof(proof)}")
        print(f"  objects: {', '.join(connector.objects) or 'those its settings describe'}")
        for flow in connector.flow_templates:
            print(f"  flow:    {flow.key} ({flow.direction}, {flow.object_type}): {flow.title}")
    return 0


def _api(connector: type[Connector]) -> str:
    end = connector.api_version_ends
    return f"{connector.api_version}, {f'supported until {end}' if end else 'no end announced'}"


def _proof(proof: Proof) -> str:
    how = {"sandbox": "own sandbox", "counterparty": "independent counterparty", "live": f"live on {proof.on}"}
    return f"{how[proof.kind]}: {proof.what}"
