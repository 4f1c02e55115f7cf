"""Questions about the values of a column: sums and averages of it, which values there are, how often each occurs.

aggregate = ("average" | "total" | "largest" …) column ["of" np] ["per" key]
domain    = column ["of" np] | column "with more than" number np | "the most common" column

"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sqlalchemy as sa

from assistant.interpreter import closed
from assistant.interpreter.columns import Columns
from assistant.interpreter.lexicon import Attribute, Role, Thing, Verb
from assistant.interpreter.reader import Found, Phrase, is_day, is_number
from assistant.interpreter.tree import AnyOf, Ask, Compare, Counted, Linked, Not, Pick, Rows, Shown
from assistant.interpreter.values import tested_column

_FUNCTIONS = (
    (closed.AVERAGE, "AVG"), (closed.DEVIATION, "STDDEV_POP"), (closed.TOTAL, "SUM"),
    (closed.HIGHEST, "MAX"), (closed.LOWEST, "MIN"),
)  # fmt: skip
_ON_AVERAGE = closed.phrases("on average|on the average|in the mean|typically|usually|normally")
_RANGES = closed.phrases("range of|the range of|the spread of|spread of|range in|the range")
_THE = frozenset(("the",))
_HOW_OFTEN = closed.phrases("how often|how frequently|their counts|their frequency|their number|the counts|the count")
_LEFT = frozenset(("in",))  # "(which year did we make the most) in"
_FOR_EACH = frozenset().union(
    *(closed.EACH, closed.ONES, closed.AUXILIARY, closed.PRONOUN, closed.PREPOSITION, closed.DETERMINER, closed.USING),
    closed.words("used there occurs appears type kind"),
)


class Domains(Columns):
    """The rules for values of columns."""

    def _aggregate(self, at: int) -> Iterator[Found]:
        yield from self._aggregates(at)
        yield from self._how_many_on_average(at)
        yield from self._fewest_among(at)
        yield from self._counts_together(at)
        for place in self.match(at, _RANGES):  # from the smallest to the largest
            for found in self._aggregate_named(place, "MIN"):
                yield replace(found, value=replace(found.value, also=("MAX",)))
        for phrases, function in _FUNCTIONS:
            for place in self.match(at, phrases):
                yield from self._aggregate_named(place, function)

    def _aggregate_named(self, at: int, function: str) -> Iterator[Found]:
        """The column that is named after a function, and the rows that it is taken over."""
        start = self.skip(at, frozenset(("of", "the", "number", "all", "value", "count", "amount", "for")))
        for end, attribute, cost in self.at(start, Attribute):
            yield from self._aggregate_of(end, attribute, function, cost)
        for end, thing, cost in self.at(start, Thing):  # "the average dataset size"
            for stop, attribute, extra in self.at(end, Attribute):
                own = tuple(shown.column for shown, _ in self.columns_of(thing.table, attribute))
                if own:
                    yield from self._aggregate_of(stop, Attribute(own), function, cost + extra)

    def _how_many_on_average(self, at: int) -> Iterator[Found]:
        """ "how many modules does a CNN have on average", "on average, how many authors do models have"."""
        start = self.longest(at, _ON_AVERAGE)
        before, start = start > at, self.skip(start, frozenset((",",)))
        for place in self.match(start, (("how", "many"), ("how", "much"))):
            measured = [(end, attribute) for end, attribute, _ in self.at(place, Attribute)]
            counted = [(end, thing.table) for end, thing, _ in self.at(place, Thing)]
            options: list[tuple[int, Attribute | sa.Table]] = [*measured, *counted]
            for end, what in options:
                middle = self.longest(end, _ON_AVERAGE)
                before |= middle > end
                for found in self.np(self.skip(middle, closed.AUXILIARY)):
                    phrase: Phrase = found.value
                    stop = self.skip(found.end, closed.HAVE | closed.USING)
                    last = stop if before else self.longest(stop, _ON_AVERAGE)
                    if not phrase.simple or phrase.quantity not in (None, "each", "all") or phrase.pick:
                        continue
                    for measure in self._measures_of(phrase.table, what) if before or last > stop else ():
                        ask = Ask("aggregate", phrase.rows, function="AVG", measure=measure)
                        yield Found(last, ask, found.cost + 0.3 * isinstance(measure, Counted))

    def _on_average(self, found: Found, measure: Shown, cost: float) -> Iterator[Found]:
        """ "(how big are) image CNNs on average"."""
        phrase: Phrase = found.value
        stop = self.longest(found.end, _ON_AVERAGE)
        if stop > found.end and is_number(measure.column) and phrase.simple and not phrase.pick:
            yield Found(stop, Ask("aggregate", phrase.rows, function="AVG", measure=measure), found.cost + cost)

    def _measures_of(self, table: sa.Table, what: Attribute | sa.Table) -> Iterator[Shown | Counted]:
        if isinstance(what, Attribute):
            yield from (shown for shown, _ in self.columns_of(table, what) if is_number(shown.column))
            return
        for relation in self.schema.between(table, what)[:1]:
            yield Counted(relation.path, Rows(what))

    def _fewest_among(self, at: int) -> Iterator[Found]:
        """ "least parameters among the finetuned ones": the row that has them."""
        start = self.skip(at, _THE)
        for words, high in ((("most",), True), (("fewest", "least"), False)):
            for place in [start + 1] if self.word(start) in words else ():
                for end, attribute, cost in self.at(place, Attribute):
                    among = self.word(end) in ("among", "amongst", "of", "out", "within")
                    for found in self.np(end + 1 + (self.word(end) == "out")) if among else ():
                        phrase: Phrase = found.value
                        if not phrase.simple or phrase.quantity not in (None, "all") or phrase.pick or phrase.single:
                            continue
                        for shown, extra in self.columns_of(phrase.table, attribute):
                            if is_number(shown.column):
                                show = (*self.name_shown(phrase.table), shown)
                                ask = Ask("rows", phrase.rows, show=show, pick=Pick(shown, high))
                                yield Found(found.end, ask, found.cost + cost + extra - 0.1)

    def _counts_together(self, at: int) -> Iterator[Found]:
        """ "the average number of columns per dataset", "the highest number of authors of a model"."""
        for phrases, function in _FUNCTIONS[:2] + _FUNCTIONS[3:]:
            for place in self.match(self.skip(at, _THE), phrases):
                start = self.longest(place, closed.HOW_MANY)
                options = [(end, thing.table, None) for end, thing, _ in self.at(start, Thing) if start > place] + [
                    (end, role.relation.end, role.relation) for end, role, _ in self.at(start, Role) if start > place
                ]
                yield from self._values_together(start, function) if start > place else ()
                for end, table, role in options:
                    for stop in self.match(end, (*closed.PER, ("of", "a"), ("of",), ("a",), ("for", "a"), ("in", "a"))):
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

    def _values_together(self, at: int, function: str) -> Iterator[Found]:
        """ "(the average number of) tasks per dataset": of a column that holds several values."""
        for end, attribute, cost in self.at(at, Attribute):
            for stop in self.match(end, (*closed.PER, ("of", "a"), ("of",), ("a",), ("for", "a"))):
                for found in self.np(stop):
                    phrase: Phrase = found.value
                    if not phrase.simple or phrase.quantity not in (None, "each") or phrase.pick:
                        continue
                    for shown, extra in self.columns_of(phrase.table, attribute):
                        if shown.many and not is_number(shown.column):
                            counted = Counted(shown.path, Rows(shown.column.table))
                            ask = Ask("aggregate", phrase.rows, function=function, measure=counted)
                            yield Found(found.end, ask, found.cost + cost + extra)

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
        start = self.skip(at, _THE)
        if self.word(start) in ("count", "number"):  # "count and average size of models per architecture"
            after = self.skip(start + 1, closed.AND)
            for found in self._aggregate(self.skip(after, _THE)) if after > start + 1 else ():
                if found.value.pick is None and found.value.group:
                    yield Found(found.end, replace(found.value, also=(*found.value.also, "COUNT")), found.cost)

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
                    if phrase.quantity == "each" and shown.many and not group:
                        group = self.name_shown(phrase.table)  # "the largest kernel of each CNN"
                    if self.tells_apart and not group and (column := self.told_by(phrase)) is not None:
                        group = (Shown((), column),)
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
        yield from self._periods_with(place)
        yield from self._how_often(at)
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
                yield from self._with_counts(max(stop, used), ask, cost + extra)
            yield from self._having(end, attribute, cost)

    def _how_often(self, at: int) -> Iterator[Found]:
        """ "how often is each pooling type used": how many rows there are of each value."""
        if self.word(at) != "how" or self.word(at + 1) not in ("often", "frequently", "common"):
            return
        start = self.skip(at + 2, closed.BE | closed.DO | closed.EACH | closed.DETERMINER)
        each = {self.word(place) for place in range(at + 2, start)} & (closed.EACH | {"different", "various"})
        for end, attribute, cost in self.at(self.longest(start, closed.KIND_OF), Attribute) if each else ():
            for shown, rows, stop, extra in self._domain_rows(end, attribute):
                known = rows.with_tests(Not(self.where(shown, "null", None))) if shown.column.nullable else rows
                after = max(self.longest(stop, closed.IN_USE), self.skip(stop, closed.words("used there occur occurs")))
                yield Found(after, Ask("count", known, group=(shown,)), cost + extra)

    def _with_counts(self, at: int, ask: Ask, cost: float) -> Iterator[Found]:
        """ "(which losses do they use) and how many models each", "(the pooling types) and how often each is used"."""
        at = self.closing(at)
        place = self.skip(at, closed.AND | frozenset(("with", "show", "tell", "me")))
        if place == at:
            return
        end = self.longest(place, _HOW_OFTEN)
        if end == place and (counted := self.longest(place, closed.HOW_MANY)) > place:
            things = [stop for stop, thing, _ in self.at(counted, Thing) if thing.table is ask.rows.table]
            end = max(things, default=place)
        if end > place:
            yield Found(self.skip(end, _FOR_EACH), replace(ask, kind="count"), cost + 0.1)

    def _periods_with(self, at: int) -> Iterator[Found]:
        """ "years in which 10 or more datasets were created", "which year had the most models"."""
        for table in self.schema.entities:
            for end, shown in self.periods_of(at, table):
                place = self.skip(end, closed.RELATIVE | closed.AUXILIARY | frozenset(("in", "with", "when", "where")))
                for found in self.np(self._past_doing(place, table)) if place > end else ():
                    phrase: Phrase = found.value
                    if phrase.table is not table or phrase.quantity is None or not phrase.simple or phrase.pick:
                        continue
                    stop = self.skip(found.end, closed.AUXILIARY)
                    stops = [last for last, attribute, _ in self.at(stop, Attribute) if attribute.has(shown.column)]
                    ask = Ask("count", phrase.rows, group=(shown,))
                    if phrase.quantity in ("most", "fewest"):
                        ask = replace(ask, pick=Pick(Counted((), phrase.rows), phrase.quantity == "most"))
                    elif isinstance(phrase.quantity, tuple):
                        ask = replace(ask, having=phrase.quantity)
                    else:
                        continue
                    yield Found(self.skip(max(stops, default=found.end), _LEFT), ask, found.cost + 0.1)

    def _past_doing(self, at: int, table: sa.Table) -> int:
        """Past "(which year did) we make": what somebody always has done to such rows."""
        if self.word(at) not in ("we", "you", "people"):
            return at
        days = self.day_columns(table)
        ends = [end for end, verb, _ in self.at(at + 1, Verb) if verb.relation.end is table and not verb.negated]
        ends += [end for end, noun, _ in self.at(at + 1, Attribute) if any(noun.has(day) for day in days)]
        return max(ends, default=at)

    @property
    def tells_apart(self) -> bool:
        """Whether it asks for each of the things it names by itself: "text *versus* image datasets"."""
        return bool({closed.VERSUS, "compare", "comparison", "respectively"} & set(self.low))

    def told_by(self, phrase: Phrase) -> sa.Column[object] | None:
        """The column of values by which such rows are told apart, where that is all that differs between them."""
        tests = phrase.rows.tests
        parts = tests[0].tests if len(tests) == 1 and isinstance(tests[0], AnyOf) else ()
        if parts and all(isinstance(part, Linked) and not part.path for part in parts):
            said = [{id(t.column): t for t in part.rows.tests if isinstance(t, Compare)} for part in parts]  # type: ignore[union-attr]
            differing = [
                column for column in said[0]
                if all(column in each for each in said) and len({each[column].value for each in said}) == len(said)
            ]  # fmt: skip
            return said[0][differing[0]].column if len(differing) == 1 else None
        test = tests[0] if len(tests) == 1 else None
        own = isinstance(test, Compare) and test.column.info.get("values") and test.op in ("=", "in")
        return tested_column(test) if own else None

    def told_apart(self, phrase: Phrase) -> Iterator[Ask]:
        """Rows of one of several values, counted for each of them."""
        column = self.told_by(phrase)
        if column is not None and isinstance(phrase.rows.tests[0], Compare) and phrase.rows.tests[0].op == "in":
            yield Ask("count", phrase.rows, group=(Shown((), column),))

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
            closed.RELATIVE | closed.words("are is do does used use by of in for there whose where"),
        )
        place = self.skip(place, closed.WITH | closed.BE | frozenset(("used", "by", "of", "in", "for")))
        degree = self.skip(place, _THE)
        popular = self.longest(degree + 1, closed.POPULAR) if self.word(degree) in ("most", "least") else degree + 1
        if popular > degree + 1:
            after = popular + (self.word(popular) in closed.PREPOSITION)
            for column in attribute.columns:
                table = self.schema.home_of(column.table)
                for shown, extra in self.columns_of(table, Attribute((column,))):
                    rows_list = [(found.value.rows, found.end, found.cost) for found in self.np(after)
                                 if found.value.table is table and found.value.simple]  # fmt: skip
                    if self.context.scope in (None, table):
                        rows_list.append((Rows(table), popular, 0.0))
                    for rows, end, more in rows_list:
                        pick = Pick(Counted((), rows), self.word(degree) == "most")
                        yield Found(end, Ask("count", rows, group=(shown,), pick=pick), cost + extra + more)
        if place == at:
            return
        yield from self._best_on_average(place, attribute, cost)
        yield from self._bounded_on_average(place, attribute, cost)
        for found in self.np(place):
            phrase: Phrase = found.value
            if phrase.quantity is None or not phrase.simple or phrase.pick:
                continue
            for shown, extra in self.columns_of(phrase.table, attribute):
                if not (shown.column.info.get("values") or self.schema.is_open(shown.column)):
                    continue
                known = phrase.rows
                if shown.column.nullable:
                    known = known.with_tests(Not(self.where(shown, "null", None)))
                ask = Ask("count", known, group=(shown,))
                if phrase.quantity in ("most", "fewest"):
                    ask = replace(ask, pick=Pick(Counted((), known), phrase.quantity == "most"))
                elif isinstance(phrase.quantity, tuple):
                    ask = replace(ask, having=phrase.quantity)
                else:
                    continue
                end = self.skip(found.end, closed.LIGHT)
                yield Found(end, ask, found.cost + cost + extra)

    def _bounded_on_average(self, at: int, attribute: Attribute, cost: float) -> Iterator[Found]:
        """ "(media types that have) an average size above 100 million parameters"."""
        start = self.skip(at, closed.DETERMINER)
        for found in (*self._aggregate(start), *self._average_thing(start)):
            ask: Ask = found.value
            if ask.group or not isinstance(ask.measure, Shown) or ask.also:
                continue
            place = self.skip(found.end, closed.BE | frozenset(("of", "that", "which")))
            for end, bounds, extra in self.bounds(place):
                stop = self._unit(end, ask.measure)
                for shown, more in self.columns_of(ask.rows.table, attribute) if len(bounds) == 1 else ():
                    if shown.column.info.get("values") or (shown.path and shown.column.info.get("name")):
                        limited = replace(ask, group=(shown,), having=(bounds[0][0], bounds[0][1]))
                        yield Found(stop, limited, found.cost + cost + extra + more)

    def _average_thing(self, at: int) -> Iterator[Found]:
        """ "the average dataset": by what such rows are usually measured."""
        for place in self.match(at, closed.AVERAGE):
            for end, thing, cost in self.at(place, Thing):
                measure = self.measure_of(thing.table)
                if measure is not None:
                    ask = Ask("aggregate", Rows(thing.table), function="AVG", measure=Shown((), measure))
                    yield Found(end, ask, cost)

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
