"""What a run keeps of its beginning, for a run that is resumed."""

from __future__ import annotations

from pathlib import Path

from amplify.run.store.beginning import Began, read_began
from amplify.run.store.continuation import Continuation

PROVIDER = {"provider": "known"}


def test_the_prompts_of_a_run_that_was_surveyed_are_kept(tmp_path: Path) -> None:
    began = Began({}, PROVIDER, {})
    run = Continuation(tmp_path, began, began)
    run.prepared(answered=True)
    run.prompted({"arm": "digest"})
    run.answered()
    kept = read_began(tmp_path)
    assert kept is not None
    assert (kept.answered, kept.prompts) == (True, {"arm": "digest"})


def test_a_resumed_run_notes_prompts_that_have_changed(tmp_path: Path) -> None:
    began = Began({}, PROVIDER, {}, {"arm": "digest"}, answered=True)
    run = Continuation(tmp_path, began, Began({}, PROVIDER, {}))
    run.prompted({"arm": "another"})
    assert [note.split(":")[0] for note in run.notes()] == ["arms arm"]
    assert began.prompts == {"arm": "digest"}


def test_arms_that_are_prepared_again_have_new_prompts(tmp_path: Path) -> None:
    began = Began({}, PROVIDER, {}, {"arm": "digest"}, answered=True)
    run = Continuation(tmp_path, began, Began({}, PROVIDER, {}))
    run.prepared(answered=False)
    run.prompted({"arm": "another"})
    assert run.notes() == []
    kept = read_began(tmp_path)
    assert kept is not None
    assert (kept.answered, kept.prompts) == (True, {"arm": "another"})
