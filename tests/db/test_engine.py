"""Transactions: writers wait for their turn, failures leave nothing, and sessions are set up as the guard needs."""

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from db.engine import SQL_MODE, is_transient, mysql_url
from db.tables import Affil
from hub.home import Hub


def names(hub: Hub) -> list[str]:
    with hub.database.read() as db:
        return list(db.scalars(sa.select(Affil.affil_name).order_by(Affil.affil_id)))


def test_a_write_is_kept_or_undone_as_a_whole(any_hub: Hub) -> None:
    with any_hub.database.write() as db:
        db.add(Affil(affil_name="A", name_key="a"))
    assert names(any_hub) == ["A"]

    def fail() -> None:
        with any_hub.database.write() as db:
            db.add(Affil(affil_name="B", name_key="b"))
            db.flush()
            db.execute(sa.update(Affil).values(affil_name="changed"))
            raise ZeroDivisionError

    def collide() -> None:
        with any_hub.database.write() as db:
            db.add(Affil(affil_name="C", name_key="c"))
            db.flush()
            db.add(Affil(affil_name="A again", name_key="a"))

    for change, error in ((fail, ZeroDivisionError), (collide, sa.exc.IntegrityError)):
        with pytest.raises(error):
            change()
        assert names(any_hub) == ["A"]


def test_a_read_keeps_nothing(any_hub: Hub) -> None:
    with any_hub.database.read() as db:
        db.add(Affil(affil_name="A", name_key="a"))
        db.flush()
    assert names(any_hub) == []


def test_readers_do_not_wait_for_a_writer(any_hub: Hub) -> None:
    with any_hub.database.write() as db:
        db.add(Affil(affil_name="A", name_key="a"))
        db.flush()
        assert names(any_hub) == []
    assert names(any_hub) == ["A"]


def test_no_update_is_lost(any_hub: Hub) -> None:
    with any_hub.database.write() as db:
        db.add(Affil(affil_name="0", name_key="counter"))

    def count() -> None:
        for _ in range(10):
            with any_hub.database.write() as db:
                row = db.scalars(sa.select(Affil).with_for_update()).one()
                row.affil_name = str(int(row.affil_name) + 1)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names(any_hub) == ["40"]


def test_foreign_keys_hold(any_hub: Hub) -> None:
    with pytest.raises(sa.exc.IntegrityError), any_hub.database.write() as db:
        db.execute(sa.text("INSERT INTO user_affil (user_id, affil_id) VALUES (1, 1)"))


@pytest.mark.mariadb
def test_mariadb_sessions_are_pinned(mariadb_hub: Hub) -> None:
    with mariadb_hub.database.read() as db:
        mode, zone, charset = db.execute(sa.text("SELECT @@sql_mode, @@time_zone, @@character_set_client")).one()
        isolation = db.execute(
            sa.text("SHOW VARIABLES WHERE variable_name IN ('tx_isolation', 'transaction_isolation')")
        )
        levels = {value for _, value in isolation}
    assert set(SQL_MODE.split(",")) <= set(mode.split(","))
    assert (zone, levels, charset) == ("+00:00", {"READ-COMMITTED"}, "utf8mb4")


def test_sqlite_is_set_up(hub: Hub) -> None:
    with hub.database.read() as db:
        found = {
            name: db.scalar(sa.text(f"PRAGMA {name}")) for name in ("journal_mode", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 30000}


@pytest.mark.parametrize(("code", "again"), [(1213, True), (1205, True), (1020, True), (1062, False), (2013, False)])
def test_lost_races_are_told_from_other_failures(code: int, again: bool) -> None:
    assert is_transient(OperationalError("x", {}, Exception(code, "text"))) == again


def test_other_errors_are_not_transient() -> None:
    assert not is_transient(ValueError(1213))
    assert not is_transient(OperationalError("x", {}, Exception()))


def test_a_server_is_reached_by_address_or_socket() -> None:
    assert str(mysql_url("db.example", 3307, "u", "p@:/", "hub")) == "mysql+pymysql://u:***@db.example:3307/hub"
    by_socket = mysql_url("/run/mysqld/mysqld.sock", 3306, "u", "p", None)
    assert by_socket.query == {"unix_socket": "/run/mysqld/mysqld.sock"}
