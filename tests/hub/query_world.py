"""A small catalogue for tests of the SQL guard, with canaries wherever nobody may read."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from db import tables as t
from hub import names
from hub.access import Caller, person
from hub.home import Hub, open_hub
from hub.settings import Settings

CANARY = "Kanarienvogel"  # in every text that the plain user may not read
NUMBER = 918273645  # in every number that the plain user may not read
PEOPLE = ("root", "ann", "bob", "carol", "dave")


@dataclass(slots=True)
class World:
    """An open hub filled with the catalogue, and its people as callers."""

    hub: Hub
    callers: dict[str, Caller] = field(default_factory=dict)

    def checksum(self) -> str:
        """A digest of every row of every table but the audit trail."""
        digest = hashlib.sha256()
        with self.hub.database.read() as db:
            for table in t.Table.metadata.sorted_tables:
                if not table.name.startswith("audit"):
                    rows = db.execute(sa.select(table)).all()
                    digest.update(repr((table.name, sorted(map(repr, rows)))).encode())
        return digest.hexdigest()


@contextlib.contextmanager
def open_world(home: Path, *, seconds: float = 10, **settings: Any) -> Iterator[World]:
    """A world under this folder, closed on leaving; ``seconds`` is its limit for one statement."""
    hub = open_hub(Settings(_env_file=None, hub_home=home, query_seconds=seconds, **settings))
    _fill(hub)
    with hub.database.read() as db:
        callers = {name: person(hub, db, number) for number, name in enumerate(PEOPLE[:4], 1)}
    yield World(hub, callers)
    hub.close()


# name, owner, parameters, media, architecture, training, made, visibility, tasks, authors, datasets
MODELS: tuple[tuple[Any, ...], ...] = (
    ("ResNet-50", 2, 25_600_000, "image", "cnn", "pretrain", "2015-12-10", "public", "classification", (2, 3), (1,)),
    ("ResNet-101", 2, 44_500_000, "image", "cnn", "pretrain", "2015-12-10", "public", "classification", (2,), (1,)),
    ("BERT base", 3, 110_000_000, "text", "transformer", "pretrain", "2018-10-11", "public",
     "classification", (3,), (3,)),
    ("GPT-2", 3, 1_500_000_000, "text", "transformer", "pretrain", "2019-02-14", "public", "generation", (3, 4), (3,)),
    ("Whisper", 4, 1_550_000_000, "audio", "transformer", "finetune", "2022-09-21", "public", "generation", (4,), ()),
    ("DeepSpeech", 4, None, "audio", "rnn", "finetune", "2014-12-17", "public", "classification", (), (5,)),
    ("YOLOv8", 2, 3_200_000, "video", "cnn", "rl", "2023-01-10", "public", "detection,segmentation", (2, 4), (2,)),
    ("o'Brien's net", 3, 0, "text", "rnn", "rl", "2020-02-29", "public", "regression", (3,), ()),
    ("Ann's secret", 2, 7_000_000, "text", "rnn", "rl", "2024-01-01", "private", "regression", (2,), (4,)),
    ("Shared by Bob", 3, 8_000_000, "image", "cnn", "finetune", "2024-02-02", "private", "detection", (3,), (6,)),
    (f"{CANARY}-7B", 3, NUMBER, "image", "cnn", "finetune", "2024-03-03", "private", "detection", (3, 2), (7, 1)),
    (f"Zeta {CANARY}", 4, NUMBER + 1, "text", "transformer", "rl", "2024-04-04", "private", "generation", (4,), (7,)),
)  # fmt: skip
# name, owner, rows, media, made, visibility, tasks, publishers, columns
DATASETS: tuple[tuple[Any, ...], ...] = (
    ("ImageNet", 2, 1_281_167, "image", "2009-06-01", "public", "classification", (2,), "image:binary label:int"),
    ("COCO", 3, 118_287, "image", "2014-05-01", "public", "detection,segmentation", (3, 4), "image:binary bbox:json"),
    ("Wikipedia", 3, 6_000_000, "text", "2018-10-01", "public", "generation", (3,), "title:text body:text"),
    ("Diary", 2, 12, "text", "2024-01-01", "private", "regression", (2,), "day:date note:text"),
    ("LibriSpeech", 4, None, "audio", "2015-04-01", "public", "classification", (4,), "sound:audio words:text"),
    ("Lent", 3, 99, "image", "2023-05-05", "private", "detection", (3,), "image:binary"),
    (f"{CANARY} corpus", 3, NUMBER + 2, "text", "2024-05-05", "private", "generation", (3, 4),
     f"{CANARY}_col:{CANARY}_type"),
)  # fmt: skip
_AFFILIATIONS = ("Acme Lab", "University of Somewhere", "Beta Works")
_MEMBERS = ((2, 1), (3, 1), (3, 2), (4, 2))


def _fill(hub: Hub) -> None:
    def moment(day: str) -> datetime:
        return datetime.fromisoformat(day)

    with hub.database.write() as db:

        def named(table: str, number: int, name: str) -> dict[str, str]:
            names.index_name(db, table, number, name)
            return {"name_key": t.name_key(name)}

        for number, name in enumerate(PEOPLE, 1):
            db.add(t.User(
                user_id=number, user_name=name, **named("user", number, name), password_hash=f"$argon2id${CANARY}",
                is_admin=name == "root", is_active=name != "dave", created_at=moment(f"2024-0{number}-15 10:30:00"),
            ))  # fmt: skip
        for number, name in enumerate(_AFFILIATIONS, 1):
            db.add(t.Affil(affil_id=number, affil_name=name, **named("affil", number, name)))
        db.flush()
        db.add_all(t.UserAffil(user_id=user, affil_id=affil) for user, affil in _MEMBERS)
        for number, (name, owner, size, media, made, seen, tasks, owners, columns) in enumerate(DATASETS, 1):
            about = CANARY if CANARY in name else f"The data set {name}"
            db.add(t.Dataset(
                ds_id=number, ds_name=name, **named("dataset", number, name), owner_id=owner, ds_size=size,
                media=media, created_at=moment(made), description=about, visibility=seen,
            ))  # fmt: skip
            db.flush()
            db.add_all(t.DatasetTask(ds_id=number, task=task) for task in tasks.split(","))
            db.add_all(t.UserDataset(user_id=user, ds_id=number) for user in owners)
            for column in columns.split():
                key, kind = column.split(":")
                db.add(t.DsCol(ds_id=number, col_name=key, col_datatype=kind))
        for number, row in enumerate(MODELS, 1):
            name, owner, size, media, arch, train, made, seen, tasks, authors, trained = row
            about = CANARY if CANARY in name else f"The model {name}, 100% free\\open_source"
            db.add(t.Model(
                model_id=number, model_name=name, **named("model", number, name), owner_id=owner, param_num=size,
                media_type=media, arch_name=arch, train_name=train, param=CANARY.encode(), description=about,
                created_at=moment(made), visibility=seen,
            ))  # fmt: skip
            db.flush()
            hidden = CANARY in name
            if arch == "cnn":
                db.add(t.Cnn(model_id=number, module_num=NUMBER if hidden else number))
                db.flush()
                db.add(t.Module(model_id=number, conv_size=NUMBER if hidden else 3, pool_type="max"))
                db.add(t.Module(model_id=number, conv_size=NUMBER if hidden else 5, pool_type="avg"))
            elif arch == "rnn":
                db.add(t.Rnn(model_id=number, criteria="CTC loss", batch_size=32, input_size=number * 10))
            else:
                sizes = {"decoder_num": NUMBER, "embed_size": NUMBER} if hidden else {"decoder_num": 12 * number}
                db.add(t.Transformer(model_id=number, attn_size=64, **sizes))
            db.add_all(t.ModelTask(model_id=number, task_name=task) for task in tasks.split(","))
            db.add_all(t.ModelAuthor(model_id=number, user_id=user) for user in authors)
            db.add_all(t.ModelDataset(model_id=number, ds_id=dataset) for dataset in trained)
        db.flush()
        db.add(t.ItemGrant(epoch=0, user_id=2, model_id=10, permission="view", granted_by=3))
        db.add(t.ItemGrant(epoch=0, user_id=2, ds_id=6, permission="view", granted_by=3))
        db.add(
            t.ItemGrant(
                epoch=0, user_id=2, model_id=11, permission="view", granted_by=3, expires_at=moment("2024-06-01")
            )
        )
        db.add(t.WebSession(session_id=f"{CANARY}-session", user_id=1, expires_at=moment("2099-01-01")))
        db.add(t.ChatThread(thread_id="t", user_id=1, title=CANARY, created_at="2024", updated_at="2024"))
        db.flush()
        db.add(t.ChatStep(step_id="s", thread_id="t", created_at="2024", position=1, search=CANARY, data=CANARY))
        root = person(hub, db, 1)
        hub.trail.append(db, root, "hub.init", "ok", "hub", CANARY, {"what": CANARY})
