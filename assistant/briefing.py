"""What a language model is told: the system prompt of a caller, earlier turns, and all of it cut to a small context."""

from __future__ import annotations

import re
from collections.abc import Sequence

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage, ToolMessage

from assistant.conversation import ATTEMPTS, Exchange, Turn
from assistant.models import READ
from assistant.prompts import load_prompt
from assistant.prompts.schema import schema_text
from db.tables import CATALOGUE, utc_now

TURNS_TOLD = 4  # earlier turns a language model is told of
ROOM = 12_000  # characters of messages beside the system prompt; with it they fit a context of 8192 tokens


def brief(turn: Turn, messages: Sequence[AnyMessage], tools: Sequence[str]) -> tuple[SystemMessage, list[AnyMessage]]:
    """The system prompt, and earlier turns and this one's messages as far as LLM_ROWS and a small context allow.

    What the interpreter tried in this turn is left out: names it found in rows are not for a language model.
    """
    own = [message for message in messages if not _is_read(message)]
    return SystemMessage(_system_prompt(turn, tools)), _fit([*_told_history(turn), *own])


def _is_read(message: AnyMessage) -> bool:
    """Whether the interpreter made this call or got this reply."""
    if isinstance(message, ToolMessage):
        return message.tool_call_id.startswith(READ)
    return isinstance(message, AIMessage) and any((call["id"] or "").startswith(READ) for call in message.tool_calls)


def _system_prompt(turn: Turn, tools: Sequence[str]) -> str:
    """The prompt of this caller; what changes from question to question comes last, so that the rest stays cached."""
    dialect = "SQLite" if turn.caller.hub.database.is_sqlite else "MariaDB"
    situation = [f"Today is {utc_now():%Y-%m-%d}."]
    if turn.caller.user_id is not None:
        situation.append(f"The person asking has user_id {turn.caller.user_id}: that is who I, me and my mean.")
    if turn.scope:
        situation.append(f"The question is about {turn.scope} only.")
    if turn.file is not None:
        situation.append(turn.file(turn.rows_shown))
    return load_prompt(
        "system",
        dialect=dialect,
        attempts=str(ATTEMPTS),
        tools=", ".join(tools) or "none",
        schema=schema_text(),
        situation=" ".join(situation),
    )


def _told_history(turn: Turn) -> list[AnyMessage]:
    """Earlier turns as messages. Answers hold names and numbers from rows: they go along only with LLM_ROWS=all."""
    messages: list[AnyMessage] = []
    for exchange in turn.history[-TURNS_TOLD:]:
        messages.append(HumanMessage(exchange.question[:500]))
        parts = []
        if turn.rows_shown == "all":
            parts.append(exchange.answer[:500])
        if exchange.sql and (turn.rows_shown == "all" or _is_own_words(exchange)):
            parts.append(f"Statement: {exchange.sql[:1500]}")
        messages.append(AIMessage("\n".join(parts) or "Answered."))
    return messages


_VALUES = frozenset(value for table in CATALOGUE for column in table.columns for value in column.info.get("values", ()))


def _is_own_words(exchange: Exchange) -> bool:
    """Whether a statement names nothing but what the person typed or the schema lists: names in it come from rows."""
    literals = re.findall(r"'((?:[^']|'')*)'", exchange.sql or "")
    asked = exchange.question.casefold()
    return all(text in _VALUES or text.strip("%").replace("''", "'").casefold() in asked for text in literals)


def _fit(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """The messages cut to what a small context holds: old results first, then the oldest turns."""
    kept = list(messages)
    results = [at for at, message in enumerate(kept) if isinstance(message, ToolMessage)]
    for at in results[:-1]:
        if _size(kept) > ROOM:
            kept[at] = kept[at].model_copy(update={"content": "(an older result, left out)", "artifact": None})
    while _size(kept) > ROOM and sum(isinstance(message, HumanMessage) for message in kept) > 1:
        after = next(at for at, message in enumerate(kept[1:], 1) if isinstance(message, HumanMessage))
        del kept[:after]
    return kept


def _size(messages: Sequence[AnyMessage]) -> int:
    return sum(len(message.text) for message in messages)
