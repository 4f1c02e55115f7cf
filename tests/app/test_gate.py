"""Which paths there are and who may come: the table, and the gate's own decisions."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from app import gate, live
from app.gate import is_loopback
from app.routes import ROUTES, find_route, is_chat_page
from app.server import create_app
from db.tables import utc_now
from hub import sessions
from hub.access import nobody
from hub.home import Hub
from hub.people import add_person
from tests.proving import BrowserKey, prove


def endpoints(routes: list[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every (path template, method) that an application serves."""
    for route in routes:
        if isinstance(route, Mount):
            inner = getattr(route.app, "routes", None)
            if inner is None:
                yield prefix + route.path, "GET"
            else:
                yield from endpoints(inner, prefix + route.path)
        elif (included := getattr(route, "original_router", None)) is not None:
            yield from endpoints(included.routes, prefix)
        else:
            assert isinstance(route, Route), f"{route} is of a kind this test does not know"
            for method in route.methods or ():
                yield prefix + route.path, method


def test_every_path_that_is_served_stands_in_the_table(hub: Hub) -> None:
    listed = {(row.path, method) for row in ROUTES for method in row.methods.split()}
    listed |= {(path, "HEAD") for path, method in listed if method == "GET"}
    served = set(endpoints(create_app(hub).routes))
    assert len(served) > 40
    assert sorted(served - listed) == []


def test_the_table_lists_nothing_that_is_not_served(hub: Hub) -> None:
    served = set(endpoints(create_app(hub).routes))
    for row in ROUTES:
        if row.kind not in ("chat", "poll"):  # those are served by a catch-all and by socket.io
            for method in row.methods.split():
                assert (row.path, method) in served, row


@pytest.mark.parametrize(
    ("path", "method", "who"),
    [
        ("/login", "GET", "nobody"),
        ("/login", "DELETE", "blocked"),
        ("/healthz", "HEAD", "nobody"),
        ("/public/elements/ResultTable.jsx", "GET", "nobody"),
        ("/", "GET", "person"),
        ("/user", "GET", "person"),
        ("/ws/socket.io/", "POST", "person"),
        ("/project/thread/a/element/b", "GET", "person"),
        ("/project/thread/share", "PUT", "blocked"),
        ("/project/share/x", "GET", "blocked"),
        ("/project/file", "POST", "person"),
        ("/project/file", "PUT", "blocked"),
        ("/auth/jwt", "POST", "blocked"),
        ("/mcp", "POST", "blocked"),
        ("/openapi.json", "GET", "blocked"),
        ("/docs", "GET", "blocked"),
        ("/anything/else", "GET", "blocked"),
        ("/LOGIN", "GET", "blocked"),
        ("//login", "GET", "blocked"),
        ("/login/", "GET", "blocked"),
    ],
)
def test_who_may_come(path: str, method: str, who: str) -> None:
    assert find_route(path, method).who == who


@pytest.mark.parametrize("path", ["/", "/thread/0b8f3c1e-1", "/element/x"])
def test_pages_of_the_chat_may_be_returned_to(path: str) -> None:
    assert is_chat_page(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/login",
        "/logout",
        "/thread/x?y",
        "/thread/x\n",
    ],
)
def test_nothing_else_is_returned_to(path: str) -> None:
    assert not is_chat_page(path)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("", False),
    ],
)
def test_what_names_this_machine(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


async def test_a_poll_that_waits_brings_nothing_once_its_session_has_ended(hub: Hub) -> None:
    create_app(hub)
    with hub.database.write() as db:
        add_person(db, "ada", hub.passwords.hash("a correct horse battery"))
    signed_in = sessions.sign_in(nobody(hub), "ada", "a correct horse battery")
    proof = prove(sessions.open_session(hub, signed_in.session_id), BrowserKey())
    arrived, news = asyncio.Event(), asyncio.Event()

    async def engine(scope: Scope, receive: Receive, send: Send) -> None:
        arrived.set()
        await news.wait()
        await PlainTextResponse("a secret")(scope, receive, send)

    sockets = live.LiveSockets(hub)
    transport = httpx.ASGITransport(gate.Gate(engine, sockets))
    cookie = {gate.cookie_name(hub, False): signed_in.token, gate.pass_name(hub, False): proof.token}
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", cookies=cookie) as client:
        for ends, status in ((False, 200), (True, 401)):
            arrived.clear(), news.clear()
            poll = asyncio.create_task(client.get("/ws/socket.io/?EIO=4&transport=polling"))
            await arrived.wait()
            if ends:
                sessions.sign_out(sessions.open_session(hub, signed_in.session_id))
            news.set()
            answer = await poll
            assert answer.status_code == status
            assert ("secret" in answer.text) is not ends
    sockets.shut()


async def test_a_bug_is_told_by_a_number_and_not_by_its_text(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("the key is 0xC0FFEE")

    sockets = live.LiveSockets(hub)
    transport = httpx.ASGITransport(gate.Gate(broken, sockets))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for accept in ("text/html", "*/*"):
            answer = await client.get("/login", headers={"Accept": accept})
            assert answer.status_code == 500
            assert "C0FFEE" not in answer.text
            (number,) = re.findall(r"request ([0-9a-f]{12})", answer.text)
            assert number in caplog.text
    sockets.shut()


class Wire:
    """The other end of a websocket."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    async def send(self, message: Any) -> None:
        self.sent.append(message)


async def test_a_socket_closed_from_outside_says_why_and_sends_nothing_more() -> None:
    wire = Wire()
    socket = live.Socket(wire.send, "a session", utc_now() + timedelta(minutes=5))
    await socket.send({"type": "websocket.accept"})
    await socket.close()
    await socket.close()
    await socket.send({"type": "websocket.send", "text": "a secret"})
    assert [message["type"] for message in wire.sent] == ["websocket.accept", "websocket.send", "websocket.close"]
    assert live.SIGNED_OUT in wire.sent[1]["text"]


async def test_a_socket_not_yet_accepted_is_just_closed() -> None:
    wire = Wire()
    await live.Socket(wire.send, "a session", utc_now() + timedelta(minutes=5)).close()
    assert [message["type"] for message in wire.sent] == ["websocket.close"]
