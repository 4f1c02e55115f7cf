"""Finding by form: what is looked for, said in fields and conditions, becomes one SELECT for the SQL guard.

Entities, fields and what can be joined follow from the metadata of ``db/tables.py`` and its foreign keys: nothing is
named here. Conditions choose rows of the entity; a field of a joined table shows everything that belongs to them, a
line for each. A condition on a joined table holds when it holds for any row that belongs there, and its opposite
("is not", "contains not", "is unknown") when it holds for none: what is not known is not equal to anything either.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import sqlalchemy as sa
from sqlglot import exp

from db.tables import CATALOGUE
from hub.access import readable_columns
from hub.errors import Invalid
from hub.fields import nearest, spellings, suggest
from hub.query.grammar import HubSql
from hub.titles import title_of

MOST_FIELDS = 20
MOST_LINKS = 6
"""Joined tables whose fields one search shows."""
MOST_CONDITIONS = 12
MOST_ROWS = 1000
_HOPS = 2
_LONGEST = 100  # characters of a text that is looked for
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}

Kind = Literal["text", "choice", "number", "moment", "flag"]

COMPARISONS: Mapping[Kind, Mapping[str, str]] = {
    "text": {
        "contains": "contains", "lacks": "contains not", "begins": "begins with", "is": "is", "isnt": "is not",
        "known": "is known", "unknown": "is unknown",
    },
    "choice": {"is": "is", "isnt": "is not", "known": "is known", "unknown": "is unknown"},
    "number": {
        "gt": "more than", "ge": "at least", "lt": "less than", "le": "at most", "is": "exactly", "isnt": "is not",
        "known": "is known", "unknown": "is unknown",
    },
    "moment": {
        "ge": "since", "gt": "after", "lt": "before", "le": "until", "is": "on", "isnt": "not on",
        "known": "is known", "unknown": "is unknown",
    },
    "flag": {"is": "is", "isnt": "is not"},
}  # fmt: skip
"""Kind of a field → the comparisons it takes, and what they are called."""
WITHOUT_VALUE = ("known", "unknown")
_OPPOSITE = {"isnt": "is", "lacks": "contains", "unknown": "known"}
FLAG = {"yes": True, "no": False}


# --- what can be looked for -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """One foreign key on the way from a table to another: along it (``out``), or from the row it refers to."""

    key: sa.ForeignKey
    out: bool

    @property
    def near(self) -> sa.Column[Any]:
        """The column on this side."""
        column: sa.Column[Any] = self.key.parent if self.out else self.key.column
        return column

    @property
    def far(self) -> sa.Column[Any]:
        """The column on the other side."""
        column: sa.Column[Any] = self.key.column if self.out else self.key.parent
        return column

    @property
    def name(self) -> str:
        return f"{self.key.parent.table.name}.{self.key.parent.name}"


@dataclass(frozen=True, slots=True)
class Place:
    """The entity itself, or a table joined to it: the steps to it, and what it is called there."""

    table: sa.Table
    steps: tuple[Step, ...] = ()
    title: str = ""

    @property
    def name(self) -> str:
        return "/".join(step.name for step in self.steps)


@dataclass(frozen=True, slots=True)
class Findable:
    """A field that can be shown, compared and sorted by; ``name`` says it in a search."""

    place: Place
    column: sa.Column[Any]

    @property
    def name(self) -> str:
        return f"{self.place.name}:{self.column.name}" if self.place.steps else self.column.name

    @property
    def title(self) -> str:
        own = title_of(self.column.name)
        return f"{self.place.title} › {own}" if self.place.steps else own

    @property
    def kind(self) -> Kind:
        kind = self.column.type
        if "values" in self.column.info:
            return "choice"
        if isinstance(kind, sa.Boolean):
            return "flag"
        if isinstance(kind, sa.DateTime):
            return "moment"
        return "number" if isinstance(kind, sa.Integer) else "text"


@functools.cache
def entities() -> Mapping[str, sa.Table]:
    """Name → table of what can be looked for: whatever has a number and a name of its own."""
    return {
        table.name: table
        for table in CATALOGUE
        if len(table.primary_key) == 1 and any(column.info.get("name") for column in table.columns)
    }


def say_entity(table: sa.Table) -> str:
    """What several rows of an entity are called."""
    return str(table.info.get("noun", (table.name, f"{table.name}s"))[1])


@functools.cache
def fields_of(entity: str) -> Mapping[str, Findable]:
    """Name → field, of an entity and everything that can be joined to it, the nearest first."""
    table = entities()[entity]
    places = [Place(table), *sorted(_joined(Place(table), _HOPS), key=lambda place: len(place.title.split(" › ")))]
    found = (
        Findable(place, column)
        for place in places
        for column in readable_columns(place.table)
        if not column.foreign_keys and not (place.steps and _is_number(column))
    )
    return {each.name: each for each in found}


def _is_number(column: sa.Column[Any]) -> bool:
    """Whether it only numbers the rows."""
    return bool(column.primary_key) and isinstance(column.type, sa.Integer)


def _joined(place: Place, hops: int) -> Iterator[Place]:
    """The places that can be reached in so many hops; no table is passed twice."""
    if not hops:
        return
    passed = {place.table, *(step.near.table for step in place.steps), *(step.far.table for step in place.steps)}
    for steps, title in _hops(place.table):
        if passed & {step.far.table for step in steps}:
            continue
        title = f"{place.title} › {title}" if place.steps else title
        there = Place(steps[-1].far.table, (*place.steps, *steps), title)
        yield there
        yield from _joined(there, hops - 1)


def _hops(table: sa.Table) -> Iterator[tuple[tuple[Step, ...], str]]:
    """The ways from a table to a neighbour; a table that only links two others is passed in one hop."""
    if not _only_links(table):
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
            yield (Step(key, True),), _role(key.parent) or _noun(key.column.table)
    for other in CATALOGUE:
        for key in sorted(other.foreign_keys, key=lambda key: key.parent.name):
            if key.column.table is not table:
                continue
            if not _only_links(other):
                role = _role(key.parent)
                yield (Step(key, False),), f"{_noun(other)} ({role})" if role else _noun(other)
                continue
            for onward in other.foreign_keys:
                if onward is not key:
                    verbs = other.info.get("verbs", ("",))
                    title = _role(onward.parent) or f"{_noun(onward.column.table)} ({verbs[0]})"
                    yield (Step(key, False), Step(onward, True)), title


def _only_links(table: sa.Table) -> bool:
    return all(column.foreign_keys for column in table.columns)


def _role(column: sa.Column[Any]) -> str:
    """What the row that a foreign key refers to is to this one: "owner", "author"."""
    return next(iter(column.info.get("synonyms", ())), "")


def _noun(table: sa.Table) -> str:
    named = table.info.get("noun")
    if named:
        return str(named[0])
    own = [column for column in readable_columns(table) if not column.foreign_keys]
    return title_of(own[0].name).lower() if len(own) == 1 and own[0].primary_key else table.name


# --- a search -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Condition:
    """A field, a comparison that its kind takes, and the value it is compared with, as it was typed."""

    field: str
    comparison: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; without ``fields`` the entity's own plain ones are shown. ``limit`` 0 is no limit."""

    entity: str
    fields: Sequence[str] = ()
    conditions: Sequence[Condition] = field(default=())
    any_of: bool = False
    sort: str = ""
    descending: bool = False
    limit: int = 0


def write_search(search: Search) -> str:
    """The SELECT of a search; ``Invalid`` says what in it makes no sense."""
    if search.entity not in entities():
        raise Invalid(f"there is nothing called '{search.entity[:40]}' to look for", f"one of {', '.join(entities())}")
    known = fields_of(search.entity)
    shown = [_look_up(known, name) for name in dict.fromkeys(search.fields or shown_at_first(search.entity))]
    if len(shown) > MOST_FIELDS:
        raise Invalid(f"at most {MOST_FIELDS} fields are shown at once", "choose fewer")
    if not 0 <= search.limit <= MOST_ROWS:
        raise Invalid(f"at most {MOST_ROWS} rows are found at once", "ask for fewer, or leave the limit out")
    places = {each.place.name: each.place for each in shown if each.place.steps}
    if len(places) > MOST_LINKS:
        raise Invalid(f"fields of at most {MOST_LINKS} joined tables are shown at once", "choose fewer")
    aliases = _Aliases(search.entity)
    query = exp.select(*_columns(shown, aliases)).from_(exp.to_table(search.entity))
    for place in places.values():
        query = aliases.join(query, place)
    if search.conditions:
        if len(search.conditions) > MOST_CONDITIONS:
            raise Invalid(f"at most {MOST_CONDITIONS} conditions are taken at once", "leave some out")
        written = [_condition(known, search.entity, each, number) for number, each in enumerate(search.conditions)]
        query = query.where(exp.or_(*written) if search.any_of else exp.and_(*written))
    query = query.order_by(*_order(search, known, shown, aliases))
    if search.limit:
        query = query.limit(search.limit)
    return query.sql(dialect=HubSql)


def shown_at_first(entity: str) -> list[str]:
    """The fields that are shown when none is chosen: the entity's own, but its number and long texts."""
    table = entities()[entity]
    return [
        column.name
        for column in readable_columns(table)
        if not column.foreign_keys and not column.primary_key and not isinstance(column.type, sa.Text)
    ]


def _look_up(known: Mapping[str, Findable], name: str) -> Findable:
    found = known.get(name)
    if found is None:
        near = nearest(name, [each.name for each in known.values() if not each.place.steps])
        raise Invalid(f"there is no field '{name[:60]}' here", suggest(near) or "choose one of the list")
    return found


class _Aliases:
    """What the entity and the joined tables are called in the statement; each way is joined once."""

    def __init__(self, entity: str) -> None:
        self.entity = entity
        self.known: dict[tuple[Step, ...], str] = {(): entity}

    def of(self, place: Place) -> str:
        for end in range(1, len(place.steps) + 1):
            self.known.setdefault(place.steps[:end], f"j{len(self.known)}")
        return self.known[place.steps]

    def join(self, query: exp.Select, place: Place) -> exp.Select:
        joined = {each.alias for each in query.args.get("joins") or () for each in [each.this]}
        for end in range(1, len(place.steps) + 1):
            step, alias = place.steps[end - 1], self.of(replace(place, steps=place.steps[:end]))
            if alias in joined:
                continue
            on = exp.EQ(
                this=exp.column(step.far.name, alias),
                expression=exp.column(step.near.name, self.known[place.steps[: end - 1]]),
            )
            query = query.join(
                exp.alias_(exp.to_table(step.far.table.name), alias, table=True), on=on, join_type="left"
            )
        return query


def _columns(shown: Sequence[Findable], aliases: _Aliases) -> Iterator[exp.Expr]:
    """The columns shown, each under a name of its own: where two would be called alike, what they are of is said."""
    names = [each.column.name for each in shown]
    taken: set[str] = set()
    for each in shown:
        name = each.column.name
        if each.place.steps and names.count(name) > 1:
            name = f"{re.sub(r'[^a-z0-9]+', '_', each.place.title.lower()).strip('_')[-30:].strip('_')}_{name}"
        while name in taken:
            name += "_2"
        taken.add(name)
        column = exp.column(each.column.name, aliases.of(each.place))
        yield column if name == each.column.name else exp.alias_(column, name)


def _order(
    search: Search, known: Mapping[str, Findable], shown: Sequence[Findable], aliases: _Aliases
) -> Iterator[exp.Expr]:
    table = entities()[search.entity]
    if search.sort:
        by = _look_up(known, search.sort)
        if by.place.steps and by not in shown:
            raise Invalid(f"{by.title} is not shown, so nothing can be sorted by it", "show it too")
        known_always = not by.column.nullable and not by.place.steps
        yield exp.Ordered(  # what is unknown comes last either way
            this=exp.column(by.column.name, aliases.of(by.place)),
            desc=search.descending,
            nulls_first=known_always and not search.descending,
        )
    for key in table.primary_key:
        yield exp.Ordered(this=exp.column(key.name, search.entity), nulls_first=True)


# --- conditions -----------------------------------------------------------------------------------


def _condition(known: Mapping[str, Findable], entity: str, condition: Condition, number: int) -> exp.Expr:
    found = _look_up(known, condition.field)
    takes = COMPARISONS[found.kind]
    if condition.comparison not in takes:
        raise Invalid(f"{found.title}: there is no such comparison", f"it takes: {', '.join(takes.values())}")
    opposite = condition.comparison in _OPPOSITE
    comparison = _OPPOSITE.get(condition.comparison, condition.comparison)
    value = None if comparison in WITHOUT_VALUE else _read_value(found, condition.value)

    def holds(alias: str) -> exp.Expr:
        return _compare(exp.column(found.column.name, alias), found, comparison, value)

    if found.place.steps:
        return _any_of(entity, found.place.steps, holds, opposite, f"c{number}_")
    own = exp.column(found.column.name, entity)
    if not opposite:
        return exp.paren(holds(entity))
    unknown = exp.Is(this=own, expression=exp.Null())
    if comparison == "known":
        return unknown
    fails = exp.not_(exp.paren(holds(entity)))
    return exp.paren(exp.or_(fails, unknown)) if found.column.nullable else fails


def _any_of(alias: str, steps: Sequence[Step], holds: Any, opposite: bool, prefix: str) -> exp.Expr:
    """Whether it holds for any row at the end of the steps, or with ``opposite`` for none."""
    step, inner = steps[0], f"{prefix}{len(steps)}"
    rest = _any_of(inner, steps[1:], holds, False, prefix) if steps[1:] else holds(inner)
    rows = (
        exp.select(exp.column(step.far.name, inner))
        .from_(exp.alias_(exp.to_table(step.far.table.name), inner, table=True))
        .where(rest)
    )
    near = exp.column(step.near.name, alias)
    inside: exp.Expr = exp.In(this=near, query=rows.subquery())
    if not opposite:
        return inside
    none = exp.not_(inside)
    if not step.near.nullable:
        return none
    return exp.paren(exp.or_(none, exp.Is(this=near.copy(), expression=exp.Null())))


def _compare(column: exp.Expr, found: Findable, comparison: str, value: Any) -> exp.Expr:
    if comparison == "known":
        return exp.not_(exp.Is(this=column, expression=exp.Null()))
    if found.kind == "moment":
        return _compare_day(column, comparison, value)
    if comparison in ("contains", "begins"):
        escaped = re.sub(r"([!%_])", r"!\1", value)
        pattern = exp.Literal.string(f"{'%' if comparison == 'contains' else ''}{escaped}%")
        return exp.Escape(this=exp.Like(this=column, expression=pattern), expression=exp.Literal.string("!"))
    if found.kind == "text":
        lower = exp.Anonymous(this="LOWER", expressions=[column])
        return exp.EQ(this=lower, expression=exp.Literal.string(value.lower()))
    if found.kind == "flag":
        return exp.EQ(this=column, expression=exp.Boolean(this=value))
    literal = exp.Literal.string(value) if found.kind == "choice" else _number(value)
    kinds: dict[str, type[exp.Binary]] = {"is": exp.EQ, "gt": exp.GT, "ge": exp.GTE, "lt": exp.LT, "le": exp.LTE}
    return kinds[comparison](this=column, expression=literal)


def _compare_day(column: exp.Expr, comparison: str, day: date) -> exp.Expr:
    """A moment compared with a whole day: "until" it is before the next one begins."""

    def at(one: date) -> exp.Expr:
        return exp.Literal.string(f"{one:%Y-%m-%d} 00:00:00")

    after = day + timedelta(days=1)
    match comparison:
        case "ge":
            return exp.GTE(this=column, expression=at(day))
        case "gt":
            return exp.GTE(this=column, expression=at(after))
        case "lt":
            return exp.LT(this=column, expression=at(day))
        case "le":
            return exp.LT(this=column, expression=at(after))
    return exp.and_(
        exp.GTE(this=column, expression=at(day)), exp.LT(this=column.copy(), expression=at(after)), wrap=False
    )


def _number(value: Decimal) -> exp.Expr:
    literal = exp.Literal.number(f"{abs(value):f}")
    return exp.Neg(this=literal) if value < 0 else literal


def _read_value(found: Findable, typed: str) -> Any:
    """The value in its own type; ``Invalid`` says what the field takes."""
    text = typed.strip()
    if not text:
        raise Invalid(f"{found.title}: a value to compare with is needed", "write one, or leave the condition out")
    match found.kind:
        case "choice":
            value = spellings(found.column).get(re.sub(r"[\s_-]+", "", text.casefold()))
            if value is None:
                listed = ", ".join(found.column.info["values"])
                raise Invalid(f"{found.title}: '{text[:60]}' is not one of its values", f"one of {listed}")
            return value
        case "flag":
            if text.lower() not in FLAG:
                raise Invalid(f"{found.title}: '{text[:60]}' is neither yes nor no", "say yes or no")
            return FLAG[text.lower()]
        case "moment":
            return _read_day(found, text)
        case "number":
            return read_number(found.title, text)
    if len(text) > _LONGEST or not text.isprintable():
        raise Invalid(f"{found.title}: at most {_LONGEST} plain characters are looked for", "write fewer")
    return text


def _read_day(found: Findable, text: str) -> date:
    padded = text + {4: "-01-01", 7: "-01"}.get(len(text), "")
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", padded, re.ASCII):
            raise ValueError
        day = date.fromisoformat(padded)
    except ValueError:
        raise Invalid(f"{found.title}: '{text[:60]}' is no day", "write 2024-05-31") from None
    if not 1000 <= day.year <= 9998:
        raise Invalid(f"{found.title}: '{text[:60]}' is too far away", "write a year from 1000 to 9998")
    return day


def read_number(title: str, text: str) -> Decimal:
    """A number as people write it: 25_000, 25,000, 1e9, 1.5B, 20k."""
    plain = re.fullmatch(r"([+-]?[\d.,_ ]*\d\.?(?:e[+-]?\d{1,3})?)\s*([kmbt]?)", text.lower(), re.ASCII)
    try:
        if plain is None:
            raise InvalidOperation
        value = Decimal(re.sub(r"[,_ ]", "", plain[1])) * _UNITS[plain[2]]
    except InvalidOperation:
        raise Invalid(f"{title}: '{text[:60]}' is no number", "write 25000, 1e9 or 1.5B") from None
    if abs(value) >= 2**63 or value.as_tuple().exponent < -12:  # type: ignore[operator]
        raise Invalid(f"{title}: '{text[:60]}' is too large or too fine a number", "write a plainer one")
    return value
