"""How a function becomes a tool: its docstring and signature are what a model is told, its errors go back to mend."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool, StructuredTool

from assistant.conversation import in_thread
from hub.errors import Denied, HubError

Runtime = ToolRuntime[Any, Any]  # pydantic checks it: the context is a Turn, which it need not look into
Body = Callable[..., tuple[str, object]]


def hub_tool(permission: str) -> Callable[[Body], BaseTool]:
    """Make a tool of a function that returns what the model reads and the artifact for the person.

    Of several permissions, separated by blanks, any one is enough to be given the tool.
    The artifact is a ``Result``, or a tuple of replies that are shown once the turn has said its words.
    A ``HubError`` becomes a tool message of status "error" with its code, message and hint. The parameter ``runtime``
    carries the turn and is not part of what the model sees.
    """

    def decorate(body: Body) -> BaseTool:
        @functools.wraps(body)
        def run(*args: Any, runtime: Runtime, **kwargs: Any) -> ToolMessage:
            call_id = runtime.tool_call_id or ""
            try:
                if not runtime.context.caller.may_any(permission):
                    raise Denied(f"you may not use {body.__name__}", "an administrator can grant you the permission")
                text, artifact = body(*args, runtime=runtime, **kwargs)
            except HubError as error:
                told = error.as_json()
                text = json.dumps({"error": told}, ensure_ascii=False)
                return ToolMessage(text, tool_call_id=call_id, name=body.__name__, status="error", artifact=told)
            return ToolMessage(text, tool_call_id=call_id, name=body.__name__, artifact=artifact)

        @functools.wraps(body)
        async def arun(*args: Any, **kwargs: Any) -> ToolMessage:
            return await in_thread(run, *args, **kwargs)

        return StructuredTool.from_function(
            run, arun, name=body.__name__, parse_docstring=True, metadata={"permission": permission}
        )

    return decorate
