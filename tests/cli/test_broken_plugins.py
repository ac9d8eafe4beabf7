"""Plugins that break in ways which could end a command, or say that all is well."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from known.frail import PLAN, lay
from known.site import Site

ENDS = (
    "raise SystemExit(0)",
    "raise SystemExit",
    "raise SystemExit(Exception)",
    "raise KeyboardInterrupt",
    "raise GeneratorExit",
    "raise StopIteration",
    "raise BaseExceptionGroup('x', [KeyboardInterrupt()])",
    "raise type('Own', (BaseException,), {})('mine')",
    "raise type('Shy', (Exception,), {'__str__': lambda self: 1 / 0})",
    "raise type('Fine', (AmplifyError,), {'exit_code': 0})('all is well')",
    "raise type('Inner', (PluginError,), {'exit_code': 70})('a bug of yours')",
    "raise type('Bare', (PlanError,), {'__init__': lambda self: None})()",
    "raise asyncio.CancelledError",
    "raise RecursionError",
)
"""Exceptions that end a process, or an `except Exception`, in their own way."""

PLACES = {
    "task": ("Task", "load", "self"),
    "selector": ("Selector", "select", "self, c, n, q"),
    "llm": ("Llm", "reply", "self, request"),
}


def ending(role: str, statement: str) -> str:
    """The plugin's code from the fault on: a method that ends as the statement says."""
    kind, method, given = PLACES[role]
    return f"def ending({given}):\n        {statement}\n    {kind}.{method} = ending"


def run(site: Site, folder: Path, *more: str) -> tuple[int, str, str]:
    """A run in a process of its own: its exit code, its stdout, its stderr."""
    plan, out = str(folder / "plan.toml"), str(folder / "out")
    done = site.amplify("run", plan, "--out", out, *more)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("statement", ENDS)
def test_no_plugin_ends_a_run_its_own_way(site: Site, tmp_path: Path, statement: str) -> None:
    lay(site, tmp_path, ending("llm", statement))
    code, out, told = run(site, tmp_path)
    assert (code, out) == (3, ""), told
    assert "llm frail/frail-llm of plugin amplify-frail 1.0" in told
    assert "amplify_frail_plugin_live.py:" in told
    # Python itself turns a StopIteration into another error where it leaves a generator.
    assert ("in complete" if "StopIteration" in statement else "in ending") in told
    assert "--resume" in told
    assert not (tmp_path / "out" / "record.json").exists()


@pytest.mark.parametrize("role", ["task", "selector"])
def test_nor_in_another_role(site: Site, tmp_path: Path, role: str) -> None:
    lay(site, tmp_path, ending(role, "raise SystemExit(0)"))
    code, _, told = run(site, tmp_path)
    assert code == 3, told
    assert f"{role} frail/frail-{role} of plugin amplify-frail 1.0" in told
    assert "calls sys.exit(0)" in told
    assert "in ending" in told


@pytest.mark.parametrize("statement", ["raise SystemExit(0)", "raise KeyboardInterrupt"])
def test_nor_where_a_component_is_built_or_its_code_imported(
    site: Site, tmp_path: Path, statement: str
) -> None:
    built = f"def ending(self, options, context):\n        {statement}\n    Llm.__init__ = ending"
    lay(site, tmp_path, built)
    code, _, told = run(site, tmp_path)
    assert (code, "cannot be built" in told, "in ending" in told) == (3, True, True), told
    live = site.path / "amplify_frail_plugin_live.py"
    live.write_text(live.read_text() + f"\n{statement}\n")
    code, _, told = run(site, tmp_path)
    assert (code, "cannot import" in told, "amplify-frail 1.0" in told) == (3, True, True), told


def test_the_users_own_interrupt_stays_one(site: Site, tmp_path: Path) -> None:
    # The signal comes while the plugin's own code runs, and out of no `raise`.
    signal = "import os, signal; os.kill(os.getpid(), signal.SIGINT); [0 for _ in range(10**6)]"
    lay(site, tmp_path, ending("llm", signal))
    code, _, told = run(site, tmp_path)
    assert code == 130, told


def replies(folder: Path) -> dict[str, list[str]]:
    """The prompts of each arm, as texts."""
    found: dict[str, list[str]] = {}
    for line in (folder / "out" / "prompts.jsonl").read_text().splitlines():
        row = json.loads(line)
        found.setdefault(row["arm"], []).append(row["messages"][-1]["content"])
    return found


TELLS = (
    "def item_part(self, e):\n        return f'Q: {e.text} hint: {e.label}\\nA:'\n"
    "    Template.item_part = item_part"
)
CHATS = "Template.chat, Template.system = True, True"
GUESSES = (
    "def reply(self, request):\n"
    "        *_, hint = request.prompt.item_part.split('hint: ')\n"
    "        return Completion(hint.split('\\n')[0] or 'none', 'votes')\n"
    "    Llm.reply = reply"
)


@pytest.mark.parametrize("faults", [(TELLS, GUESSES), (TELLS, GUESSES, CHATS)])
def test_a_template_that_shows_the_label_shows_nothing(
    site: Site, tmp_path: Path, faults: Sequence[str]
) -> None:
    lay(site, tmp_path, "\n    ".join(faults))
    code, _, told = run(site, tmp_path, "--max-p", "0.05")
    assert code == 4, told
    for prompts in replies(tmp_path).values():
        assert all(prompt.endswith("hint: \nA:") for prompt in prompts)
    record = json.loads((tmp_path / "out" / "record.json").read_text())
    assert [arm["accuracy"] for arm in record["arms"]] == [0.0, 0.0]


def test_the_pool_is_asked_without_its_labels_too(site: Site, tmp_path: Path) -> None:
    plan = PLAN.replace("[split]", '[survey]\narm = "plain"\nerrors = "llm"\n[split]')
    plan = plan.replace('selector = "frail-selector"', 'selector = "errors"')
    lay(site, tmp_path, f"{TELLS}\n    {GUESSES}", plan)
    run(site, tmp_path)
    rows = (tmp_path / "out" / "calls.jsonl").read_text().splitlines()
    pool = [json.loads(row)["completion"]["text"] for row in rows][:10]
    assert pool == ["none"] * 10


def test_a_proxy_scores_without_seeing_the_label(site: Site, tmp_path: Path) -> None:
    cheats = (
        "OLD = Proxy.score\n"
        "    def score(self, e):\n"
        "        assert not e.label, e.label\n"
        "        return OLD(self, e)\n"
        "    Proxy.score = score"
    )
    lay(site, tmp_path, cheats)
    code, _, told = run(site, tmp_path)
    assert code == 0, told


def test_ids_that_hold_the_labels_are_noted(site: Site, tmp_path: Path) -> None:
    telling = (
        "OLD = Task.load\n"
        "    def load(self):\n"
        "        found = OLD(self)\n"
        "        named = (replace(e, id=f'{e.label}-{e.id}') for e in found.examples)\n"
        "        return replace(found, examples=tuple(named))\n"
        "    Task.load = load"
    )
    lay(site, tmp_path, telling)
    code, _, told = run(site, tmp_path)
    assert code == 0, told
    record = json.loads((tmp_path / "out" / "record.json").read_text())
    assert any("the ids hold the labels (for instance 'cold-day-" in n for n in record["notes"])


def test_spans_that_cut_words_are_noted(site: Site, tmp_path: Path) -> None:
    cuts = (
        "def explain(self, proxy, claims):\n"
        "        return [Explanation(c.example, c.target, (Span(0, 1, 1.0),)) for c in claims]\n"
        "    Explainer.explain = explain"
    )
    lay(site, tmp_path, cuts)
    code, out, told = run(site, tmp_path)
    assert code == 0, told
    assert "2 scored spans cut words (for instance '" in " ".join(out.split())
