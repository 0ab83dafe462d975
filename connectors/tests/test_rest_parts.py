# Part of Integration Hub. License LGPL-3.0 or later.
"""The parts a REST description is made of: paths, places to fill in, moments, webhook rules."""

from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration_hub_connectors.errors import ConfigurationError, DocumentError
from integration_hub_connectors.pagination import PageRequest
from integration_hub_connectors.rest import Call, Find, Listing, Resource, Rule, Since, Webhook, paths, templates

# Paths


@pytest.mark.parametrize(
    ("path", "found"),
    [("", {"a": {"b": [{"id": 7}]}}), ("a.b[0].id", 7), ("a.x || a.b", [{"id": 7}]), ("nothing.here", None)],
)
def test_a_path_reads_what_is_there(path: str, found: Any) -> None:
    assert paths.reader(path)({"a": {"b": [{"id": 7}]}}) == found


@pytest.mark.parametrize("path", ["a..b", "a[", "length(a)", "a[1:2]", "$root.a", "x" * 2000, " "])
def test_a_path_that_could_fail_is_refused_at_once(path: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        paths.reader(path)
    assert caught.value.code == "invalid-path"


@pytest.mark.parametrize(
    ("value", "text"), [("p-1", "p-1"), (12, "12"), (0, "0"), ("", ""), (None, ""), (True, ""), (1.5, ""), ([], "")]
)
def test_an_id_is_text_or_a_whole_number(value: Any, text: str) -> None:
    assert paths.identifier(value) == text


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("2026-01-31T10:00:00+02:00", "2026-01-31T09:00:00Z"),
        (9, 10),
        ("v1", "v2"),
    ],
)
def test_versions_sort_as_text(older: Any, newer: Any) -> None:
    before, after = paths.version(older), paths.version(newer)
    assert before is not None and after is not None and before < after


@pytest.mark.parametrize("value", [None, "", True, -1, 1.5, {}, []])
def test_what_does_not_order_states_is_no_version(value: Any) -> None:
    assert paths.version(value) is None


# Places


@given(st.text(min_size=1))
def test_whatever_an_id_holds_it_stays_one_segment(identifier: str) -> None:
    try:
        found = templates.fill_path("/people/{id}/notes", {"id": identifier})
    except ConfigurationError:
        assert (
            identifier in (".", "..") or any(char < " " or char == "\x7f" for char in identifier) or _lone(identifier)
        )
        return
    head, segment, tail = found[1:].split("/")
    assert (head, unquote(segment), tail) == ("people", identifier, "notes")
    assert not {"?", "#", "\\"} & set(found) and segment not in (".", "..")


def _lone(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)


def test_a_place_keeps_the_type_of_what_is_filled_in() -> None:
    values = {"payload": {"n": 5, "flag": True, "list": [1]}, "settings": {"shop": "a b"}}
    template = {"n": "{payload.n}", "text": "n={payload.n}", "in": ["{payload.list}", 3], "flag": "{payload.flag}"}
    assert templates.fill(template, values) == {"n": 5, "text": "n=5", "in": [[1], 3], "flag": True}
    assert templates.fill_path("/{settings.shop}", values) == f"/{quote('a b')}"


@pytest.mark.parametrize("template", ["{payload.none}", "{payload.empty}", "{payload.a.b}", "x{payload.object}"])
def test_a_place_without_a_value_is_absent(template: str) -> None:
    with pytest.raises(templates.Absent) as caught:
        templates.fill(template, {"payload": {"empty": "", "a": "text", "object": {}}})
    assert template[template.index("{") :] in caught.value.message


@pytest.mark.parametrize(
    "make",
    [
        lambda: Call("/people/{ID}"),
        lambda: Call("/people/{since}"),
        lambda: Listing("/people/{id}"),
        lambda: Listing("/people", json={"filter": ["{payload.email}"]}),
        lambda: Find("/people", params={"q": "{payload}"}),
        lambda: Since(param="q", value="{id}"),
        lambda: Call("/people", item="a["),
        lambda: Rule(topic="*", resource="person", id="a["),
        lambda: Webhook(topic=("a[",)),
        lambda: Resource(name="p", title="P", entity="contact", id="a["),
        lambda: Listing("/people", paginator={"kind": "magic"}),
    ],
)
def test_a_slip_is_seen_when_the_description_is_made(make: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make()
    assert caught.value.hint


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (Since(param="from"), {"from": "2026-01-31T09:30:00.500Z"}),
        (Since(param="from", format="date"), {"from": "2026-01-31"}),
        (Since(param="from", format="unix"), {"from": 1769851800}),
        (Since(param="from", format="unix_ms"), {"from": 1769851800500}),
        (Since(param="q", format="unix", value="changed>={since}"), {"q": "changed>=1769851800"}),
    ],
)
def test_a_moment_is_written_as_the_api_reads_it(since: Since, expected: dict[str, Any]) -> None:
    request = since.put(PageRequest("/people"), "2026-01-31T10:30:00.500+01:00")
    assert request.params == expected
    with pytest.raises(DocumentError):
        since.put(PageRequest("/people"), "yesterday")


# Webhooks

PERSON = Resource(name="person", title="Person", entity="contact", version="changed", read=Call("/people/{id}"))
HOOK = Webhook(
    topic=("header:X-Kind", "action"),
    dedupe=("header:X-Delivery",),
    events="events",
    moments="unix",
    rules=(
        Rule(topic="person.deleted", resource="person", id="who", deleted=True, occurred_at="at"),
        Rule(topic="PERSON.*", resource="person", payload="data", complete=True, occurred_at="at"),
        Rule(topic="note.*", resource="person", id="data.person", version="rev"),
        Rule(topic="ignored.*", resource=""),
    ),
)


def told(kind: str, *events: Any) -> Any:
    return HOOK.parse({"person": PERSON}, {"x-KIND": kind, "X-Delivery": "d1"}, {"events": list(events)}, "Acme")


def test_a_rule_says_where_everything_stands() -> None:
    changed, deleted = told(
        "person",
        {"action": "changed", "at": 0, "data": {"id": 7, "changed": "2026-01-01T01:00:00+01:00"}},
        {"action": "deleted", "who": "p-8"},
    )
    assert (changed.topic, changed.object_type, changed.external_id) == ("person.changed", "person", "7")
    assert (changed.partition_key, changed.complete, changed.deleted) == ("person:7", True, False)
    assert (changed.version, changed.occurred_at) == ("2026-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000Z")
    assert changed.payload == {"id": 7, "changed": "2026-01-01T01:00:00+01:00"}
    assert (deleted.external_id, deleted.complete, deleted.deleted, deleted.occurred_at) == ("p-8", True, True, None)
    assert [changed.dedupe_key, deleted.dedupe_key] == ["d1#0", "d1#1"]


def test_what_holds_only_an_id_is_to_be_fetched() -> None:
    (found,) = told("note", {"action": "added", "data": {"person": 9}, "rev": 3})
    assert (found.external_id, found.complete, found.version) == ("9", False, f"{3:020d}")
    assert found.payload == {"action": "added", "data": {"person": 9}, "rev": 3}
    assert found.dedupe_key == "d1"


@pytest.mark.parametrize("kind", ["ignored", "unheard-of"])
def test_a_topic_without_a_use_is_told_and_never_fetched(kind: str) -> None:
    (found,) = told(kind, {"action": "x"})
    assert (found.object_type, found.external_id, found.partition_key) == ("", "", f"topic:{kind}.x")
    assert found.complete and not found.deleted


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ([], "unexpected-shape"),
        ({"events": {}}, "unexpected-shape"),
        ({"events": [3]}, "unexpected-shape"),
        ({"events": [{}]}, "missing-topic"),
        ({"events": [{"action": "changed", "data": {}}]}, "invalid-identifier"),
        ({"events": [{"action": "changed", "data": {"id": True}}]}, "invalid-identifier"),
        ({"events": [{"action": "changed", "data": {"id": 1}, "at": "now"}]}, "invalid-moment"),
        ({"events": [{"action": "changed", "data": {"id": 1}, "at": 10**40}]}, "invalid-moment"),
    ],
)
def test_malformed_deliveries_say_what_is_wrong(document: Any, code: str) -> None:
    with pytest.raises(DocumentError) as caught:
        HOOK.parse({"person": PERSON}, {"X-Kind": "person"}, document, "Acme")
    assert caught.value.code == code and "Acme" in caught.value.message + "Acme" * (code == "invalid-moment")


def test_the_payload_of_a_complete_event_is_an_object() -> None:
    hook = Webhook(rules=(Rule(topic="*", resource="person", payload="data", id="id", complete=True),))
    with pytest.raises(DocumentError):
        hook.parse({"person": PERSON}, {}, {"id": 1, "data": [1]}, "Acme")


def test_without_a_topic_every_event_has_the_same() -> None:
    hook = Webhook(rules=(Rule(topic="*", resource="person"),), dedupe=("id", "changed"))
    first, second = hook.parse({"person": PERSON}, {}, [{"id": 1, "changed": "a"}, {"id": 2}], "Acme")
    assert (first.topic, first.external_id, first.dedupe_key) == ("change", "1", "1:a")
    assert second.dedupe_key is None  # half a name would make one message of two
