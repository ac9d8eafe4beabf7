"""The provider against a real `transformers serve` with the embedded language model.

The same model answers in this process too, by `mini/local`. Both run it in float32, and no reply
holds a near tie between two tokens, so that the replies must be the same on any processor.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from amplify_openai.options import OpenAIOptions
from amplify_openai.provider import OpenAIProvider
from known.waiting import HUNG, wait_until

from amplify import Completion, Context, Failure, Prompt, Reply, Request

NEEDED = ("torch", "transformers", "fastapi", "uvicorn", "accelerate", "amplify_mini")
MISSING = [name for name in NEEDED if importlib.util.find_spec(name) is None]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(MISSING), reason=f"not installed: {', '.join(MISSING)} (amplify-openai[serve])"
    ),
]

AS_IT_IS = "{{ bos_token }}{% for message in messages %}{{ message['content'] }}{% endfor %}"
"""A chat template for a model that was trained on plain prompts."""


@dataclass
class Serving:
    """A running `transformers serve`: its address, and the folder of its model."""

    url: str
    model: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    from amplify_mini import MODEL_DIR

    folder = tmp_path_factory.mktemp("served")
    model = Path(shutil.copytree(MODEL_DIR, folder / "mini"))
    (model / "chat_template.jinja").write_text(AS_IT_IS)
    port = free_port()
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(model)]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    command += ["--device", "cpu", "--dtype", "float32"]
    env = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
        try:
            wait_for(process, f"http://127.0.0.1:{port}/health", folder / "log")
            yield Serving(f"http://127.0.0.1:{port}/v1", str(model))
        finally:
            process.terminate()
            process.wait(30)


def wait_for(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def healthy() -> bool:
        try:
            opener.open(url, timeout=HUNG).close()
        except OSError:
            return False
        return True

    wait_until(healthy, process)
    assert process.poll() is None, log.read_text()


def ask(serving: Serving, requests: list[Request], **options: Any) -> list[Reply]:
    """All at once, by one provider."""
    values: dict[str, Any] = {
        "model": serving.model,
        "server": "transformers-serve",
        "base_url": serving.url,
        **options,
    }
    provider = OpenAIProvider(OpenAIOptions(**values), Context())

    async def work() -> list[Reply]:
        try:
            return await asyncio.gather(*(provider.answer(request) for request in requests))
        finally:
            await provider.close()

    return asyncio.run(work())


def requests(**more: Any) -> list[Request]:
    """Six items of a generated task, behind eight that show their labels."""
    from amplify_mini.task import generate

    items = generate(14, 3, "short")
    shared = "".join(f"Q: {text}\nA: {label}\n\n" for text, label in items[:8])
    given: dict[str, Any] = {"max_tokens": 8, "stop": ("\n",), **more}
    return [
        Request(Prompt(shared, f"Q: {text}\nA:"), "arm", text, **given) for text, _ in items[8:]
    ]


def least_margin(request: Request, reply: Completion) -> float:
    """The least lead of a token of the reply over the next likely one, in logits."""
    import torch
    import transformers
    from amplify_mini import MODEL_DIR

    tokenizer = transformers.AutoTokenizer.from_pretrained(MODEL_DIR)
    model = transformers.AutoModelForCausalLM.from_pretrained(MODEL_DIR, dtype=torch.float32)
    prompt = tokenizer(request.prompt.text)["input_ids"]
    whole = tokenizer(request.prompt.text + reply.text)["input_ids"]
    assert whole[: len(prompt)] == prompt
    with torch.inference_mode():
        logits = model(torch.tensor([whole])).logits[0, len(prompt) - 1 : -1]
    best, second = logits.topk(2).values.T
    assert logits.argmax(-1).tolist() == whole[len(prompt) :]
    return float((best - second).min())


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_the_replies_are_those_of_the_same_model_in_this_process(
    serving: Serving, api: str
) -> None:
    from amplify_mini.local import local
    from amplify_mini.options import LocalOptions

    asked = requests(max_tokens=16)  # the responses API takes no less
    here = dict(local(LocalOptions(), Context(device="cpu")).complete(asked))
    there = ask(serving, asked, api=api)
    for index, reply in enumerate(there):
        mine, theirs = here[index], reply.outcome
        assert isinstance(mine, Completion)
        # A thousand times what kernels of different processors disagree by in float32.
        assert least_margin(asked[index], mine) > 0.05
        assert isinstance(theirs, Completion), theirs
        assert theirs.text == mine.until(asked[index].stop).text
        assert theirs.usage.input == mine.usage.input
        assert theirs.stop == mine.stop
    assert len({mine.text for mine in here.values()}) > 1  # type: ignore[union-attr]  # completions


def test_log_probabilities_are_passed_over_and_missed(serving: Serving) -> None:
    (reply,) = ask(serving, requests()[:1], logprobs=True)
    assert isinstance(reply.outcome, Completion)
    assert reply.outcome.note == "without log-probabilities: the server gave none"


def test_a_reply_is_cut_at_its_length(serving: Serving) -> None:
    (reply,) = ask(serving, requests(max_tokens=1, stop=())[:1], seed=3)
    assert isinstance(reply.outcome, Completion)
    assert (reply.outcome.stop, reply.outcome.usage.output) == ("length", 1)


def test_tokens_are_counted_as_the_server_counts_them(serving: Serving) -> None:
    request = requests()[0]
    (reply,) = ask(serving, [request])
    assert isinstance(reply.outcome, Completion)
    options = OpenAIOptions(model="m", base_url=serving.url, tokenizer=serving.model)
    counted = OpenAIProvider(options, Context()).count_tokens(request.prompt.text)
    assert counted == reply.outcome.usage.input


def test_another_model_is_refused(serving: Serving) -> None:
    (reply,) = ask(serving, requests()[:1], model="nobody/nothing")
    assert isinstance(reply.outcome, Failure)
    assert (reply.outcome.kind, reply.outcome.retry) == ("bad-request", False)
    assert "pinned" in reply.outcome.message


def labelled(answer: str, **more: Any) -> list[Request]:
    """The six items, with the label asked for."""
    from amplify_mini.task import LABELS

    asked = requests(**more)
    labels = tuple(f" {label}" for label in LABELS)
    return [replace(r, labels=labels, writes_first=answer == "complete") for r in asked]


def test_labels_are_ranked_by_a_reply_of_a_few_words(serving: Serving) -> None:
    written = [reply.outcome for reply in ask(serving, requests())]
    ranked = [reply.outcome for reply in ask(serving, labelled("rank"))]
    for mine, theirs in zip(written, ranked, strict=True):
        assert isinstance(mine, Completion)
        assert isinstance(theirs, Completion)
        assert (theirs.text.strip(), theirs.stop, theirs.note) == (mine.text.strip(), "end", "")


def test_a_label_is_asked_for_behind_what_was_written(serving: Serving) -> None:
    asked = labelled("complete", max_tokens=3)
    written = [reply.outcome for reply in ask(serving, requests(max_tokens=3))]
    completed = [reply.outcome for reply in ask(serving, asked)]
    for request, mine, theirs in zip(asked, written, completed, strict=True):
        assert isinstance(mine, Completion)
        assert isinstance(theirs, Completion)
        assert theirs.text == mine.text
        assert theirs.usage.input is not None
        assert theirs.usage.input > 2 * (mine.usage.input or 0)
        assert theirs.label in request.labels or theirs.note.startswith("without a label")


def test_a_schema_is_passed_over_in_silence(serving: Serving) -> None:
    (reply,) = ask(serving, labelled("complete")[:1], answer_by="schema")
    assert isinstance(reply.outcome, Completion)
    assert reply.outcome.label == ""
    assert reply.outcome.note == "without a label: the server passed the schema over"
