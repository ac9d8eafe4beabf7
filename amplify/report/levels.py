"""Says what the comparisons of a level are about."""

from __future__ import annotations

from amplify.loop.compare.compare import Level

LEVELS: dict[Level, str] = {
    "method": "about new items with demonstrations that are drawn anew",
    "prompt": "about new items with these very demonstrations, not about the method",
}
