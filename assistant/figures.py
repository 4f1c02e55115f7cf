"""Figures for the chat: a source's rows by a spec, insights by name, and the rows behind a point of one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from assistant import sources
from assistant.replies import Figure
from assistant.sources import Source
from hub import charts, insights, query
from hub.access import Caller
from hub.charts import KINDS, ChartSpec, Drawn, read_spec
from hub.charts.page import write_page
from hub.errors import HubError, Invalid, NotFound

_ALIKE = {"heat-map": "heatmap", "heat": "heatmap", "column": "bar", "histo": "histogram", "points": "scatter"}
_MADE_OF = {"average": "avg", "mean": "avg", "total": "sum", "highest": "max", "lowest": "min", "number": "count",
            "avg": "avg", "sum": "sum", "max": "max", "min": "min", "count": "count"}  # fmt: skip
_LONGEST_POINT = 4


def draw_source(caller: Caller, source: Source, spec: ChartSpec) -> Figure:
    """The rows of a source as a chart; what the spec leaves out is chosen by what they hold."""
    return Figure(charts.draw_chart(caller, sources.as_sql(source), spec), source)


def draw_insights(caller: Caller, names: Sequence[str], filters: Mapping[str, str]) -> list[Figure]:
    """The insights of these names; of several those that have something to show."""
    figures = []
    for name in names:
        try:
            drawn = insights.show_insight(caller, name, filters)
        except HubError as error:
            if error.code != NotFound.code or len(names) == 1:
                raise
            continue
        figures.append(Figure(drawn, from_insight(name, drawn)))
    if not figures:
        raise NotFound("there is nothing in the catalogue yet", "register or load something first")
    return figures


def from_insight(name: str, drawn: Drawn) -> Source:
    """An insight as what a figure is drawn from."""
    return {"what": "insight", "name": name, "filters": dict(drawn.filters)}


def redraw(caller: Caller, origin: Source, spec: object) -> Figure:
    """The figure of an origin once more, with the rights of now; ``Invalid`` when it is none or the spec is wrong."""
    if origin.get("what") != "insight":
        return draw_source(caller, origin, read_spec(spec))
    name, filters = origin.get("name"), origin.get("filters")
    if not isinstance(name, str) or not isinstance(filters, Mapping):
        raise Invalid("there is no such insight", "draw it again with /insights")
    (figure,) = draw_insights(caller, [name], {str(key): str(value) for key, value in filters.items()})
    return figure


def write_figure(caller: Caller, origin: Source, spec: object) -> sources.Written:
    """A figure as an HTML file that needs nothing else, drawn with the rights of now."""
    drawn = redraw(caller, origin, spec).drawn
    name = re.sub(r"[^a-z0-9]+", "-", drawn.title.lower()).strip("-")[:60] or "chart"
    text = write_page(drawn.title, [drawn])
    return sources.Written(f"{name}.html", "text/html", text, "The file needs nothing else: open it in any browser.")


def rows_behind(caller: Caller, sql: object, point: object) -> query.Result:
    """The rows that a point of a chart stands for, as far as this caller may see them."""
    if not isinstance(sql, str) or not isinstance(point, Mapping) or not 0 < len(point) <= _LONGEST_POINT:
        raise Invalid("there is no such point in this chart", "draw the chart again")
    meant: Mapping[str, Any] = {str(name): value for name, value in point.items()}
    return query.run_query(caller, charts.find_rows(caller, sql, meant), strict=False)


def read_chart_words(text: str) -> ChartSpec:
    """The spec in ``[kind] [by COLUMN [and COLUMN]] [of [average] COLUMN] [log]``; ``Invalid`` names what is not."""
    given: dict[str, Any] = {}
    words = text.split()
    if words and (kind := _ALIKE.get(words[0].lower(), words[0].lower())) in KINDS:
        given["kind"], words = kind, words[1:]
        if words and words[0].lower() in ("chart", "plot", "map", "graph"):
            words = words[1:]
    if words and words[-1].lower() in ("log", "logarithmic"):
        given["log"], words = True, words[:-1]
    parts = re.split(r"(?:^|\s)(by|of)\s+", " ".join(words), flags=re.IGNORECASE)
    if parts[0].strip():
        raise Invalid(
            f"/chart does not know {parts[0].strip()[:40]!r}",
            f"say /chart [{'|'.join(KINDS)}] [by COLUMN [and COLUMN]] [of COLUMN] [log]",
        )
    for word, said in zip(parts[1::2], parts[2::2], strict=True):
        said = said.strip()
        if word.lower() == "by":
            named = re.split(r"\s+and\s+|\s*,\s*", said, maxsplit=1, flags=re.IGNORECASE)
            given |= dict(zip(("x", "series"), named, strict=False))
            continue
        made_of, _, column = said.partition(" ")
        if column and made_of.lower() in _MADE_OF:
            given["aggregate"], said = _MADE_OF[made_of.lower()], column.strip()
        given["y"] = said
    return read_spec(given)
