"""The command `import`: make a plan of the prompts and tests of another tool."""

from __future__ import annotations

from pathlib import Path

import click

from amplify.cli.common import common, home_path, print_result
from amplify.cli.messages import print_message
from amplify.cli.output_file import check_new, make_parent, plan_file_options
from amplify.contract.errors import PlanError
from amplify.contract.guard.paths import home, there
from amplify.contract.guard.visible import shell_word, visible


@click.command(name="import")
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path), callback=home_path)
@plan_file_options("; items and prompts are written beside it", "files of these names")
@click.option(
    "--allow-read",
    "allowed",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FOLDER",
    help="A folder from which files that FILE names may be read too (default: that of FILE alone);"
    " may be repeated.",
)
@common
def import_prompt(source: Path, out: Path, allowed: tuple[Path, ...], force: bool) -> int:
    """Make a plan of the prompts and tests of another tool.

    FILE is a promptfooconfig.yaml, or JSON lines of OpenAI's evals. Each prompt becomes an arm, the
    tests become labelled items. Files that FILE names are read from its folder, and said. What
    cannot be taken over is said, or refused. No call is made.
    Exit codes: 0 done, 2 a file that cannot be taken over, or a plan that is there already.
    """
    from amplify.run.imports.evals import read_evals
    from amplify.run.imports.promptfoo import read_promptfoo
    from amplify.run.imports.write import write_plan
    from amplify.run.store.read_back import reading

    if not there(source):
        raise PlanError("there is no such file", where=str(source))
    check_new(out, force)
    lines = source.suffix.lower() in (".jsonl", ".ndjson")
    with reading(
        source, "cannot be read", "FILE is a promptfooconfig.yaml, or JSON lines of evals"
    ):
        imported = read_evals(source) if lines else read_promptfoo(source, [*map(home, allowed)])
    for note in imported.notes:
        print_message(f"note: {visible(note)}")
    make_parent(out)
    for path in write_plan(imported, source, out, force):
        print_result(f"wrote {visible(path)}")
    print_result(f"look the plan over, then: amplify plan {shell_word(out)}")
    return 0
