"""The gate in front of everything that is served: who may come to which path, and for how long.

Pure ASGI. Each HTTP request, polling request, websocket upgrade and each message on an open websocket is checked
against its session row in the database, and against the last proof that its browser holds the session's key
(``hub.proofs``); a watch closes open websockets whose session has ended elsewhere or that prove nothing. Chainlit
never sees the browser's cookie: the gate gives it a token of its own, made for this one request, and takes away any
that a browser sends, so no token that Chainlit would accept ever leaves the server.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.headers import DATA_POLICY, add_headers
from app.live import LiveSockets, Socket
from app.pages import error_page
from app.routes import Route, find_route, is_chat_page, may_return_to
from assistant.served import session_id_now
from db.tables import utc_now
from hub.home import Hub
from hub.proofs import read_pass
from hub.sessions import LiveSession

log = logging.getLogger(__name__)

# --- the gate -------------------------------------------------------------------------------------


ASKS_FOR_PROOF = {"WWW-Authenticate": 'Proof challenge="/session/challenge"'}
"""With status 401: a challenge of a scheme of our own (RFC 9110, 11.6.1), which ``public/hub.js`` answers."""


class _BodyTooLarge(Exception):
    pass


@dataclass(frozen=True, slots=True)
class _Visit:
    """Who a request comes from: the cookie's token, its open session, and until when that is proved."""

    token: str = field(repr=False)
    session: LiveSession | None = None
    proved_until: datetime | None = None

    @property
    def is_proved(self) -> bool:
        return self.proved_until is not None and self.proved_until > utc_now()


def cookie_name(hub: Hub, secure: bool) -> str:
    """The session cookie's name: of this hub alone, as cookies do not tell ports apart."""
    return f"{'__Host-' if secure else ''}hub_{hub.hub_id}"


def pass_name(hub: Hub, secure: bool) -> str:
    """The name of the cookie that a proof is worth."""
    return f"{cookie_name(hub, secure)}_proof"


def is_secure(scope: Scope) -> bool:
    return scope.get("scheme") in ("https", "wss")


class Gate:
    """ASGI middleware; see the module's text.

    ``chat_policy`` is the Content-Security-Policy of the chat's page; ``only_loopback`` refuses other Host names,
    against DNS rebinding.
    """

    def __init__(
        self, app: ASGIApp, live: LiveSockets, *, chat_policy: str = DATA_POLICY, only_loopback: bool = True
    ) -> None:
        self.app = app
        self.chat_policy = chat_policy
        self.hub = live.hub
        self.live = live
        self.only_loopback = only_loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    # --- HTTP

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method, secure = scope["path"], scope["method"], is_secure(scope)
        route = find_route(path, method)
        started = False

        async def answer(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                add_headers(message, route, path, secure, self.chat_policy)
            await send(message)

        try:
            await self._admit(route, scope, _limited(receive, scope, route.body), answer)
        except _BodyTooLarge:
            if not started:
                await self._say(413, "that is too large", scope, receive, answer)
        except Exception:
            request_id = secrets.token_hex(6)
            log.exception("request %s failed: %s %s", request_id, method, path)
            if not started:
                text = f"something went wrong; an administrator can look for request {request_id} in the log"
                await self._say(500, text, scope, receive, answer)

    async def _admit(self, route: Route, scope: Scope, receive: Receive, send: Send) -> None:
        if (problem := self._stranger(scope)) is not None:
            await self._say(403, problem, scope, receive, send)
            return
        visit = await self._visit(scope, route)
        session, scope = visit.session, _with_session(scope, visit)
        if route.who == "blocked":
            await self._say(404, "there is nothing here", scope, receive, send)
            return
        if route.who in ("session", "person") and session is None:
            await self._send_to_sign_in(scope, receive, send)
            return
        if route.who == "person" and session is not None:
            if not visit.is_proved:
                await self._send_to_prove(scope, receive, send)
                return
            if session.must_change_password and scope["path"] != "/password":
                await self._say(403, "change your password first", scope, receive, send, go="/password")
                return
            if route.kind == "poll":
                send = self._poll_answer(visit, scope, receive, send)
        session_id_now.set(session.session_id if session else None)
        await self.app(scope, receive, send)

    def _poll_answer(self, visit: _Visit, scope: Scope, receive: Receive, send: Send) -> Send:
        """A poll waits for up to half a minute; what it brings is dropped when the session or its proof ended."""
        ended = False

        async def checked(message: Message) -> None:
            nonlocal ended
            if message["type"] == "http.response.start":
                if await self.live.find(visit.token) is None:
                    ended = True
                    await self._say(401, "your session has ended", scope, receive, send)
                elif not visit.is_proved:
                    ended = True
                    await self._send_to_prove(scope, receive, send)
            if not ended:
                await send(message)

        return checked

    async def _send_to_sign_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        back = f"?next={quote(path)}" if path != "/" and is_chat_page(path) else ""
        await self._say(401, "sign in first", scope, receive, send, go=f"/login{back}")

    async def _send_to_prove(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = scope["query_string"].decode("ascii", "replace")
        target = scope["path"] + (f"?{query}" if query else "")
        go = f"/prove?next={quote(target if may_return_to(target) else '/')}"
        await self._say(401, "prove that this session is yours", scope, receive, send, go=go, headers=ASKS_FOR_PROOF)

    async def _say(
        self,
        status: int,
        text: str,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        go: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer with a page where a person looks, and with JSON where a program asks."""
        looks = scope["method"] in ("GET", "HEAD") and "text/html" in Headers(scope=scope).get("accept", "")
        answer: Response
        if looks and go is not None:
            answer = RedirectResponse(go, 303)
        elif looks:
            answer = error_page(status, text)
        else:
            answer = JSONResponse({"detail": text}, status, headers)
        await answer(scope, receive, send)

    # --- websockets

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = find_route(scope["path"], "GET")
        visit = await self._visit(scope, route)
        session, until = visit.session, visit.proved_until
        refused = self._stranger(scope) is not None or route.kind != "poll"
        if refused or session is None or until is None or session.must_change_password:
            await receive()
            await send({"type": "websocket.close", "code": 1008})  # before accepting: the handshake gets a 403
            return
        socket = Socket(send, session.session_id, until)

        async def checked() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive":
                socket.hear(message)
                ended = await self.live.find(visit.token) is None
                if ended or not await self.live.is_proved(socket):
                    await socket.close(signed_out=ended)
                    return {"type": "websocket.disconnect", "code": 1008}
            return message

        session_id_now.set(session.session_id)
        self.live.add(socket)
        try:
            await self.app(_with_session(scope, visit), checked, socket.send)
        finally:
            self.live.remove(socket)

    # --- checks

    async def _visit(self, scope: Scope, route: Route) -> _Visit:
        """Whose session the cookies belong to, and what they prove; not looked up where nobody needs one."""
        headers, secure = Headers(scope=scope), is_secure(scope)
        token = _read_cookie(headers, cookie_name(self.hub, secure))
        if not token or not (route.who in ("session", "person") or route.kind == "form"):
            return _Visit(token)
        session = await self.live.find(token)
        if session is None:
            return _Visit(token)
        until = read_pass(self.hub, session.session_id, _read_cookie(headers, pass_name(self.hub, secure)))
        return _Visit(token, session, until)

    def _stranger(self, scope: Scope) -> str | None:
        """Why this request comes from another site or to another host, if it does."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self.only_loopback and not is_loopback(_plain(f"http://{host}")[1] or ""):
            return "this hub answers on localhost only"
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            return None
        origin = headers.get("origin")
        scheme = "https" if is_secure(scope) else "http"
        if origin is not None and _plain(origin) != _plain(f"{scheme}://{host}"):
            return "that came from another site"
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return "that came from another site"
        return None


def is_loopback(host: str) -> bool:
    """Whether this names the machine itself: localhost, 127.x.y.z or ::1."""
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){3}", host) is not None


def _plain(origin: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(origin)
        return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", None, None


def _read_cookie(headers: Headers, name: str) -> str:
    for line in headers.getlist("cookie"):
        try:
            found = SimpleCookie(line).get(name)
        except CookieError:
            continue
        if found is not None:
            return found.value
    return ""


@cache
def _chainlit_tokens() -> Callable[[LiveSession], str]:
    from chainlit.auth import create_jwt
    from chainlit.user import User

    def make(session: LiveSession) -> str:
        return create_jwt(
            User(
                identifier=str(session.user_id),
                display_name=session.user_name,
                metadata={"sid": session.session_id},
            )
        )

    return make


def _with_session(scope: Scope, visit: _Visit) -> Scope:
    """The request as the program behind the gate sees it: Chainlit's token where there is a session, else none."""
    session = visit.session
    hidden = (b"cookie", b"authorization", b"x-hub-session", b"x-hub-token")
    headers = [(name, value) for name, value in scope["headers"] if name.lower() not in hidden]
    if session is not None:
        headers.append((b"cookie", f"access_token={_chainlit_tokens()(session)}".encode()))
        headers.append((b"x-hub-session", session.session_id.encode()))
        headers.append((b"x-hub-token", visit.token.encode()))
    return {**scope, "headers": headers, "hub.session": session, "hub.token": visit.token}


def _limited(receive: Receive, scope: Scope, most: int) -> Receive:
    """The request's body, cut off with ``_BodyTooLarge`` once it is longer than ``most`` bytes."""
    declared = Headers(scope=scope).get("content-length", "")
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        if declared.isdecimal() and int(declared) > most:
            raise _BodyTooLarge
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise _BodyTooLarge
        return message

    return limited
