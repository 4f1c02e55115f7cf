"""What the agent can do: every tool, and which of them a caller is given."""

from __future__ import annotations

from langchain_core.tools import BaseTool

from assistant.tools.charts import chart, insights
from assistant.tools.describe import describe
from assistant.tools.query import query
from hub.access import Caller

TOOLS: tuple[BaseTool, ...] = (query, describe, chart, insights)
"""All tools, in the order in which models are told of them."""


def tool_names(caller: Caller) -> tuple[str, ...]:
    """Names of the tools whose permission this caller has; the hub's gate decides again when one is used."""
    return tuple(tool.name for tool in TOOLS if caller.may((tool.metadata or {})["permission"]))
