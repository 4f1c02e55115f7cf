"""Which insight words ask for, and what they narrow it to: "parameter sizes of fine-tuned transformers"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from assistant.interpreter.words import stem
from hub import insights
from hub.access import Caller
from hub.errors import Invalid
from hub.insights import FIELDS, INSIGHTS, Insight

_ASKING = re.compile(
    r"^(?:(?:(?:can|could|may|would|will)\s+(?:you|i|we)|(?:is|are)\s+there)\b\s*)?(?:(?:please|show|see|give|open|view|list|display|draw|plot|chart)\b\s*)*(?:(?:me|us|the|all|your|some|any|a|an)\b\s*)*",
    re.IGNORECASE,
)
_OF_SOMEBODY = re.compile(
    r"^(?:who|whom|whose|(?:can|could|may|would|will|should|does|do|did|is|are|was|has|have)\b(?!\s+(?:you|i|we|there)\b))\b",
    re.IGNORECASE,
)
"""Begins a question about who may see insights, say, which asks for none."""
_NAMED = re.compile(r"\binsights?\b", re.IGNORECASE)
_PAIR = re.compile(r"\b([a-z]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+))", re.IGNORECASE)
_IDLE = frozenset(
    [
        "a",
        "about",
        "all",
        "among",
        "an",
        "and",
        "are",
        "at",
        "by",
        "data",
        "dataset",
        "for",
        "from",
        "has",
        "have",
        "in",
        "into",
        "is",
        "just",
        "member",
        "model",
        "of",
        "on",
        "only",
        "people",
        "person",
        "please",
        "set",
        "that",
        "the",
        "to",
        "user",
        "which",
        "with",
    ]
)
_MOST_WORDS = 6  # of a value


@dataclass(frozen=True, slots=True)
class Wanted:
    """The insights that are asked for, by name, and their filters."""

    names: tuple[str, ...]
    filters: Mapping[str, str] = field(default_factory=dict)


def read_insight(caller: Caller, text: str) -> Wanted | None:
    """What insight a question asks for, if it does; ``Invalid`` when it names insights but says more than is known.

    The word *insight* always means one. Other phrases do only for those who may see insights, and only when every word
    behind them is a filter: anything else is a question like any other.
    """
    whole = " ".join(text.strip(" \t\n?.!").split())
    plain = _ASKING.sub("", whole)
    named = _NAMED.search(plain)
    if named is not None and _OF_SOMEBODY.match(whole):
        return None
    if named is not None:
        rest = " ".join(_NAMED.sub(" ", plain).split()).strip(" :,")
        rest = re.sub(r"^(?:into|about|on|of|for)\s+", "", rest)
        return read_wanted(caller, rest)
    if not caller.may("insight.view"):
        return None
    for insight in INSIGHTS.values():
        for phrase in insight.phrases:
            found = re.match(rf"{re.escape(phrase)}(?:\s+(?:of|for|among|in|from|at)\s+(.+))?$", plain, re.IGNORECASE)
            if found:
                filters, unknown = _read_filters(caller, insight, found[1] or "")
                if not unknown:
                    return Wanted((insight.name,), filters)
    return None


def read_wanted(caller: Caller, text: str) -> Wanted:
    """The insight named at the beginning of ``NAME [filter words]``, or all of them; ``Invalid`` names what is near."""
    text = " ".join(text.split())
    if not text or text.casefold() in ("all", "everything"):
        return Wanted(tuple(INSIGHTS))
    for insight, phrase in _phrases():
        found = re.match(rf"{re.escape(phrase)}(?![\w-])\s*(.*)$", text, re.IGNORECASE)
        if found:
            filters, unknown = _read_filters(caller, insight, found[1])
            if unknown:
                words = [*(word for name in insight.fields for word in FIELDS[name].values), *insight.fields]
                nearest = process.extractOne(unknown[0], words, scorer=fuzz.ratio, score_cutoff=60)
                hint = f"did you mean {nearest[0]}?" if nearest else f"it can be narrowed by {_listed(insight)}"
                raise Invalid(f"I do not know {unknown[0][:40]!r} as a filter", hint)
            return Wanted((insight.name,), filters)
    return Wanted((insights.find_insight(text).name,))


def _phrases() -> list[tuple[Insight, str]]:
    """Everything that names an insight, the longest first."""
    found = [
        (insight, phrase)
        for insight in INSIGHTS.values()
        for phrase in (insight.name, insight.name.replace("-", " "), insight.title, *insight.phrases)
    ]
    return sorted(found, key=lambda pair: -len(pair[1]))


def _listed(insight: Insight) -> str:
    return ", ".join(insight.fields) or "nothing"


def _read_filters(caller: Caller, insight: Insight, text: str) -> tuple[dict[str, str], list[str]]:
    """The filters that words name, and the words that name none."""
    filters: dict[str, str] = {}

    def take(pair: re.Match[str]) -> str:
        filters[pair[1].lower()] = next(value for value in pair.groups()[1:] if value is not None)
        return " "

    words = re.findall(r"[^\s,;]+", _PAIR.sub(take, text))
    if not words:
        return filters, []
    known = _vocabulary(caller, insight)
    at, unknown = 0, []
    while at < len(words):
        for length in range(min(_MOST_WORDS, len(words) - at), 0, -1):
            found = known.get(_stems(words[at : at + length]))
            if found is not None:
                filters.setdefault(*found)
                at += length
                break
        else:
            if words[at].casefold() not in _IDLE and stem(words[at]) not in _IDLE:
                unknown.append(words[at])
            at += 1
    return filters, unknown


def _vocabulary(caller: Caller, insight: Insight) -> dict[str, tuple[str, str]]:
    """Stems of words → the field and value they mean, for the fields this insight takes."""
    known: dict[str, tuple[str, str]] = {}
    for name in insight.fields:
        values = FIELDS[name].values
        spoken = [(word, value) for value, synonyms in values.items() for word in (value, *synonyms)]
        if not values:
            spoken = [(affiliation, affiliation) for affiliation in insights.list_affiliations(caller)]
        for word, value in spoken:
            known.setdefault(_stems(re.findall(r"[^\s,;]+", word)), (name, value))
    return known


def _stems(words: Sequence[str]) -> str:
    return " ".join(stem(part) for word in words for part in re.split(r"-", word) if part)
