"""Versions: published by owners, opened by whom they are for, and refused when a row or the file was tampered with."""

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from db.tables import (
    Artifact,
    AuditLog,
    ItemEpoch,
    ItemGrant,
    KeyWrap,
    Model,
    PersonPermission,
    StagedFile,
    WebSession,
    utc_now,
)
from hub import artifacts, editing, grants, keys, people, sealing, staging
from hub.access import Caller, nobody
from hub.artifacts import Said, Version, open_version
from hub.errors import Conflict, Damaged, Denied, HubError, Invalid, NotFound, NotProved, NotSignedIn
from hub.home import Hub
from hub.proofs import life_of_proof
from secure.container import CHUNK, Opener
from secure.keys import EncryptionKey, seal_to, unwrap
from tests.conftest import caller_for
from tests.hub.files import MODEL, set_up, sign_in

PLAIN = os.urandom(2 * CHUNK + 77)


def prepare(hub: Hub) -> Caller:
    set_up(hub)
    return sign_in(hub, "ann")


@pytest.fixture
def ann(hub: Hub) -> Caller:
    return prepare(hub)


def publish(
    caller: Caller, plain: bytes = PLAIN, *, name: str = "net", visibility: str = "private", **said: str
) -> Version:
    """The next version of the caller's model of this name, which is registered first where there is none."""
    ref = staging.stage(caller, [plain], "net.safetensors").ref
    known = artifacts.find_own_item(caller, "model", name)
    if known is not None:
        return artifacts.publish(caller, ref, "model", known, Said(**said))
    return artifacts.publish_new(
        caller, ref, "model", {**MODEL, "model_name": name, "visibility": visibility}, Said(**said)
    )


def content(caller: Caller, version: Version, number: int | None = None) -> bytes:
    with open_version(caller, version.kind, version.item_id, number) as opened:
        return b"".join(opened.read())


def change(hub: Hub, statement: sa.Executable) -> None:
    """What somebody with write access to the database could do."""
    with hub.database.write() as db:
        db.execute(statement)


def let_in(hub: Hub, version: Version, name: str, *, owner: Caller | None = None, **values: Any) -> None:
    """A grant of this item, signed by an owner where one is given, with the key wraps that belong to it."""
    user_id = caller_for(hub, name).user_id
    with hub.database.write() as db:
        grant = ItemGrant(
            user_id=user_id, model_id=version.item_id, permission="download", granted_by=user_id, epoch=0, **values
        )
        public = keys.current_key(hub, db, user_id or 0, "encryption")
        if owner is not None:
            assert public is not None
            opened = keys.unlocked(owner)
            grant.key_id = public.key_id
            grant.signed_by = opened.signing_id
            grant.signature = opened.signing.sign(grants.grant_statement(hub, grant))
        db.add(grant)
        if owner is None:
            return
        assert public is not None
        for row in db.scalars(sa.select(Artifact).where(Artifact.model_id == version.item_id)):
            wrap = db.get(KeyWrap, (row.blob_id, opened.encryption_id))
            assert wrap is not None
            data_key = opened.encryption.open(wrap.sealed_key, sealing.wrap_label(row, opened.encryption_id))
            sealed = seal_to(public.public_pem, data_key, sealing.wrap_label(row, public.key_id))
            db.add(KeyWrap(blob_id=row.blob_id, key_id=public.key_id, sealed_key=sealed))


# --- publishing and opening -----------------------------------------------------------------------


def test_a_file_comes_back_on_each_backend(any_hub: Hub) -> None:
    ann = prepare(any_hub)
    first = publish(ann, visibility="public")
    second = publish(ann, b"second", format="safetensors", warning="look out")
    assert (first.version, second.version) == (1, 2)
    assert (second.format, second.warning, second.size) == ("safetensors", "look out", 6)
    listed = artifacts.list_versions(ann, "model", first.item_id)
    assert [one.version for one in listed] == [2, 1]
    assert listed == [second, first]
    assert content(ann, first) == b"second"
    assert content(ann, first, 1) == PLAIN
    assert content(sign_in(any_hub, "bo"), first, 1) == PLAIN
    with open_version(ann, "model", first.item_id, 1) as opened:
        assert (opened.size, len(opened.etag)) == (len(PLAIN), 64)
        assert b"".join(opened.read(CHUNK - 5, CHUNK + 5)) == PLAIN[CHUNK - 5 : CHUNK + 5]
        assert opened.reader().read(10) == PLAIN[:10]
    with pytest.raises(NotFound, match="no version 3"):
        open_version(ann, "model", first.item_id, 3)


def test_a_staged_file_is_published_once(ann: Caller) -> None:
    ref = staging.stage(ann, [b"x"], "w.csv").ref
    made = artifacts.publish_new(ann, ref, "dataset", {"ds_name": "tides", "media": "text"})
    assert (made.kind, made.media_type, made.link) == ("dataset", "text/csv", f"/files/dataset/{made.item_id}/1")
    for again in (
        lambda: artifacts.publish(ann, ref, "dataset", made.item_id),
        lambda: artifacts.publish_new(ann, ref, "dataset", {"ds_name": "tides 2", "media": "text"}),
    ):
        with pytest.raises((NotFound, Conflict)):
            again()
    assert artifacts.find_own_item(ann, "dataset", "tides 2") is None


def test_what_is_wrong_with_the_record_keeps_the_upload(ann: Caller) -> None:
    ref = staging.stage(ann, [b"x"], "w.bin").ref
    with pytest.raises(Invalid):
        artifacts.publish_new(ann, ref, "model", {"model_name": "net"})
    assert artifacts.find_own_item(ann, "model", "net") is None
    assert artifacts.publish_new(ann, ref, "model", {**MODEL, "model_name": "net"}).version == 1


def test_only_the_owner_publishes_a_version(ann: Caller) -> None:
    public, private = publish(ann, visibility="public"), publish(ann, name="other")
    for name in ("bo", "root"):
        caller = sign_in(ann.hub, name)
        ref = staging.stage(caller, [b"x"], "w.bin").ref
        with pytest.raises(Denied, match="not yours"):
            artifacts.publish(caller, ref, "model", public.item_id)
        with pytest.raises(Denied if name == "root" else NotFound):
            artifacts.publish(caller, ref, "model", private.item_id)


def test_publishing_needs_the_right_to_register(ann: Caller) -> None:
    ref = staging.stage(ann, [b"x"], "w.bin").ref
    with ann.hub.database.write() as db:
        db.add(PersonPermission(user_id=ann.user_id, permission="model.create", allowed=False))
    with pytest.raises(Denied, match="register models"):
        artifacts.publish_new(ann, ref, "model", {**MODEL, "model_name": "net"})


def test_private_files_are_for_their_owner(ann: Caller) -> None:
    version = publish(ann)
    assert content(ann, version) == PLAIN
    with pytest.raises(NotFound):
        content(sign_in(ann.hub, "bo"), version)
    with pytest.raises(Denied, match="not open its files"):
        content(sign_in(ann.hub, "root"), version)
    with pytest.raises(Denied):
        open_version(nobody(ann.hub), "model", version.item_id)
    with pytest.raises((Denied, NotSignedIn)):
        content(caller_for(ann.hub, "ann"), version)


def test_a_session_that_proved_nothing_lately_opens_and_publishes_nothing(ann: Caller) -> None:
    made = publish(ann, b"old", visibility="public")
    ref = staging.stage(ann, [b"newer"], "w.bin").ref
    late = utc_now() - life_of_proof(ann.hub)
    change(ann.hub, sa.update(WebSession).where(WebSession.session_id == ann.session_id).values(proved_at=late))
    acts: list[Callable[[], object]] = [
        lambda: open_version(ann, "model", made.item_id),
        lambda: artifacts.find_preview(ann, "model", made.item_id, None),
        lambda: artifacts.publish(ann, ref, "model", made.item_id),
    ]
    for act in acts:
        with pytest.raises(NotProved):
            act()
    assert [one.version for one in artifacts.list_versions(ann, "model", made.item_id)] == [1]
    assert content(caller_for(ann.hub, "bo"), made) == b"old", "who has no session has no browser to prove anything"


def test_the_hub_is_sealed_to_for_public_files_alone(ann: Caller) -> None:
    private, public = publish(ann), publish(ann, name="open", visibility="public")
    with ann.hub.database.read() as db:
        for version, wanted in ((private, False), (public, True)):
            row = db.scalars(sa.select(Artifact).where(Artifact.model_id == version.item_id)).one()
            held = set(db.scalars(sa.select(KeyWrap.key_id).where(KeyWrap.blob_id == row.blob_id)))
            assert (keys.HUB_KEY in held) == wanted
            assert {keys.RECOVERY_KEY, keys.unlocked(ann).encryption_id} == held - {keys.HUB_KEY}


def test_a_row_that_is_made_public_behind_the_hubs_back_opens_nothing(ann: Caller) -> None:
    version = publish(ann)
    change(ann.hub, sa.update(Model).values(visibility="public"))
    with pytest.raises(Denied, match="not sealed to you"):
        content(sign_in(ann.hub, "bo"), version)
    assert content(ann, version) == PLAIN


def test_after_a_reset_private_files_stay_shut(ann: Caller) -> None:
    version = publish(ann)
    secret = people.reset_password(caller_for(ann.hub, "root"), "ann").secret
    again = sign_in(ann.hub, "ann", secret)
    people.change_password(again, secret, "nine calm herons")
    with pytest.raises(Denied, match="keys you no longer have"):
        content(again, version)
    publish(again, b"new")
    assert content(again, version) == b"new"
    with pytest.raises(Denied):
        content(again, version, 1)


def test_files_outlive_who_signed_them(ann: Caller) -> None:
    version = publish(ann, visibility="public")
    people.remove_person(caller_for(ann.hub, "root"), "ann", transfer_to="bo")
    bo = sign_in(ann.hub, "bo")
    assert content(bo, version) == PLAIN
    publish(bo, b"second")
    assert content(sign_in(ann.hub, "root"), version) == b"second"


def test_downloads_and_uploads_are_on_the_trail(ann: Caller) -> None:
    version = publish(ann)
    content(ann, version)
    with pytest.raises(NotFound):
        content(sign_in(ann.hub, "bo"), version)
    with ann.hub.database.read() as db:
        rows = db.execute(
            sa.select(AuditLog.actor, AuditLog.action, AuditLog.outcome, AuditLog.detail)
            .where(AuditLog.action.startswith("artifact."))
            .order_by(AuditLog.seq)
        ).all()
    assert [tuple(row)[:3] for row in rows] == [
        ("ann", "artifact.upload", "staged"), ("ann", "artifact.upload", "ok"),
        ("ann", "artifact.download", "ok"), ("bo", "artifact.download", "failed"),
    ]  # fmt: skip
    assert json.loads(rows[1].detail)["sha256"] == version.sha256


def test_the_trail_names_the_files_of_public_items_alone(ann: Caller) -> None:
    for name, visibility in (("net", "private"), ("open", "public")):
        publish(ann, b"x", name=name, visibility=visibility)
    with ann.hub.database.read() as db:
        rows = db.scalars(
            sa.select(AuditLog.detail).where(AuditLog.action == "artifact.upload").order_by(AuditLog.seq)
        ).all()
    assert [json.loads(row).get("file_name") for row in rows] == [None, None, None, "net.safetensors"]


# --- grants ---------------------------------------------------------------------------------------


def test_a_grant_that_the_owner_signed_opens(ann: Caller) -> None:
    version = publish(ann)
    let_in(ann.hub, version, "bo", owner=ann)
    bo = sign_in(ann.hub, "bo")
    assert content(bo, version) == PLAIN
    publish(ann, b"later")
    assert content(bo, version) == b"later", "new versions are sealed to who was let in"


@pytest.mark.parametrize(
    ("values", "signed"),
    [({}, False), ({"permission": "view"}, True), ({"epoch": 1}, True), ({"version": 9}, True),
     ({"expires_at": "2020-01-01"}, True)],
)  # fmt: skip
def test_any_other_grant_opens_nothing(ann: Caller, values: dict[str, Any], signed: bool) -> None:
    version = publish(ann)
    let_in(ann.hub, version, "bo", owner=ann if signed else None)
    if "expires_at" in values:
        values = {"expires_at": sa.func.datetime(values["expires_at"])}
    if values:
        change(ann.hub, sa.update(ItemGrant).values(**values))
    bo = sign_in(ann.hub, "bo")
    with pytest.raises((Denied, NotFound)):
        content(bo, version)
    publish(ann, b"later")
    with ann.hub.database.read() as db:
        held = set(db.scalars(sa.select(KeyWrap.key_id).join(Artifact).where(Artifact.version == 2)))
    assert keys.unlocked(bo).encryption_id not in held


def test_a_grant_signed_by_somebody_else_opens_nothing(ann: Caller) -> None:
    version = publish(ann)
    let_in(ann.hub, version, "bo", owner=ann)
    bo = keys.unlocked(sign_in(ann.hub, "bo"))
    with ann.hub.database.write() as db:
        grant = db.scalars(sa.select(ItemGrant)).one()
        grant.signed_by = bo.signing_id
        grant.signature = bo.signing.sign(grants.grant_statement(ann.hub, grant))
    with pytest.raises(Denied):
        content(sign_in(ann.hub, "bo"), version)


def test_a_grant_put_back_after_the_epoch_rose_opens_nothing(ann: Caller) -> None:
    version = publish(ann)
    let_in(ann.hub, version, "bo", owner=ann)
    mac = grants.epoch_mac(ann.hub, "model", version.item_id, 1)
    change(ann.hub, sa.insert(ItemEpoch).values(model_id=version.item_id, epoch=1, mac=mac))
    with pytest.raises(NotFound):
        content(sign_in(ann.hub, "bo"), version)
    change(ann.hub, sa.update(ItemEpoch).values(epoch=0))
    with pytest.raises(Damaged):
        content(sign_in(ann.hub, "bo"), version)


def test_access_taken_away_cuts_a_running_download(ann: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifacts, "_CHECKED_EVERY", 2)
    version = publish(ann, bytes(9 * CHUNK))
    let_in(ann.hub, version, "bo", owner=ann)
    with open_version(sign_in(ann.hub, "bo"), "model", version.item_id) as opened:
        pieces = opened.read()
        next(pieces)
        opened.check()
        change(ann.hub, sa.delete(ItemGrant))
        with pytest.raises(NotFound):
            opened.check()
        with pytest.raises(NotFound):
            next(pieces)
    with pytest.raises(NotFound):
        content(sign_in(ann.hub, "bo"), version)


# --- tampering ------------------------------------------------------------------------------------


def blob(hub: Hub, version: Version) -> Path:
    with hub.database.read() as db:
        blob_id = db.scalar(sa.select(Artifact.blob_id).where(Artifact.model_id == version.item_id))
    assert blob_id
    return hub.settings.hub_home / "artifacts" / blob_id[:2] / blob_id


CHANGES: dict[str, Callable[[sa.Table], Any]] = {
    "version": lambda _: 7, "epoch": lambda _: 1, "file_name": lambda _: "evil.exe", "size": lambda _: 5,
    "media_type": lambda _: "text/html", "format": lambda _: "gguf", "warning": lambda _: "none at all",
    "sha256": lambda _: "0" * 64, "signed_by": lambda _: "x", "signature": lambda _: bytes(128),
    "mac": lambda _: bytes(32), "created_at": lambda _: sa.func.datetime("2020-01-01"),
}  # fmt: skip


def test_every_column_of_a_version_is_tried() -> None:
    ids = {"blob_id", "model_id", "ds_id"}
    assert set(CHANGES) | ids == set(Artifact.__table__.columns.keys())


@pytest.mark.parametrize("column", CHANGES)
@pytest.mark.parametrize("visibility", ["public", "private"])
def test_a_changed_row_opens_nothing(ann: Caller, column: str, visibility: str) -> None:
    version = publish(ann, visibility=visibility)
    change(ann.hub, sa.update(Artifact).values({column: CHANGES[column](Artifact.__table__)}))  # type: ignore[arg-type]
    with pytest.raises(Damaged):
        content(ann, version)
    with ann.hub.database.read() as db:
        last = db.execute(sa.select(AuditLog.action, AuditLog.outcome).order_by(AuditLog.seq.desc()).limit(1)).one()
    assert tuple(last) == ("artifact.download", "failed")


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_swapped_and_copied_rows_open_nothing(ann: Caller, visibility: str) -> None:
    one, two = publish(ann, visibility=visibility), publish(ann, b"two", name="two", visibility=visibility)
    with ann.hub.database.write() as db:
        blobs = {row.model_id: row.blob_id for row in db.scalars(sa.select(Artifact))}
        own = sa.update(Artifact).where(Artifact.blob_id == blobs[one.item_id])
        db.execute(own.values(version=2))
        db.execute(own.values(model_id=two.item_id))
    with pytest.raises(Damaged):
        content(ann, two)
    assert content(ann, two, 1) == b"two"


def test_somebody_elses_file_in_an_owners_item_opens_nothing(ann: Caller) -> None:
    """Bo writes into the database: a file of his own, rightly signed by himself, as a version of ann's item."""
    hub, version = ann.hub, publish(ann, visibility="public")
    bo = sign_in(hub, "bo")
    mine = publish(bo, b"evil", name="evil", visibility="public")
    opened = keys.unlocked(bo)
    with hub.database.write() as db:
        row = db.scalars(sa.select(Artifact).where(Artifact.model_id == mine.item_id)).one()
        with hub.storage.open(row.blob_id) as file:
            wrap = db.get(KeyWrap, (row.blob_id, opened.encryption_id))
            assert wrap is not None
            data_key = opened.encryption.open(wrap.sealed_key, sealing.wrap_label(row, opened.encryption_id))
            opener = Opener(file, data_key)
            header, tags = opener.header.digest.hex(), opener.pin().hex()
        row.model_id, row.version = version.item_id, 2
        row.signature = opened.signing.sign(sealing.statement_of(hub, row, header, tags))
        for_all = db.get(KeyWrap, (row.blob_id, keys.HUB_KEY))
        assert for_all is not None
        label = sealing.wrap_label(row, keys.HUB_KEY)
        for_all.sealed_key = seal_to(keys.hub_public(hub, keys.HUB_KEY), data_key, label)
    with pytest.raises(Damaged):
        content(bo, version, 2)


@pytest.mark.parametrize("place", [0, 20, 200, 400, CHUNK, 2 * CHUNK + 300, -1])
def test_a_changed_file_opens_nothing(ann: Caller, place: int) -> None:
    version = publish(ann)
    path = blob(ann.hub, version)
    raw = bytearray(path.read_bytes())
    raw[place] ^= 1
    path.write_bytes(raw)
    out: list[bytes] = []
    with pytest.raises(Damaged), open_version(ann, "model", version.item_id) as opened:
        out.extend(opened.read())
    assert PLAIN.startswith(b"".join(out))


def test_a_file_in_anothers_place_opens_nothing(ann: Caller) -> None:
    one, two = publish(ann), publish(ann, b"two", name="two")
    blob(ann.hub, one).write_bytes(blob(ann.hub, two).read_bytes())
    with pytest.raises(Damaged):
        content(ann, one)
    blob(ann.hub, two).unlink()
    with pytest.raises(NotFound):
        content(ann, two)


def test_a_wrap_of_another_version_opens_nothing(ann: Caller) -> None:
    version = publish(ann)
    publish(ann, b"two")
    with ann.hub.database.write() as db:
        first, second = db.scalars(sa.select(Artifact.blob_id).order_by(Artifact.version))
        key_id = keys.unlocked(ann).encryption_id
        one, two = db.get(KeyWrap, (first, key_id)), db.get(KeyWrap, (second, key_id))
        assert one is not None
        assert two is not None
        two.sealed_key = one.sealed_key
    with pytest.raises(Damaged):
        content(ann, version, 2)


# --- recovery -------------------------------------------------------------------------------------


def test_recovery_opens_a_private_file_without_the_database(ann: Caller) -> None:
    version = publish(ann)
    hub, path = ann.hub, blob(ann.hub, version)
    note = json.loads(path.with_suffix(".json").read_text("ascii"))
    assert "net" not in json.dumps(note).replace("blob", ""), "names do not stand beside the file in clear"
    recovery = EncryptionKey.load_pem((hub.settings.hub_home / "recovery-key.pem").read_text("ascii"))
    parts = (note[part] for part in ("blob", "kind", "item", "version", "epoch"))
    label = "\n".join(["omh/v1/data-key", *map(str, parts), keys.RECOVERY_KEY]).encode()
    data_key = recovery.open(base64.b64decode(note["sealed_key"]), label)
    with path.open("rb") as file:
        assert b"".join(Opener(file, data_key).read()) == PLAIN
    about = json.loads(unwrap(sealing.note_key(data_key), base64.b64decode(note["about"]), note["blob"]))
    assert about == {"item": "net", "owner": "ann", "file_name": "net.safetensors", "size": len(PLAIN),
                     "media_type": "application/octet-stream", "sha256": version.sha256}  # fmt: skip


def test_a_hub_without_keys_says_so(hub: Hub) -> None:
    people.first_admin(hub, "root", "seven quiet otters")
    root = sign_in(hub, "root")
    with pytest.raises(HubError, match="no keys for files"):
        publish(root)
    with hub.database.read() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(Artifact)) == 0
        assert db.scalar(sa.select(sa.func.count()).select_from(StagedFile)) == 1
    keys.set_up_keys(hub, hub.settings.hub_home / "recovery-key.pem")
    assert content(root, publish(root)) == PLAIN


def test_editing_leaves_versions_alone(ann: Caller) -> None:
    version = publish(ann)
    editing.edit_models(ann, [version.item_id], {"model_name": "renamed"})
    assert content(ann, version) == PLAIN


# --- when the visibility changes ------------------------------------------------------------------


def test_what_becomes_public_opens_for_everyone_and_what_becomes_private_no_longer(ann: Caller) -> None:
    hub, made = ann.hub, publish(ann, b"one")
    publish(ann, b"two")
    bo = sign_in(hub, "bo")
    with pytest.raises(NotFound):
        content(bo, made)
    editing.edit_models(ann, [made.item_id], {"visibility": "public"})
    assert (content(bo, made, 1), content(bo, made, 2)) == (b"one", b"two")
    editing.edit_models(ann, [made.item_id], {"visibility": "private"})
    with pytest.raises(NotFound):
        content(bo, made)
    with hub.database.read() as db:
        assert db.scalar(sa.select(sa.func.count()).where(KeyWrap.key_id == keys.HUB_KEY)) == 0
    assert content(ann, made, 1) == b"one"


def test_making_files_public_needs_their_keys(ann: Caller) -> None:
    made = publish(ann)
    with pytest.raises(Denied, match="keys"):
        editing.edit_models(caller_for(ann.hub, "ann"), [made.item_id], {"visibility": "public"})
    with pytest.raises(NotFound):
        content(sign_in(ann.hub, "bo"), made)
    change(ann.hub, sa.delete(KeyWrap).where(KeyWrap.key_id == keys.unlocked(ann).encryption_id))
    with pytest.raises(Conflict, match="no longer have"):
        editing.edit_models(ann, [made.item_id], {"visibility": "public"})
