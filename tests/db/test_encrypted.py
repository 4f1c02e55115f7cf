"""Encrypted columns: nothing readable in the database, bound to their column, and old rows taken over."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from db.encrypted import EncryptedBinary, EncryptedText
from db.engine import Database, sqlite_url
from db.migrations import config, upgrade
from db.tables import ChatElement, ChatFeedback, ChatStep, ChatThread, Model, Table
from hub import chats
from hub.access import person
from hub.home import Hub
from hub.people import add_person
from secure.keys import unwrap, wrap

KEY = bytes(32)


class Cipher:
    def seal(self, plain: bytes, label: str) -> bytes:
        return wrap(KEY, plain, label)

    def open(self, sealed: bytes, label: str) -> bytes:
        return unwrap(KEY, sealed, label)


def encrypted() -> list[sa.Column[object]]:
    return [
        column
        for table in Table.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, EncryptedBinary | EncryptedText)
    ]


def test_each_column_is_sealed_under_its_own_name() -> None:
    found = encrypted()
    assert {"model.param", "invitation.note", "chat_step.data", "chat_thread.title"} <= {str(one) for one in found}
    for column in found:
        assert column.type.where == str(column)  # type: ignore[attr-defined]


def keep_chat(hub: Hub) -> None:
    with hub.database.write() as db:
        user_id = add_person(db, "ann", None)
    with hub.database.read() as db:
        ann = person(hub, db, user_id)
    thread_id, step_id = str(uuid.uuid4()), str(uuid.uuid4())
    chats.keep_thread(ann, thread_id, name="Hidden title", metadata={"a": "hidden"}, tags=["hidden"])
    chats.keep_step(ann, {"id": step_id, "threadId": thread_id, "output": "a Hidden ÄNSWER"})
    chats.keep_element(ann, {"id": str(uuid.uuid4()), "threadId": thread_id, "name": "hidden"}, b"hidden bytes")
    chats.keep_feedback(ann, step_id, 1, "hidden remark")
    assert [row["name"] for row in chats.list_threads(ann, search="änswer").rows] == ["Hidden title"]
    assert [row["name"] for row in chats.list_threads(ann, search="TITLE").rows] == ["Hidden title"]
    assert chats.list_threads(ann, search="absent").rows == []


def test_chat_history_is_not_readable_in_the_database(any_hub: Hub) -> None:
    keep_chat(any_hub)
    with any_hub.database.read() as db:
        for table in (ChatThread, ChatStep, ChatElement, ChatFeedback):
            columns = [sa.type_coerce(one, sa.LargeBinary) for one in table.__table__.columns]
            for row in db.execute(sa.select(*columns)):
                assert b"idden" not in b"".join(
                    value if isinstance(value, bytes) else str(value).encode() for value in row
                )
        assert db.scalars(sa.select(ChatStep.search)).one() == "a Hidden ÄNSWER"
        assert db.scalars(sa.select(ChatElement.content)).one() == b"hidden bytes"


@pytest.mark.parametrize("forge", ["'in clear'", "data", "substr(search, 1, 30)"])
def test_a_value_that_was_changed_or_moved_does_not_open(hub: Hub, forge: str) -> None:
    keep_chat(hub)
    with hub.database.write() as db:
        db.execute(sa.text(f"UPDATE chat_step SET search = {forge}"))
    with hub.database.read() as db, pytest.raises(ValueError):
        db.scalars(sa.select(ChatStep.search)).one()


def test_parameters_come_back_and_null_stays_null(hub: Hub) -> None:
    with hub.database.write() as db:
        owner = add_person(db, "ann", None)
        for name, param in (("a", b"manifest"), ("b", None)):
            db.add(Model(model_name=name, name_key=name, owner_id=owner, media_type="text", arch_name="rnn",
                         train_name="rl", param=param, visibility="public"))  # fmt: skip
    with hub.database.read() as db:
        assert list(db.scalars(sa.select(Model.param).order_by(Model.model_name))) == [b"manifest", None]
        raw = db.scalar(sa.text("SELECT param FROM model WHERE model_name = 'a'"))
        assert b"manifest" not in raw


def test_without_its_key_a_database_gives_nothing(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "x.db"))
    upgrade(database.engine)
    with pytest.raises(sa.exc.StatementError), database.write() as db:
        db.add(ChatThread(thread_id="x", user_id=1, title="t", created_at="", updated_at=""))
    database.close()


def to(database: Database, revision: str, command: Callable[..., None]) -> None:
    made = config()
    with database.engine.connect().execution_options(writes=True) as connection, connection.begin():
        made.attributes["connection"] = connection
        command(made, revision)


def test_what_was_kept_in_clear_is_taken_over_and_can_go_back(tmp_path: Path) -> None:
    from alembic import command

    database = Database(sqlite_url(tmp_path / "x.db"), Cipher())
    upgrade(database.engine, "0003")
    rows = [
        "INSERT INTO user VALUES (1, 'ann', 'ann', NULL, 0, 1, '2020-01-01 00:00:00')",
        "INSERT INTO chat_thread VALUES ('t', 1, 'a title', '{}', NULL, 'now', 'now')",
        "INSERT INTO chat_step VALUES ('s', 't', 'now', 1, 'said', '{\"a\": 1}')",
        "INSERT INTO chat_element VALUES ('e', 't', 's', '{}', x'0102')",
        "INSERT INTO chat_feedback VALUES ('f', 's', 1, 'fine')",
    ]
    with database.write() as db:
        for row in rows:
            db.execute(sa.text(row))
    upgrade(database.engine)
    with database.read() as db:
        thread, step = db.scalars(sa.select(ChatThread)).one(), db.scalars(sa.select(ChatStep)).one()
        assert (thread.title, thread.meta, thread.tags) == ("a title", "{}", None)
        assert (step.search, json.loads(step.data)) == ("said", {"a": 1})
        assert db.scalars(sa.select(ChatElement.content)).one() == b"\x01\x02"
        assert db.scalars(sa.select(ChatFeedback.comment)).one() == "fine"
        assert db.scalar(sa.text("SELECT search FROM chat_step")) != "said"
    to(database, "0003", command.downgrade)
    with database.read() as db:
        assert db.execute(sa.text("SELECT name, meta FROM chat_thread")).one() == ("a title", "{}")
        assert db.execute(sa.text("SELECT search, data FROM chat_step")).one() == ("said", '{"a": 1}')
        assert db.scalar(sa.text("SELECT content FROM chat_element")) == b"\x01\x02"
    database.close()
