# Part of Integration Hub. License LGPL-3.0 or later.
"""A contract from samples: what a vendor really sends, as a first version to be read and corrected by a person.

    schema = infer([order, another_order])

Types are united (integer and number are number, null is one more type), a field is required when no sample lacks it,
objects stay open. What was only ever null, or only ever an empty list, is unknown and not restricted. No value of a
sample gets into the schema, with one exception: short lists of words such as "paid" and "refunded", seen often enough
and not under a name like `city` (see words). Names of fields do, unless they look like ids or there are too many of
them: then the object is a map, described by `additionalProperties` (see keys).

More samples only widen a schema, but for three things that need evidence: a list of words, a decimal pattern, and the
types of what was unknown. So `compare` calls the next version backward compatible unless it learnt one of these.
"""

from collections.abc import Iterable
from typing import Any

from ...errors import ConfigurationError
from ..resources import DIALECT
from .schema import schema_of
from .summary import Summary

__all__ = ["Summary", "infer"]


def infer(samples: Iterable[Any]) -> dict[str, Any]:
    """The JSON Schema (2020-12) that describes the samples, JSON documents as `jsondoc.parse` gives them.

    Every sample is valid under it, formats included; their order does not matter. Samples are read one by one and not
    kept, so that a stream of them takes no more memory than what is known of their shape. Raises ConfigurationError,
    code no-samples, when there is none.
    """
    summary = Summary()
    for sample in samples:
        summary.add(sample)
    if not summary.count:
        raise ConfigurationError(
            "There is no sample to infer a contract from", code="no-samples", hint="Add a document."
        )
    return {"$schema": DIALECT, **schema_of(summary)}
