# Part of Integration Hub. License LGPL-3.0 or later.
"""What came of the run: a table for people, bench/results/chaos.json for the record, a status for `make`."""

import json
import math
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import checker
from killer import Killer
from machine import machine
from observe import Seen
from recovery import percentile, recoveries
from weather import Weather

if TYPE_CHECKING:
    from run import Run

RESULT = Path(__file__).resolve().parent.parent / "bench" / "results" / "chaos.json"
RECOVERY_BAR = 30.0  # seconds, the 95th percentile
SHOWN = 20  # findings; all are in findings.jsonl


def report(
    run: "Run", seen: Seen, killer: Killer, weather: Weather, not_reached: list[str], unfinished: list[str]
) -> int:
    """Prints the table, writes the result, and returns the exit status."""
    findings = checker.check(seen.shop, seen.people, seen.effects, seen.puts, seen.log)
    times = recoveries(killer.deaths, seen.traces)
    result: dict[str, Any] = {
        "seed": run.seed,
        "nodes": run.nodes,
        "kills": len(killer.deaths),
        "accepted": checker.accepted(seen.shop, seen.people),
        **checker.counts(findings),
        "recovery_p50_s": _seconds(percentile(times, 0.50)),
        "recovery_p95_s": _seconds(percentile(times, 0.95)),
        "recovery_max_s": _seconds(max(times, default=0.0)),
        "kills_by_point": dict(sorted(killer.by_name().items())),
        "troubles": dict(sorted(weather.seen.items())),
    }
    problems = _problems(run, result, killer, not_reached, unfinished)
    result |= {"ok": not problems, "machine": machine()}
    with (run.folder / "findings.jsonl").open("w") as file:
        file.writelines(f"{json.dumps(finding._asdict())}\n" for finding in findings)
    slow = sorted(zip(times, killer.deaths, strict=True), key=lambda pair: -pair[0])[:10]
    (run.folder / "slowest.json").write_text(json.dumps(slow, indent=1))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    _print(result, findings, seen)
    for problem in problems:
        print(f"FAILED: {problem}")
    again = f"KILLS={run.kills} SECONDS={run.seconds:g} SEED={run.seed} NODES={run.nodes}"
    print(f"Again: make chaos {again}; journals: {run.folder}")
    return int(bool(problems))


def _problems(
    run: "Run", result: dict[str, Any], killer: Killer, not_reached: list[str], unfinished: list[str]
) -> list[str]:
    found = [f"{result[kind]} {kind.replace('_', ' ')}" for kind in checker.KINDS if result[kind]]
    if result["recovery_p95_s"] is None or result["recovery_p95_s"] > RECOVERY_BAR:
        found.append(f"recovery p95 {result['recovery_p95_s']} s, {RECOVERY_BAR:g} s is the bar")
    if result["accepted"] < run.wanted:
        found.append(f"{result['accepted']} accepted, {run.wanted} is the bar")
    if result["kills"] < run.kills:
        found.append(f"{result['kills']} kills of {run.kills}: {', '.join(killer.missed)}")
    if not_reached:
        found.append(f"nobody came by at {', '.join(not_reached)}")
    found += [f"{name}: something was never acknowledged" for name in unfinished]
    return found


def _seconds(value: float) -> float | None:
    return round(value, 1) if math.isfinite(value) else None


def _print(result: dict[str, Any], findings: list[checker.Finding], seen: Seen) -> None:
    print("\nkills by point")
    for name, count in result["kills_by_point"].items():
        print(f"  {name:40} {count:5}")
    print("\ntroubles")
    for name, count in result["troubles"].items():
        print(f"  {name:40} {count:5}")
    states = Counter(entry.state for entry in seen.log.values())
    print(f"\nthe hub's log: {', '.join(f'{count} {state}' for state, count in states.most_common())}")
    for name in ("kills", "accepted", *checker.KINDS, "recovery_p50_s", "recovery_p95_s", "recovery_max_s"):
        print(f"  {name:20} {result[name]}")
    for finding in findings[:SHOWN]:
        print(f"  {finding.kind}: {finding.key}: {finding.detail}")
    if len(findings) > SHOWN:
        print(f"  … and {len(findings) - SHOWN} more in findings.jsonl")
