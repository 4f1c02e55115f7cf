"""Sharing: who is invited gets in by accepting, and out at once; rows that nobody signed for now open nothing."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from db.tables import AuditLog, Invitation, InvitationWrap, ItemEpoch, ItemGrant, KeyWrap, utc_now
from hub import artifacts, audit, catalog, editing, grants, invitations, keys, people, records, sharing, trash
from hub.access import Caller, system
from hub.artifacts import Version
from hub.errors import Ambiguous, Conflict, Denied, HubError, Invalid, NotFound
from hub.home import Hub
from hub.invitations import Inbox, Invite
from hub.sharing import Access, read_terms
from secure.container import CHUNK
from tests.conftest import caller_for
from tests.hub.files import MODEL, set_up, sign_in
from tests.hub.test_artifacts import change, content, publish


class World:
    """ann owns a private model with a file; bo and cy have keys."""

    def __init__(self, hub: Hub) -> None:
        set_up(hub)
        records.load_records(system(hub), {"user": [{"user_name": "cy", "password": "cy pw"}]})
        self.hub = hub
        self.ann, self.bo, self.cy = (sign_in(hub, name, f"{name} pw") for name in ("ann", "bo", "cy"))
        self.made = publish(self.ann, b"one")

    def invite(self, to: str = "bo", *words: Any, **terms: Any) -> Invite:
        return sharing.invite(self.ann, "model", self.made.item_id, to, read_terms(*words, **terms))

    def let_in(self, who: Caller, **terms: Any) -> Invite:
        return invitations.accept(who, self.invite(who.user_name, **terms).invitation_id)

    def revoke(self, person: str = "bo") -> sharing.Revoked:
        return sharing.revoke(self.ann, "model", self.made.item_id, person)

    def access(self) -> list[Access]:
        return sharing.who_has_access(self.ann, "model", self.made.item_id)

    def opens(self, who: Caller, number: int | None = None) -> bytes:
        return content(who, self.made, number)


@pytest.fixture
def world(hub: Hub) -> World:
    return World(hub)


@pytest.fixture
def any_world(any_hub: Hub) -> World:
    return World(any_hub)


def refused(act: Callable[..., object], *arguments: object) -> str:
    with pytest.raises((NotFound, Denied, Conflict)) as error:
        act(*arguments)
    return error.value.message


# --- the whole way --------------------------------------------------------------------------------


def test_invited_accepted_and_revoked_on_each_backend(any_world: World) -> None:
    world = any_world
    later = datetime(utc_now().year + 1, 1, 31, 23, 59, 59)
    sent = world.invite("Bo", expires=f"{later:%Y-%m-%d}", note=" for the review ")
    assert (sent.to, sent.full_name, sent.note, sent.expires_at) == ("bo", "ann/net", "for the review", str(later))
    assert refused(world.opens, world.bo) == "there is no such model", "an invitation is no access"
    assert invitations.list_invitations(world.bo) == Inbox([sent], [])
    assert invitations.list_invitations(world.ann) == Inbox([], [sent])
    assert (invitations.count_waiting(world.bo), invitations.count_waiting(world.cy)) == (1, 0)
    assert invitations.find_invitation(world.bo, "ANN/net") == sent
    world.let_in(world.cy)
    invitations.accept(world.bo, sent.invitation_id)
    assert world.opens(world.bo) == world.opens(world.cy) == b"one"
    assert catalog.show_item(world.bo, "net").owner == "ann"
    assert [(one.person, one.state, one.expires_at) for one in world.access()] == [
        ("bo", "accepted", str(later)), ("cy", "accepted", None)
    ]  # fmt: skip
    publish(world.ann, b"two")
    assert world.opens(world.bo) == world.opens(world.cy) == b"two", "later versions are for them too"

    assert world.revoke().had_access
    assert refused(world.opens, world.bo) == "there is no such model"
    assert refused(catalog.show_item, world.bo, "net")
    assert world.opens(world.cy, 1) == b"one", "what the others have was signed anew"
    publish(world.ann, b"three")
    assert (world.opens(world.cy), world.opens(world.ann)) == (b"three", b"three")
    with world.hub.database.read() as db:
        bo_wraps = KeyWrap.key_id == keys.unlocked(world.bo).encryption_id
        assert db.scalar(sa.select(sa.func.count()).where(bo_wraps)) == 0
        noted = db.scalars(sa.select(AuditLog.outcome).where(AuditLog.action == "item.share")).all()
        assert "for the review" not in str(db.scalars(sa.select(AuditLog.detail)).all())
    assert noted.count("revoked") == 1
    assert "took the invitation back" in refused(invitations.accept, world.bo, sent.invitation_id)
    assert audit.verify_audit(caller_for(world.hub, "root")).ok


def test_versions_that_come_while_an_invitation_waits_are_for_it(any_world: World) -> None:
    sent = any_world.invite()
    publish(any_world.ann, b"two")
    invitations.accept(any_world.bo, sent.invitation_id)
    assert (any_world.opens(any_world.bo), any_world.opens(any_world.bo, 1)) == (b"two", b"one")


def test_one_version_alone(world: World) -> None:
    publish(world.ann, b"two")
    world.let_in(world.bo, version=1)
    publish(world.ann, b"three")
    assert world.opens(world.bo, 1) == b"one"
    for number in (2, 3):
        assert "not open its files" in refused(world.opens, world.bo, number)


def test_to_view_is_metadata_alone_and_can_become_more(world: World) -> None:
    world.let_in(world.bo, permission="view")
    publish(world.ann, b"two")
    assert catalog.show_item(world.bo, "net").name == "net"
    assert "not open its files" in refused(world.opens, world.bo)
    world.let_in(world.bo)
    assert world.opens(world.bo) == b"two"
    assert refused(world.invite, "bo", "view") == "bo has as much access already"
    assert [one.permission for one in world.access()] == ["download"]


def test_declined_and_withdrawn(world: World) -> None:
    first = world.invite()
    invitations.decline(world.bo, first.invitation_id)
    assert "you declined" in refused(invitations.accept, world.bo, first.invitation_id)
    second = world.invite()
    done = world.revoke()
    assert (done.had_access, done.was_invited) == (False, True)
    assert "took the invitation back" in refused(invitations.accept, world.bo, second.invitation_id)
    assert refused(world.revoke) == "bo has no access to net"
    assert invitations.list_invitations(world.bo) == Inbox([], [])
    with world.hub.database.read() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(InvitationWrap)) == 0


def test_inviting_again_replaces_the_open_one(world: World) -> None:
    world.let_in(world.cy)
    first, second = world.invite(), world.invite("bo", "view")
    assert "took the invitation back" in refused(invitations.accept, world.bo, first.invitation_id)
    change(world.hub, sa.update(Invitation).where(Invitation.invitation_id == first.invitation_id).values(state="open"))
    assert "not what ann signed" in refused(invitations.accept, world.bo, first.invitation_id)
    assert invitations.list_invitations(world.bo).received == [second]
    assert invitations.accept(world.bo, second.invitation_id).permission == "view"
    assert world.opens(world.cy) == b"one"


def test_what_runs_out(world: World) -> None:
    world.let_in(world.cy, expires="2 weeks")
    sent = world.invite(expires="1 day")
    past = utc_now().replace(year=2020)
    change(world.hub, sa.update(Invitation).values(expires_at=past))
    change(world.hub, sa.update(ItemGrant).values(expires_at=past))
    assert "ran out" in refused(invitations.accept, world.bo, sent.invitation_id)
    assert refused(world.opens, world.cy) == "there is no such model"
    assert [one.state for one in world.access()] == ["expired", "expired"]
    assert invitations.list_invitations(world.bo) == invitations.list_invitations(world.ann) == Inbox([], [])
    invitations.accept(world.cy, world.invite("cy").invitation_id)
    assert world.opens(world.cy) == b"one"


# --- what cannot be -------------------------------------------------------------------------------


def test_who_can_be_invited_by_whom(world: World) -> None:
    people.create_person(caller_for(world.hub, "root"), "newcomer")
    people.edit_person(caller_for(world.hub, "root"), "cy", is_active=False)
    item_id = world.made.item_id
    for caller, to, said in (
        (world.ann, "nobody", "there is nobody called 'nobody'"),
        (world.ann, "newcomer", "newcomer has no keys yet, so nothing can be sealed to them"),
        (world.ann, "cy", "the account of cy is not active"),
        (world.bo, "root", "there is no such model"),
        (sign_in(world.hub, "root"), "bo", "net is not yours"),
    ):
        assert refused(sharing.invite, caller, "model", item_id, to) == said
    with pytest.raises(Invalid, match="yourself"):
        world.invite("ann")
    assert refused(sharing.who_has_access, world.bo, "model", item_id) == "there is no such model"
    world.let_in(world.bo)
    for act in (sharing.who_has_access, lambda *args: sharing.revoke(*args, "bo")):
        assert refused(act, world.bo, "model", item_id) == "net is not yours"
    editing.edit_models(world.ann, [item_id], {"visibility": "public"})
    assert "net is public" in refused(world.invite)
    assert world.revoke().had_access
    assert world.opens(world.bo) == b"one", "what is public is open to everyone"
    editing.edit_models(world.ann, [item_id], {"visibility": "private"})
    assert refused(world.opens, world.bo)


@pytest.mark.parametrize(
    "words",
    [{"permission": "edit"}, {"expires": "2020-01-01"}, {"expires": "soon"}, {"expires": "9999 years"},
     {"note": "x" * 1001}],
)  # fmt: skip
def test_terms_that_cannot_be(words: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        read_terms(**words)


def test_invitations_of_others_are_not_there(world: World) -> None:
    sent = world.invite()
    for caller in (world.cy, world.ann):
        assert refused(invitations.accept, caller, sent.invitation_id) == "there is no such invitation"
        assert refused(invitations.decline, caller, sent.invitation_id) == "there is no such invitation"
        assert "nobody invited you" in refused(invitations.find_invitation, caller, "net")


def test_two_of_one_name(world: World) -> None:
    other = publish(world.cy, b"cy's")
    world.invite()
    sharing.invite(world.cy, "model", other.item_id, "bo")
    with pytest.raises(Ambiguous) as error:
        invitations.find_invitation(world.bo, "net")
    assert "model cy/net" in error.value.hint
    assert invitations.find_invitation(world.bo, "cy/net").owner == "cy"


# --- what happens to the item and the people ------------------------------------------------------


def test_deleted_and_restored_with_its_grants(any_world: World) -> None:
    world = any_world
    world.let_in(world.cy)
    sent = world.invite()
    trash.delete_models(world.ann, [world.made.item_id])
    assert refused(world.opens, world.cy)
    assert refused(invitations.accept, world.bo, sent.invitation_id) == "there is no such invitation"
    people.remove_person(caller_for(world.hub, "root"), "bo")
    (gone,) = trash.list_trash(world.ann)
    trash.restore_model(world.ann, gone.trash_id)
    assert world.opens(world.cy) == b"one"
    assert [one.person for one in world.access()] == ["cy"]
    assert audit.verify_audit(caller_for(world.hub, "root")).ok


def test_who_gets_an_item_signs_anew_who_may_open_it(any_world: World) -> None:
    world = any_world
    world.let_in(world.bo)
    world.let_in(world.cy)
    people.remove_person(caller_for(world.hub, "root"), "ann", transfer_to="bo")
    assert world.opens(world.bo) == b"one", "the new owner could open it before"
    assert refused(world.opens, world.cy)
    invitations.accept(world.cy, sharing.invite(world.bo, "model", world.made.item_id, "cy").invitation_id)
    assert world.opens(world.cy) == b"one"
    assert audit.verify_audit(caller_for(world.hub, "root")).ok


def test_new_keys_of_a_person_are_invited_anew(world: World) -> None:
    world.let_in(world.bo)
    sent = world.invite("cy")
    root = caller_for(world.hub, "root")
    for name in ("bo", "cy"):
        secret = people.reset_password(root, name).secret
        people.change_password(sign_in(world.hub, name, secret), secret, f"a quiet {name} lantern")
    bo, cy = (sign_in(world.hub, name, f"a quiet {name} lantern") for name in ("bo", "cy"))
    publish(world.ann, b"two")
    for number in (1, 2):
        assert "not open its files" in refused(world.opens, bo, number), "a reset is no way to what others shared"
    assert "keys you no longer have" in refused(invitations.accept, cy, sent.invitation_id)
    assert [one.state for one in world.access()] == ["lapsed", "lapsed"]
    world.let_in(bo)
    assert world.opens(bo) == b"two"


# --- rows that somebody wrote ---------------------------------------------------------------------


def intruder(hub: Hub) -> sqlite3.Connection:
    return sqlite3.connect(hub.settings.hub_home / "openmodelhub.db")


def test_rows_put_back_after_a_revoke_open_nothing_and_are_found(world: World) -> None:
    world.let_in(world.bo)
    tables = ("item_grant", "key_wrap", "invitation", "invitation_wrap")
    with intruder(world.hub) as raw:
        kept = {table: raw.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
        assert kept["item_grant"]
    world.revoke()
    with intruder(world.hub) as raw:
        for table, rows in kept.items():
            for row in rows:
                raw.execute(f"REPLACE INTO {table} VALUES ({', '.join('?' * len(row))})", row)
        raw.execute("UPDATE invitation SET state = 'open'")
    assert refused(world.opens, world.bo) == "there is no such model"
    (row,) = kept["invitation"]
    assert "not what ann signed" in refused(invitations.accept, world.bo, row[0])
    publish(world.ann, b"two")
    assert refused(world.opens, world.bo)
    change(world.hub, sa.update(ItemGrant).values(epoch=1))
    for number in (1, 2):
        assert "not open its files" in refused(world.opens, world.bo, number)
    change(world.hub, sa.update(ItemGrant).values(epoch=0))
    change(world.hub, sa.delete(ItemEpoch))
    assert not audit.verify_audit(caller_for(world.hub, "root")).ok


@pytest.mark.parametrize(
    "values",
    [{"permission": "download"}, {"version": None}, {"expires_at": None}, {"model_id": "other"}, {"invitee_id": "cy"},
     {"note": "sign here"}, {"epoch": 1}, {"key_id": "cy"}, {"inviter_id": "cy"}, {"signature": b"x"},
     {"grant_signature": b"x"}],
    ids=lambda one: next(iter(one)),
)  # fmt: skip
def test_a_changed_invitation_is_no_invitation(world: World, values: dict[str, Any]) -> None:
    sent = world.invite("bo", "view", 1, "2 weeks", "hello")
    other = publish(world.ann, b"other", name="other")
    who, ids = world.bo, {"cy": world.cy.user_id, "other": other.item_id}
    if values == {"key_id": "cy"}:
        ids["cy"] = keys.unlocked(world.cy).encryption_id  # type: ignore[assignment]
    change(world.hub, sa.update(Invitation).values({key: ids.get(value, value) for key, value in values.items()}))
    if "invitee_id" in values:
        who = world.cy
    said = refused(invitations.accept, who, sent.invitation_id)
    assert "not what ann signed" in said or "keys you no longer have" in said
    assert invitations.list_invitations(who).received == []
    assert refused(world.opens, who)


def test_an_inserted_invitation_or_grant_is_none(world: World) -> None:
    """Somebody who writes to the database invites themselves, with a signature of their own."""
    opened = keys.unlocked(world.bo)
    with world.hub.database.write() as db:
        row = Invitation(
            invitation_id="f" * 32, model_id=world.made.item_id, inviter_id=world.ann.user_id,
            invitee_id=world.bo.user_id, permission="download", key_id=opened.encryption_id, created_at=utc_now(),
        )  # fmt: skip
        grants.sign_invitation(world.hub, opened, row, 0)
        db.add(row)
        db.add(grants.grant_from(row))
    assert invitations.list_invitations(world.bo).received == []
    assert "not what ann signed" in refused(invitations.accept, world.bo, "f" * 32)
    publish(world.ann, b"two")
    for number in (1, 2):
        assert "not open its files" in refused(world.opens, world.bo, number)
    world.let_in(world.cy)
    world.revoke("cy")  # the owner's next signatures are for what held, not for this
    assert "not open its files" in refused(world.opens, world.bo) or refused(world.opens, world.bo)
    assert not audit.verify_audit(caller_for(world.hub, "root")).ok


def test_swapped_wraps_open_nothing(world: World) -> None:
    publish(world.ann, b"two")
    sent = world.invite()
    with intruder(world.hub) as raw:
        rows = raw.execute("SELECT blob_id, sealed_key FROM invitation_wrap").fetchall()
        for (blob_id, _), (_, sealed) in zip(rows, reversed(rows), strict=True):
            raw.execute("UPDATE invitation_wrap SET sealed_key = ? WHERE blob_id = ?", (sealed, blob_id))
    invitations.accept(world.bo, sent.invitation_id)
    for number in (1, 2):
        with pytest.raises(HubError, match="integrity"):
            world.opens(world.bo, number)


# --- at once --------------------------------------------------------------------------------------


def test_a_revoke_cuts_a_running_download(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifacts, "_CHECKED_EVERY", 2)
    publish(world.ann, bytes(9 * CHUNK))
    world.let_in(world.bo)
    with artifacts.open_version(world.bo, "model", world.made.item_id) as opened:
        pieces = opened.read()
        next(pieces)
        world.revoke()
        with pytest.raises(NotFound):
            list(pieces)


def test_accepting_and_revoking_at_the_same_time(any_world: World) -> None:
    """Whichever comes first, afterwards the person is out, and nothing of theirs is left."""
    world = any_world
    world.let_in(world.cy)
    for _ in range(4):
        sent = world.invite()
        with ThreadPoolExecutor(2) as pool:
            accepting = pool.submit(invitations.accept, world.bo, sent.invitation_id)
            revoking = pool.submit(world.revoke)
            assert revoking.exception() is None
            assert isinstance(accepting.exception(), Conflict | None)
        assert refused(world.opens, world.bo)
        assert [one.person for one in world.access()] == ["cy"]
        assert world.opens(world.cy) == b"one"
    assert audit.verify_audit(caller_for(world.hub, "root")).ok


def test_an_item_without_files_is_shared_too(world: World) -> None:
    item_id = catalog.create_model(world.ann, {**MODEL, "model_name": "bare", "visibility": "private"})
    sent = sharing.invite(world.ann, "model", item_id, "bo")
    invitations.accept(world.bo, sent.invitation_id)
    made: Version = publish(world.ann, b"first", name="bare")
    assert content(world.bo, made) == b"first"
