"""Sign in, register, change the password, sign out: the pages that need no chat."""

from __future__ import annotations

from asyncio import get_running_loop
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar
from urllib.parse import parse_qsl

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response

from app.gate import cookie_name, is_secure, pass_name
from app.live import LiveSockets
from app.pages import FOLDER, STYLE, error_page, page
from app.routes import is_chat_page
from assistant.conversation import in_thread
from hub import people, sessions
from hub.access import nobody
from hub.errors import (
    Conflict,
    Damaged,
    Denied,
    HubError,
    Invalid,
    NotFound,
    NotProved,
    NotSignedIn,
    SignInFailed,
    Throttled,
    Unavailable,
)
from hub.home import Hub
from hub.sessions import LiveSession, SignedIn

STATUS: dict[type[HubError], int] = {
    NotSignedIn: 401,
    NotProved: 401,
    SignInFailed: 401,
    Denied: 403,
    NotFound: 404,
    Conflict: 409,
    Invalid: 400,
    Throttled: 429,
    Unavailable: 503,
    Damaged: 500,
}
"""HTTP status of an error."""

P = ParamSpec("P")
R = TypeVar("R")


def add_routes(app: FastAPI, hub: Hub, live: LiveSockets) -> None:
    """Serve the pages in this application."""
    door = _Door(hub, live)
    for path, method, handler in (
        ("/login", "GET", door.show_sign_in),
        ("/login", "POST", door.sign_in),
        ("/register", "GET", door.show_register),
        ("/register", "POST", door.register),
        ("/password", "GET", door.show_password),
        ("/password", "POST", door.change_password),
        ("/logout", "POST", door.sign_out),
        ("/pages/{name}", "GET", show_style),
    ):
        app.add_api_route(path, handler, methods=[method], response_model=None)


async def show_style(name: str) -> Response:
    return FileResponse(FOLDER / STYLE) if name == STYLE else error_page(404, "there is nothing here")


class _Door:
    def __init__(self, hub: Hub, live: LiveSockets) -> None:
        self.hub = hub
        self.live = live
        # Passwords are checked in threads of their own: those who wait for a hash must not hold up those who ask
        # questions. More threads than the hashing lets in, so that its answer to a crowd is "busy" and not silence.
        self._threads = ThreadPoolExecutor(64, "door")

    async def _run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await get_running_loop().run_in_executor(self._threads, lambda: function(*args, **kwargs))

    # --- sign in

    async def show_sign_in(self, request: Request) -> Response:
        if _session(request) is not None:
            return RedirectResponse("/", 303)
        token = request.scope["hub.token"]
        why = await in_thread(sessions.why_ended, self.hub, token) if token else None
        note = f"You were signed out: {why}." if why else ""
        if not note and request.query_params.get("registered"):
            note = "Your account is made. An administrator approves it before you can sign in."
        answer = await self._sign_in_page(next_page=request.query_params.get("next", ""), note=note)
        if token:
            self._forget(request, answer)
        return answer

    async def sign_in(self, request: Request) -> Response:
        form = await _form(request)
        name, password, next_page = form.get("name", ""), form.get("password", ""), form.get("next", "")
        try:
            signed_in = await self._run(
                sessions.sign_in,
                nobody(self.hub),
                name,
                password,
                address=_address(request),
                browser=request.headers.get("user-agent", ""),
            )
        except HubError as error:
            return await self._sign_in_page(name=name, next_page=next_page, error=error)
        old = _session(request)
        if old is not None:
            await self._end(old)
        where = next_page if is_chat_page(next_page) else "/"
        return self._welcome(request, signed_in, "/password" if signed_in.must_change_password else where)

    async def _sign_in_page(
        self, *, name: str = "", next_page: str = "", note: str = "", error: HubError | None = None
    ) -> Response:
        demo = await in_thread(sessions.demo_accounts, self.hub)
        return page(
            "sign_in",
            *_problem(error),
            name=name[:190],
            next=next_page if is_chat_page(next_page) else "",
            note=note,
            error=error,
            demo=demo[0] if demo else "",
            may_register=self.hub.settings.registration != "closed",
        )

    def _welcome(self, request: Request, signed_in: SignedIn, where: str) -> Response:
        answer = RedirectResponse(where, 303)
        name = cookie_name(self.hub, is_secure(request.scope))
        keep_cookie(request, answer, name, signed_in.token, self.hub.settings.session_hours * 3600)
        return answer

    # --- register

    async def show_register(self) -> Response:
        return self._register_page()

    async def register(self, request: Request) -> Response:
        form = await _form(request)
        name, password, affiliation = (form.get(key, "") for key in ("name", "password", "affiliation"))
        try:
            if password != form.get("again", ""):
                raise Invalid("the two passwords differ", "type the same one twice")
            await self._run(people.register, nobody(self.hub), name, password, affiliation, address=_address(request))
        except HubError as error:
            return self._register_page(name=name, affiliation=affiliation, error=error)
        if self.hub.settings.registration == "approval":
            return RedirectResponse("/login?registered=1", 303)
        return await self.sign_in(request)

    def _register_page(self, *, name: str = "", affiliation: str = "", error: HubError | None = None) -> Response:
        return page(
            "register",
            *_problem(error),
            name=name[:190],
            affiliation=affiliation,
            error=error,
            open=self.hub.settings.registration != "closed",
            approval=self.hub.settings.registration == "approval",
        )

    # --- change the password

    async def show_password(self, request: Request) -> Response:
        return self._password_page(session_of(request))

    async def change_password(self, request: Request) -> Response:
        session = session_of(request)
        form = await _form(request)
        try:
            if form.get("password", "") != form.get("again", ""):
                raise Invalid("the two new passwords differ", "type the same one twice")
            caller = await in_thread(sessions.open_session, self.hub, session.session_id, request.scope["hub.token"])
            await self._run(people.change_password, caller, form.get("current", ""), form.get("password", ""))
        except HubError as error:
            return self._password_page(session, error)
        return RedirectResponse("/", 303)

    def _password_page(self, session: LiveSession, error: HubError | None = None) -> Response:
        forced = session.must_change_password
        return page(
            "password",
            *_problem(error),
            name=session.user_name,
            forced=forced,
            note="Choose a password of your own before you go on." if forced else "",
            error=error,
        )

    # --- sign out

    async def sign_out(self, request: Request) -> Response:
        await self._end(session_of(request))
        looks = "text/html" in request.headers.get("accept", "")
        answer: Response = RedirectResponse("/login", 303) if looks else JSONResponse({"success": True})
        self._forget(request, answer)
        return answer

    async def _end(self, session: LiveSession) -> None:
        caller = await in_thread(sessions.open_session, self.hub, session.session_id)
        await in_thread(sessions.sign_out, caller)
        await self.live.close(session.session_id)

    def _forget(self, request: Request, answer: Response) -> None:
        secure = is_secure(request.scope)
        for name in (cookie_name(self.hub, secure), pass_name(self.hub, secure)):
            answer.delete_cookie(name, httponly=True, secure=secure, samesite="lax")


def keep_cookie(request: Request, answer: Response, name: str, value: str, seconds: float) -> None:
    """Give the browser a cookie that no script and no other site gets at."""
    secure = is_secure(request.scope)
    answer.set_cookie(name, value, max_age=int(seconds), httponly=True, secure=secure, samesite="lax")


def _session(request: Request) -> LiveSession | None:
    found: LiveSession | None = request.scope["hub.session"]
    return found


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def session_of(request: Request) -> LiveSession:
    """The session of a request that the gate lets through with one only."""
    session = _session(request)
    assert session is not None, "the gate lets nobody come here without a session"
    return session


async def _form(request: Request) -> dict[str, str]:
    """The fields of a plain form; the gate bounds its length."""
    body = (await request.body()).decode("utf-8", "replace")
    try:
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=20))
    except ValueError:
        return {}


def _problem(error: HubError | None) -> tuple[int, dict[str, str]]:
    """HTTP status and headers that belong to an error, or to none."""
    if error is None:
        return 200, {}
    headers = {"Retry-After": str(int(error.retry_after))} if isinstance(error, Throttled) else {}
    return STATUS.get(type(error), 400), headers
