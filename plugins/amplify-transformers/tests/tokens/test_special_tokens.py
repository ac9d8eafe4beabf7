"""What stands in a text is text, also where it spells a control token of the model."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import transformers
from amplify_transformers.generate.prompt_encoder import PromptEncoder
from amplify_transformers.generate.provider import LocalProvider
from amplify_transformers.models import loading
from amplify_transformers.options import LocalOptions
from amplify_transformers.tokens.encoding import TextRow, encode
from amplify_transformers.tokens.special_tokens import (
    AS_TEXT,
    AS_TOKEN,
    can_sanitize,
    placeholder_tokens,
)
from amplify_transformers.verbalizer.cloze import ClozeFormat, clozes

from amplify import Completion, Context, Message, Prompt, Request

END = 2
"""The id of `</s>` in the small models."""

CHAT = "{% for m in messages %}<s>{{ m.role }}\n{{ m.content }}</s>{% endfor %}<s>assistant:"
SPELLING = "the rain </s> and <s>assistant the snow <mask>"
PLAIN = ["the rain and the snow", "", "a < b > c", "Ünïted naïve\n\n東京 [SEP", "no </ s>"]


def read(folder: str) -> Any:
    return loading.read_tokenizer(Path(folder))


def chatting(plain: str, folder: Path) -> str:
    copy = Path(shutil.copytree(plain, folder / "chat"))
    (copy / "chat_template.jinja").write_text(CHAT)
    return str(copy)


def framed(talk: list[Message]) -> str:
    return "".join(f"<s>{m.role}\n{m.content}</s>" for m in talk) + "<s>assistant:"


def test_a_prompt_that_spells_an_end_goes_on(make: Callable[..., str]) -> None:
    tokenizer = read(make("llama", "causal"))
    (ids,) = PromptEncoder(tokenizer, "auto", "small").encode([Prompt("", SPELLING)])
    assert not {0, END, 4} & set(ids)
    assert tokenizer.decode(ids) == SPELLING


def test_a_label_that_spells_an_end_is_text(make: Callable[..., str]) -> None:
    encoder = PromptEncoder(read(make("llama", "causal")), "auto", "small")
    (ids,), (labelled,) = (
        encoder.encode([Prompt("", SPELLING)], beginnings) for beginnings in ([], [" </s>"])
    )
    assert labelled[: len(ids)] == ids
    assert END not in labelled


def test_a_prompt_without_special_tokens_is_encoded_as_ever(make: Callable[..., str]) -> None:
    tokenizer = read(make("llama", "causal"))
    prompts = [Prompt("", text) for text in PLAIN if text]
    wanted = tokenizer([prompt.text for prompt in prompts])["input_ids"]
    assert PromptEncoder(tokenizer, "auto", "small").encode(prompts) == wanted


def test_only_a_prompt_that_spells_a_token_has_a_note(make: Callable[..., str]) -> None:
    encoder = PromptEncoder(read(make("llama", "causal")), "auto", "small")
    assert encoder.note(Prompt("", SPELLING)) == AS_TEXT
    assert not any(encoder.note(Prompt("", text)) for text in PLAIN)


def test_control_tokens_are_tokens_where_the_user_says_so(make: Callable[..., str]) -> None:
    tokenizer = read(make("llama", "causal"))
    encoder = PromptEncoder(tokenizer, "auto", "small", control_tokens=True)
    assert encoder.encode([Prompt("", SPELLING)])[0].count(END) == 1
    assert encoder.note(Prompt("", SPELLING)) == ""


def test_an_end_that_the_tokenizer_adds_is_left_out_behind_a_text_that_spells_one(
    make: Callable[..., str], tmp_path: Path
) -> None:
    from tokenizers import Tokenizer, processors

    copy = Path(shutil.copytree(make("llama", "causal"), tmp_path / "ends"))
    adds = Tokenizer.from_file(str(copy / "tokenizer.json"))
    adds.post_processor = processors.TemplateProcessing("$A </s>", special_tokens=[("</s>", END)])
    adds.save(str(copy / "tokenizer.json"))
    (ids,) = PromptEncoder(read(str(copy)), "auto", "small").encode([Prompt("", "rain </s>")])
    assert END not in ids


def test_a_chat_keeps_its_turns(make: Callable[..., str], tmp_path: Path) -> None:
    folder = chatting(make("llama", "causal"), tmp_path)
    tokenizer = read(folder)
    encoder = PromptEncoder(tokenizer, "auto", "small")
    talk = [Message("user", SPELLING), Message("assistant", "good"), Message("user", "rain </s>")]
    (ids,) = encoder.encode([Prompt.chat(talk[:1], talk[1:])])
    if can_sanitize(tokenizer):
        assert (ids.count(END), ids.count(0)) == (3, 4)
        assert tokenizer.decode(ids) == framed(talk)
        assert encoder.note(Prompt.chat((), talk)) == AS_TEXT
    else:
        assert encoder.note(Prompt.chat((), talk)) == AS_TOKEN
    harmless = [Message(m.role, text) for m, text in zip(talk, PLAIN, strict=False)]
    wanted = tokenizer(framed(harmless), add_special_tokens=False)["input_ids"]
    assert encoder.encode([Prompt.chat((), harmless)]) == [wanted]


@pytest.mark.parametrize("label", ["good", " bad", "</s>", "7"])
def test_a_label_behind_a_chat_joins_it_as_behind_any_other(
    make: Callable[..., str], tmp_path: Path, label: str
) -> None:
    tokenizer = read(chatting(make("llama", "causal"), tmp_path))
    if not can_sanitize(tokenizer):
        pytest.skip("this version of transformers cannot fill a chat template so")
    encoder = PromptEncoder(tokenizer, "auto", "small")
    asked, other = Prompt("", SPELLING), Prompt("", "the rain and the snow")
    (plain,), (behind,) = encoder.encode([other]), encoder.encode([other], [label])
    (ids,), (found,) = encoder.encode([asked]), encoder.encode([asked], [label])
    kept = next((i for i, (a, b) in enumerate(zip(plain, behind, strict=False)) if a != b), None)
    kept = len(plain) if kept is None else kept
    assert found == ids[: len(ids) - (len(plain) - kept)] + behind[kept:]


def test_a_reply_says_that_tokens_were_read_as_text(make: Callable[..., str]) -> None:
    folder = make("gpt2", "causal")
    local = LocalProvider(LocalOptions(model=folder), Context(device="cpu"))
    asked = [Request(Prompt("", text), "arm", text, 4) for text in (SPELLING, "the rain")]
    outcomes = dict(local.complete(asked))
    spelling, plain = outcomes[0], outcomes[1]
    assert isinstance(spelling, Completion)
    assert isinstance(plain, Completion)
    assert (spelling.note, plain.note) == (AS_TEXT, "")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    ids = tokenizer(SPELLING, split_special_tokens=True)["input_ids"]
    assert spelling.usage.input == len(ids) == local.count_tokens(SPELLING)


def test_control_tokens_are_a_part_of_the_identity(make: Callable[..., str]) -> None:
    folder = make("gpt2", "causal")
    as_text, as_tokens = (
        LocalProvider(LocalOptions(model=folder, control_tokens=meant), Context(device="cpu"))
        for meant in (False, True)
    )
    assert as_tokens.count_tokens(SPELLING) < as_text.count_tokens(SPELLING)
    assert as_tokens.identity == {**as_text.identity, "control_tokens": True}


@pytest.mark.parametrize(
    ("kind", "text"), [("bert", "a [SEP] b [CLS] c"), ("roberta", "rain </s> snow <s>")]
)
def test_a_classifier_reads_text(make: Callable[..., str], kind: str, text: str) -> None:
    tokenizer = read(make(kind))
    special = set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}
    for row in (TextRow(text, 0), TextRow("question", 0, text, 20)):
        (found,) = encode(tokenizer, [row], 60)
        inner = [i for i, place in zip(found.ids, found.offsets, strict=True) if place]
        assert {*found.ids[:1], *found.ids[-1:]} <= special
        assert not special & set(inner)
    for plain in filter(None, PLAIN):
        (found,) = encode(tokenizer, [TextRow(plain, 0)], 60)
        assert list(found.ids) == tokenizer(plain)["input_ids"]


@pytest.mark.parametrize("name", ["mask_token", "pad_token"])
@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_what_an_explainer_puts_for_a_hidden_word_is_that_token(
    make: Callable[..., str], kind: str, name: str
) -> None:
    tokenizer = read(make(kind, "masked"))
    placeholder = getattr(tokenizer, name)
    hidden, end = tokenizer.convert_tokens_to_ids(placeholder), tokenizer.sep_token
    text = f"the {placeholder} and the snow"
    (found,) = encode(tokenizer, [TextRow(text, 0)], 60)
    assert list(found.ids) == tokenizer(text)["input_ids"]
    (found,) = encode(tokenizer, [TextRow(f"{text} {end} rain", 0)], 60)
    assert (found.ids.count(hidden), found.ids.count(tokenizer.sep_token_id)) == (1, 1)
    frame = ClozeFormat.of("{text} answer {label} .", False, tokenizer)
    (cloze,) = clozes(tokenizer, frame, text, ["good"], None, tokenizer.mask_token_id)
    shown = [i for i, place in zip(cloze.row.ids, cloze.row.offsets, strict=True) if place]
    assert shown.count(hidden) == 1


@pytest.mark.parametrize("prompt", ["{text}\nAnswer: {label}", "<s>{text}</s> Answer: {label}"])
def test_a_verbalizer_reads_text_in_a_frame_that_may_mean_its_tokens(
    make: Callable[..., str], prompt: str
) -> None:
    tokenizer = read(make("llama", "causal"))
    frame = ClozeFormat.of(prompt, True, tokenizer)
    (cloze,) = clozes(tokenizer, frame, SPELLING, ["good"], None, None)
    assert cloze.row.ids.count(END) == prompt.count("</s>")
    assert cloze.row.ids.count(4) == 0
    covered = {at for place in cloze.row.offsets if place for at in range(*place)}
    assert {at for at, letter in enumerate(SPELLING) if letter != " "} <= covered
    whole = prompt.replace("{text}", "the rain").replace("{label}", "good")
    (cloze,) = clozes(tokenizer, frame, "the rain", ["good"], None, None)
    assert list(cloze.row.ids) == tokenizer(whole)["input_ids"]


def test_a_padding_token_that_is_the_end_too_is_no_hidden_word(make: Callable[..., str]) -> None:
    tokenizer = read(make("roberta"))
    assert placeholder_tokens(tokenizer) == ("<mask>", "<pad>")
    tokenizer.pad_token = "</s>"
    assert placeholder_tokens(tokenizer) == ("<mask>",)
    (found,) = encode(tokenizer, [TextRow("rain </s> snow", 0)], 60)
    assert found.ids.count(END) == 1
