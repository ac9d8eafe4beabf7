"""A digest of a task, by which a resumed run notices other data."""

from __future__ import annotations

import hashlib
import json
from dataclasses import astuple

from amplify.contract.data import Task


def task_digest(task: Task) -> str:
    """A digest of the task's labels and instruction, and of its three splits in order."""
    splits = [
        [astuple(example) for example in split] for split in (task.train, task.pool, task.test)
    ]
    parts = [task.labels, task.instruction, splits]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
