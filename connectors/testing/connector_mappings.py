# Part of Integration Hub. License LGPL-3.0 or later.
"""What a connector's mappings do with its fixtures: they change nothing, and what can be inverted leads back."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from .. import entities, moments
from ..errors import MappingError
from ..mapping import compile_mapping, invert
from .connector_case import ConnectorCase


def assert_leads_back(spec: dict[str, Any], documents: list[Any]) -> None:
    """What of this mapping can be inverted leads each document's result back to itself."""
    inversion = invert(spec, partial=True)
    assert all(blocker.line and blocker.reason for blocker in inversion.blockers)
    if inversion.spec is None or inversion.forward is None:
        return
    there, back = compile_mapping(inversion.forward), compile_mapping(inversion.spec)
    for document in documents:
        mapped = there.apply(document)
        assert there.apply(back.apply(mapped)) == mapped, f"{spec['name']} there and back is not there"


class MappingContract(ConnectorCase):
    """Every mapping of the vendor's: the inbound ones on its fixtures, the outbound ones on what those make of them."""

    def mapped(self) -> Iterator[tuple[str, list[Any]]]:
        """Each mapping's name with documents for it."""
        made: dict[str, list[Any]] = {}
        for name, fixtures in self.documents.items():
            found = [self.fixture(fixture) for fixture in fixtures]
            mapping = self.compiled(name)
            made.setdefault(mapping.target, []).extend(map(mapping.apply, found))
            yield name, found
        for name in self.kind.mapping_names():
            source = self.compiled(name).source
            if source in entities.ENTITIES:
                yield name, made.get(source, [])

    def test_mapping_twice_makes_the_same_and_changes_nothing(self) -> None:
        for name, documents in self.mapped():
            for document in documents:
                before = copy.deepcopy(document)
                first, second = self.compiled(name).run(document), self.compiled(name).run(document)
                assert first == second
                assert document == before

    def test_samples_become_business_objects(self) -> None:
        for name in self.kind.mapping_names():
            sample = self.kind.sample(name)
            if sample is not None:
                mapping = self.compiled(name)
                assert entities.problems(mapping.target, mapping.apply(sample)) == [], name

    def test_documents_say_when_they_were_made(self) -> None:
        """Where the object type says by which of its members: a day's objects are counted by it."""
        for template in self.kind.flow_templates:
            if template.ask or template.direction != "inbound":
                continue
            names = self.kind.object_type(template.object_type).dated_by
            for fixture in self.documents.get(template.mapping, ()) if names else ():
                document = self.fixture(fixture)
                assert moments.parse(next(document[name] for name in names if document.get(name))), fixture

    def test_each_line_is_explained(self) -> None:
        for name, documents in self.mapped():
            for document in documents:
                entries = self.compiled(name).trace(document)
                assert not [entry for entry in entries if entry.outcome == "problem"]

    def test_an_empty_document_is_mapped_or_refused_by_name(self) -> None:
        for name in self.kind.mapping_names():
            try:
                self.compiled(name).apply({})
            except MappingError as error:
                assert all(problem.code == "required" for problem in error.problems), name

    def test_what_can_be_inverted_leads_back(self) -> None:
        for name, documents in self.mapped():
            assert_leads_back(self.kind.mapping(name), documents)
