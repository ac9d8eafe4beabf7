"""Programs that reason, prompts of one text, labels that are ranked, and DSPy's layout alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from amplify_dspy.layout import ChatLayout
from amplify_dspy.options import LayoutOptions, RandomSearchOptions
from amplify_dspy.random_search import RandomSearch
from known.apprentice import TELLING, answer, arm_of, run, score_of, word_of, write_plan
from known.server import Seen, Server

from amplify import Context, Demonstration, Example, PlanError, Prompt, Request

SHORT = ", candidates = 1"


def test_reasoning_that_the_llm_wrote_is_shown_and_labels_without_it_are_incomplete(
    folder: Path, server: Server
) -> None:
    def reasoned(seen: Seen) -> str:
        word = word_of(seen.prompt)
        return f"[[ ## reasoning ## ]]\nIt is {word}.\n\n{answer(seen)}"

    server.answer = reasoned
    write_plan(folder, "random-search", f"{SHORT}, bootstrapped = 2", ", reasoning = true")
    result = run(folder)
    arm = arm_of(result)
    rationales = {shown.rationale for shown in arm.demonstrations}
    assert rationales <= {"", *(f"It is {word}." for word in TELLING)}
    told = [turn.content for turn in arm.requests[0].prompt.messages]
    assert sum("Not supplied for this particular example." in text for text in told) == sum(
        not shown.rationale for shown in arm.demonstrations
    )
    assert sum(text.startswith("[[ ## reasoning ## ]]\nIt is ") for text in told) == sum(
        bool(shown.rationale) for shown in arm.demonstrations
    )
    assert score_of(result) > score_of(result, "zero-shot")


def test_one_text_ends_where_dspy_has_the_reply_begin(folder: Path, server: Server) -> None:
    server.answer = lambda seen: f"\n[[ ## label ## ]]\n{TELLING[word_of(seen.prompt[-400:])]}"
    write_plan(folder, "random-search", SHORT, ', layout = "text"')
    result = run(folder)
    assert {len(seen.json["messages"]) for seen in server.seen} == {1}
    assert all(seen.prompt.endswith("\n\nBEGIN RESPONSE:") for seen in server.seen)
    assert score_of(result) == 1.0
    # Zero-shot was as good, and came first.
    assert arm_of(result).demonstrations == ()


def test_labels_are_ranked_while_the_program_is_compiled_too(folder: Path, server: Server) -> None:
    def ranked(seen: Seen) -> str:
        schema = seen.json["response_format"]["json_schema"]["schema"]
        (name,) = schema["properties"]
        return json.dumps({name: answer(seen).splitlines()[1]})

    server.answer = ranked
    write_plan(folder, "random-search", ", candidates = 5")
    result = run(folder, answer="rank")
    assert all("response_format" in seen.json for seen in server.seen)
    assert (score_of(result, "zero-shot"), score_of(result)) == (0.5, 1.0)


def test_a_rationale_of_its_own_ahead_of_ranked_labels_is_refused() -> None:
    with pytest.raises(PlanError, match='answer = "complete" is not for a program of DSPy'):
        RandomSearch(RandomSearchOptions(), Context(answer="complete"))


def test_an_items_own_demonstrations_stand_behind_one_system_message() -> None:
    shown = [Demonstration(Example("a", "A text.", "bad"))]
    context = Context(labels=("bad", "good"))
    chat = ChatLayout(LayoutOptions(), context)
    assert [turn.role for turn in chat.opening("Say.", ())] == ["system"]
    assert [turn.role for turn in chat.opening(None, shown)] == ["user", "assistant"]
    text = ChatLayout(LayoutOptions(layout="text"), context)
    assert "Say." in text.shared("Say.", ())
    assert text.shared("", shown) == (
        "[[ ## text ## ]]\nA text.\n\n[[ ## label ## ]]\nbad\n\n[[ ## completed ## ]]\n\n\n"
    )


def test_an_item_with_marks_of_dspys_is_a_text_all_the_same() -> None:
    start, end = "<<CUSTOM-TYPE-START-IDENTIFIER>>", "<<CUSTOM-TYPE-END-IDENTIFIER>>"
    text = f'An {start}[{{"type": "text", "text": "odd"}}]{end} item {start}.'
    template = ChatLayout(LayoutOptions(), Context(labels=("bad", "good")))
    assert template.last_turn(Example("x", text, "")).startswith("[[ ## text ## ]]\nAn odd item")
    shown = [Demonstration(Example("a", text, "bad"))]
    assert [type(turn.content) for turn in template.opening("Say.", shown)] == [str] * 3


def test_of_equal_texts_one_is_shown(folder: Path) -> None:
    table = folder / "reviews.csv"
    head, first, *rest = table.read_text().splitlines()
    table.write_text("\n".join([head, *[first] * 4, *rest, ""]))
    write_plan(folder, "random-search", SHORT)
    texts = [shown.example.text for shown in arm_of(run(folder)).demonstrations]
    assert len(texts) == len(set(texts))


def test_a_pool_of_one_is_refused_before_anything_is_asked() -> None:
    def ask(requests: Any) -> Any:
        raise AssertionError(requests)

    selector = RandomSearch(RandomSearchOptions(), Context(labels=("bad",), ask=ask))
    with pytest.raises(PlanError, match="2 examples at least, and is given 0"):
        selector.select([], 4)


def test_what_is_asked_is_what_the_arm_asks(folder: Path) -> None:
    """A call of the compilation that equals one of the arm is one call: the keys are the same."""
    from amplify_dspy.engine import RunEngine
    from amplify_dspy.signature import task_signature, written
    from amplify_dspy.spending import Spending

    write_plan(folder, "random-search", SHORT)
    result = run(folder)
    arm, item = arm_of(result), result.task.test[0]
    asked: list[Request] = []

    def ask(requests: Any) -> Any:
        asked.extend(requests)
        raise KeyboardInterrupt

    engine = RunEngine(Spending(ask, 1), RandomSearchOptions(), {item.text: item}, None)
    signature = task_signature(result.task.labels, arm.instruction, False)
    demos = [{"text": d.example.text, "label": d.example.label} for d in arm.demonstrations]
    from amplify_dspy.layout import messages_of
    from amplify_dspy.spending import Ended

    with pytest.raises(Ended):
        engine.prefetch([messages_of(written(signature, demos, item.text))], [item.text])
    (sent,), (wanted, *_) = asked, arm.requests
    assert isinstance(sent.prompt, Prompt)
    assert (sent.prompt, sent.max_tokens, sent.stop) == (
        wanted.prompt,
        wanted.max_tokens,
        wanted.stop,
    )
