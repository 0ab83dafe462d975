# Part of Integration Hub. License LGPL-3.0 or later.
"""What a connector makes of webhooks: of good ones notifications, of any other document a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..connector import Notification
from ..errors import HubError
from .connector_case import ConnectorCase

JUNK: tuple[Any, ...] = (None, True, -1, 10**40, 1.5, "", "x", "\ud800", [], [None], [[]], {}, {"id": {}}, [{"id": []}])


class WebhookContract(ConnectorCase):
    """Every delivery in `webhooks`, as it came, repeated and mutilated."""

    def test_webhooks_become_notifications(self) -> None:
        assert self.webhooks
        for headers, name in self.webhooks:
            found = self.kind.parse_webhook(headers, self.fixture(name))
            assert found and all(isinstance(item, Notification) for item in found)
            for item in found:
                assert item.topic and item.partition_key and isinstance(item.payload, dict)
                if item.object_type:
                    assert item.object_type in self.kind.objects
                    assert item.external_id and item.partition_key == f"{item.object_type}:{item.external_id}"
                else:
                    assert item.complete and not item.deleted, "what is ignored must not be fetched"
            keys = [item.dedupe_key for item in found if item.dedupe_key]
            assert len(set(keys)) == len(keys), "two changes of one delivery are two changes"

    def test_webhooks_of_topics_in_use_are_covered(self) -> None:
        wanted = {topic for template in self.kind.flow_templates for topic in template.topics}
        seen = {
            item.topic
            for headers, name in self.webhooks
            for item in self.kind.parse_webhook(headers, self.fixture(name))
        }
        kinds = {template.object_type for template in self.kind.flow_templates if template.topics}
        covered = {t.object_type for t in self.kind.flow_templates if set(t.topics) & seen & wanted}
        assert covered == kinds, "each kind of object needs a webhook fixture of a topic that a template listens to"

    def test_a_redelivery_has_the_same_dedupe_keys(self) -> None:
        for headers, name in self.webhooks:
            first = self.kind.parse_webhook(headers, self.fixture(name))
            again = self.kind.parse_webhook(*self.redelivered(headers, self.fixture(name)))
            assert [item.dedupe_key for item in first] == [item.dedupe_key for item in again]

    def test_header_names_are_case_insensitive(self) -> None:
        for headers, name in self.webhooks:
            lowered = {key.lower(): value for key, value in headers.items()}
            document = self.fixture(name)
            assert self.kind.parse_webhook(lowered, document) == self.kind.parse_webhook(headers, document)

    def test_malformed_webhooks_are_refused_by_a_hub_error(self) -> None:
        """Anything may be signed correctly: no shape of document may raise anything but HubError."""
        refused = 0
        for headers, name in self.webhooks:
            for document in [*JUNK, *_mutated(self.fixture(name))]:
                try:
                    found = self.kind.parse_webhook(headers, document)
                except HubError as error:
                    assert error.code and error.message
                    refused += 1
                else:
                    assert isinstance(found, list)
        assert refused

    def test_payloads_stay_out_of_repr(self) -> None:
        for headers, name in self.webhooks:
            for item in self.kind.parse_webhook(headers, self.fixture(name)):
                assert "payload" not in repr(item)


def _mutated(document: Any) -> Iterator[Any]:
    """The document with one key of its top (or of its first entry) missing or replaced by something else."""
    if isinstance(document, list) and document:
        yield from ([changed, *document[1:]] for changed in _mutated(document[0]))
    elif isinstance(document, dict):
        for key in document:
            yield {name: value for name, value in document.items() if name != key}
            yield from ({**document, key: junk} for junk in JUNK)
