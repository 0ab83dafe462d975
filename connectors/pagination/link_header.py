# Part of Integration Hub. License LGPL-3.0 or later.
"""The Link header (RFC 8288 §3)."""

import re

from .model import bad_page

_TARGET = re.compile(r"[ \t,]*<([^<>\s]*)>[ \t]*")
_PARAM = re.compile(
    r""";[ \t]*(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*(?:=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?)?[ \t]*"""
)
_END = re.compile(r"[ \t,]*\Z")
_QUOTED_PAIR = re.compile(r"\\(.)")


def targets(value: str, rel: str) -> set[str]:
    """The targets, as they stand there, of all links with the relation `rel`.

    Relations are compared without case, and only a link's first `rel` counts (§3.3). Links about something else
    (`anchor`, §3.2) are left out. Raises BadResponse, code bad-link-header, when the header cannot be read: a link
    that is overlooked would look like the list's end.
    """
    found = set()
    place = 0
    while not _END.match(value, place):
        match = _TARGET.match(value, place)
        if match is None:
            raise bad_page("its Link header cannot be read", code="bad-link-header")
        place = match.end()
        params: dict[str, str] = {}
        while param := _PARAM.match(value, place):
            place = param.end()
            name, quoted, token = param.groups()
            if name:
                text = _QUOTED_PAIR.sub(r"\1", quoted) if quoted is not None else token or ""
                params.setdefault(name.lower(), text)
        if place < len(value) and value[place] != ",":
            raise bad_page("its Link header cannot be read", code="bad-link-header")
        if rel.lower() in params.get("rel", "").lower().split() and "anchor" not in params:
            found.add(match[1])
    return found
