# Part of Integration Hub. License LGPL-3.0 or later.
"""format, where it is asserted (JSON Schema Validation 2020-12, §7.2.2); a name that nobody knows asserts nothing."""

from ..keywords import Assertion, Keyword, Site, Vocabulary


def _format(site: Site) -> Keyword:
    from ..formats import FORMATS  # 20 regular expressions, which few contracts need

    if site.schema["format"] not in FORMATS:
        return Keyword()
    test, words = FORMATS[site.schema["format"]]
    return Assertion("format", (str,), test, lambda value: f"must be {words}", site.hint())


VOCABULARY: Vocabulary = ((("format",), _format),)
