# Part of Integration Hub. License LGPL-3.0 or later.
"""Regular expressions of JSON Schema, which are ECMA-262's with the flag u, as Python's.

The two differ in what `$`, `\\d`, `\\w`, `\\s` and some escapes mean. What Python cannot say is a ContractError.
"""

import re
from collections.abc import Callable, Iterator

from .errors import ContractError
from .unicode_categories import category_ranges

# ECMA-262 §12.2 and §12.3: white space and line ends. Its \d, \w and \b are ASCII's, as Python's are with re.ASCII.
_SPACE = r"\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_NO_SPACE = (
    r"\x00-\x08\x0e-\x1f!-\u009f\u00a1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff"
    r"\u3001-\ufefe\uff00-\U0010ffff"
)
_TOKEN = re.compile(
    r"\\u\{(?P<braced>[0-9A-Fa-f]+)\}"
    r"|\\u(?P<high>[dD][89abAB][0-9A-Fa-f]{2})\\u(?P<low>[dD][c-fC-F][0-9A-Fa-f]{2})"
    r"|\\u(?P<four>[0-9A-Fa-f]{4})|\\x(?P<two>[0-9A-Fa-f]{2})|\\c(?P<control>[A-Za-z])|\\k<(?P<back>\w+)>"
    r"|\\(?P<sign>[pP])\{(?P<category>[^}]*)\}"
    r"|\\(?P<escape>[0-9]+|.)|\(\?<(?P<group>[^\W\d]\w*)>|(?P<special>\(\?(?!:|=|!|<=|<!))|(?P<plain>.)",
    re.DOTALL,
)
_SYNTAX = "^$\\.*+?()[]{}|/-"


def compile_pattern(pattern: str, *, at: str) -> Callable[[str], object]:
    """The search for a pattern, anchored nowhere; true where it is found.

    Raises ContractError, naming the place `at` in the contract, for what is no regular expression.
    """
    try:
        return re.compile("".join(_translated(pattern)), re.ASCII).search
    except (re.error, OverflowError, RecursionError) as error:
        raise ContractError(
            f"“{pattern}” is no regular expression: {error}",
            pointer=at,
            hint="Write it as JavaScript would (ECMA-262).",
        ) from None


def _translated(pattern: str) -> Iterator[str]:
    in_class = False
    for token in _TOKEN.finditer(pattern):
        text, kind = token.group(), token.lastgroup
        if kind == "plain":
            if not in_class and text == "[":
                in_class = True
                yield text
            elif in_class and text == "]":
                in_class = False
                yield text
            elif text == "$" and not in_class:
                yield r"\Z"  # Python's $ also matches before a line end
            else:
                yield f"\\{text}" if in_class and text in "[&~|" else text
        elif kind == "escape":
            yield _escape(token["escape"], in_class=in_class)
        elif kind == "category":
            characters = category_ranges(token["category"], negated=token["sign"] == "P")
            yield characters if in_class else f"[{characters}]"
        elif kind == "group":
            yield f"(?P<{token['group']}>"
        elif kind == "back":
            yield f"(?P={token['back']})"
        elif kind == "special":
            raise re.error("a group that ECMA-262 does not have")
        else:
            yield re.escape(chr(_code(token)))


def _code(token: re.Match[str]) -> int:
    if token["high"]:
        return 0x10000 + ((int(token["high"], 16) & 0x3FF) << 10) + (int(token["low"], 16) & 0x3FF)
    if token["control"]:
        return ord(token["control"]) % 32
    return int(token["braced"] or token["four"] or token["two"], 16)


def _escape(name: str, *, in_class: bool) -> str:
    if name in ("s", "S"):
        characters = _SPACE if name == "s" else _NO_SPACE
        return characters if in_class else f"[{characters}]"
    if name == "0":
        return r"\x00"
    if name in _SYNTAX or name in "dDwWtnvfr" or (name == "b" and in_class) or (name in "bB" and not in_class):
        return f"\\{name}"
    if name.isdecimal() and not in_class:
        return f"(?:\\{name})"
    raise re.error(f"ECMA-262 has no escape \\{name} that is supported here")
