"""CHARTS: one function a kind, from a pandas frame of ``x``, perhaps ``series``, and ``value`` to a Plotly figure.

Plotly reads a little HTML in every text it shows and guesses what a text means, so texts from data never go to it as
they are: places on an axis are numbers, what stands at them is a label whose special letters are escaped.
"""

from __future__ import annotations

import functools
import html
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs, get_plotlyjs_version

from hub.charts.spec import ChartSpec, Kind
from hub.charts.statements import PER_DECADE
from hub.titles import say_number

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C8C8C", "#B8A500")
"""Okabe and Ito's palette, told apart by colour-blind people too, in an order that reads on dark and on light."""

LABEL = 40  # letters of a label on an axis
_INK, _LINE = "#76828f", "rgba(128, 140, 152, 0.28)"  # read on white and on near black; the chat puts its own colours

TEMPLATE = go.layout.Template(
    layout={
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": _INK, "size": 12, "family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"},
        "colorway": COLOURS,
        "margin": {"l": 8, "r": 12, "t": 12, "b": 8},
        "hoverlabel": {"font": {"size": 12}},
        "legend": {"orientation": "h", "y": -0.18, "yanchor": "top", "x": 0},
        "xaxis": {"gridcolor": _LINE, "linecolor": _LINE, "zerolinecolor": _LINE, "automargin": True},
        "yaxis": {"gridcolor": _LINE, "linecolor": _LINE, "zerolinecolor": _LINE, "automargin": True},
        "bargap": 0.18,
    }
)


@dataclass(frozen=True, slots=True)
class Labels:
    """What the axes are called, and the unit of a value that is written behind it."""

    x: str
    series: str
    value: str


Draw = Callable[[pd.DataFrame, ChartSpec, Labels], go.Figure]
CHARTS: dict[Kind, Draw] = {}
"""Kind → the function that draws it."""


def chart(kind: Kind) -> Callable[[Draw], Draw]:
    """Put a function into CHARTS."""

    def add(draw: Draw) -> Draw:
        CHARTS[kind] = draw
        return draw

    return add


def draw_figure(frame: pd.DataFrame, spec: ChartSpec, labels: Labels, scale: tuple[float, float]) -> dict[str, Any]:
    """The figure as plain JSON values; each point's ``customdata`` is the number of its row in the frame."""
    assert spec.kind is not None
    frame = frame.assign(row=range(len(frame)))
    if spec.kind == "histogram":
        frame = frame.assign(scale_least=scale[0], scale_width=scale[1])
    figure = CHARTS[spec.kind](frame, spec, labels)
    figure.update_layout(template=TEMPLATE)
    made: dict[str, Any] = figure.to_plotly_json()
    return made


@functools.cache
def plotly_js() -> str:
    """The program that draws the figures in a browser."""
    return str(get_plotlyjs())


def plotly_version() -> str:
    """Its version."""
    return str(get_plotlyjs_version())


# --- texts ----------------------------------------------------------------------------------------


def label_of(value: Any, length: int = LABEL) -> str:
    """A value as a label: short, and with nothing in it that Plotly would take for HTML or a template."""
    if value is None or (isinstance(value, float) and value != value):
        return "not known"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,}" if isinstance(value, int) and not 1000 <= value <= 2999 else f"{value:g}"
    text = " ".join(str(value).split()) or "(empty)"
    text = text if len(text) <= length else text[: length - 1] + "…"
    return html.escape(text, quote=False).replace("%", "&#37;").replace("$", "&#36;")


def _exact(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else label_of(value)


def _hover(labels: Labels, x: Any, value: Any, series: Any = None) -> str:
    split = f"<br>{labels.series}: {label_of(series, 80)}" if labels.series else ""
    return f"<b>{label_of(x, 80)}</b>{split}<br>{labels.value}: {_exact(value)}"


_HOVER = "%{hovertext}<extra></extra>"


def _places(values: Sequence[Any]) -> dict[Any, int]:
    return {value: at for at, value in enumerate(dict.fromkeys(values))}


def _axis(places: dict[Any, int], title: str = "") -> dict[str, Any]:
    """An axis with a label at each place."""
    return {
        "tickvals": list(places.values()),
        "ticktext": [label_of(value) for value in places],
        "range": [-0.5, len(places) - 0.5],
        "title": {"text": title},
        "showgrid": False,
        "zeroline": False,
    }


def _value_axis(spec: ChartSpec, labels: Labels, values: Iterable[Any] = ()) -> dict[str, Any]:
    """The axis of the values; of a few that were counted it has no halves."""
    few = spec.counts and max(values, default=_FEW) < _FEW
    return {
        "title": {"text": labels.value},
        "type": "log" if spec.log else "linear",
        "exponentformat": "B",
        "rangemode": "tozero",
        **({"dtick": 1} if spec.log or few else {}),
    }


_FEW = 6


def _with_room(axis: dict[str, Any], values: Sequence[Any]) -> dict[str, Any]:
    """The axis with room for the numbers that stand at the ends of bars."""
    most, least = max(values), min(values)
    if axis["type"] == "log" or most <= 0 or least < 0:
        return axis
    return {**axis, "range": [0, most * 1.14]}


def _parts(frame: pd.DataFrame) -> list[tuple[Any, pd.DataFrame]]:
    """The rows of each series, in the order in which the series come."""
    if "series" not in frame:
        return [(None, frame)]
    return [(value, frame[_same(frame["series"], value)]) for value in dict.fromkeys(frame["series"])]


def _same(column: pd.Series, value: Any) -> pd.Series:
    return column.isna() if value is None else column == value


# --- the kinds ------------------------------------------------------------------------------------


@chart("bar")
def bar(frame: pd.DataFrame, spec: ChartSpec, labels: Labels) -> go.Figure:
    """Bars; lying where their labels are long, stacked where they are split."""
    places = _places(list(frame["x"]))
    lying = not spec.unit and (max(len(label_of(value)) for value in places) > 12 or len(places) > 12)
    split = "series" in frame
    figure = go.Figure()
    for series, part in _parts(frame):
        at, values = [places[x] for x in part["x"]], list(part["value"])
        figure.add_bar(
            x=values if lying else at,
            y=at if lying else values,
            orientation="h" if lying else "v",
            name=label_of(series),
            customdata=list(part["row"]),
            text=None if split or len(places) > MOST_TEXTS else [say_number(value) for value in values],
            textposition="outside",
            cliponaxis=False,
            hovertext=[_hover(labels, x, v, series) for x, v in zip(part["x"], part["value"], strict=True)],
            hovertemplate=_HOVER,
        )
    named, valued = _axis(places, labels.x), _value_axis(spec, labels, frame["value"])
    if not split and len(places) <= MOST_TEXTS:
        valued = _with_room(valued, list(frame["value"]))
    if lying:
        named["range"] = named["range"][::-1]  # the first on top
        named["title"] = {"text": ""}
    figure.update_layout(
        xaxis=valued if lying else named,
        yaxis=named if lying else valued,
        barmode="stack",
        showlegend=split,
        height=max(300, 90 + 24 * len(places)) if lying else 340,
    )
    return figure


MOST_TEXTS = 30


@chart("line")
def line(frame: pd.DataFrame, spec: ChartSpec, labels: Labels) -> go.Figure:
    """A line for each series; moments and numbers stand as far apart as they are."""
    values = list(frame["x"])
    spread = all(isinstance(value, int | float) for value in values if value is not None)
    moments = not spread and all(str(value)[:4].isdigit() for value in values if value is not None)
    frame = frame[frame["x"].notna()] if spread or moments else frame
    places = _places(list(frame["x"]))
    figure = go.Figure()
    every = _every(list(frame["x"])) if moments and spec.counts else []
    for series, part in _parts(frame):
        xs, ys, rows = list(part["x"]), list(part["value"]), list(part["row"])
        if every:  # when nothing was counted, it was zero
            counted = {x: (y, row) for x, y, row in zip(xs, ys, rows, strict=True)}
            xs = every
            ys, rows = ([counted.get(x, (0, None))[at] for x in every] for at in (0, 1))
        figure.add_scatter(
            x=xs if spread or moments else [places[x] for x in xs],
            y=ys,
            mode="lines+markers",
            name=label_of(series),
            customdata=rows,
            hovertext=[_hover(labels, x, y, series) for x, y in zip(xs, ys, strict=True)],
            hovertemplate=_HOVER,
        )
    axis: dict[str, Any] = {"title": {"text": labels.x}} if spread or moments else _axis(places, labels.x)
    if moments:
        axis["type"] = "date"
    elif spread:
        axis |= {"tickformat": "d"} if all(isinstance(value, int) for value in values if value is not None) else {}
    valued = _value_axis(spec, labels, frame["value"])
    figure.update_layout(xaxis=axis, yaxis=valued, showlegend="series" in frame, height=340)
    return figure


MOST_MOMENTS = 400


def _every(moments: list[str]) -> list[str]:
    """Every year, or every month, from the first to the last; nothing where that would be too many."""
    length = {len(moment) for moment in moments}
    first, last = min(moments), max(moments)
    if length == {4}:
        every = [str(year) for year in range(int(first), int(last) + 1)]
    elif length == {7}:
        months = range(int(first[:4]) * 12 + int(first[5:]) - 1, int(last[:4]) * 12 + int(last[5:]))
        every = [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in months]
    else:
        return []
    return every if len(every) <= MOST_MOMENTS else []


@chart("pie")
def pie(frame: pd.DataFrame, spec: ChartSpec, labels: Labels) -> go.Figure:
    """A ring of slices with their shares."""
    names: list[str] = []
    for value in frame["x"]:
        name = label_of(value)
        names.append(name if name not in names else f"{name} ({len(names) + 1})")  # two of one name are two slices
    figure = go.Figure(
        go.Pie(
            labels=names,
            values=list(frame["value"]),
            hole=0.45,
            sort=False,
            direction="clockwise",
            customdata=list(frame["row"]),
            textinfo="label+percent",
            hovertext=[_hover(labels, x, v) for x, v in zip(frame["x"], frame["value"], strict=True)],
            hovertemplate="%{hovertext}<br>%{percent}<extra></extra>",
            marker={"colors": [COLOURS[at % len(COLOURS)] for at in range(len(names))]},
        )
    )
    figure.update_layout(height=340, showlegend=False, margin={"l": 8, "r": 8, "t": 28, "b": 28})
    return figure


@chart("scatter")
def scatter(frame: pd.DataFrame, spec: ChartSpec, labels: Labels) -> go.Figure:
    """A point for each row."""
    figure = go.Figure()
    for series, part in _parts(frame):
        figure.add_scatter(
            x=list(part["x"]),
            y=list(part["value"]),
            mode="markers",
            name=label_of(series),
            marker={"size": 8, "opacity": 0.75},
            customdata=list(part["row"]),
            hovertext=[
                f"{f'<b>{label_of(name, 80)}</b><br>' if spec.label else ''}{labels.x}: {_exact(x)}<br>"
                f"{labels.value}: {_exact(v)}"
                for name, x, v in zip(part.get("label", part["x"]), part["x"], part["value"], strict=True)
            ],
            hovertemplate=_HOVER,
        )
    spans = [value for value in frame["x"] if value > 0]
    wide = bool(spec.log and len(spans) == len(frame) and max(spans) / min(spans) > 1000)
    x_axis = {"title": {"text": labels.x}, "exponentformat": "B", "type": "log" if wide else "linear"}
    y_axis = {**_value_axis(spec, labels), "rangemode": "normal"}
    figure.update_layout(xaxis=x_axis, yaxis=y_axis, showlegend="series" in frame, height=380)
    return figure


@chart("histogram")
def histogram(frame: pd.DataFrame, spec: ChartSpec, labels: Labels) -> go.Figure:
    """How many values fall into each bucket; on a logarithmic axis the buckets of a power of ten are alike wide."""
    frame = frame[frame["x"].notna()]
    edges = [bucket_edges(int(x), spec, (row.scale_least, row.scale_width))
             for x, row in zip(frame["x"], frame.itertuples(), strict=True)]  # fmt: skip
    at = [(int(x) + 0.5) / PER_DECADE for x in frame["x"]] if spec.log else [(low + high) / 2 for low, high in edges]
    width = 1 / PER_DECADE if spec.log else frame["scale_width"].iloc[0]
    figure = go.Figure(
        go.Bar(
            x=at,
            y=list(frame["value"]),
            width=float(width),
            customdata=list(frame["row"]),
            hovertext=[
                f"<b>{say_number(low)} to {say_number(high)}</b><br>{labels.value}: {_exact(value)}"
                for (low, high), value in zip(edges, frame["value"], strict=True)
            ],
            hovertemplate=_HOVER,
        )
    )
    axis: dict[str, Any] = {"title": {"text": labels.x}, "exponentformat": "B"}
    if spec.log:
        powers = range(int(min(at) // 1), int(max(at) // 1) + 2)
        axis |= {"tickvals": list(powers), "ticktext": [say_number(float(10**power)) for power in powers]}
    figure.update_layout(xaxis=axis, yaxis={"title": {"text": labels.value}}, bargap=0.02, height=340)
    return figure


def bucket_edges(bucket: int, spec: ChartSpec, scale: tuple[float, float]) -> tuple[float, float]:
    """The numbers a bucket of a histogram goes from and up to."""
    if spec.log:
        return 10 ** (bucket / PER_DECADE), 10 ** ((bucket + 1) / PER_DECADE)
    return scale[0] + bucket * scale[1], scale[0] + (bucket + 1) * scale[1]


@chart("heatmap")
def heatmap(frame: pd.DataFrame, spec: ChartSpec, labels: Labels) -> go.Figure:
    """A field for each pair; what does not occur stays empty."""
    across, down = _places(list(frame["x"])), _places(list(frame["series"]))
    empty: list[list[Any]] = [[None] * len(across) for _ in down]
    values, rows, hover = ([list(line) for line in empty] for _ in range(3))
    texts = [[""] * len(across) for _ in down]
    for x, series, value, row in zip(frame["x"], frame["series"], frame["value"], frame["row"], strict=True):
        y, x_at = down[series], across[x]
        values[y][x_at], rows[y][x_at], texts[y][x_at] = value, row, say_number(value)
        hover[y][x_at] = _hover(labels, x, value, series)
    figure = go.Figure(
        go.Heatmap(
            z=values,
            customdata=rows,
            text=texts,
            texttemplate="%{text}" if len(across) * len(down) <= 150 else None,
            hovertext=hover,
            hovertemplate=_HOVER,
            hoverongaps=False,
            colorscale="Cividis",
            xgap=2,
            ygap=2,
            colorbar={"thickness": 10, "outlinewidth": 0},
        )
    )
    y_axis = _axis(down)
    y_axis["range"] = y_axis["range"][::-1]
    figure.update_layout(xaxis=_axis(across), yaxis=y_axis, height=max(300, 110 + 34 * len(down)))
    return figure
