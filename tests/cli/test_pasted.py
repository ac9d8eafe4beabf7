"""The lines that say how to go on: nothing in them acts on a terminal, and a shell takes them."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from known.commands import executable
from known.site import Site
from known.weather import lay, record

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="pastes into bash")

PLAN = """
[task]
use = "csv"
path = "weather.csv"
[split]
train = 0
pool = 8
test = 12
[llm]
use = "voter"
[[arms]]
name = "zero-shot"
"""

STUDY = """
[study]
name = "pasted"
seeds = [0]
[[tasks]]
name = "weather"
task = { use = "csv", path = "weather.csv" }
split = { train = 0, pool = 8, test = 12 }
[[llms]]
name = "voter"
llm = { use = "voter" }
[[arms]]
name = "zero-shot"
"""

NAMES = ["out put", "-x", "a\x1b]52;c;cm0=\x07\x1b[2J$(touch pwned)'b\u202e", "`id`;it's", "~here"]


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    """A folder with a plan, a study and their data; the plugin of the tests is installed."""
    return lay(site, tmp_path, plan=PLAN, study=STUDY)


def shell(site: Site, place: Path, line: str, **env: str) -> subprocess.CompletedProcess[str]:
    """What a line does that is pasted into bash."""
    env |= {"PATH": executable(place), "KNOWN_LOG": str(place / "log")}
    return site.python(["bash", "-c", line], place, **env)


def pasted(done: subprocess.CompletedProcess[str], before: str) -> str:
    """The command line behind these words on stderr; all that was said can be shown."""
    assert (done.stdout + done.stderr).replace("\n", "").isprintable()
    found = re.findall(f"{before}: (amplify .*)", done.stderr)
    assert len(found) == 1, done.stderr
    return str(found[0])


@pytest.mark.parametrize("name", NAMES)
def test_a_run_goes_on_by_the_line_that_it_tells(site: Site, place: Path, name: str) -> None:
    """The name comes from the plan: whoever wrote it decides what is pasted."""
    out = "".join(f"\\U{ord(char):08X}" for char in f"./{name}")
    (place / "plan.toml").write_text(f'[run]\nout = "{out}"\n{PLAN}')
    done = shell(site, place, "amplify run plan.toml --max-calls 5", KNOWN_REFUSES="nothing")
    assert done.returncode == 1
    done = shell(site, place, pasted(done, "raise it to go on"))
    assert done.returncode == 0, done.stderr
    arm = record(place, name)["arms"][0]
    assert (arm["items"], arm["prepared"]) == (12, 0)
    assert not (place / "pwned").exists()


@pytest.mark.parametrize("name", NAMES[1:3])
def test_what_failed_is_asked_again_by_the_line_that_is_told(
    site: Site, place: Path, name: str
) -> None:
    out = shlex.quote(name)
    word = (place / "weather.csv").read_text().split("\n")[1].split(" ")[0]
    done = shell(site, place, f"amplify run plan.toml --out={out}", KNOWN_REFUSES=word)
    assert done.returncode == 1, done.stderr
    done = shell(site, place, pasted(done, "to ask again"))
    assert done.returncode == 0, done.stderr
    assert record(place, name)["arms"][0]["errors"] == 0


@pytest.mark.parametrize("name", NAMES[1:3])
def test_a_study_goes_on_by_the_line_that_it_tells(site: Site, place: Path, name: str) -> None:
    line = f"amplify study study.toml --out={shlex.quote(name)} --max-calls 5"
    done = shell(site, place, pasted(shell(site, place, line), "raise it to go on"))
    assert done.returncode == 0, done.stderr
    assert record(place, name)["results"][0]["arms"][0]["answers"] == 12


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("amplify run $'no\\x1b[2Jthing.toml'", 2),
        ("amplify run --seed $'\\x1b[2J'", 2),
        ("amplify --no\x1b[2Jthing", 2),
        ("amplify retry $'no\\x1b[2Jthing'", 2),
        ("AMPLIFY_SHOTS=$'\\x1b[2J' amplify run plan.toml", 2),
        ("AMPLIFY_CACHE_DIR=$'no\\x1b[2Jthing' amplify cache info", 0),
        ("AMPLIFY_CACHE_DIR=$'no\\x1b[2Jthing' amplify cache clear", 0),
        ("amplify show $'\\x1b[2J'", 2),
    ],
)
def test_what_is_given_is_shown_escaped(site: Site, place: Path, line: str, code: int) -> None:
    done = shell(site, place, line)
    assert done.returncode == code, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert "x1b" in done.stdout + done.stderr


def test_a_plan_is_shown_escaped_as_text_and_as_json(site: Site, place: Path) -> None:
    (place / "plan.toml").write_text(f'[run]\nout = "a\\u009b2J\\u202e\\u007f"\n{PLAN}')
    for more in ("", " --json"):
        done = shell(site, place, f"amplify plan plan.toml{more}")
        assert done.returncode == 0, done.stderr
        assert done.stdout.replace("\n", "").isprintable()
