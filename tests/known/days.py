"""A task of cold and warm days, and a plan that has a service label them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from known.server import Seen, Server
from known.site import Site
from known.webs import install


def plan(place: Path, server: Server, items: int = 40, **calls: Any) -> Path:
    made = place / "plan.toml"
    settings = {"backoff": 0.01, **calls}
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    made.write_text(
        f'[task]\nuse = "csv"\npath = "days.csv"\n[split]\ntrain = 0\npool = 10\ntest = {items}\n'
        f'[llm]\nuse = "web"\nurl = "{server.url}/v1"\n[calls]\n' + "\n".join(lines) + "\n"
        '[[arms]]\nname = "zero-shot"\n'
        '[[arms]]\nname = "answer-only"\nselector = "random"\nshots = 2\n'
    )
    return made


def cold(seen: Seen) -> str:
    return "cold"


def record(place: Path, out: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((place / out / "record.json").read_text())
    return found


def lay_days(site: Site, folder: Path) -> Path:
    """The folder with the data of a task; the plugin that asks a service is installed."""
    install(site)
    draw = random.Random(3)
    rows = ["text,label"]
    rows += [f"day {n} of {draw.choice(['ice', 'sun'])},{'cold' if n % 2 else 'warm'}"
             for n in range(60)]  # fmt: skip
    (folder / "days.csv").write_text("\n".join(rows) + "\n")
    return folder
