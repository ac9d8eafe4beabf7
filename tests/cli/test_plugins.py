"""The commands about plugins, run as a user runs them."""

from __future__ import annotations

import json
import os
import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest
from known.commands import LINE

from amplify import PlanError, __version__
from amplify.cli.plugins import print_declared_arms
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.presets import ARMS
from amplify.run.plan.read import resolve_plan

if TYPE_CHECKING:
    from known.site import Site

HOSTILE = "\x1b[31mred\x07 [bold]markup[/bold] [/] \u202eevil"


def listed(site: Site, *arguments: str, **env: str) -> dict[str, dict[str, object]]:
    """What `amplify list-plugins --json` tells, by plugin."""
    done = site.amplify(*arguments, "list-plugins", "--json", **env)
    assert (done.returncode, done.stderr) == (0, "")
    return {plugin["name"]: plugin for plugin in json.loads(done.stdout)["plugins"]}


def test_the_list_shows_every_plugin_and_its_problem(site: Site) -> None:
    site.add("amplify-opening")
    site.add("amplify-broken", "1 / 0")
    site.add("amplify-loud", "print('noise')\nfrom amplify import hookimpl\n")
    site.add("amplify-future", requires=["amplify-icl>=99"])
    done = site.amplify("--block", "nonesuch", "list-plugins", COLUMNS="200")
    assert (done.returncode, done.stderr) == (0, "")
    said = done.stdout
    assert "amplify-opening 1.0 loaded  a plugin of the tests\n  explainer" in said
    (row,) = [line for line in said.splitlines() if line.startswith("  explainer opening")]
    assert row.split()[2:] == ["the", "opening", "letters"]
    assert "amplify-broken 1.0 failed" in said
    assert "amplify-future 1.0 incompatible" in said
    assert "amplify-broken: import of amplify_broken_plugin fails: ZeroDivision" in said
    assert "amplify-loud: prints at import: 'noise'" in said
    assert f"amplify-future: needs amplify-icl >=99, installed is {__version__}" in said
    assert "--block nonesuch: no such plugin" in said


def test_the_json_list_is_json_whatever_plugins_print(site: Site) -> None:
    site.add("amplify-opening")
    site.add("amplify-loud", "print('noise')\n1 / 0")
    plugins = listed(site)
    assert plugins["amplify-opening"] == {
        "name": "amplify-opening",
        "short": "opening",
        "version": "1.0",
        "state": "loaded",
        "summary": "a plugin of the tests",
        "problems": [],
        "components": {"explainer": ["opening"]},
    }
    assert plugins["amplify-loud"]["state"] == "failed"


TRACE = "from pathlib import Path\nPath(__file__).with_suffix('.trace').touch()\n"


@pytest.mark.parametrize(
    ("arguments", "env"),
    [
        (("--block", "traced", "list-plugins"), {}),
        (("list-plugins", "--block", "amplify-traced"), {}),
        (("--block", "other,traced", "list-plugins", "--block", "more"), {}),
        (("list-plugins",), {"AMPLIFY_BLOCK": "other, traced"}),
        (("list-plugins", "--block", "other"), {"AMPLIFY_BLOCK": "traced"}),
        (("--no-plugins", "list-plugins"), {}),
        (("list-plugins", "--no-plugins"), {}),
        (("list-plugins",), {"AMPLIFY_NO_PLUGINS": "1"}),
        (("--help",), {}),
        (("list-plugins", "--help"), {}),
        (("show", "--help"), {}),
        (("--version",), {}),
    ],
)
def test_what_is_blocked_or_only_asks_for_help_imports_no_plugin(
    site: Site, arguments: tuple[str, ...], env: dict[str, str]
) -> None:
    module = site.add("amplify-traced", TRACE)
    done = site.amplify(*arguments, **env)
    assert (done.returncode, done.stderr) == (0, "")
    assert not (site.path / f"{module}.trace").exists()


def test_a_component_is_shown_with_options_and_environment(site: Site) -> None:
    site.add("amplify-opening")
    done = site.amplify("show", "opening", OPENING_KEY="s3cret", COLUMNS="120")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("opening/opening (explainer)\nthe opening letters\n")
    (row,) = [line for line in done.stdout.splitlines() if line.startswith("│ width")]
    assert [cell.strip() for cell in row.split("│")[1:-1]] == [
        "width",
        "int",
        "5",
        "how many letters",
    ]
    assert "OPENING_KEY is set" in done.stdout
    assert "s3cret" not in done.stdout
    assert "OPENING_KEY is missing" in site.amplify("show", "opening/opening").stdout


def test_a_component_as_json(site: Site) -> None:
    site.add("amplify-opening")
    done = site.amplify("show", "opening", "--json", OPENING_KEY="s3cret")
    assert json.loads(done.stdout) == [
        {
            "name": "opening",
            "qualified": "opening/opening",
            "role": "explainer",
            "plugin": "amplify-opening",
            "summary": "the opening letters",
            "offers": [],
            "needs": [],
            "options": [
                {
                    "name": "width",
                    "type": "int",
                    "default": 5,
                    "required": False,
                    "help": "how many letters",
                }
            ],
            "environment": {"OPENING_KEY": "set"},
        }
    ]


def test_every_component_that_is_listed_can_be_shown(site: Site) -> None:
    for plugin in listed(site, "--no-plugins").values():
        components: dict[str, list[str]] = plugin["components"]  # type: ignore[assignment]  # of JSON
        names = sorted({name for names in components.values() for name in names})
        shown = [json.loads(site.amplify("show", name, "--json").stdout) for name in names[:3]]
        assert [{one["name"] for one in found} for found in shown] == [{n} for n in names[:3]]


def test_text_of_plugins_reaches_no_terminal_as_it_is(site: Site) -> None:
    source = f"""
        from amplify import ExplainerComponent, hookimpl
        @hookimpl
        def amplify_explainers():
            yield ExplainerComponent(name="nasty", factory="m:A", summary={HOSTILE!r})
    """
    site.add("amplify-nasty", source)
    site.add("amplify-worse", f"raise ValueError({HOSTILE!r})", summary="[red]x[/red]")
    site.add("amplify-worst", f"print({HOSTILE!r})")
    shown = r"\x1b[31mred\x07 [bold]markup[/bold] [/] \u202eevil"
    for arguments in (("list-plugins",), ("show", "nasty"), ("show", "worst/x")):
        done = site.amplify(*arguments, FORCE_COLOR="1")
        said = done.stdout + done.stderr
        assert not set("\x07\u202e") & set(said)
        assert "\x1b[31mred" not in said
    assert shown in site.amplify("show", "nasty").stdout
    assert shown in site.amplify("list-plugins").stdout
    assert "[red]x[/red]" in site.amplify("list-plugins").stdout


def test_no_color_is_honoured(site: Site) -> None:
    environment = {"FORCE_COLOR": "1", "TERM": "xterm-256color"}
    assert "\x1b[32m" in site.amplify("list-plugins", **environment, NO_COLOR="").stdout
    assert "\x1b[32m" not in site.amplify("list-plugins", **environment, NO_COLOR="1").stdout


def test_a_terminal_without_unicode_is_served(site: Site) -> None:
    site.add("amplify-opening", summary="Eröffnung …", value="no_such_module_at_all")
    done = site.amplify("list-plugins", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert r"Er\xf6ffnung" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("show", "zzz"), 2, "amplify: unknown component 'zzz'"),
        (("show", "broken/zzz"), 3, "amplify: component broken/zzz: plugin amplify-broken is"),
        (("show",), 2, "Missing argument 'COMPONENT'"),
        (("list-plugin",), 2, "No such command 'list-plugin'"),
        (("list-plugins", "--jsn"), 2, "No such option"),
    ],
)
def test_errors_are_told_on_stderr_with_their_exit_code(
    site: Site, arguments: tuple[str, ...], code: int, said: str
) -> None:
    site.add("amplify-broken", "1 / 0")
    done = site.amplify(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "env"),
    [
        (("--debug", "show", "zzz"), {}),
        (("show", "zzz", "--debug"), {}),
        (("show", "zzz"), {"AMPLIFY_DEBUG": "1"}),
    ],
)
def test_a_traceback_is_shown_for_debugging(
    site: Site, arguments: tuple[str, ...], env: dict[str, str]
) -> None:
    assert "Traceback" in site.amplify(*arguments, **env).stderr
    assert "Traceback" not in site.amplify("show", "zzz", AMPLIFY_DEBUG="0").stderr


def test_an_interrupt_ends_with_its_code(site: Site) -> None:
    site.add("amplify-stop", "import os, signal\nos.kill(os.getpid(), signal.SIGINT)")
    done = site.amplify("list-plugins")
    told = "amplify: interrupted in plugin amplify-stop; to leave it out: --block stop\n"
    assert (done.returncode, done.stdout, done.stderr.lstrip("\n")) == (130, "", told)


def test_a_closed_pipe_is_no_error(site: Site) -> None:
    site.add("amplify-opening", summary="x" * 200_000, value="no_such_module_at_all")
    for arguments in ("list-plugins", "list-plugins --json"):
        command = f"{LINE} {arguments}"
        assert site.python(["bash", "-c", f"{command} | head -n 1"]).stderr == ""
        assert site.python(["bash", "-c", f"(sleep 0.2; {command}) | true"]).stderr == ""


def test_a_blocked_name_that_matches_nothing_is_told_beside_the_answer(site: Site) -> None:
    done = site.amplify("--block", "nonesuch", "show", "builtin/h-mcs", "--json")
    assert [one["name"] for one in json.loads(done.stdout)] == ["h-mcs"]
    assert done.stderr == "amplify: --block nonesuch: no such plugin is installed\n"


def test_closed_streams_are_no_error(site: Site) -> None:
    command = f"{LINE} list-plugins"
    for closed in (">&-", ">&- 2>&-"):
        assert site.python(["bash", "-c", f"{command} {closed}"]).returncode == 0
    assert site.python(["bash", "-c", f"{command}x >&- 2>&-"]).returncode == 2


def complete(site: Site, words: str) -> list[str]:
    """What bash is offered after `words`."""
    number = len(words.split(" ")) - 1
    done = site.amplify(_AMPLIFY_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(number))
    assert done.stderr == ""
    return [line.partition(",")[2] for line in done.stdout.split()]


def test_component_names_are_completed(site: Site) -> None:
    site.add("amplify-opening")
    assert complete(site, "amplify show openi") == ["opening"]
    assert complete(site, "amplify show opening/") == ["opening/opening"]
    assert complete(site, "amplify --block opening show openi") == []
    assert complete(site, "amplify run --explainer open") == ["opening"]
    assert complete(site, "amplify run --selector open") == []
    assert complete(site, "amplify list") == ["list-plugins"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_of_each_shell_is_printed(site: Site, shell: str) -> None:
    done = site.amplify("completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_AMPLIFY_COMPLETE={shell}_complete" in done.stdout
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=done.stdout, text=True, check=True, env=os.environ)


@pytest.mark.parametrize("columns", ["0", "1", "20"])
def test_tables_are_as_wide_as_can_be_read_whatever_the_terminal_says(
    site: Site, columns: str
) -> None:
    done = site.amplify("list-plugins", COLUMNS=columns)
    assert (done.returncode, done.stderr) == (0, "")
    assert "h-mcs" in done.stdout
    done = site.amplify("show", "csv", COLUMNS=columns)
    assert "delimiter" in done.stdout


def test_the_arms_of_the_toolkit_are_listed_and_shown_as_a_plan_declares_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_declared_arms(ARMS)
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == list(ARMS)
    print_declared_arms({"amplify": ARMS["amplify"]})
    shown = tomllib.loads(capsys.readouterr().out)
    assert shown == {"arms": [{"name": "amplify", **ARMS["amplify"]}]}
    with pytest.raises(PlanError) as caught:
        resolve_plan({}, Overrides(arms=("ampify",)), ".")
    assert "did you mean 'amplify'?" in str(caught.value)
    assert caught.value.hint.endswith("more; amplify show arms lists the toolkit's")
    assert len(caught.value.hint) < 200
