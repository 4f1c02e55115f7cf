"""Recovery with the offline key: give items back to their owners, or write their files out."""

from __future__ import annotations

import logging
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.files import KindOption, fetch
from app.cli.frame import ANSWERED, FAILED, As, Json, acting, guarded, open_storage_here
from app.cli.terminal import print_json, print_rows, printable
from hub.errors import Invalid

if TYPE_CHECKING:
    from hub.items import Kind
    from hub.recovery import Recovered
    from secure.keys import EncryptionKey

log = logging.getLogger("openmodelhub")


@guarded
def recover(
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="the recovery key, which init wrote")],
    name: Annotated[str | None, typer.Argument(help="a name, or owner/name")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="PATH", help="write the plain file here instead")
    ] = None,
    version: Annotated[int | None, typer.Option("--version", min=1, help="with -o: which; default: the latest")] = None,
    kind: KindOption = None,
    without_database: Annotated[
        bool, typer.Option("--without-database", help="from the storage alone; without -o, list what is there")
    ] = False,
    as_user: As = None,
    as_json: Json = False,
) -> int:
    """Seal an item's versions to its owner's present keys, as after a reset password; or write a file out with -o."""
    from hub.recovery import load_key

    if name is None and (output is not None or not without_database):
        raise Invalid("the name of a model or dataset is missing", "say which is to be recovered")
    if version is not None and output is None:
        raise Invalid("--version goes with -o", "leave it out: all versions are recovered")
    if as_user is not None and without_database:
        raise Invalid("nobody can be acted for without the database", "leave out --as")
    recovery_key = load_key(key)
    if without_database:
        return _from_storage(recovery_key, name, output, version, kind, as_json=as_json)
    return _from_hub(recovery_key, name or "", output, version, kind, as_user, as_json=as_json)


def _from_hub(
    key: EncryptionKey,
    name: str,
    output: Path | None,
    version: int | None,
    kind: Kind | None,
    as_user: str | None,
    *,
    as_json: bool,
) -> int:
    from hub.catalog import show_item
    from hub.recovery import open_recovered, recover_item

    with acting(as_user) as caller:
        item = show_item(caller, name, kind=kind)
        if output is not None:
            with closing(open_recovered(caller, key, item.kind, item.item_id, version)) as opened:
                return _write_out(opened, output, as_json=as_json)
        done = recover_item(caller, key, item.kind, item.item_id)
    if as_json:
        print_json(done.as_json())
    else:
        for numbers, what in (
            (done.sealed, f"sealed to {done.owner} again"),
            (done.open_before, f"open to {done.owner} already"),
            (done.lost, "lost: the recovery key does not open it"),
            (done.damaged, "damaged: not what was published; --without-database may write it out"),
        ):
            for number in numbers:
                typer.echo(printable(f"{done.item}: version {number}, {what}"))
    return FAILED if done.lost or done.damaged else ANSWERED


def _from_storage(
    key: EncryptionKey,
    name: str | None,
    output: Path | None,
    version: int | None,
    kind: Kind | None,
    *,
    as_json: bool,
) -> int:
    from hub.recovery import noted_as, open_noted, pick_noted, read_notes

    storage = open_storage_here()
    notes, shut = read_notes(storage, key)
    if shut:
        typer.echo(f"{shut} of the notes in the storage do not open with this key.", err=True)
    typer.echo("Without the database nobody's signature is checked and the audit trail says nothing.", err=True)
    if output is not None:
        noted = pick_noted(notes, name or "", kind, version)
        log.warning("recovered file %s without the database", noted.blob_id)
        with closing(open_noted(storage, noted)) as opened:
            return _write_out(opened, output, as_json=as_json)
    listed = [one for one in notes if kind in (None, one.kind)] if name is None else noted_as(notes, name, kind)
    if as_json:
        print_json([one.as_json() for one in listed])
    else:
        columns = ("owner", "item", "kind", "version", "file_name", "size", "blob_id")
        print_rows([{column: getattr(one, column) for column in columns} for one in listed], "There is no file.")
    return FAILED if shut else ANSWERED


def _write_out(opened: Recovered, output: Path, *, as_json: bool) -> int:
    target = output / opened.file_name if output.is_dir() else output
    fetch(opened, target)
    if as_json:
        print_json({"path": str(target), "size": opened.size, "sha256": opened.etag})
    else:
        typer.echo(printable(f"{target}: {opened.size:,} bytes, SHA-256 {opened.etag}"), err=True)
    return ANSWERED
