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
from dataclasses import replace

import sqlalchemy as sa

from assistant.interpreter import closed
from assistant.interpreter.befores import Before, Befores
from assistant.interpreter.lattice import Name
from assistant.interpreter.lexicon import Asking, Attribute, Role, Thing, Value, Verb
from assistant.interpreter.reader import Found, Phrase, Quantity, any_of, modify
from assistant.interpreter.schema import Relation
from assistant.interpreter.tree import AnyOf, Compare, Linked, Rows, Test
from assistant.interpreter.values import name_test, tested_column

_ARTICLES = closed.words("a an the any some no every each all my our")
DEPTH = 7  # modifiers after one noun


class Phrases(Befores):
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
        yield from self._elliptic(at)
        both = self.word(at) in ("both", "either")
        for first in self._simple(at + both):
            if not both:
                yield first
            if first.value.quantity is None and (first.value.single or self._joinable(first.value)):
                yield from self._continue(first, [first.value], "")

    def _elliptic(self, at: int) -> Iterator[Found]:
        """ "both a text and an image model": the noun is said once, after the second."""
        start = at + (self.word(at) == "both")
        articles = ("a", "an", "one")
        for end, value, cost in self.at(start + 1, Value) if self.word(start) in articles else ():
            if self.word(end) not in ("and", "&") or self.word(end + 1) not in articles:
                continue
            for second in self._simple(end + 1):
                phrase: Phrase = second.value
                said = [tested_column(test) for test in phrase.rows.tests]
                tests = [test for test, shown, _ in self.value_tests(phrase.table, value) if shown.column in said[:1]]
                if tests and phrase.simple and phrase.pick is None and phrase.quantity is None:
                    first = replace(phrase, rows=Rows(phrase.table, (tests[0], *phrase.rows.tests[1:])))
                    yield Found(second.end, self._join([first, phrase], "and"), second.cost + cost)

    def _joinable(self, phrase: Phrase) -> bool:
        few = len(phrase.rows.tests) == 1 or (closed.VERSUS in self.low and bool(phrase.rows.tests))
        return phrase.simple and phrase.pick is None and not phrase.bare and few

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
        told = any(part is self.context.last for part in parts)  # what was spoken of stays as it is
        rows = Rows(parts[0].table, (AnyOf(tuple(tests)) if told else any_of(tests),))
        each = tuple(part.rows for part in parts) if joint == "and" else ()
        unsure = next((part.unsure for part in parts if part.unsure), None)
        noted = parts[0].noted
        return Phrase(rows, each=each, named=all(part.named for part in parts), unsure=unsure, noted=noted)

    # -- one noun

    def _simple(self, at: int) -> Iterator[Found]:
        key = ("simple", at)
        if key not in self.memo:
            self.memo[key] = []
            found = [*self._names(at), *self._nouns(at), *self._nobody(at), *self._pronouns(at),
                     *self._some_of_those(at)]  # fmt: skip
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

    def _some_of_those(self, at: int) -> Iterator[Found]:
        """ "more than one of them", "none of those": so many of the rows of the last answer."""
        last = self.context.last
        for place, quantity, cost in self.quantities(at) if last is not None and not last.each else ():
            if quantity in (None, "all", "each") or self.word(place) not in ("of", "among"):
                continue
            if self.word(place + 1) in closed.PRONOUN and last is not None:
                yield Found(place + 2, replace(last, quantity=quantity, single=False, named=False), cost)

    def extended(self, found: Found) -> Iterator[Found]:
        """A phrase with every choice of modifiers that follow."""
        yield from self._after(found, found.end, DEPTH)

    def _nobody(self, at: int) -> Iterator[Found]:
        """ "nobody", "no one", "someone from MIT": rows of the table that "who" asks for, or none of them."""
        end = at + 1 if self.word(at) in ("nobody", "noone") else at + 2 if self._words(at, "no", "one") else at
        some = at + (self.word(at) in ("someone", "somebody", "anyone", "anybody", "everyone", "everybody"))
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
        for end, value, cost in self.at(at, Value):  # a column of a dataset, by its name
            for column, text in value.options if value.loose else ():
                if column.info.get("name") and self.schema.kinds[column.table] == "detail":
                    part = Phrase(Rows(column.table, (Compare(column, "=", text),)), named=True, single=True)
                    yield Found(end, part, cost + 0.3)
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
            if start > at:
                yield table, at  # the name itself may begin with "the"
            for end, thing, _ in self.at(start, Thing):
                if thing.table is table:
                    yield table, self.skip(end, closed.NAMED)

    def _nouns(self, at: int) -> Iterator[Found]:
        for place, quantity, cost in self.quantities(at):
            for end, befores, extra in self._befores(place):
                if quantity == "each" and any(each.owner is not None and not each.owner.named for each in befores):
                    continue  # "each user's models" are of each user
                for head in self._heads(end, befores, at):
                    for stop, so_many in self.so_many(head.end, quantity):
                        base = replace(head.value, quantity=so_many)
                        for applied, more in self._apply(base, befores):
                            phrase = _first_few(applied)
                            total = cost + extra + head.cost + more
                            within = at > 1 and self.word(at - 1) in closed.PREPOSITION
                            for whole in self._after(Found(stop, phrase, total), head.end, DEPTH, within=within):
                                if self._bears_out(whole.value, befores, len(phrase.rows.tests)):
                                    yield whole

    def _after(self, found: Found, head: int, depth: int, *, within: bool = False) -> Iterator[Found]:
        """The phrase with every choice of modifiers; one far from its noun is likelier to belong to a nearer one, but
        what "are" begins to the noun that is asked about: not to one ``within``, after a preposition."""
        yield found
        if depth == 0:
            return
        far = 0.0 if self.word(found.end) in closed.AND else min(0.03 * (found.end - head), 0.3)
        if self.word(found.end) in closed.BE:
            far = 0.3 * within
        for modifier in self.modifiers(found.end, found.value.table):
            phrase = modify(found.value, modifier.value)
            if phrase is not None and self._has_shape(phrase):
                cost = found.cost + modifier.cost + (far if modifier.value.test else 0.0)
                yield from self._after(Found(modifier.end, phrase, cost), head, depth - 1, within=within)

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
        if self.word(at) in ("no", "zero", "0") and self.word(at + 1) != "other":
            yield self.skip(at + 1, closed.DETERMINER), "no", 0.0
        for phrases, quantity in ((closed.MOST, "most"), (closed.FEWEST, "fewest")):
            end = self.longest(at, phrases)
            if end > at:
                yield self.skip(end, closed.DISTINCT), quantity, 0.0
        end = self.longest(at, closed.MANY)
        if end > at:
            yield end, (">", 1), 0.0
        for end, bounds, cost in self.bounds(at):
            if self.tokens[end - 1].square:
                continue  # "7x7 kernels" are not seven
            if len(bounds) == 1 and bounds[0][1] == int(bounds[0][1]) and bounds[0][0] != "!=":
                yield self.skip(end, closed.DISTINCT), (bounds[0][0], int(bounds[0][1])), cost + 0.1

    # -- before the noun

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
        for middle, thing, _ in self.at(at, Thing):  # "model authors"
            for end, role, cost in self.at(middle, Role):
                if role.relation.start is thing.table and "who" in role.relation.end.info.get("asked", ()):
                    some = Linked(role.relation.inverse().path, Rows(thing.table))
                    yield Found(end, Phrase(Rows(role.relation.end, (some,)), bare=True), cost + 0.9)
        for end, asking, cost in self.at(at, Asking):
            yield from self._doers(end, asking, befores)
            after = self.word(at - 1) in closed.PREPOSITION if at else False
            if asking.table is not None and not befores and not after:
                yield Found(end, Phrase(Rows(asking.table), bare=True), cost + 0.2)
        opens = at == 0 or self.word(at - 1) in closed.OPENER
        if opens and self.word(at) in ("anything", "something", "everything") and not befores:
            for table in self.schema.entities:  # what is said of them tells what is meant
                if self.context.scope in (None, table):
                    yield Found(at + 1, Phrase(Rows(table), bare=True), 0.3)
        if self.word(at) in closed.ONES or not self.word(at) or befores:
            end = at + (self.word(at) in closed.ONES)
            mine = self.word(at - 1) in ("mine", "own")
            if befores:
                valued = any(before.values for before in befores)
                loose = valued and all(value.loose for before in befores for value in before.values)
                tables = (
                    list(self._tables_of(befores))
                    if valued and not (loose and self.context.scope is not None)
                    else self._scoped() or list(self._owned_by(befores, end > at or mine))
                )
                noun = (
                    end > at
                    or mine
                    or self.low[at - 1].endswith("s")
                    or self.word(start) in _ARTICLES
                    or len(tables) == 1
                )
                for table in tables if noun else ():  # "text" alone is no text of anything
                    yield Found(end, Phrase(Rows(table)), 0.3 if end > at or mine else 0.6)
        if self.word(at) in ("what", "which") and not befores and self.word(at + 1) in closed.AUXILIARY:
            for table in self.schema.entities:
                yield Found(at + 1, Phrase(Rows(table), bare=True), 1.0)
        elif self.word(at) == "what" and not befores:  # "what uses imagenet"
            doers = [verb.relation.start for _, verb, _ in self.at(at + 1, Verb) if not verb.negated]
            for table in dict.fromkeys(each for each in doers if "who" not in each.info.get("asked", ())):
                yield Found(at + 1, Phrase(Rows(table), bare=True), 0.8)

    def _doers(self, at: int, asking: Asking, befores: Sequence[Before]) -> Iterator[Found]:
        """ "who" of what no person does: "who uses imagenet" asks for the models that do."""
        if asking.table is None or befores or "who" not in asking.table.info.get("asked", ()):
            return
        doers = [
            verb.relation.start
            for _, verb, _ in self.at(self.skip(at, closed.ADVERB | closed.BE), Verb)
            if not verb.negated
        ]
        if doers and asking.table not in doers:
            for table in dict.fromkeys(doers):
                yield Found(at, Phrase(Rows(table), bare=True), 0.5)

    def _role_of(self, at: int, relation: Relation) -> Iterator[tuple[int, Phrase, float]]:
        """The authors *of resnet50*: what stands at the end of the relation from those rows."""
        for found in self.np(at + 1):
            if found.value.table is relation.start:
                for modifier, extra in self.relate(relation.inverse(), found.value, relation.end):
                    phrase = modify(Phrase(Rows(relation.end)), modifier)
                    if phrase is not None:
                        yield found.end, phrase, found.cost + extra

    def _owned_by(self, befores: Sequence[Before], noun: bool) -> Iterator[sa.Table]:
        """The tables of what can be somebody's: "alice's things"."""
        for before in befores if noun else ():
            for table in self.schema.entities if before.owner is not None else ():
                if before.owner is not None and any(
                    len(each.path) == 1 for each in self.schema.between(table, before.owner.table)
                ):
                    yield table

    def _scoped(self) -> list[sa.Table]:
        return [] if self.context.scope is None else [self.context.scope]

    def _tables_of(self, befores: Sequence[Before]) -> Iterator[sa.Table]:
        """The tables that values alone can be about: "the CNNs"."""
        values = [value for before in befores for value in before.values]
        adjectives = [before.adjective for before in befores if before.adjective is not None]
        if (not values and not adjectives) or (all(value.loose for value in values) and values):
            return
        for table in self.schema.entities:
            fits = all(any(True for _ in self.value_tests(table, value)) for value in values) and all(
                any(True for _ in self.columns_of(table, Attribute(adjective.columns))) for adjective in adjectives
            )
            if fits and (self.context.scope is None or self.context.scope is table):
                yield table


def _first_few(phrase: Phrase) -> Phrase:
    """ "the three largest": as many as are said, not just the one."""
    pick, quantity = phrase.pick, phrase.quantity
    if pick is None or pick.number is not None or not isinstance(quantity, tuple) or quantity[0] != "=":
        return phrase
    return replace(phrase, quantity=None, pick=replace(pick, number=quantity[1]))


def _together(rows: Rows) -> Test:
    return Linked((), rows)
