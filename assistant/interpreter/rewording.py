"""Follow-ups in other words: without the words around them, and as the plainer thing that they say.

"sorry, I meant CNNs" is "CNNs", "drop the old ones" is "except the old ones", "break that down by task" is "per task".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.interpreter import closed, courtesy, sentences
from assistant.interpreter.words import Token, read_tokens, spell_out

LEADING = closed.words(
    "ok okay so well sorry hmm hm oh great cool nice alright right then n yes yeah thanks , please hey hi lovely "
    "perfect super interesting fine good aha ah"
)
_TRAILING = closed.words(
    "please sorry too also then instead thanks as well now again exactly precisely specifically though anyway either "
    "? ! . ,"
)
LEAVING = closed.phrases(
    "drop|remove|exclude|omit|skip|hide|ignore|leave out|filter out|get rid of|take out|take away|not|no|minus|"
    "forget about|forget|lose|scrap|disregard|all but|everything but|anything but|but not|and not|without the|"
    "without those|without any|but without|lift|"
    "but without the|leave off"
)
_SLIPS = ("only", "just", "show", "what", "which", "sort", "with", "drop", "them", "their", "list", "about", "same")
_CORRECTING = re.compile(
    r"^(?:(?:by the way|btw)[,;.!:]*\s+)?"
    r"(?:(?:(?:no,? wait|no,? no|no sorry|sorry|oops|wait|actually|nah|nope|hang on|my bad|hold on)[,;.!:]*\s+)|"
    r"no[,;.!:]+\s+)*"
    r"(?:(?:what )?i (?:meant|mean)(?: to (?:say|ask))?[,:]?\s+|(?:make|let)(?: it| that)\s+(?=\w)|rather\s+)?",
    re.IGNORECASE,
)
_NOT_BUT = re.compile(
    r"^(?:no[,.]? |sorry[,.]? |i )*(?:(?:did|do) not (?:mean|want|need)|not) (?:the |those |these )?[\w -]+?,? "
    r"but (?:rather )?(?=\w)",
    re.IGNORECASE,
)
_SO_MANY = re.compile(
    r"^(?:(?:ok|okay|no|actually|sorry)[, ]+)*(?:make|let) (?:it|that|this)(?: be)? (?:a |the )?(?:top )?"
    r"(?=(?:\d+|two|three|four|five|six|seven|eight|nine|ten|twenty)(?: (?:please|instead|then))*$)",
    re.IGNORECASE,
)
_FILTERS = closed.words(
    "filter filters condition conditions restriction restrictions constraint constraints limit limits bound bounds"
)
_UNDOING = closed.words("remove undo drop clear forget reset ignore cancel revert lose lift without take")
_UNDOING_WITH = _FILTERS | _UNDOING | closed.words("that this the it last my again away off and now please back go to")
_ALL_AGAIN = re.compile(
    r"(?:(?:go |going |come |get )?back to |show |show me |list |give me |now |return to )*"
    r"(?:all(?: of)? (?:mine|them|those|these|my ones)|mine again|the whole lot|everything again|start over|"
    r"all (?:\d+|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)|all|"
    r"back|(?:the )?(?:(?:whole|full|first|original|previous|initial|complete|entire|long|longer|earlier) )+"
    r"(?:list|ones|results?|selection|set)|the ones before|the list|all(?: (?P<number>\w+))? (?P<noun>\w+s))"
    r"(?: again| back| from before| we (?:had|started with))*",
    re.IGNORECASE,
)


_MEANT = re.compile(r"[,;–-]?\s+i (?:mean|meant)\W*$", re.IGNORECASE)
_PLAIN_WORD = (
    r"(?!(?:and|or|but|only|just|with|without|no|not|what|which|who|how|where|when|is|are|do|does|show|list|"
    r"give|sort|order|drop|same|then|now|the other|also|add|include|instead)\b)"
)
_ALSO = re.compile(
    rf"^(?:\+\s*{_PLAIN_WORD}(.+)|{_PLAIN_WORD}(?P<also>[^,]+?),? (?:too|as well|also|then)(?: please)?)\W*$",
    re.IGNORECASE,
)
_INSTEAD = re.compile(rf"^{_PLAIN_WORD}(.+?),? instead\W*$", re.IGNORECASE)
_SUBJECT = re.compile(
    r"^(?:(?:ok|okay|right|anyway|so|now)[,.]? )?(?:(?:an)?other|different|new|next) (?:thing|question|topic|subject)"
    r"(?: now| please)?\s*[.,:;–-]+\s+",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^(?:good )?(?:morning|afternoon|evening|hi|hello|hey)(?: all| everyone| there| team)?\s*[!,.]+\s+(?=\w)",
    re.IGNORECASE,
)
_MINE = re.compile(
    r"^(?:so |and )?(?:do i have|have i got|do i own|have i) (?:(?:any|some|an?) )?(?=\w)", re.IGNORECASE
)


def _and(found: re.Match[str]) -> str:
    """ "+ authors" and "the authors too" go on from the list as "and authors" does."""
    return f"and {found[1] or found['also']}"


def of_mine(question: str) -> str:
    """ "do I have any private models" as "my private models"; without "ok, other thing." before it."""
    return _MINE.sub("my ", _SUBJECT.sub("", _GREETING.sub("", question)))


def tidy(question: str) -> str:
    """The question without the words around it, and with "drop the …" said as "except the …"."""
    question = spell_out(spell_out(question)).strip().rstrip("?!. ")
    question = _NOT_BUT.sub("", question)
    question = courtesy.strip(_CORRECTING.sub("", _SO_MANY.sub("first ", question), count=1))
    question = _MEANT.sub("", _ALSO.sub(_and, _INSTEAD.sub(r"instead \1", question)))
    question = sentences.shorten(question)
    tokens = read_tokens(question)
    first, last = 0, len(tokens)
    while first < last and tokens[first].low in LEADING:
        first += 1
    if restores([token.low for token in tokens[first:last]]):
        return question[tokens[first].start :]
    while last > first and tokens[last - 1].low in _TRAILING and not _holds(tokens[:last]):
        last -= 1
    if first == last:
        return ""
    text = question[tokens[first].start : tokens[last - 1].end]
    for token in reversed(tokens[first:last]):
        meant = next((word for word in _SLIPS if word != token.low and is_slip(token.low, word)), None)
        if meant and not token.joined and not token.quoted:
            offset = tokens[first].start
            text = text[: token.start - offset] + meant + text[token.end - offset :]
    low = [token.low for token in read_tokens(text)]
    if low[-1:] in (["only"], ["alone"]) and len(low) > 1 and not {"only", "just"} & set(low[:-1][:2]):
        text = "only " + text[: read_tokens(text)[-1].start].strip()
        low = ["only", *low[:-1]]
    place = 1 if low[:1] == ["and"] else 0
    for phrase in LEAVING:
        if tuple(low[place : place + len(phrase)]) == phrase and len(low) > place + len(phrase) and not (
            undoes(low) or undoes_last(low)
        ):  # fmt: skip
            return "except " + text[read_tokens(text)[place + len(phrase)].start :]
    return text


_IN_TWO = re.compile(r"^(.{3,}?)\s*(?:[,;:–]|\.(?=\s)|\s-)\s+(.{3,})$")


def in_two(question: str) -> tuple[str, str] | None:
    """Both halves of a follow-up said in two steps: "top one, who's there", "ignore those. newest of the rest?"."""
    found = _IN_TWO.match(question.strip().rstrip("?!. "))
    return (found[1], found[2]) if found is not None else None


_TOPIC = re.compile(
    r"^(?:ok(?:ay)?,? )?(?:(?:going |coming )?(?P<back>back to)|returning to|about|regarding|as for)\s+(?:those |"
    r"these |the |all )?(.+?)\s*"
    r"[,:;–-]\s+(?=(?:which|who|what|how|when|where|only|just|and)\b|(?(back)\w|(?!)))(.+)$",
    re.IGNORECASE,
)


def topic_of(question: str) -> tuple[str, str, bool] | None:
    """(what is spoken of again, what is asked of it, whether it says "back to"): "back to the CNNs: which …"."""
    found = _TOPIC.match(question.strip())
    return (found[2], found[3], bool(found["back"])) if found is not None else None


_BACK_TO = re.compile(
    r"^(?:let (?:us|'s) |let's )?(?:(?:go|come|get|return|switch) )?back to (?:the |all )*(?:list of )?(?:the |all )*"
    r"(.+)$",
    re.IGNORECASE,
)
_INCLUDED = re.compile(r",? (?:with )?(?:the )?[\w-]+ included(?=\W*$)", re.IGNORECASE)
_AGAIN = re.compile(r"^(?:(?:ok|okay|and|now|so|show|list|give|me),? )*(?:all )?the (.+) again$", re.IGNORECASE)


def back_to(question: str) -> str | None:
    """What the list that is wanted again is of: "let us go back to the list of CNNs", "all the unused ones again"."""
    question = _INCLUDED.sub("", question)
    found = _BACK_TO.match(tidy(question)) or _AGAIN.match(question.strip().rstrip("?!. "))
    return found[1] if found is not None and not restores([token.low for token in read_tokens(found.group())]) else None


def corrects(question: str) -> bool:
    """Whether it takes back what was said before: "no, I meant …"."""
    if _MEANT.search(spell_out(question)) or _NOT_BUT.match(spell_out(question).strip()):
        return True
    found = _CORRECTING.match(spell_out(question).strip())
    return found is not None and bool(found.group().strip())


def _holds(tokens: Sequence[Token]) -> bool:
    """Whether the last word belongs to the one before: "as well" is no such pair, "of all" is."""
    return len(tokens) > 1 and tokens[-2].low in closed.PREPOSITION


def is_slip(word: str, meant: str) -> bool:
    """Whether two neighbouring letters changed places."""
    differing = [at for at, pair in enumerate(zip(word, meant, strict=False)) if pair[0] != pair[1]]
    return len(word) == len(meant) and len(differing) == 2 and differing[1] == differing[0] + 1 and (
        sorted(word) == sorted(meant)
    )  # fmt: skip


def restores(low: Sequence[str]) -> bool:
    """Whether it asks for the longer list that was narrowed: "all of them again", "back to the first list"."""
    found = _ALL_AGAIN.fullmatch(" ".join(low))
    again = bool({"back", "again", "return"} & set(low))
    return found is not None and (again or (found["noun"] is None and list(low) != ["all"]))


def undoes_last(low: Sequence[str]) -> bool:
    """Whether it takes back what was said last, unless it means what is shown: "drop that"."""
    return len(low) == 2 and low[0] in _UNDOING - {"take"} and low[1] in ("that", "it", "this", "again")


def undoes(low: Sequence[str]) -> bool:
    """Whether it takes back what was said last: "remove that filter", "go back"."""
    said = set(low)
    back = list(low[:2]) == ["go", "back"] or low[:1] in (["undo"], ["revert"])
    return said <= _UNDOING_WITH and (back or bool(said & _FILTERS and said & _UNDOING))
