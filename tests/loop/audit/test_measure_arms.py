"""Every arm's explanations are judged by the proxy that explained them, which is asked once."""

from __future__ import annotations

import pytest
from known.models import Additive, Weights

from amplify import Claim, Demonstration, Example, Explanation, Span
from amplify.contract.progress import silent
from amplify.loop.audit.measure_arms import measure_arms
from amplify.loop.prompt.arm import PreparedArm
from amplify.loop.survey.proxy import ProxySurvey

ITEMS = [Example("1", "good day now", "yes"), Example("2", "a good day", "yes")]
ZERO, ONE = Additive({"good": 0.3}), Additive({"good": 0.1, "day": 0.2})


def survey(*proxies: Additive) -> ProxySurvey:
    return ProxySurvey({}, {"1": 0, "2": len(proxies) - 1}, proxies)


def prepared(name: str) -> PreparedArm:
    return PreparedArm(name, "", tuple(Demonstration(item) for item in ITEMS), ("before",))


def told(proxy: Additive) -> list[Explanation]:
    return list(Weights().explain(proxy, [Claim(item, "yes") for item in ITEMS]))


def test_the_folds_own_proxy_is_asked_once_for_all_arms() -> None:
    ZERO.calls.clear()
    ONE.calls.clear()
    folded = survey(ZERO, ONE)
    asked = {"amplify": told(ZERO), "random": told(ONE)}
    made = measure_arms(
        [prepared("amplify"), prepared("random")],
        asked,
        {"amplify": folded, "random": folded},
        0,
        silent,
    )
    assert (len(ZERO.calls), len(ONE.calls)) == (1, 1)
    assert "good day now" in ZERO.calls[0]
    assert "a good day" in ONE.calls[0]
    assert "a good day" not in ZERO.calls[0]
    found = [[d.faithfulness for d in arm.demonstrations] for arm in made]
    # Three words: tops of 1, 1, 1, 1 and 2. Item 1 is judged by the first proxy, 2 by the other.
    comps = [[one.comprehensiveness for one in arm if one] for arm in found]
    assert comps[0] == pytest.approx([0.3, 0.1 * 4 / 5 + 0.1 / 5])
    assert comps[1] == pytest.approx([0.3 / 5, 0.2 * 4 / 5 + 0.3 / 5])
    assert all(arm.notes == ("before",) for arm in made)


def test_what_was_not_measured_is_said() -> None:
    flat = [Explanation(item, "yes", (Span(0, len(item.text), 1.0),)) for item in ITEMS]
    chains = [Explanation(item, "yes", text="because") for item in ITEMS]
    bare = [Explanation(item, "maybe", (Span(0, 1, 1.0),)) for item in ITEMS]
    made = measure_arms(
        [prepared(name) for name in ("flat", "chains", "bare", "alone", "none")],
        {"flat": flat, "chains": chains, "bare": bare, "alone": told(ZERO)},
        {name: survey(ZERO) for name in ("flat", "chains", "bare")},
        0,
        silent,
    )
    notes = {arm.name: arm.notes[1:] for arm in made}
    assert notes["flat"] == (
        "the faithfulness of 2 explanations was not measured: they give every word the same score",
    )
    assert notes["bare"] == (
        "the faithfulness of 2 explanations was not measured: the proxy does not know their label",
    )
    assert "there is no proxy" in notes["alone"][0]
    assert notes["chains"] == notes["none"] == ()
    assert all(d.faithfulness is None for arm in made for d in arm.demonstrations)
