"""Words of a question: tokens, their stems, and the numbers and dates they spell.

A token is the smallest piece that can mean something: "bob.tanaka's 12-layer models" gives
``bob ·tanaka 's 12 ·layer models``, where ``·`` marks a token that hangs on the one before (``joined``), so that
names with dots, hyphens and slashes can be put together again and are never cut in the middle.
"""

from __future__ import annotations

import functools
import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import snowballstemmer  # type: ignore[import-untyped]
from dateutil.relativedelta import relativedelta

# --- tokens ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of the question. ``low`` is its lower case, ``stem`` its stem; ``number`` is set when it is one."""

    text: str
    low: str
    stem: str
    start: int
    end: int
    joined: bool = False
    quoted: bool = False
    number: Decimal | None = None
    day: tuple[date, date] | None = None  # first day, and the day after the last

    @property
    def square(self) -> bool:
        """Whether it is a size said twice: "7x7"."""
        return self.number is not None and _SQUARE.search(self.text) is not None

    @property
    def capital(self) -> bool:
        return any(letter.isupper() for letter in self.text)


_SQUARE = re.compile(r"\d\s?(?:[x×*]|\sby\s)\s?\d", re.IGNORECASE)
_SCALES = {
    **dict.fromkeys(("k", "thousand", "thousands", "grand"), 10**3),
    **dict.fromkeys(("m", "mm", "mio", "mil", "mln", "million", "millions"), 10**6),
    **dict.fromkeys(("b", "bn", "bil", "bln", "g", "billion", "billions"), 10**9),
    **dict.fromkeys(("t", "tn", "trillion", "trillions"), 10**12),
}
_WRITTEN_SCALES = {"hundred": 100, "hundreds": 100, **{w: s for w, s in _SCALES.items() if len(w) > 4}}
_UNITS = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
} | {
    word: 10 * (value + 2)
    for value, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"])
}
_UNITS |= {"dozen": 12, "single": 1}

_TOKEN = re.compile(
    r"""
    (?P<quoted> "[^"]+" | “[^”]+” | ‘[^’]+’ | `[^`]+` | (?<![^\s(,]) '[^']+' (?![^\s,.?!;:)]) )
  | (?P<day> \d{4}-\d{1,2}(?:-\d{1,2})?(?![\w-]) | \d{1,2}[./]\d{1,2}[./]\d{4}(?!\w) )
  | (?P<times> \d+\s?(?:[x×*]|\sby\s)\s?\d+(?![^\W_]) )
  | (?P<number> (?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?\+?
        (?:(?P<gap>\s?)(?P<scale>thousand|million|billion|trillion|mln|bln|bn|mm|[kmbtg]))?(?![^\W_]) )
  | (?P<short> n['’]t\b | ['’](?:s|re|ve|d|ll|m)\b | (?<=s)['’](?=\s|$) )
  | (?P<sign> [<>!=]=|<>|[<>=≥≤≠] )
  | (?P<word> [^\W_]+?(?=n['’]t\b) | [^\W_]+ )
  | (?P<stop> [,;()] | (?<=\s)&(?=\s) )
  | (?P<other> [%$€£\#^~*{}\[\]|\\] )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_JOINTS = re.compile(r"[-_./:+#@&'’·–]+")
_NUMBER_OF = re.compile(r"(?<!\w)(?:#|nr\.?|no\.?|num\.?)\s?(?=of\s)", re.IGNORECASE)
_SIGNS = {"≥": ">=", "≤": "<=", "≠": "!=", "<>": "!=", "==": "=", ";": ",", "(": ",", ")": ",", "&": "and"}
_MARKS = frozenset(["<", ">", "<=", ">=", "=", "!=", ",", "and"])
_SHORT = {"n't": "not", "'re": "are", "'ve": "have", "'d": "would", "'ll": "will", "'m": "am", "'": "'s"}
_WHOLE = {"can't": "can not", "cannot": "can not", "won't": "will not", "ain't": "is not", "whats": "what 's",
          "whos": "who 's", "dont": "do not", "doesnt": "does not", "isnt": "is not", "arent": "are not",
          "didnt": "did not", "havent": "have not", "hasnt": "has not", "wasnt": "was not", "werent": "were not",
          "im": "i am", "ive": "i have", "gimme": "give me", "thats": "that is", "theres": "there is",
          "hows": "how is", "wheres": "where is", "lets": "let us", "youve": "you have",
          "theyre": "they are", "wouldnt": "would not", "couldnt": "could not", "cant": "can not", "wont": "will not",
          "w/o": "without", "w/": "with ", "b/w": "between", "btw": "by the way", "pls": "please", "plz": "please",
          "plse": "please", "thx": "thanks", "em": "them", "'em": "them",
          "ppl": "people", "nr": "number", "nrs": "numbers",
           "wich": "which", "whch": "which", "wat": "what", "wht": "what",
          "hw": "how", "hwo": "how", "teh": "the", "hte": "the", "adn": "and", "thier": "their", "taht": "that",
          "shwo": "show", "lsit": "list", "giv": "give", "mor": "more", "thn": "than", "wth": "with",
          "hav": "have", "hve": "have", "wher": "where", "abd": "and", "ar": "are", "wiht": "with",
          "frm": "from", "fo": "of", "abt": "about", "btwn": "between", "jsut": "just", "alot": "many",
          "wanna": "want to", "gonna": "going to", "kinda": "kind of", "avrg": "average", "avrage": "average",
          "atleast": "at least", "atmost": "at most", "vs": "versus", "vs.": "versus", "whos'": "whose",
          "thats'": "that is", "hasn't": "has not", "shouldnt": "should not"}  # fmt: skip
_MONTH = (
    r"(january|february|march|april|may|june|july|august|september|october|november|december|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
_SPOKEN = (  # "can u show", "what r the", "models + datasets", "models n their authors", "so, um, which"
    (re.compile(r"\b(can|cld|did|you|may|do|does|will|could|would|for) u(?=\s)", re.IGNORECASE), r"\1 you"),
    (re.compile(r"\b(who|how|what|here|which|there|that|they|these|those) r(?=\s)", re.IGNORECASE), r"\1 are"),
    (re.compile(r"(?<=\w )r(?= (?:there|they|these|those|we|you|u)\b)", re.IGNORECASE), "are"),
    (re.compile(r"\bin the way of\b", re.IGNORECASE), "of"),
    (re.compile(r"(?<![\w'’-])w(?= (?:\d+\+? )?[^\W\d])"), "with"),
    (re.compile(r"\b(?:btw|b/w)(?= (?:\d|one\b|two\b|\w+ (?:and|n|to) \w+))", re.IGNORECASE), "between"),
    (
        re.compile(
            r"^((?:[\w.-]+ ){1,5}or [\w.-]+(?: [\w.-]+){0,4})[,:] "
            r"(which(?: one)? (?:is|was|has|have|are|uses?)\b.*?)\W*$",
            re.IGNORECASE,
        ),
        r"\2, \1",
    ),
    (re.compile(r"\bmak(?:e|es|ing) use of\b", re.IGNORECASE), "use"),
    (re.compile(r"\bmade use of\b", re.IGNORECASE), "used"),
    (re.compile(r"\b(?:have|has|had) nothing to do with\b", re.IGNORECASE), "are not for"),
    (re.compile(r"\b(?:have|has|had) (?:something |anything )?to do with\b", re.IGNORECASE), "are for"),
    (re.compile(r"\b(since|from) the (?:beginning|start) of (?=\d{4}\b)", re.IGNORECASE), r"\1 "),
    (re.compile(r"\bdate of (creation|publication|upload|registration)\b", re.IGNORECASE), r"\1 date"),
    (
        re.compile(r"\bboth (for|by|on|with|from|at|in|of) ((?:(?!\band\b)[\w -])+?) and \1 (?=\w)", re.IGNORECASE),
        r"\1 both \2 and ",
    ),
    (
        re.compile(r"\bwhat (has been|was|have been|were) added to (?:the |our )?(\w+s)\b", re.IGNORECASE),
        r"which \2 \1 added",
    ),
    (re.compile(r"\b(?:for (?:every|each)|per|by) (?:possible )?combination of\b", re.IGNORECASE), "per"),
    (re.compile(r"\b2nd(?= (?:\w+est|most)\b)", re.IGNORECASE), "second"),
    (re.compile(r"\b3rd(?= (?:\w+est|most)\b)", re.IGNORECASE), "third"),
    (re.compile(r"\b(?:from|in) between\b", re.IGNORECASE), "between"),
    (re.compile(r"\b(?:of )?(?:the|our|this) (?:catalogue|catalog|hub|database)['’]s\b", re.IGNORECASE), "of the"),
    (
        re.compile(
            r"\b(what|who|which \w+) else\b(?=.*\b(?:apart from|besides|other than|except|excluding)\b)", re.IGNORECASE
        ),
        r"\1",
    ),
    (
        re.compile(rf"\b(between|from) {_MONTH} (and|to|until|till) {_MONTH} (\d{{4}})\b", re.IGNORECASE),
        r"\1 \2 \5 \3 \4 \5",
    ),
    (re.compile(rf"\bthe (?:first|1st) (?:of )?{_MONTH} (?=\d{{4}})", re.IGNORECASE), r"1 \1 "),
    (re.compile(rf"\bthe (\d{{1,2}})(?:st|nd|rd|th) (?:of )?{_MONTH} (?=\d{{4}})", re.IGNORECASE), r"\1 \2 "),
    (
        re.compile(
            r"\b(?:anything|everything|something|stuff|things)\b(.*?)[,;?.–-]+\s*(i mean )?(?:the )?"
            r"(\w+)(?(2)|(?: i mean| only|,? that is))\W*$",
            re.IGNORECASE,
        ),
        r"\3\1",
    ),
    (
        re.compile(
            r"\b(?:everything|anything|all) ((?:(?!\bthat\b)[\w -])+?) among (?:all )?(?:the |our )?(my )?(\w+)\W*$",
            re.IGNORECASE,
        ),
        r"\2\3 that are \1",
    ),
    (
        re.compile(
            r"\b(share|percentage|proportion|fraction) of each ([\w ]+?) (?:among|of|in|for) (?:the |our |all )*"
            r"(\w+)\W*$",
            re.IGNORECASE,
        ),
        r"\1 of \3 per \2",
    ),
    (
        re.compile(
            r"^((?:for|per) (?:each|every) [^,]+,?\s*how many .*?)\s+(?:use|uses|have|has|with|of|for|in|are|do|does|"
            r"support|supports|cover|covers)\s+(?:it|them|that|one)\W*$",
            re.IGNORECASE,
        ),
        r"\1",
    ),
    (re.compile(r"\bcomes? with\b(?= an?\b| the\b| no\b)", re.IGNORECASE), "have"),
    (re.compile(r"\bas well as\b", re.IGNORECASE), "and"),
    (re.compile(r",?\s+(?:as )?(?:compared|opposed) (?:with|to|against)\b", re.IGNORECASE), " versus"),
    (
        re.compile(
            r"\b((?:more|few|less|bigg|small|larg|high|low|old|new)(?:er)?) as(?= [\d.]|\s+(?:one|two|three)\b)",
            re.IGNORECASE,
        ),
        r"\1 than",
    ),
    (re.compile(r"(?<=[^\d\s] )\+(?=\s+[^\d\s])"), "and"),
    (re.compile(r"(?<=[^\W\d] )n(?=\s+[^\W\d]{2,})"), "and"),
    (re.compile(r"(?<![\w'’-])(?:u+m+|u+h+m*|e+r+m|h+m+|a+h+|o+h+)(?![\w'’-])[,.…]*", re.IGNORECASE), ""),
)
_WHOLE_FORM = re.compile(
    r"(?<![\w'’-])("
    + "|".join(re.escape(word) for word in sorted(_WHOLE, key=len, reverse=True))
    + r")(?:(?<=/)|(?![\w'’-]))",
    re.IGNORECASE,
)

_IRREGULAR = {
    word: base
    for base, words in {
        "make": "made making", "build": "built", "write": "wrote written", "do": "did does done doing",
        "have": "has had having",
        "be": "is are was were been being am", "use": "utilise utilize utilised utilized utilising utilizing using",
        "say": "said", "get": "got gotten", "give": "gave given", "take": "took taken", "go": "went gone",
        "hold": "held", "run": "ran", "find": "found", "know": "knew known", "see": "saw seen", "good": "better best",
        "learn": "learnt", "come": "came coming", "begin": "began begun", "lead": "led",
        "person": "persons", "corpus": "corpora corpuses", "criterion": "criteria criterions",
        "medium": "media mediums",
        "index": "indices", "analysis": "analyses", "lay": "laid",
        "organisation": "organization organizations organisations", "summarise": "summarize",
    }.items()
    for word in words.split()
}  # fmt: skip

_AGENT = re.compile(r"([a-z]{3,}(?:er|or))s?")
_VOWELLESS = re.compile(r"[^\W\daeiouy]{2,}s")  # CNNs
_STEMMER = snowballstemmer.stemmer("english")
_STEMMING = threading.Lock()  # the stemmer keeps the word it works on in itself


@functools.lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The stem under which the forms of a word meet: "models" and "model", "made" and "make"."""
    word = unicodedata.normalize("NFKC", word).casefold()
    if agent := _AGENT.fullmatch(word):
        return agent[1]  # a publisher is not what is published
    if _VOWELLESS.fullmatch(word):
        return word[:-1]
    with _STEMMING:
        return str(_STEMMER.stemWord(_IRREGULAR.get(word, word)))


def spell_out(text: str) -> str:
    """The text with what is written short or as it is spoken in full words: "w/" and "whats"; where tokens stand in."""
    text = _NUMBER_OF.sub("number ", text)
    for spoken, plain in _SPOKEN:
        text = spoken.sub(plain, text)
    return _WHOLE_FORM.sub(lambda found: _WHOLE[found.group().lower()], text)


def read_tokens(text: str) -> list[Token]:
    """The tokens of a question, in order; closing punctuation is dropped, commas and comparison signs stay."""
    text = spell_out(text)
    tokens: list[Token] = []
    for found in _TOKEN.finditer(text):
        before = text[tokens[-1].end : found.start()] if tokens else " "
        joined = bool(tokens) and tokens[-1].low not in _MARKS and (not before or bool(_JOINTS.fullmatch(before)))
        tokens.append(_make_token(found, joined))
    return tokens


def _make_token(found: re.Match[str], joined: bool) -> Token:
    kind, text = str(found.lastgroup), found.group()
    if kind in ("gap", "scale"):
        kind = "number"
    low = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    number, day, quoted = None, None, kind == "quoted"
    if quoted:
        text = low = text[1:-1].strip()
        return Token(text, low, low, found.start(), found.end(), False, True)
    if kind == "number":
        number = _read_number(found)
    elif kind == "times":
        sides = re.findall(r"\d+", text)
        number = Decimal(sides[0]) if sides[0] == sides[1] else None
    elif kind == "day":
        day = _read_day(low)
    elif kind == "short":
        low, joined = _SHORT.get(low, low), False
    elif kind in ("sign", "stop"):
        low, joined = _SIGNS.get(low, low), False
    return Token(text, low, stem(low), found.start(), found.end(), joined, quoted, number, day)


def _read_number(found: re.Match[str]) -> Decimal:
    digits = re.match(r"[\d,.]+(?:e[+-]?\d+)?", found.group(), re.IGNORECASE)
    assert digits is not None
    plain = Decimal(digits.group().replace(",", ""))
    return plain * _SCALES.get((found["scale"] or "").lower(), 1)


def _read_day(text: str) -> tuple[date, date] | None:
    try:
        if "-" in text:
            parts = [int(part) for part in text.split("-")]
            first = date(parts[0], parts[1], parts[2] if len(parts) > 2 else 1)
            return first, first + (relativedelta(days=1) if len(parts) > 2 else relativedelta(months=1))
        day, month, year = (int(part) for part in re.split(r"[./]", text))
        if day != month and day <= 12 and month <= 12 and "/" in text:
            return None  # day first or month first: nobody can tell
        if month > 12:
            day, month = month, day
        first = date(year, month, day)
    except ValueError:
        return None
    return first, first + timedelta(days=1)


# --- numbers --------------------------------------------------------------------------------------


def read_number(tokens: Sequence[Token], at: int) -> Iterator[tuple[int, Decimal]]:
    """(end, value) of the number that starts at this token: "1.5B", "2,000", "twenty million", "a dozen"."""
    if at >= len(tokens):
        return
    first = tokens[at]
    if first.number is not None:
        if first.joined and at and tokens[at - 1].number is None:
            return  # the 2 of "gpt-2" belongs to the name
        value, end = first.number, at + 1
        while end < len(tokens) and tokens[end].low in _WRITTEN_SCALES:
            value, end = value * _WRITTEN_SCALES[tokens[end].low], end + 1
        yield end, value
        return
    if (
        first.low == "half"
        and at + 2 < len(tokens)
        and tokens[at + 1].low == "a"
        and tokens[at + 2].low in _WRITTEN_SCALES
    ):
        yield at + 3, Decimal(_WRITTEN_SCALES[tokens[at + 2].low]) / 2
        return
    total, current, end = Decimal(0), Decimal(-1), at
    if first.low == "a" and at + 1 < len(tokens) and tokens[at + 1].low in {*_WRITTEN_SCALES, "dozen"}:
        current, end = Decimal(tokens[at + 1].low != "dozen"), at + 1
    while end < len(tokens):
        low = tokens[end].low
        if low in _UNITS:
            current = max(current, Decimal(0)) + _UNITS[low]
        elif low == "hundred" and current > 0:
            current *= 100
        elif low in _WRITTEN_SCALES and current > 0:
            total, current = total + current * _WRITTEN_SCALES[low], Decimal(0)
        elif (
            low == "and"
            and end > at
            and end + 1 < len(tokens)
            and tokens[end - 1].low in _WRITTEN_SCALES
            and (tokens[end + 1].low in _UNITS)
        ):
            pass
        else:
            break
        end += 1
    if end > at and current >= 0:
        yield end, total + current


# --- dates ----------------------------------------------------------------------------------------

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sep sept", "october oct", "november nov", "december dec"), start=1,
    )
    for name in names.split()
}  # fmt: skip
_QUARTERS = ("first", "second", "third", "fourth")
_PERIODS = {"day": "days", "week": "weeks", "month": "months", "year": "years"}


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days: from ``first`` up to but not including ``after``."""

    first: date
    after: date


def read_period(tokens: Sequence[Token], at: int, today: date) -> Iterator[tuple[int, Period]]:
    """(end, period) of the date that starts at this token: "2021", "May 2020", "2020-05-01", "last month"."""
    low = [token.low for token in tokens[at : at + 5]] + [""] * 5
    if at >= len(tokens):
        return
    first = tokens[at]
    if first.day is not None:
        yield at + 1, Period(*first.day)
    elif low[0] in ("today", "yesterday"):
        day = today - timedelta(days=low[0] == "yesterday")
        yield at + 1, Period(day, day + timedelta(days=1))
    elif low[0] in ("this", "last", "past", "previous", "current"):
        yield from _read_relative(tokens, at, low, today)
    elif low[0] in ("first", "second") and low[1] == "half" and (year := _year_after(tokens, at + 2)):
        begin = date(year[1], 1 if low[0] == "first" else 7, 1)
        yield year[0], Period(begin, begin + relativedelta(months=6))
    elif low[0] in _QUARTERS and low[1] == "quarter" and (year := _year_after(tokens, at + 2)):
        begin = date(year[1], 3 * _QUARTERS.index(low[0]) + 1, 1)
        yield year[0], Period(begin, begin + relativedelta(months=3))
    elif decade := re.fullmatch(r"((?:19|20)\d0)s", low[0]):
        begin = date(int(decade[1]), 1, 1)
        yield at + 1, Period(begin, begin + relativedelta(years=10))
    elif number := _year(first):
        yield at + 1, Period(date(number, 1, 1), date(number + 1, 1, 1))
    elif re.fullmatch(r"q[1-4]", low[0]) and (year := _year_after(tokens, at + 1)):
        begin = date(year[1], 3 * int(low[0][1]) - 2, 1)
        yield year[0], Period(begin, begin + relativedelta(months=3))
    else:
        yield from _read_month(tokens, at, today)


def _year_after(tokens: Sequence[Token], at: int) -> tuple[int, int] | None:
    """(end, year) of "of 2021" or "2021"."""
    at += at < len(tokens) and tokens[at].low in ("of", "in")
    year = _year(tokens[at]) if at < len(tokens) else None
    return (at + 1, year) if year else None


def _year(token: Token) -> int | None:
    if token.number is None or token.joined or not re.fullmatch(r"(19|20)\d\d", token.text):
        return None
    return int(token.text)


def _read_relative(tokens: Sequence[Token], at: int, low: Sequence[str], today: date) -> Iterator[tuple[int, Period]]:
    singular = low[1].removesuffix("s")
    if singular in _PERIODS and singular == low[1]:
        if singular == "week":
            begin = today - timedelta(days=today.weekday())
        else:
            begin = today.replace(day=1) if singular == "month" else today
            begin = begin.replace(month=1, day=1) if singular == "year" else begin
        step = relativedelta(**{_PERIODS[singular]: 1})  # type: ignore[arg-type]
        if low[0] == "past" or (low[0] == "last" and at and tokens[at - 1].low == "the"):  # up to today
            yield at + 2, Period(today - step, today + timedelta(days=1))
            return
        if low[0] in ("last", "previous"):
            begin -= step
        yield at + 2, Period(begin, begin + step)
    for end, count in read_number(tokens, at + 1):
        unit = tokens[end].low.removesuffix("s") if end < len(tokens) else ""
        within = tokens[end + 1 : end + 3]
        if unit in _PERIODS and len(within) == 2 and within[0].low == "of" and (year := _year(within[1])):
            if low[0] == "last":  # "the last three months of 2025"
                step = relativedelta(**{_PERIODS[unit]: int(count)})  # type: ignore[arg-type]
                yield end + 3, Period(date(year + 1, 1, 1) - step, date(year + 1, 1, 1))
        elif unit in _PERIODS and low[0] in ("last", "past", "previous"):
            back = relativedelta(**{_PERIODS[unit]: int(count)})  # type: ignore[arg-type]
            yield end + 1, Period(today - back, today + timedelta(days=1))


def _read_month(tokens: Sequence[Token], at: int, today: date) -> Iterator[tuple[int, Period]]:
    """ "May 2020", "May 3, 2020", "3 May 2020", "3rd of May 2020", and "in March" as the latest March begun."""
    here, day = at, 0
    if ordinal := re.fullmatch(r"(\d{1,2})(st|nd|rd|th)?", tokens[here].low):
        day, here = int(ordinal[1]), here + 1
        here += here < len(tokens) and tokens[here].low == "of"
    if here >= len(tokens) or tokens[here].low not in _MONTHS:
        return
    month, end = _MONTHS[tokens[here].low], here + 1
    if not day and end + 1 < len(tokens) and (ordinal := re.fullmatch(r"(\d{1,2})(st|nd|rd|th)?", tokens[end].low)):
        day, end = int(ordinal[1]), end + 1
    after_comma = end + (end < len(tokens) and tokens[end].low in (",", "of"))
    if after_comma < len(tokens) and (year := _year(tokens[after_comma])):
        end = after_comma + 1
    elif day or tokens[here].low == "may":
        return
    else:
        year = today.year if month <= today.month else today.year - 1
    try:
        begin = date(year, month, day or 1)
    except ValueError:
        return
    yield end, Period(begin, begin + (timedelta(days=1) if day else relativedelta(months=1)))


# --- degrees of adjectives ------------------------------------------------------------------------


def adjective_forms(word: str) -> tuple[str, str, str]:
    """Positive, comparative and superlative of an adjective: big, bigger, biggest; "" where "more" is used."""
    if (len(word) > 6 and not word.endswith(("ow", "le"))) or word.endswith(("ent", "ct", "ous", "ful")):
        return word, "", ""
    if word.endswith("e"):
        base = word[:-1]
    elif word.endswith("y"):
        base = word[:-1] + "i"
    elif re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", word):
        base = word + word[-1]
    else:
        base = word
    return word, base + "er", base + "est"
