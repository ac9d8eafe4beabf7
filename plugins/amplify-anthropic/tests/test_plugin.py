"""The plugin's declaration, and what it costs."""

from __future__ import annotations

from amplify_anthropic import plugin
from known.declarations import declared, factories, imported_by_declaring


def test_declaring_imports_nothing_heavy() -> None:
    assert imported_by_declaring(plugin, "anthropic", "httpx2", "aiohttp", "pydantic") == []


def test_the_factory_exists() -> None:
    assert all(map(callable, factories(plugin).values()))


def test_the_key_is_declared() -> None:
    (component,) = declared(plugin)
    assert "ANTHROPIC_API_KEY" in component.env
