"""Plans: what a change would do, shown before it is done; only the button of a plan carries it out.

A planned change is one decorated function. It looks, in a transaction of its own, and returns a ``Draft``: what would
change, and how. Called from outside it gives the person a ``Plan`` and changes nothing. ``confirm`` runs the function
again in the transaction of the change itself: only if it comes to the same draft as the one the person saw, the
draft's ``run`` is called.

A plan's id is good once, for the session it was made in, for a quarter of an hour. It is derived from the hub's key,
the plan's reference and the session, and stands nowhere: neither the database nor the chat history has it.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import inspect
import json
import secrets
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar, cast

import sqlalchemy as sa

from db.tables import Plan as PlanRow
from db.tables import utc_now
from hub.access import Caller, Tx, action
from hub.errors import Conflict, HubError, Invalid
from hub.proofs import require_proof
from secure.keys import unwrap, wrap

P = ParamSpec("P")
R = TypeVar("R")

LIFETIME = timedelta(minutes=15)
_FORGET_AFTER = timedelta(days=30)
_LONGEST_CHOICE = 500  # characters

State = Literal["open", "done", "cancelled", "stale", "expired", "elsewhere", "gone"]


# --- what a plan says -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would change: its name, and what it is before and after in words; None where it is not there."""

    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Choice:
    """Something the person decides in the plan: one of the ``options`` (value → what is shown), else a text.

    With ``needs`` it is asked only when that other choice has that value.
    """

    name: str
    title: str
    options: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, str] | None = None


Report = Callable[[int, int], None]
"""Is told how much of something is done, and how much there is to do."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in a sentence; ``secret`` is for the person's eyes now, and is kept nowhere.

    ``work`` is what goes on from here, outside any transaction: who pressed the button runs it, and it says what came
    of it. ``offers`` are what could be done next, as (title, the message that does it); ``offered`` introduces them.
    """

    said: str
    secret: str = field(default="", repr=False)
    work: Callable[[Report], str] | None = field(default=None, repr=False)
    offers: Sequence[tuple[str, str]] = ()
    offered: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a planned change would do. ``run`` does it, with what was chosen, in the transaction it was drafted in.

    What is shown is compared when the plan is confirmed, and ``about`` beside it: ids and whatever else must not have
    changed meanwhile. So leave out what changes by itself.
    """

    title: str
    changes: Sequence[Change]
    run: Callable[[Mapping[str, str]], str | Done]
    warnings: Sequence[str] = ()
    choices: Sequence[Choice] = ()
    about: Sequence[Any] = ()

    def fingerprint(self) -> str:
        """The same for drafts that say the same about the same things."""
        shown = {
            "title": self.title,
            "changes": [[change.what, change.before, change.after] for change in self.changes],
            "warnings": list(self.warnings),
            "choices": [[each.name, each.title, dict(each.options), each.needs] for each in self.choices],
            "about": list(self.about),
        }
        return hashlib.sha256(json.dumps(shown, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Plan:
    """A draft as it is offered to a person.

    ``ref`` names it and may be kept anywhere; ``plan_id`` carries it out and is for the page's button alone. Both are
    empty for a caller without a session, who can look but has no button.
    """

    title: str
    changes: Sequence[Change]
    warnings: Sequence[str]
    choices: Sequence[Choice]
    button: str
    dangerous: bool
    expires_at: datetime
    ref: str = ""
    plan_id: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Planned:
    """A kind of change that goes by plans: its name, its permission, and how it is proposed and carried out."""

    name: str
    permission: str
    propose: Callable[..., Plan]
    carry_out: Callable[..., Done] = field(repr=False)
    prepare: Callable[..., Any] | None = field(repr=False, default=None)


PLANNED: dict[str, Planned] = {}
"""Every planned change by its name; filled by ``planned``."""


def planned(
    permission: str, button: str, *, dangerous: bool = False, prepare: Callable[..., Any] | None = None
) -> Callable[[Callable[Concatenate[Caller, Tx, P], Draft]], Callable[Concatenate[Caller, P], Plan]]:
    """Make a function that drafts a change into one that proposes it; arguments must be what JSON can say.

    ``button`` is the verb on the plan's button. What takes long and needs no transaction goes into ``prepare``: it is
    called before the transaction with (caller, whether the plan is being confirmed, and the arguments by name), and
    its result is ``tx.ready`` in the draft.
    """

    def decorate(body: Callable[Concatenate[Caller, Tx, P], Draft]) -> Callable[Concatenate[Caller, P], Plan]:
        name = body.__name__
        signature = inspect.signature(body)

        @action(permission)
        @functools.wraps(body)
        def draft(caller: Caller, tx: Tx, arguments: dict[str, Any], ready: Any) -> Plan:
            tx.ready, tx.outcome = ready, "planned"
            made = body(caller, tx, **arguments)  # type: ignore[call-arg]
            if not made.changes:
                raise Conflict("there is nothing to change", "it is so already")
            return _offer(caller, tx, name, arguments, made, button, dangerous)

        @action(permission)
        @functools.wraps(body)
        def carry_out(caller: Caller, tx: Tx, found: _Found, choices: Mapping[str, str], ready: Any) -> Done:
            tx.note(plan=found.ref)
            require_proof(caller, tx)
            tx.ready = ready
            _take(tx, found.ref)
            made = body(caller, tx, **found.arguments)  # type: ignore[call-arg]
            if made.fingerprint() != found.fingerprint:
                raise _Stale("things have changed since this was planned, so nothing was done", "plan it again")
            done = made.run(check_choices(made.choices, choices))
            done = Done(done) if isinstance(done, str) else done
            tx.db.execute(sa.update(PlanRow).where(PlanRow.plan_ref == found.ref).values(said=done.said))
            return done

        @functools.wraps(body)
        def propose(caller: Caller, *args: P.args, **kwargs: P.kwargs) -> Plan:
            bound = signature.bind(caller, None, *args, **kwargs)
            arguments = dict(list(bound.arguments.items())[2:])
            ready = prepare(caller, False, **arguments) if prepare else None
            return draft(caller, arguments, ready)

        propose.permission = permission  # type: ignore[attr-defined]
        PLANNED[name] = Planned(name, permission, propose, carry_out, prepare)
        return cast("Callable[Concatenate[Caller, P], Plan]", propose)

    return decorate


def rehearse(tx: Tx, act: Callable[[Tx], R]) -> R:
    """What ``act`` would come to in this transaction; everything it did is undone, whatever it raises comes out."""
    with tx.db.begin_nested() as savepoint:
        try:
            result = act(Tx(tx.db, ready=tx.ready))
            tx.db.flush()
        finally:
            savepoint.rollback()
    tx.db.expire_all()
    return result


# --- making one -----------------------------------------------------------------------------------


def _offer(
    caller: Caller, tx: Tx, name: str, arguments: Mapping[str, Any], draft: Draft, button: str, dangerous: bool
) -> Plan:
    ref, expires_at = "", utc_now() + LIFETIME
    tx.note(planned=draft.title[:200], changes=len(draft.changes))
    if caller.session_id is not None and caller.user_id is not None:
        ref = secrets.token_urlsafe(16)
        tx.note(plan=ref)
        tx.db.add(
            PlanRow(
                plan_ref=ref,
                user_id=caller.user_id,
                session_id=caller.session_id,
                planned=name,
                arguments=_seal(caller, ref, arguments),
                fingerprint=draft.fingerprint(),
                expires_at=expires_at,
            )
        )
    return Plan(
        draft.title, tuple(draft.changes), tuple(draft.warnings), tuple(draft.choices), button, dangerous, expires_at,
        ref, _plan_id(caller, ref) if ref else "",
    )  # fmt: skip


def _plan_id(caller: Caller, ref: str) -> str:
    return f"{ref}.{caller.hub.key_for(f'plan-id/{caller.session_id}/{ref}', 24).hex()}"


def _seal(caller: Caller, ref: str, arguments: Mapping[str, Any]) -> bytes:
    return wrap(caller.hub.key_for("plan-arguments"), zlib.compress(json.dumps(arguments).encode()), ref)


def _unseal(caller: Caller, ref: str, sealed: bytes) -> dict[str, Any]:
    opened: dict[str, Any] = json.loads(zlib.decompress(unwrap(caller.hub.key_for("plan-arguments"), sealed, ref)))
    return opened


# --- settling it ----------------------------------------------------------------------------------


class _Stale(Conflict):
    """What the plan showed is no longer so."""


@dataclass(frozen=True, slots=True)
class _Found:
    ref: str
    planned: str
    fingerprint: str
    arguments: dict[str, Any] = field(repr=False)


def _refusal() -> HubError:
    """The same whatever is wrong with an id: unknown, used, cancelled, expired, or somebody else's."""
    return Conflict("this plan cannot be carried out", "it was used, cancelled, expired or never yours; plan it again")


def confirm(caller: Caller, plan_id: str, choices: Mapping[str, str] | None = None) -> Done:
    """Do what the plan says, once, if it is still what the person was shown; all of it or nothing.

    ``Conflict`` for an id that is not good, and when things have changed since the plan was made; then the plan is
    spent. Anything else that stops the change leaves the plan open, to be tried again with other choices.
    """
    found = _find(caller, plan_id)
    kind = PLANNED[found.planned]
    ready = kind.prepare(caller, True, **found.arguments) if kind.prepare else None
    try:
        return kind.carry_out(caller, found, choices or {}, ready)
    except _Stale:
        _settle(caller, found.ref, "stale")
        raise


confirm.permission = "plan.settle"  # type: ignore[attr-defined]


@action("plan.settle", reads=True, quiet=True)
def _find(caller: Caller, tx: Tx, plan_id: str) -> _Found:
    ref = str(plan_id).partition(".")[0]
    row = tx.db.get(PlanRow, ref[:64])
    good = (
        row is not None
        and caller.session_id is not None
        and hmac.compare_digest(_plan_id(caller, ref).encode(), str(plan_id).encode("utf-8", "replace"))
        and (row.user_id, row.session_id) == (caller.user_id, caller.session_id)
        and _state_of(row) == "open"
        and row.planned in PLANNED
    )
    if row is None or row.arguments is None or not good:
        raise _refusal()
    tx.note(plan=ref)
    return _Found(ref, row.planned, row.fingerprint, _unseal(caller, ref, row.arguments))


def _take(tx: Tx, ref: str) -> None:
    """Use the plan up, in the transaction of the change; of two at once only one can."""
    taken = tx.db.execute(
        sa.update(PlanRow)
        .where(PlanRow.plan_ref == ref, PlanRow.state == "open", PlanRow.expires_at > utc_now())
        .values(state="done", arguments=None)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise _refusal()


def abandon(caller: Caller, plan_id: str) -> None:
    """Cancel a plan: its id is good for nothing any more. ``Conflict`` for an id that was not good."""
    _settle(caller, _find(caller, plan_id).ref, "cancelled")


abandon.permission = "plan.settle"  # type: ignore[attr-defined]


@action("plan.settle")
def _settle(caller: Caller, tx: Tx, ref: str, state: str) -> None:
    tx.note(plan=ref, state=state)
    tx.db.execute(
        sa.update(PlanRow).where(PlanRow.plan_ref == ref, PlanRow.state == "open").values(state=state, arguments=None)
    )


def check_choices(choices: Sequence[Choice], chosen: Mapping[str, Any]) -> dict[str, str]:
    """What was chosen, for those choices that are asked; ``Invalid`` names one that is missing or is no option."""
    taken: dict[str, str] = {}
    for choice in choices:
        if choice.needs is not None and taken.get(choice.needs[0]) != choice.needs[1]:
            continue
        value = chosen.get(choice.name)
        text = value.strip() if isinstance(value, str) else ""
        if not text or len(text) > _LONGEST_CHOICE or (choice.options and text not in choice.options):
            raise Invalid(f"{choice.title}: not decided yet", "decide it in the plan, then confirm")
        taken[choice.name] = text
    return taken


@action("plan.settle", quiet=True)
def say_outcome(caller: Caller, tx: Tx, ref: str, said: str) -> None:
    """Note what came of the work that a plan of the caller's own began."""
    mine = (PlanRow.plan_ref == ref, PlanRow.user_id == caller.user_id, PlanRow.state == "done")
    tx.db.execute(sa.update(PlanRow).where(*mine).values(said=said))


# --- looking at one later -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of a plan; ``plan_id`` is there only while the caller's own session can carry it out."""

    state: State
    said: str = ""
    plan_id: str = field(default="", repr=False)


@action("plan.settle", reads=True, quiet=True)
def look_at_plan(caller: Caller, tx: Tx, ref: str) -> Standing:
    """What became of a plan of the caller's own; somebody else's is ``gone`` like one that is no longer known."""
    row = tx.db.get(PlanRow, ref[:64])
    if row is None or row.user_id != caller.user_id:
        return Standing("gone")
    state = _state_of(row)
    if state != "open":
        return Standing(state, row.said)
    if row.session_id != caller.session_id:
        return Standing("elsewhere")
    return Standing("open", plan_id=_plan_id(caller, ref))


def _state_of(row: PlanRow) -> State:
    if row.state == "open" and row.expires_at <= utc_now():
        return "expired"
    state: State = row.state  # type: ignore[assignment]
    return state


@action("hub.sweep", quiet=True)
def sweep_plans(caller: Caller, tx: Tx) -> int:
    """Empty plans that have expired, and forget those that did more than a month ago; how many were forgotten."""
    now = utc_now()
    expired = sa.update(PlanRow).where(PlanRow.expires_at < now, PlanRow.arguments.is_not(None))
    tx.db.execute(expired.values(arguments=None).execution_options(synchronize_session=False))
    old = sa.delete(PlanRow).where(PlanRow.expires_at < now - _FORGET_AFTER)
    return int(tx.db.execute(old.execution_options(synchronize_session=False)).rowcount)  # type: ignore[attr-defined]
