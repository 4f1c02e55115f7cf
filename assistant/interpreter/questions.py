"""Whole questions: what is asked about the rows of a noun phrase.

question  = opening (listing | counting | aggregate | projection | domain | details | yes-no | when) closing
listing   = np [who made it]
counting  = "how many" np ["per" key] | "how many" column "does" np "have"
aggregate = ("average" | "total" | …) column ["of" np] ["per" key]
projection= columns "of" np | columns "does" np "have" | np "'s" columns
domain    = column whose values are asked for: "which architectures are there", "the most common task"
details   = "everything about" name | name
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sqlalchemy as sa

from assistant.interpreter import closed
from assistant.interpreter.contrasts import Contrasts
from assistant.interpreter.lattice import Name
from assistant.interpreter.lexicon import Adjective, Asking, Attribute, Lead, Thing, Verb
from assistant.interpreter.reader import Found, Modifier, Phrase, all_of, any_of, is_joining
from assistant.interpreter.schema import Relation
from assistant.interpreter.tree import AnyOf, Ask, Compare, Counted, Order, Rows, Scalar, Shown

_SPREAD = closed.words(
    "split splits divide divides divided break breaks broken spread spreads distribute distributed partition "
    "partitioned fall up down out"
)
_OVER = closed.words("by over across into among amongst per in between")


class Questions(Contrasts):
    """The rules for whole questions; ``asks`` gives every reading of the whole question with its cost."""

    def asks(self) -> list[Found]:
        if self._asks_otherwise():
            return []
        found = [each for start, cost in self._openings() for each in self._forms(start, cost)]
        return sorted((each for each in found if each.end == self.size), key=lambda each: each.cost)

    def _asks_otherwise(self) -> bool:
        """What a thing is in general, and whether something holds of all rows, is not asked of rows."""
        first, second, third = (self.word(at) for at in range(3))
        general = first == "what" and second in closed.BE and third in ("a", "an")
        if "we" in self.low and {"together", "jointly"} & set(self.low):
            return True  # who the others are is not said
        return general or (first in closed.BE | closed.DO | closed.HAVE and second in closed.ALL)

    def _is_nearly_how(self, at: int) -> bool:
        """ "*roughly* how many": the answer is given exactly."""
        return self.word(at) in closed.NEARLY and self.word(at + 1) == "how"

    def _openings(self) -> list[tuple[int, float]]:
        """The places where the question proper may begin, the latest last."""
        places = [0]
        place = 0
        while place < self.size and (
            self.word(place) in closed.OPENER or self.word(place) in (",", "'s", "'d") or self._is_nearly_how(place)
        ):
            if self._words(place, "am", "i") and self.word(place + 2) in closed.PREPOSITION:
                break  # that asks about the one who asks
            if self.word(place) == "who" and self.word(place + 1) not in closed.BE:
                break  # who did it is what is asked
            if self.word(place + 1) == "and" and any(end == place + 1 for end, _, _ in self.at(place, Attribute)):
                break  # the first of several columns: "name and size of all models"
            place += 1
            places.append(place)
        return [(each, 0.01 * (place - each)) for each in places if each < self.size]

    def _forms(self, at: int, cost: float, *, fronted: bool = False) -> Iterator[Found]:
        if not fronted:
            yield from self._fronted(at, cost)
        for form in (
            self._theirs, self._whose, self._listing, self._counting, self._aggregate, self._projection, self._domain,
            self._details, self._yes_no, self._when, self._what_for, self._how_much, self._how_done,
            self._by_whom,
            self._where_is,
            self._between_two, self._echoed, self._clauses, self._set_against, self._compare, self._difference,
            self._more_of,
        ):  # fmt: skip
            for found in form(at):
                end = self._close(found.end)
                ordered = self._ordered(found) if end < self.size else None
                averaged = self._averaged(found) if end < self.size else None
                for tail in (ordered, averaged):
                    if tail is not None:
                        yield replace(tail, cost=tail.cost + cost)
                if end == self.size and found.value is not None:
                    yield Found(end, found.value, found.cost + cost)

    def _averaged(self, found: Found) -> Found | None:
        """A number for each group beside how many there are: "how many models per task and their average size"."""
        ask: Ask | None = found.value
        place = self.skip(found.end, closed.AND | closed.THEIR | frozenset(("the", "with", "what", "is")))
        if ask is None or ask.kind != "count" or not ask.group or ask.measure is not None or place == found.end:
            return None
        if any(each.many for each in ask.group) or ask.having is not None or ask.pick is not None:
            return None
        for more in self._aggregate(place):
            other: Ask = more.value
            own = isinstance(other.measure, Shown) and not other.measure.many and other.rows.table is ask.rows.table
            if own and not other.group and not other.rows.tests and self._close(more.end) == self.size:
                also = (*other.also, "COUNT")
                both = replace(ask, kind="aggregate", function=other.function, measure=other.measure, also=also)
                return Found(self.size, both, found.cost + more.cost)
        return None

    def _ordered(self, found: Found) -> Found | None:
        """Groups in the order that is said after them: "models per author, most first"."""
        ask: Ask | None = found.value
        end, down = self._direction(found.end)
        if ask is None or down is None or ask.order or self._close(end) < self.size:
            return None
        if ask.kind == "rows" and isinstance(ask.measure, Counted) and ask.having is None and ask.pick is None:
            return Found(self.size, replace(ask, order=(Order(ask.measure, down),)), found.cost)
        if not ask.group:
            return None
        if ask.kind not in ("count", "aggregate", "share") or ask.pick is not None:
            return None
        return Found(self.size, replace(ask, order=(Order(Counted((), ask.rows), down),)), found.cost)

    def _close(self, at: int) -> int:
        while at < self.size:
            end = self.closing(at)
            if end == at and self.word(at) in (",", "please", "me", "us", "now"):
                end = at + 1
            if self.skip(at, closed.NEARLY) == self.size and self.word(0) == "how":
                end = self.size  # "how many rows does mnist have, roughly"
            if self.word(at) == "'s" and not any(stop == at for row in self.lattice.edges for stop, each, _ in row
                                                 if isinstance(each, Name)):  # fmt: skip
                end = at + 1  # a plural written with an apostrophe: "the cnn's"
            if self.word(at) == "only" and any(
                isinstance(edge[1], Thing) for row in self.lattice.edges for edge in row
            ):
                end = at + 1  # without a noun it narrows what was shown before
            if end == at:
                break
            at = end
        return at

    def _fronted(self, at: int, cost: float) -> Iterator[Found]:
        """ "for each architecture, how many models are there"."""
        for place in self.match(at, closed.PER):
            if self.word(place - 1) not in ("each", "every", "per", "by"):
                continue
            for table in self.schema.entities:
                yield from self._fronted_columns(place, table, cost)
                for key in self.group_keys(place, table):
                    start = self.skip(key.end, frozenset((",",)))
                    end = start
                    while self.word(end) in closed.OPENER:
                        end += 1
                    yield from self._fronted_rest(start, end, key.value, cost)
                    for begin in range(start, end + 1):
                        for found in self._forms(begin, cost + 0.01 * (end - begin), fronted=True):
                            ask: Ask = found.value
                            if ask.rows.table is not table or ask.group:
                                continue
                            pick = ask.pick if ask.kind == "rows" else None
                            best = pick is not None and pick.number is None and isinstance(pick.by, Shown)
                            if ask.kind in ("count", "aggregate") or best:
                                yield Found(found.end, replace(ask, group=key.value), found.cost + key.cost)

    def _fronted_columns(self, at: int, table: sa.Table, cost: float) -> Iterator[Found]:
        """ "for each transformer show its blocks and head width"."""
        for found in self.np(at):
            start = self.skip(found.end, (closed.OPENER | frozenset((",",))) - frozenset(("up",)))
            if found.value.table is table and found.value.simple and start > found.end:
                for shows in self.show_lists(start, table):
                    ask = self._projected(replace(found.value, quantity=None), shows.value)
                    yield Found(shows.end, ask, found.cost + shows.cost + cost)

    def _fronted_rest(self, start: int, end: int, key: tuple[Shown, ...], cost: float) -> Iterator[Found]:
        """ "for each user, how many models *they* made": the pronoun stands for each of them."""
        pronouns = {self.word(at) for at in range(start, self.size)} & closed.PRONOUN
        if not pronouns or self.context.last is not None or not key[0].path:
            return
        each = Phrase(Rows(key[0].column.table), "each")
        inner = Questions(self.schema, self.lattice, replace(self.context, last=each))
        for begin in range(start, end + 1):
            for found in inner._forms(begin, cost + 0.01 * (end - begin), fronted=True):
                if found.value.kind in ("count", "aggregate") and found.value.group:
                    yield found

    # -- lists

    def _whose(self, at: int) -> Iterator[Found]:
        """ "whose dataset is mnist", "whose is resnet50": the rows that own it."""
        if self.word(at) != "whose":
            return
        place = max((end for end, _, _ in self.at(at + 1, Thing)), default=at + 1)
        if self.word(place) not in closed.BE:
            return
        for found in self.np(place + 1):
            phrase: Phrase = found.value
            for table in self.schema.entities if phrase.simple and phrase.quantity is None else ():
                for relation in self.schema.between(table, phrase.table):
                    if len(relation.path) == 1 and "who" in table.info.get("asked", ()):
                        yield from self._asked_of(found.end, phrase, relation, found.cost)

    def _listing(self, at: int) -> Iterator[Found]:
        for end, attribute, _ in self.at(at, Attribute):  # "the names of all models"
            if self.word(end) in ("of", "for"):
                for found in self._list(end + 1, 0.0, name_only=True):
                    if attribute.has(self.schema.name_of(found.value.rows.table)):
                        yield found
        yield from self._list(at, 0.0)
        for end, attribute, _ in self.at(at, Attribute):  # "names of" left out: scope decides
            scope = self.context.scope
            if scope is not None:
                name = self.schema.name_of(scope)
                if attribute.has(name):
                    yield Found(end, self._rows(Phrase(Rows(scope))), 0.2)

    def _list(self, at: int, cost: float, *, name_only: bool = False) -> Iterator[Found]:
        for found in self.np(at):
            phrase: Phrase = found.value
            if phrase.named and not phrase.each and not name_only and phrase.single and phrase is not self.context.last:
                continue  # a bare name asks for its details
            ask = self._rows(phrase)
            asked = at and self.word(at) in closed.PRONOUN and self.word(at - 1) in closed.AUXILIARY  # "is it private"
            if ask is not None:
                yield Found(found.end, ask, found.cost + cost + 0.1 * bool(asked))
            elif phrase.group and not phrase.grouped and not name_only:  # "models per architecture" counts them
                count = self._count(phrase)
                if count is not None:
                    yield Found(found.end, count, found.cost + 0.3)

    # -- how many

    def _counting(self, at: int) -> Iterator[Found]:
        for place in self.match(at, closed.HOW_MANY):
            of = place + (self.word(place) == "of")
            for start in {place, of, self.skip(of, closed.DETERMINER)}:
                for found in self.np(start):
                    if self.tells_apart:
                        for apart in self.told_apart(found.value):
                            yield Found(found.end, apart, found.cost - 0.1)
                    ask = self._count(found.value)
                    if ask is not None:  # a column that says how many parts there are goes before counting them
                        part = self.schema.kinds[found.value.table] != "entity"
                        yield Found(found.end, ask, found.cost + 0.15 * part)
                yield from self._column_of(start, counting=True)
                yield from self._different(start)
        for end, thing, cost in self.at(at, Thing):  # "model count by media"
            if self.word(end) in ("count", "counts", "total", "totals"):
                ask = Ask("count", Rows(thing.table))
                yield Found(end + 1, ask, cost)
                for found in self.groups(end + 1, thing.table):
                    yield Found(found.end, replace(ask, group=found.value.group), cost + found.cost)
        if self.word(at) == "total":
            for found in self.np(at + 1):
                ask_all = self._count(found.value)
                if ask_all is not None:
                    yield Found(found.end, ask_all, found.cost)
        for place in self.match(at, closed.PERCENTAGE):
            for found in self.np(place):
                if found.value.group and found.value.quantity in (None, "all") and not found.value.show:
                    ask = Ask("share", found.value.rows, group=found.value.group, unsure=found.value.unsure)
                    yield Found(found.end, ask, found.cost)
                if not found.value.simple or found.value.quantity not in (None, "all") or found.value.pick:
                    continue
                for said in self.predicates(found.end, found.value.table):
                    if said.value.tests_only:
                        unsure = found.value.unsure or said.value.unsure
                        ask = Ask("share", found.value.rows, part=said.value.test, unsure=unsure)
                        yield Found(said.end, ask, found.cost + said.cost + 0.02 * len(found.value.rows.tests))
        for place in self.match(at, (("how",),)):
            for found in self.np(place + 1) if self.word(place) in closed.AUXILIARY else ():
                yield from self._spread(found)
        for place in self.match(at, closed.BREAKDOWN):
            for found in self.np(self.skip(place, frozenset(("of", "the", "down", "all")))):
                ask = self._count(found.value)
                if ask is not None and ask.group:
                    yield Found(found.end, ask, found.cost)
        if self.word(at) in ("count",):
            for found in self.np(at + 1):
                ask = self._count(found.value)
                if ask is not None:
                    yield Found(found.end, ask, found.cost)

    def _spread(self, found: Found) -> Iterator[Found]:
        """ "(how do) the models *split up by* architecture", "(how are they) spread over the years"."""
        end, ask = self.skip(found.end, _SPREAD), self._count(found.value)
        if ask is None or ask.group or end == found.end or self.word(end) not in _OVER:
            return
        for keys in self.group_keys(self.skip(end + 1, _OVER | closed.DETERMINER), ask.rows.table):
            yield Found(keys.end, replace(ask, group=keys.value), found.cost + keys.cost)

    def _count(self, phrase: Phrase) -> Ask | None:
        if (
            phrase.quantity not in (None, "all", "each")
            or phrase.show
            or phrase.limit
            or (phrase.single and phrase.named)
        ):
            return None
        if phrase.pick is not None:
            return None
        return Ask("count", phrase.rows, group=phrase.group, order=phrase.order, unsure=phrase.unsure)

    def _different(self, at: int) -> Iterator[Found]:
        """ "how many different tasks", "how many architectures are there"."""
        place = self.skip(at, closed.DISTINCT)
        for end, attribute, cost in self.at(self.longest(place, closed.KIND_OF), Attribute):
            for shown, rows, stop, extra in self._domain_rows(end, attribute, of_one=True):
                ask = Ask("count", rows, measure=shown)
                yield Found(stop, ask, cost + extra + 0.3)
                used = self.longest(stop, closed.IN_USE)
                if used > stop:
                    yield Found(used, ask, cost + extra + 0.15)

    # -- one thing

    def _details(self, at: int) -> Iterator[Found]:
        places = [(at, 0.6), *((end, 0.0) for end in self.match(at, closed.ABOUT))]
        previous = self.match(max(at - 2, 0), (("what", "is"), ("who", "is"), ("what", "'s"), ("who", "'s")))
        if any(end == at for end in previous):
            places[0] = (at, 0.2)
        for place, cost in places:
            for found in self.np(place):
                phrase: Phrase = found.value
                if not phrase.single or phrase.quantity is not None:
                    continue
                columns = tuple(
                    Shown((), column)
                    for column in self.schema.columns(phrase.table)
                    if not column.foreign_keys and not (column.primary_key and isinstance(column.type, sa.Integer))
                )
                owners = tuple(
                    shown
                    for relations in self.schema.relations.values()
                    for relation in relations
                    if relation.start is phrase.table and len(relation.path) == 1 and not relation.path[0].many
                    for shown in self.name_shown(relation.end, relation.path)
                )
                yield Found(
                    found.end,
                    Ask("details", phrase.rows, show=(*columns, *owners), unsure=phrase.unsure),
                    found.cost + cost,
                )

    def _yes_no(self, at: int) -> Iterator[Found]:
        """ "is resnet50 public", "does alice own any models": the row, where it is so."""
        if not at or self.word(at - 1) not in closed.AUXILIARY:
            return
        for found in self.np(at):
            phrase: Phrase = found.value
            if not phrase.single or phrase.quantity is not None:
                continue
            for predicate in self._said_of(found.end, phrase):
                modifier: Modifier = predicate.value
                if not modifier.tests_only or modifier.test is None:
                    continue
                name = self.name_shown(phrase.table)
                plain = isinstance(modifier.test, Compare) and modifier.noted
                rows = phrase.rows if plain else phrase.rows.with_tests(modifier.test)
                if isinstance(modifier.test, Compare) and isinstance(modifier.test.value, Scalar):
                    if modifier.test.value.function != "only":
                        continue
                    both = (all_of(phrase.rows.tests), all_of(modifier.test.value.rows.tests))  # the two, to compare
                    referred = self.context.last is not None
                    rows = Rows(phrase.table, (AnyOf(both) if referred else any_of(both),))
                kind = "check" if plain else "exists"
                unsure = phrase.unsure or modifier.unsure
                ask = Ask(kind, rows, show=(*name, *modifier.noted), unsure=unsure)
                yield Found(predicate.end, ask, found.cost + predicate.cost)

    def _said_of(self, at: int, phrase: Phrase) -> Iterator[Found]:
        yield from self.predicates(self.skip(at, closed.DETERMINER), phrase.table)
        yield from self.predicates(at, phrase.table)
        for end, lead, cost in self.at(at, Lead):  # can it do detection
            for found in self.value_lists(end, phrase.table):
                if self.schema.reach(phrase.table, lead.table):
                    yield Found(found.end, found.value, cost + found.cost)
        for end, verb, cost in self.at(at, Verb):  # did alice make resnet50: the verb stands bare
            if verb.relation.start is phrase.table:
                place = end + (bool(verb.particle) and self.word(end) == verb.particle)
                if verb.particle and place == end:
                    continue
                for found in self.np(place):
                    for modifier, extra in self.relate(verb.relation, found.value, phrase.table):
                        yield Found(found.end, modifier, cost + found.cost + extra)

    def _when(self, at: int) -> Iterator[Found]:
        """ "when was resnet50 created", "when did alice join"."""
        for end, asking, cost in self.at(at, Asking):
            if asking.table is not None:
                continue
            for found in self.np(self.skip(end, closed.AUXILIARY)):
                phrase: Phrase = found.value
                if phrase.quantity is not None:
                    continue
                columns = [column for column in asking.columns if column.table is phrase.table]
                place = self.skip(found.end, closed.AUXILIARY | closed.ADVERB)
                stops = [
                    stop for stop, attribute, _ in self.at(place, Attribute)
                    if any(attribute.has(column) for column in columns)
                ]  # fmt: skip
                stops += [stop for stop, verb, _ in self.at(place, Verb) if verb.relation.end is phrase.table]
                stops += [place + 1] * (self.word(place) == "from" and place > end)
                if columns and stops:
                    ask = self._projected(phrase, (Shown((), columns[0]),))
                    yield Found(max(stops), ask, cost + found.cost)

    def _what_for(self, at: int) -> Iterator[Found]:
        """ "what is clip-tagger used for", "what does it do": the values that its table has words for."""
        if self.word(at - 1) not in closed.AUXILIARY:
            return
        for found in self.np(at):
            for end, lead, cost in self.at(found.end, Lead):
                path = self.schema.reach(found.value.table, lead.table)
                if path and end == self._close(end):
                    values = [column for column in self.schema.columns(lead.table) if column.info.get("values")]
                    shown = tuple(Shown(path, column) for column in values)
                    yield Found(end, self._projected(found.value, shown), found.cost + cost)

    def _how_much(self, at: int) -> Iterator[Found]:
        """ "how big is gpt2", "how deep are the transformers"."""
        if self.word(at) != "how":
            return
        for end, adjective, cost in self.at(at + 1, Adjective):
            if adjective.degree != 0 or self.word(end) not in closed.BE:
                continue
            for found in self.np(end + 1):
                for column in adjective.columns:
                    if is_joining(column):
                        continue
                    for shown, extra in self.columns_of(found.value.table, Attribute((column,))):
                        yield Found(found.end, self._projected(found.value, (shown,)), found.cost + cost + extra)
                        yield from self._on_average(found, shown, cost + extra)

    def _how_done(self, at: int) -> Iterator[Found]:
        """ "how was bert trained", "how were they trained": a column with a closed set of values that says so."""
        if self.word(at) != "how" or self.word(at + 1) not in closed.BE:
            return
        for found in self.np(at + 2):
            for end, attribute, cost in self.at(self.skip(found.end, closed.ADVERB), Attribute):
                for shown, extra in self.columns_of(found.value.table, attribute):
                    if shown.column.info.get("values"):
                        yield Found(end, self._projected(found.value, (shown,)), found.cost + cost + extra)

    def _by_whom(self, at: int) -> Iterator[Found]:
        """ "by whom was vgg16 made", "who was vgg16 made by"."""
        first = self.word(at) == "by"
        if self.word(at + first) not in ("who", "whom", "what", "which"):
            return
        asked = at + first + 1
        nouns = {end: thing.table for end, thing, _ in self.at(asked, Thing)} if first else {}
        asked = max(nouns, default=asked)  # "by which models is it used"
        for found in self.np(self.skip(asked, closed.AUXILIARY)):
            for end, verb, cost in self.at(self.skip(found.end, closed.ADVERB | closed.AUXILIARY), Verb):
                if verb.relation.end is not found.value.table or verb.particle:
                    continue
                if nouns and verb.relation.start is not nouns[asked]:
                    continue
                if not first and self.word(end) != "by":
                    continue
                for modifier, extra in self.relate(verb.relation, found.value, verb.relation.start):
                    if modifier.test is not None:
                        ask = self._rows(Phrase(Rows(verb.relation.start, (modifier.test,)), unsure=modifier.unsure))
                        yield Found(end + (not first), ask, found.cost + cost + extra)

    def _where_is(self, at: int) -> Iterator[Found]:
        """ "where is alice", "where are they": what such rows belong to, of the kind that the word asks for."""
        for end, asking, cost in self.at(at, Asking):
            place = self.skip(end, closed.BE)
            if asking.table is None or "who" in asking.table.info.get("asked", ()) or place == end:
                continue
            for found in self.np(place):
                for relation in self.schema.between(asking.table, found.value.table)[:1]:
                    if len(relation.path) == 2 and found.value.simple and found.value.quantity is None:
                        yield from self._asked_of(found.end, found.value, relation, found.cost + cost + 0.2)

    def _echoed(self, at: int) -> Iterator[Found]:
        """ "vgg16 was made by whom", "vgg16 was trained on which datasets", "alice works where"."""
        for found in self.np(at):
            phrase: Phrase = found.value
            if not phrase.simple or phrase.quantity is not None:
                continue
            for end, verb, cost in self.at(self.skip(found.end, closed.AUXILIARY | closed.ADVERB), Verb):
                back = verb.relation.inverse()
                if verb.negated:
                    continue
                if self.word(end) == "by" and self.word(end + 1) in ("who", "whom") and back.start is phrase.table:
                    yield from self._asked_of(end + 2, phrase, verb.relation, found.cost + cost)
                after = end + (bool(verb.particle) and self.word(end) == verb.particle)
                if verb.relation.start is not phrase.table or (
                    verb.particle and after == end and after < self.size - 1
                ):
                    continue
                stops = [stop for stop, asking, _ in self.at(after, Asking) if asking.table is back.start]
                if self.word(after) in ("what", "which"):
                    stops.append(after + 1)
                    stops += [stop for stop, thing, _ in self.at(after + 1, Thing) if thing.table is back.start]
                for stop in stops:
                    yield from self._asked_of(stop, phrase, back, found.cost + cost)

    def _asked_of(self, end: int, phrase: Phrase, relation: Relation, cost: float) -> Iterator[Found]:
        """The rows at the start of a relation whose end is in the phrase."""
        for modifier, extra in self.relate(relation, phrase, relation.start):
            if modifier.test is not None:
                rows = Rows(relation.start, (modifier.test,))
                yield Found(end, self._rows(Phrase(rows, unsure=modifier.unsure)), cost + extra)

    def _clauses(self, at: int) -> Iterator[Found]:
        """ "who owns bert and when was it created": several things asked of the same rows."""
        for end, asking, cost in self.at(at, Asking):
            if asking.table is None:
                for found in self.np(self.skip(end, closed.AUXILIARY)):
                    for column in asking.columns:
                        place = self.skip(found.end, closed.AUXILIARY | closed.ADVERB)
                        stops = [stop for stop, verb, _ in self.at(place, Verb)]
                        stops += [stop for stop, attribute, _ in self.at(place, Attribute) if attribute.has(column)]
                        for stop in stops if column.table is found.value.table else ():
                            yield from self._and_asked(stop, found.value, (Shown((), column),), found.cost + cost)
                continue
            for stop, verb, extra in self.at(self.skip(end, closed.AUXILIARY), Verb):
                relation = verb.relation
                if relation.start is not asking.table or verb.particle or verb.negated:
                    continue
                for found in self.np(stop):
                    if found.value.table is relation.end:
                        names = self.name_shown(relation.start, relation.inverse().path)
                        yield from self._and_asked(found.end, found.value, names, found.cost + cost + extra)

    def _and_asked(self, at: int, phrase: Phrase, shown: tuple[Shown, ...], cost: float) -> Iterator[Found]:
        place = self.skip(at, closed.AND)
        if place == at or not {self.word(each) for each in range(place, self.size)} & (closed.PRONOUN | closed.THEIR):
            return
        for more in self.show_lists(place, phrase.table):
            yield Found(more.end, self._projected(phrase, (*shown, *more.value)), cost + more.cost)
