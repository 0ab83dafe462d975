# Part of Integration Hub. License LGPL-3.0 or later.
"""The same questions answered by the package `jsonschema`, which others wrote: what our answers are compared with.

Imported by nothing else in the library: `jsonschema` takes longer to import than everything here takes to run.
"""

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema_specifications import REGISTRY
from referencing.jsonschema import DRAFT202012


def validator(
    schema: Mapping[str, Any] | bool, *, resources: Mapping[str, Any] | None = None, assert_formats: bool = False
) -> Draft202012Validator:
    """What `jsonschema` makes of a schema, by the arguments of `compile_contract`.

    Its registry holds what was passed and JSON Schema's own schemas, and fetches nothing: a reference to anything else
    raises when it is followed.
    """
    known = ((uri, DRAFT202012.create_resource(contents)) for uri, contents in (resources or {}).items())
    return Draft202012Validator(
        schema,
        registry=REGISTRY.with_resources(known),
        format_checker=Draft202012Validator.FORMAT_CHECKER if assert_formats else None,
    )
