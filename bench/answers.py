"""From question to rows in one process: the interpreter, the guard and the whole agent, side by side in one run.

Every question of ``evals/demo/questions.jsonl`` that the interpreter understands is asked once, so that nothing is
measured from a cache of the same question; other questions warm the process up first.

    python -m bench.answers            exit status 1 when a median is above its limit
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from assistant.agent import answer, stream_answer
from assistant.interpreter import interpret
from db.tables import User, name_key
from hub import access, records
from hub.access import Caller
from hub.home import Hub, open_hub
from hub.query import run_query
from hub.query.compiler import check
from hub.settings import Settings

ROOT = Path(__file__).parent.parent
WARM_UP = ("how many people are there?", "which affiliations are there?", "list the datasets of video")
LIMITS = {"interpreter": 10.0, "guard": 5.0, "answer": 25.0}  # milliseconds at the median


def main() -> None:
    os.environ["HUB_TEST_CHEAP_HASH"] = "1"  # no password is asked for here
    with tempfile.TemporaryDirectory() as folder:
        hub = open_hub(Settings(_env_file=None, hub_home=Path(folder) / "hub"))
        records.load_records(access.system(hub), json.loads((ROOT / "seeds/demo.json").read_text("utf-8")))
        taken, asked = measure(hub)
        hub.close()
    print(f"{asked} questions of the demo catalogue, each asked once; milliseconds\n")
    print(f"{'':34}{'p50':>8}{'p95':>8}{'most':>8}{'limit':>8}")
    late = False
    for name, (key, times) in taken.items():
        limit = LIMITS.get(key)
        middle = statistics.median(times)
        late |= limit is not None and middle > limit
        p95 = statistics.quantiles(times, n=20)[-1]
        print(f"{name:34}{middle:8.1f}{p95:8.1f}{max(times):8.1f}{limit or '':>8}")
    sys.exit(late)


def measure(hub: Hub) -> tuple[dict[str, tuple[str, list[float]]], int]:
    """Milliseconds of each part by question: name → (which limit, times); and how many questions there were."""
    lines = (ROOT / "evals/demo/questions.jsonl").read_text("utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    callers = {name: caller_for(hub, name) for name in {case["as"] for case in cases}}
    someone = callers[cases[0]["as"]]
    for question in WARM_UP:
        answer(someone, question)
    asyncio.run(stream(someone, WARM_UP[0]))
    parts: dict[str, tuple[str, list[float]]] = {
        "interpreter alone": ("interpreter", []),
        "guard: checking a statement": ("guard", []),
        "guard: checked, run and audited": ("", []),
        "question to rows, whole agent": ("answer", []),
        "the same, streamed": ("answer", []),
    }
    reading_times, check_times, run_times, answer_times, stream_times = (times for _, times in parts.values())
    asked = 0
    with asyncio.Runner() as runner:
        for case in cases:
            caller, question = callers[case["as"]], case["question"]
            # the whole agent goes first: it must not find in caches what the parts would leave there
            whole, found = clock(answer, caller, question)
            if not found.rows:
                continue
            asked += 1
            answer_times.append(whole)
            spent, reading = clock(interpret, caller, question)
            reading_times.append(spent)
            check_times.append(clock(check, reading.sql, True)[0])
            run_times.append(clock(run_query, caller, reading.sql)[0])
            stream_times.append(clock(runner.run, stream(caller, question))[0])
    return parts, asked


async def stream(caller: Caller, question: str) -> None:
    async for _ in stream_answer(caller, question):
        pass


def clock(function: Callable[..., Any], *args: Any) -> tuple[float, Any]:
    """Milliseconds that a call took, and what it gave."""
    start = time.perf_counter()
    given = function(*args)
    return (time.perf_counter() - start) * 1000, given


def caller_for(hub: Hub, name: str) -> Caller:
    """The caller for a person of the demo catalogue."""
    with hub.database.read() as db:
        user_id = db.scalar(sa.select(User.user_id).where(User.name_key == name_key(name)))
        assert user_id is not None
        return access.person(hub, db, user_id)


if __name__ == "__main__":
    main()
