# Part of Integration Hub. License LGPL-3.0 or later.
"""Matching: which record of the other side is which here, by what both are known by. Pure.

A *rule* gives each side's objects values ("keys") that are equal where the objects are the same. Where it finds more
than one record, or two rules contradict each other, a person is asked: a wrong link is worse than a question.
"""

import re
import unicodedata
from collections import Counter
from typing import NamedTuple

import phonenumbers

_NO_WORD = re.compile(r"[\W_]+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_BARCODE_LENGTHS = (8, 12, 13, 14)


class Hit(NamedTuple):
    """The records that a rule finds for an object.

    `doubtful` are those that a surer rule would know by another value: that they are the same is a guess.
    """

    rule: str
    records: frozenset
    sure: bool = True
    doubtful: frozenset = frozenset()


class Verdict(NamedTuple):
    """What is to be done with an object: link it with `record`, create it, or ask a person about the candidates."""

    status: str
    rule: str | None = None
    record: int | None = None
    reason: str | None = None
    candidates: tuple = ()


CREATE = Verdict("create")


def judge(hits, archived=frozenset(), preferred=frozenset()):
    """Return the verdict on one object.

    :param hits: what the rules found, the surest first; only rules that found something
    :param archived: records that are switched off: linked only when a person says so
    :param preferred: of several, the one that is among these is meant
    """
    if not hits:
        return CREATE
    sure = [hit for hit in hits if hit.sure]
    first = (sure or hits)[0]
    records = (first.records - archived) or first.records
    if len(records) > 1 and len(records & preferred) == 1:
        records &= preferred
    if len(records) > 1:
        return Verdict("ambiguous", first.rule, None, "several", tuple(sorted(records)))
    (record,) = records
    against = [hit for hit in (sure or hits) if record not in hit.records]
    if against:
        candidates = tuple(sorted(records.union(*(hit.records for hit in against))))
        return Verdict("conflict", first.rule, None, "contradiction", candidates)
    if record in archived:
        return Verdict("ambiguous", first.rule, None, "archived", (record,))
    if record in first.doubtful:
        return Verdict("ambiguous", first.rule, None, "doubtful", (record,))
    return Verdict("link", first.rule, record)


def without_rivals(verdicts, taken=frozenset(), claimed=frozenset()):
    """Return the verdicts, with a question where two objects claim one record, or another one has it already.

    :param verdicts: ``{object: verdict}``
    :param taken: records that are linked with other objects
    :param claimed: records that are to be linked with other objects
    """
    claims = Counter(claimed)
    claims.update(verdict.record for verdict in verdicts.values() if verdict.status == "link")
    return {key: _unless_rivals(verdict, claims, taken) for key, verdict in verdicts.items()}


def _unless_rivals(verdict, claims, taken):
    if verdict.status != "link":
        return verdict
    reason = "taken" if verdict.record in taken else "rivals" if claims[verdict.record] > 1 else None
    if not reason:
        return verdict
    return Verdict("conflict", verdict.rule, None, reason, (verdict.record,))


# --- values that are equal where the things are: None where there is nothing to compare ---


def code(text):
    """A SKU: case and blanks say nothing."""
    return "".join(text.split()).casefold() or None


def barcode(text):
    """A barcode: an EAN-13 with a leading zero is the UPC-A without it; anything else is a code of one's own."""
    bare = "".join(text.split()).upper()
    if bare.isdigit() and len(bare) in _BARCODE_LENGTHS and _checks(bare):
        return bare.zfill(14)
    return bare or None


def _checks(digits):
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return weighted % 10 == 0


def email(text):
    """An e-mail address, in lower case."""
    bare = text.strip().lower()
    return bare if _EMAIL.fullmatch(bare) else None


def vat(text):
    """A VAT number, without punctuation."""
    return _NO_WORD.sub("", text).upper() or None


def phone(text, region=None):
    """A telephone number in its international form; one without a country's prefix is of *region*."""
    try:
        number = phonenumbers.parse(text[:250], region or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def words(text):
    """A name or a street: case, accents, blanks and punctuation say nothing."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return _NO_WORD.sub("", plain).casefold() or None


def name_and_address(name, street, place):
    """All three of them, or nothing: a name alone is many people's."""
    parts = [words(part) if part else None for part in (name, street, place)]
    return "|".join(parts) if all(parts) else None
