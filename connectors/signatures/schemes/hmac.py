# Part of Integration Hub. License LGPL-3.0 or later.
"""HMAC as a person describes it, for senders that have no scheme of their own here."""

from typing import Any

from ..algorithms import HMACS
from ..encodings import ENCODE, KEYS, TIMESTAMPS
from ..options import Option
from ..scheme_types import RECEIVING, SchemeType, with_answer
from ..signed_scheme import SignedScheme

_DAY = 86_400.0
_TITLE, _DOCS = "HMAC, as described here", "https://www.rfc-editor.org/rfc/rfc2104"


def _build(*, digest: str, secret_encoding: str, **values: Any) -> SignedScheme:
    fields = with_answer(values) | {"algorithm": HMACS[digest], "secret_key": KEYS[secret_encoding]}
    return SignedScheme(key="hmac", title=_TITLE, docs_url=_DOCS, **fields)


TYPE = SchemeType(
    "hmac",
    _TITLE,
    _DOCS,
    _build,
    options=(
        Option("signature_header", "Signature header", "The header that holds the signature.", required=True),
        Option("prefix", "Before the signature", "Text that stands before it in the header, such as sha256=."),
        Option("separator", "Between signatures", "What separates items where the header holds several."),
        Option(
            "signed",
            "Signed string",
            "Text with {method} {url} {body} {timestamp} {id}; braces doubled.",
            "text",
            "{body}",
        ),
        Option("digest", "Hash", "SHA-1 only where the sender has nothing else.", "choice", "sha256", tuple(HMACS)),
        Option("encoding", "Signature's encoding", "How the signature is written.", "choice", "hex", tuple(ENCODE)),
        Option("secret_encoding", "Secret's encoding", "How the secret gives the key.", "choice", "text", tuple(KEYS)),
        Option("timestamp_header", "Time header", "The header that holds the time of sending."),
        Option("timestamp_prefix", "Time item", "What the time begins with, where the signature header holds it: t=."),
        Option("timestamp_format", "Time format", "How it is written.", "choice", "seconds", tuple(TIMESTAMPS)),
        Option("past", "Oldest, in seconds", "How old a delivery may be.", "number", 300.0, maximum=_DAY),
        Option("future", "Ahead, in seconds", "How far its clock may be ahead.", "number", 300.0, maximum=_DAY),
        Option("id_header", "Signed id header", "The header of the id, where it is a part of the signed string."),
        *RECEIVING,
    ),
)
