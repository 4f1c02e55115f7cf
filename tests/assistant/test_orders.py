"""Orders in plain words: what is taken off, what is left to ask, and that no other question is taken for one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.agent import Exchange, answer, stream_answer
from assistant.conversation import Answer, Finished
from assistant.insight_words import read_insight, read_wanted
from assistant.interpreter import interpret
from assistant.orders import read_order
from hub.access import Caller
from hub.errors import Invalid, NotFound
from hub.home import Hub
from hub.insights import INSIGHTS
from hub.people import grant_permission
from tests.conftest import ROOT, caller_for
from tests.endpoint import Endpoint, Say

CASES = json.loads((Path(__file__).parent / "orders.json").read_text("utf-8"))
SQL = "SELECT media_type, COUNT(*) AS n FROM model GROUP BY media_type"


@pytest.fixture
def admin(demo_hub: Hub) -> Caller:
    return caller_for(demo_hub, "admin")


@pytest.fixture
def alice(demo_hub: Hub) -> Caller:
    return caller_for(demo_hub, "alice")


def talk(caller: Caller, *turns: str) -> list[Answer]:
    """What is answered to each turn of a conversation."""
    history: list[Exchange] = []
    answers = []
    for turn in turns:
        answers.append(answer(caller, turn, history=history))
        if (exchange := answers[-1].exchange) is not None:
            history.append(exchange)
    return answers


@pytest.mark.parametrize(("text", "question", "kind"), CASES, ids=[case[0] for case in CASES])
def test_what_is_an_order_and_what_is_left_of_it(text: str, question: str | None, kind: str | None) -> None:
    order = read_order(text)
    if question is None:
        assert order is None
        return
    assert order is not None
    assert (order.question, order.spec.kind) == (question, kind)


def test_a_logarithmic_axis_is_part_of_an_order() -> None:
    order = read_order("histogram of dataset sizes on a log axis")
    assert order is not None
    assert (order.question, order.spec.kind, order.spec.log) == ("dataset sizes", "histogram", True)


@pytest.mark.parametrize("name", ["demo", "other", "held"])
def test_no_question_of_the_evaluation_is_taken_for_an_order_or_an_insight(admin: Caller, name: str) -> None:
    lines = [json.loads(line) for file in ("questions", "conversations")
             for line in (ROOT / "evals" / name / f"{file}.jsonl").read_text("utf-8").splitlines()]  # fmt: skip
    questions = [turn["question"] for line in lines for turn in line.get("turns", [line])]
    assert len(questions) > 50
    assert [one for one in questions if read_order(one) is not None] == []
    assert [one for one in questions if read_insight(admin, one) is not None] == []


@given(st.text(alphabet="chartplotdrawpie asofthem by.?!1\n", max_size=80))
def test_any_text_is_read_in_no_time(text: str) -> None:
    order = read_order(text)
    assert order is None or len(order.question) <= len(text) + 4


# --- answered -------------------------------------------------------------------------------------


def test_an_order_is_answered_as_the_question_alone_would_be(alice: Caller) -> None:
    (found,) = talk(alice, "chart models by architecture")
    alone = interpret(alice, "how many models by architecture")
    assert found.sql == alone.sql
    assert found.columns == ["arch_name", "model_count"]
    assert found.chart is not None
    assert found.question == "chart models by architecture"
    assert set(found.as_json()) == {"question", "engine", "understood", "unknown_words", "sql", "columns", "rows",
                                    "truncated", "answer", "attempts", "seconds", "error"}  # fmt: skip


def test_an_order_points_at_what_was_shown_and_the_conversation_goes_on(alice: Caller) -> None:
    asked, charted, pie, sizes, fewer = talk(
        alice,
        "which CNNs have more than 20M parameters?",
        "chart them by media type",
        "as a pie chart",
        "draw a histogram of their sizes",
        "only those with more than 100M",
    )
    assert {row[0] for row in charted.rows} == {"image", "audio", "video"}
    assert sum(row[1] for row in charted.rows) == len(asked.rows)
    assert pie.rows == charted.rows
    assert pie.chart is not None
    assert pie.chart.kind == "pie"
    assert pie.exchange is None  # it was no question, and what follows is asked of what was
    assert sizes.chart is not None
    assert [row[1] for row in sizes.rows] == [row[2] for row in asked.rows]
    assert fewer.chart is None
    assert all(row[-1] > 100_000_000 for row in fewer.rows)
    assert 0 < len(fewer.rows) < len(asked.rows)


def test_numbers_are_shown_as_rows_not_counted_by_each_value(alice: Caller) -> None:
    (found,) = talk(alice, "chart datasets by size")
    assert found.columns == ["ds_name", "ds_size"]


def test_an_order_with_nothing_to_chart_says_so(alice: Caller) -> None:
    (found,) = talk(alice, "plot that")
    assert not found.understood
    assert found.error
    assert "no table" in found.error["message"]
    assert "chart models by architecture" in found.error["hint"]


def test_what_only_looks_like_an_order_is_a_question(alice: Caller) -> None:
    (found,) = talk(alice, "plot frobnicated zorks")
    assert not found.understood
    assert found.chart is None
    assert "zorks" in found.unknown_words


async def test_the_rows_shown_last_may_come_from_a_command(alice: Caller) -> None:
    events = [event async for event in stream_answer(alice, "as a pie chart", last_sql=SQL)]
    assert isinstance(events[-1], Finished)
    found = events[-1].answer
    assert found.sql == SQL
    assert found.chart is not None


# --- insights in words ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "names", "filters"),
    [
        ("show insights", tuple(INSIGHTS), {}),
        ("show me all the insights, please!", None, None),
        ("insights", tuple(INSIGHTS), {}),
        ("parameter sizes of fine-tuned transformers", ("parameters",),
         {"training": "finetune", "architecture": "transformer"}),
        ("parameter sizes", ("parameters",), {}),
        ("show the distribution of dataset sizes for video", ("dataset-sizes",), {"media": "video"}),
        ("insights into models by media type for Bluemesa AI", ("models-by-media",), {"affiliation": "Bluemesa AI"}),
        ("can I see the insights?", tuple(INSIGHTS), {}),
        ("could you show us insights into models by media type?", ("models-by-media",), {}),
        ("are there insights into registrations over time?", ("registrations",), {}),
        ("registrations over time", ("registrations",), {}),
        ("parameter sizes of blurry transformers", None, None),
        ("which models are transformers?", None, None),
    ],
)  # fmt: skip
def test_insights_are_asked_for_in_words(
    admin: Caller, text: str, names: tuple[str, ...] | None, filters: dict[str, str] | None
) -> None:
    if names is None:
        with_words = None
        try:
            with_words = read_insight(admin, text)
        except (Invalid, NotFound):
            return
        assert with_words is None or "please" in text
        return
    wanted = read_insight(admin, text)
    assert wanted is not None
    assert (wanted.names, dict(wanted.filters)) == (names, filters)


@pytest.mark.parametrize("text", ["who may see insights", "can alice see insights?", "does anybody have insights"])
def test_a_question_about_who_may_see_insights_asks_for_none(admin: Caller, text: str) -> None:
    assert read_insight(admin, text) is None


def test_an_insight_is_answered_with_its_rows(admin: Caller) -> None:
    (found,) = talk(admin, "parameter sizes of fine-tuned transformers")
    assert found.understood
    assert found.insights == (("parameters", {"training": "finetune", "architecture": "transformer"}),)
    assert sum(row[1] for row in found.rows) > 5
    assert "standard deviation" in found.answer
    (every,) = talk(admin, "show insights")
    assert [name for name, _ in every.insights] == [name for name in INSIGHTS if name != "transfers"]  # of no file yet
    assert every.sql is None


def test_who_may_not_see_insights_is_refused_and_the_trail_has_it(alice: Caller, admin: Caller) -> None:
    (refused,) = talk(alice, "show insights")
    assert refused.error
    assert refused.error["code"] == "denied"
    (question,) = talk(alice, "parameter sizes of fine-tuned transformers")
    assert question.insights == ()
    assert "param_num" in question.columns, "it is read as a question about the models that are visible"
    grant_permission(admin, "alice", "insight.view", True)
    (shown,) = talk(caller_for(admin.hub, "alice"), "parameter sizes of fine-tuned transformers")
    assert shown.rows


def test_a_refusal_is_not_handed_to_a_language_model(talking_hub: Callable[..., Hub], endpoint: Endpoint) -> None:
    endpoint.script(Say("Here are the insights."))
    (refused,) = talk(caller_for(talking_hub(interpreter="first"), "alice"), "show insights")
    assert refused.error
    assert refused.error["code"] == "denied"
    assert endpoint.requests == []


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("paramters", "parameters"),
        ("parameters of blurry models", "narrowed by"),
        ("parameters pretraned", "pretrain"),
        ("registrations of image models", "nothing"),
    ],
)
def test_wrong_words_name_what_is_near(admin: Caller, text: str, hint: str) -> None:
    with pytest.raises((Invalid, NotFound)) as error:
        read_wanted(admin, text)
    assert hint in error.value.hint


def test_fields_may_be_named(admin: Caller) -> None:
    wanted = read_wanted(admin, 'parameters task=detection affiliation="Bluemesa AI" image')
    assert dict(wanted.filters) == {"task": "detection", "affiliation": "Bluemesa AI", "media": "image"}
