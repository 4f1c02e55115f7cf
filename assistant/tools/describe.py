"""Looking up what a table holds."""

from __future__ import annotations

from assistant.tools.tool import Runtime, hub_tool
from hub import catalog


@hub_tool("catalog.browse")
def describe(table: str, *, runtime: Runtime) -> tuple[str, object]:
    """Look up the columns of one table, what they mean, and the values they take.

    Args:
        table: name of the table
    """
    return catalog.describe(runtime.context.caller, table), None
