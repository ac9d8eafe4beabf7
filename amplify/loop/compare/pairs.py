"""Choose which arms are compared with which."""

from __future__ import annotations

from collections.abc import Sequence

from amplify.loop.audit.contrast import Contrast


def comparison_pairs(
    answered: Sequence[str], focus: str, baseline: str | None, contrast: Contrast
) -> list[tuple[str, str]]:
    """Pairs of an arm and the arm that it is compared with, out of those that were answered.

    The focus is compared with every other arm. While it was not answered, the others are compared
    with the baseline, or with the first of them where that was not answered either. Arms that ask
    the very same, by `contrast`, are no pair: their difference is 0 whatever the LLM answers.
    """
    if not answered:
        return []
    if focus in answered:
        pairs = [(focus, other) for other in answered if other != focus]
    else:
        base = baseline if baseline is not None and baseline in answered else answered[0]
        pairs = [(other, base) for other in answered if other != base]
    return [(arm, base) for arm, base in pairs if not contrast.identical(arm, base)]
