"""Charts: what is chosen, what is refused, that numbers are the database's, and that texts from data stay texts."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import records
from hub.access import Caller, nobody, system
from hub.catalog import create_model
from hub.charts import KINDS, ChartSpec, Drawn, draw_chart, find_rows, read_spec
from hub.charts.figures import CHARTS, COLOURS, label_of
from hub.charts.page import write_page
from hub.charts.spec import complete, read_columns
from hub.charts.statements import rows_statement, scale_of
from hub.errors import Denied, HubError, Invalid
from hub.home import Hub
from hub.query import run_query
from tests.conftest import DEMO, caller_for

CASES = json.loads((Path(__file__).parent / "chart_cases.json").read_text("utf-8"))
RECORDS = json.loads(DEMO.read_text("utf-8"))
HOSTILE = "<b>x</b> &amp; %{x} <a href='javascript:pwned()'>y</a> $\\alpha$ </script><script>pwned()</script> ' \" \\"


@pytest.fixture
def admin(demo_hub: Hub) -> Caller:
    return caller_for(demo_hub, "admin")


@pytest.fixture
def any_admin(any_hub: Hub) -> Caller:
    records.load_records(system(any_hub), RECORDS)
    return caller_for(any_hub, "admin")


def behind(caller: Caller, drawn: Drawn, at: int = 0) -> list[dict[str, Any]]:
    """The rows behind a point of a chart."""
    found = run_query(caller, find_rows(caller, drawn.sql, drawn.points[at]), strict=False)
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


# --- what is chosen -------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_is_left_out_is_chosen(case: dict[str, Any]) -> None:
    columns = read_columns(case["columns"], case["rows"])
    spec = read_spec(case.get("spec", {}))
    if "error" in case:
        with pytest.raises(Invalid, match=case["error"]) as error:
            complete(spec, columns, case["rows"])
        assert case.get("hint", "") in error.value.hint
        return
    done = complete(spec, columns, case["rows"]).model_dump()
    assert {key: done[key] for key in case["expect"]} == case["expect"]
    assert done["title"]


@pytest.mark.parametrize("wrong", [{"kind": "radar"}, {"aggregate": "median"}, {"code": "import os"}, [], "bar", None])
def test_what_is_no_spec_is_refused(wrong: object) -> None:
    with pytest.raises(Invalid, match="this is no chart"):
        read_spec(wrong)


def test_every_kind_is_drawn_by_a_function_of_its_own() -> None:
    assert set(CHARTS) == set(KINDS)
    assert len(set(CHARTS.values())) == len(KINDS)


_CELLS = st.one_of(
    st.none(), st.integers(-(10**12), 10**12), st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.text(max_size=12), st.dates().map(str), st.booleans(), st.sampled_from(["cnn", "rnn"]),
)  # fmt: skip


@given(st.data())
def test_any_rows_are_charted_or_refused_in_words(data: st.DataObject) -> None:
    width = data.draw(st.integers(1, 4))
    rows = data.draw(st.lists(st.lists(_CELLS, min_size=width, max_size=width), max_size=20))
    names = data.draw(st.lists(st.text(max_size=10), min_size=width, max_size=width, unique=True))
    kind = data.draw(st.sampled_from([None, *KINDS]))
    columns = read_columns(names, rows)
    try:
        done = complete(ChartSpec(kind=kind), columns, rows)
    except Invalid:
        return
    assert done.kind
    assert {done.x, done.y, done.series, done.label} <= {*names, None}


@given(st.integers(-(10**9), 10**9), st.integers(0, 10**9))
def test_buckets_cover_what_they_are_for(least: int, span: int) -> None:
    start, width = scale_of(least, least + span)
    assert width >= 1
    assert start <= least
    assert (least + span - start) / width <= 27


# --- numbers --------------------------------------------------------------------------------------


def test_counts_are_of_all_rows_not_of_the_first_page(any_admin: Caller) -> None:
    drawn = draw_chart(any_admin, "SELECT m.arch_name, d.ds_name FROM model m, dataset d", ChartSpec(x="arch_name"))
    models = Counter(model["arch_name"] for model in RECORDS["model"])
    assert {row[0]: row[1] for row in drawn.rows} == {arch: count * 100 for arch, count in models.items()}
    assert sum(models.values()) * 100 > any_admin.hub.settings.query_rows
    assert drawn.columns[-1] == "share, %"
    assert sum(row[-1] for row in drawn.rows) == pytest.approx(100, abs=0.2)


def test_a_histogram_counts_every_number_once(any_admin: Caller) -> None:
    for log in (True, False):
        spec = ChartSpec(kind="histogram", log=log)
        drawn = draw_chart(any_admin, "SELECT param_num FROM model", spec)
        sizes = [model["param_num"] for model in RECORDS["model"] if model["param_num"]]
        assert sum(row[-1] for row in drawn.rows) == len(sizes)
        for low, high, count in drawn.rows:
            # edges are rounded for reading; no size of the demo lies that near to one
            assert sum(low <= size < high for size in sizes) == count


def test_moments_are_taken_together_by_year(any_admin: Caller) -> None:
    drawn = draw_chart(any_admin, "SELECT created_at FROM dataset")
    years = Counter(dataset["created_at"][:4] for dataset in RECORDS["dataset"] if dataset.get("created_at"))
    found = {row[0]: row[1] for row in drawn.rows}
    assert {year: found[year] for year in years if year < "2024"} == {y: n for y, n in years.items() if y < "2024"}
    assert len(behind(any_admin, drawn)) == drawn.rows[0][1]
    (trace,) = drawn.figure["data"]
    assert len(trace["x"]) == int(max(found)) - int(min(found)) + 1  # a year without any is zero
    assert sum(trace["y"]) == sum(found.values())


def test_an_axis_of_a_few_that_were_counted_has_no_halves(admin: Caller) -> None:
    few = draw_chart(
        admin,
        "SELECT arch_name FROM model WHERE media_type = 'audio' AND param_num < 10000000",
        ChartSpec(x="arch_name"),
    )
    assert 0 < max(row[1] for row in few.rows) < 6
    named = {few.figure["layout"][axis].get("dtick") for axis in ("xaxis", "yaxis")}
    assert 1 in named
    many = draw_chart(admin, "SELECT arch_name FROM model", ChartSpec(x="arch_name"))
    assert all(many.figure["layout"][axis].get("dtick") is None for axis in ("xaxis", "yaxis"))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_plain_json_with_a_row_behind_each_point(admin: Caller, kind: Any) -> None:
    sql = (
        "SELECT m.model_name, m.arch_name, m.media_type, m.param_num, t.embed_size "
        "FROM model m LEFT JOIN transformer t ON t.model_id = m.model_id"
    )
    drawn = draw_chart(admin, sql, ChartSpec(kind=kind))
    json.dumps(drawn.figure, allow_nan=False)
    assert drawn.spec.kind == kind
    assert kind in drawn.kinds
    for at in range(min(3, len(drawn.points))):
        assert behind(admin, drawn, at)
    given_rows = [row for trace in drawn.figure["data"] for row in _flat(trace["customdata"])]
    assert sorted(row for row in given_rows if row is not None) == list(range(len(drawn.points)))


def _flat(values: Any) -> list[Any]:
    return [inner for value in values for inner in (_flat(value) if isinstance(value, list) else [value])]


def test_what_there_is_no_room_for_is_said(admin: Caller) -> None:
    drawn = draw_chart(admin, "SELECT model_name, param_num FROM model", ChartSpec(kind="bar"))
    assert len(drawn.points) == 30
    assert "30 of 90" in drawn.notes[-1]
    assert [row[-1] for row in drawn.rows] == sorted((row[-1] for row in drawn.rows), reverse=True)


# --- the rows behind a point ----------------------------------------------------------------------


def test_a_bar_of_groups_gives_the_rows_that_were_counted(any_admin: Caller) -> None:
    sql = "SELECT arch_name, COUNT(*) AS n FROM model WHERE media_type = 'image' GROUP BY arch_name HAVING COUNT(*) > 1"
    drawn = draw_chart(any_admin, sql)
    for at, point in enumerate(drawn.points):
        rows = behind(any_admin, drawn, at)
        wanted = {
            model["model_name"]
            for model in RECORDS["model"]
            if model["media_type"] == "image" and model["arch_name"] == point["x"]
        }
        assert {row["model_name"] for row in rows} == wanted
        assert len(rows) == drawn.rows[at][1]


def test_joined_groups_give_the_rows_of_what_they_count(any_admin: Caller) -> None:
    sql = (
        "SELECT affil.affil_name, COUNT(DISTINCT user.user_id) AS n FROM user JOIN user_affil ON "
        "user_affil.user_id = user.user_id JOIN affil ON affil.affil_id = user_affil.affil_id GROUP BY affil.affil_name"
    )
    drawn = draw_chart(any_admin, sql)
    for at in range(3):
        assert len(behind(any_admin, drawn, at)) == drawn.rows[at][1]
        assert "user_name" in behind(any_admin, drawn, at)[0]


def test_the_rows_behind_a_point_are_those_its_viewer_may_see(demo_hub: Hub) -> None:
    alice, admin = caller_for(demo_hub, "alice"), caller_for(demo_hub, "admin")
    sql = "SELECT visibility, COUNT(*) AS n FROM model GROUP BY visibility"
    drawn = draw_chart(admin, sql)
    private = next(at for at, point in enumerate(drawn.points) if point["x"] == "private")
    assert len(behind(admin, drawn, private)) == drawn.rows[private][1]
    own = {
        model["model_name"]
        for model in RECORDS["model"]
        if model.get("visibility") == "private" and model["authors"][0] == "alice"
    }
    assert {row["model_name"] for row in behind(alice, drawn, private)} == own
    assert len(own) < drawn.rows[private][1]


@pytest.mark.parametrize(
    ("sql", "point"),
    [
        ("SELECT arch_name AS x, COUNT(*) AS value FROM model GROUP BY arch_name", {"value": 3}),
        ("SELECT arch_name AS x FROM model", {"y": "cnn"}),
        ("SELECT arch_name AS x FROM model", {"x": ["cnn"]}),
        ("SELECT arch_name AS x FROM model", {"x": {"a": 1}}),
        ("SELECT arch_name AS x FROM model", {"x": float("inf")}),
        ("SELECT arch_name AS x FROM model", {"x": "c" * 3000}),
        ("SELECT arch_name AS x FROM model UNION SELECT media_type FROM model", {"x": "cnn"}),
        ("SELECT arch_name AS x FROM model LIMIT 3", {"x": "cnn"}),
        ("DELETE FROM model", {"x": "cnn"}),
        ("nonsense (", {"x": "cnn"}),
    ],
)
def test_a_point_that_is_none_is_refused(sql: str, point: dict[str, Any]) -> None:
    with pytest.raises(HubError):
        rows_statement(sql, point)


@given(st.text(max_size=30), st.one_of(st.none(), st.text(max_size=30), st.integers(), st.floats(allow_nan=False)))
def test_a_value_cannot_leave_its_literal(name: str, value: object) -> None:
    sql = "SELECT arch_name AS x, COUNT(*) AS value FROM model GROUP BY arch_name"
    try:
        made = rows_statement(sql, {"x": value})
    except Invalid:
        return
    assert made.count("SELECT") - str(value).count("SELECT") == 2
    if isinstance(value, str):
        assert "'" + value.replace("'", "''") + "'" in made


def test_secrets_are_as_closed_to_charts_as_to_any_question(admin: Caller) -> None:
    for sql in ("SELECT password_hash FROM user", "SELECT param FROM model", "SELECT action FROM audit_log"):
        with pytest.raises(HubError):
            draw_chart(admin, sql)
        with pytest.raises(HubError):
            run_query(admin, find_rows(admin, f"{sql} AS x", {"password_hash": "x"}))


def test_who_may_not_ask_may_not_chart(demo_hub: Hub) -> None:
    with pytest.raises(Denied):
        draw_chart(nobody(demo_hub), "SELECT arch_name FROM model")
    with pytest.raises(Denied):
        find_rows(nobody(demo_hub), "SELECT arch_name AS x FROM model", {"x": "cnn"})


# --- texts from data ------------------------------------------------------------------------------


def test_texts_from_data_stay_texts(demo_hub: Hub) -> None:
    alice = caller_for(demo_hub, "alice")
    name = HOSTILE.replace("/", "")  # which no name may hold
    record = {"media_type": "text", "arch_name": "rnn", "train_name": "rl", "param_num": 7, "model_name": name}
    create_model(alice, record)
    sql = 'SELECT model_name, param_num AS "<i>%{y}</i>" FROM model WHERE param_num < 2000000'
    for kind in ("bar", "pie", "line"):
        drawn = draw_chart(alice, sql, ChartSpec(kind=kind, x="model_name"))
        told = json.dumps(drawn.figure)
        for bad in ("<a", "<b>x", "<script", "%{x}", "<i>", "$"):
            assert bad not in told, (kind, bad)
        at = next(at for at, point in enumerate(drawn.points) if point["x"] == name)
        assert [row["model_name"] for row in behind(alice, drawn, at)] == [name]
        page = write_page(drawn.title, [drawn])
        own = page.replace(page[page.index("<script>") :], "")  # without the program that draws
        assert "<script>pwned" not in page
        assert "<b>x" not in own
        assert "<i>%" not in own


def test_a_label_shows_its_text_and_nothing_else() -> None:
    assert label_of("<b>&%{x}$") == "&lt;b&gt;&amp;&#37;{x}&#36;"
    assert label_of(None) == "not known"
    assert label_of("") == "(empty)"
    assert len(label_of("x" * 500)) == 40


def test_a_page_asks_nobody_for_anything(admin: Caller) -> None:
    page = write_page("Charts", [draw_chart(admin, "SELECT arch_name FROM model")])
    head = page[: page.index("<script>")]
    assert "default-src 'none'" in head
    assert "http" not in head.replace("http-equiv", "")
    assert "src=" not in head
    assert "Plotly.react" in page


def test_the_palette_is_told_apart() -> None:
    assert len(set(COLOURS)) == 8
