"""Every path that is served, and who may come to it. What is not listed is blocked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from starlette.routing import compile_path

KIB = 1024

Kind = Literal["form", "chat", "asset", "data", "file", "poll"]


@dataclass(frozen=True, slots=True)
class Route:
    """A path that is served: who may come, and what it answers with.

    Nobody need be signed in; or a session, whether or not its browser has proved lately that it holds its key; or a
    person, whose browser has; or it is blocked.
    """

    path: str
    who: Literal["nobody", "session", "person", "blocked"]
    methods: str = "GET"
    kind: Kind = "data"
    body: int = 16 * KIB


ROUTES: tuple[Route, ...] = (
    # our own pages
    Route("/login", "nobody", "GET POST", "form"),
    Route("/register", "nobody", "GET POST", "form"),
    Route("/password", "person", "GET POST", "form"),
    Route("/logout", "session", "POST"),
    Route("/prove", "session", kind="form"),
    Route("/session/challenge", "session", "POST"),
    Route("/session/proof", "session", "POST"),
    Route("/pages/{name}", "nobody", kind="asset"),
    Route("/healthz", "nobody"),
    Route("/readyz", "nobody"),
    Route("/chat-elements/{element_id}", "person", kind="file"),
    # files in and out; UPLOAD_BYTES bounds an upload
    Route("/api/uploads", "person", "POST"),
    Route("/api/uploads/{ref}", "person", "GET PUT DELETE", body=1 << 62),
    Route("/files/{kind}/{item_id}/{version}", "person", "GET HEAD", "file"),
    # the chat's pages and programs
    Route("/", "person", "GET HEAD", "chat"),
    Route("/thread/{thread_id}", "person", kind="chat"),
    Route("/element/{element_id}", "person", kind="chat"),
    Route("/assets/plotly-{version}.min.js", "nobody", kind="asset"),
    Route("/assets/{filename:path}", "nobody", kind="asset"),
    Route("/public/{filename:path}", "nobody", kind="asset"),
    Route("/favicon", "nobody", kind="asset"),
    Route("/logo", "nobody", kind="asset"),
    Route("/avatars/{avatar_id:str}", "nobody", kind="asset"),
    # what the chat page asks for
    Route("/ws/socket.io", "person", "GET POST", "poll", 1024 * KIB),
    Route("/ws/socket.io/{rest:path}", "person", "GET POST", "poll", 1024 * KIB),
    Route("/auth/config", "person"),
    Route("/user", "person"),
    Route("/set-session-cookie", "person", "POST"),
    Route("/project/translations", "person"),
    Route("/project/settings", "person"),
    Route("/project/threads", "person", "POST"),
    Route("/project/thread/{thread_id}", "person"),
    Route("/project/thread/{thread_id}/element/{element_id}", "person"),
    Route("/project/thread", "person", "PUT DELETE"),
    Route("/project/element", "person", "PUT DELETE", body=1024 * KIB),
    Route("/project/action", "person", "POST", body=8 * 1024 * KIB),
    Route("/project/file", "person", "POST", body=1 << 62),
    Route("/project/file/{file_id}", "person", kind="file"),
    Route("/feedback", "person", "PUT DELETE"),
    # what Chainlit would serve and the hub does not: its own tokens and sign-in, sharing, MCP
    Route("/auth/jwt", "blocked", "POST"),
    Route("/auth/header", "blocked", "POST"),
    Route("/auth/oauth/{provider_id}", "blocked"),
    Route("/auth/oauth/{provider_id}/callback", "blocked"),
    Route("/auth/oauth/azure-ad-hybrid/callback", "blocked", "POST"),
    Route("/project/share/{thread_id}", "blocked"),
    Route("/project/thread/share", "blocked", "PUT"),
    Route("/mcp", "blocked", "POST DELETE"),
    Route("/copilot/{filename:path}", "blocked"),
    *(Route(path, "blocked") for path in ("/health", "/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json")),
    Route("/{full_path:path}", "blocked"),
)
"""Every path, first match first; what is not listed is blocked."""

_MATCHERS = tuple((compile_path(route.path)[0], route) for route in ROUTES)
_BLOCKED = ROUTES[-1]


def find_route(path: str, method: str) -> Route:
    """The row of ROUTES for this request."""
    wanted = "GET" if method == "HEAD" else method
    for pattern, route in _MATCHERS:
        if pattern.match(path) and wanted in route.methods.split():
            return route
    return _BLOCKED


def is_chat_page(path: str) -> bool:
    """Whether this is a local path of a page of the chat, safe to send a browser to."""
    return bool(re.fullmatch(r"/[\w\-/]*", path, re.ASCII)) and find_route(path, "GET").kind == "chat"


def may_return_to(target: str) -> bool:
    """Whether this is a local address, with its query, of something that a signed-in browser may be sent on to."""
    found = re.fullmatch(r"(/[\w\-/.~%]*)(\?[\w\-.~%&=+]*)?", target, re.ASCII)
    return found is not None and find_route(found[1], "GET").who == "person"
