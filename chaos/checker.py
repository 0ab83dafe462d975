# Part of Integration Hub. License LGPL-3.0 or later.
"""The checker: compares what was acknowledged, what took effect in Odoo, and what the vendor has. Pure functions.

It knows nothing of the hub. Of its log it asks only what still waits, and why a message that had no effect had none,
which it then proves from the journals. Order is as the engine's promise has it: what was acknowledged before another
message of its key left takes effect first; messages whose deliveries overlapped have no order.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

Entry = Mapping[str, Any]
KINDS = ("lost", "doubled", "vendor_duplicates", "disordered", "stuck", "phantom", "false_acks")
FINAL = ("done", "ignored", "dead")
SHOP, PEOPLE = ("c", "b", "o"), ("p", "f")
TO_CRM = ("b", "p", "f")
"""First letters of keys: what the shop tells of, what people edit, what the CRM is told of."""


class Finding(NamedTuple):
    """One broken promise; `kind` is one of `KINDS`."""

    kind: str
    key: str
    detail: str


class Sending(NamedTuple):
    """A message as its sender saw it: when its first delivery began, when the first acknowledgement was read."""

    began: float
    acknowledged: float | None
    event: int | None


class Effect(NamedTuple):
    """A change of a business record, in the order of the table it stands in; `mark` is `<key>/<sequence>`, or empty.

    `transaction` is the database's own number of the transaction that made it.
    """

    transaction: int
    operation: str
    res_id: int
    identity: str
    mark: str

    @property
    def key(self) -> str:
        return self.mark.rpartition("/")[0]

    @property
    def sequence(self) -> int:
        return int(self.mark.rpartition("/")[2])


class Logged(NamedTuple):
    """A message of the hub's log at the end, and the transaction that ended it."""

    state: str
    code: str
    record: int | None
    transaction: int | None


class Moment(NamedTuple):
    """What a transaction made visible of a key: one message's effect, and those that it covers up."""

    sequence: int
    covered: frozenset[int] = frozenset()


def check(
    shop: Iterable[Entry],
    people: Iterable[Entry],
    effects: Sequence[Effect],
    puts: Sequence[Entry],
    log: Mapping[int, Logged],
) -> list[Finding]:
    """Every broken promise of a run; an empty list where all were kept."""
    by_key: dict[str, list[Effect]] = defaultdict(list)
    for effect in effects:
        if effect.mark:
            by_key[effect.key].append(effect)
    seen = {key: [effect.sequence for effect in found] for key, found in by_key.items()}
    waiting = {record for entry in log.values() if entry.state not in FINAL and (record := entry.record)}
    held_up = {effect.key for effect in effects if effect.res_id in waiting}
    findings = list(_log(log)) + list(_records(effects))
    findings += _shop(_sendings(shop, "sent"), by_key, log)
    findings += _people(_sendings(people, "edited"), seen)
    findings += _vendor(puts, seen, held_up)
    return findings


def _sendings(entries: Iterable[Entry], began: str) -> dict[str, dict[int, Sending]]:
    found: dict[str, dict[int, Sending]] = defaultdict(dict)
    for entry in entries:
        known = found[entry["key"]].get(entry["sequence"])
        if entry["what"] == began and known is None:
            found[entry["key"]][entry["sequence"]] = Sending(entry["at"], None, None)
        elif entry["what"] == "acknowledged" and known and known.acknowledged is None:
            found[entry["key"]][entry["sequence"]] = known._replace(acknowledged=entry["at"], event=entry.get("event"))
    return found


def _log(log: Mapping[int, Logged]) -> Iterable[Finding]:
    """Nothing waits at the end, and nothing was given up: no message was bad."""
    for number, entry in log.items():
        if entry.state == "dead":
            yield Finding("lost", f"message {number}", f"given up: {entry.code}")
        elif entry.state not in FINAL:
            yield Finding("stuck", f"message {number}", f"still {entry.state} {entry.code}".strip())


def _records(effects: Iterable[Effect]) -> Iterable[Finding]:
    """Nobody and nothing exists twice."""
    made: dict[str, set[int]] = defaultdict(set)
    for effect in effects:
        if effect.operation == "insert":
            made[effect.identity].add(effect.res_id)
    for identity, records in made.items():
        if len(records) > 1:
            yield Finding("doubled", identity, f"made {len(records)} times: {sorted(records)}")


def _shop(
    sent: Mapping[str, Mapping[int, Sending]], effects: Mapping[str, Sequence[Effect]], log: Mapping[int, Logged]
) -> Iterable[Finding]:
    for key in sent.keys() | {key for key in effects if key.startswith(SHOP)}:
        messages, found = sent.get(key, {}), effects.get(key, ())
        moments = _moments(messages, found, log)
        seen = [effect.sequence for effect in found]
        shown = {sequence for moment in moments for sequence in (moment.sequence, *moment.covered)}
        yield from _once(key, messages, seen)
        for sequence, message in messages.items():
            if message.acknowledged is not None and sequence not in shown:
                yield from _without_effect(key, sequence, messages, shown, log)
        yield from _in_order(key, messages, moments)


def _moments(messages: Mapping[int, Sending], effects: Sequence[Effect], log: Mapping[int, Logged]) -> list[Moment]:
    """What a transaction does with a key shows only now and then, at the latest as its last state.

    The log says which messages ended in it. One that does not show was covered up by the first state in it that did not
    have to come before: if any order of what it did keeps the promise, this one does.
    """
    covered: dict[int, set[int]] = defaultdict(set)
    own = {effect.sequence for effect in effects}
    places: dict[int, list[int]] = defaultdict(list)
    for place, effect in enumerate(effects):
        places[effect.transaction].append(place)
    for sequence, message in messages.items():
        entry = log.get(message.event or 0)
        if sequence in own or entry is None or entry.state != "done" or entry.transaction not in places:
            continue
        here = places[entry.transaction]
        fits = (place for place in here if not _before(messages.get(effects[place].sequence, message), message))
        covered[next(fits, here[-1])].add(sequence)
    return [Moment(effect.sequence, frozenset(covered[place])) for place, effect in enumerate(effects)]


def _once(key: str, messages: Mapping[int, Sending], seen: Sequence[int]) -> Iterable[Finding]:
    for sequence in sorted(set(seen)):
        if sequence not in messages:
            yield Finding("phantom", key, f"{sequence} took effect and was never sent")
        if (times := seen.count(sequence)) > 1:
            yield Finding("doubled", key, f"{sequence} took effect {times} times")


def _without_effect(
    key: str, sequence: int, messages: Mapping[int, Sending], shown: set[int], log: Mapping[int, Logged]
) -> Iterable[Finding]:
    """An acknowledged message had no effect: rightly, where a newer one had, if need be an overlapping one; else lost.

    Waiting with a newer one, it is superseded. Alone, it must have come after that, which takes an overlap.
    """
    message = messages[sequence]
    entry = log.get(message.event or 0)
    if entry is None:
        yield Finding("false_acks", key, f"{sequence} was acknowledged, and the log has no message {message.event}")
    if entry is not None and entry.state not in ("done", "ignored"):
        return  # reported as stuck or given up
    newer = [other for other in shown if other > sequence and other in messages]
    overlapped = any(messages[other].began < (message.acknowledged or 0.0) for other in newer)
    superseded = entry is not None and entry.code == "superseded" and newer
    if not superseded and not (entry is not None and entry.code == "stale" and overlapped):
        said = f"{entry.state} {entry.code}".strip() if entry else "nothing"
        yield Finding("lost", key, f"{sequence} was acknowledged and had no effect; the log says {said}")


def _in_order(key: str, messages: Mapping[int, Sending], moments: Sequence[Moment]) -> Iterable[Finding]:
    """A message takes effect after none that began when it was acknowledged already; its second effect is no matter."""
    latest, judged = 0, set()
    for moment in moments:
        for sequence in (*sorted(moment.covered), moment.sequence):  # what is covered up came before what covers it
            message = messages.get(sequence)
            if message is None or sequence in judged:
                continue
            judged.add(sequence)
            if latest and _before(message, messages[latest]):
                yield Finding("disordered", key, f"{sequence} took effect after {latest}, which began after its answer")
            if sequence == moment.sequence:
                latest = max({latest, sequence, *moment.covered} - {0}, key=lambda one: messages[one].began)
            elif _before(messages.get(moment.sequence, message), message):
                yield Finding(
                    "disordered", key, f"{moment.sequence} covers up {sequence}, which began after its answer"
                )


def _before(one: Sending, other: Sending) -> bool:
    return one.acknowledged is not None and one.acknowledged < other.began


def _people(edited: Mapping[str, Mapping[int, Sending]], effects: Mapping[str, Sequence[int]]) -> Iterable[Finding]:
    """What a person was told is saved, is saved: without this nothing could be said of what the vendor must have."""
    for key in edited.keys() | {key for key in effects if key.startswith(PEOPLE)}:
        edits, seen = edited.get(key, {}), effects.get(key, ())
        yield from _once(key, edits, seen)
        for sequence, edit in edits.items():
            if edit.acknowledged is not None and sequence not in seen:
                yield Finding("lost", key, f"edit {sequence} was acknowledged and is not in Odoo")


def _vendor(puts: Iterable[Entry], effects: Mapping[str, Sequence[int]], held_up: set[str]) -> Iterable[Finding]:
    """The vendor has one object a key, which never went back to an older state, and ends as Odoo's record ended."""
    objects: dict[str, set[str]] = defaultdict(set)
    states: dict[str, list[int]] = defaultdict(list)
    for put in puts:
        key = (put["identity"] or "").partition("@")[0].partition(".")[0]
        if not key.startswith(TO_CRM) or key not in effects:
            continue
        objects[key].add(put["id"])
        if put["mark"]:
            states[key].append(int(put["mark"].rpartition("/")[2]))
    for key in effects:
        if not key.startswith(TO_CRM):
            continue
        if len(objects[key]) > 1:
            yield Finding("vendor_duplicates", key, f"{len(objects[key])} objects: {sorted(objects[key])}")
        yield from _states(key, states[key], effects[key], key in held_up)


def _states(key: str, there: Sequence[int], here: Sequence[int], held_up: bool) -> Iterable[Finding]:
    places = {sequence: place for place, sequence in enumerate(here)}
    newest = -1
    for sequence in there:
        if sequence not in places:
            yield Finding("phantom", key, f"the vendor was told {sequence}, which Odoo never had")
        elif places[sequence] < newest:
            yield Finding("disordered", key, f"the vendor went back to {sequence}")
        newest = max(newest, places.get(sequence, -1))
    if here and not held_up and (not there or there[-1] != here[-1]):
        last = there[-1] if there else "nothing"
        yield Finding("lost", key, f"Odoo has {here[-1]}, the vendor {last}")


def accepted(shop: Iterable[Entry], people: Iterable[Entry]) -> int:
    """How many messages and edits were acknowledged, each counted once."""
    return sum(
        1
        for journal, began in ((shop, "sent"), (people, "edited"))
        for messages in _sendings(journal, began).values()
        for message in messages.values()
        if message.acknowledged is not None
    )


def counts(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings there are of each kind."""
    found = dict.fromkeys(KINDS, 0)
    for finding in findings:
        found[finding.kind] += 1
    return found
