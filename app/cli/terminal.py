"""What a command writes and reads: JSON, tables and progress; nothing in a cell steers the terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from hub.errors import HubError, Invalid


def complain(error: HubError) -> None:
    """One line on stderr: what is wrong, and what to do."""
    hint = f"; {error.hint}" if error.hint else ""
    typer.echo(f"openmodelhub: {printable(error.message)}{printable(hint)}", err=True)


def printable(text: str) -> str:
    """Without control characters, so that no cell or message steers the terminal."""
    return "".join(character if character.isprintable() or character in "\n\t" else "�" for character in text)


def print_json(value: Any) -> None:
    """One line of JSON on stdout, there at once."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def print_table(columns: list[str], rows: list[list[Any]]) -> None:
    """Rows as a table, fitted to a terminal; in a pipe every row is one line."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for at, name in enumerate(columns):
        numeric = all(isinstance(row[at], int | float | None) for row in rows)
        table.add_column(Text(printable(name)), justify="right" if numeric and rows else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable("" if value is None else str(value))) for value in row))
    console = Console()
    if not console.is_terminal:
        console.width = 10_000  # nothing to fit into: whoever reads a pipe wants whole lines
    console.print(table)


def print_rows(rows: list[dict[str, Any]], empty: str) -> None:
    """Rows as a table under their own keys, or these words where there is none."""
    if not rows:
        typer.echo(empty)
        return
    shown = [[", ".join(value) if isinstance(value, list) else value for value in row.values()] for row in rows]
    print_table(list(rows[0]), shown)


@contextmanager
def show_progress(label: str, *, in_bytes: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr, seen only on a terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    counts = (DownloadColumn(), TransferSpeedColumn()) if in_bytes else (MofNCompleteColumn(),)
    columns = (TextColumn("{task.description}"), BarColumn(), *counts, TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def read_lines(file: str) -> Iterator[str]:
    """The lines of a file, or of standard input for ``-``, as they come."""
    if file == "-":
        yield from (line.removeprefix("\ufeff").rstrip("\r\n") for line in sys.stdin)
        return
    try:
        with Path(file).open(encoding="utf-8-sig") as lines:
            yield from (line.rstrip("\r\n") for line in lines)
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{file} cannot be read: {error}", "check the path; the file is UTF-8 text") from None
