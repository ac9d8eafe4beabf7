"""The command `cache`: where the cache of replies is, what it holds, and how to empty it."""

from __future__ import annotations

import sys
import time

import click

from amplify.contract.guard.visible import visible


@click.group()
def cache() -> None:
    """Look at the cache of replies, or empty it.

    It holds what services answered, so that no run pays for the same call twice.
    `AMPLIFY_CACHE_DIR` moves it, `--no-cache` does without.
    """


@cache.command()
def path() -> None:
    """Print where the cache is."""
    from amplify.run.store.cache.place import cache_file

    place = str(cache_file())
    # A program gets the name as it is, a terminal what can be shown.
    click.echo(visible(place) if sys.stdout.isatty() else place)


@cache.command()
def info() -> None:
    """Show how many replies of which model it holds, and what they take."""
    from amplify.contract.guard.paths import there
    from amplify.run.store.cache.cache import Cache
    from amplify.run.store.cache.place import cache_file

    place = cache_file()
    if not there(place):
        click.echo(f"{visible(place)}: nothing is cached")
        return
    with Cache(place) as opened:
        found = opened.contents()
    total = sum(found.models.values())
    click.echo(f"{visible(place)}: {total:,} replies, {found.size / 1e6:,.1f} MB")
    for model, count in found.models.items():
        click.echo(f"  {visible(model)}: {count:,}")
    if found.damaged:
        click.echo(f"  damaged, and asked again by who needs them: {found.damaged:,}")
    if isinstance(found.oldest, int):
        click.echo(f"  the oldest is of {time.strftime('%Y-%m-%d', time.localtime(found.oldest))}")


@cache.command()
@click.option("--days", type=click.IntRange(0), help="Only replies that are older.")
def clear(days: int | None) -> None:
    """Drop all replies, or old ones; other runs may go on using the cache meanwhile."""
    from amplify.contract.guard.paths import there
    from amplify.run.store.cache.cache import Cache
    from amplify.run.store.cache.place import cache_file

    place = cache_file()
    dropped = 0
    if there(place):
        with Cache(place) as opened:
            dropped = opened.clear(days)
    click.echo(f"{visible(place)}: {dropped:,} replies dropped")
