"""What can be said about rows by a stored value or by their name.

values = [preposition] [column] value {("or" | "and" | ",") value} [column | noun]
named  = name | "named" name | "whose name" ("contains" | "starts with" …) text | "with" text "in its name"

"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from assistant.interpreter import closed
from assistant.interpreter.comparisons import Comparisons
from assistant.interpreter.lattice import Fragment, Name
from assistant.interpreter.lexicon import Attribute, Lead, Thing, Value, Verb
from assistant.interpreter.reader import Found, Modifier, Reader, all_of, any_of, negate
from assistant.interpreter.tree import Compare, Linked, Not, Shown, Test

_BY_MEANS = frozenset(("with", "by", "via", "using", "through"))


class Values(Comparisons):
    """The rules for stored values and names."""

    def value_predicates(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "for classification or detection", "that are transformers", "of type image", "whose task is detection"."""
        starts = {at}
        if self.word(at) in closed.PREPOSITION or self.word(at) == "as":
            starts.add(at + 1)
        starts.update(end for end, lead, _ in self.at(at, Lead))
        for end, _verb, _ in self.at(at, Verb):
            starts.update((end, end + (self.word(end) in closed.PREPOSITION)))
        for start in sorted(starts):
            inner = self.skip(start, closed.DETERMINER)
            free = start == at or self.word(start - 1) in closed.FREELY or any(True for _ in self.at(at, Verb))
            for found in self.value_lists(inner, table, free=free):
                yield Found(self._skip_noun(found.end, table, found.value), found.value, found.cost)
                if self._skip_noun(found.end, table, found.value) != found.end:
                    yield found
            for end, attribute, cost in self.at(inner, Attribute):
                after = self.skip(
                    end, closed.BE | frozenset(("of", "=", ":", "equal", "to", "as", "like", "named", "called", "in"))
                )
                negated = self.word(after) in closed.NEGATION or self.word(after) == "!="
                after = self.skip(after + negated, closed.DETERMINER)
                for found in self.value_lists(after, table, attribute):
                    modifier = negate(found.value) if negated else found.value
                    if modifier is not None:
                        yield Found(found.end, modifier, found.cost + cost)

    def value_lists(
        self, at: int, table: sa.Table, of: Attribute | None = None, *, free: bool = True
    ) -> Iterator[Found]:
        """Values with "or", "and" or commas between them, all of one column, as one modifier."""
        for first in self._values_at(at, table, of, free):
            yield from self._continue_values(first.end, [first.value], "", first.cost)
            if self.word(first.end) in _BY_MEANS:  # "tuned with reinforcement learning": the nearer word says it
                for second in self._values_at(first.end + 1, table, of, free):
                    if second.value[1].column is first.value[1].column and not first.value[1].many:
                        yield from self._continue_values(second.end, [second.value], "", first.cost + second.cost)

    def _values_at(self, at: int, table: sa.Table, of: Attribute | None, free: bool) -> Iterator[Found]:
        both = self.word(at) == "both"
        at = self.skip(at + (both or self.word(at) == "either"), closed.DETERMINER)
        for end, value, cost in self.at(at, Value):
            for test, shown, extra in self.value_tests(table, value):
                if (of is not None and not of.has(shown.column)) or (both and not shown.many):
                    continue
                if value.loose and of is None and not self._is_named_after(end, shown):
                    if not free:
                        continue  # "models for translation" are not those of a dataset with such a column
                    extra += 0.8
                yield Found(end, (test, shown), cost + extra)

    def _is_named_after(self, at: int, shown: Shown) -> bool:
        return any(attribute.has(shown.column) for _, attribute, _ in self.at(at, Attribute))

    def _continue_values(self, at: int, items: list[tuple[Test, Shown]], joint: str, cost: float) -> Iterator[Found]:
        yield Found(at, self._join_values(items, joint), cost)
        place, word = at, ""
        while self.word(place) in closed.AND | closed.OR | frozenset(("either", "also")):
            if self.word(place) in closed.OR:
                word = "or"
            elif self.word(place) in ("and", "&") and word != "or":
                word = "and"
            place += 1
        if place == at:
            return
        place = self.skip(place, closed.DETERMINER)
        if self.word(place) in ("for", "in", "with"):
            place += 1
        column = items[0][1].column
        for end, value, extra in self.at(place, Value):
            for test, shown, more in self.value_tests(
                column.table if not items[0][1].path else items[0][1].path[0].left.table, value
            ):
                if shown.column is column:
                    yield from self._continue_values(end, [*items, (test, shown)], word or joint, cost + extra + more)

    def _join_values(self, items: Sequence[tuple[Test, Shown]], joint: str) -> Modifier:
        tests = [test for test, _ in items]
        shown = items[0][1]
        test = any_of(tests) if joint == "or" or not shown.many else all_of(tests)
        return Modifier(test, noted=() if shown.many else (shown,))

    def _skip_noun(self, at: int, table: sa.Table, modifier: Modifier) -> int:
        """Past a noun that only says again what kind of value it was: "CTC *loss*", "classification *tasks*"."""
        column = tested_column(modifier.test)
        if self.word(at) in ("based", "purposes", "purpose", "ones", "one", "kind", "type") and at < self.size:
            return at + 1
        place = self.skip(at + (self.word(at) == "as"), closed.DETERMINER)  # "with detection *as a task*"
        ends = [
            end for start in (place, at - 1) for end, attribute, _ in self.at(start, Attribute)
            if attribute.has(column) and end > at
        ]  # fmt: skip
        ends += [end for end, thing, _ in self.at(at, Thing) if thing.table is table]
        return max(ends, default=at)

    def namings(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "imagenet" after its noun, "named imagenet", "whose name contains vit", "with bert in the name"."""
        for end, modifier, cost in self.names_of(at, table):
            yield Found(end, modifier, cost)
        start = self.skip(at, closed.NAMED)
        if start > at:
            for end, modifier, cost in self.names_of(start, table):
                yield Found(end, modifier, cost)
            name = self._name_column(table)
            for end, value, cost in self.at(start, Value):
                for column, stored in value.options:
                    if column is name:
                        yield Found(end, Modifier(Compare(column, "=", stored), noted=(Shown((), column),)), cost)
            named = self.schema.name_of(table)
            for end, text in self.open_word(start) if named is not None else ():  # "called Llama something"
                if self.word(end) in ("something", "whatever", "anything"):
                    assert named is not None
                    test = Compare(named, "starts", text)
                    yield Found(end + 1, Modifier(test, noted=(Shown((), named),)), 0.1)
        yield from self._name_parts(at, table)

    def names_of(self, at: int, table: sa.Table) -> Iterator[tuple[int, Modifier, float]]:
        for end, name, cost in self.at(at, Name):
            if name.table is table:
                yield end, Modifier(name_test(self, name)), cost
        for end, fragment, cost in self.at(at, Fragment):
            if fragment.table is table:
                yield end, Modifier(fragment_test(self, fragment), unsure=fragment), cost + 2

    def _name_column(self, table: sa.Table) -> sa.Column[object] | None:
        return next((column for column in table.columns if column.info.get("name")), None)

    def _name_parts(self, at: int, table: sa.Table) -> Iterator[Found]:
        name = self._name_column(table)
        if name is None:
            return
        place = self.skip(at, frozenset(("whose", "with", "a", "the", "its", "their", "having", "has", "where")))
        for end, attribute, _ in self.at(place, Attribute):
            texts = [column for column in attribute.columns if column.table is table and self._is_text(column)]
            if attribute.has(name):  # "whose name is gpt2"
                for stop, modifier, cost in self.names_of(self.skip(end, closed.BE), table):
                    yield Found(stop, modifier, cost)
            after = self.skip(end, closed.AUXILIARY | frozenset(("that", "which")))
            negated = self.word(after) in closed.NEGATION
            for column in texts:
                yield from self._contained(after + negated, column, negated)
        yield from self._contained(at, name, False, tail=True)

    @staticmethod
    def _is_text(column: sa.Column[object]) -> bool:
        return isinstance(column.type, sa.String) and not column.info.get("values")

    def _contained(self, at: int, name: sa.Column[object], negated: bool, tail: bool = False) -> Iterator[Found]:
        """ "contains vit"; with ``tail`` "containing vit in its name" and "with vit in the name"."""
        for op, words in closed.CONTAINS.items():
            if self.word(at) not in words and not (tail and self.word(at) == "with" and op == "contains"):
                continue
            place = self.skip(at + 1, frozenset(("with", "in", "the", "word", "a", "string", "letters", "letter")))
            for end, text in self.open_word(place):
                after = end
                if tail:
                    after = self.skip(end, frozenset(("in", "the", "its", "their", "as", "part", "of")))
                    ends = [stop for stop, attribute, _ in self.at(after, Attribute) if attribute.has(name)]
                    if ends and after > end:
                        after = max(ends)
                    elif op == "contains" or self.word(at + 1) not in ("with", "in") or place != at + 2 or after > end:
                        continue  # "starting with res" is said of the name
                    elif any(letter.isdigit() for letter in text):
                        continue
                test: Test = Compare(name, op, text)
                yield Found(after, Modifier(Not(test) if negated else test, noted=(Shown((), name),)))


def name_test(reader: Reader, name: Name) -> Compare:
    """The test that a row has this name."""
    column = reader.schema.name_of(name.table)
    assert column is not None
    return Compare(column, "=", name.name)


def fragment_test(reader: Reader, fragment: Fragment) -> Compare:
    """The test that a row's name contains these words."""
    column = reader.schema.name_of(fragment.table)
    assert column is not None
    return Compare(column, "contains", fragment.surface)


def tested_column(test: Test | None) -> sa.Column[object] | None:
    while isinstance(test, Linked | Not) or hasattr(test, "tests"):
        if isinstance(test, Linked):
            test = test.rows.tests[0] if test.rows.tests else None
        elif isinstance(test, Not):
            test = test.test
        else:
            test = test.tests[0]  # type: ignore[union-attr]
    return test.column if isinstance(test, Compare) else None
