"""Forms of the chat: fields that a person fills in; what comes back is checked against the same fields.

FORMS has one entry a form. ``build`` makes its fields, with what they hold at first, for this caller; ``submit`` gets
values that fit them. What a form is ``about`` (a person's name, say) travels through the browser, so it is only ever a
name to look up with the caller's own rights.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from datetime import date
from typing import Any, Literal

from hub.access import Caller
from hub.errors import Invalid, NotFound

Value = str | int | float | bool | list[str] | list[dict[str, Any]] | dict[str, str] | None
FieldKind = Literal["text", "long", "number", "select", "many", "check", "date", "password", "file", "rows"]

_LONGEST = {"text": 500, "long": 20_000, "password": 2000, "date": 10}
MOST_LINES = 2000
"""Lines of a field of rows."""
LARGEST_FILE = 4_000_000
"""Characters of a file that a form takes."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``options`` are (value, what is shown) of select and many; ``value`` is what it holds at first.

    A file arrives as {"name", "text"}; its ``options`` are the endings that the browser proposes. Rows are lines of the
    fields ``columns``. With ``needs`` the field is there only while that other one has one of the values. What a field
    that ``follows`` another takes depends on that one's value: ``sets`` says by which of ``choices`` it is chosen, and
    where that says none it is typed.
    """

    name: str
    title: str
    kind: FieldKind = "text"
    value: Value = None
    options: Sequence[tuple[str, str]] = ()
    required: bool = False
    hint: str = ""
    columns: Sequence[Field] = ()
    needs: tuple[str, Sequence[str]] | None = None
    follows: str = ""
    sets: Mapping[str, str] = dataclass_field(default_factory=dict)
    choices: Mapping[str, Sequence[tuple[str, str]]] = dataclass_field(default_factory=dict)

    def beside(self, others: Mapping[str, Any]) -> Field:
        """The field as it is beside these values of others."""
        options = self.choices.get(self.sets.get(str(others.get(self.follows)), ""), ())
        return replace(self, kind="select" if options else "text", options=options) if self.follows else self


@dataclass(frozen=True, slots=True)
class Form:
    """A form as a turn says it: the name under which FORMS takes it back, what it is about, and its fields.

    ``cancel`` is what the button says that gives up what the form is about, where it has one.
    """

    name: str
    title: str
    fields: Sequence[Field]
    button: str = "Continue"
    about: str = ""
    note: str = ""
    cancel: str = ""


@dataclass(frozen=True, slots=True)
class FormKind:
    """A form by its name: who may use it, how it is made, and what comes of it, or of giving it up as a sentence."""

    name: str
    permission: str
    build: Callable[[Caller, str], Form]
    submit: Callable[[Caller, str, dict[str, Any]], Sequence[Any]]
    cancel: Callable[[Caller, str], str] | None = None


class FieldErrors(Invalid):
    """Values that do not fit; ``errors`` has a sentence for each field, by its name."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("some fields need another look", "they say what they need")
        self.errors = dict(errors)


FORMS: dict[str, FormKind] = {}
"""Every form by its name; modules of ``assistant`` that have forms put them in with ``add_forms``."""


def add_forms(*kinds: FormKind) -> None:
    """Put these forms into FORMS."""
    FORMS.update({kind.name: kind for kind in kinds})


def make_form(caller: Caller, name: str, about: str = "") -> Form:
    """The form of this name for this caller."""
    return _kind(caller, name).build(caller, about)


def submit_form(caller: Caller, name: str, about: str, values: Mapping[str, Any]) -> Sequence[Any]:
    """What a form's values lead to, as replies; ``FieldErrors`` when values do not fit their fields."""
    kind = _kind(caller, name)
    return kind.submit(caller, about, read_values(kind.build(caller, about).fields, values))


def cancel_form(caller: Caller, name: str, about: str) -> str:
    """Give up what a form is about; what was done, as a sentence."""
    cancel = _kind(caller, name).cancel
    if cancel is None:
        raise Invalid("there is nothing to cancel", "leave the form as it is")
    return cancel(caller, about)


def _kind(caller: Caller, name: str) -> FormKind:
    kind = FORMS.get(name)
    if kind is None or not caller.may(kind.permission):
        raise NotFound("there is no such form", "/help lists what you can do")
    return kind


def read_values(fields: Sequence[Field], given: Mapping[str, Any]) -> dict[str, Any]:
    """The value of every field that is there, in its type, None where it was left empty.

    ``FieldErrors`` says what does not fit.
    """
    taken: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for field in fields:
        if field.needs is not None and taken.get(field.needs[0]) not in field.needs[1]:
            continue
        try:
            value = _read(field.beside(taken), given.get(field.name))
            if field.required and (value is None or value == [] or value is False):
                raise ValueError("This is needed.")
            taken[field.name] = value
        except ValueError as error:
            errors[field.name] = str(error)
    if errors:
        raise FieldErrors(errors)
    return taken


def _read(field: Field, value: Any) -> Any:
    """One value in its type; ValueError says in a sentence why it is not one."""
    if field.kind == "check":
        return value is True
    if field.kind == "many":
        return _read_many(field, value)
    if field.kind == "file":
        return _read_file(value)
    if field.kind == "rows":
        return _read_rows(field, value)
    if value is None or value == "":
        return None
    if field.kind == "number":
        return _read_number(value)
    if not isinstance(value, str):
        raise ValueError("Text is needed.")
    if field.kind == "password":
        return value if len(value) <= _LONGEST["password"] else _too_long(_LONGEST["password"])
    text = value.strip()
    if field.kind == "select":
        if text and text not in [option for option, _ in field.options]:
            raise ValueError("Choose one of the list.")
        return text or None
    if len(text) > _LONGEST[field.kind]:
        _too_long(_LONGEST[field.kind])
    if field.kind == "date" and text:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            raise ValueError("Write the date as YYYY-MM-DD.")
        try:
            date.fromisoformat(text)
        except ValueError:
            raise ValueError("There is no such day.") from None
    return text or None


def _too_long(most: int) -> Any:
    raise ValueError(f"At most {most:,} characters.")


def _read_many(field: Field, value: Any) -> list[str]:
    if value is None:
        return []
    known = [option for option, _ in field.options]
    if not isinstance(value, list) or any(one not in known for one in value):
        raise ValueError("Choose from the list.")
    return [option for option in known if option in value]


def _read_rows(field: Field, value: Any) -> list[dict[str, Any]]:
    """The lines that say something, each with its fields."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(line, dict) for line in value):
        raise ValueError("Lines are needed.")
    if len(value) > MOST_LINES:
        raise ValueError(f"At most {MOST_LINES:,} lines.")
    lines = []
    for number, line in enumerate(value, 1):
        if all(cell in (None, "") for cell in line.values()):
            continue
        try:
            lines.append(read_values(field.columns, line))
        except FieldErrors as error:
            titles = {column.name: column.title for column in field.columns}
            name, said = next(iter(error.errors.items()))
            raise ValueError(f"Line {number}, {titles[name]}: {said}") from None
    return lines


def _read_number(value: Any) -> int | float:
    if isinstance(value, str):
        text = value.strip().replace(",", "").replace("_", "").replace(" ", "")
        if re.fullmatch(r"[+-]?\d{1,18}", text):
            return int(text)
        try:
            value = float(text)
        except ValueError:
            raise ValueError("A number is needed.") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("A number is needed.")
    return value


def _read_file(value: Any) -> dict[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not all(isinstance(value.get(key), str) for key in ("name", "text")):
        raise ValueError("Choose a file.")
    if len(value["text"]) > LARGEST_FILE:
        raise ValueError(f"The file is larger than {LARGEST_FILE // 1_000_000} MB; `openmodelhub load` takes it.")
    return {"name": value["name"][:200] or "file", "text": value["text"]}
