"""A server that writes what it is sent to a file, and sends files: what copying costs without keys, checks or seals."""

from __future__ import annotations

import os
from pathlib import Path

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse

from app.files import portions

FOLDER = Path(os.environ.get("PLAIN_FOLDER", "."))
app = FastAPI()


@app.put("/{name}")
async def take(request: Request, name: str) -> None:
    """Write the body to a file, and make sure that it is there."""
    with (FOLDER / name).open("wb") as file:
        async for portion in portions(request):
            await run_in_threadpool(file.write, portion)
        await run_in_threadpool(os.fsync, file.fileno())


@app.get("/{name}")
async def give(name: str) -> FileResponse:
    """Send a file."""
    return FileResponse(FOLDER / name)
