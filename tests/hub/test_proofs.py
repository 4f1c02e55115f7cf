"""Challenges and their answers: what counts as a proof, how often, for whom and how long."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from db.tables import AuditLog, SessionChallenge, WebSession, utc_now
from hub import people, plans, proofs, sessions
from hub.access import Caller, nobody, system
from hub.affiliations import plan_affiliation
from hub.errors import Denied, HubError, Invalid, NotProved, NotSignedIn, Throttled
from hub.home import Hub
from hub.people import add_person
from tests.conftest import caller_for
from tests.proving import BrowserKey, prove

PASSWORD = "a correct horse battery"


def sign_in(hub: Hub, name: str = "ada") -> Caller:
    """A session that nothing was proved in yet."""
    with hub.database.write() as db:
        if db.scalar(sa.text("SELECT user_id FROM user WHERE user_name = :name"), {"name": name}) is None:
            add_person(db, name, hub.passwords.hash(PASSWORD), is_admin=True)
    return sessions.open_session(hub, sessions.sign_in(nobody(hub), name, PASSWORD).session_id)


def challenge(caller: Caller) -> dict[str, Any]:
    return proofs.issue_challenge(caller).as_json()


def refused(caller: Caller, answer: dict[str, str], error: type[HubError] = Denied) -> str:
    with pytest.raises(error) as caught:
        proofs.answer_challenge(caller, **answer)
    return caught.value.message


def move(hub: Hub, by: timedelta) -> None:
    """Let this much time pass for every challenge and proof."""
    with hub.database.write() as db:
        for row in db.scalars(sa.select(SessionChallenge)):
            row.expires_at -= by
        for session in db.scalars(sa.select(WebSession)):
            session.created_at -= by
            session.proved_at = session.proved_at and session.proved_at - by


def trail(hub: Hub) -> list[tuple[str, str]]:
    with hub.database.read() as db:
        rows = db.execute(sa.select(AuditLog.action, AuditLog.outcome).order_by(AuditLog.seq))
        return [(row.action, row.outcome) for row in rows if row.action == "session.prove"]


def test_the_first_answer_binds_the_key_and_later_ones_need_it(any_hub: Hub) -> None:
    ada, key, other = sign_in(any_hub), BrowserKey(), BrowserKey()
    first = challenge(ada)
    assert not first["bound"]
    passed = proofs.answer_challenge(ada, **key.answer(first))
    assert passed.token not in repr(passed)
    assert challenge(ada)["bound"]
    prove(ada, key)
    refused(ada, other.answer(challenge(ada)))
    prove(ada, key)
    with any_hub.database.read() as db:
        row = db.scalars(sa.select(WebSession)).one()
        assert row.proved_at is not None
        detail = db.scalar(sa.select(AuditLog.detail).where(AuditLog.action == "session.prove"))
    assert set(json.loads(detail)) == {"key"}
    assert trail(any_hub) == [("session.prove", "ok"), ("session.prove", "refused")]  # routine proofs do not fill it


def test_an_answered_challenge_cannot_be_replayed(any_hub: Hub) -> None:
    ada, key = sign_in(any_hub), BrowserKey()
    answer = key.answer(challenge(ada))
    proofs.answer_challenge(ada, **answer)
    refused(ada, answer)
    again = key.answer(challenge(ada))
    proofs.answer_challenge(ada, **again)
    refused(ada, again)


def test_of_many_who_answer_at_once_one_is_served(any_hub: Hub) -> None:
    ada, key = sign_in(any_hub), BrowserKey()
    prove(ada, key)
    answer = key.answer(challenge(ada))

    def attempt(_number: int) -> bool:
        try:
            proofs.answer_challenge(ada, **answer)
        except Denied:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(attempt, range(8))) == [False] * 7 + [True]


def test_two_pages_that_bind_at_once_may_both_go_on(any_hub: Hub) -> None:
    ada, key = sign_in(any_hub), BrowserKey()
    answers = [key.answer(challenge(ada)) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert len(list(pool.map(lambda answer: proofs.answer_challenge(ada, **answer), answers))) == 4
    open_ones = sa.select(SessionChallenge.nonce_hash).where(SessionChallenge.used_at.is_(None))
    with any_hub.database.read() as db:
        assert db.scalars(open_ones).all() == []


def test_a_challenge_is_good_for_a_minute(any_hub: Hub) -> None:
    ada, key = sign_in(any_hub), BrowserKey()
    early, late = challenge(ada), challenge(ada)
    move(any_hub, timedelta(seconds=-1))  # what is signed is the challenge as it was given
    refused(ada, key.answer(early))
    move(any_hub, timedelta(seconds=1))
    proofs.answer_challenge(ada, **key.answer(early))
    with any_hub.database.write() as db:
        db.execute(sa.update(SessionChallenge).values(expires_at=utc_now()))
    refused(ada, key.answer({**late, "expires": int(late["expires"]) - 60}))
    refused(ada, key.answer(late))


CHANGES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "hub": lambda asked: {**asked, "hub": "0" * 16},
    "user": lambda asked: {**asked, "user": asked["user"] + 1},
    "session": lambda asked: {**asked, "session": "0" * 64},
    "nonce": lambda asked: {**asked, "nonce": "A" * 43},
    "expires": lambda asked: {**asked, "expires": asked["expires"] + 1},
}


@pytest.mark.parametrize("part", CHANGES)
def test_what_is_signed_is_this_challenge_and_no_other(hub: Hub, part: str) -> None:
    ada, key = sign_in(hub), BrowserKey()
    asked = challenge(ada)
    answer = {**key.answer(CHANGES[part](asked)), "nonce": asked["nonce"]}
    refused(ada, answer)
    proofs.answer_challenge(ada, **key.answer(asked))  # a wrong answer does not use the challenge up


def test_the_challenge_of_another_session_is_refused(any_hub: Hub) -> None:
    one, other, key = sign_in(any_hub), sign_in(any_hub), BrowserKey()
    prove(one, key), prove(other, key)
    message = refused(other, key.answer(challenge(one)))
    assert message == refused(other, key.answer({**challenge(other), "nonce": "A" * 43}))  # no way to tell which


@pytest.mark.parametrize("key", ["", "AAAA", "!", "é", "A" * 87, "A" * 4000])
def test_what_is_no_key_is_not_bound(hub: Hub, key: str) -> None:
    ada, browser = sign_in(hub), BrowserKey()
    refused(ada, {**browser.answer(challenge(ada)), "key": key}, Invalid)
    assert not challenge(ada)["bound"]


@pytest.mark.parametrize("signature", ["", "AAAA", "!", "é", "A" * 86])
def test_what_is_no_signature_proves_nothing(hub: Hub, signature: str) -> None:
    ada, browser = sign_in(hub), BrowserKey()
    refused(ada, {**browser.answer(challenge(ada)), "signature": signature})


def test_a_pass_is_of_one_session_and_runs_out(any_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = sign_in(any_hub), sign_in(any_hub)
    passed = prove(one, BrowserKey())
    assert proofs.read_pass(any_hub, one.session_id or "", passed.token) == passed.expires_at
    assert proofs.read_pass(any_hub, other.session_id or "", passed.token) is None
    seconds, mac = passed.token.split(".")
    for forged in ("", ".", mac, f"{int(seconds) + 1}.{mac}", f"{seconds}.{mac[:-1]}", f"é.{mac}", f"{'9' * 40}.{mac}"):
        assert proofs.read_pass(any_hub, one.session_id or "", forged) is None
    later = utc_now() + timedelta(minutes=5, seconds=1)
    monkeypatch.setattr(proofs, "utc_now", lambda: later)
    assert proofs.read_pass(any_hub, one.session_id or "", passed.token) is None


def test_what_was_answered_is_found_by_who_asked(any_hub: Hub) -> None:
    ada, key = sign_in(any_hub), BrowserKey()
    first, second = challenge(ada), challenge(ada)
    proofs.answer_challenge(ada, **key.answer(first))
    found = proofs.find_answered(any_hub, {first["nonce"], second["nonce"], "unknown"})
    assert set(found) == {first["nonce"]}
    assert found[first["nonce"]] > utc_now() + timedelta(minutes=4)
    assert proofs.find_answered(any_hub, set()) == {}


def test_a_sensitive_action_needs_a_late_proof(any_hub: Hub) -> None:
    ada, key = sign_in(any_hub), BrowserKey()
    plan = plan_affiliation(ada, "Lamp Works")

    def refuses() -> None:
        with pytest.raises(NotProved):
            plans.confirm(ada, plan.plan_id)
        with pytest.raises(NotProved):
            people.change_password(ada, PASSWORD, f"{PASSWORD} two")

    refuses()
    prove(ada, key)
    move(any_hub, timedelta(minutes=5))
    refuses()
    prove(ada, key)
    assert plans.confirm(ada, plan.plan_id).said
    people.change_password(ada, PASSWORD, f"{PASSWORD} two")


def test_an_operator_has_no_browser_to_prove_anything(hub: Hub) -> None:
    sign_in(hub)
    operator = caller_for(hub, "ada")
    people.change_password(operator, PASSWORD, f"{PASSWORD} two")
    with pytest.raises(NotSignedIn):
        proofs.issue_challenge(operator)


def test_signing_in_without_binding_a_key_comes_to_nothing(any_hub: Hub) -> None:
    unbound, bound = (sessions.sign_in(nobody(any_hub), "ada", PASSWORD) for _ in (sign_in(any_hub), 0))
    prove(sessions.open_session(any_hub, bound.session_id), BrowserKey())
    assert sessions.find_session(any_hub, unbound.token)
    move(any_hub, timedelta(minutes=5))
    assert sessions.find_session(any_hub, unbound.token) is None
    assert sessions.live_sessions(any_hub, {unbound.session_id, bound.session_id}) == {bound.session_id}
    assert "not completed" in (sessions.why_ended(any_hub, unbound.token) or "")
    assert sessions.why_ended(any_hub, bound.token) is None


def test_answers_and_challenges_are_throttled(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "PER_SESSION", "4/minute")
    ada, other, key = sign_in(hub), sign_in(hub), BrowserKey()
    asked = [challenge(ada) for _ in range(4)]
    with pytest.raises(Throttled):
        challenge(ada)
    challenge(other)
    for _ in range(4):
        refused(ada, {**key.answer(asked[0]), "signature": "AAAA"})
    refused(ada, key.answer(asked[0]), Throttled)
    assert trail(hub).count(("session.prove", "refused")) == 6


def test_old_challenges_are_forgotten(any_hub: Hub) -> None:
    ada, key = sign_in(any_hub), BrowserKey()
    prove(ada, key)
    challenge(ada)
    move(any_hub, timedelta(minutes=62))
    fresh = challenge(ada)
    assert proofs.sweep_challenges(system(any_hub)) == 2
    proofs.answer_challenge(ada, **key.answer(fresh))
    with pytest.raises(Denied):
        proofs.sweep_challenges(ada)
