"""A plugin that declares the provider of `known.web` as `web`."""

from __future__ import annotations

from known.site import Site

DECLARED = """
    from dataclasses import dataclass
    from amplify import ProviderComponent, hookimpl, option

    @dataclass(frozen=True)
    class Options:
        url: str = option(help="where")
        model: str = option("echo", help="which")

    @hookimpl
    def amplify_providers():
        yield ProviderComponent(
            name="web", factory="{module}_live:make", summary="a service", options=Options,
            env=("WEB_API_KEY",),
        )
"""

LIVE = """
    import os
    from known.web import Web

    def make(options, context):
        return Web(options.url, options.model, os.environ.get("WEB_API_KEY", "none"))
"""


def install(site: Site) -> None:
    """Install it."""
    site.add("amplify-web", DECLARED, live=LIVE)
