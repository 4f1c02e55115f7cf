"""What a file says about itself, in words: to the person who asks about it, and to a language model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from assistant.conversation import Rows
from hub.inspecting import Inspection
from hub.publishing import Arrived

_TOLD_TENSORS, _TOLD_COLUMNS, _TOLD_TEXT = 20, 60, 4000


def _rows(found: Inspection) -> str | None:
    return None if found.rows is None else f"It has {found.rows:,} rows."


def _columns(found: Inspection) -> str | None:
    names = [f"{column.name} ({column.datatype})" for column in found.columns]
    return f"It has {len(names):,} columns: {_some(names)}." if names else None


def _parameters(found: Inspection) -> str | None:
    return None if found.parameters is None else f"It has {found.parameters:,} parameters."


def _tensors(found: Inspection) -> str | None:
    return f"It holds {len(found.tensors):,} tensors." if found.tensors else None


def _dtypes(found: Inspection) -> str | None:
    counts = [f"{count:,} of {dtype}" for dtype, count in found.dtypes.items()]
    return f"Its tensors are {_some(counts)}." if counts else None


def _architecture(found: Inspection) -> str | None:
    shape = [f"{name} {value:,}" for name, value in found.shape.items() if isinstance(value, int)]
    return f"It is a {found.architecture}{': ' * bool(shape)}{_some(shape)}." if found.architecture else None


def _danger(found: Inspection) -> str | None:
    if found.scan is None:
        return "It holds no pickle, so nothing in it runs when it is loaded." if not found.unread else found.unread
    return f"It {found.scan.label}: it is a pickle. {found.doubt[:1].upper()}{found.doubt[1:]}".strip()


_SAYINGS: tuple[tuple[str, Callable[[Inspection], str | None]], ...] = (
    (r"rows?|records?|lines?|examples?|samples?|entries", _rows),
    (r"columns?|fields?|features?|schema|types?", _columns),
    (r"parameters?|params?|weights|large|big", _parameters),
    (r"tensors?|layers?", _tensors),
    (r"dtypes?|precision|quanti[sz]\w*|types?", _dtypes),
    (r"architectures?|blocks?|heads?|widths?|embedding", _architecture),
    (r"safe|secure|danger\w*|pickles?|virus|malware|trust\w*|malicious", _danger),
)
"""Words of a question, and what is said to it."""


def say_facts(arrived: Arrived, question: str) -> str:
    """What the file itself answers to a question, as sentences: those asked for, else all there are to say."""
    found, asked = arrived.inspection, question.casefold()
    wanted = [say for words, say in _SAYINGS if re.search(rf"\b(?:{words})\b", asked)]
    said = [text for say in wanted if (text := say(found))] or say_all(found)
    size = f"{arrived.file_name} is {f'a {found.format} file' if found.format else 'a file'} of {arrived.size:,} bytes."
    return " ".join([size, *dict.fromkeys(said)])


def say_all(found: Inspection) -> list[str]:
    """Everything that there is to say of a file, a sentence each."""
    return [text for _, say in _SAYINGS[:-1] if (text := say(found))]


def tell_model(arrived: Arrived, rows: Rows) -> str:
    """What a language model is told of an attached file; what stands in it only where all rows may be shown."""
    found = arrived.inspection
    parts = [f"A file is attached, and the question is about it. {say_facts(arrived, '')}"]
    if found.tensors:
        named = [f"{one.name} {list(one.shape)} {one.dtype}" for one in found.tensors]
        parts.append(f"Tensors: {_some(named, _TOLD_TENSORS)}.")
    if rows == "all":
        parts += [f"{key}: {value}"[:300] for key, value in list(found.facts.items())[:20]]
        for table in found.tables[:2]:
            parts.append(f"First rows of {table.name}: {list(table.preview)}"[:_TOLD_TEXT])
    else:
        parts.append("You are not shown what stands in it.")
    return "\n".join(parts)


def _some(names: Sequence[str], most: int = _TOLD_COLUMNS) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def facts_of(found: Inspection) -> Iterator[tuple[str, Any]]:
    """Single figures of a file, as (title, value)."""
    if found.parameters is not None:
        yield "Parameters", found.parameters
    if found.tensors:
        yield "Tensors", len(found.tensors)
        yield "Data types", ", ".join(found.dtypes)
    if found.architecture:
        yield "Architecture", found.architecture
    if found.rows is not None:
        yield "Rows", found.rows
    if found.columns:
        yield "Columns", len(found.columns)
    yield from ((key, value[:200]) for key, value in list(found.facts.items())[:12])
