"""The lattice of a question: for every token, what the spans that start there can mean.

Meanings come from the lexicon and, for what the lexicon does not know, from the database: names through the index of
their words, and short stored texts that belong to no closed set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from assistant.interpreter import closed
from assistant.interpreter.lexicon import Attribute, Lexicon, Meaning, Thing, Value
from assistant.interpreter.schema import Column
from assistant.interpreter.words import Token, read_number, read_period, spell_out
from hub.access import Caller
from hub.names import Named, Names, fold, look_up_names

LONGEST_NAME = 12  # tokens
UNUSUAL = 0.06  # cost of a word's less usual meaning
PART_OF_LONGER = 0.3  # cost of reading a word alone that is part of a longer phrase


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """A name, found whole or by words that no other visible name of its table has."""

    table: sa.Table
    name: str
    surface: str
    row_ids: tuple[int, ...]
    whole: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Fragment:
    """Words that several names of a table have: "resnet"."""

    table: sa.Table
    surface: str
    names: tuple[str, ...]


Edge = tuple[int, Meaning | Name | Fragment, float]  # end, meaning, cost


class Lattice:
    """Tokens and edges. ``unknown`` are the tokens nothing is known about."""

    def __init__(self, tokens: Sequence[Token], text: str) -> None:
        self.tokens = tokens
        self.text = text
        self.edges: list[list[Edge]] = [[] for _ in range(len(tokens) + 1)]
        self.unknown: list[int] = []

    def add(self, start: int, end: int, meaning: Meaning | Name | Fragment, cost: float = 0.0) -> None:
        self.edges[start].append((end, meaning, cost))

    def unknown_words(self) -> list[tuple[int, int]]:
        """(start, end) in the text of the words nothing is known about, joined ones together."""
        words = []
        for at in self.unknown:
            first, last = at, at
            while self.tokens[first].joined:
                first -= 1
            while last + 1 < len(self.tokens) and self.tokens[last + 1].joined:
                last += 1
            words.append((self.tokens[first].start, self.tokens[last].end))
        return list(dict.fromkeys(words))

    def surface(self, start: int, end: int) -> str:
        """The words of the question from one token up to another, as they were written."""
        return self.text[self.tokens[start].start : self.tokens[end - 1].end].strip("\"'“”‘’`")


def build_lattice(caller: Caller, lexicon: Lexicon, tokens: Sequence[Token], text: str) -> Lattice:
    """All that the words of a question can mean to this caller."""
    text = spell_out(text)
    lattice = Lattice(tokens, text)
    stems = [token.stem for token in tokens]
    covered: set[int] = set()
    found = [
        (start, start + length, meaning, unusual)
        for start, token in enumerate(tokens)
        if not token.quoted
        for length, meaning, unusual in lexicon.find(stems, start)
    ]
    found += _shared_ends(lexicon, tokens, stems)
    named = {column for _, _, meaning, _ in found if isinstance(meaning, Attribute) for column in meaning.columns}
    found = [each for each in found if not _is_ordinary(tokens, each[0], each[1], each[2], named)]
    spans = {(start, end) for start, end, _, _ in found}
    for start, end, meaning, unusual in found:
        inside = any(s <= start and end <= e and e - s > end - start for s, e in spans)
        lattice.add(start, end, meaning, PART_OF_LONGER * inside + UNUSUAL * unusual)
        covered.update(range(start, end))
    plain = [at for at, token in enumerate(tokens) if at not in covered and _is_content(tokens, at)]
    names_at = _name_spans(tokens)
    parts = {piece: at for at in plain for piece in _pieces(tokens, at)}
    columns, others = _open_columns(lexicon, lattice)
    texts = _open_texts(tokens, text, covered) if columns or plain else {}
    names = look_up_names(caller, sorted({form for _, _, form in names_at}), list(parts), list(texts), columns, others)
    _add_whole(lattice, lexicon, names_at, names, covered)
    _add_parts(lattice, lexicon, plain, names)
    _add_values(lattice, texts, names)
    reached = {at for start, edges in enumerate(lattice.edges) for end, _, _ in edges for at in range(start, end)}
    for at in plain:
        whole = not _in_group(tokens, at) or any(_spans_group(tokens, s, e) for s, row in enumerate(lattice.edges)
                                                 for e, _, _ in row if s <= at < e)  # fmt: skip
        if at not in reached or not whole:
            lattice.unknown.append(at)
    return lattice


def _shared_ends(
    lexicon: Lexicon, tokens: Sequence[Token], stems: list[str]
) -> Iterator[tuple[int, int, Meaning, bool]]:
    """The word before "and" that shares the end of the phrase after it: the *up* and the down size."""
    for start in range(len(tokens) - 3):
        second = start + 2
        if tokens[start + 1].low not in ("and", "or"):
            continue
        second += tokens[second].low == "the"
        for length, meaning, _ in lexicon.find(stems, second):
            phrase = [stems[start], *stems[second + 1 : second + length]]
            for whole, first, unusual in lexicon.find(phrase, 0) if isinstance(meaning, Attribute) else ():
                if whole == length > 1 and isinstance(first, Attribute):
                    yield start, start + 1, first, unusual


def _is_ordinary(tokens: Sequence[Token], start: int, end: int, meaning: Meaning, named: set[Column]) -> bool:
    """Whether a stored value is an ordinary word here, as "other" is where its column is not named."""
    if (
        not isinstance(meaning, Value)
        or end > start + 1
        or tokens[start].low.removesuffix("s") not in closed.DETERMINER
    ):
        return False
    return not any(column in named for column, _ in meaning.options)


def _in_group(tokens: Sequence[Token], at: int) -> bool:
    """Whether the token hangs together with another."""
    return tokens[at].joined or (at + 1 < len(tokens) and tokens[at + 1].joined)


def _spans_group(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Whether a span cuts no joined group."""
    return not tokens[start].joined and (end == len(tokens) or not tokens[end].joined)


def _is_content(tokens: Sequence[Token], at: int) -> bool:
    """Whether the token says something that must be understood: no function word, number, date or sign."""
    token = tokens[at]
    if token.quoted:
        return True
    if token.low in closed.EVERY or token.day is not None or not any(letter.isalnum() for letter in token.low):
        return False
    if token.number is not None:
        return token.joined
    return not _in_number(tokens, at) and not _in_period(tokens, at)


def _in_number(tokens: Sequence[Token], at: int) -> bool:
    """Whether the token is part of a number."""
    return any(end > at for start in range(max(0, at - 4), at + 1) for end, _ in read_number(tokens, start))


def _in_period(tokens: Sequence[Token], at: int) -> bool:
    """Whether the token is part of a date."""
    return any(
        end > at for start in range(max(0, at - 3), at + 1) for end, _ in read_period(tokens, start, date.today())
    )


def _name_spans(tokens: Sequence[Token]) -> list[tuple[int, int, str]]:
    """(start, end, folded form) of the spans that can be a whole name; none begins or ends inside a joined group."""
    spans = []
    for start, token in enumerate(tokens):
        if token.joined or token.low in ("'s", ",") or not fold(token.text):
            continue
        for end in range(start + 1, min(start + LONGEST_NAME, len(tokens)) + 1):
            last = tokens[end - 1]
            if last.low == "," or (last.quoted and end > start + 1):
                break
            if last.low == "'s" or not fold(last.text) or (end < len(tokens) and tokens[end].joined):
                continue
            form = fold("".join(each.text for each in tokens[start:end]))
            if form and any(_could_name(each) for each in tokens[start:end]):
                spans.append((start, end, form))
    return spans


def _could_name(token: Token) -> bool:
    return token.quoted or token.low not in closed.EVERY


def _pieces(tokens: Sequence[Token], at: int) -> Iterable[str]:
    form = fold(tokens[at].low)
    return [form] if len(form) > 1 else []


def _add_whole(
    lattice: Lattice, lexicon: Lexicon, spans: Iterable[tuple[int, int, str]], names: Names, covered: set[int]
) -> None:
    tokens = lattice.tokens
    for start, end, form in spans:
        for table, rows in _by_table(lexicon, names.whole.get(form, ())):
            by_name: dict[str, list[Named]] = {}
            for row in rows:
                by_name.setdefault(row.name, []).append(row)
            surface = lattice.surface(start, end)
            exact = [name for name in by_name if name == surface]
            ordinary = all(at in covered or tokens[at].low in closed.EVERY for at in range(start, end))
            cost = 0.0
            if ordinary and not tokens[start].quoted:
                cost = 1.5 if end - start == 1 and not (tokens[start].capital and start) else 0.4
            for name in exact or sorted(by_name):
                ids = tuple(row.row_id for row in by_name[name])
                lattice.add(start, end, Name(table, name, surface, ids), cost)


def _add_parts(lattice: Lattice, lexicon: Lexicon, plain: Sequence[int], names: Names) -> None:
    """Spans whose words are all in a name: a name where there is one, a fragment where there are several."""
    tokens, done = lattice.tokens, set[tuple[int, int, str]]()
    for at in plain:
        hits = [row for piece in _pieces(tokens, at) for row in names.having.get(piece, ())]
        for table, rows in _by_table(lexicon, hits):
            start, end, left = _widen(tokens, at, rows)
            if (start, end, table.name) in done:
                continue
            done.add((start, end, table.name))
            if any(isinstance(m, Name) and m.table is table and e >= end for e, m, _ in lattice.edges[start]):
                continue
            surface = lattice.surface(start, end)
            found = sorted({row.name for row in left})
            if len(found) == 1 and not _says_enough(table, surface, found[0]):
                continue
            if len(found) == 1:
                ids = tuple(row.row_id for row in left)
                lattice.add(start, end, Name(table, found[0], surface, ids, whole=False), 0.3)
            else:
                lattice.add(start, end, Fragment(table, surface, tuple(found)), 0.3)


def _says_enough(table: sa.Table, surface: str, name: str) -> bool:
    """Whether words of a name can stand for it: any word of a person's or a place's, the first half of a thing's."""
    if table.info.get("asked"):
        return True
    part, whole = fold(surface), fold(name).removeprefix("the")
    return whole.startswith(part) and 2 * len(part) >= len(whole)


def _widen(tokens: Sequence[Token], at: int, rows: Sequence[Named]) -> tuple[int, int, list[Named]]:
    """The longest span around a token whose words some of the rows all have, and those rows."""
    left = list({row.row_id: row for row in rows}.values())
    start, end = at, at + 1
    while end < len(tokens) and (joined := tokens[end].joined or _could_name(tokens[end])):
        narrower = [row for row in left if fold(tokens[end].low) in row.words]
        if not narrower or not joined:
            break
        left, end = narrower, end + 1
    while start > 0 and (tokens[start].joined or _could_name(tokens[start - 1])):
        narrower = [row for row in left if fold(tokens[start - 1].low) in row.words]
        if not narrower:
            break
        left, start = narrower, start - 1
    return start, end, left


def _by_table(lexicon: Lexicon, rows: Iterable[Named]) -> list[tuple[sa.Table, list[Named]]]:
    by_name: dict[str, list[Named]] = {}
    for row in rows:
        by_name.setdefault(row.table, []).append(row)
    return [(table, by_name[table.name]) for table in lexicon.schema.entities if table.name in by_name]


def _open_columns(lexicon: Lexicon, lattice: Lattice) -> tuple[list[Column], list[Column]]:
    """The columns of free short texts that the question may quote from: those it has words for, and the others."""
    named: set[Column] = set()
    tables: set[sa.Table] = set()
    for edges in lattice.edges:
        for _, meaning, _ in edges:
            if isinstance(meaning, Attribute):
                named.update(meaning.columns)
            elif isinstance(meaning, Thing):
                tables.add(meaning.table)
    every = [
        column
        for table in lexicon.schema.tables
        for column in lexicon.schema.columns(table)
        if lexicon.schema.is_open(column)
    ]
    mentioned = [column for column in every if column in named or column.table in tables]
    return mentioned, [column for column in every if column not in mentioned]


_PERIODS = closed.words("year month day week quarter")  # columns are called so


def _open_texts(tokens: Sequence[Token], text: str, covered: set[int]) -> dict[str, tuple[int, int]]:
    """Written forms under which a span may be stored: as it stands, lower, upper and title case, "_" or "-" between."""
    texts: dict[str, tuple[int, int]] = {}
    for start, token in enumerate(tokens):
        if token.joined:
            continue
        for end in range(start + 1, min(start + 4, len(tokens)) + 1):
            if tokens[end - 1].low in (",", "'s"):
                break
            if end < len(tokens) and tokens[end].joined:
                continue
            inside = tokens[start:end]
            ordinary = not any(_could_name(each) for each in inside) and inside[-1].low not in _PERIODS
            identifier = any("_" in text[tokens[at - 1].end : tokens[at].start] for at in range(start + 1, end))
            if (ordinary and not identifier) or any(each.low in ("of", "the", "a") for each in inside):
                continue
            written = text[inside[0].start : inside[-1].end].strip("\"'“”‘’`")
            forms = {written, *("_".join(written.split()), "-".join(written.split()), "".join(written.split()))}
            for form in forms:
                for variant in (form, form.lower(), form.upper(), form.title(), form.capitalize()):
                    texts.setdefault(variant, (start, end))
    return texts


def _add_values(lattice: Lattice, texts: dict[str, tuple[int, int]], names: Names) -> None:
    for column, stored in names.values.items():
        by_span: dict[tuple[int, int], list[str]] = {}
        for value in stored:
            if value in texts:
                by_span.setdefault(texts[value], []).append(value)
        for (start, end), values in by_span.items():
            surface = lattice.surface(start, end)
            exact = [value for value in values if value == surface] or values
            for value in exact:
                cost = 0.2 if value == surface else 0.5
                lattice.add(start, end, Value(((column, value),), loose=True), cost)
