"""Whole sentences of a follow-up as the shorter ones that say the same: "since when do we have it" as "when was it
created", "is one of them private" as "which of them are private"."""

from __future__ import annotations

import re
from collections.abc import Callable

from assistant.interpreter import closed

_THEM = r"(?:them|those|these)(?! (?:two|three|four|five))(?: \w+s\b)?"
_SORT = r"(?:sort|order|rank|arrange)"
_IT = r"(?:it|that|this|they|them|those|these|he|she)"


def _compared(found: re.Match[str]) -> str:
    it = "it" if found["it"].lower() in ("that", "this", "it") else "them"
    return f"compare {it} with {found['other']} by {found['by']}"


_SAID: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
        (r"^(?:the|those|these) (?:remaining|leftover) (?:ones|entries|results|\w+s)$", "the others"),
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
        (r"^(\w+) (on|with|by|from|for) (what|which|whom|who)((?: \w+)?)$", r"\3\4 were they \1 \2"),
        (r"^how do (?:their|the|its) (.+?) compare$", r"their \1"),
        (r"^(?:list|show|give me) (?:them|those|these|it|all of them)(?: \w+s)? with (?=their\b|its\b)", "and "),
        (r"^put (?:it|them|these|those|all)(?: all)? in order[,:]? (?!of\b|by\b)(?=\w)", ""),
        (r"^put (?:it|them|these|those|all)(?: all)? (?=in order (?:of|by)\b)", ""),
        (r"^(?:is there |are there )?any(?: ones?)? (?=that\b|which\b)", "only those "),
        (r"^take (the .+? one)$", r"\1"),
        (r"^not (?:just|only) (?:the )?(.+?)(?: ones)?$", r"regardless of the \1 part"),
        (r"^(?:nor|neither|or)(?: any)? (?=\w+s?(?: either)?$)", "no "),
        (r"\banother (?=\w)", "any other "),
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
        (r"^(?:what|how) about (?:those|the ones|that) "
         r"(?=(?:of|by|from|at|with|without|over|under|above|below|between|since|before|after|in|for|on)\b)", "and "),
        (r"^do (?:they|those|these|the two|both)(?: two)?(?: \w+s)? share (?:a|any|some|the same) (\w+?)s?$",
         r"which \1s do both use"),
        (r"^do (?:they|those|these|the two|both)(?: two)?(?: \w+s)? have (?:a|any|some) (\w+?)s? in common$",
         r"which \1s do both use"),
        (r"^how many ([\w -]+?) (each of (?:them|these|those)|each one|they|it) (?:has|have|contains?|holds?)$",
         r"how many \1 does \2 have"),
        (r"^how many (?:are |do we have )?(?:left|remaining|remain)(?: over| now)?$", "how many are there"),
        (r"^who (?:are|were) (?:these|those) (?:\w+)$", "who are they"),
        (r"^(?:from|of|in|out of) (?:the|this|that) (?:list|table|result)s?,? ", ""),
        (r"^((?:only|just) )(?:which|what|who)(?: ones?)? (?=\w)", r"\1those which "),
        (r"^who( else)? (is|are|was|were) (?:in|inside|at|within) (?:there|it)$", r"who\1 \2 there"),
        (r"\b(?:in|inside|within) there$", "in it"),
        (r"^who (?:did|does|do) (?=\w+ (?:it|this|that|them|these|those)$)", "who "),
        (rf"^(?:from|at|in|of|to) (which|what) (\w+) (is|are|was|were) ({_IT})$", r"\1 \2 \3 \4 from"),
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


_MOST = {"more": "most", "less": "least", "fewer": "fewest", "bigger": "biggest"}
_NOT_COMPARED = closed.words(
    "other number user author owner publisher creator transformer layer member parameter ever never over under after "
    "either neither together consider"
)


def _most(before: str, compared: str) -> str:
    """ "which has the *smaller* batch" asks for the smallest of those shown."""
    word = compared.lower()
    if word in _NOT_COMPARED:
        return before + compared
    return before + _MOST.get(word, word.removesuffix("er") + "est" if word.endswith("er") else word)


_ANYWHERE: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"^(?:and\s+)?(?:break|split|group|divide|count)\s+(?:(?:it|that|them|those|these|this|all)\s+)?"
                r"(?:(?:down|up)\s+)?(?:by|per|into|for each)\s+", re.IGNORECASE), "per "),
    (re.compile(r"\b(?:has|have)\s+(it|he|she)\s+got\b", re.IGNORECASE), r"does \1 have"),
    (re.compile(r"\b(?:has|have)\s+(they|those|these)\s+got\b", re.IGNORECASE), r"do \1 have"),
    (re.compile(r"(?<!which of )\b(?:these|those|the|all) "
                r"(?:two|three|four|five|six|seven|eight|nine|ten|\d+|pair|lot|bunch)\b"
                r"(?:\s+of (?:them|those|these))?(?=\s*(?:$|[?,]|(?:have|has|had|are|were|is|do|does|did|in|not|aren|"
                r"use|"
                r"using|that|which|with|got|made|done|come|for)\b))", re.IGNORECASE), "those"),
    (re.compile(r"\b(?:have|has|had|did|do|does) (they|he|she|those|these) (?:do|done|did)\b", re.IGNORECASE),
     r"did \1 make"),
    (re.compile(r"^are there (?:any |also )?(?:other )?(\w+) like (?:that|those|this|these|them)"
                r"(?: too| as well| also)?$", re.IGNORECASE), r"same for \1"),
    (re.compile(r"\b(?:with|have|has) (?:that|the same|as|this) (?:many|number|amount)\b", re.IGNORECASE),
     "with that many"),
    (re.compile(r"^(?:(?:and|the) )*(?:top|first) one\b", re.IGNORECASE), "the first one"),
    (re.compile(r"^(?:(?:and|the) )*(?:bottom) one\b", re.IGNORECASE), "the last one"),
    (re.compile(r"\bthe one (?:at|on) (?:the )?(?:very )?top\b", re.IGNORECASE), "the first one"),
    (re.compile(r"\bthe one (?:at|on) (?:the )?(?:very )?bottom\b", re.IGNORECASE), "the last one"),
    (re.compile(r"(?<=\w )(?<!than )(?<!least )"
                r"(?<!only )(?<!are )(?<!do )(?<!is )(?<!have )(?<!does )\b(?:any|some|one|either) of "
                r"(them|those|these)\b(?=\W*$)", re.IGNORECASE), r"\1"),
    (re.compile(r"^(?:and )?(?:what|how) about ([\w./ +-]+?),\s+((?:who|what|when|where|which|how)\b.*?)\b"
                r"(?:that|it|this|he|she|they)\b", re.IGNORECASE), r"\2\1"),
    (re.compile(r"^(?:is|are) (?:it|they|that|those|these|this) mine$", re.IGNORECASE), "their owner"),
    (re.compile(r"^is (?:it|that|this) more than (?=\w)", re.IGNORECASE), "is it bigger than "),
    (re.compile(r"^is (?:it|that|this) (?:less|fewer) than (?=\w)", re.IGNORECASE), "is it smaller than "),
    (re.compile(r"^(?:and )?(?:that|those|the ones?|the same) (?:of|for|from) (?=\w)", re.IGNORECASE), "what about "),
    (re.compile(r"^((?:(?!\bas\b).)*\b(?:with|of|using|has|have|share|shares|for|on|from|at)) (?:the|a|an) "
                r"(?:same|similar) (?!order|way|time)((?:(?!\bas\b)[\w ])+)$", re.IGNORECASE), r"\1 the same \2 as it"),
    (re.compile(r"^(?:and )?whose$", re.IGNORECASE), "their owner"),
    (re.compile(r"^(?:and )?how (?:does|do|did) (it|that|this|he|she) compare (?:to|with|against) ", re.IGNORECASE),
     r"compare \1 with "),
    (re.compile(r"^(?:is|are) (?:the )?(.+?) (?:ever |even )?used "
                r"(?:anywhere|somewhere|at all|by any(?:one|body|thing))$", re.IGNORECASE), r"who uses \1"),
    (re.compile(r"^((?:without|except|only|not|just|drop) (?:the )?[\w.' -]+['’]s)$", re.IGNORECASE), r"\1 ones"),
    (re.compile(r"^(?:is |are |does |do )?(?:anyone|anybody|someone|somebody)( else)? (?=\w)", re.IGNORECASE),
     r"who\1 "),
    (re.compile(r"^((?:and |so )?who (?:else )?)(?:did|has done|have done) "
                r"(?=(?:(?!\b(?:with|for|on|by|about|to|at|in)$)[\w.' -])+$)", re.IGNORECASE), r"\1made "),
    (re.compile(r"^(.+?),? (?:is |are )?(?:excluded|left out|aside|taken out|filtered out)$", re.IGNORECASE),
     r"except \1"),
    (re.compile(r"^(?:and )?(?:any )?(?:shared|common|joint|mutual) (?=\w)(.+)$", re.IGNORECASE),
     r"which \1 do both have"),
    (re.compile(r",? (?:this|that) time$", re.IGNORECASE), ""),
    (re.compile(r"^(?:and )?(?:by (?:whom|who)|(?:who|whom) by)$", re.IGNORECASE), "who is behind it"),
    (re.compile(r"\b(put|putting) (them|it|that|those|these)(?: one| ones)? (up|out|together)\b", re.IGNORECASE),
     r"\1 \3 \2"),
    (re.compile(r"^(?:and )?when (?:did|have) (?:i|we|they|he|she|you|someone) \w+ (it|them|those|that|these)$",
                re.IGNORECASE), r"when was \1 created"),
    (re.compile(r"^(?:and )?when (?:was|is|were|are) (that|this|it|they|those|these)(?: from)?$", re.IGNORECASE),
     lambda found: f"when was {'it' if found[1].lower() in ('that', 'this') else found[1]} created"),
    (re.compile(r"\b(?:came|comes|come|was|is|appeared)(?: out)? (?:first|earlier)$", re.IGNORECASE), "is the oldest"),
    (re.compile(r"\b(?:came|comes|come|was|is|appeared)(?: out)? (?:last|later)$", re.IGNORECASE), "is the newest"),
    (re.compile(r"^whose (?:are|is) (?:they|it|those|these|that)$", re.IGNORECASE), "their owner"),
    (re.compile(r"^(?:the )?([\w -]+?) (?:that )?(?:they|both|the two) (?:both )?(?:share|have in common)$",
                re.IGNORECASE), r"which \1 do both use"),
    (re.compile(r"^(with(?:out)? [\w.' -]+) (?:on|in|behind) (?:them|it|those|board)$", re.IGNORECASE), r"\1"),
    (re.compile(r"^compare (?:their|its) ", re.IGNORECASE), "their "),
    (re.compile(r"\bothers\b(?= \w)", re.IGNORECASE), "other ones"),
    (re.compile(r"^(?:is|are) there (?:nobody|no one|noone|anybody|anyone|someone|somebody)\b", re.IGNORECASE), "who"),
    (re.compile(r"^(?:and |so )?(?:the )?(?:number|count) of (?:those|them|these)$", re.IGNORECASE),
     "how many are those"),
    (re.compile(r"^(?:have|has|did|do|does) (they|he|she|those) (?:done|do|made|make|written|write|built|build|"
                r"published|publish|created|create) anything else$", re.IGNORECASE), r"what else did \1 make"),
    (re.compile(r"\band when$", re.IGNORECASE), "and when was it created"),
    (re.compile(r"^((?:and |then )?(?:please )?(?:sort|order|rank))(?: (?:those|them|it|these|that|all|"
                r"all of them|the list|the results?|everything))+ (?=by\b|from\b)", re.IGNORECASE), r"\1 "),
    (re.compile(r"^(?:and |so )?(which(?: ones?)?(?: of (?:them|those|these)(?: \w+s\b)?)?"
                r"(?: 's| is| has| have| are| uses?) (?:the )?)"
                r"(\w+er|more|less)\b(?!.*\b(?:or|than)\b)", re.IGNORECASE), lambda found: _most(found[1], found[2])),
    (re.compile(r"\bthe (?:top|bottom) one\b", re.IGNORECASE),
     lambda found: "the first one" if "top" in found.group().lower() else "the last one"),
)  # fmt: skip


_SENTENCES = tuple((re.compile(said, re.IGNORECASE), plain) for said, plain in _SAID)


def shorten(question: str) -> str:
    """The question said shortly; as it stands where no shorter form of it is known."""
    lead = re.match(r"(?:(?:and|but|so|now|then)[,]? )*", question, re.IGNORECASE)
    start = lead.end() if lead is not None else 0
    rest = question[start:]
    for said, plain in _SENTENCES:
        rest = said.sub(plain, rest)
    question = re.sub(r"^and and ", "and ", question[:start] + rest, flags=re.IGNORECASE)
    for said, plain in _ANYWHERE:
        question = said.sub(plain, question)
    return question
