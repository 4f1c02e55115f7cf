"""What the phrases of an order mean: people and things, fields and values.

People and things are found by their names or, as "all music models", by what a question would list; fields and values
by the words of the schema. What the caller may not see is not there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa

from assistant.changes.grammar import listed, unquote, without_article
from assistant.interpreter import Reading
from assistant.interpreter.lexicon import Attribute, Role, Thing, Value
from assistant.interpreter.meanings import MeantRows, ask_which, find_meanings, find_rows, leading_meanings
from db.tables import CATALOGUE
from hub import catalog
from hub.errors import HubError, NotFound
from hub.items import SHAPES, Kind
from hub.names import Named, fold, look_up_names, name_words
from hub.query import run_query

if TYPE_CHECKING:
    from assistant.conversation import Turn

TABLES = {table.name: table for table in CATALOGUE}
ITEMS = tuple(SHAPES)
USER, AFFIL = "user", "affil"
SELF = re.compile(r"(?:me|myself|my (?:own )?account|i)", re.IGNORECASE)
MINE = re.compile(r"(?:my|our)(?: own)?\s+", re.IGNORECASE)
_ACCOUNT = re.compile(
    r"(?:the )?(?:accounts?|registrations?|profiles?|requests?) (?:of|for|from|by) (?P<of>.+)"
    r"|(?P<own>.+?)(?:['’]s|(?<=s)['’]) (?:accounts?|registrations?|profiles?|requests?)",
    re.IGNORECASE,
)
RIGHTS = re.compile(r"\s*(?:rights?|roles?|status|access|privileges?|powers?|permissions?)$", re.IGNORECASE)
_JUST = re.compile(r"^(?:an? |the )?(?:normal|regular|ordinary|plain|simple|mere|standard)?\s*", re.IGNORECASE)
_NOT = re.compile(r"(?:not|no longer|never|no)\s+(?:an? |the )?", re.IGNORECASE)
CALLED = re.compile(r"(?:called|named)\s+", re.IGNORECASE)


class NotRead(Exception):
    """A phrase of the order is not known, or nothing is as it says; perhaps the reading of it says why."""

    def __init__(self, phrase: str, reading: Reading | None = None, error: HubError | None = None) -> None:
        super().__init__(phrase)
        self.phrase, self.reading, self.error = phrase, reading, error


@dataclass(slots=True)
class Meant:
    """What an order is about: rows of one table by number and name."""

    table: str
    rows: list[tuple[int, str]]
    many: bool = False

    @property
    def ids(self) -> list[int]:
        return [number for number, _ in self.rows]

    @property
    def names(self) -> list[str]:
        return [name for _, name in self.rows]


@dataclass(slots=True)
class Reader:
    """Reads the phrases of one turn; ``names`` tell how words were taken for names."""

    turn: Turn
    names: list[str] = field(default_factory=list)
    known: dict[tuple[str, tuple[str, ...]], Meant | NotRead] = field(default_factory=dict)

    def rows(self, phrase: str, tables: Sequence[str]) -> Meant:
        """The rows of one of these tables that a phrase means: one or more names, or a description."""
        key = (phrase, tuple(tables))
        if key not in self.known:
            try:
                self.known[key] = self._find(phrase, tables)
            except NotRead as failure:
                self.known[key] = failure
        found = self.known[key]
        if isinstance(found, NotRead):
            raise found
        return found

    def _find(self, phrase: str, tables: Sequence[str]) -> Meant:
        caller = self.turn.caller
        account = _ACCOUNT.fullmatch(phrase)
        if account and USER in tables:
            return self._find(account["of"] or account["own"], [USER])
        if SELF.fullmatch(phrase):
            if USER not in tables or caller.user_id is None:
                raise NotRead(phrase)
            return Meant(USER, [(caller.user_id, caller.user_name)])
        named = self.named(phrase, tables)
        if named is not None:
            return named
        parts = listed(phrase)
        if len(parts) > 1:
            several = [self.named(part, tables) for part in parts]
            found = [one for one in several if one is not None]
            if len(found) == len(parts) and len({one.table for one in found}) == 1:
                return Meant(found[0].table, list(dict.fromkeys(row for one in found for row in one.rows)), True)
        try:
            return self._described(phrase, tables)
        except NotRead:
            alone = [self._find(part, tables) for part in parts] if len(parts) > 1 else []
            if not alone or len({one.table for one in alone}) > 1 or any(len(one.rows) != 1 for one in alone):
                raise
        return Meant(alone[0].table, list(dict.fromkeys(row for one in alone for row in one.rows)), True)

    def named(self, phrase: str, tables: Sequence[str]) -> Meant | None:
        """The row of this name, after a noun or none: "bob", "the user bob", "my model yolo-v8", "alice/yolo-v8"."""
        mine = MINE.match(phrase)
        bare = without_article(phrase[mine.end() :] if mine else phrase)
        tries = [(bare, list(tables))]
        for meaning, rest in leading_meanings(bare):
            if isinstance(meaning, Thing) and meaning.table.name in tables:
                tries.append((CALLED.sub("", rest, count=1), [meaning.table.name]))
        words = bare.split()
        last = find_meanings(words[-1]) if len(words) > 1 else ()
        nouns = [meaning.table.name for meaning in last if isinstance(meaning, Thing) and meaning.table.name in tables]
        tries += [(" ".join(words[:-1]), [noun]) for noun in nouns]
        for name, within in tries:
            found = self._look_up(unquote(name), within, bool(mine))
            if found is not None:
                return found
        return None

    def _look_up(self, name: str, tables: Sequence[str], mine: bool) -> Meant | None:
        caller, kinds = self.turn.caller, [table for table in tables if table in SHAPES]
        if "/" in name and kinds:
            try:
                item = catalog.show_item(caller, name, kind=cast("Kind", kinds[0]) if len(kinds) == 1 else None)
            except NotFound:
                return None
            return Meant(item.kind, [(item.item_id, item.name)])
        form = fold(name)
        if not form:
            return None
        looked = look_up_names(caller, [form], sorted(name_words(name)) if mine else [])
        found = [one for one in looked.whole.get(form, ()) if one.table in tables]
        if mine and not found:
            pieces = name_words(name) - {"=" + form}
            near = {(one.table, one.row_id): one for rows in looked.having.values() for one in rows}
            found = [one for one in near.values() if one.table in kinds and pieces <= one.words]
        if mine or len(found) > 1:
            own = [one for one in found if one.table in SHAPES and self._owns(one)]
            found = own if mine or len(own) == 1 else found
        if mine and len(found) > 1:
            raise NotRead(name, ask_which(name, [one.name for one in found]))
        if len(found) > 1:
            catalog.show_item(caller, name)  # says which there are
        return Meant(found[0].table, [(found[0].row_id, found[0].name)]) if found else None

    def _owns(self, one: Named) -> bool:
        shape = SHAPES[one.table]
        statement = f"SELECT {shape.owner.name} FROM {one.table} WHERE {shape.id.name} = {one.row_id}"  # noqa: S608
        return run_query(self.turn.caller, statement).rows == [[self.turn.caller.user_id]]

    def _described(self, phrase: str, tables: Sequence[str]) -> Meant:
        turn = self.turn
        wanted = [TABLES[name] for name in tables]
        meant = find_rows(turn.caller, phrase, wanted, scope=turn.scope, previous=turn.history)
        if not isinstance(meant, MeantRows):
            raise NotRead(phrase, meant)
        rows = [row for row in meant.rows if meant.table.name != USER or row[0] != turn.caller.user_id]
        if not rows:
            who = "nobody else" if len(meant.rows) else "nobody" if meant.table.name == USER else "nothing"
            error = NotFound(f"{who} matches '{phrase[:80]}'", "see what is there by asking for it first")
            raise NotRead(phrase, error=error)
        self.names += meant.names
        return Meant(meant.table.name, rows, True)

    # -- fields and values

    def value_of(self, phrase: str, table: str, *, just: bool = True) -> list[tuple[sa.Column[Any], Any]]:
        """(column, value) of a word for a stored value: "private", "an admin", "not an admin".

        With ``just`` also "a user", which says what somebody is no longer.
        """
        negated = _NOT.match(phrase)
        if negated:
            return [(column, not value) for column, value in self.value_of(phrase[negated.end() :], table)
                    if isinstance(value, bool)]  # fmt: skip
        plain = without_article(RIGHTS.sub("", phrase))
        for words in dict.fromkeys((plain, without_article(phrase), _JUST.sub("", phrase))):
            for meaning in find_meanings(words):
                if isinstance(meaning, Value):
                    fitting = [one for one in meaning.options if home_of(one[0].table) == table and not meaning.loose]
                    if fitting:
                        return fitting[:1]
                if just and isinstance(meaning, Thing) and meaning.table.name == table == USER:
                    flags = (column for column in meaning.table.columns if column.info.get("positive"))
                    return [(next(column for column in flags if not column.info.get("negative")), False)]
        return []

    def field_of(self, phrase: str, kind: str) -> str | None:
        """The field of a record of this kind that a phrase names: a column, or one that holds a list."""
        shape = SHAPES.get(kind)
        for meaning in find_meanings(phrase):
            if isinstance(meaning, Attribute):
                for column in meaning.columns:
                    if home_of(column.table) == kind:
                        return "task" if shape is not None and column is shape.task else column.name
            end = meaning.table if isinstance(meaning, Thing) else None
            if isinstance(meaning, Role) and meaning.relation.start.name == kind:
                if shape is not None and len(meaning.relation.path) == 1:
                    return "owner"
                end = meaning.relation.end
            if end is not None and end.name in LISTS.get(kind, {}):
                return LISTS[kind][end.name]
        return None


LISTS: Mapping[str, Mapping[str, str]] = {
    "model": {USER: SHAPES["model"].people_field, "dataset": "datasets"},
    "dataset": {USER: SHAPES["dataset"].people_field},
    USER: {AFFIL: "affiliations"},
}
"""Kind → table → the field of the kind's record that holds names of such rows."""


def home_of(table: sa.Table) -> str:
    """The kind that a table's columns say something about."""
    for column in table.columns:
        for key in column.foreign_keys:
            if column.primary_key and key.column.table.name in SHAPES:
                return key.column.table.name
    return table.name
