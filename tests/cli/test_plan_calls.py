"""What `amplify plan` tells of the calls of a run: their number, cost and time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from known.days import cold, lay_days, plan, record
from known.prices import TABLE
from known.server import Seen, Server, in_turn
from known.site import Site


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    return lay_days(site, tmp_path)


def test_plan_tells_cost_and_time(site: Site, place: Path) -> None:
    (place / "prices.toml").write_text(TABLE)
    with Server(answer=cold) as server:
        made = str(plan(place, server, requests_per_minute=60))
        more = ("--prices", str(place / "prices.toml"), "--json")
        told = json.loads(site.amplify("plan", made, *more).stdout)
        assert server.seen == []
        unknown = json.loads(site.amplify("plan", made, "--json").stdout)
        shown = site.amplify("plan", made, *more[:2]).stdout
        done = site.amplify("run", made, "--out", str(place / "out"), *more[:2],
                       "-o", "calls.requests_per_minute=60000")  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert told["counted"]
    assert told["price"]["source"] == "a test"
    assert [phase["calls"] for phase in told["phases"]] == [40, 40]
    assert [phase["seconds"] for phase in told["phases"]] == [40.0, 40.0]
    arms = record(place, "out")["arms"]
    assert [p["tokens"] for p in told["phases"]] == [a["tokens"]["input"] for a in arms]
    for phase in told["phases"]:
        most = phase["tokens"] * 125 / 1e6 + phase["most_output"] * 200 / 1e6
        assert phase["cost"] == pytest.approx(most)
    assert [phase["cost"] for phase in unknown["phases"]] == [None, None]
    assert "by a test of 2026-01-01" in " ".join(shown.split())


def test_a_cap_on_money_needs_a_price(site: Site, place: Path) -> None:
    with Server(in_turn()) as server:
        made = str(plan(place, server))
        done = site.amplify("run", made, "--out", str(place / "out"), "--max-cost", "1")
        assert server.seen == []
    assert done.returncode == 2
    assert "the price of 'echo' is unknown" in done.stderr
    assert not (place / "out").exists()


ASKING = """
    from amplify import ExplainerComponent, ProxyComponent, hookimpl

    @hookimpl
    def amplify_proxies():
        yield ProxyComponent(name="coin", factory="{module}_live:Coin", summary="a proxy")

    @hookimpl
    def amplify_explainers():
        for name, needs in (("picky", ("llm",)), ("both", ("llm", "predict"))):
            yield ExplainerComponent(
                name=name, factory="{module}_live:Picky", summary="reads JSON", needs=needs
            )
"""


ASKING_LIVE = """
    import json
    from amplify import Explanation, Prompt, Request, Span

    class Coin:
        def __init__(self, options, context):
            pass

    class Picky:
        def __init__(self, options, context):
            self.ask = context.ask

        def explain(self, proxy, claims):
            (reply,) = self.ask([Request(Prompt("", "as JSON"), "picky", "all", 9)])
            words = json.loads(reply.text)
            return [Explanation(c.example, c.target, (Span(0, 3, 1.0),)) for c in claims]
"""


def test_plan_counts_what_explainers_ask_the_llm(site: Site, place: Path) -> None:
    def said(seen: Seen) -> str:
        return "ice, day" if "The answer is" in seen.prompt else "cold"

    arms = "".join(
        f'[[arms]]\nname = "{name}"\nselector = "random"\nshots = {shots}\n'
        f'explainer = "{explainer}"\ntemplate = "{template}"\n'
        for name, shots, explainer, template in (
            ("own-words", 3, "builtin/self-topk", "key-words"),
            ("chains", 4, "builtin/ph-cot", "chain-of-thought"),
            ("fewer-chains", 2, "builtin/ph-cot", "chain-of-thought"),
        )
    )
    (place / "prices.toml").write_text(TABLE)
    with Server(answer=said) as server:
        made = plan(place, server)
        made.write_text(made.read_text() + arms)
        shown = site.amplify("plan", str(made), "--json")
        assert shown.returncode == 0, shown.stderr
        phases = {p["name"]: p for p in json.loads(shown.stdout)["phases"]}
        assert not server.seen
        assert site.amplify("run", str(made), "--out", str(place / "out")).returncode == 0
    calls = [json.loads(x) for x in (place / "out" / "calls.jsonl").read_text().splitlines()]
    for arm, asked, count in (("own-words", "self-topk", 3), ("chains", "ph-cot", 4)):
        phase = phases[f"explain ({arm})"]
        mine = [call for call in calls if call["arm"] == asked]
        assert phase["calls"] == len(mine) == count
        assert phase["most_output"] == count * {"self-topk": 60, "ph-cot": 200}[asked]
        # The stand-in chose the same items, as the selector looks at nothing that is measured.
        assert phase["tokens"] == sum(c["completion"]["usage"]["input"] for c in mine)
    assert "explain (fewer-chains)" not in phases  # the other arm asks the same
    assert sum(p["calls"] for p in phases.values()) == len(calls) == len(server.seen)
    # A chain is as long as it may be, so that what it costs to show is no less than planned.
    told = [c for c in calls if c["arm"] == "chains"]
    assert phases["answer (chains)"]["tokens"] > sum(
        c["completion"]["usage"]["input"] for c in told
    )


@pytest.mark.parametrize("explainer", ["picky", "both"])
def test_plan_says_where_it_cannot_tell_what_an_explainer_asks(
    site: Site, place: Path, explainer: str
) -> None:
    site.add("amplify-asking", ASKING, live=ASKING_LIVE)
    with Server(answer=cold) as server:
        made = plan(place, server)
        made.write_text(
            made.read_text() + f'[[arms]]\nname = "own"\nselector = "random"\nshots = 3\n'
            f'explainer = "{explainer}"\ntemplate = "key-words"\n[proxy]\nuse = "coin"\n'
        )
        shown = site.amplify("plan", str(made), "--json")
        table = site.amplify("plan", str(made), COLUMNS="120")
    assert shown.returncode == table.returncode == 0, shown.stderr + table.stderr
    phases = {p["name"]: p for p in json.loads(shown.stdout)["phases"]}
    assert phases["explain (own)"]["calls"] is None
    assert phases["answer (own)"]["calls"] == 40
    total = next(line for line in table.stdout.splitlines() if "total" in line)
    assert total.count("unknown") == 3
    assert not server.seen
