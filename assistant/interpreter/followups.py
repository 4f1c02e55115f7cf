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
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from assistant.interpreter import closed
from assistant.interpreter.lattice import Name
from assistant.interpreter.lexicon import Adjective, Thing, Value
from assistant.interpreter.questions import Questions
from assistant.interpreter.reader import Found, Phrase, flat, is_day, is_number, is_one, numbers_of
from assistant.interpreter.schema import path_key
from assistant.interpreter.tree import (
    Ask,
    Compare,
    Counted,
    Extreme,
    Linked,
    Not,
    Order,
    Pick,
    Rows,
    Scalar,
    Shown,
    Test,
    exchange,
    walk,
)
from assistant.interpreter.values import name_test
from assistant.interpreter.words import Token

_CUES = closed.phrases(
    "same thing for|the same thing for|same question for|and the same with|same but for|same but|repeat for|"
    "do that for|"
    "repeat that for|now the same for|and now for|the one|that one|the ones that are|those that are|the ones which are|"
    "same|the same|"
    "and what about|what about|how about|and how about|same for|the same for|same with|do the same for|"
    "and the same for|"
    "and for|and|but|only|just|now|also|and only|but only|now only|show only|show me only|just show|only show|"
    "only show me|"
    "just the|ok now|okay now|then|and now|keep only|of those only|limit to|limit it to|restrict to|narrow to|"
    "filter by|"
    "filter to|which|which ones|which ones are|which one is|which is|which are|what is|of those|of them|of these|"
    "among them|among those|which of them|which of those|which of these|or|instead|"
    "what if|and what of|what of|and of|only those|only the ones|the ones|those|just those|now show|"
    "now show me|show|now list|ones|"
    "and also|now just|and just|show me just|show me|give me|list|give me only|no only|no , only|with only|for|add|"
    "any|any of them|any of those|are any|are any of them|are any of those|are there any|is there any|"
    "include|also include|also show|also add|plus|show also|and add|and show|and include|also|the|their|its"
)
_COUNTING = closed.words(
    "how many is that this are there those them of in total count it number the what s so altogether all and they these"
)
_STARTS = closed.words("for and only just but now also same or then")
_POINTING = closed.words("them they it its their these those he she his him same instead")
FARFETCHED = 0.6  # the cost of a condition that says next to nothing


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """A turn that was understood: its meaning, its words where they say it all, and the turn before."""

    ask: Ask
    text: str | None
    before: Turn | None = None
    said: str | None = None  # its words as they were said
    lost: str = ""  # a question after it that would have narrowed its rows, and was not understood

    @property
    def one(self) -> bool:
        """Whether it is about one thing by its name."""
        return is_one(self.ask.rows)

    @property
    def narrowed(self) -> bool:
        """Whether it asked for some of a longer list."""
        same = self.before is not None and self.before.ask.rows.table is self.ask.rows.table and not self.one
        return same and self.before is not None and len(self.ask.rows.tests) > len(self.before.ask.rows.tests)

    def back(self) -> Iterator[Turn]:
        """This turn and those before it, the latest first."""
        turn: Turn | None = self
        while turn is not None:
            yield turn
            turn = turn.before


def refers_back(tokens: Sequence[Token]) -> bool:
    """Whether the words point at something said before."""
    low = [token.low for token in tokens]
    other = any(low[at : at + 3] in (["the", "other", "one"], ["the", "other", "ones"]) for at in range(len(low)))
    return continues(tokens) or other or bool(set(low) & _POINTING)


def continues(tokens: Sequence[Token]) -> bool:
    """Whether the first words say that it goes on from something said before."""
    low = [token.low for token in tokens]
    leads = (["what", "about"], ["how", "about"], ["sort", "by"], ["order", "by"], ["sort", "them"])
    how_many = low[:2] == ["how", "many"] and (not low[2:] or low[2] in closed.BE | closed.HAVE)
    return bool(low) and (low[0] in _STARTS or low[:2] in leads or how_many)


def last_phrase(ask: Ask, names: Callable[[], Sequence[str]], questions: Questions) -> Phrase | None:
    """The rows of the last answer as a noun phrase; ``names`` runs it where its rows can only be listed."""
    rows = ask.rows
    if ask.kind == "share" and ask.part is not None and not ask.group:
        return Phrase(rows.with_tests(ask.part), named=True)
    if ask.group and ask.kind in ("count", "aggregate"):
        return _grouped_by(ask, names, questions)
    if ask.kind not in ("rows", "details", "check", "exists", "count"):
        return None
    if ask.having is not None and isinstance(ask.measure, Counted):
        rows = rows.with_tests(Linked(ask.measure.path, ask.measure.rows, _whole(ask.having)))
    if ask.pick is not None or ask.limit is not None:
        if ask.pick is not None and ask.pick.number is None and isinstance(ask.pick.by, Shown) and not ask.pick.ends:
            rows = rows.with_tests(Extreme(ask.pick.by, ask.pick.descending, rows))
        else:
            column = questions.schema.name_of(rows.table)
            listed = tuple(names())
            if column is None or not listed:
                return None
            rows = Rows(rows.table, (Compare(column, "in", listed),))
    single = ask.kind in ("details", "check") or (ask.pick is not None and ask.pick.number in (None, 1))
    return Phrase(rows, named=True, single=single)


def _grouped_by(ask: Ask, names: Callable[[], Sequence[str]], questions: Questions) -> Phrase | None:
    """The people of "how many datasets has each person", where they are few; None where no things stand for groups."""
    column = ask.group[0].column
    if len(ask.group) > 1 or questions.schema.name_of(column.table) is not column:
        return None
    listed = tuple(dict.fromkeys(names()))
    if not 0 < len(listed) <= _FEW_GROUPS:
        return None
    return Phrase(Rows(column.table, (Compare(column, "in", listed),)), named=True)


_FEW_GROUPS = 100


def _whole(having: tuple[str, int | Decimal]) -> tuple[str, int]:
    """A bound on how many there are."""
    return having[0], int(having[1])


def refine(questions: Questions, last: Ask) -> list[Found]:
    """The last question with what these words add to it."""
    if last.kind == "rows" and last.having is not None:
        if not isinstance(last.measure, Counted):
            return []
        counted = Linked(last.measure.path, last.measure.rows, _whole(last.having))
        last = replace(last, rows=last.rows.with_tests(counted), having=None, measure=None)
    if (last.having is not None and not last.group) or last.kind not in (
        "rows",
        "count",
        "exists",
        "aggregate",
        "share",
    ):
        return []
    found: list[Found] = []
    instead = "same" in questions.low[:3]
    for start in _starts(questions):
        plain = Phrase(last.rows)
        short = () if instead else _short(questions, start, last)
        found += [Found(questions.size, _merge(questions, few, last), 0.05) for few in short]
        whole = questions.word(start) in closed.WITH and any(  # "with mse": what stands in the catalogue
            end == questions.size for end, _, _ in questions.at(start + 1, Value)
        )
        for each in questions.extended(Found(start, plain)):
            most = FARFETCHED + max(0.3 * bool(each.value.show), 0.5 * whole)
            if each.end == questions.size and each.end > start and each.cost < most:
                more: Phrase = each.value
                added = more.rows.tests[len(last.rows.tests) :]
                if added:
                    replacing = start > 0 and not _narrows(questions, start)
                    more = replace(more, rows=_narrow(last.rows, added, replacing=replacing))
                if not (added or more.show or more.order or more.group or more.limit or more.pick or more.counted):
                    continue  # words that add nothing were not understood
                if instead and (more.show or more.order or len(more.rows.tests) > len(last.rows.tests)):
                    continue  # "same for …" adds nothing
                listing = bool(more.show) and not added and start == 0 and questions.word(0) in closed.WITH
                shown = 8 * listing + any(
                    isinstance(order.by, Shown) and _has(last.show, order.by) for order in more.order
                )
                found.append(Found(each.end, _merge(questions, more, last), each.cost - 0.1 * shown))
        for each in questions.np(start):
            phrase: Phrase = each.value
            if each.end == questions.size and phrase.table is last.rows.table and phrase.simple:
                if phrase.pick is not None and any(each.many and each.column.info.get("name") for each in last.show):
                    continue  # of which of the two things shown?
                if phrase.pick is not None and last.kind in ("rows", "count", "aggregate"):
                    within = _narrow(last.rows, phrase.rows.tests) if phrase.rows.tests else last.rows
                    picked = Phrase(within, pick=phrase.pick, noted=phrase.noted)
                    found.append(Found(each.end, _merge(questions, picked, _listing(questions, last)), each.cost))
                elif phrase.pick is None and phrase.rows.tests and phrase.quantity in (None, "all"):
                    narrowed = Phrase(_narrow(last.rows, phrase.rows.tests), noted=phrase.noted)
                    if instead and len(narrowed.rows.tests) > len(last.rows.tests):
                        continue
                    found.append(Found(each.end, _merge(questions, narrowed, last), each.cost))
    return [each for each in found if each.value is not None]


def _short(questions: Questions, start: int, last: Ask) -> Iterator[Phrase]:
    """The rows of the last question with a few words more: "over 500k", "the embed size too", "most modules first"."""
    table, size = last.rows.table, questions.size
    place = questions.skip(start, closed.DETERMINER)
    for end, name, _ in questions.at(place, Name) if start and last.kind == "rows" else ():
        for shown in last.show:  # "only MIT" of people who are shown with where they work
            if end == size and shown.path and shown.column is questions.schema.name_of(name.table):
                yield Phrase(last.rows.with_tests(Linked(shown.path, Rows(name.table, (name_test(questions, name),)))))
    counted = last.measure if isinstance(last.measure, Counted) and last.kind == "rows" else None
    if counted is not None:  # "only the ones with more than 2" after a number for each
        for end, bounds, _ in questions.bounds(questions.skip(start, frozenset(("with",)))):
            if end == size and len(bounds) == 1:
                test = Linked(counted.path, counted.rows, (bounds[0][0], int(bounds[0][1])))
                yield Phrase(last.rows.with_tests(test))
        return
    bounded = _bounded(questions, last)
    dated = any(each.end == size for each in questions.extended(Found(start, Phrase(Rows(table)))))  # "only 2019"
    for end, bounds, _ in questions.bounds(questions.skip(start, frozenset(("with",)))) if bounded is not None else ():
        if dated and bounds[0][0] == "=" and len(str(bounds[0][1])) == 4:
            continue
        equal = [op for op, _ in bounds if op == "="]
        told = bounded is not None and start and (_is_equalled(bounded, last) or _narrows(questions, start))
        if end == size and (not equal or told):
            assert bounded is not None
            tests = tuple(questions.where(bounded, op, number) for op, number in bounds)
            noted = () if _has(last.show, bounded) else (bounded,)
            yield Phrase(_narrow(last.rows, tests, replacing=not _narrows(questions, start)), noted=noted)
    if last.kind == "rows" and start and questions.word(start - 1) not in ("only", "just"):
        for each in questions.show_lists(start, table):
            if each.end == size:
                yield Phrase(last.rows, show=tuple(shown for shown in each.value if not _has(last.show, shown)))
    by = last.order[-1].by if last.order else numbers[-1] if (numbers := numbers_of(last.show)) else None
    bare = questions.skip(start, _SORTING)
    for words, down in ((closed.DOWN, True), (closed.UP, False)):
        if by is not None and last.kind == "rows" and questions.longest(bare, words) == size > bare:
            yield Phrase(last.rows, order=(Order(by, down),))
    word = questions.word(start)
    if questions.word(size - 1) == "first" and (word == "most" or word in _UPPER | _LOWER):
        for end, by, _ in questions.measures(start + 1, table):
            if end == size - 1:
                show = (by,) if isinstance(by, Shown) and not _has(last.show, by) else ()
                yield Phrase(last.rows, order=(Order(by, word not in _LOWER),), show=show)


def _bounded(questions: Questions, last: Ask) -> Shown | None:
    """The number that "over 500k" bounds: the one that was bounded last, or shown last, or that measures such rows."""
    for test in reversed(last.rows.tests):
        path = test.path if isinstance(test, Linked) and test.count is None and len(test.rows.tests) == 1 else ()
        plain = test.rows.tests[0] if isinstance(test, Linked) and path else test
        if isinstance(test, Linked) and not path:
            return None
        if isinstance(plain, Compare) and plain.op[:1] in "<>=" and is_number(plain.column):
            shown = numbers_of(last.show)[-1:]
            if plain.op == "=" and shown and shown[0].column is not plain.column:
                return shown[0]  # "only 12" of the number that is shown
            return Shown(path, plain.column)
    if numbers := numbers_of(last.show):
        return numbers[-1]
    own = questions.measure_of(last.rows.table)
    return Shown((), own) if own is not None else None


_SORTING = closed.words("sort sorted order ordered rank it them those that by in and now the")


def _is_equalled(shown: Shown, last: Ask) -> bool:
    """Whether the last question was for one number of it: "and with 5" after the CNNs with 6 modules."""
    return any(isinstance(each, Compare) and each.column is shown.column and each.op == "=" for each in walk(last.rows))


_UPPER = frozenset(each[0] for each in closed.HIGHEST if len(each) == 1)
_LOWER = frozenset(each[0] for each in closed.LOWEST if len(each) == 1) | {"fewest"}


def _first(last: Ask, rows: Rows, limit: int) -> Ask | None:
    """The first few of the rows in their order, or by the one number that is shown."""
    if len(last.order) == 1 and last.order[0].ranks and last.pick is None:  # "models by size", then "top 3"
        return replace(last, rows=rows, order=(), pick=Pick(last.order[0].by, True, limit))
    if last.order:
        return replace(last, rows=rows, limit=limit)
    if last.pick is not None:  # "make that five", "top 3" after the one with the most
        return replace(last, rows=rows, pick=replace(last.pick, number=limit))
    numbers = numbers_of(last.show)
    if len(numbers) != 1 or last.pick is not None:
        return None
    return replace(last, rows=rows, pick=Pick(numbers[0], True, limit))


def _has(show: Sequence[Shown], shown: Shown) -> bool:
    return any(each.column is shown.column for each in show)


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
    if more.group and last.kind in ("count", "aggregate", "share") and (last.group or last.kind != "share"):
        return replace(last, rows=rows, group=more.group, order=())
    if more.group and last.kind == "rows" and not (more.show or more.order or more.pick):
        return Ask("count", rows, group=more.group)
    again = questions.word(0) == "and" or questions.low[:2] in (["what", "about"], ["how", "about"])
    if last.kind == "aggregate" and not last.group and "ones" in questions.low and not (more.group or again):
        last = _listing(questions, last)
    if last.kind in ("count", "aggregate", "share") and not (last.kind == "count" and listed):
        if more.show or more.order or more.pick or more.counted:
            return None
        return replace(last, rows=rows, unsure=more.unsure)
    if more.order:
        pick = None if last.pick is None or last.pick.number is None else last.pick
    unordered = not last.order and last.pick is None and not numbers_of(last.show)
    if more.limit is not None and unordered and {"limit", "limited", "first", "max"} & set(questions.low):
        return replace(last, rows=rows, limit=more.limit)
    if more.limit is not None:
        return _first(last, rows, more.limit) if more.limit > 0 else None
    show = (*last.show, *(each for each in (*more.show, *more.noted)))
    return replace(last, kind="rows", rows=rows, show=show, order=order, pick=pick, unsure=more.unsure)


def _narrow(rows: Rows, tests: Sequence[Test], *, replacing: bool = True) -> Rows:
    """Rows that meet the tests as well; a test of the same column takes the place of an earlier one."""
    kept = tuple(each for each in rows.tests if not any(_replaces(test, each, replacing) for test in tests))
    gone = [each for each in rows.tests if each not in kept]  # nothing is the largest CNN and a transformer
    kept = tuple(each for each in kept if not (isinstance(each, Extreme) and set(each.rows.tests) & set(gone)))
    return replace(rows, tests=(*kept, *tests))


def _replaces(new: Test, old: Test, replacing: bool) -> bool:
    """Whether one test takes the place of another: both name a value of one column, or bound it from the same side, or
    cannot both be true. Where rows may have several such values, only if it is not said to narrow them."""
    if isinstance(new, Linked) and isinstance(old, Linked) and new.count is None and old.count is None:
        same = path_key(new.path) == path_key(old.path)
        alone = len(new.rows.tests) == len(old.rows.tests) == 1
        many = any(step.many for step in new.path)
        return same and alone and (replacing or not many) and _replaces(new.rows.tests[0], old.rows.tests[0], True)
    if not isinstance(new, Compare) or not isinstance(old, Compare) or new.column is not old.column:
        return False
    if is_day(new.column):
        return replacing or new.op == old.op or _never(new, old)
    named = new.column.info.get("values") or new.column.info.get("name")
    if named and new.op in ("=", "in") and old.op in ("=", "in"):
        return True
    numbers = isinstance(new.value, int | Decimal) and isinstance(old.value, int | Decimal)
    return numbers and (_never(new, old) or (replacing and new.op[:1] == old.op[:1]))


def _never(one: Compare, other: Compare) -> bool:
    """Whether two bounds of one column leave nothing between them."""
    low, high = sorted((one, other), key=lambda each: each.op)  # < before = before >
    values: list[Any] = [low.value, high.value]
    if low.op[:1] == high.op[:1]:
        return low.op == "=" and values[0] != values[1]
    return bool(values[0] < values[1] or (values[0] == values[1] and {low.op, high.op} & {"<", ">"}))


def retarget(questions: Questions, last: Ask) -> Ask | None:
    """The last question about other things, "same for datasets", where all it says can be said of those as well."""
    starts = _starts(questions)
    if last.kind == "count" and last.group:  # "and how many datasets?" after the models of each task
        starts = [end for start in starts for end in {start, questions.longest(start, closed.HOW_MANY)}]
    tables = {
        thing.table for start in starts for end, thing, _ in questions.at(start, Thing)
        if end == questions.size and start and thing.table is not last.rows.table
    }  # fmt: skip
    last = replace(last, rows=replace(last.rows, tests=tuple(t for t in last.rows.tests if not _is_of_own(t, last))))
    if (
        set(questions.low) & (closed.THEIR - {"the"})
        or len(tables) != 1
        or last.having is not None
        or last.kind not in ("rows", "count", "aggregate")
    ):
        return None
    table = tables.pop()
    tests = tuple(_test_of(questions, table, test) for test in last.rows.tests)
    groups = tuple(_shown_of(questions, table, shown) for shown in last.group)
    shows = tuple(_shown_of(questions, table, shown) for shown in last.show[1:])
    by = last.pick.by if last.pick is not None else last.measure
    measure = _shown_of(questions, table, by) if isinstance(by, Shown) else None
    if None in (*tests, *groups, *shows) or (by is not None and measure is None) or last.order:
        return None
    return replace(
        last, rows=Rows(table, tuple(test for test in tests if test is not None)),
        group=tuple(shown for shown in groups if shown is not None),
        show=(*questions.name_shown(table), *(shown for shown in shows if shown is not None)) if last.show else (),
        measure=measure if last.pick is None else None,
        pick=replace(last.pick, by=measure) if last.pick is not None and measure is not None else None,
    )  # fmt: skip


def _is_of_own(test: Test, last: Ask) -> bool:
    """Whether it only keeps out rows by their names, which says nothing of other things."""
    if not isinstance(test, Not):
        return False
    return all(
        isinstance(each, Compare) and each.column.table is last.rows.table and bool(each.column.info.get("name"))
        for each in flat(test.test)
    )


def _test_of(questions: Questions, table: sa.Table, test: Test) -> Test | None:
    """The test said of rows of another table: of alice's models, and so of alice's datasets."""
    if isinstance(test, Linked) and test.path and test.count is None and test.rows.table is not table:
        ways = questions.schema.between(table, test.rows.table)
        ways = tuple(each for each in ways if len(each.path) == len(test.path)) or ways
        people = "who" in test.rows.table.info.get("asked", ())
        return replace(test, path=ways[0].path) if ways and people else None
    if isinstance(test, Not):
        inner = _test_of(questions, table, test.test)
        return None if inner is None else Not(inner)
    if isinstance(test, Compare) and not isinstance(test.value, Scalar):
        shown = _shown_of(questions, table, Shown((), test.column))
        return None if shown is None or test.column.info.get("name") else replace(test, column=shown.column)
    return None


def _shown_of(questions: Questions, table: sa.Table, shown: Shown) -> Shown | None:
    """The column of another table that is called by the same words, or the name of what both belong to."""
    if shown.path and shown.column.info.get("name") and shown.column.table in questions.schema.entities:
        relations = questions.schema.between(table, shown.column.table)
        relations = tuple(each for each in relations if len(each.path) == len(shown.path)) or relations
        return replace(shown, path=relations[0].path) if relations else None
    called = set(shown.column.info.get("synonyms", ()))
    measure = bool(shown.column.info.get("measure"))
    homes = [table]
    if shown.path:  # the tasks of models, and so those of datasets
        homes = [each for each in questions.schema.tables if questions.schema.kinds[each] == "values"
                 and questions.schema.owner_of(each) is table]  # fmt: skip
    like = [
        column
        for home in homes
        for column in questions.schema.columns(home)
        if called & set(column.info.get("synonyms", ())) or (measure and column.info.get("measure"))
    ]
    path = questions.schema.reach(table, like[0].table) if len(like) == 1 else None
    return replace(shown, column=like[0], path=path) if path is not None else None


def substitute(questions: Questions, last: Ask) -> Ask | None:
    """The last question about another name, or another stored value, than the only one of its kind that it tests:
    "what about bob instead" wherever alice stands in it."""
    starts = _starts(questions)
    if last.kind == "count" and not last.group:  # "how many private?" after the public ones
        starts += [questions.longest(start, closed.HOW_MANY) for start in starts]
    for start in starts:
        place = questions.skip(start, closed.DETERMINER | closed.PREPOSITION)
        for end, meaning, _ in questions.lattice.edges[place] if place < questions.size else ():
            several = isinstance(meaning, Value) and questions.low[end - 1].endswith("s")
            pointed = several and any(isinstance(test, Extreme) for test in last.rows.tests)
            if questions.skip(end, _ENDING) != questions.size or pointed:
                continue  # "and the transformers?" after the newest of the CNNs means all of those
            for new in _tests_named(questions, meaning):
                old = [each for each in walk(last) if isinstance(each, Compare)
                       and each.op == "=" and each.column is new.column]  # fmt: skip
                if old and len({each.value for each in old}) == 1:
                    for each in old:
                        last = exchange(last, each, new)
                    return last
                inner = _spoken_of(last, new) if start and not _narrows(questions, start) else []
                if len(inner) == 1:  # "and bert?" after who wrote the largest CNN
                    return exchange(last, inner[0], Rows(inner[0].table, (new,)))  # type: ignore[no-any-return]
                told = len(last.show) > 1 or last.kind == "aggregate"
                if isinstance(meaning, Name) and meaning.table is last.rows.table and told and not last.group and start:
                    return replace(last, rows=Rows(meaning.table, (new,)), pick=None, order=(), having=None)
    return None


_ENDING = closed.words("instead ones are is there")


def _spoken_of(last: Ask, named: Compare) -> list[Rows]:
    """What the rows of a question were found by, of the kind that is named now: the datasets of "who uses those"."""
    linked = (each.rows for each in walk(last.rows.tests) if isinstance(each, Linked) and each.count is None)
    found = [rows for rows in linked if rows.table is named.column.table and rows.tests]
    return found if named.column.info.get("name") else []


def picked_among(questions: Questions, last: Ask) -> Ask | None:
    """ "and among the fine-tuned image models?" after the smallest of others: the smallest of these."""
    start = questions.skip(0, closed.words("and what about but who which is it"))
    if last.pick is None or last.group or questions.word(start) not in ("among", "amongst", "of"):
        return None
    for each in questions.np(questions.skip(start + 1, closed.DETERMINER)):
        phrase: Phrase = each.value
        places = range(start, questions.size)
        nouns = any(end == questions.size for at in places for end, _, _ in questions.at(at, Thing))
        if each.end == questions.size and nouns and phrase.simple and phrase.pick is None and phrase.rows.tests:
            return replace(last, rows=phrase.rows) if phrase.table is last.rows.table else None
    return None


def _tests_named(questions: Questions, meaning: object) -> Iterator[Compare]:
    if isinstance(meaning, Name):
        yield name_test(questions, meaning)
    elif isinstance(meaning, Value) and not meaning.loose:
        for column, stored in meaning.options:
            yield Compare(column, "=", stored)


def swap(questions: Questions, before: Questions) -> str | None:
    """The last question's text with the one thing these words name in place of its like."""
    for start in _starts(questions):
        if questions.word(start) in closed.WITH | closed.WITHOUT:
            continue  # "with affiliations" is said of the rows that are shown
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


def counts(questions: Questions, last: sa.Table) -> bool:
    """Whether it only asks how many the last rows are: "how many is that", "how many models are these"."""
    bare = questions.low in (["count"], ["the", "count"], ["and", "count"], ["number"], ["the", "number"])
    nouns = {at for at in range(2, questions.size) for _, thing, _ in questions.at(at, Thing) if thing.table is last}
    rest = {word for at, word in enumerate(questions.low) if at not in nouns}
    pointing = not nouns or bool(rest & {"that", "these", "those", "this", "they", "them", "it"})
    return bare or ("many" in questions.low and rest <= _COUNTING and pointing)
