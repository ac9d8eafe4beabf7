"""The command `cache`: show where the cache is and what it holds, or empty it."""

from __future__ import annotations

import sys
import time

import click

from amplify.contract.grammar import counted
from amplify.contract.guard.visible import visible


@click.group()
def cache() -> None:
    """Look at the cache of replies, or empty it.

    It holds the replies of services, so that no run pays for the same call twice, and the models
    that were converted from GGUF files. `AMPLIFY_CACHE_DIR` names its folder; runs with
    `--no-cache` leave the replies alone.
    """


@cache.command()
def path() -> None:
    """Print where the cache is."""
    from amplify.run.store.cache.place import cache_file

    file = str(cache_file())
    # A program gets the name as it is, a terminal what can be shown.
    click.echo(visible(file) if sys.stdout.isatty() else file)


@cache.command()
def info() -> None:
    """Show how many replies of each model the cache holds, its size, and the converted models."""
    from amplify.run.store.cache.models import model_sizes

    _show_replies()
    for folder, size in model_sizes().items():
        click.echo(f"{visible(folder)}: a converted model, {size / 1e6:,.1f} MB")


def _show_replies() -> None:
    from amplify.contract.guard.paths import there
    from amplify.run.store.cache.cache import Cache
    from amplify.run.store.cache.place import cache_file

    file = cache_file()
    if not there(file):
        click.echo(f"{visible(file)}: nothing is cached")
        return
    with Cache(file) as opened:
        contents = opened.contents()
    total = sum(contents.models.values())
    click.echo(
        f"{visible(file)}: {counted(total, 'reply', 'replies')}, {contents.size / 1e6:,.1f} MB"
    )
    for model, count in contents.models.items():
        click.echo(f"  {visible(model)}: {count:,}")
    if contents.damaged:
        click.echo(f"  damaged, and asked again where they are needed: {contents.damaged:,}")
    if isinstance(contents.oldest, int):
        click.echo(
            f"  the oldest dates from {time.strftime('%Y-%m-%d', time.localtime(contents.oldest))}"
        )


@cache.command()
@click.option("--days", type=click.IntRange(0), help="Only replies that are older.")
@click.option("--models", is_flag=True, help="The converted models, and no replies.")
def clear(days: int | None, models: bool) -> None:
    """Delete all replies, or old ones; runs may use the cache meanwhile."""
    from amplify.contract.guard.paths import there
    from amplify.run.store.cache.cache import Cache
    from amplify.run.store.cache.models import drop_models
    from amplify.run.store.cache.place import cache_file

    if models:
        for folder, size in drop_models().items():
            click.echo(f"{visible(folder)}: {size / 1e6:,.1f} MB dropped")
        return
    file = cache_file()
    dropped = 0
    if there(file):
        with Cache(file) as opened:
            dropped = opened.clear(days)
    click.echo(f"{visible(file)}: {counted(dropped, 'reply', 'replies')} dropped")
