# Part of Integration Hub. License LGPL-3.0 or later.
"""Transforms of mail addresses, telephone numbers and countries."""

import re
from typing import Any

from ..errors import TransformError
from ..registry import DEFAULT, ITSELF, Arg, ArgumentError, Bound, Example, NotInvertible, refuse_type
from .helpers import number_text, subpath

_EMAIL = re.compile(r"[^@\s<>()\[\]\\,;:\"]{1,64}@(?:[^@\s<>()\[\]\\,;:\".]+\.)+[^@\s<>()\[\]\\,;:\".]{2,}")

#: ISO 3166-1 alpha-2, officially assigned codes.
_ALPHA_2 = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO "
    "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE "
    "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO "
    "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW "
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM "
    "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)
COUNTRIES = frozenset(_ALPHA_2.split())
#: Codes in common use that are not ISO's; XK (Kosovo) is a user-assigned one that systems exchange.
_ALIASES = {"UK": "GB", "EL": "GR", "XK": "XK"}


@DEFAULT.transform(
    "email",
    gives="text",
    filled=True,
    inverse=ITSELF,
    examples=[Example(" Ada@Example.com ", "ada@example.com"), Example("", None)],
)
def email(value: Any) -> str | None:
    """Check a mail address and write it in lower case, without blanks around. An empty text counts as missing."""
    if not isinstance(value, str):
        raise refuse_type("a mail address")
    address = value.strip().lower()
    if not address:
        return None
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise TransformError("email", "The value is not a mail address", "Correct the address in the source.")
    return address


@DEFAULT.transform(
    "country_code", gives="text", filled=True, inverse=ITSELF, examples=[Example("be", "BE"), Example("UK", "GB")]
)
def country_code(value: Any) -> str | None:
    """Check a country's two-letter code (ISO 3166-1) and write it in capitals. An empty text counts as missing."""
    if not isinstance(value, str):
        raise refuse_type("a country's two-letter code")
    code = value.strip().upper()
    if code in COUNTRIES:
        return code
    if code in _ALIASES or not code:
        return _ALIASES.get(code)
    raise TransformError(
        "country",
        "The value is not a country's two-letter code",
        "Choose the field that holds the code, or map the names with value_map.",
    )


def _phone_back(region: str, path: str, region_path: str) -> list[Any]:
    if path or region_path:
        raise NotInvertible("it reads several fields and gives one")
    return [{"phone_e164": region}] if region else ["phone_e164"]


@DEFAULT.transform(
    "phone_e164",
    Arg("region", "text", ""),
    Arg("path", "text", ""),
    Arg("region_path", "text", ""),
    builder=True,
    gives="text",
    filled=True,
    inverse=_phone_back,
    examples=[
        Example("02 555 12 34", "+3225551234", "BE"),
        Example({"tel": "555-625-1199", "land": "US"}, "+15556251199", {"path": "tel", "region_path": "land"}),
    ],
)
def phone_e164(region: str, path: str, region_path: str) -> Bound:
    """Write a telephone number internationally ("+3225551234"). A number without country prefix belongs to `region`
    ("BE"). With `path` the number, and with `region_path` the region, are read below the value (an address)."""
    try:
        import phonenumbers
    except ImportError as exc:
        raise ArgumentError("the Python package phonenumbers is not installed on this server") from exc
    if region and region.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise ArgumentError(f"“{region}” is not a country's two-letter code")
    number_at, region_at = subpath(path or "@"), subpath(region_path) if region_path else None
    reads = number_at.reads | (region_at.reads if region_at else frozenset())

    def convert(value: Any) -> str | None:
        found = number_at.read(value)
        text = "" if found is None else number_text(found).strip()
        if not text:
            return None
        there = region_at.read(value) if region_at else None
        country = there.strip().upper() if isinstance(there, str) and there.strip() else region.upper()
        try:
            number = phonenumbers.parse(text[:250], country or None)
        except phonenumbers.NumberParseException as exc:
            raise _refuse_phone() from exc
        if not phonenumbers.is_possible_number(number):
            raise _refuse_phone()
        return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))

    return Bound(convert, frozenset(reads))


def _refuse_phone() -> TransformError:
    return TransformError(
        "phone",
        "The value is not a telephone number that can be dialled internationally",
        "Add the country prefix (+32 …), or name the region in the transform.",
    )
