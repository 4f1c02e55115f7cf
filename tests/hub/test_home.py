"""Opening a hub: what is missing is set up once, whatever happens at the same time; what is wrong is said."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from db.tables import AuditHead, HubKey
from hub.access import system
from hub.errors import Invalid, Unavailable
from hub.home import Hub, open_hub
from tests.conftest import ROOT, settings_for


def test_a_new_home_has_its_folders_and_keys(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "home"
    hub = open_hub(settings_for(home))
    assert {path.name for path in home.iterdir()} >= {"openmodelhub.db", "keys", "artifacts"}
    assert (home / "keys").stat().st_mode & 0o777 == 0o700
    key = home / "keys" / "master.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(bytes.fromhex(key.read_text("ascii").strip())) == 32
    assert [path.name for path in (home / "keys").iterdir()] == ["master.key"]
    with hub.database.read() as db:
        stored = db.scalar(sa.select(HubKey.wrapped_private))
    assert stored is not None
    assert b"PRIVATE" not in stored
    secret = key.read_text("ascii").strip().encode()
    hub.close()
    for path in home.rglob("*"):
        if path.is_file() and path != key:
            content = path.read_bytes()
            assert secret not in content
            assert bytes.fromhex(secret.decode()) not in content


def test_opening_again_is_the_same_hub(any_hub: Hub) -> None:
    again = open_hub(any_hub.settings)
    assert again.hub_id == any_hub.hub_id
    assert again.key_for("x") == any_hub.key_for("x") != any_hub.key_for("y")
    hashed = any_hub.passwords.hash("secret")
    assert again.passwords.verify(hashed, "secret")
    again.database.close()


OPENER = """
from hub.access import system
from hub.home import open_hub
from hub.settings import Settings

hub = open_hub(Settings(_env_file=None))
with hub.database.write() as db:
    hub.trail.append(db, system(hub), "test.act", "ok", None, None, {})
print(hub.hub_id)
hub.close()
"""


@pytest.mark.parametrize("backend", ["sqlite", pytest.param("mariadb", marks=pytest.mark.mariadb)])
def test_many_processes_open_a_new_hub_at_once(tmp_path: Path, backend: str, request: pytest.FixtureRequest) -> None:
    env = {"HUB_HOME": str(tmp_path / "home"), "HUB_TEST_CHEAP_HASH": "1", "PYTHONPATH": str(ROOT)}
    where = {}
    server = request.getfixturevalue("mariadb_server") if backend == "mariadb" else None
    if server is not None:
        where = {"db_host": "127.0.0.1", "db_port": server.port, "db_username": "root", "target_db": "opened_at_once"}
        server.run("DROP DATABASE IF EXISTS opened_at_once")
    env |= {name.upper(): str(value) for name, value in where.items()}
    processes = [
        subprocess.Popen([sys.executable, "-c", OPENER], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    said = [process.communicate(timeout=110) for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, said
    assert len({out for out, _ in said}) == 1
    hub = open_hub(settings_for(tmp_path / "home", **where))
    verdict = hub.trail.verify_chain(hub.database)
    assert (verdict.ok, verdict.rows) == (True, 4), verdict
    with hub.database.read() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(HubKey)) == 1
        assert db.scalar(sa.select(sa.func.count()).select_from(AuditHead)) == 1
    hub.close()
    if server is not None:
        server.run("DROP DATABASE opened_at_once")


def test_a_wrong_master_key_opens_nothing(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "home")
    open_hub(settings).close()
    key = settings.master_key_file
    kept = key.read_text("ascii")
    key.write_text("00" * 32)
    with pytest.raises(Unavailable, match="does not belong to this database"):
        open_hub(settings)
    for odd in ("", "zz", "00" * 31, "00" * 33):
        key.write_text(odd)
        with pytest.raises(Invalid, match="64 hexadecimal digits"):
            open_hub(settings)
    key.write_text(kept)
    key.chmod(0o640)
    with pytest.raises(Invalid, match="read by others"):
        open_hub(settings)
    key.chmod(0o600)
    open_hub(settings).close()


def test_a_lost_master_key_is_not_replaced(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "home")
    hub = open_hub(settings)
    hub.close()
    kept = settings.master_key_file.read_text()
    settings.master_key_file.unlink()
    for _ in range(2):
        with pytest.raises(Unavailable, match="is missing") as raised:
            open_hub(settings)
        assert str(settings.master_key_file) in raised.value.hint
        assert not settings.master_key_file.exists()
    settings.master_key_file.write_text(kept)
    settings.master_key_file.chmod(0o600)
    again = open_hub(settings)
    assert again.hub_id == hub.hub_id
    again.close()


def test_the_master_key_may_stand_elsewhere(tmp_path: Path) -> None:
    elsewhere = tmp_path / "safe" / "hub.key"
    settings = settings_for(tmp_path / "home", hub_master_key_file=elsewhere)
    with pytest.raises(Unavailable, match="master key"):
        open_hub(settings)
    elsewhere.parent.mkdir()
    open_hub(settings).close()
    assert elsewhere.exists()
    assert not (tmp_path / "home" / "keys" / "master.key").exists()


def test_what_cannot_be_opened_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot make the folder"):
        open_hub(settings_for(tmp_path / "file" / "home"))
    settings = settings_for(tmp_path / "home")
    open_hub(settings).close()
    (settings.hub_home / "openmodelhub.db").write_bytes(os.urandom(5000))
    with pytest.raises(Unavailable, match="cannot be opened") as damaged:
        open_hub(settings)
    assert "backup" in damaged.value.hint
    assert "DB_HOST" not in damaged.value.hint
    with pytest.raises(Unavailable, match="does not let the hub in") as raised:
        open_hub(settings_for(tmp_path / "other", db_host="127.0.0.1", db_port=9, db_password="hunter2hunter2"))
    assert "hunter2" not in str(raised.value) + raised.value.hint
    assert "DB_HOST" in raised.value.hint


@pytest.mark.mariadb
def test_a_wrong_password_for_the_server_is_said(mariadb_hub: Hub, tmp_path: Path) -> None:
    settings = mariadb_hub.settings.model_copy(update={"db_username": "nobody", "hub_home": tmp_path / "other"})
    with pytest.raises(Unavailable, match="does not let the hub in"):
        open_hub(settings)


def test_nothing_of_a_key_shows(hub: Hub) -> None:
    key = hub.settings.master_key_file.read_text("ascii").strip()
    for shown in (repr(hub), str(hub), repr(system(hub)), repr(hub.settings)):
        assert key not in shown
