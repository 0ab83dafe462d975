# Part of Integration Hub. License LGPL-3.0 or later.
"""The list of mutations."""

MUTATIONS = {}


def mutation(cls):
    """Register a schedule under the words of its name: `LockAfterSnapshot` is "lock after snapshot"."""
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in cls.__name__)
    MUTATIONS[words.strip()] = cls
    return cls
