"""Two things that were spoken of together or one after the other: what they share, which of them is bigger."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from assistant.interpreter import closed
from assistant.interpreter.lexicon import Attribute
from assistant.interpreter.questions import Questions
from assistant.interpreter.reader import Phrase, any_of
from assistant.interpreter.tree import (
    Ask,
    Compare,
    Rows,
    walk,
)

_BOTH = closed.words("both together jointly")
_ALL_OF_THEM = re.compile(
    r"\ball (?:two|three|four|five|six|\d)(?: of (?:them|those|these))?\b|"
    r"\ball of (?:them|those|these)\b(?=.*\b(?:together|jointly|in common|share)\b)",
    re.IGNORECASE,
)
MOST_TOGETHER = 6  # things of which something is asked to hold of each


def shared(plain: Questions) -> list[str]:
    """ "which did they make *together*", "the authors of *both*": the question said of two things at once."""
    if "we" in plain.low:
        return []  # who the others are is not said
    text = _ALL_OF_THEM.sub("both", plain.lattice.text)
    if not set(plain.low) & _BOTH and "in common" not in " ".join(plain.low) and text == plain.lattice.text:
        return []
    bare = re.sub(r"\b(?:,?\s*i mean|together|jointly|in common)\b", "", text, flags=re.IGNORECASE)
    if "both" in text.lower().split():
        alone = re.sub(r"\s*\bof (?:them|those|these)\b", "", bare, flags=re.IGNORECASE)
        texts = [re.sub(r"\bboth\b", "they", alone, count=1, flags=re.IGNORECASE)]
    else:
        texts = [bare]
    return [" ".join(each.split()).strip(" ,") for each in texts]


_OF_BOTH = re.compile(
    r"^(?:(?:and|the) )*(.+?) (?:of|for) (?:both(?: of them)?|(?:each of )?the two|the pair)$", re.IGNORECASE
)


def told_of_each(plain: Questions) -> str | None:
    """ "parameters of both": a column of either of two things, not what they have in common."""
    found = _OF_BOTH.match(plain.lattice.text)
    start = plain.skip(0, closed.words("and the"))
    return f"{found[1]} of them" if found is not None and any(True for _ in plain.at(start, Attribute)) else None


def pair_in(plain: Questions, turns: Iterable[Ask]) -> Phrase | None:
    """The two things of one table that were named last, as what must hold of each of them."""
    found: dict[str, list[Rows]] = {}
    for ask in turns:
        for each in walk(ask):
            if not isinstance(each, Rows):
                continue
            for test in each.tests:
                if not isinstance(test, Compare) or test.column is not plain.schema.name_of(each.table):
                    continue
                listed = test.value if isinstance(test.value, tuple) else (test.value,)
                known = found.setdefault(each.table.name, [])
                said = {t.value for rows in known for t in rows.tests if isinstance(t, Compare)}
                known += [
                    Rows(each.table, (Compare(test.column, "=", value),))
                    for value in dict.fromkeys(listed) if test.op in ("=", "in") and value not in said
                ]  # fmt: skip
        for known in found.values():
            if len(known) == 2:
                rows = Rows(known[0].table, (any_of([test for each in known for test in each.tests]),))
                return Phrase(rows, each=tuple(known), named=True)
    return None


def pair_of_answers(turns: Sequence[Ask], names: Callable[[Ask], Sequence[str]], plain: Questions) -> Phrase | None:
    """The one row of the last answer and the one of the answer before, where they are of one table."""
    column = plain.schema.name_of(turns[0].rows.table)
    if len(turns) < 2 or column is None or turns[0].rows.table is not turns[1].rows.table:
        return None
    if any(ask.kind != "rows" or ask.group or not ask.show or ask.show[0].column is not column for ask in turns[:2]):
        return None
    listed = [dict.fromkeys(names(ask)) for ask in turns[:2]]
    if any(len(each) != 1 for each in listed) or listed[0] == listed[1]:
        return None
    both = tuple(name for each in listed for name in each)
    return Phrase(Rows(turns[0].rows.table, (Compare(column, "in", both),)), named=True)


def pair_of(ask: Ask, names: Callable[[Ask], Sequence[str]], plain: Questions) -> Phrase | None:
    """The two rows of an answer of two, or its few where *all* are spoken of, as what must hold of each of them."""
    column = plain.schema.name_of(ask.rows.table)
    listing = ask.kind in ("rows", "check", "exists") and not ask.group
    if not listing or column is None or not ask.show or ask.show[0].column is not column:
        return None
    listed = list(dict.fromkeys(names(ask)))
    said = next((int(number) for at in range(plain.size) for _, number in plain.number(at)), None)
    many = len(listed) == said if said is not None else len(listed) <= MOST_TOGETHER
    if len(listed) != 2 and not ("all" in plain.low and many and len(listed) > 1):
        return None
    rows = Rows(ask.rows.table, (Compare(column, "in", tuple(listed)),))
    return Phrase(rows, each=tuple(Rows(rows.table, (Compare(column, "=", name),)) for name in listed), named=True)
