"""What the rules of a conversation share: reading a text alone, running an answer again, and what "they" can mean."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import sqlalchemy as sa

from assistant.interpreter import pronouns
from assistant.interpreter.followups import Turn, last_phrase
from assistant.interpreter.interpretation import (
    Parsed,
    conclude,
    failed,
    lattice_of,
    read_alone,
    with_apostrophe,
    write_statements,
)
from assistant.interpreter.lattice import Name
from assistant.interpreter.lexicon import Adjective, Attribute, Lexicon, Thing, Verb
from assistant.interpreter.mending import mend
from assistant.interpreter.questions import Questions
from assistant.interpreter.reader import Context, Found, Phrase, is_joining, is_number
from assistant.interpreter.reading import Reading
from assistant.interpreter.schema import path_key
from assistant.interpreter.sql import write_sql
from assistant.interpreter.tree import Ask, Compare, Rows
from hub.access import Caller
from hub.query import run_query


@dataclass(frozen=True, slots=True)
class Answering:
    """Who asks, in which words, and on which day."""

    caller: Caller
    lexicon: Lexicon
    context: Context

    def _read_alone(self, question: str) -> Reading:
        reading = read_alone(self.caller, self.lexicon, question, self.context)
        if reading.understood and (word := pronouns.dangling(self._questions(question))):
            message = f"I cannot tell what '{word}' refers to"
            return failed("not_understood", message, "say whose you mean")
        return reading

    def _questions(self, text: str) -> Questions:
        lattice = lattice_of(self.caller, self.lexicon, text, self.context)
        if lattice.unknown:
            mended, changes = mend(self.lexicon, lattice)
            if changes:
                lattice = lattice_of(self.caller, self.lexicon, mended, self.context)
            for owned in reversed(with_apostrophe(lattice)):
                known = lattice_of(self.caller, self.lexicon, owned, self.context)
                named = [edge[1] for at in lattice.unknown for edge in known.edges[at] if isinstance(edge[1], Name)]
                if not known.unknown and any("who" in each.table.info.get("asked", ()) for each in named):
                    lattice = known
                    break
        return Questions(self.lexicon.schema, lattice, self.context)

    def _number_said(self, ask: Ask) -> Decimal | None:
        """The number that was all of the last answer."""
        shown = dict.fromkeys((path_key(each.path), each.column) for each in ask.show)  # each stands once in the rows
        numbers = [at for at, (_, column) in enumerate(shown) if is_number(column)]
        if ask.kind == "rows" and len(numbers) == 1 and not ask.group and ask.measure is None:
            listed = self._run(ask)
            said = listed[0][numbers[0]] if len(listed) == 1 else None
            return Decimal(str(said)) if isinstance(said, int | float) else None
        if ask.kind not in ("aggregate", "count") or ask.group or ask.also:
            return None
        rows = self._run(ask)
        return Decimal(str(rows[0][0])) if rows and isinstance(rows[0][0], int | float) else None

    def _likeliest(self, plain: Questions, ask: Ask) -> list[Phrase]:
        """What can be meant, those first that have the columns which are asked about."""
        schema, homes = self.lexicon.schema, set[sa.Table]()
        told = [row for row in plain.lattice.edges if not any(isinstance(edge[1], Verb) for edge in row)]
        for _, meaning, _ in (edge for row in told for edge in row):
            if isinstance(meaning, Attribute | Adjective):
                homes.update(
                    schema.home_of(each.table) for each in meaning.columns
                    if not each.info.get("name") and not is_joining(each)
                )  # fmt: skip
            elif isinstance(meaning, Thing) and schema.kinds[meaning.table] == "detail":
                homes.add(schema.home_of(meaning.table))
        return sorted(self._antecedents(plain, ask), key=lambda each: bool(homes) and each.table not in homes)

    def _antecedents(self, plain: Questions, ask: Ask) -> Iterator[Phrase]:
        shown = last_phrase(ask, functools.partial(self._names_of, ask), plain)
        if shown is not None:
            yield self._as_one(plain, ask, shown)
        for rows in pronouns.named_in(plain, ask):
            yield Phrase(rows, named=True, single=True)
        yield from pronouns.linked_in(plain, ask)

    def _as_one(self, plain: Questions, ask: Ask, shown: Phrase) -> Phrase:
        """The one row of an answer of one row, by its name, where "it" asks for one."""
        column = self.lexicon.schema.name_of(ask.rows.table)
        one = set(plain.low) & pronouns.SINGULAR and not shown.single and ask.kind == "rows" and not ask.group
        if not one or column is None or ask.measure is not None or not ask.show or ask.show[0].column is not column:
            return shown
        names = set(self._names_of(ask))
        if len(names) != 1:
            return shown
        return Phrase(Rows(ask.rows.table, (Compare(column, "=", names.pop()),)), named=True, single=True)

    def _ask_of(self, text: str, phrase: Phrase) -> tuple[Reading | None, Turn | None]:
        """The reading of a question whose pronoun stands for these rows."""
        plain = self._questions(text)
        asks = Questions(self.lexicon.schema, plain.lattice, replace(self.context, last=phrase)).asks()
        parts = phrase.each or (phrase.rows,)
        return self._finish(plain, [
            each for each in asks if all(pronouns.mentions(each.value, rows) for rows in parts)
        ])  # fmt: skip

    def _finish(self, plain: Questions, asks: Sequence[Found]) -> tuple[Reading | None, Turn | None]:
        ranked = sorted((each for each in asks if each.value is not None), key=lambda each: each.cost)
        readings = write_statements(self.caller, self.lexicon, ranked, self.context)
        if not readings:
            return None, None
        reading = conclude(self.caller, self.lexicon, Parsed(plain.lattice, readings), self.context)
        if reading.ask is None:
            return reading, None
        return reading, Turn(pronouns.things_shown(plain, reading.ask), None)

    def _names_of(self, ask: Ask) -> list[str]:
        """The names in the first column of the last answer."""
        return [str(row[0]) for row in self._run(ask)]

    def _things(self, ask: Ask) -> int:
        """How many different things an answer shows."""
        return len(set(self._names_of(ask)))

    def _run(self, ask: Ask) -> Sequence[Sequence[object]]:
        """The rows of an answer, run again; none where there are too many to point at."""
        sql = write_sql(self.lexicon.schema, ask, backslash=not self.caller.hub.database.is_sqlite)
        result = run_query(self.caller, sql)
        return [] if result.truncated else result.rows
