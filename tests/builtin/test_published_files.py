"""Published files as they are: the task `data` reads each, or says which task does."""

from __future__ import annotations

from pathlib import Path

import pytest

from amplify import Context, DataError, Dataset
from amplify.builtin.tasks.data_file import DataFile
from amplify.builtin.tasks.options import DataOptions

FILES = {
    "ag_news/test.csv": (7600, 0, 4, "World"),
    "banking77/train.csv": (10003, 3080, 77, "Refund_not_showing_up"),
    "sst2/train.csv": (6920, 1821, 2, "negative"),
    "sst2/dev.csv": (872, 0, 2, "negative"),
    "trec/train.csv": (5452, 500, 6, "abbreviation"),
    "subj/subj.csv": (10000, 0, 2, "objective"),
    "tweeteval/irony": (2862, 784, 2, "non_irony"),
    "tweeteval/emotion/train_text.txt": (3257, 1421, 4, "anger"),
    "tweeteval/stance/climate": (355, 169, 3, "none"),
    "tweeteval/stance/feminist/val_text.txt": (67, 0, 3, "none"),
    "coin_flip/coin_flip.json": (500, 0, 2, "no"),
    "bbh/tasks/snarks.json": (178, 0, 2, "(A)"),
    "bbh/tasks/causal_judgement.json": (187, 0, 2, "Yes"),
}
"""For each file its examples, the items of its official test, its labels, and the first of them."""


def load(path: Path) -> Dataset:
    return DataFile(DataOptions(path=str(path)), Context(seed=0)).load()


@pytest.mark.parametrize("name", FILES)
def test_a_published_file_is_read_with_nothing_said(data: Path, name: str) -> None:
    dataset = load(data / name)
    sizes = (len(dataset.examples), len(dataset.test), len(dataset.labels), dataset.labels[0])
    assert sizes == FILES[name]
    assert all(e.label in e.labels(dataset.labels) for e in dataset.examples[:50])
    assert not any(e.text.startswith('"') and e.text.endswith('"') for e in dataset.examples[:50])


def test_questions_in_objects_are_read_by_a_task_of_their_own(data: Path) -> None:
    with pytest.raises(DataError, match=r'task\.use = "commonsense-qa" reads it'):
        load(data / "commonsense_qa" / "dev_rand_split.jsonl")
