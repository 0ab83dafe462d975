# Part of Integration Hub. License LGPL-3.0 or later.
"""What a certification came to, for machines and for people."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from ..markdown import table
from .steps import Step

NOT_COVERED = (
    "Webhooks: they need an address of yours that the vendor can reach. Send one from a real account and look at "
    "*Integrations → Flows → Event Log*.",
    "Odoo's side: what becomes of business objects there is the hub's own tests' matter.",
    "Throttling and outages of the vendor.",
)
PART_OF_ANOTHER = "Flow `{}`: what it writes belongs to an object of the account, and none is made up."


@dataclass(frozen=True, slots=True)
class Report:
    """One run. `kind` is `live` at the vendor's own address, `elsewhere` at any other, `sandbox` at our imitation.

    It may be published: it holds nothing of the account, its address included.
    """

    connector: str
    title: str
    kind: Literal["live", "elsewhere", "sandbox"]
    date: str
    library: str
    api_version: str
    answered_version: str
    api_version_ends: str
    clock_offset: float | None
    requests: int
    wrote: bool
    steps: tuple[Step, ...]
    untried: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything that was tried passed, and something of the account's data was tried."""
        failed = any(step.outcome == "failed" for step in self.steps)
        return not failed and any(step.outcome == "passed" and step.name != "check" for step in self.steps)

    @property
    def is_certificate(self) -> bool:
        """Whether it proves the connector: live, everything passed, nothing skipped, written where there is a way."""
        return self.kind == "live" and self.ok and self.wrote and all(step.outcome == "passed" for step in self.steps)

    @property
    def what(self) -> str:
        """What was tried, in one sentence."""
        passed = sum(step.outcome == "passed" for step in self.steps)
        written = any(step.name.startswith("write ") and step.outcome == "passed" for step in self.steps)
        parts = "read and written" if written else "read"
        where = {"live": "a real account", "elsewhere": "an address that is no vendor's own", "sandbox": "the sandbox"}
        return f"{passed} of {len(self.steps)} steps passed with {where[self.kind]}, {parts}."

    def document(self) -> dict[str, Any]:
        """As JSON: what `Proof.certified` reads, and all the rest."""
        document = asdict(self)
        for step in document["steps"]:
            del step["detail"]
        return {**document, "what": self.what, "ok": self.ok, "certificate": self.is_certificate}


def markdown(report: Report) -> str:
    """The report as a page."""
    offset = "not told" if report.clock_offset is None else f"{report.clock_offset:+.1f} s"
    facts = (
        ("date", report.date),
        ("connector", f"{report.connector}, integration-hub-connectors {report.library}"),
        ("address", {"live": "the vendor's own", "elsewhere": "another one", "sandbox": "own sandbox"}[report.kind]),
        ("API version", report.api_version or "none"),
        ("version that answered", report.answered_version or "not told"),
        ("supported until", report.api_version_ends or "no end announced"),
        ("the vendor's clock less ours", offset),
        ("requests", str(report.requests)),
    )
    rows = ((step.name, step.outcome, step.said, f"{step.seconds:.2f}") for step in report.steps)
    verdict = "It proves the connector." if report.is_certificate else "It is no proof: " + _why_not(report)
    parts = (
        f"# Certification of {report.title}",
        f"{report.what} {verdict}",
        table(("", ""), facts),
        "## Steps",
        table(("step", "outcome", "what was found", "seconds"), rows),
        "## Not covered",
        "\n".join(f"- {each}" for each in (*NOT_COVERED, *(PART_OF_ANOTHER.format(flow) for flow in report.untried))),
    )
    return "\n\n".join(parts) + "\n"


def _why_not(report: Report) -> str:
    if report.kind != "live":
        return "the address was no vendor's own."
    if not report.ok:
        return "something failed."
    if not report.wrote:
        return "nothing was written (`--write`)."
    return "something was skipped; give the test account an object of each kind."
