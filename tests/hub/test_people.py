"""People: registering, accounts, passwords, single permissions, and the last admin who stays."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from db.tables import Account, AuditLog, ItemEpoch, ItemGrant, Model, ModelAuthor, NameToken, User, WebSession
from hub import access, affiliations, catalog, people, records, sessions
from hub.access import Caller, nobody, person
from hub.errors import Conflict, Denied, HubError, Invalid, NotFound, NotSignedIn, SignInFailed, Throttled
from hub.home import Hub, open_hub
from hub.passwords import check_password
from tests import proving
from tests.conftest import caller_for, settings_for

GOOD = "seven quiet otters"


def set_up(hub: Hub) -> Caller:
    """A hub with the admins root and dana, the users ann and bo, and what ann owns."""
    people.first_admin(hub, "root", GOOD)
    root = caller_for(hub, "root")
    data: dict[str, Any] = {
        "affiliation": [{"affil_name": "Northlake"}, {"affil_name": "Quillmark"}],
        "user": [
            {"user_name": "dana", "password": "dana", "is_admin": True},
            {"user_name": "ann", "password": "ann", "affiliate": "Northlake"},
            {"user_name": "bo", "password": "bo", "affiliate": "Quillmark"},
        ],
        "dataset": [{"ds_name": "Tides", "media": "text", "owners": ["ann"]}],
        "model": [
            {"model_name": "Net", "media_type": "text", "arch_name": "rnn", "train_name": "rl", "authors": ["ann"],
             "visibility": "private", "datasets": ["Tides"]},
        ],
    }  # fmt: skip
    records.load_records(root, data)
    return root


def open_for(hub: Hub, name: str, password: str) -> Caller:
    """The person's caller in a session of their own."""
    return proving.enter(hub, name, password, "127.0.0.1")


def is_open(hub: Hub, caller: Caller) -> bool:
    assert caller.session_id
    try:
        sessions.open_session(hub, caller.session_id)
    except NotSignedIn:
        return False
    return True


def last_audit(hub: Hub) -> tuple[str, str]:
    with hub.database.read() as db:
        row = db.execute(sa.select(AuditLog.action, AuditLog.outcome).order_by(AuditLog.seq.desc()).limit(1)).one()
    return row.action, row.outcome


# --- passwords ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    ["short", "elevenchars", "password1234", "Password Password", "adminadmin12", "aaaaaaaaaaaaaaa", "123456789012",
     "qwertyqwerty", "ann.lindqvist", "Ann.Lindqvist1", "ANN.LINDQVIST!!", "x" * 1025, "OpenModelHub2024"],
)  # fmt: skip
def test_passwords_that_may_not_be_chosen(password: str) -> None:
    with pytest.raises(Invalid):
        check_password("ann.lindqvist", password)


@pytest.mark.parametrize(
    "password", [GOOD, "correct-horse-9-battery", "пароль из слов", "tr0ub4dor&3x!kz", "my admin cat Otis"]
)
def test_passwords_that_may_be_chosen(password: str) -> None:
    check_password("ann", password)


# --- registering ----------------------------------------------------------------------------------


def test_registering_opens_an_account(any_hub: Hub) -> None:
    set_up(any_hub)
    made = people.register(nobody(any_hub), "  Zoë ", GOOD, "northlake")
    assert (made.user_name, made.awaits_approval) == ("Zoë", False)
    caller = open_for(any_hub, "ZOË", GOOD)
    assert caller.role == "user"
    people.register(nobody(any_hub), "yan", GOOD, "A New Lab")
    listed = {row["affil_name"]: row["people"] for row in affiliations.list_affiliations(caller)}
    assert listed == {"A New Lab": 1, "Northlake": 2, "Quillmark": 1}
    for name in ("zoë", "Zoe\u0308", "ANN"):  # folded and composed, the same name
        with pytest.raises(Conflict, match="is taken"):
            people.register(nobody(any_hub), name, GOOD)
        assert last_audit(any_hub) == ("person.register", "failed")
    with pytest.raises(Invalid, match="12 characters"):
        people.register(nobody(any_hub), "weak", "short")
    assert last_audit(any_hub) == ("person.register", "failed")
    with pytest.raises(Invalid, match="slash"):
        people.register(nobody(any_hub), "a/b", GOOD)


def test_approval_and_closed(tmp_path: Path) -> None:
    waiting = open_hub(settings_for(tmp_path / "waiting", registration="approval"))
    root = set_up(waiting)
    assert people.register(nobody(waiting), "yan", GOOD).awaits_approval
    with pytest.raises(SignInFailed, match="approval"):
        open_for(waiting, "yan", GOOD)
    assert [row["user_name"] for row in people.list_people(root, awaits_approval=True).rows] == ["yan"]
    people.edit_person(root, "yan", is_active=True)
    assert open_for(waiting, "yan", GOOD).role == "user"
    assert people.list_people(root, awaits_approval=True).total == 0
    waiting.close()
    closed = open_hub(settings_for(tmp_path / "closed", registration="closed"))
    with pytest.raises(Denied):
        people.register(nobody(closed), "yan", GOOD)
    assert last_audit(closed) == ("person.register", "refused")
    closed.close()


def test_too_many_tries_are_refused_and_audited(hub: Hub) -> None:
    for number in range(20):
        with pytest.raises(Invalid):
            people.register(nobody(hub), f"bot {number}", "short", address="192.0.2.1")
    with pytest.raises(Throttled):
        people.register(nobody(hub), "ada", GOOD, address="192.0.2.1")
    assert people.register(nobody(hub), "ada", GOOD, address="192.0.2.2").user_id
    ada = caller_for(hub, "ada")
    for _ in range(5):
        with pytest.raises(SignInFailed):
            people.change_password(ada, "guess", f"{GOOD}!")
    with pytest.raises(Throttled):
        people.change_password(ada, GOOD, f"{GOOD}!")
    with hub.database.read() as db:
        rows = db.execute(sa.select(AuditLog.action, AuditLog.outcome, AuditLog.detail)).all()
    throttled = [(row.action, row.outcome) for row in rows if '"throttled"' in str(row.detail)]
    assert throttled == [("person.register", "refused"), ("person.rekey", "refused")]


@pytest.mark.parametrize("name", ["\u0430dmin", "adm\u03b9n", "a\u0501min"])
def test_a_name_that_copies_another_in_letters_of_two_alphabets_is_refused(hub: Hub, name: str) -> None:
    with pytest.raises(Invalid, match="several alphabets"):
        people.register(nobody(hub), name, GOOD)


@pytest.mark.parametrize("name", ["Ольга 2", "Γιώργος", "José", "田中 Tanaka", "ışıl"])
def test_names_of_one_alphabet_are_taken(hub: Hub, name: str) -> None:
    assert people.register(nobody(hub), name, GOOD).user_name == name


def test_one_name_registered_by_many_at_once_is_one_account(any_hub: Hub) -> None:
    set_up(any_hub)
    came = at_once([lambda: people.register(nobody(any_hub), "zoe", GOOD, "Fresh Lab") for _ in range(6)])
    assert sum(not isinstance(one, Exception) for one in came) == 1
    assert {type(one) for one in came if isinstance(one, Exception)} == {Conflict}
    with any_hub.database.read() as db:
        assert db.scalar(sa.select(sa.func.count()).where(User.name_key == "zoe")) == 1


def at_once(jobs: list[Callable[[], Any]]) -> list[Any]:
    """What each job gave or raised, all started together."""
    start = threading.Barrier(len(jobs))
    came: list[Any] = [None] * len(jobs)

    def run(number: int, job: Callable[[], Any]) -> None:
        start.wait()
        try:
            came[number] = job()
        except HubError as error:
            came[number] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


# --- the first and the last admin -----------------------------------------------------------------


def test_there_is_one_first_admin(hub: Hub) -> None:
    assert not people.has_admin(hub)
    with pytest.raises(NotFound, match="no admin yet"):
        people.act_for(hub, None, "cli:me")
    with pytest.raises(Invalid):
        people.first_admin(hub, "root", "admin")
    people.first_admin(hub, "root", GOOD)
    assert people.has_admin(hub)
    with pytest.raises(Conflict):
        people.first_admin(hub, "second", GOOD)
    acting = people.act_for(hub, None, "cli:me")
    assert (acting.user_name, acting.operator, acting.is_admin) == ("root", "cli:me", True)
    with pytest.raises(NotFound, match="nobody called 'roto'") as raised:
        people.act_for(hub, "roto", "cli:me")
    assert raised.value.hint == "did you mean 'root'?"


LEAVING: list[tuple[str, Callable[[Caller, str], Any]]] = [
    ("demoted", lambda caller, name: people.edit_person(caller, name, is_admin=False)),
    ("deactivated", lambda caller, name: people.edit_person(caller, name, is_active=False)),
    ("removed", lambda caller, name: people.remove_person(caller, name)),
    ("disarmed", lambda caller, name: people.grant_permission(caller, name, "permission.grant", False)),
]


@pytest.mark.parametrize("leave", [job for _, job in LEAVING], ids=[name for name, _ in LEAVING])
def test_the_last_admin_stays(hub: Hub, leave: Callable[[Caller, str], Any]) -> None:
    root = set_up(hub)
    leave(root, "dana")
    with pytest.raises(Conflict, match="last active admin"):
        leave(root, "root")
    assert caller_for(hub, "root").is_admin


@pytest.mark.parametrize("leave", [job for _, job in LEAVING], ids=[name for name, _ in LEAVING])
def test_two_admins_at_once_leave_one(any_hub: Hub, leave: Callable[[Caller, str], Any]) -> None:
    root = set_up(any_hub)
    dana = caller_for(any_hub, "dana")
    came = at_once([lambda: leave(root, "dana"), lambda: leave(dana, "root")])
    refused = [one for one in came if isinstance(one, Exception)]
    assert len(refused) == 1, came
    assert isinstance(refused[0], Conflict | Denied | NotSignedIn)
    with any_hub.database.read() as db:
        assert db.scalar(sa.select(sa.func.count()).where(User.is_admin, User.is_active)) in (1, 2)
    left = [name for name in ("root", "dana") if can_administer(any_hub, name)]
    assert len(left) == 1


def can_administer(hub: Hub, name: str) -> bool:
    try:
        caller = caller_for(hub, name)
    except (NotSignedIn, AssertionError):
        return False
    return caller.is_admin and caller.may("permission.grant") and caller.may("person.edit")


def test_both_leaving_themselves_at_once_leave_one(hub: Hub) -> None:
    root = set_up(hub)
    dana = caller_for(hub, "dana")
    came = at_once([
        lambda: people.edit_person(root, "root", is_admin=False),
        lambda: people.edit_person(dana, "dana", is_admin=False),
    ])  # fmt: skip
    assert sorted(isinstance(one, Conflict) for one in came) == [False, True]


# --- accounts made and edited ---------------------------------------------------------------------


def test_a_made_account_starts_with_a_secret_to_be_changed(any_hub: Hub) -> None:
    root = set_up(any_hub)
    made = people.create_person(root, "eve", affiliations=["quillmark"])
    assert made.secret not in repr(made)
    eve = open_for(any_hub, "eve", made.secret)
    assert eve.must_change_password
    with pytest.raises(Denied, match="one-time secret"):
        catalog.count_items(eve)
    with pytest.raises(SignInFailed):
        people.change_password(eve, "wrong", GOOD)
    with pytest.raises(Invalid):
        people.change_password(eve, made.secret, "short")
    with pytest.raises(Invalid, match="the old one"):
        people.change_password(eve, made.secret, made.secret)
    other = open_for(any_hub, "eve", made.secret)
    people.change_password(eve, made.secret, GOOD)
    assert catalog.count_items(sessions.open_session(any_hub, str(eve.session_id)))["models"] == 0
    assert is_open(any_hub, eve)
    assert not is_open(any_hub, other), "a changed password ends the other sessions"
    with pytest.raises(SignInFailed):
        open_for(any_hub, "eve", made.secret)
    with any_hub.database.read() as db:
        details = "".join(db.scalars(sa.select(AuditLog.detail)))
    assert made.secret not in details
    assert GOOD not in details


def test_a_secret_that_nobody_changed_is_of_no_use_to_a_tool(hub: Hub) -> None:
    root = set_up(hub)
    made = people.create_person(root, "eve")
    eve = open_for(hub, "eve", made.secret)
    for attempt in (lambda: people.list_people(eve), lambda: catalog.list_items(eve, "model")):
        with pytest.raises(Denied, match="one-time secret"):
            attempt()
    sessions.sign_out(eve)


def test_editing_ends_sessions_where_it_must(hub: Hub) -> None:
    root = set_up(hub)
    ann = open_for(hub, "ann", "ann")
    assert people.edit_person(root, "ann", new_name="Ann B.", affiliations=["Quillmark", "northlake"]) == {
        "user_name": "Ann B.",
        "affiliations": ["Quillmark", "northlake"],
    }
    assert is_open(hub, ann), "a new name is no reason to sign in again"
    assert people.list_people(root, search="ann b").rows[0]["affiliations"] == ["Northlake", "Quillmark"]
    with hub.database.read() as db:
        tokens = set(db.scalars(sa.select(NameToken.token).where(NameToken.table_name == "user")))
    assert "b" in tokens
    people.edit_person(root, "Ann B.", is_admin=True)
    assert not is_open(hub, ann)
    ann = open_for(hub, "Ann B.", "ann")
    people.edit_person(root, "Ann B.", is_active=False)
    assert not is_open(hub, ann)
    with pytest.raises(NotSignedIn):
        catalog.count_items(ann)
    assert people.edit_person(root, "Ann B.") == {}
    with pytest.raises(Conflict, match="taken"):
        people.edit_person(root, "Ann B.", new_name="BO")
    with pytest.raises(NotFound, match="affiliation called"):
        people.edit_person(root, "Ann B.", affiliations=["Nowhere"])
    with pytest.raises(NotFound):
        people.edit_person(root, "nobody", is_admin=True)


def test_a_reset_ends_sessions_and_activates_who_had_no_password(hub: Hub) -> None:
    root = set_up(hub)
    ann = open_for(hub, "ann", "ann")
    made = people.reset_password(root, "ann")
    assert not is_open(hub, ann)
    with pytest.raises(SignInFailed):
        open_for(hub, "ann", "ann")
    assert open_for(hub, "ann", made.secret).must_change_password
    records.load_records(root, {"user": [{"user_name": "late"}]})
    with pytest.raises(Conflict, match="no password yet"):
        people.edit_person(root, "late", is_active=True)
    assert open_for(hub, "late", people.reset_password(root, "late").secret).must_change_password
    people.edit_person(root, "bo", is_active=False)
    people.reset_password(root, "bo")
    assert not people.list_people(root, search="bo").rows[0]["is_active"], "deactivated people stay so"


def test_a_reset_clears_the_demo_flag(hub: Hub) -> None:
    root = set_up(hub)
    records.load_records(root, {"user": [{"user_name": "demo", "password": "admin"}]})
    assert sessions.demo_accounts(hub) == ["demo"]
    people.reset_password(root, "demo")
    assert sessions.demo_accounts(hub) == []
    with hub.database.read() as db:
        assert db.scalars(sa.select(Account.demo_password)).all() == [False]


# --- removing -------------------------------------------------------------------------------------


def test_who_owns_something_is_removed_only_when_it_is_said_what_becomes_of_it(any_hub: Hub) -> None:
    root = set_up(any_hub)
    with pytest.raises(Conflict, match="owns 1 models and 1 datasets"):
        people.remove_person(root, "ann")
    with pytest.raises(Conflict):
        people.remove_person(root, "ann", transfer_to="bo", delete_items=True)
    with pytest.raises(Invalid, match="cannot go to ann"):
        people.remove_person(root, "ann", transfer_to="ann")
    with pytest.raises(NotFound):
        people.remove_person(root, "ann", transfer_to="nobody")
    share(any_hub, "ann", "dana")
    assert people.remove_person(root, "ann", transfer_to="bo") == {"models": 1, "datasets": 1}
    bo = caller_for(any_hub, "bo")
    assert catalog.show_item(bo, "net").owner == "bo"
    assert catalog.show_item(bo, "net").record["authors"] == []
    with any_hub.database.read() as db:
        assert db.scalars(sa.select(ItemGrant.granted_by)).all() == [], "the new owner signed none of it"
        assert db.scalars(sa.select(ItemEpoch.epoch)).all() == [1]
        assert db.scalar(sa.select(sa.func.count()).select_from(ModelAuthor)) == 0
        assert (
            db.scalar(sa.select(sa.func.count()).where(NameToken.table_name == "user", NameToken.token == "ann")) == 0
        )


def share(hub: Hub, owner: str, with_whom: str) -> None:
    with hub.database.write() as db:
        db.add(
            ItemGrant(
                user_id=caller_for(hub, with_whom).user_id,
                model_id=db.scalar(sa.select(Model.model_id)),
                permission="view",
                granted_by=caller_for(hub, owner).user_id,
            )
        )


def test_items_are_deleted_with_their_owner_when_asked(any_hub: Hub) -> None:
    root = set_up(any_hub)
    ann = open_for(any_hub, "ann", "ann")
    catalog.count_items(ann)
    assert people.remove_person(root, "ann", delete_items=True) == {"models": 1, "datasets": 1}
    assert not is_open(any_hub, ann)
    with any_hub.database.read() as db:
        for table in (Model, WebSession):
            assert db.scalar(sa.select(sa.func.count()).select_from(table)) == 0
        kinds = set(db.scalars(sa.select(NameToken.table_name)))
        trail = set(db.scalars(sa.select(AuditLog.actor)))
    assert kinds == {"user", "affil"}
    assert "ann" in trail, "what a person did stays on the audit trail"


def test_a_transfer_that_collides_is_refused(hub: Hub) -> None:
    root = set_up(hub)
    records.load_records(root, {"dataset": [{"ds_name": "TIDES", "media": "text", "owners": ["bo"]}]})
    with pytest.raises(Conflict, match="of the same name: 'tides'"):
        people.remove_person(root, "ann", transfer_to="bo")
    assert caller_for(hub, "ann").user_name == "ann"


# --- single permissions ---------------------------------------------------------------------------


def test_single_permissions(hub: Hub) -> None:
    root = set_up(hub)
    ann = caller_for(hub, "ann")
    with pytest.raises(Denied):
        people.list_people(ann)
    people.grant_permission(root, "ann", "person.list", True)
    assert people.list_people(ann).total == 4, "effective at once"
    people.grant_permission(root, "ann", "person.list", None)
    with pytest.raises(Denied):
        people.list_people(ann)
    people.grant_permission(root, "ann", "query.run", False)
    assert not caller_for(hub, "ann").may("query.run")
    people.grant_permission(root, "ann", "query.run", True)
    assert caller_for(hub, "ann").may("query.run")
    with pytest.raises(NotFound, match=r"no permission is called 'qery.run'") as raised:
        people.grant_permission(root, "ann", "qery.run", True)
    assert "query.run" in raised.value.hint
    for nobodys in ("hub.init", "session.open"):
        with pytest.raises(NotFound):
            people.grant_permission(root, "ann", nobodys, True)


def test_granted_permissions_do_not_climb(hub: Hub) -> None:
    root = set_up(hub)
    for permission in ("person.edit", "person.reset", "person.create", "person.remove", "permission.grant"):
        people.grant_permission(root, "ann", permission, True)
    ann = caller_for(hub, "ann")
    people.edit_person(ann, "bo", affiliations=["Northlake"])
    people.grant_permission(ann, "bo", "person.edit", True)
    refused: list[Callable[[], Any]] = [
        lambda: people.edit_person(ann, "ann", is_admin=True),
        lambda: people.edit_person(ann, "root", is_active=False),
        lambda: people.reset_password(ann, "root"),
        lambda: people.remove_person(ann, "dana"),
        lambda: people.create_person(ann, "puppet", is_admin=True),
        lambda: people.grant_permission(ann, "ann", "records.load", True),
        lambda: people.grant_permission(ann, "root", "person.edit", False),
    ]
    for attempt in refused:
        with pytest.raises(Denied):
            attempt()


def test_a_forged_grant_of_the_hubs_own_permissions_is_void(hub: Hub) -> None:
    set_up(hub)
    from db.tables import PersonPermission

    with hub.database.write() as db:
        user_id = db.scalar(sa.select(User.user_id).where(User.user_name == "ann"))
        assert user_id
        db.add(PersonPermission(user_id=user_id, permission="hub.init", allowed=True))
        db.add(PersonPermission(user_id=user_id, permission="no.such", allowed=True))
    ann = caller_for(hub, "ann")
    assert not ann.may("hub.init")
    assert not ann.may("no.such")


# --- affiliations and lists -----------------------------------------------------------------------


def test_affiliations(hub: Hub) -> None:
    root = set_up(hub)
    affiliations.create_affiliation(root, "AI/ML Lab")
    with pytest.raises(Conflict):
        affiliations.create_affiliation(root, "ai/ml  lab")
    affiliations.rename_affiliation(root, "northlake", "Northlake University")
    affiliations.rename_affiliation(root, "Northlake University", "NORTHLAKE university")
    with pytest.raises(Conflict):
        affiliations.rename_affiliation(root, "Quillmark", "northlake university")
    with pytest.raises(NotFound) as raised:
        affiliations.rename_affiliation(root, "Quilmark", "X")
    assert "Quillmark" in raised.value.hint
    with pytest.raises(Denied):
        affiliations.create_affiliation(caller_for(hub, "ann"), "Mine")
    names = [row["affil_name"] for row in affiliations.list_affiliations(root)]
    assert names == ["AI/ML Lab", "NORTHLAKE university", "Quillmark"]


def test_lists_are_searched_filtered_sorted_and_paged(any_hub: Hub) -> None:
    root = set_up(any_hub)

    def names(**wanted: Any) -> list[str]:
        return [row["user_name"] for row in people.list_people(root, **wanted).rows]

    assert names() == ["ann", "bo", "dana", "root"]
    assert names(search="QUILL") == ["bo"]
    assert names(search="an") == ["ann", "dana"]
    assert names(search="100%") == []
    assert names(search=str(caller_for(any_hub, "bo").user_id)) == ["bo"]
    assert names(is_admin=True) == ["dana", "root"]
    assert names(is_admin=False, affiliation="northlake") == ["ann"]
    assert names(is_active=False) == []
    assert names(sort="user_id", descending=True)[-1] == "root"
    assert names(limit=2, offset=1) == ["bo", "dana"]
    page = people.list_people(root, limit=1)
    assert page.total == 4
    assert set(page.rows[0]) == {
        *("user_id", "user_name", "is_admin", "is_active", "created_at"),
        *("awaits_approval", "must_change_password", "demo_password", "affiliations"),
    }
    with pytest.raises(Invalid):
        people.list_people(root, sort="password_hash")


def test_the_operator_acts_for_a_person_with_that_persons_rights(hub: Hub) -> None:
    set_up(hub)
    acting = people.act_for(hub, "ANN", "cli:me")
    with pytest.raises(Denied):
        people.list_people(acting)
    with hub.database.read() as db:
        row = db.execute(sa.select(AuditLog).order_by(AuditLog.seq.desc()).limit(1)).scalar_one()
        assert (row.actor, row.on_behalf_of, row.outcome) == ("cli:me", "ann", "refused")
        again = person(hub, db, acting.user_id or 0)
    assert again.operator is None
    assert access.system(hub).may("hub.init")
