"""The texts a statement compares with: one that cannot be there is reported before an empty answer misleads anyone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from rapidfuzz import fuzz, process, utils
from sqlalchemy.orm import Session

from db.tables import NameToken, name_key
from hub.access import Caller, Granted, visible
from hub.names import name_words
from hub.query.expressions import Comparison

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?)?")
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*", re.IGNORECASE)
_CANDIDATES = 200  # names read to find the nearest ones
_MOST_CHECKED = 20  # names looked up for one statement

_FOLDS: dict[str, Callable[[str], str]] = {"": str, "lower": str.lower, "upper": str.upper}

Doubt = tuple[str, str]
"""What is wrong with a text, and what to write instead."""


def check_values(comparisons: Iterable[Comparison]) -> Iterator[Doubt]:
    """Doubts about texts compared with columns whose values are known from the schema alone."""
    for comparison in comparisons:
        column, text = comparison.column, comparison.text
        if values := column.info.get("values"):
            if comparison.how == "order" or _holds(values, comparison):
                continue
            near = _near_values(values, text)
            mean = f"did you mean {_listed(near)}? " if near else ""
            yield f"{column.name} is never '{_clip(text)}'", f"{mean}it is one of {_listed(values)}"
        elif comparison.how != "pattern":
            doubt = _wrong_type(column, text)
            if doubt:
                yield doubt


def check_names(db: Session, caller: Caller, granted: Granted, comparisons: Iterable[Comparison]) -> Iterator[Doubt]:
    """Doubts about names of no row that the caller may see; what is hidden from them reads like what is not there."""
    asked = list(dict.fromkeys(each for each in comparisons if each.how == "equal" and _is_name(each.column)))
    for comparison in asked[:_MOST_CHECKED]:
        column, text = comparison.column, comparison.text
        seen = visible(caller, granted, column.table)
        condition = sa.true() if seen is None else seen
        same = db.scalars(sa.select(column).where(column.table.c.name_key == name_key(text), condition).limit(50)).all()
        if any(_FOLDS[comparison.folded](name) == text for name in same):
            continue
        near = list(dict.fromkeys(same))[:3] or _near_names(db, column, text, condition)
        hint = f"did you mean {_listed(near)}?" if near else f"look for a part of it with {column.name} LIKE '%...%'"
        yield f"no {column.table.name} that you may see is called '{_clip(text)}'", hint


def _holds(values: Iterable[str], comparison: Comparison) -> bool:
    if comparison.how == "pattern":
        parts = (".*" if sign == "%" else "." if sign == "_" else re.escape(sign) for sign in comparison.text)
        wanted = re.compile(re.sub(r"(\.\*)+", ".*", "".join(parts)), re.IGNORECASE | re.DOTALL)
        return any(wanted.fullmatch(value) for value in values)
    text = comparison.text.lower() if comparison.how == "like" else comparison.text
    return any(_FOLDS[comparison.folded](value) == text for value in values)


def _near_values(values: dict[str, Iterable[str]], text: str) -> list[str]:
    wanted = name_key(text).strip("% ")
    for value, words in values.items():
        if wanted in (value, *words):
            return [value]
    said = {word: value for value, words in values.items() for word in (value, *words)}
    found = process.extract(wanted, list(said), scorer=fuzz.ratio, limit=3, score_cutoff=65)
    return list(dict.fromkeys(said[word] for word, _, _ in found))


def _wrong_type(column: sa.Column[Any], text: str) -> Doubt | None:
    kind = column.type
    if isinstance(kind, sa.Boolean):
        if text not in ("0", "1"):
            return f"{column.name} is never '{_clip(text)}'", "compare it with TRUE or FALSE"
    elif isinstance(kind, sa.Integer):
        if not _NUMBER.fullmatch(text):
            return f"{column.name} is a number, never '{_clip(text)}'", "write a number in digits, for example 1000000"
    elif isinstance(kind, sa.DateTime) and not _MOMENT.fullmatch(text):
        return f"{column.name} is a moment, never '{_clip(text)}'", "write it as '2024-05-31' or '2024-05-31 12:00:00'"
    return None


def _is_name(column: sa.Column[Any]) -> bool:
    return bool(column.info.get("name")) and "name_key" in column.table.columns


def _near_names(db: Session, column: sa.Column[Any], text: str, condition: sa.ColumnElement[bool]) -> list[str]:
    if len(text) > 200 or not (words := name_words(text)):
        return []
    start = max((word for word in words if not word.startswith("=")), key=len, default="")[:4]
    token = NameToken.token
    alike: sa.ColumnElement[bool] = token.in_(words)
    if len(start) >= 2:
        alike = sa.or_(alike, sa.and_(token >= start, token < start + "\U0010ffff"))
        alike = sa.or_(alike, sa.and_(token >= f"={start}", token < f"={start}\U0010ffff"))
    (key,) = column.table.primary_key
    found = db.scalars(
        sa.select(column)
        .join(NameToken, sa.and_(NameToken.row_id == key, NameToken.table_name == column.table.name))
        .where(alike, condition)
        .limit(_CANDIDATES)
    )
    ranked = sorted((-fuzz.WRatio(text, name, processor=utils.default_process), len(name), name) for name in set(found))
    return [name for score, _, name in ranked[:3] if score <= -60]


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _clip(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
