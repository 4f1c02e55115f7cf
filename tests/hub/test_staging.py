"""Files on their way in: sealed from the first byte, resumed, cancelled, expired, and read by their owner alone."""

import itertools
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from db.tables import StagedFile, utc_now
from hub import artifacts, staging, trash
from hub.access import Caller, nobody, system
from hub.errors import Conflict, Damaged, Denied, Invalid, NotFound, Unavailable
from hub.home import Hub
from hub.staging import clean_file_name
from secure.container import CHUNK, IntegrityError
from tests.conftest import settings_for
from tests.hub.files import MODEL, set_up, sign_in


@pytest.fixture
def ann(hub: Hub) -> Caller:
    set_up(hub)
    return sign_in(hub, "ann")


def portions(plain: bytes, size: int = 65_536) -> Iterator[bytes]:
    return (plain[at : at + size] for at in range(0, len(plain), size))


def files(hub: Hub) -> list[Path]:
    return sorted(path for path in (hub.settings.hub_home / "artifacts").rglob("*") if path.is_file())


def staged_rows(hub: Hub) -> int:
    with hub.database.read() as db:
        return db.scalar(sa.select(sa.func.count()).select_from(StagedFile)) or 0


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5])
def test_what_is_staged_can_be_read_like_a_file(ann: Caller, size: int) -> None:
    plain = os.urandom(size)
    staged = staging.stage(ann, portions(plain), "w.bin")
    assert (staged.size, staged.file_name) == (size, "w.bin")
    with staging.staged_reader(ann, staged.ref) as reader:
        assert reader.read() == plain
        reader.seek(size // 2)
        assert reader.read(100) == plain[size // 2 : size // 2 + 100]


def test_no_plaintext_is_on_disk_at_any_moment(ann: Caller) -> None:
    marks = [b"PLAINTEXT-%06d-OF-THIS-FILE" % number for number in range(40_000)]
    seen = 0

    def watched() -> Iterator[bytes]:
        nonlocal seen
        for batch in range(0, len(marks), 4_000):
            yield b"".join(marks[batch : batch + 4_000])
            for path in ann.hub.settings.hub_home.rglob("*"):
                if path.is_file():
                    seen += 1
                    raw = path.read_bytes()
                    assert b"PLAINTEXT" not in raw, path
                    assert b"secret-name" not in raw, path

    staging.stage(ann, watched(), "secret-name.bin")
    assert seen > 20


def test_an_upload_that_fails_leaves_nothing(ann: Caller) -> None:
    def breaking() -> Iterator[bytes]:
        yield bytes(2 * CHUNK + 1)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        staging.stage(ann, breaking(), "w.bin")
    assert (files(ann.hub), staged_rows(ann.hub)) == ([], 0)


@pytest.mark.parametrize("sent", [0, 1, CHUNK, CHUNK + 1, 4 * CHUNK + 100])
def test_what_broke_off_goes_on_after_its_last_whole_chunk(ann: Caller, sent: int) -> None:
    plain = os.urandom(5 * CHUNK + 3)
    upload = staging.begin_upload(ann, "w.bin")
    upload.write(plain[:sent])
    upload.pause()
    again = staging.resume_upload(sign_in(ann.hub, "ann"), upload.ref)  # in another session, as after a crash
    assert again.received <= sent
    assert again.received % CHUNK == 0
    again.write(plain[again.received :])
    staged = again.finish()
    with staging.staged_reader(ann, staged.ref) as reader:
        assert reader.read() == plain


def test_an_upload_is_its_persons_alone(ann: Caller) -> None:
    bo = sign_in(ann.hub, "bo")
    staged = staging.stage(ann, [b"x"], "w.bin")
    open_one = staging.begin_upload(ann, "w.bin")
    open_one.pause()
    for act in (
        lambda: staging.staged_reader(bo, staged.ref),
        lambda: staging.cancel_upload(bo, staged.ref),
        lambda: staging.resume_upload(bo, open_one.ref),
        lambda: artifacts.publish_new(bo, staged.ref, "model", {**MODEL, "model_name": "m"}),
    ):
        with pytest.raises(NotFound):
            act()
    with pytest.raises(Denied):
        staging.stage(nobody(ann.hub), [b"x"], "w.bin")


def test_what_is_not_whole_is_neither_read_nor_published(ann: Caller) -> None:
    upload = staging.begin_upload(ann, "w.bin")
    upload.write(bytes(3 * CHUNK))
    upload.pause()
    with pytest.raises(Conflict):
        staging.staged_reader(ann, upload.ref)
    with pytest.raises(Conflict):
        artifacts.publish_new(ann, upload.ref, "model", {**MODEL, "model_name": "m"})
    upload = staging.resume_upload(ann, upload.ref)
    upload.finish()
    with pytest.raises(Conflict):
        staging.resume_upload(ann, upload.ref)


def test_cancelling_removes_it(ann: Caller) -> None:
    staged = staging.stage(ann, [bytes(CHUNK * 2)], "w.bin")
    upload = staging.begin_upload(ann, "w.bin")
    upload.write(bytes(CHUNK * 2))
    upload.cancel()
    staging.cancel_upload(ann, staged.ref)
    assert (files(ann.hub), staged_rows(ann.hub)) == ([], 0)


def test_larger_than_is_taken(ann: Caller) -> None:
    ann.hub.settings = settings_for(ann.hub.settings.hub_home, upload_bytes=1000)
    with pytest.raises(Invalid, match="larger than 1,000"):
        staging.stage(ann, [bytes(600), bytes(401)], "w.bin")
    assert files(ann.hub) == []
    assert staging.stage(ann, [bytes(600), bytes(400)], "w.bin").size == 1000


def test_damage_is_found_when_it_is_read(ann: Caller) -> None:
    staged = staging.stage(ann, [os.urandom(3 * CHUNK)], "w.bin")
    (path,) = files(ann.hub)
    raw = bytearray(path.read_bytes())
    raw[CHUNK + 5000] ^= 1
    path.write_bytes(raw)
    with staging.staged_reader(ann, staged.ref) as reader, pytest.raises(IntegrityError):
        reader.read()
    path.write_bytes(raw[:-1])
    with pytest.raises(Damaged):
        staging.staged_reader(ann, staged.ref)
    path.unlink()
    with pytest.raises(NotFound):
        staging.staged_reader(ann, staged.ref)


def test_changed_facts_are_found(ann: Caller) -> None:
    staged, other = staging.stage(ann, [b"x"], "w.bin"), staging.stage(ann, [b"y"], "w.bin")
    for column in (StagedFile.sealed_facts, StagedFile.sealed_key):
        with ann.hub.database.write() as db:
            values = {row.blob_id: getattr(row, column.key) for row in db.scalars(sa.select(StagedFile))}
            one = sa.update(StagedFile).where(StagedFile.blob_id == staged.ref)
            db.execute(one.values({column: values[other.ref]}))
        with pytest.raises(Damaged):
            staging.staged_reader(ann, staged.ref)
        with ann.hub.database.write() as db:
            db.execute(one.values({column: values[staged.ref]}))
        staging.staged_reader(ann, staged.ref).close()


# --- what is swept --------------------------------------------------------------------------------


def test_what_is_not_published_in_time_is_removed(ann: Caller) -> None:
    hub = ann.hub
    old, fresh = (staging.stage(ann, [b"x"], "w.bin").ref for _ in range(2))
    with hub.database.write() as db:
        late = sa.update(StagedFile).where(StagedFile.blob_id == old)
        db.execute(late.values(expires_at=utc_now() - timedelta(seconds=1)))
    with pytest.raises(NotFound):
        staging.staged_reader(ann, old)
    assert staging.sweep_storage(system(hub)) == 1
    assert [path.name for path in files(hub)] == [fresh]


def test_only_what_no_row_names_is_swept(ann: Caller) -> None:
    hub = ann.hub
    staged = staging.stage(ann, [b"staged"], "w.bin").ref
    under_way = staging.begin_upload(ann, "w.bin")
    under_way.pause()
    kept = artifacts.publish_new(
        ann, staging.stage(ann, [b"kept"], "w.bin").ref, "model", {**MODEL, "model_name": "kept"}
    )
    gone = artifacts.publish_new(
        ann, staging.stage(ann, [b"gone"], "w.bin").ref, "model", {**MODEL, "model_name": "gone"}
    )
    trash.delete_models(ann, [gone.item_id])
    before = len(files(hub))
    orphans = [hub.storage.begin("ab" * 16), hub.storage.begin("cd" * 16)]
    for file in orphans:
        file.close()
    hub.storage.finish("cd" * 16)
    assert staging.sweep_storage(system(hub)) == 0, "young ones may be just coming"
    later = time.time() + 4000
    assert staging.sweep_storage(system(hub), now=later) == 2
    assert len(files(hub)) == before
    trashed = trash.find_trashed(ann, "gone")
    trash.restore_model(ann, trashed.trash_id)
    with artifacts.open_version(ann, "model", gone.item_id) as opened:
        assert b"".join(opened.read()) == b"gone"
    trash.delete_models(ann, [gone.item_id])
    with hub.database.write() as db:
        db.execute(sa.text("DELETE FROM trash"))
    assert staging.sweep_storage(system(hub), now=later) == 1
    with artifacts.open_version(ann, "model", kept.item_id) as opened:
        assert b"".join(opened.read()) == b"kept"
    with staging.staged_reader(ann, staged) as reader:
        assert reader.read() == b"staged"


# --- crashes --------------------------------------------------------------------------------------


class Crash(BaseException):
    """The process is gone: nothing that would tidy up runs."""


def test_a_crash_at_any_moment_leaves_the_old_state_or_the_new(ann: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before each write, sync, rename and commit of an upload and its publishing, one after the other."""
    hub = ann.hub
    first = artifacts.publish_new(ann, staging.stage(ann, [b"one"], "w.bin").ref, "model", {**MODEL, "model_name": "m"})
    plain = os.urandom(2 * CHUNK + 9)
    versions = 1
    finished = False
    for fatal in itertools.count():
        steps = 0

        def step(*_: object, fatal: int = fatal) -> None:
            nonlocal steps
            if steps == fatal:
                raise Crash
            steps += 1

        with monkeypatch.context() as patch:
            for name in ("fsync", "open", "fdopen"):
                real = getattr(os, name)
                patch.setattr(os, name, lambda *args, real=real, **more: (step(), real(*args, **more))[1])
            real_rename = Path.rename
            patch.setattr(Path, "rename", lambda self, target, real=real_rename: (step(), real(self, target))[1])
            patch.setattr(staging, "discard", step)
            sa.event.listen(hub.database.engine, "commit", step)
            try:
                staged = staging.stage(ann, portions(plain, CHUNK // 2), "w.bin")
                artifacts.publish(ann, staged.ref, "model", first.item_id)
                finished = True
                versions += 1
            except Crash:
                pass
            finally:
                sa.event.remove(hub.database.engine, "commit", step)
        found = artifacts.list_versions(ann, "model", first.item_id)
        assert len(found) in (versions, versions + 1)
        versions = len(found)
        for one in found:
            with artifacts.open_version(ann, "model", first.item_id, one.version) as opened:
                assert b"".join(opened.read()) == (b"one" if one.version == 1 else plain)
        if finished:
            break
    assert fatal > 8
    with hub.database.write() as db:
        db.execute(sa.update(StagedFile).values(expires_at=utc_now() - timedelta(seconds=1)))
    staging.sweep_storage(system(hub), now=time.time() + 4000)
    assert len(files(hub)) == 2 * versions, "a file and a note each"


def test_a_full_disk_is_said(ann: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = staging.begin_upload(ann, "w.bin")

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(upload._sealer, "write", full)
    with pytest.raises(Unavailable, match="full"):
        upload.write(b"x")
    upload.cancel()


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [("w.bin", "w.bin"), ("/etc/passwd", "passwd"), ("C:\\temp\\model v2.pt", "model v2.pt"), ("../..", "file"),
     ("", "file"), ("a\r\nSet-Cookie: x.csv", "aSet-Cookie x.csv"), ("\x1b[31mred.txt", "[31mred.txt"),
     ("x" * 300 + ".csv", "x" * 196 + ".csv"), ("   .hidden  ", "hidden"), ("наука.csv", "наука.csv"),
     ('say "hi".txt', "say hi.txt"), ("a\u202egnp.exe", "agnp.exe")],
)  # fmt: skip
def test_file_names_are_made_harmless(given: str, kept: str) -> None:
    assert clean_file_name(given) == kept


@given(st.text(max_size=400))
def test_any_text_gives_a_file_name(text: str) -> None:
    name = clean_file_name(text)
    assert 0 < len(name) <= staging.MAX_FILE_NAME
    assert name.isprintable()
    assert not set(name) & set('/\\<>:"|?*')
    assert name not in (".", "..")
    assert clean_file_name(name) == name


def test_one_person_begins_only_so_many(ann: Caller) -> None:
    ann.hub.settings = settings_for(ann.hub.settings.hub_home, staged_uploads=2)
    first, upload = staging.stage(ann, [b"x"], "w.bin"), staging.begin_upload(ann, "w.bin")
    with pytest.raises(Conflict, match="2 uploads that are not published") as refused:
        staging.begin_upload(ann, "w.bin")
    assert "publish or cancel one" in refused.value.hint
    assert len(files(ann.hub)) == staged_rows(ann.hub) == 2
    staging.stage(sign_in(ann.hub, "bo"), [b"x"], "w.bin")
    upload.cancel()
    second = staging.stage(ann, [b"x"], "w.bin")
    artifacts.publish_new(ann, first.ref, "model", {**MODEL, "model_name": "m"})
    staging.stage(ann, [b"x"], "w.bin")
    with ann.hub.database.write() as db:
        db.execute(sa.update(StagedFile).where(StagedFile.blob_id == second.ref).values(expires_at=utc_now()))
    staging.stage(ann, [b"x"], "w.bin")
