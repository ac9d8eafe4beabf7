"""A GGUF file as a model: converted once, whole or not at all, and refused where it is damaged."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from amplify_transformers.classifier.proxy import Classifier
from amplify_transformers.generate.provider import LocalProvider
from amplify_transformers.models import files, loading
from amplify_transformers.models.gguf_file import check_tokenizer
from amplify_transformers.options import ClassifierOptions, LocalOptions, VerbalizerOptions
from amplify_transformers.verbalizer.proxy import Verbalizer

from amplify import Completion, Context, Example, PlanError, Prompt, Request

pytest.importorskip("accelerate", reason="accelerate is not installed")

Make = Callable[..., str]
Write = Callable[..., Path]

SHARED = "the house walked quickly under seven green lamps; " * 6 + "\n\n"
ITEMS = ["Is it rain?\nA:", "which is worse, the river or the snow?\nA:", "no\nA:"]
WORDS = ("rain", "snow", "river", "cloud")
TEMPLATE = "{% for m in messages %}question: {{ m.content }}{% endfor %}\nanswer:"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder of a test."""
    monkeypatch.setenv("AMPLIFY_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def provider(model: Path | str, context: Context | None = None, **options: Any) -> LocalProvider:
    return LocalProvider(LocalOptions(model=str(model), **options), context or Context())


def replies(local: LocalProvider) -> list[str]:
    asked = [Request(Prompt(SHARED, item), "arm", str(i), 8) for i, item in enumerate(ITEMS)]
    outcomes = dict(local.complete(asked))
    assert all(isinstance(outcome, Completion) for outcome in outcomes.values()), outcomes
    return [outcomes[index].text for index in range(len(ITEMS))]  # type: ignore[union-attr]  # asserted


def conversions(cache: Path) -> set[str]:
    return {path.name for path in cache.glob("models/*/*") if path.suffix != ".lock"}


def test_a_gguf_file_answers_as_the_model_that_it_was_made_of(
    make: Make, write_gguf: Write, tmp_path: Path, cache: Path
) -> None:
    folder = make("llama", "causal")
    file = write_gguf(folder, tmp_path / "Tiny.Q8.gguf")
    local = provider(file)
    assert local.limit == 2048
    assert local.count_tokens(SHARED) == provider(folder).count_tokens(SHARED)
    assert conversions(cache) == {"settings"}  # to plan a run, no weights are needed
    assert "converted before its first answer" in local.preparation
    assert replies(local) == replies(provider(folder))
    assert local.preparation == ""
    assert conversions(cache) == {"settings", "weights"}
    assert not list(cache.rglob("*.bin"))
    assert local.identity["model"] == "Tiny.Q8"
    assert str(tmp_path) not in json.dumps(local.identity)


def test_both_proxies_take_a_gguf_file(make: Make, write_gguf: Write, tmp_path: Path) -> None:
    folder = make("llama", "causal")
    file = str(write_gguf(folder, tmp_path / "tiny.gguf"))
    items = [Example(str(i), item, ("good", "bad")[i % 2]) for i, item in enumerate(ITEMS * 2)]

    def scores(proxy: Any) -> list[Any]:
        proxy.fit(items, ("bad", "good"))
        return [score.logits for score in proxy.predict(items)]

    for kind, options in (
        (Verbalizer, lambda model: VerbalizerOptions(model=model, kernel="default")),
        (Classifier, lambda model: ClassifierOptions(model=model, epochs=1, kernel="default")),
    ):
        converted, plain = (scores(kind(options(m), Context())) for m in (file, folder))
        for left, right in zip(converted, plain, strict=True):
            assert left == pytest.approx(right, abs=1e-5)


def test_a_second_use_converts_nothing(make: Make, write_gguf: Write, tmp_path: Path) -> None:
    file = write_gguf(make("llama", "causal"), tmp_path / "tiny.gguf")
    phases: list[str] = []

    @contextmanager
    def show(phase: str, total: int | None) -> Iterator[Callable[..., None]]:
        phases.append(phase)
        yield lambda count=1: None

    first = replies(provider(file, Context(show=show)))
    assert [phase for phase in phases if phase.startswith("convert")] == [
        "convert the tokenizer of tiny, once",
        "convert the weights of tiny, once",
    ]
    del phases[:]
    assert replies(provider(file, Context(show=show))) == first
    assert not [phase for phase in phases if phase.startswith("convert")]


def test_a_file_with_other_contents_is_another_model(
    make: Make, write_gguf: Write, tmp_path: Path
) -> None:
    file = write_gguf(make("llama", "causal"), tmp_path / "tiny.gguf")
    before = provider(file)
    replies(before)
    folder = make("llama", "causal", rms_norm_eps=0.1)
    write_gguf(folder, file)
    after = provider(file)
    assert after.identity["files"] != before.identity["files"]
    assert replies(after) == replies(provider(folder))


def test_the_file_s_chat_template_is_used(make: Make, write_gguf: Write, tmp_path: Path) -> None:
    folder = make("llama", "causal")
    told = {"tokenizer.chat_template": TEMPLATE}
    local = provider(write_gguf(folder, tmp_path / "chat.gguf", metadata=told))
    assert local.identity["chat"]
    assert local.count_tokens("rain") == provider(folder).count_tokens("question: rainanswer:")


def test_the_file_s_beginning_of_text_is_used(
    make: Make, write_gguf: Write, tmp_path: Path
) -> None:
    folder = make("llama", "causal")
    begins = {"tokenizer.ggml.add_bos_token": True, "tokenizer.ggml.bos_token_id": 0}
    local = provider(write_gguf(folder, tmp_path / "tiny.gguf", metadata=begins))
    assert local.count_tokens("rain") == 1 + (provider(folder).count_tokens("rain") or 0)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"tokenizer.ggml.tokens": ["a"]}, "it has 360 tokens, and the file 1"),
        ({"tokenizer.ggml.eos_token_id": 1}, "its eos_token_id is 2"),
        ({"tokenizer.ggml.add_bos_token": True}, "the beginning of a text"),
        ({"tokenizer.chat_template": TEMPLATE}, "its chat template is another"),
        ({7: "ö"}, "its token 7 is "),
    ],
)
def test_a_tokenizer_that_is_not_the_file_s_is_refused(
    make: Make, metadata: dict[Any, Any], message: str
) -> None:
    tokenizer = loading.read_tokenizer(Path(make("llama", "causal")))
    tokens = tokenizer.convert_ids_to_tokens(range(360))
    own = {"tokenizer.ggml.tokens": tokens, "tokenizer.ggml.add_bos_token": False}
    check_tokenizer(tokenizer, own, "tiny")
    tokens[7] = metadata.get(7, tokens[7])
    with pytest.raises(PlanError, match=message):
        check_tokenizer(tokenizer, {**own, **metadata}, "tiny")


def test_a_tokenizer_that_lies_beside_the_file_is_not_taken(
    make: Make, write_gguf: Write, tmp_path: Path
) -> None:
    shutil.copytree(make("bert", "masked"), tmp_path / "mixed")
    folder = make("llama", "causal")
    local = provider(write_gguf(folder, tmp_path / "mixed" / "tiny.gguf"))
    assert local.count_tokens(SHARED) == provider(folder).count_tokens(SHARED)
    assert replies(local) == replies(provider(folder))


@pytest.mark.parametrize("lost", ["weights/model.safetensors", "weights", "settings/config.json"])
def test_a_conversion_that_has_lost_a_file_is_made_again(
    make: Make, write_gguf: Write, tmp_path: Path, cache: Path, lost: str
) -> None:
    file = write_gguf(make("llama", "causal"), tmp_path / "tiny.gguf")
    first = replies(provider(file))
    (path,) = cache.glob(f"models/*/{lost}")
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert replies(provider(file)) == first


def test_a_conversion_that_was_cut_short_is_made_again(
    make: Make, write_gguf: Write, tmp_path: Path, cache: Path
) -> None:
    file = write_gguf(make("llama", "causal"), tmp_path / "tiny.gguf")
    first = replies(provider(file))
    (weights,) = cache.glob("models/*/weights")
    weights.rename(weights.with_name("weights.part"))
    (weights.with_name("weights.part") / "model.safetensors").write_bytes(b"half")
    assert replies(provider(file)) == first
    assert conversions(cache) == {"settings", "weights"}


CONVERT = """
import sys
from contextlib import contextmanager
from amplify import Context
from amplify_transformers.models.files import find
@contextmanager
def show(phase, total):
    print(phase, flush=True)
    yield lambda count=1: None
print(find(sys.argv[1], Context(show=show)).weights)
"""


def test_two_processes_convert_once(make: Make, write_gguf: Write, tmp_path: Path) -> None:
    file = write_gguf(make("llama", "causal"), tmp_path / "tiny.gguf")
    command = [sys.executable, "-c", CONVERT, str(file)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    output = "".join(process.communicate()[0] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert output.count("convert the weights") == 1
    assert output.count(str(files.find(str(file), Context()).weights)) == 2


def test_a_killed_conversion_leaves_nothing_that_is_used(
    make: Make, write_gguf: Write, tmp_path: Path, cache: Path
) -> None:
    file = write_gguf(make("llama", "causal"), tmp_path / "tiny.gguf")
    command = [sys.executable, "-c", CONVERT, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "weights" in line:
                process.kill()
                break
    assert "weights" not in conversions(cache)
    assert replies(provider(file)) == replies(provider(make("llama", "causal")))


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 4096)


def cut_in_the_header(file: Path) -> None:
    os.truncate(file, 600)


def empty(file: Path) -> None:
    file.write_bytes(b"")


def pickled(file: Path) -> None:
    torch.save({"a": torch.zeros(9)}, file)


def spoil_weights(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.seek(-20_000, os.SEEK_END)
        opened.write(b"\xff" * 4096)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (cut, "cut off"),
        (cut_in_the_header, "no GGUF file that can be read"),
        (empty, "no GGUF file that can be read"),
        (pickled, "no GGUF file that can be read"),
        (spoil_weights, "holds what is no number"),
    ],
)
def test_a_damaged_file_is_refused(
    make: Make,
    write_gguf: Write,
    tmp_path: Path,
    cache: Path,
    damage: Callable[[Path], None],
    message: str,
) -> None:
    file = write_gguf(make("llama", "causal"), tmp_path / "tiny.gguf")
    damage(file)
    with pytest.raises(PlanError, match=message):
        replies(provider(file))
    assert "weights" not in conversions(cache)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"general.architecture": "no-such-kind"}, "cannot be converted"),
        ({"general.architecture": "t5"}, r"no causal language model|cannot be converted"),
        ({"tokenizer.ggml.model": "no-such-kind"}, "cannot be converted"),
        ({"tokenizer.ggml.tokens": None}, "cannot be converted"),
        ({"split.count": 3}, "one part of 3"),
    ],
)
def test_a_file_of_an_unknown_kind_is_refused(
    make: Make, write_gguf: Write, tmp_path: Path, metadata: dict[str, Any], message: str
) -> None:
    file = write_gguf(make("llama", "causal"), tmp_path / "tiny.gguf", metadata=metadata)
    with pytest.raises(PlanError, match=message):
        provider(file)


def test_a_file_that_lacks_weights_is_refused(
    make: Make, write_gguf: Write, tmp_path: Path
) -> None:
    folder = make("llama", "causal")
    file = write_gguf(folder, tmp_path / "tiny.gguf", lacking="blk.1.ffn_up.weight")
    with pytest.raises(PlanError, match=r"not complete: .*up_proj"):
        replies(provider(file))


def test_a_cache_that_cannot_be_written_is_named(
    make: Make, write_gguf: Write, tmp_path: Path, cache: Path
) -> None:
    cache.write_text("a file is in the folder's place")
    file = write_gguf(make("llama", "causal"), tmp_path / "tiny.gguf")
    with pytest.raises(PlanError, match=r"cannot be written") as raised:
        provider(file)
    assert "AMPLIFY_CACHE_DIR" in raised.value.hint


def test_a_folder_that_holds_a_gguf_file_names_it(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").touch()
    with pytest.raises(PlanError, match=r"no config\.json") as raised:
        provider(tmp_path)
    assert "model.gguf" in raised.value.hint


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"no model file 'tiny\.gguf'"):
        provider("tiny.gguf", Context(paths=(tmp_path,)))


def test_a_plan_says_that_a_conversion_will_happen(
    make: Make, write_gguf: Write, tmp_path: Path, cache: Path
) -> None:
    write_gguf(make("llama", "causal"), tmp_path / "tiny.gguf")
    rows = [
        f"{label} {word} {i},{label}" for i, word in enumerate(ITEMS[0].split()) for label in "ab"
    ]
    (tmp_path / "plan.csv").write_text("\n".join(["text,label", *rows]))
    (tmp_path / "plan.toml").write_text(
        '[task]\nuse = "csv"\npath = "plan.csv"\n[split]\ntrain = 0\npool = 3\ntest = 3\n'
        '[llm]\nuse = "transformers/local"\nmodel = "tiny.gguf"\n'
        '[[arms]]\nname = "zero-shot"\ntemplate = "answer-only"\nshots = 0\n'
    )
    done = subprocess.run(
        [sys.executable, "-c", "from amplify.cli.main import main; main()", "plan", "plan.toml"],
        cwd=tmp_path,
        env={**os.environ, "COLUMNS": "400"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "tiny is converted before its first answer, once for all runs" in done.stdout
    assert conversions(cache) == {"settings"}
