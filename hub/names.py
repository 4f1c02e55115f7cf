"""Names of models, datasets, people and affiliations, found through an index of their words.

``name_token`` holds, for every named row, the words of its name (NFKC, case folded, split at punctuation and between
letters and digits) and, after an ``=``, the whole name with nothing between the words. So "resnet 50", "ResNet-50" and
"resnet50" are one indexed look-up (``=resnet50``), and "resnet" finds every name that has that word.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from rapidfuzz import fuzz
from sqlalchemy.orm import Session

from db.tables import CATALOGUE, NAME_LENGTH, NameToken
from hub.access import Caller, Granted, Tx, action, granted_items, visible

MOST_NAMES = 400  # a word that more names have than this says too little to be worth reading
_TOKENS_AT_ONCE = 5000
NEAR_ENOUGH = 80  # rapidfuzz ratio from which a name may be proposed for a misspelt one

_WORD = re.compile(r"[^\W_]+")
_PIECE = re.compile(r"\d+|[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Named:
    """A named row the caller may see. ``words`` are the indexed words of its name."""

    table: str
    row_id: int
    name: str
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Names:
    """What a look-up found: rows whose whole name was asked for, rows that have one of the words, stored values."""

    whole: Mapping[str, tuple[Named, ...]]
    having: Mapping[str, tuple[Named, ...]]
    values: Mapping[sa.Column[Any], tuple[str, ...]]


def fold(text: str) -> str:
    """The text as names are compared: NFKC, case folded, letters and digits only."""
    return "".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def name_words(name: str) -> frozenset[str]:
    """The words a name is indexed under, the whole folded name among them after an ``=``."""
    words: set[str] = set()
    for word in _WORD.findall(unicodedata.normalize("NFKC", name).casefold()):
        words.add(word)
        words.update(_PIECE.findall(word))
    words.add("=" + fold(name))
    return frozenset(word[:NAME_LENGTH] for word in words)


def index_name(db: Session, table: str, row_id: int, name: str) -> None:
    """Make the row findable by this name; call it whenever a named row is inserted or renamed."""
    forget_name(db, table, row_id)
    index_names(db, table, [(row_id, name)])


def index_names(db: Session, table: str, rows: Iterable[tuple[int, str]]) -> None:
    """Make fresh rows (id, name) findable by their names, many at once."""
    tokens = [
        {"table_name": table, "row_id": row_id, "token": word}
        for row_id, name in rows
        for word in sorted(name_words(name))
    ]
    for start in range(0, len(tokens), _TOKENS_AT_ONCE):
        db.execute(sa.insert(NameToken), tokens[start : start + _TOKENS_AT_ONCE])


def forget_name(db: Session, table: str, row_id: int) -> None:
    """Take the row out of the index; call it whenever a named row is deleted."""
    db.execute(sa.delete(NameToken).where(NameToken.table_name == table, NameToken.row_id == row_id))


@action("catalog.browse", reads=True, quiet=True)
def look_up_names(
    caller: Caller,
    tx: Tx,
    whole: Sequence[str],
    words: Sequence[str] = (),
    texts: Sequence[str] = (),
    columns: Sequence[sa.Column[Any]] = (),
    other_columns: Sequence[sa.Column[Any]] = (),
) -> Names:
    """The rows visible to the caller whose whole name is one of ``whole`` (folded), and what ``words`` may be else.

    Words that are no whole name are looked for among the words of names. ``texts`` are looked for in these columns of
    the catalogue, and in the other columns too where a word was found nowhere else. What the caller may not see is left
    out as if it did not exist.
    """
    granted = granted_items(caller, tx.db)
    found = _whole_names(caller, tx.db, granted, whole)
    left = [word for word in words if word not in found]
    having = _rows_with(caller, tx.db, granted, left)
    if any(word not in having for word in left):
        columns = (*columns, *other_columns)
    stored = {column: _stored_texts(caller, tx.db, granted, column, texts) for column in columns if texts}
    return Names(found, having, stored)


@action("catalog.browse", reads=True, quiet=True)
def look_up_near(caller: Caller, tx: Tx, word: str, *, limit: int = 3) -> tuple[Named, ...]:
    """The visible names most like a word that is no name, best first; none where nothing is near."""
    form = fold(word)
    if len(form) < 3:
        return ()
    granted = granted_items(caller, tx.db)
    best: dict[tuple[str, int], tuple[float, int, Named]] = {}
    for letters in (3, 2) if len(form) > 4 else (2,):  # "tiketbert" begins as "ticketbert" does, but not for long
        near = sa.or_(_begins("=" + form[:letters]), _begins(form[:letters]))
        for token, named in _select_rows(caller, tx.db, granted, near, 5 * MOST_NAMES) if not best else ():
            likeness = fuzz.ratio(form, token.removeprefix("="))
            key = (named.table, named.row_id)
            if likeness >= NEAR_ENOUGH and (key not in best or best[key][0] < likeness):
                best[key] = (likeness, len(named.name), named)
    ranked = sorted(best.values(), key=lambda each: (-each[0], each[1], each[2].name))
    return tuple(named for _, _, named in ranked[:limit])


def _begins(start: str) -> sa.ColumnElement[bool]:
    """That a token begins so, said as a range as well, which the index of tokens answers on either backend."""
    after = start[:-1] + chr(ord(start[-1]) + 1)
    return sa.and_(
        NameToken.token >= start, NameToken.token < after, NameToken.token.startswith(start, autoescape=True)
    )


def _whole_names(caller: Caller, db: Session, granted: Granted, forms: Sequence[str]) -> dict[str, tuple[Named, ...]]:
    """The visible rows under each of the folded names; the index is asked first, the tables only for what it has."""
    index = NameToken.__table__
    query = sa.select(index.c.table_name, index.c.row_id, index.c.token).where(
        index.c.token.in_(["=" + form for form in forms])
    )
    ids: dict[str, dict[int, str]] = {}
    for table_name, row_id, token in db.execute(query):
        ids.setdefault(table_name, {})[row_id] = token
    found: dict[str, list[Named]] = {}
    for table, key, name in _named_tables():
        if table.name in ids:
            rows = sa.select(key, name).where(key.in_(list(ids[table.name])))
            seen = visible(caller, granted, table)
            for row_id, text in db.execute(rows if seen is None else rows.where(seen)):
                named = Named(table.name, row_id, text, name_words(text))
                found.setdefault(ids[table.name][row_id].removeprefix("="), []).append(named)
    return {form: tuple(rows) for form, rows in found.items()}


def _rows_with(caller: Caller, db: Session, granted: Granted, tokens: Sequence[str]) -> dict[str, tuple[Named, ...]]:
    """The visible rows that have one of these words in their names, if they are not too many."""
    if not tokens:
        return {}
    found: dict[str, list[Named]] = {}
    for token, named in _select_rows(caller, db, granted, NameToken.token.in_(tokens), MOST_NAMES):
        found.setdefault(token, []).append(named)
    return {token: tuple(rows) for token, rows in found.items()}


def _select_rows(
    caller: Caller, db: Session, granted: Granted, condition: sa.ColumnElement[bool], limit: int
) -> Iterable[tuple[str, Named]]:
    """(token, row) of visible rows that meet a condition on their tokens."""
    parts = []
    within = sa.func.coalesce(NameToken.table_name, "")  # no index begins with it: the one of the words is to be used
    for table, key, name in _named_tables():
        part = (
            sa.select(sa.literal(table.name).label("table_name"), key.label("id"), name.label("name"), NameToken.token)
            .join(NameToken, sa.and_(NameToken.row_id == key, within == table.name))
            .where(condition)
        )
        seen = visible(caller, granted, table)
        parts.append(part if seen is None else part.where(seen))
    for row in db.execute(sa.union_all(*parts).limit(limit)):
        yield row.token, Named(row.table_name, row.id, row.name, name_words(row.name))


def _stored_texts(
    caller: Caller, db: Session, granted: Granted, column: sa.Column[Any], wanted: Sequence[str]
) -> tuple[str, ...]:
    """Which of the texts are stored in the column: found by its index first, then one row each that the caller sees."""
    stored = db.scalars(sa.select(column).where(column.in_(wanted)).distinct()).all()
    seen = []
    source: sa.FromClause = column.table
    for key in column.table.foreign_keys:
        condition = visible(caller, granted, key.column.table)
        if condition is not None:
            source = source.join(key.column.table, key.parent == key.column)
            seen.append(condition)
    rows = sa.select(column).select_from(source).where(*seen).limit(1)
    return tuple(text for text in stored if not seen or db.scalar(rows.where(column == text)) is not None)


@functools.cache
def _named_tables() -> tuple[tuple[sa.Table, sa.Column[Any], sa.Column[Any]], ...]:
    """(table, id column, name column) of the catalogue tables whose rows have a number and a name."""
    found = []
    for table in CATALOGUE:
        keys = list(table.primary_key.columns)
        names = [column for column in table.columns if column.info.get("name")]
        if len(keys) == 1 and names:
            found.append((table, keys[0], names[0]))
    return tuple(found)
