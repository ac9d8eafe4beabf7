"""The local LLM against transformers' own generation, one prompt at a time."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import transformers
from amplify_transformers.generate.decoding import PrefixSharing
from amplify_transformers.generate.memory_batches import BatchLimits, RowMemory, batches
from amplify_transformers.generate.prefix_store import PrefixStore
from amplify_transformers.generate.provider import LocalProvider
from amplify_transformers.options import LocalOptions

from amplify import Completion, Context, Failure, Message, PlanError, Prompt, Request

SHARED = "the house walked quickly under seven green lamps; " * 6 + "\n\n"
OWN = ["Is it rain?\nA:", "which is worse, the river or the snow and the cloud?\nA:", "no\nA:"]


def requests(own: list[str], shared: str = SHARED, **more: object) -> list[Request]:
    given = {"max_tokens": 12, **more}
    return [Request(Prompt(shared, o), "arm", str(i), **given) for i, o in enumerate(own)]  # type: ignore[arg-type]  # by keyword


def provider(folder: str, **options: object) -> LocalProvider:
    return LocalProvider(LocalOptions(model=folder, **options), Context(device="cpu"))  # type: ignore[arg-type]  # by keyword


def answers(made: LocalProvider, asked: list[Request]) -> list[Completion]:
    found = dict(made.complete(asked))
    assert sorted(found) == list(range(len(asked)))
    assert all(isinstance(found[i], Completion) for i in found), found
    return [found[i] for i in range(len(asked))]  # type: ignore[misc]  # asserted above


def reference(folder: str, text: str, most: int) -> list[int]:
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    out = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        do_sample=False,
        max_new_tokens=most,
        pad_token_id=0,
    )
    return out[0, ids.shape[1] :].tolist()  # type: ignore[no-any-return]  # transformers is untyped


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
@pytest.mark.parametrize("shared", [SHARED, ""])
def test_batches_and_shared_blocks_change_no_token(
    make: Callable[..., str], kind: str, shared: str
) -> None:
    folder = make(kind, "causal")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    made = provider(folder, batch_size=2)
    for own in (OWN, OWN[:1], OWN[::-1]):  # the second and third calls find the block cached
        found = answers(made, requests(own, shared))
        for text, reply in zip(own, found, strict=True):
            wanted = reference(folder, shared + text, 12)
            assert reply.text == tokenizer.decode(wanted, skip_special_tokens=True)
            assert reply.usage.output == len(wanted)
            assert reply.usage.input == made.count_tokens(shared + text)
            assert bool(reply.usage.cached) == bool(shared)
            assert reply.stop == ("end" if wanted[-1] == 2 else "length")


def test_a_reply_ends_before_the_first_stop_string(make: Callable[..., str]) -> None:
    made = provider(make("llama", "causal"))
    (whole,) = answers(made, requests(OWN[:1], max_tokens=30))
    middle = whole.text[8:11]
    (cut,) = answers(made, requests(OWN[:1], max_tokens=30, stop=("", "never seen", middle)))
    assert cut.text == whole.text[: whole.text.index(middle)]
    assert cut.stop == "end"
    assert (cut.usage.output or 99) < 30  # generation itself stopped


@pytest.mark.parametrize("kind", ["llama", "mistral", "mamba2"])
def test_a_reply_is_cut_where_the_engine_would_cut_the_whole_one(
    make: Callable[..., str], tmp_path: Path, kind: str
) -> None:
    plain = make(kind, "causal")
    tokenizer = transformers.AutoTokenizer.from_pretrained(plain)
    # Any stretch of the reply as a stop string, and its last token, shown as text, as an end.
    ids = reference(plain, SHARED + OWN[0], 12)
    folder = Path(shutil.copytree(plain, tmp_path / "ends"))
    settings = json.loads((folder / "generation_config.json").read_text())
    settings["eos_token_id"] = [2, ids[8]]
    (folder / "generation_config.json").write_text(json.dumps(settings))
    made = provider(str(folder))
    (whole,) = answers(made, requests(OWN[:1]))
    ids = ids[: whole.usage.output]
    assert whole.stop == "end"
    assert tokenizer.decode(ids[-1:], skip_special_tokens=True)
    text = whole.text
    parts = {text[a : a + n] for n in (1, 2, 5) for a in range(len(text))}
    stops = sorted(part for part in parts if "\ufffd" not in part)  # half a character
    asked = [requests(OWN[:1], stop=(stop,))[0] for stop in stops]
    for stop, reply in zip(stops, answers(made, asked), strict=True):
        wanted = whole.until((stop,))
        assert (reply.text, reply.stop) == (wanted.text, wanted.stop)
        begun = (tokenizer.decode(ids[:n], skip_special_tokens=True) for n in range(1, 13))
        assert reply.usage.output == next(n for n, text in enumerate(begun, 1) if stop in text)


def test_each_of_several_end_tokens_ends_a_reply(make: Callable[..., str], tmp_path: Path) -> None:
    folder = make("llama", "causal")
    ids = reference(folder, SHARED + OWN[0], 12)
    copy = Path(shutil.copytree(folder, tmp_path / "two-ends"))
    settings = json.loads((copy / "generation_config.json").read_text())
    settings["eos_token_id"] = [2, ids[4]]
    (copy / "generation_config.json").write_text(json.dumps(settings))
    (reply,) = answers(provider(str(copy)), requests(OWN[:1]))
    assert reply.stop == "end"
    assert reply.usage.output == ids.index(ids[4]) + 1


def test_identity_follows_the_content_not_the_place(
    make: Callable[..., str], tmp_path: Path
) -> None:
    folder = Path(make("llama", "causal"))
    here = Path(shutil.copytree(folder, tmp_path / "a" / "tiny"))
    there = Path(shutil.copytree(folder, tmp_path / "b" / "tiny"))
    first, second = provider(str(here)).identity, provider(str(there)).identity
    assert first == second
    assert str(tmp_path) not in json.dumps(first)
    weights = there / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\1")
    assert provider(str(there)).identity != first


def test_a_chat_template_is_used_and_counted(make: Callable[..., str], tmp_path: Path) -> None:
    plain = make("llama", "causal")
    copy = Path(shutil.copytree(plain, tmp_path / "chat"))
    template = "{% for m in messages %}question: {{ m.content }}{% endfor %}\nanswer:"
    (copy / "chat_template.jinja").write_text(template)
    chat, base = provider(str(copy)), provider(plain)
    assert chat.count_tokens("rain") > base.count_tokens("rain")
    asked = answers(chat, requests(OWN))
    told = answers(base, requests([f"question: {SHARED}{o}\nanswer:" for o in OWN], shared=""))
    assert [a.text for a in asked] == [t.text for t in told]


def test_a_prompt_beyond_the_context_is_a_failure(make: Callable[..., str]) -> None:
    made = provider(make("llama", "causal"))
    assert made.limit == 2048
    outcome = dict(made.complete(requests(["rain " * 3000, "rain"])))
    assert isinstance(outcome[0], Failure)
    assert outcome[0].kind == "context"
    assert isinstance(outcome[1], Completion)


def test_what_cannot_answer_is_refused(make: Callable[..., str], tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="no causal language model"):
        provider(make("bert", "masked"))
    with pytest.raises(PlanError, match="no model"):
        provider(str(tmp_path))
    with pytest.raises(PlanError, match="neither a local folder nor"):
        provider("nobody/no-such-model-here")


def test_batches_keep_to_the_memory_for_caches(make: Callable[..., str]) -> None:
    made = provider(make("llama", "causal"), memory=1)
    # Two layers of 2 x 2 heads x 8 values of 4 bytes.
    assert made._token_size == 2 * 2 * 2 * 8 * 4
    needs = {at: RowMemory(own, 1500) for at, own in enumerate((500, 100, 500, 500, 100))}
    found = list(batches(needs, made._bounds(PrefixSharing.CASCADE, None, ranks=False)))
    assert found == [[1, 4], [0, 2], [3]]  # 512,000 bytes are 2,000 tokens: two rows


def test_fewer_rows_are_ranked_than_written_side_by_side_unless_told_otherwise(
    make: Callable[..., str],
) -> None:
    folder = make("llama", "causal")
    told = provider(folder, batch_size=40)
    for made, writing, ranking in ((provider(folder), 64, 16), (told, 40, 40)):
        assert made._bounds(PrefixSharing.CASCADE, None, ranks=False).rows == writing
        assert made._bounds(PrefixSharing.CASCADE, None, ranks=True).rows == ranking


def test_batches_hold_what_may_run_side_by_side() -> None:
    needs = {0: RowMemory(9, 1), 1: RowMemory(5, 4), 2: RowMemory(9, 2, 10), 3: RowMemory(5, 1)}

    def found(
        way: PrefixSharing, rows: int = 9, room: int = 1000, each: int = 0
    ) -> list[list[int]]:
        return list(batches(needs, BatchLimits(way, rows, room, each, 1)))

    assert found(PrefixSharing.CASCADE) == [[1, 3, 0, 2]]
    assert found(PrefixSharing.CASCADE, rows=3) == [[1, 3, 0], [2]]
    assert found(PrefixSharing.CASCADE, room=30) == [
        [1, 3],
        [0],
        [2],
    ]  # the last needs 21 for each row
    assert found(PrefixSharing.COPIES, room=300, each=100) == [[1, 3], [0, 2]]
    assert found(PrefixSharing.EVEN) == [[1, 3], [0, 2]]
    assert (
        found(PrefixSharing.ALONE) == found(PrefixSharing.CASCADE, room=1) == [[1], [3], [0], [2]]
    )


def test_equal_shared_blocks_are_computed_once_between_calls(make: Callable[..., str]) -> None:
    made = provider(make("llama", "causal"))
    other = SHARED.replace("house", "table")
    for shared in (SHARED, other, SHARED, other):
        answers(made, requests(OWN, shared=shared))
    assert len(made._shelf._kept) == 2
    tiny = provider(make("llama", "causal"), memory=1)
    tiny._shelf = PrefixStore(1)
    for shared in (SHARED, other, SHARED):
        answers(tiny, requests(OWN, shared=shared))
        assert len(tiny._shelf._kept) == 1


def test_a_chat_template_can_be_left_out_or_asked_for(
    make: Callable[..., str], tmp_path: Path
) -> None:
    plain = make("llama", "causal")
    with pytest.raises(PlanError, match="has no chat template"):
        provider(plain, chat="on")
    copy = Path(shutil.copytree(plain, tmp_path / "chat"))
    (copy / "chat_template.jinja").write_text("{{ messages[0].content }}!")
    off, on = provider(str(copy), chat="off"), provider(str(copy), chat="on")
    assert off.count_tokens("rain") == provider(plain).count_tokens("rain")
    assert on.count_tokens("rain") == off.count_tokens("rain!")
    assert on.identity != off.identity


def test_an_end_that_the_tokenizer_adds_is_no_part_of_a_prompt(
    make: Callable[..., str], tmp_path: Path
) -> None:
    from tokenizers import Tokenizer, processors

    plain = make("llama", "causal")
    copy = Path(shutil.copytree(plain, tmp_path / "ends"))
    adds = Tokenizer.from_file(str(copy / "tokenizer.json"))
    adds.post_processor = processors.TemplateProcessing("$A </s>", special_tokens=[("</s>", 2)])
    adds.save(str(copy / "tokenizer.json"))
    told, wanted = provider(str(copy)), provider(plain)
    assert told.count_tokens("rain") == wanted.count_tokens("rain")
    assert [a.text for a in answers(told, requests(OWN))] == [
        a.text for a in answers(wanted, requests(OWN))
    ]


def test_a_long_block_that_begins_like_a_kept_one_is_shared_as_a_whole(
    make: Callable[..., str],
) -> None:
    made = provider(make("llama", "causal"))
    short, whole = SHARED[: len(SHARED) // 3], SHARED
    (first,) = answers(made, requests(OWN[:1], shared=short))
    (second,) = answers(made, requests(OWN[:1], shared=whole))
    assert second.usage.cached > 2 * first.usage.cached  # type: ignore[operator]
    assert answers(made, requests(OWN[1:2], shared=whole))[0].usage.cached == second.usage.cached


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_bfloat16_shares_the_block_too(make: Callable[..., str], kind: str) -> None:
    made = provider(make(kind, "causal"), dtype="bfloat16")
    found = answers(made, requests(OWN))
    assert made.identity["dtype"] == "bfloat16"
    assert made._ways == {True: PrefixSharing.CASCADE}
    assert all(reply.usage.output for reply in found)


def test_a_model_of_the_hub_is_found_offline_in_its_cache(
    make: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    folder = make("llama", "causal")
    cached = tmp_path / "models--some-body--tiny"
    shutil.copytree(folder, cached / "snapshots" / "0123456789abcdef0123456789abcdef01234567")
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text("0123456789abcdef0123456789abcdef01234567")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    made = provider("some-body/tiny")
    assert made.identity["model"] == "some-body/tiny"
    assert made.identity["files"] == provider(folder).identity["files"]
    assert answers(made, requests(OWN))[0].text == answers(provider(folder), requests(OWN))[0].text


CHAT = (
    "{% for m in messages %}<{{ m.role }}> {{ m.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
NO_SYSTEM = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
)
TALK = [
    Message("system", "which is worse?"),
    Message("user", "the house walked quickly under seven green lamps " * 5),
    Message("assistant", "good"),
]


def chatting(plain: str, folder: Path, template: str = CHAT) -> str:
    copy = Path(shutil.copytree(plain, folder / "chat"))
    (copy / "chat_template.jinja").write_text(template)
    return str(copy)


def test_a_conversation_goes_through_the_chat_template_and_shares_its_turns(
    make: Callable[..., str], tmp_path: Path
) -> None:
    plain = make("llama", "causal")
    chat, base = provider(chatting(plain, tmp_path)), provider(plain)
    prompts = [Prompt.chat(TALK, [Message("user", text)]) for text in OWN]
    asked = answers(chat, [Request(p, "arm", str(i), 12) for i, p in enumerate(prompts)])
    texts = [
        "".join(f"<{m.role}> {m.content}\n" for m in p.messages) + "<assistant>" for p in prompts
    ]
    told = answers(base, requests(texts, shared=""))
    assert [a.text for a in asked] == [t.text for t in told]
    for prompt, text, reply in zip(prompts, texts, asked, strict=True):
        assert chat.count_messages(prompt.messages) == base.count_tokens(text)
        assert reply.usage.input == base.count_tokens(text)
        # All the shared turns come from the cache, and nothing of the item.
        cached = reply.usage.cached
        assert cached is not None
        assert base.count_tokens(text) - cached < 60
        assert cached >= base.count_tokens(texts[0].partition("good")[0])


def test_a_conversation_needs_a_chat_template(make: Callable[..., str], tmp_path: Path) -> None:
    plain = make("llama", "causal")
    asked = Request(Prompt.chat(TALK, [Message("user", "rain?")]), "arm", "i", 12)
    for made in (provider(plain), provider(chatting(plain, tmp_path), chat="off")):
        with pytest.raises(PlanError, match=r"cannot be asked in\s+the chat layout\n.*completion"):
            made.count_messages(asked.prompt.messages)
        with pytest.raises(PlanError, match="chat layout"):
            list(made.complete([asked]))


def test_a_chat_template_that_refuses_is_quoted(make: Callable[..., str], tmp_path: Path) -> None:
    made = provider(chatting(make("llama", "causal"), tmp_path, NO_SYSTEM + CHAT))
    with pytest.raises(PlanError, match=r"refuses .*: no system role\n.*system = false"):
        made.count_messages(TALK)
    assert made.count_messages(TALK[1:]) > 0
