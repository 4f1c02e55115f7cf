"""Misspelt words of the schema and of grammar, set right where only one word is near."""

from __future__ import annotations

import functools

from rapidfuzz.distance import OSA

from assistant.interpreter import closed
from assistant.interpreter.lattice import Lattice
from assistant.interpreter.lexicon import Lexicon
from assistant.interpreter.words import stem

SHORTEST = 5  # letters; shorter words are near too many others
SHORTEST_CUT = 3  # letters of a word that is cut short


def mend(lexicon: Lexicon, lattice: Lattice) -> tuple[str, list[str]]:
    """The question with its misspelt words set right, and what was changed; names are never guessed at."""
    text, changes = lattice.text, []
    for at in reversed(lattice.unknown):
        token = lattice.tokens[at]
        if at and lattice.tokens[at - 1].low in closed.NAMED:
            continue  # whatever it is called, that is a name
        meant = _nearest(lexicon, token.low)
        if meant and not token.quoted:
            text = text[: token.start] + meant + text[token.end :]
            changes.append(f"read *{token.text}* as {meant}")
    return text, changes[::-1]


def _nearest(lexicon: Lexicon, word: str) -> str | None:
    """The one known word that differs from this by a slip: one letter, or two in a long word; or that it cuts short."""
    short = len(word) < SHORTEST or word in lexicon.written  # one that is only known as part of a phrase
    if short or not word.isalpha():
        if len(word) < SHORTEST_CUT or not word.isalpha():
            return None
        return _cut_short(lexicon, word) or (_slipped(word) if len(word) == SHORTEST - 1 else None)
    most = 1 if len(word) < 8 else 2
    best: dict[int, set[str]] = {}
    for known in _vocabulary(lexicon):
        if abs(len(known) - len(word)) <= most and known[0] == word[0]:
            distance = OSA.distance(word, known, score_cutoff=most)
            if distance <= most:
                best.setdefault(distance, set()).add(known)
    nearest = best[min(best)] if best else set()
    nearest = {known for known in nearest if sorted(known) == sorted(word)} or nearest  # letters in the wrong order
    roots = {stem(known) for known in nearest}
    if not nearest:
        return _cut_short(lexicon, word)
    return (
        min(nearest, key=lambda known: (known.endswith("s") != word.endswith("s"), known)) if len(roots) == 1 else None
    )


def _slipped(word: str) -> str | None:
    """The one word of grammar that a word of four letters is with one left out or two changed over: "wich", "mnay"."""
    near = [
        known for known in closed.EVERY
        if len(known) >= SHORTEST - 1 and known[0] == word[0] and OSA.distance(word, known, score_cutoff=1) == 1
        and (len(known) == len(word) + 1 or sorted(known) == sorted(word))
    ]  # fmt: skip
    return near[0] if len(near) == 1 else None


def _cut_short(lexicon: Lexicon, word: str) -> str | None:
    """The one word of the schema that begins so, where all that begin so mean the same: "gen" for "generation"."""
    longer = [
        known for known in lexicon.written
        if known.startswith(word) and known.isalpha() and len(known) > len(word) + 1 and lexicon.alone(known)
    ]  # fmt: skip
    meant = [tuple(sorted(lexicon.alone(known))) for known in longer]
    return min(longer, key=len) if longer and meant[0] and len(set(meant)) == 1 else None


@functools.lru_cache(maxsize=8)
def _vocabulary(lexicon: Lexicon) -> tuple[str, ...]:
    words = {word for word in (*lexicon.written, *closed.EVERY) if word.isalpha() and len(word) >= SHORTEST - 1}
    plain = {word for word in lexicon.written if word.isalpha()}
    bare = {word.removesuffix("d").removesuffix("e") for word in plain if word.endswith("ed") and len(word) > 6}
    return tuple(sorted(words | bare | {word + "s" for word in plain}))
