"""Numbers of thousands of digits on the command line, which Python takes for no number."""

from __future__ import annotations

from click import Command
from click.testing import CliRunner, Result

from amplify.cli.plan import plan
from amplify.cli.study import study

LONG = "9" * 5000


def refused(command: Command, *given: str) -> Result:
    done = CliRunner().invoke(command, given)
    assert done.exit_code == 2, done.output
    assert len(done.output) < 500
    return done


def test_a_count_of_shots_has_an_end() -> None:
    assert "neither a count nor" in refused(plan, "--shots", LONG).output


def test_a_seed_of_a_study_has_an_end() -> None:
    assert "is no list of numbers" in refused(study, "no.toml", "--seeds", f"0,{LONG}").output
