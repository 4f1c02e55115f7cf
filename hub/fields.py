"""What a field of a record may hold: one rule for everything that comes in, taken from the columns themselves.

Each check gives the value to store, or raises ``Invalid`` with a message that begins with the field's name.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from rapidfuzz import fuzz, process

from db.tables import NAME_LENGTH, name_key
from hub.errors import Invalid

MAX_TEXT = 10_000
MAX_LIST = 10_000
_NOT_IN_NAMES = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_LOOK_ALIKE = {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"}
_YEAR_OR_MONTH = re.compile(r"(\d{4})(?:-(\d\d))?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")


def check_name(field: str, value: Any, *, slash: bool = False) -> str:
    """A name of 1 to 190 visible characters, NFC and trimmed; "/" only where ``slash``, as owner/name needs it."""
    if not isinstance(value, str):
        raise Invalid(f"{field}: a name is needed, not {_show(value)}")
    name = unicodedata.normalize("NFC", value).strip()
    if not name:
        raise Invalid(f"{field}: a name is needed")
    if len(name) > NAME_LENGTH or len(name_key(name)) > NAME_LENGTH:
        raise Invalid(f"{field}: a name has at most {NAME_LENGTH} characters")
    if any(unicodedata.category(character) in _NOT_IN_NAMES for character in name):
        raise Invalid(f"{field}: {_show(name)} holds control or invisible characters", "type the name anew")
    if "/" in name and not slash:
        raise Invalid(f"{field}: {_show(name)} holds a slash", 'a slash separates owner and name: write "-" instead')
    return name


def check_alphabet(field: str, name: str) -> None:
    """``Invalid`` when the letters come from several alphabets that look alike, as in a copy of another's name."""
    letters = (character for character in unicodedata.normalize("NFKC", name) if character.isalpha())
    if len(_LOOK_ALIKE & {unicodedata.name(letter, "").partition(" ")[0] for letter in letters}) > 1:
        raise Invalid(f"{field}: {_show(name)} mixes letters of several alphabets", "write it in one of them")


def check_value(column: sa.Column[Any], value: Any, field: str = "") -> Any:
    """The value as this column stores it: spellings normalised, sizes in range, moments in UTC, None where allowed."""
    field = field or column.name
    if value is None or (isinstance(value, str) and not value.strip()):
        if column.nullable:
            return None
        raise Invalid(f"{field}: a value is needed", _allowed(column))
    if "values" in column.info:
        return _one_of(column, value, field)
    if isinstance(column.type, sa.Boolean):
        return _flag(field, value)
    if isinstance(column.type, sa.Integer):
        return _size(column, value, field)
    if isinstance(column.type, sa.DateTime):
        return _moment(field, value)
    if column.info.get("name") or (isinstance(column.type, sa.String) and column.type.length == NAME_LENGTH):
        return check_name(field, value, slash=True)
    return _text(field, value)


def check_list(field: str, value: Any) -> list[Any]:
    """A list; a single value counts as a list of one, null as an empty one."""
    if value is None or value == "":
        return []
    items = value if isinstance(value, list | tuple) else [value]
    if len(items) > MAX_LIST:
        raise Invalid(f"{field}: more than {MAX_LIST} entries")
    return list(items)


def check_values(column: sa.Column[Any], field: str, value: Any) -> list[Any]:
    """A list of values of this column, each once, in order."""
    return list(dict.fromkeys(check_value(column, item, field) for item in check_list(field, value)))


def check_names(field: str, value: Any, *, slash: bool = False) -> list[str]:
    """A list of names, each once, in order."""
    names = (check_name(field, item, slash=slash) for item in check_list(field, value))
    return list({name_key(name): name for name in names}.values())


def check_fields(record: Any, allowed: Iterable[str]) -> Mapping[str, Any]:
    """The record, when it is an object with no other fields than these."""
    if not isinstance(record, Mapping):
        raise Invalid(f"an object with fields is needed, not {_show(record)}")
    known = tuple(allowed)
    for field in record:
        if field not in known:
            near = nearest(str(field), known)
            raise Invalid(f"{field}: there is no such field", suggest(near) or f"the fields are {', '.join(known)}")
    return record


def nearest(word: str, choices: Iterable[str], limit: int = 3) -> list[str]:
    """The choices that look like the word, best first; none when nothing does."""
    found = process.extract(word, list(choices), scorer=fuzz.WRatio, processor=name_key, limit=limit, score_cutoff=70)
    return [choice for choice, _, _ in found]


def suggest(near: Iterable[str]) -> str:
    """A hint that proposes these; empty when there are none."""
    listed = " or ".join(f"'{choice}'" for choice in near)
    return f"did you mean {listed}?" if listed else ""


@functools.cache
def spellings(column: sa.Column[Any]) -> Mapping[str, str]:
    """Every accepted spelling of a column's closed values, folded, and the value it stands for.

    Accepted are the values and their everyday words, in any case, with or without blanks, hyphens and the column's own
    name after it ("average pooling", "AVG-Pool" and "average" are all ``avg``).
    """
    suffixes = sorted((_fold(word) for word in column.info.get("synonyms", ())), key=len, reverse=True)
    found: dict[str, str] = {}
    for value, words in column.info["values"].items():
        for word in (value, *words):
            found.setdefault(_fold(word), value)
    for folded, value in tuple(found.items()):
        for suffix in suffixes:
            if folded.endswith(suffix) and len(folded) > len(suffix):
                found.setdefault(folded.removesuffix(suffix), value)
    return found


def _fold(word: str) -> str:
    return re.sub(r"[\s_-]+", "", name_key(word))


def _one_of(column: sa.Column[Any], value: Any, field: str) -> str:
    known = spellings(column)
    stored = known.get(_fold(value)) if isinstance(value, str) else None
    if stored is None:
        near = nearest(value, column.info["values"], 1) if isinstance(value, str) else []
        raise Invalid(f"{field}: {_show(value)} is not one of {', '.join(column.info['values'])}", suggest(near))
    return stored


def _allowed(column: sa.Column[Any]) -> str:
    values = column.info.get("values")
    return f"one of {', '.join(values)}" if values else ""


def _flag(field: str, value: Any) -> bool:
    if isinstance(value, bool) or value in (0, 1):
        return bool(value)
    raise Invalid(f"{field}: {_show(value)} is neither true nor false")


def _size(column: sa.Column[Any], value: Any, field: str) -> int:
    limit = 2**63 - 1 if isinstance(column.type, sa.BigInteger) else 2**31 - 1
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole:
        raise Invalid(f"{field}: {_show(value)} is not a whole number")
    if value < 0:
        raise Invalid(f"{field}: {_show(value)} is below 0", "leave it out where it is unknown")
    if value > limit:
        raise Invalid(f"{field}: {_show(value)} is above {limit}")
    return int(value)


def _moment(field: str, value: Any) -> datetime:
    moment = value if isinstance(value, datetime) else None
    period = _YEAR_OR_MONTH.fullmatch(value.strip()) if isinstance(value, str) else None
    if period:
        value = f"{period[1]}-{period[2] or '01'}-01"  # the day a year or month begins with
    if isinstance(value, str) and _MOMENT.fullmatch(value.strip()):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            moment = None
    if moment is None or not 1000 <= moment.year <= 9998:
        raise Invalid(f"{field}: {_show(value)} is not a date", "write 2024-05-31 or 2024-05-31 18:30:00")
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.replace(microsecond=0)


def _text(field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise Invalid(f"{field}: text is needed, not {_show(value)}")
    text = value.strip()
    if len(text) > MAX_TEXT:
        raise Invalid(f"{field}: more than {MAX_TEXT} characters")
    if any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\r\n" for character in text):
        raise Invalid(f"{field}: the text holds control characters")
    return text


def _show(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "…"


def say_value(value: Any) -> str | None:
    """A field's value in words, None where there is none."""
    if isinstance(value, list):
        return ", ".join(say_value(one) or "—" for one in value) or None
    if isinstance(value, Mapping):
        return " ".join(say_value(one) or "—" for one in value.values())
    if isinstance(value, int):
        return f"{value:,}"
    return None if value is None else str(value).removesuffix(" 00:00:00")
