"""What a plan and a table of prices say is text: it does nothing to a terminal."""

from __future__ import annotations

import datetime
import io

from rich.console import Console

from amplify import Prompt, Task
from amplify.report.plan import print_estimate
from amplify.run.cost.prices import Price
from amplify.run.estimate.estimate import Estimate
from amplify.run.estimate.phases import Phase
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.read import resolve_plan

LINK = "[link=http://elsewhere]free[/link]"


def test_names_and_currencies_are_shown_as_they_are() -> None:
    arms = [{"name": f"a{LINK}\x9b2J"}]
    plan = resolve_plan({"arms": arms, "run": {"out": "o\x1b]52;c;cm0=\x07"}}, Overrides(), ".")
    price = Price("m", LINK, 1.0, 1.0, LINK, datetime.date(2026, 1, 1))
    phase = Phase(f"answer {LINK}\x1b[2J", 1, 1, 1, cost=1.5)
    task = Task("t", "", ("a", "b"))
    made = Estimate(
        plan, task, (phase,), True, arms[0]["name"], Prompt("", f"q {LINK}\x1b[2J"), False, price
    )
    text = io.StringIO()
    print_estimate(made, Console(file=text, force_terminal=True, color_system=None, width=200))
    assert "\x1b" not in text.getvalue()
    assert text.getvalue().replace("\n", "").isprintable()
    assert text.getvalue().count(f"1.50 {LINK}") == 2


def test_of_a_prompt_of_a_megabyte_the_beginning_is_shown() -> None:
    plan = resolve_plan({"arms": [{"name": "a"}]}, Overrides(), ".")
    prompt = Prompt("", "the first words " + "x" * 1_000_000)
    price = Price("m", "EUR", 1.0, 1.0, "", datetime.date(2026, 1, 1))
    estimate = Estimate(plan, Task("t", "", ("a", "b")), (), True, "a", prompt, False, price)
    text = io.StringIO()
    print_estimate(estimate, Console(file=text, width=200))
    assert "the first words" in text.getvalue()
    assert "(980,016 characters more)" in text.getvalue()
