"""What a finished prompt is exported to: each format is read back by its own reader, whatever the
data hold."""

from __future__ import annotations

import json
import re
import runpy
import shutil
from pathlib import Path
from typing import Any

import jinja2
import msgspec
import pytest
from known.commands import run
from known.hostile import TEXTS

from amplify.contract.errors import DataError, PlanError
from amplify.run.imports.nunjucks import fill
from amplify.run.prompt.exports.formats import FORMATS, export, left_out, to_fill_in
from amplify.run.prompt.finished import FinishedPrompt
from amplify.run.prompt.finished_file import read_finished
from amplify.run.prompt.layout import SLOT, Layout, Turn
from amplify.run.prompt.parts import AnswerBy, Model, Provenance

HOSTILE = (
    "{{input}} {{ input }} {% raw %} {# no #} ${input} {0} %s %(x)s\n"
    "'quotes' \"double\" '''three''' \\back\\n =cmd|' /C calc'!A0\n"
    "<script>alert(1)</script> "
    "\x1b[31mred\x1b[0m \u202eltr\u2028line\u0000null\r\nend \u00e9\U0001f600"
    + "\n".join(TEXTS.values())
)
INPUT = "new {{input}} 'text' \\n {% x %}\n=1+1"


def finished(form: Any = "text", mode: Any = "write", text: str = HOSTILE) -> FinishedPrompt:
    """A prompt whose every text is hostile."""
    if form == "text":
        shared = (Turn("user", (f"{text}\n\nQ: ",)),)
        item = (Turn("user", ("before ", SLOT, f" {text}\n")),)
    else:
        shared = (Turn("system", (text,)), Turn("user", (text,)), Turn("assistant", ("good",)))
        item = (Turn("user", (f"{text} ", SLOT, "\n")),)
    labels = ("good", 'it\'s "bad" {x}')
    ranked = {} if mode == "write" else {label: f" {label}" for label in labels}
    return FinishedPrompt(
        "answer-only",
        0,
        labels,
        text,
        (Layout(form, shared, item),),
        AnswerBy(mode, 20, ("\n\n", "\nQ:"), ranked),
        Model("openai", {"model": "known-1"}),
        Provenance(text, "p", "q", {}, {"provider": text}, {}, {}, None, (text,), ()),
    )


def messages(prompt: FinishedPrompt, text: str) -> list[dict[str, str]]:
    return [
        {"role": message.role, "content": message.content}
        for message in prompt.layout.prompt(text).messages
    ]


def filled(turns: list[dict[str, str]], mark: str) -> list[dict[str, str]]:
    return [{**turn, "content": turn["content"].replace(mark, INPUT)} for turn in turns]


def read_yaml(text: str) -> Any:
    return pytest.importorskip("yaml").safe_load(text)


FORMS = pytest.mark.parametrize("form", ["text", "chat"])


@FORMS
@pytest.mark.parametrize("mode", ["write", "rank"])
def test_the_file_gives_the_same_prompt_back(tmp_path: Path, form: str, mode: str) -> None:
    prompt = finished(form, mode)
    prompt.write(tmp_path / "prompt.json")
    assert read_finished(tmp_path / "prompt.json") == prompt
    assert json.loads((tmp_path / "prompt.json").read_text())["kind"] == "amplify-prompt"


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"mode": "rank"}, "the text of each label"),
        ({"calibrate": "context"}, "the probability of each label"),
        ({"prior": {"good": 1.0}}, "the probability of each label"),
        ({"reading": {"parser": "none"}}, "is to be one of"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"mode": "sing"}, "mode"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(
    tmp_path: Path, part: dict[str, Any], words: str
) -> None:
    path = tmp_path / "prompt.json"
    table = json.loads(finished().encoded())
    table["answer"] |= part
    path.write_text(json.dumps(table))
    with pytest.raises(DataError, match=words):
        read_finished(path)


@FORMS
def test_messages_have_a_mark_that_is_nowhere_else(form: str) -> None:
    prompt = finished(form)
    turns = json.loads(export(prompt, "messages"))
    assert filled(turns, "{{input_2}}") == messages(prompt, INPUT)
    assert (
        export(finished("text"), "text").replace("{{input_2}}", INPUT)
        == (messages(finished("text"), INPUT)[0]["content"])
    )


@FORMS
def test_a_python_module_says_the_same_and_reads_replies(tmp_path: Path, form: str) -> None:
    prompt = finished(form)
    module = tmp_path / "prompt.py"
    module.write_text(export(prompt, "python"), encoding="ascii")
    names = runpy.run_path(str(module))
    assert names["messages"](INPUT) == messages(prompt, INPUT)
    assert tuple(names["LABELS"]) == prompt.labels
    assert names["STOP"] == list(prompt.answer.stop)
    read = names["read"]
    assert read(" Good.\n\nQ: next") == "good"
    assert read('So the answer is it\'s "bad" {x}.') == prompt.labels[1]
    assert read('good or it\'s "bad" {x}') is None
    assert read("neither") is None


READ = {
    "The answer is not technical.": None,
    "technically it is unclear": None,
    "It is a non-billing matter": None,
    "It is unclear whether this is billing": None,
    "I don't think it is billing": None,
    "The label is not: technical": None,
    "billing or technical": None,
    "The answer is billing.": "billing",
    "This is a TECHNICAL matter.": "technical",
    "It is not billing. Answer: technical": "technical",
    "The 'wet' box is not paid, so the answer is **billing**": "billing",
    "That is a technical (advanced) matter": "technical (advanced)",
    "": None,
}
"""What is read of replies where the labels are billing, technical and technical (advanced)."""


def of_tickets() -> FinishedPrompt:
    labels = ("billing", "technical", "technical (advanced)", "!!")
    return msgspec.structs.replace(finished(text="A text."), labels=labels)


def test_a_python_module_reads_none_rather_than_guess(tmp_path: Path) -> None:
    (tmp_path / "prompt.py").write_text(export(of_tickets(), "python"), encoding="ascii")
    read = runpy.run_path(str(tmp_path / "prompt.py"))["read"]
    assert {reply: read(reply) for reply in READ} == READ


@pytest.mark.skipif(not shutil.which("node"), reason="needs Node.js")
def test_the_assertion_of_promptfoo_reads_the_same(tmp_path: Path) -> None:
    config = read_yaml(export(of_tickets(), "promptfoo"))
    [checked] = config["defaultTest"]["assert"]
    script = f"const read = (output, context) => {{{checked['value']}}};\n" + (
        f"const replies = {json.dumps(list(READ))}, context = {{ vars: {{ label: '' }} }};\n"
        "console.log(JSON.stringify(replies.map((reply) => read(reply, context).reason)));"
    )
    (tmp_path / "read.js").write_text(script)
    done = run(["node", str(tmp_path / "read.js")])
    assert json.loads(done.stdout) == [f"read as {json_word(label)}" for label in READ.values()]


def json_word(label: str | None) -> str:
    return "null" if label is None else label


@pytest.mark.parametrize("to", ["openai", "anthropic"])
def test_a_model_that_is_none_of_the_services_is_to_be_filled_in(to: str) -> None:
    local = msgspec.structs.replace(finished(), llm=Model("transformers/local", {"model": "x"}))
    [line] = to_fill_in(local, to)
    assert "transformers/local" in line
    assert line.endswith("in the place of MODEL")
    assert to_fill_in(local, "promptfoo") == [line]
    assert json.loads(export(local, to))["model"] == "MODEL"
    assert (
        to_fill_in(finished(), "openai")
        == to_fill_in(finished(), "promptfoo")
        == to_fill_in(local, "messages")
        == []
    )


@FORMS
@pytest.mark.parametrize("options", [{}, {"trim_blocks": True, "lstrip_blocks": True}])
def test_a_jinja_template_renders_the_same(form: str, options: dict[str, Any]) -> None:
    prompt = finished(form)
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, **options)
    template = environment.from_string(export(prompt, "jinja"))
    expected = [message["content"] for message in messages(prompt, INPUT)]
    if form == "text":
        assert [template.render(input=INPUT)] == expected
    else:
        context = template.new_context({"input": INPUT})
        rendered = ["".join(block(context)) for block in template.blocks.values()]
        assert rendered == expected


@FORMS
@pytest.mark.parametrize("to", list(FORMATS))
def test_a_prompt_of_two_calls_is_exported_only_whole(form: str, to: str) -> None:
    prompt = finished(form, "complete")
    if to not in ("prompt", "text", "messages", "jinja"):
        with pytest.raises(PlanError, match="these are two calls"):
            export(prompt, to)
    else:
        assert export(prompt, to)


@FORMS
@pytest.mark.parametrize("to", ["dspy", "inspect"])
def test_modules_for_frameworks_are_the_python_module_and_more(form: str, to: str) -> None:
    source = export(finished(form), to)
    assert source.startswith(export(finished(form), "python"))
    compile(source.encode("ascii"), "prompt.py", "exec")
    with pytest.raises(PlanError, match="its labels ranked"):
        export(finished(form, "rank"), to)


def test_a_label_that_is_a_name_in_the_reader_of_promptfoo_stays_whole() -> None:
    prompt = msgspec.structs.replace(finished(), labels=("STOP", "LABELS"))
    config = read_yaml(export(prompt, "promptfoo"))
    reader = config["defaultTest"]["assert"][0]["value"]
    assert 'const labels = ["STOP", "LABELS"];' in reader
    assert 'of ["\\n\\n", "\\nQ:"]) text' in reader


@FORMS
def test_a_configuration_of_promptfoo_fills_to_the_same(form: str) -> None:
    prompt = finished(form)
    config = read_yaml(export(prompt, "promptfoo"))
    [entry] = config["prompts"]
    turns = json.loads(entry["raw"])
    filled = [{**turn, "content": fill(turn["content"], {"input": INPUT})} for turn in turns]
    assert filled == messages(prompt, INPUT)
    assert fill(config["description"], {}) == f"answer-only of {HOSTILE}"
    [provider] = config["providers"]
    assert provider["id"] == "openai:chat:known-1"
    assert provider["config"] == {"temperature": 0, "max_tokens": 20, "stop": ["\n\n", "\nQ:"]}
    # promptfoo looks for variables in its assertions too.
    [reads] = config["defaultTest"]["assert"]
    assert not {"{{", "{%", "{#"} & {reads["value"][n : n + 2] for n in range(len(reads["value"]))}


@FORMS
def test_a_task_of_lm_eval_renders_to_the_same(form: str) -> None:
    prompt = finished(form)
    task = read_yaml(export(prompt, "lm-eval"))
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)

    def render(template: str, **values: str) -> str:
        return environment.from_string(template).render(**values)

    turns = [{"role": "system", "content": render(task["description"])}] if form == "chat" else []
    for sample in task.get("fewshot_config", {}).get("samples", []):
        turns.append({"role": "user", "content": sample["user"]})
        turns.append({"role": "assistant", "content": sample["reply"]})
    turns.append({"role": "user", "content": render(task["doc_to_text"], text=INPUT)})
    assert turns == messages(prompt, INPUT)
    assert task["num_fewshot"] == (len(turns) - 2) // 2 * (form == "chat")
    assert task["generation_kwargs"]["until"] == ["\n\n", "\nQ:"]
    [[reader, _]] = [named["filter"] for named in task["filter_list"]]
    found = re.findall(reader["regex_pattern"], 'Goods are GOOD, or it\'s "bad" {x}.')
    assert found == ["GOOD", prompt.labels[1]]


def test_lm_eval_ranks_the_labels_of_a_text() -> None:
    prompt = finished("text", "rank")
    task = read_yaml(export(prompt, "lm-eval"))
    assert task["doc_to_choice"] == list(prompt.answer.ranked.values())
    for place, label in enumerate(prompt.labels):
        assert jinja2.Template(task["doc_to_target"]).render(label=label) == str(place)
    with pytest.raises(PlanError, match="as the reply of a conversation"):
        export(finished("chat", "rank"), "lm-eval")


def test_a_file_of_a_later_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "prompt.json"
    path.write_text(finished().encoded().replace('"schema": 1', '"schema": 2'))
    with pytest.raises(Exception, match="of schema 2") as caught:
        read_finished(path)
    assert "upgrade amplify" in str(caught.value)
    for damage in ('"kind": "amplify-prompt"', '"slot": "input"', '"mode": "write"'):
        path.write_text(finished().encoded().replace(damage, '"other": 1'))
        with pytest.raises(Exception, match="it holds no finished prompt") as caught:
            read_finished(path)


@FORMS
def test_what_the_llm_was_sent_beside_the_prompt_is_exported_or_named(form: str) -> None:
    options = {"model": "known-1", "system": "{{Be}} terse.", "temperature": 0.7, "extra": {}}
    prompt = msgspec.structs.replace(finished(form), llm=Model("openai", options))
    measured = messages(prompt, INPUT)
    own = [turn["content"] for turn in measured if turn["role"] == "system"]
    system = {"role": "system", "content": "\n\n".join(["{{Be}} terse.", *own])}
    sent = [system, *(turn for turn in measured if turn["role"] != "system")]
    assert filled(json.loads(export(prompt, "messages")), "{{input_2}}") == sent
    body = json.loads(export(prompt, "openai"))
    assert (filled(body["messages"], "{{input_2}}"), body["temperature"]) == (sent, 0.7)
    assert left_out(prompt, "openai") == ["options of the LLM: extra"]
    assert left_out(prompt, "python") == ["options of the LLM: temperature, extra"]
    assert json.loads(export(prompt, "prompt"))["llm"]["options"] == options
