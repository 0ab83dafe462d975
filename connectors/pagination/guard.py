# Part of Integration Hub. License LGPL-3.0 or later.
"""Notices a list that goes round in circles, in constant memory."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from .model import bad_page


class LoopGuard(NamedTuple):
    """Remembers two of the things seen: the last one, and one from each power of two (Brent's cycle finding).

    A repetition of the last one is noticed at once; a longer circle after at most three times its length and way in.
    `LoopGuard(**row)` and `_asdict()` are its way from and to JSON.
    """

    seen: int = 0
    anchor: str = ""
    last: str = ""

    def see(self, thing: Any, what: str) -> "LoopGuard":
        """The guard after one more thing (any JSON). Raises BadResponse, code pagination-loop, when it was there."""
        text = json.dumps(thing, sort_keys=True, default=str).encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(text).hexdigest()[:24]
        if digest in (self.anchor, self.last):
            raise bad_page(
                f"after {self.seen} pages the list comes back to {what}",
                code="pagination-loop",
                hint="Compare the pagination settings with the API's reference: it does not heed where to go on.",
                params={"pages": self.seen},
            )
        seen = self.seen + 1
        return LoopGuard(seen, digest if seen & (seen - 1) == 0 else self.anchor, digest)

    @classmethod
    def load(cls, row: Mapping[str, Any]) -> "LoopGuard":
        """The guard of a row."""
        return cls(**row)
