# Part of Integration Hub. License LGPL-3.0 or later.
"""HTTP load on loopback: `wrk` with connections that each send the next request when the last one is answered."""

import base64
import hashlib
import hmac
import json
import subprocess
import uuid
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
ORDERS = 256  # different orders, so that partition keys spread over the slots
CONNECTIONS = 8


class Load(NamedTuple):
    """What one run of load saw: answers a second, and latencies in milliseconds."""

    rate: float
    p50: float
    p99: float
    requests: int


def write_deliveries(path: Path, secret: str) -> None:
    """Writes `ORDERS` different orders, made from our own fixture of a Shopify order, each with its signature."""
    fixture = HERE.parent / "connectors/vendors/shopify/fixtures/orders__create.json"
    document = json.loads(fixture.read_bytes())
    lines = []
    for number in range(ORDERS):
        order = {**document, "id": 7_000_000_000_000 + number, "name": f"#{number + 1}"}
        body = json.dumps(order, ensure_ascii=False, separators=(",", ":"))
        digest = hmac.digest(secret.encode(), body.encode(), hashlib.sha256)
        lines.append(f"{base64.b64encode(digest).decode()}\t{body}\n")
    path.write_text("".join(lines))


def load(url: str, deliveries: Path, seconds: float, connections: int = CONNECTIONS) -> Load:
    """Sends for so many seconds; raises RuntimeError where a request was refused or a connection broke."""
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds:g}s",
        "--timeout",
        "30s",
        "-s",
        HERE / "load.lua",
        url,
        "--",
    ]
    said = subprocess.run([*command, deliveries, uuid.uuid4().hex], check=True, capture_output=True, text=True).stdout
    seen = json.loads(said.splitlines()[-1])
    if seen["refused"] or seen["broken"] or not seen["requests"]:
        raise RuntimeError(f"{url}: {seen}")
    rate = seen["requests"] / seen["microseconds"] * 1e6
    return Load(rate, seen["p50"] / 1000, seen["p99"] / 1000, seen["requests"])
