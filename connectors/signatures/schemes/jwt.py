# Part of Integration Hub. License LGPL-3.0 or later.
"""A token that the sender signs for each delivery; with the body's digest in it, as good as a signature of the body."""

from typing import TYPE_CHECKING, Any

from ..options import Option
from ..scheme_types import RECEIVING, SchemeType, with_answer

if TYPE_CHECKING:
    from ..jwt_scheme import JwtScheme

_TITLE, _DOCS = "JSON Web Token (JWT)", "https://www.rfc-editor.org/rfc/rfc7519"
_ALGORITHMS = tuple(f"{kind}{bits}" for kind in ("HS", "RS", "PS", "ES") for bits in (256, 384, 512))


def _build(**values: Any) -> "JwtScheme":
    from ..jwt_scheme import JwtScheme  # loads cryptography, which few need

    return JwtScheme(key="jwt", title=_TITLE, docs_url=_DOCS, **with_answer(values))


TYPE = SchemeType(
    "jwt",
    _TITLE,
    _DOCS,
    _build,
    options=(
        Option(
            "algorithms",
            "Algorithms",
            "HS* with a shared secret, or others.",
            "choices",
            (),
            _ALGORITHMS,
            required=True,
        ),
        Option(
            "header", "Token header", "Where the token stands; after Bearer in Authorization.", "text", "Authorization"
        ),
        Option("issuer", "Issuer", "What iss must be."),
        Option("audience", "Audience", "What aud must be, or hold."),
        Option("leeway", "Leeway, in seconds", "How far clocks may differ.", "number", 10.0, maximum=3600.0),
        Option(
            "max_age", "Age, in seconds", "How long a token without exp is good.", "number", 300.0, maximum=86_400.0
        ),
        Option("body_claim", "Claim of the body", "The claim that holds the body's digest, where there is one."),
        Option("body_digest", "Digest of the body", "Its hash.", "choice", "sha256", ("sha256", "sha384", "sha512")),
        Option("body_encoding", "Encoding of the digest", "How it is written.", "choice", "hex", ("hex", "base64")),
        *RECEIVING,
    ),
)
