# Part of Integration Hub. License LGPL-3.0 or later.
import ipaddress
import json
import secrets
from urllib.parse import urlsplit

from odoo import fields, models
from odoo.service.db import list_dbs
from odoo.tools import config, consteq, format_datetime, hmac

from ..connectors.errors import HubError, TimeoutExceeded, TLSError
from ..engine.hosting import Setting
from .connection import visit
from .integration_readiness import BAD, OK, UNKNOWN, WARN, Line

SCOPE = "integration_hub.reach"
REACHED = "integration_hub.reached"  # the parameter with what came of the last call
DATABASE_BY_PROXY = """\
# nginx, in the server block of {host}
proxy_set_header X-Odoo-Database {database};
location /queue_job/ {{ return 404; }}"""
FORWARDED = """\
# nginx
proxy_set_header X-Forwarded-Host $host;
proxy_set_header X-Forwarded-Proto $scheme;
proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"""


class IntegrationReadiness(models.AbstractModel):
    """The public address: of what kind it is, and whether it leads here. The hub calls itself to know."""

    _inherit = "integration.readiness"

    def _lines(self):
        return [*super()._lines(), self._address(), *self._reach(), *self._database_filter()]

    def _address(self):
        url = self._public_address()
        parts = urlsplit(url)
        why = self.env._(
            "Vendors send webhooks to this address. Where they cannot, the hub asks them regularly what has changed. "
            "That serves alone, some minutes later."
        )
        advice = self.env._(
            "Log in once as an administrator by the public address: Odoo remembers it as web.base.url. To keep it, add "
            "the system parameter web.base.url.freeze = True."
        )
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return Line(
                "address", BAD, self.env._("Odoo does not know its public address (web.base.url)."), why, advice=advice
            )
        if _is_local(parts.hostname):
            said = self.env._("Nobody outside can call %(url)s: no webhook can arrive.", url=url)
            return Line("address", WARN, said, why, advice=advice)
        if parts.scheme == "http":
            said = self.env._("The public address is %(url)s: most vendors require HTTPS.", url=url)
            return Line("address", WARN, said, why, advice=advice)
        return Line("address", OK, self.env._("Public address: %(url)s", url=url))

    def _reach(self):
        """Return what came of the last call of the address, unless no vendor could call it anyway."""
        url = self._public_address()
        host = urlsplit(url).hostname or ""
        found = self._reached()
        code = found.get("code") if found.get("url") == url else ""
        if not host or (_is_local(host) and code in ("", "address-refused")):
            return []
        words = {"url": url, "said": found.get("said", "")}
        elsewhere = self._choice_of_database()
        text, state, fix = {
            "": (self.env._("Nobody has tried yet whether the public address leads here."), UNKNOWN, {}),
            "found": (self.env._("The public address leads to this database."), OK, {}),
            "seen-otherwise": (
                self.env._("The public address leads here, but Odoo takes itself for %(said)s.", **words),
                WARN,
                {"settings": (Setting("options", "proxy_mode", "True"),), "steps": FORWARDED},
            ),
            "another": (self.env._("%(url)s leads to another database or another Odoo.", **words), BAD, elsewhere),
            "not-found": (
                self.env._(
                    "%(url)s answers, but not from this database: Odoo does not know which one is meant.", **words
                ),
                BAD,
                elsewhere,
            ),
            "not-odoo": (
                self.env._("Something that is not Odoo answers at %(url)s (status %(said)s).", **words),
                BAD,
                {},
            ),
            "timeout": (self.env._("%(url)s did not answer the server itself in time.", **words), BAD, {}),
            "tls": (self.env._("%(url)s has no certificate that can be trusted.", **words), BAD, {}),
            "address-refused": (
                self.env._(
                    "From here %(url)s is a private address, so nothing can be said of the way from outside.", **words
                ),
                WARN,
                {},
            ),
            "unreachable": (self.env._("%(url)s cannot be reached from this server.", **words), BAD, {}),
        }[code]
        why = self.env._(
            "The hub calls its own public address, and the answer proves whether it comes from this very database. A "
            "vendor whose webhooks end elsewhere gives up after some days."
        )
        if found and code:
            why += " " + self.env._("Last tried: %(moment)s.", moment=format_datetime(self.env, found["at"]))
        return [Line("reach", state, text, why, **fix)]

    def _choice_of_database(self):
        """Return what has the server take this database: the only one by its name, one of several by the proxy."""
        database = self.env.cr.dbname
        if len(list_dbs(force=True)) == 1:
            return {"settings": (Setting("options", "dbfilter", f"^{database}$"),)}
        host = urlsplit(self._public_address()).hostname or "example.com"
        return {"steps": DATABASE_BY_PROXY.format(database=database, host=host)}

    def _database_filter(self):
        """Return a line where the server chooses databases by host names: that shuts the job runner out."""
        if not any(part in (config["dbfilter"] or "") for part in ("%h", "%d")):
            return []
        said = self.env._(
            "The server chooses the database by the host name (dbfilter = %(filter)s).", filter=config["dbfilter"]
        )
        why = self.env._(
            "The job runner calls this server as 127.0.0.1 and is refused, and its jobs stay enqueued. Name the "
            "databases in dbfilter, and let the proxy say which one a host name is for."
        )
        host = urlsplit(self._public_address()).hostname or "example.com"
        return [
            Line(
                "database_filter",
                BAD,
                said,
                why,
                (Setting("options", "dbfilter", f"^({'|'.join(self._databases_named())})$"),),
                DATABASE_BY_PROXY.format(database=self.env.cr.dbname, host=host),
            )
        ]

    def _databases_named(self):
        """Return the server's databases; where it tells nobody which there are, a place for the others' names."""
        own, found = self.env.cr.dbname, list_dbs(force=True)
        if config["list_db"] or found == [own]:
            return found
        return [own, self.env._("another_database")]

    def _call(self):
        """Call the public address and note what came of it."""
        url = self._public_address()
        code, said = self._called(url)
        at = fields.Datetime.to_string(self.env.cr.now())
        value = json.dumps({"url": url, "code": code, "said": said, "at": at})
        self.env["ir.config_parameter"].sudo().set_param(REACHED, value)
        return super()._call()

    def _called(self, url):
        """Return what calling an address came to, as a code and a detail for people."""
        challenge = secrets.token_hex(16)
        try:
            response = visit(f"{url}/integration/reach/{challenge}")
        except TimeoutExceeded as error:
            return "timeout", error.message
        except TLSError as error:
            return "tls", error.message
        except HubError as error:
            return "address-refused" if error.code == "address-refused" else "unreachable", error.message
        if response.status in (303, 404):  # 303: Odoo asks which database is meant
            return "not-found", str(response.status)
        try:
            document = response.json() if response.ok else None
        except HubError:
            document = None
        if not isinstance(document, dict) or not isinstance(document.get("proof"), str):
            return "not-odoo", str(response.status)
        if not consteq(document["proof"], self._proof(challenge)):
            return "another", ""
        seen = str(document.get("address")).rstrip("/")
        return ("found", "") if seen == url else ("seen-otherwise", seen)

    def _proof(self, challenge):
        """Return what only this database can answer to a challenge: a copy under another name answers otherwise."""
        return hmac(self.env(su=True), SCOPE, f"{self.env.cr.dbname}:{challenge}")

    def _public_address(self):
        return self.env["ir.config_parameter"].sudo().get_param("web.base.url", "").rstrip("/")

    def _reached(self):
        return json.loads(self.env["ir.config_parameter"].sudo().get_param(REACHED) or "{}")


def _is_local(host):
    """Tell whether a host is one that nobody calls from outside: this machine, a private address, a bare name."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".localhost", ".internal", ".test"))
