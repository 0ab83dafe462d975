# Part of Integration Hub. License LGPL-3.0 or later.
"""Each connector has its page, and what the page says of the connector is so."""

import re
from pathlib import Path

import pytest
from integration_hub_connectors import registry
from integration_hub_connectors.testing import pages
from integration_hub_connectors.vendors.shopify import Shopify

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "connectors"
DESCRIBED = ("hubspot", "shopify")


def test_every_connector_has_a_page() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} >= set(registry.CONNECTORS)


@pytest.mark.parametrize("name", registry.CONNECTORS)
def test_the_page_is_as_the_connector_is(name: str) -> None:
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    again = "make it anew: python -m integration_hub_connectors.testing.pages docs/connectors/*.md"
    assert pages.made(text, registry.CONNECTORS[name]) == text, again


@pytest.mark.parametrize("name", DESCRIBED)
def test_the_page_has_every_part(name: str) -> None:
    text, kind = (FOLDER / f"{name}.md").read_text(encoding="utf-8"), registry.CONNECTORS[name]
    for part in ("settings", "objects", "flows", *(f"mapping {found}" for found in kind.mapping_names())):
        assert text.count(f"<!-- made: {part} -->") == 1
    for heading in ("Objects and flows", "Mapped fields", "Known gaps"):
        assert f"\n## {heading}\n" in text
    assert kind.docs_url in text


@pytest.mark.parametrize("name", registry.CONNECTORS)
def test_the_page_says_how_to_begin_and_how_far_to_trust_it(name: str) -> None:
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    assert "**Status: Preview.**" in text and "\n## Set-up\n" in text and "nown gaps\n" in text
    assert text.count("<!-- made: settings -->") == 1


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: path.stem)
def test_links_to_files_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", path.read_text(encoding="utf-8"))
    assert all((path.parent / link).exists() for link in links), links


def test_pages_are_made_in_place(tmp_path: Path) -> None:
    page = tmp_path / "hubspot.md"
    page.write_text("<!-- made: objects -->\nold\n<!-- end -->\n", encoding="utf-8")
    pages.main([str(page)])
    assert "| Contact | contact | read and write |" in page.read_text(encoding="utf-8")


def test_a_part_that_is_out_of_date_is_made_anew() -> None:
    page = "# X\n<!-- made: objects -->\nold\n<!-- end -->\nkept <!-- made: mapping customer -->\n<!-- end -->\n"
    text = pages.made(page, Shopify)
    assert "old" not in text and "kept" in text
    assert "| Order | order | read |  | [order](../../connectors/vendors/shopify/contracts/order.json) |\n" in text
    assert "| `default_address › city` | `address.city` | `strip`, `null_if` |  |\n" in text
    assert pages.made(text, Shopify) == text
    with pytest.raises(KeyError):
        pages.made("<!-- made: nonsense -->\n<!-- end -->", Shopify)
