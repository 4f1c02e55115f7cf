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
    actor: Annotated[str, typer.Option(help="who did it, or on whose behalf")] = "",
    action: Annotated[str, typer.Option(help="such as model.create, or a noun such as model")] = "",
    outcome: Annotated[str, typer.Option(help="ok, refused or failed")] = "",
    before: Annotated[int | None, typer.Option(help="only rows older than this number")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """Show the newest rows of the audit trail."""
    from hub.audit import show_audit

    with acting(as_user) as caller:
        rows = show_audit(caller, actor=actor, action=action, outcome=outcome, before=before, limit=limit)
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
