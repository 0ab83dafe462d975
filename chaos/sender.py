# Part of Integration Hub. License LGPL-3.0 or later.
"""The shop's webhooks as a process of its own:  sender.py URLS PATH SEED RATE FOLDER, the signing secret on stdin.

Delivers as vendors do: what is not answered with success within five seconds is sent again later, unchanged, as often
as it takes. It writes FOLDER/shop.jsonl: `sent` before the first byte leaves, `acknowledged` when the answer is read,
`failed` otherwise. When FOLDER/stop appears it begins nothing new, and ends when all that it began is acknowledged.
"""

import heapq
import random
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import requests
from journal import Journal
from plan import Message, messages
from shop import delivery

TIMEOUT = 5.0  # seconds a vendor waits for an answer
CONNECTIONS = 8
MOST_AT_ONCE = 150  # messages that are sent and not acknowledged; then the shop sells nothing more for a moment
FIRST_WAIT, LONGEST_WAIT = 0.5, 5.0  # seconds between deliveries of a message, as with vendors but in seconds
PATIENCE = 120.0  # seconds at the end for what is not acknowledged yet


class Outbox:
    """Which message is to be delivered when. Of a key the next one waits for the last, unless it overlaps."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Message, int]] = []
        self._numbers = count()
        self._open: dict[str, set[int]] = {}
        self._waiting: dict[str, deque[Message]] = {}
        self._changed = threading.Condition()
        self._closed = False

    def open_count(self) -> int:
        """How many messages were begun and are not acknowledged."""
        with self._changed:
            return sum(map(len, self._open.values()))

    def admit(self, message: Message) -> None:
        """Takes a new message."""
        with self._changed:
            if message.key in self._waiting or (self._open.get(message.key) and not message.overlaps):
                self._waiting.setdefault(message.key, deque()).append(message)
            else:
                self._begin(message)

    def again(self, message: Message, delay: float, tries: int) -> None:
        """Plans one more delivery."""
        with self._changed:
            self._plan(message, delay, tries)

    def acknowledged(self, message: Message) -> None:
        """Ends a message, which may let the next one of its key go."""
        with self._changed:
            self._open.get(message.key, set()).discard(message.sequence)
            waiting = self._waiting.get(message.key)
            while waiting and not self._closed and (not self._open[message.key] or waiting[0].overlaps):
                self._begin(waiting.popleft())
            if waiting is not None and not waiting:
                del self._waiting[message.key]

    def close(self) -> None:
        """What was never delivered is not begun any more."""
        with self._changed:
            self._closed = True
            self._waiting.clear()

    def next(self, patience: float) -> tuple[Message, int] | None:
        """The next delivery that is due, and how often its message was delivered before; None after so many seconds."""
        deadline = time.monotonic() + patience
        with self._changed:
            while not self._due or self._due[0][0] > time.monotonic():
                wait = min(deadline, self._due[0][0] if self._due else deadline) - time.monotonic()
                if wait <= 0 and time.monotonic() >= deadline:
                    return None
                self._changed.wait(max(wait, 0.001))
            _due, _number, message, tries = heapq.heappop(self._due)
            return message, tries

    def _begin(self, message: Message) -> None:
        self._open.setdefault(message.key, set()).add(message.sequence)
        self._plan(message, message.late, 0)

    def _plan(self, message: Message, delay: float, tries: int) -> None:
        heapq.heappush(self._due, (time.monotonic() + delay, next(self._numbers), message, tries))
        self._changed.notify()


class Sender:
    """Delivers an outbox over some connections at once."""

    def __init__(self, urls: list[str], secret: str, run: str, journal: Journal) -> None:
        self._urls, self._secret, self._run, self._journal = urls, secret, run, journal
        self.outbox = Outbox()
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(CONNECTIONS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ends the connections."""
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        session = requests.Session()
        session.trust_env = False
        while not self._done.is_set():
            if found := self.outbox.next(0.5):
                self._deliver(session, *found)

    def _deliver(self, session: requests.Session, message: Message, tries: int) -> None:
        body, headers = delivery(message, self._secret, self._run)
        about = {"n": message.number, "key": message.key, "sequence": message.sequence, "tries": tries}
        url = self._urls[(message.number + tries) % len(self._urls)]
        self._journal.add("sent", **about)
        try:
            response = session.post(url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False)
            said = response.json() if response.ok else {}
            problem = "" if response.ok else f"{response.status_code} {response.text[:200]}"
        except (requests.RequestException, ValueError) as error:
            said, problem = {}, f"{type(error).__name__}: {error}"[:300]
        if problem:
            self._journal.add("failed", **about, problem=problem)
            wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(tries, 10)) * random.uniform(0.5, 1.0)
            self.outbox.again(message, wait, tries + 1)
            return
        self._journal.add("acknowledged", durable=True, **about, event=said.get("id"), answer=said.get("status"))
        self.outbox.acknowledged(message)
        if message.again is not None and tries < 100:
            self.outbox.again(message._replace(again=None), message.again, 100)


def send(sender: Sender, plan: Iterator[Message], rate: float, stop: Path) -> None:
    """Begins messages at a rate until the file is there; what a standstill held up is caught up at twice the rate."""
    allowed, last = 0.0, time.monotonic()
    while not stop.exists():
        now = time.monotonic()
        allowed, last = min(allowed + (now - last) * rate, rate * 30), now
        for _ in range(min(int(allowed), max(1, int(rate * 0.1)))):
            if sender.outbox.open_count() < MOST_AT_ONCE:
                sender.outbox.admit(next(plan))
                allowed -= 1
        time.sleep(0.05)


def main(urls: str, path: str, seed: str, rate: str, folder: str) -> int:
    """The process's whole life; its status is 1 when something was never acknowledged."""
    sender = Sender(
        [f"{url}{path}" for url in urls.split(",")],
        sys.stdin.readline().strip(),
        folder,
        Journal(Path(folder, "shop.jsonl")),
    )
    send(sender, messages(int(seed)), float(rate), Path(folder, "stop"))
    sender.outbox.close()
    deadline = time.monotonic() + PATIENCE
    while (left := sender.outbox.open_count()) and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(6)  # the last deliveries on purpose
    sender.stop()
    return int(bool(left))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
