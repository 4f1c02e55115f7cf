"""What a person may read by SQL: the same rows and columns in the rule, the guard, SQLite and MariaDB."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

import pymysql
import pytest
import sqlalchemy as sa

from db import tables as t
from db.engine import mysql_url
from hub import query
from hub.access import READABLE
from hub.errors import HubError, Unavailable
from hub.home import Hub
from hub.query import make_reader, reader_name, reader_setup, run_query
from hub.query.mysql_reader import _password
from hub.query.sqlite_reader import open_sqlite
from tests.hub.query_world import CANARY, DATASETS, MODELS, World
from tests.mariadb import MariaDB

_PEOPLE = {"root": 1, "ann": 2, "bob": 3, "carol": 4}
_SHARED = {"ann": ({10}, {6})}  # private models and datasets that a person was let in on, by number


def _sees(items: tuple[tuple[Any, ...], ...], seen: int, person: str | None, kind: int) -> set[int]:
    """Numbers of the items that a person may see, worked out from the test's own data."""
    shared = _SHARED.get(person or "", (set(), set()))[kind]
    return {
        number
        for number, row in enumerate(items, 1)
        if row[seen] == "public" or person == "root" or row[1] == _PEOPLE.get(person or "") or number in shared
    }


@pytest.mark.parametrize("name", READABLE)
@pytest.mark.parametrize("who", ["root", "ann", "bob", "carol", None])
def test_every_table_shows_just_the_visible_rows(world: World, name: str, who: str | None) -> None:
    models, datasets = _sees(MODELS, 7, who, 0), _sees(DATASETS, 5, who, 1)
    table = t.Table.metadata.tables[name]
    with world.hub.database.read() as db:
        everything = db.execute(sa.select(*(table.c[column] for column in READABLE[name]))).mappings().all()
    expected = [
        [_as_json(value) for value in row.values()]
        for row in everything
        if row.get("model_id", next(iter(models))) in models and row.get("ds_id", next(iter(datasets))) in datasets
    ]
    caller = world.callers[who or "ann"]
    result = run_query(caller, f"SELECT * FROM {name}", public_only=who is None)
    assert sorted(map(repr, result.rows)) == sorted(map(repr, expected))
    assert result.columns == list(READABLE[name])
    assert run_query(caller, f"SELECT count(*) FROM {name}", public_only=who is None).rows == [[len(expected)]]


def _as_json(value: Any) -> Any:
    return str(value) if hasattr(value, "year") else int(value) if isinstance(value, bool) else value


def test_no_table_is_called_like_a_with_query() -> None:
    assert not [name for name in t.Table.metadata.tables if re.fullmatch(r"q\d+", name)]


def test_readable_is_what_the_schema_says() -> None:
    assert set(READABLE) == {table.name for table in t.CATALOGUE}
    hidden = {
        f"{table.name}.{column.name}"
        for table in t.CATALOGUE
        for column in table.columns
        if column.name not in READABLE[table.name]
    }
    names = {f"{table}.name_key" for table in ("model", "dataset", "user", "affil")}
    assert hidden == {"user.password_hash", "model.param", *names}


def test_the_guard_reads_what_is_readable_and_nothing_else(world: World) -> None:
    for table in t.Table.metadata.tables.values():
        for column in table.columns:
            may = column.name in READABLE.get(table.name, ())
            try:
                run_query(world.callers["root"], f"SELECT {column.name} FROM {table.name}")
            except HubError:
                assert not may
            else:
                assert may


def test_sqlite_reads_what_is_readable_and_nothing_else(hub: Hub) -> None:
    connection = open_sqlite(str(hub.database.url.database))
    for table in t.Table.metadata.tables.values():
        for column in table.columns:
            may = column.name in READABLE.get(table.name, ())
            assert _runs(connection, f'SELECT "{column.name}" FROM "{table.name}"') == may
        assert _runs(connection, f'SELECT count(*) FROM "{table.name}"') == (table.name in READABLE)
        assert (
            not _runs(connection, f'SELECT rowid FROM "{table.name}"')
            or "INTEGER PRIMARY KEY" in str(table.name)
            or (table.name in READABLE and len(table.primary_key) == 1)
        )
    connection.close()


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM model", "UPDATE user SET is_admin = 1", "INSERT INTO affil VALUES (9, 'x', 'x')",
        "DROP TABLE model",
        "CREATE TABLE t (a)", "CREATE TEMP TABLE t (a)", "ATTACH ':memory:' AS x", "PRAGMA table_info(user)",
        "PRAGMA query_only=OFF", "BEGIN IMMEDIATE", "SELECT * FROM sqlite_master", "SELECT load_extension('x')",
        "SELECT hex(1)", "SELECT randomblob(9)", "SELECT printf('%d', 1)", "VACUUM", "REINDEX", "ANALYZE",
        "SELECT * FROM json_each('[1]')", "SELECT * FROM pragma_table_info('user')", "SELECT zeroblob(10)",
        "WITH v AS (SELECT * FROM user) SELECT * FROM v",
        "WITH RECURSIVE r AS (SELECT 1 UNION SELECT 1 FROM r) SELECT * FROM r",
    ],
)  # fmt: skip
def test_sqlite_refuses_by_itself(hub: Hub, sql: str) -> None:
    connection = open_sqlite(str(hub.database.url.database))
    assert not _runs(connection, sql)
    connection.close()


def _runs(connection: sqlite3.Connection, sql: str) -> bool:
    try:
        connection.execute(sql).fetchall()
    except sqlite3.Error:
        return False
    return True


# --- MariaDB ----------------------------------------------------------------------------------------


def _reader(hub: Hub) -> Any:
    settings = hub.settings
    return pymysql.connect(
        host=settings.db_host, port=settings.db_port, user=reader_name(settings.target_db), password=_password(hub),
        database=settings.target_db, autocommit=True,
    )  # fmt: skip


@pytest.mark.mariadb
def test_grants_are_what_is_readable_and_nothing_else(mariadb_hub: Hub, mariadb_server: MariaDB) -> None:
    make_reader(mariadb_hub)
    make_reader(mariadb_hub)  # again does no harm
    name = mariadb_hub.settings.target_db
    granted = mariadb_server.run(
        "SELECT table_name, column_name, privilege_type, is_grantable FROM information_schema.column_privileges "
        "WHERE grantee LIKE %s",
        f"'{reader_name(name)}'@%",
    )
    assert set(granted) == {
        (table, column, "SELECT", "NO") for table, columns in READABLE.items() for column in columns
    }
    for view in ("table_privileges", "schema_privileges"):
        sql = f"SELECT privilege_type FROM information_schema.{view} WHERE grantee LIKE %s"
        assert mariadb_server.run(sql, f"'{reader_name(name)}'@%") == []
    sql = "SELECT privilege_type FROM information_schema.user_privileges WHERE grantee LIKE %s"
    assert mariadb_server.run(sql, f"'{reader_name(name)}'@%") == [("USAGE",)]


@pytest.mark.mariadb
def test_the_reader_account_is_denied_everything_else(mariadb_hub: Hub) -> None:
    make_reader(mariadb_hub)
    with _reader(mariadb_hub) as connection, connection.cursor() as cursor:
        for table in t.Table.metadata.tables.values():
            for column in table.columns:
                sql = f"SELECT `{column.name}` FROM `{table.name}`"
                if column.name in READABLE.get(table.name, ()):
                    cursor.execute(sql)
                else:
                    with pytest.raises(pymysql.OperationalError, match=r"\((1142|1143),"):
                        cursor.execute(sql)
            for sql in (f"DELETE FROM `{table.name}`", f"SELECT * FROM `{table.name}`", f"DROP TABLE `{table.name}`"):
                if sql.startswith("SELECT") and len(READABLE.get(table.name, ())) == len(table.columns):
                    continue
                with pytest.raises(pymysql.OperationalError):
                    cursor.execute(sql)
        for sql in ("SELECT * FROM mysql.user", "CREATE TABLE t (a INT)", "SELECT LOAD_FILE('/etc/hosts') IS NOT NULL"):
            try:
                cursor.execute(sql)
            except pymysql.Error:
                continue
            assert cursor.fetchall() == ((0,),)


@pytest.mark.mariadb
def test_the_account_is_made_when_it_is_missing_or_old(mariadb_hub: Hub, mariadb_server: MariaDB) -> None:
    name, host = reader_name(mariadb_hub.settings.target_db), "127.0.0.1"
    with mariadb_hub.database.write() as db:
        db.add(t.User(user_id=1, user_name="ann", name_key="ann"))
    with mariadb_hub.database.read() as db:
        ann = query.Caller(mariadb_hub, "user", 1)
        assert db.scalar(sa.select(t.User.user_id)) == 1
    assert run_query(ann, "SELECT count(*) FROM user").rows == [[1]]
    mariadb_server.run(f"REVOKE ALL PRIVILEGES, GRANT OPTION FROM '{name}'@'{host}'")
    assert run_query(ann, "SELECT count(*) FROM user").rows == [[1]]


@pytest.mark.mariadb
def test_without_the_right_to_grant_the_statements_are_told(
    mariadb_hub: Hub, mariadb_server: MariaDB, tmp_path: Path
) -> None:
    name = mariadb_hub.settings.target_db
    mariadb_server.run(f"CREATE USER '{name}_app'@'127.0.0.1' IDENTIFIED BY 'app'")
    mariadb_server.run(f"GRANT ALL ON `{name}`.* TO '{name}_app'@'127.0.0.1'")
    settings = mariadb_hub.settings
    before = mariadb_hub.database
    url = mysql_url(settings.db_host, settings.db_port, f"{name}_app", "app", name)
    mariadb_hub.database = type(before)(url)
    try:
        with pytest.raises(Unavailable) as told:
            make_reader(mariadb_hub)
        expected = reader_setup(mariadb_hub)
    finally:
        mariadb_hub.database.close()
        mariadb_hub.database = before
    assert told.value.hint.endswith("\n".join(f"{line};" for line in expected))
    for line in expected:  # an administrator runs them
        mariadb_server.run(line)
    with _reader(mariadb_hub) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT user_name FROM user")


def test_names_of_reader_accounts_fit() -> None:
    assert reader_name("openmodelhub") == "openmodelhub_reader"
    assert len({reader_name(f"{'x' * 50}{n}") for n in range(100)}) == 100
    assert all(len(reader_name("x" * length)) <= 32 for length in range(1, 65))


# --- a private item reads like one that is not there --------------------------------------------------


@pytest.mark.parametrize(
    "template",
    [
        "SELECT * FROM model WHERE model_name = '{}'",
        "SELECT * FROM model WHERE model_name IN ('GPT-2', '{}')",
        "SELECT * FROM model WHERE lower(model_name) = lower('{}')",
        "SELECT count(*) FROM model WHERE model_name LIKE '{}%'",
        "SELECT count(*) FROM model WHERE model_name <> '{}'",
        "SELECT m.model_id FROM model m JOIN model_author a USING (model_id) WHERE m.model_name = '{}'",
        "SELECT max(model_id), count(*), sum(param_num) FROM model WHERE model_name > '{}'",
    ],
)
@pytest.mark.parametrize("strict", [True, False])
def test_private_is_like_absent(world: World, template: str, strict: bool) -> None:
    private, absent = f"{CANARY}-7B", f"{CANARY}-8C"
    assert _heard(world, template, private, strict) == _heard(world, template, absent, strict)


def _heard(world: World, template: str, name: str, strict: bool) -> str:
    try:
        result = run_query(world.callers["ann"], template.format(name), strict=strict)
        said = repr((result.columns, result.rows, result.notes, result.truncated))
    except HubError as error:
        said = repr(error.as_json())
    return said.replace(name, "NAME").replace(name.lower(), "NAME")


def test_the_owner_is_told_of_their_own(world: World) -> None:
    sql = f"SELECT * FROM model WHERE model_name = '{CANARY} 7b'"
    with pytest.raises(HubError) as refused:
        run_query(world.callers["bob"], sql)
    assert f"{CANARY}-7B" in refused.value.hint
    with pytest.raises(HubError) as refused:
        run_query(world.callers["bob"], sql, public_only=True)
    assert f"{CANARY}-7B" not in refused.value.hint
