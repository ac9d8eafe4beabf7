"""Prompts and tests of promptfoo, and items of OpenAI's evals, become plans that run."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from amplify.contract.errors import AmplifyError, DataError
from amplify.host import Host
from amplify.run.execute import execute
from amplify.run.imports.evals import read_evals
from amplify.run.imports.imported import Imported
from amplify.run.imports.promptfoo import read_promptfoo
from amplify.run.imports.write import write_plan
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.read import read_plan
from amplify.run.store.run_folder import RunFolder
from amplify.run.wiring.wire import wire

pytest.importorskip("yaml")

CONFIG = r"""
description: mails
prompts:
  - "Is {{ mail }} one of {{kinds}}?{# a remark #}\nLabel of {{mail}}:"
  - label: chat
    raw: >-
      [{"role": "system", "content": "Say {{ '{' }}bug} or praise."},
       {"role": "user", "content": "crash"}, {"role": "assistant", "content": "bug"},
       {"role": "user", "content": "{{mail}}"}]
  - file://more.txt
providers:
  - openai:chat:gpt-4o-mini:ft
  - id: openai:chat:known-1
defaultTest:
  vars: {kinds: "bug, praise"}
tests:
  - vars: {mail: "it crashes"}
    assert: [{type: is-json}, {type: equals, value: bug}]
  - vars: {mail: "love it", wanted: praise}
    assert: [{type: icontains, value: "{{wanted}}"}]
  - vars: {mail: "hm"}
    assert: [{type: llm-rubric, value: is polite}]
  - file://rows.csv
scenarios: []
"""
ALIASES = "aliases:\n- &a [x]\n" + "".join(
    f"- &{name} [{f'*{inner}, ' * 60}]\n" for inner, name in pairwise("abcdefgh")
)
ROWS = 'mail,__expected\n"=1+1, ""good""",contains: praise\nbroken,bug\n,python: x\n'


def ran(imported: Imported, place: Path) -> list[dict[str, Any]]:
    """The prompts of a run of the plan, which asks nobody."""
    write_plan(imported, place / "source", place / "plan.toml")
    plan = read_plan(place / "plan.toml", Overrides(llm="builtin/none"))
    execute(wire(plan, Host.load(plugins=False)), RunFolder(place / "out"))
    return [*map(json.loads, (place / "out" / "prompts.jsonl").read_text().splitlines())]


def test_a_promptfoo_configuration_becomes_a_plan_that_runs(tmp_path: Path) -> None:
    path = tmp_path / "promptfooconfig.yaml"
    path.write_text(CONFIG)
    (tmp_path / "rows.csv").write_text(ROWS)
    (tmp_path / "more.txt").write_text("First: {{mail}}\n---\nSecond, of {{kinds}}: {{mail}}")
    imported = read_promptfoo(path)
    assert [(item.text, item.label) for item in imported.items] == [
        ("it crashes", "bug"),
        ("love it", "praise"),
        ('=1+1, "good"', "praise"),
        ("broken", "bug"),
    ]
    told = " ".join(imported.notes)
    for words in ("2 of 6 tests", "'scenarios'", "the first is taken", "gpt-4o-mini:ft"):
        assert words in told
    prompts = ran(imported, tmp_path)
    assert {row["arm"] for row in prompts} == {"prompt 1", "chat", "more", "more 4"}
    of_item = {row["arm"]: row["messages"] for row in prompts if row["item"] == "plan-items-0002"}
    text = '=1+1, "good"'
    assert of_item["prompt 1"] == [
        {"role": "user", "content": f"Is {text} one of bug, praise?\nLabel of {text}:"}
    ]
    assert of_item["chat"] == [
        {"role": "system", "content": "Say {bug} or praise."},
        {"role": "user", "content": "crash"},
        {"role": "assistant", "content": "bug"},
        {"role": "user", "content": text},
    ]
    assert of_item["more 4"] == [{"role": "user", "content": f"Second, of bug, praise: {text}"}]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{{kinds}}?", "{% if kinds %}?", "has more than variables"),
        ("{{kinds}}?", "{{ kinds | upper }}?", "has more than variables"),
        ("- file://more.txt", "- file://prompt.py", "only texts and JSON"),
        ('{kinds: "bug, praise"}', "{}", "no test has a value of each variable"),
        ("Say {{", "{{mail}} {{", "in another message than the last one"),
        ('{mail: "it crashes"}', "{mail: [a, b]}", "test 1: variable 'mail' is no text"),
        ('{mail: "love it", ', '{mail: "love it", kinds: more, ', "one variable is to be the"),
        ("- file://rows.csv", "- file://rows.xlsx", "not from 'file://rows.xlsx'"),
        ('"Say {{', '"Say "{{', "looks like messages"),
        ("prompts:", "prompt: [", "cannot be read"),
        ("prompts:", "prompt:", "it has no `prompts`"),
        ("assert: [{type: llm-rubric", "assert: 3 # [{type: llm-rubric", "to be a list"),
        ("prompts:", f"prompts: {'[' * 5000}", "cannot be read"),
        ("- file://more.txt", "- '[]'", "a list without messages"),
        ("- file://more.txt", f"- '{'[' * 100_000} role'", "looks like messages"),
        ("- file://rows.csv", "- file://deep.json", "cannot be read"),
        ("prompts:", f"{ALIASES}prompts:\n  - *h", "a prompt is no text: list"),
    ],
)
def test_what_cannot_be_carried_over_is_refused(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    assert old in CONFIG
    (tmp_path / "promptfooconfig.yaml").write_text(CONFIG.replace(old, new, 1))
    (tmp_path / "rows.csv").write_text(ROWS)
    (tmp_path / "more.txt").write_text("Third: {{mail}}")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    with pytest.raises(AmplifyError) as caught:
        read_promptfoo(tmp_path / "promptfooconfig.yaml")
    assert words in str(caught.value)


@pytest.mark.parametrize("place", ["../outside", "{outside}", "linked"])
@pytest.mark.parametrize("kind", ["more.txt", "rows.csv"])
def test_a_file_outside_the_folder_is_read_where_that_is_allowed(
    tmp_path: Path, place: str, kind: str
) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    for each in (outside, folder):
        each.mkdir()
        (each / "more.txt").write_text("First: {{mail}}")
        (each / "rows.csv").write_text(ROWS)
    (folder / "linked").symlink_to(outside)
    path = folder / "promptfooconfig.yaml"
    named = place.format(outside=outside)
    path.write_text(CONFIG.replace(f"file://{kind}", f"file://{named}/{kind}"))
    with pytest.raises(DataError) as caught:
        read_promptfoo(path)
    assert f"names a file outside its folder, '{outside}/{kind}', which is not" in str(caught.value)
    assert caught.value.hint == f"where you trust it: --allow-read {outside}"
    imported = read_promptfoo(path, [outside])
    assert len(imported.items) == 4
    assert imported.notes[0].startswith("read with it: ")
    for name in ("more.txt", "rows.csv"):
        assert f"/{name}" in imported.notes[0]


PLAIN = """
prompts:
  - {label: a 3, raw: "Of   {{- x -}}   :{# who -#}  "}
  - {label: a, raw: "{{x}}"}
  - {label: a, raw: "Again {{x}}"}
  - {label: answer-only, raw: "Only {{x}}"}
  - file://more.txt
  - file://more.md
tests:
  - {vars: {x: no}, assert: [{type: equals, value: yes}]}
  - {vars: {x: 1:30, label: late}, assert: [{type: equals, value: 7}]}
  - {vars: {x: 2024-01-02}, assert: [{type: equals, value: true}]}
  - file://rows.csv
  - file://rows.jsonl
"""


def test_texts_labels_and_prompts_are_those_of_promptfoo(tmp_path: Path) -> None:
    (tmp_path / "promptfooconfig.yaml").write_text(PLAIN)
    (tmp_path / "more.txt").write_bytes(b"One {{x}}\r\n---\r\nTwo {{x}}\r\n")
    (tmp_path / "more.md").write_text("# Three\n---\n{{x}}")
    (tmp_path / "rows.csv").write_text("x,__expected\na\u2028b,c\n")
    (tmp_path / "rows.jsonl").write_text('{"x": "d\u2028e", "label": "f"}\n')
    imported = read_promptfoo(tmp_path / "promptfooconfig.yaml")
    assert [(item.text, item.label) for item in imported.items] == [
        ("no", "yes"),
        ("1:30", "7"),
        ("2024-01-02", "true"),
        ("a\u2028b", "c"),
        ("d\u2028e", "f"),
    ]
    by_name = {prompt.name: prompt.messages[0].content for prompt in imported.prompts}
    assert by_name == {
        "a 3": "Of{{input}}:",
        "a": "{{input}}",
        "a 3 3": "Again {{input}}",
        "answer-only 4": "Only {{input}}",
        "more": "One {{input}}",
        "more 6": "Two {{input}}",
        "more 7": "# Three\n---\n{{input}}",
    }


def evals(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def row(text: str, ideal: object, system: str = "Say bug or praise.") -> dict[str, Any]:
    turns = [{"role": "system", "content": system}, {"role": "user", "content": text}]
    return {"input": turns, "ideal": ideal}


def test_openai_evals_become_a_plan_that_runs(tmp_path: Path) -> None:
    rows = [row(f"note {n} of {'x' * n}", ("bug", "praise")[n % 2]) for n in range(44)]
    rows[3]["ideal"] = ["praise", "Praise!"]
    imported = read_evals(evals(tmp_path / "samples.jsonl", *rows))
    assert imported.notes == ["1 row has several ideal answers: the first is the label"]
    prompts = ran(imported, tmp_path)
    # There are items enough to compare the prompt with one that has demonstrations.
    assert {row["arm"] for row in prompts} == {"imported", "answer-only"}
    of_arm = {row["item"]: row["messages"] for row in prompts if row["arm"] == "imported"}
    assert len(of_arm) == 22
    for item, messages in of_arm.items():
        assert messages == rows[int(item[-4:])]["input"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([row("a", "b"), row("c", "d", "another")], ":2"),
        ([row("a", "b"), row("c", "d", "another")], "has other messages ahead"),
        ([row("a", [])], "has no ideal answer"),
        ([{"item": {"text": "a", "label": "b"}}], "is no row of an eval"),
        ([{"input": [{"role": "assistant", "content": "a"}], "ideal": "b"}], "of the user"),
        ([{"input": [{"role": "system", "content": "a"}], "ideal": "b"}], "of the user"),
        ([row("a", "b", "Of {{input}}:")], "ahead of the last one holds {{input}}"),
        ([], "holds no rows"),
    ],
)
def test_rows_that_share_no_prompt_are_refused(tmp_path: Path, rows: list[Any], words: str) -> None:
    with pytest.raises(AmplifyError) as caught:
        read_evals(evals(tmp_path / "samples.jsonl", *rows))
    assert words in str(caught.value)


PROMPT = [{"role": "user", "content": "Of <<text>>: <<text>>?"}]


def test_the_template_refuses_files_without_a_place_for_the_input(tmp_path: Path) -> None:
    plan = (
        '[task]\nuse = "data"\npath = "items.jsonl"\n[llm]\nuse = "none"\n[split]\ntrain = 0\n'
        'pool = 4\ntest = "all"\n[[arms]]\nname = "own"\n'
        'template = { use = "prompt", path = "prompt.json", input = "<<text>>" }\n'
    )
    rows = [{"text": f"note {n} {'x' * n}", "label": "ab"[n % 2]} for n in range(12)]
    (tmp_path / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    host = Host.load(plugins=False)

    def run(out: str, prompt: object, more: str = "") -> None:
        (tmp_path / "prompt.json").write_text(json.dumps(prompt))
        (tmp_path / "plan.toml").write_text(plan + more)
        execute(wire(read_plan(tmp_path / "plan.toml"), host), RunFolder(tmp_path / out))

    run("out", PROMPT)
    assert "Of note 0 : note 0 ?" in (tmp_path / "out" / "prompts.jsonl").read_text()
    refused = {
        "does not stand in the last message": [{"role": "user", "content": "{{input}}"}],
        "message 1 lacks a role": [{"role": "tool", "content": "<<text>>"}],
        "holds no list of messages": {"content": "<<text>>"},
    }
    for number, (words, prompt) in enumerate(refused.items()):
        with pytest.raises(AmplifyError, match=words):
            run(f"out {number}", prompt)
    with pytest.raises(AmplifyError, match="no demonstrations can be put"):
        run("out shown", PROMPT, 'selector = "random"\nshots = 2\n')
    plan = plan.replace("<<text>>", "")
    with pytest.raises(AmplifyError, match="`input` names no mark"):
        run("out unmarked", PROMPT)
