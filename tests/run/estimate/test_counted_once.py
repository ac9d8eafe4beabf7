"""A phase counts the tokens of each prompt once."""

from __future__ import annotations

from dataclasses import replace

from amplify import Prompt, Request
from amplify.builtin.providers.no_llm import NoLLM
from amplify.run.cost.token_counts import most_output
from amplify.run.estimate.phases import PhaseRequests, phase_of


class Counting(NoLLM):
    def __init__(self) -> None:
        super().__init__()
        self.counted: list[str] = []

    def count_tokens(self, text: str) -> int:
        self.counted.append(text)
        return len(text)


def test_each_prompt_is_counted_once_for_the_estimate_and_the_bound() -> None:
    provider = Counting()
    texts = ["one", "two!", "one"]
    requests = [Request(Prompt("", text), "arm", str(i), 5) for i, text in enumerate(texts)]
    phase = phase_of(PhaseRequests("answer (arm)", requests), provider)
    assert provider.counted == ["one", "two!"]
    assert (phase.calls, phase.tokens, phase.most_input, phase.most_output) == (2, 7, 7, 10)


def test_where_labels_are_ranked_no_reply_is_counted() -> None:
    asked = Request(Prompt("", "one"), "arm", "1", 500, (), (" a", " bcd"), " So:")
    phase = phase_of(PhaseRequests("answer (arm)", [asked]), Counting())
    assert (phase.tokens, phase.most_input, phase.most_output) == (3, 3 + 8, 0)
    assert most_output(Counting(), asked) == 0
    behind = replace(asked, writes_first=True)
    phase = phase_of(PhaseRequests("answer (arm)", [behind]), Counting())
    assert phase.most_output == 500
