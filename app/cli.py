"""The ``openmodelhub`` command. What answers a question in JSON goes alone to stdout; notes and progress go to stderr.

Exit codes: 0 answered, 3 not understood or refused, 1 failed, 2 a command typed wrongly.
"""

from __future__ import annotations

import functools
import getpass
import json
import logging
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, ParamSpec, TypeVar

import typer

from hub.errors import Conflict, Denied, HubError, Invalid, NotSignedIn, QueryRefused, Unavailable

if TYPE_CHECKING:
    from assistant.conversation import Answer
    from hub.access import Caller
    from hub.home import Hub

P = ParamSpec("P")
R = TypeVar("R")

DEMO = Path(__file__).parent.parent / "seeds" / "demo.json"
ANSWERED, FAILED, REFUSED = 0, 1, 3
_FAILURES = {"unavailable", "query_failed", "timeout", "error"}
log = logging.getLogger("openmodelhub")

cli = typer.Typer(
    help="A hub for a team's machine-learning models and datasets that people talk to.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
user_cli = typer.Typer(help="People: list, create, edit, reset-password, remove, grant.", no_args_is_help=True)
audit_cli = typer.Typer(help="The audit trail: show, verify.", no_args_is_help=True)
cli.add_typer(user_cli, name="user")
cli.add_typer(audit_cli, name="audit")

As = Annotated[str | None, typer.Option("--as", metavar="USER", help="the person to act for; default: the first admin")]
Json = Annotated[bool, typer.Option("--json", help="print JSON")]


def main() -> None:
    """Run the command line; the process ends with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    cli(prog_name="openmodelhub")


# --- what every command shares --------------------------------------------------------------------


def _guarded(command: Callable[P, int | None]) -> Callable[P, None]:
    """Turn what a command returns or raises into an exit code, with one clear line for an error."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = command(*args, **kwargs) or ANSWERED
        except HubError as error:
            _complain(error)
            code = exit_code(error.code, refused=isinstance(error, Denied | NotSignedIn | QueryRefused))
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = FAILED
        except Exception:
            _complain(_unexpected())
            code = FAILED
        raise typer.Exit(code)

    return run


def exit_code(code: str, *, refused: bool = True) -> int:
    """The exit code that goes with an error's code."""
    return REFUSED if refused and code not in _FAILURES else FAILED


def _complain(error: HubError) -> None:
    hint = f"; {error.hint}" if error.hint else ""
    typer.echo(f"openmodelhub: {_printable(error.message)}{_printable(hint)}", err=True)


def _unexpected() -> HubError:
    request_id = secrets.token_hex(4)
    if not any(isinstance(one, logging.FileHandler) for one in logging.getLogger().handlers):
        home = Path(os.environ.get("HUB_HOME") or "data")  # it went wrong before the settings were read
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        _log_to(home / "hub.log", "INFO")
    log.exception("request %s", request_id)
    return HubError(f"something went wrong that should not have (request {request_id})", "hub.log has the details")


def _printable(text: str) -> str:
    """Without control characters, so that no cell or message steers the terminal."""
    return "".join(character if character.isprintable() or character in "\n\t" else "�" for character in text)


def _open_hub() -> Hub:
    from hub.home import open_hub
    from hub.settings import load_settings

    settings = load_settings()
    _log_to(settings.hub_home / "hub.log", settings.log_level)
    return open_hub(settings)


def _log_to(file: Path, level: str) -> None:
    """Everything logged goes to this file, and none of it to the terminal."""
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, logging.FileHandler)]:
        root.removeHandler(handler)
        handler.close()
    handler = logging.FileHandler(file, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root.addHandler(handler)
    root.setLevel(level)
    logging.raiseExceptions = False  # a log that cannot be written is no reason to show tracebacks


def _operator() -> str:
    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError):
        return f"cli:uid {os.getuid()}"


@contextmanager
def _acting(name: str | None) -> Iterator[Caller]:
    """The caller for this person (or the first admin) on the open hub, which is closed afterwards."""
    from hub.people import act_for

    hub = _open_hub()
    try:
        yield act_for(hub, name, _operator())
    finally:
        hub.close()


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _print_table(columns: list[str], rows: list[list[Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for name in columns:
        numeric = all(isinstance(row[columns.index(name)], int | float | None) for row in rows)
        table.add_column(Text(_printable(name)), justify="right" if numeric and rows else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_printable("" if value is None else str(value))) for value in row))
    console = Console()
    if not console.is_terminal:
        console.width = 10_000  # nothing to fit into: whoever reads a pipe wants whole lines
    console.print(table)


def _print_rows(rows: list[dict[str, Any]], empty: str) -> None:
    if not rows:
        typer.echo(empty)
        return
    shown = [[", ".join(value) if isinstance(value, list) else value for value in row.values()] for row in rows]
    _print_table(list(rows[0]), shown)


@contextmanager
def _progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr, seen only on a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines(file: str) -> Iterator[str]:
    """The lines of a file, or of standard input for ``-``, as they come."""
    if file == "-":
        yield from (line.removeprefix("\ufeff").rstrip("\r\n") for line in sys.stdin)
        return
    try:
        with Path(file).open(encoding="utf-8-sig") as lines:
            yield from (line.rstrip("\r\n") for line in lines)
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{file} cannot be read: {error}", "check the path; the file is UTF-8 text") from None


# --- setting up and serving -----------------------------------------------------------------------


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"openmodelhub {version('openmodelhub')}")
        raise typer.Exit


@cli.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    pass


@cli.command()
@_guarded
def init(
    demo: Annotated[bool, typer.Option("--demo", help="fill the hub with demo people, models, datasets")] = False,
) -> None:
    """Set the hub up: keys, tables, the first admin (HUB_ADMIN, HUB_ADMIN_PASSWORD, or asked for) or the demo."""
    from hub import people, records
    from hub.access import system
    from hub.passwords import DEMO_PASSWORD, MIN_PASSWORD
    from hub.settings import load_settings

    settings = load_settings()
    if demo and settings.hub_env == "production":
        raise Denied("demo passwords are known to everyone; production refuses --demo", "run `openmodelhub init`")
    hub = _open_hub()
    try:
        if not hub.database.is_sqlite:
            from hub.query import make_reader

            make_reader(hub)
        if people.has_admin(hub):
            typer.echo("The hub is set up already; nothing was changed.")
        elif demo:
            data = records.read_records(DEMO)
            with _progress("demo") as progress:
                summary = records.load_records(system(hub), data, source=DEMO.name, progress=progress)
            typer.echo(f"The hub is set up with demo data: {_count_loaded(summary.loaded)}.")
            typer.echo(f"Sign in as admin, password {DEMO_PASSWORD}; change it before others can reach the hub.")
        else:
            given = settings.hub_admin_password
            secret = given.get_secret_value() if given else _ask_password(settings.hub_admin)
            trusted = given is not None and settings.hub_env != "production"
            if trusted and len(secret) < MIN_PASSWORD:
                typer.echo(
                    f"HUB_ADMIN_PASSWORD is shorter than {MIN_PASSWORD} characters; HUB_ENV=production refuses that",
                    err=True,
                )
            people.first_admin(hub, settings.hub_admin, secret, given=trusted)
            typer.echo(f"The hub is set up; {settings.hub_admin} is its first admin.")
    finally:
        hub.close()


def _ask_password(name: str) -> str:
    if not sys.stdin.isatty():
        raise Invalid(f"the first admin, {name}, needs a password", "set HUB_ADMIN_PASSWORD, or run init in a terminal")
    return str(typer.prompt(f"Password for {name}", hide_input=True, confirmation_prompt=True, err=True))


@cli.command()
@_guarded
def serve(
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="port to listen on")] = 8000,
    certfile: Annotated[Path | None, typer.Option(help="TLS certificate")] = None,
    keyfile: Annotated[Path | None, typer.Option(help="its private key")] = None,
) -> None:
    """Open the chat in the browser's reach, until stopped."""
    from hub.people import has_admin

    hub = _open_hub()
    try:
        if not has_admin(hub):
            raise Conflict("this hub is not set up yet", "run `openmodelhub init`, or `openmodelhub init --demo`")
        from app.server import serve as serve_hub

        serve_hub(hub, host, port, certfile, keyfile)
    finally:
        hub.close()


# --- the catalogue in and out ---------------------------------------------------------------------


@cli.command()
@_guarded
def load(
    file: Annotated[Path, typer.Argument(help="records as JSON")], as_user: As = None, as_json: Json = False
) -> None:
    """Take records into the catalogue: all of them or, when one is wrong, none."""
    from hub import records

    data = records.read_records(file)
    with _acting(as_user) as caller, _progress(file.name) as progress:
        summary = records.load_records(caller, data, source=file.name, progress=progress)
    if as_json:
        _print_json(summary.as_json())
        return
    typer.echo(f"Loaded {_count_loaded(summary.loaded)}.")
    if any(summary.skipped.values()):
        typer.echo(f"Skipped, as the name exists already: {_count_loaded(summary.skipped)}.")
    if summary.locked:
        names = ", ".join(summary.locked[:10]) + (", …" if len(summary.locked) > 10 else "")
        typer.echo(f"{len(summary.locked)} people came without a password that works here: {names}.")
        typer.echo("`openmodelhub user reset-password NAME` gives each a one-time secret.")


def _count_loaded(counts: dict[str, int]) -> str:
    words = {"affiliation": "affiliations", "user": "people", "dataset": "datasets", "model": "models"}
    return ", ".join(f"{count} {words[section]}" for section, count in counts.items())


@cli.command()
@_guarded
def export(
    output: Annotated[str, typer.Option("-o", "--output", metavar="FILE", help="where to; - for stdout")],
    as_user: As = None,
) -> None:
    """Write the whole catalogue, without passwords, in the form that ``load`` takes."""
    from hub import records

    with _acting(as_user) as caller:
        exported = records.export_records(caller)
    text = records.write_records(exported)
    if output == "-":
        sys.stdout.write(text)
        return
    _write_private(Path(output), text)
    counts = {section: len(rows) for section, rows in exported.items()}
    typer.echo(f"Wrote {_count_loaded(counts)} to {output}.", err=True)


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


# --- asking ---------------------------------------------------------------------------------------

Scope = Annotated[
    Literal["models", "datasets", "users", "affiliations"] | None, typer.Option(help="what the question is about")
]
Batch = Annotated[str | None, typer.Option("--batch", metavar="FILE", help="one a line; - for standard input")]


@cli.command()
@_guarded
def ask(
    question: Annotated[str | None, typer.Argument(help="a question in plain words")] = None,
    as_user: As = None,
    scope: Scope = None,
    batch: Batch = None,
    as_json: Json = False,
) -> int:
    """Answer a question from the catalogue, with the asker's own permissions.

    In a batch every line is a question of its own; a line that holds a JSON array of strings is a conversation.
    """
    _one_of(question, batch, as_json)
    with _acting(as_user) as caller:
        if batch is None:
            answer = _answer(caller, question or "", scope, [])
            if as_json:
                _print_json(answer.as_json())
            else:
                _print_answer(answer)
            return _judge(answer)
        for line in _lines(batch):
            exchanges: list[Any] = []
            for turn in _turns(line):
                answer = _answer(caller, turn, scope, exchanges)
                _print_json(answer.as_json())
                exchanges.append(_exchange(answer))
    return ANSWERED


def _one_of(text: str | None, batch: str | None, as_json: bool) -> None:
    if (text is None) == (batch is None):
        raise typer.BadParameter("give either one in quotation marks, or --batch FILE")
    if batch is not None and not as_json:
        raise typer.BadParameter("--batch prints JSON: add --json")


def _turns(line: str) -> list[str]:
    """The questions of a line: several where it holds a JSON array of strings."""
    if line.lstrip().startswith("["):
        try:
            turns = json.loads(line)
        except ValueError:
            return [line]
        if isinstance(turns, list) and all(isinstance(turn, str) for turn in turns):
            return turns
    return [line]


def _answer(caller: Caller, question: str, scope: str | None, history: list[Any]) -> Answer:
    from assistant.conversation import Answer

    try:
        from assistant.agent import answer

        return answer(caller, question, scope=scope, history=history)
    except HubError as error:
        return Answer(question, answer=error.message, error=error.as_json())
    except Exception:
        unexpected = _unexpected()
        return Answer(question, answer=unexpected.message, error=unexpected.as_json())


def _exchange(answer: Answer) -> Any:
    from assistant.conversation import Exchange

    return Exchange(answer.question, answer.answer, answer.sql, tuple(answer.columns))


def _judge(answer: Answer) -> int:
    if answer.error is not None:
        return exit_code(answer.error["code"])
    return ANSWERED if answer.understood else REFUSED


def _print_answer(answer: Answer) -> None:
    typer.echo(_printable(answer.answer))
    if answer.columns:
        _print_table(answer.columns, answer.rows)
    if answer.truncated:
        typer.echo("There is more; the answer was cut.")
    for line in (*answer.names, *answer.notes):
        typer.echo(_printable(line))
    if answer.sql:
        typer.echo(_printable(f"SQL: {answer.sql}"))
    for suggestion in answer.suggestions:
        typer.echo(_printable(f"You can ask: {suggestion}"))


@cli.command()
@_guarded
def sql(
    statement: Annotated[str | None, typer.Argument(help="one SELECT over the catalogue's tables")] = None,
    as_user: As = None,
    batch: Batch = None,
    as_json: Json = False,
) -> int:
    """Run read-only SQL over what the person may see. In a batch every line is one JSON string."""
    _one_of(statement, batch, as_json)
    with _acting(as_user) as caller:
        if batch is None:
            return _run_sql(caller, statement or "", as_json)
        for line in _lines(batch):
            try:
                text = json.loads(line)
            except ValueError:
                text = None
            if isinstance(text, str):
                _run_sql(caller, text, True)
            else:
                wrong = Invalid("this line is not a JSON string", 'write the statement as "SELECT …"')
                _print_json(_sql_json(line, error=wrong))
    return ANSWERED


def _run_sql(caller: Caller, statement: str, as_json: bool) -> int:
    from hub.query import run_query

    try:
        result = run_query(caller, statement, strict=False)
    except Exception as raised:
        error = raised if isinstance(raised, HubError) else _unexpected()
        if as_json:
            _print_json(_sql_json(statement, error=error))
        else:
            _complain(error)
        return exit_code(error.code, refused=isinstance(error, Denied | NotSignedIn | QueryRefused))
    if as_json:
        _print_json(_sql_json(result.sql, result.columns, result.rows, result.truncated))
    else:
        _print_table(result.columns, result.rows)
        cut = ", the first of more" if result.truncated else ""
        typer.echo(f"{len(result.rows)} row{'' if len(result.rows) == 1 else 's'}{cut}")
    for note in result.notes:
        typer.echo(_printable(note), err=True)
    return ANSWERED


def _sql_json(
    statement: str,
    columns: list[str] | None = None,
    rows: list[list[Any]] | None = None,
    truncated: bool = False,
    error: HubError | None = None,
) -> dict[str, Any]:
    return {
        "sql": statement,
        "columns": columns or [],
        "rows": rows or [],
        "truncated": truncated,
        "error": error.as_json() if error else None,
    }


# --- people ---------------------------------------------------------------------------------------

Affiliations = Annotated[list[str] | None, typer.Option("--affiliation", help="may be given several times")]


@user_cli.command("list")
@_guarded
def list_users(
    search: Annotated[str, typer.Argument(help="part of a name, an affiliation, or a number")] = "",
    admin: Annotated[bool | None, typer.Option("--admin/--no-admin")] = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive")] = None,
    waiting: Annotated[bool | None, typer.Option("--waiting/--not-waiting", help="for approval")] = None,
    offset: Annotated[int, typer.Option(min=0)] = 0,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """List accounts and their states."""
    from hub.people import list_people

    with _acting(as_user) as caller:
        page = list_people(
            caller,
            search=search,
            is_admin=admin,
            is_active=active,
            awaits_approval=waiting,
            offset=offset,
            limit=limit,
        )
    if as_json:
        _print_json({"total": page.total, "users": page.rows})
        return
    _print_rows(page.rows, "Nobody fits.")
    typer.echo(f"{len(page.rows)} of {page.total}")


@user_cli.command("create")
@_guarded
def create_user(
    name: str,
    admin: Annotated[bool, typer.Option("--admin", help="make the person an admin")] = False,
    affiliation: Affiliations = None,
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """Make an account; prints the one-time secret to hand to its person."""
    from hub.people import create_person

    with _acting(as_user) as caller:
        made = create_person(caller, name, is_admin=admin, affiliations=affiliation or [])
    _print_secret(made.user_name, made.secret, as_json)


@user_cli.command("reset-password")
@_guarded
def reset_password(name: str, as_user: As = None, as_json: Json = False) -> None:
    """Give a person a new one-time secret and end their sessions."""
    from hub import people

    with _acting(as_user) as caller:
        made = people.reset_password(caller, name)
    _print_secret(made.user_name, made.secret, as_json)


def _print_secret(name: str, secret: str, as_json: bool) -> None:
    if as_json:
        _print_json({"user_name": name, "secret": secret})
        return
    typer.echo(f"One-time secret for {name}, shown only now; it must be changed at the first sign-in:", err=True)
    typer.echo(secret)


@user_cli.command("edit")
@_guarded
def edit_user(
    name: str,
    new_name: Annotated[str | None, typer.Option("--name", help="the new name")] = None,
    admin: Annotated[bool | None, typer.Option("--admin/--no-admin")] = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive", help="--active approves too")] = None,
    affiliation: Affiliations = None,
    as_user: As = None,
) -> None:
    """Rename, promote, demote, activate, deactivate, or set the affiliations of a person."""
    from hub.people import edit_person

    with _acting(as_user) as caller:
        changed = edit_person(
            caller, name, new_name=new_name, is_admin=admin, is_active=active, affiliations=affiliation
        )
    said = ", ".join(f"{key} is now {value}" for key, value in changed.items())
    typer.echo(f"{name}: {said or 'nothing to change'}")


@user_cli.command("remove")
@_guarded
def remove_user(
    name: str,
    transfer_to: Annotated[str | None, typer.Option("--to", metavar="USER", help="who gets the items")] = None,
    delete_items: Annotated[bool, typer.Option("--delete-items", help="delete the items as well")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    as_user: As = None,
) -> None:
    """Remove a person; who owns items is removed only with --to or --delete-items."""
    from hub.people import remove_person

    if not yes:
        if not sys.stdin.isatty():
            raise Invalid(f"removing {name} cannot be undone", "add --yes")
        typer.confirm(f"Remove {name}? This cannot be undone.", abort=True, err=True)
    with _acting(as_user) as caller:
        counts = remove_person(caller, name, transfer_to=transfer_to, delete_items=delete_items)
    went = f"given to {transfer_to}" if transfer_to else "deleted"
    typer.echo(f"Removed {name}; {counts['models']} models and {counts['datasets']} datasets were {went}.")


@user_cli.command("grant")
@_guarded
def grant(
    name: str,
    permission: Annotated[str, typer.Argument(help="such as person.list")],
    deny: Annotated[bool, typer.Option("--deny", help="take it from the person")] = False,
    clear: Annotated[bool, typer.Option("--clear", help="go back to what the role says")] = False,
    as_user: As = None,
) -> None:
    """Grant a single permission to a person, or take it."""
    from hub.people import grant_permission

    if deny and clear:
        raise typer.BadParameter("give --deny or --clear, not both")
    with _acting(as_user) as caller:
        grant_permission(caller, name, permission, None if clear else not deny)
    said = "follows the role again" if clear else "was taken" if deny else "was granted"
    typer.echo(f"{name}: {permission} {said}")


# --- the audit trail ------------------------------------------------------------------------------


@audit_cli.command("show")
@_guarded
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

    with _acting(as_user) as caller:
        rows = show_audit(caller, actor=actor, action=action, outcome=outcome, before=before, limit=limit)
    if as_json:
        _print_json(rows)
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
    _print_rows(shown, "No row fits.")


@audit_cli.command("verify")
@_guarded
def verify(
    checkpoints: Annotated[
        Path | None, typer.Option(help="a copy of the checkpoint file kept elsewhere, instead of the hub's own")
    ] = None,
    as_user: As = None,
    as_json: Json = False,
) -> int:
    """Check the whole audit chain against its keys and checkpoints; names the first bad row."""
    from hub.audit import verify_audit

    with _acting(as_user) as caller, _progress("audit rows") as progress:
        verdict = verify_audit(caller, progress, checkpoint_file=checkpoints)
    if as_json:
        _print_json(verdict.as_json())
    elif verdict.ok:
        typer.echo(f"The audit trail is whole: {verdict.rows} rows, {verdict.checkpoints} checkpoints.")
    else:
        where = f" at row {verdict.seq}" if verdict.seq is not None else ""
        typer.echo(f"The audit trail is broken{where}: {verdict.problem}.")
    return ANSWERED if verdict.ok else FAILED


@cli.command()
@_guarded
def doctor(as_json: Json = False) -> int:
    """Check database, storage, keys, language model, demo passwords and the reader account, each with its remedy."""
    from app.doctor import examine

    findings = examine()
    if as_json:
        _print_json([finding.as_json() for finding in findings])
    else:
        for finding in findings:
            typer.echo(_printable(f"{finding.state:7} {finding.what}: {finding.said}"))
            if finding.remedy:
                typer.echo(_printable(f"        → {finding.remedy}"))
    return FAILED if any(finding.state == "broken" for finding in findings) else ANSWERED
