# Part of Integration Hub. License LGPL-3.0 or later.
"""A wrong definition is refused where it is wrong, before anything is asked."""

import copy
import json
import re
from dataclasses import fields
from typing import Any

import pytest
from integration_hub_connectors import auth, pagination, registry
from integration_hub_connectors.connector import FlowTemplate
from integration_hub_connectors.errors import ConfigurationError
from integration_hub_connectors.rest import Call, Find, Listing, Registration, Resource, Rule, Since, Webhook
from integration_hub_connectors.vendors.generic_rest import DefinitionError, GenericRest

DEFINITION = json.loads((GenericRest.folder() / "fixtures" / "definition.json").read_text(encoding="utf-8"))
GONE = object()


def configured(definition: Any) -> Any:
    return registry.get("generic_rest", {"definition": definition})


def changed(pointer: str, value: Any) -> Any:
    document = copy.deepcopy(DEFINITION)
    *path, last = (int(part) if part.isdigit() else part for part in pointer.split("/")[1:])
    place = document
    for part in path:
        place = place[part]
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    return document


def test_a_definition_is_the_document_or_its_text() -> None:
    as_text, as_document = configured(json.dumps(DEFINITION, indent=1)), configured(DEFINITION)
    assert as_text is as_document, "the same definition is the same class, however it is written"
    assert as_text.title == "Bookings" and as_text.name == "generic_rest"
    assert list(as_text.objects) == ["guest", "house"] and as_text.definition == DEFINITION
    assert as_text.objects["guest"].writable and not as_text.objects["house"].writable


def test_definitions_do_not_touch_each_other() -> None:
    other = configured(changed("/resources/1/name", "hut") | {"webhook": {"rules": []}, "flows": []})
    assert list(other.objects) == ["guest", "hut"]
    assert list(configured(DEFINITION).objects) == ["guest", "house"]
    assert GenericRest.objects == {} and GenericRest.definition == {}


def test_a_mapping_is_read_anew_each_time() -> None:
    kind = configured(DEFINITION)
    kind.mapping("guest_in")["lines"].clear()
    assert kind.mapping("guest_in")["lines"]
    with pytest.raises(ConfigurationError) as caught:
        kind.mapping("nothing")
    assert caught.value.code == "unknown-mapping"


def test_secrets_go_to_the_token_address_too() -> None:
    token = {"kind": "oauth_client_credentials", "token_url": "https://login.example/token", "client_id": "hub"}
    kind = configured({**DEFINITION, "auth": token})
    assert kind.secret_addresses({}) == ("https://api.bookings.example/v2", "https://login.example/token")
    assert kind.secret_addresses({"api_url": "https://test.example/"})[0] == "https://test.example"
    assert configured(DEFINITION).secret_addresses({}) == ("https://api.bookings.example/v2",)
    assert configured({**DEFINITION, "auth": {"kind": "none"}}).secret_addresses({}) == ()


@pytest.mark.parametrize("definition", [None, "", {}])
def test_without_a_definition_there_is_no_api(definition: Any) -> None:
    for use in (
        lambda: configured(definition),
        lambda: GenericRest.base_url({"definition": DEFINITION}),
        lambda: GenericRest.auth({"definition": DEFINITION}, "x"),
    ):
        with pytest.raises(ConfigurationError) as caught:
            use()
        assert caught.value.code == "no-definition"


@pytest.mark.parametrize("text", ["{", "nonsense", '{"a": 1, "a": 2}', '{"base_url": NaN}', "\ud800"])
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        configured(text)
    assert caught.value.pointer == "" and caught.value.hint


def test_a_definition_without_end_is_refused() -> None:
    endless = document = copy.deepcopy(DEFINITION)
    for _level in range(10_000):
        document["check"] = document = {}
    with pytest.raises(DefinitionError, match="nested too deeply"):
        configured(endless)


@pytest.mark.parametrize(
    ("pointer", "value", "named"),
    [
        ("/base_url", GONE, "base_url"),
        ("/base_url", "ftp://files.example", "https"),
        ("/base_url", "https://api.example?key=1", "query"),
        ("/base_url", "https://{settings.shop}.example", "{settings.shop}"),
        ("/auth", {"kind": "magic"}, "one of"),
        ("/auth", {"kind": "header"}, "name"),
        ("/auth", {"kind": "bearer", "token": "s3cret"}, "token"),
        ("/headers", {"Authorization": "Bearer s3cret"}, "sealed"),
        ("/headers", {"Content-Type": "text/xml"}, "Leave it out"),
        ("/headers", {"X-A B": "x"}, "X-A B"),
        ("/auth", {"kind": "header", "name": "Host"}, "Leave it out"),
        ("/auth", {"kind": "header", "name": "transfer-encoding"}, "Leave it out"),
        ("/idempotency_header", "Authorization", "Leave it out"),
        ("/idempotency_header", "X\r\nY", "not a header name"),
        ("/headers", {"X-A": "s3cret\n"}, "X-A"),
        ("/check", GONE, "check"),
        ("/check/path", "account", "slash"),
        ("/check/name", "account[", "account["),
        ("/resources", {}, "list"),
        ("/resources/0/name", "Guest Book", "small letters"),
        ("/resources/1/name", "guest", "same name"),
        ("/resources/0/id", "a..b", "a..b"),
        ("/resources/0/id", "length(id)", "length"),
        ("/resources/0/read/path", "/guests/{ID}", "{ID}"),
        ("/resources/0/read/verb", "GET", "verb"),
        ("/resources/0/create/method", "FETCH", "one of"),
        ("/resources/0/list/path", "/guests/{id}", "{id}"),
        ("/resources/0/list/paginator", {"kind": "scroll"}, "scroll"),
        ("/resources/0/list/paginator", {"kind": "page", "size": "many"}, "size"),
        ("/resources/0/list/since", {"param": "since", "format": "rfc822"}, "one of"),
        ("/resources/0/find/params", {"q": "{since}"}, "{since}"),
        ("/webhook/rules/0/resource", "gust", "gust"),
        ("/webhook/rules/1/payload", "a[", "a["),
        ("/webhook/topic", "a[", "a["),
        ("/mappings/guest_in/lines/0/transforms", ["no_such_transform"], "no_such_transform"),
        ("/flows/0/object_type", "gust", "gust"),
        ("/flows/0/mapping", "gust_in", "gust_in"),
        ("/flows/1/domain", "[('id', '=', uid)]", "plain values"),
        ("/flows/1/domain", "[(", "plain values"),
        ("/flows/0/direction", "sideways", "one of"),
        ("/unknown", 1, "unknown"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(pointer: str, value: Any, named: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        configured(changed(pointer, value))
    error = caught.value
    assert error.code == "invalid-definition" and error.hint
    assert pointer.startswith(error.pointer) or error.pointer.startswith(pointer)
    assert error.pointer in error.message and named in f"{error.message} {error.hint}"
    assert "s3cret" not in f"{error.message} {error.params}"


def test_a_webhook_without_the_object_needs_a_way_to_read_it() -> None:
    with pytest.raises(DefinitionError) as caught:
        configured(changed("/resources/1/read", GONE))
    assert caught.value.pointer == "/webhook/rules/2" and "complete" in caught.value.hint


def test_what_dates_an_object_is_said_of_its_type() -> None:
    page = GenericRest.folder().resolve().parents[2] / "docs" / "connectors" / "generic_rest.md"
    (example,) = re.findall(r"```json\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    definition = json.loads(example)
    assert configured(json.dumps(definition)).objects["guest"].dated_by == ()
    definition["resources"][0]["dated_by"] = ["placed_at", "created_at"]
    assert configured(json.dumps(definition)).objects["guest"].dated_by == ("placed_at", "created_at")


def test_the_page_shows_a_definition_and_names_every_member() -> None:
    page = GenericRest.folder().resolve().parents[2] / "docs" / "connectors" / "generic_rest.md"
    text = page.read_text(encoding="utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    assert list(configured(example).objects) == ["guest"]
    schema = json.loads((GenericRest.folder() / "definition.schema.json").read_text(encoding="utf-8"))
    parts = [
        schema,
        *(schema["$defs"][name] for name in ("resource", "list", "call", "find", "webhook", "registration")),
    ]
    parts += [
        schema["$defs"]["webhook"]["properties"]["rules"]["items"],
        schema["$defs"]["list"]["properties"]["since"],
    ]
    for name in {name for part in parts for name in part["properties"]}:
        assert f"`{name}`" in text, name
    for kind in (*auth.KINDS, *pagination.KINDS):
        assert f"`{kind}`" in text, kind


def test_the_schema_knows_every_kind_and_every_member() -> None:
    """What the kernel can be told, a definition can say."""
    schema = json.loads((GenericRest.folder() / "definition.schema.json").read_text(encoding="utf-8"))
    described = schema["$defs"]
    assert set(schema["properties"]["auth"]["properties"]["kind"]["enum"]) == set(auth.KINDS)
    kinds = {
        "call": Call,
        "find": Find,
        "list": Listing,
        "resource": Resource,
        "webhook": Webhook,
        "registration": Registration,
        "flow": FlowTemplate,
    }
    not_said = {
        "resource": {"id_pattern", "deletions"},
        "flow": {"entity", "contract", "ask", "when_deleted", "compare_every", "on_dead"},
    }
    for name, kind in kinds.items():
        assert set(described[name]["properties"]) == {one.name for one in fields(kind)} - not_said.get(name, set()), (
            name
        )
    assert set(described["webhook"]["properties"]["rules"]["items"]["properties"]) == {one.name for one in fields(Rule)}
    assert set(described["list"]["properties"]["since"]["properties"]) == {one.name for one in fields(Since)}
