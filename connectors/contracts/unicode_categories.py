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


@cache
def category_ranges(name: str, *, negated: bool) -> str:
    """The characters of a category, or all others, as they stand between brackets of a regular expression.

    Looks at every character there is, once a category (0.2 s). Raises re.error for a name that is no category.
    """
    name = name.removeprefix("General_Category=").removeprefix("gc=")
    short = _NAMES.get(name, name)
    if short not in _NAMES.values():
        raise re.error(f"“{name}” is no general category of Unicode")
    wanted = [
        code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)).startswith(short) is not negated
    ]
    ranges = []
    for _offset, run in itertools.groupby(enumerate(wanted), lambda numbered: numbered[1] - numbered[0]):
        codes = [code for _number, code in run]
        ranges.append(rf"\U{codes[0]:08x}-\U{codes[-1]:08x}")
    return "".join(ranges)
