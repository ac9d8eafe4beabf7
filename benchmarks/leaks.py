"""How long the leakage check takes on 10,000 test items, and whether it finds every planted leak.

Sentences of 20 to 120 words; 500 of each kind of leak are planted in train (exact, white space,
case, one word changed, missing or added). Interleaved with the usual near-duplicate search, cosine
similarity of TF-IDF vectors above 0.9 (scikit-learn). Goal: all found in less than 10 seconds.

    python benchmarks/leaks.py [--items 10000] [--runs 3]
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections import Counter

from amplify import Example, Task
from amplify.loop.audit.leakage import LeakGuard, find_leaks
from amplify.loop.data.twins import group_twins

KINDS = ("exact", "white space", "case", "one word changed", "one word missing", "one word added")
PLANTED = 500
GOAL = 10.0


def sentence(draw: random.Random, vocabulary: list[str], weights: list[float]) -> str:
    return " ".join(draw.choices(vocabulary, cum_weights=weights, k=draw.randint(20, 120)))


def plant(kind: str, text: str, draw: random.Random) -> str:
    words = text.split()
    place = draw.randrange(len(words))
    if kind == "white space":
        return "  " + text.replace(" ", "\n\t")
    if kind == "case":
        return text.upper()
    if kind == "one word changed":
        words[place] = "changed"
    elif kind == "one word missing":
        del words[place]
    elif kind == "one word added":
        words.insert(place, "added")
    return " ".join(words)


def rival(test: list[Example], train: list[Example]) -> set[str]:
    """Ids of test items that have a near duplicate in train, by TF-IDF cosine above 0.9."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    found = TfidfVectorizer().fit([item.text for item in (*test, *train)])
    ours = found.transform([item.text for item in test])
    theirs = found.transform([item.text for item in train]).T.tocsr()
    near: set[str] = set()
    for start in range(0, len(test), 500):
        best = (ours[start : start + 500] @ theirs).max(axis=1).toarray().ravel()
        near |= {test[start + index].id for index in (best > 0.9).nonzero()[0]}
    return near


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=10_000, help="items on each side (10,000)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each (3)")
    given = parser.parse_args()
    draw = random.Random(0)
    vocabulary = [f"w{n}" for n in range(20_000)]
    # Words as frequent as Zipf's law has them.
    weights = [0.0]
    for rank in range(1, len(vocabulary) + 1):
        weights.append(weights[-1] + 1 / rank)
    texts = [sentence(draw, vocabulary, weights[1:]) for _ in range(2 * given.items)]
    test = [Example(f"t{n}", text, "a") for n, text in enumerate(texts[: given.items])]
    train = [Example(f"r{n}", text, "a") for n, text in enumerate(texts[given.items :])]
    planted = {}
    places = iter(draw.sample(range(given.items), min(PLANTED, given.items // 6) * len(KINDS)))
    for kind in KINDS:
        for item in draw.sample(test, min(PLANTED, given.items // 6)):
            place = next(places)
            train[place] = Example(f"r{place}", plant(kind, item.text, draw), "a")
            planted[item.id, kind] = place
    ids = {item for item, _ in planted}
    ours, busy, theirs, splitting = [], [], [], []
    for _ in range(given.runs):
        start, cpu = time.perf_counter(), time.process_time()
        leaks = find_leaks(test, train)
        ours.append(time.perf_counter() - start)
        busy.append(time.process_time() - cpu)
        start = time.perf_counter()
        near = rival(test, train)
        theirs.append(time.perf_counter() - start)
        start = time.perf_counter()
        group_twins((*test, *train))
        splitting.append(time.perf_counter() - start)
    found = {leak.test.id for leak in leaks}
    LeakGuard(Task("all", "", ("a",), tuple(train), (), tuple(test)), "note").check_train()
    lost = Counter(kind for item, kind in planted if item not in found)
    words = sum(len(text.split()) for text in texts)
    print(f"{given.items:,} test and {given.items:,} train items, {words:,} words")
    print(f"planted {len(ids)} test items; found {len(found & ids)}, others {len(found - ids)}")
    print(f"lost by kind: {dict(lost) or 'none'}")
    print(
        f"amplify: {statistics.median(ours):.2f} s (goal: below {GOAL:.0f} s), of which"
        f" {statistics.median(busy):.2f} s of processor time"
    )
    print(
        f"all {2 * given.items:,} items in groups of twins, for a split:"
        f" {statistics.median(splitting):.2f} s"
    )
    print(
        f"TF-IDF cosine: {statistics.median(theirs):.2f} s, found {len(near & ids)},"
        f" others {len(near - ids)}"
    )
    print(f"ratio: {statistics.median(theirs) / statistics.median(ours):.1f}")


if __name__ == "__main__":
    main()
