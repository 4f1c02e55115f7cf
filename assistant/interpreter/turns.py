"""A conversation: the turns before are read again, and each may refer to what the one before it showed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from assistant.interpreter import closed, ellipsis, followups, listings, pairs, pronouns, references, rewording
from assistant.interpreter.followups import Turn, refers_back
from assistant.interpreter.interpretation import (
    EXAMPLES,
    LONGEST_QUESTION,
    failed,
    lexicon_for,
    read_alone,
    scope_table,
)
from assistant.interpreter.lattice import Name
from assistant.interpreter.lexicon import Attribute, Role, Thing, Value
from assistant.interpreter.questions import Questions
from assistant.interpreter.reader import Context, Found
from assistant.interpreter.reading import Reading
from assistant.interpreter.talk import refuse, talk_about
from assistant.interpreter.tree import Ask, Compare, walk
from assistant.interpreter.words import read_tokens
from db.tables import CATALOGUE, utc_now
from hub.access import Caller
from hub.errors import HubError

if TYPE_CHECKING:
    from assistant.conversation import Exchange

from assistant.interpreter.following import Following

MOST_TURNS = 12  # earlier turns that are read again
_ASKS = re.compile(r"(?:and )?(?:(?:who|what|when|where|how)s?|which|is|are|was|were|does|do)\b", re.IGNORECASE)
_FEW = 4  # words that may be a part of what was shown: "list the CNNs"


def interpret(
    caller: Caller,
    question: str,
    *,
    scope: str | None = None,
    previous: Sequence[Exchange] = (),
    tables: tuple[sa.Table, ...] = CATALOGUE,
) -> Reading:
    """The reading of a question asked by this caller.

    ``scope`` (models, datasets, users, affiliations) says what it is about; ``previous`` are the earlier turns it may
    refer to. Never raises for what is in the question.
    """
    lexicon = lexicon_for(tables)
    tokens = read_tokens(question)
    context = Context(utc_now().date(), caller.user_name if caller.user_id else "", scope_table(lexicon, scope))
    conversation = Conversation(caller, lexicon, context)
    said = talk_about(question, tokens, EXAMPLES) or refuse(question, tokens)
    try:
        if said is not None and said.code and previous and references.is_about_list(tokens):
            left = conversation.read_about_list(question, conversation.last_turn(previous))
            if left is not None:
                return left
        if said is not None:
            if said.code:
                return failed(said.code, said.text, said.hint)
            return Reading(True, None, said.text, [], [], [], None)
        if len(tokens) > LONGEST_QUESTION:
            return failed("not_understood", "the question is too long", "ask one thing at a time")
        return conversation.read(question, previous)
    except HubError as error:
        return failed(error.code, error.message, error.hint)


@dataclass(frozen=True, slots=True)
class Conversation(Following):
    """What was asked before, and the latest turn read after it."""

    def read(self, question: str, previous: Sequence[Exchange]) -> Reading:
        """The reading of the latest turn."""
        if not previous:
            return self._read_turn(question, None)[0]
        if previous[-1].sql is None and (meant := self._choose_meaning(question, previous[-1].question)) is not None:
            return meant
        short = len(read_tokens(rewording.tidy(question)))
        named = short <= pronouns.SHORT and any(
            isinstance(edge[1], Name) or (short <= _FEW and isinstance(edge[1], Thing | Role | Value))
            for row in self._questions(question).lattice.edges for edge in row
        )  # fmt: skip
        if not self._leans(question) and not named:
            # most questions stand alone, and reading the earlier ones anew takes its time
            reading = self._read_alone(question)
            if reading.understood or self._is_full(question, reading):
                return reading
        return self._read_turn(question, self.last_turn(previous))[0]

    def _swaps_name(self, question: str, last: Turn) -> bool:
        """Whether it is a name alone, of a kind by which the last rows were found: "MIT?" after who is at ETH."""
        plain = self._questions(rewording.tidy(question))
        for end, name, _ in plain.at(plain.skip(0, closed.DETERMINER), Name):
            if end == plain.size and name.table is not last.ask.rows.table and last.ask.kind != "details":
                column = self.lexicon.schema.name_of(name.table)
                return any(isinstance(each, Compare) and each.column is column for each in walk(last.ask.rows))
        return False

    def _names_part(self, question: str, last: Turn) -> bool:
        """Whether it is a noun for what the last rows have, or for one of the groups that were shown."""
        plain = self._questions(rewording.tidy(question))
        of_those = pronouns.of_those(plain, last.ask, narrowed=last.narrowed)
        return of_those is not None or ellipsis.of_group(plain, last.ask) is not None

    def _choose_meaning(self, question: str, asked: str) -> Reading | None:
        """What was asked before and could be read in several ways, as "the models" says which one is meant."""
        before = self._read_alone(asked)
        tidied = rewording.tidy(question)
        plain = self._questions(tidied)
        if not before.understood and any(end == plain.size for end, _, _ in plain.at(0, Thing)):
            whole = f"{asked.rstrip('?!. ')} {tidied}"  # "show me 2023 audio", "models I mean"
            reading = self._read_alone(whole)
            if reading.understood:
                return replace(reading, names=[f"read as: {whole}", *reading.names])
        counted = re.match(r"(?:and )?by (?:the )?(?:number|count|amount) of (.+)$", tidied, re.IGNORECASE)
        if counted is not None and not before.understood and re.search(r"\b(?:most|fewest|least)\W*$", asked):
            whole = f"{asked.rstrip('?!. ')} {counted[1]}"  # "who made the most", "by the number of datasets I mean"
            reading = self._read_alone(whole)
            return replace(reading, names=[f"read as: {whole}", *reading.names]) if reading.understood else None
        if before.error is None or before.error["code"] != "ambiguous" or not before.suggestions:
            return None
        said = {token.stem for token in read_tokens(tidied) if token.low not in closed.EVERY}
        known = {token.stem for token in read_tokens(asked)}
        fitting = [each for each in before.suggestions if said <= {token.stem for token in read_tokens(each)} - known]
        if not said or len(fitting) != 1:
            return None
        reading = self._read_alone(fitting[0])
        return replace(reading, names=[f"read as: {fitting[0]}", *reading.names]) if reading.understood else None

    def last_turn(self, previous: Sequence[Exchange]) -> Turn | None:
        """What the conversation is about: the last turn that was answered with rows, read from the beginning."""
        turn: Turn | None = None
        asked = ""  # the question before, where it was not answered
        for exchange in previous[-MOST_TURNS:]:
            if exchange.sql is not None:
                meant = self._choose_meaning(exchange.question, asked) if asked else None
                if meant is not None and meant.ask is not None:
                    read: Turn | None = Turn(meant.ask, None, turn)
                else:
                    read = self._read_turn(exchange.question, turn)[1]
                if read is not None:
                    turn = replace(read, before=read.before or turn, said=exchange.question)
            elif turn is not None and self._is_lost(exchange.question):
                turn = replace(turn, lost=exchange.question)
            asked = exchange.question if exchange.sql is None else ""
        return turn

    def _is_lost(self, question: str) -> bool:
        """Whether a turn without an answer would have changed what is spoken of: its words are known, or it narrows."""
        tokens = read_tokens(question)
        if talk_about(question, tokens, ()) or refuse(question, tokens):
            plain = self._questions(question)
            named = any(isinstance(edge[1], Name) for row in plain.lattice.edges for edge in row)
            return references.is_about_list(tokens) or named
        if references.narrows(read_tokens(rewording.tidy(question))) or rewording.corrects(question):
            return True
        if len(tokens) <= pronouns.SHORT and not {token.low for token in tokens} & pronouns.ASKING:
            return True  # a few words that ask nothing by themselves
        whether = tokens[0].low in closed.BE | closed.DO | closed.HAVE if tokens else True
        return not whether and not self._questions(rewording.tidy(question)).lattice.unknown

    def read_about_list(self, question: str, last: Turn | None) -> Reading | None:
        """The reading of "drop the fine-tuned ones" or "add their sizes", where that is about the rows shown."""
        plain = self._questions(rewording.tidy(question))
        meant = [edge[1] for row in plain.lattice.edges for edge in row]
        things = any(isinstance(each, Thing) and each.table in plain.schema.entities for each in meant)
        if last is not None and (kept := listings.hidden(plain, last.ask)) is not None:
            return self._finish(plain, [Found(plain.size, kept)])[0]
        if last is None or things or any(isinstance(each, Name) for each in meant):
            return None
        followed = self._follow(question, last)[0]
        return followed if followed is not None and followed.understood else None

    def _read_turn(self, question: str, last: Turn | None) -> tuple[Reading, Turn | None]:
        """The reading of one turn after another, and what the next one may refer to."""
        if last is not None and (topic := rewording.topic_of(question)) is not None:
            named, asked, back = topic  # "back to the CNNs: which of them …"
            begun = self._list_called(named, last)
            if begun.understood and begun.ask is not None:
                meant = begun.ask.rows
                listed = (
                    turn for turn in last.back()
                    if pronouns.is_of(turn.ask, meant)
                    or (back and not meant.tests and turn.ask.rows.table is meant.table and turn.ask.kind == "rows")
                )  # fmt: skip
                earlier = next(listed, None)
                return self._read_turn(asked, earlier or Turn(begun.ask, named, last))
        if last is not None and (again := rewording.back_to(question)) is not None:
            begun = self._list_called(again, last)
            if begun.understood and begun.ask is not None and begun.ask.rows.tests:
                lists = (turn for turn in last.back() if pronouns.is_of(turn.ask, begun.ask.rows))
                earlier = min(lists, key=lambda turn: len(turn.ask.rows.tests), default=None)
                return (
                    (begun, Turn(begun.ask, again, last))
                    if earlier is None
                    else (self._finish(self._questions(again), [Found(0, earlier.ask)])[0] or begun, earlier)
                )
            shown = (turn for turn in last.back() if turn.ask.kind == "rows" and not (turn.ask.group or turn.one))
            kind = begun.ask.rows.table if begun.ask is not None and not begun.ask.pick else None
            if (same := next((turn for turn in shown if turn.ask.rows.table is kind), None)) is not None:
                return self._finish(self._questions(again), [Found(0, same.ask)])[0] or begun, same
        leans = self._leans(question) or (
            last is not None and (self._swaps_name(question, last) or self._names_part(question, last))
        )
        if last is not None and leans:
            reading, turn = self._follow_asking(question, last)
            if reading is not None:
                return reading, turn
            if last.lost and followups.continues(read_tokens(question)) and not rewording.corrects(question):
                return _is_unclear(last.lost), None
        reading = self._read_alone(question)
        if not reading.understood and (tidied := rewording.tidy(question)) not in (question, ""):
            second = self._read_alone(tidied)
            reading = second if second.understood else reading
        if not reading.understood and last is None:
            for bare in pronouns.others_of(self._questions(question)):
                others = self._others_than(bare, None)
                if others is not None and others[0] is not None:
                    return others[0], others[1]
        if not reading.understood and last is not None and (leans or not self._is_full(question, reading)):
            followed, turn = self._follow_asking(question, last)
            if followed is not None:
                return followed, turn
        if not reading.understood and last is not None and (two := rewording.in_two(question)) is not None:
            stepped = self._stepped(two, last)
            if stepped is not None:
                return stepped
        return reading, Turn(reading.ask, question) if reading.ask is not None else None

    def _follow_asking(self, question: str, last: Turn) -> tuple[Reading | None, Turn | None]:
        """A follow-up; one whose second half asks, "the huber ones, who made them", is two."""
        two = rewording.in_two(question)
        stepped = self._stepped(two, last) if two is not None and _ASKS.match(two[1]) else None
        return self._follow(question, last) if stepped is None else stepped

    def _stepped(self, two: tuple[str, str], last: Turn) -> tuple[Reading, Turn | None] | None:
        """ "the huber ones, who made them": one after the other; after "and", what both ask is told."""
        _, first = self._follow(two[0], last)
        if first is None:
            return None
        stepped, turn = self._follow(two[1], replace(first, before=first.before or last, said=two[0]))
        if stepped is None or not stepped.understood:
            return None
        if not (two[1].lower().startswith("and ") and _ASKS.match(two[0])):
            return stepped, turn
        return self._told_both(first, turn)

    def _told_both(self, first: Turn, second: Turn | None) -> tuple[Reading, Turn | None]:
        """ "how big is that one, and is it public?": both are told of the same rows, or neither."""
        if second is not None:
            one, other = first.ask, second.ask
            listed = {one.kind, other.kind} <= {"rows", "check"} and not (one.group or other.group)
            columns = {id(each.column) for each in one.show}
            more = tuple(each for each in other.show if id(each.column) not in columns)
            if listed and one.rows.table is other.rows.table:
                both = replace(other, kind="rows", show=(*one.show, *more))
                reading, turn = self._finish(self._questions(""), [Found(0, both)])
                if reading is not None:
                    return reading, turn
        return failed("not_understood", "this asks two things", "ask one of them"), None

    def _list_called(self, named: str, last: Turn) -> Reading:
        """The list that is called by these words; "the text ones" are of a kind that was listed."""
        begun = self._read_alone(named)
        if begun.understood:
            return begun
        scopes = dict.fromkeys(turn.ask.rows.table for turn in last.back())
        scoped = (read_alone(self.caller, self.lexicon, named, replace(self.context, scope=each)) for each in scopes)
        return next((each for each in scoped if each.understood), begun)

    def _leans(self, question: str) -> bool:
        """Whether it is first read as going on from what came before: it says so, or names no rows and asks nothing by
        itself: "the fine-tuned ones", "pretrained only"."""
        tokens = read_tokens(rewording.tidy(question))
        near = len(tokens) <= pronouns.SHORT + 2 or followups.continues(tokens)
        plain = self._questions(rewording.tidy(question)) if near else None
        if plain is not None and (
            pronouns.without_else(plain) is not None
            or "other ones" in " ".join(plain.low)
            or bool(pairs.shared(plain))
            or pronouns.asks_function(plain)
            or pronouns.asks_which(plain)
            or pronouns.names_alone(plain)
            or pronouns.asks_parts(plain)
            or pronouns.lone_verb(plain)
        ):
            return True
        if plain is not None and plain.word(0) == "which" and any(
            end == plain.size for end, _, _ in plain.at(1, Value)
        ):  # fmt: skip
            return True  # "which CNN?" after how many of each there are
        if plain is not None and "my" in plain.low and any(
            isinstance(edge[1], Thing) for row in plain.lattice.edges for edge in row
        ):  # fmt: skip
            return False  # "and my models?" says it all
        if plain is not None and plain.low[-1:] == ["there"] and plain.word(0) == "who":
            return True  # "who's there" of a place that was spoken of
        if plain is not None and pronouns.is_whole(plain) and self._read_alone(rewording.tidy(question)).understood:
            return False
        if plain is not None and pronouns.points_inside(plain):
            return True
        if refers_back(tokens):
            return followups.continues(tokens) or not pronouns.refers_inside(self._questions(question))
        if rewording.corrects(question):
            return True
        words = [token.low for token in tokens]
        if plain is not None and words[:1] == ["show"]:  # "show training types" of the rows that are shown
            start = plain.skip(1, closed.DETERMINER)
            if any(end == plain.size for end, _, _ in plain.at(start, Attribute)):
                return True
        if words[:1] in (["with"], ["including"], ["without"]):
            return True
        if not words or set(words) & pronouns.ASKING or len(words) > pronouns.SHORT:
            return False
        return pronouns.is_fragment(self._questions(question))

    def _is_full(self, question: str, reading: Reading) -> bool:
        """Whether a question has more than one reading by itself though it names what it is about."""
        edges = (edge for row in self._questions(question).lattice.edges for edge in row)
        ambiguous = reading.error is not None and reading.error["code"] == "ambiguous"
        return ambiguous and any(isinstance(meaning, Thing | Name) for _, meaning, _ in edges)

    def _instead(self, plain: Questions, last: Turn) -> Ask | None:
        """ "no, I meant datasets": the latest question that can be asked of those too."""
        if not any(end == plain.size for end, thing, _ in plain.at(0, Thing) if thing.table in plain.schema.entities):
            return followups.retarget(plain, last.ask)
        same = self._questions(f"same for {plain.lattice.text}")
        asks = (followups.retarget(same, turn.ask) for turn in list(last.back())[: pronouns.FAR])
        return next((ask for ask in asks if ask is not None), None)

    def _follow(self, question: str, last: Turn) -> tuple[Reading | None, Turn | None]:
        text = rewording.tidy(question)
        if not text:
            return None, None
        plain = self._questions(text)
        other = self._instead(plain, last) if rewording.corrects(question) else None
        reading, turn = self._finish(plain, [Found(plain.size, other)]) if other else self._follow_plain(plain, last)
        if reading is not None and reading.understood and last.lost:
            # who is told "I do not know 'gargantuan'" says the narrowing in other words, and means the same list
            again = (
                references.narrows(read_tokens(question))
                and plain.word(0) not in pronouns.ASKING
                and self._questions(rewording.tidy(last.lost)).lattice.unknown
            )
            if not (again or rewording.corrects(question)) or rewording.corrects(last.lost):
                return _is_unclear(last.lost), None
        return reading, turn


def _is_unclear(lost: str) -> Reading:
    message = f"I did not understand “{lost}”, so I cannot tell what this refers to"
    return failed("not_understood", message, "say the whole question")
