"""The catalogue in and out."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli.frame import As, Json, acting, guarded
from app.cli.terminal import print_json, show_progress
from hub.errors import Unavailable


@guarded
def load(
    file: Annotated[Path, typer.Argument(help="records as JSON")], as_user: As = None, as_json: Json = False
) -> None:
    """Take records into the catalogue: all of them or, when one is wrong, none."""
    from hub import records

    data = records.read_records(file)
    with acting(as_user) as caller, show_progress(file.name) as progress:
        summary = records.load_records(caller, data, source=file.name, progress=progress)
    if as_json:
        print_json(summary.as_json())
        return
    typer.echo(f"Loaded {count_loaded(summary.loaded)}.")
    if any(summary.skipped.values()):
        typer.echo(f"Skipped, as the name exists already: {count_loaded(summary.skipped)}.")
    if summary.locked:
        names = ", ".join(summary.locked[:10]) + (", …" if len(summary.locked) > 10 else "")
        typer.echo(f"{len(summary.locked)} people came without a password that works here: {names}.")
        typer.echo("`openmodelhub user reset-password NAME` gives each a one-time secret.")


def count_loaded(counts: dict[str, int]) -> str:
    """Counts of records in words."""
    words = {"affiliation": "affiliations", "user": "people", "dataset": "datasets", "model": "models"}
    return ", ".join(f"{count} {words[section]}" for section, count in counts.items())


@guarded
def export(
    output: Annotated[str, typer.Option("-o", "--output", metavar="FILE", help="where to; - for stdout")],
    as_user: As = None,
) -> None:
    """Write the whole catalogue, without passwords, in the form that ``load`` takes."""
    from hub import records

    with acting(as_user) as caller:
        exported = records.export_records(caller)
    text = records.write_records(exported)
    if output == "-":
        sys.stdout.write(text)
        return
    _write_private(Path(output), text)
    counts = {section: len(rows) for section, rows in exported.items()}
    typer.echo(f"Wrote {count_loaded(counts)} to {output}.", err=True)


def _write_private(path: Path, text: str) -> None:
    """The file appears whole or not at all, readable by its owner alone: private items stand in it."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise Unavailable(f"{path} cannot be written: {error.strerror}", "check the path and the disk") from None
