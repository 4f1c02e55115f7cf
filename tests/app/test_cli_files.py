"""Upload, versions and download on the command line."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from app import cli
from secure.container import CHUNK

NEW = ("--media", "text", "--arch", "transformer", "--train", "pretrain", "--task", "generation")
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, demo_home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on a demo hub as alice, with her password at hand."""
    shutil.copytree(demo_home, tmp_path / "hub")
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "hub"))
    monkeypatch.setenv("HUB_PASSWORD", "admin")
    monkeypatch.chdir(tmp_path)

    def run(*words: Any, as_user: str = "alice") -> Result:
        return CliRunner().invoke(cli.cli, [*map(str, words), "--as", as_user], catch_exceptions=False)

    return run


def noise(size: int) -> bytes:
    """So many bytes that begin like no format: some others would be taken for a pickle, and doubted."""
    return (b"\xff" + os.urandom(size))[:size]


def made(run: Run, file: Path, *more: str, name: str = "Zap", kind: str = "model") -> dict[str, Any]:
    ran = run("upload", file, "--kind", kind, "--name", name, "--json", *more)
    assert ran.exit_code == 0, ran.output
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 64 * CHUNK])
def test_a_file_goes_in_and_comes_back(run: Run, tmp_path: Path, size: int) -> None:
    plain = noise(size)
    (tmp_path / "w.gguf").write_bytes(plain)
    version = made(run, tmp_path / "w.gguf", "--private", *NEW)
    assert (version["version"], version["size"], version["file_name"]) == (1, size, "w.gguf")
    assert version["sha256"] == hashlib.sha256(plain).hexdigest()
    ran = run("download", "Zap", "-o", "out.gguf")
    assert ran.exit_code == 0, ran.output
    assert (tmp_path / "out.gguf").read_bytes() == plain
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hub", "out.gguf", "w.gguf"]


def test_versions_of_one_name(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "tides.csv"
    for number in (1, 2):
        file.write_bytes(b"version %d" % number)
        more = ("--media", "text") if number == 1 else ()
        assert made(run, file, *more, name="Tidal", kind="dataset")["version"] == number
    listed = json.loads(run("versions", "Tidal", "--json").stdout)
    assert [(one["version"], one["media_type"]) for one in listed] == [(2, "text/csv"), (1, "text/csv")]
    assert "tides.csv" in run("versions", "alice/Tidal").stdout
    (tmp_path / "folder").mkdir()
    assert run("download", "Tidal", "-o", "folder").exit_code == 0
    assert (tmp_path / "folder" / "tides.csv").read_bytes() == b"version 2"
    assert run("download", "Tidal", "--version", 1, "-o", "one").exit_code == 0
    assert (tmp_path / "one").read_bytes() == b"version 1"
    assert run("download", "Tidal", "--version", 3, "-o", "three").exit_code == 1
    ran = run("upload", file, "--kind", "dataset", "--name", "Tidal", "--media", "image")
    assert ran.exit_code == 1
    assert "leave out --media" in ran.stderr


def test_what_broke_off_is_resumed(run: Run, tmp_path: Path) -> None:
    plain = noise(3 * CHUNK)
    (tmp_path / "w.bin").write_bytes(plain)
    sha = made(run, tmp_path / "w.bin", *NEW)["sha256"]
    part = tmp_path / f".out.{sha[:16]}.part"
    for kept in (plain[: CHUNK + 100], plain, plain + b"more", b""):
        part.write_bytes(kept)
        assert run("download", "Zap", "-o", "out").exit_code == 0
        assert (tmp_path / "out").read_bytes() == plain
        assert not part.exists()
        (tmp_path / "out").unlink()
    part.write_bytes(b"something else")
    ran = run("download", "Zap", "-o", "out")
    assert ran.exit_code == 1
    assert "integrity" in ran.stderr
    assert not part.exists()
    assert not (tmp_path / "out").exists()


def test_a_private_file_needs_its_owners_password(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "w.bin").write_bytes(b"weights")
    made(run, tmp_path / "w.bin", "--private", *NEW)
    ran = run("download", "Zap", "-o", "out", as_user="carlos")
    assert (ran.exit_code, "there is no model or dataset called 'Zap'" in ran.stderr) == (1, True)
    ran = run("download", "Zap", "-o", "out", as_user="admin")
    assert (ran.exit_code, "not open its files" in ran.stderr) == (3, True)
    monkeypatch.setenv("HUB_PASSWORD", "wrong")
    ran = run("download", "Zap", "-o", "out")
    assert ran.exit_code == 3
    assert "password" in ran.stderr
    monkeypatch.delenv("HUB_PASSWORD")
    ran = run("download", "Zap", "-o", "out")
    assert ran.exit_code == 1
    assert "set HUB_PASSWORD" in ran.stderr
    assert not (tmp_path / "out").exists()


def test_a_public_file_needs_no_password(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "w.bin").write_bytes(b"weights")
    made(run, tmp_path / "w.bin", *NEW)
    monkeypatch.delenv("HUB_PASSWORD")
    assert run("download", "Zap", "-o", "out", as_user="carlos").exit_code == 0
    assert (tmp_path / "out").read_bytes() == b"weights"


def test_what_cannot_be_taken_leaves_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(b"weights")
    for words, said in (
        (("--kind", "model", "--name", "Zap"), "media_type"),
        (("--kind", "dataset", "--name", "Zap", "--media", "text", "--arch", "rnn"), "no --arch"),
        (("--kind", "model", "--name", "a/b", *NEW), "name"),
    ):
        ran = run("upload", tmp_path / "w.bin", *words)
        assert ran.exit_code == 1, ran.output
        assert said in ran.stderr
    assert run("upload", tmp_path / "absent", "--kind", "model", "--name", "Zap").exit_code == 2
    assert [path for path in (tmp_path / "hub" / "artifacts").rglob("*") if path.is_file()] == []
    assert run("versions", "Zap").exit_code == 1


def test_what_a_file_says_is_read_and_what_is_dangerous_refused(run: Run, tmp_path: Path) -> None:
    table, bad, old = tmp_path / "t.csv", tmp_path / "bad.pt", tmp_path / "old.pt"
    table.write_bytes(b"name,age\nada,36\n")
    bad.write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    old.write_bytes(b"cfractions\nFraction\n(I1\nI2\ntR.")
    told = made(run, table, "--media", "text", name="Ages", kind="dataset")
    assert (told["format"], told["warning"]) == ("CSV", "")
    refused = run("upload", bad, "--kind", "model", "--name", "Bad", *NEW)
    assert refused.exit_code == 1
    assert "os.system" in refused.stderr
    doubted = run("upload", old, "--kind", "model", "--name", "Old", *NEW)
    assert doubted.exit_code == 1
    assert "fractions.Fraction" in doubted.stderr
    known = run("upload", old, "--kind", "model", "--name", "Old", *NEW, "--acknowledge")
    assert known.exit_code == 0
    assert "Warning: it can run code when loaded" in known.stderr
    left = [path for path in (tmp_path / "hub" / "artifacts").rglob("*") if path.is_file()]
    assert len(left) == 4  # two blobs, and what stands beside them


# --- recovery -------------------------------------------------------------------------------------


def alone(*words: Any) -> Result:
    """A command that nobody is acted for in."""
    return CliRunner().invoke(cli.cli, list(map(str, words)), catch_exceptions=False)


def test_an_owner_gets_a_private_file_back(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "w.bin").write_bytes(b"weights")
    made(run, tmp_path / "w.bin", "--private", *NEW)
    key = tmp_path / "key.pem"
    (tmp_path / "hub" / "recovery-key.pem").rename(key)  # taken offline
    secret = run("user", "reset-password", "alice", as_user="admin").stdout.split()[-1].strip(".")
    monkeypatch.setenv("HUB_PASSWORD", secret)
    ran = run("download", "Zap", "-o", "out")
    assert (ran.exit_code, "keys you no longer have" in ran.stderr) == (3, True), ran.output
    ran = alone("recover", "Zap", "--key", key, "--json")
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout) == {
        "kind": "model", "item": "Zap", "owner": "alice", "sealed": [1], "open_before": [], "lost": [], "damaged": [],
    }  # fmt: skip
    assert run("download", "Zap", "-o", "out").exit_code == 0
    assert (tmp_path / "out").read_bytes() == b"weights"
    assert "version 1, open to alice already" in alone("recover", "alice/Zap", "--key", key).stdout
    ran = run("recover", "Zap", "--key", key)
    assert (ran.exit_code, "may not recover files" in ran.stderr) == (3, True)
    rows = json.loads(alone("audit", "show", "--action", "artifact.recover", "--json").stdout)
    assert [(row["outcome"], row["on_behalf_of"]) for row in rows] == [
        ("refused", "alice"), ("ok", "admin"), ("ok", "admin"),
    ]  # fmt: skip


def test_files_come_out_with_the_key_alone(run: Run, tmp_path: Path) -> None:
    plain, hub = noise(2 * CHUNK + 1), tmp_path / "hub"
    (tmp_path / "w.bin").write_bytes(plain)
    version = made(run, tmp_path / "w.bin", "--private", *NEW)
    key = tmp_path / "key.pem"
    (hub / "recovery-key.pem").rename(key)
    said = {"size": len(plain), "sha256": version["sha256"]}
    ran = alone("recover", "Zap", "--key", key, "-o", "one", "--version", 1, "--json")
    assert (ran.exit_code, json.loads(ran.stdout)) == (0, {"path": "one", **said})
    for lost in ("openmodelhub.db", "keys"):
        (hub / lost).rename(tmp_path / lost)
    ran = alone("recover", "--key", key, "--without-database", "--json")
    (listed,) = json.loads(ran.stdout)
    assert (ran.exit_code, listed["owner"], listed["item"], listed["file_name"]) == (0, "alice", "Zap", "w.bin")
    assert "nobody's signature is checked" in ran.stderr
    assert "w.bin" in alone("recover", "Zap", "--key", key, "--without-database").stdout
    (tmp_path / "folder").mkdir()
    ran = alone("recover", "zap", "--key", key, "--without-database", "-o", "folder")
    assert ran.exit_code == 0, ran.output
    assert [(tmp_path / name).read_bytes() == plain for name in ("one", "folder/w.bin")] == [True, True]
    assert not (hub / "openmodelhub.db").exists(), "nothing was set up in its place"
    assert listed["blob_id"] in (hub / "hub.log").read_text("utf-8")


def test_what_recover_is_told_wrongly(run: Run, tmp_path: Path) -> None:
    key = tmp_path / "hub" / "recovery-key.pem"
    (tmp_path / "other.pem").write_text("no key", "ascii")
    for words, said in (
        (("--key", key), "the name of a model or dataset is missing"),
        (("--key", key, "--without-database", "-o", "x"), "the name of a model or dataset is missing"),
        (("Zap", "--key", key, "--version", 1), "--version goes with -o"),
        (("Zap", "--key", key, "--without-database", "--as", "alice"), "leave out --as"),
        (("Zap", "--key", tmp_path / "other.pem"), "holds no recovery key"),
        (("Zap", "--key", tmp_path / "absent.pem"), "cannot be read: No such file"),
        (("Zap", "--key", key), "there is no model or dataset called 'Zap'"),
        (("Zap", "--key", key, "--without-database", "-o", "x"), "the storage has no file of 'Zap'"),
    ):
        ran = alone("recover", *words)
        assert (ran.exit_code, said in ran.stderr) == (1, True), ran.output
    assert alone("recover", "Zap").exit_code == 2
