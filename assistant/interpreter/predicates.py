"""What can be said about rows: comparisons, dates, values, names, and verbs that lead to other rows.

predicate  = {relative | auxiliary | adverb | "not"} core
core       = values | comparison | date | named | verb phrase | gap | preposition np | with | whose
values     = [preposition] [column] value {("or" | "and" | ",") value} [column | noun]
comparison = column [op] number | op number column | number column | adjective-er "than" (number | np)
           | "more" column "than" np | "between" number "and" number column | …
date       = [column] ("in" | "after" | "before" | "since" | "between" …) period
with       = ("with" | "having" | "without" …) item {"and" item}
whose      = "whose" (column | role) …
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

import sqlalchemy as sa

from assistant.interpreter import closed
from assistant.interpreter.lexicon import Attribute, Lead, Role, Thing, Verb
from assistant.interpreter.reader import Found, Modifier, Phrase, Quantity, all_of, any_of, is_number, negate
from assistant.interpreter.schema import Relation
from assistant.interpreter.tree import Compare, Counted, Linked, Not, Pick, Rows
from assistant.interpreter.values import tested_column
from assistant.interpreter.verbs import Verbs

Q = TypeVar("Q", bound=Quantity)


class Predicates(Verbs):
    """The rules for what is said about rows of a table."""

    def predicates(self, at: int, table: sa.Table) -> list[Found]:
        """Every predicate about rows of the table that starts here; values are ``Modifier``."""
        key = ("predicate", at, table.name)
        if key not in self.memo:
            self.memo[key] = []  # a predicate does not begin with itself
            self.memo[key] = self.prune(self._read_predicates(at, table), lambda each: each.end, keep=4)
        return self.memo[key]

    def _read_predicates(self, at: int, table: sa.Table) -> Iterator[Found]:
        yield from self._neither(at, table)
        for place, negated, lead in self._leads(at):
            for found in self._cores(place, table, lead):
                modifier = negate(found.value) if negated else found.value
                if (
                    modifier is not None
                    and {*self.low[max(at, 1) : place], *self.low[place + 1 : place + 2]} & closed.ALONE
                ):
                    modifier = self._no_other(modifier)
                if modifier is not None:
                    yield Found(found.end, modifier, found.cost)

    @staticmethod
    def _no_other(modifier: Modifier) -> Modifier:
        """ "(models) that do *only* classification": and nothing else, where rows may have several."""
        test = modifier.test
        if not isinstance(test, Linked) or test.count is not None or not any(step.many for step in test.path):
            return modifier
        if len(test.rows.tests) != 1 or not isinstance(test.rows.tests[0], Compare):
            return modifier
        if test.rows.tests[0].op not in ("=", "in") or is_number(test.rows.tests[0].column):
            return modifier
        others = Linked(test.path, replace(test.rows, tests=(Not(test.rows.tests[0]),)))
        return replace(modifier, test=all_of([test, Not(others)]))

    def _leads(self, at: int) -> Iterator[tuple[int, bool, bool]]:
        """(place, negated, something was skipped) after each word that may lead a predicate in."""
        negated, lead = False, False
        yield at, negated, lead
        while at < self.size:
            word = self.word(at)
            if word in closed.NEGATION or (word == "non" and at + 1 < self.size):
                negated = not negated
            elif word == "both" and any(True for _ in self.at(at + 1, Verb)):
                pass  # "(who) both wrote … and published …"
            elif word in ("we", "i", "you", "one") and lead and self.word(at - 1) in closed.AUXILIARY:
                pass  # "(models) did we add in 2025"
            elif not (word in closed.RELATIVE or word in closed.AUXILIARY or word in closed.ADVERB or word == "to"):
                return
            at, lead = at + 1, True
            yield at, negated, lead

    def _cores(self, at: int, table: sa.Table, lead: bool) -> Iterator[Found]:
        if at >= self.size:
            return
        for found in self.value_predicates(at, table):
            bare = (
                not lead and self.word(at) not in closed.PREPOSITION and not any(True for _ in self.at(at, Lead | Verb))
            )
            yield Found(found.end, found.value, found.cost + 0.5 * bare)
        yield from self._mine(at, table)
        yield from self.comparisons(at, table)
        yield from self.none_given(at, table)
        yield from self.dates(at, table)
        yield from self.namings(at, table)
        yield from self.verb_phrases(at, table)
        yield from self._most_used(at, table)
        if lead:  # "(which model is) the largest"
            for found in self.extremes(self.skip(at, frozenset(("the",))), table):
                yield found
            yield from self._being(at, table)
            yield from self.stated(at, table)
            if self._after_having(at):
                for found in self.with_items(at, table):
                    yield Found(found.end, found.value, found.cost + 0.2)
        yield from self.prepositions(at, table)
        yield from self._piped(at, table)
        yield from self.withs(at, table)
        yield from self.whoses(at, table)
        yield from self._sharing(at, table)
        yield from self.gaps(at, table)

    def _mine(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "(which datasets are) mine": what the one who asks owns."""
        for owner in self.schema.entities if self.word(at) == "mine" and self.context.me else ():
            name = self.schema.name_of(owner)
            for relation in self.schema.between(table, owner) if "who" in owner.info.get("asked", ()) else ():
                if len(relation.path) == 1:
                    mine = Rows(owner, (Compare(name, "=", self.context.me),))  # type: ignore[arg-type]
                    yield Found(at + 1, Modifier(Linked(relation.path, mine)), 0.1)

    def _neither(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "neither used by any model nor for classification"."""
        start = self.skip(at, closed.BE | closed.RELATIVE)
        for first in self.predicates(start + 1, table) if self.word(start) == "neither" else ():
            for second in self.predicates(first.end + 1, table) if self.word(first.end) == "nor" else ():
                if first.value.tests_only and second.value.tests_only:
                    test = all_of([Not(first.value.test), Not(second.value.test)])
                    yield Found(second.end, Modifier(test), first.cost + second.cost)

    def _after_having(self, at: int) -> bool:
        """Whether the words before, all of them light, say "have": "(people who) have not got", "'ve done"."""
        place = at - 1
        while place >= 0 and self.word(place) in closed.DO | closed.NEGATION | {"got", "done"}:
            place -= 1
        return place < at - 1 and self.word(place) in closed.HAVE

    def _being(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "(models that are) both image models and CNNs": what two nouns for such rows say."""
        start = self.skip(at, closed.ALL | frozenset(("a", "an")))
        for first in self._kinds(start, table) if self.word(at) == "both" else ():
            place = self.skip(first.end, closed.AND)
            for second in self._kinds(self.skip(place, frozenset(("a", "an"))), table) if place > first.end else ():
                if tested_column(first.value.test) is not tested_column(second.value.test):
                    joined = join(first.value, second.value)
                    if joined is not None:
                        yield Found(second.end, joined, first.cost + second.cost)

    def _kinds(self, at: int, table: sa.Table) -> Iterator[Found]:
        """Nouns and values of rows of this table, as what they say of a row."""
        for found in self.np(at):
            phrase: Phrase = found.value
            if phrase.table is table and phrase.simple and phrase.rows.tests and not (phrase.pick or phrase.quantity):
                modifier = Modifier(all_of(phrase.rows.tests), noted=phrase.noted, unsure=phrase.unsure)
                yield Found(found.end, modifier, found.cost)
        for found in self.value_predicates(at, table):
            if found.value.tests_only:
                yield found

    # -- other rows

    def prepositions(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "by alice", "at MIT", "of bert": the relation that is meant when no verb says which."""
        if self.word(at) in ("belong", "belongs", "belonged") and self.word(at + 1) == "to":
            at += 1  # "(datasets that) belong to alice" are of alice
        if self.word(at) not in closed.PREPOSITION or self.word(at) in closed.CONCERNING:
            return
        verbs = [verb for _, verb, _ in self.at(at, Verb)]
        if verbs and all(table not in (verb.relation.start, verb.relation.end) for verb in verbs):
            return  # "(who is) using imagenet" says what no person does
        if self.word(at) == "for":  # "for more than one task"
            for found in self._several_values(at + 1, table):
                if isinstance(found.value.test, Linked):
                    yield found
        for found in self.np(at + 1):
            phrase: Phrase = found.value
            relations = self.schema.between(table, phrase.table)
            for relation in relations[: None if phrase.via else 1]:
                for modifier, extra in self.relate(relation, phrase, table):
                    extra += 0.6 if phrase.bare and phrase.quantity is None else 0.1
                    yield Found(found.end, modifier, found.cost + extra)

    def withs(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "with at least two authors and no dataset", "without a task", "that have max pooling"."""
        word = self.word(at)
        if word in closed.WITHOUT:
            for found in self.with_items(at + 1, table):
                modifier = negate(found.value)
                if modifier is not None:
                    yield Found(found.end, modifier, found.cost)
            for found in self.np(at + 1):  # "without bob's"
                phrase: Phrase = found.value
                if phrase.table is table and phrase.simple and phrase.rows.tests and phrase.pick is None:
                    left = Not(all_of(phrase.rows.tests))
                    yield Found(found.end, Modifier(left, unsure=phrase.unsure), found.cost + 0.2)
        elif word in closed.WITH:
            yield from self.with_items(at + 1, table)
        elif word in closed.USING:  # "uses the largest batch size"
            yield from self.superlatives(at + 1, table)
            yield from self.comparisons(at + 1, table)

    def with_items(self, at: int, table: sa.Table) -> list[Found]:
        key = ("with", at, table.name)
        if key not in self.memo:
            self.memo[key] = []
            self.memo[key] = self.prune(self._read_items(at, table), lambda each: each.end, keep=4)
        return self.memo[key]

    def _read_items(self, at: int, table: sa.Table) -> Iterator[Found]:
        start = self.skip(at, frozenset(("got", "either", "both")))
        both = any(self.word(each) == "both" for each in range(at, start))
        for first in self._with_item(start, table):
            if not both:
                yield first
            place, joint = first.end, ""
            while self.word(place) in closed.AND | closed.OR | frozenset(("but",)):
                joint = "or" if self.word(place) in closed.OR else joint or "and"
                place += 1
            if not joint:
                continue
            for second in self.with_items(place, table):
                if joint == "or":
                    if first.value.tests_only and second.value.tests_only:
                        test = any_of([first.value.test, second.value.test])
                        yield Found(second.end, Modifier(test), first.cost + second.cost)
                else:
                    if both and tested_column(first.value.test) is not tested_column(second.value.test):
                        continue  # "both a text and a label column"
                    joined = join(first.value, second.value)
                    if joined is not None:
                        yield Found(second.end, joined, first.cost + second.cost)

    def _with_item(self, at: int, table: sa.Table) -> Iterator[Found]:
        yield from self.comparisons(at, table)
        yield from self.superlatives(at, table)
        yield from self.knowns(at, table)
        for place in {at, self.skip(at, closed.DETERMINER)}:
            for found in self.value_lists(place, table):
                yield Found(self._skip_noun(found.end, table, found.value), found.value, found.cost)
        no = self.word(at) == "no"
        for end, attribute, cost in self.at(self.skip(at + no, closed.DETERMINER), Attribute):
            after = self.skip(end, closed.BE | frozenset(("of", "=", ":", "equal", "to", "named", "called")))
            for found in self.value_lists(after, table, attribute):
                modifier = negate(found.value) if no else found.value
                if modifier is not None:
                    yield Found(found.end, modifier, found.cost + cost)
        if self.word(at) in closed.THEIR:
            return  # "with their authors" shows them
        yield from self._several_values(at, table)
        for found in self.np(at):
            phrase: Phrase = found.value
            relations = self.schema.between(table, phrase.table)
            for relation in relations[: None if phrase.via else 1]:
                for modifier, extra in self.relate(relation, phrase, table):
                    yield Found(found.end, modifier, found.cost + extra)
            if self.word(found.end) == "as":  # "with alice as author"
                for end, role, cost in self.at(self.skip(found.end + 1, closed.DETERMINER), Role):
                    for modifier, extra in self.relate(role.relation, phrase, table):
                        yield Found(end, modifier, found.cost + cost + extra)
        yield from self._roles(at, table)

    def _several_values(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "more than one task", "no task": how many values of a column that holds several."""
        for place, quantity, cost in self.quantities(at):
            for end, attribute, extra in self.at(place, Attribute):
                for shown, more in self.columns_of(table, attribute):
                    if not shown.many or is_number(shown.column):
                        continue
                    rows = Rows(shown.column.table)
                    if quantity == "no":
                        yield Found(end, Modifier(Not(Linked(shown.path, rows))), cost + extra + more)
                    elif isinstance(quantity, tuple):
                        for stop, so_many in self.so_many(end, quantity):
                            yield Found(stop, Modifier(Linked(shown.path, rows, so_many)), cost + extra + more)
                    elif quantity in ("most", "fewest"):
                        pick = Pick(Counted(shown.path, rows), quantity == "most")
                        yield Found(end, Modifier(pick=pick), cost + extra + more)
                    elif self.word(at - 1) in closed.WITHOUT or self.word(at) in ("a", "any", "some"):
                        yield Found(end, Modifier(Linked(shown.path, rows)), cost + extra + more)

    def _roles(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "author alice", "owner: bob", "more than two authors", "no owner"."""
        for quantity_end, quantity, cost in self.quantities(at):
            for end, role, extra in self.at(quantity_end, Role):
                if role.relation.start is not table:
                    continue
                for stop, so_many in self.so_many(end, quantity) if quantity is not None or end == self.size else ():
                    for modifier, more in self.relate(role.relation, Phrase(Rows(role.relation.end), so_many), table):
                        yield Found(stop, modifier, cost + extra + more)
                after = self.skip(end, closed.BE | closed.NAMED | frozenset((":", "=", "by")))
                for found in self.np(after):
                    for modifier, more in self.relate(role.relation, found.value, table):
                        yield Found(found.end, modifier, cost + extra + more + found.cost)

    def so_many(self, at: int, quantity: Q) -> Iterator[tuple[int, Q | tuple[str, int]]]:
        """ "two datasets", "two datasets *or more*"."""
        yield at, quantity
        if isinstance(quantity, tuple) and quantity[0] == "=":
            yield from ((end, (op, quantity[1])) for end, op in self.or_more(at))

    def extremes(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "largest", "most recent" said of rows of the table."""
        raise NotImplementedError

    def quantities(self, at: int) -> Iterator[tuple[int, Quantity, float]]:
        """(end, quantity, cost) of "no", "more than two", "the most", "each", and of nothing."""
        raise NotImplementedError

    def whoses(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "whose author works at MIT", "whose owner is alice", "where the loss is CTC"."""
        if self.word(at) not in ("whose", "where"):
            return
        place = self.skip(at + 1, closed.DETERMINER)
        ends: list[tuple[int, Relation]] = [
            (end, role.relation) for end, role, _ in self.at(place, Role) if role.relation.start is table
        ]
        for end, thing, _ in self.at(place, Thing):
            ends += [(end, relation) for relation in self.schema.between(table, thing.table)[:1]]
        for end, relation in ends:
            for found in self.predicates(end, relation.end):
                if found.value.tests_only:
                    rows = Rows(relation.end, (found.value.test,))
                    test = Linked(relation.path, rows)
                    yield Found(found.end, Modifier(test, unsure=found.value.unsure), found.cost)
        for found in self.with_items(place, table):
            yield found
        yield from self.not_known_to_us(place, table)
        yield from self.stated(place, table)
        yield from self.dates(place, table)
        yield from self.value_predicates(place, table)


def join(first: Modifier, second: Modifier) -> Modifier | None:
    """Two modifiers with "and" between them."""
    if (first.pick and second.pick) or (first.group and second.group):
        return None
    tests = [test for test in (first.test, second.test) if test is not None]
    return Modifier(
        all_of(tests) if tests else None,
        noted=(*first.noted, *second.noted),
        show=(*first.show, *second.show),
        pick=first.pick or second.pick,
        group=first.group or second.group,
        unsure=first.unsure or second.unsure,
    )
