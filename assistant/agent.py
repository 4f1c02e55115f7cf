"""Answering a question: one agent loop whatever the model, with the interpreter and a language model in cascade.

The loop is LangChain's ``create_agent`` with the caller's tools. A middleware decides who speaks next: the interpreter
where it understood the whole question (or knows that it must refuse), else the language model where there is one, else
the interpreter saying what it did not understand. A failed statement goes back to whoever wrote it, with the message
and the hint; after three statements the turn ends honestly.
"""

from __future__ import annotations

import functools
import logging
import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, AgentState, ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool
from langgraph.graph.state import CompiledStateGraph

from assistant.briefing import brief
from assistant.conversation import (
    Answer,
    Event,
    Exchange,
    Finished,
    Rows,
    Token,
    ToolFinished,
    ToolStarted,
    Turn,
    in_thread,
    sentence,
)
from assistant.interpreter.talk import ONLY_READS
from assistant.models import InterpreterModel, Speaker, explain, language_model
from assistant.orders import read_turn
from assistant.printed_calls import OPENING, Said, read_calls
from assistant.prompts import load_prompt
from assistant.tools import TOOLS, tool_names
from hub.access import Caller
from hub.errors import HubError, Invalid, Unavailable
from hub.query import Result, run_query

__all__ = ["Answer", "Event", "Exchange", "Finished", "Token", "ToolFinished", "ToolStarted", "answer", "stream_answer"]

log = logging.getLogger(__name__)

LONGEST_QUESTION = 4000  # characters
MODEL_CALLS = 8  # replies of a model to one question

# LangChain sends every prompt to its maker when these are set in the environment; nothing leaves a hub unasked.
os.environ.update(LANGSMITH_TRACING="false", LANGCHAIN_TRACING_V2="false", LANGSMITH_TRACING_V2="false")

Reply = ModelResponse[Any] | AIMessage


def answer(caller: Caller, question: str, *, scope: str | None = None, history: Sequence[Exchange] = ()) -> Answer:
    """Answer a question in this thread. What goes wrong for a known reason is the answer's ``error``."""
    turn = _begin(caller, question, scope, history, None)
    try:
        state = _graph(tool_names(caller)).invoke(_start(turn), context=turn)
    except HubError as error:
        return _failed(turn, error)
    return turn.conclude(state["messages"][-1].text)


async def stream_answer(
    caller: Caller,
    question: str,
    *,
    scope: str | None = None,
    history: Sequence[Exchange] = (),
    last_sql: str | None = None,
    file: Callable[[Rows], str] | None = None,
) -> AsyncIterator[Event]:
    """Answer a question as it comes about: words, tools starting and ending, and ``Finished`` last, always.

    ``last_sql`` is the statement of the rows shown last, where it is not that of the last exchange. A question about
    a ``file`` goes to the language model, which is told what the file says.
    """
    turn = _begin(caller, question, scope, history, last_sql)
    turn.file = file
    said, text = Said(), ""
    try:
        first = await in_thread(_start, turn)
        steps = _graph(tool_names(caller)).astream(first, context=turn, stream_mode=["messages", "updates"])
        mode: str
        data: Any
        async for mode, data in steps:
            if mode == "messages":
                message = data[0]
                failing = turn.error is not None and turn.result is None  # then it may be urged to say otherwise
                if isinstance(message, AIMessage) and not failing and (piece := said.hear(message)):
                    yield Token(piece)
                continue
            for update in data.values():
                for message in (update or {}).get("messages", ()):
                    if isinstance(message, AIMessage):
                        text = message.text
                        if piece := said.end(message):
                            yield Token(piece)
                        for call in message.tool_calls:
                            yield ToolStarted(call["id"] or "", call["name"], call["args"])
                    elif isinstance(message, ToolMessage):
                        yield _tool_finished(message)
    except HubError as error:
        yield Finished(_failed(turn, error))
        return
    yield Finished(turn.conclude(text))


def _begin(caller: Caller, question: str, scope: str | None, history: Sequence[Exchange], last_sql: str | None) -> Turn:
    shown = last_sql or next((earlier.sql for earlier in reversed(history) if earlier.sql), None)
    return Turn(caller, question.strip(), scope, tuple(history), shown)


def _start(turn: Turn) -> dict[str, Any]:
    if not turn.question:
        raise Invalid("there is no question", "ask something, for example: which models classify images?")
    if len(turn.question) > LONGEST_QUESTION:
        raise Invalid(f"the question is longer than {LONGEST_QUESTION} characters", "ask in fewer words")
    if not turn.caller.may("query.run"):
        run_query(turn.caller, "SELECT 1")  # the gate refuses it, and the audit trail says so
    return {"messages": [HumanMessage(turn.question)]}


def _failed(turn: Turn, error: HubError) -> Answer:
    turn.error, turn.result = error.as_json(), None
    failed = turn.conclude(sentence(turn.error))
    failed.understood = False
    return failed


def _tool_finished(message: ToolMessage) -> ToolFinished:
    result = message.artifact if isinstance(message.artifact, Result) else None
    error = None
    if message.status == "error":
        error = message.artifact or {"code": "invalid", "message": message.text, "hint": ""}
    replies = message.artifact if isinstance(message.artifact, tuple) else ()
    return ToolFinished(message.tool_call_id, result, message.text, error, replies)


# --- who speaks next --------------------------------------------------------------------------------


@functools.cache
def _graph(names: tuple[str, ...]) -> CompiledStateGraph[Any, Turn, Any, Any]:
    """The compiled loop for a set of tools; there are as many as there are different sets of permissions."""
    idle = InterpreterModel(reading=None)  # never speaks: the middleware puts the speaker of each step in its place
    tools = [tool for tool in TOOLS if tool.name in names]
    return create_agent(idle, tools, middleware=[_Cascade()], context_schema=Turn)


class _Cascade(AgentMiddleware[AgentState[Any], Turn]):
    """Puts the right model in front of each step, reads calls it printed, and ends the turn when it must end."""

    def wrap_model_call(
        self, request: ModelRequest[Turn], handler: Callable[[ModelRequest[Turn]], ModelResponse[Any]]
    ) -> Reply:
        turn = request.runtime.context
        step, speaker = _prepare(turn, request)
        if isinstance(step, AIMessage):
            return step
        if speaker is None:
            return handler(step)
        while True:
            try:
                response = handler(step)
            except Exception as error:
                return _give_up(turn, speaker.failure(error))
            response = _heard(turn, step, response)
            again = _urge(turn, step, response)
            if again is None:
                return response
            step = again

    async def awrap_model_call(
        self, request: ModelRequest[Turn], handler: Callable[[ModelRequest[Turn]], Awaitable[ModelResponse[Any]]]
    ) -> Reply:
        turn = request.runtime.context
        step, speaker = await in_thread(_prepare, turn, request)
        if isinstance(step, AIMessage):
            return step
        if speaker is None:
            return await handler(step)
        while True:
            try:
                response = await handler(step)
            except Exception as error:
                return _give_up(turn, speaker.failure(error))
            response = _heard(turn, step, response)
            again = _urge(turn, step, response)
            if again is None:
                return response
            step = again


def _prepare(turn: Turn, request: ModelRequest[Turn]) -> tuple[ModelRequest[Turn] | AIMessage, Speaker | None]:
    """The request as the next speaker gets it, and that speaker if it is a language model; or the turn's last words."""
    turn.model_calls += 1
    if turn.gave_up or turn.model_calls > MODEL_CALLS:
        return _last_words(turn), None
    hub = turn.caller.hub
    if hub.settings.interpreter != "off" and turn.engine == "interpreter" and turn.file is None:
        if turn.reading is None:
            turn.reading = read_turn(turn)
        if _is_certain(turn):
            return _interpreter_speaks(turn, request), None
    try:
        speaker = language_model(hub)
    except Unavailable as error:
        return _give_up(turn, error), None
    if speaker is None:
        if turn.reading is None:
            raise Unavailable(
                "no language model is configured and the interpreter is off",
                "set BASE_URL and MODEL_NAME, or INTERPRETER=first",
            )
        return _interpreter_speaks(turn, request), None
    if turn.engine != speaker.name:  # it takes over, with a clean slate
        turn.engine, turn.rows_shown, turn.error = speaker.name, speaker.rows, None
    names = [tool.name for tool in request.tools if isinstance(tool, BaseTool)]
    system, messages = brief(turn, request.messages, names)
    return request.override(model=speaker.model, system_message=system, messages=messages), speaker


def _interpreter_speaks(turn: Turn, request: ModelRequest[Turn]) -> ModelRequest[Turn]:
    if turn.reading and not turn.reading.understood:
        turn.error = turn.reading.error
    return request.override(model=InterpreterModel(reading=turn.reading))


def _is_certain(turn: Turn) -> bool:
    """Whether the interpreter speaks itself: it understood, chats, or must refuse, and its statement ran."""
    reading = turn.reading
    assert reading is not None
    if turn.ordered:
        return True
    if turn.error is not None:
        return turn.error["code"] in ("denied", "timeout")  # another statement would not help
    error = reading.error or {}
    if error.get("message") == ONLY_READS:  # a language model may make a plan of it
        return False
    return reading.understood or bool(reading.talk) or error.get("code") in ("forbidden", "denied")


def _last_words(turn: Turn) -> AIMessage:
    if turn.result is not None:
        return AIMessage("")
    error = turn.error or {"code": "unanswered", "message": "the language model came to no answer", "hint": ""}
    turn.error = error
    return AIMessage(f"I tried {turn.attempts} statements and none of them worked. The last error: {sentence(error)}")


def _give_up(turn: Turn, failure: HubError) -> AIMessage:
    """The language model failed: say so with its remedy, after whatever the interpreter can say."""
    if turn.result is not None:
        turn.notes.append(sentence(failure.as_json()))
        return AIMessage("")
    turn.error = failure.as_json()
    own = explain(turn.reading) if turn.reading and not turn.reading.understood else ""
    return AIMessage(f"{own}\n\n{sentence(turn.error)}".strip())


def _heard(turn: Turn, request: ModelRequest[Turn], response: ModelResponse[Any]) -> ModelResponse[Any]:
    """The reply with calls that were printed, or came broken, made into real ones."""
    message = response.result[-1]
    if not isinstance(message, AIMessage) or message.tool_calls:
        return response
    names = [tool.name for tool in request.tools if isinstance(tool, BaseTool)]
    calls = read_calls(message.text, names)
    for broken in message.invalid_tool_calls:
        calls += read_calls(broken["args"] or "", names) or [(broken["name"] or "query", {})]
    if not calls:
        return response
    if turn.result is not None:  # an answer may quote a statement, or say again what was called already
        done = [call["args"] for past in request.messages if isinstance(past, AIMessage) for call in past.tool_calls]
        only_call = bool(OPENING.match(message.text.strip()))
        calls = [(name, args) for name, args in calls if only_call and args not in done]
        if not calls and not only_call:
            return response
    made = [{"name": name, "args": args, "id": f"call_{uuid.uuid4().hex[:12]}"} for name, args in calls]
    fresh = AIMessage("", id=message.id, tool_calls=made)
    return ModelResponse([*response.result[:-1], fresh], response.structured_response)


def _urge(turn: Turn, request: ModelRequest[Turn], response: ModelResponse[Any]) -> ModelRequest[Turn] | None:
    """The request once more, for a model that talks about its failed statement instead of mending it; once a failure.

    Small models apologise, or hand the error to the person.
    """
    said, failed = response.result[-1], request.messages[-1]
    if not (isinstance(failed, ToolMessage) and failed.status == "error" and isinstance(said, AIMessage)):
        return None
    if failed.name != "query":  # what other tools say is for the person: there is no statement to mend
        return None
    if said.tool_calls or turn.result is not None or turn.gave_up:
        return None
    urging = HumanMessage(load_prompt("mend", error=failed.text))
    return request.override(messages=[*request.messages, said, urging])
