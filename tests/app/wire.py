"""What a browser and a chat page send, without one: cookies, forms, and socket.io over a websocket or polling."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.proving import BrowserKey


@dataclass
class Visitor:
    """Somebody with a browser of their own at this address."""

    url: str
    http: httpx.Client = field(init=False)
    key: BrowserKey = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, timeout=30)
        self.key = BrowserKey()

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *_error: object) -> None:
        self.http.close()

    def sign_in(self, name: str, password: str = "admin", *, prove: bool = True) -> httpx.Response:
        """Sign in and, where that opens a session, bind a fresh key to it; what the sign-in page answered."""
        answer = self.http.post("/login", data={"name": name, "password": password}, headers={"Accept": "text/html"})
        if answer.status_code == 303 and prove:
            self.key = BrowserKey()
            self.prove()
        return answer

    def prove(self, challenge: dict[str, Any] | None = None) -> httpx.Response:
        """Answer this challenge, or a fresh one."""
        asked = challenge or self.http.post("/session/challenge").json()
        return self.http.post("/session/proof", json=self.key.answer(asked))

    @property
    def cookie(self) -> str:
        """The cookies as they stand in a Cookie header: the session's, and what the last proof was worth."""
        return "; ".join(f"{each.name}={each.value}" for each in self.http.cookies.jar)

    def websocket(self, cookie: str | None = None, **headers: str) -> ClientConnection:
        """An open websocket, after engine.io's greeting."""
        url = self.url.replace("http", "ws", 1) + "/ws/socket.io/?EIO=4&transport=websocket"
        carried = {"Cookie": self.cookie if cookie is None else cookie, **headers}
        return connect(url, additional_headers=carried, open_timeout=30, max_size=None, proxy=None)

    def poll(self, cookie: str | None = None, **headers: str) -> httpx.Response:
        """The first request of a polling connection."""
        carried = {"Cookie": self.cookie if cookie is None else cookie, **headers}
        return httpx.get(f"{self.url}/ws/socket.io/?EIO=4&transport=polling", headers=carried, timeout=30)

    def chat(self, thread_id: str | None = None) -> Chat:
        """An open chat, as Chainlit's page opens one, or one that goes on with a conversation."""
        return Chat(self.websocket(), thread_id, answer=self.prove)


class Chat:
    """A chat page's connection; ``answer`` is what it does with a challenge."""

    def __init__(
        self,
        socket: ClientConnection,
        thread_id: str | None = None,
        session_id: str | None = None,
        answer: Callable[[dict[str, Any]], object] | None = None,
    ) -> None:
        self.socket = socket
        self.answer = answer
        self.id = session_id or str(uuid.uuid4())
        assert str(socket.recv(30)).startswith("0")
        auth = {"sessionId": self.id, "clientType": "webapp", "userEnv": "{}", "threadId": thread_id}
        self._send_raw("40" + json.dumps(auth))
        greeting = str(self.socket.recv(30))
        assert greeting.startswith("40"), greeting
        self.emit("connection_successful")

    def _send_raw(self, text: str) -> None:
        self.socket.send(text)

    def emit(self, event: str, *payload: Any) -> None:
        self._send_raw("42" + json.dumps([event, *payload]))

    def say(self, text: str, files: Sequence[str] = ()) -> None:
        """Send a message as the page does, with files that were attached."""
        message = {
            "id": str(uuid.uuid4()),
            "threadId": "",
            "name": "user",
            "type": "user_message",
            "output": text,
            "createdAt": "2026-01-01T00:00:00.000000Z",
        }
        self.emit("client_message", {"message": message, "fileReferences": [{"id": each} for each in files]})

    def hear(self, wanted: str, seconds: float = 30) -> Any:
        """Wait for an event of this name; its payload."""
        while True:
            event, payload = self._next(seconds)
            if event == wanted:
                return payload

    def listen(self, seconds: float) -> list[str]:
        """The names of what comes in this time, with challenges answered."""
        heard, until = [], time.monotonic() + seconds
        with suppress(TimeoutError):
            while (left := until - time.monotonic()) > 0:
                heard.append(self._next(left)[0])
        return heard

    def rest(self, seconds: float) -> list[str]:
        """Everything that still comes until the other side closes, which it must within this time each."""
        heard: list[str] = []
        while True:
            try:
                heard.append(str(self.socket.recv(seconds)))
            except ConnectionClosed:
                return heard

    def _next(self, seconds: float) -> tuple[str, Any]:
        """The next event and its payload; what only keeps the connection up is answered."""
        while True:
            frame = str(self.socket.recv(seconds))
            if frame == "2":
                self._send_raw("3")
            if not frame.startswith("42"):
                continue
            event, *payload = json.loads(frame[2:])
            if self.answer and event == "window_message" and isinstance(payload[0], dict):
                self.answer(payload[0])
            return event, payload[0] if payload else None
