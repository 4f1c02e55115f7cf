"""Single permissions in words: "let alice see insights", "take audit.show from bob"."""

from __future__ import annotations

import re

from assistant import people_orders
from assistant.changes.grammar import Order, without_article
from assistant.changes.phrases import RIGHTS, SELF, USER, NotRead, Reader
from assistant.changes.plans import change_values
from assistant.interpreter import closed
from assistant.interpreter.lexicon import Thing
from assistant.interpreter.meanings import find_meanings
from assistant.interpreter.words import read_tokens, stem
from assistant.replies import Confirm
from hub.access import PERMISSIONS

_LOOKS = frozenset(map(stem, ("see", "view", "read", "show", "look", "access", "open")))
_SMALL = closed.words(
    "a an the to of for at into in on it and or be able right permission ability one own s all any some them "
    "person people can may whole"
)


def plan_permit(reader: Reader, order: Order) -> Confirm:
    return _allow(reader, order, True)


def plan_forbid(reader: Reader, order: Order) -> Confirm:
    return _allow(reader, order, False)


def plan_default(reader: Reader, order: Order) -> Confirm:
    return _allow(reader, order, None)


def _allow(reader: Reader, order: Order, allowed: bool | None) -> Confirm:
    caller = reader.turn.caller
    permission = find_permission(order.value)
    if permission is None:
        words = without_article(order.value)
        told = RIGHTS.search(words) or not SELF.fullmatch(order.whom)
        flags = reader.value_of(words, USER, just=False) if told else []
        if not flags or allowed is None:
            raise NotRead(order.value)
        meant = reader.rows(order.whom, [USER])
        return change_values(reader, meant, {column: value if allowed else not value for column, value in flags})
    meant = reader.rows(order.whom, [USER])
    return people_orders.set_permission(caller, meant.names, permission, allowed)


def find_permission(phrase: str) -> str | None:
    """The permission that a phrase names, or tells in the words of its description: "see insights"."""
    plain = re.sub(r"^(?:the )?(?:permission|right|ability)s?(?: (?:to|of|for))?\s+", "", phrase, flags=re.IGNORECASE)
    plain = re.sub(r"\s+(?:permission|right)s?$", "", plain, flags=re.IGNORECASE)
    if plain.casefold() in PERMISSIONS:
        return plain.casefold()
    wanted = _content(plain)
    if not wanted:
        return None
    fitting = [
        name for name, (role, what) in PERMISSIONS.items() if role in ("user", "admin")
        and wanted <= _content(what) | _content(name.replace(".", " "))
    ]  # fmt: skip
    exact = [name for name in fitting if wanted == _content(PERMISSIONS[name][1])]
    found = exact or fitting
    return found[0] if len(found) == 1 else None


def _content(phrase: str) -> frozenset[str]:
    """The words of a phrase that say something, looking in one form."""
    tokens = [token for token in read_tokens(phrase.replace("-", " ")) if token.low not in _SMALL]
    return frozenset("see" if token.stem in _LOOKS else _noun(token.stem) for token in tokens if token.low.isalpha())


def _noun(word: str) -> str:
    things = [meaning.table.name for meaning in find_meanings(word) if isinstance(meaning, Thing)]
    return things[0] if things else word
