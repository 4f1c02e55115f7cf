"""The open websockets of this process, and the watch that closes those whose session has ended."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.types import Message, Send

from assistant.conversation import in_thread
from hub import plans, sessions, staging, trash
from hub.access import system
from hub.home import Hub
from hub.sessions import LiveSession

log = logging.getLogger(__name__)

_SWEEP_EVERY = 3600  # seconds
SIGNED_OUT = "hub:signed-out"
"""What an open chat page is told when its session has ended; ``public/hub.js`` then goes to the sign-in page."""


class Socket:
    """An open websocket that can be closed from outside the program that serves it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._open = False
        self._closed = False

    async def send(self, message: Message) -> None:
        if self._closed:
            return
        if message["type"] == "websocket.accept":
            self._open = True
        elif message["type"] == "websocket.close":
            self._closed = True
        await self._send(message)

    async def close(self) -> None:
        """Tell the page that it is signed out, and close."""
        if self._closed:
            return
        if self._open:
            # A socket.io event as the chat page understands it: engine.io message, socket.io event.
            await self._send({"type": "websocket.send", "text": f'42["window_message","{SIGNED_OUT}"]'})
        self._closed = True
        await self._send({"type": "websocket.close", "code": 1008, "reason": "signed out"})


class LiveSockets:
    """The open websockets of this process by session, and the watch that closes those whose session has ended."""

    def __init__(self, hub: Hub, every: float = 1.0) -> None:
        self.hub = hub
        self._every = every
        self._sockets: defaultdict[str, set[Socket]] = defaultdict(set)
        self._noting: dict[str, asyncio.Task[None]] = {}
        # Threads of their own: slow queries in the hub's pool must not hold up the check of a session.
        self._threads = ThreadPoolExecutor(4, "gate")

    async def run(self, function: Callable[..., Any], *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *args)

    async def find(self, token: str) -> LiveSession | None:
        """The open session of this token, if any; that it was seen is noted meanwhile."""
        found: LiveSession | None = await self.run(sessions.find_session, self.hub, token)
        if found is not None and found.is_news and found.session_id not in self._noting:
            self._noting[found.session_id] = asyncio.create_task(self._note(found.session_id))
        return found

    async def _note(self, session_id: str) -> None:
        try:
            await in_thread(sessions.note_seen, self.hub, session_id)
        except Exception:
            log.warning("could not note that a session was seen", exc_info=True)
        finally:
            del self._noting[session_id]

    def add(self, session_id: str, socket: Socket) -> None:
        self._sockets[session_id].add(socket)

    def remove(self, session_id: str, socket: Socket) -> None:
        self._sockets[session_id].discard(socket)
        if not self._sockets[session_id]:
            del self._sockets[session_id]

    async def close(self, session_id: str) -> None:
        """Close every websocket of this session."""
        for socket in tuple(self._sockets.get(session_id, ())):
            try:
                await socket.close()
            except Exception:  # the other side may be gone already
                log.debug("a websocket of an ended session did not close cleanly", exc_info=True)

    async def watch(self) -> None:
        """Close websockets within a second of their session's end, whichever process ended it; runs until cancelled."""
        swept = -math.inf
        while True:
            await asyncio.sleep(self._every)
            try:
                if time.monotonic() - swept > _SWEEP_EVERY:
                    swept = time.monotonic()
                    await in_thread(sessions.sweep_sessions, system(self.hub))
                    await in_thread(plans.sweep_plans, system(self.hub))
                    await in_thread(trash.sweep_trash, system(self.hub))
                    await in_thread(staging.sweep_storage, system(self.hub))
                watched = set(self._sockets)
                for ended in watched - await self.run(sessions.live_sessions, self.hub, watched):
                    await self.close(ended)
            except Exception:
                log.exception("could not check which sessions are open; trying again")

    def shut(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
