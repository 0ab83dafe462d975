# Part of Integration Hub. License LGPL-3.0 or later.
"""Every kind of answer of HubSpot's imitation is valid against the vendor's own published description."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from integration_hub_connectors.sandbox import Settings
from integration_hub_connectors.sandbox.testing import Sandbox, running
from openapi_core import OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse
from openapi_core.exceptions import OpenAPIError

pytestmark = pytest.mark.filterwarnings("ignore:Unsupported scheme type")  # HubSpot's own security schemes
HOST = "https://api.hubapi.com"
# Of each kind a property that names it, and two more.
PROPERTIES = {
    "contacts": ("firstname", "phone", "city"),
    "companies": ("name", "phone", "city"),
    "0-3": ("dealname", "description", "dealtype"),
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running(Settings(seed=1)) as sandbox:
        sandbox.core.settings.hubspot.search_limit = 1000
        yield sandbox


@pytest.fixture(scope="module", params=["contacts", "companies", "deals"])
def described(request: pytest.FixtureRequest, shared_specs: Path) -> tuple[str, OpenAPI]:
    path = shared_specs / f"hubspot_{request.param}_v3.json"
    plural = "0-3" if request.param == "deals" else request.param  # as the description has them
    return plural, OpenAPI.from_dict(json.loads(path.read_text()))


def send(sandbox: Sandbox, openapi: OpenAPI, method: str, path: str, document: object = None, params: object = None):
    """Send a request that is valid by the description to the sandbox; check the answer with the description."""
    headers = {"Authorization": "Bearer pat-sandbox"}
    wanted = requests.Request(method, f"{HOST}{path}", headers=headers, params=params, json=document)
    openapi.validate_request(RequestsOpenAPIRequest(wanted))
    answer = requests.request(
        method, f"{sandbox.url}/hubspot{path}", headers=headers, params=params, json=document, timeout=10
    )
    if answer.status_code == 204:  # described with `content: {}`, in which openapi-core misses a body
        assert answer.content == b""
        return answer
    openapi.validate_response(RequestsOpenAPIRequest(wanted), RequestsOpenAPIResponse(answer))
    return answer


def test_answers_are_as_described(sandbox: Sandbox, described: tuple[str, OpenAPI]) -> None:
    plural, openapi = described
    base = f"/crm/v3/objects/{plural}"
    name, second, third = PROPERTIES[plural]
    new = {"properties": {name: "Ada", second: "+3295550101"}, "associations": []}
    for _one in range(4):  # more than a page
        made = send(sandbox, openapi, "POST", base, new)
    assert made.status_code == 201
    number = made.json()["id"]
    wanted = {"properties": [name, second, third], "limit": 3}
    assert "paging" in send(sandbox, openapi, "GET", base, params=wanted).json()
    assert send(sandbox, openapi, "GET", f"{base}/{number}", params={"properties": [name, third]}).status_code == 200
    assert send(sandbox, openapi, "PATCH", f"{base}/{number}", {"properties": {third: ""}}).status_code == 200
    search = {"filterGroups": [], "sorts": [], "properties": [name], "limit": 2, "after": "0"}
    assert "paging" in send(sandbox, openapi, "POST", f"{base}/search", search).json()
    read = {"inputs": [{"id": number}], "properties": [name], "propertiesWithHistory": []}
    assert send(sandbox, openapi, "POST", f"{base}/batch/read", read).status_code == 200
    read["inputs"].append({"id": "1"})
    assert send(sandbox, openapi, "POST", f"{base}/batch/read", read).status_code == 207
    many = {"inputs": [{"properties": {name: "Bo"}, "associations": []}]}
    assert send(sandbox, openapi, "POST", f"{base}/batch/create", many).status_code == 201
    update = {"inputs": [{"id": number, "properties": {name: "Cy"}}]}
    assert send(sandbox, openapi, "POST", f"{base}/batch/update", update).status_code == 200
    if plural == "contacts":
        upsert = {"inputs": [{"id": "u@example.com", "idProperty": "email", "properties": {"city": "Bern"}}]}
        assert send(sandbox, openapi, "POST", f"{base}/batch/upsert", upsert).status_code == 200
    twin = send(sandbox, openapi, "POST", base, new).json()["id"]
    merged = send(sandbox, openapi, "POST", f"{base}/merge", {"primaryObjectId": number, "objectIdToMerge": twin})
    number = merged.json()["id"]
    assert send(sandbox, openapi, "GET", f"{base}/{twin}").json()["id"] == number
    assert send(sandbox, openapi, "DELETE", f"{base}/{number}").status_code == 204
    assert send(sandbox, openapi, "GET", f"{base}/{number}", params={"archived": "true"}).json()["archived"] is True
    archive = {"inputs": [{"id": number}]}
    assert send(sandbox, openapi, "POST", f"{base}/batch/archive", archive).status_code == 204


def test_errors_have_the_described_shape(sandbox: Sandbox, described: tuple[str, OpenAPI]) -> None:
    plural, openapi = described
    schema = openapi.spec / "components" / "schemas" / "Error"
    required = set((schema / "required").read_value())
    known = set((schema / "properties").read_value())
    base = f"{sandbox.url}/hubspot/crm/v3/objects/{plural}"
    headers = {"Authorization": "Bearer pat-sandbox"}
    answers = [
        requests.get(base),
        requests.get(f"{base}/1", headers=headers),
        requests.post(base, headers=headers, json={"properties": {"x": "1"}}),
        requests.post(base, headers=headers, data=b"no"),
    ]
    for answer in answers:
        document = answer.json()
        assert answer.status_code >= 400
        assert required <= set(document) <= known | {"status"}


def test_the_check_can_fail(sandbox: Sandbox, described: tuple[str, OpenAPI]) -> None:
    plural, openapi = described
    sandbox.core.settings.hubspot.null_properties = True
    try:
        with pytest.raises(OpenAPIError):
            unset = ["dealtype", "description"] if plural == "0-3" else ["timezone", "hs_timezone"]
            send(sandbox, openapi, "GET", f"/crm/v3/objects/{plural}", params={"properties": unset})
    finally:
        sandbox.core.settings.hubspot.null_properties = False
