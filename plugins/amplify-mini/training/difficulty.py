"""The difficulty rises only while the attention circuits stand, one gate per prompt mode."""

from __future__ import annotations

from dataclasses import dataclass, field

WINDOW = 1500.0
FLOOR, CAP, UP, DOWN = 0.15, 0.95, 0.002, 0.001


@dataclass
class Average:
    """An exponential mean over about `WINDOW` observations."""

    value: float = 0.0
    seen: float = 0.0

    def add(self, mean: float, count: int) -> None:
        """Take in the mean of `count` observations."""
        if count:
            self.seen = min(self.seen + count, WINDOW)
            self.value += (mean - self.value) * min(1.0, count / self.seen)


@dataclass
class DifficultyGate:
    """Raise, hold or lower the difficulty of one mode."""

    word_mass: float
    known_mass: float
    accuracy: float
    level: float = FLOOR
    means: dict[str, Average] = field(
        default_factory=lambda: {"W": Average(), "F": Average(), "label": Average()}
    )

    def step(self) -> float:
        """Move the level by what the means say."""
        w, f, a = (self.means[k].value for k in ("W", "F", "label"))
        if self.means["label"].seen < WINDOW / 3:
            return self.level
        if w > self.word_mass and f > self.known_mass and a > self.accuracy:
            self.level = min(CAP, self.level + UP)
        elif w < self.word_mass - 0.12 or a < self.accuracy - 0.10:
            self.level = max(FLOOR, self.level - DOWN)
        return self.level

    def state(self) -> dict[str, float]:
        """Give what a checkpoint keeps."""
        out = {"level": self.level}
        for name, mean in self.means.items():
            out[name], out[name + "_seen"] = mean.value, mean.seen
        return out

    def load(self, state: dict[str, float]) -> None:
        """Take a checkpoint's state."""
        self.level = state["level"]
        for name, mean in self.means.items():
            mean.value, mean.seen = state[name], state[name + "_seen"]
