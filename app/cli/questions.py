"""Asking in words and in SQL."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from app.cli.frame import ANSWERED, REFUSED, As, Json, acting, exit_code, guarded, note_unexpected
from app.cli.terminal import complain, print_json, print_table, printable, read_lines
from hub.errors import Denied, HubError, Invalid, NotSignedIn, QueryRefused

if TYPE_CHECKING:
    from assistant.conversation import Answer
    from hub.access import Caller
    from hub.plans import Plan

Scope = Annotated[
    Literal["models", "datasets", "users", "affiliations"] | None, typer.Option(help="what the question is about")
]
_CHANGES_SAID = 20
_HOW = " Say the same in the chat and press the button there; for people, `openmodelhub user` has verbs."
Batch = Annotated[str | None, typer.Option("--batch", metavar="FILE", help="one a line; - for standard input")]


@guarded
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
    with acting(as_user) as caller:
        if batch is None:
            answer = _answer(caller, question or "", scope, [])
            if as_json:
                print_json(answer.as_json())
            else:
                _print_answer(answer)
            return _judge(answer)
        for line in read_lines(batch):
            exchanges: list[Any] = []
            for turn in _turns(line):
                answer = _answer(caller, turn, scope, exchanges)
                print_json(answer.as_json())
                if (exchange := answer.exchange) is not None:
                    exchanges.append(exchange)
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

        found = answer(caller, question, scope=scope, history=history)
        if found.plan is not None:
            found.answer += _HOW
        elif found.shown:
            found.answer += " `openmodelhub download NAME -o PATH` writes a file."
        return found
    except HubError as error:
        return Answer(question, answer=error.message, error=error.as_json())
    except Exception:
        unexpected = note_unexpected()
        return Answer(question, answer=unexpected.message, error=unexpected.as_json())


def _judge(answer: Answer) -> int:
    if answer.error is not None:
        return exit_code(answer.error["code"])
    return ANSWERED if answer.understood else REFUSED


def _print_answer(answer: Answer) -> None:
    typer.echo(printable(answer.answer))
    if answer.plan is not None:
        _print_plan(answer.plan.plan)
    if answer.columns:
        print_table(answer.columns, answer.rows)
    if answer.truncated:
        typer.echo("There is more; the answer was cut.")
    for line in (*answer.names, *answer.notes):
        typer.echo(printable(line))
    if answer.sql:
        typer.echo(printable(f"SQL: {answer.sql}"))
    for suggestion in answer.suggestions:
        typer.echo(printable(f"You can ask: {suggestion}"))


def _print_plan(plan: Plan) -> None:
    """What an ordered change would do; only a button of the chat, or a verb of its own, does it."""
    changes = [f"{one.what}: {one.before or 'nothing'} → {one.after or 'nothing'}" for one in plan.changes]
    more = [f"and {len(changes) - _CHANGES_SAID} more"] if len(changes) > _CHANGES_SAID else []
    for line in (*changes[:_CHANGES_SAID], *more, *plan.warnings):
        typer.echo(f"  {printable(line)}")


@guarded
def sql(
    statement: Annotated[str | None, typer.Argument(help="one SELECT over the catalogue's tables")] = None,
    as_user: As = None,
    batch: Batch = None,
    as_json: Json = False,
) -> int:
    """Run read-only SQL over what the person may see. In a batch every line is one JSON string."""
    _one_of(statement, batch, as_json)
    with acting(as_user) as caller:
        if batch is None:
            return _run_sql(caller, statement or "", as_json)
        for line in read_lines(batch):
            try:
                text = json.loads(line)
            except ValueError:
                text = None
            if isinstance(text, str):
                _run_sql(caller, text, True)
            else:
                wrong = Invalid("this line is not a JSON string", 'write the statement as "SELECT …"')
                print_json(_sql_json(line, error=wrong))
    return ANSWERED


def _run_sql(caller: Caller, statement: str, as_json: bool) -> int:
    from hub.query import run_query

    try:
        result = run_query(caller, statement, strict=False)
    except Exception as raised:
        error = raised if isinstance(raised, HubError) else note_unexpected()
        if as_json:
            print_json(_sql_json(statement, error=error))
        else:
            complain(error)
        return exit_code(error.code, refused=isinstance(error, Denied | NotSignedIn | QueryRefused))
    if as_json:
        print_json(_sql_json(result.sql, result.columns, result.rows, result.truncated))
    else:
        print_table(result.columns, result.rows)
        cut = ", the first of more" if result.truncated else ""
        typer.echo(f"{len(result.rows)} row{'' if len(result.rows) == 1 else 's'}{cut}")
    for note in result.notes:
        typer.echo(printable(note), err=True)
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
