"""The lexicon: what the words of the schema can mean, made from the metadata alone.

Every table, column, stored value and link brings its words (``db.tables`` says how they are given); a phrase is kept
under the stems of its words, so that plurals, tenses and hyphens do not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from assistant.interpreter.schema import Column, Relation, Schema
from assistant.interpreter.words import adjective_forms, read_tokens, stem


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """A noun for the rows of a table."""

    table: sa.Table


@dataclass(frozen=True, slots=True, eq=False)
class Role:
    """A noun for what stands at the end of a relation, seen from its start: the author of a model."""

    relation: Relation


@dataclass(frozen=True, slots=True, eq=False)
class Attribute:
    """A noun for a column, or for one of several."""

    columns: tuple[Column, ...]

    def has(self, column: Column | None) -> bool:
        return any(column is each for each in self.columns)


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A word for a stored value: (column, value), several where columns share their words."""

    options: tuple[tuple[Column, str | bool], ...]
    loose: bool = False  # taken from the database, not from the metadata


@dataclass(frozen=True, slots=True, eq=False)
class Verb:
    """A verb: the row at the relation's start does it, the one at its end has it done, after a particle or none."""

    relation: Relation
    particle: str
    backwards: bool = False  # the words were given for the inverse: "used to train"
    negated: bool = False  # "unused"
    rank: int = 0  # its place among the words given for the link


@dataclass(frozen=True, slots=True, eq=False)
class Lead:
    """Words that lead in the values a table stores about its owner: "suitable for"."""

    table: sa.Table


@dataclass(frozen=True, slots=True, eq=False)
class Adjective:
    """A high or a low value of a column; degree 0 big, 1 bigger, 2 biggest."""

    columns: tuple[Column, ...]
    high: bool
    degree: int


@dataclass(frozen=True, slots=True, eq=False)
class Asking:
    """A question word that stands for a table's rows or for a column: who, where, when."""

    table: sa.Table | None
    columns: tuple[Column, ...] = ()


Meaning = Thing | Role | Attribute | Value | Verb | Lead | Adjective | Asking
Phrase = tuple[str, ...]

LATER = 4  # places by which a word stands later for one link than for another that it means first
PARTICLES = frozenset(["on", "at", "for", "from", "in", "with", "to", "by", "of", "using"])


class Lexicon:
    """Phrases and their meanings for one schema. Build it once; it does not change."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._meanings: dict[Phrase, list[Meaning]] = {}
        self._by_first: dict[str, list[Phrase]] = {}
        self.written: set[str] = set()  # the words as they were given
        for table in schema.tables:
            self._add_table(table)
        self._add_shared()
        self.words: frozenset[str] = frozenset(word for phrase in self._meanings for word in phrase)

    def find(self, stems: list[str], at: int) -> Iterator[tuple[int, Meaning, bool]]:
        """(number of words, meaning, whether it is a less usual one) of every phrase that starts at this place."""
        for phrase in self._by_first.get(stems[at], ()):
            if tuple(stems[at : at + len(phrase)]) == phrase:
                meanings = self._meanings[phrase]
                for meaning in meanings:
                    yield len(phrase), meaning, isinstance(meaning, Verb) and _is_unusual(meaning, meanings)

    def alone(self, word: str) -> set[str]:
        """What a single word stands for, to tell whether two words stand for the same."""
        return {_key_of(meaning) for meaning in self._meanings.get((stem(word),), ())}

    # -- building

    def _add(self, words: str, meaning: Meaning) -> None:
        self._add_phrase(self._stems(words), meaning)

    def _stems(self, words: str) -> Phrase:
        tokens = read_tokens(words.replace("_", " "))
        self.written.update(token.low for token in tokens)
        return tuple(token.stem for token in tokens)

    def _add_phrase(self, phrase: Phrase, meaning: Meaning) -> None:
        if not phrase:
            return
        if phrase not in self._meanings:
            self._by_first.setdefault(phrase[0], []).append(phrase)
        known = self._meanings.setdefault(phrase, [])
        if not any(
            isinstance(each, Thing) and isinstance(meaning, Thing) and each.table is meaning.table for each in known
        ):
            known.append(meaning)

    def _add_table(self, table: sa.Table) -> None:
        kind = self.schema.kinds[table]
        words = (table.name, *table.info.get("synonyms", ()))
        if kind in ("entity", "detail"):
            for word in words:
                self._add(word, Thing(table))
            for word in table.info.get("asked", ()):
                self._add(word, Asking(table))
        elif kind == "extension":
            meaning = self._extension_meaning(table)
            for word in words:
                self._add(word, meaning)
        elif kind == "link":
            self._add_link(table)
        elif kind == "values":
            for word in table.info.get("verbs", ()):
                self._add(word, Lead(table))
        for relation in self._references(table):
            left = relation.path[0].right
            for word in left.info.get("synonyms", ()):
                self._add(word, Role(relation.inverse()))
            for verb in left.info.get("verbs", ()):
                self._add_verb(verb, relation, False)

    def _references(self, table: sa.Table) -> Iterator[Relation]:
        """The relations stored in this entity's own foreign keys, from the row referred to."""
        if self.schema.kinds[table] == "entity":
            for relations in self.schema.relations.values():
                for relation in relations:
                    if relation.end is table and relation.source is table and len(relation.path) == 1:
                        yield relation

    def _add_link(self, table: sa.Table) -> None:
        forward = next(
            relation
            for relations in self.schema.relations.values()
            for relation in relations
            if relation.source is table and len(relation.path) == 2 and _begins(relation, table)
        )
        for rank, verb in enumerate(table.info.get("verbs", ())):
            self._add_verb(verb, forward, False, rank)
        for verb in table.info.get("inverse", ()):
            self._add_verb(verb, forward.inverse(), True)
        together = Relation(forward.start, forward.start, (*forward.path, *forward.inverse().path), forward.source)
        for verb in forward.source.info.get("jointly", ()):
            self._add_verb(verb, together, False)
        for word in forward.source.info.get("partners", ()):
            self._add(word, Role(together))
        first, last = forward.path[0].right, forward.path[1].left
        for word in last.info.get("synonyms", ()):
            self._add(word, Role(forward))
        for word in first.info.get("synonyms", ()):
            self._add(word, Role(forward.inverse()))

    def _add_verb(self, words: str, relation: Relation, backwards: bool, rank: int = 0) -> None:
        tokens = read_tokens(words)
        self.written.update(token.low for token in tokens)
        particle = tokens[-1].low if len(tokens) > 1 and tokens[-1].low in PARTICLES else ""
        phrase = tuple(token.stem for token in (tokens[:-1] if particle else tokens))
        self._add_phrase(phrase, Verb(relation, particle, backwards, rank=rank))
        if len(phrase) == 1 and not particle and not backwards:
            undone = "un" + phrase[0] + ("d" if phrase[0].endswith("e") else "ed")
            self._add_phrase((stem(undone),), Verb(relation, "", negated=True))

    def _extension_meaning(self, table: sa.Table) -> Meaning:
        """The value that says which rows have this extension, if the owner has such a column; else the table."""
        owner = self.schema.owner_of(table)
        assert owner is not None
        for column in owner.columns:
            if table.name in column.info.get("values", ()):
                return Value(((column, table.name),))
        return Thing(table)

    def _add_shared(self) -> None:
        """Words of columns and values, gathered first: several columns may share them."""
        nouns: dict[Phrase, list[Column]] = {}
        values: dict[Phrase, list[tuple[Column, str | bool]]] = {}
        degrees: dict[tuple[Phrase, bool, int], list[Column]] = {}
        asked: dict[str, list[Column]] = {}
        for table in self.schema.tables:
            for column in self.schema.columns(table):
                info = column.info
                if not column.foreign_keys:
                    for words in _column_words(column):
                        _gather(nouns, self._stems(words), column)
                for value, words in _value_words(info):
                    _gather(values, self._stems(words), (column, value))
                for high, adjectives in ((True, info.get("more", ())), (False, info.get("less", ()))):
                    for adjective in adjectives:
                        for degree, form in enumerate(adjective_forms(adjective)):
                            if form:
                                self.written.add(form)
                                _gather(degrees, ((form,), high, degree), column)
                for word in info.get("asked", ()):
                    _gather(asked, word, column)
        for phrase, columns in nouns.items():
            self._add_phrase(phrase, Attribute(tuple(columns)))
        for phrase, options in values.items():
            known = [m for m in self._meanings.get(phrase, ()) if isinstance(m, Value)]
            merged = [option for meaning in known for option in meaning.options]
            options = merged + [option for option in options if option not in merged]
            if known:
                self._meanings[phrase] = [m for m in self._meanings[phrase] if not isinstance(m, Value)]
            self._add_phrase(phrase, Value(tuple(options)))
        for (phrase, high, degree), columns in degrees.items():
            self._add_phrase(tuple(stem(word) for word in phrase), Adjective(tuple(columns), high, degree))
        for word, columns in asked.items():
            self._add(word, Asking(None, tuple(columns)))


def _is_unusual(verb: Verb, meanings: Iterable[Meaning]) -> bool:
    """Whether its word is much more usual for another link of the same subject: what people *publish* is datasets."""
    return any(
        isinstance(other, Verb) and other.relation.start is verb.relation.start and verb.rank >= other.rank + LATER
        for other in meanings
    )


def _key_of(meaning: Meaning) -> str:
    match meaning:
        case Thing(table):
            return f"rows of {table.name}"
        case Value(options):
            return " ".join(sorted(f"{column.name}={value}" for column, value in options))
        case Attribute(columns):
            return " ".join(sorted(column.name for column in columns))
        case _:
            return f"{type(meaning).__name__} {id(meaning)}"


def _begins(relation: Relation, table: sa.Table) -> bool:
    subject = table.info.get("subject")
    return subject is None or relation.path[0].right.name == subject


def _gather(gathered: dict[Any, list[Any]], key: Any, item: Any) -> None:
    items = gathered.setdefault(key, [])
    if not any(item is known or item == known for known in items if type(item) is tuple) and not any(
        item is known for known in items
    ):
        items.append(item)


def _column_words(column: Column) -> Iterator[str]:
    """The words for a column; those of a number also with "number of" and "count"."""
    if column.primary_key and isinstance(column.type, sa.Integer):
        yield from column.info.get("synonyms", ())
        return
    words = dict.fromkeys((column.name, *column.info.get("synonyms", ())))
    yield from words
    unit = column.info.get("unit")
    if unit:
        yield from (
            unit,
            f"number of {unit}",
            f"{unit} count",
            f"amount of {unit}",
            f"{unit} number",
            f"count of {unit}",
        )


def _value_words(info: Mapping[str, Any]) -> Iterable[tuple[str | bool, str]]:
    for value, words in info.get("values", {}).items():
        yield from ((value, word) for word in (value, *words))
    yield from ((True, word) for word in info.get("positive", ()))
    yield from ((False, word) for word in info.get("negative", ()))
