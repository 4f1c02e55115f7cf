"""What is said around a request out of courtesy: "thank you. could you please …", "I would only like to see …".

Without it a request stands as the plain thing it asks for: "only …", "sort by …", "which ones …".
"""

from __future__ import annotations

import re

from assistant.interpreter import closed
from assistant.interpreter.talk import talk_about

_WHO = r"(?:you|we|i)"
_POLITELY = r"(?:please|kindly|now|just|then|perhaps|maybe|also|quickly|next|possibly)"
_ASKED = re.compile(
    rf"^(?:(?:please|kindly)[,]?\s+|(?:could|can|would|will) you (?:{_POLITELY} )*(?:be so kind as to |"
    rf"help me (?:to )?|have a look and |go ahead and )?(?=(?!mind\b|see\b)\w)|(?:would|could) it be possible to |"
    rf"is it possible to |i (?:want|need) you to |i(?: would|'d) (?:like|want) you to |be so kind as to |"
    rf"(?:i (?:was|am) wondering|i wonder) (?:if|whether) {_WHO} (?:could|can|would) (?:{_POLITELY} )*|"
    r"(?:may|might|could|can) (?:i|we) (?:please )?ask (?:you )?(?=(?:which|what|who|whose|when|where|how|whether)\b)|"
    r"(?:give|show|provide) (?:me|us)(?: with)? an? (?:overview|summary|idea|impression) of (?=(?:the number|how)\b)|"
    r"it would be (?:nice|great|good|helpful) to |"
    r"(?:tell|let|show) (?:me|us) (?:know )?(?=(?:since|which|what|who|whose|when|where|how|whether)\b))",
    re.IGNORECASE,
)
_SEEN = re.compile(
    rf"^(?:(?:could|can|may|might) (?:i|we)|let me|let us|let's) (?:{_POLITELY} )*"
    r"(?:see|have|get|view|look at)(?= (?!i |we ))",
    re.IGNORECASE,
)
_MINDED = re.compile(rf"^would {_WHO} mind (\w+?)(t?)t?ing\b", re.IGNORECASE)
_MANNER = r"(?:(?:only|just|also|now|really|still|then|rather|actually|next|again|please) )*"
_WISHED = re.compile(
    rf"^(?:i|we)(?: would|'d| will| do)? (?P<how>{_MANNER})(?:like|love|want|need|wish|prefer|care)"
    rf"(?: (?P<too>{_MANNER}))?"
    r"\s*(?:to (?:see|know|have|get|find out|look at|hear|view|learn|check|understand|be shown|be told)\s+|to ask\s+"
    r"|for\s+|about\s+|(?=\w))",
    re.IGNORECASE,
)
_INTEREST = re.compile(
    rf"^(?:i am|i'm|we are|we're) (?P<how>{_MANNER})(?:interested|looking|asking|searching) "
    r"(?P<too>only |just |mainly )?(?:in|for|at|about)\s+(?:knowing |seeing |getting )?",
    re.IGNORECASE,
)
_TO_ONLY = re.compile(
    r"^(?:(?:restrict|limit|narrow|reduce|cut|filter|confine|shorten)(?: (?:this|that|these|those|them|it|down|all|"
    r"the (?:list|results?|selection|answer|table)))* (?:to|for|by)|"
    r"(?:concentrate|focus) (?:just |only )?on|(?:only|just) (?:keep|consider|take|leave|count|look at)|"
    r"(?:keep|tak|leav|consider|count|look)(?:e|ing)?(?: at)? (?:only|just))\s+(?:only |just )?"
    r"(?!(?:the |top |first )*(?:\d|two\b|three\b|four\b|five\b|six\b|seven\b|eight\b|nine\b|ten\b))(?=\w)",
    re.IGNORECASE,
)

_SMALL_TALK = re.compile(
    r"^\s*(?:(?:ok|okay|so|hey|hi|hello|by the way|quick (?:q|question)|sorry|just curious|out of interest|i'm|i am|"
    r"i was|"
    r"i'd|my|we|i)\b[^.?!]*?(?:\b(?:wants?|like|need|love|trying|wondering) to (?:know|see|find out|hear)|"
    r"\bwondering (?:if|whether)(?: (?:you|somebody|anyone) could (?:tell|show) me)?|[,;:–—]|\s-|\bbut)\s+)+"
    r"(?:but\s+)?",
    re.IGNORECASE,
)
"""A clause about the one who asks, before the question: "my boss wants to know …", "quick q - …"."""
_OF_ME = closed.words("i we my curious curiosity interest sorry")
_ABOUT_ME = _OF_ME | closed.words(
    "m am are is was it s be been have has had ve do don t not no never always just only really honestly purely out of "
    "the a an at in to for from on up by with so too very much many bit little all any idea more here there this that "
    "what who which where how why me us our keep keeps forget forgetting forgot forgotten remember remembering recall "
    "know knew lost track sure unsure anymore yet still now today again new joined started starting team job first day "
    "week wondering asking learning way around away while memory bad back can cannot could bother ask simple stupid "
    "silly quick question"
)
"""The words of a sentence that is only about the one who asks: "I'm new here", "I keep forgetting what we have"."""
_PLEASE = re.compile(
    r",?\s*\b(?:please|pls|kindly|if possible|if you can|if you (?:do not|don't) mind)\b,?", re.IGNORECASE
)


def plainly(question: str) -> str:
    """The question without "please" and without what is said of the one who asks before or after it."""
    sentences = re.split(r"(?<=[.!?])\s+|(?<=[:;–—])\s+|(?<=,)\s+", _PLEASE.sub(" ", question).strip())
    told = [_is_about_me(each) for each in sentences]
    first = told.index(False) if False in told else 0
    last = first + 1
    while last < len(told) and not told[last]:
        last += 1
    if all(told[last:]):
        sentences = sentences[first:last]
    return _SMALL_TALK.sub("", " ".join(sentences), count=1).strip()


def _is_about_me(sentence: str) -> bool:
    words = set(re.findall(r"[a-z]+", sentence.lower()))
    return bool(words & _OF_ME) and words <= _ABOUT_ME


_ASIDE = re.compile(
    r"^(?:(?:ha+|haha|oh|ah|aha|wow|well)[,!]* )*(?:that|this|it)(?:'s| is| would be) (?:me|us|mine)[.!,;]+\s+(?=\w)",
    re.IGNORECASE,
)  # "ha, that is me. Which datasets are those?"


def strip(text: str) -> str:
    """The request alone; what it says of itself, that it is one thing *only* or *also* another, stays before it."""
    while (plainer := _strip_once(text)) != text:
        text = plainer
    return _TO_ONLY.sub("only ", text)


def _strip_once(text: str) -> str:
    said, stop, rest = _first_sentence(text)
    if stop and rest and talk_about(said, (), ()) is not None:
        return rest
    if aside := _ASIDE.match(text):
        return text[aside.end() :]
    if minded := _MINDED.match(text):
        return f"{minded[1]}{minded[2]}{text[minded.end() :]}"
    if seen := _SEEN.match(text):
        return f"show{text[seen.end() :]}"
    if asked := _ASKED.match(text):
        return text[asked.end() :]
    for wish in (_WISHED, _INTEREST):
        found = wish.match(text)
        if found is not None and text[found.end() :].strip():
            how = f"{found['how']} {found['too'] or ''}".lower().split()
            lead = "only " if {"only", "just"} & set(how) else "and " if "also" in how else ""
            return lead + text[found.end() :]
    return text


def _first_sentence(text: str) -> tuple[str, str, str]:
    found = re.match(r"([^.!?;,]+)([.!?;,]+\s+)(?=\w)(.*)$", text, re.DOTALL)
    return (found[1], found[2], found[3]) if found is not None else (text, "", "")
