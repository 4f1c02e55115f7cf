"""Files over HTTP: uploads that can be broken off and resumed, and downloads with ranges. Both are streams.

    POST   /api/uploads                          {"name", "size"} → 201 {"id", "offset", "chunk"}
    PUT    /api/uploads/{id}                     bytes from the offset on; Content-Range: bytes 0-99/100, or all at once
    GET    /api/uploads/{id}                     where to go on
    DELETE /api/uploads/{id}                     cancels → 204
    GET    /files/{kind}/{item_id}/{version}     a version's content ("latest" too); Range, If-Range, If-None-Match

PUT and GET answer {"id", "name", "offset", "complete", "sha256"}; the ``id`` of an upload that is complete is the
``ref`` that ``hub.artifacts.publish`` takes. Bytes that do not begin at the offset get 409 with the right "offset".
"""

from __future__ import annotations

import asyncio
import base64
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar, cast
from urllib.parse import quote

from fastapi import FastAPI
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from assistant.conversation import in_thread
from hub import sessions, staging
from hub.access import Caller
from hub.artifacts import Opened, open_version
from hub.errors import Conflict, HubError, Invalid, NotFound
from hub.home import Hub
from hub.items import Kind
from hub.staging import Upload
from secure.container import CHUNK

log = logging.getLogger(__name__)

T = TypeVar("T")

_KEPT = 60  # seconds for which an upload between two requests stays open; after that its tail is sent again
_OPEN_AT_ONCE = 8  # uploads that stay open so, each with a few MiB
_CONTENT_RANGE = re.compile(r"bytes (?:(\d{1,18})-(\d{1,18})|\*)/(\d{1,18})", re.ASCII)
_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))", re.ASCII)


def add_routes(app: FastAPI, hub: Hub) -> None:
    """Serve uploads and downloads in this application."""
    uploads = _Uploads(hub)
    for path, method, handler in (
        ("/api/uploads", "POST", uploads.begin),
        ("/api/uploads/{ref}", "PUT", uploads.take),
        ("/api/uploads/{ref}", "GET", uploads.show),
        ("/api/uploads/{ref}", "DELETE", uploads.cancel),
    ):
        app.add_api_route(path, handler, methods=[method], response_model=None)
    app.add_api_route(
        "/files/{kind}/{item_id}/{version}", _Downloads(hub).send, methods=["GET", "HEAD"], response_model=None
    )


async def caller_of(hub: Hub, request: Request) -> Caller:
    """Whose request this is, with what opens their keys."""
    session = request.scope["hub.session"]
    return await in_thread(sessions.open_session, hub, session.session_id, request.scope["hub.token"])


# --- uploads --------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Open:
    """An upload that stays open between requests. The latest request has the turn: one that hangs is no hindrance."""

    upload: Upload
    session_id: str | None
    turn: int = 0
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    closing: asyncio.TimerHandle | None = None


class _Uploads:
    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._open: dict[str, _Open] = {}

    async def begin(self, request: Request) -> Response:
        caller = await caller_of(self.hub, request)
        try:
            said = await request.json()
            name, size = said["name"], said["size"]
        except (ValueError, KeyError, TypeError, RecursionError):
            name = size = None
        if not isinstance(name, str) or type(size) is not int or size < 0:
            raise Invalid("an upload begins with the file's name and size", 'send {"name": "…", "size": 123}')
        if size > self.hub.settings.upload_bytes:
            most = self.hub.settings.upload_bytes
            raise Invalid(f"the file is larger than {most:,} bytes", "an administrator can raise UPLOAD_BYTES")
        upload = await in_thread(staging.begin_upload, caller, name)
        await self._keep(upload, caller)
        return JSONResponse({"id": upload.ref, "offset": 0, "chunk": CHUNK}, 201)

    async def show(self, request: Request, ref: str) -> Response:
        caller = await caller_of(self.hub, request)
        found = await in_thread(staging.open_key, caller, ref)
        if found.facts is not None:
            return _say_upload(ref, found.file_name, found.facts.size, found.facts.sha256)
        one = await self._find(caller, ref)
        return _say_upload(ref, found.file_name, one.upload.received)

    async def take(self, request: Request, ref: str) -> Response:
        first, end, total = _content_range(request)
        caller = await caller_of(self.hub, request)
        found = await in_thread(staging.open_key, caller, ref)
        if found.facts is not None:
            raise Conflict("this upload is complete", "publish it")
        one = await self._find(caller, ref)
        one.turn += 1
        turn, upload = one.turn, one.upload
        async with one.writing:
            offset = upload.received
        if first is not None and first != offset:
            said = Conflict(f"the next byte of this upload is number {offset}", "go on from there")
            return JSONResponse({"detail": said.message, "error": said.as_json(), "offset": offset}, 409)
        try:
            async for portion in portions(request):
                if end is not None and upload.received + len(portion) > end:
                    raise Invalid("these are more bytes than Content-Range says", "send as many as it says")
                await self._in_turn(one, turn, upload.write, portion)
        except ClientDisconnect:
            await self._in_turn(one, turn, upload.flush)
            self._let_wait(ref, one)
            return Response(status_code=400)  # nobody is there to read it
        except BaseException:
            if one.turn == turn:  # it may have stopped within a record, so it is resumed from the storage
                await self._close(ref)
            raise
        if end is not None and upload.received < end:
            self._let_wait(ref, one)
            raise Invalid("these are fewer bytes than Content-Range says", "go on from the offset")
        if total is not None and upload.received < total:
            await self._in_turn(one, turn, upload.flush)
            self._let_wait(ref, one)
            return _say_upload(ref, found.file_name, upload.received)
        staged = await self._in_turn(one, turn, upload.finish)
        self._open.pop(ref, None)
        return _say_upload(ref, staged.file_name, staged.size, staged.sha256)

    async def cancel(self, request: Request, ref: str) -> Response:
        caller = await caller_of(self.hub, request)
        await in_thread(staging.cancel_upload, caller, ref)
        await self._close(ref)
        return Response(status_code=204)

    # --- which stay open

    async def _find(self, caller: Caller, ref: str) -> _Open:
        """The upload as it stays open for this session, or resumed from what is in the storage."""
        one = self._open.get(ref)
        if one is not None and one.session_id == caller.session_id:
            return one
        await self._close(ref)
        return await self._keep(await in_thread(staging.resume_upload, caller, ref), caller)

    async def _keep(self, upload: Upload, caller: Caller) -> _Open:
        one = self._open[upload.ref] = _Open(upload, caller.session_id)
        self._let_wait(upload.ref, one)
        waiting = [ref for ref, each in self._open.items() if each.closing is not None]
        for ref in waiting[:-_OPEN_AT_ONCE]:
            await self._close(ref)
        return one

    async def _in_turn(self, one: _Open, turn: int, act: Callable[..., T], *args: bytes) -> T:
        async with one.writing:
            if one.turn != turn:
                raise Conflict("another request goes on with this upload", "ask for its offset")
            if one.closing is not None:
                one.closing.cancel()
                one.closing = None
            return await in_thread(act, *args)

    def _let_wait(self, ref: str, one: _Open) -> None:
        if one.closing is not None:
            one.closing.cancel()
        loop = asyncio.get_running_loop()
        one.closing = loop.call_later(_KEPT, lambda: loop.create_task(self._close(ref)))

    async def _close(self, ref: str) -> None:
        one = self._open.pop(ref, None)
        if one is None:
            return
        one.turn = -1
        async with one.writing:
            await in_thread(one.upload.pause)


def _say_upload(ref: str, name: str, offset: int, sha256: str | None = None) -> Response:
    said = {"id": ref, "name": name, "offset": offset, "complete": sha256 is not None, "sha256": sha256}
    return JSONResponse(said)


def _content_range(request: Request) -> tuple[int | None, int | None, int | None]:
    """First byte, end and total of what Content-Range announces (RFC 9110, 14.4); without one, it is all of a file."""
    said = request.headers.get("content-range")
    if said is None:
        return 0, None, None
    found = _CONTENT_RANGE.fullmatch(said.strip())
    if found is None:
        raise Invalid("Content-Range cannot be read", "write it as bytes 0-99/100")
    total = int(found[3])
    if found[1] is None:
        return total, total, total
    first, end = int(found[1]), int(found[2]) + 1
    if not first < end <= total:
        raise Invalid("Content-Range contradicts itself", "write it as bytes 0-99/100")
    return first, end, total


async def portions(request: Request) -> AsyncIterator[bytes]:
    """The body in portions of about a MiB, as each one costs a change of threads."""
    gathered, length = [], 0
    async for piece in request.stream():
        gathered.append(piece)
        length += len(piece)
        if length >= CHUNK:
            yield b"".join(gathered)
            gathered, length = [], 0
    if length:
        yield b"".join(gathered)


# --- downloads ------------------------------------------------------------------------------------


class _Downloads:
    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    async def send(self, request: Request, kind: str, item_id: str, version: str) -> Response:
        if kind not in ("model", "dataset") or not _is_number(item_id):
            raise NotFound("there is nothing here")
        if version != "latest" and not _is_number(version):
            raise NotFound("there is no such version", "see its versions")
        caller = await caller_of(self.hub, request)
        number = None if version == "latest" else int(version)
        opened = await in_thread(open_version, caller, cast("Kind", kind), int(item_id), number)
        etag = f'"{opened.etag}"'
        if _names(request.headers.get("if-none-match", ""), etag):
            opened.close()
            return Response(status_code=304, headers={"ETag": etag})
        whole = request.headers.get("if-range", etag) != etag
        part = None if whole else _part(request.headers.get("range", ""), opened.size)
        if part is not None and part[0] >= part[1]:
            opened.close()
            return Response(status_code=416, headers={"Content-Range": f"bytes */{opened.size}", "ETag": etag})
        return _Stream(opened, part, only_head=request.method == "HEAD")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _names(said: str, etag: str) -> bool:
    """Whether If-None-Match names this content (RFC 9110, 13.1.2)."""
    return said.strip() == "*" or etag in (one.strip().removeprefix("W/") for one in said.split(","))


def _part(said: str, size: int) -> tuple[int, int] | None:
    """The single range asked for (RFC 9110, 14.2), empty when the content has none of it; None: send all of it."""
    found = _RANGE.fullmatch(said.strip())
    if found is None:
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        return max(0, size - int(suffix)), size
    if last and int(last) < int(first):
        return None
    return int(first), min(size, int(last) + 1) if last else size


class _Stream(Response):
    """A version's content, or a part of it. When it fails underway the connection is cut, and nothing is filled in."""

    def __init__(self, opened: Opened, part: tuple[int, int] | None, *, only_head: bool) -> None:
        version, (start, stop) = opened.version, part or (0, opened.size)
        digest = base64.b64encode(bytes.fromhex(version.sha256)).decode()
        headers = {
            "Content-Length": str(stop - start),
            "Content-Disposition": disposition(version.file_name),
            "Accept-Ranges": "bytes",
            "ETag": f'"{version.sha256}"',
            "Repr-Digest": f"sha-256=:{digest}:",
        }
        if part is not None:
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{opened.size}"
        super().__init__(status_code=200 if part is None else 206, headers=headers, media_type=version.media_type)
        # Without a charset: it is the file's own.
        self.headers["Content-Type"] = version.media_type
        self._opened, self._start, self._stop, self._only_head = opened, start, stop, only_head

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        pieces = self._opened.read(self._start, self._stop)
        gone = asyncio.create_task(_until_gone(receive))
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            if not self._only_head:
                while (piece := await in_thread(next, pieces, None)) is not None and not gone.done():
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except HubError as error:
            log.warning("a download was cut: %s", error.message)
        finally:
            gone.cancel()
            await in_thread(self._finish, pieces)

    def _finish(self, pieces: Iterator[bytes]) -> None:
        pieces.close()  # type: ignore[attr-defined]
        self._opened.close()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def disposition(name: str) -> str:
    """For saving under this name (RFC 6266), which programs that know ASCII only get in plain letters."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_").replace("\\", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
