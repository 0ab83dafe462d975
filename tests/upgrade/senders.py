# Part of Integration Hub. License LGPL-3.0 or later.
"""A shop that sends webhooks at a steady rate and delivers again, with the same id, what was not acknowledged."""

import base64
import copy
import hashlib
import hmac
import itertools
import json
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import requests

TIMEOUT = 60.0  # seconds for one try; longer than vendors wait, so that a blocked request is measured and not cut off
PAUSE = 0.5  # seconds before a delivery is tried again; vendors wait longer
GIVE_UP = 180.0  # seconds
CUSTOMERS_FROM = 7_000_000_000_000
WAITING_FROM = 8_000_000_000_000  # the customers of messages that are put into the log's table by SQL


class Try(NamedTuple):
    """One request: when (monotonic seconds), how long it took, and the status, or what went wrong."""

    at: float
    seconds: float
    answer: str


def customer(model: dict[str, Any], number: int) -> dict[str, Any]:
    """A customer of its own in the shape of *model*."""
    document = copy.deepcopy(model)
    document.update(id=number, email=f"customer{number}@example.com", last_name=f"Number {number}", phone=None)
    document["admin_graphql_api_id"] = f"gid://shopify/Customer/{number}"
    for address in (document["default_address"], *document["addresses"]):
        address["customer_id"] = number
    return document


class Shop:
    """Sends `customers/update` of ever new customers from `start()` to `stop()`."""

    def __init__(self, url: str, secret: str, model: dict[str, Any], rate: float) -> None:
        self.url, self.rate = url, rate
        self.tries: list[Try] = []
        self.acknowledged: set[int] = set()
        self.sent = 0
        self._secret, self._model = secret.encode(), model
        self._stop, self._abandon = threading.Event(), threading.Event()
        self._pool = ThreadPoolExecutor(32)
        self._clock = threading.Thread(target=self._send_steadily, daemon=True)

    def start(self) -> "Shop":
        """Begins to send."""
        self._clock.start()
        return self

    def stop(self) -> None:
        """Sends nothing new, and returns when all that was sent is acknowledged or given up."""
        self._stop.set()
        if self._clock.is_alive():
            self._clock.join()
        self._pool.shutdown()

    def abandon(self) -> None:
        """Stops without delivering the rest: the test is over."""
        self._abandon.set()
        self.stop()

    def deliver(self, number: int) -> None:
        """Delivers one customer until it is acknowledged."""
        body = json.dumps(customer(self._model, number)).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": "customers/update",
            "X-Shopify-Shop-Domain": "larkfield-outfitters.myshopify.com",
            "X-Shopify-Webhook-Id": f"delivery-{number}",
            "X-Shopify-Event-Id": f"delivery-{number}",
            "X-Shopify-Hmac-Sha256": base64.b64encode(hmac.new(self._secret, body, hashlib.sha256).digest()).decode(),
        }
        give_up_at = time.monotonic() + GIVE_UP
        while time.monotonic() < give_up_at and not self._abandon.is_set():
            at = time.monotonic()
            try:
                status = requests.post(self.url, body, headers=headers, timeout=TIMEOUT).status_code
            except requests.RequestException as error:
                answer, done = type(error).__name__, False
            else:
                answer, done = str(status), status < 300
            self.tries.append(Try(at, time.monotonic() - at, answer))
            if done:
                self.acknowledged.add(number)
                return
            self._abandon.wait(PAUSE)

    def longest(self, since: float, until: float) -> float:
        """The seconds that the longest request begun in this time took until its answer."""
        return max((each.seconds for each in self.tries if since <= each.at <= until), default=0.0)

    def answers(self, since: float, until: float) -> Counter[str]:
        """How the requests begun in this time were answered."""
        return Counter(each.answer for each in self.tries if since <= each.at <= until)

    def _send_steadily(self) -> None:
        begun = time.monotonic()
        for number in itertools.count():
            if self._stop.wait(max(0.0, begun + number / self.rate - time.monotonic())):
                return
            self.sent += 1
            self._pool.submit(self.deliver, CUSTOMERS_FROM + number)
