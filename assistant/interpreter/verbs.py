"""What can be said about rows by verbs that lead to other rows: what they do, what is done to them, and by whom.

verb       = verb [particle] np           the rows do it: "trained on imagenet"
           | verb "by" np                 it is done to them: "made by alice"
gap        = np {auxiliary} verb [particle]     somebody does it to them: "(models) that alice made"
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import sqlalchemy as sa

from assistant.interpreter import closed
from assistant.interpreter.lexicon import Asking, Role, Thing, Verb
from assistant.interpreter.reader import Found, Modifier, Phrase, all_of, any_of, negate
from assistant.interpreter.schema import Relation
from assistant.interpreter.tree import Counted, Extreme, Linked, Not, Pick, Rows, Shown, Test, Top
from assistant.interpreter.values import Values


class Verbs(Values):
    """The rules for verbs."""

    def relate(self, relation: Relation, phrase: Phrase, table: sa.Table) -> Iterator[tuple[Modifier, float]]:
        """What it says about a row that such other rows stand at the end of a relation from it."""
        if not phrase.simple or relation.start is not table or relation.end is not phrase.table:
            return
        if isinstance(phrase.quantity, tuple) and not any(step.many for step in relation.path):
            several = [each for each in self.schema.between(table, phrase.table) if each.path[0].many]
            if not several:
                return
            relation = several[0]  # "more than one owner": where each has but one, others it has to do with are meant
        rows, extra = phrase.rows, 0.0
        if phrase.via and not any(each.same(relation) or each.same(relation.inverse()) for each in phrase.via):
            return
        if phrase.pick is not None:
            if not isinstance(phrase.pick.by, Shown):
                return
            first = Extreme(phrase.pick.by, phrase.pick.descending, rows)
            rows = rows.with_tests(first if phrase.pick.number is None else Top(phrase.pick, rows))
        quantity = phrase.quantity
        modifier: Modifier
        if self.schema.kinds[relation.end] != "entity" and quantity is not None:
            extra = 0.2  # a column that says how many there are goes before counting the parts
        if quantity in ("most", "fewest"):
            modifier = Modifier(pick=Pick(Counted(relation.path, rows), quantity == "most"))
        elif quantity == "each":
            modifier = Modifier(group=self.name_shown(relation.end, relation.path, rows.tests), grouped="each")
        elif quantity == "no":
            modifier = Modifier(Not(Linked(relation.path, rows)))
        elif quantity == "all":
            return
        elif isinstance(quantity, tuple):
            modifier = Modifier(Linked(relation.path, rows, quantity))
        elif phrase.each:
            tests = [Linked(relation.path, each) for each in phrase.each]
            many = any(step.many for step in relation.path)
            modifier = Modifier(all_of(tests)) if many else Modifier(any_of(tests))
        else:
            modifier = Modifier(Linked(relation.path, rows))
        if relation.start is relation.end and phrase.single and modifier.test is not None:
            modifier = replace(modifier, test=all_of([modifier.test, *(Not(each) for each in rows.tests)]))
        yield replace(modifier, unsure=phrase.unsure), extra

    def verb_phrases(self, at: int, table: sa.Table) -> Iterator[Found]:
        active = [(end, verb) for end, verb, _ in self.at(at, Verb)
                  if verb.relation.start is table and not verb.particle and not verb.negated]  # fmt: skip
        if active:
            yield from self._anything(active[0][0], [verb for _, verb in active])
        for end, verb, cost in self.at(at, Verb):
            after = self.skip(end, closed.ADVERB)
            if verb.relation.start is table and not verb.negated:
                if verb.particle:
                    if self.word(after) != verb.particle:
                        continue
                    after += 1
                if verb.particle and self.word(after) in (
                    "anyone",
                    "anybody",
                    "anything",
                    "anywhere",
                    "someone",
                    "something",
                ):
                    some = Linked(verb.relation.path, Rows(verb.relation.end))
                    yield Found(after + 1, Modifier(some), cost + 0.1)
                both = self.word(after) == "both"
                for found in self._objects(after, [verb.relation], table):
                    yield Found(found.end, found.value, found.cost + cost)
                for found in self._objects(after + both, [verb.relation], table):
                    yield from self._more_objects(at, found, table)
            elif not verb.negated and not verb.particle and (through := self._through(table, verb.relation)):
                for found in self._objects(after, [through], table):
                    yield Found(found.end, found.value, found.cost + cost + 0.3)
            if verb.backwards and verb.relation.start is table and not verb.negated:
                some = Linked(verb.relation.path, Rows(verb.relation.end))  # "(never) used for training"
                yield Found(end + (bool(verb.particle) and self.word(end) == verb.particle), Modifier(some), cost + 0.5)
            yield from self._most_done(end, verb, table)
            if verb.relation.end is table:
                back = verb.relation.inverse()
                if not verb.particle and not verb.backwards:  # "never used", "unused": by nobody at all
                    some = Linked(back.path, Rows(back.end))
                    if verb.negated:
                        yield Found(end, Modifier(Not(some)), cost + 0.2)
                    elif "who" in back.end.info.get("asked", ()):
                        if self.is_participle(at, end):
                            yield Found(end, Modifier(), cost + 0.5)  # somebody has always made it
                    else:
                        yield Found(end, Modifier(some), cost + 0.5)
                if verb.particle and self.word(after) == verb.particle:
                    after += 1
                if self.word(after) != "by" or verb.negated:
                    continue
                for found in self.np(after + 1):
                    for modifier, extra in self.relate(back, found.value, table):
                        yield Found(found.end, modifier, cost + found.cost + extra)
                    through = self._through(found.value.table, verb.relation)
                    for modifier, extra in self.relate(through.inverse(), found.value, table) if through else ():
                        yield Found(found.end, modifier, cost + found.cost + extra + 0.3)

    def _anything(self, at: int, verbs: Sequence[Verb]) -> Iterator[Found]:
        """ "published *anything*": rows of any table that this verb leads to."""
        word = self.word(at)
        if word in ("anything", "something", "nothing"):
            tests = [Linked(each.relation.path, Rows(each.relation.end)) for each in verbs]
            some = any_of(tests)
            yield Found(at + 1, Modifier(Not(some) if word == "nothing" else some), 0.1)

    def _through(self, table: sa.Table, relation: Relation) -> Relation | None:
        """The relation said of what its subjects belong to: a lab made what its members made."""
        if table is relation.start or table is relation.end or "who" not in relation.start.info.get("asked", ()):
            return None
        for first in self.schema.between(table, relation.start)[:1]:
            if len(first.path) == 2 and len(first.path) + len(relation.path) <= 4:
                return Relation(table, relation.end, (*first.path, *relation.path), relation.source)
        return None

    def _objects(self, at: int, relations: Iterable[Relation], table: sa.Table) -> Iterator[Found]:
        for found in self.np(at):
            for relation in relations:
                for modifier, extra in self.relate(relation, found.value, table):
                    yield Found(found.end, modifier, found.cost + extra)

    def _more_objects(self, verb_at: int, first: Found, table: sa.Table) -> Iterator[Found]:
        """ "own models *and datasets*": the same verb said of rows of another table."""
        joint = self.word(first.end)
        if joint not in ("and", "or", "but") or not first.value.tests_only:
            return
        relations = [
            verb.relation
            for end, verb, _ in self.at(verb_at, Verb)
            if verb.relation.start is table and (not verb.particle or self.word(end) == verb.particle)
        ]
        for second in self._objects(first.end + 1, relations, table):
            other = _ends(second.value.test) is not _ends(first.value.test) or isinstance(second.value.test, Not)
            if second.value.tests_only and other:
                tests = [first.value.test, second.value.test]
                test = any_of(tests) if joint == "or" else all_of(tests)
                yield Found(
                    second.end,
                    Modifier(test, unsure=first.value.unsure or second.value.unsure),
                    first.cost + second.cost,
                )

    def _most_used(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "(which dataset is) the most widely used"."""
        place = self.skip(at, frozenset(("the",)))
        if self.word(place) not in ("most", "least"):
            return
        start = self.skip(place + 1, frozenset(("often", "frequently", "widely", "commonly")))
        for end, verb, cost in self.at(start, Verb):
            if verb.relation.end is table and not verb.particle and not verb.negated:
                back = verb.relation.inverse()
                after = self.skip(end, frozenset(("often", "frequently", "widely")))
                pick = Pick(Counted(back.path, Rows(back.end)), self.word(place) == "most")
                yield Found(after, Modifier(pick=pick), cost + 0.1)

    def _most_done(self, end: int, verb: Verb, table: sa.Table) -> Iterator[Found]:
        """ "used the most", "used most often"; "most often used" is read from its "most"."""
        if verb.relation.end is not table or verb.particle or verb.negated:
            return
        back = verb.relation.inverse()
        for words, most in ((closed.MOST, True), (closed.FEWEST, False)):
            for stop in self.match(end, words):
                if self.word(stop - 1) in ("most", "least", "fewest"):
                    after = self.skip(stop, frozenset(("often", "frequently", "widely", "of", "all", "commonly")))
                    yield Found(after, Modifier(pick=Pick(Counted(back.path, Rows(back.end)), most)), 0.1)

    def gaps(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "(models) alice made", "(datasets) that no model uses", "(where) does alice work"."""
        if at < self.size and self.word(at) in closed.PREPOSITION:
            return
        nobody = (
            at + 1 if self.word(at) in ("nobody", "noone") else at + 2 if self.low[at : at + 2] == ["no", "one"] else 0
        )
        if nobody:  # "(datasets) nobody uses": neither a person nor anything else
            for end, verb, cost in self.at(self.skip(nobody, closed.AUXILIARY | closed.ADVERB), Verb):
                if (
                    verb.relation.end is table
                    and not verb.negated
                    and "who" not in verb.relation.start.info.get("asked", ())
                ):
                    after = end + (bool(verb.particle) and self.word(end) == verb.particle)
                    some = Linked(verb.relation.inverse().path, Rows(verb.relation.start))
                    yield Found(after, Modifier(Not(some)), cost + 0.2 + 0.1 * (bool(verb.particle) and after == end))
        for subject in self.np(at):
            yield from self._done_with(subject, table)
            if {self.word(at - 1), self.word(subject.end)} & closed.BE:
                yield from self._as_role(subject, subject.end, table)
            place, negated, done = subject.end, False, [subject.end]
            while self.word(place) in closed.AUXILIARY | closed.ADVERB | closed.NEGATION:
                if self.word(place) in closed.HAVE | {"got"} and not any(True for _ in self.at(place + 1, Verb)):
                    yield from self._gap(subject, place + 1, self._haves(subject.value, table), negated, table, 0.1)
                negated ^= self.word(place) in closed.NEGATION
                place += 1
                done.append(place)
            if place > subject.end or self.word(subject.end - 1) not in closed.AUXILIARY:
                left = self.word(place) in ("with", "at", "in", "from", "by", "on") and place + 1 == self.size
                if left:  # "(which lab is) kavya with"
                    relations = self._haves(subject.value, table)
                    yield from self._gap(subject, place + 1, relations, negated, table, 0.3)
            verbs = [(start, found) for start in done for found in self.at(start, Verb)]
            for start, (end, verb, cost) in verbs:  # "had a hand in" begins with an auxiliary
                relation: Relation | None = verb.relation
                if verb.relation.start is not subject.value.table:
                    relation, cost = self._through(subject.value.table, verb.relation), cost + 0.3
                if relation is None or verb.relation.end is not table or verb.negated:
                    continue
                if start < place and end <= place:
                    continue
                if verb.particle:
                    if self.word(end) == verb.particle:
                        end += 1
                    elif end < self.size and self.word(end) in closed.PREPOSITION:
                        continue
                    else:
                        cost += 0.4
                yield from self._gap(subject, end, [relation], negated, table, cost)

    def _piped(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "(datasets) on which no model was trained", "(models) of which I am an author"."""
        if self.word(at) not in closed.PREPOSITION or self.word(at + 1) not in ("which", "whom"):
            return
        for subject in self.np(at + 2):
            yield from self._as_role(subject, subject.end, table)
            place, negated = subject.end, False
            while self.word(place) in closed.AUXILIARY | closed.ADVERB | closed.NEGATION:
                negated ^= self.word(place) in closed.NEGATION
                place += 1
                for end, verb, cost in self.at(place, Verb):
                    ends = (verb.relation.start, verb.relation.end) == (subject.value.table, table)
                    if ends and not verb.negated and verb.particle == self.word(at):
                        yield from self._gap(subject, end, [verb.relation], negated, table, cost)

    def _as_role(self, subject: Found, at: int, table: sa.Table) -> Iterator[Found]:
        """ "(models of which) alice is an author", "(models) alice is not an author of"."""
        place = self.skip(at, closed.BE | frozenset(("one", "among", "of", "the", "an", "a", "also", "not")))
        denied = "not" in self.low[at:place]
        for end, role, cost in self.at(place, Role):
            if role.relation.start is table and role.relation.end is subject.value.table:
                for modifier, extra in self.relate(role.relation, subject.value, table):
                    said = Modifier(Not(modifier.test)) if denied and modifier.test is not None else modifier
                    yield Found(end + (self.word(end) == "of"), said, subject.cost + cost + extra)

    def _done_with(self, subject: Found, table: sa.Table) -> Iterator[Found]:
        """ "(datasets) alice has trained a model on", "nobody trained models on": through what the subject did."""
        doer: Phrase = subject.value
        for end, verb, _ in self.at(self.skip(subject.end, closed.AUXILIARY | closed.ADVERB), Verb):
            middle = verb.relation.end
            if verb.relation.start is not doer.table or verb.particle or verb.negated or middle is table:
                continue
            for thing in self.np(end):
                if thing.value.table is not middle or not thing.value.simple or thing.value.quantity is not None:
                    continue
                for stop, second, cost in self.at(end - 1, Verb):
                    reaches = second.relation.start is middle and second.relation.end is table and stop == end
                    if not reaches or not second.particle or self.word(thing.end) != second.particle:
                        continue
                    rows = thing.value.rows
                    if doer.quantity != "no":
                        for modifier, extra in self.relate(verb.relation.inverse(), doer, middle):
                            if modifier.test is not None:
                                done = Linked(second.relation.inverse().path, rows.with_tests(modifier.test))
                                yield Found(thing.end + 1, Modifier(done), subject.cost + thing.cost + cost + extra)
                        continue
                    none = Not(Linked(second.relation.inverse().path, rows))
                    yield Found(thing.end + 1, Modifier(none), thing.cost + cost)

    def _sharing(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "share a dataset with bert", "work at the same lab as alice", "work where alice works"."""
        verbs = [(end, verb.relation, cost) for end, verb, cost in self.at(at, Verb)
                 if verb.relation.start is table and not verb.negated]  # fmt: skip
        for end, relation, _ in verbs:
            for stop, asking, _ in self.at(end, Asking):
                for found in self.np(stop) if asking.table is relation.end else ():
                    for last, again, extra in self.at(found.end, Verb):
                        if again.relation.same(relation):
                            yield from self._with_same(last, table, relation, found, extra)
        share = self.word(at) in ("share", "shares", "sharing", "shared")
        starts = [at + 1] if share or self.word(at) in closed.WITH | closed.USING | closed.PREPOSITION else []
        starts += [end + (self.word(end) in closed.PREPOSITION) for end, _, _ in verbs]
        for start in starts:
            place = self.skip(start, closed.DETERMINER | frozenset(("same", "common")))
            if not share and "same" not in self.low[start:place]:
                continue
            said = [relation for end, relation, _ in verbs]
            ends = [(end, each) for end, thing, _ in self.at(place, Thing)
                    for each in (*said, *self.schema.between(table, thing.table)[:1])
                    if each.end is thing.table]  # fmt: skip
            ends += [(end, role.relation) for end, role, _ in self.at(place, Role) if role.relation.start is table]
            for end, relation in ends:
                for found in self.np(end + 1) if self.word(end) in ("with", "as") else ():
                    yield from self._with_same(found.end, table, relation, found, 0.0)

    def _with_same(self, end: int, table: sa.Table, relation: Relation, other: Found, cost: float) -> Iterator[Found]:
        """Other rows of the table that have such a row in common with the one that is named."""
        phrase: Phrase = other.value
        if phrase.table is table and phrase.single and phrase.simple:
            common = Rows(relation.end, (Linked(relation.inverse().path, phrase.rows),))
            test = all_of([Linked(relation.path, common), *(Not(each) for each in phrase.rows.tests)])
            yield Found(end, Modifier(test, unsure=phrase.unsure), other.cost + cost)
            if self.word(end) in closed.DO | closed.BE:  # "as alice does"
                yield Found(end + 1, Modifier(test, unsure=phrase.unsure), other.cost + cost)

    def _haves(self, phrase: Phrase, table: sa.Table) -> Sequence[Relation]:
        return self.schema.between(phrase.table, table)[:1]

    def _gap(
        self, subject: Found, end: int, relations: Iterable[Relation], negated: bool, table: sa.Table, cost: float
    ) -> Iterator[Found]:
        doers: Phrase = subject.value
        together = doers is self.context.last or "both" in self.low
        if doers.each and not together and "who" not in doers.table.info.get("asked", ()):
            doers = replace(doers, each=())  # "(what) a and b were trained on": what either was
        for relation in relations:
            for modifier, extra in self.relate(relation.inverse(), doers, table):
                turned = negate(modifier) if negated else modifier
                if turned is not None:
                    yield Found(end, turned, subject.cost + cost + extra)


def _ends(test: Test | None) -> sa.Table | None:
    while isinstance(test, Not):
        test = test.test
    return test.rows.table if isinstance(test, Linked) else None
