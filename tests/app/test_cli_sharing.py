"""Share, accept and revoke on the command line."""

import os
import random
import subprocess
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from db.tables import StagedFile, utc_now
from hub.access import system
from hub.artifacts import find_own_item, open_version
from hub.audit import verify_audit
from hub.errors import NotFound
from hub.home import open_hub
from hub.staging import sweep_storage
from secure.container import CHUNK
from tests.app.test_cli_files import NEW, Run, made, noise, run
from tests.conftest import settings_for
from tests.proving import enter
from tests.running import PROGRAM

__all__ = ["run"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "w.bin").write_bytes(b"weights")
    return tmp_path / "w.bin"


def opens(run: Run, name: str, who: str) -> tuple[int, str]:
    ran = run("download", name, "-o", f"{who}.out", as_user=who)
    return ran.exit_code, ran.stderr


def test_a_file_is_shared_accepted_downloaded_and_taken_back(run: Run, file: Path, tmp_path: Path) -> None:
    made(run, file, "--private", *NEW)
    assert opens(run, "Zap", "carlos")[0] == 1
    ran = run("share", "Zap", "--to", "carlos", "--note", "have a look")
    assert (ran.exit_code, ran.stdout) == (0, "carlos is invited to Zap, to see it and download its files.\n")
    assert opens(run, "Zap", "carlos")[0] == 1, "an invitation is no access yet"
    assert "have a look" in run("invitations", as_user="carlos").stdout
    ran = run("accept", "Zap", as_user="carlos")
    assert ran.exit_code == 0, ran.output
    assert opens(run, "Zap", "carlos")[0] == 0
    assert (tmp_path / "carlos.out").read_bytes() == b"weights"
    (tmp_path / "carlos.out").unlink()
    ran = run("revoke", "Zap", "--from", "carlos")
    assert ran.exit_code == 0
    assert "Nothing recalls what they downloaded before" in ran.stdout
    code, said = opens(run, "alice/Zap", "carlos")
    assert (code, "there is no model or dataset called 'alice/Zap'" in said) == (1, True)
    assert not (tmp_path / "carlos.out").exists()
    ran = run("accept", "Zap", as_user="carlos")
    assert (ran.exit_code, "took the invitation back" in ran.stderr) == (1, True)
    ran = run("revoke", "Zap", "--from", "carlos")
    assert (ran.exit_code, "has no access" in ran.stderr) == (1, True)


def test_files_are_sealed_anew(run: Run, file: Path, tmp_path: Path) -> None:
    made(run, file, *NEW, "--access", "carlos", "--access", "elena")
    for who in ("carlos", "elena"):
        assert run("accept", "Zap", as_user=who).exit_code == 0
    said = run("revoke", "Zap", "--from", "carlos").stdout
    assert "`openmodelhub rekey Zap` seals its files under fresh keys." in said
    stored = [path for path in (tmp_path / "hub" / "artifacts").rglob("*") if path.is_file()]
    ran = run("rekey", "Zap")
    assert (ran.exit_code, ran.stdout) == (
        0,
        "Zap: 1 file is sealed under a fresh key. The keys from before open nothing that is stored. "
        "Access stays with elena.\n",
    )
    assert not any(path.exists() for path in stored)
    assert opens(run, "Zap", "alice")[0] == opens(run, "Zap", "elena")[0] == 0
    assert (tmp_path / "elena.out").read_bytes() == b"weights"
    assert opens(run, "Zap", "carlos")[0] == 1


def test_to_view_is_not_to_download(run: Run, file: Path) -> None:
    made(run, file, "--private", *NEW)
    assert run("share", "Zap", "--to", "carlos", "--permission", "view", "--expires", "2 weeks").exit_code == 0
    assert run("accept", "alice/Zap", as_user="carlos").exit_code == 0
    code, said = opens(run, "Zap", "carlos")
    assert (code, "may see Zap, but not open its files" in said) == (3, True)


def test_an_upload_invites(run: Run, file: Path, tmp_path: Path) -> None:
    made(run, file, *NEW, "--access", "carlos", "--access", "elena")
    for who in ("carlos", "elena"):
        assert opens(run, "Zap", who)[0] == 1
        assert run("accept", "Zap", as_user=who).exit_code == 0
        assert opens(run, "Zap", who)[0] == 0
    assert opens(run, "Zap", "lucas")[0] == 1, "--access makes it private"
    file.write_bytes(b"weights again")
    made(run, file, "--access", "lucas")
    assert run("accept", "Zap", as_user="lucas").exit_code == 0
    assert opens(run, "Zap", "lucas")[0] == opens(run, "Zap", "elena")[0] == 0
    assert (tmp_path / "elena.out").read_bytes() == b"weights again"


def test_names_are_checked_before_anything_is_uploaded(run: Run, file: Path, tmp_path: Path) -> None:
    for who, said in (("carlo", "nobody called 'carlo'"), ("alice", "yourself")):
        ran = run("upload", file, "--kind", "model", "--name", "Zap", *NEW, "--access", "elena", "--access", who)
        assert (ran.exit_code, said in ran.stderr) == (1, True), ran.stderr
    assert [path for path in (tmp_path / "hub" / "artifacts").rglob("*") if path.is_file()] == []
    assert run("versions", "Zap").exit_code == 1


@pytest.mark.parametrize(
    ("words", "who", "code", "said"),
    [
        (("share", "Zap", "--to", "nobody"), "alice", 1, "there is nobody called 'nobody'"),
        (("share", "Nothing", "--to", "carlos"), "alice", 1, "there is no model or dataset called 'Nothing'"),
        (("share", "Zap", "--to", "elena"), "carlos", 1, "there is no model or dataset called 'Zap'"),
        (("share", "Zap", "--to", "elena"), "admin", 3, "Zap is not yours"),
        (("share", "Zap", "--to", "alice"), "alice", 1, "cannot invite yourself"),
        (("share", "Open", "--to", "carlos"), "alice", 1, "Open is public"),
        (("share", "Zap", "--to", "carlos", "--permission", "edit"), "alice", 1, "one of download, view"),
        (("share", "Zap", "--to", "carlos", "--expires", "2020-01-01"), "alice", 1, "is over already"),
        (("share", "Zap", "--to", "carlos", "--expires", "soon"), "alice", 1, "is no day"),
        (("share", "Zap", "--to", "carlos", "--version", "9"), "alice", 1, "no version 9"),
        (("revoke", "Zap", "--from", "carlos"), "alice", 1, "carlos has no access to Zap"),
        (("revoke", "Zap", "--from", "carlos"), "admin", 3, "Zap is not yours"),
        (("rekey", "Zap"), "carlos", 1, "there is no model or dataset called 'Zap'"),
        (("rekey", "Zap"), "admin", 3, "Zap is not yours"),
        (("accept", "Zap"), "carlos", 1, "nobody invited you to 'Zap'"),
    ],
)
def test_what_cannot_be(run: Run, file: Path, words: tuple[str, ...], who: str, code: int, said: str) -> None:
    made(run, file, "--private", *NEW)
    if "Open" in words:
        made(run, file, *NEW, name="Open")
    ran = run(*words, as_user=who)
    assert (ran.exit_code, said in ran.stderr) == (code, True), ran.output


def test_sharing_needs_the_owners_password(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(run, file, "--private", *NEW)
    monkeypatch.setenv("HUB_PASSWORD", "wrong")
    ran = run("share", "Zap", "--to", "carlos")
    assert (ran.exit_code, "password" in ran.stderr) == (3, True)


def test_any_size_is_sealed_anew_in_the_same_memory(run: Run, tmp_path: Path) -> None:
    def peak(chunks: int) -> int:
        (tmp_path / "w.gguf").write_bytes(noise(chunks * CHUNK))
        made(run, tmp_path / "w.gguf", *NEW, name=f"Zap {chunks}")
        process = subprocess.Popen([PROGRAM, "rekey", f"Zap {chunks}", "--as", "alice"], stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        assert status == 0
        return used.ru_maxrss // 1024  # MiB

    assert peak(200) - peak(8) < 30


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_killed_while_it_seals_anew(
    run: Run, tmp_path: Path, soak_factor: int, record_property: Callable[[str, object], None]
) -> None:
    """The process is killed somewhere in the middle: each version is there for exactly those who may open it."""
    plain = {1: noise(48 * CHUNK), 2: noise(5)}
    for number in plain:
        (tmp_path / "w.gguf").write_bytes(plain[number])
        made(run, tmp_path / "w.gguf", *(() if number > 1 else (*NEW, "--access", "carlos", "--access", "elena")))
    for who in ("carlos", "elena"):
        assert run("accept", "Zap", as_user=who).exit_code == 0
    assert run("revoke", "Zap", "--from", "elena").exit_code == 0
    artifacts_home = tmp_path / "hub" / "artifacts"
    hub = open_hub(settings_for(tmp_path / "hub"))
    alice, carlos, elena = (enter(hub, name, "admin") for name in ("alice", "carlos", "elena"))
    item_id = find_own_item(alice, "model", "Zap") or 0
    chance, half_way = random.Random(7), 0
    for _ in range(4 * soak_factor):
        process = subprocess.Popen([PROGRAM, "rekey", "Zap", "--as", "alice"], stdout=subprocess.DEVNULL)
        while process.poll() is None and not any(artifacts_home.rglob("*.part")):
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.35))
        process.kill()
        half_way += process.wait() != 0
        for caller in (alice, carlos):
            for number, content in plain.items():
                with open_version(caller, "model", item_id, number) as opened:
                    assert b"".join(opened.read()) == content
        with pytest.raises(NotFound):
            open_version(elena, "model", item_id)
    assert half_way > 0
    record_property("kills", half_way)
    ran = run("rekey", "Zap")
    assert ran.exit_code == 0, ran.output
    with hub.database.write() as db:
        db.execute(sa.update(StagedFile).values(expires_at=utc_now() - timedelta(seconds=1)))
    sweep_storage(system(hub), now=time.time() + 4000)
    assert len([path for path in artifacts_home.rglob("*") if path.is_file()]) == 4, "a file and a note each"
    assert verify_audit(enter(hub, "admin", "admin")).ok
    hub.close()
