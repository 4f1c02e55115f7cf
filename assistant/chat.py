"""The chat: Chainlit's hooks, and one boundary that keeps every error from reaching the browser as it is.

A turn keeps nothing beside the messages themselves: an answer's message carries the SQL behind it and the source of
its table, and the next turn reads them there. So a resumed chat, an edited question and a second tab need no more.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import chainlit as cl
from chainlit.chat_context import chat_contexts
from chainlit.mode import Mode, ModeOption
from chainlit.server import sio
from chainlit.session import WebsocketSession
from chainlit.socket import connect as chainlit_connect
from chainlit.utils import utc_now

from assistant import chat_changes, chat_editing, chat_files, sources
from assistant.administration import show_user
from assistant.agent import stream_answer
from assistant.attachments import read_wish
from assistant.chat_guard import guarded, guarded_action
from assistant.chat_history import chat_caller, history
from assistant.chat_rendering import (
    card_props,
    element,
    element_of,
    error_text,
    figure_props,
    send_message,
    send_replies,
)
from assistant.commands import Asked, list_commands, parse_command, run_command, show_item, table_of
from assistant.conversation import (
    Answer,
    Exchange,
    Finished,
    Rows,
    Token,
    ToolFinished,
    ToolStarted,
    count_rows,
    in_thread,
    sentence,
)
from assistant.figures import draw_insights, draw_source, redraw, rows_behind, write_figure
from assistant.replies import Card, Figure, Questions, Reply, Table, escape, tame, unescape
from hub import catalog
from hub.access import Caller
from hub.charts import ChartSpec
from hub.errors import HubError, Invalid
from hub.invitations import count_waiting
from hub.items import SHAPES
from hub.query import Result
from hub.sessions import demo_accounts

SCOPES = ("models", "datasets", "users", "affiliations")
STARTERS = (
    "which CNNs have more than 20M parameters?",
    "what are the 5 largest models?",
    "how many models are there per architecture?",
    "which datasets are for segmentation?",
    "who published the most datasets?",
    "which users work at more than one affiliation?",
)
_ICONS = {"models": "brain", "datasets": "database", "users": "users", "affiliations": "building-2"}


# --- beginning and resuming -----------------------------------------------------------------------


@sio.on("connect")  # type: ignore[untyped-decorator]
async def connect(sid: str, environ: dict[str, Any], auth: dict[str, Any]) -> bool:
    """Let a browser in as Chainlit does, to the conversation that its page shows.

    A page connects twice while it loads, before and after it has read which conversation its address names, and either
    connection may be the one that stays. So the address counts, also for a chat that the first one began.
    """
    named = re.search(r"/thread/([\w-]+)$", environ.get("HTTP_REFERER", ""))
    thread_id = auth.get("threadId") or (named[1] if named else "")
    accepted: bool = await chainlit_connect(sid, environ, {**auth, "threadId": thread_id})
    session = WebsocketSession.get(sid)
    if session and session.restored and thread_id and not session.has_first_interaction:
        session.thread_id = session.thread_id_to_resume = thread_id
        session.restored = False
    return accepted


@cl.on_chat_start
@guarded
async def start() -> None:
    caller = await chat_caller()
    await offer(caller)
    await show_home(caller)


@cl.on_chat_resume
@guarded
async def resume(thread: Mapping[str, Any]) -> None:
    await offer(await chat_caller())


async def offer(caller: Caller) -> None:
    """Put this caller's commands and the scopes of a question under the message box."""
    forget_ended_chats()
    emitter = cl.context.emitter
    await emitter.set_commands(
        [
            {"id": command.name, "description": command.summary, "icon": command.icon, "button": False,
             "persistent": False, "selected": False}
            for command in list_commands(caller)
        ]
    )  # fmt: skip
    options = [ModeOption("all", "All", "Ask about everything", "layers", default=True)]
    options += [ModeOption(scope, scope.capitalize(), f"Only about {scope}", _ICONS[scope]) for scope in SCOPES]
    await emitter.set_modes([Mode("scope", "About", options)])


def forget_ended_chats() -> None:
    """Let go of the messages of chats whose browser is gone; Chainlit would keep them as long as the hub runs."""
    for session_id in [each for each in chat_contexts if WebsocketSession.get_by_id(each) is None]:
        del chat_contexts[session_id]


async def show_home(caller: Caller) -> None:
    """Greet a new chat, until the first question; Home is no part of the conversation and is kept nowhere."""
    counts = await in_thread(catalog.count_items, caller)
    warning, own = await in_thread(warn_of_demo, caller)
    waiting = await in_thread(count_waiting, caller) if caller.may("invitation.answer") else 0
    props = {
        "person": caller.user_name,
        "counts": [{"name": name, "count": count, "question": f"list all {name}"} for name, count in counts.items()],
        "starters": STARTERS,
        "warning": warning,
        "own": own,
        "waiting": waiting,
    }
    home = cl.Message("", id=home_id(), created_at=utc_now())
    shown = element("Home", props, home.id)
    shown.for_id = home.id
    if cl.context.session.thread_id_to_resume:
        return  # the page has found out meanwhile that it shows a conversation
    await cl.context.emitter.send_step({**home.to_dict(), "parentId": None})
    await cl.context.emitter.send_element(shown.to_dict())


def home_id() -> str:
    """The same for one chat, so that a connection that comes back shows Home once."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, cl.context.session.id))


def warn_of_demo(caller: Caller) -> tuple[str, bool]:
    """What to say while demo passwords open this hub, and whether the caller's own is one."""
    names = demo_accounts(caller.hub)
    if caller.user_name in names:
        return f"You signed in as {caller.user_name} with the demo password, which everyone knows.", True
    if names and caller.is_admin:
        count = f"{len(names)} people have" if len(names) > 1 else "One person has"
        return (
            f"{count} the demo password, which everyone knows: {', '.join(names[:5])}{' …' * (len(names) > 5)}",
            False,
        )
    return "", False


# --- a message ------------------------------------------------------------------------------------


@cl.on_message
@guarded
async def hear(message: cl.Message) -> None:
    attached = chat_files.attached_to(message)
    if len(messages_so_far()) == 1:
        await cl.context.emitter.emit("delete_message", {"id": home_id()})
        if not message.content.strip():  # a chat is named, and found, by what was said first
            named = f"/{message.command}" if message.command else message.elements[0].name if attached else ""
            await cl.context.emitter.init_thread(named)
    caller = await chat_caller()
    if attached:
        await hear_of_files(caller, message, attached)
        return
    command = parse_command(message.content, message.command)
    if command is None:
        scope = (message.modes or {}).get("scope")
        await answer_question(caller, message.content, scope if scope in SCOPES else None)
        return
    name, argument = command
    replies = await in_thread(run_command, caller, name, Asked(argument, last_source()))
    await send_replies(replies, told_by(replies))


def told_by(replies: Sequence[Reply]) -> dict[str, Any] | None:
    """What later turns read of a command's replies: the rows behind a table, or the item that "it" means."""
    metadata: dict[str, Any] = {}
    if found := next((reply.source for reply in replies if hasattr(reply, "source")), None):
        metadata["source"] = dict(found)
    if card := next((reply for reply in replies if isinstance(reply, Card)), None):
        shape = SHAPES[card.item.kind]
        name, key = shape.name.name, shape.id.name
        sql = f"SELECT {name} FROM {card.item.kind} WHERE {key} = {card.item.item_id}"  # noqa: S608 - names of ours
        metadata["exchange"] = {"sql": sql, "columns": [name]}
    return metadata or None


async def hear_of_files(caller: Caller, message: cl.Message, attached: Sequence[str]) -> None:
    """Files with a message are to be published, or its words are a question about them."""
    command, words = parse_command(message.content, message.command) or (None, message.content)
    files = await chat_files.take_attached(caller, attached, read_wish(words, command))
    if not files:
        return
    if said := await chat_files.says_itself(caller, files, words):
        await send_message(escape(said))
        return
    await answer_question(caller, words, None, lambda rows: chat_files.tell_all(files, rows))


async def answer_question(
    caller: Caller, question: str, scope: str | None, file: Callable[[Rows], str] | None = None
) -> None:
    """Answer as it comes about: each statement in a step of its own, then the words, then the table."""
    steps: dict[str, cl.Step] = {}
    attempts = 0
    said: cl.Message | None = None
    result: Result | None = None
    replies: list[Reply] = []
    try:
        asked = stream_answer(
            caller, question, scope=scope, history=earlier_turns(), last_sql=last_statement(), file=file
        )
        async for event in asked:
            match event:
                case Token(text):
                    if said is None and text.strip():
                        said = cl.Message("")
                    if said is not None:
                        await said.stream_token(tame(text))
                case ToolStarted(call_id, name, args):
                    if said is not None:  # words before a statement stay above it
                        await said.send()
                        said = None
                    attempts += name == "query"
                    steps[call_id] = await begin_step(name, args, attempts)
                case ToolFinished(call_id):
                    result = event.result or result
                    replies += event.replies
                    await end_step(steps.pop(call_id), event)
                case Finished(answer):
                    message, said = said or cl.Message(""), None
                    await finish(caller, answer, result, message)
                    await send_replies([*([answer.plan] if answer.plan else ()), *answer.shown, *replies])
    finally:  # also when the person presses stop
        if said is not None:
            await said.send()
        for step in steps.values():
            step.is_error, step.output, step.end = True, "Stopped.", utc_now()
            await step.update()


async def begin_step(name: str, args: Mapping[str, Any], attempt: int) -> cl.Step:
    """Show that a tool runs, with its SQL where it has one."""
    sql = args.get("sql")
    label = f"SQL query{f', attempt {attempt}' if attempt > 1 else ''}" if sql else name
    step = cl.Step(label, "tool", show_input="sql" if sql else "json", default_open=bool(sql))
    step.parent_id = cl.context.current_step.id if cl.context.current_step else None
    step.start = step.created_at
    step.input = str(sql) if sql else dict(args)
    await step.send()
    return step


async def end_step(step: cl.Step, event: ToolFinished) -> None:
    """Show what came of it: how many rows, or the error that the next attempt mends."""
    if event.error:
        step.is_error, step.output = True, error_text(event.error)
    elif event.result:
        step.output = f"{count_rows(event.result)[:-1]} in {event.result.seconds * 1000:.0f} ms."
    else:
        step.language, step.output = "text", event.text
    step.end = utc_now()
    await step.update()


async def finish(caller: Caller, answer: Answer, result: Result | None, message: cl.Message) -> None:
    """Complete the answer's message: its words, its chart, table or what may have been meant, and what follows need."""
    message.content = escape(answer.answer) if answer.engine == "interpreter" else tame(answer.answer)
    exchange = answer.exchange
    message.metadata = {}
    if exchange is not None:
        read_as = {"question": exchange.question} if answer.read_as else {}
        message.metadata["exchange"] = {"sql": answer.sql, "columns": answer.columns, **read_as}
    figures = await in_thread(draw_insights, caller, *_named(answer.insights)) if answer.insights else []
    readings = [re.sub(r"\*(.+?)\*", r"“\1”", name[:1].upper() + name[1:]) + "." for name in answer.names]
    if result is not None and answer.sql and not figures:
        table = table_of(result, [*readings, *(note for note in answer.notes if note not in result.notes)])
        message.metadata["source"] = dict(table.source)
        shown = await draw_ordered(caller, table, answer.chart) if answer.chart else table
        message.elements.append(element_of(shown))
    elif answer.suggestions:
        message.elements.append(element_of(Questions("Perhaps you meant:", answer.suggestions)))
    elif len(figures) == 1:
        message.metadata["source"] = dict(figures[0].source)
        message.elements.append(element_of(figures.pop()))
    await message.send()
    message.elements = []  # Chainlit keeps messages in memory; their rows are in the history
    for figure in figures:
        await send_message("", figure, {"source": dict(figure.source)})


async def draw_ordered(caller: Caller, table: Table, spec: ChartSpec) -> Figure | Table:
    """The chart that was ordered of a table's rows; where they make none, the table with the reason."""
    try:
        figure = await in_thread(draw_source, caller, table.source, spec)
    except HubError as error:
        return replace(table, notes=[*table.notes, sentence(error.as_json())])
    return Figure(replace(figure.drawn, notes=[*table.notes, *figure.drawn.notes]), figure.origin)


def _named(asked: Sequence[tuple[str, dict[str, str]]]) -> tuple[list[str], dict[str, str]]:
    """The names of insights that were asked for together, and their filters, which they share."""
    return [name for name, _ in asked], asked[0][1]


# --- what the conversation so far says ------------------------------------------------------------


def earlier_turns() -> list[Exchange]:
    """The turns before this one, read from the messages of this chat."""
    turns, question = [], ""
    for message in messages_so_far():
        if message.type == "user_message":
            question = message.content
        elif exchange := (message.metadata or {}).get("exchange"):
            asked = exchange.get("question", question)  # without the order for a chart that came with it
            turns.append(Exchange(asked, unescape(message.content), exchange["sql"], tuple(exchange["columns"])))
    return turns


def last_source() -> sources.Source | None:
    """Where the rows of the last table in this chat came from."""
    found = (message.metadata.get("source") for message in reversed(messages_so_far()) if message.metadata)
    return next(filter(None, found), None)


def last_statement() -> str | None:
    """The statement of the rows shown last."""
    source = last_source()
    return sources.as_sql(source) if source and sources.is_charted(source) else None


def messages_so_far() -> list[cl.Message]:
    """The messages of this chat; Chainlit lists those of a resumed chat again when its connection comes back."""
    return list({message.id: message for message in cl.chat_context.get()}.values())


chat_changes.register()
chat_files.register()
assert chat_editing  # answers messages that are edited

# --- buttons in elements --------------------------------------------------------------------------


@cl.action_callback("fetch_page")
@guarded_action
async def fetch_page(caller: Caller, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Another page, or another order, of a table whose rows are at the server."""
    order_by = payload.get("order_by")
    page = await in_thread(
        sources.fetch_page,
        caller,
        _source(payload),
        offset=_number(payload, "offset"),
        limit=_number(payload, "limit"),
        order_by=order_by if isinstance(order_by, str) else None,
        descending=payload.get("descending") is True,
    )
    return {"rows": [list(row) for row in page.rows], "total": page.total}


@cl.action_callback("export_rows")
@guarded_action
async def export_rows(caller: Caller, payload: Mapping[str, Any]) -> dict[str, Any]:
    """A file with the rows of a table, run again with the rights of now."""
    file = await in_thread(
        sources.write_file, caller, _source(payload), "json" if payload.get("format") == "json" else "csv"
    )
    return {"name": file.name, "type": file.type, "text": file.text, "note": file.note}


@cl.action_callback("draw_chart")
@guarded_action
async def draw_chart(caller: Caller, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Draw the rows of a table, in a message of its own."""
    figure = await in_thread(draw_source, caller, _source(payload), ChartSpec())
    await send_message("", figure, {"source": dict(figure.source)})
    return {}


@cl.action_callback("redraw_chart")
@guarded_action
async def redraw_chart(caller: Caller, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The same rows as another kind of chart, which stays so when the conversation is read again."""
    shown = figure_props(await in_thread(redraw, caller, _source(payload), payload.get("spec")))
    await history().keep_props(str(payload.get("element")), {"shown": shown})
    return shown


@cl.action_callback("export_chart")
@guarded_action
async def export_chart(caller: Caller, payload: Mapping[str, Any]) -> dict[str, Any]:
    """A chart as an HTML file, or its numbers as CSV, drawn with the rights of now."""
    file = await in_thread(write_figure, caller, _source(payload), payload.get("spec"), payload.get("format"))
    return {"name": file.name, "type": file.type, "text": file.text, "note": file.note}


@cl.action_callback("show_rows")
@guarded_action
async def show_rows(caller: Caller, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Open the rows behind a point of a chart beside the chat."""
    table = table_of(await in_thread(rows_behind, caller, payload.get("sql"), payload.get("point")))
    await cl.ElementSidebar.set_title("Rows behind it")
    await cl.ElementSidebar.set_elements([element_of(table)], key=uuid.uuid4().hex)
    return {}


@cl.action_callback("show_details")
@guarded_action
async def show_details(caller: Caller, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Open one item beside the chat."""
    name, kind = payload.get("name"), payload.get("kind")
    if isinstance(name, str) and kind == "person":
        await show_beside(element_of(await in_thread(show_user, caller, name)))
        return {}
    if not isinstance(name, str) or (kind != "model" and kind != "dataset"):
        raise Invalid("there is nothing of that kind to show")
    card = await in_thread(show_item, caller, name, kind)
    await show_beside(element("ItemCard", card_props(card, bare=True)))
    return {}


async def show_beside(shown: Any) -> None:
    """Open an element beside the chat."""
    await cl.ElementSidebar.set_title("Details")
    await cl.ElementSidebar.set_elements([shown], key=uuid.uuid4().hex)


def _source(payload: Mapping[str, Any]) -> sources.Source:
    source = payload.get("source")
    if not isinstance(source, Mapping):
        raise Invalid("there are no rows to show", "ask the question again")
    return source


def _number(payload: Mapping[str, Any], key: str) -> int:
    value = payload.get(key)
    if type(value) is not int or not 0 <= value < 2**31:
        raise Invalid("there is no such page", "reload the chat")
    return value
