"""A command whose help lists its options in groups."""

from __future__ import annotations

import click

GROUPS = {
    "What is run": (
        *("task", "llm", "proxy", "selector", "explainer", "template", "arms", "shots", "keywords"),
        *("instruction", "tasks", "llms", "sets"),
    ),
    "How the LLM is asked": ("answer", "calibrate", "abstain", "unread", "repeats"),
    "How it is measured": (
        *("limit", "seed", "seeds", "draws", "min_gain", "max_p", "count", "discordance"),
    ),
    "Calls and caps": (
        *("max_concurrency", "cache", "prices"),
        *("max_calls", "max_tokens", "max_cost", "max_seconds"),
    ),
    "Output": ("out", "resume", "dry_run", "show", "metrics", "form", "as_json", "log"),
}
"""The names of parameters, by the group that lists them; the others are in the last group."""

REST = "Plugins, errors, help"


class GroupedCommand(click.Command):
    """A command with `GROUPS` in its help."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, group by group."""
        places = {name: group for group, names in GROUPS.items() for name in names}
        rows: dict[str, list[tuple[str, str]]] = {group: [] for group in (*GROUPS, REST)}
        for parameter in self.get_params(ctx):
            row = parameter.get_help_record(ctx)
            if isinstance(parameter, click.Option) and row is not None:
                rows[places.get(parameter.name or "", REST)].append(row)
        for group, of_group in rows.items():
            if of_group:
                with formatter.section(group):
                    formatter.write_dl(of_group)
