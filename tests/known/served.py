"""Whole runs whose LLM is a service on this machine, by a plugin that needs no SDK."""

from __future__ import annotations

from pathlib import Path

from known.runs import Runs
from known.server import Server
from known.site import Site

PLUGIN = """
    from dataclasses import dataclass
    from amplify import ProviderComponent, hookimpl, option

    @dataclass(frozen=True)
    class Options:
        model: str = option("echo", help="which")

    @hookimpl
    def amplify_providers():
        yield ProviderComponent(
            name="web", factory="{module}_live:make", summary="a service", options=Options,
        )
"""

LIVE = """
    import os
    from known.web import Web

    def make(options, context):
        return Web(os.environ["WEB_URL"], options.model, "none")
"""


def served(site: Site, folder: Path, server: Server, items: int = 20, calls: str = "") -> Runs:
    """A folder with a task and a plan of two arms that ask the server."""
    site.add("amplify-web", PLUGIN, live=LIVE)
    runs = Runs(folder, {"PYTHONPATH": str(site.path), "WEB_URL": f"{server.url}/v1"})
    runs.write('use = "web"', items, calls)
    return runs
