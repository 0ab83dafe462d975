# Part of Integration Hub. License LGPL-3.0 or later.
"""A ring: one record in Odoo and in three systems, edited everywhere at once, wired in all ways that lead through Odoo.

The rules are the production's own (`engine/ownership.py`, `engine/circles.py`). What is a model here is the road around
them: a link's echo, stale and unchanged, the outbox that tells all but who said it, a body that is rendered when it is
sent. `Ring(seed).run()` draws an estate, lets everybody act in random order, and goes on until nobody has anything left
to say; docs/OWNERSHIP.md says what has to hold then.
"""

import random
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .production import load

ownership = load("ownership")
circles = load("circles")

FIELDS = ("mail", "city")
NAMES = ("shop", "crm", "desk")
RULES = {
    "nothing": None,
    "odoo": ownership.Rule("odoo"),
    "odoo or ask": ownership.Rule("odoo", "ask"),
    "newest": ownership.Rule("both", "newest"),
    "odoo wins": ownership.Rule("both", "odoo"),
    "ask": ownership.Rule("both", "ask"),
}
PATIENCE = 4000  # steps; what has not come to rest by then never will
NOON = datetime(2026, 1, 1, 12)


class Restless(Exception):
    """Somebody always has something to say."""


class Untraced(Exception):
    """What somebody wrote was told to Odoo, and is neither taken, nor noted, nor asked about."""


@dataclass
class Link:
    """What the hub keeps of a system."""

    rules: dict
    is_read: bool
    is_written: bool
    memory: dict = field(default_factory=dict)
    sent_version: int | None = None
    version: int | None = None
    hash_in: str | None = None
    hash_out: str | None = None
    heard: str | None = None
    last_in: datetime | None = None
    is_held: bool = False  # a message waits for a person, and its followers with it
    is_due: bool = False  # something is to be sent
    inbox: deque = field(default_factory=deque)
    call: tuple | None = None  # what is under way: payload, what was known when it began, the version answered


@dataclass
class Remote:
    """A system: its values, and to whom it tells their changes itself."""

    values: dict
    has_versions: bool
    shouts: bool  # an automation writes everything in capitals, the moment it is written
    wires: list = field(default_factory=list)
    version: int = 0


class Ring:
    """One history, drawn from a seed."""

    judges_late = True
    breaks_circles = True

    def __init__(self, seed, rule=None):
        self.dice = random.Random(seed)
        self.now, self.ticks, self.typed, self.writes = NOON, 0, 0, 0
        start = dict.fromkeys(FIELDS, "start")
        self.ours, self.written_at = dict(start), NOON
        self.whispers = self.dice.random() < 0.1  # an automation of Odoo writes in small letters what others say
        kind = rule or self.dice.choice(list(RULES))
        self.kind = kind
        self.remotes = {name: Remote(dict(start), self.dice.random() < 0.7, self.dice.random() < 0.2) for name in NAMES}
        self.links = {name: self._link(kind) for name in NAMES}
        for here, there in (("shop", "crm"), ("crm", "desk"), ("shop", "desk")):  # no circle but through Odoo
            if self.dice.random() < 0.5:
                self.remotes[here].wires.append((there, deque()))
        self.edits = self.dice.randint(2, 8)
        self.traced, self.told = {"start"}, {}

    def _link(self, kind):
        way = self.dice.choice(("both", "both", "in", "out"))
        rules = {name: RULES[kind] for name in FIELDS if RULES[kind] and self.dice.random() < 0.8}
        return Link(rules, way != "out", way != "in")

    # --- who may act ---

    def run(self):
        """Let everybody act until all is quiet; returns the steps that took. Raises Restless, Untraced."""
        for step in range(PATIENCE):
            actions = self._actions()
            if not actions:
                self._check_traces()
                return step
            self.now += timedelta(seconds=self.dice.choice((0, 1, 1, 5, 60)))
            self.ticks += 1
            self.dice.choice(actions)()
        raise Restless(self.kind)

    def _actions(self):
        actions = []
        if self.edits:
            actions += [self._edit_here, *(lambda name=name: self._edit_there(name) for name in NAMES)]
        for name in NAMES:
            link = self.links[name]
            if link.inbox and not link.is_held:
                actions.append(lambda name=name: self._receive(name))
            if link.call:
                actions.append(lambda name=name: self._go_on(name))
            elif link.is_due:
                actions.append(lambda name=name: self._render(name))
            for there, queue in self.remotes[name].wires:
                if queue:
                    actions.append(lambda there=there, queue=queue: self._write_there(there, queue.popleft()))
        return actions

    def _type(self):
        self.edits -= 1
        self.typed += 1
        return {self.dice.choice(FIELDS): f"v{self.typed}"}

    def _edit_here(self):
        self._write_here(self._type(), None)

    def _edit_there(self, name):
        typed = self._type()
        self._write_there(name, typed)
        if self.links[name].is_read:
            for key in typed:
                self.told.setdefault((name, key), set()).add(self.remotes[name].values[key])

    # --- a system ---

    def _write_there(self, name, given, always=False):
        """A system takes what it is told, and tells others if that was news; returns its version.

        :param always: it is a call, which makes a new version in any case
        """
        remote, link = self.remotes[name], self.links[name]
        wanted = {key: value.upper() if remote.shouts else value for key, value in given.items()}
        changes = any(remote.values[key] != value for key, value in wanted.items())
        if changes or always:
            remote.values |= wanted
            remote.version = self.ticks
            if link.is_read:
                link.inbox.append((dict(remote.values), remote.version if remote.has_versions else None, self.now))
        if changes:
            for _there, queue in remote.wires:
                queue.append(dict(remote.values))
        return remote.version if remote.has_versions else None

    # --- into Odoo ---

    def _receive(self, name):
        link = self.links[name]
        document, version, said_at = link.inbox[0]
        late = self._was_overtaken(link, version)
        if not late and self._is_known(link, document, version):
            link.inbox.popleft()
            return
        digest = _digest(document)
        heard = circles.heard(link.heard, digest, link.last_in, self.now)
        if self.breaks_circles and circles.is_one(heard):
            link.is_held = True
            return
        link.inbox.popleft()
        taken, overruled = self._judged(name, document, said_at, late)
        self._write_here(taken, name)
        for key, theirs in document.items():
            if key in link.rules:
                ours, verdict = _digest(self.ours[key]), self._verdicts[key]
                link.memory[key] = ownership.heard(link.memory.get(key), ours, _digest(theirs), verdict, late=late)
        link.version, link.hash_in, link.hash_out = version, None if late else digest, None
        link.heard, link.last_in = heard, self.now
        if overruled and link.is_written:
            link.is_due = True

    def _judged(self, name, document, said_at, late):
        link, taken, overruled = self.links[name], {}, False
        self._verdicts = {}
        for key, theirs in document.items():
            rule = link.rules.get(key)
            if rule is None:
                if not late:
                    taken[key] = theirs
                continue
            verdict = ownership.judge(
                rule, link.memory.get(key), _digest(self.ours[key]), _digest(theirs),
                lambda: said_at > self.written_at, late=late,
            )  # fmt: skip
            if verdict.stands == "theirs":
                taken[key] = theirs
            self._verdicts[key] = verdict
            if verdict.stands != "ours" or verdict.lost or theirs == self.ours[key]:
                self.traced.add(theirs)
            overruled = overruled or verdict.tell
        return taken, overruled

    def _was_overtaken(self, link, version):
        if not self.judges_late or not link.rules or version is None or link.sent_version is None:
            return False
        return version < link.sent_version and (link.version is None or version > link.version)

    def _is_known(self, link, document, version):
        if version is not None and link.sent_version is not None and version <= link.sent_version:
            return True
        if version is not None and link.version is not None and version < link.version:
            return True
        return link.hash_in is not None and link.hash_in == _digest(document)

    def _write_here(self, values, origin):
        changed = {key: value for key, value in values.items() if self.ours[key] != value}
        if not changed:
            return
        self.traced.update(changed.values())
        if origin and self.whispers:
            changed, origin = {key: value.lower() for key, value in changed.items()}, None
        self.ours |= changed
        self.written_at, self.writes = self.now, self.writes + 1
        for name, link in self.links.items():
            if name != origin and link.is_written:
                link.is_due = True

    # --- out of Odoo: rendered, under way, noted ---

    def _render(self, name):
        link = self.links[name]
        link.is_due = False
        held = {key for key, memory in link.memory.items() if memory.held}
        payload = {key: value for key, value in self.ours.items() if key not in held}
        if payload and link.hash_out != _digest(payload):
            link.call = payload, (link.hash_in, self.writes), None

    def _go_on(self, name):
        link = self.links[name]
        payload, (hash_in, writes), answer = link.call
        if answer is None:
            link.call = payload, (hash_in, writes), (self._write_there(name, payload, always=True),)
            return
        link.call = None
        was_crossed = link.hash_in != hash_in  # something came while the call was under way: who knows what is there
        link.is_due = link.is_due or (was_crossed and self.writes != writes)
        for key, value in payload.items():
            if key in link.rules:
                link.memory[key] = ownership.sent(link.memory.get(key), _digest(value))
        link.hash_out = None if was_crossed else _digest(payload)
        link.hash_in, link.sent_version = None, answer[0]

    # --- at rest ---

    def _check_traces(self):
        for name, link in self.links.items():
            if link.is_held:
                continue  # what waits behind a message is not lost
            for key in link.rules:
                lost = self.told.get((name, key), set()) - self.traced
                if lost:
                    raise Untraced(f"{self.kind}: {name} said {key} {lost}")

    def is_agreed(self):
        """Tell whether all have the same, but for what a person is asked about."""
        links = self.links.values()
        if any(link.is_held for link in links):
            return True
        asked = {key for link in links for key, memory in link.memory.items() if memory.held}
        return all(
            remote.values[key] == self.ours[key]
            for remote in self.remotes.values()
            for key in FIELDS
            if key not in asked
        )


def _digest(value):
    return ownership.digest(value)
