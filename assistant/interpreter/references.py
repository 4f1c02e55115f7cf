"""What the words of a follow-up point at: a row of the last answer, its rows, a thing that was named, a filter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from assistant.interpreter import closed
from assistant.interpreter.lexicon import Adjective, Attribute, Role, Thing, Value, Verb
from assistant.interpreter.pronouns import FUNCTIONS, THOSE, edges
from assistant.interpreter.questions import Questions
from assistant.interpreter.reader import Found, Phrase, is_day, is_joining, is_number, numbers_of
from assistant.interpreter.rewording import LEADING, LEAVING, is_slip, tidy, undoes, undoes_last
from assistant.interpreter.tree import (
    Ask,
    Compare,
    Counted,
    Extreme,
    Not,
    Order,
    Pick,
    Rows,
    Shown,
    Test,
    walk,
)
from assistant.interpreter.values import tested_column
from assistant.interpreter.words import Token, read_tokens

_NARROWING = closed.words("only just keep those ones without except excluding narrow filter restrict limit")


POINTING_OUT = closed.words(
    "and show me the what is which one ones 's just only give tell about now list but are details on number row or "
    "see display was were would be"
)


_ONES = closed.ONES | closed.words("row result entry")


_ORDINALS = {
    word: number
    for number, words in enumerate(
        (
            "first 1st", "second 2nd", "third 3rd", "fourth 4th", "fifth 5th", "sixth 6th", "seventh 7th",
            "eighth 8th", "ninth 9th", "tenth 10th",
        ),
        1,
    )
    for word in words.split()
} | {"last": -1, "final": -1}  # fmt: skip


ALL_OTHERS = -1


MOST_ROWS = 20  # that "the first …" can point at


_PERIODS = closed.words("year month week day quarter decade years months weeks days quarters")


_ROUND = closed.phrases(
    "the other way round|the other way around|the other way|other way round|other way around|in reverse|reverse|"
    "reversed|reverse order|in reverse order|reverse the order|reverse it|reverse them|reverse that|flip it|"
    "flip the order|invert|invert the order|the opposite order|in the opposite order|in opposite order|"
    "the opposite way|reverse the sorting|in the reverse order|the reverse|the reverse order"
)


def is_ordinal(word: str) -> bool:
    """Whether it is "first", "second", …, "last"."""
    return word in _ORDINALS


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The words from ``start`` to ``end`` point at row ``row`` (counted from 1, -1 the last), or at the row with the
    highest or lowest ``by``, or, with neither, at the one that was shown."""

    start: int
    end: int
    row: int | None = None
    by: Shown | None = None
    high: bool = True
    other: bool = False  # those of a list that were not spoken of last
    number: int = 0  # so many rows from there on: "the first two"; ALL_OTHERS: "the other ones"


def narrows(tokens: Sequence[Token]) -> bool:
    """Whether the words say that the rows shown are to be narrowed: "only …", "drop the …", "which of them …"."""
    low = [token.low for token in tokens if token.low not in LEADING]
    low = low[1:] if low[:1] in (["and"], ["but"], ["now"]) else low
    leaving = any(tuple(low[: len(phrase)]) == phrase for phrase in LEAVING)
    pointing = low[:2] == ["which", "of"] or bool(set(low[-2:]) & {"only"})
    return leaving or pointing or bool(set(low[:3]) & _NARROWING) or any(is_slip(w, "only") for w in low[:1])


def is_about_list(tokens: Sequence[Token]) -> bool:
    """Whether an order such as "drop …" or "please add their …" can be about the list that is shown."""
    text = tidy(" ".join(token.low for token in tokens))
    low = [token.low for token in read_tokens(text)]
    shows = low[:1] in (["add"], ["include"]) and len(low) > 2 and low[1] in closed.THEIR | {"the"}
    bare = [token.low for token in tokens if token.low not in LEADING]
    ordered = ("in", "order") in pairwise(bare)
    return undoes(low) or undoes_last(bare) or shows or ordered or text.startswith(("except ", "first "))


def turned_round(plain: Questions) -> int | None:
    """The place after "the other way round"; None where it does not begin so."""
    start = plain.skip(0, closed.words("and now sort list show them order it but"))
    end = plain.longest(start, _ROUND)
    if end == start or (end < plain.size and plain.word(end) != ","):
        return None
    return plain.skip(end, frozenset((",", "and")))


def turn_round(plain: Questions, last: Ask) -> Iterator[Ask]:
    """The last question in the opposite order."""
    if last.kind != "rows" or last.group:
        return
    if last.order:
        yield replace(last, order=tuple(replace(order, descending=not order.descending) for order in last.order))
    elif last.pick is not None:
        yield replace(last, pick=replace(last.pick, descending=not last.pick.descending))
    elif last.having is None:
        yield replace(last, order=(Order(plain.name_shown(last.rows.table)[0], True),))


_PARTS = closed.words(
    "filter bit part condition restriction constraint requirement criterion thing limit bound limitation"
)


_TAKING_IN = closed.words("include with add allow readmit bring put take")


def _keeps_out(test: Test, value: Value) -> bool:
    """Whether a condition only says that rows are not of this value."""
    told = [each for each in walk(test) if isinstance(each, Compare)] if isinstance(test, Not) else []
    return len(told) == 1 and told[0].op == "=" and any(
        told[0].column is column and told[0].value == stored for column, stored in value.options
    )  # fmt: skip


def released(plain: Questions, last: Ask) -> Ask | None:
    """ "forget about the media type", "drop the fine-tuned bit": the question without a condition that it had."""
    start = plain.skip(0, closed.words("for in of from and"))
    if plain.word(start) in _TAKING_IN:  # "include the images again" after "no images"
        place = plain.skip(start + 1, closed.DETERMINER | {"back", "in"})
        for end, value, _ in plain.at(place, Value):
            rest = closed.ONES | _TAKING_IN | {"again", "back", "too", "in"}
            left = [test for test in last.rows.tests if not _keeps_out(test, value)]
            if plain.skip(end, rest) == plain.size and len(left) < len(last.rows.tests):
                return replace(last, rows=replace(last.rows, tests=tuple(left)))
        return None
    if plain.word(start) not in ("except", "any", "regardless", "whatever"):
        return None
    start = plain.skip(start + 1, closed.DETERMINER | {"of", "which", "what"})
    days = {"year", "date", "month", "period", "time", "dates", "years"}
    if plain.word(start) in days and plain.skip(start + 1, _PARTS) == plain.size:
        columns = {id(column) for column in plain.schema.columns(last.rows.table) if is_day(column)}
        kept = tuple(test for test in last.rows.tests if id(tested_column(test)) not in columns)
        return replace(last, rows=replace(last.rows, tests=kept)) if len(kept) < len(last.rows.tests) else None
    for end, meaning, _ in edges(plain, start):
        stop = plain.skip(end, _PARTS)
        if stop != plain.size or not isinstance(meaning, Attribute | Value | Adjective | Thing):
            continue
        if isinstance(meaning, Attribute) and any(meaning.has(shown.column) for shown in last.show[1:]) and not any(
            meaning.has(tested_column(test)) for test in last.rows.tests
        ):  # fmt: skip
            continue  # a column that is shown is left out
        if isinstance(meaning, Attribute | Adjective):
            columns = set(map(id, meaning.columns))
        elif isinstance(meaning, Value) and stop > end:
            columns = {id(column) for column, _ in meaning.options}
        elif isinstance(meaning, Thing) and stop > end:
            columns = {id(column) for column in plain.schema.columns(meaning.table)}
        else:
            continue
        kept = tuple(test for test in last.rows.tests if id(tested_column(test)) not in columns)
        if len(kept) < len(last.rows.tests):
            return replace(last, rows=replace(last.rows, tests=kept))
    return None


def with_shown(plain: Questions, ask: Ask | None, last: Ask) -> Ask | None:
    """ "and the embedding size": beside the numbers that were shown of the same rows, and in the order they were in;
    None where nothing was."""
    if ask is not None and ask.kind == last.kind == "rows" and not (ask.order or ask.pick or ask.group or last.group):
        listed = last.pick is not None and last.pick.number not in (None, 1) and isinstance(last.pick.by, Shown)
        if listed and ask.rows.table is last.rows.table and not any(each.many for each in ask.show):
            assert last.pick is not None
            return replace(ask, order=(Order(last.pick.by, last.pick.descending),))
    if ask is None or plain.word(0) not in ("and", "also", "plus", "with", "add", "then"):
        return None
    same = ask.kind == last.kind == "rows" and ask.rows is last.rows and not (ask.group or last.group or ask.pick)
    if not same or ask.measure is not None or last.pick is not None:
        return None
    shown = numbers_of(last.show[1:])
    more = tuple(each for each in shown if all(each.column is not known.column for known in ask.show))
    return replace(ask, show=(*ask.show[:1], *more, *ask.show[1:])) if more else None


_NUMBERS = closed.words("average mean number total sum value figure amount count maximum minimum median")
_PART_OF_YEAR = re.compile(
    r"\b((?:first|second|1st|2nd) half|(?:first|second|third|fourth|last|1st|2nd|3rd|4th) quarter|q[1-4]|"
    r"january|february|march|april|may|june|july|august|september|october|november|december)"
    r"(?: of (?:the|that|this) year)?(?!\s*(?:of\s+|in\s+|,\s*)?\d)",
    re.IGNORECASE,
)


def in_that_year(plain: Questions, last: Ask) -> str | None:
    """ "only the second half", "and in March?" after what is of one year: the question with that year put in."""
    text = plain.lattice.text
    found = _PART_OF_YEAR.search(text)
    if found is None or plain.size > 8:
        return None
    days = [str(t.value)[:10] for t in walk(last.rows) if isinstance(t, Compare) and is_day(t.column)]
    years = {day[:4] for day in days} - {str(int(day[:4]) + 1) for day in days}
    if len(years) != 1 or len(days) < 2:
        return None
    part = re.sub(r"^1st", "first", re.sub(r"^2nd", "second", found[1], flags=re.IGNORECASE), flags=re.IGNORECASE)
    return f"{text[: found.start()]}{part} of {years.pop()}{text[found.end() :]}"


_BOUNDS = {op: phrases for op, phrases in closed.COMPARISONS.items() if op[:1] in "<>"}


def said_before(plain: Questions, last: Ask, value: Decimal | None) -> str | None:
    """The question with the number, day or column put in that its "that" means: "less than *that*", "sort by *that*".

    ``value`` is the one number of the last answer, where that was all it said.
    """
    text = plain.lattice.text
    for at in range(1, plain.size):
        if plain.word(at) not in ("that", "this", "it", "those"):
            continue
        if plain.word(at + 1) == "many" and value is not None:  # "any others with that many"
            unit = next((each.column.info["synonyms"][0] for each in reversed(last.show) if is_number(each.column)), "")
            rest = text[plain.tokens[at + 1].end :]
            named = any(True for _ in plain.at(at + 2, Attribute | Thing))
            return f"{text[: plain.tokens[at].start]}{value} {'' if named else unit}{rest}"
        if any(True for _ in plain.at(at + 1, Thing)) or plain.word(at + 1) in closed.BE:
            continue
        number = at + (plain.word(at + 1) in _NUMBERS and plain.word(at) != "it")
        before, after = text[: plain.tokens[at].start], text[plain.tokens[number].end :]
        if plain.longest(0, closed.SORTED) == at:
            column = next(
                (each.column for each in reversed(last.show) if is_number(each.column) or is_day(each.column)), None
            )
            words = column.info.get("synonyms", ()) if column is not None else ()
            return f"{before}{words[0]}{after}" if words else None
        if any(plain.longest(start, phrases) == at for start in range(at) for phrases in (closed.BEFORE, closed.AFTER)):
            days = [
                t for t in walk(last.rows) if isinstance(t, Compare) and is_day(t.column) and isinstance(t.value, str)
            ]
            later = any(plain.longest(start, closed.AFTER) == at for start in range(at))
            if days:
                day = days[-1 if later else 0].value
                return f"{before.replace('after', 'since') if later else before}{day}{after}"
        bounding = [op for op, phrases in _BOUNDS.items() for start in range(at) if plain.longest(start, phrases) == at]
        if bounding or plain.word(at - 1) in closed.THAN:
            numbers = [
                t.value for t in walk(last.rows) if isinstance(t, Compare) and isinstance(t.value, Decimal | int)
            ]
            known = value if value is not None else numbers[-1] if numbers else None
            if known is not None and not isinstance(known, bool):
                return f"{before}{known}{after}"
    return None


def among_top(plain: Questions, last: Ask) -> str | None:
    """ "which of the top 5 are not text" after the five largest: what it says of those."""
    known = last.limit if last.pick is None else last.pick.number
    if plain.low[:3] != ["which", "of", "the"] or known is None:
        return None
    for end, number in plain.number(3 + (plain.word(3) in closed.TOP)):
        if number == known:
            return "which of them" + plain.lattice.text[plain.tokens[end - 1].end :]
    return None


def find_rows(plain: Questions, last: Ask) -> Iterator[Reference]:
    """Every place where one row of the last answer is pointed at."""
    for at in range(plain.size):
        article = plain.word(at) in ("the", "that", "this")
        place = at + article
        if plain.word(at) in ("that", "this") and plain.word(place) == "one":
            yield Reference(at, place + 1)
        if article and plain.word(place) == "other":
            many, end = next(((int(said), end) for end, said in plain.number(place + 1)), (0, place + 1))
            several = many or (ALL_OTHERS if plain.word(end) == "ones" else 0)
            yield Reference(at, _after_row(plain, end, last), other=True, number=several)
        if (article and plain.word(place) == "others") or (
            plain.word(at) == "the" and plain.word(place) in closed.REST
        ):
            yield Reference(at, place + 1, other=True, number=ALL_OTHERS)
        if plain.word(at) in ("row", "number", "no", "#") and at + 1 < plain.size:
            for end, number in plain.number(at + 1):
                if number == int(number) and number > 0:
                    yield Reference(at, end, int(number))
        row = _ORDINALS.get(plain.word(place))
        if row is not None and plain.word(place + 1) not in _PERIODS:
            for end, number in plain.number(place + 1) if article and row in (1, -1) else ():
                if 1 < number <= MOST_ROWS and number == int(number):
                    yield Reference(at, _after_row(plain, end, last), row, number=int(number))
            end = _after_row(plain, place + 1, last)
            more = any(True for _ in plain.at(place + 1, Adjective)) or any(True for _ in plain.number(place + 1))
            one = end > place + 1 and plain.word(place + 1) in _ONES
            if not (more and not one) and (article or one):
                yield Reference(at, end, row)
        for stop, adjective, _ in plain.at(place, Adjective):
            if adjective.degree == 2 or (adjective.degree == 1 and (stop == plain.size or plain.word(stop) in _ONES)):
                end = _after_row(plain, stop, last)
                if not article and end < plain.size and end == stop:
                    continue
                if _shows_another(plain, place, last):
                    continue  # of which of the two things shown?
                for column in adjective.columns:
                    if is_joining(column):
                        continue
                    for shown, _ in plain.columns_of(last.rows.table, Attribute((column,))):
                        if not shown.many:
                            yield Reference(at, end, None, shown, adjective.high)


def _shows_another(plain: Questions, at: int, last: Ask) -> bool:
    """Whether the last answer also names other things that can be the largest."""
    tables = {each.column.table for each in last.show if each.many and each.column.info.get("name")}
    return any(column.table in tables for _, adjective, _ in plain.at(at, Adjective) for column in adjective.columns)


def _after_row(plain: Questions, at: int, last: Ask) -> int:
    """Past "one of those", "model", "of them"."""
    end = at + (plain.word(at) in _ONES)
    if end == at:
        end = max((stop for stop, thing, _ in plain.at(at, Thing) if thing.table is last.rows.table), default=at)
    if plain.word(end) in ("of", "among", "from", "in") and plain.word(end + 1) in THOSE:
        end += 2
    return end


def pointed(plain: Questions, reference: Reference, last: Ask, phrase: Phrase | None) -> Iterator[Ask]:
    """The question that shows the row pointed at; without ``phrase`` it is one of the last question's rows."""
    rows = last.rows if phrase is None else phrase.rows
    name = plain.name_shown(rows.table)
    if reference.by is None:
        same = last.rows.table is rows.table and last.kind == "rows" and not last.group
        yield Ask("rows", rows, show=last.show if same else name)
        return
    pick = Pick(reference.by, reference.high)
    alone = last.kind == "rows" and last.pick is not None and last.pick.number in (None, 1)
    if alone and plain.word(reference.end - 1) not in THOSE and phrase is not None:
        yield replace(last, pick=pick, order=())  # "and the smallest?" after the largest
        return
    among = rows.tests[-1] if phrase is not None and rows.tests else None
    if isinstance(among, Extreme):
        rows = among.rows
    show = last.show if last.kind == "rows" and last.rows.table is rows.table and not last.group else name
    yield Ask("rows", rows, show=_with(show, reference.by), pick=pick)


def _with(show: tuple[Shown, ...], more: Shown) -> tuple[Shown, ...]:
    return show if any(each.column is more.column for each in show) else (*show, more)


_LISTING = closed.words("which what who list show names name see give")


_LISTING_WITH = _LISTING | closed.words(
    "ones one are those they these them me is that it and all the can i you was were"
)


def lists(low: Sequence[str]) -> bool:
    """Whether it only asks which ones: "which ones are they?", "list them"."""
    return set(low) <= _LISTING_WITH and bool(set(low) & _LISTING)


def names_rows(plain: Questions, last: Ask) -> bool:
    """ "which models are those": a noun for the rows of the last answer, and a pronoun."""
    start = plain.skip(0, closed.words("and which what show list me the those these"))
    ends = [end for end, thing, _ in plain.at(start, Thing) if thing.table is last.rows.table]
    rest = {plain.word(at) for at in range(max(ends, default=plain.size), plain.size)}
    return bool(ends) and start > 0 and rest <= _LISTING_WITH


_ALTOGETHER = closed.words("is are that those it they these in total all together altogether combined overall")


def summed(plain: Questions, phrase: Phrase | None, last: Ask) -> list[Found]:
    """ "how many rows is that?", "and the total?", "and the average size?": one number over the rows shown."""
    found = []
    if plain.low[:2] == ["how", "many"] and phrase is not None:
        for end, attribute, cost in plain.at(2, Attribute):
            if end < plain.size and set(plain.low[end:]) <= _ALTOGETHER:
                for shown, extra in plain.columns_of(phrase.table, attribute):
                    if is_number(shown.column) and not shown.many:
                        ask = Ask("aggregate", phrase.rows, function="SUM", measure=shown)
                        found.append(Found(plain.size, ask, cost + extra))
    start = plain.skip(0, closed.THEIR | closed.words("and the what is 's are show but now about or a give me instead"))
    for function, words in FUNCTIONS:
        end = plain.longest(start, words)
        place = plain.skip(end, closed.words("number of the"))
        for stop, attribute, cost in plain.at(place, Attribute) if end > start else ():
            if last.kind == "aggregate" and stop == plain.size and not last.group:
                measures = [
                    shown for shown, _ in plain.columns_of(last.rows.table, attribute) if is_number(shown.column)
                ]
                found += [Found(stop, replace(last, function=function, measure=each), cost) for each in measures[:1]]
            counted = last.kind == "count" and last.group and last.measure is None and last.pick is None
            if counted and last.having is None and stop == plain.size:  # "and the average size" of each group
                for shown, extra in plain.columns_of(last.rows.table, attribute):
                    if is_number(shown.column) and not shown.many:
                        both = replace(last, kind="aggregate", function=function, measure=shown, also=("COUNT",))
                        found.append(Found(plain.size, both, cost + extra - 0.2))
            if phrase is not None and set(plain.low[stop:]) <= _ALTOGETHER | closed.PREPOSITION:
                for shown, extra in plain.columns_of(phrase.table, attribute):
                    if is_number(shown.column) and not shown.many:
                        ask = Ask("aggregate", phrase.rows, function=function, measure=shown)
                        found.append(Found(plain.size, ask, cost + extra))
        if end == plain.size and end > start:
            if last.kind == "aggregate":
                found.append(Found(end, replace(last, function=function)))
                continue
            if phrase is None:
                continue
            shown_numbers = numbers_of(last.show)
            own = plain.measure_of(phrase.table)
            measures = shown_numbers[-1:] or ([Shown((), own)] if own is not None else [])
            found += [Found(end, Ask("aggregate", phrase.rows, function=function, measure=each)) for each in measures]
    return found


def counted_each(plain: Questions, phrase: Phrase) -> list[Found]:
    """ "how many models does each of them have?": a number for each of the rows shown."""
    each = next((at for at in range(plain.size) if plain.word(at) in closed.EACH), 0)
    rest = set(plain.low[each + 1 :]) & {"one", "of", *THOSE, "have", "has", "got", "had"}
    start = plain.skip(0, closed.words("and show me"))
    found = []
    for end in plain.match(start, (("how", "many"),)) if each else ():
        for stop, role, cost in plain.at(end, Role):  # "how many authors each"
            if stop == each and not set(plain.low[each + 1 :]) - rest and role.relation.start is phrase.table:
                counted = Counted(role.relation.path, Rows(role.relation.end))
                ask = Ask("rows", phrase.rows, show=plain.name_shown(phrase.table), measure=counted)
                return [Found(plain.size, ask, cost)]
        for thing in plain.np(end):
            verb_end = max((end for end, _, _ in plain.at(thing.end, Verb)), default=thing.end)  # "belong to each"
            place = plain.skip(verb_end, closed.AUXILIARY | closed.PREPOSITION | frozenset(("there", "belong")))
            if place != each or thing.value.table is phrase.table or not thing.value.simple or thing.value.quantity:
                continue
            verbs = [verb.relation for at in range(thing.end, plain.size) for _, verb, _ in plain.at(at, Verb)]
            said = sum(1 for word in plain.low[each + 1 :] if word in rest)
            if each + 1 + said + (bool(verbs) and verb_end == thing.end) != plain.size:
                continue
            for relation in plain.schema.between(phrase.table, thing.value.table):
                if not verbs or any(verb.same(relation) or verb.same(relation.inverse()) for verb in verbs):
                    counted = Counted(relation.path, thing.value.rows)
                    show = plain.name_shown(phrase.table)
                    found.append(Found(plain.size, Ask("rows", phrase.rows, show=show, measure=counted), thing.cost))
                    break
    return found
