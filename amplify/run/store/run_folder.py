"""Begins, resumes and discards the folder of a run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import tomli_w

from amplify.contract.errors import DataError, PlanError, PluginError, ProviderError
from amplify.run.engine.stop_reason import RunStopped
from amplify.run.plan.plan import Plan
from amplify.run.plan.read import read_plan
from amplify.run.store import lock
from amplify.run.store.attempts import attempts_beside
from amplify.run.store.beginning import Began, read_began, write_began
from amplify.run.store.continuation import Continuation
from amplify.run.store.files import UNFINISHED, write_whole, writing
from amplify.run.store.lock import check_free, locked
from amplify.run.store.new_folder import OutputFolder
from amplify.run.store.read_back import check_regular
from amplify.run.store.unanswered import BEFORE_ANSWERS, left_of_a_run, take_away


class RunFolder(OutputFolder):
    """The files of a run.

    `plan.toml` as resolved, `prompts.jsonl` (every prompt as messages), `demonstrations.jsonl`,
    `calls.jsonl` (the journal), `batches.jsonl` (what is out in batches), `predictions.jsonl`,
    `record.json`; and `prepared.json`, which lets a resumed run go on with the very demonstrations
    that it began with. The runs of a study write one journal together.
    """

    def __init__(self, path: Path, journal: Path | None = None, fresh: bool = False) -> None:
        """`journal` is the file of the replies, where it is not in this folder."""
        super().__init__(path, fresh)
        self._journal = journal

    @property
    def journal(self) -> Path:
        """The file of the replies."""
        return self._journal or self.path / "calls.jsonl"

    @property
    def batches(self) -> Path:
        """The file of what is out in batches."""
        return self.path / "batches.jsonl"

    @property
    def stands(self) -> bool:
        """Whether the folder is there, and this run's."""
        return not self.fresh and self.path.exists()

    @property
    def in_batches(self) -> bool:
        """Whether calls of this run are, or may be, out in a batch."""
        return self.batches.exists() or self.batches.with_name("submitting.json").exists()

    def check(self, plan: Plan, resume: bool) -> None:
        """Make sure that the plan can be run here; nothing is written.

        Raises PlanError where the folder holds another run, one that should be resumed, one that
        is under way, or, to resume, none at all.
        """
        if self.fresh:
            return
        with writing(self.path):
            self._check(plan, resume)

    def _check(self, plan: Plan, resume: bool) -> None:
        check_free(self.path, "run")
        stored = self.path / "plan.toml"
        if resume:
            if not stored.exists():
                raise PlanError("the folder holds no run to resume", where=str(self.path))
            check_regular(stored)
            if not stored.read_bytes().strip():
                raise PlanError(
                    "the plan of the run is empty: it was damaged",
                    where=str(stored),
                    hint="put it back, or name another folder with --out",
                )
            if read_plan(stored).digest != plan.digest:
                anew = "leave --resume out: nothing was answered here"
                again = "resume it without options, or name another folder with --out"
                raise PlanError(
                    "the folder holds the run of another plan",
                    where=str(stored),
                    hint=anew if left_of_a_run(self.path) else again,
                )
            return
        if self.path.exists() and not self.path.is_dir():
            raise PlanError("is no folder", where=str(self.path), hint="see --out")
        self._check_empty()

    def _check_empty(self) -> None:
        stored = self.path / "plan.toml"
        left = self._files()
        if stored in left:
            if left_of_a_run(self.path):
                return  # begun in vain: the run begins anew
            raise PlanError(
                "the folder holds a run already",
                where=str(self.path),
                hint="finish it with --resume, or name another folder with --out",
            )
        if left:
            raise PlanError(
                "the folder holds something that is no run",
                where=str(self.path),
                hint="name another folder with --out",
            )

    def _files(self) -> list[Path]:
        """What is in the folder, without what a start that was cut off leaves."""
        return [p for p in self.path.glob("*") if p.suffix != UNFINISHED and p.name != lock.NAME]

    @contextmanager
    def begun(
        self, plan: Plan, resume: bool, warn: Callable[[str], None] = lambda text: None
    ) -> Iterator[None]:
        """The folder of a run that begins, new with the plan in it, or of one that goes on.

        No other process is in it meanwhile; `warn` is told where that cannot be made sure of.

        A run that ends in an error before it was answered anything leaves no folder behind, so that
        it can be begun again once that is mended. What was prepared is kept, but where the plan has
        to be another one. So is all of a run that was stopped: it goes on with --resume, or is
        begun anew, as another plan too, while nothing was answered.
        """
        new = [path for path in (self.path, *self.path.parents) if not path.exists()]
        if self.fresh:
            self.claim()
            new = [self.path, *new[1:]]
        with locked(self.path, "run", warn):
            if resume:
                yield
                return
            self._check_empty()
            take_away(left_of_a_run(self.path))
            self.write("plan.toml", tomli_w.dumps(plan.table()))
            with self._kept_or_discarded(new):
                yield

    @contextmanager
    def _kept_or_discarded(self, new: Sequence[Path]) -> Iterator[None]:
        try:
            yield
        except RunStopped:
            raise
        except (PlanError, DataError, PluginError, ProviderError) as error:
            own = self.journal.parent == self.path
            if not (self.path / "prepared.json").exists() or (own and isinstance(error, PlanError)):
                with suppress(OSError):  # what cannot be taken away is no reason to hide the error
                    self._discard(new)
            raise

    def _discard(self, new: Sequence[Path]) -> None:
        """Delete the run's files, and the folders that were new for it.

        Deletes nothing if the folder holds a reply, or a file that is not of the run.
        """
        files = self._files()
        journal = self.path / self.journal.name
        attempts = attempts_beside(journal)
        if journal in files and journal.stat().st_size:
            return
        if not {file.name for file in files} <= {*BEFORE_ANSWERS, journal.name, attempts.name}:
            return
        for file in (*files, self.path / lock.NAME):
            file.unlink()
        for folder in new:
            folder.rmdir()

    def going_on(self, now: Began, replies: bool) -> Continuation:
        """How the run goes on from what it began with; from `now`, where it begins.

        A run of an earlier version, which did not say what it began with, begins too. Raises
        OtherLLM where the LLM is another one by now, and there are answers, or `replies` in the
        run's journal.
        """
        began = read_began(self.path)
        if began is not None and (began.answered or self.batches.exists() or self._own(replies)):
            began.check(now, str(self.path))
            return Continuation(self.path, began, now)
        write_began(self.path, now)
        return Continuation(self.path, now, now)

    def _own(self, replies: bool) -> bool:
        """Whether there are replies to this run, not to others of its study."""
        return replies and self._journal is None

    def write_record(self, record: Mapping[str, Any]) -> None:
        """Write `record.json`."""
        self.write("record.json", json.dumps(record, indent=2, ensure_ascii=False) + "\n")

    def write(self, name: str, text: str) -> None:
        """Write a file, whole or not at all."""
        write_whole(self.path / name, text)
