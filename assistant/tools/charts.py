"""Drawing what was asked, and showing insights."""

from __future__ import annotations

import json
from typing import Literal

from assistant.conversation import Turn
from assistant.figures import draw_insights
from assistant.insight_words import read_wanted
from assistant.tools.tool import Runtime, hub_tool
from hub import charts
from hub.charts import read_spec
from hub.errors import Invalid


@hub_tool("query.run")
def chart(
    *,
    kind: Literal["bar", "line", "pie", "scatter", "histogram", "heatmap"] | None = None,
    x: str | None = None,
    y: str | None = None,
    series: str | None = None,
    runtime: Runtime,
) -> tuple[str, object]:
    """Draw the rows of your last query as a chart for the person. Call `query` first; leave out what you do not mind.

    Args:
        kind: kind of chart; by default the one that fits the columns
        x: column it is by; of a heat map and a scatter plot the horizontal axis
        y: column of the numbers it shows; without one it counts rows
        series: column it is split by; of a heat map the vertical axis
    """
    turn: Turn = runtime.context
    sql = turn.result.sql if turn.result is not None else None
    if sql is None:
        raise Invalid("there are no rows to chart yet", "call query first")
    given = {"kind": kind, "x": x, "y": y, "series": series}
    drawn = charts.draw_chart(turn.caller, sql, read_spec({key: value for key, value in given.items() if value}))
    turn.chart = drawn.spec
    return f"The person sees a {drawn.spec.kind} chart of {len(drawn.points)} points beside your answer.", None


@hub_tool("insight.view")
def insights(name: str = "", *, runtime: Runtime) -> tuple[str, object]:
    """Show the person figures of the whole catalogue: counts, shares, sizes, growth.

    Args:
        name: which one, with filter words behind it, such as "parameters fine-tuned transformers"; empty for all
    """
    turn: Turn = runtime.context
    wanted = read_wanted(turn.caller, name)
    figures = draw_insights(turn.caller, wanted.names, wanted.filters)
    turn.insights = tuple((str(one.origin["name"]), dict(one.origin["filters"])) for one in figures)
    told: list[dict[str, object]] = []
    for one in figures:
        drawn = one.drawn
        numbers = {"facts": dict(drawn.facts), "columns": drawn.columns, "rows": list(drawn.rows)[:40]}
        told.append({"title": drawn.title, **(numbers if turn.rows_shown == "all" else {})})
    note = "the person sees the figures" + ("" if turn.rows_shown == "all" else "; their numbers are not shown to you")
    return json.dumps({"insights": told, "note": note}, ensure_ascii=False), None
