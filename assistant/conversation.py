"""What a conversation is made of: earlier turns, the turn under way, its events, and its answer."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar

from hub.access import Caller

if TYPE_CHECKING:
    from assistant.interpreter import Reading
    from assistant.replies import Confirm, Reply, Versions
    from hub.charts import ChartSpec
    from hub.query import Result

P = ParamSpec("P")
R = TypeVar("R")

Rows = Literal["none", "public", "all"]

ATTEMPTS = 3
"""Statements tried for one question."""

_THREADS = ThreadPoolExecutor(max_workers=16, thread_name_prefix="hub")


async def in_thread(function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a synchronous hub function in the one bounded pool; its errors come out unchanged."""
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(_THREADS, lambda: context.run(function, *args, **kwargs))


@dataclass(frozen=True, slots=True)
class Exchange:
    """One earlier turn: what was asked, what was answered, and the SQL behind it where there was any."""

    question: str
    answer: str
    sql: str | None
    columns: tuple[str, ...] = ()


@dataclass(slots=True)
class Answer:
    """What came of a question. ``error`` has code, message and hint; ``names`` says how words were read."""

    question: str
    engine: str = "interpreter"
    understood: bool = False
    unknown_words: list[str] = field(default_factory=list)
    sql: str | None = None
    columns: list[str] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    truncated: bool = False
    answer: str = ""
    attempts: int = 0
    seconds: float = 0.0
    error: dict[str, str] | None = None
    names: list[str] = field(default_factory=list)
    suggestions: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    read_as: str | None = None  # the question without the order for a chart; "" when nothing was left to ask
    chart: ChartSpec | None = None  # the chart of its rows that was ordered
    insights: tuple[tuple[str, dict[str, str]], ...] = ()  # or the insights, with their filters
    plan: Confirm | None = None  # or the plan of a change that was ordered
    shown: tuple[Versions, ...] = ()  # or the files that were asked for

    @property
    def exchange(self) -> Exchange | None:
        """This answer as an earlier turn of the conversation; None when it was no question of its own."""
        if self.read_as == "":
            return None
        return Exchange(self.read_as or self.question, self.answer, self.sql, tuple(self.columns))

    def as_json(self) -> dict[str, Any]:
        """The object that ``openmodelhub ask --json`` prints, keys in this order."""
        return {
            "question": self.question,
            "engine": self.engine,
            "understood": self.understood,
            "unknown_words": self.unknown_words,
            "sql": self.sql,
            "columns": self.columns,
            "rows": self.rows,
            "truncated": self.truncated,
            "answer": self.answer,
            "attempts": self.attempts,
            "seconds": round(self.seconds, 4),
            "error": self.error,
        }


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of what the model says to the person."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool is about to run with these arguments."""

    call_id: str
    name: str
    args: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """A tool has run: ``result`` or ``replies`` are for the person, ``text`` is what the model was told."""

    call_id: str
    result: Result | None
    text: str
    error: dict[str, str] | None
    replies: tuple[Reply, ...] = ()


@dataclass(frozen=True, slots=True)
class Finished:
    """The turn is over."""

    answer: Answer


Event = Token | ToolStarted | ToolFinished | Finished


@dataclass(slots=True)
class Turn:
    """A question being answered: who asks, and what has happened so far. Tools reach it as their context."""

    caller: Caller
    question: str
    scope: str | None = None
    history: tuple[Exchange, ...] = ()
    last_sql: str | None = None  # of the rows shown last
    file: Callable[[Rows], str] | None = None  # tells a language model of the file that the question is about
    rows_shown: Rows = "none"  # which rows the model that speaks may see; the person always gets all of theirs
    engine: str = "interpreter"
    reading: Reading | None = None
    result: Result | None = None
    error: dict[str, str] | None = None
    notes: list[str] = field(default_factory=list)
    read_as: str | None = None
    chart: ChartSpec | None = None
    insights: tuple[tuple[str, dict[str, str]], ...] = ()
    plan: Confirm | None = None
    shown: tuple[Versions, ...] = ()  # the files that were asked for
    ordered: bool = False  # a change or a file was ordered, and read: no language model is asked what was meant
    attempts: int = 0
    model_calls: int = 0
    started: float = field(default_factory=time.perf_counter)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def take_attempt(self) -> bool:
        """Count one more statement; False when all attempts are used up."""
        with self._lock:
            if self.attempts >= ATTEMPTS:
                return False
            self.attempts += 1
            return True

    @property
    def gave_up(self) -> bool:
        """Whether every attempt failed."""
        return self.attempts >= ATTEMPTS and self.result is None

    def conclude(self, text: str) -> Answer:
        """The answer of this turn, with ``text`` as its sentence."""
        reading, result = self.reading, self.result
        by_reading = reading is not None and self.engine == "interpreter"
        text = text.strip()
        error = None if result else self.error
        if not (text or result or error):
            error = {"code": "unanswered", "message": "the language model gave no answer", "hint": "ask in other words"}
        understood = error is None and (reading.understood if reading and by_reading else True)
        answer = Answer(self.question, self.engine, understood, answer=text, attempts=self.attempts, error=error)
        if result:
            answer.sql, answer.columns, answer.rows = result.sql, result.columns, result.rows
            answer.truncated = result.truncated
            answer.answer = text or count_rows(result)
        elif error and not text:
            answer.answer = sentence(error)
        if reading and not understood:
            answer.unknown_words, answer.suggestions = list(reading.unknown_words), list(reading.suggestions)
        if reading and by_reading:
            answer.names = list(reading.names)
        answer.notes = [*(result.notes if result else ()), *self.notes]
        if understood:
            answer.read_as, answer.insights, answer.plan = self.read_as, self.insights, self.plan
            answer.shown = self.shown
            answer.chart = self.chart if result else None
        answer.seconds = time.perf_counter() - self.started
        return answer


def sentence(error: dict[str, str]) -> str:
    """An error as a person reads it: message, then hint."""
    parts = (error["message"], error.get("hint", ""))
    return " ".join(part[:1].upper() + part[1:] + ("" if part[-1] in ".?!:" else ".") for part in parts if part)


def count_rows(result: Result) -> str:
    """How many rows there are, as a sentence."""
    count = len(result.rows)
    return f"{'The first ' if result.truncated else ''}{count} row{'' if count == 1 else 's'}."
