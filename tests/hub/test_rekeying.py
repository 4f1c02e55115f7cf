"""Sealing anew: the keys from before open nothing, access stays with who has it, and no moment is a mixture."""

import itertools
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.tables import Artifact, AuditLog, KeyWrap, PersonPermission, StagedFile, WebSession, utc_now
from hub import artifacts, audit, catalog, editing, invitations, keys, people, plans, rekeying, sealing, staging, trash
from hub.access import Caller, system
from hub.artifacts import Said, open_version
from hub.errors import Conflict, Damaged, Denied, HubError, NotFound, NotProved, NotSignedIn, Unavailable
from hub.home import Hub, open_hub
from hub.proofs import life_of_proof
from hub.recovery import load_key, open_recovered
from hub.rekeying import Rekeyed, plan_rekey, rekey
from hub.sharing_plans import plan_revoke
from secure.container import CHUNK, IntegrityError, Opener
from tests.conftest import caller_for, settings_for
from tests.hub.files import MODEL, sign_in
from tests.hub.test_artifacts import change, publish
from tests.hub.test_sharing import World, refused

LARGE = os.urandom(3 * CHUNK + 5)


@pytest.fixture
def world(hub: Hub) -> World:
    return World(hub)


@pytest.fixture
def any_world(any_hub: Hub) -> World:
    return World(any_hub)


def again(world: World, report: Callable[[int, int], None] = lambda _done, _total: None) -> Rekeyed:
    return rekey(world.ann, "model", world.made.item_id, report)


def rows(hub: Hub) -> list[Artifact]:
    with hub.database.read() as db:
        found = list(db.scalars(sa.select(Artifact).order_by(Artifact.version)))
        db.expunge_all()
    return found


def data_keys(world: World) -> list[bytes]:
    """The data keys of all versions, as somebody could have kept them."""
    opened = keys.unlocked(world.ann)
    with world.hub.database.read() as db:
        found = [sealing.data_key_of(db, row, opened) for row in rows(world.hub)]
    return [one for one in found if one is not None]


def blobs(hub: Hub) -> list[Path]:
    return sorted(path for path in (hub.settings.hub_home / "artifacts").rglob("*") if path.is_file())


def opened_by(hub: Hub, data_key: bytes) -> list[str]:
    """Stored files that this key opens."""
    found = []
    for path in blobs(hub):
        with path.open("rb", buffering=0) as file:
            try:
                Opener(file, data_key)
                found.append(path.name)
            except IntegrityError:
                pass
    return found


def holders(hub: Hub, row: Artifact) -> set[str]:
    with hub.database.read() as db:
        return set(db.scalars(sa.select(KeyWrap.key_id).where(KeyWrap.blob_id == row.blob_id)))


def key_of(caller: Caller) -> str:
    return keys.unlocked(caller).encryption_id


# --- the whole way --------------------------------------------------------------------------------


def test_what_somebody_could_open_opens_nothing_any_more_on_each_backend(any_world: World) -> None:
    world = any_world
    publish(world.ann, LARGE)
    for who in (world.bo, world.cy):
        world.let_in(who)
    assert world.opens(world.bo) == LARGE
    before, kept = artifacts.list_versions(world.ann, "model", world.made.item_id), data_keys(world)
    assert [len(opened_by(world.hub, key)) for key in kept] == [1, 1]
    world.revoke()
    assert [len(opened_by(world.hub, key)) for key in kept] == [1, 1], "that a revoke cannot change"

    told: list[tuple[int, int]] = []
    done = again(world, lambda *all: told.append(all))
    assert (list(done.versions), list(done.people)) == ([1, 2], ["cy"])
    assert done.as_sentence() == (
        "net: 2 files are sealed under fresh keys. The keys from before open nothing that is stored. "
        "Access stays with cy."
    )
    assert told[-1] == (len(LARGE) + 3, len(LARGE) + 3)
    assert told == sorted(told)
    assert [opened_by(world.hub, key) for key in kept] == [[], []]
    assert len(blobs(world.hub)) == 4, "a file and a note each"
    for who in (world.ann, world.cy):
        assert (world.opens(who), world.opens(who, 1)) == (LARGE, b"one")
    assert refused(world.opens, world.bo) == "there is no such model"
    assert artifacts.list_versions(world.ann, "model", world.made.item_id) == before, "nothing else is different"
    for row in rows(world.hub):
        assert holders(world.hub, row) == {keys.RECOVERY_KEY, key_of(world.ann), key_of(world.cy)}
        assert row.epoch == 1
    key = load_key(world.hub.settings.hub_home / "recovery-key.pem")
    root = caller_for(world.hub, "root")
    assert b"".join(open_recovered(root, key, "model", world.made.item_id).read()) == LARGE
    with world.hub.database.read() as db:
        noted = db.execute(sa.select(AuditLog.outcome, AuditLog.detail).where(AuditLog.action == "item.rekey")).all()
        assert db.scalar(sa.select(sa.func.count()).select_from(StagedFile)) == 0
    assert [one.outcome for one in noted] == ["begun", "rekeyed", "rekeyed"]
    assert not any(key.hex() in str(noted) for key in [*kept, *data_keys(world)])
    assert audit.verify_audit(root).ok


def test_an_invitation_that_waits_is_for_the_fresh_key(world: World) -> None:
    world.let_in(world.bo)
    sent = world.invite("cy")
    world.revoke()
    again(world)
    invitations.accept(world.cy, sent.invitation_id)
    assert world.opens(world.cy) == b"one"


def test_to_view_is_still_not_to_open(world: World) -> None:
    world.let_in(world.bo, permission="view")
    assert again(world).people == []
    assert "not open its files" in refused(world.opens, world.bo)
    assert key_of(world.bo) not in holders(world.hub, rows(world.hub)[0])


def test_a_public_file_stays_everyones(world: World) -> None:
    made = publish(world.ann, LARGE, name="open", visibility="public")
    rekey(world.ann, "model", made.item_id)
    with open_version(world.bo, "model", made.item_id) as opened:
        assert b"".join(opened.read()) == LARGE
    assert keys.HUB_KEY in holders(world.hub, rows(world.hub)[-1])


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 4 * CHUNK])
def test_files_of_any_size(world: World, size: int) -> None:
    plain = os.urandom(size)
    publish(world.ann, plain)
    again(world)
    assert world.opens(world.ann) == plain


def test_the_preview_goes_along(world: World) -> None:
    ref = staging.stage(world.ann, [b"x"], "w.bin").ref
    artifacts.publish(world.ann, ref, "model", world.made.item_id, Said(preview=b'{"tables": []}'))
    again(world)
    for version, preview in ((1, None), (2, b'{"tables": []}')):
        assert artifacts.find_preview(world.ann, "model", world.made.item_id, version)[1] == preview
    notes = [json.loads(path.read_text()) for path in blobs(world.hub) if path.suffix == ".json"]
    assert {note["epoch"] for note in notes} == {1}


# --- what is done, and what is left ---------------------------------------------------------------


class Stopped(Exception):
    """Breaks it off."""


def test_only_what_is_from_before_a_revoke_is_done(world: World) -> None:
    world.let_in(world.bo)
    world.revoke()
    publish(world.ann, b"two")
    assert again(world).versions == [1]
    assert again(world).versions == [1, 2], "nothing is from before: all of it, in an epoch that begins"
    assert {row.epoch for row in rows(world.hub)} == {2}


def test_what_broke_off_goes_on(world: World) -> None:
    publish(world.ann, LARGE)

    def stop(done: int, total: int) -> None:
        if done > CHUNK:
            raise Stopped

    first = rows(world.hub)
    with pytest.raises(Stopped):
        again(world, stop)
    assert [new.blob_id == old.blob_id for new, old in zip(rows(world.hub), first, strict=True)] == [False, True]
    assert len(blobs(world.hub)) == 4
    assert (world.opens(world.ann), world.opens(world.ann, 1)) == (LARGE, b"one")
    assert again(world).versions == [2]


def test_by_a_plan_whose_work_goes_on_after_it(world: World) -> None:
    plan = plan_rekey(world.ann, "model", world.made.item_id)
    assert [(one.what, one.before) for one in plan.changes] == [("version 1", "3 bytes, under its present key")]
    before = rows(world.hub)
    done = plans.confirm(world.ann, plan.plan_id)
    assert [row.blob_id for row in rows(world.hub)] == [row.blob_id for row in before]
    assert "goes on with the rest" in done.said
    assert done.work is not None
    assert "1 file is sealed under a fresh key" in done.work(lambda _done, _total: None)
    assert [row.blob_id for row in rows(world.hub)] != [row.blob_id for row in before]
    plans.say_outcome(world.ann, plan.ref, "well done")
    assert plans.look_at_plan(world.ann, plan.ref).said == "well done"
    plans.say_outcome(world.bo, plan.ref, "not mine")
    assert plans.look_at_plan(world.ann, plan.ref).said == "well done"


def test_a_revoke_offers_it_where_there_is_a_file(world: World) -> None:
    world.let_in(world.bo)
    world.invite("cy")
    for who, offered in (("cy", ()), ("bo", [("Seal them anew", "/rekey model ann/net")])):
        plan = plan_revoke(world.ann, "model", world.made.item_id, [who])
        assert plans.confirm(world.ann, plan.plan_id).offers == offered


def test_a_plan_is_stale_once_it_was_done_otherwise(world: World) -> None:
    plan = plan_rekey(world.ann, "model", world.made.item_id)
    again(world)
    with pytest.raises(Conflict, match="things have changed"):
        plans.confirm(world.ann, plan.plan_id)


# --- who may --------------------------------------------------------------------------------------


def test_only_the_owner(world: World) -> None:
    world.let_in(world.bo)
    root = sign_in(world.hub, "root")
    for who, error in ((world.bo, Denied), (root, Denied), (world.cy, NotFound)):
        for act in (rekey, plan_rekey):
            with pytest.raises(error):
                act(who, "model", world.made.item_id)
    taken = {"user_id": world.ann.user_id, "permission": "item.rekey", "allowed": False}
    change(world.hub, sa.insert(PersonPermission).values(taken))
    with pytest.raises(Denied, match="fresh keys"):
        again(world)
    assert rows(world.hub)[0].epoch == 0


def test_it_begins_with_a_proof_and_goes_on_without(world: World) -> None:
    late = utc_now() - life_of_proof(world.hub)
    lapse = sa.update(WebSession).where(WebSession.session_id == world.ann.session_id).values(proved_at=late)
    again(world, lambda _done, _total: change(world.hub, lapse))
    with pytest.raises(NotProved):
        again(world)


def test_whoever_signs_out_meanwhile_stops_it(world: World) -> None:
    before, files = [row.blob_id for row in rows(world.hub)], blobs(world.hub)
    end = sa.update(WebSession).where(WebSession.session_id == world.ann.session_id).values(ended_at=utc_now())
    with pytest.raises(NotSignedIn):
        again(world, lambda _done, _total: change(world.hub, end))
    assert ([row.blob_id for row in rows(world.hub)], blobs(world.hub)) == (before, files)


def test_a_file_that_is_not_there_yet_and_keys_that_are_lost(world: World) -> None:
    bare = catalog.create_model(world.ann, {**MODEL, "model_name": "bare"})
    with pytest.raises(NotFound, match="no file yet"):
        rekey(world.ann, "model", bare)
    secret = people.reset_password(caller_for(world.hub, "root"), "ann").secret
    ann = sign_in(world.hub, "ann", secret)
    people.change_password(ann, secret, "seven quiet otters")
    with pytest.raises(Conflict, match="keys you no longer have"):
        rekey(sign_in(world.hub, "ann", "seven quiet otters"), "model", world.made.item_id)
    assert rows(world.hub)[0].epoch == 0


# --- meanwhile ------------------------------------------------------------------------------------


def during(world: World, act: Callable[[], object]) -> Callable[[int, int], None]:
    """Does something else once, while the first piece is under way."""
    left = [act]

    def report(_done: int, _total: int) -> None:
        if left:
            left.pop()()

    return report


def test_two_of_one_process_do_not_meet(world: World) -> None:
    publish(world.ann, LARGE)
    said: list[str] = []

    def other() -> None:
        said.append(refused(again, world))
        said.append(refused(plan_rekey, world.ann, "model", world.made.item_id))

    assert again(world, during(world, other)).versions == [1, 2]
    assert said == ["net is being sealed anew already"] * 2
    assert again(world).versions == [1, 2], "afterwards it goes again"


def test_of_two_processes_the_first_is_taken(world: World) -> None:
    publish(world.ann, LARGE)
    elsewhere = open_hub(settings_for(world.hub.settings.hub_home))
    there = replace(world.ann, hub=elsewhere)
    try:
        done = again(world, during(world, lambda: rekey(there, "model", world.made.item_id)))
    finally:
        elsewhere.close()
    assert done.versions == [2], "version 1 was done by the other one first"
    assert (world.opens(world.ann), world.opens(world.ann, 1)) == (LARGE, b"one")
    assert len(blobs(world.hub)) == 4
    with world.hub.database.read() as db:
        outcomes = db.scalars(sa.select(AuditLog.outcome).where(AuditLog.action == "item.rekey")).all()
    assert outcomes.count("overtaken") == 1


def test_a_new_version_meanwhile(world: World) -> None:
    done = again(world, during(world, lambda: publish(world.ann, b"two")))
    assert done.versions == [1]
    assert (world.opens(world.ann), world.opens(world.ann, 1)) == (b"two", b"one")


def test_shared_accepted_and_taken_back_meanwhile(world: World) -> None:
    world.let_in(world.bo)

    def act() -> None:
        world.revoke()
        world.let_in(world.cy)

    assert again(world, during(world, act)).people == ["cy"]
    assert world.opens(world.cy) == b"one"
    assert holders(world.hub, rows(world.hub)[0]) == {keys.RECOVERY_KEY, key_of(world.ann), key_of(world.cy)}
    assert rows(world.hub)[0].epoch == 2, "bo never had this key"


def test_made_public_meanwhile(world: World) -> None:
    def act() -> None:
        editing.edit_models(world.ann, [world.made.item_id], {"visibility": "public"})

    again(world, during(world, act))
    assert world.opens(world.bo) == b"one"


def test_deleted_meanwhile_and_restored(world: World) -> None:
    publish(world.ann, LARGE)
    files = blobs(world.hub)
    with pytest.raises(NotFound):
        again(world, during(world, lambda: trash.delete_models(world.ann, [world.made.item_id])))
    assert blobs(world.hub) == files
    trash.restore_model(world.ann, trash.find_trashed(world.ann, "net").trash_id)
    assert (world.opens(world.ann), world.opens(world.ann, 1)) == (LARGE, b"one")
    assert again(world).versions == [1, 2]
    assert audit.verify_audit(caller_for(world.hub, "root")).ok


def test_given_to_somebody_else_meanwhile(world: World) -> None:
    world.let_in(world.bo)
    files = blobs(world.hub)

    def act() -> None:
        people.remove_person(caller_for(world.hub, "root"), "ann", transfer_to="bo")

    with pytest.raises((NotSignedIn, Denied, NotFound)):
        again(world, during(world, act))
    assert blobs(world.hub) == files
    assert world.opens(world.bo) == b"one"
    assert rekey(world.bo, "model", world.made.item_id).versions == [1], "its new owner can"
    assert world.opens(world.bo) == b"one"


def test_a_download_that_runs_comes_to_its_end(world: World) -> None:
    publish(world.ann, LARGE)
    world.let_in(world.bo)
    with open_version(world.bo, "model", world.made.item_id) as opened:
        pieces = opened.read()
        first = next(pieces)
        again(world)
        assert first + b"".join(pieces) == LARGE
        opened.check()
        world.revoke()
        with pytest.raises(NotFound):
            opened.check()


def test_a_download_that_begins_at_that_moment_opens_the_fresh_file(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, left = artifacts.open_found, [True]

    def late(*arguments: Any) -> Any:
        if left:
            left.pop()
            again(world)
        return real(*arguments)

    monkeypatch.setattr(artifacts, "open_found", late)
    assert world.opens(world.ann) == b"one"


def test_a_sweep_meanwhile_leaves_it_alone_and_one_that_is_too_late_stops_it(world: World) -> None:
    def sweep() -> None:
        staging.sweep_storage(system(world.hub), now=time.time() + 4000)

    again(world, during(world, sweep))
    assert world.opens(world.ann) == b"one"

    def expire() -> None:
        change(world.hub, sa.update(StagedFile).values(expires_at=utc_now() - timedelta(seconds=1)))
        sweep()

    with pytest.raises((Conflict, NotFound)):
        again(world, during(world, expire))
    assert world.opens(world.ann) == b"one"
    assert len(blobs(world.hub)) == 2


# --- what goes wrong ------------------------------------------------------------------------------


def test_a_damaged_file_stays_what_it_is(world: World) -> None:
    publish(world.ann, LARGE)
    path = next(path for path in blobs(world.hub) if path.name == rows(world.hub)[1].blob_id)
    raw = bytearray(path.read_bytes())
    raw[2 * CHUNK] ^= 1
    path.write_bytes(raw)
    with pytest.raises(Damaged):
        again(world)
    assert len(blobs(world.hub)) == 4
    assert path.read_bytes() == raw
    assert [row.epoch for row in rows(world.hub)] == [1, 0], "the sound one was done before it"
    path.unlink()
    with pytest.raises(NotFound):
        again(world)
    with world.hub.database.read() as db:
        assert "damaged" in str(db.scalars(sa.select(AuditLog.detail).where(AuditLog.action == "item.rekey")).all())


def test_a_full_disk_is_said_and_nothing_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(world.ann, LARGE)
    files = blobs(world.hub)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(rekeying, "seal", full)
        with pytest.raises(Unavailable, match="full"):
            again(world)
    assert blobs(world.hub) == files
    with world.hub.database.read() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(StagedFile)) == 0


def test_no_plaintext_is_on_disk_at_any_moment(world: World) -> None:
    publish(world.ann, b"".join(b"PLAINTEXT-%06d-OF-THIS-FILE" % number for number in range(200_000)))
    seen = 0

    def look(_done: int, _total: int) -> None:
        nonlocal seen
        for path in world.hub.settings.hub_home.rglob("*"):
            if path.is_file():
                seen += 1
                assert b"PLAINTEXT" not in path.read_bytes(), path

    again(world, look)
    assert seen > 20


class Crash(BaseException):
    """The process is gone: nothing that would tidy up runs."""


def test_a_crash_at_any_moment_leaves_each_version_old_or_new(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before each write, sync, rename, removal and commit, one after the other."""
    hub, large = world.hub, LARGE[: CHUNK + 5]
    publish(world.ann, large)
    world.let_in(world.bo)
    world.let_in(world.cy)
    world.revoke()
    finished = False
    for fatal in itertools.count():
        steps = 0

        def step(*_: object, fatal: int = fatal) -> None:
            nonlocal steps
            if steps == fatal:
                raise Crash
            steps += 1

        before = data_keys(world)
        with monkeypatch.context() as patch:
            for name in ("fsync", "open", "fdopen"):
                real = getattr(os, name)
                patch.setattr(os, name, lambda *args, real=real, **more: (step(), real(*args, **more))[1])
            for name in ("rename", "unlink"):
                real = getattr(Path, name)
                patch.setattr(Path, name, lambda *args, real=real, **more: (step(), real(*args, **more))[1])
            patch.setattr(rekeying, "_forget", lambda *args, real=rekeying._forget: (step(), real(*args))[1])
            sa.event.listen(hub.database.engine, "commit", step)
            try:
                again(world)
                finished = True
            except Crash:
                pass
            finally:
                sa.event.remove(hub.database.engine, "commit", step)
        hub.caches.pop("being sealed anew", None)  # as the next process finds it
        for who in (world.ann, world.cy):
            assert (world.opens(who), world.opens(who, 1)) == (large, b"one")
        assert refused(world.opens, world.bo) == "there is no such model"
        for row in rows(hub):
            assert holders(hub, row) == {keys.RECOVERY_KEY, key_of(world.ann), key_of(world.cy)}
        after = data_keys(world)
        if finished:
            break
    assert fatal > 15
    with hub.database.write() as db:
        db.execute(sa.update(StagedFile).values(expires_at=utc_now() - timedelta(seconds=1)))
    staging.sweep_storage(system(hub), now=time.time() + 4000)
    assert len(blobs(hub)) == 4, "a file and a note each"
    assert [len(opened_by(hub, key)) for key in after] == [1, 1]
    assert all(opened_by(hub, key) == [] for key in set(before) - set(after))
    assert audit.verify_audit(caller_for(hub, "root")).ok


# --- in any order ---------------------------------------------------------------------------------

ACTS = ("publish", "let_in_bo", "let_in_cy", "revoke_bo", "revoke_cy", "rekey", "public", "private", "trash")


@pytest.mark.soak
@pytest.mark.timeout(3600)
@settings(max_examples=settings().max_examples // 10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.booleans()), max_size=5))
def test_whatever_happens_in_whatever_order(empty_world: Callable[[], World], acts: list[tuple[str, bool]]) -> None:
    """Who may open the item opens every version, nobody else does, and no key from before a re-keying opens anything.

    An act stands by itself or happens while the item is being sealed anew.
    """
    world = empty_world()
    item, plain, inside, public = world.made.item_id, [b"one"], set[str](), False

    def do(act: str) -> None:
        nonlocal public
        who = {"bo": world.bo, "cy": world.cy}.get(act[-2:])
        if act == "publish":
            plain.append(os.urandom(9))
            publish(world.ann, plain[-1])
        elif act.startswith("let_in") and who is not None and not public and who.user_name not in inside:
            world.let_in(who)
            inside.add(who.user_name)
        elif act.startswith("revoke") and who is not None and who.user_name in inside:
            world.revoke(who.user_name)
            inside.discard(who.user_name)
        elif act == "rekey":
            gone = data_keys(world)
            again(world)
            behind = {row.blob_id for row in rows(world.hub)}
            assert all(set(opened_by(world.hub, key)) <= behind for key in gone)
        elif act in ("public", "private") and public != (act == "public"):
            public = act == "public"
            editing.edit_models(world.ann, [item], {"visibility": act})
        elif act == "trash":
            trash.delete_models(world.ann, [item])
            trash.restore_model(world.ann, trash.find_trashed(world.ann, "net").trash_id)

    for act, meanwhile in acts:
        if meanwhile and act != "rekey":
            again(world, during(world, lambda act=act: do(act)))  # type: ignore[misc]
        else:
            do(act)
    last = data_keys(world)
    world.let_in(world.bo) if not public and "bo" not in inside else None
    inside |= {"bo"} if not public else set()
    if not public:
        do("revoke_bo")
        again(world)
        assert [opened_by(world.hub, key) for key in last] == [[]] * len(last)
    for number, content in enumerate(plain, 1):
        for who in (world.ann, world.bo, world.cy):
            if public or who is world.ann or who.user_name in inside:
                assert world.opens(who, number) == content
            else:
                with pytest.raises(HubError):
                    world.opens(who, number)
    assert len(blobs(world.hub)) == 2 * len(plain)
    assert audit.verify_audit(caller_for(world.hub, "root")).ok


@pytest.fixture
def empty_world(tmp_path: Path, empty_home: Path) -> Iterator[Callable[[], World]]:
    """A fresh world each time it is called."""
    made: list[Hub] = []

    def make() -> World:
        home = tmp_path / f"hub-{len(made)}"
        shutil.copytree(empty_home, home)
        made.append(open_hub(settings_for(home)))
        return World(made[-1])

    yield make
    for hub in made:
        hub.close()
