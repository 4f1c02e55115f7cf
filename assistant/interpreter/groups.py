"""Follow-ups on groups and counts: "which one has the most?", "how many of each", "list those", "in total"."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from assistant.interpreter import closed
from assistant.interpreter.lexicon import Attribute, Thing, Value
from assistant.interpreter.pronouns import FUNCTIONS, edges
from assistant.interpreter.questions import Questions
from assistant.interpreter.reader import any_of, is_number, is_one, numbers_of
from assistant.interpreter.schema import turn_round
from assistant.interpreter.tree import (
    AllOf,
    Ask,
    Compare,
    Counted,
    Linked,
    Not,
    Order,
    Pick,
    Rows,
    Shown,
    Test,
    says_same,
)
from assistant.interpreter.values import tested_column

MOST_GROUPS = 5  # that "those" can mean
_WHICH = closed.words(
    "which what one ones who of them those these is are was has have had got did the and so now group groups "
    "category categories"
)
_INSIDE = closed.words(
    "what which who is are 's in inside it them there that those these ones belong belongs to group category"
)
_GROUP = closed.words("group bucket category class bar slice")
_MOST = closed.phrases("most|most common|most popular|most frequent|biggest|largest|highest|top|most used|commonest")
_LEAST = closed.phrases("least|fewest|least common|rarest|smallest|lowest|least popular|least used")
_EACH = closed.words("for in of per each one there are is how many much per does it number the just and count have has")
_ALL = closed.words("all every everything overall the of and any together in total combined altogether what for about")


def most_of_groups(plain: Questions, last: Ask) -> Ask | None:
    """ "which one has the most?", "which is the most common": the group with the highest or lowest number."""
    if not last.group or last.kind not in ("count", "aggregate", "values") or not plain.size:
        return None
    start = plain.skip(0, _WHICH)
    keys = {id(each.column): each.column.table for each in last.group}
    named = (
        end for end, each, _ in edges(plain, start)
        if (isinstance(each, Attribute) and keys.keys() & set(map(id, each.columns)))
        or (isinstance(each, Thing) and each.table in keys.values())
    )  # fmt: skip
    parts = {each.part for each in last.group}
    periods = (end for end, each in plain.periods_of(start, last.rows.table) if each.part in parts)
    start = plain.skip(max((*named, *periods), default=start), _WHICH)  # "which task has the fewest"
    persons = any("who" in table.info.get("asked", ()) for table in keys.values())
    for phrases, highest in ((_MOST, True), (_LEAST, False)):
        end = plain.longest(start, phrases)
        rest = {plain.word(at) for at in range(end, plain.size)}
        told = bool(rest & _GROUP) or plain.word(0) in ("which", "what", "and") or (persons and plain.word(0) == "who")
        if end > start and told and rest <= closed.ONES | _GROUP | {"of", "them", "those", "all"}:
            by = last.measure if last.kind == "aggregate" and last.measure is not None else Counted((), last.rows)
            kind = "aggregate" if last.kind == "aggregate" else "count"
            return replace(last, kind=kind, pick=Pick(by, highest), order=(), limit=None)
    return None


def asks_inside(low: Sequence[str]) -> bool:
    """Whether it asks what a group holds: "what is in it?", "who belongs to it?"."""
    asked = low[:1] in (["what"], ["which"], ["who"])
    return asked and set(low) <= _INSIDE and bool({"in", "inside", "to"} & set(low)) and len(low) > 2


def averaged_each(plain: Questions, last: Ask) -> Ask | None:
    """ "the average size in each of these", after how many there are of each: that number for the same groups."""
    if last.kind not in ("count", "aggregate") or not last.group or last.pick is not None:
        return None
    start = plain.skip(0, closed.words("and the what which is are 's show me give now a"))
    for function, words in FUNCTIONS:
        end = plain.longest(start, words)
        for stop, attribute, _ in plain.at(plain.skip(end, closed.DETERMINER), Attribute) if end > start else ():
            rest = set(plain.low[stop:])
            numbers = [each for each, _ in plain.columns_of(last.rows.table, attribute) if is_number(each.column)]
            if numbers and rest & (closed.EACH | {"per"}) and rest <= _EACH | _GROUPS:
                return replace(last, kind="aggregate", function=function, measure=numbers[0], having=None)
    return None


_GROUPS = closed.words("these those them group groups category categories all")


def counts_of_each(plain: Questions, last: Ask) -> Ask | None:
    """ "how many models for each?", "how many of each": the rows counted by what they were shown with."""
    if not set(plain.low) & closed.EACH or "many" not in plain.low or not plain.low:
        return None
    things = {thing.table for at in range(plain.size) for _, thing, _ in plain.at(at, Thing)}
    spans = {at for at in range(plain.size) for _ in plain.at(at, Thing)}
    if things - {last.rows.table} or {plain.word(at) for at in range(plain.size) if at not in spans} - _EACH:
        return None
    given = {id(tested_column(test)) for test in last.rows.tests}
    keys = last.group or tuple(each for each in last.show[1:] if _is_key(each) and id(each.column) not in given)
    if last.kind in ("rows", "values", "count", "aggregate") and keys:
        return Ask("count", _many(last.rows, keys), group=keys[-1:] if last.kind == "rows" and not last.group else keys)
    return None


_APART = closed.phrases(
    "by how much|how much|the difference|difference|how big the difference|how large the difference|how far apart|"
    "how big is the difference|how large is the difference|what difference"
)
_TIMES = closed.phrases("how many times|by what factor|by how many times|how many times as|by which factor")


def asked_apart(plain: Questions) -> tuple[bool, tuple[Any, ...]] | None:
    """ "by how much?", "how many times larger is the first?": (whether a ratio is meant, the columns named)."""
    start = plain.skip(0, closed.words("and so but what is 's then"))
    times = plain.longest(start, _TIMES)
    end = times if times > start else plain.longest(start, _APART)
    if end == start:
        return None
    columns: tuple[Any, ...] = ()
    for stop, named, _, _ in plain.comparatives(end):
        end, columns = stop, named
        break
    else:
        for stop, attribute, _ in plain.at(plain.skip(end, closed.words("more fewer less in the their")), Attribute):
            end, columns = stop, attribute.columns
            break
    rest = {plain.word(at) for at in range(end, plain.size)}
    light = closed.BE | closed.PRONOUN | closed.ONES | closed.THAN | closed.HAVE | closed.DETERMINER
    return (times > start, columns) if rest <= light | _TWO else None


_TWO = closed.words("first second other between two there has does")


def each_swapped(plain: Questions, last: Ask, before: Ask) -> Ask | None:
    """ "how many of each?" after the fine-tuned models and then the pretrained ones: a number for both."""
    if not set(plain.low) & closed.EACH or "many" not in plain.low or not set(plain.low) <= _EACH:
        return None
    alike = last.rows.table is before.rows.table and len(last.rows.tests) == len(before.rows.tests)
    if not alike or last.group or before.group:
        return None
    pairs = list(zip(before.rows.tests, last.rows.tests, strict=True))
    changed = [(old, new) for old, new in pairs if old is not new and not says_same(old, new)]
    if len(changed) != 1:
        return None
    old, new = changed[0]
    column, same = tested_column(new), tested_column(old)
    if column is None or column is not same or not column.info.get("values"):
        return None
    path = new.path if isinstance(new, Linked) else ()
    tests = tuple(any_of([old, new]) if test is new else test for test in last.rows.tests)
    return Ask("count", replace(last.rows, tests=tests), group=(Shown(path, column),))


def counted_things(plain: Questions, last: Ask, rows: Rows | None) -> Ask | None:
    """ "who are they?" after the affiliation with the most people: those that were counted."""
    by = last.pick.by if last.pick is not None else None
    if rows is None or not isinstance(by, Counted) or last.kind != "rows":
        return None
    people = "who" in by.rows.table.info.get("asked", ())
    asked = ({"who"} if people else {"what", "which"}) & set(plain.low)
    if not asked or not set(plain.low) & {"they", "those", "these", "them"}:
        return None
    back = turn_round(by.path)
    return Ask("rows", by.rows.with_tests(Linked(back, rows)), show=plain.name_shown(by.rows.table))


def _many(rows: Rows, group: Sequence[Shown]) -> Rows:
    """The rows, or all of the table where they are one by its name or of one group: nobody counts those by groups."""
    keys = {id(shown.column) for shown in group}
    fixed = any(isinstance(t, Compare) and t.op == "=" and id(t.column) in keys for t in rows.tests)
    named = fixed or is_one(rows)
    return Rows(rows.table) if named else rows


def _is_key(shown: Shown) -> bool:
    return bool(shown.column.info.get("values")) or bool(shown.path and shown.column.info.get("name"))


def rows_of_groups(last: Ask, run: Callable[[Ask], Sequence[Sequence[Any]]]) -> Rows | None:
    """The rows in the groups that were picked: "list those" after the most common task."""
    if not last.group or last.pick is None or last.kind not in ("count", "aggregate"):
        return None
    if any(shown.part not in ("", "year") for shown in last.group):
        return None
    found = run(last)
    if not 1 <= len(found) <= MOST_GROUPS:
        return None
    tests = [_in_group(shown, [row[place] for row in found]) for place, shown in enumerate(last.group)]
    return last.rows.with_tests(*tests)


def _in_group(shown: Shown, values: Sequence[Any]) -> Test:
    if shown.part:
        years = [int(value) for value in values if value is not None]
        return any_of([
            AllOf((Compare(shown.column, ">=", f"{year}-01-01"), Compare(shown.column, "<", f"{year + 1}-01-01")))
            for year in years
        ])  # fmt: skip
    known = [Compare(shown.column, "null") if value is None else Compare(shown.column, "=", value) for value in values]
    test = any_of(known)
    return Linked(shown.path, Rows(shown.column.table, (test,))) if shown.path else test


def total_of(plain: Questions, last: Ask) -> Ask | None:
    """ "in total?" after rows that were shown with one number: their sum."""
    said = set(plain.low)
    numbers = numbers_of(last.show)
    if last.kind != "rows" or len(numbers) != 1 or not said & {"total", "altogether", "overall"} or not said <= _ALL:
        return None
    return Ask("aggregate", last.rows, function="SUM", measure=numbers[0])


def of_all(plain: Questions, last: Ask) -> Ask | None:
    """ "and all models together?" after one number over some of them."""
    if last.kind not in ("aggregate", "count") or last.group or not last.rows.tests:
        return None
    start = plain.skip(0, closed.words("and what about for the of over across"))
    if plain.word(start) not in ("all", "every", "everything", "overall"):
        return None
    place = plain.skip(start, _ALL)
    for end, value, _ in plain.at(place, Value):
        for test, shown, _ in plain.value_tests(last.rows.table, value) if end == plain.size else ():
            if not shown.path:
                return replace(last, rows=Rows(last.rows.table, (test,)), pick=None)
    ends = [end for end, thing, _ in plain.at(place, Thing) if thing.table is last.rows.table]
    end = plain.skip(max(ends, default=place), _ALL)
    return replace(last, rows=Rows(last.rows.table), pick=None) if end == plain.size else None


_LIMITING = closed.words(
    "only just keep the ones those them groups and show me with that have having has where which are"
)
_COUNTING = closed.words("how many and so are there of them those these is that they it what 's the number count in")
_RANKING = closed.words(
    "sort order rank them those by it and the number numbers count counts value values that from on of"
)
_AS_SHARE = closed.phrases(
    "as percentages|as percentage|in percent|as percent|as a percentage|in percentages|as shares|as a share|as share|"
    "in %|as %|percentages|percentage|as fractions|shares|relative|what percentage is that|in relative terms"
)


def bounded(plain: Questions, last: Ask) -> Ask | None:
    """ "only those with more than 5": the groups whose number meets a bound."""
    if last.kind not in ("count", "aggregate") or not last.group or last.pick is not None:
        return None
    start = plain.skip(0, _LIMITING)
    keyed = {shown.column.table for shown in last.group}
    start = max((end for end, thing, _ in plain.at(start, Thing) if thing.table in keyed), default=start)
    start = plain.skip(start, _LIMITING)
    for end, bounds, _ in plain.bounds(start) if start or plain.size < 5 else ():
        if not start and bounds[0][0] == "=":
            continue  # "2019?" is no number of them
        stops = {end, *(stop for stop, thing, _ in plain.at(end, Thing) if thing.table is last.rows.table)}
        if plain.size in stops and len(bounds) == 1 and bounds[0][0] != "!=":
            return replace(last, having=(bounds[0][0], bounds[0][1]))
    return None


def ranked(plain: Questions, last: Ask) -> Ask | None:
    """ "highest first", "rank them", "sort by count": the groups in the order of their numbers."""
    if last.kind not in ("count", "aggregate", "share") or not last.group or last.pick is not None:
        return None
    for start in {0, plain.skip(0, _RANKING), plain.skip(0, frozenset(("and", "now", "but")))}:
        down = plain.longest(start, closed.DOWN) == plain.size > start
        up = plain.longest(start, closed.UP) == plain.size > start
        said = plain.skip(0, _RANKING) == plain.size and bool({"sort", "order", "rank"} & set(plain.low))
        if down or up or said:
            return replace(last, order=(Order(Counted((), last.rows), not up),))
    return None


def as_share(plain: Questions, last: Ask) -> Ask | None:
    """ "as percentages": the counts of groups as shares of all."""
    start = plain.skip(0, closed.words("and show me them that those it now give the"))
    if last.kind != "count" or not last.group or last.having is not None or last.measure is not None:
        return None
    return replace(last, kind="share", pick=None) if plain.longest(start, _AS_SHARE) == plain.size > start else None


def counted_per(plain: Questions, last: Ask) -> Ask | None:
    """ "how many per media": the rows shown, counted by a key."""
    start = plain.skip(0, _COUNTING)
    if last.kind not in ("rows", "count", "aggregate") or "many" not in plain.low[:start] or last.pick is not None:
        return None
    for found in plain.groups(start, last.rows.table):
        if found.end == plain.size:
            return Ask("count", _many(last.rows, found.value.group), group=found.value.group)
        if plain.longest(found.end, closed.CLOSER) == plain.size:  # "of each task do we have": of all
            return Ask("count", Rows(last.rows.table), group=found.value.group)
    return None


def without_unknown(plain: Questions, last: Ask) -> Ask | None:
    """ "without the ones where it is unknown": the rows for which the number that was shown is known."""
    said = set(plain.low)
    numbers = [shown for shown in numbers_of(last.show) if shown.column.nullable]
    if last.kind != "rows" or not numbers or not said & (closed.UNKNOWN | {"known"}) or plain.word(0) != "except":
        return None
    light = closed.ONES | closed.BE | closed.PRONOUN | closed.DETERMINER | closed.UNKNOWN | closed.RELATIVE
    named = {at for at in range(plain.size) for _, each, _ in plain.at(at, Attribute) if each.has(numbers[-1].column)}
    rest = {plain.word(at) for at in range(plain.size) if at not in named}
    if rest - light - {"except", "where", "with", "whose", "an", "not", "known"}:
        return None
    return replace(last, rows=last.rows.with_tests(Not(plain.where(numbers[-1], "null", None))))
