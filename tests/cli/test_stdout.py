"""Stdout holds a command's result and nothing else, whatever plugins print, and by what means."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from known.commands import LINE, MAIN
from known.runs import PLAN

from amplify.cli.main import main

if TYPE_CHECKING:
    from known.site import Site

NOISY = """
    from amplify import ExecutorComponent, ProviderComponent, hookimpl

    @hookimpl
    def amplify_providers():
        yield ProviderComponent(name="noisy", factory="{module}_live:Noisy", summary="prints")
"""

LIVE = """
    import atexit, ctypes, os, subprocess, sys, threading
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context
    from amplify import Completion

    FIRST = sys.stdout

    def say(word):
        print(word, "print")
        print(word, "original", file=sys.__stdout__)
        print(word, "kept", file=FIRST, end="")
        if sys.stdout is not None:
            sys.stdout.buffer.write(word.encode() + b" buffer ")
        os.write(1, word.encode() + b" write ")
        ctypes.CDLL(None).puts(word.encode() + b" puts")
        subprocess.run(["echo", word, "echo"], check=True)

    class Noisy:
        limit = None
        identity = {"provider": "noisy", "model": "noisy"}

        def __init__(self, options, context):
            say("built")
            if "NOISY_ENDS" in os.environ:
                atexit.register(say, "ended")

        def count_tokens(self, text):
            return len(text.split())

        def complete(self, requests):
            say("asked")
            thread = threading.Thread(target=say, args=("threaded",))
            thread.start()
            thread.join()
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                pool.submit(say, "worked").result()
            for index, request in enumerate(requests):
                yield index, Completion("good", "noisy")
            raise_if = os.environ.get("NOISY_RAISES")
            if raise_if:
                raise RuntimeError(raise_if)
"""

SAID = ("built", "asked", "threaded", "worked", "ended")
MEANS = ("print", "original", "kept", "buffer", "write", "puts", "echo")


@pytest.fixture
def noisy(site: Site, tmp_path: Path) -> Path:
    """A plan whose LLM prints by every means, wherever it is run."""
    site.add("amplify-noisy", NOISY, live=LIVE)
    rows = [f"day {n} of {'splendid' if n % 2 else 'dreadful'} things" for n in range(24)]
    labels = [f"{row},{'good' if n % 2 else 'bad'}" for n, row in enumerate(rows)]
    (tmp_path / "reviews.csv").write_text("\n".join(["text,label", *labels, ""]))
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN.format(llm='use = "noisy"', calls=""))
    return plan


def test_what_a_component_prints_never_reaches_the_result(
    site: Site, noisy: Path, tmp_path: Path
) -> None:
    done = site.amplify("run", str(noisy), "--out", str(tmp_path / "out"), "--json", NOISY_ENDS="1")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == json.loads((tmp_path / "out" / "record.json").read_text())
    # What stands in a buffer of its own as the process ends may not be written at all.
    written = [by for by in MEANS if by not in ("original", "puts")]
    said = {f"{word} {by}" for word in SAID for by in written}
    assert said <= {one for one in said if one in done.stderr}


def test_the_report_and_the_plan_are_the_result_alone(
    site: Site, noisy: Path, tmp_path: Path
) -> None:
    told = site.amplify("run", str(noisy), "--out", str(tmp_path / "out"))
    plan = site.amplify("plan", str(noisy), "--json")
    assert (told.returncode, plan.returncode) == (0, 0), told.stderr + plan.stderr
    assert not {word for word in MEANS if f" {word}" in told.stdout}
    assert json.loads(plan.stdout)["plan"]["llm"] == {"use": "noisy"}
    assert "built puts" in plan.stderr


STUDY = """
[study]
name = "noises"
seeds = [0]
[[tasks]]
name = "reviews"
plan = "plan.toml"
[[llms]]
name = "noisy"
llm.use = "noisy"
"""


@pytest.mark.parametrize("form", ["csv", "json", "markdown", "latex"])
def test_a_study_writes_its_table_alone(site: Site, noisy: Path, form: str) -> None:
    (noisy.parent / "study.toml").write_text(STUDY)
    place = str(noisy.parent / "made")
    done = site.amplify("study", str(noisy.parent / "study.toml"), "--out", place, "--format", form)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert not {word for word in SAID if f"{word} " in done.stdout}
    assert "asked print" in done.stderr


def test_a_run_that_fails_leaves_stdout_empty(site: Site, noisy: Path, tmp_path: Path) -> None:
    place = str(tmp_path / "out")
    done = site.amplify("run", str(noisy), "--out", place, "--json", NOISY_RAISES="no")
    assert (done.returncode, done.stdout) == (3, "")


PRINTS = "import os\nprint('spoken')\nos.write(1, b'written')\nfrom amplify import hookimpl\n"


def test_what_an_import_writes_never_reaches_a_listing_or_a_completion(site: Site) -> None:
    site.add("amplify-prints", PRINTS)
    done = site.amplify("list-plugins", "--json")
    plugins = {one["name"]: one for one in json.loads(done.stdout)["plugins"]}
    assert plugins["amplify-prints"]["problems"][0] == "prints at import: 'spoken'"
    assert done.stderr == "written"
    words = {"COMP_WORDS": "amplify show h-m", "COMP_CWORD": "2"}
    done = site.amplify(_AMPLIFY_COMPLETE="bash_complete", **words)
    assert done.stdout == "plain,h-mcs\n"


@pytest.mark.parametrize("closed", ["", ">&-", ">&- 2>&-", "2>&-"])
def test_a_process_that_was_started_without_streams_writes_into_no_file(
    site: Site, noisy: Path, tmp_path: Path, closed: str
) -> None:
    """A descriptor that is free is that of the next file which is opened: the journal, say."""
    command = f"{LINE} run {noisy} --out {tmp_path / 'out'} --json {closed}"
    done = site.python(["bash", "-c", command])
    assert done.returncode == 0
    assert len((tmp_path / "out" / "record.json").read_text()) > 100
    held = [path for path in (tmp_path / "out").iterdir() if b"puts" in path.read_bytes()]
    assert held == []


def test_a_reader_that_goes_away_ends_it_quietly(site: Site, noisy: Path) -> None:
    command = f"{LINE} list-plugins --json | true; echo ${{PIPESTATUS[0]}}"
    done = site.python(["bash", "-c", command])
    assert (done.stdout.strip() in ("0", "1"), done.stderr) == (True, "")


def test_a_command_line_run_in_this_process_gives_stdout_back(
    site: Site, noisy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sys.stdout
    with pytest.raises(SystemExit) as ended:
        main(["plan", str(noisy), "--json"])
    assert (ended.value.code, sys.stdout) == (0, before)
    out, err = capsys.readouterr()
    assert json.loads(out)["plan"]["llm"] == {"use": "noisy"}
    assert "built print" in err


def test_a_terminal_is_still_known_for_one(site: Site) -> None:
    pty = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))"
    done = site.python(
        [sys.executable, "-c", pty, *MAIN, "list-plugins"],
        TERM="xterm-256color",
        NO_COLOR="",
        COLUMNS="80",
    )
    assert done.returncode == 0
    assert "\x1b[32m" in done.stdout
