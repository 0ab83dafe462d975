# Part of Integration Hub. License LGPL-3.0 or later.
"""A person signs in at the other system: to its page, back through Odoo's own route, and a token in the vault."""

import html
import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import requests

from odoo.exceptions import AccessError, ConcurrencyError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..connectors.auth import AuthorizationCode, OAuthClient, RefreshToken, Token, TokenEndpoint
from ..connectors.errors import HubError
from ..connectors.http import Timeout
from ..connectors.messages import Request
from ..engine import tokens
from ..engine.database import Database
from ..models import connection
from ..wizards import integration_sign_in
from .common import HubCase, HubHttpCase, requests_to, sandbox

CALLBACK = "/integration/oauth/callback"
CREDENTIAL = 2_000_000_001  # of nobody: tokens know nothing of records


def followed(url, link="allow"):
    """Read the other system's page, follow a link of it, and return where it sends the browser."""
    page = requests.get(url, timeout=10)
    address = html.unescape(re.search(rf'id="{link}" href="([^"]+)"', page.text)[1])
    return requests.get(address, timeout=10, allow_redirects=False).headers["Location"]


@tagged("post_install", "-at_install")
class TestSignIn(HubHttpCase):
    @classmethod
    def set_up_hub(cls):
        cls.admin = cls.user("admin", login="sign-in-admin")

    def begun(self):
        """Return a set-up whose person has pressed Sign In, and the page that this leads to."""
        self.env["ir.config_parameter"].sudo().set_param("web.base.url", self.base_url())
        wizard = self.env["integration.connect"].with_user(self.admin).create(
            {
                "connector": "generic_rest",
                "name": "Signed in",
                "rest_base_url": f"{sandbox().url}/hubspot",
                "rest_check_path": "/account-info/v3/details",
                "rest_auth_kind": "oauth_authorization_code",
                "rest_authorize_url": f"{sandbox().url}/hubspot/oauth/authorize",
                "rest_token_url": f"{sandbox().url}/hubspot/oauth/v1/token",
                "rest_client_id": "hubspot-sandbox-client",
            }
        )  # fmt: skip
        wizard.field_ids.filtered(lambda line: line.name == "api_key").value = "hubspot-sandbox-client-secret"
        self.assertTrue(wizard.signs_in)
        action = wizard.action_sign_in()
        self.assertEqual((action["type"], action["target"]), ("ir.actions.act_url", "self"))
        self.assertNotIn("client-secret", action["url"])
        return wizard.system_id, action["url"]

    def answered(self, url, link="allow"):
        location = followed(url, link)
        self.assertTrue(location.startswith(self.base_url() + CALLBACK + "?"))
        return location

    def comes_back(self, location, login=None):
        self.authenticate(login or self.admin.login, login or self.admin.login)
        self.env.flush_all()
        try:
            return self.url_open(location, allow_redirects=False)
        finally:
            self.env.invalidate_all()

    def wizard_at(self, response):
        self.assertEqual(response.status_code, 303, response.text)
        path = urlsplit(response.headers["Location"]).path
        return self.env["integration.connect"].browse(int(path.removeprefix("/odoo/integration-setup/")))

    def stored(self):
        self.env.cr.execute("SELECT ciphertext FROM integration_token")
        return [row[0] for row in self.env.cr.fetchall()]

    def test_allowed(self):
        system, url = self.begun()
        response = self.comes_back(self.answered(url))
        wizard = self.wizard_at(response)
        self.assertEqual((wizard.step, wizard.has_bad, wizard.system_id), ("test", False, system))
        self.assertEqual(response.headers["Referrer-Policy"], "no-referrer")
        (ciphertext,) = self.stored()
        self.assertNotIn("access-", ciphertext)
        self.assertEqual(self.env["integration.sign.in"].search_count([]), 0)
        endpoint = system._endpoint("outbound")
        self.assertFalse(endpoint.sign_in_problem)
        self.assertEqual(connection.open_connector(endpoint, "test").check().account, "127.0.0.1")
        self.assertIn("signed in", endpoint.message_ids[:1].body)

    def test_hubspot_as_an_app(self):
        """An alternative to a private app's token: nothing but the app's id says so."""
        self.env["ir.config_parameter"].sudo().set_param("web.base.url", self.base_url())
        wizard = self.env["integration.connect"].with_user(self.admin).create({"connector": "hubspot", "name": "App"})
        lines = {line.name: line for line in wizard.field_ids}
        lines["api_url"].value = f"{sandbox().url}/hubspot"
        lines["access_token"].value = "hubspot-sandbox-client-secret"
        self.assertFalse(wizard.signs_in)
        lines["client_id"].value = "hubspot-sandbox-client"
        self.assertTrue(wizard.signs_in)
        url = wizard.action_sign_in()["url"]
        self.assertIn("crm.objects.contacts.read", parse_qs(urlsplit(url).query)["scope"][0].split())
        wizard = self.wizard_at(self.comes_back(self.answered(url)))
        self.assertEqual((wizard.step, wizard.has_bad), ("test", False), wizard.findings)
        endpoint = wizard.system_id._endpoint("outbound")
        self.assertEqual(connection.open_connector(endpoint, "test").check().account, "62515")

    def test_the_token_is_renewed_without_the_person(self):
        system, url = self.begun()
        self.comes_back(self.answered(url))
        (before,) = self.stored()
        sandbox().control("PUT", "/settings", {"hubspot": {"token_lifetime": 1800}})
        facts = connection.connector_facts(system._endpoint("outbound"), "test")
        store = connection.token_store(facts)
        token = store.load()
        store.save(replace(token, obtained_at=token.obtained_at - 9000, expires_at=token.obtained_at - 1))
        connection.open_connector(system._endpoint("outbound"), "test").check()
        self.assertNotEqual(store.load().access_token, token.access_token)
        self.assertNotIn(before, self.stored())

    def test_declined(self):
        system, url = self.begun()
        wizard = self.wizard_at(self.comes_back(self.answered(url, "decline")))
        self.assertEqual((wizard.step, wizard.has_bad, self.stored()), ("connect", True, []))
        self.assertIn("declined", wizard.findings[0]["text"])
        self.assertEqual(system.setup_step, "connect")
        wizard = self.env["integration.connect"].with_user(self.admin)._of_system(system)
        self.assertIn("declined", wizard.findings[0]["text"], "whoever comes back later reads it, too")

    def live(self, system):
        """Have the system be one that works."""
        system.write({"lifecycle": "live", "setup_step": False})
        return system._endpoint("outbound")

    def assert_at(self, response, endpoint):
        self.assertEqual(response.status_code, 303, response.text)
        path = urlsplit(response.headers["Location"]).path
        self.assertEqual(path, f"/odoo/integration-endpoints/{endpoint.id}")

    def test_declined_for_a_live_system(self):
        system, url = self.begun()
        endpoint = self.live(system)
        self.assert_at(self.comes_back(self.answered(url, "decline")), endpoint)
        self.assertIn("did not succeed: The authorisation was declined", endpoint.sign_in_problem)
        self.assertIn("declined", endpoint.message_ids.sorted("id")[-1].body)
        again = endpoint.with_user(self.admin).action_sign_in()["url"]
        self.assert_at(self.comes_back(self.answered(again)), endpoint)
        self.assertFalse(endpoint.sign_in_problem)

    def test_one_that_nobody_came_back_from(self):
        system, _url = self.begun()
        endpoint = self.live(system)
        for said in (endpoint.sign_in_problem, endpoint.message_ids.sorted("id")[-1].body):
            self.assertIn(self.admin.name, said)
        self.assertIn("has not come back. Press Sign In", endpoint.sign_in_problem)
        system.setup_step = "connect"
        wizard = self.env["integration.connect"].with_user(self.admin)._of_system(system)
        self.assertEqual([found["text"] for found in wizard.findings], [endpoint.sign_in_problem])

    def test_a_request_that_is_run_again_uses_the_code_once(self):
        """Odoo repeats what lost against another transaction; the other system takes a code once."""
        _system, url = self.begun()
        location, asked = self.answered(url), len(requests_to("hubspot", "POST"))
        wizards = type(self.env["integration.connect"])
        lost, after = iter((ConcurrencyError("lost"),)), wizards._after_sign_in

        def losing(model, endpoint):
            for error in lost:
                raise error
            return after(model, endpoint)

        with patch.object(wizards, "_after_sign_in", losing), patch("odoo.service.model.time.sleep"):
            wizard = self.wizard_at(self.comes_back(location))
        self.assertEqual((wizard.step, wizard.has_bad), ("test", False), wizard.findings)
        self.assertEqual(len(requests_to("hubspot", "POST")) - asked, 1)
        self.assertEqual(self.env["integration.sign.in"].search_count([]), 0)

    def test_an_answer_is_used_up_before_it_is_used(self):
        """Whatever becomes of the request: a second one, at the same time or later, exchanges nothing."""
        _system, url = self.begun()
        location, asked = self.answered(url), len(requests_to("hubspot", "POST"))
        with (
            patch.object(integration_sign_in, "end_sign_in", side_effect=RuntimeError("out of memory")),
            mute_logger("odoo.http"),
        ):
            self.assertEqual(self.comes_back(location).status_code, 500)
        wizard = self.wizard_at(self.comes_back(location))
        self.assertIn("has not come back", wizard.findings[0]["text"])
        self.assertEqual(len(requests_to("hubspot", "POST")), asked)

    def test_all_that_use_the_credential_go_on(self):
        system, url = self.begun()
        endpoint = self.live(system)
        other = endpoint.copy({"name": "The same API, for prices"})
        (endpoint | other).write({"state": "suspended", "state_reason": "Refused"})
        self.comes_back(self.answered(url))
        self.assertEqual((endpoint | other).mapped("state"), ["active", "active"])

    def test_an_answer_is_the_persons_who_asked_and_good_once(self):
        _system, url = self.begun()
        location = self.answered(url)
        other = self.user("admin", login="sign-in-other")
        refused = self.comes_back(location, other.login)
        self.assertEqual((refused.status_code, self.stored()), (422, []), "somebody else's browser brings it")
        self.wizard_at(self.comes_back(location))
        again = self.comes_back(location)
        self.assertEqual(again.status_code, 422)
        self.assertIn("answered already", again.text)

    def test_a_forged_answer(self):
        _system, url = self.begun()
        state = parse_qs(urlsplit(url).query)["state"][0]
        for query, status in ((f"state={state}x&code=stolen", 422), ("code=stolen", 422), ("", 422)):
            with self.subTest(query):
                self.assertEqual(self.comes_back(f"{CALLBACK}?{query}").status_code, status)
        wizard = self.wizard_at(self.comes_back(f"{CALLBACK}?state={state}&code=stolen"))
        self.assertTrue(wizard.has_bad)
        self.assertEqual(self.stored(), [])

    def test_another_address_has_no_token(self):
        system, url = self.begun()
        self.comes_back(self.answered(url))
        facts = connection.connector_facts(system._endpoint("outbound"), "test")
        self.assertTrue(connection.token_store(facts).load())
        facts["settings"] = {**facts["settings"], "api_url": "https://evil.example.com"}
        self.assertIsNone(connection.token_store(facts).load())

    def test_deleted_with_its_credential(self):
        system, url = self.begun()
        self.comes_back(self.answered(url))
        system.unlink()
        self.env.flush_all()
        self.assertEqual(self.stored(), [])

    def test_only_administrators(self):
        system, _url = self.begun()
        with self.assertRaises(AccessError):
            system._endpoint("outbound").with_user(self.user("operator")).action_sign_in()
        self.assertEqual(self.url_open(CALLBACK, allow_redirects=False).status_code, 303, "to the login page")


@tagged("post_install", "-at_install")
class TestTokensOfManyWorkers(HubCase):
    """Real connections: what one worker renews, the others use."""

    def setUp(self):
        super().setUp()
        self.db = Database(self.env.cr.dbname)
        self.addCleanup(self._forget)

    def _forget(self):
        with self.db.read_committed() as cr:
            tokens.forget(cr, [CREDENTIAL])

    def store(self, *origins):
        return tokens.VaultTokenStore(self.db, CREDENTIAL, origins or [sandbox().url], read=Token.from_dict)

    def endpoint(self):
        client = OAuthClient("hubspot-sandbox-client", "hubspot-sandbox-client-secret")
        return TokenEndpoint(
            f"{sandbox().url}/hubspot/oauth/v1/token", client, connection._transport(), timeout=Timeout()
        )

    def sign_in(self):
        """Keep the token of a person who allowed it, past its end; returns it."""
        back = f"http://127.0.0.1{CALLBACK}"
        flow = AuthorizationCode(self.endpoint(), f"{sandbox().url}/hubspot/oauth/authorize", back)
        begun = flow.start()
        answer = parse_qs(urlsplit(followed(begun.url)).query)
        token = flow.finish(begun, answer, self.store())
        old = replace(token, obtained_at=token.obtained_at - 9000, expires_at=token.obtained_at - 1)
        self.store().save(old)
        return old

    def test_one_renews_for_all(self):
        """A refresh token is good once: a second worker that used it would end the authorisation."""
        old = self.sign_in()
        before = len(requests_to("hubspot", "POST"))

        def worker(_number):
            request = RefreshToken(self.endpoint(), self.store()).apply(Request("GET", f"{sandbox().url}/hubspot"))
            return request.headers["Authorization"]

        with ThreadPoolExecutor(6) as workers:
            used = set(workers.map(worker, range(6)))
        self.assertEqual(len(requests_to("hubspot", "POST")) - before, 1)
        self.assertEqual(used, {f"Bearer {self.store().load().access_token}"})
        self.assertNotEqual(self.store().load().refresh_token, old.refresh_token)

    def test_it_opens_for_its_addresses_in_its_environment_only(self):
        token = self.sign_in()
        self.assertEqual(self.store().load(), token)
        self.assertIsNone(self.store("https://evil.example.com").load())
        self.assertIsNone(self.store(sandbox().url, "https://evil.example.com").load())
        with patch.dict(os.environ, {"INTEGRATION_HUB_ENVIRONMENT": "production"}), self.assertRaises(HubError):
            self.store().load()
        with self.db.read_committed() as cr:
            cr.execute("UPDATE integration_token SET origins = 'https://evil.example.com'")
        with self.assertRaises(HubError):
            self.store("https://evil.example.com").load()
