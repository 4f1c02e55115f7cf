"""The open websockets of this process, and the watch that closes those whose session has ended."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from starlette.types import Message, Send

from assistant.conversation import in_thread
from db.tables import utc_now
from hub import plans, proofs, sessions, staging, trash
from hub.access import system
from hub.home import Hub
from hub.proofs import ANSWER_WITHIN, Challenge
from hub.sessions import LiveSession

log = logging.getLogger(__name__)

_SWEEP_EVERY = 3600  # seconds
SIGNED_OUT = "hub:signed-out"
"""What an open chat page is told when its session has ended; ``public/hub.js`` then goes to the sign-in page."""
PROVE = "hub:prove"
"""The kind of what it is sent to be signed."""


class Socket:
    """An open websocket that can be closed from outside the program that serves it.

    ``proved_until`` is as long as its browser is known to hold the session's key. Each connection has challenges of its
    own, at once and whenever a quarter of a proof's life is left, so that one opened with copied cookies ends soon.
    """

    def __init__(self, send: Send, session_id: str, proved_until: datetime) -> None:
        self._send = send
        self.session_id = session_id
        self.proved_until = proved_until
        self._ask_at = utc_now()
        self._answer_by: datetime | None = None
        self.nonce = ""
        self._talks = False
        self._open = False
        self._closed = False

    @property
    def is_overdue(self) -> bool:
        """Whether a proof is missing."""
        now = utc_now()
        return now >= self.proved_until or (self._answer_by is not None and now >= self._answer_by)

    @property
    def awaits_challenge(self) -> bool:
        """Whether it is time to ask for a proof."""
        return self._talks and not self._closed and self._answer_by is None and utc_now() >= self._ask_at

    def hear(self, message: Message) -> None:
        """Take note of what the browser sends: with this it has made this socket its connection."""
        self._talks = self._talks or message.get("text") == "5"  # engine.io: "upgrade"

    async def send(self, message: Message) -> None:
        if self._closed:
            return
        if message["type"] == "websocket.accept":
            self._open = True
        elif message["type"] == "websocket.close":
            self._closed = True
        elif (message.get("text") or "").startswith("40"):  # socket.io: "connected"
            self._talks = True
        await self._send(message)

    def expect(self) -> None:
        """Expect the answer to a challenge that is being made."""
        self._answer_by = utc_now() + ANSWER_WITHIN

    async def ask(self, challenge: Challenge) -> None:
        """Send the page a challenge."""
        self.nonce = challenge.nonce
        await self._tell({"kind": PROVE, **challenge.as_json()})

    def prove(self, until: datetime, life: timedelta) -> None:
        """Take note that the challenge was answered."""
        self.nonce, self._answer_by = "", None
        self.proved_until, self._ask_at = until, until - life / 4

    async def close(self, *, signed_out: bool = True) -> None:
        """Close, and tell the page if it is signed out; otherwise it connects anew by itself."""
        if self._closed:
            return
        if signed_out:
            await self._tell(SIGNED_OUT)
        self._closed = True
        await self._send({"type": "websocket.close", "code": 1008, "reason": "signed out" if signed_out else "prove"})

    async def _tell(self, news: object) -> None:
        """Send the page an event as it understands it: engine.io message, socket.io event."""
        if self._open and not self._closed:
            await self._send({"type": "websocket.send", "text": "42" + json.dumps(["window_message", news])})


class LiveSockets:
    """The open websockets of this process by session, and the watch that closes those whose session has ended."""

    def __init__(self, hub: Hub, every: float = 1.0) -> None:
        self.hub = hub
        self._every = every
        self._sockets: defaultdict[str, set[Socket]] = defaultdict(set)
        self._noting: dict[str, asyncio.Task[None]] = {}
        self._asking: set[asyncio.Task[None]] = set()
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

    def add(self, socket: Socket) -> None:
        self._sockets[socket.session_id].add(socket)

    def remove(self, socket: Socket) -> None:
        self._sockets[socket.session_id].discard(socket)
        if not self._sockets[socket.session_id]:
            del self._sockets[socket.session_id]

    async def close(self, session_id: str) -> None:
        """Close every websocket of this session."""
        for socket in tuple(self._sockets.get(session_id, ())):
            await _close(socket)

    async def watch(self) -> None:
        """Close websockets within a second of their session's end, whichever process ended it; runs until cancelled."""
        swept = -math.inf
        while True:
            await asyncio.sleep(self._every)
            try:
                if time.monotonic() - swept > _SWEEP_EVERY:
                    swept = time.monotonic()
                    await in_thread(sessions.sweep_sessions, system(self.hub))
                    await in_thread(proofs.sweep_challenges, system(self.hub))
                    await in_thread(plans.sweep_plans, system(self.hub))
                    await in_thread(trash.sweep_trash, system(self.hub))
                    await in_thread(staging.sweep_storage, system(self.hub))
                watched = set(self._sockets)
                for ended in watched - await self.run(sessions.live_sessions, self.hub, watched):
                    await self.close(ended)
                await self._ask_for_proofs()
            except Exception:
                log.exception("could not check which sessions are open; trying again")

    async def is_proved(self, socket: Socket) -> bool:
        """Whether its browser has proved lately, be it a moment ago, that it holds the session's key."""
        if socket.is_overdue:
            await self._note_answers([socket])
        return not socket.is_overdue

    async def _note_answers(self, sockets: list[Socket]) -> None:
        asked = {socket.nonce: socket for socket in sockets if socket.nonce}
        for nonce, until in (await self.run(proofs.find_answered, self.hub, set(asked))).items():
            asked[nonce].prove(until, proofs.life_of_proof(self.hub))

    async def _ask_for_proofs(self) -> None:
        """Take note of challenges that were answered, close what waits for one in vain, and send those that are due."""
        sockets = [socket for group in self._sockets.values() for socket in group]
        await self._note_answers(sockets)
        for socket in sockets:
            if socket.is_overdue:
                await _close(socket, signed_out=False)
            elif socket.awaits_challenge:
                socket.expect()
                task = asyncio.create_task(self._ask(socket))  # a busy database must not hold up the watch
                self._asking.add(task)
                task.add_done_callback(self._asking.discard)

    async def _ask(self, socket: Socket) -> None:
        try:
            caller = await in_thread(sessions.open_session, self.hub, socket.session_id)
            await socket.ask(await in_thread(proofs.issue_challenge, caller))
        except Exception:
            log.warning("could not ask a browser for a proof", exc_info=True)

    def shut(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


async def _close(socket: Socket, *, signed_out: bool = True) -> None:
    try:
        await socket.close(signed_out=signed_out)
    except Exception:  # the other side may be gone already
        log.debug("a websocket did not close cleanly", exc_info=True)
