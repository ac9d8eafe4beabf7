"""Puts nouns into sentences: counts with their nouns in the right number, and the article."""

from __future__ import annotations


def counted(count: int, noun: str, nouns: str = "") -> str:
    """The count and what is counted, such as "1 call" or "1,200 calls".

    `noun` may be a phrase that ends in the noun; `nouns` is its plural where that is not the noun
    with an s, as in a phrase with a verb: "call was made", "calls were made".
    """
    return f"{count:,} {noun if count == 1 else nouns or f'{noun}s'}"


def with_article(noun: str) -> str:
    """The noun with "a" or "an" ahead of it; a first u is taken for that of "UUID" and "uint8"."""
    return f"{'an' if noun[0].lower() in 'aeio' else 'a'} {noun}"
