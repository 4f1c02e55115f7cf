"""Orders to change something, in plain words: what they are about is read like a question, and they end in a plan.

Of the ways to read an order (``grammar``) the first one is taken whose every phrase is known (``phrases``); ``plans``,
``permissions`` and ``making`` propose what it comes to. Nothing is changed here: the plan's button does that, and the
gate checks it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from assistant.changes import making, permissions, plans, sharing
from assistant.changes.grammar import Order, Verb, read_orders, splits, verb_of
from assistant.changes.phrases import NotRead, Reader
from assistant.interpreter import Reading, interpret
from assistant.interpreter.meanings import unknown_words, value_verbs
from assistant.interpreter.talk import ONLY_READS, is_statement
from assistant.interpreter.words import stem
from assistant.replies import Confirm
from hub.errors import HubError

if TYPE_CHECKING:
    from assistant.conversation import Turn

__all__ = ["read_change"]

MOST_ORDERS = 5
"""Orders of one message that are offered to be given by themselves."""

_PLANS: Mapping[Verb, Callable[[Reader, Order], Confirm]] = {
    "set": plans.plan_set,
    "clear": plans.plan_clear,
    "rename": plans.plan_rename,
    "add": plans.plan_add,
    "remove": plans.plan_remove,
    "move": plans.plan_move,
    "delete": plans.plan_delete,
    "restore": plans.plan_restore,
    "secret": plans.plan_secret,
    "turn": plans.plan_turn,
    "permit": permissions.plan_permit,
    "forbid": permissions.plan_forbid,
    "default": permissions.plan_default,
    "create": making.plan_create,
    "share": sharing.plan_sharing,
    "unshare": sharing.plan_unsharing,
    "rekey": sharing.plan_rekeying,
    "accept": sharing.plan_accepting,
    "decline": sharing.plan_declining,
}


def read_change(turn: Turn) -> Reading | None:
    """The reading of a message that orders a change, its plan noted in the turn; None where it is to be read else.

    What is understood as a question is one: "drop the fine-tuned ones" after a list makes the list shorter.
    """
    orders = _orders(turn.question)
    if not orders or is_statement(turn.question):
        return None
    asked = interpret(turn.caller, turn.question, scope=turn.scope, previous=turn.history)
    if asked.understood:
        return asked
    reader = Reader(turn)
    failures: list[NotRead] = []
    for order in orders:
        reader.names.clear()
        try:
            confirm = _PLANS[order.verb](reader, order)
        except NotRead as failure:
            failures.append(failure)
            continue
        except HubError as error:
            if len(_side_by_side(turn.question)) > 1:
                break
            turn.ordered = True
            return Reading(False, None, None, [], [], [], error.as_json())
        turn.plan, turn.read_as, turn.ordered = confirm, "", True
        said = f"{confirm.plan.title}: nothing has changed yet."
        return Reading(True, None, said, list(dict.fromkeys(reader.names)), [], [], None)
    several = _side_by_side(turn.question)
    if len(several) > 1:
        return _one_at_a_time(several)
    nobody = next((failure.error for failure in failures if failure.error is not None), None)
    if nobody is not None:
        turn.ordered = True
        return Reading(False, None, None, [], [], [], nobody.as_json())
    only_reads = (asked.error or {}).get("message") == ONLY_READS
    return _explain(turn, failures) if only_reads else None


def _side_by_side(text: str) -> list[str]:
    """The orders that a message seems to consist of: "make X private and delete Y"; one where it is none of several."""
    for before, after in splits(text, "and|then"):
        if _orders(before) and _orders(after):
            return [" ".join(verb_of(before)), *_side_by_side(after)]
    return [" ".join(verb_of(text))]


def _one_at_a_time(orders: Sequence[str]) -> Reading:
    """Several orders in one message, each to be given by itself, as each has a plan and a button of its own."""
    error = {"code": "one_at_a_time", "message": f"I plan one change at a time, and these are {len(orders)}",
             "hint": "give them one after the other"}  # fmt: skip
    return Reading(False, None, None, [], [], list(orders[:MOST_ORDERS]), error)


def _explain(turn: Turn, failures: Sequence[NotRead]) -> Reading | None:
    """What was not understood of an order: of its readings the one that came furthest, else the words nobody knows."""
    told = [failure for failure in failures if failure.reading is not None and failure.reading.error is not None]
    if not told:
        return _not_known(unknown_words(turn.caller, verb_of(turn.question)[1]))
    best = min(told, key=lambda failure: len(failure.phrase))
    reading, phrase = best.reading, best.phrase
    if reading is None or reading.error is None:
        return None
    if reading.error["code"] == "not_understood" and not reading.unknown_words:
        return _not_known([phrase])
    suggestions = [turn.question.replace(phrase, one) for one in reading.suggestions if phrase in turn.question]
    return Reading(False, None, None, [], reading.unknown_words, suggestions[:3], reading.error)


def _not_known(words: list[str]) -> Reading | None:
    if not words:
        return None
    listed = ", ".join(f"'{word[:80]}'" for word in words)
    error = {"code": "not_understood", "message": f"I do not know what {listed} means here",
             "hint": "write names as they are listed"}  # fmt: skip
    return Reading(False, None, None, [], words, [], error)


def _orders(text: str) -> list[Order]:
    return [*_turned(text), *read_orders(text)]


def _turned(text: str) -> list[Order]:
    """Readings of an order whose verb says the value: "deactivate bob", "promote alice to admin"."""
    verb, rest = verb_of(text)
    if not rest or stem(verb.lower()) not in value_verbs():
        return []
    longer = [Order("turn", whom, value=value, source=verb) for whom, value in splits(rest, "to|from")]
    return [*longer, Order("turn", rest, source=verb)]
