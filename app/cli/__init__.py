"""The ``openmodelhub`` command. What answers a question in JSON goes alone to stdout; notes and progress go to stderr.

Exit codes: 0 answered, 3 not understood or refused, 1 failed, 2 a command typed wrongly.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from app.cli import files, insights, people, questions, records, recovery, setup, sharing, trail

Commands = Mapping[str, Callable[..., Any]]

COMMANDS: Commands = {
    "init": setup.init,
    "serve": setup.serve,
    "load": records.load,
    "export": records.export,
    "ask": questions.ask,
    "sql": questions.sql,
    "upload": files.upload,
    "versions": files.versions,
    "download": files.download,
    "share": sharing.share,
    "accept": sharing.accept,
    "revoke": sharing.revoke,
    "rekey": sharing.rekey,
    "invitations": sharing.invitations,
    "recover": recovery.recover,
    "insights": insights.insights,
    "doctor": setup.doctor,
}
USER_COMMANDS: Commands = {
    "list": people.list_users,
    "create": people.create_user,
    "edit": people.edit_user,
    "reset-password": people.reset_password,
    "remove": people.remove_user,
    "grant": people.grant,
}
AUDIT_COMMANDS: Commands = {"show": trail.show, "verify": trail.verify}

cli = typer.Typer(
    help="A hub for a team's machine-learning models and datasets that people talk to.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command line; the process ends with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    cli(prog_name="openmodelhub")


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


def _add(group: typer.Typer, commands: Commands) -> typer.Typer:
    for name, command in commands.items():
        group.command(name)(command)
    return group


_add(cli, COMMANDS)
for _name, _module, _commands in (("user", people, USER_COMMANDS), ("audit", trail, AUDIT_COMMANDS)):
    cli.add_typer(_add(typer.Typer(help=_module.__doc__, no_args_is_help=True), _commands), name=_name)
