"""Whole sentences of a follow-up as the shorter ones that say the same: "since when do we have it" as "when was it
created", "is one of them private" as "which of them are private"."""

from __future__ import annotations

import re
from collections.abc import Callable

_THEM = r"(?:them|those|these)(?! (?:two|three|four|five))(?: \w+s\b)?"
_SORT = r"(?:sort|order|rank|arrange)"
_IT = r"(?:it|that|this|they|them|those|these|he|she)"


def _compared(found: re.Match[str]) -> str:
    it = "it" if found["it"].lower() in ("that", "this", "it") else "them"
    return f"compare {it} with {found['other']} by {found['by']}"


_SAID: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
        (r"\b(?:all )?(?:the|these|those) (?:remaining|leftover) (?:ones|entries|results)\b", "those"),
        (r"\b(?:all )?(?:the|these|those) (?:remaining|leftover) (?=\w+s\b)", "those "),
        (r"\b(?:this|that|the same) (?:person|man|woman|colleague|user|author|owner)\b(?!'s)", "he"),
        (r"\b(?:this|that|the same) (?:person|man|woman|colleague|user|author|owner)'s\b", "his"),
        (r"\ball of (?:hers|his|theirs)\b", "all of them"),
        (r"\b(?:hers|theirs)\b", "their ones"),
        (r"\bwhich (?:one )?of (?:the|these|those) (?:two|pair)(?: (?!(?:is|was|has|does|uses)\b)(\w+s))?\b(?! of)",
         lambda found: f"which of those {found[1]}" if found[1] else "which of them"),
        (r" (?:of|from|in) (?:the same|that|this) (?:group|set|list|selection|kind|sort)$", ""),
        (r"\bwhich one of (?=them\b|those\b|these\b)", "which of "),
        (r"\b(which (?:one )?of (?:them|those|these)(?: \w+s)?) is the (\w+er) one$", r"\1 is \2"),
        (r"\b(?:was|is|were|are) (?:created|made|added|published|uploaded|registered) (?:first|earlier|earliest)$",
         "is the oldest"),
        (r"\b(?:was|is|were|are) (?:created|made|added|published|uploaded|registered) (?:last|later|latest)$",
         "is the newest"),
        (r"^since when (?:do|have|did) (?:we|you) (?:have|had|got|know) (.+?)$", r"when was \1 created"),
        (r"^since when (?:does |do |has |have |is |are )?(.+?) (?:exists?|existed|been (?:here|around|available|in .+)|"
         r"here|available|around)$", r"when was \1 created"),
        (rf"^how do(?:es)? (?P<it>{_IT})(?: one)? compare (?:with|to|against) (?P<other>(?:(?! (?:in|by) ).)+?) "
         r"(?:in terms of|with respect to|in|by) (?:(?:the|its|their) )?(?P<by>.+)$", _compared),
        (rf"^how do(?:es)? (?P<it>{_IT})(?: one)? compare (?:with|to|against) (?:the |that )?(?P<by>.+?) of "
         r"(?P<other>.+)$", _compared),
        (r"^(?:what|how) are (?:all )?(?:the |these |those )(\w+s) (?:called|named)$", r"list those \1"),
        (r"^(?:what|which) are the names of (?:all )?(?:the|these|those) (\w+s)$", r"list those \1"),
        (rf"^{_SORT}(?: (?:it|them|these|those|all|the (?:list|results?|table)))+(?: \w+s)? "
         r"(alphabetically|in alphabetical order|by name)$", r"\1"),
        (r"^in (?:which|what) (?:year|month) (?:was|were) (.+?) (?:created|made|added|published|uploaded|built)$",
         r"when was \1 created"),
        (rf"^for (?:which|what) (\w+) (?:can|could|may|is|are|was|were) {_IT} (?:be )?"
         r"(?:used|suitable|meant|good|intended|made)$", r"their \1"),
        (r"^(?:of|among|out of) (these|those|them)( \w+s)?,? (which|who)(?: ones?)? (?=\w)", r"\3 of \1\2 "),
        (r"^(?:what|how) about (?:those|the ones|that) (?=of\b|by\b|from\b|at\b)", "and "),
        (r"^do (?:they|those|these|the two|both)(?: two)?(?: \w+s)? share (?:a|any|some|the same) (\w+?)s?$",
         r"which \1s do both use"),
        (r"^do (?:they|those|these|the two|both)(?: two)?(?: \w+s)? have (?:a|any|some) (\w+?)s? in common$",
         r"which \1s do both use"),
        (r"^how many ([\w -]+?) (each of (?:them|these|those)|each one|they|it) (?:has|have|contains?|holds?)$",
         r"how many \1 does \2 have"),
        (r"^how many (?:are |do we have )?(?:left|remaining|remain)(?: over| now)?$", "how many are there"),
        (r"^who (?:are|were) (?:these|those) (?:\w+)$", "who are they"),
        (r"\b(?:in|inside|within) there$", "in it"),
        (rf"^(?:is|are) (?:any|one|some|either)(?: one)? of ({_THEM}|they) ", r"which of \1 are "),
        (rf"^am i (an?|the|one of the) (\w+?)s? of (?:any|one|some|either)(?: one)? of ({_THEM})$",
         r"which of \3 am i \1 \2 of"),
        (rf"^(?:by|from|of) whom (?:is|are|was|were) ({_IT})(?: made| written| created)?$", r"who is behind \1"),
        (r"\b(?:and|,) (?:by|from) whom$", "and who made it"),
        (r"^how (?:does|do) (?:it|that|things) (?:look|stand) (?:for|with) (?:the )?(\w+)\s*[:,–-]\s*how many ",
         r"how many \1 "),
        (r"^how (?:does|do) (?:it|that|things) (?:look|stand) (?:for|with) (?:the )?(\w+)$", r"what about \1"),
        (rf"^{_SORT}(?: (?:it|that|them|these|those|all))* from (?:the )?(\w+est) to (?:the )?\w+est$", r"\1 first"),
        (r",?(?: with)? the (\w+est|most \w+) (?:ones? )?(first|on top|at the top)$", r", \1 \2"),
        (rf"^({_SORT}) (?:all )?(?:of )?(?:these|those|the) \w+s (?=by\b|from\b|according\b)", r"\1 "),
        (r"\bby (?:their|its) (?=\w)", "by "),
)  # fmt: skip


_SENTENCES = tuple((re.compile(said, re.IGNORECASE), plain) for said, plain in _SAID)


def shorten(question: str) -> str:
    """The question said shortly; as it stands where no shorter form of it is known."""
    lead = re.match(r"(?:(?:and|but|so|now|then)[,]? )*", question, re.IGNORECASE)
    start = lead.end() if lead is not None else 0
    rest = question[start:]
    for said, plain in _SENTENCES:
        rest = said.sub(plain, rest)
    return re.sub(r"^and and ", "and ", question[:start] + rest, flags=re.IGNORECASE)
