"""What an administrator does by slash command: people, affiliations, permissions, records, the audit trail.

A command that changes something answers with a form or a plan; only the plan's button changes anything.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from assistant import lists, sources
from assistant.forms import Field, Form, FormKind, add_forms, make_form
from assistant.replies import Confirm, PersonCard, Questions, Reply, Table, Text
from assistant.sources import Source
from hub import affiliations, people, people_plans, records
from hub.access import PERMISSIONS, Caller
from hub.audit import Filters
from hub.errors import Invalid

if TYPE_CHECKING:
    from assistant.commands import Asked

_ROLES = (("user", "user"), ("admin", "admin"))
_GRANTS = {"grant": True, "take": False, "default": None}
_OFFERED = 5  # people whose approval is offered at once


def table_of_list(caller: Caller, source: Source, caption: str, *, notes: Sequence[str] = ()) -> Table:
    """The first page of a list, the rest at the server."""
    page = sources.fetch_page(caller, source)
    return Table(
        page.columns,
        page.rows,
        source,
        page.total,
        unsorted=page.unsorted,
        caption=caption,
        searchable="search" in source,
        notes=notes,
    )


# --- people ---------------------------------------------------------------------------------------


def list_users(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/users [WORD role=admin state=active affiliation=NAME]``"""
    words, found = _split(asked.argument, tuple(lists.PEOPLE_FIELDS))
    source = lists.from_people(" ".join(words), fields=found)
    return [table_of_list(caller, source, "People", notes=["Press a name to see and change the account."])]


def _split(text: str, known: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The plain words of a text, and its ``name=value`` pairs, whose names must be known."""
    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace_split, lexer.quotes, lexer.escape, lexer.commenters = True, '"', "", ""  # O'Brien is a name
    try:
        words = list(lexer)
    except ValueError:
        raise Invalid("a quotation mark is not closed", 'write affiliation="Bluemesa AI"') from None
    plain: list[str] = []
    found: dict[str, str] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign:
            plain.append(word)
        elif name in known:
            found[name] = value
        else:
            raise Invalid(f"there is no filter '{name[:40]}'", ", ".join(known))
    return plain, found


def list_waiting(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/users waiting``: who registered and waits for approval."""
    table = table_of_list(caller, lists.from_people(asked.argument, waiting=True), "Waiting for approval")
    if not table.total:
        return [Text("Nobody waits for approval.")]
    names = [str(row[0]) for row in table.rows[:_OFFERED]]
    buttons = [
        (f"{title} {name}", f"/{command} {name}")
        for name in names
        for title, command in (("Approve", "users approve"), ("Refuse", "remove-user"))
    ]
    return [table, Questions("", buttons)]


def approve(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/users approve NAME``"""
    name = _needed(asked, "/users approve", "the name of a person who waits")
    return [Confirm(people_plans.plan_person_edits(caller, [name], is_active=True))]


def show_user(caller: Caller, name: str) -> PersonCard:
    """One account with the buttons for what the caller may do with it."""
    facts = people.show_person(caller, name)
    who = facts["user_name"]
    buttons = [
        ("person.edit", "Approve", f"/users approve {who}", facts["awaits_approval"]),
        ("person.remove", "Refuse", f"/remove-user {who}", facts["awaits_approval"]),
        ("person.edit", "Edit", f"/edit-user {who}", True),
        ("person.reset", "Reset password", f"/reset-password {who}", True),
        ("permission.grant", "Permissions", f"/grant {who}", True),
        ("audit.show", "Activity", f'/audit person="{who}"', True),
        ("person.remove", "Remove", f"/remove-user {who}", not facts["awaits_approval"]),
    ]
    shown = [(title, says) for permission, title, says, fits in buttons if fits and caller.may(permission)]
    return PersonCard(
        who,
        {
            "role": "admin" if facts["is_admin"] else "user",
            "state": lists.state_of(facts),
            "affiliations": ", ".join(facts["affiliations"]),
            "password": lists.password_of(facts),
            "created_at": facts["created_at"],
            "models": facts["models"],
            "datasets": facts["datasets"],
            "granted": ", ".join(facts["granted"]),
            "taken": ", ".join(facts["taken"]),
        },
        shown,
    )


def create_user(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/create-user [NAME]``"""
    return [make_form(caller, "create-user", asked.argument)]


def _create_form(caller: Caller, about: str) -> Form:
    return Form(
        "create-user",
        "Create an account",
        [
            Field("name", "User name", value=about, required=True),
            Field("role", "Role", "select", "user", _ROLES, required=True),
            Field("affiliations", "Affiliations", "many", options=_affiliations(caller)),
        ],
        note="The person signs in with a one-time secret, which you are shown once, and then chooses a password.",
    )


def _create_submit(caller: Caller, _about: str, values: Mapping[str, Any]) -> Sequence[Reply]:
    plan = people_plans.plan_new_person(
        caller, values["name"], is_admin=values["role"] == "admin", affiliations=values["affiliations"]
    )
    return [Confirm(plan)]


def edit_user(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/edit-user NAME``"""
    return [make_form(caller, "edit-user", _needed(asked, "/edit-user"))]


def _edit_form(caller: Caller, about: str) -> Form:
    facts = people.show_person(caller, about)
    role = "admin" if facts["is_admin"] else "user"
    return Form(
        "edit-user",
        f"Edit {facts['user_name']}",
        [
            Field("name", "User name", value=facts["user_name"], required=True),
            Field("role", "Role", "select", role, _ROLES, required=True),
            Field("active", "May sign in", "check", facts["is_active"]),
            Field("affiliations", "Affiliations", "many", facts["affiliations"], _affiliations(caller)),
        ],
        about=facts["user_name"],
    )


def _edit_submit(caller: Caller, about: str, values: Mapping[str, Any]) -> Sequence[Reply]:
    facts = people.show_person(caller, about)
    is_admin = values["role"] == "admin"
    changed = set(values["affiliations"]) != set(facts["affiliations"])
    plan = people_plans.plan_person_edits(
        caller,
        [about],
        new_name=values["name"] if values["name"] != facts["user_name"] else None,
        is_admin=is_admin if is_admin != facts["is_admin"] else None,
        is_active=values["active"] if values["active"] != facts["is_active"] else None,
        affiliations=values["affiliations"] if changed else None,
    )
    return [Confirm(plan)]


def reset_password(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/reset-password NAME``"""
    return [Confirm(people_plans.plan_password_reset(caller, _needed(asked, "/reset-password")))]


def remove_user(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/remove-user NAME``"""
    return [Confirm(people_plans.plan_removal(caller, _needed(asked, "/remove-user")))]


def _needed(asked: Asked, command: str, what: str = "the name of a person") -> str:
    if not asked.argument:
        raise Invalid(f"{command} takes {what}", "/users lists everybody")
    return asked.argument


# --- permissions ----------------------------------------------------------------------------------


def grant(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/grant NAME [PERMISSION [grant|take|default]]``"""
    words = _needed(asked, "/grant").split()
    verb = words.pop() if len(words) > 2 and words[-1] in _GRANTS else "grant"
    if len(words) > 1 and "." in words[-1]:
        permission = words.pop()
        return [Confirm(people_plans.plan_permission(caller, [" ".join(words)], permission, _GRANTS[verb]))]
    return [make_form(caller, "grant", " ".join(words))]


def _grant_form(caller: Caller, about: str) -> Form:
    facts = people.show_person(caller, about)
    offered = [
        (name, f"{name} – {what}")
        for name, (role, what) in PERMISSIONS.items()
        if role in ("user", "admin") and caller.may(name)
    ]
    now = [*(f"{name} granted" for name in facts["granted"]), *(f"{name} taken" for name in facts["taken"])]
    return Form(
        "grant",
        f"Permissions of {facts['user_name']}",
        [
            Field("permission", "Permission", "select", options=offered, required=True),
            Field(
                "change",
                "Change",
                "select",
                "grant",
                [("grant", "grant it"), ("take", "take it"), ("default", "as the role says")],
                required=True,
            ),
        ],
        about=facts["user_name"],
        note=f"{'Admin' if facts['is_admin'] else 'User'}; {', '.join(now) or 'nothing beside the role'}.",
    )


def _grant_submit(caller: Caller, about: str, values: Mapping[str, Any]) -> Sequence[Reply]:
    return [Confirm(people_plans.plan_permission(caller, [about], values["permission"], _GRANTS[values["change"]]))]


# --- affiliations ---------------------------------------------------------------------------------


def _affiliations(caller: Caller) -> list[tuple[str, str]]:
    return [(row["affil_name"], row["affil_name"]) for row in affiliations.list_affiliations(caller)]


def list_affiliations(caller: Caller, _asked: Asked) -> Sequence[Reply]:
    """``/affiliations``: all of them, and how to create and rename some."""
    table = table_of_list(caller, lists.from_affiliations(), "Affiliations")
    if not caller.may("affiliation.edit"):
        return [table]
    return [table, Questions("", [("Create one", "/affiliations create"), ("Rename one", "/affiliations rename")])]


def create_affiliation(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/affiliations create [NAME]``"""
    if asked.argument:
        return [Confirm(affiliations.plan_affiliation(caller, asked.argument))]
    return [make_form(caller, "create-affiliation")]


def rename_affiliation(caller: Caller, _asked: Asked) -> Sequence[Reply]:
    """``/affiliations rename``"""
    return [make_form(caller, "rename-affiliation")]


def _affiliation_form(_caller: Caller, _about: str) -> Form:
    return Form("create-affiliation", "Create an affiliation", [Field("name", "Name", required=True)])


def _renaming_form(caller: Caller, _about: str) -> Form:
    return Form(
        "rename-affiliation",
        "Rename an affiliation",
        [
            Field("name", "Affiliation", "select", options=_affiliations(caller), required=True),
            Field("new_name", "New name", required=True),
        ],
    )


# --- records --------------------------------------------------------------------------------------


def load(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/load [JSON]``: records pasted after it, or a file chosen in a form."""
    if '"password' in asked.argument:
        raise Invalid("passwords do not belong into a message, which stays in the history", "use the form of /load")
    if asked.argument:
        return [Confirm(records.plan_load(caller, asked.argument, "records"))]
    return [make_form(caller, "load")]


def _load_form(_caller: Caller, _about: str) -> Form:
    return Form(
        "load",
        "Load records",
        [
            Field("file", "Records file", "file", options=[(".json", ".json")], hint="As `/export all` writes it."),
            Field("text", "Or the records themselves", "long", hint="JSON with affiliation, user, dataset and model."),
        ],
        note="You are shown what would be added before anything is.",
    )


def _load_submit(caller: Caller, _about: str, values: Mapping[str, Any]) -> Sequence[Reply]:
    file = values["file"]
    if bool(file) == bool(values["text"]):
        raise Invalid("one file is needed, or the records as text", "choose a file or paste the records, not both")
    text, source = (file["text"], file["name"]) if file else (values["text"], "records")
    return [Confirm(records.plan_load(caller, text, source))]


# --- the audit trail ------------------------------------------------------------------------------

_SPELLINGS = {"from": "since", "to": "until", "actor": "person"}
_OUTCOMES = ("ok", "planned", "refused", "failed")


def show_audit(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/audit [person=NAME action=person.edit outcome=refused object=model from=YYYY-MM-DD to=YYYY-MM-DD]``"""
    table = _audit_table(caller, read_filters(asked.argument))
    return [table, make_form(caller, "audit", asked.argument)] if not asked.argument else [table]


def read_filters(text: str) -> Filters:
    """The filters in words such as ``person=alice outcome=refused``; words alone are a person's name."""
    words, found = _split(text, [*(field.name for field in fields(Filters)), *_SPELLINGS])
    named = {_SPELLINGS.get(name, name): value for name, value in found.items()}
    return Filters(**{**({"person": " ".join(words)} if words else {}), **named})


def _audit_table(caller: Caller, filters: Filters) -> Table:
    return table_of_list(caller, lists.from_audit(filters), "Audit trail")


def _audit_form(_caller: Caller, about: str) -> Form:
    filters = read_filters(about)
    actions = sorted({name.partition(".")[0] for name in PERMISSIONS} | set(PERMISSIONS))
    return Form(
        "audit",
        "Look for something in the trail",
        [
            Field("person", "Person", value=filters.person),
            Field("action", "Action", "select", filters.action, [(name, name) for name in actions]),
            Field("outcome", "Outcome", "select", filters.outcome, [(name, name) for name in _OUTCOMES]),
            Field("object", "Object", value=filters.object, hint="a kind (model), a kind and number (user 12), a name"),
            Field("since", "From", "date", filters.since),
            Field("until", "To", "date", filters.until),
        ],
        "Show",
        about,
    )


def _audit_submit(caller: Caller, _about: str, values: Mapping[str, Any]) -> Sequence[Reply]:
    return [_audit_table(caller, Filters(**{name: value or "" for name, value in values.items()}))]


add_forms(
    FormKind("create-user", "person.create", _create_form, _create_submit),
    FormKind("edit-user", "person.edit", _edit_form, _edit_submit),
    FormKind("grant", "permission.grant", _grant_form, _grant_submit),
    FormKind(
        "create-affiliation",
        "affiliation.edit",
        _affiliation_form,
        lambda caller, _about, values: [Confirm(affiliations.plan_affiliation(caller, values["name"]))],
    ),
    FormKind(
        "rename-affiliation",
        "affiliation.edit",
        _renaming_form,
        lambda caller, _about, values: [
            Confirm(affiliations.plan_affiliation_rename(caller, values["name"], values["new_name"]))
        ],
    ),
    FormKind("load", "records.load", _load_form, _load_submit),
    FormKind("audit", "audit.show", _audit_form, _audit_submit),
)
