"""Files attached in the chat: taken at Chainlit's own upload path, before the chat itself, and sealed as they come.

The multipart body (RFC 7578) is read as a stream and never as a form, which would lie on disk unsealed. The chat gets a
reference: the number of the upload, in the form of its own file ids, and a path that leads nowhere but there.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from fastapi import FastAPI
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from app.files import caller_of, disposition, portions
from assistant.attachments import ref_of, reference
from assistant.conversation import in_thread
from hub import staging
from hub.access import Caller
from hub.errors import Invalid, NotFound
from hub.home import Hub
from hub.inspecting import format_of
from hub.staging import Staged, Upload
from secure.container import CHUNK

_NOT_WHOLE = Invalid("that upload is not whole", "attach the file again")


def add_routes(app: FastAPI, hub: Hub) -> None:
    """Serve attachments in this application."""
    attachments = _Attachments(hub)
    app.add_api_route("/project/file", attachments.take, methods=["POST"], response_model=None)
    app.add_api_route("/project/file/{file_id}", attachments.give, methods=["GET"], response_model=None)


class _Attachments:
    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    async def take(self, request: Request, session_id: str = "") -> Response:
        """Seal the file of the request, and let the chat of this session know of it."""
        caller = await caller_of(self.hub, request)
        chat = _find_chat(caller, session_id)
        try:
            staged = await _seal(caller, request)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        known = reference(staged.ref, staged.file_name, staged.size)
        chat.files[known["id"]] = known
        return JSONResponse({"id": known["id"]})

    async def give(self, request: Request, file_id: str, session_id: str = "") -> Response:
        """The content of an attachment to who attached it, until it is published; other files of a chat as it does."""
        caller = await caller_of(self.hub, request)
        try:
            ref = uuid.UUID(file_id).hex
            found = await in_thread(staging.open_key, caller, ref)
            reader = await in_thread(staging.staged_reader, caller, ref)
        except (ValueError, NotFound):
            return await _give_other(caller, file_id, session_id)
        assert found.facts is not None  # else the reader does not open
        headers = {"Content-Disposition": disposition(found.file_name), "Content-Length": str(found.facts.size)}

        def pieces() -> Iterator[bytes]:
            with reader:
                while piece := reader.read(CHUNK):
                    yield piece

        return StreamingResponse(pieces(), media_type="application/octet-stream", headers=headers)


def _find_chat(caller: Caller, session_id: str) -> Any:
    """The caller's own open chat of this id, as Chainlit keeps it."""
    from chainlit.session import WebsocketSession

    chat = WebsocketSession.get_by_id(session_id)
    if chat is None or chat.user is None or chat.user.identifier != str(caller.user_id):
        raise NotFound("that chat is not open", "reload the page")
    return chat


async def _give_other(caller: Caller, file_id: str, session_id: str) -> Response:
    from chainlit.server import get_file
    from starlette.exceptions import HTTPException

    chat = _find_chat(caller, session_id)
    gone = NotFound("that file was published or removed", "/show the model or dataset to download it")
    if file_id in chat.files and ref_of(str(chat.files[file_id]["path"])):
        raise gone
    with suppress(HTTPException):
        other: Response = await get_file(file_id, session_id, chat.user)
        return other
    raise gone


async def _seal(caller: Caller, request: Request) -> Staged:
    """Stage the one file of a multipart body; whatever breaks it off removes what came."""
    form = FormFile(request.headers.get("content-type", ""))
    upload: Upload | None = None
    try:
        async for portion in portions(request):
            content = form.feed(portion)
            if upload is None and form.file_name:
                format_of(form.file_name)
                upload = await in_thread(staging.begin_upload, caller, form.file_name)
            if upload is not None and content:
                await in_thread(upload.write, content)
        if upload is None or not form.whole:
            raise _NOT_WHOLE
        return await in_thread(upload.finish)
    except BaseException:
        if upload is not None:
            await in_thread(upload.cancel)
        raise


class FormFile:
    """The one file in a multipart body, read as the body comes: ``feed`` gives back what of it belongs to the file.

    ``Invalid`` for what is no form with exactly one file in it.
    """

    def __init__(self, content_type: str) -> None:
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise Invalid("a file comes as multipart/form-data", "attach it in the chat")
        self.file_name = ""
        self.whole = False
        self._header = [b"", b""]
        self._headers: dict[bytes, bytes] = {}
        self._parts = 0
        self._pieces: list[bytes] = []
        try:
            self._parser = MultipartParser(
                options[b"boundary"],
                {
                    "on_part_begin": self._begin_part,
                    "on_header_field": lambda data, start, end: self._add(0, data[start:end]),
                    "on_header_value": lambda data, start, end: self._add(1, data[start:end]),
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._begin_file,
                    "on_part_data": lambda data, start, end: self._pieces.append(data[start:end]),
                    "on_end": self._end,
                },
            )
        except FormParserError:
            raise _NOT_WHOLE from None

    def feed(self, data: bytes) -> bytes:
        try:
            self._parser.write(data)
        except FormParserError:
            raise _NOT_WHOLE from None
        found = b"".join(self._pieces)
        self._pieces.clear()
        return found

    def _begin_part(self) -> None:
        self._parts += 1
        if self._parts > 1:
            raise Invalid("one file comes at a time", "attach them one after the other")

    def _add(self, at: int, data: bytes) -> None:
        self._header[at] += data

    def _end_header(self) -> None:
        name, value = self._header
        self._headers[name.lower()] = value
        self._header = [b"", b""]

    def _begin_file(self) -> None:
        disposition = self._headers.get(b"content-disposition", b"").decode("latin-1")
        name = parse_options_header(disposition)[1].get(b"filename", b"").decode("utf-8", "replace")
        # What browsers write for a quote in a name (WHATWG HTML, multipart/form-data encoding algorithm).
        self.file_name = name.replace("%22", '"')
        if not self.file_name:
            raise Invalid("that is no file", "attach a file")

    def _end(self) -> None:
        self.whole = True
