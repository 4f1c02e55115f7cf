"""Noun phrases: which rows are meant.

np        = simple {("and" | "or" | ",") simple}
simple    = [quantity] {premodifier} head {modifier} | name {"and" name} | np "'s" rest | "my" rest
quantity  = "no" | "the most" | "more than" number | number | "each" | …
premod    = value {("or" | "and" | ",") value} | superlative | number column | name | year | "non" value
head      = noun of a table | role [of another table] | "ones" | nothing after a value
modifier  = predicate ["or" predicate] | order | superlative | "with their" columns | "per" key | filler
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from assistant.interpreter import closed
from assistant.interpreter.effects import Effects
from assistant.interpreter.lattice import Fragment, Name
from assistant.interpreter.lexicon import Adjective, Asking, Attribute, Role, Thing, Value, Verb
from assistant.interpreter.predicates import fragment_test, name_test
from assistant.interpreter.reader import Found, Modifier, Phrase, Quantity, any_of, is_day, is_number, modify
from assistant.interpreter.schema import Relation
from assistant.interpreter.tree import Compare, Counted, Linked, Not, Pick, Rows, Shown, Test
from assistant.interpreter.words import read_period

_ORDINALS = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_ARTICLES = closed.words("a an the any some no every each all my our")
DEPTH = 7  # modifiers after one noun


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
    name: Name | Fragment | None = None
    owner: Phrase | None = None
    bounds: tuple[tuple[str, object], ...] = ()
    attribute: Attribute | None = None
    year: int = -1  # place of a year
    skipped: int = 0
    number: int | None = None


class Phrases(Effects):
    """The rules for noun phrases."""

    def np(self, at: int) -> list[Found]:
        key = ("np", at)
        if key not in self.memo:
            self.memo[key] = []  # left recursion finds nothing
            found = [*self._coordinated(at)]
            self.memo[key] = self.prune(
                found, lambda each: (each.end, each.value.table, each.value.quantity is None), 3
            )
        return self.memo[key]

    # -- "A and B"

    def _coordinated(self, at: int) -> Iterator[Found]:
        both = self.word(at) in ("both", "either")
        for first in self._simple(at + both):
            if not both:
                yield first
            if first.value.quantity is None and (first.value.single or self._joinable(first.value)):
                yield from self._continue(first, [first.value], "")

    def _joinable(self, phrase: Phrase) -> bool:
        return phrase.simple and phrase.pick is None and not phrase.bare and len(phrase.rows.tests) == 1

    def _continue(self, last: Found, parts: list[Phrase], joint: str) -> Iterator[Found]:
        place, word = last.end, joint
        while self.word(place) in closed.AND | closed.OR:
            word = (
                "or"
                if self.word(place) in closed.OR
                else ("and" if self.word(place) in ("and", "&", "plus") else "") or word
            )
            place += 1
        if place == last.end or (word != joint and joint):
            return
        for second in self._simple(
            self.skip(place, frozenset(("either", "also", "by", "on", "for", "of", "from", "at")))
        ):
            phrase: Phrase = second.value
            if (
                phrase.table is not parts[0].table
                or phrase.quantity is not None
                or not (phrase.single == parts[0].single and (phrase.single or self._joinable(phrase)))
            ):
                continue
            together = [*parts, phrase]
            found = Found(second.end, self._join(together, word), last.cost + second.cost)
            if word:
                yield found
            yield from self._continue(found, together, word)

    def _join(self, parts: Sequence[Phrase], joint: str) -> Phrase:
        tests = [part.rows.tests[0] if len(part.rows.tests) == 1 else _together(part.rows) for part in parts]
        rows = Rows(parts[0].table, (any_of(tests),))
        each = tuple(part.rows for part in parts) if joint == "and" else ()
        unsure = next((part.unsure for part in parts if part.unsure), None)
        noted = parts[0].noted
        return Phrase(rows, each=each, named=all(part.named for part in parts), unsure=unsure, noted=noted)

    # -- one noun

    def _simple(self, at: int) -> Iterator[Found]:
        key = ("simple", at)
        if key not in self.memo:
            self.memo[key] = []
            found = [*self._names(at), *self._nouns(at), *self._nobody(at), *self._pronouns(at)]
            self.memo[key] = self.prune(
                found, lambda each: (each.end, each.value.table, each.value.quantity, bool(each.value.show)), 3
            )
        yield from self.memo[key]

    def _pronouns(self, at: int) -> Iterator[Found]:
        """ "them", "it", "those models": the rows of the last answer."""
        last = self.context.last
        if last is None or self.word(at) not in closed.PRONOUN:
            return
        yield from self._after(Found(at + 1, last, 0.0), at + 1, DEPTH)
        for end, thing, cost in self.at(at + 1, Thing):
            if thing.table is last.table:
                yield from self._after(Found(end, last, cost - 0.2), end, DEPTH)

    def extended(self, found: Found) -> Iterator[Found]:
        """A phrase with every choice of modifiers that follow."""
        yield from self._after(found, found.end, DEPTH)

    def _nobody(self, at: int) -> Iterator[Found]:
        """ "nobody", "no one", "someone from MIT": rows of the table that "who" asks for, or none of them."""
        end = at + 1 if self.word(at) in ("nobody", "noone") else at + 2 if self._words(at, "no", "one") else at
        some = at + (self.word(at) in ("someone", "somebody", "anyone", "anybody"))
        for table in self.schema.entities:
            if "who" in table.info.get("asked", ()):
                if end > at:
                    yield from self._after(Found(end, Phrase(Rows(table), "no"), 0.0), end, DEPTH)
                elif some > at:
                    yield from self._after(Found(some, Phrase(Rows(table), bare=True), 0.0), some, DEPTH)

    def _words(self, at: int, *words: str) -> bool:
        return all(self.word(at + offset) == word for offset, word in enumerate(words))

    def _names(self, at: int) -> Iterator[Found]:
        """A name, with or without the noun for its kind; "me"; "owner/name"."""
        for table, place in self._kind_nouns(at):
            for end, modifier, cost in self.names_of(place, table):
                phrase = Phrase(Rows(table, (modifier.test,) if modifier.test else ()), named=True, single=True,
                                unsure=modifier.unsure)  # fmt: skip
                named = place > self.skip(at, closed.DETERMINER)
                after = max((stop for stop, thing, _ in self.at(end, Thing) if thing.table is table), default=end)
                # a noun beside it tells a name from an ordinary word
                bonus = -1.3 if (named or after > end) and cost >= 1 else 0.0
                yield Found(after, phrase, cost + bonus)
                if after > end:
                    yield Found(end, phrase, cost)
        if self.word(at) in ("i", "me", "myself") and self.context.me:
            for table in self.schema.entities:
                if "who" in table.info.get("asked", ()):
                    name = self.schema.name_of(table)
                    assert name is not None
                    rows = Rows(table, (Compare(name, "=", self.context.me),))
                    yield Found(at + 1, Phrase(rows, named=True, single=True))
        for end, first, cost in self.at(at, Name):  # alice/resnet50
            if end + 1 < self.size and self.lattice.text[self.tokens[end - 1].end : self.tokens[end].start] == "/":
                for stop, second, extra in self.at(end, Name):
                    relation = self._owning(second.table, first.table)
                    if relation is not None:
                        owner = Linked(relation.path, Rows(first.table, (name_test(self, first),)))
                        rows = Rows(second.table, (name_test(self, second), owner))
                        yield Found(stop, Phrase(rows, named=True, single=True), cost + extra)

    def _owning(self, table: sa.Table, owner: sa.Table) -> Relation | None:
        return next((each for each in self.schema.between(table, owner) if len(each.path) == 1), None)

    def _kind_nouns(self, at: int) -> Iterator[tuple[sa.Table, int]]:
        start = self.skip(at, closed.DETERMINER)
        for table in self.schema.entities:
            yield table, start
            for end, thing, _ in self.at(start, Thing):
                if thing.table is table:
                    yield table, self.skip(end, closed.NAMED)

    def _nouns(self, at: int) -> Iterator[Found]:
        for place, quantity, cost in self.quantities(at):
            for end, befores, extra in self._befores(place):
                for head in self._heads(end, befores, at):
                    base = replace(head.value, quantity=quantity)
                    for phrase, more in self._apply(base, befores):
                        total = cost + extra + head.cost + more
                        yield from self._after(Found(head.end, phrase, total), head.end, DEPTH)

    def _after(self, found: Found, head: int, depth: int) -> Iterator[Found]:
        """The phrase with every choice of modifiers; one far from its noun is likelier to belong to a nearer one."""
        yield found
        if depth == 0:
            return
        far = 0.0 if self.word(found.end) in closed.AND else min(0.03 * (found.end - head), 0.3)
        for modifier in self.modifiers(found.end, found.value.table):
            phrase = modify(found.value, modifier.value)
            if phrase is not None:
                cost = found.cost + modifier.cost + (far if modifier.value.test else 0.0)
                yield from self._after(Found(modifier.end, phrase, cost), head, depth - 1)

    # -- quantities

    def quantities(self, at: int) -> Iterator[tuple[int, Quantity, float]]:
        plain = self.skip(at, closed.DETERMINER | closed.ALL - frozenset(("both",)))
        words = {self.word(each) for each in range(at, plain)}
        if words & closed.EACH:
            yield plain, "each", 0.0
        elif words & closed.ALL:
            yield plain, "all", 0.0
        else:
            yield plain, None, 0.0
        if plain > at:
            yield at, None, 0.0
        if self.word(at) in ("no", "zero", "0"):
            yield self.skip(at + 1, closed.DETERMINER), "no", 0.0
        for phrases, quantity in ((closed.MOST, "most"), (closed.FEWEST, "fewest")):
            end = self.longest(at, phrases)
            if end > at:
                yield self.skip(end, closed.DISTINCT), quantity, 0.0
        end = self.longest(at, closed.MANY)
        if end > at:
            yield end, (">", 1), 0.0
        for end, bounds, cost in self.bounds(at):
            if len(bounds) == 1 and bounds[0][1] == int(bounds[0][1]) and bounds[0][0] != "!=":
                yield self.skip(end, closed.DISTINCT), (bounds[0][0], int(bounds[0][1])), cost + 0.1

    # -- before the noun

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
        for end, meaning, cost in self.at(at, Name):
            yield end, Before(name=meaning), cost + 0.2
        for end, part, cost in self.at(at, Fragment):
            yield end, Before(name=part), cost
        for end, verb, cost in self.at(at, Verb):
            if (
                not verb.particle
                and not verb.backwards
                and self.word(at).endswith(("ed", "lt", "de", "en"))
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
        if self.word(at) in ("top", "bottom"):
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
                    yield at + 1, Before(owner=mine, number=-1), 0.0
        if self.context.last is not None and self.word(at) in closed.THEIR:
            yield at + 1, Before(owner=self.context.last), 0.2
        for found in self._names(at):
            if self.word(found.end) == "'s":
                yield found.end + 1, Before(owner=found.value), found.cost
        if at + 1 < self.size and ("'s" in self.low[at + 1 :]):
            for found in self.np(at):
                if self.word(found.end) == "'s" and not found.value.named and found.value.simple:
                    yield found.end + 1, Before(owner=found.value), found.cost + 0.1

    # -- the noun

    def _heads(self, at: int, befores: Sequence[Before], start: int) -> Iterator[Found]:
        for end, thing, cost in self.at(at, Thing):
            yield Found(end, Phrase(Rows(thing.table), bare=not befores), cost)
        for end, role, cost in self.at(at, Role):
            relation = role.relation
            owned = any(before.owner is not None and before.owner.table is relation.start for before in befores)
            of = self.word(end) in ("of", "for", "on", "in", "to")
            for stop, phrase, extra in self._role_of(end, relation) if of else ():
                yield Found(stop, phrase, cost + extra)
            last = self.context.last
            if not owned and last is not None and relation.start is last.table:  # "and who are the authors?"
                theirs = Linked(relation.inverse().path, last.rows)
                yield Found(end, Phrase(Rows(relation.end, (theirs,))), cost + 0.1)
            if not owned:
                if relation.end is not relation.start:
                    some = Linked(relation.inverse().path, Rows(relation.start))
                    yield Found(end, Phrase(Rows(relation.end, (some,)), via=(relation,), bare=True), cost + 0.5)
            else:
                yield Found(end, Phrase(Rows(relation.end), via=(relation,)), cost)
        for end, asking, cost in self.at(at, Asking):
            if asking.table is not None and not befores:
                yield Found(end, Phrase(Rows(asking.table), bare=True), cost + 0.2)
        if self.word(at) in closed.ONES or not self.word(at) or befores:
            end = at + (self.word(at) in closed.ONES)
            if befores:
                valued = any(before.values for before in befores)
                tables = list(self._tables_of(befores)) if valued else self._scoped()
                noun = end > at or self.low[at - 1].endswith("s") or self.word(start) in _ARTICLES or len(tables) == 1
                for table in tables if noun else ():  # "text" alone is no text of anything
                    yield Found(end, Phrase(Rows(table)), 0.3 if end > at else 0.6)
        if self.word(at) in ("what", "which") and not befores and self.word(at + 1) in closed.AUXILIARY:
            for table in self.schema.entities:
                yield Found(at + 1, Phrase(Rows(table), bare=True), 1.0)

    def _role_of(self, at: int, relation: Relation) -> Iterator[tuple[int, Phrase, float]]:
        """The authors *of resnet50*: what stands at the end of the relation from those rows."""
        for found in self.np(at + 1):
            if found.value.table is relation.start:
                for modifier, extra in self.relate(relation.inverse(), found.value, relation.end):
                    phrase = modify(Phrase(Rows(relation.end)), modifier)
                    if phrase is not None:
                        yield found.end, phrase, found.cost + extra

    def _scoped(self) -> list[sa.Table]:
        return [] if self.context.scope is None else [self.context.scope]

    def _tables_of(self, befores: Sequence[Before]) -> Iterator[sa.Table]:
        """The tables that values alone can be about: "the CNNs"."""
        values = [value for before in befores for value in before.values]
        adjectives = [before.adjective for before in befores if before.adjective is not None]
        if (not values and not adjectives) or any(value.loose for value in values):
            return
        for table in self.schema.entities:
            fits = all(any(True for _ in self.value_tests(table, value)) for value in values) and all(
                any(column.table is table for column in adjective.columns) for adjective in adjectives
            )
            if fits and (self.context.scope is None or self.context.scope is table):
                yield table

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
        yield from results

    def _meaning_of(self, before: Before, phrase: Phrase) -> Iterator[tuple[Modifier, float]]:
        table = phrase.table
        if before.values:
            yield from self._values_before(before, table)
        elif before.adjective is not None:
            for column in before.adjective.columns:
                for shown, cost in self.columns_of(table, Attribute((column,))):
                    pick = Pick(shown, before.adjective.high, before.number, before.skipped)
                    yield Modifier(pick=pick, noted=(shown,)), cost
        elif before.popular:
            yield from self._popular(before, table)
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
        if first.loose and all(column.table is not table for column, _ in first.options):
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


def _together(rows: Rows) -> Test:
    return Linked((), rows)


__all__ = ["Phrases", "is_day", "is_number"]
