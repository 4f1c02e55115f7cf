"""Follow-ups on the list that was shown: further rows, the runner-up, which has the most, columns left out."""

from __future__ import annotations

from dataclasses import replace

from assistant.interpreter import closed
from assistant.interpreter.lexicon import Attribute, Role, Thing
from assistant.interpreter.questions import Questions
from assistant.interpreter.reader import numbers_of
from assistant.interpreter.schema import turn_round
from assistant.interpreter.tree import Ask, Compare, Counted, Linked, Pick, Rows, Scalar, Shown, Test

_NEXT = closed.words("and the show me give now ok")
_RUNNER_UP = closed.phrases(
    "runner up|runner-up|second place|next one|next largest|next biggest|next smallest|one after that|number two|"
    "second best"
)
_WHICH = closed.words("which what one ones who of them those these is are was has have had the and so now got uses")
_MOST = closed.phrases("most|the most|the highest|highest|the largest number|more than the others")
_LEAST = closed.phrases("least|the least|fewest|the fewest|the lowest|lowest|the smallest number")
_HIDING = closed.words("the their column columns field fields again info part names")


def next_rows(plain: Questions, last: Ask) -> Ask | None:
    """ "the next five": the rows that follow the first few that were shown."""
    start = plain.skip(0, _NEXT)
    known = last.limit if last.pick is None else last.pick.number
    if last.kind != "rows" or plain.word(start) != "next" or known is None:
        return None
    number = known
    place = start + 1
    for end, said in plain.number(place):
        number, place = int(said), end
    if plain.skip(place, closed.ONES | {"please"}) != plain.size:
        return None
    if last.pick is not None:
        return replace(last, pick=replace(last.pick, number=number, skipped=last.pick.skipped + known))
    return replace(last, limit=number, offset=last.offset + known)


def runner_up(plain: Questions, last: Ask) -> Ask | None:
    """ "the runner-up": the second by what the last answer was the first by."""
    start = plain.skip(0, closed.words("and who which what is was 's the about show me"))
    pick = last.pick
    if pick is None or last.kind != "rows" or last.group or not isinstance(pick.by, Shown):
        return None
    if plain.longest(start, _RUNNER_UP) != plain.size or plain.size == start or pick.number not in (None, 1):
        return None
    return replace(last, pick=replace(pick, number=1, skipped=pick.skipped + 1))


def most_of_rows(plain: Questions, last: Ask) -> Ask | None:
    """ "which has the most?", "and which the fewest?": by the number that was shown of each, or summed over all."""
    start = plain.skip(0, _WHICH)
    if not start or plain.word(0) not in ("which", "and", "who", "what") or last.group:
        return None
    for place in {start, *(at for at in range(1, start) if plain.word(at) == "the")}:
        for phrases, most in ((_MOST, True), (_LEAST, False)):
            end = plain.longest(place, phrases)
            if end == place or plain.skip(end, closed.ONES | frozenset(("of", "them", "those", "all"))) != plain.size:
                continue
            by = _number_of(last)
            if by is None:
                return None
            show = last.show if last.kind == "rows" else plain.name_shown(last.rows.table)
            counted = by if isinstance(by, Counted) else None
            pick = Pick(by, most)
            shown = () if counted else (by,)
            return Ask("rows", last.rows, show=(*show, *shown), pick=pick, measure=counted)
    return None


def _number_of(last: Ask) -> Shown | Counted | None:
    """The one number that the last answer tells of each row, or of all together."""
    if last.kind == "aggregate":
        return last.measure
    if last.kind != "rows" or last.limit is not None:
        return None
    by = last.pick.by if last.pick is not None else last.measure
    if isinstance(by, Counted) or (last.pick is not None and last.pick.number is None and not last.pick.ends):
        return by
    numbers = numbers_of(last.show)
    return numbers[0] if len(numbers) == 1 and last.pick is None else None


def hidden(plain: Questions, last: Ask) -> Ask | None:
    """ "drop the affiliations", "without the sizes", "just the names": the list without columns that it showed."""
    if last.kind != "rows" or last.group or len(last.show) < 2:
        return None
    low = set(plain.low)
    name = plain.schema.name_of(last.rows.table)
    start = plain.skip(0, closed.words("only just the show me their and give list now"))
    for end, attribute, _ in plain.at(start, Attribute):
        if end == plain.size - ("only" in plain.low[-1:]) and attribute.has(name) and low & {"only", "just"}:
            return replace(last, show=last.show[:1])
    if plain.word(0) != "except":
        return None
    place = plain.skip(1, _HIDING | closed.DETERMINER)
    for end, meaning, _ in plain.lattice.edges[place] if place < plain.size else ():
        if plain.skip(end, _HIDING) != plain.size:
            continue
        kept = tuple(shown for shown in last.show[1:] if not _means(plain, meaning, shown))
        tested = {id(each.column) for each in last.rows.tests if isinstance(each, Compare)}
        if len(kept) < len(last.show) - 1 and not (isinstance(meaning, Attribute) and _tests(meaning, tested)):
            return replace(last, show=(last.show[0], *kept))
    return None


def _means(plain: Questions, meaning: object, shown: Shown) -> bool:
    if isinstance(meaning, Attribute):
        return meaning.has(shown.column)
    if isinstance(meaning, Role):
        return shown.column.table is meaning.relation.end and bool(shown.path)
    return isinstance(meaning, Thing) and shown.column.table is meaning.table and bool(shown.path)


def _tests(attribute: Attribute, tested: set[int]) -> bool:
    """Whether rows were found by it, so that leaving it out means the condition."""
    return any(id(column) in tested for column in attribute.columns)


def bigger_ones(plain: Questions, last: Ask, one: Rows | None) -> Ask | None:
    """ "any bigger ones?" after one row by its name: those that are bigger than it."""
    start = plain.skip(
        0, closed.words("any and are there is show me some what about the have we got a an do you which")
    )
    for end, columns, high, _ in plain.comparatives(start):
        stop = end + (plain.word(end) == "ones")
        stop = max((e for e, thing, _ in plain.at(stop, Thing) if thing.table is last.rows.table), default=stop)
        more: tuple[Test, ...] = ()
        if stop == end or plain.skip(stop, closed.words("than it that this one")) != plain.size:
            told = [each for each in plain.np(end) if each.value.table is last.rows.table and each.value.simple]
            told = [each for each in told if each.end == plain.size and not (each.value.pick or each.value.quantity)]
            if not told:
                continue
            more = min(told, key=lambda each: each.cost).value.rows.tests  # "a smaller model *for images*"
        if one is None or one.table is not last.rows.table:
            return None
        for column in columns:
            for shown, _ in plain.columns_of(last.rows.table, Attribute((column,))):
                test = plain.on_row(shown, [Compare(shown.column, ">" if high else "<", Scalar("only", shown, one))])
                show = (*plain.name_shown(last.rows.table), *(() if shown.many else (shown,)))
                return Ask("rows", Rows(last.rows.table, (*more, test)), show=show)
    return None


def of_counted(plain: Questions, last: Ask, rows: Rows | None) -> Ask | None:
    """ "which datasets are those?" after the models that use the most of them."""
    by = last.pick.by if last.pick is not None else last.measure
    if rows is None or not isinstance(by, Counted) or last.kind != "rows":
        return None
    start = plain.skip(0, closed.words("and which what show list me the name those these"))
    light = closed.words("are is those they these them that were was it")
    for end, thing, _ in plain.at(start, Thing):
        if thing.table is by.rows.table and {plain.word(at) for at in range(end, plain.size)} <= light and start:
            back = turn_round(by.path)
            return Ask("rows", by.rows.with_tests(Linked(back, rows)), show=plain.name_shown(by.rows.table))
    return None
