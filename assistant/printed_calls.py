"""Tool calls that a model printed as text instead of making them: recognised, read, and kept from being shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.messages import AIMessage

LONGEST = 20_000  # characters of a reply that are looked at
_MOST = 3  # calls taken from one reply
_BRACES = 40  # places at which a JSON value is tried

Call = tuple[str, dict[str, Any]]

_BLOCK = re.compile(
    r"<tool_call>(?P<tagged>.*?)(?:</tool_call>|\Z)|```(?:\w+[ \t]*(?=\n)|json|sql)?(?P<fenced>.*?)(?:```|\Z)", re.S
)
_SELECT = re.compile(r"\s*(?:select\s.+\sfrom\s.+|with\s+\w+(?:\s*\([^)]*\))?\s+as\s*\(.+)", re.S | re.I)
_VALUE = re.compile(r"[{\[]")
_ENDINGS = ("", "}", "}}", '"}', '"}}')
_NAMES = ("name", "tool", "tool_name", "function", "action")
_ARGS = ("arguments", "args", "parameters", "input", "action_input")

OPENING = re.compile(r"```|<tool_call>|\{|\A\s*(?:\[|select\s|with\s)", re.I)
"""Where printed calls begin; text before such a place can be shown as it comes."""
_MAY_OPEN = re.compile(r"`{1,2}\Z|<[a-z_]{0,9}\Z|\A\s*[a-z]{0,6}\Z", re.I)


def read_calls(text: str, tools: Sequence[str]) -> list[Call]:
    """The calls of ``tools`` that the text holds, in order, at most three; none for plain words.

    Read are JSON objects with a tool's name and arguments (in a ```json fence, in <tool_call> tags, or bare), an object
    of nothing but ``sql``, and a ```sql fence or a whole text that is a SELECT. Never raises.
    """
    text = text[:LONGEST]
    found: list[Call] = []
    blocks = list(_BLOCK.finditer(text))
    for block in blocks:
        inner = block["tagged"] if block["tagged"] is not None else block["fenced"]
        found += _read_values(inner, tools) or _read_select(inner, tools)
    if not blocks:
        found = _read_values(text, tools) or _read_select(text, tools)
    return found[:_MOST]


def _read_values(text: str, tools: Sequence[str]) -> list[Call]:
    return [call for value in _json_values(text) for call in _read_value(value, tools)]


def _read_select(text: str, tools: Sequence[str]) -> list[Call]:
    if "query" in tools and _SELECT.fullmatch(text):
        return [("query", {"sql": text.strip()})]
    return []


def _json_values(text: str) -> Iterator[Any]:
    decoder = json.JSONDecoder(strict=False)  # models put plain line ends into strings
    at, tries = 0, 0
    while tries < _BRACES and (start := _VALUE.search(text, at)):
        tries += 1
        for ending in _ENDINGS:  # models stop short of the last braces, too
            try:
                value, at = decoder.raw_decode(text.rstrip() + ending, start.start())
            except (ValueError, RecursionError):
                at = start.end()
            else:
                yield value
                break


def _read_value(value: Any, tools: Sequence[str]) -> list[Call]:
    if isinstance(value, list):
        return [call for item in value if isinstance(item, dict) for call in _read_value(item, tools)]
    if not isinstance(value, dict):
        return []
    if isinstance(value.get("tool_calls"), list):
        return _read_value(value["tool_calls"], tools)
    for key in _NAMES:
        name = value.get(key)
        if isinstance(name, dict):  # {"function": {"name": …, "arguments": …}}
            return _read_value(name, tools)
        if isinstance(name, str) and name in tools:
            args = _read_args(next((value[key] for key in _ARGS if key in value), None), name)
            if args is None:
                args = {key: item for key, item in value.items() if key not in _NAMES}
            return [(name, args)]
    if len(value) == 1:
        ((key, item),) = value.items()
        if key in tools and isinstance(item, dict | str):  # {"query": {"sql": …}}, {"query": "SELECT …"}
            args = _read_args(item, key)
            return [(key, args)] if args else []
        if key == "sql" and isinstance(item, str) and "query" in tools:
            return [("query", {"sql": item})]
    return []


def _read_args(args: Any, name: str) -> dict[str, Any] | None:
    """Arguments as an object; some models write them as a string of JSON, or the one statement alone."""
    if isinstance(args, str):
        try:
            parsed = json.loads(args, strict=False)
        except (ValueError, RecursionError):
            parsed = None
        if isinstance(parsed, dict):
            return parsed
        return {"sql": args} if name == "query" and args.strip() else None
    return args if isinstance(args, dict) else None


class Said:
    """The words of a reply as they stream in; what may be a printed call waits until the reply is whole."""

    def __init__(self) -> None:
        self._id: str | None = None
        self._whole, self._shown = "", 0
        self._spoke = False

    def hear(self, message: AIMessage) -> str:
        """The next piece that can be shown."""
        if message.id != self._id:
            self._id, self._whole, self._shown = message.id, "", 0
        self._whole += message.text
        waits = OPENING.search(self._whole) or _MAY_OPEN.search(self._whole)
        return self._show(waits.start() if waits else len(self._whole))

    def end(self, message: AIMessage) -> str:
        """What is left of a finished reply; nothing when it turned out to be a call."""
        if not message.text.startswith(self._whole[: self._shown]):
            self._shown = 0
        self._whole = message.text
        left = "" if message.tool_calls else self._show(len(self._whole))
        self._id, self._whole, self._shown = None, "", 0
        return left

    def _show(self, until: int) -> str:
        if until <= self._shown:
            return ""
        gap = "\n\n" if self._spoke and not self._shown else ""
        piece, self._shown, self._spoke = self._whole[self._shown : until], until, True
        return gap + piece
