"""Execute a plan: one run, from the wired components to its record, hop by hop."""

from __future__ import annotations

from amplify.run.cost.raised_caps import together
from amplify.run.hops.answered import answer_run
from amplify.run.hops.attributions import attribute_answers
from amplify.run.hops.concluded import conclude_run
from amplify.run.hops.opened import Warn, open_run
from amplify.run.hops.prepared import prepare_run, rendered_arms
from amplify.run.hops.questions import questions
from amplify.run.hops.worth import draws_to_measure, measure_worth
from amplify.run.precheck.preflight import focus_of
from amplify.run.result import FinishedRun
from amplify.run.store.run_folder import RunFolder
from amplify.run.wiring.shared import Shared
from amplify.run.wiring.wire import Wiring


def execute(
    wiring: Wiring,
    folder: RunFolder,
    resume: bool = False,
    warn: Warn = lambda text: None,
    shared: Shared | None = None,
) -> FinishedRun:
    """Run the wired plan in the folder; with `resume`, finish what is there and repeat nothing.

    Every factory is built before the first call, and every arm's prompts are known to fit the
    model before its own first call. `warn` is told of observers that fail. `shared` holds what
    earlier runs of a study have left to this one.
    """
    with open_run(wiring, folder, resume, warn, shared or Shared()) as run:
        preparation = prepare_run(run, resume)
        prepared = rendered_arms(run, preparation)
        asked = questions(run, prepared, focus_of(run.plan))
        draws = draws_to_measure(run, prepared)
        answers, left = answer_run(run, asked, preparation.failures)
        worth, left_of_worth = measure_worth(run, draws, answers)
        attributions, left_of_answers = attribute_answers(run, draws, answers)
    left = together(left, left_of_worth, left_of_answers)
    return conclude_run(
        run, preparation, prepared, asked, answers, left, worth, attributions=attributions
    )
