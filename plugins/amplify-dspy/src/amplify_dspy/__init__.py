"""DSPy's prompt optimisers as arms of amplify's runs, and amplify's demonstrations for DSPy."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    """The teleprompter, imported when it is asked for: DSPy is imported with it."""
    if name != "AmplifyFewShot":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from amplify_dspy.few_shot import AmplifyFewShot

    return AmplifyFewShot
