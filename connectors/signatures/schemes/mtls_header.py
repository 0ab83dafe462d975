# Part of Integration Hub. License LGPL-3.0 or later.
"""A client certificate, verified by the proxy in front and handed on by it; the secret is the proxy's own."""

from typing import TYPE_CHECKING, Any

from ..options import Option
from ..scheme_types import RECEIVING, SchemeType, with_answer

if TYPE_CHECKING:
    from ..certificate_scheme import CertificateScheme

_TITLE, _DOCS = "Client certificate, from a trusted proxy", "https://www.rfc-editor.org/rfc/rfc9440"


def _build(**values: Any) -> "CertificateScheme":
    from ..certificate_scheme import CertificateScheme  # loads cryptography, which few need

    return CertificateScheme(key="mtls_header", title=_TITLE, docs_url=_DOCS, **with_answer(values))


TYPE = SchemeType(
    "mtls_header",
    _TITLE,
    _DOCS,
    _build,
    options=(
        Option(
            "form", "Form", "How the proxy hands it on.", "choice", "", ("rfc9440", "nginx", "envoy"), required=True
        ),
        Option("fingerprints", "Fingerprints", "SHA-256 of the certificates that are allowed.", "list", ()),
        Option(
            "subjects",
            "Subjects",
            "Subjects that are allowed, such as CN=shop,O=Example; several with ; between.",
            "list",
            separator=";",
            default=(),
        ),
        Option("proxy_header", "Proxy's header", "The header with the proxy's secret.", "text", "X-Proxy-Secret"),
        *RECEIVING,
    ),
)
