"""Which chat model speaks: an OpenAI-compatible endpoint, a local GGUF file, or the interpreter."""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import openai
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from assistant.conversation import Rows, count_rows, sentence
from hub.errors import Unavailable
from hub.home import Hub
from hub.query import Result
from hub.settings import Settings

if TYPE_CHECKING:
    from assistant.interpreter import Reading

log = logging.getLogger(__name__)

LONGEST_REPLY = 2048  # tokens; a small model that never stops must not hold a question for ever


class InterpreterModel(BaseChatModel):
    """The interpreter as a chat model: its reading of a question becomes a `query` call, the rows become a sentence."""

    reading: Any

    @property
    def _llm_type(self) -> str:
        return "interpreter"

    def bind_tools(self, *_tools: Any, **_options: Any) -> InterpreterModel:
        return self

    def _generate(self, messages: list[BaseMessage], *_rest: Any, **_options: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._speak(messages[-1]))])

    def _speak(self, last: BaseMessage) -> AIMessage:
        reading: Reading = self.reading
        if isinstance(last, ToolMessage):
            if isinstance(last.artifact, Result):
                return AIMessage(reading.say(last.artifact) or count_rows(last.artifact))
            error = last.artifact if isinstance(last.artifact, dict) else {"message": last.text, "hint": ""}
            return AIMessage(sentence(error))
        if reading.understood and reading.sql:
            call = {"name": "query", "args": {"sql": reading.sql}, "id": f"call_{uuid.uuid4().hex[:12]}"}
            return AIMessage("", tool_calls=[call])
        return AIMessage(explain(reading))


def explain(reading: Reading) -> str:
    """What a reading without SQL says: small talk, or what was not understood."""
    if reading.talk:
        return reading.talk
    return sentence(reading.error or {"message": "this was not understood", "hint": ""})


class EndpointModel(ChatOpenAI):
    """ChatOpenAI whose streams end in time, and which asks again without streaming where an endpoint cannot stream."""

    seconds: float = 60.0

    def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        deadline, empty = time.monotonic() + self.seconds, True
        for chunk in super()._stream(*args, **kwargs):
            empty = False
            yield chunk
            _keep_to(deadline)
        if empty:
            yield _as_chunk(super()._generate(*args, **kwargs))

    async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        deadline, empty = time.monotonic() + self.seconds, True
        async for chunk in super()._astream(*args, **kwargs):
            empty = False
            yield chunk
            _keep_to(deadline)
        if empty:
            yield _as_chunk(await super()._agenerate(*args, **kwargs))


def _keep_to(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise TimeoutError("the reply took too long")


def _as_chunk(result: ChatResult) -> ChatGenerationChunk:
    message = result.generations[0].message
    assert isinstance(message, AIMessage)
    calls = [
        tool_call_chunk(name=call["name"], args=json.dumps(call["args"]), id=call["id"], index=at)
        for at, call in enumerate(message.tool_calls)
    ]
    return ChatGenerationChunk(message=AIMessageChunk(message.content, tool_call_chunks=calls))


@dataclass(frozen=True, slots=True)
class Speaker:
    """A language model that is configured: its name, the chat model, and which rows it may be shown."""

    name: str
    model: BaseChatModel
    rows: Rows
    explain_failure: Callable[[Exception], Unavailable]


def language_model(hub: Hub) -> Speaker | None:
    """The language model of this hub, made once; None where the interpreter is all there is."""
    with hub.lock:
        if "language_model" not in hub.caches:
            hub.caches["language_model"] = _make(hub.settings)
        found = hub.caches["language_model"]
    assert found is None or isinstance(found, Speaker)
    return found


def _make(settings: Settings) -> Speaker | None:
    if settings.interpreter == "only" or not settings.uses_endpoint:
        return None
    key = settings.api_key.get_secret_value()
    model = EndpointModel(
        model=settings.model_name,
        base_url=settings.base_url or None,
        api_key=SecretStr(key or "none"),
        timeout=httpx.Timeout(settings.llm_timeout, connect=min(5.0, settings.llm_timeout)),
        max_retries=1,
        max_tokens=LONGEST_REPLY,  # type: ignore[call-arg]
        seconds=settings.llm_timeout,
    )
    return Speaker(settings.model_name, model, settings.llm_rows, lambda error: endpoint_failure(error, settings))


def endpoint_failure(error: Exception, settings: Settings) -> Unavailable:
    """What went wrong at the endpoint and what to do, without the key."""
    host = urlsplit(settings.base_url).netloc.rpartition("@")[2] or "api.openai.com"
    status = getattr(error, "status_code", None)
    log.warning("the language model at %s failed: %s %s", host, type(error).__name__, status or "")
    match error:
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return Unavailable(f"the language model at {host} refuses the key", "check API_KEY")
        case openai.NotFoundError():
            return Unavailable(
                f"there is no model {settings.model_name!r} at {host}",
                "check MODEL_NAME, and that BASE_URL ends where the server's API begins, often /v1",
            )
        case openai.RateLimitError():
            return Unavailable(f"the language model at {host} is over its limit", "wait a minute, or check its quota")
        case openai.APITimeoutError() | TimeoutError():
            return Unavailable(
                f"the language model at {host} did not answer within {settings.llm_timeout:g} seconds",
                "try again, raise LLM_TIMEOUT or choose a faster model",
            )
        case openai.APIConnectionError():
            return Unavailable(
                f"the language model at {host} cannot be reached", "check BASE_URL, and that the server runs"
            )
        case openai.BadRequestError():
            return Unavailable(
                f"the language model at {host} refuses the request",
                "check that it takes tools and that its context is 8192 tokens or more",
            )
        case openai.APIStatusError():
            return Unavailable(f"the language model at {host} failed with status {status}", "try again later")
    return Unavailable(
        f"what the language model at {host} sent could not be read",
        "check that BASE_URL is an OpenAI-compatible API, often ending in /v1",
    )
