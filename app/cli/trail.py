"""The audit trail: show, verify."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from app.cli.frame import ANSWERED, FAILED, As, Json, acting, guarded
from app.cli.terminal import print_json, print_rows, show_progress


@guarded
def show(
    person: Annotated[str, typer.Option("--person", "--actor", help="who did it, or on whose behalf")] = "",
    action: Annotated[str, typer.Option(help="such as model.create, or a noun such as model")] = "",
    outcome: Annotated[str, typer.Option(help="ok, planned, refused or failed")] = "",
    about: Annotated[str, typer.Option("--object", help='a kind, a kind and number ("user 12"), or a name')] = "",
    since: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help="the first day, in UTC")] = "",
    until: Annotated[str, typer.Option("--to", metavar="YYYY-MM-DD", help="the last day")] = "",
    before: Annotated[int | None, typer.Option(metavar="SEQ", help="only rows older than this number")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """Show the newest rows of the audit trail that fit; ``--before`` goes on where it stopped."""
    from hub.audit import Filters, page_audit

    filters = Filters(person, action, outcome, about, since, until)
    with acting(as_user) as caller:
        rows, total = page_audit(caller, filters, before=before, limit=limit)
    if as_json:
        print_json(rows)
        return
    from datetime import UTC, datetime

    shown = [
        {
            "seq": row["seq"],
            "at": datetime.fromtimestamp(row["at_us"] / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S"),
            "actor": row["actor"] + (f" for {row['on_behalf_of']}" if row["on_behalf_of"] else ""),
            "action": row["action"],
            "object": " ".join(part for part in (row["object_type"], row["object_id"]) if part),
            "outcome": row["outcome"],
            "detail": json.dumps(row["detail"], ensure_ascii=False),
        }
        for row in rows
    ]
    print_rows(shown, "No row fits.")
    if total > len(rows):
        typer.echo(f"{total - len(rows):,} older rows fit: --before {rows[-1]['seq']} goes on.", err=True)


@guarded
def verify(
    checkpoints: Annotated[
        Path | None, typer.Option(help="a copy of the checkpoint file kept elsewhere, instead of the hub's own")
    ] = None,
    as_user: As = None,
    as_json: Json = False,
) -> int:
    """Check the whole audit chain against its keys and checkpoints; names the first bad row."""
    from hub.audit import verify_audit

    with acting(as_user) as caller, show_progress("audit rows") as progress:
        verdict = verify_audit(caller, progress, checkpoint_file=checkpoints)
    if as_json:
        print_json(verdict.as_json())
    elif verdict.ok:
        typer.echo(f"The audit trail is whole: {verdict.rows} rows, {verdict.checkpoints} checkpoints.")
    else:
        where = f" at row {verdict.seq}" if verdict.seq is not None else ""
        typer.echo(f"The audit trail is broken{where}: {verdict.problem}.")
    return ANSWERED if verdict.ok else FAILED
