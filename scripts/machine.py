# Part of Integration Hub. License LGPL-3.0 or later.
"""What figures were measured on."""

import os
import platform
from pathlib import Path


def machine() -> str:
    """What the figures were measured on, in a few words."""
    model = _fact("/proc/cpuinfo", "model name") or platform.machine()
    memory = int(_fact("/proc/meminfo", "MemTotal").split()[0])
    return f"{os.cpu_count()} x {model}, {memory / 2**20:.0f} GiB, Python {platform.python_version()}"


def _fact(path: str, name: str) -> str:
    lines = Path(path).read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")
