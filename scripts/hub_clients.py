# Part of Integration Hub. License LGPL-3.0 or later.
"""The running hub as people see it, and the sandbox beside it: for the demo traffic and the end-to-end tests.

admin = Odoo("http://127.0.0.1:8069", "hub_db", "admin", "admin")
partner = admin.create("res.partner", {"name": "Ada Byron"})
admin.connect("hubspot", "CRM", {"access_token": "pat-sandbox", …})
"""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import requests

Result = TypeVar("Result")
TIMEOUT = 60.0  # seconds for one call


class Refused(RuntimeError):
    """The server answered with an error that a person would read; `debug` is the server's traceback."""

    def __init__(self, message: str, debug: str = "") -> None:
        super().__init__(message)
        self.debug = debug


def wait_for(what: str, look: Callable[[], Result], seconds: float, *, every: float = 0.1) -> Result:
    """What `look` returns, as soon as it is true; raises TimeoutError, with the last answer, after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s; last seen: {found!r}")
        time.sleep(every)
    return found


class Odoo:
    """One person's session with the web client's own calls, rights and record rules included."""

    def __init__(self, url: str, database: str, login: str, password: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False
        self.login = login
        session = {"db": database, "login": login, "password": password}
        self.uid = self._ask("/web/session/authenticate", session)["uid"]

    @property
    def cookie(self) -> str:
        """The session's cookie, for a browser that goes on with it."""
        return self._session.cookies["session_id"]

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Calls a public method as the web client does; raises Refused with the message of the dialog."""
        body = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self._ask(f"/web/dataset/call_kw/{model}/{method}", body)

    def create(self, model: str, values: dict[str, Any], **context: Any) -> int:
        """A new record's id."""
        (found,) = self.call(model, "create", [values], context=context)
        return found

    def write(self, model: str, record: int, values: dict[str, Any]) -> None:
        """Changes one record."""
        self.call(model, "write", [record], values)

    def search(self, model: str, domain: list[Any], fields: list[str], **options: Any) -> list[dict[str, Any]]:
        """Records as dicts of these fields, in the model's own order unless `order` is given."""
        return self.call(model, "search_read", domain, fields, **options)

    def count(self, model: str, domain: list[Any]) -> int:
        """How many records there are."""
        return self.call(model, "search_count", domain)

    def read(self, model: str, record: int, fields: list[str]) -> dict[str, Any]:
        """One record as a dict of these fields."""
        (found,) = self.call(model, "read", [record], fields)
        return found

    def one(self, model: str, domain: list[Any], fields: list[str], **options: Any) -> dict[str, Any]:
        """The only record of a domain; raises LookupError where there is none or more than one."""
        found = self.search(model, domain, fields, **options)
        if len(found) != 1:
            raise LookupError(f"{model} {domain}: {len(found)} records")
        return found[0]

    def connect(self, connector: str, name: str, values: dict[str, str]) -> int:
        """Adds a connector with the wizard, every flow on offer switched on; the system's id."""
        wizard = self.create("integration.connect", {"connector": connector, "name": name})
        lines = self.search("integration.connect.field", [("wizard_id", "=", wizard)], ["name"])
        unknown = values.keys() - {line["name"] for line in lines}
        assert not unknown, f"{connector} does not ask for {unknown}"
        changes = [(1, line["id"], {"value": values[line["name"]]}) for line in lines if line["name"] in values]
        self.write("integration.connect", wizard, {"field_ids": changes})
        return self.call("integration.connect", "action_connect", [wizard])["res_id"]

    def change_limits(self, endpoints: list[int], what: str, **values: Any) -> None:
        """Changes one kind of limits (rate, at_once or breaker) with the wizard that an operator uses."""
        document = {"endpoint_ids": [(6, 0, endpoints)], "what": what, "reason": "Automated", **values}
        self.call("integration.limits", "action_change", [self.create("integration.limits", document)])

    def webhook_url(self, system: int) -> str:
        """Where a system's webhooks arrive, at the address of this session."""
        domain = [("system_id", "=", system), ("direction", "=", "inbound"), ("slug", "!=", False)]
        endpoint = self.one("integration.endpoint", domain, ["slug"])
        return f"{self.url}/integration/webhook/{endpoint['slug']}"

    def _ask(self, path: str, params: dict[str, Any]) -> Any:
        document = {"jsonrpc": "2.0", "method": "call", "params": params}
        response = self._session.post(self.url + path, json=document, timeout=TIMEOUT)
        response.raise_for_status()
        answer = response.json()
        if "error" in answer:
            data = answer["error"].get("data", {})
            raise Refused(data.get("message") or answer["error"]["message"], data.get("debug", ""))
        return answer.get("result")  # a method that returns None has none


class Sandbox:
    """The sandbox's control API: what people do in the vendors' own screens, and what goes wrong there."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def control(self, method: str, path: str, document: Any = None, **query: Any) -> Any:
        """One call below /_control; raises HTTPError for what the sandbox refuses."""
        response = self._session.request(
            method, f"{self.url}/_control{path}", json=document, params=query, timeout=TIMEOUT
        )
        if response.status_code >= 400:
            raise requests.HTTPError(f"{method} {path}: {response.status_code} {response.text[:500]}")
        return response.json() if response.content else None

    def account(self, vendor: str) -> dict[str, Any]:
        """Address, token and secret of a vendor's imitation."""
        return self.control("GET", "/health")["vendors"][vendor]

    def subscribe(self, vendor: str, url: str) -> None:
        """Registers an address for all of a vendor's webhooks, as one does in the vendor's settings."""
        self.control("PUT", "/webhooks", {"vendor": vendor, "url": url})

    def order(self, **values: Any) -> dict[str, Any]:
        """A buyer's order, in the shape of the shop's REST resource; its webhook is on its way."""
        return self.control("POST", "/shopify/orders", values)

    def contacts(self, email: str) -> list[dict[str, Any]]:
        """The CRM's contacts with this address, archived ones not counted."""
        found = self.control("GET", "/objects/hubspot/contact")["objects"]
        return [one for one in found if one["properties"].get("email") == email.lower() and not one["archived"]]

    def edit_contact(self, number: str, **properties: str) -> None:
        """A person at the CRM's screen changes a contact; its webhooks are on their way."""
        self.control("PATCH", f"/hubspot/contacts/{number}", {"properties": properties})

    def faults(self, *faults: dict[str, Any]) -> None:
        """Puts these faults in force instead of earlier ones; none: all is well again."""
        self.control("PUT", "/faults", {"faults": faults})

    def mark(self) -> int:
        """Where the journal is now, for `journal(since=…)`."""
        return self.control("GET", "/journal", since=10**14)["next"]

    def journal(self, vendor: str, direction: str, since: int = 0) -> list[dict[str, Any]]:
        """Requests that a vendor got ("in"), or webhooks that it sent ("out"), oldest first."""
        return self.control("GET", "/journal", vendor=vendor, direction=direction, since=since)["entries"]


def connector_values(sandbox: Sandbox, vendor: str) -> dict[str, str]:
    """What a person types into the wizard to connect a vendor of the sandbox."""
    account = sandbox.account(vendor)
    common = {"access_token": account["token"], "api_url": account["base_url"]}
    own = {
        "shopify": {"shop": account.get("shop"), "webhook_secret": account["webhook_secret"]},
        "hubspot": {"client_secret": account["webhook_secret"]},
    }
    return common | own[vendor]
