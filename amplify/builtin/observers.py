"""The observer `jsonl`: what happens in a run, a line for each event."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from amplify import Context, Event

NAME = "events.jsonl"


class EventLines:
    """Appends each event to `events.jsonl` in the run folder, with the time."""

    def __init__(self, options: None, context: Context) -> None:
        self.folder: Path | None = None

    def observe(self, event: Event) -> None:
        """Write the event down; the first one names the folder."""
        self.folder = Path(event.data["folder"]) if event.kind == "started" else self.folder
        if self.folder is None:
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"time": now, "event": event.kind, **event.data}, ensure_ascii=False)
        follow = getattr(os, "O_NOFOLLOW", 0)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | follow
        with open(os.open(self.folder / NAME, flags, 0o600), "w", encoding="utf-8") as file:
            file.write(line + "\n")
