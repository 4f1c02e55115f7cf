"""Insights as a folder: one page with every figure, their numbers as CSV, and single ones in ``facts.csv``."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import Annotated

import typer

from app.cli.frame import As, acting, guarded
from hub.errors import HubError, Invalid, NotFound, Unavailable

PAGE, FACTS = "index.html", "facts.csv"


@guarded
def insights(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="a new folder, or one of these")],
    as_user: As = None,
) -> None:
    """Write all insights into a folder: one HTML page with the figures, and a CSV file with the numbers of each."""
    from assistant.sources import write_csv
    from hub.charts.page import write_page
    from hub.insights import INSIGHTS, show_insight

    _check_target(output, {PAGE, FACTS, *(f"{name}.csv" for name in INSIGHTS)})
    drawn = {}
    with acting(as_user) as caller:
        for name in INSIGHTS:
            try:
                drawn[name] = show_insight(caller, name)
            except NotFound:
                typer.echo(f"Nothing in the catalogue for {name}.", err=True)
        intro = f"As {caller.user_name} may see them."
    if not drawn:
        raise HubError(
            "there is nothing in the catalogue yet", "load records or register something first", code=NotFound.code
        )
    files = {f"{name}.csv": write_csv(one.columns, one.rows) for name, one in drawn.items()}
    facts = [[name, fact, value] for name, one in drawn.items() for fact, value in one.facts]
    files[FACTS] = write_csv(["insight", "fact", "value"], facts)
    files[PAGE] = write_page("Insights", list(drawn.values()), intro)
    _write_folder(output, files)
    typer.echo(f"Wrote {len(drawn)} insights to {output / PAGE}.", err=True)


def _check_target(folder: Path, ours: set[str]) -> None:
    """``Invalid`` where something stands that this command did not write."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise Invalid(f"{folder} is no folder", "name a new one")
    try:
        strange = sorted({file.name for file in folder.iterdir()} - ours) if folder.is_dir() else []
    except OSError as error:
        raise _failed(folder, error) from None
    if strange:
        raise Invalid(f"{folder} holds other files, such as {strange[0]}", "name a new or an empty folder")


def _write_folder(folder: Path, files: dict[str, str]) -> None:
    """The folder appears with all its files or not at all, in place of an earlier one; it is for its owner alone."""
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 - a link on the way stays as it is
    beside = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    earlier = beside.with_name(f"{beside.name}.earlier")
    try:
        beside.mkdir(mode=0o700, parents=True)
        for name, text in files.items():
            (beside / name).write_text(text, encoding="utf-8", newline="")
        if folder.exists():
            folder.rename(earlier)
        try:
            beside.rename(folder)
        except OSError:
            if earlier.exists():
                earlier.rename(folder)
            raise
    except OSError as error:
        shutil.rmtree(beside, ignore_errors=True)
        raise _failed(folder, error) from None
    shutil.rmtree(earlier, ignore_errors=True)


def _failed(folder: Path, error: OSError) -> HubError:
    return Unavailable(f"{folder} cannot be written: {error.strerror}", "check the path and the disk")
