"""What the agent can do: every tool, and which of them a caller is given."""

from __future__ import annotations

from langchain_core.tools import BaseTool

from assistant.tools.artifacts import download, list_versions, preview, upload
from assistant.tools.audit import show_audit
from assistant.tools.charts import chart, insights
from assistant.tools.describe import describe
from assistant.tools.items import delete_items, edit_items, lineage, register_item, restore_item
from assistant.tools.people import (
    create_person,
    edit_affiliation,
    edit_people,
    list_people,
    remove_person,
    reset_password,
    set_permission,
)
from assistant.tools.query import query
from assistant.tools.sharing import answer_invitation, rekey, revoke, share, show_access, show_invitations
from hub.access import Caller

TOOLS: tuple[BaseTool, ...] = (
    query,
    describe,
    chart,
    insights,
    lineage,
    register_item,
    edit_items,
    delete_items,
    restore_item,
    list_versions,
    download,
    preview,
    upload,
    share,
    revoke,
    rekey,
    show_access,
    show_invitations,
    answer_invitation,
    list_people,
    edit_people,
    create_person,
    reset_password,
    remove_person,
    set_permission,
    edit_affiliation,
    show_audit,
)
"""All tools, in the order in which models are told of them."""


def tool_names(caller: Caller) -> tuple[str, ...]:
    """Names of the tools whose permission this caller has; the hub's gate decides again when one is used."""
    return tuple(tool.name for tool in TOOLS if caller.may_any((tool.metadata or {})["permission"]))
