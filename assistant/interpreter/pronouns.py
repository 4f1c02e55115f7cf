"""What the words of a follow-up lean on: whom "they" can mean, and whether a question says all by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import sqlalchemy as sa

from assistant.interpreter import closed
from assistant.interpreter.lattice import Name
from assistant.interpreter.lexicon import Adjective, Attribute, Role, Thing, Value, Verb
from assistant.interpreter.questions import Questions
from assistant.interpreter.reader import Phrase, is_name, is_one
from assistant.interpreter.reading import nouns_of
from assistant.interpreter.rewording import LEADING
from assistant.interpreter.schema import path_key, turn_round
from assistant.interpreter.tree import (
    AllOf,
    Ask,
    Compare,
    Counted,
    Linked,
    Not,
    Rows,
    Scalar,
    walk,
)

FAR = 4  # how many turns back something can be pointed at


SHORT = 6  # words of a fragment at most


ASKING = closed.words(
    "list show which what who whose whom how where when why find give tell is are was were does do did has have can "
    "count many much number all every everything any compare display get number average total sum percentage"
)


_PLURAL = closed.words("them those these")


THOSE = closed.words("them those these that it all")


PERSONS = closed.words("he she him his her hers")


_THING = closed.words("it its")


SINGULAR = _THING | closed.words("that this he she him his her")


def fits(plain: Questions, phrase: Phrase) -> bool:
    """Whether what points back can mean these rows: "she" a person, "that dataset" datasets, "there" places."""
    asked = phrase.table.info.get("asked", ())
    said = set(plain.low)
    if said & PERSONS and "who" not in asked:
        return False
    if said & _THING and ("who" in asked or (not phrase.single and "its" in said and phrase.table.info.get("asked"))):
        return False
    if "there" in said and "where" not in asked and not _exists(plain.low):
        return False
    nouns = [
        thing.table
        for at in range(plain.size - 1) if plain.word(at) in ("that", "this", "those", "these")
        for _, thing, _ in plain.at(at + 1, Thing)
    ]  # fmt: skip
    return not nouns or phrase.table in nouns


def _exists(low: Sequence[str]) -> bool:
    """Whether its "there" only says that there is something: "*are there* any models trained on it"."""
    told = any(list(low[at : at + 2]) in ([be, "there"], ["there", be]) for be in closed.BE for at in range(len(low)))
    return told and low[-1] != "there"


def without_else(plain: Questions) -> str | None:
    """The question without its "else" or "other": "what else did she make"; None where it has none."""
    for at in range(plain.size):
        others = plain.word(at) == "other" and any(True for _ in plain.at(at + 1, Thing | Role))
        if (plain.word(at) == "else" and at) or others:
            text, token = plain.lattice.text, plain.tokens[at]
            return " ".join((text[: token.start] + text[token.end :]).split())
    return None


def other_ones(plain: Questions, last: Ask) -> str | None:
    """ "which others used RL": the question of all things of the kind that was spoken of."""
    for at in range(plain.size - 1):
        before = plain.word(at - 1) if at else ""
        if plain.word(at) == "other" and plain.word(at + 1) == "ones" and at + 2 < plain.size and before != "the":
            text, nouns = plain.lattice.text, nouns_of(last.rows.table)[1]
            return text[: plain.tokens[at].start] + nouns + text[plain.tokens[at + 1].end :]
    return None


def others_of(plain: Questions) -> Iterator[str]:
    """ "what else did the authors of bert make", said before anything else: other things of the kind that is named."""
    bare = without_else(plain)
    if bare is None:
        return
    named = [edge[1].table for row in plain.lattice.edges for edge in row if isinstance(edge[1], Name)]
    for table in dict.fromkeys(named):
        yield re.sub(r"^what\b", f"which {nouns_of(table)[1]}", bare, flags=re.IGNORECASE)
    yield bare


def points_inside(plain: Questions) -> bool:
    """Whether it means a thing by its kind that it does not name: "is *that dataset* public"."""
    for at in range(plain.size - 1):
        if plain.word(at) in ("that", "this") and (
            at == 0 or plain.word(at - 1) in closed.AUXILIARY | closed.PREPOSITION
            or any(True for back in (1, 2) if at >= back for end, _, _ in plain.at(at - back, Verb) if end == at)
        ):  # fmt: skip
            nouns = [end for end, thing, _ in plain.at(at + 1, Thing) if thing.table in plain.schema.entities]
            if any(not plain.low[end - 1].endswith("s") for end in nouns):
                return True
    return False


def asked_whether(plain: Questions) -> str | None:
    """ "have they got any models", "does it have a description": what it asks to be shown, as "their models"."""
    place = 1 + (plain.word(1) in closed.PRONOUN)
    if plain.word(0) not in closed.HAVE | closed.DO or place == 1:
        return None
    place = plain.skip(
        plain.skip(place, closed.HAVE | frozenset(("got", "get"))), frozenset(("any", "a", "an", "some"))
    )
    verbs = [end for end, each, _ in edges(plain, place) if isinstance(each, Verb)]
    for verb in verbs if plain.word(0) in closed.DO | closed.HAVE else ():  # "does she own any datasets"
        noun = plain.skip(verb, frozenset(("any", "a", "an", "some", "other")))
        for end, thing in [(end, each) for end, each, _ in edges(plain, noun) if isinstance(each, Thing)]:
            if noun > verb and plain.skip(end, frozenset(("at", "all", "too", "also"))) == plain.size:
                text = plain.lattice.text
                return f"which {nouns_of(thing.table)[1]} {text[: plain.tokens[verb - 1].end]}"
    for end, _, _ in (*plain.at(place, Thing), *plain.at(place, Attribute), *plain.at(place, Role)):
        if plain.skip(end, frozenset(("at", "least", "too", "of", "their", "its", "own"))) == plain.size:
            return "their " + plain.lattice.text[plain.tokens[place].start : plain.tokens[end - 1].end]
    return None


def asks_all(plain: Questions, last: Ask) -> str | None:
    """ "are all of them CNNs?": asks for the column that says so of each."""
    rest = plain.skip(1, closed.words("all both of them they those these each every one"))
    if plain.word(0) not in closed.BE or not set(plain.low[1:rest]) & closed.words("all both each every") or rest < 3:
        return None
    for end, value, _ in plain.at(plain.skip(rest, frozenset(("a", "an", "the", "for", "in"))), Value):
        for _, shown, _ in plain.value_tests(last.rows.table, value) if end == plain.size else ():
            words = shown.column.info.get("synonyms", ())
            return f"their {words[0] if words else shown.column.name.replace('_', ' ')}"
    return None


def completed(plain: Questions, last: Ask) -> Iterator[str]:
    """ "who has written more than five?", after who has written a model: with the noun that is left out."""
    start = plain.skip(0, frozenset(("and", "but", "so")))
    asked = plain.word(start) in ("who", "which", "what") or plain.low[start : start + 2] == ["how", "many"]
    ends = asked and any(end == plain.size for at in range(2, plain.size) for end, _, _ in plain.bounds(at))
    for table in _counted_in(plain, last) if ends else ():
        yield f"{plain.lattice.text} {nouns_of(table)[1]}"


def is_whole(plain: Questions) -> bool:
    """Whether it asks a full question of its own though it begins with "and": "and who is behind Question Time"."""
    start = plain.skip(0, LEADING | frozenset(("and", "but", "now", "also")))
    piped = plain.word(start) in closed.PREPOSITION and plain.word(start + 1) in ("which", "what", "how", "whom")
    start += piped  # "for which models is the size missing"
    asked = {plain.word(at) for at in range(start, plain.size)}
    leaning = _LEANING - {"of"} if piped else _LEANING
    if asked & (closed.PRONOUN | closed.THEIR | leaning) or plain.size - start < 3:
        return False
    if plain.word(start) in ("who", "whose"):
        return True
    whether = plain.word(start) in closed.BE | closed.DO and plain.word(start + 1) in ("there", "we", "you")
    if whether:  # "and do we have any datasets whose size is not known"
        place = plain.skip(start + 1, _EXISTING)
        things = [end for end, each, _ in edges(plain, place) if isinstance(each, Thing)]
        return bool(things) and max(things) < plain.size - 1
    many = plain.word(start) == "how" and plain.word(start + 1) == "many"
    if plain.word(start) not in ("which", "what", "how") or plain.word(start + 1) in ("about", "of", "if"):
        return False
    place = plain.skip(start + 1 + many, closed.DETERMINER)
    nouns = [end for end, each, _ in edges(plain, place) if isinstance(each, Thing | Value | Adjective)]
    named = any(isinstance(edge[1], Name) for at in range(start, plain.size) for edge in edges(plain, at))
    return named or (bool(nouns) and max(nouns) < plain.size - 1)


_EXISTING = closed.words("there we you have got any a an some also")
_LEANING = closed.words("other others else too also same there one ones instead of")


def is_of(ask: Ask, named: Rows) -> bool:
    """Whether an answer lists rows of these: of the same table, and all that is said of them was asked for."""
    said = {(id(t.column), t.op, t.value) for t in ask.rows.tests if isinstance(t, Compare)}
    meant = [(id(t.column), t.op, t.value) for t in named.tests if isinstance(t, Compare)]
    return ask.rows.table is named.table and len(meant) == len(named.tests) and bool(meant) and said.issuperset(meant)


def with_none(plain: Questions, last: Ask) -> str | None:
    """ "and the people with none": those that have nothing of what was counted or shown before."""
    tables = _counted_in(plain, last) if plain.low[-2:] == ["with", "none"] else []
    start = plain.skip(0, closed.words("and but what about the those"))
    if not tables or start == plain.size - 2:
        return None
    text = plain.lattice.text
    return f"{text[plain.tokens[start].start : plain.tokens[-1].start]}no {nouns_of(tables[0])[1]}"


def having_none(plain: Questions, last: Ask) -> str | None:
    """ "and no models either", which is read as "except models": those without things of another kind."""
    start = plain.skip(0, closed.words("and but"))
    if plain.word(start) != "except":
        return None
    for end, thing, _ in plain.at(plain.skip(start + 1, closed.words("any a an")), Thing):
        other = thing.table is not last.rows.table and plain.schema.between(last.rows.table, thing.table)
        if other and plain.skip(end, closed.words("either at all")) == plain.size:
            return f"only those without {nouns_of(thing.table)[1]}"
    return None


def _counted_in(plain: Questions, ask: Ask) -> list[sa.Table]:
    """The tables whose rows were counted, or shown, beside those of the last answer."""
    tables = [ask.measure.rows.table] if isinstance(ask.measure, Counted) else []
    tables += [shown.column.table for shown in ask.show if shown.path]
    return [each for each in (*tables, *_tables_in(plain, ask)) if each in plain.schema.entities]


def _past_lead(plain: Questions) -> int:
    """Where the noun of "which affiliations?", "and her datasets", "on which datasets?" stands."""
    start = plain.skip(0, frozenset(("and", "so")))
    start += plain.word(start) in closed.PREPOSITION and plain.word(start + 1) in ("which", "what", "whose")
    return plain.skip(start, closed.words("which what the their his her its"))


def bare_thing(plain: Questions, last: Ask) -> str | None:
    """ "which affiliations?", "and her datasets": a noun alone, said of the rows of the last answer."""
    start = _past_lead(plain)
    if last.kind in ("count", "aggregate"):
        return None  # "and affiliations?" counts those
    detail = any(plain.schema.kinds[thing.table] == "detail" for _, thing, _ in plain.at(0, Thing))
    if (start == 0 and not detail) or (plain.word(0) == "the" and plain.word(1) in closed.ALL):
        return None
    if plain.word(0) == "and" and any(
        end == plain.size and role.relation.start is last.rows.table for end, role, _ in plain.at(start, Role)
    ):  # fmt: skip
        return "their " + plain.lattice.text[plain.tokens[start].start :]
    for end, thing, _ in plain.at(start, Thing):
        linked = plain.schema.between(last.rows.table, thing.table)
        if plain.skip(end, _ARE_THOSE) == plain.size and thing.table is not last.rows.table and linked:
            return "their " + plain.lattice.text[plain.tokens[start].start : plain.tokens[end - 1].end]
    piped = plain.word(plain.word(0) == "and") in closed.PREPOSITION  # "and for which tasks?"
    if piped and any(end == plain.size for end, _, _ in plain.at(start, Attribute)):
        return "their " + plain.lattice.text[plain.tokens[start].start :]
    return None


_ARE_THOSE = closed.BE | closed.words("that those they these it")


def found_by(plain: Questions, last: Ask) -> Rows | None:
    """ "which models are that?" after who made models for text: what the people of the last answer were found by."""
    start = _past_lead(plain)
    for end, thing, _ in plain.at(start, Thing) if plain.word(0) in ("which", "what") else ():
        said = [linked.rows for linked in last.rows.tests if isinstance(linked, Linked) and linked.count is None]
        told = end < plain.size and plain.skip(end, _ARE_THOSE) == plain.size
        return next((rows for rows in said if told and rows.table is thing.table and rows.tests), None)
    return None


def of_those(plain: Questions, last: Ask, *, narrowed: bool = False) -> str | None:
    """ "authors" after a list, "datasets" after one that was narrowed or a few rows by their names or rank: what those
    have."""
    if last.kind not in ("rows", "details", "check", "exists") or last.group:
        return None
    names = [test for test in last.rows.tests if isinstance(test, Compare) and test.column.info.get("name")]
    told = any(test.op in ("=", "in") for test in names)
    few = told or narrowed or last.pick is not None or last.limit is not None or last.kind != "rows"
    for end, role, _ in plain.at(0, Role):
        if end == plain.size and role.relation.start is last.rows.table:
            return "their " + plain.lattice.text
    for end, thing, _ in plain.at(0, Thing):
        linked = plain.schema.between(last.rows.table, thing.table)
        if few and end == plain.size and thing.table is not last.rows.table and linked:
            return "their " + plain.lattice.text
    return None


def lone_verb(plain: Questions) -> bool:
    """Whether all it says is a verb: "trained on?", "made by?"."""
    return any(
        end == plain.size or (end + 1 == plain.size and plain.word(end) in (verb.particle, "by"))
        for end, verb, _ in plain.at(0, Verb)
    )


def excluding(ask: Ask, known: Rows) -> Ask | None:
    """The question about its rows other than these."""
    if ask.rows.table is not known.table or not known.tests or ask.kind not in ("rows", "count"):
        return None
    own = {t.value for t in ask.rows.tests if isinstance(t, Compare) and is_name(t)}
    if own & {t.value for t in known.tests if isinstance(t, Compare)}:
        return None  # nothing is another than itself
    return replace(ask, rows=ask.rows.with_tests(Not(AllOf(known.tests))))


FUNCTIONS = (
    ("STDDEV_POP", closed.DEVIATION),
    ("AVG", closed.AVERAGE),
    ("SUM", closed.TOTAL),
    ("MAX", closed.phrases("maximum|max|maximal")),
    ("MIN", closed.phrases("minimum|min|minimal")),
)


def among(plain: Questions) -> int:
    """Where "among them", "of those" at the end begins; 0 where it does not end so."""
    end = plain.size - 2
    return (
        end if end > 0 and plain.word(end) in ("among", "of", "amongst", "from") and plain.word(end + 1) in THOSE else 0
    )


def with_pronoun(plain: Questions, last: Ask, *, noun_first: bool = False) -> list[tuple[str, bool]]:
    """(the question with a pronoun where it means the rows of the last answer, whether it means each of them)."""
    text, low = plain.lattice.text, plain.low
    texts: list[tuple[str, bool]] = []
    if lone_verb(plain):
        return [(f"{asked} were they {text}", False) for asked in ("what", "who")]
    here = _exists(low) and bool(set(low) & (closed.PRONOUN | closed.THEIR))
    if "there" in low and not here and not (low[:1] == ["who"] and low[-1] == "there"):
        return []  # that stands on its own
    if "there" in low and not here:
        return [
            (text[: plain.tokens[-1].start] + "at them", False),
            (text[: plain.tokens[-1].start] + "for them", False),
        ]
    for at, word in enumerate(low):
        if word in closed.EACH:
            end = at + 1
            if plain.word(end) in ("one", "person"):
                end += 1
            if plain.word(end) == "of" and plain.word(end + 1) in THOSE:
                end += 2
            said = any(isinstance(edge[1], Thing | Attribute | Role | Value) for edge in edges(plain, end))
            counting = plain.word(0) == "how" and any(
                isinstance(edge[1], Thing | Role) for place in range(at) for edge in edges(plain, place)
            )  # "how many authors each" is a number for each
            if at == plain.size - 1 and at and not counting:  # "number of rows each"
                texts.append((text[: plain.tokens[at].start].rstrip() + " of them", False))
            if not said:
                start, stop = plain.tokens[at].start, plain.tokens[end - 1].end
                texts.append((text[:start] + "they" + text[stop:], True))
    pronouns = set(low) & (closed.PRONOUN | closed.THEIR)
    if pronouns:
        texts.append((text, False))
        start = plain.skip(0, closed.words("and but so show me"))
        end = start + 1
        if plain.word(start) in ("which", "what", "who"):
            end += plain.word(end) in ("ones", "else", "others")
            end += plain.word(end) == "else"
            verbs = [verb.relation.start for at in range(start, plain.size) for _, verb, _ in plain.at(at, Verb)]
            own = (last.rows.table,) if noun_first and plain.word(end) in closed.AUXILIARY else ()
            nouns = [
                (f"which {nouns_of(table)[1]}{text[plain.tokens[end - 1].end :]}", False)
                for table in dict.fromkeys((*own, *_tables_in(plain, last), *verbs))
            ]
            texts = [*nouns, *texts] if own else [*texts, *nouns]
        return texts
    if texts:
        return texts
    if which := asks_which(plain):
        return [("which of them " + text[plain.tokens[which].start :], False)]
    if low[:2] == ["how", "many"] and plain.word(2) in closed.BE | closed.HAVE:
        return [(text[: plain.tokens[1].end] + " of them" + text[plain.tokens[1].end :], False)]
    if any(True for at in range(plain.size) for _ in plain.at(at, Name)) or plain.word(0) in ("same", "what", "how"):
        many = low[:2] == ["how", "many"]
        return [(text + " do they have", False)] if many else []
    if any(True for at in range(plain.size) for _ in plain.at(at, Role)):
        texts += [(text, False)] * (plain.word(0) == "and")
        texts += [(text + " of them", False)] * (plain.word(0) in ("who", "what"))
    after = plain.skip(0, closed.words("and"))
    if plain.word(plain.size - 1) == "ones":
        return texts  # "and how many audio ones" are of the kind that was counted
    if plain.word(after) == "how" and plain.word(after + 1) == "many":
        texts.append((text + " do they have", False))
    elif any(True for _ in plain.at(plain.skip(after, closed.DETERMINER), Attribute)) or _function_leads(plain, after):
        texts.append((text + " of them", False))
    return texts


def _function_leads(plain: Questions, at: int) -> bool:
    start = plain.skip(at, closed.DETERMINER)
    return any(plain.longest(start, words) > start for _, words in FUNCTIONS)


def edges(plain: Questions, at: int) -> Sequence[tuple[int, object, float]]:
    return plain.lattice.edges[at] if at < plain.size else ()


def asks_which(plain: Questions) -> int:
    """The place after "which one" in "which has the most?", said without a noun; 0 where it is not asked so."""
    if plain.word(0) not in ("which", "and"):
        return 0
    start = plain.skip(0, closed.words("and which one ones of them those these"))
    told = any(
        isinstance(each, Name) or (isinstance(each, Thing) and each.table in plain.schema.entities)
        for at in range(plain.size) for _, each, _ in edges(plain, at)
    ) and plain.word(start) in closed.BE  # fmt: skip
    return start if plain.word(start) in closed.HAVE | closed.BE | closed.USING and not told else 0


def asks_parts(plain: Questions) -> bool:
    """Whether it asks for parts of something without naming it: "how many columns"."""
    meant = [each for at in range(plain.size) for _, each, _ in edges(plain, at)]
    parts = [each for each in meant if isinstance(each, Thing) and plain.schema.kinds[each.table] == "detail"]
    told = any(isinstance(each, Name) or (isinstance(each, Thing) and each not in parts) for each in meant)
    return bool(parts) and not told and not set(plain.low) & (closed.ALL | {"there", "altogether", "total"})


def asks_function(plain: Questions) -> bool:
    """Whether it asks for one number of a column without saying of which rows: "total rows", "avg batch size"."""
    start = plain.skip(0, closed.words("and so the what what's is 's now"))
    if not _function_leads(plain, start) or plain.size - start > SHORT:
        return False
    meant = [each for at in range(start, plain.size) for _, each, _ in edges(plain, at)]
    attributes = any(isinstance(each, Attribute) for each in meant)
    per = any(plain.longest(at, closed.PER) > at for at in range(start, plain.size))
    return attributes and not per and not any(isinstance(each, Thing | Name | Value | Role) for each in meant)


def names_alone(plain: Questions) -> bool:
    """Whether it is a noun alone that can belong to what was shown: "which affiliations?", "and her datasets"."""
    start = _past_lead(plain)
    if any(end == plain.size and (start or plain.schema.kinds[thing.table] == "detail")
           for end, thing, _ in plain.at(start, Thing)):  # fmt: skip
        return True
    start = plain.skip(0, closed.words("and who what which is are was were 's"))
    role = plain.skip(start, frozenset(("the",)))
    return (
        (role > start or plain.word(0) == "and")
        and start > 0
        and any(end == plain.size for end, _, _ in plain.at(role, Role))
    )


def is_fragment(plain: Questions) -> bool:
    """Whether no rows are named: neither "models" nor "resnet50" nor, at the beginning, "CNNs"."""
    begun = plain.word(0) in ("the", "only", "just", "no", "not")
    for at in range(plain.size):
        for end, meaning, _ in edges(plain, at):
            if isinstance(meaning, Thing | Name | Verb | Role):
                return False
            if isinstance(meaning, Value) and plain.low[end - 1].endswith("s") and not begun and plain.size > 1:
                return False
    return True


def noun_pointed_at(plain: Questions) -> int | None:
    """Where a kind of thing is pointed at that is not named before: "which models use *these datasets*"; a noun with
    more about it points at nothing: "those models that use bert"."""
    named: set[sa.Table] = set()
    for at in range(plain.size):
        if plain.word(at) in ("these", "those", "this"):
            after = [(end, each.table) for end, each, _ in plain.at(at + 1, Thing)]
            after += [(end, each.relation.end) for end, each, _ in plain.at(at + 1, Role)]
            for end, table in after:
                told = plain.word(at) == "those" and plain.word(end) in closed.RELATIVE | closed.WITH | closed.WITHOUT
                if table not in named and not told:
                    return at
        named |= {each.table for _, each, _ in edges(plain, at) if isinstance(each, Thing | Name)}
    return None


def refers_inside(plain: Questions) -> bool:
    """Whether its pronouns can mean something that it names before them: "video models and who owns them"."""
    if noun_pointed_at(plain) is not None:
        return False
    for at in range(plain.size):
        if plain.word(at) in closed.PRONOUN | closed.THEIR:
            return False
        if plain.word(at).startswith("every") or any(isinstance(e[1], Thing | Name) for e in edges(plain, at)):
            return True
    return False


def dangling(plain: Questions) -> str:
    """The word of a question that refers to something it does not name: "*their* authors"; "" where there is none."""
    if (pointed := noun_pointed_at(plain)) is not None:
        return plain.word(pointed)
    if "both" in plain.low and not set(plain.low[plain.low.index("both") :]) & closed.AND:
        return "both"
    for at in range(plain.size):
        word = plain.word(at)
        if word in closed.THEIR:
            return word
        if word in ("that", "this") and points_inside(plain):
            return word
        if word.startswith("every") or any(isinstance(e[1], Thing | Name | Value | Role) for e in edges(plain, at)):
            return ""
    return ""


def mentions(ask: Ask | None, rows: Rows) -> bool:
    """Whether the question is about these rows."""
    if not rows.tests:
        return any(isinstance(each, Rows) and each.table is rows.table for each in walk(ask))
    said = {id(each) for each in walk(ask)}
    return all(id(test) in said for test in rows.tests)


def named_in(plain: Questions, ask: Ask) -> Iterator[Rows]:
    """What was called by its name in a question, where a pronoun can mean one thing."""
    if set(plain.low) & _PLURAL:
        return
    beside = {id(each) for scalar in walk(ask) if isinstance(scalar, Scalar) for each in walk(scalar)}
    for each in walk(ask):
        if isinstance(each, Rows) and (id(each) not in beside or ask.rows.table is each.table):
            for test in each.tests:
                if isinstance(test, Compare) and test.op == "=" and test.column is plain.schema.name_of(each.table):
                    yield Rows(each.table, (test,))


def linked_in(plain: Questions, ask: Ask) -> Iterator[Phrase]:
    """Rows of other tables that the answer shows beside its own, and those that its rows were found by."""
    for shown in ask.show:
        table = shown.column.table
        if (
            shown.path
            and table in plain.schema.entities
            and table is not ask.rows.table
            and shown.column.info.get("name")
        ):
            back = next(
                (
                    each
                    for each in plain.schema.between(table, ask.rows.table)
                    if path_key(each.inverse().path) == path_key(shown.path)
                ),
                None,
            )
            if back is not None:
                yield Phrase(Rows(table, (Linked(back.path, ask.rows),)), named=True)
    if isinstance(ask.measure, Counted) and ask.kind == "rows" and noun_pointed_at(plain) is not None:
        counted, having = ask.measure, ask.having  # "where do these people work", of who was counted
        some = Linked(counted.path, counted.rows, (having[0], int(having[1])) if having is not None else None)
        yield Phrase(counted.rows.with_tests(Linked(turn_round(counted.path), ask.rows.with_tests(some))), named=True)
    for each in walk(ask.rows.tests):
        if isinstance(each, Rows) and each.tests and each.table in plain.schema.entities:
            yield Phrase(each, named=True, single=is_one(each))


def things_shown(plain: Questions, ask: Ask) -> Ask:
    """The things that one named row was shown with, as what is spoken of next: the datasets of "her datasets"."""
    things = [shown for shown in ask.show if shown.many]
    named = is_one(ask.rows)
    if ask.kind != "rows" or not named or len(things) != 1 or len(ask.show) != 2 or ask.pick or ask.order:
        return ask
    phrases = [phrase for phrase in linked_in(plain, ask) if phrase.table is things[0].column.table]
    if not phrases or things[0].tests:
        return ask
    return Ask("rows", phrases[0].rows, show=plain.name_shown(phrases[0].table))


def _tables_in(plain: Questions, ask: Ask) -> list[sa.Table]:
    """The tables of things that a question is about, save that of the rows it shows."""
    tables = [each.table for each in walk(ask) if isinstance(each, Rows)]
    return list(dict.fromkeys(each for each in tables if each in plain.schema.entities and each is not ask.rows.table))
