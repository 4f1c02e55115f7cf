"""What a chart is, declared: its kind and which columns stand where; checked against the columns of a result."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rapidfuzz import fuzz, process

from db.tables import CATALOGUE
from hub.errors import Invalid
from hub.titles import title_of

Kind = Literal["bar", "line", "pie", "scatter", "histogram", "heatmap"]
Aggregate = Literal["count", "sum", "avg", "min", "max"]
Sort = Literal["number", "moment", "category", "name", "empty"]
Unit = Literal["", "day", "month", "year"]

KINDS: tuple[Kind, ...] = get_args(Kind)

MOST_BARS = 30
MOST_SERIES = 8
FEW = 40  # different texts that count as categories

_MOMENT = re.compile(r"\d{4}(-\d\d(-\d\d( \d\d:\d\d:\d\d)?)?)?")
_SYNONYMS = {column.name: column.info.get("synonyms", ()) for table in CATALOGUE for column in table.columns}


class ChartSpec(BaseModel):
    """A chart: whatever is left out is chosen by ``complete``.

    ``x`` is what it is by (of a heat map and a scatter plot the horizontal axis), ``series`` what it is split by (of a
    heat map the vertical axis), ``y`` the number it is of, and ``aggregate`` what is made of the numbers that share a
    place. ``label`` names the points of a scatter plot; ``unit`` is what moments are taken together by.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind | None = None
    x: str | None = Field(None, max_length=200)
    y: str | None = Field(None, max_length=200)
    series: str | None = Field(None, max_length=200)
    label: str | None = Field(None, max_length=200)
    aggregate: Aggregate | None = None
    unit: Unit | None = None
    log: bool | None = None
    title: str = Field("", max_length=200)

    @property
    def counts(self) -> bool:
        return self.aggregate == "count"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result as a chart sees it."""

    name: str
    sort: Sort
    distinct: int
    unique: bool
    least: Any = None
    most: Any = None


def read_spec(data: object) -> ChartSpec:
    """The spec in a JSON object; ``Invalid`` says what in it is wrong."""
    try:
        return ChartSpec.model_validate(data)
    except ValidationError as error:
        wrong = error.errors()[0]
        where = ".".join(str(part) for part in wrong["loc"]) or "it"
        raise Invalid(f"this is no chart: {where}: {wrong['msg']}", f"the kinds are {', '.join(KINDS)}") from None


def read_columns(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[Column]:
    """What each column of these rows holds."""
    columns = [_read_column(name, [row[at] for row in rows]) for at, name in enumerate(names)]
    if any(column.sort == "category" and not column.unique for column in columns):
        # beside what repeats itself, what never does names the rows
        return [replace(one, sort="name") if one.sort == "category" and one.unique else one for one in columns]
    return columns


def _read_column(name: str, values: list[Any]) -> Column:
    known = [value for value in values if value is not None]
    different = set(known)
    unique = len(different) == len(values)
    if not known:
        return Column(name, "empty", 0, False)
    if all(type(value) in (int, float) for value in known):
        least, most = min(known), max(known)
        year = "year" in name.lower() and all(type(value) is int and 1000 <= value <= 9999 for value in known)
        sort: Sort = "moment" if year else "name" if name.lower().endswith("_id") else "number"
        return Column(name, sort, len(different), unique, least, most)
    texts = [str(value) for value in known]
    if all(_MOMENT.fullmatch(text) for text in texts):
        return Column(name, "moment", len(different), unique, min(texts), max(texts))
    few = len(different) <= FEW and (len(different) < len(values) or len(different) <= MOST_SERIES)
    return Column(name, "category" if few else "name", len(different), unique)


# --- names of columns -----------------------------------------------------------------------------


def find_column(said: str, columns: Sequence[Column]) -> Column:
    """The column that is meant by a name or by words for it; ``Invalid`` names the nearest one."""
    wanted = _plain(said)
    for words_of in (lambda one: (one,), lambda one: (title_of(one),), lambda one: _SYNONYMS.get(one, ())):
        found = [column for column in columns if wanted in [_plain(word) for word in words_of(column.name)]]
        if found:
            return found[0]
    names = {column.name: _plain(column.name) for column in columns}
    nearest = process.extractOne(wanted, names, scorer=fuzz.WRatio, score_cutoff=55)
    listed = ", ".join(names) or "none"
    hint = f"did you mean {nearest[2]}? the columns are: {listed}" if nearest else f"the columns are: {listed}"
    raise Invalid(f"the result has no column {said[:60]!r}", hint)


def _plain(text: str) -> str:
    words = re.sub(r"[\W_]+", " ", text.casefold()).split()
    return " ".join(word[:-1] if len(word) > 3 and word.endswith("s") else word for word in words)


# --- what is left out -----------------------------------------------------------------------------


def complete(spec: ChartSpec, columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> ChartSpec:
    """The spec with everything chosen that it left out; ``Invalid`` when these columns cannot be charted so."""
    if not rows:
        raise Invalid("there are no rows to chart", "ask for something that has rows")
    by_name = {key: find_column(name, columns) for key in ("x", "y", "series", "label") if (name := getattr(spec, key))}
    usable = [column for column in columns if column.sort != "empty"]
    kind = spec.kind or _default_kind(by_name, usable, len(rows))
    places = {column.name: at for at, column in enumerate(columns)}
    roles = _Roles(kind, by_name, usable, spec.aggregate, rows, places)
    made = {**spec.model_dump(), "kind": kind, **_ROLES[kind](roles)}
    done = ChartSpec(**made)
    x = next((column for column in columns if column.name == done.x), None)
    y = next((column for column in columns if column.name == done.y), None)
    unit = _unit(x) if done.unit is None else done.unit
    log = (
        _skewed(x if kind == "histogram" else y) if done.log is None and kind in ("histogram", "scatter") else done.log
    )
    return done.model_copy(update={"unit": unit, "log": bool(log), "title": done.title or _title(done)})


@dataclass(frozen=True, slots=True)
class _Roles:
    """The columns that were named, and those there are to choose from."""

    kind: Kind
    named: dict[str, Column]
    columns: Sequence[Column]
    aggregate: Aggregate | None
    rows: Sequence[Sequence[Any]]
    places: dict[str, int]

    def pick(self, role: str, *sorts: Sort, besides: Sequence[Column | None] = ()) -> Column | None:
        """The column named for a role, or the first of these sorts, in their order, that is not taken."""
        if role in self.named:
            return self.named[role]
        taken = {column.name for column in (*besides, *self.named.values()) if column is not None}
        for sort in sorts:
            free = [column for column in self.columns if column.sort == sort and column.name not in taken]
            # what is the same in every row says nothing
            free.sort(key=lambda column: column.distinct < 2)
            if free:
                return free[0]
        return None

    def need(self, column: Column | None, what: str) -> Column:
        if column is None:
            raise Invalid(
                f"a {_said(self.kind)} needs {what}, and this result has none",
                f"the columns are: {', '.join(column.name for column in self.columns) or 'none with a value'}",
            )
        return column

    def number(self, column: Column | None) -> Column:
        column = self.need(column, "a column of numbers")
        if column.sort != "number" and not (column.sort == "moment" and isinstance(column.least, int)):
            raise Invalid(f"{column.name} holds no numbers", "name a column of numbers, or count rows instead")
        return column

    def measure(self, x: Column, series: Column | None) -> dict[str, Any]:
        """What a bar, point, slice or cell is as high as: a number's value, or how many rows."""
        named = self.named.get("y")
        if self.aggregate == "count" and named is None:
            return {"y": None, "aggregate": "count"}
        y = named or self.pick("y", "number", besides=(x, series))
        if y is None:
            if self.aggregate not in (None, "count"):
                self.number(None)
            return {"y": None, "aggregate": "count"}
        return {"y": self.number(y).name, "aggregate": self.aggregate or ("sum" if self.alone(x, series) else "avg")}

    def alone(self, x: Column, series: Column | None) -> bool:
        """Whether every place has one number, which is then shown as it is."""
        if _unit(x):
            return False
        keys = [self.places[column.name] for column in (x, series) if column is not None]
        return len({tuple(row[at] for at in keys) for row in self.rows}) == len(self.rows)


def _by_category(roles: _Roles) -> dict[str, Any]:
    """Bars and slices: by a category if there is one, else by a moment or name."""
    measured = roles.named.get("y") or roles.pick("y", "number")
    order: tuple[Sort, ...] = ("category", "moment", "name")
    named = roles.pick("x", "name")
    if measured is not None and named is not None and named.unique and "x" not in roles.named:
        order = ("name", "category", "moment")  # each name with its own number
    x = roles.need(roles.pick("x", *order) or roles.pick("x", "number", besides=(measured,)), "something to count by")
    series = roles.named.get("series") if roles.kind == "bar" else None
    return {"x": x.name, "series": series.name if series else None, **roles.measure(x, series)}


def _over_time(roles: _Roles) -> dict[str, Any]:
    x = roles.pick("x", "moment") or roles.pick("x", "number") or roles.pick("x", "category", "name")
    x = roles.need(x, "something it runs along")
    series = roles.named.get("series")
    if series is None and not x.unique:
        split = roles.pick("series", "category", besides=(x,))
        series = split if split is not None and 1 < split.distinct <= MOST_SERIES else None
    return {"x": x.name, "series": series.name if series else None, **roles.measure(x, series)}


def _two_numbers(roles: _Roles) -> dict[str, Any]:
    x = roles.number(roles.pick("x", "number", "moment"))
    y = roles.number(roles.pick("y", "number", "moment", besides=(x,)))
    series = roles.named.get("series")
    label = roles.pick("label", "name")
    return {
        "x": x.name,
        "y": y.name,
        "series": series.name if series else None,
        "label": label.name if label else None,
        "aggregate": None,
    }


def _one_number(roles: _Roles) -> dict[str, Any]:
    asked = roles.named.get("y") or roles.pick("x", "number") or roles.pick("x", "moment")
    return {"x": roles.number(asked).name, "y": None, "series": None, "aggregate": "count"}


def _two_categories(roles: _Roles) -> dict[str, Any]:
    x = roles.need(roles.pick("x", "category", "moment", "name"), "two columns to count by")
    series = roles.need(roles.pick("series", "category", "moment", "name", besides=(x,)), "a second column to count by")
    return {"x": x.name, "series": series.name, **roles.measure(x, series)}


_ROLES = {
    "bar": _by_category,
    "pie": _by_category,
    "line": _over_time,
    "scatter": _two_numbers,
    "histogram": _one_number,
    "heatmap": _two_categories,
}


def _default_kind(named: dict[str, Column], columns: Sequence[Column], rows: int) -> Kind:
    """The kind that these columns call for."""
    if named.get("x"):
        x = named["x"]
        if x.sort == "number":
            return "scatter" if "y" in named else "histogram"
        return "line" if x.sort == "moment" else "heatmap" if "series" in named and "y" not in named else "bar"
    sorts = [column.sort for column in columns if column.distinct > 1] or [column.sort for column in columns]
    numbers, categories = sorts.count("number"), sorts.count("category")
    if "y" in named:
        numbers = 1
    if "moment" in sorts and (numbers or not categories):
        return "line"
    if numbers == 1 and categories == 2 and "name" not in sorts:
        return "heatmap"
    if numbers >= 2 and "y" not in named and (rows > MOST_SERIES or not categories):
        return "scatter"
    if numbers:
        few = categories or ("name" in sorts and rows <= FEW)
        return "bar" if few else "histogram"
    if categories >= 2:
        return "heatmap"
    if categories:
        return "bar"
    raise Invalid("names alone make no chart", "ask for a number beside them, or count them by something")


def _unit(column: Column | None) -> Unit:
    """What moments of such a span are taken together by; nothing where they are years or months already."""
    if column is None or column.sort != "moment" or not isinstance(column.least, str) or len(column.least) < 10:
        return ""
    years = int(column.most[:4]) - int(column.least[:4])
    return "year" if years > 5 else "month" if column.least[:7] < column.most[:7] else "day"


def _skewed(column: Column | None) -> bool:
    """Whether numbers span so much that only a logarithmic axis shows them all."""
    return column is not None and column.sort == "number" and column.least > 0 and column.most / column.least > 1000


def _said(kind: Kind) -> str:
    return {"scatter": "scatter plot", "histogram": "histogram", "heatmap": "heat map"}.get(kind, f"{kind} chart")


_AGGREGATES = {"avg": "Average", "min": "Least", "max": "Highest", "sum": ""}


def value_title(spec: ChartSpec) -> str:
    """What the numbers of a chart are called."""
    if spec.y is None or spec.counts:
        return "Count"
    said = f"{_AGGREGATES.get(spec.aggregate or '', '')} {title_of(spec.y).lower()}".strip()
    return said[:1].upper() + said[1:]


def _title(spec: ChartSpec) -> str:
    if spec.kind == "histogram":
        return f"Distribution of {title_of(cast('str', spec.x)).lower()}"
    if spec.kind == "scatter":
        return f"{title_of(cast('str', spec.y))} by {title_of(cast('str', spec.x)).lower()}"
    split = f" and {title_of(spec.series).lower()}" if spec.series else ""
    return f"{value_title(spec)} by {title_of(cast('str', spec.x)).lower()}{split}"
