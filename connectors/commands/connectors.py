# Part of Integration Hub. License LGPL-3.0 or later.
"""List the connectors with their objects and ready-made flows."""

import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    """No options."""


def run(arguments: argparse.Namespace) -> int:
    """Print name and title of each connector, then its objects and flows."""
    from ..registry import CONNECTORS

    for name, connector in CONNECTORS.items():
        print(f"{name}  {connector.title}")
        print(f"  {connector.summary}")
        print(f"  objects: {', '.join(connector.objects) or 'those its settings describe'}")
        for flow in connector.flow_templates:
            print(f"  flow:    {flow.key} ({flow.direction}, {flow.object_type}): {flow.title}")
    return 0
