# Part of Integration Hub. License LGPL-3.0 or later.
import hashlib
import json
from typing import Any, NamedTuple

from odoo import models

from ..connectors import moments
from ..connectors.connector import Notification
from ..connectors.errors import DocumentError, HubError
from ..engine.store import insert_inbound
from .inbound_transaction import known
from .intake import MAX_KEY_CHARS

POLLED = "polled"  # the end of the topic of what a poll found


class Read(NamedTuple):
    """A document that was read, not delivered: the text of it, and the business object it is.

    No business object where the mapping fails: its message will say what is wrong.
    """

    document: dict
    text: str
    canonical: dict
    link: Any

    @property
    def external_id(self):
        return self.canonical.get("id")

    @property
    def version(self):
        return self.canonical.get("updated_at")


class IntegrationFlow(models.Model):
    """What becomes of documents that are read from the other system: messages as those of its webhooks."""

    _inherit = "integration.flow"

    def _read_documents(self, documents):
        """Return :class:`Read` of each document, their links looked up at once."""
        canonicals = [self._canonical(document) for document in documents]
        Binding = self.env["integration.binding"]
        ids = [found["id"] for found in canonicals if found.get("id")]
        links = Binding._find_many(self.system_id, self.entity_id, ids).grouped("external_id")
        return [
            Read(document, json.dumps(document, ensure_ascii=False), canonical, links.get(canonical.get("id"), Binding))
            for document, canonical in zip(documents, canonicals, strict=True)
        ]

    def _canonical(self, document):
        """Return the business object of a remote document; an empty one where its message will fail, and say why."""
        try:
            found = self.mapping_id._compiled()[1].apply(document)
        except HubError:
            return {}
        return found if _fits(found.get("id")) and _fits(found.get("updated_at")) else {}

    def _news(self, found, since):
        """Return those of :class:`Read` that say what is not known: by the link, or by a message that has failed.

        :param since: when it was begun to read; what was told to be deleted after that is read again by the next poll
        """
        records = self.env["integration.binding"].union(*(read.link for read in found))._records()
        hears = self.env["integration.target"]._of_model(self.model_name)._hears_echoes
        fresh = [read for read in found if not _is_known(read, records.get(read.link.id), since, hears)]
        failed = self._failed_versions([self._partition_key(read.external_id) for read in fresh if read.external_id])
        return [read for read in fresh if not _same(read.version, failed.get(self._partition_key(read.external_id)))]

    def _failed_versions(self, keys):
        """Return ``{order key: version}`` of webhooks' messages that wait for a person, or for their next try."""
        self.env.cr.execute(
            """SELECT e.partition_key, e.external_version FROM integration_blocked_key b
                 JOIN integration_event e ON e.id = b.event_id
                WHERE b.endpoint_id = %s AND b.direction = 'inbound' AND b.partition_key = ANY(%s)""",
            [self.endpoint_id.id, keys],
        )
        return dict(self.env.cr.fetchall())

    def _partition_key(self, external_id):
        """Return the key that orders the messages of a remote object, as connectors give it to those of webhooks."""
        return f"{self.object_type}:{external_id}"

    def _notification(self, read, how, external_id=None):
        """Return the :class:`Notification` of a document that was read.

        Of a page that tells no versions, the objects are read anew when their turn comes, where the connector can: what
        a webhook brings meanwhile may be newer than the page.

        :param how: the end of its topic, ``fetched`` alone or ``POLLED`` in a page
        :param external_id: what is used where the document does not say it
        """
        external_id = read.external_id or external_id
        return Notification(
            topic=f"{self.object_type}.{how}",
            object_type=self.object_type,
            external_id=external_id,
            partition_key=external_id and self._partition_key(external_id),
            payload=read.document,
            complete=bool(read.version) or how != POLLED or not self._is_fetchable(),
            version=read.version,
        )

    def _is_fetchable(self):
        return self.system_id._connector().object_type(self.object_type).fetchable

    def _insert(self, endpoint, notification, text, dedupe_key, now):
        """Insert a message of this flow at an endpoint; returns :class:`Accepted`."""
        return insert_inbound(
            self.env.cr,
            endpoint_id=endpoint.id,
            company_id=self.company_id.id,
            flow_id=self.id,
            message=notification,
            dedupe_key=dedupe_key,
            headers={},
            body=text,
            now=now,
        )


def _fits(text):
    """Tell whether the log can be searched by a text."""
    return text is None or (isinstance(text, str) and len(text) <= MAX_KEY_CHARS and "\0" not in text)


def _is_known(read, record, since, hears_echoes=False):
    """Tell whether the link says what was read: by its version, for a webhook may tell the same in other words; by its
    contents besides, where the version is a whole second, in which two things may have happened.

    Of what was deleted there since, the link knows better than a page that may be older.

    :param hears_echoes: something is taken even of what Odoo has sent meanwhile
    """
    if read.link.deleted_at:
        return read.link.deleted_at >= since
    if not record:
        return False
    try:
        if _same(read.version, read.link.external_version) and not (read.link.hash_in and _is_coarse(read.version)):
            return True
        outcome = known(read.link, record, read.canonical)
        return bool(outcome) and not (outcome.code == "echo" and hears_echoes)
    except DocumentError:  # no moment where one should be: its message will say so
        return False


def _same(version, other):
    if not version or not other:
        return False
    try:
        return moments.parse(version) == moments.parse(other)
    except DocumentError:
        return version == other


def _is_coarse(version):
    """Tell whether a version is a moment in whole seconds."""
    return not moments.parse(version).microsecond


def once(read, object_type):
    """Return the key under which what was read is taken once, until something of the object is taken in.

    So what fails is not stored again by each poll, and what changes back and forth is.
    """
    taken = read.link.last_in_at
    return "read:" + hashlib.sha256(f"{object_type}|{taken}|{read.text}".encode()).hexdigest()
