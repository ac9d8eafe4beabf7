"""The task `data` reads data sets of Hugging Face, by the library itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from amplify import Context, DataError, Dataset
from amplify.builtin.tasks.data_file import DataFile
from amplify.builtin.tasks.options import DataOptions

datasets = pytest.importorskip("datasets")


def load(context: Context, path: str, split: str = "") -> Dataset:
    return DataFile(DataOptions(path=path, split=split), context).load()


def test_a_data_set_of_hugging_face(context: Context, tmp_path: Path) -> None:
    features = datasets.Features(
        text=datasets.Value("string"), label=datasets.ClassLabel(names=["bad", "good"])
    )
    parts = {
        name: datasets.Dataset.from_dict(
            {"text": [f"{name} {i}" for i in range(size)], "label": [0, 1] * (size // 2)},
            features=features,
        )
        for name, size in (("train", 8), ("test", 4), ("extra", 2))
    }
    datasets.DatasetDict(parts).save_to_disk(str(tmp_path / "saved"))
    dataset = load(context, "saved")
    assert (len(dataset.examples), len(dataset.test)) == (8, 4)
    assert dataset.labels == ("bad", "good")
    assert dataset.test[1].label == "good"
    assert "'train' is read, and 'test' is what is tested on; not read: extra" in str(dataset.notes)
    assert len(load(context, "saved", split="extra").examples) == 2
    with pytest.raises(DataError, match="has no split 'dev'\n  splits: train, test, extra"):
        load(context, "saved", split="dev")


def test_the_test_split_of_hugging_face_whose_labels_are_secret_is_passed_over(
    context: Context, tmp_path: Path
) -> None:
    features = datasets.Features(
        text=datasets.Value("string"), label=datasets.ClassLabel(names=["bad", "good"])
    )
    parts = {"train": [0, 1, 0, 1], "test": [-1, -1], "validation": [0, 1]}
    splits = {
        name: datasets.Dataset.from_dict(
            {"text": [f"{name} {i}" for i in range(len(labels))], "label": labels},
            features=features,
        )
        for name, labels in parts.items()
    }
    datasets.DatasetDict(splits).save_to_disk(str(tmp_path / "saved"))
    assert [e.text for e in load(context, "saved").test] == ["validation 0", "validation 1"]
