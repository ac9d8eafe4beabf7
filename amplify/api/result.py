"""A finished run, read from its folder: what a program or a notebook does with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from amplify.contract.data import Prediction
from amplify.contract.errors import PlanError
from amplify.contract.guard.paths import home
from amplify.contract.guard.visible import visible
from amplify.loop.answer.score import ArmScore
from amplify.loop.compare.compare import Comparison
from amplify.loop.compare.verdict import Verdict
from amplify.run.prompt.default_arm import default_arm
from amplify.run.prompt.load import load
from amplify.run.prompt.loaded import LoadedPrompt
from amplify.run.python_words import errors_in_python, in_python
from amplify.run.store.files import write_whole
from amplify.run.store.read_back import reading
from amplify.run.store.record import failed_calls
from amplify.run.store.stored_run import HINT, read_run

if TYPE_CHECKING:
    import pandas

T = TypeVar("T")


class Run:
    """A run or a tune that has finished, or was stopped, as its folder tells of it.

    `folder` is the run's folder, and `record` what stands in its `record.json`.
    """

    def __init__(self, folder: str | Path) -> None:
        """`folder` is where the run was made, by `amplify.run` or by the command."""
        with errors_in_python():
            self._stored = read_run(home(folder))
        self.folder: Path = self._stored.folder
        self.record: Mapping[str, Any] = self._stored.record

    @cached_property
    def arms(self) -> Mapping[str, ArmScore]:
        """The result of each arm by its name: accuracy, interval, counts of what was not read."""
        return {arm["name"]: self._converted(arm, ArmScore) for arm in self.record["arms"]}

    @cached_property
    def verdict(self) -> Verdict:
        """What is shown of the focus arm: `outcome` is "gain", "loss", "no evidence" or "not
        compared", and `sentences` say it in words."""
        verdict = self._converted(self.record["verdict"], Verdict)
        return replace(verdict, sentences=tuple(map(in_python, verdict.sentences)))

    @cached_property
    def comparisons(self) -> Sequence[Comparison]:
        """The arms compared on the same items, each with interval and p-value."""
        return [self._converted(each, Comparison) for each in self.record["comparisons"]]

    @property
    def predictions(self) -> Sequence[Prediction]:
        """What every arm answered to every test item."""
        return self._stored.predictions

    @property
    def notes(self) -> Sequence[str]:
        """What a reader of the result has to know."""
        return list(map(in_python, self.record["notes"]))

    @property
    def stopped(self) -> str | None:
        """Why the run asked no more before all was answered, such as at a cap; None: it did."""
        reason: str | None = self.record["stopped"]
        return None if reason is None else in_python(reason)

    @property
    def failed(self) -> int:
        """How many calls failed; to make them again: `amplify.run(out=FOLDER, resume=True)`."""
        return failed_calls(self.record)

    @property
    def chosen(self) -> str:
        """The arm whose prompt `prompt` gives: the focus, its baseline where the focus was shown to
        do worse or, of a tune, what it has chosen."""
        name: str = self.record.get("race", {}).get("chosen") or default_arm(self.record["verdict"])
        return name

    def to_pandas(self) -> pandas.DataFrame:
        """The predictions as a DataFrame, a row each, with a column `p(LABEL)` for each label whose
        probability the LLM told."""
        try:
            import pandas
        except ImportError:
            raise PlanError(
                "a DataFrame needs pandas, which is not installed",
                where="to_pandas",
                hint="pip install 'amplify-icl[pandas]'",
            ) from None
        labels = dict.fromkeys(name for each in self.predictions for name, _ in each.probabilities)
        rows = []
        for each in self.predictions:
            share = dict(each.probabilities)
            shares = [share.get(label) for label in labels]
            rows.append([*(getattr(each, name) for name in COLUMNS), *shares])
        columns = [*COLUMNS, *(f"p({label})" for label in labels)]
        return pandas.DataFrame(rows, columns=columns)

    def prompt(
        self, arm: str | None = None, draw: int | None = None, **options: Any
    ) -> LoadedPrompt:
        """The finished prompt of an arm, ready to be called about new texts, as by `amplify.load`.

        - `arm`: its name; by default the one in `chosen`.
        - `draw`: the draw of its demonstrations; by default the best, else the first.
        - `options`: another `llm` or `model`, and other options of the LLM.
        """
        return load(self.folder, arm=arm, draw=draw, **options)

    def report(self, path: str | Path | None = None) -> Path:
        """Write the run's web page, by default as `report.html` in its folder; where it is."""
        from amplify.report.page.folder_page import folder_page

        place = self.folder / "report.html" if path is None else home(path)
        with errors_in_python():
            write_whole(place, folder_page(self.folder))
        return place

    def __repr__(self) -> str:
        return f"<amplify.Run in {visible(self.folder)}: {visible(self.verdict.sentences[0])}>"

    def __str__(self) -> str:
        lines = [self.verdict.sentences[0]]
        for arm in self.arms.values():
            share = "not answered" if arm.accuracy is None else f"{arm.accuracy:.1%}"
            bounds = f" ({arm.interval[0]:.1%} to {arm.interval[1]:.1%})" if arm.interval else ""
            lines.append(f"  {arm.name}: {share}{bounds}")
        return "\n".join(map(visible, [*lines, f"run folder: {self.folder}"]))

    def _repr_html_(self) -> str:
        from amplify.report.page.short import short_page

        return short_page(self.folder, self.record)

    def _converted(self, value: Any, kind: type[T]) -> T:
        path = self.folder / "record.json"
        with errors_in_python(), reading(path, "the record cannot be read", HINT):
            return msgspec.convert(value, kind)


COLUMNS = ("item", "arm", "draw", "label", "answer", "status", "correct", "reply", "error")
"""The columns of every DataFrame of predictions."""
