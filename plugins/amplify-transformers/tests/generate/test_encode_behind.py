"""What stands behind a prompt has the tokens of the whole text, though only its end is encoded."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import transformers
from amplify_transformers.generate.prompt_encoder import PromptEncoder

from amplify import Prompt

TEXT = "the house walked quickly under seven green lamps; naïve café, don't. " * 8
ENDS = ["\nA:", "\nA: ", "", "\n", "東京" * 90, "=" * 250, " " * 250, "<s>"]
BEGINNINGS = [
    "",
    " good",
    "good",
    "\n\n",
    " the river street",
    "東京",
    "'t",
    "==",
    "  ",
    " </s> it",
]


@pytest.mark.parametrize("kind", ["llama", "roberta", "bert"])
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("text", [TEXT, "", "rain"])
def test_the_tokens_are_those_of_the_whole_text(
    make: Callable[..., str], kind: str, text: str, end: str
) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(make(kind))
    encoder = PromptEncoder(tokenizer, "off", "tiny")
    prompt = Prompt(text, end)
    (ids,) = encoder.encode([prompt])
    whole = encoder.encode([prompt] * len(BEGINNINGS), BEGINNINGS)
    assert encoder.encode_behind(prompt, ids, BEGINNINGS) == whole


def test_a_long_prompt_is_not_encoded_again(make: Callable[..., str]) -> None:
    """With ids that are not its own, so that only the end can have been looked at."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(make("llama"))
    encoder = PromptEncoder(tokenizer, "off", "tiny")
    prompt = Prompt(TEXT, "\nA:")
    (ids,) = encoder.encode([prompt])
    (behind,) = encoder.encode_behind(prompt, [0, 0, 0, *ids[3:]], [" good"])
    assert behind == [0, 0, 0, *encoder.encode([prompt], [" good"])[0][3:]]


@pytest.mark.parametrize("kind", ["llama", "roberta", "bert"])
@pytest.mark.parametrize("end", ENDS)
def test_prompts_that_begin_alike_have_the_tokens_that_each_has_by_itself(
    make: Callable[..., str], kind: str, end: str
) -> None:
    encoder = PromptEncoder(transformers.AutoTokenizer.from_pretrained(make(kind)), "off", "tiny")
    prompts = [Prompt(TEXT + end, beginning) for beginning in BEGINNINGS]
    prompts += [Prompt("rain", " good"), Prompt(TEXT + end, "")]
    assert encoder.encode(prompts) == [encoder.encode([prompt])[0] for prompt in prompts]
