# Part of Integration Hub. License LGPL-3.0 or later.
r"""What `\p{L}` and `\p{Letter}` mean in a pattern: Unicode's general categories (ECMA-262 §22.2.1, UAX #44)."""

import itertools
import re
import sys
import unicodedata
from functools import cache

_NAMES = {
    "Letter": "L", "Uppercase_Letter": "Lu", "Lowercase_Letter": "Ll", "Titlecase_Letter": "Lt",
    "Modifier_Letter": "Lm", "Other_Letter": "Lo", "Mark": "M", "Combining_Mark": "M", "Nonspacing_Mark": "Mn",
    "Spacing_Mark": "Mc", "Enclosing_Mark": "Me", "Number": "N", "Decimal_Number": "Nd", "digit": "Nd",
    "Letter_Number": "Nl", "Other_Number": "No", "Punctuation": "P", "punct": "P", "Connector_Punctuation": "Pc",
    "Dash_Punctuation": "Pd", "Open_Punctuation": "Ps", "Close_Punctuation": "Pe", "Initial_Punctuation": "Pi",
    "Final_Punctuation": "Pf", "Other_Punctuation": "Po", "Symbol": "S", "Math_Symbol": "Sm", "Currency_Symbol": "Sc",
    "Modifier_Symbol": "Sk", "Other_Symbol": "So", "Separator": "Z", "Space_Separator": "Zs", "Line_Separator": "Zl",
    "Paragraph_Separator": "Zp", "Other": "C", "Control": "Cc", "cntrl": "Cc", "Format": "Cf", "Surrogate": "Cs",
    "Private_Use": "Co", "Unassigned": "Cn",
}  # fmt: skip


def category_ranges(name: str, *, negated: bool) -> str:
    """The characters of a category, or all others, as they stand between brackets of a regular expression.

    Raises re.error for a name that is no category.
    """
    name = name.removeprefix("General_Category=").removeprefix("gc=")
    short = _NAMES.get(name, name)
    if short not in _NAMES.values():
        raise re.error(f"“{name}” is no general category of Unicode")
    return "".join(
        rf"\U{first:08x}-\U{last:08x}" for category, first, last in _runs() if category.startswith(short) is not negated
    )


@cache
def _runs() -> list[tuple[str, int, int]]:
    """Category, first and last character of each run of characters; looks at every character there is (0.2 s), once."""
    runs, first = [], 0
    for category, run in itertools.groupby(map(unicodedata.category, map(chr, range(sys.maxunicode + 1)))):
        following = first + sum(1 for _each in run)
        runs.append((category, first, following - 1))
        first = following
    return runs
