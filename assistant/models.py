"""Which chat model speaks: an OpenAI-compatible endpoint, a local GGUF file, or the interpreter."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
import uuid
from collections.abc import AsyncIterator, Iterator
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
from assistant.local_model import LocalServer, start_local
from hub.errors import Unavailable
from hub.home import Hub
from hub.query import Result
from hub.settings import Settings

if TYPE_CHECKING:
    from assistant.interpreter import Reading

log = logging.getLogger(__name__)

_THINKS = re.compile(r"(?:.*/)?(?:o\d|gpt-5)")  # models that refuse to be told a temperature

READ = "read_"
"""Beginning of the ids of the interpreter's calls."""

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
            call = {"name": "query", "args": {"sql": reading.sql}, "id": f"{READ}{uuid.uuid4().hex[:12]}"}
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
        deadline = None  # reading the prompt has a time limit of its own
        for chunk in super()._stream(*args, **kwargs):
            deadline = deadline or time.monotonic() + self.seconds
            yield chunk
            _keep_to(deadline)
        if deadline is None:
            yield _as_chunk(super()._generate(*args, **kwargs))

    async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        deadline = None
        async for chunk in super()._astream(*args, **kwargs):
            deadline = deadline or time.monotonic() + self.seconds
            yield chunk
            _keep_to(deadline)
        if deadline is None:
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
    return ChatGenerationChunk(message=AIMessageChunk(content=message.content, tool_call_chunks=calls))


@dataclass(frozen=True, slots=True)
class Speaker:
    """A language model that is configured: its name, where it answers, which rows it may be shown."""

    name: str
    model: EndpointModel
    host: str
    rows: Rows
    local: LocalServer | None = None

    def failure(self, error: Exception) -> Unavailable:
        """What went wrong when it was asked, and what to do; never with the key."""
        return endpoint_failure(error, self.name, self.host, self.model.seconds)


_starting = threading.Lock()


def language_model(hub: Hub) -> Speaker | None:
    """The language model of this hub, made at the first call; None where the interpreter is all there is.

    LOCAL_MODEL goes before an endpoint; ``Unavailable`` when it cannot be loaded.
    """
    settings = hub.settings
    if settings.interpreter == "only" or not (settings.local_model or settings.uses_endpoint):
        return None
    with _starting:
        found = hub.caches.get("language_model")
        if not isinstance(found, Speaker):
            found = hub.caches["language_model"] = _make(settings)
    return found


def _make(settings: Settings) -> Speaker:
    if settings.local_model:
        server = start_local(settings.local_model)
        name = settings.local_model.stem
        model = _endpoint(name, server.url, server.key, settings.llm_timeout)
        return Speaker(name, model, "LOCAL_MODEL", "all", server)
    key = settings.api_key.get_secret_value()
    model = _endpoint(settings.model_name, settings.base_url, key, settings.llm_timeout)
    host = urlsplit(str(model.openai_api_base or "https://api.openai.com")).netloc.rpartition("@")[2]
    return Speaker(settings.model_name, model, host, settings.llm_rows)


def _endpoint(name: str, url: str, key: str, seconds: float) -> EndpointModel:
    return EndpointModel(
        model=name,
        base_url=url or None,
        api_key=SecretStr(key or "none"),
        timeout=httpx.Timeout(seconds, connect=min(5.0, seconds)),
        max_retries=1,
        stream_chunk_timeout=seconds,
        max_completion_tokens=LONGEST_REPLY,
        temperature=None if _THINKS.match(name) else 0,
        seconds=seconds,
    )


def endpoint_failure(error: Exception, name: str, host: str, seconds: float) -> Unavailable:
    """What went wrong at an endpoint and what to do. Of the error only its kind is told: its text may hold the key."""
    status = getattr(error, "status_code", None)
    log.warning("the language model at %s failed: %s %s", host, type(error).__name__, status or "")
    where = f"the language model at {host}"
    match error:
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return Unavailable(f"{where} refuses the key", "check API_KEY")
        case openai.NotFoundError():
            return Unavailable(
                f"there is no model '{name}' at {host}",
                "check MODEL_NAME, and that BASE_URL ends where the server's API begins, often /v1",
            )
        case openai.RateLimitError():
            return Unavailable(f"{where} is over its limit", "wait a minute, or check its quota")
        case openai.APITimeoutError() | TimeoutError():
            return Unavailable(
                f"{where} did not answer within {seconds:g} seconds",
                "try again, raise LLM_TIMEOUT or choose a faster model",
            )
        case openai.APIConnectionError():
            return Unavailable(f"{where} cannot be reached", "check BASE_URL, and that the server runs")
        case openai.BadRequestError():
            return Unavailable(
                f"{where} refuses the request", "check that it takes tools, and a context of 8192 tokens or more"
            )
        case openai.APIStatusError():
            return Unavailable(f"{where} failed with status {status}", "try again later")
    return Unavailable(
        f"what {where} sent could not be read",
        "check that BASE_URL is an OpenAI-compatible API, often ending in /v1",
    )
