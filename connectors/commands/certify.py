# Part of Integration Hub. License LGPL-3.0 or later.
"""Try a connector against your own test account, and write a report: the proof that it works with the vendor itself.

Secrets are taken from the environment, never from the command line: HUB_CERTIFY_<FIELD>, e.g. HUB_CERTIFY_ACCESS_TOKEN;
without it, a person at a terminal is asked. `hub connectors` names the connectors, their pages the fields.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ConfigurationError
from .files import read_pairs

if TYPE_CHECKING:
    from ..certification import Report, Step
    from ..connector import Connector

PREFIX = "HUB_CERTIFY_"
MARKS = {"passed": "ok  ", "failed": "FAIL", "skipped": "skip"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("name", metavar="NAME", help="the connector, as `hub connectors` lists it")
    parser.add_argument(
        "--setting",
        metavar="FIELD=VALUE",
        action="append",
        default=[],
        help="a field that is no secret (again for more)",
    )
    parser.add_argument("--write", action="store_true", help="also create, change and delete objects made for it")
    parser.add_argument("--sandbox", action="store_true", help="try our own sandbox instead, which proves little")
    parser.add_argument("--out", metavar="DIR", type=Path, default=Path(), help="where the report goes (default: here)")
    parser.add_argument(
        "--keep", action="store_true", help="put the report into the connector's folder, if it proves the connector"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print each step, write the report; 0 when everything passed."""
    from .. import registry
    from ..certification import certify

    connector = registry.get(arguments.name)
    with ExitStack() as stack:
        settings, secret = _sandbox(stack, connector) if arguments.sandbox else _given(connector, arguments.setting)
        report = certify(connector, settings, secret, write=arguments.write, sandbox=arguments.sandbox, tell=_print)
    _write(report, arguments.out)
    if arguments.keep:
        _keep(report, connector)
    print(report.what)
    return 0 if report.ok else 1


def _given(connector: type[Connector], pairs: list[str]) -> tuple[dict[str, str], str]:
    """The settings and the secret that a person gave. Raises ConfigurationError for what is missing or unknown."""
    settings, secret = read_pairs("--setting", pairs), ""
    fields = {field.name: field for field in connector.settings}
    for name in settings:
        if name not in fields or fields[name].secret:
            usable = ", ".join(field.name for field in connector.settings if not field.secret)
            raise ConfigurationError(
                f"--setting {name}: {connector.title} has no such field that is no secret",
                code="unknown-setting",
                hint=f"Use one of: {usable}. Secrets come from {PREFIX}<FIELD>.",
            )
    for field in connector.settings:
        value = settings.get(field.name) or os.environ.get(f"{PREFIX}{field.name.upper()}", "")
        if field.purpose == "api_credential":
            secret = value or _asked(field.label) or _missing(field.name, field.required)
        elif field.purpose == "setting" and (value or field.required):
            settings[field.name] = value or _missing(field.name, True)
    return settings, secret


def _asked(label: str) -> str:
    return getpass.getpass(f"{label}: ") if sys.stdin.isatty() else ""


def _missing(name: str, required: bool) -> str:
    if not required:
        return ""
    raise ConfigurationError(
        f"{name} is missing", code="missing-setting", hint=f"Set {PREFIX}{name.upper()} in the environment."
    )


def _sandbox(stack: ExitStack, connector: type[Connector]) -> tuple[dict[str, str], str]:
    """A sandbox for the length of the stack: its address and its secret."""
    from ..sandbox.testing import running

    vendors = stack.enter_context(running()).control("GET", "/health")["vendors"]
    if connector.name not in vendors:
        raise ConfigurationError(f"The sandbox does not imitate {connector.title}.", code="no-imitation", hint="")
    vendor = vendors[connector.name]
    return {"api_url": vendor["base_url"]}, vendor["token"]


def _print(step: Step) -> None:
    print(f"{MARKS[step.outcome]}  {step.name}: {step.said}")
    if step.detail:
        print(f"      {step.detail}")


def _write(report: Report, folder: Path) -> None:
    from ..certification import markdown

    path = folder / f"certification-{report.connector}-{report.date}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".json").write_text(json.dumps(report.document(), indent=2) + "\n", encoding="utf-8")
        path.with_suffix(".md").write_text(markdown(report), encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}", code="unwritable", hint="") from None
    print(f"\nReport: {path}.md, {path}.json")


def _keep(report: Report, connector: type[Connector]) -> None:
    if not report.is_certificate:
        raise ConfigurationError(
            "This report does not prove the connector, so it is not kept.",
            code="no-certificate",
            hint="The report says what is missing.",
        )
    folder = connector.folder() / "certificates"
    folder.mkdir(exist_ok=True)
    path = folder / f"{report.date}.json"
    path.write_text(json.dumps(report.document(), indent=2) + "\n", encoding="utf-8")
    print(f"Kept: {path}")
