# Part of Integration Hub. License LGPL-3.0 or later.
"""What two JSON documents differ in, by the JSON pointers of their parts. Pure."""

from typing import Any, NamedTuple

from ..connectors.pointers import pointer_of

ABSENT = object()


class Difference(NamedTuple):
    """One part that is not the same: ``ABSENT`` where a document does not have it."""

    pointer: str
    before: Any
    after: Any


def differences(before, after, _keys=()):
    """Return :class:`Difference` of the smallest parts that differ, in the order of the documents."""
    if type(before) is type(after) and isinstance(before, dict):
        keys = [*before, *(key for key in after if key not in before)]
        return _all(before.get, after.get, keys, _keys)
    if type(before) is type(after) and isinstance(before, list):
        return _all(_at(before), _at(after), range(max(len(before), len(after))), _keys)
    same = before is after or (type(before) is type(after) and before == after)
    return [] if same else [Difference(pointer_of(_keys), before, after)]


def _all(before, after, keys, path):
    return [found for key in keys for found in differences(before(key, ABSENT), after(key, ABSENT), (*path, key))]


def _at(items):
    return lambda place, default: items[place] if place < len(items) else default
