"""What a conversation is made of: earlier turns, and the threads in which the synchronous hub runs for async code."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_THREADS = ThreadPoolExecutor(max_workers=16, thread_name_prefix="hub")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One earlier turn: what was asked, what was answered, and the SQL behind it where there was any."""

    question: str
    answer: str
    sql: str | None
    columns: tuple[str, ...] = ()


async def in_thread(function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a synchronous hub function in the one bounded pool; its errors come out unchanged."""
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(
        _THREADS, lambda: context.run(function, *args, **kwargs)
    )
