"""Follow-ups that leave out most of what they mean: "which datasets do?", "and the rest", "both", "9?", "in total"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.interpreter import closed
from assistant.interpreter.followups import Turn
from assistant.interpreter.lexicon import Role, Thing, Value
from assistant.interpreter.questions import Questions
from assistant.interpreter.reader import all_of, any_of, flat, is_day, is_name
from assistant.interpreter.tree import Ask, Compare, Counted, Linked, Not, Rows, Shown, Test, exchange, says_same, walk

_GOING_ON = closed.words("and so but ok okay now then just")
_REST = closed.REST | closed.words("and what about who which are is show me list the of them those now ones other")
_BOTH = closed.words("and now show me of them those these all the two in ones or at once for from with")
_TOTAL = closed.phrases("in total|in all|altogether|overall|total|the total|all together|the total number|of all")
_LISTING = closed.words("list show me the which what who are is see and give now in of those")


def doing_so(plain: Questions, last: Ask) -> Ask | None:
    """ "which datasets do?" after whether one of them has a column: all that do."""
    start = plain.skip(0, _GOING_ON)
    if last.kind != "exists" or plain.word(start) not in ("which", "what", "who"):
        return None
    place = plain.skip(start + 1, closed.ONES | frozenset(("others", "other", "else")))
    place = max((end for end, thing, _ in plain.at(place, Thing) if thing.table is last.rows.table), default=place)
    end = plain.skip(place, closed.AUXILIARY | frozenset(("not", "n't")))
    named = [test for test in last.rows.tests if is_name(test)]
    said = [test for test in last.rows.tests if not is_name(test)]
    if end == place or end < plain.size or len(named) != 1 or not said:
        return None
    test = all_of(said)
    if set(plain.low) & {"not", "n't"}:
        test = Not(test)
    others = (Not(named[0]),) if set(plain.low) & {"others", "other", "else"} else ()
    return Ask("rows", Rows(last.rows.table, (test, *others)), show=last.show or plain.name_shown(last.rows.table))


def rest_of(plain: Questions, last: Turn) -> Ask | None:
    """ "and the rest" after some of a list: those of it that were left out."""
    before, said = last.before, set(plain.low)
    if before is None or not said & (closed.REST | {"other"}) or not said <= _REST:
        return None
    added = _added(last.ask, before.ask)
    if not added or before.ask.kind != "rows" or last.ask.pick is not None or before.ask.pick is not None:
        return None
    unknown = [Compare(each.column, "null") for each in added if isinstance(each, Compare) and each.column.nullable]
    left = any_of([Not(all_of(added)), *unknown])  # what is not known to fit did not come, and is of the rest
    return replace(
        before.ask,
        rows=before.ask.rows.with_tests(left),
        show=last.ask.show if last.ask.kind == "rows" else before.ask.show,
    )


def both_of(plain: Questions, last: Turn) -> Ask | None:
    """ "both years together" after the one and then the other: the rows of either, or those that have both."""
    before, said = last.before, set(plain.low)
    if before is None or not said & {"both", "together", "combined", "either"} or last.ask.kind != "rows":
        return None
    table = last.ask.rows.table
    named = {at for at in range(plain.size) for _, thing, _ in plain.at(at, Thing) if thing.table is table}
    named |= {at for at in range(plain.size) for _ in plain.periods_of(at, table)}
    rest = {plain.word(at) for at in range(plain.size) if at not in named}
    if not rest <= _BOTH | {"both", "together", "combined", "either"}:
        return None
    old, new = _added(before.ask, last.ask), _added(last.ask, before.ask)
    if not old or not new or {_key(each) for each in old} != {_key(each) for each in new}:
        return None
    sides = [all_of(old), all_of(new)]
    many = any(isinstance(each, Linked) and any(step.many for step in each.path) for each in new)
    test = all_of(sides) if many and "either" not in said else any_of(sides)
    kept = tuple(each for each in last.ask.rows.tests if all(each is not one for one in new))
    return replace(last.ask, rows=Rows(last.ask.rows.table, (*kept, test)))


def both_named(plain: Questions, last: Ask) -> Ask | None:
    """ "both species and depth" after what has the one: what has both."""
    start = plain.skip(0, closed.words("and which what have has with ones"))
    if plain.word(start) != "both" or last.kind != "rows":
        return None
    for end, first, _ in plain.at(start + 1, Value):
        for stop, second, _ in plain.at(plain.skip(end, closed.AND), Value):
            old = [
                test for test in last.rows.tests
                if isinstance(test, Linked) and any(step.many for step in test.path) and len(test.rows.tests) == 1
                and isinstance(test.rows.tests[0], Compare)
            ]  # fmt: skip
            if stop != plain.size or len(old) != 1 or stop == end:
                continue
            compare = old[0].rows.tests[0]
            assert isinstance(compare, Compare)
            values = [_stored(value, compare) for value in (first, second)]
            if None in values:
                continue
            both = [exchange(old[0], compare, Compare(compare.column, "=", value)) for value in values]
            kept = tuple(test for test in last.rows.tests if test is not old[0])
            return replace(last, rows=Rows(last.rows.table, (*kept, *both)))
    return None


def _stored(value: Value, like: Compare) -> str | bool | None:
    return next((stored for column, stored in value.options if column is like.column), None)


def other_number(plain: Questions, last: Ask) -> Ask | None:
    """ "9?" after those with a kernel of 7: the only number of the question exchanged for another."""
    start = plain.skip(0, closed.words("and what how about with for but or of now"))
    for end, number in plain.number(start):
        if end != plain.size or last.kind not in ("rows", "count"):
            continue
        numbers = [each for each in walk(last.rows) if isinstance(each, Compare) and _is_number(each)]
        counts = [each for each in walk(last.rows) if isinstance(each, Linked) and each.count is not None]
        if len(numbers) == 1 and not counts:
            return exchange(last, numbers[0], replace(numbers[0], value=number))  # type: ignore[no-any-return]
        if len(counts) == 1 and not numbers and number == int(number) and counts[0].count is not None:
            other = replace(counts[0], count=(counts[0].count[0], int(number)))
            return exchange(last, counts[0], other)  # type: ignore[no-any-return]
    return None


def _is_number(test: Compare) -> bool:
    return (
        not isinstance(test.value, bool | str | tuple)
        and test.value is not None
        and test.op in ("=", "<", ">", "<=", ">=")
    )


def in_total(plain: Questions, last: Turn) -> Ask | None:
    """ "and in total" after how many of a list are of some kind: how many the list has."""
    start = plain.skip(0, closed.words("and so but how many are there what about"))
    before = last.before
    if last.ask.kind != "count" or last.ask.group or before is None or before.ask.kind not in ("rows", "count"):
        return None
    if plain.longest(start, _TOTAL) != plain.size or start == plain.size or not _added(last.ask, before.ask):
        return None
    if before.ask.group or before.ask.pick is not None or before.ask.limit is not None:
        return None
    return Ask("count", before.ask.rows)


def of_group(plain: Questions, last: Ask) -> Ask | None:
    """ "list the RNNs" after how many of each architecture there are among some: those of one group."""
    if not last.group or last.kind not in ("count", "aggregate", "share") or not last.rows.tests:
        return None
    start = plain.skip(0, _LISTING)
    if not start:
        return None
    for end, value, _ in plain.at(start, Value):
        stop = max((e for e, thing, _ in plain.at(end, Thing) if thing.table is last.rows.table), default=end)
        if plain.skip(stop, closed.ONES | frozenset(("group", "there", "then"))) != plain.size:
            continue
        for shown in last.group:
            for column, stored in value.options:
                if column is shown.column:
                    test = plain.where(shown, "=", stored)
                    return Ask(
                        "rows", last.rows.with_tests(test), show=(*plain.name_shown(last.rows.table), *_one(shown))
                    )
    return None


def _one(shown: Shown) -> Sequence[Shown]:
    return () if shown.many else (shown,)


def counts_shown(plain: Questions, last: Ask) -> Ask | None:
    """ "how many each" after people with their models: how many of those each of them has."""
    things = [shown for shown in last.show if shown.many and shown.column.info.get("name")]
    named = bool(last.show) and last.show[0].column is plain.schema.name_of(last.rows.table)
    if last.kind != "rows" or last.group or len(things) != 1 or not named or "many" not in plain.low:
        return None
    light = (
        closed.EACH | closed.PRONOUN | closed.words("how many and of for does do have has got one in is are there per")
    )
    nouns = {
        at for at in range(plain.size) for _, thing, _ in plain.at(at, Thing) if thing.table is things[0].column.table
    }
    nouns |= {
        at
        for at in range(plain.size)
        for _, role, _ in plain.at(at, Role)
        if role.relation.end is things[0].column.table
    }
    if not set(plain.low) & closed.EACH or not {plain.word(at) for at in range(plain.size) if at not in nouns} <= light:
        return None
    counted = Counted(things[0].path, Rows(things[0].column.table, things[0].tests))
    return Ask("rows", last.rows, show=plain.name_shown(last.rows.table), measure=counted)


def _added(new: Ask, old: Ask) -> list[Test]:
    """What a question asks of its rows that another about the same things does not."""
    if new.rows.table is not old.rows.table:
        return []
    known = [part for test in old.rows.tests for part in flat(test)]
    return [
        part for test in new.rows.tests for part in flat(test)
        if not any(part is each or says_same(part, each) for each in known)
    ]  # fmt: skip


def _key(test: Test) -> object:
    """What a test is about, whatever value it asks for."""
    if isinstance(test, Linked) and len(test.rows.tests) == 1:
        return _key(test.rows.tests[0])
    if isinstance(test, Compare):
        return (test.column.table.name, test.column.name, test.op if is_day(test.column) else "")
    return id(test)
