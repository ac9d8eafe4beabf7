from __future__ import annotations

from pathlib import Path

import pytest

from amplify.host.load import Host

DOCS = Path(__file__).parent.parent / "docs"
OURS = (
    "builtin",
    "transformers",
    "captum",
    "sklearn",
    "shap",
    "lime",
    "mini",
    "openai",
    "anthropic",
    "dspy",
    "mlflow",
    "wandb",
)
COMPONENTS = sorted({c.qualified for c in Host.load().registry.components if c.plugin in OURS})


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_component_of_ours_stands_in_the_reference(name: str) -> None:
    assert f"`{name}`" in (DOCS / "reference" / "components.md").read_text(encoding="utf-8")


def test_every_page_that_is_linked_is_there() -> None:
    import re

    for page in [DOCS.parent / "README.md", *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_page_is_linked_from_the_index() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    pages = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")} - {"README.md"}
    assert [page for page in sorted(pages) if f"]({page})" not in index] == []
