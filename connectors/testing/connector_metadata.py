# Part of Integration Hub. License LGPL-3.0 or later.
"""What a connector says of itself: it is complete, and its parts fit together."""

from __future__ import annotations

import ast

import pytest

from .. import entities, registry
from ..contracts import compile_contract
from ..errors import ConfigurationError
from ..signatures import SCHEMES
from .connector_case import ConnectorCase


class MetadataContract(ConnectorCase):
    """Its entry in the catalogue, its settings, its mappings and flow templates."""

    def test_it_is_registered_under_its_name(self) -> None:
        assert registry.get(self.connector.name) is self.connector
        assert self.connector.folder().name == self.connector.name

    def test_metadata_is_complete(self) -> None:
        found = self.kind
        assert found.name.isidentifier() and found.title and found.summary and not found.summary.endswith(".")
        assert found.docs_url.startswith("https://")
        assert found.scheme in SCHEMES
        assert found.objects or found.questions
        assert all(name == kind.name for name, kind in found.objects.items())
        assert all(kind.entity in entities.ENTITIES and kind.title for kind in found.objects.values())

    def test_settings_explain_themselves(self) -> None:
        fields = self.connector.settings
        assert len({field.name for field in fields}) == len(fields)
        assert [field.purpose for field in fields].count("api_credential") == 1
        assert [field.purpose for field in fields].count("webhook_secret") == bool(self.kind.objects)
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
        assert self.kind.mapping_names()
        for name in self.kind.mapping_names():
            mapping = self.compiled(name)
            inbound = mapping.target in entities.ENTITIES
            assert inbound is not (mapping.source in entities.ENTITIES), f"{name}: exactly one end is an entity"
            known = {path.replace("[]", "") for path in entities.fields(mapping.target if inbound else mapping.source)}
            known |= {path.rpartition(".")[0] for path in known}
            used = mapping.targets if inbound else mapping.sources
            assert set(used) <= known, f"{name}: {sorted(set(used) - known)} are not fields of the entity"

    def test_scopes_say_what_needs_them_and_where_they_are_granted(self) -> None:
        """Each names flows of the connector and completes a sentence; without scopes nothing is to be granted."""
        keys = {template.key for template in self.kind.flow_templates}
        names = [scope.name for scope in self.kind.scopes]
        assert len(names) == len(set(names))
        assert bool(names) == bool(self.kind.keys_at)
        for scope in self.kind.scopes:
            assert scope.flows and set(scope.flows) <= keys, f"{scope.name} is of flows that there are not"
            assert scope.without and not scope.without.endswith("."), f"{scope.name}: half a sentence"

    def test_who_decides_is_about_what_its_flows_bring(self) -> None:
        brought = {template.model for template in self.kind.flow_templates}
        for owned in self.kind.ownership:
            names = (*owned.system, *owned.odoo, *owned.both)
            assert owned.model in brought and names and len(names) == len(set(names))

    def test_flow_templates_fit_together(self) -> None:
        templates = self.kind.flow_templates
        assert len({template.key for template in templates}) == len(templates) > 0
        assert {template.object_type for template in templates} == {*self.kind.objects, *self.kind.questions}
        for template in templates:
            assert template.title and template.help.endswith(".") and "." in template.model
            assert isinstance(ast.literal_eval(template.domain), list)
            if template.ask:
                continue  # QuestionContract
            kind = self.kind.object_type(template.object_type)
            mapping = self.compiled(template.mapping)
            vendor_end, entity_end = f"{self.kind.name}.{kind.name}", template.entity
            assert kind.entity == template.entity
            if template.direction == "inbound":
                assert (mapping.source, mapping.target) == (vendor_end, entity_end)
                assert template.topics and not template.trigger_fields
            else:
                assert (mapping.source, mapping.target) == (entity_end, vendor_end)
                assert template.trigger_fields and not template.topics and kind.writable

    def test_fixtures_map_to_valid_documents(self) -> None:
        inbound = {template.mapping for template in self.kind.flow_templates if template.direction == "inbound"}
        assert inbound == set(self.documents), "every inbound mapping needs a fixture"
        for name, fixtures in self.documents.items():
            mapping = self.compiled(name)
            for fixture in fixtures:
                found = mapping.apply(self.fixture(fixture))
                assert entities.problems(mapping.target, found) == [], fixture

    def test_contracts_accept_what_the_vendor_sends(self) -> None:
        named = {flow.contract for flow in self.kind.flow_templates if flow.contract}
        assert named <= set(self.kind.contract_names()), "each flow's contract is a file of the folder"
        for flow in self.kind.flow_templates:
            if flow.contract:
                contract = compile_contract(self.kind.contract(flow.contract))
                for fixture in self.documents.get(flow.mapping, ()):
                    assert contract.problems(self.fixture(fixture)) == [], fixture
