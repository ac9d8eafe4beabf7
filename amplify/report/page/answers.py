"""Packs what every arm answered to every item, with prompts and replies, for a page's script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from amplify.contract.data import Prediction
from amplify.contract.grammar import counted
from amplify.contract.guard.visible import visible_lines
from amplify.report.page.prompt_texts import PromptTexts
from amplify.run.store.stored_run import Group, StoredPrompt, StoredRun, stored_group

MOST_ANSWERS = 120_000
"""The most answers on a page; where there are more, the later draws are left out."""

LONGEST_REPLY = 20_000
"""The most characters of a reply that are shown."""

Proxy = tuple[str, Mapping[str, str]]
"""The name of a proxy, and its label of each item."""


@dataclass
class Texts:
    """Texts by number: equal ones are kept once, and none holds a character that acts."""

    texts: list[str] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def number(self, text: str) -> int:
        """The number of a text; what is longer than `LONGEST_REPLY` is cut, and says so."""
        number = self._numbers.get(text)
        if number is None:
            number = self._numbers[text] = len(self.texts)
            self.texts.append(shown_text(text))
        return number


def shown_text(text: str) -> str:
    """A text as a page shows it: escaped, and cut where it is very long."""
    if len(text) <= LONGEST_REPLY:
        return visible_lines(text)
    rest = len(text) - LONGEST_REPLY
    return (
        f"{visible_lines(text[:LONGEST_REPLY])}… ({counted(rest, 'character')} more are not shown)"
    )


def packed_run(run: StoredRun, most: int = MOST_ANSWERS) -> dict[str, Any]:
    """What the page's script needs of the items of a run, with what the proxies say of them.

    `most` is the most answers that are packed.
    """
    verdict = run.record["verdict"]
    focus = run.record.get("race", {}).get("chosen") or verdict["focus"]
    named = zip(run.record.get("proxies", []), run.proxy_labels, strict=False)
    proxies = [(f"proxy {proxy['name']}", labels) for proxy, labels in named]
    best = next((arm.get("best_draw") for arm in run.record["arms"] if arm["name"] == focus), 0)
    baseline = verdict["baseline"]
    packed = packed_answers(run.predictions, run.prompts(), focus, baseline, proxies, most)
    return {**packed, "draw": best or 0}


def packed_answers(
    predictions: Sequence[Prediction],
    prompts: Iterable[StoredPrompt],
    focus: str,
    baseline: str,
    proxies: Sequence[Proxy] = (),
    most: int = MOST_ANSWERS,
) -> dict[str, Any]:
    """All that the page's script needs of answers to items, as JSON-able data.

    `focus` and `baseline` name the arms that the page compares at first; `proxies` are the names
    of models and their labels by item; `most` is the most answers that are packed. Of the result,
    `groups` are the draws of the arms and the proxies, `items` their ids, true labels and inputs;
    `answers` holds for each group a row an item: numbers of `texts`, and of the prompt's parts;
    `draw` is the draw that is shown at first, 0 for any, and `dropped` counts answers for which
    there was no room.
    """
    kept, dropped = _kept(predictions, most)
    texts, parts = Texts(), PromptTexts()
    places: dict[str, int] = {}
    items: list[list[Any]] = []
    groups: dict[Group, list[list[Any] | None]] = {}
    for prediction in kept:
        place = places.setdefault(prediction.item, len(places))
        if place == len(items):
            items.append([visible_lines(prediction.item), texts.number(prediction.label), ""])
        of_group = groups.setdefault((prediction.arm, prediction.draw), [])
        of_group.extend([None] * (place + 1 - len(of_group)))
        of_group[place] = _row(prediction, texts)
    _add_prompts(prompts, groups, places, parts)
    for place, text in parts.inputs().items():
        items[place][2] = text
    truth = {p.item: p.label for p in kept}
    return {
        "groups": [
            *({"arm": visible_lines(arm), "draw": draw, "proxy": False} for arm, draw in groups),
            *({"arm": visible_lines(name), "draw": 0, "proxy": True} for name, _ in proxies),
        ],
        "focus": visible_lines(focus),
        "baseline": visible_lines(baseline),
        "items": items,
        "answers": [
            *groups.values(),
            *([_proxy_row(item, labels, truth, texts) for item in places] for _, labels in proxies),
        ],
        "texts": texts.texts,
        "blocks": parts.blocks.texts,
        "heads": parts.heads,
        "dropped": dropped,
        "draw": 0,
    }


def _kept(predictions: Sequence[Prediction], room: int) -> tuple[Sequence[Prediction], int]:
    """The first draws, as many as there is `room` for, and how many answers are left out.

    Where the first draws alone are too many, items are left out too.
    """
    if len(predictions) <= room:
        return predictions, 0
    last = max(p.draw for p in predictions)
    kept = predictions
    while last > 1 and len(kept) > room:
        last -= 1
        kept = [p for p in kept if p.draw <= last]
    if len(kept) > room:
        items = list(dict.fromkeys(p.item for p in kept))
        first = set(items[: room // len({(p.arm, p.draw) for p in kept})])
        kept = [p for p in kept if p.item in first]
    return kept, len(predictions) - len(kept)


def _row(prediction: Prediction, texts: Texts) -> list[Any]:
    """Answer, status, whether it is right, reply, error, second reply, how, and how sure."""
    sure = dict(prediction.probabilities).get(prediction.answer or "")
    return [
        None if prediction.answer is None else texts.number(prediction.answer),
        prediction.status,
        int(prediction.correct),
        texts.number(prediction.reply),
        texts.number(prediction.error) if prediction.error else None,
        None if prediction.second_reply is None else texts.number(prediction.second_reply),
        prediction.how,
        None if sure is None else round(sure, 4),
        None,
    ]


def _add_prompts(
    prompts: Iterable[StoredPrompt],
    groups: Mapping[Group, Sequence[list[Any] | None]],
    places: Mapping[str, int],
    parts: PromptTexts,
) -> None:
    """Write the number of its prompt's parts at the end of each row of the groups."""
    for prompt in prompts:
        place = places.get(prompt.item)
        rows = groups.get(stored_group(prompt.arm, prompt.draw, groups), [])
        row = None if place is None or place >= len(rows) else rows[place]
        if row is not None and place is not None:
            row[-1] = parts.add(prompt, place)


def _proxy_row(
    item: str, labels: Mapping[str, str], truth: Mapping[str, str], texts: Texts
) -> list[Any] | None:
    """What a proxy says of an item, as a row like those of arms; None where it says nothing."""
    if item not in labels:
        return None
    answer = [texts.number(labels[item]), "answered", int(labels[item] == truth[item])]
    return [*answer, texts.number(""), None, None, "", None, None]
