# Part of Integration Hub. License LGPL-3.0 or later.
"""The connector of any REST API: a person writes its definition, and the kernel of `rest/` does the rest."""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from ... import jsondoc
from ...auth import Auth, Exchange
from ...connector import Connector, Document, Field, Proof, Settings
from ...errors import ConfigurationError, DocumentError
from ...rest import RestConnector
from .definition import DefinitionError, load


class GenericRest(RestConnector):
    """Shaped by the setting `definition`: `configured` makes the class that has the objects the definition tells of.

    Unconfigured, it is the entry in the catalogue and offers no objects.
    """

    name = "generic_rest"
    title = "REST API"
    summary = "Any REST API with JSON, described instead of programmed"
    docs_url = "https://www.rfc-editor.org/rfc/rfc9110"
    scheme = "standard_webhooks"
    has_vendor = False
    settings = (
        Field(
            "definition",
            "Definition",
            "The API as JSON: its address, how requests prove who they are, its objects and its webhooks. "
            "The documentation has examples to begin with.",
            required=True,
            placeholder='{"base_url": "https://api.example.com", …}',
            multiline=True,
        ),
        Field(
            "api_key",
            "API key or client secret",
            "The token, key or password that the API wants; for OAuth the client's secret. Empty when it wants none.",
            secret=True,
            purpose="api_credential",
        ),
        Field(
            "webhook_secret",
            "Webhook secret",
            "Verifies the webhooks that the system sends. How they are signed is chosen on the endpoint.",
            secret=True,
            purpose="webhook_secret",
        ),
        Field(
            "api_url",
            "API address",
            "Only for a sandbox or a proxy: replaces the definition's base_url.",
            placeholder="https://sandbox.example.com/api",
            advanced=True,
        ),
    )
    proofs = (Proof("sandbox", "APIs that this project's tests and sandbox serve; each real one is new to it."),)
    resources = ()
    definition: ClassVar[Document] = {}
    """The definition, as its document; empty in the catalogue."""
    mappings: ClassVar[Mapping[str, Document]] = {}

    @classmethod
    def configured(cls, settings: Settings) -> type[Connector]:
        """The connector of the definition. Raises ConfigurationError, naming what is wrong with it and where."""
        return _made(cls, _text(settings.get("definition")))

    @classmethod
    def base_url(cls, settings: Settings) -> str:
        """`api_url` if given, else the definition's."""
        cls._shaped()
        return super().base_url(settings)

    @classmethod
    def auth(cls, settings: Settings, secret: str, exchange: Exchange | None = None) -> Auth:
        """What the definition's `auth` describes."""
        cls._shaped()
        return super().auth(settings, secret, exchange)

    @classmethod
    def mapping_names(cls) -> tuple[str, ...]:
        """The definition's."""
        return tuple(sorted(cls.mappings))

    @classmethod
    def mapping(cls, name: str) -> Document:
        """The definition's mapping of that name. Raises ConfigurationError for an unknown name."""
        return copy.deepcopy(cls.mappings[name]) if name in cls.mappings else super().mapping(name)

    @classmethod
    def _shaped(cls) -> None:
        if not hasattr(cls, "address"):
            raise _no_definition()


@functools.lru_cache(maxsize=256)
def _made(base: type[GenericRest], text: str) -> type[GenericRest]:
    document = json.loads(text)
    found = load(document)
    parts: dict[str, Any] = {name: getattr(found, name) for name in found.__slots__}
    parts |= {"definition": document, "title": found.title or base.title}
    return type(base.__name__, (base,), {**parts, "__module__": base.__module__, "__doc__": base.__doc__})


def _text(definition: Any) -> str:
    """The definition as JSON text in one form; it is given as such a text, or as the document. Raises."""
    if not definition:
        raise _no_definition()
    if isinstance(definition, str):
        try:
            definition = jsondoc.parse(definition.encode("utf-8", "replace"))
        except DocumentError as error:
            raise DefinitionError(
                "", error.message, "Correct the JSON, for instance in an editor that checks it."
            ) from error
    try:
        return json.dumps(definition, sort_keys=True)
    except RecursionError:
        raise DefinitionError("", "it is nested too deeply", "Make it flatter.") from None


def _no_definition() -> ConfigurationError:
    return ConfigurationError(
        "The system has no definition of its REST API.",
        code="no-definition",
        hint="Enter the definition among the system's settings.",
    )
