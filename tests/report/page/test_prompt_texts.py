"""The prompts of a page: kept as the parts that they share, and put together as they were."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from amplify.report.page.prompt_texts import BREAK, ROLE, PromptTexts
from amplify.run.store.stored_run import StoredMessage, StoredPrompt

CONTENTS = st.lists(st.sampled_from(["a", "b c", "]", "\n", BREAK]), max_size=7).map("".join)
MESSAGES = st.lists(
    st.builds(StoredMessage, st.sampled_from(["system", "user"]), CONTENTS), min_size=1, max_size=3
)


def together(texts: PromptTexts, head: int, last: int) -> str:
    """A prompt put together from its parts, as the page's script does it."""
    whole, begun = "", True
    for number in (*texts.heads[head], last):
        block = texts.blocks.texts[number]
        role = block.startswith(ROLE)
        whole += ("" if begun else BREAK) + (f"[{block[1:]}]\n" if role else block)
        begun = role
    return whole


@given(st.lists(MESSAGES, min_size=1, max_size=5))
def test_prompts_are_put_together_as_they_were(prompts: Sequence[list[StoredMessage]]) -> None:
    texts = PromptTexts()
    parts = [
        texts.add(StoredPrompt("arm", f"i{place}", messages), place)
        for place, messages in enumerate(prompts)
    ]
    for messages, of_prompt in zip(prompts, parts, strict=True):
        assert of_prompt is not None
        whole = BREAK.join(f"[{m.role}]\n{m.content}" for m in messages)
        assert together(texts, *of_prompt) == whole


def test_prompts_with_one_head_share_it() -> None:
    texts = PromptTexts()
    for place in range(4):
        content = BREAK.join(["instruction", "demonstration", f"item {place}"])
        texts.add(StoredPrompt("arm", f"i{place}", [StoredMessage("user", content)]), place)
    assert len(texts.heads) == 1
    assert texts.inputs() == {place: f"item {place}" for place in range(4)}
