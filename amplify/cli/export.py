"""The command `export`: take the finished prompt of a run away."""

from __future__ import annotations

from pathlib import Path

import click

from amplify.cli.common import common, load_host, print_result
from amplify.cli.messages import print_message
from amplify.cli.output_file import output_option, write_output
from amplify.cli.prompt_options import chosen_prompt
from amplify.contract.errors import PlanError
from amplify.contract.guard.paths import same_file
from amplify.contract.guard.visible import shell_word, visible_lines
from amplify.report.result_stream import result_stream
from amplify.run.prompt.exports.formats import FORMATS, export, left_out, to_fill_in


@click.command(name="export")
@chosen_prompt
@click.option(
    "--to",
    type=click.Choice(list(FORMATS)),
    default="prompt",
    envvar="AMPLIFY_TO",
    show_default=True,
    help="; ".join(f"{name}: {form.summary}" for name, form in FORMATS.items()) + ".",
)
@output_option(
    "The file to write; a file of this name is replaced (default: print it).", "AMPLIFY_OUTPUT"
)
@common
@click.pass_context
def export_prompt(
    context: click.Context,
    /,
    prompt: Path,
    arm: str | None,
    draw: int | None,
    to: str,
    output: Path | None,
) -> int:
    """Take the finished prompt of a run away: a file with a slot for the input.

    PROMPT is the folder of a run, or a file that this command wrote. The prompt is that of the
    run's focus, of its baseline where the run shows that the focus does worse, or, of a tune, the
    one that it has chosen; --arm names another arm. Nothing is asked and nothing fitted. The file
    says how messages are laid out, how the answer is asked for and read, and where the prompt comes
    from: its demonstrations, their key words, and the gain.
    """
    from amplify.run.prompt.load import finished_at

    if to != "prompt" and output is not None and same_file(output, prompt):
        raise PlanError("is the prompt that is exported", where=str(output), hint="-o FILE")
    finished, _ = finished_at(prompt, load_host(context), arm, draw, print_message)
    text = export(finished, to)
    for line in left_out(finished, to):
        print_message(f"left out in this format: {line}")
    for line in to_fill_in(finished, to):
        print_message(line)
    if output is None:
        terminal = result_stream().isatty()
        print_result(visible_lines(text) if terminal else text, nl=not text.endswith("\n"))
        return 0
    write_output(output, text)
    print_message(f"{output}: the prompt of {finished.name}, {FORMATS[to].summary}")
    if to == "prompt":
        print_message(f"to label texts with it: amplify predict {shell_word(output)} FILE")
    return 0
