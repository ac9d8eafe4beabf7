"""The signs and words behind a label that end its clause, reject it, praise it, or name another."""

from __future__ import annotations

import re

from amplify.loop.answer import words
from amplify.loop.answer.grammar import FILL, word
from amplify.loop.answer.plain import BOX_END

_QUOTES = rf"[\"'”’»」』)\]}}>*_`|{BOX_END}]*"

_ENDING = (  # what Chinese, Japanese, Korean, Thai put behind a word that ends its clause
    rf"的?(?=\s*(?:\Z|[.,;:!。、)\n]))|的?(?:{words.ITEM}|{words.ASPECT})(?=\s*(?:\Z|[。.,]))"
    r"|です|だ(?=[。、\s]|\Z|と思)|である|でしょう|だと|と(?:思|判断|考え)|を選|に分類"
    r"|な(?:レビュー|文|文章|感情|評価|内容)?(?=\Z|です)"
    rf"|(?:적(?:인|이|으로)?\s*)?(?:(?:{words.ITEM}|{words.ASPECT})\s*)?"
    r"(?:입니다|이다|임|이에요|예요|이고|다)(?=[.,\s]|\Z)|적임|적(?=[.,\s]|\Z)|(?:이?라고"
    r"|으로|로)\s*(?:생각|판단|분류|봅|보)|을 선택|를 선택"
    r"|ครับ|ค่ะ|นะ"
)

_PICTURE = "[\u2190-\u2bff\U0001f000-\U0001faff]"

_NO_ENTRY = r"(?!\s*:\s*(?:[\d.]+\s*%?|yes|no|none|true|false)\s*(?:\Z|[\n.,;]))"

CLOSED = re.compile(
    rf"{_QUOTES}{_NO_ENTRY}(?:\s*{_PICTURE}|\s*\Z|\s*[.,;:!?\n(…。、–—{BOX_END}]"
    rf"|\s+[-=]\s|</|\)|{_ENDING}"
    rf"|\s+as(?:\s+(?:the|their|its|my)\b|\s*\Z)|\s*(?:{word(words.BECAUSE)}|parce qu"
    rf"|bien qu|{word('sagen|nennen|wählen|einstufen|einordnen|ist|sind')}(?=\s*[.!])"
    rf"|{word(f'{words.ITEM}|{words.ASPECT}|category|class|label|option|news|one')}{_QUOTES}(?=\s*(?:\Z|[.,;:!\n(]|{word(words.BECAUSE)}))))"
)
"""What stands behind a label that ends its clause."""

OPENED = re.compile(
    rf"{_QUOTES}{_NO_ENTRY}(?:\s*{_PICTURE}|\s*\Z|\s*[.,;:!\n(…。、–—]|\s+-\s|\)|{_ENDING}"
    rf"|\s+(?:{word(words.GROUNDS)}"
    rf"|{word(f'{words.ITEM}|{words.ASPECT}')}(?:\s+detected)?(?=\s*(?:\Z|[.!\n]))))"
)
"""What stands behind a label that a reply opens with."""

REJECTED = re.compile(
    rf"{_QUOTES}\s*(?::\s*(?:does not|do not|not|wrong|incorrect|rejected)\b|"
    r"(?:,\s*)?(?:which\s+)?(?:is|was|seems|does|can|could|would|will|has|should"
    r"|must)\s+(?:\w+\s+){0,2}?"
    r"(?:not|never|wrong|incorrect|false|rejected|ruled|excluded|unlikely|out|impossible"
    r"|untrue|mistaken)\b"
    r"|cannot\b|(?:ist|es|est|n['’]est|no es)\s+(?:nicht|falsch|pas|incorrect|faux)\b|no es\b"
    r"|は?(?:ではな|では?あ|じゃな|でな|かも|でしょうか)|이? ?아[니닙닌]|가 아[니닙닌]"
    r"|일 수도|是错|不对|不是)"
)
"""What says behind a label that it is not the answer."""

PRAISED = re.compile(
    rf"{_QUOTES}\s+(?:(?:is|must be|would be|seems)\s+(?:(?:the"
    rf"|my)\s+)?(?:most\s+)?(?:correct|right|best|likely|answer|final)\b"
    r"|as\s+(?:the|my|its)\s+(?:\w+\s+)?(?:answer|label|choice|option)\b"
    r"|ist (?:die )?richtig|es (?:la )?correct|est (?:la )?(?:bonne|correct))"
)
"""What says behind a label that it is the answer."""

OR = re.compile(
    rf"{_QUOTES}\s*(?:[,;(]?\s*{word(words.OR)}[\s,]*{FILL}[\s,]*"
    rf"|[,;(]?\s*(?:{word('but|to|maybe|perhaps|possibly')}|no(?=\s*,))[\s,]*"
    r"|[,/、&|]\s*|\s[-–—]\s*)[\"'“‘(\[]*"
)
"""What stands between two labels that are named beside each other."""

NEXT_VERB = re.compile(rf"{_QUOTES}\s+(?:is|was|seems|would|does|can|could|may|might|has|shows)\b")

VERB = re.compile(r"\s+(?:is|was|seems|has|shows|contains|uses)\b")

OPTION = re.compile(
    r"[^\S\n]+(?!(?:is|was|are|says|states|shows|seems|has|and|or|would|could|can|does|might"
    r"|may)\b)\w"
)
"""What stands behind the letter of an option: its text, but not a verb."""
