"""The forms of clause in which a reply gives its answer, and what takes a clause's weight away.

All patterns are for text in lower case, which is matched several times faster than any case.
"""

from __future__ import annotations

import re

from amplify.loop.answer import words
from amplify.loop.answer.labels import SPACED
from amplify.loop.answer.plain import BOX, BOX_END, RATIONALE, one_form


def word(alternatives: str) -> str:
    """A pattern for whole words; scripts without spaces have no ends of words."""
    return rf"(?<![{SPACED}])(?:{_by_first(one_form(alternatives))})(?![{SPACED}])"


def _by_first(alternatives: str) -> str:
    """The same alternatives, grouped by their first letter, so that few are tried at a place."""
    groups: dict[str, list[str]] = {}
    for part in _split(alternatives):
        plain = part[:1].isalpha() and part[1:2] not in ("?", "*", "{")
        groups.setdefault(part[0] if plain else "", []).append(part[1:] if plain else part)
    return "|".join(
        f"{first}(?:{'|'.join(rest)})" if len(rest) > 1 else first + rest[0]
        for first, rest in groups.items()
    )


def _split(alternatives: str) -> list[str]:
    """The alternatives of the outermost level."""
    parts, depth, begin = [], 0, 0
    for place, sign in enumerate(alternatives):
        escaped = alternatives[place - 1 : place] == "\\"
        depth += (sign in "([" and not escaped) - (sign in ")]" and not escaped)
        if sign == "|" and depth == 0:
            parts.append(alternatives[begin:place])
            begin = place + 1
    return [*parts, alternatives[begin:]]


_MARKS = r"\s\"'“”‘’„«»「」『』\[\](){}<>|:*_`"
FILL = rf"(?:[{_MARKS}]|{word(words.FILLER)}){{0,12}}+"
_LEAD = rf"(?:{word(words.LEAD)}[\s,:.…]*|{word(words.INTERJECTION)}\s*[,:.…!]\s*)*+"
_ARTICLE = rf"(?:{word(words.DETERMINER)}\s*)?"
_ADJECTIVES = rf"(?:{word(words.ADJECTIVE)}\s*){{0,3}}"
_ITEM = word(words.ITEM)
_THE_ITEM = (
    rf"(?:(?:the|this|that|your|given|above|these|die|dies\w*|der|des|dem|el|la|esta|este|le"
    rf"|cette|cet?)\s+"
    rf"|l['’]){{0,2}}(?:sentiment|given)?\s*{_ITEM}(?:\s+(?:above|here))?"
)
_RELATES = word(
    r"(?:(?:expressed|conveyed) )?(?:of|for|in|to|on|by|behind)|der|des|auf|zu|del?|du|à|sur"
)
_BETWEEN = word(
    r"between (?:the )?(?:premise and (?:the )?hypothesis|(?:two )?(?:sentences|texts|statements))"
)
_FITTING = word(
    r"that (?:fits|applies|matches)(?: best)?|that best (?:fits|describes|matches)(?: it| this)?"
)
_WITHIN = (
    rf"(?:\s*(?:{word('expressed|conveyed|exprimée?|expresado|here|above|left|remaining')}"
    rf"|{_RELATES}\s*{_THE_ITEM}"
    rf"|{_FITTING}|{_BETWEEN}))"
)
_ITEM_OF = (
    rf"(?:(?:这|该|此|本)?(?:条|段|篇|个|句)?{_ITEM}(?:的|中的?)|この?{_ITEM}の"
    rf"|이?\s*{_ITEM}의\s*)?"
)
_NOUN = rf"(?:{word(words.ANSWER)}|(?P<aspect>{word(words.ASPECT)}))"
_PHRASE = (
    rf"{_ARTICLE}{_ITEM_OF}{_ADJECTIVES}{_NOUN}(?:\s*{word(words.ANSWER + '|type')})?"
    rf"(?:\s*{word(words.ADJECTIVE)}){{0,2}}{_WITHIN}?(?:\s*\([^()\n]{{0,60}}\))?"
    rf"(?:,\s*{word('i (?:believe|think)|in my (?:view|opinion)|therefore|then|thus|however')},)?"
)
_AS = rf"(?:\s*{word('as|to be|under|into|in|it is|als|como')})?"
_KIND = (
    r"class(?:ified|ed)|label+ed|categori[sz]ed|rated|marked|considered|described|regarded"
    r"|tagged|identified"
)
_BELONGS = word(
    r"(?:clearly |best )?(?:belongs|falls|fits|goes) (?:best )?(?:to|in|into|under|within)"
)
_EXPRESSES = word(
    r"expresses|conveys|shows|carries|deals with|expres[ae] une? (?:sentimiento|sentiment|avis)"
)
_IS = (
    rf"(?:{word(words.COPULA)}(?:\s+an?\s+{_ITEM}\s+(?:about"
    rf"|on)(?=\s))?(?:\s*(?:\w+ly\s+)?{word(_KIND)}{_AS})?"
    rf"|{word(f'(?:would|should|can|must) be (?:best )?(?:{_KIND})(?: as| under| to be)?')}"
    rf"|{_BELONGS}"
    rf"|{_EXPRESSES}"
    rf"(?:\s+an?(?=\s))?|表达了?|体现了?|has\s+an?(?=\s))"
)
_SEPARATOR = r"\s*(?:[:=|]|->|=>|→|[-–—](?=\s))"
_ANNOUNCED = (
    rf"(?:{_PHRASE}(?:{_SEPARATOR}|\s*{_IS})|{word(words.FINAL)}{_SEPARATOR}"
    rf"|{_ARTICLE}(?:{word(words.ADJECTIVE)}\s*){{1,3}}one\s+{_IS})"
)

_CHOSEN = (
    r"choose|select|pick|predict|go(?:ing)? with|answer|opt for|file|settle on|vote for|say|call"
    r"|classify|label"
    r"|categori[sz]e|rate|give|assign|consider|conclude|describe|deem|tag|mark|put|place"
    r"|lean(?: towards?)?|chose|selected|picked|classified|rated|assigned|concluded"
)
_OBJECT = rf"(?:\s*(?:(?:it|this|that|es|das|esto|lo)(?![{SPACED}])|(?:the|this)\s+{_ITEM}))?"
_AUXILIARY = word(
    r"(?:would|will|must) have to|am going to|would|will|shall|must|have to|can|am|have"
)
_WE = rf"{word('i|we')}\s+(?:{_AUXILIARY}\s+)?(?:still\s+)?"
_I_CHOOSE = word(
    r"(?:ich )?(?:wähle|sage)|ich würde|(?:yo )?(?:elijo|escojo|selecciono)"
    r"|je (?:choisis|sélectionne)"
)
_CHOICE = (
    rf"(?:(?:{_WE}(?:\w+ly\s+)?{word(_CHOSEN)}"
    rf"|{word('choose|select|pick|predict|go with')}"
    rf"|{_I_CHOOSE}"
    rf"|我?(?:会|将)?(?:选择?|判断为|归类为|分类为|归为|认为是?)){_OBJECT}{_AS})"
)

_SUBJECT = (
    rf"(?:{word('it|this|that|there|(?:this|the) one|das|es|dies|esto|eso|ce|cela|isto')}"
    rf"|{_THE_ITEM}"
    rf"|(?:这|该|此|本)(?:条|段|篇|个|句)?(?:{_ITEM})?(?:的?整体)?|(?:この|その)?{_ITEM}"
    rf"|これ|이(?:것|\s*{_ITEM}))"
)
_PREDICATE = (
    rf"(?:{_SUBJECT}\s*{_IS}|{word('es|è|é|(?:should|must) be|sounds|looks|seems')}|是|属于"
    rf"|归为|c['’]est"
    rf"|{word('overall|insgesamt|globalement')}|全体的に|전체적으로|(?:整体|总体)上?是?)"
)

STATEMENT = re.compile(
    rf"\s*{_LEAD}(?:(?P<box>{BOX})|(?P<rationale>{RATIONALE}[^.!?\n]*?(?<!\w)predict)"
    rf"|(?P<answer>{_ANNOUNCED})|(?P<choice>{_CHOICE})|(?P<predicate>{_PREDICATE})|)"
    rf"{FILL}(?:{word('overall|general|mainly')}\s+)?"
)
"""What stands ahead of a label, from the start of its clause, where the clause states it."""

_LAST_WORDS = frozenset(
    word[:4]
    for table in (
        *(words.ANSWER, words.ASPECT, words.ITEM, words.ADJECTIVE, words.DETERMINER, words.COPULA),
        *(words.FILLER, words.LEAD, words.CONTRAST, _CHOICE, _SUBJECT, _IS, _WITHIN),
        "als predict overall general mainly i we it this that es das esto lo as to be under into",
        "in is rate give consider call insgesamt globalement",
    )
    for word in re.findall(r"[^\W\d_]+", one_form(table))
)


def may_state(before: str) -> bool:
    """Whether a statement could end with the last word ahead of a label: a fast test that is
    right where it says no."""
    last = before.rstrip(" \t\n\"'([{")[-30:]
    if not last or not last[-1].isascii() or not last[-1].isalpha():
        return True
    last = last.split()[-1]
    return last[:4] in _LAST_WORDS or last.endswith(("ly", "ment", "mente")) or not last.isalpha()


FINAL = re.compile(word(words.FINAL))

CLAUSE = re.compile(
    rf"[,;:、{BOX}]|\s[-–—](?=\s)|지만(?=\s)|(?<![!<>≠=])=(?=\s)"
    rf"|{word(f'{words.CONTRAST}|so|therefore|thus|hence|and')}"
)
"""What begins another clause of a sentence."""

CONTRAST = re.compile(rf"(?:{word(words.CONTRAST)}|:)[\s,、]*\Z")

SUBORDINATE = re.compile(rf"\s*{word('that|dass|daß|que')}")

FREEING = re.compile(rf"[\s,;]*(?:{word(words.CONTRAST)}|{word(words.CONCLUSION)})")
"""What begins a clause that holds whatever the clauses ahead of it speak of."""

_SENTENCE = re.compile(  # one class of signs first, which is searched fast
    r"[.!?…。；;\n](?:(?<=\n)\n*|(?<=[。；;])[」』”’)]*|(?<=[.!?…])[.!?…]*[\"'”’»)\]]*\s+"
    r"|(?<=[!?])[\"”’」』)]*(?=[^\W\d_]))"
)

_SHORTENED = ("e.g", "i.e", "vs", "etc")


def sentence_ends(text: str) -> list[int]:
    """Where the sentences of a text end; a line is one too."""
    return [
        match.end()
        for match in _SENTENCE.finditer(text)
        if match.group()[0] != "." or not text.endswith(_SHORTENED, 0, match.start())
    ]


_QUESTIONS = ("?", "؟", "吗", "呢", "ですか", "ますか", "でしょうか", "까", "나요", "가요")

_AFTER_QUESTION = f" !\n\t\"'”’」』).。{BOX_END}"


def is_question(sentence: str) -> bool:
    """Whether a sentence asks."""
    return sentence.rstrip(_AFTER_QUESTION).endswith(_QUESTIONS)


NEGATION = re.compile(
    rf"{word(words.NEGATION)}|(?:{words.UNSPACED_NEGATION})[^,。、]{{0,4}}\Z|没有"
)

DENIAL = re.compile(rf"{word(words.NEGATION)}|{words.UNSPACED_NEGATION}|아니라")

DOUBT = re.compile(rf"{word(words.DOUBT)}|{words.UNSPACED_DOUBT}")

CONCESSION = re.compile(rf"\s*(?:{word(words.CONCESSION)})")

CONDITION = re.compile(rf"(?<!even )(?<!as )(?<!auch ){word(words.CONDITION)}")

REVISION = re.compile(rf"(?:\A|[.!?,;:…。\n])[\s\"'”’)]*{word(words.REVISION)}")

CONCLUSION = re.compile(rf"\s*{word(words.CONCLUSION)}")

NAMED = re.compile(rf"(?:{word('option|statement|choice|sentence|answer')})\s*\Z")

LICENSED = re.compile(rf"(?:\A|[,;–—-]\s|{word('as|so|therefore')}|=\s){FILL}\Z")
"""What may stand ahead of the only label that a reply speaks of."""

LEADS_TO = re.compile(
    rf"(?:\A|[,;:=–—-]\s*"
    rf"|{word('is|are|was|be|as|so|therefore|choose|pick|select|predict')}\s*){FILL}\Z"
)
"""What may stand ahead of the only letter in brackets that a reply names."""
