"""A scripted OpenAI-compatible server on loopback: it sends what the test wrote, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Say:
    """A reply of words and tool calls: ``calls`` are (name, arguments as an object or as raw text)."""

    text: str = ""
    calls: tuple[tuple[str, dict[str, Any] | str], ...] = ()
    wait: float = 0.0  # seconds before anything is sent
    pace: float = 0.0  # seconds before each piece of a stream
    cut: bool = False  # break the stream off in the middle


@dataclass(frozen=True)
class Fail:
    """A reply with this HTTP status and body."""

    status: int
    body: str = '{"error": {"message": "no", "type": "x", "code": null}}'
    content_type: str = "application/json"


Reply = Say | Fail


def call(sql: str) -> Say:
    """A proper call of the tool `query`."""
    return Say(calls=(("query", {"sql": sql}),))


@dataclass
class Endpoint:
    """The running server. ``requests`` are the bodies asked of it, ``keys`` what they were authorised with."""

    url: str = ""
    replies: list[Reply | Callable[[dict[str, Any]], Reply]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    streams: bool = True  # False: answers plainly even when asked to stream

    def script(self, *replies: Reply | Callable[[dict[str, Any]], Reply]) -> None:
        """What to send, in order; the last reply repeats."""
        self.replies = list(replies)

    @property
    def heard(self) -> str:
        """Everything it was ever sent, as text."""
        return json.dumps(self.requests, ensure_ascii=False)

    def reply_to(self, body: dict[str, Any]) -> Reply:
        chosen = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return chosen if isinstance(chosen, Say | Fail) else chosen(body)


@contextmanager
def serve_endpoint() -> Iterator[Endpoint]:
    """Serve on a free port of loopback until the block ends."""
    endpoint = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            endpoint.requests.append(body)
            endpoint.keys.append(self.headers.get("Authorization", ""))
            reply = endpoint.reply_to(body)
            if isinstance(reply, Fail):
                self._send(reply.status, reply.content_type, reply.body.encode())
                return
            time.sleep(reply.wait)
            if body.get("stream") and endpoint.streams:
                self._stream(reply)
            else:
                self._send(200, "application/json", json.dumps(_completion(reply)).encode())

        def do_GET(self) -> None:
            self._send(200, "application/json", b'{"object": "list", "data": [{"id": "scripted", "object": "model"}]}')

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _stream(self, reply: Say) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            for chunk in _chunks(reply):
                time.sleep(reply.pace)
                self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
                self.wfile.flush()
            if not reply.cut:
                self.wfile.write(b"data: [DONE]\n\n")
            self.close_connection = True

        def log_message(self, *args: Any) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that gave up waiting is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    endpoint.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _calls(reply: Say) -> list[dict[str, Any]]:
    return [
        {
            "index": at,
            "id": f"call_{at}_{time.monotonic_ns()}",
            "type": "function",
            "function": {"name": name, "arguments": args if isinstance(args, str) else json.dumps(args)},
        }
        for at, (name, args) in enumerate(reply.calls)
    ]


def _completion(reply: Say) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.calls:
        message["tool_calls"] = _calls(reply)
    finish = "tool_calls" if reply.calls else "stop"
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return {"id": "c1", "object": "chat.completion", "created": 1, "model": "scripted", "choices": [choice]}


def _chunks(reply: Say) -> Iterator[dict[str, Any]]:
    def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "scripted", "choices": [choice]}

    yield chunk({"role": "assistant", "content": ""})
    pieces = [reply.text[at : at + 4] for at in range(0, len(reply.text), 4)]
    for piece in pieces[: len(pieces) // 2] if reply.cut else pieces:
        yield chunk({"content": piece})
    if reply.cut:
        return
    for each in _calls(reply):
        arguments = each["function"]["arguments"]
        yield chunk({"tool_calls": [{**each, "function": {"name": each["function"]["name"], "arguments": ""}}]})
        for at in range(0, len(arguments), 7):
            yield chunk({"tool_calls": [{"index": each["index"], "function": {"arguments": arguments[at : at + 7]}}]})
    yield chunk({}, "tool_calls" if reply.calls else "stop")
