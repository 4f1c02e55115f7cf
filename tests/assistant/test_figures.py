"""Figures for the chat: the words of /chart, redrawing, files, and what comes back from a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from assistant import sources
from assistant.agent import answer
from assistant.commands import Asked, run_command
from assistant.figures import draw_source, read_chart_words, redraw, rows_behind, write_figure
from assistant.replies import Figure
from hub.access import Caller
from hub.charts import ChartSpec
from hub.errors import Denied, HubError, Invalid, NotFound
from hub.home import Hub
from hub.insights import INSIGHTS
from tests.conftest import caller_for
from tests.endpoint import Endpoint, Say, call

SQL = "SELECT media_type, COUNT(*) AS n FROM model GROUP BY media_type"


@pytest.fixture
def alice(demo_hub: Hub) -> Caller:
    return caller_for(demo_hub, "alice")


@pytest.fixture
def admin(demo_hub: Hub) -> Caller:
    return caller_for(demo_hub, "admin")


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("", {}),
        ("pie", {"kind": "pie"}),
        ("Pie chart", {"kind": "pie"}),
        ("heat map", {"kind": "heatmap"}),
        ("bar by media type", {"kind": "bar", "x": "media type"}),
        ("by media_type of param_num", {"x": "media_type", "y": "param_num"}),
        ("bar by arch of average param_num log", {"kind": "bar", "x": "arch", "y": "param_num", "aggregate": "avg",
                                                  "log": True}),
        ("heatmap by media_type and arch_name", {"kind": "heatmap", "x": "media_type", "series": "arch_name"}),
        ("of parameter count", {"y": "parameter count"}),
    ],
)  # fmt: skip
def test_the_words_of_the_command(text: str, spec: dict[str, Any]) -> None:
    assert read_chart_words(text).model_dump(exclude_none=True, exclude={"title"}) == spec


def test_words_that_are_none_say_what_there_is() -> None:
    with pytest.raises(Invalid, match="radar") as error:
        read_chart_words("radar by x")
    assert "heatmap" in error.value.hint


def test_the_command_charts_the_last_table(alice: Caller) -> None:
    with pytest.raises(Invalid, match="no table"):
        run_command(alice, "chart", Asked())
    (figure,) = run_command(alice, "chart", Asked("pie", sources.from_query(SQL)))
    assert isinstance(figure, Figure)
    assert figure.drawn.spec.kind == "pie"
    assert figure.source == sources.from_query(SQL)


@pytest.mark.parametrize("kind", ["model", "dataset"])
def test_lists_are_charted_with_their_search(alice: Caller, kind: str) -> None:
    for search in ("", "net", "it's 100%_"):
        source = sources.from_items(kind, search)
        total = sources.fetch_page(alice, source).total
        if not total:
            with pytest.raises(Invalid, match="no rows"):
                draw_source(alice, source, ChartSpec(kind="pie", x="visibility", aggregate="count"))
            continue
        figure = draw_source(alice, source, ChartSpec(kind="pie", x="visibility", aggregate="count"))
        assert sum(row[1] for row in figure.drawn.rows) == total


def test_the_insights_command_shows_one_figure_each(admin: Caller, alice: Caller) -> None:
    replies = run_command(admin, "insights", Asked())
    assert [reply.drawn.title for reply in replies if isinstance(reply, Figure)] == [
        one.title
        for name, one in INSIGHTS.items()
        if name != "transfers"  # no file was up- or downloaded here
    ]
    (one,) = run_command(admin, "insights", Asked("parameters fine-tuned transformers"))
    assert isinstance(one, Figure)
    again = redraw(admin, one.origin, {})
    assert again.drawn.rows == one.drawn.rows
    with pytest.raises(Denied):
        redraw(alice, one.origin, {})
    with pytest.raises(NotFound):
        run_command(alice, "insights", Asked())
    assert sources.fetch_page(admin, one.source).total == len(one.drawn.rows)


@pytest.mark.parametrize(
    ("origin", "spec"),
    [
        ({}, {}),
        ({"what": "records"}, {}),
        ({"what": "query", "sql": SQL}, {"kind": "radar"}),
        ({"what": "query", "sql": SQL}, "bar"),
        ({"what": "query", "sql": SQL}, {"x": "no such"}),
        ({"what": "query", "sql": "SELECT password_hash FROM user"}, {}),
        ({"what": "insight", "name": 5, "filters": {}}, {}),
        ({"what": "insight", "name": "parameters", "filters": []}, {}),
        ({"what": "insight", "name": "parameters", "filters": {"media": ["image"]}}, {}),
    ],
)
def test_what_comes_back_from_a_browser_is_not_trusted(admin: Caller, origin: dict[str, Any], spec: object) -> None:
    with pytest.raises(HubError):
        redraw(admin, origin, spec)
    with pytest.raises(HubError):
        write_figure(admin, origin, spec)


@pytest.mark.parametrize("point", [None, [], {}, {"x": object()}, {str(n): n for n in range(9)}, {"n": 3}])
def test_a_point_that_is_none_gives_no_rows(admin: Caller, point: object) -> None:
    with pytest.raises(HubError):
        rows_behind(admin, "SELECT media_type AS x, COUNT(*) AS n FROM model GROUP BY media_type", point)


def test_a_figure_is_a_file_of_its_own(alice: Caller) -> None:
    file = write_figure(alice, sources.from_query(SQL), {"kind": "pie"})
    assert file.name == "n-by-media-type.html"
    assert file.type == "text/html"
    assert "Plotly" in file.text
    numbers = write_figure(alice, sources.from_query(SQL), {"kind": "pie"}, "csv")
    assert (numbers.name, numbers.text.splitlines()[0]) == ("n-by-media-type.csv", "media_type,N")


# --- a language model -----------------------------------------------------------------------------


def test_a_language_model_charts_what_it_asked(talking_hub: Callable[..., Hub], endpoint: Endpoint) -> None:
    endpoint.script(
        Say(calls=(("chart", {"kind": "pie"}),)),
        call(SQL),
        Say(calls=(("chart", {"kind": "pie", "x": "medai_type"}),)),
        Say(calls=(("chart", {"kind": "pie", "x": "media_type"}),)),
        Say("Text leads."),
    )
    found = answer(caller_for(talking_hub(), "alice"), "draw models by media")
    assert found.chart is not None
    assert found.chart.kind == "pie"
    told = [request["messages"][-1]["content"] for request in endpoint.requests]
    assert "call query first" in told[1]
    assert "did you mean media_type" in told[3]
    assert "sees a pie chart" in told[4]
    assert found.answer == "Text leads."


@pytest.mark.parametrize(("rows", "shown"), [("none", False), ("public", False), ("all", True)])
def test_insights_reach_a_language_model_only_where_rows_do(
    talking_hub: Callable[..., Hub], endpoint: Endpoint, rows: str, shown: bool
) -> None:
    endpoint.script(Say(calls=(("insights", {"name": "parameters transformers"}),)), Say("There they are."))
    found = answer(caller_for(talking_hub(llm_rows=rows), "admin"), "how big are they?")
    assert found.insights == (("parameters", {"architecture": "transformer"}),)
    told = json.loads(endpoint.requests[1]["messages"][-1]["content"])
    assert ("rows" in told["insights"][0]) == shown
    assert ("70553706496" in endpoint.heard) == shown


def test_a_language_model_has_no_insights_for_who_may_not(talking_hub: Callable[..., Hub], endpoint: Endpoint) -> None:
    endpoint.script(Say(calls=(("insights", {}),)), Say("No."))
    found = answer(caller_for(talking_hub(), "alice"), "tell me about the catalogue's growth")
    assert found.insights == ()
    assert "not a valid tool" in endpoint.requests[1]["messages"][-1]["content"]
