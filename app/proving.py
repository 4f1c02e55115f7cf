"""How a browser proves that it holds its session's key: the routes, and the page that does it before a chat opens."""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.gate import is_secure, pass_name
from app.pages import page
from app.routes import may_return_to
from app.sign_in import STATUS, keep_cookie, session_of
from assistant.conversation import in_thread
from hub import proofs, sessions
from hub.access import Caller
from hub.errors import HubError, Invalid
from hub.home import Hub


def add_routes(app: FastAPI, hub: Hub) -> None:
    """Serve them in this application."""
    prover = _Prover(hub)
    for path, method, handler in (
        ("/prove", "GET", prover.show_page),
        ("/session/challenge", "POST", prover.give_challenge),
        ("/session/proof", "POST", prover.take_proof),
    ):
        app.add_api_route(path, handler, methods=[method], response_model=None)


class _Prover:
    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    async def _caller(self, request: Request) -> Caller:
        return await in_thread(sessions.open_session, self.hub, session_of(request).session_id)

    async def show_page(self, request: Request) -> Response:
        wanted = request.query_params.get("next", "")
        return page("prove", next=wanted if may_return_to(wanted) else "/")

    async def give_challenge(self, request: Request) -> Response:
        try:
            challenge = await in_thread(proofs.issue_challenge, await self._caller(request))
        except HubError as error:
            return _refusal(error)
        return JSONResponse(challenge.as_json())

    async def take_proof(self, request: Request) -> Response:
        """``{nonce, signature, key}`` in; the pass goes into a cookie, and the page learns how long it lasts."""
        try:
            said = _fields(await request.body())
            caller = await self._caller(request)
            given = await in_thread(proofs.answer_challenge, caller, said["nonce"], said["signature"], said["key"])
        except HubError as error:
            return _refusal(error)
        seconds = proofs.life_of_proof(self.hub).total_seconds()
        answer = JSONResponse({"seconds": seconds})
        keep_cookie(request, answer, pass_name(self.hub, is_secure(request.scope)), given.token, seconds)
        return answer


def _fields(body: bytes) -> dict[str, str]:
    """The texts of a proof; ``Invalid`` where it is no such thing. The gate bounds its length."""
    try:
        said: Any = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    found = {name: said.get(name, "") for name in ("nonce", "signature", "key")} if isinstance(said, dict) else {}
    if not found or not all(isinstance(value, str) for value in found.values()):
        raise Invalid("this is no proof", "send JSON with nonce, signature and key")
    return found


def _refusal(error: HubError) -> JSONResponse:
    return JSONResponse({"detail": error.message, "error": error.as_json()}, STATUS.get(type(error), 400))
