"""Questions about the values of a column: sums and averages of it, which values there are, how often each occurs.

aggregate = ("average" | "total" | "largest" …) column ["of" np] ["per" key]
domain    = column ["of" np] | column "with more than" number np | "the most common" column

"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assistant.interpreter import closed
from assistant.interpreter.columns import Columns
from assistant.interpreter.lexicon import Attribute, Role, Thing
from assistant.interpreter.reader import Found, Phrase, is_day, is_number
from assistant.interpreter.tree import Ask, Counted, Pick, Rows, Shown

_FUNCTIONS = (
    (closed.AVERAGE, "AVG"), (closed.DEVIATION, "STDDEV_POP"), (closed.TOTAL, "SUM"),
    (closed.HIGHEST, "MAX"), (closed.LOWEST, "MIN"),
)  # fmt: skip
_THE = frozenset(("the",))


class Domains(Columns):
    """The rules for values of columns."""

    def _aggregate(self, at: int) -> Iterator[Found]:
        yield from self._aggregates(at)
        yield from self._counts_together(at)
        for phrases, function in _FUNCTIONS:
            for place in self.match(at, phrases):
                start = self.skip(place, frozenset(("of", "the", "number", "all", "value", "count", "amount", "for")))
                for end, attribute, cost in self.at(start, Attribute):
                    yield from self._aggregate_of(end, attribute, function, cost)
                for end, thing, cost in self.at(start, Thing):  # "the average dataset size"
                    for stop, attribute, extra in self.at(end, Attribute):
                        own = tuple(shown.column for shown, _ in self.columns_of(thing.table, attribute))
                        if own:
                            yield from self._aggregate_of(stop, Attribute(own), function, cost + extra)

    def _counts_together(self, at: int) -> Iterator[Found]:
        """ "the average number of columns per dataset", "the highest number of authors of a model"."""
        for phrases, function in _FUNCTIONS[:2] + _FUNCTIONS[3:]:
            for place in self.match(self.skip(at, _THE), phrases):
                start = self.longest(place, closed.HOW_MANY)
                options = [(end, thing.table, None) for end, thing, _ in self.at(start, Thing) if start > place] + [
                    (end, role.relation.end, role.relation) for end, role, _ in self.at(start, Role) if start > place
                ]
                for end, table, role in options:
                    for stop in self.match(end, closed.PER + (("of", "a"), ("of",), ("a",), ("for", "a"), ("in", "a"))):
                        for found in self.np(stop):
                            phrase: Phrase = found.value
                            if not phrase.simple or phrase.quantity not in (None, "each") or phrase.pick:
                                continue
                            relations = self.schema.between(phrase.table, table)
                            if role is not None:
                                relations = tuple(each for each in (role,) if each.start is phrase.table)
                            for relation in relations[:1]:
                                counted = Counted(relation.path, Rows(table))
                                ask = Ask("aggregate", phrase.rows, function=function, measure=counted)
                                part = self.schema.kinds[table] != "entity"  # a column that says it goes first
                                yield Found(found.end, ask, found.cost + 0.1 + 0.6 * part)

    def _aggregates(self, at: int) -> Iterator[Found]:
        """ "the smallest, the largest and the average size": several functions of one column."""
        for phrases, function in _FUNCTIONS:
            for place in self.match(self.skip(at, _THE), phrases):
                after = self.skip(place, closed.AND | frozenset(("/",)))
                for found in self._aggregate(self.skip(after, _THE)) if after > place else ():
                    ask: Ask = found.value
                    if ask.pick is None and function not in (ask.function, *ask.also):
                        more = replace(ask, function=function, also=(ask.function, *ask.also))
                        yield Found(found.end, more, found.cost)

    def _aggregate_of(self, at: int, attribute: Attribute, function: str, cost: float) -> Iterator[Found]:
        if function == "AVG":  # "average number of modules per CNN"
            for place in self.match(at, closed.PER):
                for found in self.np(place):
                    for shown, extra in self.columns_of(found.value.table, attribute):
                        if is_number(shown.column) and found.value.simple and found.value.quantity in (None, "each"):
                            ask = Ask("aggregate", found.value.rows, function=function, measure=shown)
                            yield Found(found.end, ask, found.cost + cost + extra)
        if function != "AVG":  # "the biggest kernel used by any CNN"
            at = self.skip(at, frozenset(("used", "found", "seen", "present", "appearing", "occurring", "there", "is")))
        place = self.skip(
            at,
            frozenset(
                (
                    "any",
                    "of",
                    "for",
                    "in",
                    "across",
                    "among",
                    "over",
                    "within",
                    "by",
                    "from",
                    "on",
                    "between",
                    "amongst",
                    "that",
                    "the",
                )
            ),
        )
        if place > at:
            for found in self.np(place):
                phrase: Phrase = found.value
                if (
                    phrase.quantity not in (None, "all", "each")
                    or phrase.show
                    or phrase.limit
                    or phrase.order
                    or phrase.pick
                ):
                    continue
                for shown, extra in self.columns_of(phrase.table, attribute):
                    if not is_number(shown.column) and not (is_day(shown.column) and function in ("MAX", "MIN")):
                        continue
                    group = phrase.group
                    ask = Ask(
                        "aggregate", phrase.rows, function=function, measure=shown, group=group, unsure=phrase.unsure
                    )
                    yield Found(found.end, ask, found.cost + cost + extra)
        for column in attribute.columns:  # of all rows, of those with a value, or per key
            if not is_number(column):
                continue
            table = self.schema.home_of(column.table)
            if self.context.scope not in (None, table):
                continue
            columns = [each for each, _ in self.columns_of(table, Attribute((column,)))]
            if not columns:
                continue
            shown = columns[0]
            bare = 0.4
            yield Found(at, Ask("aggregate", Rows(table), function=function, measure=shown), cost + bare)
            for said in self.value_lists(place, table) if place > at else ():  # "for audio"
                if said.value.tests_only:
                    rows = Rows(table, (said.value.test,))
                    ask = Ask("aggregate", rows, function=function, measure=shown, unsure=said.value.unsure)
                    yield Found(said.end, ask, cost + said.cost + bare)
            for found in self.groups(at, table):
                ask = Ask("aggregate", Rows(table), function=function, measure=shown, group=found.value.group)
                yield Found(found.end, ask, found.cost + cost + bare)

    def _domain_rows(
        self, at: int, attribute: Attribute, *, of_one: bool = False
    ) -> Iterator[tuple[Shown, Rows, int, float]]:
        """(column, rows it is taken from, end, cost): of all rows, of a noun phrase, or of what it belongs to."""
        tables = dict.fromkeys(self.schema.home_of(column.table) for column in attribute.columns)
        for table in tables:
            if table not in self.schema.entities:
                continue
            for shown, cost in self.columns_of(table, attribute):
                if not (shown.column.info.get("values") or self.schema.is_open(shown.column)):
                    continue
                if self.context.scope in (None, table):
                    yield shown, Rows(table), at, cost
                used = self.longest(at, closed.IN_USE)
                place = self.skip(used, closed.AUXILIARY)
                of = self.word(place) in closed.PREPOSITION
                for found in self.np(place + of):
                    phrase: Phrase = found.value
                    if phrase.single and not of_one:
                        continue
                    if phrase.table is table and phrase.simple and phrase.quantity is None and not phrase.pick:
                        end = self.skip(found.end, closed.LIGHT) if not of else found.end
                        if of or end > found.end or place > at:
                            yield shown, phrase.rows, end, cost + found.cost - 0.4 * (used > at)

    def _domain(self, at: int) -> Iterator[Found]:
        place = self.skip(at, closed.DETERMINER)
        wh = self.word(at - 1) in ("which", "what", "different", "distinct", "all") if at else False
        popular = self._popular_key(place)
        if popular is not None:
            start, number, down = popular
            for end, attribute, cost in self.at(start, Attribute):
                for shown, rows, stop, extra in self._domain_rows(end, attribute):
                    pick = Pick(Counted((), rows), down, number)
                    yield Found(stop, Ask("count", rows, group=(shown,), pick=pick), cost + extra)
        wh |= any(self.word(each) in closed.DISTINCT for each in range(at, place))
        kinds = self.longest(place, closed.KIND_OF)
        different = kinds > place or any(self.word(each) in closed.DISTINCT for each in range(at - 1, place))
        place = kinds
        named = [(end, attribute, cost) for end, attribute, cost in self.at(place, Attribute)]
        for after, thing, _ in self.at(place, Thing):  # "the column types"
            for end, attribute, cost in self.at(after, Attribute):
                own = tuple(column for column in attribute.columns if column.table is thing.table)
                named += [(end, Attribute(own), cost)] if own else []
        for after, attribute, cost in named:
            end = self.skip(after, frozenset(("value", "values")))
            cost -= 0.25 * (different or end > after)
            for shown, rows, stop, extra in self._domain_rows(end, attribute):
                single = self.tokens[end - 1].low.endswith("s") or place > at or rows.tests == ()
                if rows.tests and not (wh and single):
                    continue
                ask = Ask("values", rows, group=(shown,))
                yield Found(stop, ask, cost + extra + 0.25)
                used = self.longest(self.skip(stop, closed.ADVERB), closed.IN_USE)
                if used > stop:
                    yield Found(used, ask, cost + extra + 0.1)
            yield from self._having(end, attribute, cost)

    def _popular_key(self, at: int) -> tuple[int, int | None, bool] | None:
        if self.word(at) in ("most", "least"):
            end = self.longest(at + 1, closed.POPULAR)
            if end > at + 1:
                return end, None, self.word(at) == "most"
        if self.word(at) == "top":
            for end, number in self.number(at + 1):
                return end, int(number), True
        return None

    def _having(self, at: int, attribute: Attribute, cost: float) -> Iterator[Found]:
        """ "training types with more than 10 models", "which architecture has the most datasets"."""
        place = self.skip(
            at,
            closed.RELATIVE | frozenset(("are", "is", "do", "does", "used", "use", "by", "of", "in", "for", "there")),
        )
        place = self.skip(place, closed.WITH | closed.BE | frozenset(("used", "by", "of", "in", "for")))
        popular = self.longest(place, tuple(("most", *each) for each in closed.POPULAR))
        if popular == place:
            popular = self.longest(place, tuple(("the", "most", *each) for each in closed.POPULAR))
        if popular > place:
            after = popular + (self.word(popular) in closed.PREPOSITION)
            for column in attribute.columns:
                table = self.schema.home_of(column.table)
                for shown, extra in self.columns_of(table, Attribute((column,))):
                    rows_list = [(found.value.rows, found.end, found.cost) for found in self.np(after)
                                 if found.value.table is table and found.value.simple]  # fmt: skip
                    if self.context.scope in (None, table):
                        rows_list.append((Rows(table), popular, 0.0))
                    for rows, end, more in rows_list:
                        pick = Pick(Counted((), rows), True)
                        yield Found(end, Ask("count", rows, group=(shown,), pick=pick), cost + extra + more)
        if place == at:
            return
        yield from self._best_on_average(place, attribute, cost)
        for found in self.np(place):
            phrase: Phrase = found.value
            if phrase.quantity is None or not phrase.simple or phrase.pick:
                continue
            for shown, extra in self.columns_of(phrase.table, attribute):
                if not (shown.column.info.get("values") or self.schema.is_open(shown.column)):
                    continue
                ask = Ask("count", phrase.rows, group=(shown,))
                if phrase.quantity in ("most", "fewest"):
                    ask = replace(ask, pick=Pick(Counted((), phrase.rows), phrase.quantity == "most"))
                elif isinstance(phrase.quantity, tuple):
                    ask = replace(ask, having=phrase.quantity)
                else:
                    continue
                end = self.skip(found.end, closed.LIGHT)
                yield Found(end, ask, found.cost + cost + extra)

    def _best_on_average(self, at: int, attribute: Attribute, cost: float) -> Iterator[Found]:
        """ "(which architecture has) the highest average parameter count"."""
        start = self.skip(at, frozenset(("the", "a")))
        for phrases, high in ((closed.HIGHEST, True), (closed.LOWEST, False)):
            for place in self.match(start, phrases):
                for found in self._aggregate(place):
                    ask: Ask = found.value
                    if ask.group or ask.measure is None:
                        continue
                    for shown, extra in self.columns_of(ask.rows.table, attribute):
                        if shown.column.info.get("values"):
                            best = replace(ask, group=(shown,), pick=Pick(ask.measure, high))
                            yield Found(found.end, best, found.cost + cost + extra)
