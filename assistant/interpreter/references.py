"""What the words of a follow-up point at: a row of the last answer, its rows, a thing that was named, a filter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import sqlalchemy as sa

from assistant.interpreter import closed
from assistant.interpreter.lattice import Name
from assistant.interpreter.lexicon import Adjective, Attribute, Role, Thing, Value, Verb
from assistant.interpreter.questions import Questions
from assistant.interpreter.reader import Found, Phrase, any_of, is_day, is_number
from assistant.interpreter.reading import nouns_of
from assistant.interpreter.rewording import LEADING, LEAVING, is_slip, tidy, undoes
from assistant.interpreter.schema import path_key
from assistant.interpreter.tree import (
    AllOf,
    Ask,
    Compare,
    Counted,
    Extreme,
    Linked,
    Not,
    Order,
    Pick,
    Rows,
    Shown,
    walk,
)
from assistant.interpreter.values import tested_column
from assistant.interpreter.words import Token

FAR = 4  # how many turns back something can be pointed at
SHORT = 6  # words of a fragment at most

_NARROWING = closed.words("only just keep those ones without except excluding narrow filter restrict limit")
ASKING = closed.words(
    "list show which what who whose whom how where when why find give tell is are was were does do did has have can "
    "count many much number all every everything any compare display get number average total sum percentage"
)
POINTING_OUT = closed.words(
    "and show me the what is which one ones 's just only give tell about now list but are details on number row or "
    "see display was were would be"
)
_PLURAL = closed.words("them those these")
_ONES = closed.ONES | closed.words("row result entry")
_THOSE = closed.words("them those these that it all")
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
_PERIODS = closed.words("year month week day quarter decade years months weeks days quarters")
_ROUND = closed.phrases(
    "the other way round|the other way around|the other way|other way round|other way around|in reverse|reverse|"
    "reversed|reverse order|in reverse order|reverse the order|reverse it|reverse them|reverse that|flip it|"
    "flip the order|invert|invert the order|the opposite order|in the opposite order|in opposite order|"
    "the opposite way|reverse the sorting|in the reverse order|the reverse|the reverse order"
)


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The words from ``start`` to ``end`` point at row ``row`` (counted from 1, -1 the last), or at the row with the
    highest or lowest ``by``, or, with neither, at the one that was shown."""

    start: int
    end: int
    row: int | None = None
    by: Shown | None = None
    high: bool = True
    other: bool = False  # the one of two that was not spoken of last


def narrows(tokens: Sequence[Token]) -> bool:
    """Whether the words say that the rows shown are to be narrowed: "only …", "drop the …", "which of them …"."""
    low = [token.low for token in tokens if token.low not in LEADING]
    low = low[1:] if low[:1] in (["and"], ["but"], ["now"]) else low
    leaving = any(tuple(low[: len(phrase)]) == phrase for phrase in LEAVING)
    pointing = low[:2] == ["which", "of"] or bool(set(low[-2:]) & {"only"})
    return leaving or pointing or bool(set(low[:3]) & _NARROWING) or any(is_slip(w, "only") for w in low[:1])


def is_about_list(tokens: Sequence[Token]) -> bool:
    """Whether an order such as "drop …" or "add their …" can be about the list that is shown."""
    low = [token.low for token in tokens]
    shows = low[:1] in (["add"], ["include"]) and len(low) > 2 and low[1] in closed.THEIR | {"the"}
    return undoes(low) or shows or tidy(" ".join(low)).startswith(("except ", "first "))


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


# --- whom a pronoun can mean ----------------------------------------------------------------------

_PERSONS = closed.words("he she him his her hers")
_THING = closed.words("it its")
SINGULAR = _THING | closed.words("that this he she him his her")


def fits(plain: Questions, phrase: Phrase) -> bool:
    """Whether what points back can mean these rows: "she" a person, "that dataset" datasets, "there" places."""
    asked = phrase.table.info.get("asked", ())
    said = set(plain.low)
    if said & _PERSONS and "who" not in asked:
        return False
    if said & _THING and ("who" in asked or (not phrase.single and "its" in said and phrase.table.info.get("asked"))):
        return False
    if "there" in said and "where" not in asked:
        return False
    nouns = [
        thing.table
        for at in range(plain.size - 1) if plain.word(at) in ("that", "this", "those", "these")
        for _, thing, _ in plain.at(at + 1, Thing)
    ]  # fmt: skip
    return not nouns or phrase.table in nouns


def without_else(plain: Questions) -> str | None:
    """The question without its "else" or "other": "what else did she make"; None where it has none."""
    for at in range(plain.size):
        others = plain.word(at) == "other" and any(True for _ in plain.at(at + 1, Thing | Role))
        if (plain.word(at) == "else" and at) or others:
            text, token = plain.lattice.text, plain.tokens[at]
            return " ".join((text[: token.start] + text[token.end :]).split())
    return None


def other_ones(plain: Questions, last: Ask) -> str | None:
    """ "which others used RL": the question of all things of the kind that was spoken of."""
    for at in range(plain.size - 1):
        before = plain.word(at - 1) if at else ""
        if plain.word(at) == "other" and plain.word(at + 1) == "ones" and at + 2 < plain.size and before != "the":
            text, nouns = plain.lattice.text, nouns_of(last.rows.table)[1]
            return text[: plain.tokens[at].start] + nouns + text[plain.tokens[at + 1].end :]
    return None


def others_of(plain: Questions) -> Iterator[str]:
    """ "what else did the authors of bert make", said before anything else: other things of the kind that is named."""
    bare = without_else(plain)
    if bare is None:
        return
    named = [edge[1].table for row in plain.lattice.edges for edge in row if isinstance(edge[1], Name)]
    for table in dict.fromkeys(named):
        yield re.sub(r"^what\b", f"which {nouns_of(table)[1]}", bare, flags=re.IGNORECASE)
    yield bare


_PARTS = closed.words(
    "filter bit part condition restriction constraint requirement criterion thing limit bound limitation"
)


def released(plain: Questions, last: Ask) -> Ask | None:
    """ "forget about the media type", "drop the fine-tuned bit": the question without a condition that it had."""
    start = plain.skip(0, closed.words("for in of from and"))
    if plain.word(start) not in ("except", "any", "regardless", "whatever"):
        return None
    start = plain.skip(start + 1, closed.DETERMINER | {"of", "which", "what"})
    days = {"year", "date", "month", "period", "time", "dates", "years"}
    if plain.word(start) in days and plain.skip(start + 1, _PARTS) == plain.size:
        columns = {id(column) for column in plain.schema.columns(last.rows.table) if is_day(column)}
        kept = tuple(test for test in last.rows.tests if id(tested_column(test)) not in columns)
        return replace(last, rows=replace(last.rows, tests=kept)) if len(kept) < len(last.rows.tests) else None
    for end, meaning, _ in _edges(plain, start):
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


def points_inside(plain: Questions) -> bool:
    """Whether it means a thing by its kind that it does not name: "is *that dataset* public"."""
    for at in range(plain.size - 1):
        if plain.word(at) in ("that", "this") and (
            at == 0 or plain.word(at - 1) in closed.AUXILIARY | closed.PREPOSITION
            or any(True for back in (1, 2) if at >= back for end, _, _ in plain.at(at - back, Verb) if end == at)
        ):  # fmt: skip
            nouns = [end for end, thing, _ in plain.at(at + 1, Thing) if thing.table in plain.schema.entities]
            if any(not plain.low[end - 1].endswith("s") for end in nouns):
                return True
    return False


def asked_whether(plain: Questions) -> str | None:
    """ "have they got any models", "does it have a description": what it asks to be shown, as "their models"."""
    place = 1 + (plain.word(1) in closed.PRONOUN)
    if plain.word(0) not in closed.HAVE | closed.DO or place == 1:
        return None
    place = plain.skip(
        plain.skip(place, closed.HAVE | frozenset(("got", "get"))), frozenset(("any", "a", "an", "some"))
    )
    for end, _, _ in (*plain.at(place, Thing), *plain.at(place, Attribute), *plain.at(place, Role)):
        if plain.skip(end, frozenset(("at", "least", "too", "of", "their", "its", "own"))) == plain.size:
            return "their " + plain.lattice.text[plain.tokens[place].start : plain.tokens[end - 1].end]
    return None


def is_whole(plain: Questions) -> bool:
    """Whether it asks a full question of its own though it begins with "and": "and who is behind Question Time"."""
    start = plain.skip(0, LEADING | frozenset(("and", "but", "now", "also")))
    asked = {plain.word(at) for at in range(start, plain.size)}
    if asked & (closed.PRONOUN | closed.THEIR | _LEANING) or plain.size - start < 3:
        return False
    if plain.word(start) in ("who", "whose"):
        return True
    many = plain.word(start) == "how" and plain.word(start + 1) == "many"
    if plain.word(start) not in ("which", "what", "how") or plain.word(start + 1) in ("about", "of", "if"):
        return False
    place = plain.skip(start + 1 + many, closed.DETERMINER)
    nouns = [end for end, each, _ in _edges(plain, place) if isinstance(each, Thing | Value | Adjective)]
    named = any(isinstance(edge[1], Name) for at in range(start, plain.size) for edge in _edges(plain, at))
    return named or (bool(nouns) and max(nouns) < plain.size - 1)


_BOTH = closed.words("both together jointly")


def shared(plain: Questions) -> list[str]:
    """ "which did they make *together*", "the authors of *both*": the question said of two things at once."""
    if not set(plain.low) & _BOTH and "in common" not in " ".join(plain.low):
        return []
    text = plain.lattice.text
    bare = re.sub(r"\b(?:,?\s*i mean|together|jointly|in common)\b", "", text, flags=re.IGNORECASE)
    if "both" in plain.low:
        alone = re.sub(r"\s*\bof (?:them|those|these)\b", "", bare, flags=re.IGNORECASE)
        texts = [re.sub(r"\bboth\b", "they", alone, count=1, flags=re.IGNORECASE)]
    else:
        texts = [bare]
    return [" ".join(each.split()).strip(" ,") for each in texts]


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


def pair_of(ask: Ask, names: Callable[[Ask], Sequence[str]], plain: Questions) -> Phrase | None:
    """The two rows of an answer of two, as what must hold of each of them."""
    column = plain.schema.name_of(ask.rows.table)
    listing = ask.kind in ("rows", "check", "exists") and not ask.group
    if not listing or column is None or not ask.show or ask.show[0].column is not column:
        return None
    listed = list(dict.fromkeys(names(ask)))
    if len(listed) != 2:
        return None
    rows = Rows(ask.rows.table, (Compare(column, "in", tuple(listed)),))
    return Phrase(rows, each=tuple(Rows(rows.table, (Compare(column, "=", name),)) for name in listed), named=True)


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
    shown = [each for each in last.show[1:] if is_number(each.column) and not each.many]
    more = tuple(each for each in shown if all(each.column is not known.column for known in ask.show))
    return replace(ask, show=(*ask.show[:1], *more, *ask.show[1:])) if more else None


_LEANING = closed.words("other others else too also same there one ones instead of")
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
        before, after = text[: plain.tokens[at].start], text[plain.tokens[at].end :]
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


def is_of(ask: Ask, named: Rows) -> bool:
    """Whether an answer lists rows of these: of the same table, and all that is said of them was asked for."""
    said = {(id(t.column), t.op, t.value) for t in ask.rows.tests if isinstance(t, Compare)}
    meant = [(id(t.column), t.op, t.value) for t in named.tests if isinstance(t, Compare)]
    return ask.rows.table is named.table and len(meant) == len(named.tests) and bool(meant) and said.issuperset(meant)


def is_one(rows: Rows) -> bool:
    """Whether it is one row by its name."""
    return any(isinstance(t, Compare) and t.op == "=" and bool(t.column.info.get("name")) for t in rows.tests)


def with_none(plain: Questions, last: Ask) -> str | None:
    """ "and the people with none": those that have nothing of what was counted or shown before."""
    tables = _counted_in(plain, last) if plain.low[-2:] == ["with", "none"] else []
    start = plain.skip(0, closed.words("and but what about the those"))
    if not tables or start == plain.size - 2:
        return None
    text = plain.lattice.text
    return f"{text[plain.tokens[start].start : plain.tokens[-1].start]}no {nouns_of(tables[0])[1]}"


def _counted_in(plain: Questions, ask: Ask) -> list[sa.Table]:
    """The tables whose rows were counted, or shown, beside those of the last answer."""
    tables = [ask.measure.rows.table] if isinstance(ask.measure, Counted) else []
    tables += [shown.column.table for shown in ask.show if shown.path]
    return [each for each in (*tables, *_tables_in(plain, ask)) if each in plain.schema.entities]


def bare_thing(plain: Questions, last: Ask) -> str | None:
    """ "which affiliations?", "and her datasets": a noun alone, said of the rows of the last answer."""
    start = plain.skip(0, closed.words("and which what the their his her its so"))
    if last.kind in ("count", "aggregate"):
        return None  # "and affiliations?" counts those
    detail = any(plain.schema.kinds[thing.table] == "detail" for _, thing, _ in plain.at(0, Thing))
    if (start == 0 and not detail) or (plain.word(0) == "the" and plain.word(1) in closed.ALL):
        return None
    if plain.word(0) == "and" and any(
        end == plain.size and role.relation.start is last.rows.table for end, role, _ in plain.at(start, Role)
    ):  # fmt: skip
        return "their " + plain.lattice.text[plain.tokens[start].start :]
    for end, thing, _ in plain.at(start, Thing):
        linked = plain.schema.between(last.rows.table, thing.table)
        if end == plain.size and thing.table is not last.rows.table and linked:
            return "their " + plain.lattice.text[plain.tokens[start].start :]
    return None


def excluding(ask: Ask, known: Rows) -> Ask | None:
    """The question about its rows other than these."""
    if ask.rows.table is not known.table or not known.tests or ask.kind not in ("rows", "count"):
        return None
    own = {t.value for t in ask.rows.tests if isinstance(t, Compare) and t.op == "=" and t.column.info.get("name")}
    if own & {t.value for t in known.tests if isinstance(t, Compare)}:
        return None  # nothing is another than itself
    return replace(ask, rows=ask.rows.with_tests(Not(AllOf(known.tests))))


# --- one row --------------------------------------------------------------------------------------


def find_rows(plain: Questions, last: Ask) -> Iterator[Reference]:
    """Every place where one row of the last answer is pointed at."""
    for at in range(plain.size):
        article = plain.word(at) in ("the", "that", "this")
        place = at + article
        if plain.word(at) in ("that", "this") and plain.word(place) == "one":
            yield Reference(at, place + 1)
        if article and plain.word(place) == "other":
            yield Reference(at, _after_row(plain, place + 1, last), other=True)
        if plain.word(at) in ("row", "number", "no", "#") and at + 1 < plain.size:
            for end, number in plain.number(at + 1):
                if number == int(number) and number > 0:
                    yield Reference(at, end, int(number))
        row = _ORDINALS.get(plain.word(place))
        if row is not None and plain.word(place + 1) not in _PERIODS:
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
    if plain.word(end) in ("of", "among", "from", "in") and plain.word(end + 1) in _THOSE:
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
    if alone and plain.word(reference.end - 1) not in _THOSE and phrase is not None:
        yield replace(last, pick=pick, order=())  # "and the smallest?" after the largest
        return
    among = rows.tests[-1] if phrase is not None and rows.tests else None
    if isinstance(among, Extreme):
        rows = among.rows
    show = last.show if last.kind == "rows" and last.rows.table is rows.table and not last.group else name
    yield Ask("rows", rows, show=_with(show, reference.by), pick=pick)


def _with(show: tuple[Shown, ...], more: Shown) -> tuple[Shown, ...]:
    return show if any(each.column is more.column for each in show) else (*show, more)


# --- all of them ----------------------------------------------------------------------------------

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


_FUNCTIONS = (
    ("STDDEV_POP", closed.DEVIATION),
    ("AVG", closed.AVERAGE),
    ("SUM", closed.TOTAL),
    ("MAX", closed.phrases("maximum|max|maximal")),
    ("MIN", closed.phrases("minimum|min|minimal")),
)
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
    start = plain.skip(0, closed.words("and the what is 's show but now about or a give me instead"))
    for function, words in _FUNCTIONS:
        end = plain.longest(start, words)
        place = plain.skip(end, closed.words("number of the"))
        for stop, attribute, cost in plain.at(place, Attribute) if end > start else ():
            if last.kind == "aggregate" and stop == plain.size and not last.group:
                measures = [
                    shown for shown, _ in plain.columns_of(last.rows.table, attribute) if is_number(shown.column)
                ]
                found += [Found(stop, replace(last, function=function, measure=each), cost) for each in measures[:1]]
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
            shown_numbers = [shown for shown in last.show if is_number(shown.column) and not shown.many]
            own = plain.measure_of(phrase.table)
            measures = shown_numbers[-1:] or ([Shown((), own)] if own is not None else [])
            found += [Found(end, Ask("aggregate", phrase.rows, function=function, measure=each)) for each in measures]
    return found


def counted_each(plain: Questions, phrase: Phrase) -> list[Found]:
    """ "how many models does each of them have?": a number for each of the rows shown."""
    each = next((at for at in range(plain.size) if plain.word(at) in closed.EACH), 0)
    rest = set(plain.low[each + 1 :]) & {"one", "of", *_THOSE, "have", "has", "got", "had"}
    start = plain.skip(0, closed.words("and show me"))
    found = []
    for end in plain.match(start, (("how", "many"),)) if each else ():
        for thing in plain.np(end):
            place = plain.skip(thing.end, closed.AUXILIARY | closed.PREPOSITION | frozenset(("there",)))
            if place != each or thing.value.table is phrase.table or not thing.value.simple or thing.value.quantity:
                continue
            verbs = [verb.relation for at in range(each, plain.size) for _, verb, _ in plain.at(at, Verb)]
            said = sum(1 for word in plain.low[each + 1 :] if word in rest)
            if each + 1 + said + bool(verbs) != plain.size:
                continue
            for relation in plain.schema.between(phrase.table, thing.value.table):
                if not verbs or any(verb.same(relation) or verb.same(relation.inverse()) for verb in verbs):
                    counted = Counted(relation.path, thing.value.rows)
                    show = plain.name_shown(phrase.table)
                    found.append(Found(plain.size, Ask("rows", phrase.rows, show=show, measure=counted), thing.cost))
                    break
    return found


def among(plain: Questions) -> int:
    """Where "among them", "of those" at the end begins; 0 where it does not end so."""
    end = plain.size - 2
    return (
        end
        if end > 0 and plain.word(end) in ("among", "of", "amongst", "from") and plain.word(end + 1) in _THOSE
        else 0
    )


def with_pronoun(plain: Questions, last: Ask, *, noun_first: bool = False) -> list[tuple[str, bool]]:
    """(the question with a pronoun where it means the rows of the last answer, whether it means each of them)."""
    text, low = plain.lattice.text, plain.low
    texts: list[tuple[str, bool]] = []
    if "there" in low and not (low[:1] == ["who"] and low[-1] == "there"):
        return []  # that stands on its own
    if "there" in low:
        return [
            (text[: plain.tokens[-1].start] + "at them", False),
            (text[: plain.tokens[-1].start] + "for them", False),
        ]
    for at, word in enumerate(low):
        if word in closed.EACH:
            end = at + 1
            if plain.word(end) in ("one", "person"):
                end += 1
            if plain.word(end) == "of" and plain.word(end + 1) in _THOSE:
                end += 2
            said = any(isinstance(edge[1], Thing | Attribute | Role | Value) for edge in _edges(plain, end))
            if at == plain.size - 1 and at:  # "number of rows each"
                texts.append((text[: plain.tokens[at].start].rstrip() + " of them", False))
            if not said:
                start, stop = plain.tokens[at].start, plain.tokens[end - 1].end
                texts.append((text[:start] + "they" + text[stop:], True))
    pronouns = set(low) & (closed.PRONOUN | closed.THEIR)
    if pronouns:
        texts.append((text, False))
        start = plain.skip(0, closed.words("and but so show me"))
        end = start + 1
        if plain.word(start) in ("which", "what", "who"):
            end += plain.word(end) in ("ones", "else", "others")
            end += plain.word(end) == "else"
            verbs = [verb.relation.start for at in range(start, plain.size) for _, verb, _ in plain.at(at, Verb)]
            own = (last.rows.table,) if noun_first and plain.word(end) in closed.AUXILIARY else ()
            nouns = [
                (f"which {nouns_of(table)[1]}{text[plain.tokens[end - 1].end :]}", False)
                for table in dict.fromkeys((*own, *_tables_in(plain, last), *verbs))
            ]
            texts = [*nouns, *texts] if own else [*texts, *nouns]
        return texts
    if texts:
        return texts
    if which := asks_which(plain):
        return [("which of them " + text[plain.tokens[which].start :], False)]
    if low[:2] == ["how", "many"] and plain.word(2) in closed.BE | closed.HAVE:
        return [(text[: plain.tokens[1].end] + " of them" + text[plain.tokens[1].end :], False)]
    if any(True for at in range(plain.size) for _ in plain.at(at, Name)) or plain.word(0) in ("same", "what", "how"):
        many = low[:2] == ["how", "many"]
        return [(text + " do they have", False)] if many else []
    if any(True for at in range(plain.size) for _ in plain.at(at, Role)):
        texts += [(text, False)] * (plain.word(0) == "and")
        texts += [(text + " of them", False)] * (plain.word(0) in ("who", "what"))
    after = plain.skip(0, closed.words("and"))
    if plain.word(after) == "how" and plain.word(after + 1) == "many":
        texts.append((text + " do they have", False))
    elif any(True for _ in plain.at(plain.skip(after, closed.DETERMINER), Attribute)) or _function_leads(plain, after):
        texts.append((text + " of them", False))
    return texts


def _function_leads(plain: Questions, at: int) -> bool:
    start = plain.skip(at, closed.DETERMINER)
    return any(plain.longest(start, words) > start for _, words in _FUNCTIONS)


def _edges(plain: Questions, at: int) -> Sequence[tuple[int, object, float]]:
    return plain.lattice.edges[at] if at < plain.size else ()


def asks_which(plain: Questions) -> int:
    """The place after "which one" in "which has the most?", said without a noun; 0 where it is not asked so."""
    if plain.word(0) not in ("which", "and"):
        return 0
    start = plain.skip(0, closed.words("and which one ones of them those these"))
    told = any(
        isinstance(each, Name) or (isinstance(each, Thing) and each.table in plain.schema.entities)
        for at in range(plain.size) for _, each, _ in _edges(plain, at)
    )  # fmt: skip
    return start if plain.word(start) in closed.HAVE | closed.BE | closed.USING and not told else 0


def asks_parts(plain: Questions) -> bool:
    """Whether it asks for parts of something without naming it: "how many columns"."""
    meant = [each for at in range(plain.size) for _, each, _ in _edges(plain, at)]
    parts = [each for each in meant if isinstance(each, Thing) and plain.schema.kinds[each.table] == "detail"]
    told = any(isinstance(each, Name) or (isinstance(each, Thing) and each not in parts) for each in meant)
    return bool(parts) and not told and not set(plain.low) & (closed.ALL | {"there", "altogether", "total"})


def asks_function(plain: Questions) -> bool:
    """Whether it asks for one number of a column without saying of which rows: "total rows", "avg batch size"."""
    start = plain.skip(0, closed.words("and so the what what's is 's now"))
    if not _function_leads(plain, start) or plain.size - start > SHORT:
        return False
    meant = [each for at in range(start, plain.size) for _, each, _ in _edges(plain, at)]
    attributes = any(isinstance(each, Attribute) for each in meant)
    per = any(plain.longest(at, closed.PER) > at for at in range(start, plain.size))
    return attributes and not per and not any(isinstance(each, Thing | Name | Value | Role) for each in meant)


def names_alone(plain: Questions) -> bool:
    """Whether it is a noun alone that can belong to what was shown: "which affiliations?", "and her datasets"."""
    start = plain.skip(0, closed.words("and which what the their his her its so"))
    if any(end == plain.size and (start or plain.schema.kinds[thing.table] == "detail")
           for end, thing, _ in plain.at(start, Thing)):  # fmt: skip
        return True
    start = plain.skip(0, closed.words("and who what which is are was were 's"))
    role = plain.skip(start, frozenset(("the",)))
    return (
        (role > start or plain.word(0) == "and")
        and start > 0
        and any(end == plain.size for end, _, _ in plain.at(role, Role))
    )


def is_fragment(plain: Questions) -> bool:
    """Whether no rows are named: neither "models" nor "resnet50" nor, at the beginning, "CNNs"."""
    begun = plain.word(0) in ("the", "only", "just", "no", "not")
    for at in range(plain.size):
        for end, meaning, _ in _edges(plain, at):
            if isinstance(meaning, Thing | Name | Verb | Role):
                return False
            if isinstance(meaning, Value) and plain.low[end - 1].endswith("s") and not begun and plain.size > 1:
                return False
    return True


def refers_inside(plain: Questions) -> bool:
    """Whether its pronouns can mean something that it names before them: "video models and who owns them"."""
    for at in range(plain.size):
        if plain.word(at) in closed.PRONOUN | closed.THEIR:
            return False
        if plain.word(at).startswith("every") or any(isinstance(e[1], Thing | Name) for e in _edges(plain, at)):
            return True
    return False


def dangling(plain: Questions) -> str:
    """The word of a question that refers to something it does not name: "*their* authors"; "" where there is none."""
    for at in range(plain.size):
        word = plain.word(at)
        if word in closed.THEIR:
            return word
        if word in ("that", "this") and points_inside(plain):
            return word
        if word in ("those", "these") and any(end == plain.size for end, _, _ in plain.at(at + 1, Thing)):
            return word
        if word.startswith("every") or any(isinstance(e[1], Thing | Name | Value | Role) for e in _edges(plain, at)):
            return ""
    return ""


# --- rows that are spoken of ------------------------------------------------------------------------


def mentions(ask: Ask | None, rows: Rows) -> bool:
    """Whether the question is about these rows."""
    if not rows.tests:
        return any(isinstance(each, Rows) and each.table is rows.table for each in walk(ask))
    said = {id(each) for each in walk(ask)}
    return all(id(test) in said for test in rows.tests)


def named_in(plain: Questions, ask: Ask) -> Iterator[Rows]:
    """What was called by its name in a question, where a pronoun can mean one thing."""
    if set(plain.low) & _PLURAL:
        return
    for each in walk(ask):
        if isinstance(each, Rows):
            for test in each.tests:
                if isinstance(test, Compare) and test.op == "=" and test.column is plain.schema.name_of(each.table):
                    yield Rows(each.table, (test,))


def linked_in(plain: Questions, ask: Ask) -> Iterator[Phrase]:
    """Rows of other tables that the answer shows beside its own, and those that its rows were found by."""
    for shown in ask.show:
        table = shown.column.table
        if (
            shown.path
            and table in plain.schema.entities
            and table is not ask.rows.table
            and shown.column.info.get("name")
        ):
            back = next(
                (
                    each
                    for each in plain.schema.between(table, ask.rows.table)
                    if path_key(each.inverse().path) == path_key(shown.path)
                ),
                None,
            )
            if back is not None:
                yield Phrase(Rows(table, (Linked(back.path, ask.rows),)), named=True)
    for each in walk(ask.rows.tests):
        if isinstance(each, Rows) and each.tests and each.table in plain.schema.entities:
            yield Phrase(each, named=True, single=any(_names(plain, test) for test in each.tests))


def things_shown(plain: Questions, ask: Ask) -> Ask:
    """The things that one named row was shown with, as what is spoken of next: the datasets of "her datasets"."""
    things = [shown for shown in ask.show if shown.many]
    named = any(_names(plain, test) for test in ask.rows.tests)
    if ask.kind != "rows" or not named or len(things) != 1 or len(ask.show) != 2 or ask.pick or ask.order:
        return ask
    phrases = [phrase for phrase in linked_in(plain, ask) if phrase.table is things[0].column.table]
    if not phrases or things[0].tests:
        return ask
    return Ask("rows", phrases[0].rows, show=plain.name_shown(phrases[0].table))


def _names(plain: Questions, test: object) -> bool:
    return isinstance(test, Compare) and test.op == "=" and bool(test.column.info.get("name"))


def _tables_in(plain: Questions, ask: Ask) -> list[sa.Table]:
    """The tables of things that a question is about, save that of the rows it shows."""
    tables = [each.table for each in walk(ask) if isinstance(each, Rows)]
    return list(dict.fromkeys(each for each in tables if each in plain.schema.entities and each is not ask.rows.table))
