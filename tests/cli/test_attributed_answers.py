"""`amplify worth --answers`: what an LLM's answers rest on, where its log-odds are a known sum."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from known.site import Site
from known.weather import WEATHER, lay, record

from amplify import word_ranges

SHOWN = (
    {"text": "icicles under an arctic moon", "label": "cold", "rationale": "Glaciers glitter."},
    {"text": "a scorching afternoon of lava", "label": "warm", "rationale": "Embers everywhere."},
    {"text": "lukewarm <b>tea</b>", "label": "warm", "rationale": "Kettles."},
)

DECLARATIONS = """
    from amplify import ExplainerComponent, ProviderComponent, hookimpl

    @hookimpl
    def amplify_providers():
        for name in ("Teller", "Far"):
            yield ProviderComponent(
                name=name.lower(), factory="{module}_live:" + name, summary="x", ranks=True
            )

    @hookimpl
    def amplify_explainers():
        yield ExplainerComponent(
            name="steep", factory="{module}_live:no", summary="x", needs=("gradients",)
        )
"""

WEIGHT = """
    def weight(word):
        if word in ("Q", "A", "Let's", "think", "step", "by", "So", "the", "The", "answer", "is"):
            return 0.0  # a word of the template
        return (7 * sum(map(ord, word)) % 11 - 5) / 10
"""

LIVE = f"""
    import math, os
    from amplify import AsyncProvider, Completion, SyncProvider, word_ranges
    {WEIGHT}
    class Teller(SyncProvider):
        # The log-odds of "warm" are a sum over the different words of the prompt.
        def complete(self, requests):
            for index, request in enumerate(requests):
                text = request.prompt.text
                with open(os.environ["KNOWN_LOG"], "a") as log:
                    log.write(text.replace("\\n", " ") + "\\n")
                odds = sum(weight(w) for w in {{text[a:b] for a, b in word_ranges(text)}})
                chances = {{" warm": 1 / (1 + math.exp(-odds)), " cold": 1 / (1 + math.exp(odds))}}
                logs = tuple((name, math.log(chances[name])) for name in request.labels)
                yield index, Completion(max(chances, key=chances.get), "teller", logprobs=logs)

    class Far(AsyncProvider):
        async def answer(self, request):
            raise AssertionError("it is refused before it is asked")
"""

PLAN = f"""
{WEATHER.replace('"voter"', '"teller"').replace("test = 40", "test = 6")}
[run]
seed = 1
answer = "rank"
faithfulness = false
[survey]
errors = "none"
[[arms]]
name = "zero-shot"
[[arms]]
name = "told"
selector = {{ use = "file", path = "shown.jsonl" }}
template = "chain-of-thought"
instruction = "Judge these climates."
shots = 3
"""

Command = Callable[..., tuple[int, str, str]]
ANSWERS = ("--answers", "2", "--explainer", "leave-one-out")


def words(text: str) -> list[str]:
    return [text[a:b] for a, b in word_ranges(text)]


def lost(part: str, rest: Iterable[str]) -> float:
    """What the log-odds of "warm" lose without this part of a prompt."""
    weigh: dict[str, Any] = {}
    exec(WEIGHT.replace("\n    ", "\n"), weigh)  # the same function as in the process of the LLM
    return sum(map(weigh["weight"], {*words(part)} - {*words(" ".join(rest))}))


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    (tmp_path / "shown.jsonl").write_text("".join(json.dumps(row) + "\n" for row in SHOWN))
    site.add("amplify-teller", DECLARATIONS, live=LIVE)
    return lay(site, tmp_path, plan=PLAN)


@pytest.fixture
def out(command: Command, place: Path) -> str:
    """The folder of the finished run."""
    folder = str(place / "out")
    code, _, told = command("run", str(place / "plan.toml"), "--out", folder)
    assert code == 0, told
    return folder


def asked(place: Path) -> list[str]:
    return (place / "log").read_text().splitlines()


def test_shares_are_what_the_log_odds_lose_without_each_part(
    command: Command, place: Path, out: str
) -> None:
    code, printed, told = command("worth", out, *ANSWERS, "--json")
    assert code == 0, told
    found = json.loads(printed)["attributions"]
    assert found == record(place)["attributions"]
    assert (found["arm"], found["of"], found["method"]) == (
        "told",
        "log-odds",
        "builtin/leave-one-out",
    )
    texts = [row["text"] for row in SHOWN]
    reasons = [row["rationale"] for row in SHOWN]
    instruction = "Judge these climates."
    for answer in found["answers"]:
        sign = 1 if answer["answer"] == "warm" else -1
        shares = {
            parts["kind"]: [share["share"] for share in parts["shares"]]
            for parts in answer["parts"]
        }
        labels = [row["label"] for row in SHOWN]
        everything = [*texts, *reasons, *labels, answer["text"], instruction]

        def share(*gone: str, sign: int = sign, everything: list[str] = everything) -> float:
            rest = list(everything)
            for part in gone:
                rest.remove(part)
            return sign * lost(" ".join(gone), rest)

        whole = [share(*parts) for parts in zip(texts, reasons, labels, strict=True)]
        assert shares["demonstrations"] == pytest.approx(whole, abs=1e-3)
        assert shares["rationales"] == pytest.approx([*map(share, reasons)], abs=1e-3)
        for kind, text in (("item", answer["text"]), ("instruction", instruction)):
            others = [each for each in everything if each != text]
            alone = [
                sign * lost(word, [*others, *(w for i, w in enumerate(words(text)) if i != place)])
                for place, word in enumerate(words(text))
            ]
            assert shares[kind] == pytest.approx(alone, abs=1e-3)
    assert len(found["answers"]) == 2
    assert {kind: check["measured"] for kind, check in found["checks"].items()} == {
        "demonstrations": 2,
        "rationales": 2,
        "item": 2,
        "instruction": 2,
    }


def test_no_prompt_is_asked_twice_and_every_report_has_it(
    command: Command, place: Path, out: str
) -> None:
    before = len(asked(place))
    code, printed, told = command("worth", out, *ANSWERS)
    assert code == 0, told
    printed = " ".join(printed.split())
    assert "2 answers of told attributed by builtin/leave-one-out" in printed
    # Each demonstration has its share in both answers beside it, and so has its rationale.
    shares = record(place)["attributions"]["answers"]
    for number, row in enumerate(SHOWN):
        behind = printed.partition(f"{number + 1}. {row['text'].split()[0]}")[2]
        for kind, what in enumerate(("in", "rationale in")):
            each = [answer["parts"][kind]["shares"][number]["share"] for answer in shares]
            assert f" {what} 2 answers: {sum(each) / 2:+.2f} (" in behind
    prompts = asked(place)
    assert len(prompts) == len(set(prompts))
    kept = record(place)
    of_answers = 2  # the whole prompts of both answers are those of the run
    assert kept["attributions"]["requests"] == len(prompts) - before + of_answers
    for again in (("worth", out, *ANSWERS), ("run", "--resume", "--out", out)):
        code, shown, _ = command(*again)
        assert code == 0
        assert "words of the item" in " ".join(shown.split())
        assert (asked(place), record(place)) == (prompts, kept)
    assert command("report", out, "--output", str(place / "page.html"))[0] == 0
    page = (place / "page.html").read_text()
    assert page.count("<span>in 2 answers: ") == page.count("<span>rationale in 2 answers: ") == 3
    assert "2 answers of told attributed by" in page
    assert "to the log-odds of the answer" in page
    assert "<b>tea</b>" not in page


def test_demonstrations_of_another_arm_have_their_shares_beside_them(
    command: Command, place: Path
) -> None:
    plan = f'{PLAN}[[arms]]\nname = "briefly"\nlike = "told"\nshots = 2\n'
    (place / "plan.toml").write_text(plan)
    options = ("-o", "run.focus=told", "-o", "worth.answers=1", "-o", "worth.arm=briefly")
    explainer = ("-o", "worth.explainer=leave-one-out")
    path, out = str(place / "plan.toml"), str(place / "out")
    code, printed, told = command("run", path, "--out", out, *options, *explainer)
    assert code == 0, told
    focus, other = printed.partition("2 demonstrations of briefly")[::2]
    assert "in 1 answer: " not in focus
    assert other.count(" in 1 answer: ") == 2 * 2


def test_plan_counts_about_as_many_prompts_as_attributing_takes(
    command: Command, place: Path, out: str
) -> None:
    path, before = str(place / "plan.toml"), len(asked(place))
    asks = ("-o", "worth.answers=4", "-o", "worth.explainer=leave-one-out")
    code, printed, told = command("plan", path, *asks, "--json")
    assert code == 0, told
    assert len(asked(place)) == before
    phases = {phase["name"]: phase["calls"] for phase in json.loads(printed)["phases"]}
    foreseen = phases["attribute answers (told), about"]
    code, _, told = command("worth", out, "--answers", "4", *ANSWERS[2:])
    assert code == 0, told
    assert foreseen == pytest.approx(len(asked(place)) - before, rel=0.15)


def test_a_cap_keeps_the_answers_that_are_attributed_and_the_rest_follows(
    command: Command, place: Path, out: str
) -> None:
    cap = str(len(asked(place)) + 20)
    code, _, told = command("worth", out, *ANSWERS, "--max-calls", cap)
    assert code == 1
    assert "0 items were not asked, and not all answers were attributed; raise it to go on" in told
    assert "to go on: amplify run --resume --out" in told
    assert record(place)["attributions"]["answers"] == []
    assert not record(place)["attributions"]["whole"]
    assert len(asked(place)) == int(cap)
    code, _, told = command("run", "--resume", "--out", out, "--max-calls", "9999")
    assert code == 0, told
    assert len(record(place)["attributions"]["answers"]) == 2
    assert len(asked(place)) == len(set(asked(place)))


def test_the_line_that_goes_on_names_the_answers_that_are_asked_for(
    command: Command, place: Path
) -> None:
    folder, path = str(place / "out"), str(place / "plan.toml")
    assert command("run", path, "--out", folder, "--max-calls", "3")[0] == 1
    item = json.loads((place / "out" / "prompts.jsonl").read_text().splitlines()[0])["item"]
    asks = ("-o", f'worth.answer_of=["{item}"]', "-o", 'worth.explainer={use = "leave-one-out"}')
    code, _, told = command("run", "--resume", "--out", folder, *asks, "--max-calls", "4")
    assert code == 1
    line = shlex.split(told.split("raise it to go on: amplify ")[1].splitlines()[0])
    while "--max-calls" in line:  # the cap of the line suffices for what can be counted
        del line[line.index("--max-calls") : line.index("--max-calls") + 2]
    code, _, told = command(*line, "--max-calls", "9999")
    assert code == 0, told
    assert [each["item"] for each in record(place)["attributions"]["answers"]] == [item]


def test_an_answer_is_named_and_a_prompt_without_demonstrations_has_words(
    command: Command, place: Path, out: str
) -> None:
    item = json.loads((place / "out" / "predictions.jsonl").read_text().splitlines()[-1])["item"]
    options = ("--answer-of", item, "--arm", "zero-shot", "--explainer", "leave-one-out")
    code, _, told = command("worth", out, *options)
    assert code == 0, told
    (answer,) = record(place)["attributions"]["answers"]
    assert answer["item"] == item
    assert answer["parts"][0]["kind"] == "item"
    code, _, told = command("worth", out, "--answer-of", "weather-9999")
    assert code == 2
    assert "there is no test item 'weather-9999'" in told
    assert command("run", "--resume", "--out", out)[0] == 0


@pytest.mark.parametrize(
    ("options", "words_of_error"),
    [
        (("--llm", "far"), "the answers of teller/far are not attributed"),
        (("--llm", "far"), "transformers/local and mini/local can"),
        (("--answer", "write"), "the LLM tells no probabilities"),
        (("-o", "worth.explainer=steep"), "explainer teller/steep needs gradients"),
        (("-o", "worth.explainer=random-words"), "random-words"),
        (("-o", "worth.answers=-1"), "a count of 0 to 100,000"),
    ],
)
def test_what_cannot_be_attributed_is_refused_before_anything_is_asked(
    command: Command, place: Path, options: tuple[str, ...], words_of_error: str
) -> None:
    path = str(place / "plan.toml")
    asks = ("-o", "worth.answers=2", "-o", "worth.explainer=leave-one-out", *options)
    for name in ("plan", "run"):
        more = ("--out", str(place / "new")) if name == "run" else ()
        code, _, told = command(name, path, *asks, *more)
        assert code == 2
        assert words_of_error in " ".join(told.split())
    assert not (place / "log").exists()


def test_a_tune_attributes_answers_of_the_prompt_that_wins(command: Command, place: Path) -> None:
    (place / "tune.toml").write_text(f"{PLAN}\n[tune]\nvalidation = 8\n")
    options = ("-o", "worth.answers=1", "-o", "worth.explainer=leave-one-out")
    code, printed, told = command(
        "tune", str(place / "tune.toml"), "--out", str(place / "out"), *options
    )
    assert code == 0, told
    result = record(place)
    assert result["attributions"]["arm"] == result["race"]["winner"]
    (answer,) = result["attributions"]["answers"]
    tested = (place / "out" / "predictions.jsonl").read_text().splitlines()
    assert answer["item"] in {json.loads(row)["item"] for row in tested}
    assert "1 answer of" in " ".join(printed.split())
    dry = (str(place / "tune.toml"), "--dry-run", *options)
    assert "and what attributes 1 answer)" in " ".join(command("tune", *dry)[1].split())
