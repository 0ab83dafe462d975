# Part of Integration Hub. License LGPL-3.0 or later.
"""Log lines and spans say what was worked on; spans are sent to a real receiver of OTLP, as bytes over a connection."""

import gzip
import http.server
import io
import json
import logging
import re
import sys
import threading

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from odoo.tests import BaseCase, tagged

from ..connectors.http import TraceContext
from ..engine import logs, observe, tracing
from ..engine.causation import correlation_id
from .common import ROOT, HubHttpCase, own_payload, requests_to, sandbox
from .drain_cases import DrainCase

CODE = {"cli", "connectors", "controllers", "engine", "models", "wizards", "hooks.py", "__init__.py"}


class Collector(http.server.BaseHTTPRequestHandler):
    """Takes spans in, as a collector does."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        request = ExportTraceServiceRequest.FromString(body)
        self.server.paths.add(self.path)
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                self.server.spans += scope.spans
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args):
        pass


class ObservedCase:
    def setUp(self):
        super().setUp()
        self.addCleanup(observe.switch_off)

    def collect(self):
        """Switch tracing on, to a collector of our own; returns it, with the spans it got."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
        server.spans, server.paths = [], set()
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.tracing = tracing.switch_on(f"http://127.0.0.1:{server.server_port}")
        return server

    def spans(self, server):
        self.tracing.flush()
        return server.spans

    def logged(self):
        """Have all lines of the hub's loggers written as JSON to a file; returns it."""
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        logs.switch_on([handler])
        logger = logging.getLogger("odoo.addons.integration_hub")
        self.addCleanup(logger.setLevel, logger.level)
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)
        self.addCleanup(logger.removeHandler, handler)
        return stream


def said_of(span):
    """Return a span's own attributes, without their common beginning."""
    return {
        each.key.removeprefix("integration_hub."): each.value.string_value or each.value.int_value
        for each in span.attributes
    }


@tagged("post_install", "-at_install")
class TestDrain(ObservedCase, DrainCase):
    def correlation(self, event):
        return correlation_id(self.env["ir.config_parameter"].sudo().get_param("database.uuid"), event.id)

    def test_a_message_is_a_trace(self):
        server = self.collect()
        first, second = self.customer(1), self.customer(2)
        self.drain(self.clock)
        spans = self.spans(server)
        self.assertEqual(server.paths, {"/v1/traces"})
        mappings = {said_of(span)["message_id"]: span for span in spans if span.name == "mapping"}
        for event in (first, second):
            self.assertEqual(mappings[event.id].trace_id.hex(), self.correlation(event))
            self.assertEqual(said_of(mappings[event.id])["endpoint_id"], self.hook.id)
        sent = self.events(self.crm, ("causation_id", "=", first.id))
        self.assertEqual(mappings[sent.id].trace_id.hex(), self.correlation(first), "what it caused is in its trace")
        steps = {span.span_id: span for span in spans if span.name == "drain.apply"}
        link = mappings[first.id].links[0]
        self.assertIn(link.span_id, steps, "from the message to the step in which it was worked on")
        self.assertGreaterEqual(said_of(steps[link.span_id])["messages"], 1)

    def test_the_other_system_is_told_of_the_span(self):
        server = self.collect()
        _partner, event = self.contact()
        self.drain(self.clock)
        calls = [span for span in self.spans(server) if span.name == "send"]
        call = next(span for span in calls if said_of(span)["message_id"] == event.id)
        self.assertEqual(call.trace_id.hex(), self.correlation(event))
        sent = [TraceContext.parse(entry["traceparent"]) for entry in requests_to("hubspot", "POST")]
        self.assertIn((call.trace_id.hex(), call.span_id.hex()), {(each.trace_id, each.span_id) for each in sent})
        self.assertGreater(call.end_time_unix_nano, call.start_time_unix_nano)

    def test_a_call_that_fails_is_an_error(self):
        server = self.collect()
        sandbox().control("PUT", "/faults", {"faults": [{"vendor": "hubspot", "kind": "status", "status": 503}]})
        _partner, event = self.contact()
        self.drain(self.clock)
        call = next(
            span for span in self.spans(server) if span.name == "send" and said_of(span)["message_id"] == event.id
        )
        self.assertEqual((call.status.code, call.status.message), (2, "ServerFault"))

    def test_lines_name_the_message(self):
        stream = self.logged()
        target = type(self.env["integration.target.res.partner"])
        before = target._identities

        def noisy(target, arrival):
            logging.getLogger("odoo.addons.integration_hub.somewhere").warning("Looking with token=abc123")
            return before(target, arrival)

        self.patch(target, "_identities", noisy)
        event = self.customer(1)
        self.drain(self.clock)
        lines = [json.loads(line) for line in stream.getvalue().splitlines()]
        line = next(line for line in lines if line["message"].startswith("Looking"))
        self.assertEqual(line["message"], "Looking with token=***")
        self.assertEqual((line["message_id"], line["endpoint_id"]), (event.id, self.hook.id))
        self.assertEqual(line["correlation_id"], self.correlation(event))
        self.assertEqual((line["flow_id"], line["level"], line["direction"]), (event.flow_id.id, "WARNING", "inbound"))

    def test_off_is_off(self):
        self.assertIs(observe.observed("mapping", None), observe.observed("send", None))
        self.customer(1)
        self.drain(self.clock)
        self.assertEqual((observe.about(), observe.place()), ({}, None))


@tagged("post_install", "-at_install")
class TestDelivery(ObservedCase, HubHttpCase):
    def test_a_delivery_goes_on_with_its_senders_trace(self):
        server, stream = self.collect(), self.logged()
        hook = self.connect_shopify(wanted=("customers_in",))._endpoint("inbound")
        ours = TraceContext.new()
        options = {"topic": "customers/update", "headers": ours.headers()}
        first = self.deliver(hook, own_payload("shopify/customers__update"), webhook_id="t-1", **options).json()["id"]
        second = self.deliver(hook, own_payload("shopify/customers__update"), topic="customers/update").json()["id"]
        spans = {said_of(span).get("message_id"): span for span in self.spans(server) if span.name == "webhook"}
        self.assertEqual(
            (spans[first].trace_id.hex(), spans[first].parent_span_id.hex()), (ours.trace_id, ours.span_id)
        )
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        self.assertEqual(spans[second].trace_id.hex(), correlation_id(uuid, second))
        self.assertEqual(said_of(spans[second])["endpoint_id"], hook.id)
        self.assertNotIn("Road", stream.getvalue(), "no content")


@tagged("post_install", "-at_install")
class TestLines(BaseCase):
    def test_what_is_masked(self):
        for text, shown in (
            ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
            ('{"client_secret": "s3cret", "id": 5}', '{"client_secret": "***", "id": 5}'),
            ("api_key=12345&x=1", "api_key=***&x=1"),
            ("with shpat_0123456789abcdef and pat-eu1-0123", "with *** and ***"),
            ("postgres://odoo:hunter2@db/x", "postgres://odoo:***@db/x"),
            ("Message 5 of customer 7 is done", "Message 5 of customer 7 is done"),
        ):
            with self.subTest(text):
                self.assertEqual(logs.masked(text), shown)

    def test_an_exception_is_one_line(self):
        try:
            raise ValueError("password=hunter2\nnext")
        except ValueError:
            record = logging.LogRecord("a", logging.ERROR, __file__, 1, "went %s", ("wrong",), sys.exc_info())
        line = logs.JsonFormatter().format(record)
        self.assertNotIn("\n", line)
        said = json.loads(line)
        self.assertEqual((said["message"], said["level"], said["logger"]), ("went wrong", "ERROR", "a"))
        self.assertIn("ValueError: password=***", said["exception"])

    def test_nothing_is_imported_unasked(self):
        """Only one file imports OpenTelemetry, and only the hook that asks for a collector imports that one."""
        theirs, ours = (
            re.compile(r"^\s*(?:from|import) opentelemetry", re.M),
            re.compile(r"^(\s*).*import tracing", re.M),
        )
        files = [each for each in ROOT.rglob("*.py") if each.relative_to(ROOT).parts[0] in CODE]
        self.assertEqual([each.name for each in files if theirs.search(each.read_text())], ["tracing.py"])
        indents = {each.name: found[1] for each in files if (found := ours.search(each.read_text()))}
        self.assertEqual(indents.keys(), {"hooks.py"})
        self.assertTrue(indents["hooks.py"], "not where the module begins")
