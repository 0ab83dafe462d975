# Part of Integration Hub. License LGPL-3.0 or later.
"""How many times the CPU time of bare ``hmac`` does verifying a webhook with a body of 10 kB take?

The peer is what the standard library's documentation does: one hexadecimal digest under a key, compared in constant
time, with nothing else checked. Ours is all that intake asks of a scheme: headers, timestamp and its age, key, signed
string, signature, id. The row is that of the worst of the common schemes; the others stand beside it. Pairs are
interleaved and the median of their ratios is taken, so that a slow moment of the machine hits both.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from integration_hub_connectors.messages import Headers
from integration_hub_connectors.signatures import Delivery, get
from timing import medians, microseconds

BAR = 1.5
PAIRS = 201
CALLS = 50  # short turns: both sides of a pair meet the same moment of a busy machine
NOW = 1_700_000_000.0
SECRETS = {
    "stripe": "whsec_8f742231b10e8888abcd92yyyzzz85a5",
    "github": "8f742231b10e8888abcd92yyyzzz85a5",
    "shopify": "8f742231b10e8888abcd92yyyzzz85a5",
    "slack": "8f742231b10e8888abcd92yyyzzz85a5",
    "hubspot": "8f742231-b10e-8888-abcd-92yyyzzz85a5",
    "standard_webhooks": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}
SENT = {
    "Host": "hub.example.com",
    "User-Agent": "vendor/1.0 (+https://vendor.example.com/webhooks)",
    "Accept": "*/*",
    "Accept-Encoding": "gzip",
    "Content-Type": "application/json",
    "X-Forwarded-For": "203.0.113.7",
}


def payload() -> bytes:
    """An event of 10 kB."""
    lines = [{"id": number, "sku": f"SKU-{number:05}", "price": "12.50"} for number in range(220)]
    body = json.dumps({"id": "evt_1", "type": "order.updated", "lines": lines}).encode()
    return body[:-1] + b" " * (10_000 - len(body)) + b"}"


def sides(key: str, body: bytes) -> tuple[Callable[[], None], Callable[[], None]]:
    """Ours and the peer's check of one delivery; each raises when it refuses."""
    scheme, secret, url = get(key), SECRETS[key], "https://hub.example.com/integration/webhook/abc"
    signed = scheme.sign(Delivery("POST", url, Headers(SENT), body), secret, now=NOW, message_id="msg_1")
    delivery = Delivery("POST", url, Headers({**SENT, **signed}), body)
    raw, digest = secret.encode(), hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()

    def ours() -> None:
        scheme.verify(delivery, [secret], now=NOW)

    def peer() -> None:
        if not hmac.compare_digest(hmac.new(raw, body, hashlib.sha256).hexdigest(), digest):
            raise AssertionError("the peer refused")

    return ours, peer


def measure(key: str, body: bytes) -> tuple[float, float, float]:
    """The medians of ours and of the peer in µs, and of their ratio."""
    ours, peer = sides(key, body)
    ours(), peer()
    return medians([(microseconds(ours, calls=CALLS), microseconds(peer, calls=CALLS)) for _ in range(PAIRS)])


def run() -> dict[str, Any]:
    """Measure; the result's `value` and `peer_value` are µs of CPU a delivery, of the worst scheme."""
    body = payload()
    measured = {key: measure(key, body) for key in SECRETS}
    worst = max(measured, key=lambda key: measured[key][2])
    ours, peer, ratio = measured[worst]
    return {
        "name": "signature_vs_hmac",
        "unit": f"µs to verify 10 kB ({worst})",
        "value": round(ours, 2),
        "peer": "bare hmac",
        "peer_value": round(peer, 2),
        "ratio": round(ratio, 2),
        "bar": BAR,
        "ok": ratio <= BAR,
        "n": PAIRS,
        "ratios": {key: round(each[2], 2) for key, each in measured.items()},
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
