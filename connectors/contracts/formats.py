# Part of Integration Hub. License LGPL-3.0 or later.
"""What the values of `format` mean for a text (JSON Schema Validation 2020-12, §7.3), as the RFCs define them."""

import datetime
import ipaddress
import re
from collections.abc import Callable
from functools import cache

from .errors import ContractError
from .patterns import compile_pattern

Format = Callable[[str], object]


def _whole(pattern: str) -> Format:
    return re.compile(pattern, re.ASCII | re.IGNORECASE).fullmatch


# -- moments: RFC 3339, whose appendix A has the durations ------------------------------------------------------------

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:z|([+-])(\d{2}):(\d{2}))", re.ASCII | re.IGNORECASE)


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_time(text: str) -> bool:
    found = _TIME.fullmatch(text)
    if not found:
        return False
    sign = found[4]
    hour, minute, second, ahead_hour, ahead_minute = (int(found[group] or 0) for group in (1, 2, 3, 5, 6))
    if hour > 23 or minute > 59 or ahead_hour > 23 or ahead_minute > 59:
        return False
    ahead = (ahead_hour * 60 + ahead_minute) * (-1 if sign == "-" else 1)
    last_of_the_day = (hour * 60 + minute - ahead) % 1440 == 1439  # in UTC, where leap seconds are
    return second < 60 or (second == 60 and last_of_the_day)


def _is_date_time(text: str) -> bool:
    return text[10:11] in ("T", "t") and _is_date(text[:10]) and _is_time(text[11:])


_DAYS = r"(?:\d+Y(?:\d+M(?:\d+D)?)?|\d+M(?:\d+D)?|\d+D)"
_HOURS = r"T(?:\d+H(?:\d+M(?:\d+S)?)?|\d+M(?:\d+S)?|\d+S)"
_DURATION = re.compile(rf"P(?:\d+W|{_DAYS}(?:{_HOURS})?|{_HOURS})", re.ASCII)

# -- hosts and mailboxes: RFC 1123, RFC 5890, RFC 5321, RFC 6531 ------------------------------------------------------

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII | re.IGNORECASE)
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_QUOTED = r'"(?:[ !#-\[\]-~]|\\[ -~])*"'
_LOCAL = re.compile(rf"(?:{_ATOM}(?:\.{_ATOM})*|{_QUOTED})", re.IGNORECASE)


def _is_hostname(text: str) -> bool:
    labels = text.split(".")
    if len(text) > 253 or not all(map(_LABEL.fullmatch, labels)):
        return False
    return all(_is_a_label(label) for label in labels if label[2:4] == "--")


def _is_a_label(label: str) -> bool:
    return label[:4].lower() == "xn--" and _is_idn_hostname(label)


def _is_idn_hostname(text: str) -> bool:
    import idna

    try:
        idna.encode(text)
    except (idna.IDNAError, UnicodeError):
        return False
    return True


def _is_ipv4(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return text.isascii()


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return "%" not in text and text.isascii()


def _is_email(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    if not at or len(local) > 64 or not _LOCAL.fullmatch(local):
        return False
    if domain.startswith("[") and domain.endswith("]"):
        literal = domain[1:-1]
        return _is_ipv6(literal[5:]) if literal[:5].lower() == "ipv6:" else _is_ipv4(literal)
    return _is_hostname(domain)


def _is_idn_email(text: str) -> bool:
    """Letters beyond ASCII are as good as `a` in the local part, and those of IDNA in the domain."""
    local, at, domain = text.rpartition("@")
    plain = "".join(character if character.isascii() else "a" for character in local)
    if domain.isascii():
        return _is_email(f"{plain}@{domain}") if at else False
    return bool(at) and _is_email(f"{plain}@example.com") and _is_idn_hostname(domain)


# -- URIs: RFC 3986, RFC 3987, RFC 6570 -------------------------------------------------------------------------------

_BEYOND = r"\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U000efffd"


def _uri(*, beyond: str, relative: bool) -> Format:
    """The grammar of RFC 3986, appendix A; `beyond` are the characters that RFC 3987 adds."""
    pct, safe = "%[0-9A-Fa-f]{2}", rf"\-A-Za-z0-9._~!$&'()*+,;={beyond}"
    character = rf"(?:[{safe}:@]|{pct})"
    authority = rf"//(?:(?:[{safe}:]|{pct})*@)?(?:\[(?P<ip>[^\]]*)\]|(?:[{safe}]|{pct})*)(?::[0-9]*)?"
    segments = rf"(?:/{character}*)*"
    path = rf"(?:{authority}{segments}|/(?:{character}+{segments})?|{character}+{segments}|)"
    scheme = "[A-Za-z][A-Za-z0-9+.-]*:"
    start = rf"(?:{scheme}|(?![^/?#]*:))" if relative else scheme  # without a scheme, no colon in the first segment
    private = r"\ue000-\uf8ff" if beyond else ""
    whole = rf"{start}{path}(?:\?(?:{character}|[/?{private}])*)?(?:#(?:{character}|[/?])*)?"
    grammar = cache(lambda: re.compile(whole))  # some 20 ms for an IRI's, which few contracts need

    def check(text: str) -> bool:
        found = grammar().fullmatch(text)
        return found is not None and (found["ip"] is None or _is_ip_literal(found["ip"]))

    return check


def _is_ip_literal(text: str) -> bool:
    return _is_ipv6(text) or bool(re.fullmatch(r"v[0-9a-f]+\.[a-z0-9._~!$&'()*+,;=:-]+", text, re.IGNORECASE))


_NAME = r"(?:[a-z0-9_]|%[0-9a-f]{2})(?:\.?(?:[a-z0-9_]|%[0-9a-f]{2}))*"
_VARIABLE = rf"{_NAME}(?:\*|:[1-9][0-9]{{0,3}})?"
_EXPRESSION = rf"\{{[+#./;?&=,!@|]?{_VARIABLE}(?:,{_VARIABLE})*\}}"

# -- the rest ---------------------------------------------------------------------------------------------------------

_POINTER = r"(?:/(?:[^~/]|~[01])*)*"


def _is_regex(text: str) -> bool:
    try:
        compile_pattern(text, at="")
    except ContractError:
        return False
    return True


FORMATS: dict[str, tuple[Format, str]] = {
    "date": (_is_date, "a date, as in 2026-01-31"),
    "date-time": (_is_date_time, "a date and time with zone, as in 2026-01-31T09:30:00Z"),
    "duration": (_DURATION.fullmatch, "a duration, as in P1DT12H"),
    "email": (_is_email, "an e-mail address"),
    "hostname": (_is_hostname, "a host name"),
    "idn-email": (_is_idn_email, "an e-mail address"),
    "idn-hostname": (_is_idn_hostname, "a host name"),
    "ipv4": (_is_ipv4, "an IPv4 address"),
    "ipv6": (_is_ipv6, "an IPv6 address"),
    "iri": (_uri(beyond=_BEYOND, relative=False), "an address (IRI)"),
    "iri-reference": (_uri(beyond=_BEYOND, relative=True), "an address (IRI), or a relative one"),
    "json-pointer": (re.compile(_POINTER, re.DOTALL).fullmatch, "a JSON pointer"),
    "regex": (_is_regex, "a regular expression"),
    "relative-json-pointer": (
        re.compile(rf"(?:0|[1-9][0-9]*)(?:#|{_POINTER})", re.DOTALL).fullmatch,
        "a relative JSON pointer",
    ),
    "time": (_is_time, "a time with zone, as in 09:30:00Z"),
    "uri": (_uri(beyond="", relative=False), "an address (URI)"),
    "uri-reference": (_uri(beyond="", relative=True), "an address (URI), or a relative one"),
    "uri-template": (
        re.compile(rf"(?:[^\x00-\x20\x7f\"'<>\\^`{{|}}%]|%[0-9a-f]{{2}}|{_EXPRESSION})*", re.IGNORECASE).fullmatch,
        "a URI template",
    ),
    "uuid": (_whole(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "a UUID"),
}
"""What a format's texts are recognised by, and what to call one."""
