"""Where sealed files lie: begun, finished, noted, listed and removed."""

import os
import stat
from pathlib import Path

import pytest

from hub.errors import Invalid, NotFound, Unavailable
from hub.storage import FolderStorage, open_storage
from tests.conftest import settings_for

ID, OTHER = "ab" * 16, "cd" * 16


def test_a_blob_is_there_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path / "blobs")
    with storage.begin(ID) as file:
        file.write(b"half")
    with pytest.raises(NotFound):
        storage.open(ID)
    with storage.resume(ID) as file:
        assert file.read() == b"half"
        file.write(b" and half")
    storage.finish(ID)
    with storage.open(ID) as file:
        assert file.read() == b"half and half"
    with pytest.raises(NotFound):
        storage.resume(ID)
    assert [blob_id for blob_id, _ in storage.blob_ids()] == [ID]
    storage.put_note(ID, b"one")
    storage.put_note(ID, b"two")
    assert storage.read_note(ID) == b"two"
    assert {blob_id for blob_id, _ in storage.blob_ids()} == {ID}
    storage.delete(ID)
    storage.delete(ID)
    assert list(storage.blob_ids()) == []
    with pytest.raises(NotFound):
        storage.read_note(ID)


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path / "blobs")
    storage.begin(ID).close()
    storage.finish(ID)
    storage.put_note(ID, b"x")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "blobs").rglob("*") if path.is_file()}
    assert modes == {0o600}


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "AB" * 16, "ab" * 15, "ab" * 16 + "/", "g" * 32, ID + "\n"])
def test_only_ids_of_the_hubs_own_name_a_file(tmp_path: Path, name: str) -> None:
    storage = FolderStorage(tmp_path / "blobs")
    for act in (storage.begin, storage.resume, storage.open, storage.finish, storage.read_note, storage.delete):
        with pytest.raises(NotFound):
            act(name)


def test_what_was_begun_is_not_begun_again(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path / "blobs")
    storage.begin(ID).close()
    with pytest.raises(Unavailable):
        storage.begin(ID)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full here")
def test_a_full_disk_is_said_to_be_full(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path / "blobs")
    storage.begin(ID).close()
    part = next((tmp_path / "blobs").rglob("*.part"))
    part.unlink()
    part.symlink_to("/dev/full")
    with storage.resume(ID) as file, pytest.raises(OSError, match="No space"):
        file.write(b"x")


def test_the_setting_says_where(tmp_path: Path) -> None:
    assert open_storage(settings_for(tmp_path)).folder == tmp_path / "artifacts"  # type: ignore[attr-defined]
    there = open_storage(settings_for(tmp_path, storage_url=f"file:{tmp_path}/there"))
    assert there.folder == tmp_path / "there"  # type: ignore[attr-defined]
    with pytest.raises(Invalid, match="STORAGE_URL"):
        open_storage(settings_for(tmp_path, storage_url="ftp://x"))


def test_what_is_not_a_blob_is_left_alone(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path / "blobs")
    storage.begin(ID).close()
    (tmp_path / "blobs" / "ab" / "readme.txt").write_text("mine")
    (tmp_path / "blobs" / "zz").mkdir()
    (tmp_path / "blobs" / "zz" / OTHER).write_text("misplaced")
    assert [blob_id for blob_id, _ in storage.blob_ids()] == [ID]
    assert os.listdir(tmp_path / "blobs" / "zz") == [OTHER]  # noqa: PTH208
