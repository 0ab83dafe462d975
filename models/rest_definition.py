# Part of Integration Hub. License LGPL-3.0 or later.
"""Between the records in which a person describes an API and the definition that the library reads.

Each table says which field holds which member: dotted names, read both ways. Members that no field holds stay as they
are, so that what was written by hand survives what is changed in the form.
"""

import copy
from urllib.parse import parse_qsl, urlencode

from ..connectors import dotted

SYSTEM = {
    "rest_base_url": "base_url",
    "rest_auth_kind": "auth.kind",
    "rest_auth_name": "auth.name",
    "rest_auth_prefix": "auth.prefix",
    "rest_auth_user": "auth.user",
    "rest_authorize_url": "auth.authorize_url",
    "rest_token_url": "auth.token_url",
    "rest_client_id": "auth.client_id",
    "rest_scope": "auth.scope",
    "rest_check_path": "check.path",
    "rest_check_name": "check.name",
    "rest_webhook_topic": "webhook.topic",
    "rest_webhook_dedupe": "webhook.dedupe",
    "rest_webhook_events": "webhook.events",
}
AUTH = {  # which of them a kind of authentication has
    "none": (),
    "bearer": (),
    "header": ("rest_auth_name", "rest_auth_prefix"),
    "query": ("rest_auth_name",),
    "basic": ("rest_auth_user",),
    "oauth_client_credentials": ("rest_token_url", "rest_client_id", "rest_scope"),
    "oauth_authorization_code": ("rest_authorize_url", "rest_token_url", "rest_client_id", "rest_scope"),
}
RESOURCE = {
    "name": "name",
    "title": "title",
    "id_path": "id",
    "version_path": "version",
    "list_path": "list.path",
    "list_params": "list.params",
    "list_items": "list.items",
    "since_param": "list.since.param",
    "since_format": "list.since.format",
    "read_path": "read.path",
    "read_item": "read.item",
    "create_path": "create.path",
    "create_method": "create.method",
    "create_wrap": "create.wrap",
    "create_item": "create.item",
    "update_path": "update.path",
    "update_method": "update.method",
    "update_wrap": "update.wrap",
    "update_item": "update.item",
    "delete_path": "delete.path",
    "repetition": "repetition",
    "find_path": "find.path",
    "find_params": "find.params",
    "find_items": "find.items",
}
NEEDED = {  # a part without this member is left out
    "list.since": "param",
    **dict.fromkeys(("list", "read", "create", "update", "delete", "find"), "path"),
}
# What the four paging fields mean to each way of paging.
PAGING = {
    "none": {},
    "page": {"page_param": "param", "page_size_param": "size_param", "page_size": "size", "page_next": "total_pages"},
    "offset": {"page_param": "param", "page_size_param": "limit_param", "page_size": "limit", "page_next": "total"},
    "cursor": {"page_param": "param", "page_size_param": "size_param", "page_size": "size", "page_next": "cursor"},
    "link": {"page_size_param": "size_param", "page_size": "size"},
    "next-url": {"page_size_param": "size_param", "page_size": "size", "page_next": "next"},
    "keyset": {"page_param": "param", "page_size_param": "limit_param", "page_size": "limit", "page_next": "field"},
}
RULE = {
    "topic": "topic",
    "id_path": "id",
    "payload_path": "payload",
    "version_path": "version",
    "occurred_path": "occurred_at",
    "complete": "complete",
    "deleted": "deleted",
}


def fields_of_other_auth(kind):
    """Return the fields that only other kinds of authentication have."""
    return {field for fields in AUTH.values() for field in fields} - set(AUTH[kind or "none"])


def read(document, table):
    """Return the fields of a table from a document; False where it has no such member."""
    return {field: _as_field(dotted.read(document, path)) for field, path in table.items()}


def write(document, table, values):
    """Return a copy of a document with the fields of a table; an empty field has no member."""
    document = copy.deepcopy(document)
    for field, path in table.items():
        *above, last = path.split(".")
        inner = document
        for name in above:
            inner = inner.setdefault(name, {}) if isinstance(inner, dict) else None
        if not isinstance(inner, dict):
            continue  # a list, where the form knows one: written by hand, and left alone
        if values[field]:
            inner[last] = _as_member(path, values[field])
        else:
            inner.pop(last, None)
    return {name: value for name, value in document.items() if value != {}}


def without_halves(document):
    """Return an object's description without the parts that lack what they need, such as a list without address."""
    document = copy.deepcopy(document)
    for path, member in NEEDED.items():
        above, _dot, last = path.rpartition(".")
        part = dotted.read(document, path)
        if isinstance(part, dict) and not part.get(member):
            dotted.read(document, above).pop(last)
    return document


def _as_field(value):
    if isinstance(value, dict):
        return urlencode(value, safe="{}.")
    return " ".join(value) if isinstance(value, list) else value or False


def _as_member(path, value):
    if path.endswith(".params"):
        return dict(parse_qsl(value))
    if path in ("webhook.topic", "webhook.dedupe"):
        several = value.split()
        return several if len(several) > 1 else several[0]
    return value
