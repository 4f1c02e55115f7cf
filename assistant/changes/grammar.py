"""The grammar of orders that change something: "set … of … to …", "add … to …", "let … see …", "delete …".

Only verbs and the small words between their objects are known here. What the objects are – fields, values, people,
"all my models" – is said by the lexicon and the database; so one sentence can have several readings, and the first one
whose objects are all known is meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

Verb = Literal[
    "set", "clear", "rename", "add", "remove", "move", "delete", "restore", "secret", "permit", "forbid", "default",
    "create", "turn", "share", "unshare", "rekey", "accept", "decline",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Order:
    """One way to read an order: what is done to whom, to which field, with which value.

    ``source`` is where a move starts; of a ``turn`` it is the verb itself, which says the value.
    """

    verb: Verb
    whom: str = ""
    field: str = ""
    value: str = ""
    source: str = ""


_LONGEST_VALUE = 5  # words of a value that follows its object without a word between them
MOST_READINGS = 60

_POLITE = re.compile(
    r"(?:(?:please|pls|now|then|and|ok|okay|so|hey|hi|hello|just|kindly|also|go ahead and|"
    r"(?:can|could|would|will) you(?: please)?|you (?:should|must|need to|have to)|let'?s|"
    r"i(?:'d| would)? (?:want|need|like)(?: you)? to|help me(?: to)?)[ ,]+)+",
    re.IGNORECASE,
)
_POLITE_END = re.compile(
    r"(?:[ ,]+(?:please|pls|now|for me|thanks|thank you|immediately|right away|at once|asap|again))+$", re.IGNORECASE
)
_QUOTED = r'"[^"]*"|“[^”]*”|‘[^’]*’|`[^`]*`'
_ARTICLE = re.compile(r"^(?:the|a|an|some)\s+", re.IGNORECASE)
_ASKS = re.compile(r"(?:who|whom|whose|which|what|where|when|why|how|is|are|does|do|did|me|us|there)\b", re.IGNORECASE)
_PASSWORD = r"(?:new |temporary |one-time )*(?:passwords?|pass ?words?|one-time secrets?|passcodes?)"  # noqa: S105


_KEYS = r"(?:the |a )?(?:(?:fresh|new|other|data|encryption|file) )*keys?"
_AFRESH = rf"(?: (?:anew|again|afresh)| (?:with|under|by|using) {_KEYS})"


def read_orders(text: str) -> tuple[Order, ...]:
    """The readings of a message as an order to change something, the likeliest first; none where it is no order."""
    plain = _plain(text)
    found: dict[Order, None] = {}
    for pattern, read in _RULES:
        match = pattern.fullmatch(plain)
        if match:
            for order in read(match):
                found.setdefault(order)
                if len(found) >= MOST_READINGS:
                    return tuple(found)
    return tuple(found)


def verb_of(text: str) -> tuple[str, str]:
    """The first word of an order and the rest of it, without the courtesies around."""
    first, _, rest = _plain(text).partition(" ")
    return first, rest


def _plain(text: str) -> str:
    plain = " ".join(text.split()).strip(" .!?")
    polite = _POLITE.match(plain)
    return _POLITE_END.sub("", plain[polite.end() :] if polite else plain).strip(" ,.!?")


def unquote(text: str) -> str:
    """A text without the quotation marks around it."""
    plain = text.strip()
    return plain[1:-1].strip() if re.fullmatch(rf"{_QUOTED}|'[^']*'", plain) else plain


def without_article(text: str) -> str:
    """A phrase without "the", "a" or "an" before it."""
    return _ARTICLE.sub("", text.strip())


def splits(text: str, words: str) -> Iterator[tuple[str, str]]:
    """(before, after) of each place where one of the words stands outside quotation marks, from the left."""
    for found in re.finditer(rf"{_QUOTED}|(?<=[\s,])(?:{words})(?=\s)", text, re.IGNORECASE):
        before, after = text[: found.start()].strip(" ,"), text[found.end() :].strip(" ,")
        if not re.match(_QUOTED, found[0]) and before and after:
            yield before, after


def owned(text: str) -> Iterator[tuple[str, str]]:
    """(field, whose) as a phrase can say it: "the size of X", "X's size"; and "" with the phrase itself."""
    for field, whom in splits(text, "of|for|on|in|from"):
        yield without_article(field), whom
    for found in re.finditer(r"(?:['’]s|(?<=s)['’])\s+", text):
        if found.start() and text[found.end() :]:
            yield text[found.end() :], text[: found.start()]
    yield "", text


def listed(text: str) -> list[str]:
    """The parts of an enumeration: "a, b and c"."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"\x00{len(kept) - 1}\x00"

    masked = re.sub(_QUOTED, keep, text)
    parts = re.split(r"\s*,\s*(?:and\s+)?|\s+(?:and|&|as well as)\s+", masked)
    whole = [re.sub(r"\x00(\d+)\x00", lambda found: kept[int(found[1])], part) for part in parts]
    return [part.strip() for part in whole if part.strip()]


# --- one rule a verb ------------------------------------------------------------------------------

_Rule = Callable[[re.Match[str]], Iterator[Order]]


def _trailing(text: str) -> Iterator[tuple[str, str]]:
    """(before, after) at each blank, the shortest end first."""
    words = text.split()
    for at in range(len(words) - 1, max(0, len(words) - 1 - _LONGEST_VALUE), -1):
        yield " ".join(words[:at]), " ".join(words[at:])


def _set(match: re.Match[str]) -> Iterator[Order]:
    pairs = [*splits(match["rest"], "to be|to|into|as|="), *(_trailing(match["rest"]))]
    for left, value in pairs:
        for field, whom in owned(left):
            yield Order("set", whom, field, value)


def _stated(match: re.Match[str]) -> Iterator[Order]:
    """ "make sure that bob is an admin", "X should be private"."""
    if not _ASKS.match(match["whom"]):
        for field, whom in owned(match["whom"]):
            value = match["value"]
            yield Order("set", whom, field, f"not {value}" if match["negated"] else value)


def _clear(match: re.Match[str]) -> Iterator[Order]:
    for field, whom in owned(match["rest"]):
        if field:
            yield Order("clear", whom, field, source=match["verb"].lower())


def _rename(match: re.Match[str]) -> Iterator[Order]:
    for whom, value in splits(match["rest"], "to|as|into"):
        yield Order("rename", whom, value=value)


def _add(match: re.Match[str]) -> Iterator[Order]:
    for things, place in splits(match["rest"], "to|in|into|on"):
        for left, role in splits(things, "as"):
            yield Order("add", place, without_article(role), left)
        for field, whom in owned(place):
            yield Order("add", whom, field, things)
    for things, role in splits(match["rest"], "as"):
        for field, whom in (*owned(role), *((without_article(f), w) for f, w in splits(role, "to"))):
            if field:
                yield Order("add", whom, field, things)


def _tag(match: re.Match[str]) -> Iterator[Order]:
    for whom, things in splits(match["rest"], "with|as"):
        yield Order("add", whom, value=things)


def _remove(match: re.Match[str]) -> Iterator[Order]:
    for things, place in splits(match["rest"], "from|off|out of"):
        yield Order("forbid", place, value=things)
        for left, role in splits(things, "as"):
            yield Order("remove", place, without_article(role), left)
        for field, whom in owned(place):
            yield Order("remove", whom, field, things)
    for things, role in splits(match["rest"], "as"):
        for field, whom in (*owned(role), *((without_article(f), w) for f, w in splits(role, "from"))):
            if field:
                yield Order("remove", whom, field, things)
    for field, whom in owned(match["rest"]):
        if field:
            yield Order("forbid", whom, value=field)


def _move(match: re.Match[str]) -> Iterator[Order]:
    for left, place in splits(match["rest"], "to|into|over to"):
        for whom, source in splits(left, "from"):
            yield Order("move", whom, value=place, source=source)
        yield Order("move", left, value=place)
    for left, source in splits(match["rest"], "from"):
        for middle, place in splits(source, "to"):
            yield Order("move", left, value=place, source=middle)


def _delete(match: re.Match[str]) -> Iterator[Order]:
    yield Order("delete", match["rest"])


def _restore(match: re.Match[str]) -> Iterator[Order]:
    yield Order("restore", match["rest"])


def _secret(match: re.Match[str]) -> Iterator[Order]:
    yield Order("secret", match["whom"], value=match.groupdict().get("value") or "")


def _give(match: re.Match[str]) -> Iterator[Order]:
    for what, whom in splits(match["rest"], "to"):
        yield Order("permit", whom, value=without_article(what))
    words = match["rest"].split()
    for at in range(1, len(words)):
        whom = " ".join(words[:at])
        yield Order("permit", whom, value=without_article(" ".join(words[at:])))


def _let(match: re.Match[str]) -> Iterator[Order]:
    verb: Verb = "forbid" if match.groupdict().get("negated") else "permit"
    words = match["rest"].split()
    for at in range(1, len(words)):
        whom, what = " ".join(words[:at]), " ".join(words[at:])
        if not _ASKS.match(whom):
            what = re.sub(r"^(?:to|from|be able to)\s+", "", what)
            yield Order(verb, whom, value=what)
            looked = _LOOKED_AT.fullmatch(what)
            if looked:
                yield Order("share" if verb == "permit" else "unshare", whom, looked["what"], what.split()[0].lower())


_LOOKED_AT = re.compile(r"(?:download|view|see|open|access|use|read|have access to) (?P<what>.+)", re.IGNORECASE)


def _share(match: re.Match[str]) -> Iterator[Order]:
    """ "share X with bob", "invite bob to X", "give bob access to X"; the value is what they may do."""
    yield Order("share", match["whom"], match["what"], match.groupdict().get("value") or "")


def _unshare(match: re.Match[str]) -> Iterator[Order]:
    yield Order("unshare", match["whom"], match["what"])


def _rekey(match: re.Match[str]) -> Iterator[Order]:
    yield Order("rekey", match["whom"])


def _accept(match: re.Match[str]) -> Iterator[Order]:
    yield Order("accept", match["rest"])


def _decline(match: re.Match[str]) -> Iterator[Order]:
    yield Order("decline", match["rest"])


def _may(match: re.Match[str]) -> Iterator[Order]:
    if not _ASKS.match(match["whom"]):
        yield Order("forbid" if match["negated"] else "permit", match["whom"], value=match["value"])
        looked = _LOOKED_AT.fullmatch(match["value"])
        if looked:
            verb = match["value"].split()[0].lower()
            yield Order("unshare" if match["negated"] else "share", match["whom"], looked["what"], verb)


def _default(match: re.Match[str]) -> Iterator[Order]:
    for field, whom in owned(match["rest"]):
        if field:
            yield Order("default", whom, value=field)


def _create(match: re.Match[str]) -> Iterator[Order]:
    rest = without_article(match["rest"])
    for what, name in splits(rest, "called|named|with the name|by the name of|for"):
        yield Order("create", name, field=re.sub(r"^new\s+", "", what, flags=re.IGNORECASE))
    yield Order("create", re.sub(r"^new\s+", "", rest, flags=re.IGNORECASE))


_RULES: tuple[tuple[re.Pattern[str], _Rule], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), read)
    for pattern, read in (
        (r"(?:accept|take up) (?:the |my |an )?(?:invitation|invite)s?(?: (?:to|for|of))? (?P<rest>.+)", _accept),
        (r"(?:decline|refuse|reject|turn down) (?:the |my |an )?(?:invitation|invite)s?(?: (?:to|for|of))? "
         r"(?P<rest>.+)", _decline),
        (r"(?:share|send) (?P<what>.+) (?:with|to) (?P<whom>.+?)(?: to (?P<value>view|see|download).*)?", _share),
        (r"(?:invite|let) (?P<whom>.+?) (?:to|in on|into) (?:(?P<value>view|see|download|open) )?(?P<what>.+)", _share),
        (r"(?:give|grant) (?P<whom>.+?) access to (?P<what>.+)", _share),
        (r"(?:give|grant) access to (?P<what>.+) to (?P<whom>.+)", _share),
        (r"(?:unshare|stop sharing) (?P<what>.+) (?:with|from) (?P<whom>.+)", _unshare),
        (r"(?:take|get) (?P<what>.+?) (?:back|away) from (?P<whom>.+)", _unshare),
        (r"(?:take|revoke|withdraw|remove|end) (?:back )?(?:the )?(?:access|invitation) (?:to|of) (?P<what>.+) "
         r"(?:from|of|for) (?P<whom>.+)", _unshare),
        (r"(?:take|revoke|withdraw|remove|end) (?P<whom>.+?)(?:['’]s|(?<=s)['’]) (?:access|invitation) (?:to|for) "
         r"(?P<what>.+?)(?: (?:back|away))?", _unshare),
        (r"(?:revoke|withdraw) (?P<what>.+) from (?P<whom>.+)", _unshare),
        (rf"(?:re-?key|re-?encrypt|re-?seal) (?:the files? of |all files? of )?(?P<whom>.+?){_AFRESH}?", _rekey),
        (rf"(?:seal|encrypt) (?:the files? of |all files? of )?(?P<whom>.+?){_AFRESH}", _rekey),
        (rf"(?:give|make|get) (?P<whom>.+?) {_KEYS}", _rekey),
        (rf"(?:rotate|renew|replace|refresh|change) {_KEYS} (?:of|for) (?P<whom>.+)", _rekey),
        (rf"(?:rotate|renew|replace|refresh|change) (?P<whom>.+?)(?:['’]s|(?<=s)['’]) {_KEYS}", _rekey),
        (rf"(?:reset|renew|regenerate|replace|change|set|update|clear)\s+(?P<whom>.+?)(?:['’]s|(?<=s)['’]) {_PASSWORD}"
         r"(?: (?:to|as) (?P<value>.+))?", _secret),
        (rf"(?:reset|renew|regenerate|replace|change|set|update|clear)\s+(?:the |a )?{_PASSWORD} (?:of|for) "
         r"(?P<whom>.+?)(?: (?:to|as) (?P<value>.+))?", _secret),
        (rf"(?:reset|renew|change|set|update)\s+(?P<whom>my) {_PASSWORD}(?: (?:to|as) (?P<value>.+))?", _secret),
        (rf"(?:give|send|issue|make|assign)\s+(?P<whom>.+?) (?:a |another )?{_PASSWORD}", _secret),
        (rf"(?:create|make|issue|generate)\s+(?:a |another )?{_PASSWORD} for (?P<whom>.+)", _secret),
        (r"(?:make sure|ensure|see to it)(?: that)? (?P<whom>.+?) (?:is|are|becomes?|gets?)"
         r"(?: (?P<negated>not|no longer))? (?P<value>.+)", _stated),
        (r"(?P<whom>.+?) (?:should|must|shall|ought to) (?P<negated>not |no longer )?(?:be|become) (?P<value>.+)",
         _stated),
        (r"i(?:'d| would)? (?:want|need|like) (?P<whom>.+?) (?P<negated>not )?to (?:be|become) (?P<value>.+)", _stated),
        (r"(?:reset|default) (?P<rest>.+)", _default),
        (r"(?:let|allow|permit|enable|authori[sz]e|entitle) (?P<rest>.+)", _let),
        (r"(?P<negated>don'?t|do not|never|no longer|stop)(?: letting| allowing| let| allow| permit)? (?P<rest>.+)",
         _let),
        (r"(?P<negated>forbid|prevent|prohibit|disallow|bar|keep) (?P<rest>.+)", _let),
        (r"(?P<whom>.+?) (?:may|can|should|must|is allowed to|should be able to)"
         r"(?P<negated>n?['’]t| ?not| no longer)? (?P<value>.+)", _may),
        (r"(?:give|grant|assign|award|hand) (?P<rest>.+)", _give),
        (r"(?:set|change|update|switch|adjust|correct|edit|modify|alter|turn|put|make|mark|flag|declare|fix) "
         r"(?P<rest>.+)", _set),
        (r"(?:rename|call|relabel|retitle) (?P<rest>.+)", _rename),
        (r"(?:create|add|register|make|open|set up|new) (?P<rest>.+)", _create),
        (r"(?:add|append|put|include|assign|attach|credit|enter) (?P<rest>.+)", _add),
        (r"(?:tag|label) (?P<rest>.+)", _tag),
        (r"(?P<verb>clear|empty|blank|unset|delete|remove|erase|drop) (?P<rest>.+)", _clear),
        (r"(?:delete|erase|get rid of) (?P<rest>(?:all|every|any)\w*\b.+)", _delete),
        (r"(?:remove|delete|drop|take|strip|unassign|revoke|withdraw|kick|exclude|detach|untag) (?P<rest>.+)", _remove),
        (r"(?:move|transfer|switch|relocate|reassign) (?P<rest>.+)", _move),
        (r"(?:restore|undelete|recover|bring back|get back|put back|reinstate|undo the (?:deletion|removal) of) "
         r"(?P<rest>.+)", _restore),
        (r"(?:bring|get|put|have|take|pull) (?P<rest>.+?) (?:back|out of (?:the|my) trash)"
         r"(?: from (?:the|my) trash)?", _restore),
        (r"(?:delete|remove|erase|drop|trash|bin|discard|destroy|get rid of|throw away|purge|wipe|reject|refuse|"
         r"decline|kick out|throw out) (?P<rest>.+)", _delete),
        (r"(?:throw|kick|take) (?P<rest>.+?) (?:out|away|down)", _delete),
    )
)  # fmt: skip
