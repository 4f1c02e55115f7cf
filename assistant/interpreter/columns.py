"""Questions about columns of rows: listings, and "the embed size of bert", "which loss does it use", "their sizes".

projection = columns "of" np | columns "does" np "have" | np "'s" columns | "their" columns

"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import sqlalchemy as sa

from assistant.interpreter import closed
from assistant.interpreter.lexicon import Lead, Thing, Value, Verb
from assistant.interpreter.phrases import Phrases
from assistant.interpreter.reader import Found, Phrase, is_day, is_number
from assistant.interpreter.tree import Ask, Counted, Linked, Pick, Rows, Shown, Test


class Columns(Phrases):
    """The rules for columns of rows, and for what a listing of rows shows."""

    def _rows(self, phrase: Phrase) -> Ask | None:
        """The question that lists the rows of a phrase."""
        if isinstance(phrase.quantity, tuple) and phrase.quantity[0] == "=" and phrase.limit is None:
            if phrase.pick is None or phrase.pick.number is not None:
                return None
            phrase = replace(phrase, quantity=None, limit=phrase.quantity[1])  # "five models with the most parameters"
        if (
            phrase.group
            and phrase.grouped == "each"
            and all(each.path for each in phrase.group)
            and phrase.pick is None
        ):
            phrase = replace(phrase, show=(*phrase.group, *phrase.show), group=())  # "the authors of each model"
        if phrase.quantity not in (None, "each", "all") or (phrase.group and not self._best_of_groups(phrase)):
            return None
        told = self.context.last.rows.tests if self.context.last is not None else ()
        rows, having, counted = _counted_test(phrase, told)
        if phrase.counted is not None:
            if counted is not None or phrase.pick is not None or phrase.order:
                return None
            counted = phrase.counted
        show = (*self.name_shown(phrase.table), *phrase.show)
        if self.schema.kinds[phrase.table] == "detail":
            owner = self.schema.owner_of(phrase.table)
            assert owner is not None
            path = self.schema.between(phrase.table, owner)[0].path
            show = (*self.name_shown(owner, path), *show)
        phrase = _ranked(phrase)
        ask = Ask(
            "rows", rows, show=(*show, *phrase.noted), group=phrase.group, pick=phrase.pick, order=phrase.order,
            measure=counted, having=having, unsure=phrase.unsure,
        )  # fmt: skip
        return self._limited(ask, phrase.limit)

    @staticmethod
    def _best_of_groups(phrase: Phrase) -> bool:
        """Whether it is "the largest model per architecture": of each row one number, by which it is picked."""
        pick = phrase.pick
        if pick is None or pick.number is not None or not isinstance(pick.by, Shown) or pick.by.many:
            return False
        return not any(is_number(each.column) for each in phrase.group)

    def _limited(self, ask: Ask, limit: int | None) -> Ask | None:
        """The question with "top 5": the first five by what it is picked or ordered by."""
        if limit is None:
            return ask
        if ask.pick is not None:
            down = ask.pick.descending if limit > 0 else not ask.pick.descending
            return replace(ask, pick=Pick(ask.pick.by, down, abs(limit)))
        if ask.order:
            if len(ask.order) == 1 and isinstance(ask.order[0].by, Shown | Counted):
                by = ask.order[0].by
                if isinstance(by, Shown) and not (is_number(by.column) or is_day(by.column)):
                    return replace(ask, limit=abs(limit))
                return replace(ask, order=(), pick=Pick(by, limit > 0, abs(limit)))
            return replace(ask, limit=abs(limit))
        return None

    def _projection(self, at: int) -> Iterator[Found]:
        yield from self._column_of(at, counting=False)
        for found in self.np(at):  # "alice's affiliation", "resnet50 parameters", "transformers and their sizes"
            place = found.end + (self.word(found.end) == "'s")
            phrase: Phrase = found.value
            each = phrase.quantity in ("each", "all") and place > found.end
            if (phrase.quantity is not None and not each) or phrase.pick or phrase.group:
                continue
            noun = any(end == found.end for end, _, _ in self.at(at, Value)) or any(  # "RNN batch sizes"
                end == found.end for start in (found.end - 1, found.end - 2) for end, _, _ in self.at(start, Thing)
            )
            if place > found.end or phrase.single or noun:  # and "model names", "image dataset sizes"
                for shows in self.show_lists(place, phrase.table):
                    ask = self._projected(phrase, shows.value)
                    others = all(one.path and one.column.info.get("name") for one in shows.value)
                    cost = found.cost + shows.cost + 0.3 * (place == found.end) + 0.1 * others
                    yield Found(shows.end, ask, cost)  # "bert's authors" are rows themselves
                    for said in self.predicates(shows.end, phrase.table):  # "dataset sizes for video"
                        if said.value.tests_only and noun:  # of "model authors from ETH" the authors are
                            narrowed = replace(phrase, rows=phrase.rows.with_tests(said.value.test))
                            yield Found(said.end, self._projected(narrowed, shows.value), cost + said.cost + others)
                    for more in self.shows(shows.end, phrase.table):
                        ask = self._projected(phrase, (*shows.value, *more.value.show))
                        yield Found(more.end, ask, found.cost + shows.cost + more.cost + 0.3 * (place == found.end))
            if phrase.single:
                for shows in self.shows(found.end, phrase.table):
                    ask = self._projected(phrase, shows.value.show)
                    yield Found(shows.end, ask, found.cost + shows.cost)

    def _theirs(self, at: int) -> Iterator[Found]:
        """ "their sizes", "its owner"."""
        if self.context.last is not None and self.word(at) in closed.THEIR:
            for shows in self.show_lists(at + 1, self.context.last.table):
                yield Found(shows.end, self._projected(self.context.last, shows.value), shows.cost)

    def _column_of(self, at: int, *, counting: bool) -> Iterator[Found]:
        """ "embed size and loss of bert", "which loss does bert use", "how many parameters does bert have"."""
        for table in self.schema.tables:
            if self.schema.kinds[table] not in ("entity", "detail"):
                continue
            if {self.word(each) for each in range(at, self.skip(at, closed.DETERMINER))} & closed.DISTINCT:
                continue  # "different tasks of" are values, not rows
            for shows in self.show_lists(at, table):
                columns: tuple[Shown, ...] = shows.value
                if counting and not all(is_number(each.column) for each in columns):
                    continue
                if all(each.path and self.schema.name_of(each.column.table) is each.column for each in columns):
                    continue  # "datasets of bert" are rows themselves
                thing = not counting and any(True for _ in self.at(at, Thing))
                shows = Found(shows.end, shows.value, shows.cost + 0.1 * thing)
                yield from self._of_rows(shows, table, counting)
                which = bool(at) and self.word(at - 1) in ("which", "what") and self._has_values(columns)
                yield from self._does_rows(shows, table, counting, which=which)

    def _has_values(self, columns: tuple[Shown, ...]) -> bool:
        return all(each.column.info.get("values") or self.schema.is_open(each.column) for each in columns)

    def _of_rows(self, shows: Found, table: sa.Table, counting: bool) -> Iterator[Found]:
        place = self.skip(shows.end, frozenset(("are", "is", "there", "used", "employed")))
        if self.word(place) not in ("of", "for", "in", "from", "by", "on", "to", "behind", "has"):
            return
        for found in self.np(place + 1):
            if found.value.table is table:
                yield from self._shown_of(found.end, found.value, shows, found.cost, counting)

    def _does_rows(self, shows: Found, table: sa.Table, counting: bool, *, which: bool) -> Iterator[Found]:
        place = self.skip(shows.end, closed.AUXILIARY)
        for found in self.np(place):
            phrase: Phrase = found.value
            if phrase.table is not table or (place == shows.end and not phrase.single):
                continue
            end = found.end
            if self.word(end) in closed.LIGHT or self.word(end) in closed.BE:
                while self.word(end) in closed.LIGHT | closed.BE and not self._in_total(end):
                    end += 1
                for stop, verb, _ in self.at(end, Verb):
                    if not counting and verb.relation.start is table:
                        end = stop
            else:
                for stop, _verb, _ in self.at(end, Verb | Lead):
                    end = self.skip(stop, closed.LIGHT)
            if end == found.end and place == shows.end:
                continue
            values = which and phrase.bare  # "which media do the datasets cover" asks for the values
            yield from self._shown_of(end, phrase, shows, found.cost + 0.1 + 0.6 * values, counting)

    def _in_total(self, at: int) -> int:
        """The place after "in total", or 0."""
        end = self.longest(
            at, (("in", "total"), ("altogether",), ("combined",), ("together",), ("overall",), ("in", "all"))
        )
        return end if end > at else 0

    def _shown_of(self, at: int, phrase: Phrase, shows: Found, cost: float, counting: bool) -> Iterator[Found]:
        """Columns of rows one by one; of a number that was asked with "how many" also their sum."""
        cost += shows.cost
        end = self._in_total(at) or self._in_total(self.closing(at)) or at
        if not counting or phrase.quantity == "each" or (phrase.named and end == at):
            yield Found(at, self._projected(phrase, shows.value), cost)
            return
        total = end > at or "total" in self.low[:at]
        if not total:
            yield Found(at, self._projected(phrase, shows.value), cost)
        if len(shows.value) == 1 and phrase.quantity in (None, "all") and phrase.pick is None and not phrase.show:
            ask = Ask(
                "aggregate",
                phrase.rows,
                function="SUM",
                measure=shows.value[0],
                group=phrase.group,
                unsure=phrase.unsure,
            )
            yield Found(max(at, end), ask, cost)

    def _projected(self, phrase: Phrase, shown: tuple[Shown, ...]) -> Ask | None:
        if phrase.quantity not in (None, "each", "all") or phrase.group:
            return None
        return self._rows(replace(phrase, show=(*shown, *phrase.show)))


def _ranked(phrase: Phrase) -> Phrase:
    """ "the largest transformers by embed size": what is said after "by" is what they are picked by."""
    if phrase.pick is None or len(phrase.order) != 1 or not phrase.order[0].ranks:
        return phrase
    return replace(phrase, pick=replace(phrase.pick, by=phrase.order[0].by), order=(), noted=())


def _counted_test(phrase: Phrase, told: Sequence[Test]) -> tuple[Rows, tuple[str, int] | None, Counted | None]:
    """(other tests, the count that rows must have, what is counted), so that "at least 5 models" shows how many; not
    for tests that the rows spoken of were ``told`` by already."""
    counts = [
        test for test in phrase.rows.tests
        if isinstance(test, Linked) and test.count is not None and all(test is not each for each in told)
    ]  # fmt: skip
    plain = phrase.pick is None and not phrase.order and not any(shown.many for shown in phrase.show)
    if len(counts) != 1 or not plain:
        return phrase.rows, None, None
    test = counts[0]
    assert test.count is not None
    op, number = test.count
    if not test.path or op not in (">", ">=", "=") or (op == "=" and number == 0) or (op == ">=" and number == 0):
        return phrase.rows, None, None
    rest = tuple(each for each in phrase.rows.tests if each is not test)
    return replace(phrase.rows, tests=rest), test.count, Counted(test.path, test.rows)
