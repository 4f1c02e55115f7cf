"""How the names of columns and values are said to people."""

from __future__ import annotations

from typing import Any

_WORDS = {
    "affil": "affiliation", "arch": "architecture", "attn": "attention", "avg": "average", "col": "column",
    "conv": "convolution", "ds": "dataset", "embed": "embedding", "id": "ID", "num": "count", "param": "parameter",
    "train": "training",
}  # fmt: skip


def title_of(column: str) -> str:
    """A column's name as a person reads it: ``param_num`` is "Parameter count", ``ds_name`` "Dataset"."""
    words = column.replace("_", " ").split()
    if len(words) > 1 and words[-1].lower() == "name":
        words.pop()
    title = " ".join(_WORDS.get(word.lower(), word) for word in words) or column
    return title[:1].upper() + title[1:]


def say_number(value: Any) -> str:
    """A number in few letters: 25.6M, 1.5B, 0.03; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    for size, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")):
        if abs(value) >= size * 0.9995:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"
