"""Writes and reads of the reply cache, beside diskcache and sqlitedict, and its wrong hits.

Every store gets the same replies as JSON text under the same keys, and is timed until they are on
disk (diskcache and sqlitedict commit each write; sqlitedict's batched mode, one commit at the end,
is shown too). The stores take turns. Ours is timed from records to records: encoding, decoding and
the checks are in its figures, the others store and give back text.

Then 100,000 requests that differ in one small thing each (a letter, where the shared block ends, a
number, the address, the model, the order) get their keys; each must find its own reply or none.

    python benchmarks/cache.py [--rows 5000] [--rounds 5] [--requests 100000]
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import msgspec

from amplify import Completion, Prompt, Request, Usage
from amplify.run.engine.request_key import request_key
from amplify.run.store.cache.cache import Cache

Timed = tuple[float, float, float]
"""Microseconds of a write, of a read one by one, of a read of many at once."""


def replies(count: int) -> dict[str, Completion]:
    """Replies of some 400 characters by key."""
    draw = random.Random(1)
    return {
        f"{draw.getrandbits(256):064x}": Completion(
            " ".join(draw.choices(("key", "words", "are", "clues"), k=80)),
            "m",
            usage=Usage(900, 90),
        )
        for _ in range(count)
    }


def micros(work: Callable[[], object], count: int) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) / count * 1e6


def ours(folder: Path, rows: dict[str, Completion]) -> Timed:
    with Cache(folder / "ours") as cache:

        def put() -> None:
            for key, reply in rows.items():
                cache.put(key, reply)
            cache.flush()

        write = micros(put, len(rows))
        one = micros(lambda: [cache.get([key]) for key in rows], len(rows))
        many = micros(lambda: cache.get(list(rows)), len(rows))
        assert cache.get(list(rows)) == rows
    return write, one, many


def diskcache(folder: Path, rows: dict[str, Completion]) -> Timed:
    import diskcache as library

    texts = {key: msgspec.json.encode(reply).decode() for key, reply in rows.items()}
    with library.Cache(str(folder / "diskcache"), eviction_policy="none") as cache:
        write = micros(lambda: [cache.set(k, v) for k, v in texts.items()], len(rows))
        one = micros(lambda: [cache.get(k) for k in texts], len(rows))
        assert all(cache.get(k) == v for k, v in texts.items())
    return write, one, float("nan")


def sqlitedict(folder: Path, rows: dict[str, Completion], each: bool) -> Timed:
    import sqlitedict as library

    texts = {key: msgspec.json.encode(reply).decode() for key, reply in rows.items()}
    name = str(folder / f"sqlitedict-{each}")
    with library.SqliteDict(
        name, autocommit=each, journal_mode="WAL", encode=str, decode=str
    ) as store:

        def put() -> None:
            for key, text in texts.items():
                store[key] = text
            store.commit()

        write = micros(put, len(rows))
        one = micros(lambda: [store[k] for k in texts], len(rows))
        assert all(store[k] == v for k, v in texts.items())
    return write, one, float("nan")


STORES: dict[str, Callable[[Path, dict[str, Completion]], Timed]] = {
    "amplify": ours,
    "diskcache": diskcache,
    "sqlitedict, each": lambda folder, rows: sqlitedict(folder, rows, True),
    "sqlitedict, batched": lambda folder, rows: sqlitedict(folder, rows, False),
}


def nearly_equal(count: int) -> dict[tuple[object, ...], str]:
    """Requests that differ from one another in little, all different: what each is, and its key."""
    draw = random.Random(2)
    text = "Q: It is snowing, and the ice holds.\nA: cold\n\nQ: The sun burns the sand.\nA:"
    found: dict[tuple[object, ...], str] = {}
    while len(found) < count:
        letters = list(text)
        for _ in range(draw.randint(0, 2)):
            place = draw.randrange(len(letters))
            letters[place] = draw.choice((letters[place], letters[place].swapcase(), " ", "\n", ""))
        made, cut = "".join(letters), draw.randint(0, 60)
        stop = draw.choice(((), ("\n",), ("\n\n",), ("\n", "\n"), ("Q:",)))
        identity: dict[str, object] = {
            "provider": draw.choice(("openai/openai", "anthropic/anthropic")),
            "base_url": draw.choice(("http://a/v1", "http://b/v1", "http://a/v2")),
            "model": draw.choice(("m", "m-1", "m1", "M")),
            "temperature": draw.choice((0.0, 0.1, 1.0)),
            "seed": draw.choice((None, 0, 1)),
        }
        most = draw.choice((1, 10, 100, 101))
        request = Request(Prompt(made[:cut], made[cut:]), "a", str(len(found)), most, stop)
        what = (made, min(cut, len(made)), stop, most, *identity.values())
        found[what] = request_key(request, identity, apart=True)
    return found


def wrong_hits(folder: Path, count: int) -> tuple[int, int, int]:
    """Half of the requests get a reply; how many of all are looked up, hit, and hit wrongly."""
    requests = list(nearly_equal(count).items())
    random.Random(3).shuffle(requests)
    half = len(requests) // 2
    hits = wrong = 0
    with Cache(folder / "near", megabytes=10_000) as cache:
        for what, key in requests[:half]:
            cache.put(key, Completion(repr(what), "m"))
        cache.flush()
        held = cache.get([key for _, key in requests])
        for number, (what, key) in enumerate(requests):
            reply = held.get(key)
            hits += reply is not None
            right = reply is not None and reply.text == repr(what)
            wrong += right != (number < half)
    return len(requests), hits, wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=100_000)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    rows = replies(given.rows)
    times: dict[str, list[Timed]] = {name: [] for name in STORES}
    for _ in range(given.rounds):
        for name, store in STORES.items():
            with tempfile.TemporaryDirectory() as folder:
                times[name].append(store(Path(folder), rows))
    base = [statistics.median(column) for column in zip(*times["amplify"], strict=True)]
    print(f"{given.rows:,} replies, medians of {given.rounds}, microseconds (times ours)")
    for name, found in times.items():
        write, one, many = (statistics.median(column) for column in zip(*found, strict=True))
        at_once = f", {many:5.1f} many at once" if many == many else ""
        print(
            f"  {name:20} {write:6.1f} a write ({write / base[0]:5.1f}),"
            f" {one:6.1f} a read ({one / base[1]:4.1f}){at_once}"
        )
    with tempfile.TemporaryDirectory() as folder:
        looked, hits, wrong = wrong_hits(Path(folder), given.requests)
    print(f"{looked:,} nearly equal requests, half of them cached: {hits:,} hits, {wrong} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
