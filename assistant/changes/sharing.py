"""Sharing in words: "share X with bob", "let bob download X", "take X back from bob", "re-key X"."""

from __future__ import annotations

from typing import cast

from assistant.changes.grammar import Order, unquote, without_article
from assistant.changes.phrases import ITEMS, MINE, SELF, USER, NotRead, Reader
from assistant.changes.plans import only_one
from assistant.replies import Confirm
from assistant.sharing import find_invitation
from hub.errors import NotFound
from hub.items import Kind
from hub.rekeying import plan_rekey
from hub.sharing_plans import plan_accept, plan_decline, plan_revoke, plan_share


def plan_sharing(reader: Reader, order: Order) -> Confirm:
    kind, item_id, people = _meant(reader, order)
    permission = "view" if order.value in ("view", "see") else "download"
    return Confirm(plan_share(reader.turn.caller, kind, item_id, people, permission=permission))


def plan_unsharing(reader: Reader, order: Order) -> Confirm:
    kind, item_id, people = _meant(reader, order)
    return Confirm(plan_revoke(reader.turn.caller, kind, item_id, people))


def plan_rekeying(reader: Reader, order: Order) -> Confirm:
    item = reader.rows(order.whom, ITEMS)
    only_one(item)
    return Confirm(plan_rekey(reader.turn.caller, cast("Kind", item.table), item.ids[0]))


def _meant(reader: Reader, order: Order) -> tuple[Kind, int, list[str]]:
    if SELF.fullmatch(order.whom):
        raise NotRead(order.whom)
    item = reader.rows(order.field, ITEMS)
    only_one(item)
    return cast("Kind", item.table), item.ids[0], reader.rows(order.whom, [USER]).names


def plan_accepting(reader: Reader, order: Order) -> Confirm:
    return Confirm(plan_accept(reader.turn.caller, _invitation(reader, order.whom)))


def plan_declining(reader: Reader, order: Order) -> Confirm:
    return Confirm(plan_decline(reader.turn.caller, _invitation(reader, order.whom)))


def _invitation(reader: Reader, phrase: str) -> str:
    """Of what one is invited to, one sees nothing yet but the invitation."""
    name = unquote(without_article(MINE.sub("", phrase, count=1)))
    try:
        return find_invitation(reader.turn.caller, name).invitation_id
    except NotFound as error:
        raise NotRead(phrase, error=error) from None
