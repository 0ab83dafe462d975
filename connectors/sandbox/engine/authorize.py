# Part of Integration Hub. License LGPL-3.0 or later.
"""The page on which a person allows a client what it asks for (RFC 6749 §4.1.1), and where it sends the person then."""

from __future__ import annotations

from html import escape
from urllib.parse import urlsplit

from aiohttp import web
from yarl import URL

from .plugin import Call
from .refusals import Refusal

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{font: 16px system-ui; background: #f4f4f6; display: grid; place-items: center; min-height: 95vh}}
main {{background: #fff; padding: 2rem 2.5rem; border-radius: 8px; max-width: 26rem; box-shadow: 0 2px 12px #0002}}
a {{display: inline-block; padding: .5rem 1.25rem; border-radius: 4px; text-decoration: none; color: #444}}
a#allow {{background: #2d6a4f; color: #fff}}
</style></head><body><main><h1>{title}</h1>
<p><b>{client}</b> asks for access to this account{scope}.</p>
<p><a id="allow" href="{allow}">Allow</a> <a id="decline" href="{decline}">Decline</a></p>
<p><small>An imitation, for development.</small></p></main></body></html>"""


async def authorize(call: Call) -> web.Response:
    """Ask the person; with `decision` in the query, which the page's links have, send the person back with it."""
    query = call.request.query
    back = query.get("redirect_uri", "")
    if query.get("response_type") != "code" or urlsplit(back).scheme not in ("http", "https"):
        raise Refusal("malformed", "The authorisation needs response_type=code and a redirect_uri")
    call.vendor.tokens.check_client(query.get("client_id", ""))
    state = {"state": query["state"]} if "state" in query else {}
    match query.get("decision"):
        case "allow":
            code = call.vendor.tokens.code(back, query.get("code_challenge"))
            return _sent(back, code=code, **state)
        case "decline":
            return _sent(back, error="access_denied", **state)
    asked = call.vendor.public(call.request)
    scope = f": {query['scope']}" if query.get("scope") else ""
    page = _PAGE.format(
        title=escape(call.vendor.title),
        client=escape(query["client_id"]),
        scope=escape(scope),
        allow=escape(str(asked.update_query(decision="allow"))),
        decline=escape(str(asked.update_query(decision="decline"))),
    )
    return web.Response(text=page, content_type="text/html")


def _sent(back: str, **answer: str) -> web.Response:
    return web.Response(status=302, headers={"Location": str(URL(back).update_query(answer))})
