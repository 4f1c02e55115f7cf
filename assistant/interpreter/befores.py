"""What stands before a noun, and what it says once the noun is known.

premod = value {("or" | "and" | ",") value} | superlative | number column | name | year | "non" value | np "'s"

"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from assistant.interpreter import closed
from assistant.interpreter.effects import Effects
from assistant.interpreter.lattice import Fragment, Name
from assistant.interpreter.lexicon import Adjective, Attribute, Thing, Value, Verb
from assistant.interpreter.reader import Found, Modifier, Phrase, flat, is_day, is_number, modify
from assistant.interpreter.schema import Relation
from assistant.interpreter.tree import Compare, Counted, Linked, Not, Pick, Rows, Shown, Test
from assistant.interpreter.values import fragment_test, name_test
from assistant.interpreter.words import read_period

_OWN = frozenset(("own",))
_ORDINALS = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


@dataclass(frozen=True, slots=True, eq=False)
class Before:
    """What stands before a noun: applied once the noun has said which table is meant."""

    values: tuple[Value, ...] = ()
    joint: str = ""
    negated: bool = False
    adjective: Adjective | None = None
    lowest: bool = False
    verb: Verb | None = None
    popular: bool = False
    prolific: bool = False
    name: Name | Fragment | None = None
    owner: Phrase | None = None
    bounds: tuple[tuple[str, object], ...] = ()
    attribute: Attribute | None = None
    year: int = -1  # place of a year
    skipped: int = 0
    number: int | None = None
    latest: bool | None = None  # the last or the first few by their date
    ends: bool = False  # the highest and the lowest
    vague: Adjective | None = None  # says what a bound after the noun says exactly


class Befores(Effects):
    """The rules for what stands before a noun."""

    def _names(self, at: int) -> Iterator[Found]:
        """Names that start here, with or without the noun for their kind."""
        raise NotImplementedError

    def _befores(self, at: int) -> list[tuple[int, tuple[Before, ...], float]]:
        found: list[tuple[int, tuple[Before, ...], float]] = [(at, (), 0.0)]
        frontier = found
        for _ in range(4):
            further = []
            for place, befores, cost in frontier:
                start = place + (self.word(place) in (",", "and") and bool(befores))
                for end, before, extra in self._before(start):
                    further.append((end, (*befores, before), cost + extra + 0.05 * (start > place)))
            if not further:
                break
            frontier = further[:40]
            found = [*found, *frontier]
        return found

    def _before(self, at: int) -> Iterator[tuple[int, Before, float]]:
        at = self.skip(at, frozenset(("the", "single")))
        negated = self.word(at) in ("non", "not")
        start = at + negated
        for end, value, cost in self.at(start, Value):
            yield self._skip_based(end, value), Before(values=(value,), negated=negated), cost
            yield from self._more_values(end, (value,), "", cost, negated)
        if negated:
            return
        yield from self._superlatives_before(at)
        for end, adjective, cost in self.at(at, Adjective):
            if adjective.degree == 0:  # "large models over 1B", "new ones since May": the bound says what that is
                yield end, Before(vague=adjective), cost + 0.3
        for end, meaning, cost in self.at(at, Name):
            yield end, Before(name=meaning), cost + 0.2
        for end, part, cost in self.at(at, Fragment):
            yield end, Before(name=part), cost
        for end, verb, cost in self.at(at, Verb):
            if (
                not verb.particle
                and not verb.backwards
                and self.is_participle(at, at + 1)
                and self._is_before_noun(end)
            ):
                yield end, Before(verb=verb), cost + 0.1
        for end, bounds, cost in self.bounds(at):
            for stop, attribute, extra in self.at(end, Attribute):
                yield stop, Before(bounds=tuple(bounds), attribute=attribute), cost + extra
        yield from self._owners_before(at)
        for end, _ in read_period(self.tokens, at, self.context.today):
            if end == at + 1:
                yield end, Before(year=at), 0.2

    def _bears_out(self, phrase: Phrase, befores: Sequence[Before], known: int) -> bool:
        """Whether what follows the noun, all but so many ``known`` tests, is in keeping with what stands before it."""
        after = phrase.rows.tests[known:]
        linked = [
            (at, test.rows.table) for at, test in enumerate(after)
            if isinstance(test, Linked) and test.rows.table in self.schema.entities
        ]  # fmt: skip
        for vague in (before.vague for before in befores if before.vague is not None):
            day = any(map(is_day, vague.columns))  # one far off is likelier that of a nearer noun
            near = after[: linked[0][0]] if linked and day else after
            if not any(_bounds(vague, test) for each in near for test in flat(each)):
                return False
        if not any(before.prolific for before in befores) or phrase.pick is None:
            return True
        by = phrase.pick.by  # "the most productive authors who made text models": by which of the two?
        return all(not isinstance(by, Counted) or table is not by.rows.table for _, table in linked)

    def _is_before_noun(self, at: int) -> bool:
        """Whether a noun for rows stands here, perhaps after values: "published *image datasets*"."""
        while at < self.size:
            if any(True for _ in self.at(at, Thing)):
                return True
            ends = [end for end, _, _ in self.at(at, Value)]
            if not ends:
                return False
            at = max(ends)
        return False

    def _skip_based(self, at: int, value: Value) -> int:
        """Past a word that only says what kind of value it was: "rl-*trained*", "cnn-*based*"."""
        if self.word(at) in ("based", "style", "only", "type"):
            return at + 1
        columns = [column for column, _ in value.options]
        ends = [end for end, noun, _ in self.at(at, Attribute) if any(noun.has(column) for column in columns)]
        return max((end for end in ends if end < self.size and self._is_before_noun(end)), default=at)

    def _more_values(
        self, at: int, values: tuple[Value, ...], joint: str, cost: float, negated: bool
    ) -> Iterator[tuple[int, Before, float]]:
        place, word = at, ""
        while self.word(place) in closed.AND | closed.OR:
            word = "or" if self.word(place) in closed.OR else ("and" if self.word(place) in ("and", "&") else word)
            place += 1
        if place == at:
            return
        again = self.word(place) in ("non", "not")
        for end, value, extra in self.at(place + again, Value):
            if again != negated:
                continue
            all_values = (*values, value)
            found = Before(values=all_values, joint=word or joint, negated=negated)
            if word:
                yield end, found, cost + extra
            yield from self._more_values(end, all_values, word or joint, cost + extra, negated)

    def _superlatives_before(self, at: int) -> Iterator[tuple[int, Before, float]]:
        """ "largest", "5 largest", "top 5", "largest 5", "most recent", "most used", "most popular"."""
        number: int | None = None
        starts: list[tuple[int, int | None]] = [(at, None)]
        for end, count in self.number(at):
            starts.append((end, int(count)))
        if self.word(at) in _ORDINALS:
            for end, adjective, cost in self._superlative_adjectives(at + 1):
                yield end, Before(adjective=adjective, number=1, skipped=_ORDINALS.index(self.word(at)) + 1), cost
        for start, number in starts:
            start = self.skip(start, frozenset(("the",)))
            for end, adjective, cost in self._superlative_adjectives(start):
                yield end, Before(adjective=adjective, number=number), cost
                other = self.skip(self.skip(end, closed.AND | closed.ONES), frozenset(("the",)))
                for stop, opposite, extra in self._superlative_adjectives(other) if other > end else ():
                    if opposite.high is not adjective.high and set(opposite.columns) & set(adjective.columns):
                        yield stop, Before(adjective=adjective, ends=True), cost + extra
                for stop, noun, _ in self.at(end, Attribute):  # "most recently *created*"
                    if any(noun.has(column) and is_day(column) for column in adjective.columns):
                        yield stop, Before(adjective=adjective, number=number), cost
                if number is None:
                    for stop, count in self.number(end):
                        yield stop, Before(adjective=adjective, number=int(count)), cost
            if self.word(start) in ("most", "least"):
                lowest = self.word(start) == "least"
                for end, verb, cost in self.at(start + 1, Verb):
                    yield end, Before(verb=verb, popular=True, lowest=lowest, number=number), cost
                place = self.longest(start + 1, closed.POPULAR)
                if place > start + 1:
                    yield place, Before(popular=True, lowest=lowest, number=number), 0.1
                place = self.longest(start + 1, closed.PROLIFIC)
                if place > start + 1:
                    yield place, Before(prolific=True, lowest=lowest, number=number), 0.0
        if self.word(at) in ("last", "latest", "earliest"):
            for end, count in self.number(at + 1):  # "last 5 models"
                yield end, Before(number=int(count), latest=self.word(at) != "earliest"), 0.1
        if self.word(at) in ("top", "bottom", "first"):
            for end, count in self.number(at + 1):
                yield end, Before(number=int(count), lowest=self.word(at) == "bottom"), 0.0
                place = self.longest(end, tuple(("most", *each) for each in closed.POPULAR))
                if place > end:
                    yield place, Before(popular=True, number=int(count)), 0.1
                for stop, adjective, cost in self._superlative_adjectives(end):
                    yield stop, Before(adjective=adjective, number=int(count)), cost

    def extremes(self, at: int, table: sa.Table) -> Iterator[Found]:
        for end, adjective, cost in self._superlative_adjectives(at):
            stop = end + (self.word(end) in closed.ONES)
            for column in adjective.columns:
                for shown, extra in self.columns_of(table, Attribute((column,))):
                    yield Found(stop, Modifier(pick=Pick(shown, adjective.high), noted=(shown,)), cost + extra + 0.05)

    def _superlative_adjectives(self, at: int) -> Iterator[tuple[int, Adjective, float]]:
        for end, adjective, cost in self.at(at, Adjective):
            if adjective.degree == 2:
                yield end, adjective, cost
        if self.word(at) in ("most", "least"):
            for end, adjective, cost in self.at(at + 1, Adjective):
                if adjective.degree == 0:
                    yield end, replace(adjective, high=adjective.high == (self.word(at) == "most")), cost

    def _owners_before(self, at: int) -> Iterator[tuple[int, Before, float]]:
        if self.word(at) in ("my", "mine") and self.context.me:
            for table in self.schema.entities:
                if "who" in table.info.get("asked", ()):
                    name = self.schema.name_of(table)
                    assert name is not None
                    mine = Phrase(Rows(table, (Compare(name, "=", self.context.me),)), named=True, single=True)
                    yield self.skip(at + 1, _OWN), Before(owner=mine, number=-1), 0.0
        if self.context.last is not None and self.word(at) in closed.THEIR:
            yield self.skip(at + 1, _OWN), Before(owner=self.context.last), 0.2
        for found in self._names(at):
            if self.word(found.end) == "'s":
                yield found.end + 1, Before(owner=found.value), found.cost
        if at + 1 < self.size and ("'s" in self.low[at + 1 :]):
            for found in self.np(at):
                if self.word(found.end) == "'s" and not found.value.named and found.value.simple:
                    yield found.end + 1, Before(owner=found.value), found.cost + 0.1

    def _apply(self, phrase: Phrase, befores: Sequence[Before]) -> Iterator[tuple[Phrase, float]]:
        """The phrase with everything that stood before its noun."""
        results: list[tuple[Phrase, float]] = [(phrase, 0.0)]
        for before in befores:
            results = [
                (modified, cost + extra)
                for known, cost in results
                for modifier, extra in self._meaning_of(before, known)
                if (modified := modify(known, modifier)) is not None
            ]
        yield from (each for each in results if self._has_shape(each[0]))

    def _has_shape(self, phrase: Phrase) -> bool:
        """Whether what it is picked or compared by can be known of such rows: a transformer has no CNN's modules."""
        by = phrase.pick.by if phrase.pick is not None else None
        tables = [each.column.table for each in (by, *phrase.show) if isinstance(each, Shown)]
        tables += [test.rows.table for test in phrase.rows.tests if isinstance(test, Linked) and len(test.path) == 1]
        shapes = [table.name for table in tables if self.schema.kinds.get(table) == "extension"]
        said = [test for test in phrase.rows.tests if isinstance(test, Compare) and test.op == "="]
        return all(
            test.value == shape for shape in shapes for test in said if shape in test.column.info.get("values", ())
        )

    def _meaning_of(self, before: Before, phrase: Phrase) -> Iterator[tuple[Modifier, float]]:
        table = phrase.table
        if before.vague is not None:
            yield Modifier(), 0.0
        elif before.latest is not None:
            moments = self.day_columns(table)
            if len(moments) == 1:
                shown = Shown((), moments[0])
                yield Modifier(pick=Pick(shown, before.latest, before.number), noted=(shown,)), 0.0
        elif before.values:
            yield from self._values_before(before, table)
        elif before.adjective is not None:
            for column in before.adjective.columns:
                for shown, cost in self.columns_of(table, Attribute((column,))):
                    pick = Pick(shown, before.adjective.high, before.number, before.skipped, before.ends)
                    yield Modifier(pick=pick, noted=(shown,)), cost
        elif before.popular:
            yield from self._popular(before, table)
        elif before.prolific:  # "the most productive *author*": what that does is counted
            for test in phrase.rows.tests:
                if isinstance(test, Linked) and test.count is None:
                    yield Modifier(pick=Pick(Counted(test.path, test.rows), not before.lowest, before.number)), 0.0
        elif before.verb is not None:
            if before.verb.relation.end is table or before.verb.relation.start is table:
                relation = before.verb.relation
                back = relation.inverse() if relation.end is table else relation
                some = Linked(back.path, Rows(back.end))
                if before.verb.negated:
                    yield Modifier(Not(some)), 0.0
                elif "who" in back.end.info.get("asked", ()):
                    yield Modifier(), 0.2  # somebody has always made it
                else:
                    yield Modifier(some), 0.4
        elif before.name is not None:
            yield from self._name_before(before.name, table)
        elif before.owner is not None:
            yield from self._owned(before, phrase)
        elif before.attribute is not None:
            for shown, cost in self.columns_of(table, before.attribute):
                if is_number(shown.column):
                    tests: list[Test] = [Compare(shown.column, op, value) for op, value in before.bounds]  # type: ignore[arg-type]
                    yield Modifier(self.on_row(shown, tests), noted=() if shown.many else (shown,)), cost
        elif before.year >= 0:
            columns = self.day_columns(table)
            for _, period in read_period(self.tokens, before.year, self.context.today):
                if len(columns) == 1:
                    days: list[Test] = [Compare(columns[0], ">=", period.first.isoformat()),
                                        Compare(columns[0], "<", period.after.isoformat())]  # fmt: skip
                    yield Modifier(self.on_row(Shown((), columns[0]), days), noted=(Shown((), columns[0]),)), 0.0
        elif before.number is not None:
            yield Modifier(limit=-before.number if before.lowest else before.number), 0.0

    def _values_before(self, before: Before, table: sa.Table) -> Iterator[tuple[Modifier, float]]:
        first, *others = before.values
        own = self.context.scope is table  # "the mse ones" of the RNNs that are shown
        if first.loose and not own and all(column.table is not table for column, _ in first.options):
            return
        for test, shown, cost in self.value_tests(table, first):
            items = [(test, shown)]
            for other in others:
                items += [(each, its) for each, its, _ in self.value_tests(table, other) if its.column is shown.column]
            if len(items) != len(before.values):
                continue
            if before.joint == "and" and shown.many and len(items) > 1:
                continue  # "detection and segmentation models": one of them, or both? nobody can tell
            modifier = self._join_values(items, before.joint)
            if before.negated and modifier.test is not None:
                modifier = replace(modifier, test=Not(modifier.test))
            yield modifier, cost

    def _popular(self, before: Before, table: sa.Table) -> Iterator[tuple[Modifier, float]]:
        """ "the most used dataset": the one with the most rows that do so."""
        relations: list[Relation] = []
        if before.verb is not None:
            if before.verb.relation.end is table:
                relations = [before.verb.relation.inverse()]
        else:  # popular: used by what is most often linked with it, people apart
            relations = [
                each[0]
                for (start, end), each in self.schema.relations.items()
                if start is table and len(each[0].path) == 2 and each[0].source.info.get("inverse") and
                "who" not in end.info.get("asked", ())
            ]  # fmt: skip
            relations = [each for each in relations if each.source.info.get("subject") != each.path[0].right.name]
        for relation in relations:
            pick = Pick(Counted(relation.path, Rows(relation.end)), not before.lowest, before.number)
            yield Modifier(pick=pick), 0.0

    def _name_before(self, name: Name | Fragment, table: sa.Table) -> Iterator[tuple[Modifier, float]]:
        if name.table is table:
            if isinstance(name, Fragment):
                yield Modifier(fragment_test(self, name)), 0.0
            else:
                yield Modifier(name_test(self, name)), 0.3
        elif isinstance(name, Name):
            for relation in self.schema.between(table, name.table)[:1]:
                yield Modifier(Linked(relation.path, Rows(name.table, (name_test(self, name),)))), 0.8

    def _owned(self, before: Before, phrase: Phrase) -> Iterator[tuple[Modifier, float]]:
        owner = before.owner
        assert owner is not None
        if phrase.via:
            for relation in phrase.via:
                if relation.start is owner.table and relation.end is phrase.table:
                    yield from self.relate(relation.inverse(), replace(owner, via=()), phrase.table)
            return
        relations = self.schema.between(phrase.table, owner.table)
        if before.number == -1:  # mine: what I own where there are owners, else what I am linked with
            relations = tuple(each for each in relations if len(each.path) == 1) or relations
        for relation in relations[:1]:
            yield from self.relate(relation, owner, phrase.table)


def _bounds(vague: Adjective, test: Test) -> bool:
    """Whether a test says exactly what a vague word says: that a column is above, or below, something."""
    ops = (">", ">=") if vague.high else ("<", "<=")
    return isinstance(test, Compare) and test.op in ops and test.column in vague.columns
