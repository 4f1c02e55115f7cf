"""Asking the catalogue with SQL, and which of the rows a language model is shown."""

from __future__ import annotations

import json
from typing import Any

from assistant.conversation import ATTEMPTS, Turn
from assistant.tools.tool import Runtime, hub_tool
from hub.errors import HubError, QueryFailed, QueryRefused
from hub.query import Result, run_query

ROWS_TOLD = 20
CELL_TOLD = 160
TEXT_TOLD = 4000


@hub_tool("query.run")
def query(sql: str, *, runtime: Runtime) -> tuple[str, object]:
    """Run one SELECT statement over the catalogue and get its rows.

    Args:
        sql: the SELECT statement
    """
    turn: Turn = runtime.context
    if not turn.take_attempt():
        raise QueryRefused(
            f"all {ATTEMPTS} statements of this question are used up", "answer from what you have", code="attempts"
        )
    try:
        result = run_query(turn.caller, sql)
    except HubError as error:
        turn.error = error.as_json()
        raise _error_told(turn, sql, error) from error
    turn.result, turn.error = result, None
    return json.dumps(_told(turn, sql, result), ensure_ascii=False), result


def _told(turn: Turn, sql: str, result: Result) -> dict[str, Any]:
    """What the model that speaks is told of a result: as many of its rows as LLM_ROWS allows, cut to size."""
    told: dict[str, Any] = {"columns": result.columns, "rows_found": len(result.rows)}
    if result.truncated:
        told["cut"] = f"there are more rows than these {len(result.rows)}"
    rows, notes = _rows_shown(turn, sql, result)
    if rows is None:
        told["note"] = "the person sees the rows; they are not shown to you, so state no values"
        return told
    told["notes"] = notes
    told["rows"] = []
    room = TEXT_TOLD
    for row in rows[:ROWS_TOLD]:
        cells = [cell[:CELL_TOLD] + "…" if isinstance(cell, str) and len(cell) > CELL_TOLD else cell for cell in row]
        room -= len(json.dumps(cells, ensure_ascii=False))
        if room < 0:
            break
        told["rows"].append(cells)
    if len(told["rows"]) < len(result.rows):
        told["note"] = f"{len(told['rows'])} of the rows are shown to you; the person sees all of them"
    return told


def _rows_shown(turn: Turn, sql: str, result: Result) -> tuple[list[list[Any]] | None, list[str]]:
    """The rows the model may see, and their notes; None where showing a part would tell another story."""
    if turn.rows_shown == "all":
        return result.rows, result.notes
    if turn.rows_shown == "none":
        return None, []
    try:
        public = run_query(turn.caller, sql, strict=False, public_only=True)
    except HubError:
        return None, []
    # A list without its private rows is still true of the rest; an average or a top ten without them is not.
    if all(row in result.rows for row in public.rows):
        return public.rows, public.notes
    return None, []


def _error_told(turn: Turn, sql: str, error: HubError) -> HubError:
    """The error as the model may read it: near names in it come from rows too."""
    if turn.rows_shown == "all":
        return error
    if turn.rows_shown == "public":
        try:
            run_query(turn.caller, sql, public_only=True)
        except HubError as public:
            return public
    elif error.code != "unknown_value" and not isinstance(error, QueryFailed):
        return error
    kind = QueryFailed if isinstance(error, QueryFailed) else QueryRefused
    return kind("a value in the statement does not fit", "compare names with LIKE '%part%' instead", code=error.code)
