"""Every insight over 100,000 models, beside the way of loading all rows and looping over them, in the same run.

python -m bench.insights [MODELS]     exit status 1 when an insight takes longer than its limit
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.answers import caller_for, clock
from db.tables import (
    ARCHITECTURES,
    MEDIA,
    TASKS,
    TRAININGS,
    Affil,
    AuditLog,
    Dataset,
    DatasetTask,
    Model,
    ModelTask,
    User,
    UserAffil,
    name_key,
)
from hub import access, people
from hub.access import Caller
from hub.home import Hub, open_hub
from hub.insights import INSIGHTS, show_insight
from hub.settings import Settings

MODELS = 100_000
RUNS = 3
LIMIT = 1000.0  # milliseconds
_FIRST_SEQ = 10_000_000  # beyond what the chain of the audit comes to here


def main() -> None:
    os.environ["HUB_TEST_CHEAP_HASH"] = "1"
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MODELS
    with tempfile.TemporaryDirectory() as folder:
        hub = open_hub(Settings(_env_file=None, hub_home=Path(folder) / "hub"))
        people.create_person(access.system(hub), "boss", is_admin=True)
        began = time.perf_counter()
        fill(hub, count)
        print(f"{count:,} models and {count // 2:,} datasets written in {time.perf_counter() - began:.0f} s\n")
        late = compare(hub, caller_for(hub, "boss"))
        hub.close()
    sys.exit(late)


def compare(hub: Hub, admin: Caller) -> bool:
    """Print milliseconds of each insight, median of three, and of the loop; whether any was late."""
    print(f"{'milliseconds':26}{'insight':>10}{'all rows, looped over':>24}{'limit':>8}")
    show_insight(admin, "models-by-media")  # pandas and plotly are imported once in a process
    late = False
    for name in INSIGHTS:
        middle = statistics.median(clock(show_insight, admin, name)[0] for _ in range(RUNS))
        loop = LOOPS.get(name)
        slow = f"{clock(loop, hub)[0]:.0f}" if loop else ""
        late |= middle > LIMIT
        print(f"{name:26}{middle:10.0f}{slow:>24}{LIMIT:8.0f}")
    return late


# --- rows -----------------------------------------------------------------------------------------


def fill(hub: Hub, count: int) -> None:
    """Write models, half as many datasets, as many uploads and downloads, a thousand people and fifty affiliations,
    drawn at random."""
    draw = random.Random(7)
    start = datetime(2015, 1, 1)

    def moment() -> datetime:
        return start + timedelta(minutes=draw.randrange(5_000_000))

    def size() -> int | None:
        return None if draw.random() < 0.05 else int(10 ** draw.uniform(3, 11))

    users = [{"user_id": at, "user_name": f"user-{at}", "created_at": moment()} for at in range(1000, 2000)]
    affils = [{"affil_id": at, "affil_name": f"Affiliation {at}"} for at in range(1, 51)]
    models = [
        {
            "model_id": at, "model_name": f"model-{at}", "owner_id": 1000 + at % 1000, "param_num": size(),
            "media_type": draw.choice(MEDIA), "arch_name": draw.choice(ARCHITECTURES),
            "train_name": draw.choice(TRAININGS), "created_at": moment(), "visibility": "public",
        }
        for at in range(1, count + 1)
    ]  # fmt: skip
    datasets = [
        {"ds_id": at, "ds_name": f"dataset-{at}", "owner_id": 1000 + at % 1000, "ds_size": size(),
         "media": draw.choice(MEDIA), "created_at": moment(), "visibility": "public"}
        for at in range(1, count // 2 + 1)
    ]  # fmt: skip
    tasks = [{"model_id": row["model_id"], "task_name": task} for row in models for task in draw.sample(TASKS, 1)]
    ds_tasks = [{"ds_id": row["ds_id"], "task": task} for row in datasets for task in draw.sample(TASKS, 1)]
    members = [{"user_id": row["user_id"], "affil_id": draw.randint(1, 50)} for row in users]
    transfers = [
        {"seq": _FIRST_SEQ + at, "at_us": int(moment().timestamp() * 1e6), "actor": f"user-{1000 + at % 1000}",
         "action": draw.choice(("artifact.upload", "artifact.download")), "outcome": "ok", "detail": "{}", "mac": b""}
        for at in range(count)
    ]  # fmt: skip
    for rows, column in ((users, "user_name"), (affils, "affil_name"), (models, "model_name"), (datasets, "ds_name")):
        for row in rows:
            row["name_key"] = name_key(row[column])
    with hub.database.write() as db:
        for table, rows in ((User, users), (Affil, affils), (UserAffil, members), (Model, models), (ModelTask, tasks),
                            (Dataset, datasets), (DatasetTask, ds_tasks), (AuditLog, transfers)):  # fmt: skip
            db.execute(sa.insert(table), rows)


# --- the other way --------------------------------------------------------------------------------


def counted(table: Any, column: str) -> Callable[[Hub], Counter[Any]]:
    """Load every row as an object and count one of its fields."""

    def loop(hub: Hub) -> Counter[Any]:
        found: Counter[Any] = Counter()
        with Session(hub.database.engine) as db:
            for row in db.scalars(sa.select(table)).all():
                found[getattr(row, column)] += 1
        return found

    return loop


def paired(table: Any, tasks: Any, key: str, media: str, task: str) -> Callable[[Hub], Counter[Any]]:
    """Load every row and every task, and count pairs."""

    def loop(hub: Hub) -> Counter[Any]:
        found: Counter[Any] = Counter()
        with Session(hub.database.engine) as db:
            kinds = {getattr(row, key): getattr(row, media) for row in db.scalars(sa.select(table)).all()}
            for row in db.scalars(sa.select(tasks)).all():
                found[kinds[getattr(row, key)], getattr(row, task)] += 1
        return found

    return loop


def measured(table: Any, column: str) -> Callable[[Hub], tuple[float, ...]]:
    """Load every row and take the numbers of one of its fields."""

    def loop(hub: Hub) -> tuple[float, ...]:
        with Session(hub.database.engine) as db:
            known = [getattr(row, column) for row in db.scalars(sa.select(table)).all()]
        numbers = [number for number in known if number is not None]
        return max(numbers), min(numbers), statistics.fmean(numbers), statistics.pstdev(numbers)

    return loop


LOOPS: dict[str, Callable[[Hub], Any]] = {
    "models-by-media": counted(Model, "media_type"),
    "models-by-architecture": counted(Model, "arch_name"),
    "models-by-training": counted(Model, "train_name"),
    "model-tasks": paired(Model, ModelTask, "model_id", "media_type", "task_name"),
    "dataset-tasks": paired(Dataset, DatasetTask, "ds_id", "media", "task"),
    "parameters": measured(Model, "param_num"),
    "dataset-sizes": measured(Dataset, "ds_size"),
    "affiliations": counted(UserAffil, "affil_id"),
    "transfers": counted(AuditLog, "at_us"),
    "registrations": lambda hub: [counted(table, "created_at")(hub) for table in (Model, Dataset, User)],
}
"""Insight → the same numbers from all rows, as objects in memory."""


if __name__ == "__main__":
    main()
