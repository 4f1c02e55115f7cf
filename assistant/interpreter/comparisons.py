"""Comparisons with numbers, with other rows and with dates; the highest and the lowest; what is known at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from assistant.interpreter import closed
from assistant.interpreter.lexicon import Adjective, Attribute, Thing, Verb
from assistant.interpreter.reader import Found, Modifier, Phrase, Reader, all_of, any_of, is_day, is_number
from assistant.interpreter.tree import AllOf, Compare, Extreme, Linked, Not, Peers, Pick, Rows, Scalar, Shown, Test
from assistant.interpreter.words import Period, read_period

_MORE = {"more": ">", "higher": ">", "larger": ">", "greater": ">", "bigger": ">", "longer": ">", "wider": ">",
         "fewer": "<", "less": "<", "lower": "<", "smaller": "<", "shorter": "<", "narrower": "<"}  # fmt: skip


_AVERAGES = closed.phrases("the average|average|the mean|the avg|mean|avg")
_OWN = closed.words("own respective same")


class Comparisons(Reader):
    """The rules for comparing columns of rows."""

    # -- with numbers

    def comparisons(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "over 1B parameters", "embed size 768", "12 layers", "between 5 and 9 modules", "bigger than bert"."""
        for end, test, cost in self.bounds(at):
            for shown, after, extra in self._measured(end, table):
                yield self._compared(after, shown, test, cost + extra)
                for stop, op in self.or_more(after) if len(test) == 1 and test[0][0] == "=" else ():
                    yield self._compared(stop, shown, [(op, test[0][1])], cost + extra)
            yield from self._unmeasured(end, table, test, cost)
        if self.word(at) == "of":
            yield from self.comparisons(at + 1, table)
        yield from self._several_numbers(at, table)
        start = self.skip(at, closed.DETERMINER)
        for end, attribute, cost in self.at(start, Attribute):
            after = self.skip(end, closed.BEFORE_BOUND)
            for place in {after, end}:
                for stop, bound, extra in self.bounds(place):
                    for shown, more in self.columns_of(table, attribute):
                        if is_number(shown.column):
                            yield self._compared(self._unit(stop, shown), shown, bound, cost + extra + more)
                            yield from self._or_numbers(stop, shown, bound, cost + extra + more)
                yield from self._against_rows(place, table, self.columns_of(table, attribute), cost)
        yield from self._above_average(at, table)
        yield from self._by_adjective(at, table)
        yield from self._as_adjective(at, table)
        yield from self._more_than_rows(at, table)

    def _or_numbers(self, at: int, shown: Shown, bound: list[tuple[str, Decimal]], cost: float) -> Iterator[Found]:
        """ "batch size 64 or 128"."""
        numbers = [number for op, number in bound if op == "="]
        while numbers and self.word(at) in closed.OR | frozenset((",",)):
            more = next(self.number(self.skip(at, closed.OR | frozenset((",",)))), None)
            if more is None:
                return
            at = more[0]
            numbers.append(more[1])
        if len(numbers) > 1:
            test = self.on_row(shown, [Compare(shown.column, "in", tuple(numbers))])
            yield Found(self._unit(at, shown), Modifier(test, noted=() if shown.many else (shown,)), cost)

    def _several_numbers(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "3x3 or 5x5 kernels", "both 3x3 and 7x7 kernels"."""
        both = self.word(at) == "both"
        numbers: list[Decimal] = []
        place, joint = self.skip(at + both, frozenset(("a", "an", "either"))), ""
        while (found := next(self.number(place), None)) is not None:
            place = found[0]
            numbers.append(found[1])
            if self.word(place) in ("or", "and"):
                joint, place = self.word(place), self.skip(place + 1, frozenset(("a", "an")))
        for end, attribute, cost in self.at(place, Attribute) if len(numbers) > 1 and joint else ():
            for shown, extra in self.columns_of(table, attribute):
                if is_number(shown.column) and (joint == "or" or shown.many):
                    tests = [self.on_row(shown, [Compare(shown.column, "=", number)]) for number in numbers]
                    test = any_of(tests) if joint == "or" else all_of(tests)
                    yield Found(end, Modifier(test, noted=() if shown.many else (shown,)), cost + extra)

    def bounds(self, at: int) -> Iterator[tuple[int, list[tuple[str, Decimal]], float]]:
        """(end, [(op, number)]) of "over 5", "5", "5 or more", "between 5 and 9", "from 5 to 9"."""
        start = self.skip(at, frozenset(("a", "an", "the", "some")))
        for op, phrases in closed.COMPARISONS.items():
            for place in self.match(at, phrases):
                for first in {place, self.skip(place, frozenset(("a", "the", "of")))}:
                    for end, number in self.number(first):
                        yield end, [(op, number)], 0.0
        for end, number in (found for place in {at, start} for found in self.number(place)):
            text = self.tokens[end - 1].text
            if text.endswith("+"):
                yield end, [(">=", number)], 0.0
                continue
            yield end, [("=", number)], 0.05
            joint = self.word(end) in ("to", "-", "–") or (end < self.size and self.tokens[end].joined)
            if joint:
                place = end + (self.word(end) in ("to", "-", "–"))
                for stop, high in self.number(place):
                    low = self._on_scale_of(number, end, high, place, stop)
                    yield stop, [(">=", min(low, high)), ("<=", max(low, high))], 0.0
            for stop, op in self.or_more(end):
                yield stop, [(op, number)], 0.0
        word = self.word(at)
        if word in ("between", "from"):
            joints = ("and", "to", "&") if word == "between" else ("to", "until", "up")
            for end, low in self.number(at + 1):
                if self.word(end) in joints:
                    place = self.skip(end + 1, frozenset(("to",)))
                    for stop, high in self.number(place):
                        scaled = self._on_scale_of(low, end, high, place, stop)
                        yield stop, [(">=", min(scaled, high)), ("<=", max(scaled, high))], 0.0

    def or_more(self, at: int) -> Iterator[tuple[int, str]]:
        """ "(five) or more", "(five layers) at most": which way a number bounds that says no more itself."""
        for op, phrases in ((">=", closed.OR_MORE), ("<=", closed.OR_LESS)):
            end = self.longest(at, phrases)
            if end > at:
                yield end, op

    def _on_scale_of(self, low: Decimal, low_end: int, high: Decimal, at: int, end: int) -> Decimal:
        """The lower bound in the unit that is said once, after the upper: "80 and 90 *million*", "100-500*M*"."""
        written, plain = self.tokens[end - 1].text, self.tokens[low_end - 1].text
        scaled = end - at > 1 or written[-1:].isalpha()
        if not scaled or not plain.isdigit() or low >= high:
            return low
        for factor in (Decimal(10) ** 12, Decimal(10) ** 9, Decimal(10) ** 6, Decimal(10) ** 3):
            if high >= factor and low * factor <= high:
                return low * factor
        return low

    def _measured(self, at: int, table: sa.Table) -> Iterator[tuple[Shown, int, float]]:
        """The number columns named here, for rows of the table."""
        place = self.skip(at, frozenset(("of", "x", "different", "total", "in", "for", "as")))
        for end, attribute, cost in self.at(place, Attribute):
            for shown, extra in self.columns_of(table, attribute):
                if is_number(shown.column):
                    yield shown, end, cost + extra + 0.1 * (place > at)
        if at and self.tokens[at - 1].square:  # "a 7x7 convolution": the size that such a part has
            for end, thing, cost in self.at(place, Thing):
                sizes = [
                    column
                    for column in self.schema.columns(thing.table)
                    if is_number(column) and not column.primary_key
                ]
                path = self.schema.reach(table, thing.table)
                if len(sizes) == 1 and path is not None:
                    yield Shown(path, sizes[0]), end, cost

    def _unmeasured(self, at: int, table: sa.Table, bounds: list[tuple[str, Decimal]], cost: float) -> Iterator[Found]:
        """ "models over 1B": the number that such rows are usually measured by."""
        measure = self.measure_of(table)
        if measure is None or bounds[0][0] in ("=", "!="):
            return
        if any(is_number(column) for _, noun, _ in self.at(at, Attribute) for column in noun.columns):
            return
        yield self._compared(at, Shown((), measure), bounds, cost + 1)

    def _compared(self, end: int, shown: Shown, bounds: Iterable[tuple[str, Decimal]], cost: float) -> Found:
        tests: list[Test] = []
        for op, number in bounds:
            tests.append(Not(Compare(shown.column, "=", number)) if op == "!=" else Compare(shown.column, op, number))
        return Found(end, Modifier(self.on_row(shown, tests), noted=() if shown.many else (shown,)), cost)

    def on_row(self, shown: Shown, tests: list[Test]) -> Test:
        """Tests of one column, all of the same row at the end of its path."""
        if shown.path:
            return Linked(shown.path, Rows(shown.column.table, tuple(tests)))
        return tests[0] if len(tests) == 1 else AllOf(tuple(tests))

    def _unit(self, at: int, shown: Shown) -> int:
        """Past a unit after a number: "size over 1B *parameters*"."""
        ends = [end for end, attribute, _ in self.at(at, Attribute) if attribute.has(shown.column)]
        ends += [end for end, each, _ in self.at(at, Adjective) if each.degree == 0 and shown.column in each.columns]
        return max(ends, default=at)

    # -- with other rows

    def _by_adjective(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "bigger than bert", "newer than 2020", "smaller than 100M", "more recent than squad"."""
        for end, columns, high, cost in self.comparatives(at):
            if self.word(end) not in closed.THAN:
                continue
            for column in columns:
                for shown, extra in self.columns_of(table, Attribute((column,))):
                    op = ">" if high else "<"
                    if is_day(column):
                        for stop, period in read_period(self.tokens, end + 1, self.context.today):
                            test = Compare(column, ">=" if high else "<", period.after if high else period.first)  # type: ignore[arg-type]
                            yield Found(stop, Modifier(_day_test(test), noted=(shown,)), cost + extra)
                    else:
                        for stop, bounds, more in self.bounds(end + 1):
                            if bounds[0][0] == "=" and len(bounds) == 1:
                                yield self._compared(
                                    self._unit(stop, shown), shown, [(op, bounds[0][1])], cost + extra + more
                                )
                    for found in self._than_rows(end + 1, table, shown, op, cost + extra):
                        yield found
                        yield from self._but_more(found, table)

    def _as_adjective(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "as large as mnist"."""
        if self.word(at) == "as" and self.word(at - 1) not in closed.NEARLY:
            for end, adjective, cost in self.at(at + 1, Adjective):
                if adjective.degree == 0 and self.word(end) == "as":
                    for column in adjective.columns:
                        for shown, extra in self.columns_of(table, Attribute((column,))):
                            yield from self._than_rows(end + 1, table, shown, "=", cost + extra)

    def comparatives(self, at: int) -> Iterator[tuple[int, tuple[sa.Column[object], ...], bool, float]]:
        """(end, columns, high, cost) of "bigger", "more recent", "less deep"."""
        place = self.skip(at, frozenset(("much", "even", "far", "a", "bit", "slightly", "strictly")))
        for end, adjective, cost in self.at(place, Adjective):
            if adjective.degree == 1:
                yield end, adjective.columns, adjective.high, cost
        if self.word(place) in ("more", "less"):
            for end, adjective, cost in self.at(place + 1, Adjective):
                if adjective.degree == 0:
                    yield end, adjective.columns, adjective.high == (self.word(place) == "more"), cost

    def _more_than_rows(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "more parameters than bert", "a larger embed size than gpt2", "as many layers as bert"."""
        place = self.skip(at, frozenset(("a", "an", "the")))
        op = _MORE.get(self.word(place), "")
        same = "="
        if self.word(place) == "same":
            op = same
        elif self.word(place) == "as" and self.word(place + 1) in ("many", "much", "large", "big"):
            op, place = same, place + 1
        if not op:
            return
        for end, attribute, cost in self.at(place + 1, Attribute):
            if self.word(end) not in (("as",) if op == same else closed.THAN):
                continue
            for shown, extra in self.columns_of(table, attribute):
                for found in self._than_rows(end + 1, table, shown, op, cost + extra):
                    yield found
                    if op == same:
                        yield from self._but_more(found, table)

    def _but_more(self, same: Found, table: sa.Table) -> Iterator[Found]:
        """ "(the same architecture as bert) but bigger": than the row that was named."""
        test = same.value.test
        if not isinstance(test, Compare) or not isinstance(test.value, Scalar) or test.value.function != "only":
            return
        place = self.skip(same.end, closed.AND | closed.BE | closed.RELATIVE | frozenset(("but", "only", "just")))
        for end, columns, high, cost in self.comparatives(place) if place > same.end else ():
            for column in columns if self.word(end) not in closed.THAN else ():
                for shown, extra in self.columns_of(table, Attribute((column,))):
                    more = self._than_scalar(end, shown, ">" if high else "<", "only", test.value.rows, cost + extra)
                    both = Modifier(all_of([test, more.value.test]), noted=(*same.value.noted, *more.value.noted))
                    yield Found(end, both, same.cost + more.cost)

    def _against_rows(
        self, at: int, table: sa.Table, columns: Iterable[tuple[Shown, float]], cost: float
    ) -> Iterator[Found]:
        """ "parameters above the average", "embed size larger than that of gpt2"."""
        for op in (">", "<", ">=", "<="):
            for place in self.match(at, closed.COMPARISONS[op]):
                for shown, extra in columns:
                    if is_number(shown.column) or is_day(shown.column):
                        yield from self._than_rows(place, table, shown, op, cost + extra)

    def _than_rows(self, at: int, table: sa.Table, shown: Shown, op: str, cost: float) -> Iterator[Found]:
        """What follows "than": one row, the average of rows, or any or all of them."""
        place = at
        if self.word(place) == "that" and self.word(place + 1) in ("of", "in"):
            place += 2
        average = self.longest(place, _AVERAGES)
        if average > place:
            yield self._than_scalar(average, shown, op, "avg", Rows(table), cost + 0.1)
            yield from self._than_peers(average, table, shown, op, cost)
            after = self.skip(average, frozenset(("of", "for", "the", "all", "among")))
            for end, attribute, _ in self.at(after, Attribute):
                if attribute.has(shown.column):
                    yield self._than_scalar(end, shown, op, "avg", Rows(table), cost + 0.05)
            for found in self.np(after):
                if found.value.table is table and found.value.simple and not found.value.named:
                    yield self._than_scalar(found.end, shown, op, "avg", found.value.rows, cost + found.cost / 3)
            return
        for found in self.np(place):
            phrase: Phrase = found.value
            if phrase.table is not table or not phrase.simple or phrase.each or phrase.unsure:
                continue
            every = self.word(place) in ("every", "all", "each", "any", "both")
            if not phrase.single and not every and phrase.pick is None:
                continue
            function = ("max" if op == ">" else "min") if every else "max"
            rows = phrase.rows
            if phrase.pick is not None:
                if phrase.pick.number is not None or not isinstance(phrase.pick.by, Shown):
                    continue
                rows = rows.with_tests(Extreme(phrase.pick.by, phrase.pick.descending, rows))
            elif phrase.single:
                function = "only"
            end = found.end
            if self.word(end) == "'s":
                end += 1
            yield self._than_scalar(end, shown, op, function, rows, cost + found.cost)
            if self.word(end) in closed.AUXILIARY:
                yield self._than_scalar(end + 1, shown, op, function, rows, cost + found.cost)

    def _than_peers(self, at: int, table: sa.Table, shown: Shown, op: str, cost: float) -> Iterator[Found]:
        """ "the average (size) *for their architecture*": over the rows that share a column with the row."""
        for place in {at, *(end for end, attribute, _ in self.at(at, Attribute) if attribute.has(shown.column))}:
            start = self.skip(place + 1, closed.DETERMINER | closed.THEIR | closed.EACH | _OWN)
            said = {self.word(each) for each in range(place + 1, start)}
            if self.word(place) not in closed.PREPOSITION or not said & (closed.EACH | _OWN | {"its", "their"}):
                continue
            for key in self.group_keys(start, table):
                if len(key.value) == 1 and not shown.many:
                    peers = Peers(shown, op, "avg", key.value[0], Rows(table))
                    end = self.skip(key.end, frozenset(("group", "class", "category", "kind")))
                    yield Found(end, Modifier(peers, noted=(shown,)), cost + key.cost)

    def group_keys(self, at: int, table: sa.Table) -> Iterator[Found]:
        """What rows of the table can be grouped by; values are columns, as a tuple."""
        raise NotImplementedError

    def _above_average(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "(models) above the average parameter count", "below average"."""
        measure = self.measure_of(table)
        for op in (">", "<", ">=", "<="):
            for place in self.match(at, closed.COMPARISONS[op]):
                average = self.longest(place, _AVERAGES)
                if average == place:
                    continue
                named = [each for _, attribute, _ in self.at(average, Attribute)
                         for each, _ in self.columns_of(table, attribute) if is_number(each.column)]  # fmt: skip
                own = [Shown((), measure)] if measure is not None else []
                for shown in named or own:
                    yield from self._than_rows(place, table, shown, op, 0.1)

    def _than_scalar(self, end: int, shown: Shown, op: str, function: str, rows: Rows, cost: float) -> Found:
        test: Test = Compare(shown.column, op, Scalar(function, shown, rows))
        whole = self.on_row(shown, [test])
        return Found(end, Modifier(whole, noted=() if shown.many else (shown,)), cost)

    # -- the highest and the lowest

    def superlatives(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "the most parameters", "the largest embed size", "the highest number of layers"."""
        for phrases, high in ((closed.MOST, True), (closed.FEWEST, False)):
            for place in self.match(at, phrases):
                yield from self._extreme_of(place, table, high)
        start = self.skip(at, frozenset(("the", "its", "their")))
        for words, high in ((closed.HIGHEST, True), (closed.LOWEST, False)):
            for place in self.match(start, words):
                yield from self._extreme_of(self.skip(place, frozenset(("number", "of"))), table, high)

    def _extreme_of(self, at: int, table: sa.Table, high: bool) -> Iterator[Found]:
        for end, attribute, cost in self.at(at, Attribute):
            for shown, extra in self.columns_of(table, attribute):
                if is_number(shown.column):
                    yield Found(end, Modifier(pick=Pick(shown, high), noted=(shown,)), cost + extra)

    # -- dates

    def dates(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "created in 2021", "joined after May 2020", "from last year", "between 2019 and 2021"."""
        columns = self.day_columns(table)
        for end, attribute, cost in self.at(at, Attribute):
            named = [column for column in columns if attribute.has(column)]
            for column in named:
                if not column.nullable and self.word(end - 1).endswith("ed"):
                    yield Found(end, Modifier(), cost + 0.5)  # "(models) added": all were, some time
                for place in {end, self.skip(end, closed.ADVERB | closed.BE | frozenset(("date",)))}:
                    yield from self._dated(place, Shown((), column), cost, bare=True)
                for words, latest in ((closed.LAST, True), (closed.FIRST, False)):
                    for stop in self.match(end, words):  # "who joined last"
                        shown = Shown((), column)
                        yield Found(stop, Modifier(pick=Pick(shown, latest), noted=(shown,)), cost)
        if len(columns) == 1:
            yield from self._dated(at, Shown((), columns[0]), 0.2, bare=False)
            for end, period in read_period(self.tokens, at, self.context.today):
                days: list[Test] = [
                    Compare(columns[0], ">=", period.first.isoformat()),
                    Compare(columns[0], "<", period.after.isoformat()),
                ]
                if end == self.size:  # "largest dataset 2022"
                    shown = Shown((), columns[0])
                    yield Found(end, Modifier(self.on_row(shown, days), noted=(shown,)), 0.4)
            for end, verb, cost in self.at(at, Verb):
                if verb.relation.end is table:
                    yield from self._dated(end, Shown((), columns[0]), cost + 0.1, bare=True)

    def _dated(self, at: int, shown: Shown, cost: float, *, bare: bool) -> Iterator[Found]:
        for end, first, after in self._bounds_of_time(at, bare=bare):
            tests: list[Test] = []
            if first is not None:
                tests.append(Compare(shown.column, ">=", first.isoformat()))
            if after is not None:
                tests.append(Compare(shown.column, "<", after.isoformat()))
            found = Found(end, Modifier(self.on_row(shown, tests), noted=(shown,)), cost)
            yield found
            yield from self._or_periods(found, shown)
        for phrases, op in ((closed.AFTER, ">"), (closed.BEFORE, "<")):
            for place in self.match(at, phrases):
                yield from self._than_rows(place, shown.column.table, shown, op, cost)

    def _or_periods(self, first: Found, shown: Shown) -> Iterator[Found]:
        """ "in 2019 or 2020", "in 2019, 2020 and 2021"."""
        place = self.skip(first.end, closed.OR | closed.AND | frozenset(("in",)))
        if place == first.end:
            return
        for end, period in read_period(self.tokens, place, self.context.today):
            days: list[Test] = [
                Compare(shown.column, ">=", period.first.isoformat()),
                Compare(shown.column, "<", period.after.isoformat()),
            ]
            test = any_of([first.value.test, self.on_row(shown, days)])
            found = Found(end, Modifier(test, noted=(shown,)), first.cost + 0.05)
            yield found
            yield from self._or_periods(found, shown)

    def _bounds_of_time(self, at: int, *, bare: bool) -> Iterator[tuple[int, date | None, date | None]]:
        """(end, first day, day after the last), one of them None where the stretch is open."""
        today = self.context.today
        for phrases, of in (
            (closed.DURING, lambda period: (period.first, period.after)),
            (closed.AFTER, lambda period: (period.after, None)),
            (closed.SINCE, lambda period: (period.first, None)),
            (closed.BEFORE, lambda period: (None, period.first)),
            (closed.UNTIL, lambda period: (None, period.after)),
        ):
            for place in self.match(at, phrases):
                for end, period in read_period(self.tokens, self.skip(place, frozenset(("the", "year"))), today):
                    yield (end, *of(period))
                    if phrases is closed.DURING or phrases is closed.SINCE:
                        yield from self._or_later(end, period, phrases is closed.DURING)
                    if self.word(end) in ("to", "until", "till", "through", "and") and self.word(at) in (
                        "from",
                        "between",
                    ):
                        for stop, last in read_period(self.tokens, end + 1, today):
                            yield stop, period.first, last.after
        if self.word(at) == "between":
            for end, period in read_period(self.tokens, at + 1, today):
                if self.word(end) in ("and", "to"):
                    for stop, last in read_period(self.tokens, end + 1, today):
                        yield stop, period.first, last.after
        for sign, of_sign in ((">", "after"), (">=", "since"), ("<", "before"), ("<=", "until")):
            if self.word(at) == sign:
                for end, period in read_period(self.tokens, at + 1, today):
                    first = {"after": period.after, "since": period.first}.get(of_sign)
                    after = {"before": period.first, "until": period.after}.get(of_sign)
                    yield end, first, after
        if bare:
            for end, period in read_period(self.tokens, at, today):
                yield end, period.first, period.after
                yield from self._or_later(end, period, True)

    def _or_later(self, at: int, period: Period, both: bool) -> Iterator[tuple[int, date | None, date | None]]:
        for end in self.match(
            at,
            (
                ("or", "later"),
                ("or", "after"),
                ("onwards",),
                ("onward",),
                ("or", "newer"),
                ("on",),
                ("and", "later"),
                ("and", "after"),
                ("or", "more", "recent"),
            ),
        ):
            yield end, period.first, None
        if both:
            for end in self.match(
                at, (("or", "earlier"), ("or", "before"), ("or", "older"), ("and", "earlier"), ("and", "before"))
            ):
                yield end, None, period.after

    # -- known or not

    def knowns(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "unknown size", "no known parameter count", "a description", and in "without a size" its opposite."""
        no = self.word(at) == "no"
        yield from self.stated(at, table)
        place = self.skip(at + no, closed.DETERMINER - frozenset(("known",)))
        unknown = self.word(place) in closed.UNKNOWN
        known = self.word(place) == "known"
        start = place + (unknown or known)
        if not (unknown or known or no or self.word(at - 1) in closed.WITHOUT):
            return
        for end, attribute, cost in self.at(start, Attribute):
            for shown, extra in self.columns_of(table, attribute):
                if not shown.column.nullable:
                    continue
                null: Test = self.on_row(shown, [Compare(shown.column, "null")])
                if (unknown and not no) or (no and not unknown):
                    yield Found(end, Modifier(null), cost + extra)
                else:
                    yield Found(end, Modifier(Not(Compare(shown.column, "null"))) if not shown.path else Modifier(
                        self.on_row(shown, [Not(Compare(shown.column, "null"))])), cost + extra)  # fmt: skip

    def _unknown_to_us(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "(where) we do not know the size", "(of which) we have no size"."""
        place = self.skip(at, closed.RELATIVE | closed.PREPOSITION | frozenset(("where", "do")))
        place = self.skip(place, closed.NEGATION)
        if self.word(place) not in _WE:
            return
        negated = bool({self.word(each) for each in range(at, place)} & closed.NEGATION)
        start = self.skip(place + 1, closed.DO)
        negated |= self.word(start) in closed.NEGATION or self.word(place) == "nobody"
        verb = self.skip(start, closed.NEGATION)
        absent = self.word(verb) in closed.HAVE and self.word(verb + 1) == "no"
        if not absent and (not negated or self.word(verb) not in ("know", "knows", "have", "has")):
            return
        known = self.skip(verb + 1, closed.DETERMINER | frozenset(("no", "known")))
        named = [each for start in {known, self.longest(known, closed.HOW_MANY)} for each in self.at(start, Attribute)]
        for end, attribute, cost in named:
            for shown, extra in self.columns_of(table, attribute):
                if shown.column.nullable:
                    null = self.on_row(shown, [Compare(shown.column, "null")])
                    yield Found(self.skip(end, frozenset(("of", "for"))), Modifier(null), cost + extra)

    def not_known_to_us(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "(whose) size we do not know"."""
        for end, attribute, cost in self.at(at, Attribute):
            place = self.skip(end + 1, closed.DO | closed.NEGATION)
            negated = bool({self.word(each) for each in range(end, place)} & closed.NEGATION)
            if self.word(end) not in _WE or not negated or self.word(place) not in ("know", "have"):
                continue
            for shown, extra in self.columns_of(table, attribute):
                if shown.column.nullable:
                    yield Found(place + 1, Modifier(self.on_row(shown, [Compare(shown.column, "null")])), cost + extra)

    def none_given(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "(CNNs) where no module count is given", "where we do not know the size"."""
        yield from self._unknown_to_us(at, table)
        place = self.skip(at, frozenset(("where", "for", "which")))
        if self.word(place) != "no" or place == at:
            return
        for end, attribute, cost in self.at(place + 1, Attribute):
            stop = self.skip(end, closed.BE)
            if stop == end or self.word(stop) not in closed.STATED | frozenset(("there",)):
                continue
            for shown, extra in self.columns_of(table, attribute):
                if shown.column.nullable:
                    yield Found(stop + 1, Modifier(self.on_row(shown, [Compare(shown.column, "null")])), cost + extra)

    def stated(self, at: int, table: sa.Table) -> Iterator[Found]:
        """ "(whose) size is not known", "size is missing", "parameter count is null"."""
        for end, attribute, cost in self.at(self.skip(at, closed.DETERMINER), Attribute):
            place = self.skip(end, closed.BE | closed.HAVE)
            absent = self.word(place) in closed.NEGATION
            place = self.skip(place + absent, frozenset(("been", "be", "yet", "currently")))
            known, unknown = self.word(place) in closed.STATED, self.word(place) in closed.UNKNOWN
            asked = self.word(at - 1) in closed.BE if at else False  # "(for which models) is the size missing"
            if (place == end) != asked or not (known or unknown):
                continue
            for shown, extra in self.columns_of(table, attribute):
                if shown.column.nullable:
                    null: Test = Compare(shown.column, "null")
                    test = self.on_row(shown, [null if absent == known else Not(null)])
                    yield Found(place + 1, Modifier(test), cost + extra)


_WE = frozenset(("we", "i", "you", "they", "nobody"))


def _day_test(test: Compare) -> Compare:
    value = test.value
    return Compare(test.column, test.op, value.isoformat() if isinstance(value, date) else value)
