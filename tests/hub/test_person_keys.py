"""A person's keys: made, opened, wrapped anew, retired; forged rows are no keys; the hub's own and recovery's."""

import json
import stat

import pytest
import sqlalchemy as sa

from db.tables import HubKey, PersonKey, User, WebSession
from hub import keys, people, sessions
from hub.access import Caller, nobody
from hub.errors import Conflict, Damaged, Denied, NotSignedIn, SignInFailed, Unavailable
from hub.home import Hub, open_hub
from secure.keys import EncryptionKey, seal_to
from tests.conftest import caller_for, settings_for
from tests.hub.files import GOOD, set_up, sign_in


@pytest.fixture
def ready(hub: Hub) -> Hub:
    set_up(hub)
    return hub


def rows(hub: Hub, name: str) -> list[PersonKey]:
    with hub.database.read() as db:
        owner = sa.select(User.user_id).where(User.user_name == name).scalar_subquery()
        return list(db.scalars(sa.select(PersonKey).where(PersonKey.user_id == owner).order_by(PersonKey.purpose)))


def public(hub: Hub, name: str) -> keys.PublicKey | None:
    with hub.database.read() as db:
        user_id = db.scalar(sa.select(User.user_id).where(User.user_name == name))
        assert user_id is not None
        return keys.current_key(hub, db, user_id, "encryption")


def test_loading_a_plain_password_makes_keys(ready: Hub) -> None:
    assert [row.purpose for row in rows(ready, "ann")] == ["encryption", "signing"]
    assert public(ready, "ann") is not None


def test_the_first_sign_in_makes_keys_and_later_ones_open_them(ready: Hub) -> None:
    assert rows(ready, "root") == []
    first, second = (keys.unlocked(sign_in(ready, "root")) for _ in range(2))
    assert (first.encryption_id, first.signing_id) == (second.encryption_id, second.signing_id)
    found = public(ready, "root")
    assert found is not None
    assert second.encryption.open(seal_to(found.public_pem, b"x", b"l"), b"l") == b"x"


def test_neither_database_nor_cookie_alone_opens_a_sessions_keys(ready: Hub) -> None:
    ann, bo = sign_in(ready, "ann"), sign_in(ready, "bo")
    assert ann.session_id
    with ready.database.read() as db:
        box = db.scalar(sa.select(WebSession.keys_box).where(WebSession.session_id == ann.session_id))
    assert box is not None
    assert ann.secret is not None
    for user_id, session_id, token in (
        (ann.user_id, ann.session_id, "another token"),
        (ann.user_id, ann.session_id, ann.session_id),
        (bo.user_id, ann.session_id, ann.secret()),
        (ann.user_id, bo.session_id, ann.secret()),
    ):
        with pytest.raises(NotSignedIn):
            keys.open_box(box, user_id or 0, session_id or "", token)
    with pytest.raises(Denied):
        keys.unlocked(sessions.open_session(ready, ann.session_id))
    with ready.database.write() as db:  # another session's box in its place
        other = db.scalar(sa.select(WebSession.keys_box).where(WebSession.session_id == bo.session_id))
        db.execute(sa.update(WebSession).where(WebSession.session_id == ann.session_id).values(keys_box=other))
    with pytest.raises(NotSignedIn):
        keys.unlocked(ann)


def test_the_cookies_token_stands_nowhere(ready: Hub) -> None:
    ann = sign_in(ready, "ann")
    assert ann.secret is not None
    token = ann.secret()
    with ready.database.read() as db:
        dump = "\n".join(db.connection().connection.driver_connection.iterdump())  # type: ignore[union-attr]
    assert token not in dump
    assert token not in repr(ann)


def test_a_password_change_wraps_the_same_keys_anew(ready: Hub) -> None:
    ann = sign_in(ready, "ann")
    before, wrapped = keys.unlocked(ann), [row.wrapped_private for row in rows(ready, "ann")]
    people.change_password(ann, "ann pw", "nine calm herons")
    assert keys.unlocked(ann).encryption_id == before.encryption_id, "the session goes on"
    after = keys.unlocked(sign_in(ready, "ann", "nine calm herons"))
    assert after.signing.private_der() == before.signing.private_der()
    assert not set(wrapped) & {row.wrapped_private for row in rows(ready, "ann")}
    with pytest.raises(SignInFailed):
        keys.open_with_password(ready, ann.user_id or 0, "ann pw")


def test_a_reset_gives_new_keys(ready: Hub) -> None:
    old = keys.unlocked(sign_in(ready, "ann"))
    secret = people.reset_password(caller_for(ready, "root"), "ann").secret
    assert public(ready, "ann") is None
    assert [row.wrapped_private for row in rows(ready, "ann")] == [None, None]
    ann = sign_in(ready, "ann", secret)
    with pytest.raises(NotSignedIn):
        keys.unlocked(ann)
    people.change_password(ann, secret, "nine calm herons")
    fresh = keys.unlocked(ann)
    assert fresh.encryption_id != old.encryption_id
    assert keys.unlocked(sign_in(ready, "ann", "nine calm herons")).signing_id == fresh.signing_id
    with ready.database.read() as db:
        assert keys.find_key(ready, db, old.signing_id, "signing") is not None, "what it signed can still be verified"


def test_an_account_with_a_one_time_secret_has_no_keys_until_it_is_changed(ready: Hub) -> None:
    made = people.create_person(caller_for(ready, "root"), "cy")
    sessions.sign_in(nobody(ready), "cy", made.secret)
    assert rows(ready, "cy") == []


def test_an_operator_opens_a_persons_keys_by_their_password(ready: Hub) -> None:
    def acting(name: str, password: str) -> Caller:
        caller = caller_for(ready, name)
        return Caller(ready, "user", caller.user_id, operator="cli:x", secret=lambda: password)

    assert keys.unlocked(acting("ann", "ann pw")).user_id == caller_for(ready, "ann").user_id
    for name in ("ann", "root"):
        with pytest.raises(SignInFailed):
            keys.unlocked(acting(name, "wrong"))
    made = keys.unlocked(acting("root", GOOD))
    assert keys.unlocked(sign_in(ready, "root")).signing_id == made.signing_id


def test_demo_people_get_keys_when_they_are_needed(demo_hub: Hub) -> None:
    alice = caller_for(demo_hub, "alice").user_id or 0
    assert public(demo_hub, "alice") is None
    keys.give_demo_keys(demo_hub, [alice])
    made = public(demo_hub, "alice")
    assert made is not None
    keys.give_demo_keys(demo_hub, [alice])
    assert public(demo_hub, "alice") == made
    assert keys.unlocked(sign_in(demo_hub, "alice", "admin")).encryption_id == made.key_id


# --- forged rows ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value"),
    [("public_pem", "other"), ("statement", "{}"), ("certificate", bytes(128)), ("key_id", "forged"),
     ("user_id", "bo"), ("purpose", "signing")],
)  # fmt: skip
def test_a_changed_row_is_no_key(ready: Hub, column: str, value: object) -> None:
    keys.unlocked(sign_in(ready, "bo"))
    if value == "other":
        value = EncryptionKey.generate(1024).public_pem()
    if value == "bo":
        value = caller_for(ready, "bo").user_id
        with ready.database.write() as db:
            db.execute(sa.delete(PersonKey).where(PersonKey.user_id == value))
    ann = caller_for(ready, "ann").user_id
    with ready.database.write() as db:
        mine = sa.update(PersonKey).where(PersonKey.user_id == ann, PersonKey.purpose == "encryption")
        db.execute(mine.values(**{column: value}))
    assert public(ready, "bo" if column == "user_id" else "ann") is None


def test_a_key_of_another_hub_is_none(ready: Hub, tmp_path: object) -> None:
    there = open_hub(settings_for(ready.settings.hub_home.parent / "there"))
    try:
        set_up(there)
        (other, _) = rows(there, "ann")
        values = {column.name: getattr(other, column.name) for column in PersonKey.__table__.columns}
        with ready.database.write() as db:
            ann = sa.select(User.user_id).where(User.user_name == "ann").scalar_subquery()
            db.execute(sa.delete(PersonKey).where(PersonKey.user_id == ann, PersonKey.purpose == "encryption"))
            db.execute(sa.insert(PersonKey).values(**values))
        assert public(ready, "ann") is None
    finally:
        there.close()


def test_somebody_who_gets_a_removed_persons_number_does_not_get_their_keys(ready: Hub) -> None:
    bo = caller_for(ready, "bo").user_id
    root = caller_for(ready, "root")
    people.remove_person(root, "bo")
    with ready.database.write() as db:
        (left, _) = db.scalars(sa.select(PersonKey).where(PersonKey.user_id.is_(None)).order_by(PersonKey.purpose))
        assert left.wrapped_private is None
        db.add(User(user_id=bo, user_name="cy", name_key="cy", is_admin=False, is_active=True,
                    created_at=sa.func.datetime("2020-01-01")))  # fmt: skip
        db.flush()
        db.execute(sa.update(PersonKey).where(PersonKey.user_id.is_(None)).values(user_id=bo, retired_at=None))
    assert public(ready, "cy") is None


# --- the hub's own --------------------------------------------------------------------------------


def test_the_recovery_key_is_written_once_for_its_owner_alone(ready: Hub) -> None:
    file = ready.settings.hub_home / "recovery-key.pem"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    private = EncryptionKey.load_pem(file.read_text("ascii"))
    assert private.public_pem() == keys.hub_public(ready, keys.RECOVERY_KEY)
    assert not keys.set_up_keys(ready, file)
    with ready.database.read() as db:
        assert db.scalar(sa.select(HubKey.wrapped_private).where(HubKey.purpose == keys.RECOVERY_KEY)) is None


def test_a_file_that_is_there_is_not_written_over(hub: Hub) -> None:
    file = hub.settings.hub_home / "recovery-key.pem"
    file.write_text("of another hub")
    with pytest.raises(Conflict):
        keys.set_up_keys(hub, file)
    assert file.read_text() == "of another hub"
    with pytest.raises(Unavailable):
        keys.hub_public(hub, keys.RECOVERY_KEY)


@pytest.mark.parametrize("name", [keys.HUB_KEY, keys.RECOVERY_KEY])
def test_a_replaced_key_of_the_hub_is_refused(ready: Hub, name: str) -> None:
    with ready.database.write() as db:
        forged = EncryptionKey.generate(1024).public_pem()
        db.execute(sa.update(HubKey).where(HubKey.purpose == name).values(public_pem=forged))
    with pytest.raises(Damaged):
        keys.hub_public(ready, name)


def test_a_statement_says_whose_key_it_is(ready: Hub) -> None:
    row = rows(ready, "ann")[0]
    said = json.loads(row.statement)
    assert (said["key_id"], said["user_id"], said["purpose"]) == (row.key_id, row.user_id, "encryption")
