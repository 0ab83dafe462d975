# Part of Integration Hub. License LGPL-3.0 or later.
"""People at Odoo's screens as a process of its own:  people.py URLS DATABASE SEED RATE FOLDER.

Each of them creates and changes contacts and companies of their own, one after the other, through the calls of the web
client. FOLDER/people.jsonl has `edited` before the call, `acknowledged` when it has returned. A call whose end is not
known is made again: a write says the same once more, a creation looks first whether the record is there. Ends when
FOLDER/stop appears.
"""

import sys
import threading
import time
from itertools import cycle
from pathlib import Path
from typing import Any

import requests
from hub_clients import Odoo, Refused
from journal import Journal
from plan import Edit, edits
from shop import email

PEOPLE = 2
PATIENCE = 60.0  # seconds a person goes on trying when it is time to stop


class Person:
    """One person who edits until told to stop."""

    def __init__(self, urls: list[str], database: str, journal: Journal, stop: Path) -> None:
        self._urls, self._database, self._journal, self._stop = cycle(urls), database, journal, stop
        self._odoo: Odoo | None = None
        self._records: dict[str, int] = {}

    def work(self, plan: Any, rate: float) -> None:
        """Makes one edit after the other, at most at this rate."""
        for edit in plan:
            if self._stop.exists():
                return
            began = time.monotonic()
            self._journal.add("edited", key=edit.key, sequence=edit.sequence)
            if not self._until_it_works(edit):
                return
            self._journal.add("acknowledged", durable=True, key=edit.key, sequence=edit.sequence)
            time.sleep(max(0.0, 1 / rate - (time.monotonic() - began)))

    def _until_it_works(self, edit: Edit) -> bool:
        given_up = None
        while True:
            try:
                self._odoo = self._odoo or Odoo(next(self._urls), self._database, "admin", "admin")
                self._make(self._odoo, edit)
                return True
            except (requests.RequestException, Refused, ValueError, KeyError) as error:
                self._journal.add("failed", key=edit.key, sequence=edit.sequence, problem=f"{error}"[:300])
                self._odoo = None
            if given_up is None and self._stop.exists():
                given_up = time.monotonic() + PATIENCE
            if given_up and time.monotonic() > given_up:
                return False
            time.sleep(0.5)

    def _make(self, odoo: Odoo, edit: Edit) -> None:
        if edit.key not in self._records:
            identity = identified(edit.key)
            found = odoo.search("res.partner", [(name, "=", value) for name, value in identity.items()], ["id"])
            if not found:
                values = {
                    "name": f"Chaos {edit.key.upper()}",
                    "is_company": edit.key.startswith("f"),
                    "phone": edit.mark,
                }
                self._records[edit.key] = odoo.create("res.partner", values | identity)
                return
            self._records[edit.key] = found[0]["id"]
        odoo.write("res.partner", self._records[edit.key], {"phone": edit.mark})


def identified(key: str) -> dict[str, str]:
    """What a record is known by on both sides: a contact by its address, a company by its domain."""
    return {"website": f"https://{key}.chaos.example"} if key.startswith("f") else {"email": email(key)}


def main(urls: str, database: str, seed: str, rate: str, folder: str) -> int:
    """The process's whole life."""
    journal, stop = Journal(Path(folder, "people.jsonl")), Path(folder, "stop")
    threads = []
    for share in range(PEOPLE):
        person = Person(urls.split(","), database, journal, stop)
        plan = edits(int(seed), share, PEOPLE)
        threads.append(threading.Thread(target=person.work, args=(plan, float(rate) / PEOPLE)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
