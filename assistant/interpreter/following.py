"""The rules for what a follow-up means after the last turn, tried in turn until one fits."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace

import sqlalchemy as sa

from assistant.interpreter import closed, ellipsis, followups, groups, listings, pairs, pronouns, references, rewording
from assistant.interpreter.answering import Answering
from assistant.interpreter.followups import Turn, last_phrase, refine, swap
from assistant.interpreter.interpretation import (
    failed,
)
from assistant.interpreter.lexicon import Adjective, Attribute, Thing
from assistant.interpreter.questions import Questions
from assistant.interpreter.reader import Found, Phrase, is_day, is_number, is_one, numbers_of
from assistant.interpreter.reading import Reading, nouns_of
from assistant.interpreter.schema import turn_round
from assistant.interpreter.tree import Ask, Compare, Extreme, Linked, Not, Order, Rows, Shown, walk

_QUESTION_WORDS = frozenset(("what", "who", "when", "where", "which", "how", "whose"))


@dataclass(frozen=True, slots=True)
class Following(Answering):
    """What a turn means that only goes on from the last one."""

    def _follow_plain(self, plain: Questions, last: Turn) -> tuple[Reading | None, Turn | None]:
        if rewording.restores(plain.low):
            return self._restored(plain, last)
        if rewording.undoes(plain.low) or (rewording.undoes_last(plain.low) and last.narrowed):
            before = last.before
            if before is None or before.ask.rows.table is not last.ask.rows.table:
                return None, None
            reading, _ = self._finish(plain, [Found(plain.size, before.ask)])
            return reading, replace(before, before=before.before or Turn(before.ask, before.text))
        for shown_before in last.back():
            if (released := references.released(plain, shown_before.ask)) is not None:
                return self._finish(plain, [Found(plain.size, released)])
            if (among := references.among_top(plain, shown_before.ask)) is not None:
                few = last_phrase(shown_before.ask, functools.partial(self._names_of, shown_before.ask), plain)
                return self._ask_of(among, few) if few is not None else (None, None)
        if (shown := pronouns.asked_whether(plain) or pronouns.asks_all(plain, last.ask)) is not None:
            plain = self._questions(shown)
        whole = pronouns.with_none(plain, last.ask)
        if whole is not None:
            alone = self._read_alone(whole)
            return alone, Turn(alone.ask, whole) if alone.ask is not None else None
        if (without := pronouns.having_none(plain, last.ask)) is not None:
            plain = self._questions(without)
        if (dated := references.in_that_year(plain, last.ask)) is not None:
            plain = self._questions(dated)
        meant = references.said_before(plain, last.ask, self._number_said(last.ask))
        if meant is not None:
            plain = self._questions(meant)
        if plain.low[-2:] in (["what", "else"], ["anything", "else"]) and plain.size < 4:
            return self._what_else(plain, last)
        bare = pronouns.without_else(plain)
        if bare is not None:
            return self._others(plain, bare, last)
        if (others := pronouns.other_ones(plain, last.ask)) is not None:
            found = self._others_than(others, last)
            if found is not None:
                return found
        rest = references.turned_round(plain)
        if rest is not None and rest < plain.size:
            plain = self._questions(plain.lattice.text[plain.tokens[rest].start :])
        elif rest is not None:
            return self._finish(plain, [Found(plain.size, ask) for ask in references.turn_round(plain, last.ask)])
        unsure: Reading | None = None
        for rule in (
            self._left_out,
            self._same_of_another,
            self._shared,
            self._paired,
            self._apart,
            self._grouped,
            self._belonging,
            self._bigger,
            self._chosen,
            self._counted,
            self._referred,
            self._changed,
        ):
            reading, turn = rule(plain, last)
            if reading is not None and (reading.error is None or reading.error["code"] != "ambiguous"):
                return reading, turn
            unsure = unsure or reading
        if unsure is not None:
            return unsure, None
        if (same := self._same_asked(plain, last)) is not None:
            return same
        for text in pronouns.completed(plain, last.ask):
            reading = self._read_alone(text)
            if reading.understood and reading.ask is not None:
                return reading, Turn(reading.ask, text)
        end = pronouns.among(plain)  # "only the transformers among them"
        return (
            self._changed(self._questions(plain.lattice.text[: plain.tokens[end - 1].end]), last)
            if end
            else (None, None)
        )

    def _restored(self, plain: Questions, last: Turn) -> tuple[Reading | None, Turn | None]:
        """ "all of them again": the last list of the same things that was longer; "back to the first list": that one,
        "back to all four models": the one of so many."""
        nouns = {thing.table for at in range(plain.size) for _, thing, _ in plain.at(at, Thing)}
        number = next((int(said) for at in range(plain.size) for _, said in plain.number(at)), None)
        first = bool({"first", "original", "initial"} & set(plain.low))
        lists = [turn for turn in last.back() if turn.ask.kind == "rows" and not turn.ask.group]
        tables = nouns or {last.ask.rows.table}
        if number is not None or first:
            listed = [turn for turn in lists if turn.ask.rows.table in nouns or not nouns]
            fitting = [turn for turn in listed if self._things(turn.ask) == number or (first and not turn.one)]
            meant = next(iter(reversed(fitting) if first else iter(fitting)), None)
        else:
            same = [turn for turn in lists if turn.ask.rows.table in tables]
            wider = [turn for turn in same if _narrower(last.ask, turn.ask)] or [
                turn
                for near in lists[: pronouns.FAR]
                for turn in lists
                if turn in near.back() and _narrower(near.ask, turn.ask)
            ]  # "all of them again" after who owns two of them
            if {"mine", "my"} & set(plain.low):
                wider.sort(key=lambda turn: len(turn.ask.rows.tests))
            meant = next((turn for turn in same if not turn.one), None) if nouns else next(iter(wider), None)
        if meant is None:
            return None, None
        return self._finish(plain, [Found(plain.size, meant.ask)])[0], meant

    def _left_out(self, plain: Questions, last: Turn) -> tuple[Reading | None, Turn | None]:
        """Most of what it means stands in the turn before."""
        if (total := ellipsis.in_total(plain, last)) is not None:
            return self._finish(plain, [Found(plain.size, total)])[0], last.before
        for ask in (
            *(rule(plain, last) for rule in (ellipsis.rest_of, ellipsis.both_of)),
            *(rule(plain, last.ask) for rule in (
                ellipsis.doing_so, ellipsis.both_named, ellipsis.other_number, ellipsis.of_group, ellipsis.counts_shown,
            )),
        ):  # fmt: skip
            if ask is not None:
                return self._finish(plain, [Found(plain.size, ask)])
        return None, None

    def _grouped(self, plain: Questions, last: Turn) -> tuple[Reading | None, Turn | None]:
        """The group with the most, the rows in it, a number for each."""
        if last.before is not None and (each := groups.each_swapped(plain, last.ask, last.before.ask)) is not None:
            return self._finish(plain, [Found(plain.size, each)])
        for rule in (
            groups.most_of_groups, groups.counts_of_each, groups.averaged_each, groups.total_of, groups.of_all,
            groups.without_unknown,
            groups.bounded, groups.ranked, groups.as_share, groups.counted_per,
            listings.next_rows, listings.runner_up, listings.most_of_rows, listings.hidden,
        ):  # fmt: skip
            ask = rule(plain, last.ask)
            if ask is not None:
                return self._finish(plain, [Found(plain.size, ask)])
        asked = last.ask
        inside = next((at for at in range(plain.size) if groups.asks_inside(plain.low[at:])), None)
        if (
            inside is not None and inside > 1 and plain.word(inside - 1) == "and"
        ):  # "which is the largest and what is in it"
            first = self._questions(plain.lattice.text[: plain.tokens[inside - 1].start].strip())
            asked = groups.most_of_groups(first, last.ask) or last.ask
            inside = None if asked is last.ask else 0
        if inside == 0 or references.lists(plain.low) or references.names_rows(plain, last.ask):
            rows = groups.rows_of_groups(asked, self._run)
            if rows is not None:
                keys = (shown for shown in asked.group if not shown.many)
                ask = Ask("rows", rows, show=(*plain.name_shown(rows.table), *keys))
                return self._finish(plain, [Found(plain.size, ask)])
        return None, None

    def _paired(self, plain: Questions, last: Turn) -> tuple[Reading | None, Turn | None]:
        """ "which of those is older?" after two things that were asked about one after the other."""
        before = last.before
        two = bool(set(plain.low) & {"those", "these", "them", "two", "both", "they"}) or plain.low[:1] == ["which"]
        compared = any(True for at in range(plain.size) for _ in plain.comparatives(at)) or any(
            adjective.degree == 2 for at in range(plain.size) for _, adjective, _ in plain.at(at, Adjective)
        )
        compared = compared or bool({"most", "least", "fewest"} & set(plain.low))
        if not two or not compared or before is None or self._things(last.ask) > 1:
            return None, None
        pair = pairs.pair_in(plain, (last.ask, before.ask))
        for text, _ in pronouns.with_pronoun(plain, last.ask, noun_first=True) if pair is not None else ():
            assert pair is not None
            reading, turn = self._ask_of(text, replace(pair, each=()))
            if reading is not None and reading.understood:
                return reading, turn
        return None, None

    def _shared(self, plain: Questions, last: Turn) -> tuple[Reading | None, Turn | None]:
        """What holds of both of the things that were spoken of, or is told of each."""
        if (told := pairs.told_of_each(plain)) is not None:
            turns = [turn.ask for turn in last.back()]
            pair = pairs.pair_of(last.ask, self._names_of, plain) or pairs.pair_of_answers(turns, self._names_of, plain)
            pair = pair or pairs.pair_in(plain, turns)
            return self._ask_of(told, replace(pair, each=())) if pair is not None else (None, None)
        texts = pairs.shared(plain)
        named = pairs.pair_in(plain, (turn.ask for turn in last.back())) if texts else None
        for pair in (pairs.pair_of(last.ask, self._names_of, plain) if texts else None, named):
            for text in texts if pair is not None else ():
                assert pair is not None
                for each, _ in pronouns.with_pronoun(self._questions(text), last.ask, noun_first=True):
                    reading, turn = self._ask_of(each, pair)
                    if reading is not None and reading.understood:
                        return reading, turn
        return None, None

    def _apart(self, plain: Questions, last: Turn) -> tuple[Reading | None, Turn | None]:
        """ "by how much?", "how many times larger?": between the two that were compared."""
        asked = groups.asked_apart(plain)
        for turn in last.back() if asked is not None else ():
            pair = pairs.pair_of(turn.ask, self._names_of, plain) or pairs.pair_in(plain, (turn.ask,))
            if pair is None or asked is None:
                continue
            times, columns = asked
            named = [shown for shown, _ in plain.columns_of(pair.table, Attribute(columns)) if is_number(shown.column)]
            numbers = numbers_of(turn.ask.show)
            if not named and not numbers and any(is_day(shown.column) for shown in turn.ask.show):
                return None, None  # how far apart two days are is not told
            own = plain.measure_of(pair.table)
            measures = named or numbers[-1:] * (len(numbers) == 1) or ([Shown((), own)] if own is not None else [])
            if not measures:
                return None, None
            ask = Ask("rows", pair.rows, show=(*plain.name_shown(pair.table), measures[0]), order=(Order(measures[0]),))
            if any(row[1] is None for row in self._run(ask)):
                return None, None
            low, high = pair.each if self._names_of(ask)[0] in _values(pair.each[0]) else pair.each[::-1]
            found = Ask("difference", high, measure=measures[0], other=low, function="RATIO" if times else "")
            reading, _ = self._finish(plain, [Found(plain.size, found)])
            return reading, last
        return None, None

    def _same_of_another(self, plain: Questions, last: Turn) -> tuple[Reading | None, Turn | None]:
        """ "the same for the second biggest", after what was asked of the biggest: asked of another row of the list."""
        start = plain.skip(0, closed.words("and now show me then do give the"))
        place = start + 2
        if plain.word(start) != "same" or plain.word(start + 1) not in ("for", "of", "with") or last.said is None:
            return None, None
        kinds = {place, place + 1, place + 2}
        pointed = any(
            adjective.degree == 2 for at in kinds if at < plain.size for _, adjective, _ in plain.at(at, Adjective)
        )
        if plain.word(place) != "the" or not (pointed or references.is_ordinal(plain.word(place + 1))):
            return None, None
        rest = self._questions(plain.lattice.text[plain.tokens[place].start :])
        said = self._questions(rewording.tidy(last.said))
        for turn in last.before.back() if last.before is not None else ():
            _, found = self._follow_plain(rest, turn)
            names = set(self._names_of(found.ask)) if found is not None and found.ask.kind == "rows" else set()
            if found is None or len(names) != 1 or (column := plain.schema.name_of(found.ask.rows.table)) is None:
                continue
            row = Phrase(Rows(found.ask.rows.table, (Compare(column, "=", names.pop()),)), named=True, single=True)
            for text, _ in pronouns.with_pronoun(said, found.ask):
                reading, following = self._ask_of(text, row)
                if reading is not None and reading.understood:
                    return reading, following
        return failed("not_understood", "I cannot tell what the same is", "say the whole question"), None

    def _same_asked(self, plain: Questions, last: Turn) -> tuple[Reading, Turn] | None:
        """ "the same for the private datasets and their owners": what is said in full after "the same for"."""
        start = plain.skip(0, closed.words("and now show me then do give the"))
        if plain.word(start) != "same" or plain.word(start + 1) not in ("for", "with") or start + 2 >= plain.size:
            return None
        text = plain.lattice.text[plain.tokens[start + 2].start :]
        reading = self._read_alone(text)
        ask = reading.ask
        if ask is None or ask.kind != last.ask.kind or len(ask.show) <= 1 or ask.rows.table is last.ask.rows.table:
            return None
        return reading, Turn(ask, text)

    def _what_else(self, plain: Questions, last: Turn) -> tuple[Reading | None, Turn | None]:
        """ "what else?" after who published a dataset: other datasets of theirs."""
        for test in last.ask.rows.tests:
            if isinstance(test, Linked) and test.path and test.count is None and is_one(test.rows):
                theirs = Linked(turn_round(test.path), last.ask.rows)
                rows = Rows(test.rows.table, (theirs, *(Not(each) for each in test.rows.tests)))
                return self._finish(plain, [
                    Found(plain.size, Ask("rows", rows, show=plain.name_shown(rows.table)))
                ])  # fmt: skip
        return failed("not_understood", "I cannot tell what else is meant", "say what else of what"), None

    def _belonging(self, plain: Questions, last: Turn) -> tuple[Reading | None, Turn | None]:
        if (rows := pronouns.found_by(plain, last.ask)) is not None:
            return self._finish(plain, [Found(plain.size, Ask("rows", rows, show=plain.name_shown(rows.table)))])
        text = pronouns.bare_thing(plain, last.ask) or pronouns.of_those(plain, last.ask, narrowed=last.narrowed)
        other = followups.retarget(plain, last.ask) if plain.word(0) == "and" else None
        if text is None or (other is not None and (last.ask.rows.tests or last.ask.pick is not None)):
            return None, None  # "and datasets?" after the models of 2025
        meant = list(self._antecedents(plain, last.ask))
        if plain.word(plain.word(0) == "and") in closed.PREPOSITION:  # "and on which datasets?": no person is trained
            meant.sort(key=lambda each: "who" in each.table.info.get("asked", ()))
        for phrase in meant:
            reading, turn = self._ask_of(text, phrase) if pronouns.fits(plain, phrase) else (None, None)
            if reading is not None and reading.understood:
                return reading, turn
        return None, None

    def _others(self, plain: Questions, bare: str, last: Turn) -> tuple[Reading | None, Turn | None]:
        """ "what *else* did she make": the answer without the rows that were spoken of."""
        pointing = bool(set(plain.low) & (closed.PRONOUN | closed.THEIR - {"the"})) or plain.low[-1:] == ["there"]
        if not pointing:  # "which other datasets have a label column"
            others = self._others_than(bare, last)
            if others is not None:
                return others
        turn = self._follow_plain(self._questions(bare), last)[1]
        spoken = [each.table for each in walk(last.ask) if isinstance(each, Rows) and not each.table.info.get("asked")]
        kind = next((table for table in spoken if table in plain.schema.entities), None)
        other = turn is not None and turn.ask.rows.table is not kind
        persons = bool(set(plain.low) & pronouns.PERSONS)
        if (
            kind is not None and other and persons and bare.lower().startswith("what ")
        ):  # of the kind that was spoken of
            turn = self._follow_plain(self._questions(f"which {nouns_of(kind)[1]}{bare[4:]}"), last)[1] or turn
        if turn is None:
            return None, None
        kinds = [thing.table for at in range(plain.size) if plain.word(at) == "other"
                  for _, thing, _ in plain.at(at + 1, Thing)]  # fmt: skip
        for phrase in pronouns.linked_in(plain, turn.ask) if kinds and turn.ask.rows.table not in kinds else ():
            if phrase.table in kinds:  # "its other datasets" are datasets, shown of a model or not
                turn = replace(turn, ask=Ask("rows", phrase.rows, show=plain.name_shown(phrase.table)))
                break
        for number, earlier in enumerate(last.back()):
            if number >= pronouns.FAR:
                break
            known = [each.rows for each in self._antecedents(plain, earlier.ask) if each.table is turn.ask.rows.table]
            if known:
                ask: Ask | None = turn.ask
                for rows in known if all(map(is_one, known)) else known[:1]:
                    ask = pronouns.excluding(ask, rows) if ask is not None else None
                return self._finish(plain, [Found(plain.size, ask)]) if ask is not None else (None, None)
        return None, None

    def _others_than(self, bare: str, last: Turn | None) -> tuple[Reading | None, Turn | None] | None:
        """A full question without its "else" or "other": what it finds, less what it names or what was spoken of."""
        alone = self._read_alone(bare)
        if alone.ask is None:  # "what else did bob make": of the kind that was spoken of
            turns = last.back() if last is not None else ()
            tables = dict.fromkeys(each.table for turn in turns for each in walk(turn.ask) if isinstance(each, Rows))
            for table in list(tables)[: pronouns.FAR]:
                text = re.sub(r"^(?:and )?what\b", f"which {nouns_of(table)[1]}", bare, flags=re.IGNORECASE)
                if text != bare and (found := self._read_alone(text)).ask is not None:
                    bare, alone = text, found
                    break
        if alone.ask is None:
            return None
        plain, ask = self._questions(bare), alone.ask
        known = [rows for rows in pronouns.named_in(plain, ask) if rows.table is ask.rows.table]
        for turn in last.back() if last is not None and not known else ():
            known = [each.rows for each in self._antecedents(plain, turn.ask)
                     if each.table is ask.rows.table and is_one(each.rows)]  # fmt: skip
            if known:
                break
        for rows in known:
            ask = pronouns.excluding(ask, rows) or ask
        if not known and last is None:
            return None
        return self._finish(plain, [Found(plain.size, ask)])

    def _bigger(self, plain: Questions, last: Turn) -> tuple[Reading | None, Turn | None]:
        """ "any bigger ones?": than the one that was spoken of."""
        one = next((each.rows for each in self._antecedents(plain, last.ask) if is_one(each.rows)), None)
        pointing = replace(self.context, last=Phrase(one, named=True, single=True)) if one is not None else self.context
        found = listings.bigger_ones(Questions(plain.schema, plain.lattice, pointing), last.ask, one)
        return self._finish(plain, [Found(plain.size, found)]) if found is not None else (None, None)

    def _chosen(self, plain: Questions, last: Turn) -> tuple[Reading | None, Turn | None]:
        """The second one, the biggest of those, and what is asked about it."""
        for reference in references.find_rows(plain, last.ask):
            phrase = self._row_of(plain, reference, last)
            if phrase is None:
                continue
            if isinstance(phrase, Reading):
                return phrase, None
            before, after = plain.low[: reference.start], plain.low[reference.end :]
            rest_at = reference.end + (after[:1] == [","])
            if plain.word(rest_at) in _QUESTION_WORDS and set(before) <= references.POINTING_OUT:
                rest = self._questions(plain.lattice.text[plain.tokens[rest_at].start :])
                own = rest.lattice.text
                for text, _ in (*pronouns.with_pronoun(rest, last.ask), (own, False), (own + " of it", False)):
                    reading, turn = self._ask_of(text, phrase)  # "the second one, what is it for?"
                    if reading is not None and reading.understood:
                        return reading, turn
            if not after and before[:1] == ["and"] and (carried := self._carried(plain, reference, last)) is not None:
                return carried
            if not after and set(before) <= references.POINTING_OUT:
                if not reference.other and (reference.number or (reference.by is None and reference.row is None)):
                    continue
                asks = references.pointed(plain, reference, last.ask, phrase)
                return self._finish(plain, [Found(plain.size, ask) for ask in asks])
            if after[:1] == ["of"] and set(before) <= references.POINTING_OUT and reference.by is not None:
                inner = self._questions("only " + plain.lattice.text[plain.tokens[reference.end + 1].start :])
                for found in refine(inner, last.ask)[:1]:
                    asks = references.pointed(plain, reference, found.value, None)
                    return self._finish(plain, [Found(plain.size, ask) for ask in asks])
            text = plain.lattice.text
            start, end = plain.tokens[reference.start].start, plain.tokens[reference.end - 1].end
            reading, turn = self._ask_of(text[:start] + ("they" if reference.number else "it") + text[end:], phrase)
            if reading is not None:
                return reading, turn
        return None, None

    def _carried(
        self, plain: Questions, reference: references.Reference, last: Turn
    ) -> tuple[Reading | None, Turn | None] | None:
        """ "and the last one?" after "the first one, who made it?": the same asked of another row."""
        if last.said is None or last.before is None:
            return None
        said = self._questions(rewording.tidy(last.said))
        for old in references.find_rows(said, last.before.ask):
            if old.end < said.size and old.row is not None and reference.row is not None:
                text, own = said.lattice.text, plain.lattice.text
                words = own[plain.tokens[reference.start].start : plain.tokens[reference.end - 1].end]
                before, after = text[: said.tokens[old.start].start], text[said.tokens[old.end - 1].end :]
                reading, turn = self._follow_plain(self._questions(before + words + after), last.before)
                return (reading, turn) if reading is not None else None
        return None

    def _row_of(self, plain: Questions, reference: references.Reference, last: Turn) -> Phrase | Reading | None:
        """The row that is pointed at, as a phrase."""
        if reference.other:
            return self._other_of(last, reference.number)
        if reference.row is None:
            phrase = last_phrase(last.ask, functools.partial(self._names_of, last.ask), plain)
            if reference.by is None and phrase is not None and not phrase.single and self._things(last.ask) > 1:
                return failed("not_understood", "the last answer shows more than one", "say the name of one")
            if phrase is None or reference.by is None:
                return phrase
            return replace(phrase, rows=phrase.rows.with_tests(
                Extreme(reference.by, reference.high, phrase.rows)), single=True, pick=None)  # fmt: skip
        for turn in last.back():
            ask = turn.ask
            if turn.one:
                continue
            first = ask.group[0] if ask.group else ask.show[0] if ask.kind == "rows" else None
            if first is None or len(ask.group) > 1:
                return None
            column = plain.schema.name_of(first.column.table)
            if column is None or first.column is not column or not (ask.group or column.table is ask.rows.table):
                return None
            listed = self._names_of(ask)
            if (len(listed) == 1 and reference.row not in (1, -1)) or (len(listed) == 1 and turn.before is not None):
                continue
            names = list(dict.fromkeys(listed))
            if len(names) < len(listed) and reference.row != 1:
                return failed("not_understood", "the last answer shows some of its rows more than once", "say its name")
            if reference.number:
                few = tuple(names[: reference.number] if reference.row == 1 else names[-reference.number :])
                return Phrase(Rows(column.table, (Compare(column, "in", few),)), named=True)
            row = reference.row if reference.row > 0 else len(names) + 1 + reference.row
            if not 1 <= row <= len(names):
                return failed("not_understood", "there is no such row in the last answer", "count its rows from 1")
            return Phrase(Rows(column.table, (Compare(column, "=", names[row - 1]),)), named=True, single=True)
        return None

    def _other_of(self, last: Turn, number: int) -> Phrase | None:
        """Those of a list that the last answer is not about: one, so many, or all of them."""
        column = self.lexicon.schema.name_of(last.ask.rows.table)
        spoken: list[str] = []
        for turn in last.back():
            if turn.ask.kind != "rows" or turn.ask.show[0].column is not column or column is None:
                continue
            names = list(dict.fromkeys(self._names_of(turn.ask)))
            left = [name for name in names if name not in spoken]
            if spoken and set(spoken) < set(names) and len(left) <= references.MOST_ROWS:
                if number == references.ALL_OTHERS or (len(left) == (number or 1) and (number or len(names) == 2)):
                    test = Compare(column, "in", tuple(left)) if number else Compare(column, "=", left[0])
                    return Phrase(Rows(turn.ask.rows.table, (test,)), named=True, single=not number)
                return None
            spoken = spoken or names
        return None

    def _counted(self, plain: Questions, last: Turn) -> tuple[Reading | None, Turn | None]:
        grouped = last.ask.group and last.ask.kind != "rows"
        phrase = None if grouped else last_phrase(last.ask, functools.partial(self._names_of, last.ask), plain)
        if followups.counts(plain, last.ask.rows.table):
            if phrase is None or last.ask.kind == "count":
                return None, None
            reading, _ = self._finish(plain, [Found(plain.size, Ask("count", phrase.rows))])
            return reading, last  # what is spoken of is still the list
        rows = phrase.rows if phrase is not None else None
        if (counted := listings.of_counted(plain, last.ask, rows)) is not None:
            return self._finish(plain, [Found(plain.size, counted)])
        if references.lists(plain.low):
            things = groups.counted_things(plain, last.ask, phrase.rows if phrase is not None else None)
            if things is not None:
                return self._finish(plain, [Found(plain.size, things)])
        listing = references.lists(plain.low) or references.names_rows(plain, last.ask)
        if phrase is not None and listing and last.ask.kind in ("count", "rows", "share"):
            ask = Ask("rows", phrase.rows, show=plain.name_shown(phrase.table))
            return self._finish(plain, [Found(plain.size, last.ask if last.ask.kind == "rows" else ask)])
        if references.lists(plain.low) and last.ask.kind == "count" and last.ask.group and last.ask.having is None:
            show = (*plain.name_shown(last.ask.rows.table), *last.ask.group)
            return self._finish(plain, [Found(plain.size, Ask("rows", last.ask.rows, show=show))])
        asks = references.summed(plain, phrase, last.ask)
        one = any(each.value.function == "AVG" for each in asks) and last.ask.kind == "rows" and not last.ask.group
        if one and self._things(last.ask) == 1 and (longer := self._longer_before(last)) is not None:
            many = longer.ask  # an average is of the list that the one row was picked from
            asks = references.summed(plain, last_phrase(many, functools.partial(self._names_of, many), plain), many)
        if phrase is not None and not asks:
            asks = references.counted_each(plain, phrase)
        return self._finish(plain, asks) if asks else (None, None)

    def _referred(self, plain: Questions, last: Turn) -> tuple[Reading | None, Turn | None]:
        """A pronoun stands for the rows of the last answer, or for the one thing that was named in the question."""
        back = list(last.back())[: pronouns.FAR]  # "what else did she make" after models means models
        texts = list(dict.fromkeys(text for turn in back for text in pronouns.with_pronoun(plain, turn.ask)))
        nearer = set[sa.Table]()  # of what was listed later: "them" passes over no list of the same kind
        for number, turn in enumerate(last.back()):
            if number >= pronouns.FAR:
                break
            if pronouns.asks_which(plain) and turn.before is not None and turn.ask.kind == "rows":
                listed = any(
                    self._things(b.ask) > 1 for b in turn.before.back() if b.ask.rows.table is turn.ask.rows.table
                )
                if listed and self._things(turn.ask) <= 1:
                    continue  # "which have more than one author" asks about the list before
            fitting = [each for each in self._likeliest(plain, turn.ask) if pronouns.fits(plain, each)]
            tried = [(phrase, *each) for phrase in fitting if phrase.table not in nearer for each in texts]
            if {"which", "of"} <= set(plain.low[:3]):  # "which of them" are first the rows themselves, of any kind
                tried.sort(key=lambda each: each[1] != plain.lattice.text)
            for phrase, text, each in tried:
                reading, following = self._ask_of(text, replace(phrase, quantity="each") if each else phrase)
                if reading is not None and reading.understood:
                    more = references.with_shown(plain, following.ask if following else None, turn.ask)
                    return self._finish(plain, [Found(plain.size, more)]) if more else (reading, following)
            if turn.ask.kind == "rows" and not turn.ask.group and self._things(turn.ask) > 1:
                nearer.add(turn.ask.rows.table)
        return None, None

    def _changed(self, plain: Questions, last: Turn) -> tuple[Reading | None, Turn | None]:
        """The last question with something in place of its like, or with something more."""
        narrowing, nearer = references.narrows(plain.tokens), set[sa.Table]()
        for number, turn in enumerate(last.back()):
            if number >= pronouns.FAR:
                break
            if not narrowing:
                swapped = swap(plain, self._questions(turn.text)) if turn.text is not None else None
                if swapped is not None:
                    alone = self._read_alone(swapped)
                    if alone.understood and alone.ask is not None:
                        names = [f"read as: {swapped}", *alone.names]
                        return replace(alone, names=names), Turn(alone.ask, swapped)
                if (picked := followups.picked_among(plain, turn.ask)) is not None:
                    return self._finish(plain, [Found(plain.size, picked)])
                substituted = followups.substitute(plain, turn.ask) if number == 0 or turn.text is None else None
                if substituted is not None:
                    return self._finish(plain, [Found(plain.size, substituted)])
            other = followups.retarget(plain, turn.ask)
            if other is not None:
                return self._finish(plain, [Found(plain.size, other)])
            if number and turn.ask.rows.table in nearer:
                continue  # what narrows is said of the last list of its kind
            nearer.add(turn.ask.rows.table)
            noun_left_out = Questions(
                self.lexicon.schema, plain.lattice, replace(self.context, scope=turn.ask.rows.table)
            )
            reading, following = self._finish(plain, refine(noun_left_out, turn.ask))
            if reading is not None:
                wider = self._wider(turn, reading)
                if wider is not None:
                    among, instead = self._finish(plain, refine(noun_left_out, wider.ask))
                    if among is not None:
                        return among, instead
                return reading, following
        return None, None

    def _wider(self, turn: Turn, reading: Reading) -> Turn | None:
        """The longer list that is narrowed where the last answer was one row or none: nobody narrows that further."""
        narrowed = reading.ask is not None and (
            len(reading.ask.rows.tests) > len(turn.ask.rows.tests)
            or (reading.ask.having is not None and turn.ask.having is None)
        )
        if not narrowed or turn.ask.kind != "rows" or turn.ask.group or self._things(turn.ask) > 1:
            return None
        return self._longer_before(turn)

    def _longer_before(self, last: Turn) -> Turn | None:
        """The nearest earlier list of more than one of the same things."""
        for earlier in list(last.back())[1 : pronouns.FAR]:
            same = earlier.ask.rows.table is last.ask.rows.table and earlier.ask.kind == "rows"
            if same and self._things(earlier.ask) > 1:
                return earlier
        return None


def _narrower(few: Ask, many: Ask) -> bool:
    """Whether an answer lists some of what another lists."""
    cut, whole = (each.pick is not None or each.limit is not None for each in (few, many))
    same = few.rows.table is many.rows.table and not (few.group or many.group or whole)
    return same and len(many.rows.tests) < len(few.rows.tests) + cut


def _values(rows: Rows) -> set[object]:
    return {test.value for test in rows.tests if isinstance(test, Compare)}
