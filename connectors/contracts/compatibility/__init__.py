# Part of Integration Hub. License LGPL-3.0 or later.
"""Whether two versions of a contract accept each other's documents, and every change that says why not.

    verdict = compare(old, new)
    verdict.backward                # True: every document of the old version is valid under the new one
    verdict.changes[0].message      # "required now; documents of the old version may lack it"

Compatible is only said where it is proved; what cannot be compared is a change, `not-comparable`, that breaks both
directions. The proof is about what the schemas accept, with one exception for the sake of a useful answer: undeclared
fields. An open object (no `additionalProperties`, or `true`) tolerates fields that it does not describe. Adding an
optional field to it would break every time, for an old document might hold other content under that name. So such a
change is a `risk` and breaks nothing: the verdict speaks of documents in which every field is described by the
version they were written for, as `unevaluatedProperties: false` on every level would demand. `verdict.strict`
speaks of any document. The reasons are in docs/adr/0009-contract-compatibility.md.

`format` is taken as a demand, as receivers may check it, although the standard leaves that open.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..contract import compile_contract
from ..equality import equal
from .changes import BOTH, Change, Compatibility, Direction
from .versions import Node, Version
from .walk import TooComplex, Walk

__all__ = ["BOTH", "Change", "Compatibility", "Direction", "compare"]

Schema = Mapping[str, Any] | bool


def compare(old: Schema, new: Schema, *, resources: Mapping[str, Any] | None = None) -> Compatibility:
    """What becomes of documents when a contract goes from one version to the next.

    `old`, `new`: JSON Schemas (2020-12); `resources`: schemas that both refer to, by URI; nothing is fetched.
    Schemas may refer to themselves. Raises ContractError for what is no schema.
    """
    known = resources or {}
    for schema in (old, new):
        compile_contract(schema, resources=known)
    if equal(old, new):
        return Compatibility()
    before, after = Version(old, known, "the old version"), Version(new, known, "the new version")
    try:
        changes = Walk(before, after).nodes(Node([before.root]), Node([after.root]))
    except (TooComplex, RecursionError):
        changes = [Change("", "", "not-comparable", "the versions are too complex to be compared in parts", BOTH)]
    return Compatibility(tuple(replace(change, path=change.path.removeprefix(".")) for change in changes))
