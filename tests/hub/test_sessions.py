"""Signing in, throttling, and what ends a session."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from db.tables import Account, AuditLog, User, WebSession, utc_now
from hub import sessions
from hub.access import Caller, nobody, system
from hub.errors import Denied, HubError, NotSignedIn, SignInFailed, Throttled
from hub.home import Hub
from hub.people import add_person
from hub.sessions import SignedIn
from secure.passwords import TooBusy

PASSWORD = "a correct horse battery"


def add(hub: Hub, name: str = "ada", **account: bool) -> int:
    active = not account.get("awaits_approval")
    with hub.database.write() as db:
        user_id = add_person(db, name, hub.passwords.hash(PASSWORD), is_active=active)
        if account:
            db.add(Account(user_id=user_id, **account))
    return user_id


def sign_in(hub: Hub, name: str = "ada", password: str = PASSWORD, address: str = "10.0.0.1") -> SignedIn:
    return sessions.sign_in(nobody(hub), name, password, address=address, browser="tests")


def refusal(hub: Hub, *args: str) -> HubError:
    with pytest.raises(HubError) as caught:
        sign_in(hub, *args)
    return caught.value


def set_user(hub: Hub, user_id: int, **values: object) -> None:
    with hub.database.write() as db:
        db.execute(sa.update(User).where(User.user_id == user_id).values(**values))


def set_session(hub: Hub, session_id: str, **values: object) -> None:
    with hub.database.write() as db:
        db.execute(sa.update(WebSession).where(WebSession.session_id == session_id).values(**values))


def last_audit(hub: Hub) -> AuditLog:
    with hub.database.read() as db:
        return db.scalars(sa.select(AuditLog).order_by(AuditLog.seq.desc())).first()


def test_a_session_opens_and_its_token_is_nowhere(any_hub: Hub) -> None:
    user_id = add(any_hub)
    signed_in = sign_in(any_hub, "  ADA ")
    assert (signed_in.user_id, signed_in.user_name, signed_in.must_change_password) == (user_id, "ada", False)
    assert signed_in.session_id == sessions.session_name(signed_in.token) != signed_in.token
    caller = sessions.open_session(any_hub, signed_in.session_id)
    assert (caller.user_id, caller.role, caller.session_id) == (user_id, "user", signed_in.session_id)
    with any_hub.database.read() as db:
        row = db.scalars(sa.select(WebSession)).one()
        stored = " ".join(str(getattr(row, column.key)) for column in WebSession.__table__.columns)
        trail = " ".join(str(each.detail) + str(each.session_id) for each in db.scalars(sa.select(AuditLog)))
    assert signed_in.token not in stored + trail + repr(signed_in)
    assert last_audit(any_hub).outcome == "ok"
    assert PASSWORD not in trail


def test_an_unknown_name_reads_and_costs_like_a_wrong_password(any_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    add(any_hub)
    checked: list[str | None] = []
    verify = any_hub.passwords.verify

    def counted(hashed: str | None, password: str) -> bool:
        checked.append(hashed)
        return verify(hashed, password)

    monkeypatch.setattr(type(any_hub.passwords), "verify", lambda _self, hashed, password: counted(hashed, password))
    wrong, unknown = refusal(any_hub, "ada", "wrong"), refusal(any_hub, "nobody-here", "wrong")
    assert isinstance(wrong, SignInFailed)
    assert wrong.as_json() == unknown.as_json()
    assert len(checked) == 2
    assert checked[1] is None
    row = last_audit(any_hub)
    assert (row.action, row.outcome, json.loads(row.detail)["code"]) == ("session.open", "refused", "sign_in_failed")
    assert "wrong" not in json.loads(row.detail)["message"].replace("wrong name or password", "")


def test_no_password_opens_an_account_without_one(hub: Hub) -> None:
    user_id = add(hub)
    set_user(hub, user_id, password_hash=None)
    for password in ("", PASSWORD, "x" * 5000):
        assert isinstance(refusal(hub, "ada", password), SignInFailed)


@pytest.mark.parametrize("awaits", [True, False])
def test_only_the_right_password_learns_that_an_account_is_not_active(any_hub: Hub, awaits: bool) -> None:
    user_id = add(any_hub, awaits_approval=awaits)
    set_user(any_hub, user_id, is_active=False)
    assert refusal(any_hub, "ada", "wrong").message == "wrong name or password"
    assert ("approval" if awaits else "deactivated") in refusal(any_hub, "ada", PASSWORD).message


def test_many_wrong_tries_are_throttled_even_with_the_right_password(hub: Hub) -> None:
    add(hub)
    for _ in range(5):
        assert isinstance(refusal(hub, "ada", "wrong"), SignInFailed)
    throttled = refusal(hub, "ada", PASSWORD)
    assert isinstance(throttled, Throttled)
    assert 1 <= throttled.retry_after <= 60
    assert last_audit(hub).outcome == "refused"
    assert sign_in(hub, address="10.0.0.2").user_name == "ada"  # somebody's tries elsewhere lock nobody out


def test_the_trail_says_whose_account_was_tried_and_from_where(any_hub: Hub) -> None:
    user_id = add(any_hub)
    refusal(any_hub, "ADA", "wrong")
    row = last_audit(any_hub)
    assert (row.object_type, row.object_id) == ("user", str(user_id))
    assert json.loads(row.detail).items() >= {"name": "ada", "address": "10.0.0.1", "code": "sign_in_failed"}.items()
    refusal(any_hub, "my secret phrase", "wrong")  # a password in the wrong field
    row = last_audit(any_hub)
    assert row.object_id is None
    assert "phrase" not in row.detail


def test_knocking_on_and_on_does_not_fill_the_trail(hub: Hub) -> None:
    add(hub)
    for _ in range(30):
        refusal(hub, "ada", "wrong")
    with hub.database.read() as db:
        details = db.scalars(sa.select(AuditLog.detail)).all()
    codes = [json.loads(detail)["code"] for detail in details]
    assert codes == ["sign_in_failed"] * 5 + ["throttled"]


def test_one_household_is_one_address(hub: Hub) -> None:
    add(hub)
    for number in range(5):
        error = refusal(hub, "ada", "wrong", f"2001:db8:0:7::{number}")
        assert isinstance(error, SignInFailed)
    assert isinstance(refusal(hub, "ada", "wrong", "2001:db8:0:7:ffff::1"), Throttled)
    assert isinstance(refusal(hub, "ada", "wrong", "2001:db8:0:8::1"), SignInFailed)
    assert isinstance(refusal(hub, "ada", "wrong", "::ffff:192.0.2.1"), SignInFailed)


def test_a_success_forgives_the_account_but_not_the_address(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "PER_ADDRESS", "8/minute")
    add(hub)
    for _ in range(2):
        for _ in range(4):
            assert isinstance(refusal(hub, "ada", "wrong"), SignInFailed)
        with suppress(Throttled):  # the second time the address is known too well
            sign_in(hub)
    for name in ("bob", "carl"):
        assert isinstance(refusal(hub, name, "guess"), Throttled)


def test_names_that_do_not_exist_are_throttled_alike(hub: Hub) -> None:
    for _ in range(5):
        refusal(hub, "ghost", "wrong")
    assert isinstance(refusal(hub, "GHOST", "wrong"), Throttled)


def test_a_crowd_is_told_to_wait(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    add(hub)

    def busy(_self: object, _hashed: str | None, _password: str) -> bool:
        raise TooBusy

    with monkeypatch.context() as crowd:
        crowd.setattr(type(hub.passwords), "verify", busy)
        error = refusal(hub)
        assert isinstance(error, Throttled)
        assert error.retry_after <= 5
    assert sign_in(hub).user_name == "ada"


def test_an_outdated_hash_is_made_anew(hub: Hub) -> None:
    user_id = add(hub)
    old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(hub.passwords._peppered(PASSWORD))
    set_user(hub, user_id, password_hash=old)
    sign_in(hub)
    with hub.database.read() as db:
        fresh = db.scalar(sa.select(User.password_hash))
    assert fresh != old
    assert not hub.passwords.is_outdated(fresh)
    sign_in(hub)


def test_a_one_time_secret_opens_a_session_that_says_so(hub: Hub) -> None:
    add(hub, must_change_password=True)
    signed_in = sign_in(hub)
    found = sessions.find_session(hub, signed_in.token)
    assert signed_in.must_change_password
    assert found is not None
    assert found.must_change_password


def closed(hub: Hub, signed_in: SignedIn) -> bool:
    """Whether every way of asking says that the session is not open."""
    with pytest.raises(NotSignedIn):
        sessions.open_session(hub, signed_in.session_id)
    assert sessions.find_session(hub, signed_in.token) is None
    return sessions.live_sessions(hub, {signed_in.session_id}) == set()


def test_signing_out_ends_this_session_alone(any_hub: Hub) -> None:
    add(any_hub)
    one, other = sign_in(any_hub), sign_in(any_hub)
    sessions.sign_out(sessions.open_session(any_hub, one.session_id))
    assert closed(any_hub, one)
    assert sessions.find_session(any_hub, other.token) is not None
    assert sessions.why_ended(any_hub, one.token) == "signed out"
    assert sessions.why_ended(any_hub, other.token) is None


def test_a_caller_made_earlier_cannot_act_after_its_session(hub: Hub) -> None:
    add(hub)
    caller: Caller = sessions.open_session(hub, sign_in(hub).session_id)
    sessions.sign_out(caller)
    with pytest.raises(NotSignedIn):
        sessions.sign_out(caller)


def test_ending_all_sessions_but_one(any_hub: Hub) -> None:
    user_id = add(any_hub)
    add(any_hub, "bob")
    kept, *ended = [sign_in(any_hub) for _ in range(3)]
    stranger = sign_in(any_hub, "bob")
    with any_hub.database.write() as db:
        assert sessions.end_sessions(db, user_id, why="your password was changed", keep=kept.session_id) == 2
        assert sessions.end_sessions(db, user_id, keep=kept.session_id) == 0
    assert all(closed(any_hub, each) for each in ended)
    assert sessions.live_sessions(any_hub, {each.session_id for each in (kept, stranger, *ended)}) == {
        kept.session_id,
        stranger.session_id,
    }
    assert sessions.why_ended(any_hub, ended[0].token) == "your password was changed"


def test_expiry_and_deactivation_close_a_session(any_hub: Hub) -> None:
    user_id = add(any_hub)
    one, other = sign_in(any_hub), sign_in(any_hub)
    set_session(any_hub, one.session_id, expires_at=utc_now() - timedelta(seconds=1))
    assert closed(any_hub, one)
    assert sessions.why_ended(any_hub, one.token) == "the session has expired"
    set_user(any_hub, user_id, is_active=False)
    assert closed(any_hub, other)


def test_a_browser_is_news_once_a_minute(any_hub: Hub) -> None:
    add(any_hub)
    signed_in = sign_in(any_hub)

    def is_news() -> bool:
        found = sessions.find_session(any_hub, signed_in.token)
        assert found is not None
        return found.is_news

    for ago, news in ((30, False), (90, True)):
        set_session(any_hub, signed_in.session_id, seen_at=utc_now() - timedelta(seconds=ago))
        assert is_news() is news
    sessions.note_seen(any_hub, signed_in.session_id)
    assert not is_news()


def test_finding_a_session_does_not_wait_for_a_writer(hub: Hub) -> None:
    add(hub)
    signed_in = sign_in(hub)
    with hub.database.write() as db:
        db.execute(sa.update(User).values(is_admin=False))
        assert sessions.find_session(hub, signed_in.token) is not None


def test_sessions_long_closed_are_forgotten(any_hub: Hub) -> None:
    add(any_hub)
    now, ended, expired, open_one = utc_now(), *(sign_in(any_hub) for _ in range(3))
    set_session(any_hub, ended.session_id, ended_at=now - timedelta(days=31))
    set_session(any_hub, expired.session_id, expires_at=now - timedelta(days=31))
    assert sessions.sweep_sessions(system(any_hub)) == 2
    assert sessions.find_session(any_hub, open_one.token) is not None
    with pytest.raises(Denied):
        sessions.sweep_sessions(nobody(any_hub))


def test_a_guessed_token_opens_nothing(hub: Hub) -> None:
    add(hub)
    signed_in = sign_in(hub)
    for guess in ("", "x", signed_in.session_id, signed_in.token[:-1]):
        assert sessions.find_session(hub, guess) is None
    assert signed_in.token not in str(sessions.find_session(hub, signed_in.token))


def test_demo_accounts_are_those_who_kept_the_demo_password(hub: Hub) -> None:
    add(hub, "ada", demo_password=True)
    boss = add(hub, "boss", demo_password=True)
    add(hub, "carl")
    set_user(hub, boss, is_admin=True)
    assert sessions.demo_accounts(hub) == ["boss", "ada"]
    set_user(hub, boss, is_active=False)
    assert sessions.demo_accounts(hub) == ["ada"]
