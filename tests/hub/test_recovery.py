"""Recovery: what the offline key gives back to owners, and what it writes out, with the database or without it."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from db.tables import Artifact, AuditLog, KeyWrap, Model, WebSession
from hub import audit, editing, invitations, keys, people, recovery, sharing
from hub.access import Caller
from hub.artifacts import Version
from hub.errors import Ambiguous, Conflict, Damaged, Denied, Invalid, NotFound, NotProved
from hub.home import Hub
from hub.recovery import Recovered
from secure.keys import EncryptionKey, seal_to
from tests.conftest import caller_for
from tests.hub.test_artifacts import CHANGES, PLAIN, blob, change, content, let_in, prepare, publish, sign_in


@pytest.fixture
def ann(hub: Hub) -> Caller:
    return prepare(hub)


def key_of(hub: Hub) -> EncryptionKey:
    return recovery.load_key(hub.settings.hub_home / "recovery-key.pem")


def reset(hub: Hub, name: str) -> Caller:
    """The person with fresh keys, as an administrator's reset of their password leaves them."""
    secret = people.reset_password(caller_for(hub, "root"), name).secret
    again = sign_in(hub, name, secret)
    people.change_password(again, secret, "nine calm herons")
    return again


def all_of(opened: Recovered, start: int = 0) -> bytes:
    try:
        return b"".join(opened.read(start))
    finally:
        opened.close()


def last_row(hub: Hub, permission: str = "artifact.recover") -> tuple[str, str, dict[str, object]]:
    query = sa.select(AuditLog.actor, AuditLog.outcome, AuditLog.detail).where(AuditLog.action == permission)
    with hub.database.read() as db:
        actor, outcome, detail = db.execute(query.order_by(AuditLog.seq.desc()).limit(1)).one()
    return actor, outcome, json.loads(detail)


# --- sealing anew ---------------------------------------------------------------------------------


def test_an_owner_gets_back_what_their_lost_keys_shut(any_hub: Hub) -> None:
    made = publish(prepare(any_hub))
    again, root = reset(any_hub, "ann"), caller_for(any_hub, "root")
    publish(again, b"new")
    with pytest.raises(Denied, match="keys you no longer have"):
        content(again, made, 1)
    done = recovery.recover_item(root, key_of(any_hub), "model", made.item_id)
    assert (done.owner, done.sealed, done.open_before, done.lost) == ("ann", [1], [2], [])
    assert (content(again, made, 1), content(again, made, 2)) == (PLAIN, b"new")
    with pytest.raises(Denied, match="not open its files"):
        content(sign_in(any_hub, "root"), made)
    actor, outcome, detail = last_row(any_hub)
    assert (actor, outcome, detail["owner"], detail["sealed"], detail["lost"]) == ("root", "ok", "ann", [1], [])
    assert recovery.recover_item(root, key_of(any_hub), "model", made.item_id).sealed == []
    assert audit.verify_audit(root).ok


def test_who_was_let_in_is_invited_anew_under_new_keys_and_it_can_be_made_public(ann: Caller) -> None:
    made = publish(ann)
    let_in(ann.hub, made, "bo", owner=ann)
    bo = reset(ann.hub, "bo")
    recovery.recover_item(caller_for(ann.hub, "root"), key_of(ann.hub), "model", made.item_id)
    with pytest.raises(Denied, match="not open its files"):
        content(bo, made)
    invitation = sharing.invite(ann, "model", made.item_id, "bo")
    invitations.accept(bo, invitation.invitation_id)
    assert content(bo, made) == PLAIN
    again = reset(ann.hub, "ann")
    with pytest.raises(Conflict, match="no longer have"):
        editing.edit_models(again, [made.item_id], {"visibility": "public"})
    recovery.recover_item(caller_for(ann.hub, "root"), key_of(ann.hub), "model", made.item_id)
    editing.edit_models(again, [made.item_id], {"visibility": "public"})
    assert content(sign_in(ann.hub, "root"), made) == PLAIN


def test_the_note_helps_where_the_wrap_is_gone_or_forged(ann: Caller) -> None:
    made = publish(ann)
    publish(ann, b"two")
    again, root = reset(ann.hub, "ann"), caller_for(ann.hub, "root")
    mine = KeyWrap.key_id == keys.RECOVERY_KEY
    first = sa.select(Artifact.blob_id).where(Artifact.version == 1).scalar_subquery()
    change(ann.hub, sa.delete(KeyWrap).where(mine, KeyWrap.blob_id == first))
    forged = seal_to(keys.hub_public(ann.hub, keys.RECOVERY_KEY), bytes(32), b"another label")
    change(ann.hub, sa.update(KeyWrap).where(mine).values(sealed_key=forged))
    assert recovery.recover_item(root, key_of(ann.hub), "model", made.item_id).sealed == [1, 2]
    assert (content(again, made, 1), content(again, made, 2)) == (PLAIN, b"two")


def test_what_neither_has_is_said_to_be_lost(ann: Caller) -> None:
    made = publish(ann)
    other = publish(ann, b"other", name="other")
    publish(ann, b"two")
    reset(ann.hub, "ann")
    change(ann.hub, sa.delete(KeyWrap).where(KeyWrap.key_id == keys.RECOVERY_KEY))
    note = blob(ann.hub, other).with_suffix(".json").read_bytes()  # of another item: bound to that one
    with ann.hub.database.read() as db:
        first = db.scalars(sa.select(Artifact.blob_id).where(Artifact.model_id == made.item_id, Artifact.version == 1))
        ann.hub.storage.put_note(first.one(), note)
    root = caller_for(ann.hub, "root")
    done = recovery.recover_item(root, key_of(ann.hub), "model", made.item_id)
    assert (done.sealed, done.lost) == ([2], [1])
    with pytest.raises(NotFound, match="does not open version 1 of net"):
        recovery.open_recovered(root, key_of(ann.hub), "model", made.item_id, 1)


def test_only_this_hubs_key_and_an_administrator_recover(ann: Caller, tmp_path: Path) -> None:
    made = publish(ann)
    root = caller_for(ann.hub, "root")
    strange = EncryptionKey.generate(1024)
    with pytest.raises(Invalid, match="another hub"):
        recovery.recover_item(root, strange, "model", made.item_id)
    assert last_row(ann.hub)[:2] == ("root", "failed")
    with pytest.raises(Invalid, match="another hub"):
        recovery.open_recovered(root, strange, "model", made.item_id)
    for act in (recovery.recover_item, recovery.open_recovered):
        with pytest.raises(Denied, match="recover files"):
            act(ann, key_of(ann.hub), "model", made.item_id)
    assert last_row(ann.hub)[:2] == ("ann", "refused")
    browser = sign_in(ann.hub, "root")
    with ann.hub.database.write() as db:
        db.execute(sa.update(WebSession).values(proved_at=None))
    for act in (recovery.recover_item, recovery.open_recovered):
        with pytest.raises(NotProved):
            act(browser, key_of(ann.hub), "model", made.item_id)
    for text in ("", "not a key", "ключ"):
        (tmp_path / "key").write_text(text, "utf-8")
        with pytest.raises(Invalid, match="holds no recovery key"):
            recovery.load_key(tmp_path / "key")
    with pytest.raises(Invalid, match="cannot be read: No such file"):
        recovery.load_key(tmp_path / "absent")


def test_what_there_is_nothing_to_recover_of(ann: Caller) -> None:
    made = publish(ann)
    root = caller_for(ann.hub, "root")
    with pytest.raises(NotFound):
        recovery.recover_item(root, key_of(ann.hub), "model", made.item_id + 1)
    with pytest.raises(NotFound, match="no version 2"):
        recovery.open_recovered(root, key_of(ann.hub), "model", made.item_id, 2)
    people.reset_password(root, "ann")
    with pytest.raises(Conflict, match="ann has no keys yet"):
        recovery.recover_item(root, key_of(ann.hub), "model", made.item_id)
    change(ann.hub, sa.delete(Artifact))
    with pytest.raises(NotFound, match="has no file yet"):
        recovery.open_recovered(root, key_of(ann.hub), "model", made.item_id)


def test_recovery_does_not_trust_whose_the_database_says_it_is(ann: Caller) -> None:
    made = publish(ann)
    bo, root = sign_in(ann.hub, "bo"), caller_for(ann.hub, "root")
    change(ann.hub, sa.update(Model).values(owner_id=bo.user_id))
    with pytest.raises(Conflict, match="version 1 of net was not signed by bo"):
        recovery.recover_item(root, key_of(ann.hub), "model", made.item_id)
    change(ann.hub, sa.update(Artifact).values(signed_by=keys.unlocked(bo).signing_id))
    assert recovery.recover_item(root, key_of(ann.hub), "model", made.item_id).damaged == [1]
    with pytest.raises((Denied, Damaged)):
        content(bo, made)
    with ann.hub.database.read() as db:
        held = set(db.scalars(sa.select(KeyWrap.key_id)))
    assert held == {keys.RECOVERY_KEY, keys.unlocked(ann).encryption_id}


def test_recovery_makes_nothing_public(ann: Caller) -> None:
    made = publish(ann)
    change(ann.hub, sa.update(Model).values(visibility="public"))
    recovery.recover_item(caller_for(ann.hub, "root"), key_of(ann.hub), "model", made.item_id)
    with pytest.raises(Denied, match="not sealed to you"):
        content(sign_in(ann.hub, "bo"), made)


def test_an_heir_gets_what_a_removed_person_published(ann: Caller) -> None:
    made, root = publish(ann), caller_for(ann.hub, "root")
    bo = sign_in(ann.hub, "bo")
    people.remove_person(root, "ann", transfer_to="bo")
    with pytest.raises(Denied, match="not sealed to you"):
        content(bo, made)
    assert recovery.recover_item(root, key_of(ann.hub), "model", made.item_id).sealed == [1]
    assert content(bo, made) == PLAIN


# --- writing out ----------------------------------------------------------------------------------


def test_a_file_is_read_with_the_recovery_key(ann: Caller) -> None:
    made = publish(ann)
    publish(ann, b"two")
    root = caller_for(ann.hub, "root")
    opened = recovery.open_recovered(root, key_of(ann.hub), "model", made.item_id, 1)
    assert (opened.file_name, opened.size, opened.etag) == ("net.safetensors", len(PLAIN), made.sha256)
    assert all_of(opened, 100) == PLAIN[100:]
    assert all_of(recovery.open_recovered(root, key_of(ann.hub), "model", made.item_id)) == b"two"
    actor, outcome, detail = last_row(ann.hub)
    assert (actor, outcome, detail) == (
        "root", "ok", {"name": "net", "owner": "ann", "written_out": True, "version": 2},
    )  # fmt: skip


@pytest.mark.parametrize("column", ["sha256", "file_name", "signature", "mac", "signed_by"])
def test_what_was_tampered_with_is_not_given_out(ann: Caller, column: str) -> None:
    made = publish(ann)
    change(ann.hub, sa.update(Artifact).values({column: CHANGES[column](Artifact.__table__)}))
    with pytest.raises(Damaged):
        recovery.open_recovered(caller_for(ann.hub, "root"), key_of(ann.hub), "model", made.item_id)
    assert last_row(ann.hub)[1:] == (
        "failed", last_row(ann.hub)[2] | {"code": "damaged", "name": "net"},
    )  # fmt: skip


def spoil(path: Path, at: int) -> None:
    raw = bytearray(path.read_bytes())
    raw[at] ^= 1
    path.write_bytes(raw)


def test_a_spoilt_chunk_cuts_it_off(ann: Caller) -> None:
    made, hub = publish(ann), ann.hub
    spoil(blob(hub, made), 5000)
    opened = recovery.open_recovered(caller_for(hub, "root"), key_of(hub), "model", made.item_id)
    with pytest.raises(Damaged):
        all_of(opened)
    assert last_row(hub)[2]["code"] == "damaged"
    (noted,) = recovery.read_notes(hub.storage, key_of(hub))[0]
    with pytest.raises(Damaged):
        all_of(recovery.open_noted(hub.storage, noted))


# --- without the database -------------------------------------------------------------------------


def name_all(hub: Hub) -> list[tuple[str, str, int]]:
    return [(one.owner, one.item, one.version) for one in recovery.read_notes(hub.storage, key_of(hub))[0]]


def test_the_notes_are_enough(ann: Caller) -> None:
    hub = ann.hub
    first, _ = publish(ann), publish(ann, b"two")
    publish(sign_in(hub, "bo"), b"his", visibility="public")
    notes, shut = recovery.read_notes(hub.storage, key_of(hub))
    assert ([(one.owner, one.item, one.version) for one in notes], shut) == (
        [("ann", "net", 1), ("ann", "net", 2), ("bo", "net", 1)], 0,
    )  # fmt: skip
    assert "data_key" not in notes[0].as_json()
    assert notes[0].as_json()["sha256"] == first.sha256
    assert repr(notes[0].data_key) not in repr(notes[0])
    with pytest.raises(Ambiguous, match="several items"):
        recovery.pick_noted(notes, "net")
    assert all_of(recovery.open_noted(hub.storage, recovery.pick_noted(notes, "Ann/NET"))) == b"two"
    one = recovery.pick_noted(notes, "ann/net", "model", 1)
    assert all_of(recovery.open_noted(hub.storage, one)) == PLAIN
    assert recovery.pick_noted(notes, notes[2].blob_id).owner == "bo"
    with pytest.raises(NotFound, match="no version 3 of net"):
        recovery.pick_noted(notes, "ann/net", None, 3)
    for name, kind in (("nothing", None), ("ann/net", "dataset")):
        with pytest.raises(NotFound, match="has no file of"):
            recovery.pick_noted(notes, name, kind)  # type: ignore[arg-type]


def test_notes_that_do_not_open_are_counted(ann: Caller) -> None:
    hub, made = ann.hub, [publish(ann, b"x", name=name) for name in ("a", "b", "c", "d")]

    def write(version: Version, raw: bytes) -> None:
        blob(hub, version).with_suffix(".json").write_bytes(raw)

    note = json.loads(blob(hub, made[0]).with_suffix(".json").read_bytes())
    write(made[0], json.dumps(note | {"version": 2}).encode())
    write(made[1], json.dumps(note).encode())
    write(made[2], b"[]")
    assert name_all(hub) == [("ann", "d", 1)]
    assert recovery.read_notes(hub.storage, key_of(hub))[1] == 3
    assert recovery.read_notes(hub.storage, EncryptionKey.generate(1024)) == ([], 4)


def test_a_file_that_is_not_the_notes_is_damaged(ann: Caller) -> None:
    one, two = publish(ann, b"one"), publish(ann, b"two", name="other")
    blob(ann.hub, one).write_bytes(blob(ann.hub, two).read_bytes())
    notes, _ = recovery.read_notes(ann.hub.storage, key_of(ann.hub))
    with pytest.raises(Damaged):
        recovery.open_noted(ann.hub.storage, recovery.pick_noted(notes, "net"))
    blob(ann.hub, two).unlink()
    with pytest.raises(NotFound, match="not in the storage"):
        recovery.open_noted(ann.hub.storage, recovery.pick_noted(notes, "other"))
