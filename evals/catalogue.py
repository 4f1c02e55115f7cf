"""Catalogues of evaluations: from tables of one record a line to what `openmodelhub load` takes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_SHAPES = {
    "transformer": ("decoder_num", "attn_size", "up_size", "down_size", "embed_size"),
    "rnn": ("criteria", "batch_size", "input_size"),
}


def build_catalogue(
    *,
    affiliations: str,
    users: str,
    datasets: str,
    models: Mapping[str, str],
    admin: str,
    describe: Callable[[str, str], str],
) -> dict[str, list[dict[str, Any]]]:
    """The whole catalogue; ``models`` has a table an architecture, ``describe`` gets a media type and what it is."""
    return {
        "affiliation": [{"affil_name": name} for (name,) in _rows(affiliations)],
        "user": [
            {"user_name": name, "password": "admin", "affiliate": _parts(places, ";"), "is_admin": name == admin}
            for name, places in _rows(users)
        ],
        "dataset": [_dataset(cells, describe) for cells in _rows(datasets)],
        "model": [_model(arch, cells, describe) for arch, table in models.items() for cells in _rows(table)],
    }


def write_catalogue(catalogue: dict[str, list[dict[str, Any]]], beside: str) -> None:
    """Write it as `catalogue.json` beside this file."""
    text = json.dumps(catalogue, indent=1, ensure_ascii=False) + "\n"
    Path(beside).with_name("catalogue.json").write_text(text, encoding="utf-8")


def _rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


def _parts(cell: str, mark: str = ",") -> list[str]:
    return [part.strip() for part in cell.split(mark) if part.strip()]


def _value(word: str) -> int | str | None:
    """A number where it is one, nothing where nothing is written."""
    word = word.strip()
    return int(word) if word.isdigit() else word or None


def _dataset(cells: list[str], describe: Callable[[str, str], str]) -> dict[str, Any]:
    name, size, media, tasks, created, owners, columns, private = cells
    return {
        "ds_name": name,
        "ds_size": _value(size),
        "media": media,
        "task": _parts(tasks),
        "created_at": created,
        "description": describe(media, "data"),
        "visibility": "private" if private else "public",
        "owners": _parts(owners),
        "columns": [dict(zip(("col_name", "col_datatype"), part.split(":"), strict=True)) for part in _parts(columns)],
    }


def _model(arch_name: str, cells: list[str], describe: Callable[[str, str], str]) -> dict[str, Any]:
    name, size, media, train, tasks, authors, datasets, created, shape, private = cells
    return {
        "model_name": name,
        "param_num": _value(size),
        "media_type": media,
        "arch_name": arch_name,
        "train_name": train,
        "task": _parts(tasks),
        "authors": _parts(authors),
        "datasets": _parts(datasets),
        "visibility": "private" if private else "public",
        "created_at": created,
        "description": describe(media, "model"),
        **_shape(arch_name, shape),
    }


def _shape(arch_name: str, cell: str) -> dict[str, Any]:
    """The fields of a model's architecture."""
    if arch_name == "cnn":
        count, modules = cell.split(":")
        return {
            "module_num": int(count),
            "modules": [
                {"conv_size": int("".join(filter(str.isdigit, part))), "pool_type": part.lstrip("0123456789")}
                for part in modules.split()
            ],
        }
    values = [_value(word) for word in (cell.split(";") if arch_name == "rnn" else cell.split())]
    names = _SHAPES[arch_name]
    return dict(zip(names, values + [None] * (len(names) - len(values)), strict=True))
