"""COMMANDS: the slash commands of the chat, in one table. They need no language model."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from assistant import administration as admin
from assistant import files, finding, ownership, profile, sharing, sources
from assistant.figures import draw_insights, draw_source, read_chart_words
from assistant.insight_words import read_wanted
from assistant.replies import MOST_ROWS, Card, File, Reply, Table, Text, escape
from assistant.sources import Source
from hub import catalog, query
from hub.access import Caller
from hub.errors import Invalid, NotFound
from hub.items import Kind


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed after a command, and where the rows of the last table in this chat came from."""

    argument: str = ""
    last: Source | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command: its name (of one or two words), who may use it, and what it says.

    Of several permissions, separated by blanks, any one is enough.
    """

    name: str
    permission: str
    icon: str
    summary: str
    argument: str
    run: Callable[[Caller, Asked], Sequence[Reply]]


def list_commands(caller: Caller) -> list[Command]:
    """The commands this caller may use, in the order of the table."""
    return [command for command in COMMANDS if caller.may_any(command.permission)]


def parse_command(text: str, chosen: str | None = None) -> tuple[str, str] | None:
    """A command's name and argument, when a message is one: chosen from the list, or typed as ``/name argument``."""
    if chosen:
        return chosen.lower(), text.strip()
    typed = re.fullmatch(r"\s*/([\w-]*)(?:\s+(.*))?", text, re.DOTALL)
    return (typed[1].lower(), (typed[2] or "").strip()) if typed else None


def run_command(caller: Caller, name: str, asked: Asked) -> Sequence[Reply]:
    """Run a command by its name; ``NotFound`` names the nearest one that this caller may use."""
    known = {command.name: command for command in list_commands(caller)}
    first, _, rest = asked.argument.partition(" ")
    longer = f"{name} {first.lower()}"
    if longer in known:
        return known[longer].run(caller, Asked(rest.strip(), asked.last))
    if longer in _NAMES:  # there is one, but not for this caller
        name = longer
    if name in known:
        return known[name].run(caller, asked)
    nearest = process.extractOne(name, list(known), scorer=fuzz.ratio, score_cutoff=55)
    hint = f"did you mean /{nearest[0]}? " if nearest else ""
    raise NotFound(f"there is no command /{name[:40]}", f"{hint}/help lists all of them")


def show_item(caller: Caller, name: str, kind: Kind | None = None) -> Card:
    """One model or dataset in detail; ``NotFound`` and ``Ambiguous`` name what the caller may have meant."""
    return ownership.make_card(caller, catalog.show_item(caller, name, kind=kind))


def table_of(result: query.Result, notes: Sequence[str] = ()) -> Table:
    """The rows of a statement as a table: all of them, or the first ones of many with the rest at the server."""
    count = len(result.rows)
    cut = [f"There are more than {count:,} rows. Page on, or ask for fewer."] if result.truncated else []
    return Table(
        result.columns,
        result.rows[:MOST_ROWS],
        sources.from_query(result.sql),
        count,
        result.truncated,
        [*notes, *result.notes, *cut],
    )


# --- the commands ---------------------------------------------------------------------------------


def _help(caller: Caller, asked: Asked) -> Sequence[Reply]:
    lines = [
        f"- `/{command.name}{' ' * bool(command.argument)}{command.argument}` – {escape(command.summary)}"
        for command in list_commands(caller)
    ]
    return [
        Text(
            "Ask about models, datasets, people and affiliations in your own words; the picker under the message box "
            "keeps a question to one of them. Ask on from an answer: *only those with more than 100M parameters*, "
            "*and their authors*.\n\n"
            "Or use a command:\n\n" + "\n".join(lines)
        )
    ]


def _list(kind: Kind) -> Callable[[Caller, Asked], Sequence[Reply]]:
    def run(caller: Caller, asked: Asked) -> Sequence[Reply]:
        source = sources.from_items(kind, asked.argument)
        page = sources.fetch_page(caller, source)
        caption = f"{kind}s".capitalize()
        return [
            Table(page.columns, page.rows, source, page.total, unsorted=page.unsorted, caption=caption, searchable=True)
        ]

    return run


def _show(caller: Caller, asked: Asked) -> Sequence[Reply]:
    if not asked.argument:
        raise Invalid("/show takes the name of a model or dataset", "for example /show ResNet-50")
    return [show_item(caller, asked.argument)]


def _sql(caller: Caller, asked: Asked) -> Sequence[Reply]:
    if not asked.argument:
        raise Invalid("/sql takes a SELECT statement", "for example /sql SELECT model_name, param_num FROM model")
    return [table_of(query.run_query(caller, asked.argument, strict=False))]


def _chart(caller: Caller, asked: Asked) -> Sequence[Reply]:
    spec = read_chart_words(asked.argument)
    if asked.last is None:
        raise Invalid("there is no table in this chat to chart yet", "ask a question first, or list the /models")
    return [draw_source(caller, asked.last, spec)]


def _insights(caller: Caller, asked: Asked) -> Sequence[Reply]:
    wanted = read_wanted(caller, asked.argument)
    return draw_insights(caller, wanted.names, wanted.filters)


def _export(caller: Caller, asked: Asked) -> Sequence[Reply]:
    kind = asked.argument.lower() or "csv"
    if kind not in ("csv", "json"):
        raise Invalid(f"/export writes csv or json, not '{asked.argument[:40]}'", "say /export csv or /export json")
    if asked.last is None:
        raise Invalid("there is no table in this chat to export yet", "ask a question first, or list the /models")
    return [File(f"{sources.name_file(asked.last)}.{kind}", asked.last, kind)]


def _export_all(caller: Caller, asked: Asked) -> Sequence[Reply]:
    source = sources.from_records()
    return [File(f"{sources.name_file(source)}.json", source, "json")]


COMMANDS: tuple[Command, ...] = (
    Command("help", "catalog.browse", "circle-help", "what can be asked, and these commands", "", _help),
    Command("models", "catalog.browse", "brain", "list models, or those with a word in them", "[WORD]", _list("model")),
    Command(
        "datasets", "catalog.browse", "database", "list datasets, or those with a word in them", "[WORD]",
        _list("dataset"),
    ),
    Command("show", "catalog.browse", "info", "one model or dataset in detail", "NAME", _show),
    Command(
        "find", "query.run", "search", "look for anything by a form", "[ENTITY [FIELD > VALUE, …]]",
        finding.find,
    ),
    Command("sql", "query.run", "code", "run a SELECT statement of your own", "STATEMENT", _sql),
    Command(
        "chart", "query.run", "chart-column", "the last table of this chat as a chart",
        "[bar|line|pie|scatter|histogram|heatmap] [by COLUMN] [of COLUMN]", _chart,
    ),
    Command(
        "insights", "insight.view", "chart-pie", "figures of the whole catalogue, or one of them",
        "[NAME] [filter words]", _insights,
    ),
    Command(
        "lineage", "catalog.browse", "git-fork", "what it was trained on, and what uses it", "NAME",
        ownership.show_origins,
    ),
    Command(
        "register", "model.create", "circle-plus", "register a model of yours", "[model]",
        ownership.register,
    ),
    Command(
        "register dataset", "dataset.create", "circle-plus", "register a dataset of yours", "",
        ownership.register_dataset,
    ),
    Command(
        "edit", "model.edit dataset.edit", "pencil", "change a model or dataset of yours", "NAME [FIELD=VALUE]",
        ownership.edit,
    ),
    Command(
        "delete", "model.delete dataset.delete", "trash-2", "put a model or dataset of yours into the trash", "NAME",
        ownership.delete,
    ),
    Command(
        "trash", "model.delete dataset.delete", "trash", "what you deleted and can have back", "", ownership.show_trash,
    ),
    Command(
        "restore", "model.delete dataset.delete", "undo-2", "have something back from the trash", "NAME",
        ownership.restore,
    ),
    Command("upload", "artifact.upload", "upload", "publish a file as a model or dataset", "[NAME]", files.upload),
    Command("download", "artifact.download", "file-down", "download a model or dataset", "NAME [VERSION]",
            files.download),
    Command("versions", "catalog.browse", "history", "the versions of a file", "NAME", files.versions),
    Command(
        "preview", "artifact.download", "table", "first rows and column figures of a dataset", "NAME [VERSION]",
        files.preview,
    ),
    Command("share", "item.share", "share-2", "who may open it, and whom to invite", "NAME [with USER]", sharing.share),
    Command("revoke", "item.share", "user-minus", "take access back", "NAME [from USER]", sharing.revoke),
    Command("rekey", "item.rekey", "rotate-ccw-key", "seal its files under fresh keys", "NAME", sharing.rekey),
    Command("invitations", "invitation.answer", "mail", "what you are invited to, and whom you invited", "",
            sharing.show_inbox),
    Command("invitations accept", "invitation.answer", "mail-check", "accept an invitation", "NAME", sharing.accept),
    Command("invitations decline", "invitation.answer", "mail-x", "decline an invitation", "NAME", sharing.decline),
    Command("export", "query.run", "download", "the last table of this chat as a file", "[csv|json]", _export),
    Command("export all", "records.export", "package", "the whole catalogue as records", "", _export_all),
    Command("profile", "session.list", "user", "your account and open sessions", "", profile.show_profile),
    Command("profile activity", "audit.own", "history", "what you did", "", profile.show_activity),
    Command(
        "profile end", "session.close", "log-out", "end one of your other sessions, or all of them", "SESSION|all",
        profile.end_sessions,
    ),
    Command(
        "users", "person.list", "users", "list accounts, or those that fit",
        "[WORD role=… state=… affiliation=…]", admin.list_users,
    ),
    Command("users waiting", "person.list", "user-check", "who waits for approval", "", admin.list_waiting),
    Command("users approve", "person.edit", "user-check", "approve a registration", "NAME", admin.approve),
    Command("create-user", "person.create", "user-plus", "make an account", "[NAME]", admin.create_user),
    Command("edit-user", "person.edit", "user-cog", "name, role, state and affiliations", "NAME", admin.edit_user),
    Command("reset-password", "person.reset", "key-round", "give a one-time secret", "NAME", admin.reset_password),
    Command("remove-user", "person.remove", "user-x", "remove a person", "NAME", admin.remove_user),
    Command(
        "grant", "permission.grant", "shield", "grant or take single permissions",
        "NAME [PERMISSION [grant|take|default]]", admin.grant,
    ),
    Command("affiliations", "catalog.browse", "building-2", "list affiliations", "", admin.list_affiliations),
    Command(
        "affiliations create", "affiliation.edit", "building-2", "make an affiliation", "[NAME]",
        admin.create_affiliation,
    ),
    Command(
        "affiliations rename", "affiliation.edit", "building-2", "rename an affiliation", "", admin.rename_affiliation,
    ),
    Command("load", "records.load", "upload", "take records in, from a file or pasted", "[JSON]", admin.load),
    Command(
        "audit", "audit.show", "scroll-text", "the audit trail",
        "[person=… action=… outcome=… object=… from=… to=…]", admin.show_audit,
    ),
)  # fmt: skip

_NAMES = frozenset(command.name for command in COMMANDS)
