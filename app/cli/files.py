"""Files of models and datasets: upload, versions, download."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

import typer

from app.cli.frame import As, Json, acting, guarded
from app.cli.terminal import print_json, print_rows, printable, show_progress
from hub.errors import Conflict, Damaged, Invalid, Unavailable

KindOption = Annotated[Literal["model", "dataset"] | None, typer.Option("--kind", help="where a name fits both")]
_PORTION = 1 << 20


class Readable(Protocol):
    """Content that is open for reading: its size in bytes, and its SHA-256 as ``etag``."""

    @property
    def size(self) -> int: ...
    @property
    def etag(self) -> str: ...
    def read(self, start: int = 0, /) -> Iterator[bytes]: ...


@guarded
def upload(
    file: Annotated[Path, typer.Argument(help="the file", exists=True, dir_okay=False)],
    kind: Annotated[Literal["model", "dataset"], typer.Option("--kind", help="what it is")],
    name: Annotated[str, typer.Option("--name", help="a name of your own: a new one registers, a known one adds to")],
    media: Annotated[str | None, typer.Option("--media", help="text, image, audio or video")] = None,
    arch: Annotated[str | None, typer.Option("--arch", help="of a model: transformer, cnn or rnn")] = None,
    train: Annotated[str | None, typer.Option("--train", help="of a model: pretrain, finetune or rl")] = None,
    task: Annotated[list[str] | None, typer.Option("--task", help="may be given several times")] = None,
    description: Annotated[str | None, typer.Option("--description", help="a sentence or two")] = None,
    acknowledge: Annotated[
        bool, typer.Option("--acknowledge", help="publish a pickle that the scan is unsure about")
    ] = False,
    private: Annotated[bool, typer.Option("--private", help="only you and whom you let in may see it")] = False,
    access: Annotated[
        list[str] | None, typer.Option("--access", metavar="USER", help="invite them to it; may be given several times")
    ] = None,
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """Upload a file as the first version of a new model or dataset, or as the next version of your own."""
    from hub import artifacts, publishing, sharing, staging

    about = {"media": media, "arch": arch, "train": train, "task": task, "description": description}
    with acting(as_user) as caller:
        known = artifacts.find_own_item(caller, kind, name)
        only_some = private or (access is not None and known is None)
        given = {key: value for key, value in {**about, "private": only_some}.items() if value}
        if known is not None and given:
            raise Conflict(
                f"you have a {kind} called {name}, and this would be its next version",
                f"leave out {', '.join(f'--{key}' for key in given)}, or choose another name",
            )
        for person in access or ():
            sharing.check_invitation(caller, person, kind, known)
        with show_progress(file.name, in_bytes=True) as progress:
            staged = staging.stage(caller, _portions(file, progress), file.name)
        try:
            found = publishing.look_into(caller, staged.ref).inspection
            made = publishing.publish_upload(
                *(caller, staged.ref, kind, _record(kind, name, given) if known is None else {}),
                item_id=known,
                acknowledged=acknowledge or not (found.scan and found.scan.needs_acknowledging),
            )
        except BaseException as error:
            if getattr(error, "code", "") != "dangerous_file":  # that one is removed already
                staging.cancel_upload(caller, staged.ref)
            raise
        invited = [sharing.invite(caller, kind, made.item_id, person) for person in access or ()]
    if as_json:
        print_json(made.as_json())
        return
    if made.warning:
        typer.echo(printable(f"Warning: {made.warning}"), err=True)
    typer.echo(printable(f"{made.item_name}: version {made.version}, {made.size:,} bytes, SHA-256 {made.sha256}"))
    for one in invited:
        typer.echo(printable(f"{one.to} is invited to download it."))


def _record(kind: str, name: str, given: dict[str, Any]) -> dict[str, Any]:
    fields = {"media": "media", "task": "task", "description": "description"}
    if kind == "model":
        fields |= {"media": "media_type", "arch": "arch_name", "train": "train_name"}
    wrong = [key for key in ("arch", "train") if key in given and key not in fields]
    if wrong:
        raise Invalid(f"a dataset has no --{wrong[0]}", "leave it out")
    record = {fields[key]: value for key, value in given.items() if key in fields}
    return {"model_name" if kind == "model" else "ds_name": name, **record} | (
        {"visibility": "private"} if given.get("private") else {}
    )


def _portions(file: Path, progress: Callable[[int, int], None]) -> Iterator[bytes]:
    try:
        with file.open("rb", buffering=0) as source:
            total, done = os.fstat(source.fileno()).st_size, 0
            while portion := source.read(_PORTION):
                yield portion
                done += len(portion)
                progress(done, max(total, done))
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}", "check the path") from None


@guarded
def versions(
    name: Annotated[str, typer.Argument(help="a name, or owner/name")],
    kind: KindOption = None,
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """List the versions of a model's or dataset's file, newest first."""
    from hub.artifacts import list_versions
    from hub.catalog import show_item

    with acting(as_user) as caller:
        item = show_item(caller, name, kind=kind)
        found = list_versions(caller, item.kind, item.item_id)
    if as_json:
        print_json([one.as_json() for one in found])
        return
    columns = ("version", "file_name", "size", "format", "warning", "created_at", "sha256")
    print_rows([{key: getattr(one, key) for key in columns} for one in found], "It has no file yet.")


@guarded
def download(
    name: Annotated[str, typer.Argument(help="a name, or owner/name")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="PATH", help="a file, or a folder to put it in")],
    version: Annotated[int | None, typer.Option("--version", min=1, help="which; default: the latest")] = None,
    kind: KindOption = None,
    as_user: As = None,
) -> None:
    """Download a version. What broke off is resumed by the same command; the file appears whole or not at all."""
    from hub.artifacts import open_version
    from hub.catalog import show_item

    with acting(as_user) as caller:
        item = show_item(caller, name, kind=kind)
        with open_version(caller, item.kind, item.item_id, version) as opened:
            target = output / opened.version.file_name if output.is_dir() else output
            fetch(opened, target)
            found = opened.version
    typer.echo(printable(f"{target}: version {found.version}, {found.size:,} bytes, SHA-256 {found.sha256}"), err=True)
    if found.warning:
        typer.echo(printable(f"Warning: {found.warning}"), err=True)


def fetch(opened: Readable, target: Path) -> None:
    """Into a file beside the target that is named by the content, so that what broke off goes on where it was."""
    part = target.with_name(f".{target.name}.{opened.etag[:16]}.part")
    digest = hashlib.sha256()
    try:
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as file, show_progress(target.name, in_bytes=True) as progress:
            while portion := file.read(_PORTION):
                digest.update(portion)
            done = file.tell()
            if done > opened.size:
                done, digest = 0, hashlib.sha256()
                file.seek(0)
                file.truncate()
            for piece in opened.read(done):
                file.write(piece)
                digest.update(piece)
                done += len(piece)
                progress(done, opened.size)
        if digest.hexdigest() != opened.etag:
            part.unlink()
            raise Damaged
        part.rename(target)
    except OSError as error:
        raise Unavailable(f"{target} cannot be written: {error.strerror}", "check the path and the disk") from None
