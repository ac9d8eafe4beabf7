"""The option `--show`: the parts of a report that are printed on request alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import click

from amplify.cli.common import Command

ALL = "all"


def show_option(parts: Mapping[str, str]) -> Callable[[Command], Command]:
    """An option that adds `parts` of a report, which are named with what each of them is."""
    listed = "; ".join(f"{name}: {meaning}" for name, meaning in parts.items())

    def chosen(
        context: click.Context, parameter: click.Parameter, value: tuple[str, ...]
    ) -> tuple[str, ...]:
        names = [name.strip() for text in value for name in text.split(",") if name.strip()]
        for name in names:
            if name not in (*parts, ALL):
                known = ", ".join((*parts, ALL))
                raise click.BadParameter(f"{name!r} is none of: {known}")
        return tuple(parts) if ALL in names else tuple(dict.fromkeys(names))

    return click.option(
        "--show",
        multiple=True,
        callback=chosen,
        metavar="PART,…",
        envvar="AMPLIFY_SHOW",
        help=f"Print more: {listed}; or {ALL}. May be repeated.",
    )


metrics_option = click.option(
    "--metrics",
    is_flag=True,
    envvar="AMPLIFY_METRICS",
    callback=lambda context, parameter, value: ("metrics",) if value else (),
    help="The same as --show metrics.",
)
