# Part of Integration Hub. License LGPL-3.0 or later.
"""The keywords, a module for each kind of them, and which of them a schema's dialect has.

A module's VOCABULARY lists its keywords in the order in which a person should hear of them.
"""

from ..errors import ContractError
from ..keywords import Vocabulary
from ..resources import DIALECT, Index, Resource
from . import core, format, items, logic, members, unevaluated, validation

_BASE = DIALECT.removesuffix("schema") + "vocab/"
_BY_URI: dict[str, tuple[Vocabulary, ...]] = {
    f"{_BASE}core": (core.VOCABULARY,),
    f"{_BASE}validation": (validation.VOCABULARY,),
    f"{_BASE}applicator": (members.VOCABULARY, items.VOCABULARY, logic.VOCABULARY),
    f"{_BASE}format-annotation": (),
    f"{_BASE}format-assertion": (format.VOCABULARY,),
    f"{_BASE}content": (),
    f"{_BASE}meta-data": (),
    f"{_BASE}unevaluated": (unevaluated.VOCABULARY,),  # last: it asks what the others have looked at
}
_STANDARD = frozenset(_BY_URI) - {f"{_BASE}format-assertion"}


def vocabularies_of(resource: Resource, index: Index, *, assert_formats: bool) -> list[Vocabulary]:
    """The vocabularies that a resource's meta-schema declares (JSON Schema Core 2020-12, §8.1.2)."""
    uris = _STANDARD if resource.dialect == DIALECT else _declared(resource, index)
    if assert_formats:
        uris |= {f"{_BASE}format-assertion"}
    return [vocabulary for uri in _BY_URI if uri in uris for vocabulary in _BY_URI[uri]]


def _declared(resource: Resource, index: Index) -> frozenset[str]:
    at = f"{resource.uri}#/$schema"
    if "json-schema.org/draft" in resource.dialect:
        raise ContractError(
            f"The contract is written for “{resource.dialect}”", pointer=at, hint=f"Rewrite it for {DIALECT}."
        )
    meta_schema, _anchor = index.resolve(resource, resource.dialect, at=at)
    declared = meta_schema.schema.get("$vocabulary") if isinstance(meta_schema.schema, dict) else None
    if declared is None:
        return _STANDARD
    if unknown := [uri for uri, required in declared.items() if required and uri not in _BY_URI]:
        raise ContractError(f"The contract needs the unknown vocabulary “{unknown[0]}”", pointer=at)
    return frozenset(declared)
