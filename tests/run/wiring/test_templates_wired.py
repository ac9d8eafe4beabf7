"""What a plan's templates mean for its arms: how replies are read, and which layouts are mixed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from amplify import PlanError
from amplify.host.load import Host
from amplify.loop.prompt.arm import Arm
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.read import read_plan
from amplify.run.wiring.wire import Wiring, wire

PLAN = """
[run]
parser = "{parser}"
[task]
use = "csv"
path = "data.csv"
[split]
train = 0
pool = 4
test = 4
[llm]
use = "none"
[[arms]]
name = "plain"
selector = "random"
shots = 2
[[arms]]
name = "words"
like = "plain"
explainer = "builtin/random"
template = {template}
"""


def wired(tmp_path: Path, template: str, parser: str = "default") -> Wiring:
    rows = [f"item {i} is {('low', 'high')[i % 2]},{('low', 'high')[i % 2]}" for i in range(20)]
    (tmp_path / "data.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    (tmp_path / "own.jinja").write_text("{% block answer %}=> {{ label }}{% endblock %}")
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN.format(template=template, parser=parser))
    return wire(read_plan(plan, Overrides()), Host.load(plugins=False))


def arms(wiring: Wiring) -> list[Arm]:
    with ThreadPoolExecutor(1) as executor:
        return wiring.build_arms(wiring.load_task(), lambda requests: [], executor)


@pytest.mark.parametrize(
    ("template", "first", "prefix"),
    [
        ('"key-words"', False, "The answer is"),
        ('{ use = "key-words", rationale = "after", prefix = "Label:" }', True, "Label:"),
        ('{ use = "file", path = "own.jinja" }', False, "=>"),
        ('"answer-only"', False, ""),
    ],
)
def test_an_arm_reads_replies_as_its_template_states_answers(
    tmp_path: Path, template: str, first: bool, prefix: str
) -> None:
    plain, words = arms(wired(tmp_path, template))
    assert (words.answer_first, words.prefix) == (first, prefix)
    assert (plain.answer_first, plain.prefix) == (False, "")


@pytest.mark.parametrize(
    "template",
    [
        '{ use = "key-words", rationale = "after" }',
        '{ use = "key-words", prefix = "Label:" }',
        '{ use = "file", path = "own.jinja" }',
    ],
)
def test_the_published_parser_is_refused_where_it_could_not_read(
    tmp_path: Path, template: str
) -> None:
    with pytest.raises(PlanError, match=r"arm 'words': parser \"published\" reads what follows"):
        arms(wired(tmp_path, template, "published"))
    assert arms(wired(tmp_path, '{ use = "key-words", wording = "snarks" }', "published"))


def test_a_mix_of_layouts_is_noted(tmp_path: Path) -> None:
    chat = '{ use = "key-words", layout = "chat" }'
    assert wired(tmp_path, chat).load_task().notes == (
        "chat layout in words alone: a comparison with another arm is one of layouts too",
    )
    assert wired(tmp_path, '"key-words"').load_task().notes == ()
    plan = tmp_path / "plan.toml"
    chats = 'shots = 2\ntemplate = { use = "answer-only", layout = "chat" }'
    plan.write_text(PLAN.format(template=chat, parser="default").replace("shots = 2", chats))
    both = wire(read_plan(plan, Overrides()), Host.load(plugins=False))
    assert both.load_task().notes == ()


def test_a_broken_file_is_found_before_anything_is_asked(tmp_path: Path) -> None:
    wiring = wired(tmp_path, '{ use = "file", path = "own.jinja" }')
    (tmp_path / "own.jinja").write_text("{% block answer %}\n{{ lable }}{% endblock %}")
    with pytest.raises(PlanError, match=r"own\.jinja:2: block 'answer' knows no 'lable'"):
        arms(wiring)
