# Part of Integration Hub. License LGPL-3.0 or later.
"""What every connector must do, whatever its vendor: inherit it in a test module and fill in the attributes.

class TestAcme(ConnectorContract):
    connector = Acme
    settings = {"account": "example"}
    documents = {"order": ("orders__create",)}
    webhooks = (({"X-Acme-Topic": "order"}, "orders__create"),)
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pytest

from .. import entities, registry
from ..connector import CheckResult, Connector, Notification, Page, PushResult
from ..errors import ConfigurationError, HubError, Unauthorized
from ..http import Headers, Response
from ..mapping import CompiledMapping, compile_mapping
from ..signatures import SCHEMES
from .transport import ScriptedTransport, answer, client

SECRET = "contract-secret-5f2d8c1e9b7a4063"
JUNK: tuple[Any, ...] = (None, True, -1, 10**40, 1.5, "", "x", "\ud800", [], [None], [[]], {}, {"id": {}}, [{"id": []}])
WRONG_BODIES = (
    *(b"", b"<html>Sign in</html>", b"null", b"[]", b"{}", b'"ok"', b'{"id": 5}', b'{"results": [3]}'),
    *(b'{"data": null}', b'{"data": {}, "results": {}}', b'{"errors": []}', b'{"errors": "x"}', b'{"errors": [3]}'),
)


class ConnectorContract:
    """`documents`: for each inbound mapping, fixtures it maps. `webhooks`: (headers, fixture) of real deliveries."""

    connector: ClassVar[type[Connector]]
    settings: ClassVar[Mapping[str, str]] = {}
    documents: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    webhooks: ClassVar[tuple[tuple[Mapping[str, str], str], ...]] = ()

    def fixture(self, name: str) -> Any:
        """A JSON document of the vendor's `fixtures` folder."""
        return json.loads((self.connector.folder() / "fixtures" / f"{name}.json").read_text(encoding="utf-8"))

    def redelivered(self, headers: Mapping[str, str], document: Any) -> tuple[Mapping[str, str], Any]:
        """Hook: the same delivery as the vendor would repeat it."""
        return headers, document

    def make(self, *answers: Any) -> tuple[Connector, ScriptedTransport]:
        """The connector, with its real credentials, over a script of answers."""
        transport = ScriptedTransport(*answers)
        auth = self.connector.auth(self.settings, SECRET)
        made = client(transport, self.connector.base_url(self.settings), auth=auth)
        return self.connector(made, self.settings), transport

    def compiled(self, name: str) -> CompiledMapping:
        """A mapping of the vendor's, compiled."""
        return compile_mapping(self.connector.mapping(name))

    def calls(self, made: Connector) -> Iterator[Any]:
        """Every call to the vendor that this connector offers, each run when asked for."""
        payload = {"properties": {"name": "x", "email": "x@example.com"}}
        yield made.check
        for found in made.objects.values():
            yield lambda name=found.name: made.fetch(name, "1")
            yield lambda name=found.name: made.list(name)
            yield lambda name=found.name: made.list(name, since="2025-01-01T00:00:00Z")
            if found.writable:
                yield lambda name=found.name: made.push(name, payload, idempotency_key="k")
                yield lambda name=found.name: made.push(name, payload, external_id="1", idempotency_key="k")

    # Metadata

    def test_it_is_registered_under_its_name(self) -> None:
        assert registry.get(self.connector.name) is self.connector
        assert self.connector.folder().name == self.connector.name

    def test_metadata_is_complete(self) -> None:
        found = self.connector
        assert found.name.isidentifier() and found.title and found.summary and not found.summary.endswith(".")
        assert found.docs_url.startswith("https://")
        assert found.scheme in SCHEMES
        assert found.objects and all(name == kind.name for name, kind in found.objects.items())
        assert all(kind.entity in entities.ENTITIES and kind.title for kind in found.objects.values())

    def test_settings_explain_themselves(self) -> None:
        fields = self.connector.settings
        assert len({field.name for field in fields}) == len(fields)
        assert [field.purpose for field in fields].count("api_credential") == 1
        assert [field.purpose for field in fields].count("webhook_secret") == 1
        for field in fields:
            assert field.name.isidentifier() and field.label and field.help.endswith(".")
            assert field.secret is (field.purpose != "setting")
            assert not (field.advanced and field.required)
        assert sum(not field.advanced for field in fields) <= 4

    def test_missing_settings_are_named(self) -> None:
        required = [field for field in self.connector.settings if field.required and field.purpose == "setting"]
        if required:
            with pytest.raises(ConfigurationError):
                self.connector.base_url({})
        else:
            assert self.connector.base_url({}).startswith("https://")

    # Mappings and flow templates

    def test_mappings_compile_and_stay_within_the_entity(self) -> None:
        assert self.connector.mapping_names()
        for name in self.connector.mapping_names():
            mapping = self.compiled(name)
            inbound = mapping.target in entities.ENTITIES
            assert inbound is not (mapping.source in entities.ENTITIES), f"{name}: exactly one end is an entity"
            known = {path.replace("[]", "") for path in entities.fields(mapping.target if inbound else mapping.source)}
            known |= {path.rpartition(".")[0] for path in known}
            used = mapping.targets if inbound else mapping.sources
            assert set(used) <= known, f"{name}: {sorted(set(used) - known)} are not fields of the entity"

    def test_flow_templates_fit_together(self) -> None:
        templates = self.connector.flow_templates
        assert len({template.key for template in templates}) == len(templates) > 0
        assert {template.object_type for template in templates} == set(self.connector.objects)
        for template in templates:
            kind = self.connector.object_type(template.object_type)
            mapping = self.compiled(template.mapping)
            vendor_end, entity_end = f"{self.connector.name}.{kind.name}", template.entity
            assert kind.entity == template.entity
            assert template.title and template.help.endswith(".") and "." in template.model
            assert isinstance(ast.literal_eval(template.domain), list)
            if template.direction == "inbound":
                assert (mapping.source, mapping.target) == (vendor_end, entity_end)
                assert template.topics and not template.trigger_fields
            else:
                assert (mapping.source, mapping.target) == (entity_end, vendor_end)
                assert template.trigger_fields and not template.topics and kind.writable

    def test_fixtures_map_to_valid_documents(self) -> None:
        inbound = {template.mapping for template in self.connector.flow_templates if template.direction == "inbound"}
        assert inbound == set(self.documents), "every inbound mapping needs a fixture"
        for name, fixtures in self.documents.items():
            mapping = self.compiled(name)
            for fixture in fixtures:
                found = mapping.apply(self.fixture(fixture))
                assert entities.problems(mapping.target, found) == [], fixture

    # Webhooks

    def test_webhooks_become_notifications(self) -> None:
        assert self.webhooks
        for headers, name in self.webhooks:
            found = self.connector.parse_webhook(headers, self.fixture(name))
            assert found and all(isinstance(item, Notification) for item in found)
            for item in found:
                assert item.topic and item.partition_key and isinstance(item.payload, dict)
                if item.object_type:
                    assert item.object_type in self.connector.objects
                    assert item.external_id and item.partition_key == f"{item.object_type}:{item.external_id}"
                else:
                    assert item.complete and not item.deleted, "what is ignored must not be fetched"
            keys = [item.dedupe_key for item in found if item.dedupe_key]
            assert len(set(keys)) == len(keys), "two changes of one delivery are two changes"

    def test_webhooks_of_topics_in_use_are_covered(self) -> None:
        wanted = {topic for template in self.connector.flow_templates for topic in template.topics}
        seen = {
            item.topic
            for headers, name in self.webhooks
            for item in self.connector.parse_webhook(headers, self.fixture(name))
        }
        kinds = {template.object_type for template in self.connector.flow_templates if template.topics}
        covered = {t.object_type for t in self.connector.flow_templates if set(t.topics) & seen & wanted}
        assert covered == kinds, "each kind of object needs a webhook fixture of a topic that a template listens to"

    def test_a_redelivery_has_the_same_dedupe_keys(self) -> None:
        for headers, name in self.webhooks:
            first = self.connector.parse_webhook(headers, self.fixture(name))
            again = self.connector.parse_webhook(*self.redelivered(headers, self.fixture(name)))
            assert [item.dedupe_key for item in first] == [item.dedupe_key for item in again]

    def test_header_names_are_case_insensitive(self) -> None:
        for headers, name in self.webhooks:
            lowered = {key.lower(): value for key, value in headers.items()}
            document = self.fixture(name)
            assert self.connector.parse_webhook(lowered, document) == self.connector.parse_webhook(headers, document)

    def test_malformed_webhooks_are_refused_by_a_hub_error(self) -> None:
        """Anything may be signed correctly: no shape of document may raise anything but HubError."""
        refused = 0
        for headers, name in self.webhooks:
            for document in [*JUNK, *_mutated(self.fixture(name))]:
                try:
                    found = self.connector.parse_webhook(headers, document)
                except HubError as error:
                    assert error.code and error.message
                    refused += 1
                else:
                    assert isinstance(found, list)
        assert refused

    def test_payloads_stay_out_of_repr(self) -> None:
        for headers, name in self.webhooks:
            for item in self.connector.parse_webhook(headers, self.fixture(name)):
                assert "payload" not in repr(item)

    # Calls

    def test_an_unknown_object_type_is_refused(self) -> None:
        made, transport = self.make(answer({}))
        for call in (
            lambda: made.fetch("unheard_of", "1"),
            lambda: made.list("unheard_of"),
            lambda: made.push("unheard_of", {"properties": {"name": "x"}}),
            lambda: made.delete("unheard_of", "1"),
        ):
            with pytest.raises(ConfigurationError) as caught:
                call()
            assert caught.value.code == "unknown-object-type"
        assert not transport.requests

    def test_read_only_objects_refuse_to_be_written(self) -> None:
        made, transport = self.make(answer({}))
        for kind in (found for found in made.objects.values() if not found.writable):
            for call in (lambda name=kind.name: made.push(name, {}), lambda name=kind.name: made.delete(name, "1")):
                with pytest.raises(ConfigurationError) as caught:
                    call()
                assert caught.value.code == "unsupported-operation"
        assert not transport.requests

    def test_wrong_answers_are_hub_errors(self) -> None:
        """A login page, a proxy, another API: the connector says so, and takes it for no deletion."""
        for body in WRONG_BODIES:
            made, _transport = self.make(Response(200, Headers({"Content-Type": "text/html"}), body))
            refused = 0
            for call in self.calls(made):
                try:
                    found = call()
                except HubError as error:
                    assert error.message
                    refused += 1
                else:
                    assert isinstance(found, CheckResult | Page | PushResult), (
                        "what is no answer is no proof of absence"
                    )
            assert refused, body

    def test_a_refused_credential_suspends_and_shows_no_secret(self) -> None:
        echo = answer({"message": f"bad token {SECRET}", "token": SECRET}, 401)
        made, transport = self.make(echo)
        for call in self.calls(made):
            with pytest.raises(Unauthorized) as caught:
                call()
            shown = f"{caught.value!r} {caught.value} {caught.value.params} {caught.value.hint} {caught.value.headers}"
            assert SECRET not in shown
        assert transport.requests

    def test_the_secret_travels_in_headers_only(self) -> None:
        made, transport = self.make(answer({}, 404))
        for call in self.calls(made):
            with pytest.raises(HubError):
                if call() is None:
                    raise HubError("nothing was found")
        for request in transport.requests:
            assert SECRET not in request.url and SECRET.encode() not in (request.body or b"")
            assert any(SECRET in value for value in request.headers.values())

    def test_no_secret_in_repr(self) -> None:
        made, _transport = self.make(answer({}))
        shown = f"{made!r} {made.client!r} {self.connector.auth(self.settings, SECRET)!r} {vars(made)!r}"
        assert SECRET not in shown


def _mutated(document: Any) -> Iterator[Any]:
    """The document with one key of its top (or of its first entry) missing or replaced by something else."""
    if isinstance(document, list) and document:
        yield from ([changed, *document[1:]] for changed in _mutated(document[0]))
    elif isinstance(document, dict):
        for key in document:
            yield {name: value for name, value in document.items() if name != key}
            yield from ({**document, key: junk} for junk in JUNK)
