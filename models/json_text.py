# Part of Integration Hub. License LGPL-3.0 or later.
import re

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_LIMIT = 200_000


def reindent(text, indent=2):
    """Return JSON text with line breaks, every token as it was: no number is rounded, no key sorted or dropped.

    Text longer than 200 000 characters is returned as it is, and so is what is no JSON, as far as it cannot be read.
    """
    if not text or len(text) > _LIMIT or text.lstrip()[:1] not in ("{", "["):
        return text
    out, depth, previous = [], 0, ""
    for token in _TOKEN.findall(text):
        if token in "]}":
            depth -= 1
            if previous not in ("[", "{"):
                out.append("\n" + " " * indent * depth)
        elif previous in ("[", "{", ","):
            out.append("\n" + " " * indent * depth)
        out.append(": " if token == ":" else token)
        if token in "[{":
            depth += 1
        previous = token
    return "".join(out)
