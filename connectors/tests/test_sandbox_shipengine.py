# Part of Integration Hub. License LGPL-3.0 or later.
"""ShipEngine's imitation is data alone; successes and errors are valid against the vendor's published description."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from integration_hub_connectors.clock import ManualClock
from integration_hub_connectors.sandbox import Settings
from integration_hub_connectors.sandbox.testing import Sandbox, running
from openapi_core import Config, OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse
from openapi_core.exceptions import OpenAPIError

HOST = "https://api.shipengine.com"
PATHS = ("/v1/warehouses", "/v1/warehouses/{warehouse_id}", "/v1/tags")
ADDRESS = {
    "name": "Ada Lacombe",
    "address_line1": "230 Wabash Avenue",
    "city_locality": "Chicago",
    "state_province": "IL",
    "postal_code": "60604",
    "country_code": "US",
    "address_residential_indicator": "no",
}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running(Settings(seed=1), clock=ManualClock()) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def openapi(shared_specs: Path) -> OpenAPI:
    """The vendor's description, cut to the paths that are imitated.

    That an extended object (`allOf`) has no further members is left out: taken at its word, nothing would be valid.
    """
    text = (shared_specs / "shipengine.yaml").read_text()
    document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    document["paths"] = {name: document["paths"][name] for name in PATHS}
    for schema in document["components"]["schemas"].values():
        if "allOf" in schema:
            schema.pop("additionalProperties", None)
    return OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))


def answered(sandbox: Sandbox, openapi: OpenAPI, method: str, path: str, document: object = None) -> requests.Response:
    """The answer, checked with the description."""
    headers, _query = sandbox.vendors["shipengine"].access.credentials()
    wanted = requests.Request(method, f"{HOST}{path}", headers=headers, json=document)
    answer = sandbox.vendor("shipengine", method, path, json=document)
    if answer.status_code == 204:
        assert answer.content == b""
        return answer
    openapi.validate_response(RequestsOpenAPIRequest(wanted), RequestsOpenAPIResponse(answer))
    return answer


def checked(sandbox: Sandbox, openapi: OpenAPI, method: str, path: str, document: object = None) -> Any:
    """The same for a request that is valid by the description."""
    headers, _query = sandbox.vendors["shipengine"].access.credentials()
    openapi.validate_request(
        RequestsOpenAPIRequest(requests.Request(method, f"{HOST}{path}", headers=headers, json=document))
    )
    return answered(sandbox, openapi, method, path, document)


def test_life_of_a_warehouse(sandbox: Sandbox, openapi: OpenAPI) -> None:
    new = {"name": "North", "origin_address": ADDRESS}
    made = checked(sandbox, openapi, "POST", "/v1/warehouses", new).json()
    assert made["return_address"] == ADDRESS
    path = f"/v1/warehouses/{made['warehouse_id']}"
    assert checked(sandbox, openapi, "GET", path).json() == made
    assert checked(sandbox, openapi, "PUT", path, {**new, "name": "South"}).status_code == 204
    names = [one["name"] for one in checked(sandbox, openapi, "GET", "/v1/warehouses").json()["warehouses"]]
    assert names == ["Larkfield Outfitters, Flagstaff", "South"]
    assert checked(sandbox, openapi, "DELETE", path).status_code == 204
    assert answered(sandbox, openapi, "GET", path).status_code == 404


def test_tags(sandbox: Sandbox, openapi: OpenAPI) -> None:
    assert checked(sandbox, openapi, "POST", "/v1/tags", {"name": "Gift"}).json() == {"tag_id": 2, "name": "Gift"}
    assert [one["name"] for one in checked(sandbox, openapi, "GET", "/v1/tags").json()["tags"]] == ["Fragile", "Gift"]
    assert sandbox.vendor("shipengine", "POST", "/v1/tags", json={"name": "Gift"}).status_code == 409


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"origin_address": ADDRESS}, "name"),
        ({"name": "North", "origin_address": {**ADDRESS, "name": ""}}, "origin_address.name"),
        ({"name": "North", "origin_address": ADDRESS, "warehouse_id": "se-1"}, "warehouse_id"),
    ],
)
def test_errors_are_as_described(sandbox: Sandbox, openapi: OpenAPI, document: object, field: str) -> None:
    answer = answered(sandbox, openapi, "POST", "/v1/warehouses", document)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field_name"] == field


def test_faults_are_as_described(sandbox: Sandbox, openapi: OpenAPI) -> None:
    for status in (400, 404, 500):
        fault = {"vendor": "shipengine", "kind": "status", "status": status, "count": 1}
        sandbox.control("PUT", "/faults", {"faults": [fault]})
        assert answered(sandbox, openapi, "GET", "/v1/warehouses").status_code == status


def test_the_check_can_fail(sandbox: Sandbox, openapi: OpenAPI) -> None:
    stranger = {"warehouse_id": "se-1", "name": "x", "colour": "red"}
    sandbox.control("POST", "/seed", {"vendor": "shipengine", "objects": {"warehouse": [stranger]}})
    with pytest.raises(OpenAPIError):
        answered(sandbox, openapi, "GET", "/v1/warehouses")
