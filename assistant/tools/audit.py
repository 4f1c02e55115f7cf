"""Looking something up in the audit trail."""

from __future__ import annotations

from assistant import lists
from assistant.administration import table_of_list
from assistant.tools.people import tell_table
from assistant.tools.tool import Runtime, hub_tool
from hub.audit import Filters


@hub_tool("audit.show")
def show_audit(
    person: str = "",
    action: str = "",
    outcome: str = "",
    object: str = "",
    since: str = "",
    until: str = "",
    *,
    runtime: Runtime,
) -> tuple[str, object]:
    """Show who did what: the rows of the audit trail that fit, newest first.

    Args:
        person: who acted, by user name
        action: such as person.edit, or a noun such as person
        outcome: ok, planned, refused or failed
        object: what it was done to: a kind, a kind and number, or a name
        since: first day, YYYY-MM-DD
        until: last day, YYYY-MM-DD
    """
    filters = Filters(person, action, outcome, object, since, until)
    table = table_of_list(runtime.context.caller, lists.from_audit(filters), "Audit trail")
    return tell_table(table, runtime)
