"""The plugin's declaration, and what it costs."""

from __future__ import annotations

import importlib
import subprocess
import sys

from amplify_anthropic.plugin import amplify_providers


def test_declaring_imports_nothing_heavy() -> None:
    code = (
        "import sys, amplify_anthropic.plugin as p; list(p.amplify_providers());"
        "print([m for m in ('anthropic', 'httpx2', 'aiohttp', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_factory_exists() -> None:
    (component,) = amplify_providers()
    module, _, name = str(component.factory).partition(":")
    assert callable(getattr(importlib.import_module(module), name))
    assert "ANTHROPIC_API_KEY" in component.env
