"""What a modifier asks for beside a condition: columns to show, an order, the first few, groups.

modifier = predicate ["or" predicate] | "except" np | superlative | shows | order | groups | filler
shows    = ("with" | "and" | "along with" …) ["their"] column {"and" column}
order    = ("sorted by" | "by") column {"," column} [direction] | "alphabetically" | adjective-est "first"
groups   = ("per" | "for each" | "by" …) key {"and" key}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sqlalchemy as sa

from assistant.interpreter import closed
from assistant.interpreter.lexicon import Adjective, Asking, Attribute, Role, Thing, Verb
from assistant.interpreter.predicates import Predicates
from assistant.interpreter.reader import Found, Modifier, all_of, any_of, is_day, is_joining, is_number
from assistant.interpreter.schema import Relation
from assistant.interpreter.tree import Counted, Not, Order, Rows, Shown

_SHOWING = closed.phrases(
    "with|and|plus|along with|together with|including|showing|as well as|,|, and|alongside|listing|and show|and list|"
    "next to|beside|each with|and give|and also|and include|with all|display|, with|and with|along with all"
)


class Effects(Predicates):
    """The rules for modifiers of a noun phrase."""

    def modifiers(self, at: int, table: sa.Table) -> list[Found]:
        """Everything that may follow a noun for rows of this table; values are ``Modifier``."""
        key = ("modifier", at, table.name)
        if key not in self.memo:
            self.memo[key] = []
            self.memo[key] = self.prune(self._read_modifiers(at, table), lambda each: each.end, keep=5)
        return self.memo[key]

    def _read_modifiers(self, at: int, table: sa.Table) -> Iterator[Found]:
        if at >= self.size:
            return
        end = self.closing(at)
        if end > at:
            yield Found(end, Modifier(), 0.05)
        if self.word(at) == ",":  # "datasets, the biggest one for audio"
            yield from self.extremes(self.skip(at + 1, frozenset(("the",))), table)
        yield from self._conditions(at, table)
        yield from self._exceptions(at, table)
        yield from self.shows(at, table)
        yield from self.orders(at, table)
        yield from self.groups(at, table)
        yield from self._limits(at)

    def _conditions(self, at: int, table: sa.Table) -> Iterator[Found]:
        starts = [(at, 0.0)]
        place = at
        while self.word(place) in closed.AND | frozenset(("but", "while", "although")):
            place += 1
        if place > at:
            starts.append((place, 0.05))
        for start, cost in starts:
            for first in self.predicates(start, table):
                yield Found(first.end, first.value, first.cost + cost)
                yield from self._alternatives(first, table, cost)

    def _alternatives(self, first: Found, table: sa.Table, cost: float) -> Iterator[Found]:
        if self.word(first.end) != "or" or not first.value.tests_only:
            return
        for second in self.predicates(first.end + 1, table):
            if second.value.tests_only:
                either = Modifier(
                    any_of([first.value.test, second.value.test]),
                    noted=(*first.value.noted, *second.value.noted),
                    unsure=first.value.unsure or second.value.unsure,
                )
                found = Found(second.end, either, first.cost + second.cost + cost)
                yield found
                yield from self._alternatives(found, table, 0.0)

    def _exceptions(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "except the CNNs", "other than alice", "excluding those made by bob"."""
        start = at + (self.word(at) == ",")
        place = self.longest(start, closed.EXCEPT)
        if place == start:
            return
        for found in self.np(place):
            if (
                found.value.table is table
                and found.value.simple
                and found.value.rows.tests
                and found.value.pick is None
            ):
                tests = found.value.rows.tests
                yield Found(found.end, Modifier(Not(all_of(tests)), unsure=found.value.unsure), found.cost)
        inner = self.skip(place, frozenset(("for", "those", "ones", "the", "that", "which", "are")))
        for found in self.predicates(inner, table):
            if found.value.tests_only and found.value.test is not None:
                yield Found(found.end, replace(found.value, test=Not(found.value.test)), found.cost)

    # -- columns to show

    def shows(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "with their size and owner", "and their authors", "along with the task"."""
        for place in self.match(at, _SHOWING):
            yield from self._counted_shows(place, table)
            start = self.skip(place, closed.DETERMINER | closed.ALL)
            if {self.word(each) for each in range(place, start)} & {"a", "an"}:
                continue  # "with a column" is a condition
            theirs = any(self.word(each) in closed.POSSESSIVE for each in range(place, start))
            for found in self.show_lists(start, table):
                rows = any(
                    shown.path and self.schema.name_of(shown.column.table) is shown.column for shown in found.value
                )
                things = any(True for at_thing in range(start, found.end) for _ in self.at(at_thing, Thing))
                if rows and things and not theirs and self.word(place - 1) in (*closed.AND, ","):
                    continue  # "models and datasets" are two lists
                extra = 0.6 if rows and not theirs else 0.2
                yield Found(found.end, Modifier(show=found.value), found.cost + extra)

    def _counted_shows(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "(users) with the number of their models", "and how many models they made"."""
        place = self.skip(at, closed.DETERMINER)
        if self.longest(place, closed.HOW_MANY) > place:
            for end, measure, cost in self.measures(place, table):
                if isinstance(measure, Counted):
                    yield Found(end, Modifier(counted=measure), cost + 0.1)
                    each = end + (self.word(end) in closed.PREPOSITION)
                    if self.word(each) in closed.EACH:  # "the number of models on each"
                        yield Found(each + 1, Modifier(counted=measure), cost + 0.1)

    def show_lists(self, at: int, table: sa.Table) -> list[Found]:
        """Columns with commas and "and" between them; values are tuples of ``Shown``."""
        key = ("show", at, table.name)
        if key not in self.memo:
            self.memo[key] = []
            self.memo[key] = self.prune(self._read_shows(at, table), lambda each: each.end, keep=2)
        return self.memo[key]

    def _read_shows(self, at: int, table: sa.Table) -> Iterator[Found]:
        for first in self._show(self.skip(at, closed.DETERMINER | frozenset(("respective",))), table):
            yield first
            place = self.skip(first.end, closed.AND)
            if place > first.end:
                for rest in self.show_lists(place, table):
                    yield Found(rest.end, (*first.value, *rest.value), first.cost + rest.cost)

    def _asked_show(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "when they were created", "who owns them", "what they were trained on", "how big they are"."""
        light = closed.PRONOUN | closed.AUXILIARY | closed.ADVERB
        for end, asking, cost in self.at(at, Asking):
            place = self.skip(end, light)
            if asking.table is None:
                for column in asking.columns:
                    if column.table is not table:
                        continue
                    stops = [stop for stop, attribute, _ in self.at(place, Attribute) if attribute.has(column)]
                    stops += [stop for stop, verb, _ in self.at(place, Verb) if verb.relation.end is table]
                    stops += [place + 1] * (self.word(place) == "from" and place > end)
                    for stop in stops:
                        yield Found(self.skip(stop, closed.PRONOUN), (Shown((), column),), cost)
                continue
            for stop, verb, extra in self.at(place, Verb):
                for relation in (verb.relation, verb.relation.inverse()):
                    if relation.start is table and relation.end is asking.table and not verb.negated:
                        after = stop + (bool(verb.particle) and self.word(stop) == verb.particle)
                        names = self.name_shown(asking.table, relation.path)
                        yield Found(self.skip(after, closed.PRONOUN), names, cost + extra)
        if self.word(at) in ("what", "which"):
            place = at + 1
            things = [thing.table for end, thing, _ in self.at(place, Thing)]
            place = self.skip(max((end for end, _, _ in self.at(place, Thing)), default=place), light)
            for stop, verb, extra in self.at(place, Verb):
                relation = verb.relation
                if relation.start is not table or verb.negated or (things and relation.end not in things):
                    continue
                if verb.particle and self.word(stop) != verb.particle:
                    continue
                names = self.name_shown(relation.end, relation.path)
                yield Found(stop + bool(verb.particle), names, extra + 0.1)
        if self.word(at) == "how":
            for end, adjective, cost in self.at(at + 1, Adjective):
                for column in adjective.columns if adjective.degree == 0 else ():
                    for shown, extra in self.columns_of(table, Attribute((column,))):
                        after = self.skip(end, closed.PRONOUN | closed.BE)
                        if after > end:
                            yield Found(after, (shown,), cost + extra)
            if self.word(at + 1) in ("many", "much"):
                for end, attribute, cost in self.at(at + 2, Attribute):
                    for shown, extra in self.columns_of(table, attribute):
                        after = self.skip(end, closed.PRONOUN | closed.AUXILIARY)
                        if is_number(shown.column) and not shown.many and after > end:
                            yield Found(after, (shown,), cost + extra)

    def _with_gap(self, at: int, relation: Relation) -> Iterator[tuple[int, Relation]]:
        """Past "(the datasets) that they were trained on", which says which relation is meant; or nothing."""
        yield at, relation
        place = self.skip(at, closed.RELATIVE | closed.PRONOUN)
        if place == at:
            return
        for end, verb, _ in self.at(self.skip(place, closed.AUXILIARY), Verb):
            said = verb.relation
            for each in (said, said.inverse()):
                if each.start is relation.start and each.end is relation.end and not verb.negated:
                    yield end + (bool(verb.particle) and self.word(end) == verb.particle), each

    def _show(self, at: int, table: sa.Table) -> Iterator[Found]:
        yield from self._asked_show(at, table)
        if self.word(at) in ("of", "in", "with") and self.word(at + 1) in ("what", "which"):
            at += 2  # "and of which type"
        kind_of = self.longest(at, closed.KIND_OF)
        for place in {at, kind_of}:
            for end, attribute, cost in self.at(place, Attribute):
                for shown, extra in self.columns_of(table, attribute):
                    yield Found(end, (shown,), cost + extra)
        counted = self.longest(at, closed.HOW_MANY)
        for end, attribute, cost in self.at(counted, Attribute) if counted > at else ():
            for shown, extra in self.columns_of(table, attribute):
                if is_number(shown.column):
                    yield Found(end, (shown,), cost + extra + 0.1)
        for end, role, cost in self.at(at, Role):
            if role.relation.start is table:
                after = end
                for stop, attribute, _ in self.at(end, Attribute):
                    if attribute.has(self.schema.name_of(role.relation.end)):
                        after = stop
                yield Found(after, self.name_shown(role.relation.end, role.relation.path), cost)
        for end, thing, cost in self.at(at, Thing):
            if thing.table is table:
                continue
            for relation in self.schema.between(table, thing.table)[:1]:
                after = end
                for stop, attribute, _ in self.at(end, Attribute):
                    if attribute.has(self.schema.name_of(thing.table)):
                        after = stop
                for last, said in self._with_gap(after, relation):
                    yield Found(last, self.name_shown(thing.table, said.path), cost + 0.1 - 0.05 * (last > after))

    # -- order and the first few

    def orders(self, at: int, table: sa.Table) -> Iterator[Found]:
        for stop in self.match(
            at, (("in", "reverse", "alphabetical", "order"), ("in", "reverse", "alphabetic", "order"))
        ):
            yield Found(stop, Modifier(order=(Order(self.name_shown(table)[0], True),)), 0.0)
        end = self.longest(at, closed.ALPHABETICAL)
        if end > at:
            name = self.name_shown(table)[0]
            after, descending = self._direction(end)
            yield Found(after, Modifier(order=(Order(name, bool(descending)),)), 0.0)
        start = self.skip(at, frozenset((",", "and", "then")))
        explicit = self.longest(start, closed.SORTED)
        if explicit > start:
            yield from self._order_keys(explicit, table, 0.0)
        elif self.word(at) in ("by", "based") or self._in_order(at) > at:
            place = self._in_order(at)
            place = place if place > at else self.skip(at, frozenset(("by", "based", "on", "their", "the")))
            for found in self._order_keys(place, table, 0.1):
                ranked = tuple(replace(order, ranks=True) for order in found.value.order)
                yield Found(found.end, replace(found.value, order=ranked), found.cost)
        for place in {start, self.skip(start, frozenset(("with", "the", "from", "most", "least")))}:
            for stop, adjective, cost in self.at(place, Adjective):
                degree = self.word(place - 1) if place else ""
                if adjective.degree == 0 and degree == "least":
                    adjective = replace(adjective, high=not adjective.high)
                if adjective.degree == 2 or (adjective.degree == 0 and degree in ("most", "least", "from")):
                    if self.word(stop) in ("first", "on"):
                        stop = stop + 1 + (self.word(stop + 1) == "top")
                        yield from self._by_degree(stop, adjective, table, cost)
                    elif self.word(stop) == "to" and self.word(place - 1) == "from":
                        for last, other, _ in self.at(stop + 1, Adjective):
                            if other.degree == adjective.degree and other.high != adjective.high:
                                yield from self._by_degree(last, adjective, table, cost)

    def _by_degree(self, at: int, adjective: Adjective, table: sa.Table, cost: float) -> Iterator[Found]:
        for column in adjective.columns:
            for shown, extra in self.columns_of(table, Attribute((column,))) if not is_joining(column) else ():
                yield Found(at, Modifier(order=(Order(shown, adjective.high),), show=(shown,)), cost + extra)

    def _in_order(self, at: int) -> int:
        """ "in descending order of size": past "of"."""
        for phrases in (closed.DOWN, closed.UP):
            end = self.longest(at, phrases)
            if end > at and self.word(end) in ("of", "by"):
                return end + 1
        return at

    def _order_keys(self, at: int, table: sa.Table, cost: float) -> Iterator[Found]:
        asked = self.longest(at - 3, closed.DOWN) if at >= 3 else -1
        asked_for = [
            (found.end, found.value[0], found.cost) for found in self._asked_show(at, table)
            if len(found.value) == 1 and not found.value[0].many
        ]  # fmt: skip
        for end, measure, extra in (*self.measures(self.skip(at, closed.DETERMINER), table), *asked_for):
            after, descending = self._direction(end)
            if descending is None and self.word(at - 2) in ("rank", "ranked"):
                descending = isinstance(measure, Counted) or is_number(measure.column)
            if descending is None:
                descending = asked >= at - 1 > 0 or None
            order = Order(measure, bool(descending), ranks=descending is None)
            modifier = Modifier(order=(order,), show=(measure,) if isinstance(measure, Shown) else ())
            if descending is None and isinstance(measure, Counted):
                modifier = replace(modifier, order=(Order(measure, True),))
            yield Found(after, modifier, cost + extra)
            place = self.skip(after, closed.AND | frozenset(("then", "by")))
            if place > after:
                for more in self._order_keys(place, table, cost):
                    keys = more.value
                    both = Modifier(order=(*modifier.order, *keys.order), show=(*modifier.show, *keys.show))
                    yield Found(more.end, both, more.cost + extra)

    def _direction(self, at: int) -> tuple[int, bool | None]:
        place = self.skip(at, frozenset((",",)))
        for phrases, descending in ((closed.DOWN, True), (closed.UP, False)):
            end = self.longest(place, phrases)
            if end > place:
                return end, descending
        return at, None

    def measures(self, at: int, table: sa.Table) -> Iterator[tuple[int, Shown | Counted, float]]:
        """(end, what to measure rows by, cost): a column, or "number of" other rows."""
        for end, attribute, cost in self.at(at, Attribute):
            for shown, extra in self.columns_of(table, attribute):
                if not shown.many:
                    yield end, shown, cost + extra + (0.0 if is_number(shown.column) or is_day(shown.column) else 0.05)
        place = self.longest(at, closed.HOW_MANY)
        place = self.skip(place, closed.DETERMINER)
        if place > at:
            for found in self.np(place):
                if found.value.simple and found.value.quantity is None and found.value.pick is None:
                    relations = [
                        each for each in self.schema.between(table, found.value.table)
                        if not found.value.via or any(v.same(each.inverse()) or v.same(each) for v in found.value.via)
                    ]  # fmt: skip
                    for relation in relations:
                        usual = {found.end} if relation is relations[0] else set[int]()
                        for stop in usual | {*self._what_they_do(found.end, relation, usual=bool(usual))}:
                            yield stop, Counted(relation.path, found.value.rows), found.cost
            for end, role, cost in self.at(place, Role):
                if role.relation.start is table:
                    yield end, Counted(role.relation.path, Rows(role.relation.end)), cost

    def _what_they_do(self, at: int, relation: Relation, *, usual: bool) -> Iterator[int]:
        """Past "(how many models) use them", "each has made", "they have": what counting them means, or which does."""
        start = self.skip(at, closed.RELATIVE | closed.AUXILIARY | closed.PRONOUN | closed.EACH)
        for end, verb, _ in self.at(start, Verb):
            if verb.relation.same(relation) or verb.relation.same(relation.inverse()):
                after = end + (bool(verb.particle) and self.word(end) == verb.particle)
                yield self.skip(after, closed.PRONOUN)
                return
        said = {self.word(each) for each in range(at, start)}
        if usual and said & (closed.PRONOUN | closed.EACH) and said & closed.HAVE:
            yield start

    def _limits(self, at: int) -> Iterator[Found]:
        place = self.skip(at, frozenset((",", "and", "but", "only", "show", "just", "the")))
        if self.word(place) in ("limit", "first", "top", "max", "limited"):
            for end, number in self.number(self.skip(place + 1, frozenset(("to", "it", "the", "of")))):
                yield Found(self.skip(end, frozenset(("only", "rows", "results"))), Modifier(limit=int(number)), 0.1)

    # -- groups

    def groups(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "per architecture", "for each user", "by media type and task"."""
        for place in self.match(at, closed.PER):
            start = self.skip(place, closed.DETERMINER | closed.EACH)
            if {self.word(each) for each in range(place, start)} & {"a", "an", "single"}:
                continue  # "by a single author" groups nothing
            said = self.word(place - 1)
            for found in self.group_keys(start, table):
                rows = any(shown.path and shown.column.info.get("name") for shown in found.value)
                if said == "by" and place - at < 2 and rows and self.word(found.end - 1).endswith("s"):
                    continue  # "by owner" groups, "by owners from …" does not
                how = "by" if said == "by" and place - at < 2 else "" if said in ("per", "by") else "each"
                if how == "each" and place - at < 2:  # "the largest dataset *each task has*"
                    yield Found(self.skip(found.end, closed.HAVE), Modifier(group=found.value, grouped=how), 0.1)
                yield Found(found.end, Modifier(group=found.value, grouped=how), found.cost + 0.1)

    def group_keys(self, at: int, table: sa.Table) -> Iterator[Found]:
        for first in self._group_key(at, table):
            yield first
            place = self.skip(first.end, closed.AND)
            if place > first.end:
                for rest in self.group_keys(
                    self.skip(place, closed.DETERMINER | closed.EACH | frozenset(("per", "by"))), table
                ):
                    yield Found(rest.end, (*first.value, *rest.value), first.cost + rest.cost)

    def _group_key(self, at: int, table: sa.Table) -> Iterator[Found]:
        kind_of = self.longest(at, closed.KIND_OF)
        for stop, period in self.periods_of(at, table):
            yield Found(stop, (period,), 0.0)
        for place in {at, kind_of}:
            for end, attribute, cost in self.at(place, Attribute):
                for shown, extra in self.columns_of(table, attribute):
                    if not is_day(shown.column):
                        yield Found(end, (shown,), cost + extra)
        for end, role, cost in self.at(at, Role):
            if role.relation.start is table:
                yield Found(end, self.name_shown(role.relation.end, role.relation.path), cost)
        for found in self.np(at):
            phrase = found.value
            if phrase.simple and phrase.quantity in (None, "each") and phrase.table is not table and not phrase.single:
                if self.schema.name_of(phrase.table) is None or phrase.pick is not None:
                    continue
                for relation in self.schema.between(table, phrase.table)[:1]:
                    names = self.name_shown(phrase.table, relation.path, phrase.rows.tests)
                    yield Found(found.end, names, found.cost + 0.1)
