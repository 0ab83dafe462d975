# Part of Integration Hub. License LGPL-3.0 or later.
"""A measurement that runs inside Odoo: in a process of its own, on a copy of a database that is dropped at the end."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any


def measured_inside(module: str, purpose: str, template: str, *arguments: str) -> dict[str, Any]:
    """The row that `inside(env, path)` of a benchmark's module writes, called in Odoo's shell with these arguments."""
    import devdb

    database = devdb.name_of(f"{purpose}_{os.getpid()}")
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "row.json"
        devdb.clone(template, database)
        try:
            command = [sys.executable, devdb.DEV / "odoo-bin", "shell", "-c", devdb.DEV / "odoo.conf", "-d", database]
            command += [*arguments, "--no-http", "--workers", "0", "--log-level", "warn"]
            script = f"import sys; sys.path[:0] = {sys.path!r}\nimport {module}\n"
            script += f"{module}.inside(env, {str(result)!r})\n"
            subprocess.run(command, input=script, text=True, check=True, stdout=subprocess.DEVNULL)
        finally:
            devdb.drop(database)
        row: dict[str, Any] = json.loads(result.read_text())
        return row
