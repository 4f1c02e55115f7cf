"""What a turn can say: text, a table, a figure, one item in detail, a file, a form, a plan, questions to go on with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.forms import Form
from assistant.sources import Source, from_query
from hub.artifacts import Version
from hub.catalog import Item
from hub.charts import Drawn
from hub.inspecting import Layer
from hub.inspecting.manifest import Manifest
from hub.items import Kind
from hub.lineage import Lineage
from hub.plans import Plan
from hub.trash import Trashed

MOST_ROWS = 100
"""Rows of a table that go to the browser at once and are sorted there; the rest of a longer one stays at the server."""


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph of Markdown; what came from data or from a person in it has gone through ``escape``."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns: all of them or the first page, with the source that the rest is fetched from.

    ``total`` is the number of rows there are, or with ``more`` the number there are more than. ``notes`` are plain
    sentences shown beneath; ``searchable`` tables take a word to look for.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    source: Source
    total: int
    more: bool = False
    notes: Sequence[str] = ()
    unsorted: Sequence[str] = ()
    caption: str = "Result"
    searchable: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """One model or dataset in detail, its lineage, and buttons as (title, the message that it sends).

    ``version`` is the latest of its file, and ``opens`` whether it opens for this person; ``manifest`` its tensors.
    ``access`` is who was let in or invited, for its owner.
    """

    item: Item
    lineage: Lineage | None = None
    buttons: Sequence[tuple[str, str]] = ()
    version: Version | None = None
    opens: bool = False
    manifest: Manifest | None = None
    access: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Origins:
    """What a model was trained on and what shares it, or what uses a dataset."""

    lineage: Lineage


@dataclass(frozen=True, slots=True)
class TrashList:
    """What the person deleted and can have back."""

    items: Sequence[Trashed]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a listing: what it is of (model, dataset, person), its name, what is said of it, what somebody wrote.

    Its buttons are (title, the message that it sends).
    """

    of: str
    name: str
    about: str
    note: str = ""
    buttons: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """Things with buttons of their own, under a title; ``empty`` is said where there are none."""

    title: str
    icon: str
    lines: Sequence[Line]
    empty: str


@dataclass(frozen=True, slots=True)
class File:
    """A file to download; it is written from its source, with the rights of that moment, when the button is pressed."""

    name: str
    source: Source
    format: str


@dataclass(frozen=True, slots=True)
class Questions:
    """Questions and commands that are sent when pressed: as they stand, or as (what the button says, what is sent)."""

    title: str
    questions: Sequence[str | tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with its numbers, and what it was drawn from: the rows of a source, or an insight by its name."""

    drawn: Drawn
    origin: Source

    @property
    def source(self) -> Source:
        """The rows that the next ``/chart`` or ``/export`` is about."""
        of_rows = self.origin["what"] == "insight" and self.drawn.sql
        return from_query(self.drawn.sql) if of_rows else self.origin


@dataclass(frozen=True, slots=True)
class Confirm:
    """A plan with the buttons that carry it out or cancel it."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class PersonCard:
    """One person's account: facts by name, and buttons as (title, the message that it sends)."""

    name: str
    facts: Mapping[str, Any]
    buttons: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class FileView:
    """What is in a file: single facts, its first tensors, and tables with figures of their columns and first rows.

    ``ref`` is there while it is an upload of the person's that waits to be published.
    """

    name: str
    size: int
    warning: str = ""
    facts: Sequence[tuple[str, Any]] = ()
    tensors: Sequence[Layer] = ()
    left_out: int = 0
    tables: Sequence[Mapping[str, Any]] = ()
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Versions:
    """Versions of the file of an item, newest first, to be downloaded by who may open them."""

    kind: Kind
    name: str
    versions: Sequence[Version]
    opens: bool


@dataclass(frozen=True, slots=True)
class Drop:
    """Where files are dropped that are too large for a message, or whose upload may break off."""

    wish: str = ""


Element = (
    Table | Figure | Card | Origins | TrashList | Listing | File | Questions | Confirm | Form | PersonCard | FileView
    | Versions | Drop
)  # fmt: skip
"""What is shown by an element of its own."""

Reply = Text | Element

# Markdown that does something in the middle of a line, and what does something at its beginning.
_ANYWHERE = re.compile(r"([\\`*\[\]<>|~]|:(?=[A-Za-z])|&(?=#?\w+;)|(?<![^\W_])_|_(?![^\W_]))")
_AT_START = re.compile(r"^(\s*)(#{1,6}(?=\s|$)|[-+=](?=\s|$|[-=])|\d+(?=[.)](?:\s|$)))", re.MULTILINE)
_LINK = re.compile(r"(?i)(https?|ftp|www)(?=\\?[:.])|(?<=\w)(?=@\w)")


def escape(text: object) -> str:
    """The text as Markdown that shows it letter by letter: no formatting, link, image or HTML comes of it."""
    plain = str(text).replace("\u200b", "")  # the chat shows this character as a cursor
    plain = _ANYWHERE.sub(r"\\\1", plain)
    plain = _AT_START.sub(lambda found: f"{found[1]}{_mark(found[2])}", plain)
    # The chat makes links of bare addresses even where they are escaped; an invisible joiner prevents it.
    return _LINK.sub(lambda found: found[0] + "\u2060", plain)


def tame(text: str) -> str:
    """What a language model wrote, as Markdown with its emphasis and lists, but no link, image, directive or HTML."""
    plain = re.sub(r"([\[\]<>|]|:(?=[A-Za-z]))", r"\\\1", text.replace("\u200b", ""))
    return _LINK.sub(lambda found: found[0] + "\u2060", plain)


def unescape(text: str) -> str:
    """The text that ``escape`` was given."""
    return re.sub(r"\\([\\`*\[\]<>|~:$&_!#+=.)-])", r"\1", text.replace("\u2060", ""))


def _mark(start: str) -> str:
    return f"{start}\\" if start[0].isdigit() else f"\\{start}"
