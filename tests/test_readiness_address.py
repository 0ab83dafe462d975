# Part of Integration Hub. License LGPL-3.0 or later.
"""Whether the public address leads here: the hub calls itself, and knows its own answer from anybody else's."""

import json
import os
import secrets
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tools import config

from ..engine import hosting
from ..engine.hosting import OWN
from ..models import connection, integration_readiness_address
from ..models.integration_readiness_address import REACHED
from .common import HubMixin


@contextmanager
def answering(status, body=b"", headers=None):
    """Yield the address of a server that answers everything alike."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@tagged("post_install", "-at_install")
class TestAddress(HubMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.readiness = self.env["integration.readiness"]

    def called(self, url):
        with self.allow_requests(all_requests=True):
            return self.readiness._called(url)

    def test_the_address_of_this_database_proves_itself(self):
        self.assertEqual(self.called(self.base_url()), ("found", ""))

    def test_another_database_cannot_prove_to_be_this_one(self):
        proof = self.readiness._proof("x")
        self.assertNotEqual(proof, self.readiness._proof("y"))
        with patch.object(self.env.cr, "dbname", "a_copy"):
            self.assertNotEqual(proof, self.readiness._proof("x"), "a copy has the same secret")
        with answering(200, json.dumps({"proof": proof, "address": "http://x/"}).encode()) as url:
            self.assertEqual(self.called(url)[0], "another")

    def test_what_else_may_answer(self):
        for status, body, headers, code in (
            (404, b"", {}, "not-found"),
            (303, b"", {"Location": "/web/database/selector"}, "not-found"),
            (200, b"<html>Welcome</html>", {}, "not-odoo"),
            (200, b'{"proof": 5}', {}, "not-odoo"),
            (502, b"Bad Gateway", {}, "not-odoo"),
        ):
            with self.subTest(status=status, body=body), answering(status, body, headers) as url:
                self.assertEqual(self.called(url)[0], code)
        self.assertEqual(self.called(url)[0], "unreachable", "nobody listens there any more")

    def test_private_addresses_are_refused_unless_allowed(self):
        with patch.dict(os.environ, {"INTEGRATION_HUB_ALLOWED_NETWORKS": ""}):
            connection._transport.cache_clear()
            self.addCleanup(connection._transport.cache_clear)
            self.assertEqual(self.called(self.base_url())[0], "address-refused")

    def test_a_proxy_that_hides_the_address_is_told(self):
        found = self.url_open("/integration/reach/abc", headers={"Host": "shop.example"}).json()
        self.assertEqual(found["address"], "http://shop.example/")
        with patch.object(secrets, "token_hex", lambda _size: "abc"), answering(200, json.dumps(found).encode()) as url:
            self.assertEqual(self.called(url), ("seen-otherwise", "http://shop.example"))

    def test_the_route_tells_nothing_else_and_no_long_names(self):
        answer = self.url_open("/integration/reach/abc")
        self.assertEqual((set(answer.json()), answer.headers["Cache-Control"]), ({"proof", "address"}, "no-store"))
        self.assertEqual(self.url_open(f"/integration/reach/{'a' * 65}").status_code, 404)

    def test_lines_of_the_address(self):
        for url, state in (
            ("", "bad"),
            ("http://localhost:8069", "warn"),
            ("http://192.168.1.4", "warn"),
            ("http://odoo", "warn"),
            ("http://shop.example.com", "warn"),
            ("https://shop.example.com", "ok"),
        ):
            self.env["ir.config_parameter"].set_param("web.base.url", url)
            self.assertEqual(self.readiness._address().state, state, url)

    def test_lines_of_what_the_call_came_to(self):
        url = "https://shop.example.com"
        self.env["ir.config_parameter"].set_param("web.base.url", url)
        self.assertEqual([line.state for line in self.readiness._reach()], ["unknown"])
        for code, state in (
            ("found", "ok"),
            ("seen-otherwise", "warn"),
            ("address-refused", "warn"),
            *((code, "bad") for code in ("another", "not-found", "not-odoo", "timeout", "tls", "unreachable")),
        ):
            found = {"url": url, "code": code, "said": "http://10.0.0.5:8069", "at": "2026-01-01 10:00:00"}
            self.env["ir.config_parameter"].set_param(REACHED, json.dumps(found))
            (line,) = self.readiness._reach()
            self.assertEqual((line.key, line.state), ("reach", state), code)
        self.env["ir.config_parameter"].set_param("web.base.url", "https://moved.example.com")
        self.assertEqual([line.state for line in self.readiness._reach()], ["unknown"], "what was found was another's")
        self.env["ir.config_parameter"].set_param("web.base.url", "http://localhost:8069")
        self.assertFalse(self.readiness._reach(), "nobody outside could call it anyway")

    def test_a_database_is_chosen_by_name_alone_or_by_the_proxy(self):
        for names, copied in ((["one"], f"dbfilter = ^{self.env.cr.dbname}$"), (["one", "two"], "X-Odoo-Database")):
            with patch.object(integration_readiness_address, "list_dbs", return_value=names):
                given = self.readiness._choice_of_database()
            text = given.get("steps") or hosting.written(given["settings"], OWN)
            self.assertIn(copied, text)

    def test_a_filter_by_host_shuts_the_job_runner_out(self):
        self.assertFalse(self.readiness._database_filter())
        with patch.dict(config.options, {"dbfilter": "^%d$"}):
            (line,) = self.readiness._database_filter()
        self.assertEqual(line.state, "bad")
        self.assertIn("proxy_set_header X-Odoo-Database", line.fixes("")[OWN])

    def test_other_databases_are_named_only_where_anybody_may_list_them(self):
        own, names = self.env.cr.dbname, [self.env.cr.dbname, "of_somebody_else"]
        for listed, copied in ((True, f"^({own}|of_somebody_else)$"), (False, f"^({own}|another_database)$")):
            settings = {"list_db": listed, "dbfilter": "^%d$"}
            with (
                patch.object(integration_readiness_address, "list_dbs", return_value=names),
                patch.dict(config.options, settings),
            ):
                (line,) = self.readiness._database_filter()
            self.assertIn(f"dbfilter = {copied}\n", line.fixes("")[OWN])

    def test_the_call_is_noted(self):
        self.env["ir.config_parameter"].set_param("web.base.url", self.base_url())
        with self.allow_requests(all_requests=True):
            self.readiness._call()
        self.assertEqual(self.readiness._reached()["code"], "found")
        self.assertEqual([line.state for line in self.readiness._reach()], ["ok"])
