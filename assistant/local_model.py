"""A language model from a GGUF file, run in this process by llama.cpp behind an endpoint on loopback."""

from __future__ import annotations

import importlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.errors import Unavailable

CONTEXT = 8192  # tokens: prompt, rows and reply


@dataclass(frozen=True, slots=True)
class LocalServer:
    """Where the model answers, the key it asks for, and the server itself, which lives as long as this object."""

    url: str
    key: str
    server: Any


def start_local(path: Path) -> LocalServer:
    """Load the model and serve it to this process alone; ``Unavailable`` says what is missing."""
    try:
        xllamacpp = importlib.import_module("xllamacpp")
    except ImportError:
        raise Unavailable("LOCAL_MODEL needs the extra [local]", "pip install 'openmodelhub[local]'") from None
    if not path.is_file():
        raise Unavailable(f"there is no file {path}", "set LOCAL_MODEL to a GGUF file")
    params, key = xllamacpp.CommonParams(), secrets.token_urlsafe(24)
    params.model.path = str(path)
    params.n_ctx, params.n_parallel = CONTEXT, 1
    params.hostnames, params.port, params.api_keys = ["127.0.0.1"], 0, [key]
    params.use_jinja, params.ui, params.endpoint_slots, params.verbosity = True, False, False, -1
    try:
        server = xllamacpp.Server(params)
    except RuntimeError as error:
        raise Unavailable(f"the model in {path} cannot be loaded", "check that it is a GGUF file") from error
    return LocalServer(f"{server.listening_address}/v1", key, server)
