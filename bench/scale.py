"""The interpreter on the demo catalogue and on the same with 100,000 models more, in alternation in one run.

python -m bench.scale [MODELS]     exit status 1 when the larger takes more than twice as long at the median
"""

from __future__ import annotations

import itertools
import json
import os
import random
import statistics
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from assistant.interpreter import interpret
from bench.answers import ROOT, WARM_UP, caller_for, clock
from db.tables import ARCHITECTURES, MEDIA, TASKS, TRAININGS, Model, ModelTask, User, name_key
from hub import access, records
from hub.home import Hub, open_hub
from hub.names import index_names
from hub.settings import Settings

MODELS = 100_000
FIRST_ID = 10_000
MOST = 2.0  # times as long, at the median
SYLLABLES = ("ka", "lo", "mir", "ten", "vu", "sha", "ro", "pel", "ni", "dor", "qua", "zim")


def main() -> None:
    os.environ["HUB_TEST_CHEAP_HASH"] = "1"
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MODELS
    lines = (ROOT / "evals/demo/questions.jsonl").read_text("utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    with tempfile.TemporaryDirectory() as folder:
        hubs = [open_hub(Settings(_env_file=None, hub_home=Path(folder) / name)) for name in ("demo", "large")]
        for hub in hubs:
            records.load_records(access.system(hub), json.loads((ROOT / "seeds/demo.json").read_text("utf-8")))
        fill(hubs[1], count)
        times: list[list[float]] = [[], []]
        callers = [{name: caller_for(hub, name) for name in {case["as"] for case in cases}} for hub in hubs]
        for known, question in itertools.product(callers, WARM_UP):
            interpret(known[cases[0]["as"]], question)
        for case in cases:
            for taken, known in zip(times, callers, strict=True):
                taken.append(clock(interpret, known[case["as"]], case["question"])[0])
        for hub in hubs:
            hub.close()
    print(f"{len(cases)} questions of the demo set, each asked once of either; milliseconds\n")
    print(f"{'':34}{'p50':>8}{'p90':>8}{'p95':>8}{'most':>8}")
    for name, taken in zip(("the demo catalogue", f"with {count:,} models more"), times, strict=True):
        cuts = statistics.quantiles(taken, n=20)
        print(f"{name:34}{statistics.median(taken):8.1f}{cuts[17]:8.1f}{cuts[18]:8.1f}{max(taken):8.1f}")
    ratio = statistics.median(times[1]) / statistics.median(times[0])
    print(f"\n{ratio:.2f} times as long at the median; {MOST:.0f} are allowed")
    sys.exit(ratio > MOST)


def fill(hub: Hub, count: int) -> None:
    """Write models with names of their own that are found by their words, drawn at random."""
    draw = random.Random(11)
    with hub.database.write() as db:
        owners = list(db.scalars(sa.select(User.user_id)))
        rows = [
            {
                "model_id": FIRST_ID + at, "model_name": f"{''.join(draw.choices(SYLLABLES, k=3))}-{at}",
                "owner_id": draw.choice(owners), "param_num": int(10 ** draw.uniform(4, 11)),
                "media_type": draw.choice(MEDIA), "arch_name": draw.choice(ARCHITECTURES),
                "train_name": draw.choice(TRAININGS), "visibility": "public",
                "created_at": datetime(2016, 1, 1) + timedelta(minutes=draw.randrange(5_000_000)),
            }
            for at in range(count)
        ]  # fmt: skip
        db.execute(sa.insert(Model), [row | {"name_key": name_key(str(row["model_name"]))} for row in rows])
        db.execute(
            sa.insert(ModelTask), [{"model_id": row["model_id"], "task_name": draw.choice(TASKS)} for row in rows]
        )
        index_names(db, "model", [(int(str(row["model_id"])), str(row["model_name"])) for row in rows])


if __name__ == "__main__":
    main()
