"""Replies as Chainlit shows them: messages with the elements of ``public/elements``."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import chainlit as cl

from assistant.forms import Form
from assistant.replies import (
    Card,
    Confirm,
    Drop,
    Element,
    Figure,
    File,
    FileView,
    Listing,
    Origins,
    PersonCard,
    Questions,
    Reply,
    Table,
    Text,
    TrashList,
    Versions,
    escape,
)
from assistant.sources import PAGE, is_charted
from db.tables import Dataset, Model
from hub.artifacts import Version
from hub.charts import plotly_version
from hub.errors import HubError
from hub.inspecting import FORMATS, Layer
from hub.items import SHAPES
from hub.lineage import Lineage, Relative
from hub.plans import Plan
from hub.titles import title_of

_RELATIVES_ON_CARD = 8
_LINKS = {Model.model_name.key: "model", Dataset.ds_name.key: "dataset"}  # columns whose values name an item


async def send_replies(replies: Sequence[Reply], metadata: Mapping[str, Any] | None = None) -> None:
    """Send what a turn says, in order; a text shares its message with the element that follows it."""
    texts: list[str] = []
    for reply in replies:
        if isinstance(reply, Text):
            texts.append(reply.text)
        else:
            await send_message("\n\n".join(texts), reply, metadata)
            texts = []
    if texts:
        await send_message("\n\n".join(texts), None, metadata)


async def send_message(text: str, reply: Element | None = None, metadata: Mapping[str, Any] | None = None) -> None:
    """Send one message with at most one element; the order of several in a message is not kept by the chat."""
    elements = [element_of(reply)] if reply is not None else []
    await cl.Message(text, elements=elements, metadata=dict(metadata or {})).send()


def element_of(reply: Element) -> Any:
    """The element that shows a reply."""
    match reply:
        case Table():
            return element("ResultTable", table_props(reply))
        case Figure():
            return element("Chart", figure_props(reply))
        case Card():
            return element("ItemCard", card_props(reply))
        case Origins():
            return element("Lineage", lineage_props(reply.lineage))
        case TrashList():
            return element("TrashList", {"items": [asdict(item) for item in reply.items]})
        case Listing():
            return element("Listing", asdict(reply))
        case File():
            return element("DownloadFile", {"name": reply.name, "source": dict(reply.source), "format": reply.format})
        case Questions():
            return element("Questions", {"title": reply.title, "questions": list(reply.questions)})
        case PersonCard():
            return element("PersonCard", person_props(reply))
        case Confirm():
            return element("Plan", plan_props(reply.plan))
        case Form():
            return element("Form", form_props(reply))
        case FileView():
            return element("FileView", view_props(reply))
        case Versions():
            return element("Versions", versions_props(reply))
        case Drop():
            return element("UploadDrop", {"wish": reply.wish, "accept": list(FORMATS)})


def element(name: str, props: Mapping[str, Any], element_id: str = "") -> Any:
    """A custom element. Its address keeps Chainlit from writing the rows to a file of its own."""
    made = element_id or str(uuid.uuid4())
    return cl.CustomElement(
        id=made, name=name, props={"id": made, **props}, url=f"/public/elements/{name}.jsx", display="inline"
    )


def table_props(table: Table) -> dict[str, Any]:
    """What ``ResultTable.jsx`` shows: the rows at hand, and how to get the others."""
    whole = table.total == len(table.rows) and not (table.more or table.searchable)
    owner = list(table.columns).index("owner") if "owner" in table.columns else -1
    columns = []
    for at, name in enumerate(table.columns):
        kinds = {type(row[at]) for row in table.rows if row[at] is not None}
        columns.append(
            {
                "name": name,
                "title": title_of(name),
                "number": bool(kinds) and kinds <= {int, float},
                "plain": name.endswith("_id") or "year" in name.lower(),
                "link": "person" if (table.source.get("what"), name) == ("people", "user_name") else _LINKS.get(name),
                "owner": owner,
                "fixed": name in table.unsorted,
            }
        )
    return {
        "columns": columns,
        "rows": [list(row) for row in table.rows],
        "size": PAGE,
        "whole": whole,
        "total": table.total,
        "more": table.more,
        "source": dict(table.source),
        "charts": is_charted(table.source),
        "notes": list(table.notes),
        "caption": table.caption,
        "searchable": table.searchable,
        "search": table.source.get("search", ""),
    }


MOST_CHANGES = 200
"""Changes of a plan that are shown one by one; of more, the rest is counted."""


def plan_props(plan: Plan) -> dict[str, Any]:
    """What ``Plan.jsx`` shows. The id that carries the plan out is not among it: the page asks for that by the ref."""
    shown = plan.changes[:MOST_CHANGES]
    return {
        "ref": plan.ref,
        "title": plan.title,
        "changes": [{"what": each.what, "before": each.before, "after": each.after} for each in shown],
        "left_out": len(plan.changes) - len(shown),
        "warnings": list(plan.warnings),
        "choices": [
            {"name": each.name, "title": each.title, "options": list(each.options.items()), "needs": each.needs}
            for each in plan.choices
        ],
        "button": plan.button,
        "dangerous": plan.dangerous,
    }


def person_props(card: PersonCard) -> dict[str, Any]:
    """What ``PersonCard.jsx`` shows."""
    facts = [{"title": title_of(name), "value": value} for name, value in card.facts.items()]
    return {"name": card.name, "facts": facts, "buttons": [list(button) for button in card.buttons]}


def form_props(form: Form) -> dict[str, Any]:
    """What ``Form.jsx`` shows."""
    fields = [asdict(field) for field in form.fields]
    return {
        "name": form.name,
        "title": form.title,
        "about": form.about,
        "note": form.note,
        "button": form.button,
        "cancel": form.cancel,
        "fields": fields,
    }


def figure_props(figure: Figure) -> dict[str, Any]:
    """What ``Chart.jsx`` shows: the figure, its numbers and facts, and what it takes to draw it otherwise."""
    drawn = figure.drawn
    return {
        "plotly": f"/assets/plotly-{plotly_version()}.min.js",
        "title": drawn.title,
        "figure": drawn.figure,
        "points": [dict(point) for point in drawn.points],
        "columns": [title_of(column) for column in drawn.columns],
        "rows": [list(row) for row in drawn.rows],
        "facts": [list(fact) for fact in drawn.facts],
        "notes": list(drawn.notes),
        "spec": drawn.spec.model_dump(exclude_none=True),
        "kinds": list(drawn.kinds),
        "sql": drawn.sql,
        "origin": dict(figure.origin),
    }


def card_props(card: Card, *, bare: bool = False) -> dict[str, Any]:
    """What ``ItemCard.jsx`` shows of a model or dataset: facts, names, tables of parts; bare, without a frame."""
    item, record = card.item, dict(card.item.record)
    name, owner = item.name, item.owner
    left_out = (SHAPES[item.kind].name.name, "owner", "description", "visibility")
    facts: list[dict[str, Any]] = []
    lists: list[dict[str, Any]] = []
    tables: list[dict[str, Any]] = []
    for key, value in record.items():
        if key in left_out:
            continue
        if not isinstance(value, list):
            facts.append({"title": title_of(key), "value": value})
        elif value and isinstance(value[0], dict):
            heads = [title_of(head) for head in value[0]]
            tables.append({"title": title_of(key), "heads": heads, "rows": [list(row.values()) for row in value]})
        elif value:
            link = {"datasets": "dataset"}.get(key)
            lists.append({"title": title_of(key), "values": value, "link": link})
    if card.lineage is not None and card.lineage.models.total:
        models = card.lineage.models
        shown = [relative_props(one) for one in models.rows[:_RELATIVES_ON_CARD]]
        title = "Used by" if item.kind == "dataset" else "Trained on the same data"
        more = models.total - len(shown)
        lists.append({"title": title, "values": shown, "link": "model", "more": more})
    if card.access:
        lists.append({"title": "Who has access", "values": list(card.access), "link": None})
    return {
        "bare": bare,
        "file": version_props(card.version) if card.version else None,
        "opens": card.opens,
        "tensors": [layer_row(layer) for layer in card.manifest.layers[:MOST_TENSORS]] if card.manifest else [],
        "tensor_count": card.manifest.tensors if card.manifest else 0,
        "buttons": [list(button) for button in card.buttons],
        "kind": item.kind,
        "name": name,
        "owner": owner,
        "private": record.get("visibility") == "private",
        "description": record.get("description") or "",
        "facts": facts,
        "lists": lists,
        "tables": tables,
    }


MOST_TENSORS = 100
"""Rows of a table of tensors; of more, the rest is counted."""


def layer_row(layer: Layer) -> list[Any]:
    """A tensor as a row: its name, shape, type, and how many parameters it has."""
    return [layer.name, layer.shape, layer.dtype, layer.parameters]


def version_props(version: Version) -> dict[str, Any]:
    """A version of a file, with the link that downloads it."""
    shown = ("version", "file_name", "size", "format", "warning", "sha256", "created_at", "link")
    return {name: getattr(version, name) for name in shown}


def versions_props(reply: Versions) -> dict[str, Any]:
    """What ``Versions.jsx`` shows."""
    rows = [version_props(version) for version in reply.versions]
    return {"kind": reply.kind, "name": reply.name, "versions": rows, "opens": reply.opens}


def view_props(view: FileView) -> dict[str, Any]:
    """What ``FileView.jsx`` shows."""
    return {
        "name": view.name,
        "size": view.size,
        "warning": view.warning,
        "facts": [list(fact) for fact in view.facts],
        "tensors": [layer_row(layer) for layer in view.tensors],
        "left_out": view.left_out,
        "tables": [dict(table) for table in view.tables],
        "ref_": view.ref,
    }


def lineage_props(lineage: Lineage) -> dict[str, Any]:
    """What ``Lineage.jsx`` shows: models are in groups, those of a dataset by their architecture."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in lineage.models.rows:
        groups.setdefault(one.about if lineage.kind == "dataset" else "", []).append(relative_props(one))
    return {
        "kind": lineage.kind,
        "name": lineage.name,
        "owner": lineage.owner,
        "datasets": [relative_props(one) for one in lineage.datasets.rows],
        "datasets_left": lineage.datasets.total - len(lineage.datasets.rows),
        "models": [{"title": title, "rows": rows} for title, rows in groups.items()],
        "models_left": lineage.models.total - len(lineage.models.rows),
    }


def relative_props(one: Relative) -> dict[str, Any]:
    """A model or dataset as one of several: what it is called, what opens it, and what is said of it in small."""
    return {
        "text": one.name,
        "name": f"{one.owner}/{one.name}",
        "about": one.about,
        "size": one.size,
        "shared": one.shared,
    }


def error_text(error: HubError | Mapping[str, str]) -> str:
    """An error as Markdown: what happened, what to do, and its code in small."""
    told = error.as_json() if isinstance(error, HubError) else error
    hint = f"\n{escape(_sentence(told['hint']))}" if told.get("hint") else ""
    return f"**{escape(_sentence(told['message']))}**{hint} `{told['code']}`"


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text[-1:] in ".!?…:" else ".")
