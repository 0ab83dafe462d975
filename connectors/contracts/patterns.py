# Part of Integration Hub. License LGPL-3.0 or later.
"""Regular expressions of JSON Schema, which are ECMA-262's with the flag u, as Python's.

The two differ in what `$`, `\\d`, `\\w`, `\\s` and some escapes mean. What Python cannot say is a ContractError, and so
is a pattern whose search can take exponential time. One that takes a power of the text's length is accepted: bound it
by `maxLength`, which is asked first.
"""

import re
from collections.abc import Callable, Iterator

from .backtracking import Token, explodes
from .errors import ContractError
from .unicode_categories import category_ranges

# ECMA-262 §12.2 and §12.3: white space and line ends. Its \d, \w and \b are ASCII's, as Python's are with re.ASCII.
_SPACE = r"\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_NO_SPACE = (
    r"\x00-\x08\x0e-\x1f!-\u009f\u00a1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff"
    r"\u3001-\ufefe\uff00-\U0010ffff"
)
_PART = re.compile(
    r"\\u\{(?P<braced>[0-9A-Fa-f]+)\}"
    r"|\\u(?P<high>[dD][89abAB][0-9A-Fa-f]{2})\\u(?P<low>[dD][c-fC-F][0-9A-Fa-f]{2})"
    r"|\\u(?P<four>[0-9A-Fa-f]{4})|\\x(?P<two>[0-9A-Fa-f]{2})|\\c(?P<control>[A-Za-z])|\\k<(?P<back>\w+)>"
    r"|\\(?P<sign>[pP])\{(?P<category>[^}]*)\}|\\(?P<escape>[0-9]+|.)"
    r"|(?P<open>\((?:\?(?::|=|!|<=|<!|<(?P<group>[^\W\d]\w*)>))?)"
    r"|(?P<repeat>[*+?]\??|\{[0-9]+(?:,[0-9]*)?\}\??)|(?P<plain>.)",
    re.DOTALL,
)
_KINDS = {")": "close", "|": "or", "^": "empty", "$": "empty"}
# Python's $ also matches before a line end, its . also a carriage return, its {,3} is a repetition
_PLAIN = {"$": r"\Z", ".": r"[^\n\r\u2028\u2029]", "{": r"\{", "}": r"\}"}
_SYNTAX = "^$\\.*+?()[]{}|/-"


def compile_pattern(pattern: str, *, at: str) -> Callable[[str], object]:
    """The search for a pattern, anchored nowhere; true where it is found.

    Raises ContractError, naming the place `at` in the contract, for what is no regular expression, and for one that
    takes twice as long with every character more.
    """
    try:
        tokens = list(_tokens(pattern))
        search = re.compile("".join(token.source for token in tokens), re.ASCII).search
    except (re.error, OverflowError, ValueError, RecursionError) as error:
        raise ContractError(
            f"“{pattern}” is no regular expression: {error}",
            pointer=at,
            hint="Write it as JavaScript would (ECMA-262).",
        ) from None
    if explodes(tokens):
        raise ContractError(
            f"“{pattern}” can be matched in so many ways that a short text may take for ever",
            pointer=at,
            hint="Do not repeat what already repeats itself: “(a+)+” is “a+”, “(\\w+ ?)+” is “\\w+( \\w+)* ?”.",
        )
    return search


def _tokens(pattern: str) -> Iterator[Token]:
    """The pattern in Python's words."""
    parts, before = _PART.finditer(pattern), "or"
    for part in parts:
        token = _token(part, parts)
        if token.kind == "repeat" and before in ("open", "or", "repeat"):
            raise re.error("nothing to repeat")  # Python would see one of its own extensions, (?P<…>) or a++
        yield token
        before = token.kind


def _token(part: re.Match[str], parts: Iterator[re.Match[str]]) -> Token:
    text = part.group()
    if text == "[":
        return Token("atom", _class(parts))
    if part["open"]:
        return Token("open", f"(?P<{part['group']}>" if part["group"] else text)
    if part["repeat"]:
        return Token("repeat", text)
    if part["back"]:
        return Token("empty", f"(?P={part['back']})")
    if part["plain"]:
        return Token(_KINDS.get(text, "atom"), _PLAIN.get(text, text))
    if part["escape"]:
        empty = text in (r"\b", r"\B") or text[1] in "123456789"
        return Token("empty" if empty else "atom", text if empty else _escape(part["escape"]))
    characters = _category(part)
    return Token("atom", f"[{characters}]" if characters else re.escape(_character(part)))


def _class(parts: Iterator[re.Match[str]]) -> str:
    """The rest of a class of characters, up to its closing bracket."""
    source = ""
    for part in parts:
        text = part.group()
        if text == "]":
            return {"": "(?!)", "^": r"[\s\S]"}.get(source, f"[{source}]")  # [] and [^], which Python does not have
        if part["plain"] or part["open"] or part["repeat"]:
            source += "".join(f"\\{character}" if character in "[&~|" else character for character in text)
        elif part["escape"]:
            source += {"b": r"\b", "s": _SPACE, "S": _NO_SPACE}.get(text[1:]) or _escape(part["escape"])
        else:
            source += _category(part) or re.escape(_character(part))
    raise re.error("a class of characters without an end")


def _category(part: re.Match[str]) -> str:
    return category_ranges(part["category"], negated=part["sign"] == "P") if part["category"] else ""


def _character(part: re.Match[str]) -> str:
    if part["high"]:
        return chr(0x10000 + ((int(part["high"], 16) & 0x3FF) << 10) + (int(part["low"], 16) & 0x3FF))
    if part["control"]:
        return chr(ord(part["control"]) % 32)
    return chr(int(part["braced"] or part["four"] or part["two"] or "", 16))


def _escape(name: str) -> str:
    if name in ("s", "S"):
        return f"[{_SPACE if name == 's' else _NO_SPACE}]"
    if name == "0":
        return r"\x00"
    if name in _SYNTAX or name in "dDwWtnvfr":
        return f"\\{name}"
    raise re.error(f"ECMA-262 has no escape \\{name} that is supported here")
