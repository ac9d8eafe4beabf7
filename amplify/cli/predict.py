"""The commands `predict` and `evaluate`: label texts with the finished prompt of a run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.exceptions import Exit

from amplify.cli.call_options import calling_options, take_call_options
from amplify.cli.common import (
    Command,
    common,
    complete_component,
    load_host,
    print_result,
)
from amplify.cli.messages import json_text, print_message
from amplify.cli.output_file import output_option
from amplify.cli.plan_options import JSON
from amplify.cli.prompt_options import chosen_prompt
from amplify.contract.errors import PlanError
from amplify.contract.grammar import counted
from amplify.contract.guard.paths import home, same_file
from amplify.contract.guard.visible import shell_option, shell_word, visible_lines
from amplify.report.result_stream import result_stream
from amplify.report.standard_streams import write_problem

if TYPE_CHECKING:
    from amplify.run.prompt.predict import Tally


def _labelling(command: Command) -> Command:
    """`command` with the arguments and options that `predict` and `evaluate` share."""
    options = (
        chosen_prompt,
        click.argument(
            "inputs",
            metavar="INPUT...",
            nargs=-1,
            required=True,
            type=click.Path(path_type=Path),
        ),
        output_option(
            "The file that is written, row by row: CSV, or JSON lines by a name in .jsonl.",
            "AMPLIFY_OUTPUT",
        ),
        click.option(
            "--resume",
            is_flag=True,
            envvar="AMPLIFY_RESUME",
            help="Go on with the file: what failed is asked again, and what is missing is added.",
        ),
        click.option(
            "--format",
            "form",
            type=click.Choice(["auto", "csv", "jsonl", "lines"]),
            default="auto",
            envvar="AMPLIFY_FORMAT",
            show_default=True,
            help="How a file of text is written: as a table, as JSON lines or JSON, or a text a"
            " line; auto: as its name and first lines say. Parquet and the like are recognised.",
        ),
        click.option(
            "--text",
            metavar="COLUMN",
            envvar="AMPLIFY_TEXT",
            help="The column of texts (default: as in the run's data, else a usual name).",
        ),
        click.option(
            "--id",
            "identifier",
            metavar="COLUMN",
            envvar="AMPLIFY_ID",
            help="The column of identifiers, which the output repeats (default: as in the run's"
            " data, else one named id).",
        ),
        click.option(
            "--llm",
            metavar="COMPONENT",
            envvar="AMPLIFY_LLM",
            shell_complete=complete_component("llm"),
            help="Another LLM than the one that the prompt was measured with.",
        ),
        click.option(
            "--llm-option",
            "llm_options",
            metavar="KEY=VALUE",
            multiple=True,
            envvar="AMPLIFY_LLM_OPTIONS",
            help="Set an option of the LLM, e.g. model=NAME; may be repeated.",
        ),
        calling_options,
        common,
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@_labelling
@click.pass_context
def predict(context: click.Context, /, **arguments: Any) -> int:
    """Label texts with the prompt of a run.

    RUN is a run's folder, PROMPT a file of `amplify export`. INPUT are files of texts without
    labels, of any format that the task `data` reads; - is the standard input. Rows
    are written as the replies come; the replies of services are taken from the cache, and kept
    there. Exit codes: 0 done, 1 some calls failed or a cap stopped the command, 2 bad prompt or
    data, 3 a plugin failed, 130 interrupted.
    """
    _, code = _label(context, arguments, labelled=False)
    return code


@click.command()
@_labelling
@click.option(
    "--label",
    metavar="COLUMN",
    envvar="AMPLIFY_LABEL",
    help="The column of true labels (default: as in the run's data, else a usual name).",
)
@JSON
@click.pass_context
def evaluate(context: click.Context, /, as_json: bool, **arguments: Any) -> int:
    """Label a labelled file with the prompt of a run, and score the labels.

    As `amplify predict`, where INPUT has labels too: they are compared with, and never shown to the
    LLM. Without -o no labels are written. Texts whose label the prompt does not know are not
    scored. Exit codes are those of `amplify predict`, and 1 where such texts are there.
    """
    from amplify.report.evaluation import evaluation_lines, evaluation_table, is_unscorable

    tally, code = _label(context, arguments, labelled=True)
    prompt = arguments["loaded"]
    if as_json:
        print_result(json_text(evaluation_table(tally, prompt.finished)))
    else:
        for line in evaluation_lines(tally, prompt.finished):
            print_result(line)
    return code or int(is_unscorable(tally, prompt.finished))


def _label(context: click.Context, arguments: dict[str, Any], labelled: bool) -> tuple[Tally, int]:
    """Label the input; what became of it, and the exit code."""
    from amplify.report.console import errors
    from amplify.report.progress import Phases
    from amplify.run.plan.sections import CallsSection
    from amplify.run.prompt.begun_output import output_kept
    from amplify.run.prompt.inputs import Inputs
    from amplify.run.prompt.load import load_prompt
    from amplify.run.prompt.predict import predict as predict_all
    from amplify.run.prompt.predict import predict_into
    from amplify.run.prompt.results import Results

    output: Path | None = arguments["output"]
    inputs = [path if str(path) == "-" else home(path) for path in arguments["inputs"]]
    _check(output, inputs, arguments["resume"])
    calls = replace(CallsSection(), **take_call_options(arguments))
    host = load_host(context)
    options = _options(arguments["llm_options"])
    where = (arguments["arm"], arguments["draw"], arguments["llm"])
    prompt = load_prompt(arguments["prompt"], host, *where, options, calls, print_message)
    arguments["loaded"] = prompt
    finished = prompt.finished
    ranked = finished.answer.mode != "write"
    jsonl = output is not None and output.suffix.lower() in (".jsonl", ".ndjson")
    named, rows = Inputs(
        inputs,
        getattr(sys.stdin, "buffer", None),
        host,
        arguments["form"],
        arguments["text"],
        arguments.get("label"),
        arguments["identifier"],
        finished.columns,
        labelled,
        print_message,
    ).begun()
    results = Results("jsonl" if jsonl else "csv", finished.labels, ranked, labelled, named)
    phases = Phases(errors())
    try:
        with prompt.opened(warn=print_message) as labeller, phases("label", None) as advance:
            if output is not None:
                resume = arguments["resume"]
                with output_kept(output, labeller, results, resume, print_message):
                    tally = predict_into(labeller, rows, results, output, resume, advance)
            else:
                write = _ignore if labelled else _writer()
                tally = predict_all(labeller, rows(), results, write, advance)
    except KeyboardInterrupt:
        if output is not None and output.exists():
            print_message(f"what was labelled is kept; to go on: {_again(context, output)}")
        raise
    if labeller.stop is not None:
        print_message(f"{labeller.stop.message}; the texts that follow were not asked about")
    _report(tally, output)
    undone = bool(tally.undone) or labeller.stop is not None
    if undone and output is not None:
        print_message(f"to go on: {_again(context, output)}")
    return tally, int(undone)


def _check(output: Path | None, inputs: list[Path], resume: bool) -> None:
    """PlanError where the output cannot be gone on with, or is one of the inputs."""
    if resume and output is None:
        raise PlanError("there is no file to go on with", where="--resume", hint="name it with -o")
    if resume and any(str(path) == "-" for path in inputs):
        raise PlanError(
            "what came on the standard input is gone",
            where="--resume",
            hint="give the texts as a file",
        )
    if output is not None and any(same_file(output, path) for path in inputs):
        raise PlanError("the output is one of the inputs", where="-o")


def _options(pairs: tuple[str, ...]) -> dict[str, Any]:
    """The options of the LLM that the command line sets; values as in a plan."""
    from amplify.run.plan.toml import parse_toml

    options: dict[str, Any] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key:
            raise PlanError(f"{pair!r} is not KEY=VALUE", where="--llm-option")
        try:
            options[key] = parse_toml(f"value = {value}")["value"]
        except ValueError:
            options[key] = value
    return options


def _writer() -> Callable[[str], None]:
    """Writes rows to the standard output; what a terminal would act on is escaped there."""
    stream = result_stream()
    terminal = stream.isatty()

    def write(text: str) -> None:
        if text:
            print_result(visible_lines(text) if terminal else text, nl=False)
        if write_problem(stream) is not None:
            raise Exit(1)  # nothing is paid that cannot be written; the reason is told at the end

    return write


def _ignore(text: str) -> None:
    """Write no rows."""


def _again(context: click.Context, output: Path) -> str:
    """The command line that goes on with the file, with the words that this process was given."""
    words = [word for word in sys.argv[1:] if word != "--resume"]
    given = " ".join(map(shell_word, words))
    if context.info_name not in words:
        given = f"{context.info_name} … {shell_option('-o', output)}"
    return f"amplify {given} --resume"


def _report(tally: Tally, output: Path | None) -> None:
    """Say on stderr what became of the texts."""
    total = tally.statuses.total()
    kept = f"{counted(tally.kept, 'row was', 'rows were')} there already, " if tally.kept else ""
    words = {"unparsed": "unread (status unparsed)"}
    counts = ", ".join(
        f"{count:,} {words.get(status, status)}" for status, count in tally.statuses.most_common()
    )
    where = f" in {output}" if output is not None else ""
    print_message(
        f"{kept}{counted(total, 'text')} labelled{where}" + (f": {counts}" if counts else "")
    )
