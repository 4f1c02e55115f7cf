"""Catalogues of evaluations: from tables of one record a line to what `openmodelhub load` takes."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

_SHAPES = {
    "transformer": ("decoder_num", "attn_size", "up_size", "down_size", "embed_size"),
    "rnn": ("criteria", "batch_size", "input_size"),
}


def build_catalogue(name: str) -> dict[str, list[dict[str, Any]]]:
    """The whole catalogue of a set that has tables."""
    tables = import_module(f"evals.{name}.tables")
    models = {"transformer": tables.TRANSFORMERS, "cnn": tables.CNNS, "rnn": tables.RNNS}
    return {
        "affiliation": [{"affil_name": name} for (name,) in _rows(tables.AFFILIATIONS)],
        "user": [
            {"user_name": name, "password": "admin", "affiliate": _parts(places, ";"), "is_admin": name == tables.ADMIN}
            for name, places in _rows(tables.USERS)
        ],
        "dataset": [_dataset(cells, tables.OF_DATA) for cells in _rows(tables.DATASETS)],
        "model": [_model(arch, cells, tables.OF_A_MODEL) for arch, table in models.items() for cells in _rows(table)],
    }


def main(name: str) -> None:
    """Write the set's `catalogue.json`."""
    text = json.dumps(build_catalogue(name), indent=1, ensure_ascii=False) + "\n"
    (Path(__file__).parent / name / "catalogue.json").write_text(text, encoding="utf-8")


def _rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


def _parts(cell: str, mark: str = ",") -> list[str]:
    return [part.strip() for part in cell.split(mark) if part.strip()]


def _value(word: str) -> int | str | None:
    """A number where it is one, nothing where nothing is written."""
    word = word.strip()
    return int(word) if word.isdigit() else word or None


def _dataset(cells: list[str], description: str) -> dict[str, Any]:
    name, size, media, tasks, created, owners, columns, private = cells
    return {
        "ds_name": name,
        "ds_size": _value(size),
        "media": media,
        "task": _parts(tasks),
        "created_at": created,
        "description": description.format(media=media),
        "visibility": "private" if private else "public",
        "owners": _parts(owners),
        "columns": [dict(zip(("col_name", "col_datatype"), part.split(":"), strict=True)) for part in _parts(columns)],
    }


def _model(arch_name: str, cells: list[str], description: str) -> dict[str, Any]:
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
        "description": description.format(media=media),
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


if __name__ == "__main__":
    main(sys.argv[1])
