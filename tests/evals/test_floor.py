"""The interpreter on a fixed part of the demo set, in this process: what it may not fall below."""

from collections.abc import Iterator
from typing import Any

from assistant.agent import Exchange, answer
from evals.gold import load_records
from evals.judge import Gold, find_strays, judge
from evals.score import find_set, load_conversations, load_questions
from hub.home import Hub
from tests.conftest import caller_for

FOLDER, CATALOGUE = find_set("demo")


def score(hub: Hub, gold: Gold, asked: list[list[dict[str, Any]]]) -> Iterator[tuple[str, str, list[str]]]:
    """The id, verdict and stray words of each question or turn."""
    for turns in asked:
        caller, history = caller_for(hub, turns[0]["as"]), list[Exchange]()
        for number, turn in enumerate(turns, 1):
            reply = answer(caller, turn["question"], history=history)
            said = " ".join(earlier["question"] for earlier in turns[:number])
            yield turn["id"], judge(turn, reply.as_json(), gold), find_strays(turn, reply.as_json(), said, gold)
            history.append(Exchange(reply.question, reply.answer, reply.sql, tuple(reply.columns)))


def test_questions(demo_hub: Hub) -> None:
    gold = Gold(load_records(CATALOGUE))
    questions = [question for question in load_questions(FOLDER) if question.get("core")][::2]
    results = list(score(demo_hub, gold, [[question] for question in questions]))
    verdicts = [verdict for _, verdict, _ in results]
    assert len(verdicts) >= 30
    assert [name for name, verdict, _ in results if verdict == "wrong"] == []
    assert verdicts.count("right") >= 0.9 * len(verdicts)


def test_conversations(demo_hub: Hub) -> None:
    gold, talks = Gold(load_records(CATALOGUE)), load_conversations(FOLDER)[::6]
    verdicts = [verdict for _, verdict, _ in score(demo_hub, gold, talks)]
    assert verdicts.count("right") >= 0.9 * len(verdicts)
