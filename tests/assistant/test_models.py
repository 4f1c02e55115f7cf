"""Which chat model speaks, and what is said when it cannot."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from assistant.agent import answer
from assistant.models import language_model
from hub.errors import Unavailable
from hub.home import Hub
from tests.assistant.conftest import KEY
from tests.conftest import caller_for
from tests.endpoint import Endpoint, Say


def test_without_settings_there_is_the_interpreter_alone(demo_hub: Hub) -> None:
    assert language_model(demo_hub) is None


def test_only_leaves_a_configured_endpoint_alone(open_demo: Callable[..., Hub]) -> None:
    assert language_model(open_demo(base_url="http://127.0.0.1:9/v1", interpreter="only")) is None


def test_an_endpoint_is_made_once_and_keeps_its_key_to_itself(open_demo: Callable[..., Hub]) -> None:
    hub = open_demo(base_url="http://user:word@127.0.0.1:9/v1", api_key=KEY, model_name="m", llm_rows="none")
    speaker = language_model(hub)
    assert speaker
    assert language_model(hub) is speaker
    assert (speaker.name, speaker.host, speaker.rows) == ("m", "127.0.0.1:9", "none")
    assert KEY not in repr(speaker) + repr(hub.settings)


def test_a_key_alone_means_openai(open_demo: Callable[..., Hub], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE"):
        monkeypatch.delenv(name, raising=False)
    speaker = language_model(open_demo(api_key=KEY))
    assert speaker
    assert (speaker.name, speaker.host) == ("gpt-4o", "api.openai.com")


# --- LOCAL_MODEL ----------------------------------------------------------------------------------------


def test_a_local_model_needs_its_extra_and_its_file(
    open_demo: Callable[..., Hub], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(Unavailable, match=r"\[local\]"):
        language_model(open_demo(local_model=tmp_path / "m.gguf"))
    monkeypatch.setitem(sys.modules, "xllamacpp", ModuleType("xllamacpp"))
    with pytest.raises(Unavailable, match="no file"):
        language_model(open_demo(local_model=tmp_path / "m.gguf"))


def test_a_local_model_is_served_on_loopback_with_a_key_and_sees_all_rows(
    open_demo: Callable[..., Hub], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint
) -> None:
    """With a stand-in for llama.cpp: what it is told to load and serve, and that the agent then asks it."""
    started: list[Any] = []

    def serve(params: Any) -> Any:
        started.append(params)
        return SimpleNamespace(listening_address=endpoint.url.removesuffix("/v1"))

    stand_in: Any = ModuleType("xllamacpp")
    stand_in.CommonParams = lambda: SimpleNamespace(model=SimpleNamespace())
    stand_in.Server = serve
    monkeypatch.setitem(sys.modules, "xllamacpp", stand_in)
    file = tmp_path / "tiny-model.gguf"
    file.write_bytes(b"GGUF")
    endpoint.script(Say("Hello from here."))
    hub = open_demo(local_model=file, interpreter="off", base_url="http://127.0.0.1:9/v1")
    found = answer(caller_for(hub, "alice"), "hello")
    assert (found.engine, found.answer) == ("tiny-model", "Hello from here.")
    (params,) = started
    assert (params.model.path, params.hostnames, params.port) == (str(file), ["127.0.0.1"], 0)
    assert endpoint.keys == [f"Bearer {params.api_keys[0]}"]
    speaker = language_model(hub)
    assert speaker
    assert speaker.rows == "all"
