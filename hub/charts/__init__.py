"""Charts of any result: a declared spec, checked against its columns, drawn from what the database took together.

``spec`` is what a chart is and what is chosen where nothing is said; ``statements`` the SELECTs behind a chart and
behind one of its points; ``figures`` draws; ``page`` writes figures as a file that needs nothing else. No code that
anybody wrote in a question is run: all that a chart does is named in its spec.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from hub.access import Caller, Tx, action
from hub.charts.spec import (
    KINDS,
    MOST_BARS,
    MOST_SERIES,
    ChartSpec,
    Column,
    Kind,
    complete,
    read_columns,
    read_spec,
    value_title,
)
from hub.charts.statements import chart_statement, rows_statement, scale_of, span_statement
from hub.errors import Invalid
from hub.query import run_query
from hub.titles import title_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KINDS", "ChartSpec", "Drawn", "draw_chart", "find_rows", "make_drawn", "plotly_js", "plotly_version",
           "read_spec"]  # fmt: skip

MOST_SLICES = 8
MOST_ROWS = 200  # numbers that stand beside a chart

_COLUMNS = {"x": "x", "bucket": "x", "series": "series", "label": "label", "value": "value"}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure with its numbers.

    ``figure`` is Plotly's JSON; the ``customdata`` of a point is a position in ``points``, each of which names the row
    of ``sql`` it stands for, as ``find_rows`` takes it. ``columns`` and ``rows`` are the numbers as a person reads
    them, ``facts`` single ones, ``notes`` plain sentences, ``kinds`` what else the same rows can be drawn as.
    """

    title: str
    spec: ChartSpec
    figure: dict[str, Any]
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    points: Sequence[Mapping[str, Any]]
    sql: str
    facts: Sequence[tuple[str, Any]] = ()
    notes: Sequence[str] = ()
    kinds: Sequence[Kind] = ()
    filters: Mapping[str, str] = field(default_factory=dict)


@action("query.run", reads=True, quiet=True)
def draw_chart(caller: Caller, tx: Tx, sql: str, spec: ChartSpec | None = None) -> Drawn:
    """The chart of a SELECT's rows, as far as this caller may see them; what the spec leaves out is chosen.

    ``Invalid`` when these columns cannot be charted so, with the nearest column where one was misspelt.
    """
    result = run_query(caller, sql, strict=False)
    columns = read_columns(result.columns, result.rows)
    spec = complete(spec or ChartSpec(), columns, result.rows)
    scale, notes = (0.0, 1.0), list(result.notes)
    if spec.kind == "histogram":
        assert spec.x is not None
        span = run_query(caller, span_statement(result.sql, result.columns, spec.x), strict=False).rows[0]
        if span[2]:
            scale = scale_of(span[0], span[1])
        if spec.log and span[3]:
            notes.append(f"Zero or below, which have no place on a logarithmic axis: {span[3]:,}.")
    statement = chart_statement(result.sql, result.columns, spec, scale)
    found = run_query(caller, statement, strict=False)
    if not found.rows:
        raise Invalid("there are no numbers to chart", "ask for something that has known numbers")
    if found.truncated:
        notes.append(f"The chart shows the first {len(found.rows):,} of more.")
    drawn = make_drawn(spec, found.columns, found.rows, found.sql, scale=scale, notes=notes)
    return replace(drawn, kinds=[kind for kind in KINDS if _fits(kind, columns, result.rows)])


def _fits(kind: Kind, columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> bool:
    try:
        complete(ChartSpec(kind=kind), columns, rows)
    except Invalid:
        return False
    return True


@action("query.run", reads=True, quiet=True)
def find_rows(caller: Caller, tx: Tx, sql: str, point: Mapping[str, Any]) -> str:
    """The SELECT for the rows behind a point of a chart, to be run by ``run_query`` with the caller's own rights."""
    return rows_statement(sql, point)


def make_drawn(
    spec: ChartSpec,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    sql: str,
    *,
    scale: tuple[float, float] = (0.0, 1.0),
    value: str | None = None,
    facts: Sequence[tuple[str, Any]] = (),
    notes: Sequence[str] = (),
    filters: Mapping[str, str] | None = None,
) -> Drawn:
    """Draw rows of ``x`` (of a histogram the number of a bucket), perhaps ``series``, and ``value``."""
    import pandas as pd

    from hub.charts.figures import Labels, draw_figure

    names = [_COLUMNS[column] for column in columns]
    frame = pd.DataFrame([list(row) for row in rows], columns=names, dtype=object)
    frame, cut = _cut(frame, spec)
    kept = list(frame.itertuples(index=False, name=None))
    points = [
        {column: value for column, value in zip(columns, row, strict=True) if column != "value"
         or spec.kind == "scatter"}
        for row in kept
    ]  # fmt: skip
    said = value or value_title(spec)
    labels = Labels(
        title_of(_text(spec.x)) if spec.x else "", title_of(_text(spec.series)) if spec.series else "", _text(said)
    )
    shown, numbers = _numbers(frame, spec, said, scale)
    return Drawn(
        title=spec.title,
        spec=spec,
        figure=draw_figure(frame, spec, labels, scale),
        columns=shown,
        rows=numbers,
        points=points,
        sql=sql,
        facts=tuple(facts),
        notes=[*notes, *cut],
        filters=dict(filters or {}),
    )


def _text(name: str) -> str:
    from hub.charts.figures import label_of

    return label_of(name, 60)


def _cut(frame: pd.DataFrame, spec: ChartSpec) -> tuple[pd.DataFrame, list[str]]:
    """What a chart has room for, and what is said of the rest."""
    if spec.kind in ("scatter", "histogram"):
        return frame, []
    notes = []
    most = {"pie": MOST_SLICES, "line": len(frame)}.get(spec.kind or "", MOST_BARS)
    for key, room in (("x", most), ("series", MOST_SERIES if spec.kind != "heatmap" else MOST_BARS)):
        if key not in frame:
            continue
        places = list(dict.fromkeys(frame[key]))
        if len(places) > room:
            if key == "series" or spec.unit:  # those with the most in them
                sums = frame.assign(value=frame["value"].astype(float)).groupby(key, dropna=False)["value"].sum()
                places = list(sums.sort_values(ascending=False).index)
            keep = set(places[:room])
            frame = frame[[value in keep for value in frame[key]]]
            what = title_of((spec.x if key == "x" else spec.series) or key).lower()
            notes.append(f"The chart has room for {room} of {len(places):,} values of {what}.")
    return frame.reset_index(drop=True), notes


def _numbers(
    frame: pd.DataFrame, spec: ChartSpec, value: str, scale: tuple[float, float]
) -> tuple[list[str], list[list[Any]]]:
    """The numbers of a chart as a table: what it is by, the value, and shares where they make sense."""
    from hub.charts.figures import bucket_edges

    rows: list[list[Any]]
    if spec.kind == "histogram":
        edges = [bucket_edges(int(x), spec, scale) for x in frame["x"] if x is not None]
        values = [v for x, v in zip(frame["x"], frame["value"], strict=True) if x is not None]
        rows = [[_edge(low), _edge(high), v] for (low, high), v in zip(edges, values, strict=True)]
        return ["from", "below", value], rows[:MOST_ROWS]
    keys = [getattr(spec, key) or key for key in ("x", "series", "label") if key in frame]
    rows = [list(row) for row in frame.itertuples(index=False, name=None)]
    columns = [*keys, value]
    total = sum(frame["value"]) if spec.kind in ("bar", "pie") and spec.aggregate in ("count", "sum") else 0
    if total and "series" not in frame and spec.y is None and all(v >= 0 for v in frame["value"]):
        columns.append("share, %")
        for row in rows:
            row.append(round(100 * row[-1] / total, 1))
    return columns, rows[:MOST_ROWS]


def _edge(number: float) -> float:
    return round(number) if abs(number) >= 100 or float(number).is_integer() else round(number, 4)


def plotly_js() -> str:
    """The program that draws the figures in a browser."""
    from hub.charts.figures import plotly_js as read

    return read()


def plotly_version() -> str:
    """Its version, which changes whenever the program does."""
    from hub.charts.figures import plotly_version as read

    return read()
