"""Calls a second through the engine, beside AsyncOpenAI with gather and DSPy's Evaluate.

A server on this machine, in a process of its own, answers chat completions after 20 ms. Ours is the
engine with the openai plugin, its journal and its cache on (cold). The rivals are AsyncOpenAI with
`gather` and a semaphore, as its users write it, and DSPy's Evaluate with its cache off and on, from
another environment (`--dspy PYTHON`: an interpreter that has dspy; left out without it). Every
measurement is a fresh process that times its calls alone, not its imports, after as many calls to
warm up as are in flight; the clients take turns, and medians are compared.

    python benchmarks/calls.py [--rounds 5] [--calls 1500] [--flights 16,64,256] [--dspy PYTHON]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

DELAY = 0.02
SHARED = "Q: is the number of this line even or odd? Think of nothing else.\nA: even\n\n" * 50
GOALS = {16: 1.2, 64: 1.5, 256: 2.0}
TESTS = Path(__file__).resolve().parent.parent / "tests"


def owns(count: int, word: str) -> list[str]:
    """What the prompts end with, each another text."""
    return [f"Q: {word} {number}\nA:" for number in range(count)]


def ours(url: str, count: int, flight: int) -> float:
    """The engine with the openai plugin, journal and cache."""
    from amplify_openai.options import OpenAIOptions
    from amplify_openai.provider import OpenAIProvider

    from amplify import Completion, Context, Prompt, Request
    from amplify.contract.progress import silent
    from amplify.run.engine.engine import Engine
    from amplify.run.plan.sections import CallsSection
    from amplify.run.store.cache.cache import Cache
    from amplify.run.store.journal import Journal

    def requests(count: int, word: str) -> list[Request]:
        return [Request(Prompt(SHARED, own), "a", own, 20) for own in owns(count, word)]

    provider = OpenAIProvider(OpenAIOptions(model="echo", base_url=f"{url}/v1"), Context())
    calls = CallsSection(concurrency=flight)
    with (
        tempfile.TemporaryDirectory() as folder,
        Cache(Path(folder) / "cache") as cache,
        Journal(Path(folder) / "calls.jsonl") as journal,
        Engine(provider, journal, silent, calls, cache) as engine,
    ):
        engine.ask(requests(flight, "warm"))
        began = time.perf_counter()
        outcomes = engine.ask(requests(count, "line"))
        cache.flush()
        took = time.perf_counter() - began
        assert all(isinstance(outcome, Completion) for outcome in outcomes)
        assert len(cache.get(list(journal.completions))) == count + flight
    return took


def openai(url: str, count: int, flight: int) -> float:
    """AsyncOpenAI, gather and a semaphore; nothing is kept."""
    from openai import AsyncOpenAI

    async def run() -> float:
        client = AsyncOpenAI(base_url=f"{url}/v1", api_key="none")
        slots = asyncio.Semaphore(flight)

        async def one(own: str) -> str | None:
            async with slots:
                reply = await client.chat.completions.create(
                    model="echo",
                    messages=[{"role": "user", "content": SHARED + own}],
                    max_tokens=20,
                    temperature=0.0,
                )
                return reply.choices[0].message.content

        await asyncio.gather(*(one(own) for own in owns(flight, "warm")))
        began = time.perf_counter()
        replies = await asyncio.gather(*(one(own) for own in owns(count, "line")))
        took = time.perf_counter() - began
        assert all(replies)
        await client.close()
        return took

    return asyncio.run(run())


def dspy(url: str, count: int, flight: int, cache: bool) -> float:
    """DSPy's Evaluate of a bare Predict, so many threads."""
    import dspy as library

    with tempfile.TemporaryDirectory() as folder:
        library.configure_cache(
            enable_disk_cache=cache, enable_memory_cache=cache, disk_cache_dir=folder
        )
        model = library.LM(
            "openai/echo", api_base=f"{url}/v1", api_key="none", max_tokens=20, temperature=0.0,
            cache=cache,
        )  # fmt: skip

        class Ask(library.Module):  # type: ignore[misc]  # the library has no types
            def forward(self, own: str) -> object:
                said = model(messages=[{"role": "user", "content": SHARED + own}])
                return library.Prediction(answer=said[0])

        def run(count: int, word: str) -> None:
            examples = [library.Example(own=o).with_inputs("own") for o in owns(count, word)]
            library.Evaluate(
                devset=examples, metric=lambda e, p, *_: bool(p.answer), num_threads=flight,
                display_progress=False,
            )(Ask())  # fmt: skip

        with library.context(lm=model):
            run(flight, "warm")
            began = time.perf_counter()
            run(count, "line")
            return time.perf_counter() - began


CLIENTS: dict[str, Callable[[str, int, int], float]] = {
    "amplify": ours,
    "AsyncOpenAI": openai,
    "DSPy, cache off": lambda url, count, flight: dspy(url, count, flight, False),
    "DSPy, cache cold": lambda url, count, flight: dspy(url, count, flight, True),
}


def measure(python: str, client: str, url: str, count: int, flight: int) -> float:
    """Calls a second of a client, in a process of its own."""
    command = [python, __file__, "--client", client, "--url", url, "--calls", str(count)]
    done = subprocess.run(
        [*command, "--flights", str(flight)], check=True, capture_output=True, text=True,
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
    )  # fmt: skip
    return count / float(done.stdout.split()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=1500)
    parser.add_argument("--flights", default="16,64,256")
    parser.add_argument("--dspy", help="an interpreter that has dspy")
    parser.add_argument("--client", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    flights = [int(flight) for flight in given.flights.split(",")]
    if given.client:
        print(CLIENTS[given.client](given.url, given.calls, flights[0]))
        return
    names = [name for name in CLIENTS if given.dspy or not name.startswith("DSPy")]
    with subprocess.Popen(
        [sys.executable, "-m", "known.server", str(DELAY)],
        cwd=TESTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as server:  # fmt: skip
        assert server.stdout is not None
        assert server.stdin is not None
        url = server.stdout.readline().strip()
        for flight in flights:
            rates: dict[str, list[float]] = {name: [] for name in names}
            for _ in range(given.rounds):
                for name in names:
                    python = given.dspy if name.startswith("DSPy") else sys.executable
                    rates[name].append(measure(python, name, url, given.calls, flight))
            report(flight, rates)
        server.stdin.close()


def report(flight: int, rates: dict[str, list[float]]) -> None:
    """A line for each client: its rate, the range, and its share of AsyncOpenAI's."""
    base = statistics.median(rates["AsyncOpenAI"])
    goal = f"goal for amplify: {GOALS[flight]}" if flight in GOALS else ""
    print(f"{flight} in flight (at most {flight / DELAY:,.0f} calls/s)  {goal}")
    for name, found in rates.items():
        median = statistics.median(found)
        print(
            f"  {name:17} {median:7.0f} calls/s ({min(found):.0f} to {max(found):.0f})"
            f"  {median / base:5.2f} of AsyncOpenAI",
            flush=True,
        )


if __name__ == "__main__":
    main()
