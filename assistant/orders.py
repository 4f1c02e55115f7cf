"""Orders for a chart or an insight in plain words: "chart them by media type", "as a pie chart", "show insights".

What is a chart in an order is taken off, and the question that is left is asked like any other, so that a chart shows
exactly what the question alone would have answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from assistant.changes import read_change
from assistant.file_orders import read_download
from assistant.insight_words import read_insight
from assistant.interpreter import Reading, interpret
from assistant.sharing_words import read_sharing
from hub.charts import ChartSpec
from hub.charts.spec import Kind
from hub.errors import HubError, Invalid
from hub.insights import INSIGHTS, show_insight
from hub.titles import say_number

if TYPE_CHECKING:
    from assistant.conversation import Turn

_KINDS: dict[str, Kind] = {
    r"bars?|columns?": "bar",
    r"lines?|time ?lines?|trends?": "line",
    r"pies?|donuts?|doughnuts?|rings?": "pie",
    r"scatter(?: ?plots?)?|points?": "scatter",
    r"histograms?|distributions?": "histogram",
    r"heat ?-?maps?": "heatmap",
}
_KIND = "|".join(_KINDS)
_SELF = r"histograms?|heat ?-?maps?|scatter ?plots?|pies?"  # charts by themselves
_NOUN = r"charts?|plots?|graphs?|diagrams?|figures?"
_CHART = rf"(?:(?:{_KIND})[ -]?(?:{_NOUN})|{_SELF}|{_NOUN})"
_KINDED = rf"(?:(?:{_KIND})(?:[ -]?(?:{_NOUN}))?|{_NOUN})"
_POLITE = (
    r"(?:(?:please|now|then|and|ok|okay|so|can you|could you|would you|let'?s|"
    r"i want(?: you)? to|i'd like(?: you)? to)[ ,]+)*"
)
_MAKE = r"show|give|make|create|produce|display|build|get|present|draw|i want|i'd like"
_MADE = rf"{_POLITE}(?:(?:{_MAKE})(?: me| us)?(?: (?:it|that|this|them))? )?"
_DRAW = r"chart|plot|draw|visuali[sz]e|graph"
_LOG = re.compile(
    r",?\s*\b(?:(?:on|with|using|in) )?(?:a |an )?log(?:arithmic|-?scaled?)?(?: (?:axis|scale|axes))\b", re.IGNORECASE
)
_AFTER = r"(?:\s*(?:of|for|showing|with|about|over|:|,)\s+|\s+)"

# "graph neural networks" are a kind of model
_GRAPHED = r"(?:me|us|out|the|them|it|that|those|these|this|how|all|models?|datasets?|users?|people|number|average)\b"

_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        # "as a pie chart", "pie chart", "a histogram instead"
        rf"{_MADE}(?:(?:as|in|on|into) )?(?:an? |the )?(?P<kind>{_CHART})(?: instead)?",
        rf"{_MADE}(?:as|in|into) (?:an? )?(?P<kind>{_KINDED})(?: instead)?",
        # "… as a pie chart", "chart … as a pie"
        rf"(?P<rest>.+?)[ ,]+(?:as|in|on|into|using) (?:an? )?(?P<kind>{_KINDED})(?: instead)?",
        # "draw a histogram of their sizes", "make a chart of …", "bar chart of …"
        rf"{_POLITE}(?:{_MAKE}|plot)(?: me| us)? (?:an? |the )?(?P<kind>{_CHART}){_AFTER}(?P<rest>.+)",
        rf"{_POLITE}(?:an? |the )?(?P<kind>(?:{_KIND})[ -]?(?:{_NOUN})|{_SELF}){_AFTER}(?P<rest>.+)",
        rf"{_POLITE}(?:an? |the )?(?P<kind>chart|plot|graph|diagram) (?:of|for|showing)\s+(?P<rest>.+)",
        # "chart them by media type", "plot that"
        rf"{_POLITE}(?:chart|plot|draw|visuali[sz]e|diagram|graph(?= {_GRAPHED}))(?: me| us| out)?\s+(?P<rest>.+)",
        rf"{_POLITE}(?:chart|plot|graph|visuali[sz]e)",
    )
)
_LEADING = re.compile(rf"^{_POLITE}(?:(?:{_DRAW}|{_MAKE})(?: me| us)?\s+)+", re.IGNORECASE)
_POINTS_BACK = re.compile(
    r"(?:all |of )*(?:(?:these|those|that|this) (?:results?|tables?|rows|numbers|answers?)|"
    r"the (?:last )?(?:results?|tables?|rows|answers?|list)|"
    r"it|that|this|them|these|those)(?: all)?(?P<more> .+)?",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"(?:how|what|which|who|where|when|number|count|average|mean|total|sum|share|percentage|max|min|median|"
    r"largest|biggest|smallest|highest|lowest|most|least|top|show|list|standard)\b",
    re.IGNORECASE,
)
_GROUPED = re.compile(r"\b(?:by|per|for each|in each|over)\b", re.IGNORECASE)


NOTHING_YET = Invalid(
    "there is no table in this chat to chart yet",
    "ask a question first, or say what to chart: chart models by architecture",
)


@dataclass(frozen=True, slots=True)
class Order:
    """A chart that was ordered: what it is to be, and the question that is left; "" for the rows shown last."""

    question: str
    spec: ChartSpec


def read_order(text: str) -> Order | None:
    """The chart that a message orders, if it does. Whether its question means anything is another matter."""
    plain = " ".join(text.split()).strip(" ?.!")
    plain = re.sub(r"[ ,]+please$", "", plain, flags=re.IGNORECASE)
    without = _LOG.sub("", plain).strip(" ,")
    for form in _FORMS:
        found = form.fullmatch(without)
        if found:
            named = found.groupdict()
            spec = ChartSpec(kind=_kind_of(named.get("kind") or ""), log=True if without != plain else None)
            rest = _LEADING.sub("", (named.get("rest") or "").strip())
            if spec.kind is None and (inner := _nested(rest)):
                return Order(inner.question, inner.spec.model_copy(update={"log": spec.log}))
            return Order(_question_of(rest), spec)
    return None


def _nested(rest: str) -> Order | None:
    """An order with its kind at the end: chart … as a pie."""
    found = _FORMS[2].fullmatch(rest)
    return Order(_question_of(found["rest"]), ChartSpec(kind=_kind_of(found["kind"]))) if found else None


def _kind_of(said: str) -> Kind | None:
    for pattern, kind in _KINDS.items():
        if re.match(rf"(?:{pattern})(?![a-z])", said.strip(), re.IGNORECASE):
            return kind
    return None


def _question_of(rest: str) -> str:
    """What is left to ask: nothing where it only points at what was shown."""
    found = _POINTS_BACK.fullmatch(rest.strip())
    return rest.strip() if found is None else (f"them{found['more']}" if found["more"] else "")


# --- reading a turn -------------------------------------------------------------------------------


def read_turn(turn: Turn) -> Reading:
    """The reading of a turn's question; an order in it is noted in the turn, and what is left of it is read.

    A question that only looks like an order is read as it stands.
    """
    file = read_download(turn)
    if file is not None:
        return file
    order = read_order(turn.question)
    changed = read_change(turn) if order is None else None
    if changed is not None:
        return changed
    shared = read_sharing(turn) if order is None else None
    if shared is not None:
        turn.read_as = ""
        return shared
    try:
        wanted = read_insight(turn.caller, turn.question)
        if wanted is not None:
            return _read_insights(turn, wanted.names, dict(wanted.filters))
    except HubError as error:
        return _failed(error.as_json())
    if order is not None:
        reading = _read_ordered(turn, order)
        if reading is not None:
            return reading
    return interpret(turn.caller, turn.question, scope=turn.scope, previous=turn.history)


def _read_ordered(turn: Turn, order: Order) -> Reading | None:
    if not order.question:
        if turn.last_sql is None:
            return _failed(NOTHING_YET.as_json())
        turn.chart, turn.read_as = order.spec, ""
        return Reading(True, turn.last_sql, None, [], [], [], None)
    for question in _candidates(order):
        reading = interpret(turn.caller, question, scope=turn.scope, previous=turn.history)
        counted = question.startswith("how many ")
        if reading.understood and reading.sql and (not counted or _counts_groups(reading)):
            turn.chart, turn.read_as = order.spec, question
            return reading
    return None


def _candidates(order: Order) -> Iterator[str]:
    """Ways to ask what an order leaves, the best first: counts where it says "by", else the rows."""
    question = order.question
    pointing = re.match(r"(?:them|these|those|it)\b\s*", question, re.IGNORECASE)
    takes_rows = order.spec.kind in ("histogram", "scatter")
    if order.spec.kind == "scatter":
        question = re.sub(r"\b(?:against|versus|vs\.?|over|by)\b", "and", question, flags=re.IGNORECASE)
    if not takes_rows and _GROUPED.search(question) and not _ASKS.match(question):
        yield f"how many {'of ' if pointing else ''}{question}"
    if pointing and (rest := question[pointing.end() :]):
        yield rest
    yield question
    yield f"and {question}"
    yield f"show {question}"


def _counts_groups(reading: Reading) -> bool:
    """Whether a reading counts rows by something that is no mere number, which would be a group of its own each."""
    if reading.ask is None or not reading.ask.group:
        return False
    return all(shown.part or not isinstance(shown.column.type, sa.Numeric | sa.Integer) or shown.column.foreign_keys
               for shown in reading.ask.group)  # fmt: skip


def _read_insights(turn: Turn, names: tuple[str, ...], filters: dict[str, str]) -> Reading:
    """Insights as the answer: one with its rows, several with a sentence for each."""
    drawn = []
    for name in names:
        try:
            drawn.append((name, show_insight(turn.caller, name, filters)))
        except HubError as error:
            if error.code != "not_found" or len(names) == 1:
                raise
    turn.insights, turn.read_as = tuple((name, filters) for name, _ in drawn), ""
    if len(names) == 1:
        only = drawn[0][1]
        said = ", ".join(f"{name[:1].lower()}{name[1:]} {say_number(value)}" for name, value in only.facts)
        return Reading(True, only.sql or None, f"{only.title}{': ' * bool(said)}{said}.", [], [], [], None)
    if not drawn:
        return Reading(True, None, "There is nothing in the catalogue yet.", [], [], [], None)
    titles = ", ".join(INSIGHTS[name].title[:1].lower() + INSIGHTS[name].title[1:] for name, _ in drawn)
    return Reading(True, None, f"{len(drawn)} insights: {titles}.", [], [], [], None)


def _failed(error: dict[str, str]) -> Reading:
    return Reading(False, None, None, [], [], [], error)
