"""Setting a hub up, serving it, and looking after it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli.frame import ANSWERED, FAILED, Json, guarded, open_here
from app.cli.records import count_loaded
from app.cli.terminal import print_json, printable, show_progress
from hub.errors import Conflict, Denied, Invalid

DEMO = Path(__file__).parent.parent.parent / "seeds" / "demo.json"


@guarded
def init(
    demo: Annotated[bool, typer.Option("--demo", help="fill the hub with demo people, models, datasets")] = False,
) -> None:
    """Set the hub up: keys, tables, the first admin (HUB_ADMIN, HUB_ADMIN_PASSWORD, or asked for) or the demo."""
    from hub import keys, people, records
    from hub.access import system
    from hub.passwords import DEMO_PASSWORD, MIN_PASSWORD
    from hub.settings import load_settings

    settings = load_settings()
    if demo and settings.hub_env == "production":
        raise Denied("demo passwords are known to everyone; production refuses --demo", "run `openmodelhub init`")
    hub = open_here()
    try:
        if not hub.database.is_sqlite:
            from hub.query import make_reader

            make_reader(hub)
        if people.has_admin(hub):
            typer.echo("The hub is set up already; nothing was changed.")
        elif demo:
            data = records.read_records(DEMO)
            with show_progress("demo") as progress:
                summary = records.load_records(system(hub), data, source=DEMO.name, progress=progress)
            typer.echo(f"The hub is set up with demo data: {count_loaded(summary.loaded)}.")
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
        recovery = settings.hub_home / "recovery-key.pem"
        if keys.set_up_keys(hub, recovery):
            typer.echo(f"The recovery key is in {recovery}. It opens every file of this hub:", err=True)
            typer.echo("move it to a safe place that is not on this machine, and keep it.", err=True)
    finally:
        hub.close()


def _ask_password(name: str) -> str:
    if not sys.stdin.isatty():
        raise Invalid(f"the first admin, {name}, needs a password", "set HUB_ADMIN_PASSWORD, or run init in a terminal")
    return str(typer.prompt(f"Password for {name}", hide_input=True, confirmation_prompt=True, err=True))


@guarded
def serve(
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="port to listen on")] = 8000,
    certfile: Annotated[Path | None, typer.Option(help="TLS certificate")] = None,
    keyfile: Annotated[Path | None, typer.Option(help="its private key")] = None,
) -> None:
    """Open the chat in the browser's reach, until stopped."""
    from hub.people import has_admin

    hub = open_here()
    try:
        if not has_admin(hub):
            raise Conflict("this hub is not set up yet", "run `openmodelhub init`, or `openmodelhub init --demo`")
        from app.server import serve as serve_hub

        serve_hub(hub, host, port, certfile, keyfile)
    finally:
        hub.close()


@guarded
def doctor(as_json: Json = False) -> int:
    """Check database, storage, keys, language model, demo passwords and the reader account, each with its remedy."""
    from app.doctor import examine

    findings = examine()
    if as_json:
        print_json([finding.as_json() for finding in findings])
    else:
        for finding in findings:
            typer.echo(printable(f"{finding.state:7} {finding.what}: {finding.said}"))
            if finding.remedy:
                typer.echo(printable(f"        → {finding.remedy}"))
    return FAILED if any(finding.state == "broken" for finding in findings) else ANSWERED
