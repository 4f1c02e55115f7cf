"""Two things side by side: compared by their columns, by a number, or by how many there are.

between    = "which" comparative "," np "or" np
against    = "how does" np "compare with" np ["in" columns]
compare    = "compare" np "and" np ["in" columns] | np "versus" np "in" columns
difference = "how many more" column "does" np "have than" np | "the difference in" column "between" np "and" np
more of    = "are there more" np "or" np
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sqlalchemy as sa

from assistant.interpreter import closed
from assistant.interpreter.domains import Domains
from assistant.interpreter.lexicon import Attribute, Thing
from assistant.interpreter.reader import Found, Phrase, all_of, any_of, is_number
from assistant.interpreter.tree import AnyOf, Ask, Pick, Rows, Shown

_AGAINST = closed.phrases(
    "compare with|compare to|compare against|stack up against|measure up to|measure up against|differ from|"
    "compared with"
)


_BY = closed.words("in by on for with regarding , terms of respect to how many the their")
_DIFFERENCE = closed.phrases(
    "difference in|difference of|differences in|size difference|gap in|the difference in|the difference of|the gap in"
)


class Contrasts(Domains):
    """The rules for two things side by side."""

    def _counting(self, at: int) -> Iterator[Found]:
        """How many there are of something."""
        raise NotImplementedError

    def _compare(self, at: int) -> Iterator[Found]:
        """ "compare bert with gpt2 in size", "bert vs gpt2, how many parameters": the two, with what is compared."""
        starts = [(place, True) for place in self.match(at, closed.COMPARING)]
        for start, _ in starts:
            place = self.skip(start, frozenset(("the",)))
            for found in (*self._counting(place), *self._aggregate(place)):
                if found.value is not None and found.value.group:
                    yield found
        for start, said in (*starts, (at, False)):
            for found in self._pairs(start):
                phrase: Phrase = found.value
                own = tuple(
                    Shown((), column)
                    for column in self.schema.columns(phrase.table)
                    if not column.foreign_keys and not column.primary_key
                )
                if said:
                    yield Found(found.end, Ask("rows", phrase.rows, show=own, unsure=phrase.unsure), found.cost)
                for shows in self._compared_by(found.end, phrase.table):
                    ask = self._projected(replace(phrase, each=()), shows.value)
                    yield Found(shows.end, ask, found.cost + shows.cost)

    def _compared_by(self, at: int, table: sa.Table) -> Iterator[Found]:
        """Past "in", "by", ",": the columns that two rows are compared by."""
        place = self.skip(at, _BY)
        if place > at:
            yield from self.show_lists(place, table)
        asked = self.skip(at, closed.AND)
        if self.word(asked) == "how":  # ", how big are they"
            yield from self.show_lists(asked, table)

    def _pairs(self, at: int) -> Iterator[Found]:
        """Two named rows of one table: "bert and gpt2", "bert with gpt2", "bert versus gpt2"."""
        for found in self.np(at):
            phrase: Phrase = found.value
            if phrase.each and phrase.named and phrase.quantity is None:
                yield found
            if not (phrase.single and phrase.named) or self.word(found.end) not in ("with", "to", "against", "versus"):
                continue
            for second in self.np(found.end + 1):
                other: Phrase = second.value
                if other.single and other.named and other.table is phrase.table:
                    both = (all_of(phrase.rows.tests), all_of(other.rows.tests))
                    rows = Rows(phrase.table, (any_of(both) if phrase is not self.context.last else AnyOf(both),))
                    pair = Phrase(rows, named=True, unsure=phrase.unsure or other.unsure)
                    yield Found(second.end, pair, found.cost + second.cost)

    def _difference(self, at: int) -> Iterator[Found]:
        """ "how many more parameters has gpt2-xl than gpt2", "how much bigger is vgg19 than vgg16"."""
        for place, columns in self._more_than_how_many(at):
            start = self.skip(place, closed.AUXILIARY)
            for first in self.np(start) if start > place else ():
                end = self.skip(first.end, closed.HAVE)
                if self.word(end) not in closed.THAN or not first.value.single:
                    continue
                for second in self.np(end + 1):
                    yield from self._subtracted(second.end, columns, first, second)
        for place in self.match(at, _DIFFERENCE):
            for end, attribute, _ in self.at(self.skip(place, frozenset(("the", "their"))), Attribute):
                for pair in self._pairs(end + 1) if self.word(end) in ("between", "of") else ():
                    for shown, extra in self.columns_of(pair.value.table, attribute):
                        if is_number(shown.column):
                            show = (*self.name_shown(pair.value.table), shown)
                            ask = Ask("rows", pair.value.rows, show=show)
                            if len(parts := pair.value.each) == 2 and not shown.many and not pair.value.unsure:
                                ask = Ask("difference", parts[0], function="ABS", measure=shown, other=parts[1])
                            yield Found(pair.end, ask, pair.cost + extra)

    def _more_than_how_many(self, at: int) -> Iterator[tuple[int, tuple[sa.Column[object], ...]]]:
        for place in self.match(at, (("how", "many", "more"), ("how", "many", "fewer"), ("how", "much", "more"))):
            for end, attribute, _ in self.at(place, Attribute):
                yield end, attribute.columns
        times = self._words(at, "how", "many", "times")
        if self._words(at, "how", "much") or times:
            for end, columns, _, _ in self.comparatives(at + 2 + times):
                yield end, columns

    def _subtracted(
        self, end: int, columns: tuple[sa.Column[object], ...], first: Found, second: Found
    ) -> Iterator[Found]:
        """A number of one row less that of the other."""
        one, other = first.value, second.value
        if not other.single or other.table is not one.table:
            return
        for shown, extra in self.columns_of(one.table, Attribute(columns)):
            if is_number(shown.column):
                unsure, function = one.unsure or other.unsure, "RATIO" * ("times" in self.low)
                ask = Ask("difference", one.rows, function=function, measure=shown, other=other.rows, unsure=unsure)
                yield Found(self.skip(end, closed.AUXILIARY), ask, first.cost + second.cost + extra)

    def _more_of(self, at: int) -> Iterator[Found]:
        """ "(are there) more CNNs or transformers": how many there are of each."""
        start = self.skip(at, frozenset(("there", "more", "fewer", "of", "those", "these")))
        if not {self.word(each) for each in range(at, start)} & {"more", "fewer"}:
            return
        for found in self.np(start):
            for ask in self.told_apart(found.value):
                yield Found(found.end, ask, found.cost)
            place = self.skip(found.end, frozenset(("or", "than", "more", ",")))
            for second in self.np(place) if place > found.end else ():
                first, other = found.value, second.value
                if first.table is not other.table or not (first.simple and other.simple):
                    continue
                column = self.told_by(first)
                if column is not None and column is self.told_by(other):
                    rows = Rows(first.table, (any_of((*first.rows.tests, *other.rows.tests)),))
                    ask = Ask("count", rows, group=(Shown((), column),))
                    yield Found(second.end, ask, found.cost + second.cost)

    def _set_against(self, at: int) -> Iterator[Found]:
        """ "how does bert compare with gpt2", "how does vgg16's size stack up against that of resnet50"."""
        if self.word(at) != "how" or self.word(at + 1) not in closed.DO:
            return
        yield from self._averages_against(at + 2)
        last = self.context.last
        theirs = [Found(at + 2, last)] if last is not None and self.word(at + 2) in closed.THEIR else []
        for first in (*theirs, *self.np(at + 2)):
            shown: tuple[Shown, ...] = ()
            place = first.end
            if first in theirs:
                for shows in self.show_lists(at + 3, first.value.table):
                    shown, place = shows.value, shows.end
            if self.word(place) == "'s":
                for shows in self.show_lists(place + 1, first.value.table):
                    shown, place = shows.value, shows.end
            for end in self.match(place, _AGAINST):
                for second in self.np(end + 2 if self._words(end, "that", "of") else end):
                    phrase: Phrase = second.value
                    if not (first.value.single and phrase.single and phrase.table is first.value.table):
                        continue
                    stop = second.end
                    if self.word(stop) in ("on", "in", "by") and not shown:
                        for shows in self.show_lists(self.skip(stop + 1, closed.DETERMINER), phrase.table):
                            shown, stop = shows.value, shows.end
                    rows = Rows(phrase.table, (any_of((*first.value.rows.tests, *phrase.rows.tests)),))
                    own = tuple(
                        Shown((), column)
                        for column in self.schema.columns(phrase.table)
                        if not column.foreign_keys and not column.primary_key
                    )
                    show = (*self.name_shown(phrase.table), *(shown or own))
                    yield Found(stop, Ask("rows", rows, show=show), first.cost + second.cost)

    def _averages_against(self, at: int) -> Iterator[Found]:
        """ "(how does) the average size of CNNs compare to that of transformers"."""
        for first in self._aggregate(self.skip(at, closed.DETERMINER)):
            ask: Ask = first.value
            for end in self.match(first.end, _AGAINST):
                place = end + 2 if self.word(end) in ("that", "those") and self.word(end + 1) == "of" else end
                for second in self.np(place):
                    phrase: Phrase = second.value
                    column = self.told_by(Phrase(ask.rows))
                    if column is None or column is not self.told_by(phrase):
                        continue
                    if phrase.table is ask.rows.table and phrase.simple and not ask.group:
                        rows = Rows(phrase.table, (any_of((*ask.rows.tests, *phrase.rows.tests)),))
                        both = replace(ask, rows=rows, group=(Shown((), column),))
                        yield Found(second.end, both, first.cost + second.cost)

    def _between_two(self, at: int) -> Iterator[Found]:
        """ "which is bigger, bert or gpt2", "which has more parameters: vgg16 or resnet50"."""
        place = self.skip(at, closed.DETERMINER | frozenset(("one",)))
        if self.word(place) in ("of", "between", "among"):  # "which of bert and gpt2 has more parameters"
            for found in self.np(place + 1):
                for end, columns, high in self._compared_in(self.skip(found.end, closed.AUXILIARY)):
                    yield from self._winner(found, end, columns, high)
        for end, _thing, _ in self.at(place, Thing):
            place = end
        for end, columns, high in self._compared_in(self.skip(place, closed.AUXILIARY | frozenset(("one",)))):
            start = self.skip(end, frozenset((",", ":", "of", "out", "between", "among", "-")))
            for found in self.np(start):
                yield from self._winner(found, found.end, columns, high)

    def _compared_in(self, place: int) -> Iterator[tuple[int, tuple[sa.Column[object], ...], bool]]:
        """(end, columns, high) of "bigger", "more parameters"."""
        options: list[tuple[int, tuple[sa.Column[object], ...], bool]] = [
            (end, columns, high) for end, columns, high, _ in self.comparatives(place)
        ]
        if self.word(place) in ("more", "fewer", "less", "larger", "bigger", "higher", "smaller", "lower"):
            high = self.word(place) in ("more", "larger", "bigger", "higher")
            options += [(end, attribute.columns, high) for end, attribute, _ in self.at(place + 1, Attribute)]
        yield from options

    def _winner(self, found: Found, end: int, columns: tuple[sa.Column[object], ...], high: bool) -> Iterator[Found]:
        """The one of the named rows that has the highest or lowest of such columns."""
        phrase: Phrase = found.value
        for column in columns if phrase.named and not phrase.single else ():
            for shown, extra in self.columns_of(phrase.table, Attribute((column,))):
                show = (*self.name_shown(phrase.table), shown)
                ask = Ask("rows", phrase.rows, show=show, pick=Pick(shown, high))
                yield Found(end, ask, found.cost + extra)
