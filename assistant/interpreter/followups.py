"""Follow-up questions: what "them", "only the CNNs", "and for datasets?" or "the second one" add to the last answer.

A question that is understood by itself and refers to nothing is never changed. Otherwise, in this order,
    a pronoun      stands for the rows of the last answer                       "who made them"
    a swap         puts a value, name, number or noun in place of one of its kind in the last question
    a refinement   adds a condition, columns or an order to the last question   "only the public ones", "sort by size"
    a choice       takes one row of the last answer                             "the second one"
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.interpreter import closed
from assistant.interpreter.lattice import Name
from assistant.interpreter.lexicon import Adjective, Thing, Value
from assistant.interpreter.questions import Questions
from assistant.interpreter.reader import Found, Phrase, is_day
from assistant.interpreter.tree import Ask, Compare, Counted, Extreme, Linked, Not, Rows, Shown, Test
from assistant.interpreter.words import Token

_CUES = closed.phrases(
    "and what about|what about|how about|and how about|same for|the same for|same with|do the same for|"
    "and the same for|"
    "and for|and|but|only|just|now|also|and only|but only|now only|show only|show me only|just show|only show|"
    "only show me|"
    "just the|ok now|okay now|then|and now|keep only|of those only|limit to|limit it to|restrict to|narrow to|"
    "filter by|"
    "filter to|which|which ones|which ones are|which one is|which is|which are|what is|of those|of them|of these|"
    "among them|among those|which of them|which of those|which of these|or|instead|"
    "what if|and what of|what of|and of|only those|only the ones|the ones|those|just those|now show|now show me|show|"
    "now list|and also|now just|and just|show me just|show me|give me|list|give me only|no only|no , only|with only|for"
)
_COUNTING = closed.words(
    "how many is that are there those them of in total count it number the what s so altogether all"
)
_ORDINALS = {
    word: number
    for number, words in enumerate(
        (
            "first 1st",
            "second 2nd",
            "third 3rd",
            "fourth 4th",
            "fifth 5th",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
        ),
        1,
    )
    for word in words.split()
}


_STARTS = closed.words("for and only just but now also same or then")
_POINTING = closed.words("them they it its their these those he she his him same instead")
FARFETCHED = 0.6  # the cost of a condition that says next to nothing


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """A turn that was understood: its meaning, its words where they say it all, and the turn before."""

    ask: Ask
    text: str | None
    before: Turn | None = None

    def back(self) -> Iterator[Turn]:
        """This turn and those before it, the latest first."""
        turn: Turn | None = self
        while turn is not None:
            yield turn
            turn = turn.before


def refers_back(tokens: Sequence[Token]) -> bool:
    """Whether the words point at something said before."""
    low = [token.low for token in tokens]
    start = low[0] if low else ""
    leads = (["what", "about"], ["how", "about"], ["sort", "by"], ["order", "by"], ["sort", "them"], ["how", "many"])
    return start in _STARTS or bool(set(low) & _POINTING) or low[:2] in leads


def last_phrase(ask: Ask, names: Callable[[], Sequence[str]], questions: Questions) -> Phrase | None:
    """The rows of the last answer as a noun phrase; ``names`` runs it where its rows can only be listed."""
    rows = ask.rows
    if ask.kind not in ("rows", "details", "check", "exists", "count") or (ask.group and ask.kind == "count"):
        return None
    if ask.having is not None and isinstance(ask.measure, Counted):
        rows = rows.with_tests(Linked(ask.measure.path, ask.measure.rows, ask.having))
    if ask.pick is not None or ask.limit is not None:
        if ask.pick is not None and ask.pick.number is None and isinstance(ask.pick.by, Shown):
            rows = rows.with_tests(Extreme(ask.pick.by, ask.pick.descending, rows))
        else:
            column = questions.schema.name_of(rows.table)
            listed = tuple(names())
            if column is None or not listed:
                return None
            rows = Rows(rows.table, (Compare(column, "in", listed),))
    single = ask.kind in ("details", "check") or (ask.pick is not None and ask.pick.number in (None, 1))
    return Phrase(rows, named=True, single=single)


def refine(questions: Questions, last: Ask) -> list[Found]:
    """The last question with what these words add to it."""
    base = Phrase(
        last.rows, show=tuple(each for each in last.show if each not in questions.name_shown(last.rows.table)),
        order=last.order, pick=last.pick,
    )  # fmt: skip
    if last.having is not None or last.kind not in ("rows", "count", "exists", "aggregate"):
        return []
    found = []
    for start in _starts(questions):
        plain = replace(base, order=(), pick=None)
        for each in questions.extended(Found(start, plain)):
            if each.end == questions.size and each.end > start and each.cost < FARFETCHED:
                more: Phrase = each.value
                if start and not _narrows(questions, start):
                    added = more.rows.tests[len(last.rows.tests) :]
                    more = replace(more, rows=_narrow(last.rows, added))
                found.append(Found(each.end, _merge(questions, more, last), each.cost))
        for each in questions.np(start):
            phrase: Phrase = each.value
            if each.end == questions.size and phrase.table is last.rows.table and phrase.simple:
                if phrase.pick is not None and not phrase.rows.tests and last.kind in ("rows", "count", "aggregate"):
                    picked = Phrase(last.rows, pick=phrase.pick, noted=phrase.noted)
                    found.append(Found(each.end, _merge(questions, picked, _listing(questions, last)), each.cost))
                elif phrase.pick is None and phrase.rows.tests and phrase.quantity in (None, "all"):
                    narrowed = Phrase(_narrow(last.rows, phrase.rows.tests), noted=phrase.noted)
                    found.append(Found(each.end, _merge(questions, narrowed, last), each.cost))
    return [each for each in found if each.value is not None]


def _listing(questions: Questions, last: Ask) -> Ask:
    """The last question asking for the rows themselves."""
    show = last.show or questions.name_shown(last.rows.table)
    return replace(last, kind="rows", order=(), group=(), measure=None, function="", show=show)


def _narrows(questions: Questions, start: int) -> bool:
    """Whether the words before say that the rows shown are to be narrowed, not others to be looked for."""
    return bool(
        {questions.word(at) for at in range(start)}
        & {"only", "just", "those", "them", "these", "narrow", "filter", "keep"}
    )


def _starts(questions: Questions) -> list[int]:
    starts, place = [0], 0
    while (end := questions.longest(place, _CUES)) > place:
        starts.append(end)
        place = end
    return starts[::-1]


def _merge(questions: Questions, more: Phrase, last: Ask) -> Ask | None:
    """The last question over the narrowed rows, with the columns and the order that were added."""
    rows = more.rows
    listed = questions.word(0) in ("which", "who", "list", "show")
    if listed and last.kind == "count":
        last = _listing(questions, last)
    pick = last.pick if more.pick is None else more.pick
    order = more.order or last.order
    if more.group and last.kind == "count":
        return replace(last, rows=rows, group=more.group)
    if last.kind in ("count", "aggregate") and not (last.kind == "count" and listed):
        if more.show or more.order or more.pick:
            return None
        return replace(last, rows=rows, unsure=more.unsure)
    if more.order:
        pick = None if last.pick is None or last.pick.number is None else last.pick
    if more.limit is not None:
        return replace(last, rows=rows, limit=abs(more.limit)) if last.order and more.limit > 0 else None
    show = (*last.show, *(each for each in (*more.show, *more.noted)))
    return replace(last, kind="rows", rows=rows, show=show, order=order, pick=pick, unsure=more.unsure)


def _narrow(rows: Rows, tests: Sequence[Test]) -> Rows:
    """Rows that meet the tests as well; a test of the same column takes the place of an earlier one."""
    columns = {_column(test) for test in tests}
    kept = tuple(test for test in rows.tests if _column(test) is None or _column(test) not in columns)
    return replace(rows, tests=(*kept, *tests))


def _column(test: Test) -> object:
    """The column a plain test of a closed value compares, by its identity."""
    if isinstance(test, Not):
        return None
    if isinstance(test, Compare) and (
        is_day(test.column) or (test.op in ("=", "in") and test.column.info.get("values"))
    ):
        return id(test.column)
    return None


def swap(questions: Questions, before: Questions) -> str | None:
    """The last question's text with the one thing these words name in place of its like."""
    for start in _starts(questions):
        edges = [edge for edge in questions.lattice.edges[start] if edge[0] == questions.size]
        for place in (start, questions.skip(start, closed.DETERMINER | closed.PREPOSITION)):
            if place < questions.size:
                edges += [edge for edge in questions.lattice.edges[place] if edge[0] == questions.size]
        for _, new, _ in edges:
            spans = [
                (at, end) for at, row in enumerate(before.lattice.edges) for end, old, _ in row if _alike(old, new)
            ]
            spans = [
                span for span in spans if not any(o[0] <= span[0] and span[1] <= o[1] and o != span for o in spans)
            ]
            spans = list(dict.fromkeys(spans))
            if len(spans) == 1:
                at, end = spans[0]
                tokens, text = before.tokens, before.lattice.text
                said = questions.lattice.text[questions.tokens[_place_of(questions, new)].start :]
                return text[: tokens[at].start] + said.rstrip("?!. ") + text[tokens[end - 1].end :]
    return None


def _place_of(questions: Questions, meaning: object) -> int:
    """Where a meaning begins."""
    return next(at for at, row in enumerate(questions.lattice.edges) for _, each, _ in row if each is meaning)


def _alike(old: object, new: object) -> bool:
    """Whether two meanings are of one kind, so that one can stand in the other's place."""
    if isinstance(old, Thing) and isinstance(new, Thing):
        return old.table is not new.table
    if isinstance(old, Name) and isinstance(new, Name):
        return old.table is new.table
    if isinstance(old, Adjective) and isinstance(new, Adjective):
        return old.degree == new.degree and any(a is b for a in old.columns for b in new.columns)
    if isinstance(old, Value) and isinstance(new, Value):
        columns = {id(column) for column, _ in old.options}
        return any(id(column) in columns for column, _ in new.options)
    return False


def choose(questions: Questions) -> int | None:
    """Which row "the second one" means, counted from 1; None where it is not that."""
    words = [
        word
        for word in questions.low
        if word
        not in (
            "the",
            "one",
            "show",
            "me",
            "tell",
            "about",
            "what",
            "is",
            "and",
            "row",
            "number",
            "of",
            "them",
            "those",
            "details",
        )
    ]
    if len(words) == 1 and words[0] in _ORDINALS and questions.size > 1:
        return _ORDINALS[words[0]]
    return None


def counts(questions: Questions) -> bool:
    """Whether it only asks how many the last rows are."""
    return "many" in questions.low and set(questions.low) <= _COUNTING
