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
from assistant.interpreter.lexicon import Adjective, Asking, Attribute, Lead, Thing, Verb
from assistant.interpreter.phrases import Phrases
from assistant.interpreter.reader import Found, Modifier, Phrase, any_of, is_day, is_number
from assistant.interpreter.tree import Ask, Compare, Counted, Linked, Pick, Rows, Scalar, Shown


class Questions(Phrases):
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
        return general or (first in closed.BE | closed.DO | closed.HAVE and second in closed.ALL)

    def _openings(self) -> list[tuple[int, float]]:
        """The places where the question proper may begin, the latest last."""
        places = [0]
        place = 0
        while place < self.size and (self.word(place) in closed.OPENER or self.word(place) in (",", "'s", "'d")):
            if self.word(place) == "who" and self.word(place + 1) not in closed.BE:
                break  # who did it is what is asked
            place += 1
            places.append(place)
        return [(each, 0.01 * (place - each)) for each in places if each < self.size]

    def _forms(self, at: int, cost: float, *, fronted: bool = False) -> Iterator[Found]:
        if not fronted:
            yield from self._fronted(at, cost)
        for form in (
            self._theirs, self._listing, self._counting, self._aggregate, self._projection, self._domain, self._details,
            self._yes_no, self._when, self._what_for, self._how_much, self._by_whom, self._between_two,
        ):  # fmt: skip
            for found in form(at):
                end = self._close(found.end)
                if end == self.size and found.value is not None:
                    yield Found(end, found.value, found.cost + cost)

    def _close(self, at: int) -> int:
        while at < self.size:
            end = self.longest(at, closed.CLOSER)
            if end == at and self.word(at) in (",", "please", "me", "us", "now"):
                end = at + 1
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
                for key in self.group_keys(place, table):
                    start = self.skip(key.end, frozenset((",",)))
                    end = start
                    while self.word(end) in closed.OPENER:
                        end += 1
                    yield from self._fronted_rest(start, end, key.value, cost)
                    for begin in range(start, end + 1):
                        for found in self._forms(begin, cost + 0.01 * (end - begin), fronted=True):
                            ask: Ask = found.value
                            if ask.kind in ("count", "aggregate") and ask.rows.table is table and not ask.group:
                                yield Found(found.end, replace(ask, group=key.value), found.cost + key.cost)

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
            if ask is not None:
                yield Found(found.end, ask, found.cost + cost)
            elif phrase.group and not phrase.grouped and not name_only:  # "models per architecture" counts them
                count = self._count(phrase)
                if count is not None:
                    yield Found(found.end, count, found.cost + 0.3)

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
        rows, having, counted = _counted_test(phrase)
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
        """Whether it is "the largest model per architecture": columns of the rows themselves on both sides."""
        pick = phrase.pick
        return (
            pick is not None and pick.number is None and isinstance(pick.by, Shown) and not pick.by.path
            and all(not each.path and not each.part for each in phrase.group)
        )  # fmt: skip

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

    # -- how many

    def _counting(self, at: int) -> Iterator[Found]:
        for place in self.match(at, closed.HOW_MANY):
            for start in {place, self.skip(place, closed.DETERMINER | frozenset(("of",)))}:
                for found in self.np(start):
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
                if not found.value.simple or found.value.quantity not in (None, "all") or found.value.pick:
                    continue
                for said in self.predicates(found.end, found.value.table):
                    if said.value.tests_only:
                        unsure = found.value.unsure or said.value.unsure
                        ask = Ask("share", found.value.rows, part=said.value.test, unsure=unsure)
                        yield Found(said.end, ask, found.cost + said.cost + 0.02 * len(found.value.rows.tests))
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
        for end, attribute, cost in self.at(place, Attribute):
            for shown, rows, stop, extra in self._domain_rows(end, attribute, of_one=True):
                ask = Ask("count", rows, measure=shown)
                yield Found(stop, ask, cost + extra + 0.3)

    # -- aggregates

    def _aggregate(self, at: int) -> Iterator[Found]:
        for phrases, function in (
            (closed.AVERAGE, "AVG"), (closed.DEVIATION, "STDDEV_POP"), (closed.TOTAL, "SUM"),
            (closed.HIGHEST, "MAX"), (closed.LOWEST, "MIN"),
        ):  # fmt: skip
            for place in self.match(at, phrases):
                start = self.skip(place, frozenset(("of", "the", "number", "all", "value", "count", "amount", "for")))
                for end, attribute, cost in self.at(start, Attribute):
                    yield from self._aggregate_of(end, attribute, function, cost)
                for end, thing, cost in self.at(start, Thing):  # "the average dataset size"
                    for stop, attribute, extra in self.at(end, Attribute):
                        own = tuple(shown.column for shown, _ in self.columns_of(thing.table, attribute))
                        if own:
                            yield from self._aggregate_of(stop, Attribute(own), function, cost + extra)

    def _aggregate_of(self, at: int, attribute: Attribute, function: str, cost: float) -> Iterator[Found]:
        if function == "AVG":  # "average number of modules per CNN"
            for place in self.match(at, closed.PER):
                for found in self.np(place):
                    for shown, extra in self.columns_of(found.value.table, attribute):
                        if is_number(shown.column) and found.value.simple and found.value.quantity in (None, "each"):
                            ask = Ask("aggregate", found.value.rows, function=function, measure=shown)
                            yield Found(found.end, ask, found.cost + cost + extra)
        place = self.skip(
            at,
            frozenset(
                (
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
        for column in attribute.columns:  # of all rows, or per key
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
            for found in self.groups(at, table):
                ask = Ask("aggregate", Rows(table), function=function, measure=shown, group=found.value.group)
                yield Found(found.end, ask, found.cost + cost + bare)

    # -- columns of rows

    def _projection(self, at: int) -> Iterator[Found]:
        yield from self._column_of(at, counting=False)
        for found in self.np(at):  # "alice's affiliation", "resnet50 parameters", "transformers and their sizes"
            place = found.end + (self.word(found.end) == "'s")
            phrase: Phrase = found.value
            if phrase.quantity is not None or phrase.pick or phrase.group:
                continue
            noun = any(
                end == found.end for start in (found.end - 1, found.end - 2) for end, _, _ in self.at(start, Thing)
            )
            if place > found.end or phrase.single or noun:  # and "model names", "image dataset sizes"
                for shows in self.show_lists(place, phrase.table):
                    ask = self._projected(phrase, shows.value)
                    yield Found(shows.end, ask, found.cost + shows.cost + 0.3 * (place == found.end))
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
            for shows in self.show_lists(at, table):
                columns: tuple[Shown, ...] = shows.value
                if counting and not all(is_number(each.column) for each in columns):
                    continue
                if all(each.path and self.schema.name_of(each.column.table) is each.column for each in columns):
                    continue  # "datasets of bert" are rows themselves
                thing = not counting and any(True for _ in self.at(at, Thing))
                shows = Found(shows.end, shows.value, shows.cost + 0.1 * thing)
                yield from self._of_rows(shows, table, counting)
                yield from self._does_rows(shows, table, counting)

    def _of_rows(self, shows: Found, table: sa.Table, counting: bool) -> Iterator[Found]:
        place = self.skip(shows.end, frozenset(("are", "is", "there", "used", "employed")))
        if self.word(place) not in ("of", "for", "in", "from", "by", "on", "to", "behind", "has"):
            return
        for found in self.np(place + 1):
            if found.value.table is table:
                yield from self._shown_of(found.end, found.value, shows, found.cost, counting)

    def _does_rows(self, shows: Found, table: sa.Table, counting: bool) -> Iterator[Found]:
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
            yield from self._shown_of(end, phrase, shows, found.cost + 0.1, counting)

    def _in_total(self, at: int) -> int:
        """The place after "in total", or 0."""
        end = self.longest(
            at, (("in", "total"), ("altogether",), ("combined",), ("together",), ("overall",), ("in", "all"))
        )
        return end if end > at else 0

    def _shown_of(self, at: int, phrase: Phrase, shows: Found, cost: float, counting: bool) -> Iterator[Found]:
        """Columns of rows one by one; of a number that was asked with "how many" also their sum."""
        cost += shows.cost
        end = self._in_total(at) or at
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

    # -- values of a column

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
                place = self.skip(at, closed.AUXILIARY)
                of = self.word(place) in closed.PREPOSITION
                for found in self.np(place + of):
                    phrase: Phrase = found.value
                    if phrase.single and not of_one:
                        continue
                    if phrase.table is table and phrase.simple and phrase.quantity is None and not phrase.pick:
                        end = self.skip(found.end, closed.LIGHT) if not of else found.end
                        if of or end > found.end or place > at:
                            yield shown, phrase.rows, end, cost + found.cost

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
        kinds = self.longest(place, closed.KIND_OF)
        different = kinds > place or any(self.word(each) in closed.DISTINCT for each in range(at - 1, place))
        place = kinds
        for end, attribute, cost in self.at(place, Attribute):
            cost -= 0.25 * different
            for shown, rows, stop, extra in self._domain_rows(end, attribute):
                single = self.tokens[end - 1].low.endswith("s") or place > at or rows.tests == ()
                if rows.tests and not (wh and single):
                    continue
                yield Found(stop, Ask("values", rows, group=(shown,)), cost + extra + 0.25)
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
                    both = (*phrase.rows.tests, *modifier.test.value.rows.tests)  # the two, to compare
                    rows = Rows(phrase.table, (any_of(both),))
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
                    if is_day(column) and "who" in column.table.info.get("asked", ()):
                        continue  # nobody is as old as their account
                    for shown, extra in self.columns_of(found.value.table, Attribute((column,))):
                        yield Found(found.end, self._projected(found.value, (shown,)), found.cost + cost + extra)

    def _by_whom(self, at: int) -> Iterator[Found]:
        """ "by whom was vgg16 made", "who was vgg16 made by"."""
        first = self.word(at) == "by"
        if self.word(at + first) not in ("who", "whom"):
            return
        for found in self.np(self.skip(at + first + 1, closed.AUXILIARY)):
            for end, verb, cost in self.at(self.skip(found.end, closed.ADVERB | closed.AUXILIARY), Verb):
                if verb.relation.end is not found.value.table or verb.particle:
                    continue
                if not first and self.word(end) != "by":
                    continue
                for modifier, extra in self.relate(verb.relation, found.value, verb.relation.start):
                    if modifier.test is not None:
                        ask = self._rows(Phrase(Rows(verb.relation.start, (modifier.test,)), unsure=modifier.unsure))
                        yield Found(end + (not first), ask, found.cost + cost + extra)

    def _between_two(self, at: int) -> Iterator[Found]:
        """ "which is bigger, bert or gpt2", "which has more parameters: vgg16 or resnet50"."""
        place = self.skip(at, closed.DETERMINER)
        for end, _thing, _ in self.at(place, Thing):
            place = end
        place = self.skip(place, closed.AUXILIARY | frozenset(("one",)))
        options: list[tuple[int, tuple[sa.Column[object], ...], bool]] = [
            (end, columns, high) for end, columns, high, _ in self.comparatives(place)
        ]
        if self.word(place) in ("more", "fewer", "less", "larger", "bigger", "higher", "smaller", "lower"):
            high = self.word(place) in ("more", "larger", "bigger", "higher")
            options += [(end, attribute.columns, high) for end, attribute, _ in self.at(place + 1, Attribute)]
        for end, columns, high in options:
            start = self.skip(end, frozenset((",", ":", "of", "out", "between", "among", "-")))
            for found in self.np(start):
                phrase: Phrase = found.value
                if not phrase.named or phrase.single:
                    continue
                for column in columns:
                    for shown, extra in self.columns_of(phrase.table, Attribute((column,))):
                        rows = phrase.rows
                        show = (*self.name_shown(phrase.table), shown)
                        ask = Ask("rows", rows, show=show, pick=Pick(shown, high))
                        yield Found(found.end, ask, found.cost + extra)


def _ranked(phrase: Phrase) -> Phrase:
    """ "the largest transformers by embed size": what is said after "by" is what they are picked by."""
    if phrase.pick is None or len(phrase.order) != 1 or not phrase.order[0].ranks:
        return phrase
    return replace(phrase, pick=replace(phrase.pick, by=phrase.order[0].by), order=(), noted=())


def _counted_test(phrase: Phrase) -> tuple[Rows, tuple[str, int] | None, Counted | None]:
    """(other tests, the count that rows must have, what is counted), so that "at least 5 models" shows how many."""
    counts = [test for test in phrase.rows.tests if isinstance(test, Linked) and test.count is not None]
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
