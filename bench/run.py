# Part of Integration Hub. License LGPL-3.0 or later.
"""Runs the benchmarks, prints a table, writes bench/results/<name>.json:  bench/run.py [NAME...]

Exit status 1 when a bar is missed: the row stays visible.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
sys.path[:0] = [str(HERE), str(HERE.parent / "scripts")]

import backlog  # noqa: E402
import capture  # noqa: E402
import contended  # noqa: E402
import contract_vs_jsonschema  # noqa: E402
import default_configuration  # noqa: E402
import devdb  # noqa: E402
import first_record  # noqa: E402
import form_queries  # noqa: E402
import import_time  # noqa: E402
import intake  # noqa: E402
import lanes  # noqa: E402
import log_screens  # noqa: E402
import mapping_vs_oca  # noqa: E402
import mapping_vs_python  # noqa: E402
import metrics_overhead  # noqa: E402
import outbound  # noqa: E402
import pipeline  # noqa: E402
import signature_vs_hmac  # noqa: E402
import wakeup  # noqa: E402
from machine import machine  # noqa: E402

Row = dict[str, Any]
# Rows that are measured together come from one function, which takes the wanted names.
BENCHES: list[tuple[tuple[str, ...], Callable[[set[str]], Iterable[Row]]]] = [
    (("mapping_vs_python",), lambda names: [mapping_vs_python.run()]),
    (("mapping_vs_oca",), lambda names: [mapping_vs_oca.run()]),
    (("contract_vs_jsonschema",), lambda names: [contract_vs_jsonschema.run()]),
    (("signature_vs_hmac",), lambda names: [signature_vs_hmac.run()]),
    (("import_time",), lambda names: [import_time.run()]),
    (("capture_10k",), lambda names: [capture.run()]),
    (form_queries.NAMES, lambda names: [form_queries.run()]),
    (intake.NAMES, intake.run),
    (pipeline.NAMES, pipeline.run),
    (contended.NAMES, contended.run),
    (outbound.NAMES, outbound.run),
    (backlog.NAMES, backlog.run),
    (log_screens.NAMES, log_screens.run),
    (metrics_overhead.NAMES, metrics_overhead.run),
    (lanes.NAMES, lanes.run),
    (wakeup.NAMES, wakeup.run),
    (default_configuration.NAMES, default_configuration.run),
    (first_record.NAMES, first_record.run),
]
NAMES = [name for names, _measure in BENCHES for name in names]


def measure(wanted: set[str]) -> Iterator[Row]:
    """The rows, as they are measured."""
    for names, function in BENCHES:
        if here := wanted & set(names):
            yield from function(here)


def line(row: Row) -> str:
    """One row of the table."""
    bar = "" if row["bar"] is None else f"{row['bar']:g}"
    verdict = "" if row["bar"] is None else "ok" if row["ok"] else "MISSED"
    more = f"p99 {row['p99_ms']:g} / {row['peer_p99_ms']:g} ms = {row['p99_ratio']:g}" if "p99_ratio" in row else ""
    more += f", CPU {row['cpu_ms']:g} / {row['peer_cpu_ms']:g} ms" if "cpu_ms" in row else ""
    peer = "" if row["peer_value"] is None else f"{row['peer_value']:.1f}"
    against = f" against {row['peer']}" if row["peer"] else ""
    return (
        f"{row['name']:28} {row['value']:10.1f} {peer:>10} {row['ratio']:7.2f} {bar:>5}  {verdict:6}  "
        f"{row['unit']}{against}{'; ' if more else ''}{more}"
    )


def main(names: list[str]) -> int:
    if unknown := set(names) - set(NAMES):
        print(f"No benchmark {', '.join(sorted(unknown))}. There are: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    where = machine()
    print(f"{'name':28} {'ours':>10} {'peer':>10} {'ratio':>7} {'bar':>5}", flush=True)
    RESULTS.mkdir(exist_ok=True)
    missed = 0
    try:
        for row in measure(set(names or NAMES)):
            row["machine"] = where
            (RESULTS / f"{row['name']}.json").write_text(json.dumps(row, indent=2) + "\n")
            print(line(row), flush=True)
            missed += not row["ok"]
    finally:
        devdb.stop_if_unused()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
