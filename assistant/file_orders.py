"""Orders for a file in plain words: "download resnet18", "give me the file of imagenet-1k", "send me version 2 of it".

They are answered like ``/download``: with the version and its link. What the order is about is read like that of any
other, so it may point at the rows shown last.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.changes.grammar import without_article
from assistant.changes.phrases import ITEMS, NotRead, Reader
from assistant.files import find_version, pick_version, show_versions
from assistant.interpreter import Reading, interpret
from assistant.replies import Versions
from hub.access import PERMISSIONS
from hub.errors import Denied, HubError, Invalid, NotFound

if TYPE_CHECKING:
    from assistant.conversation import Turn

MOST_ITEMS = 5
"""Items whose files one message can ask for."""

_POLITE = r"(?:(?:please|now|then|and|ok|okay|so|can you|could you|would you|will you)[ ,]+)*"
_MAY = r"(?:(?:can|could|may) i|(?:how|where) (?:can|do|could) i|let me|i(?:'d| would)? (?:want|need|like)(?: to)?)"
_GIVE = rf"(?:{_MAY} (?:get|have|find|fetch)|(?:give|send|hand|get|fetch|show)(?: me| us)?|where (?:is|are)|{_MAY})"
_FILE = (
    r"(?:(?:(?:model|dataset|data|weights?|raw|whole) )?(?:files?|weights|checkpoints?|downloads?)"
    r"|(?:download )?links?)"
)
_NUMBER = r"(?:version|v\.?) ?(?P<number>\d{1,9})"
_LATEST = r"(?:(?:the|a|an|its|their) )?(?:(?:latest|newest|current) )?"
_BARE = re.compile(rf"{_POLITE}(?:{_MAY} )?download(?: me)? (?P<what>.+)", re.IGNORECASE)
_GIVEN = re.compile(rf"{_POLITE}{_GIVE} (?P<what>.+)", re.IGNORECASE)
_OF = re.compile(
    rf"{_LATEST}(?:{_FILE}|{_NUMBER}|version) (?:of|for|to|from|behind) (?P<whom>.+)",
    re.IGNORECASE,
)
_OWN = re.compile(rf"(?P<whom>.+?)(?:'s|’s|(?<=s)['’]) {_LATEST}{_FILE}", re.IGNORECASE)
_ROWS = re.compile(
    r".*\b(?:as|in|to) (?:an? )?(?:csv|json|excel|html|pdf)(?: file)?"
    r"|(?:(?:the|this|that|these|those|whole) )*(?:tables?|results?|rows|answers?|list|charts?|figures?|catalogue)",
    re.IGNORECASE,
)


def read_download(turn: Turn) -> Reading | None:
    """The reading of a message that asks for a file, which is noted in the turn; None where it is to be read else."""
    plain = " ".join(turn.question.split()).strip(" ?.!")
    plain = re.sub(r"[ ,]+(?:please|for me|now)$", "", plain, flags=re.IGNORECASE)
    bare = _BARE.fullmatch(plain)
    order = bare or _GIVEN.fullmatch(plain)
    if order is None or _ROWS.fullmatch(order["what"]):
        return None
    wanted, number = _split(order["what"])
    if bare is None and wanted == order["what"]:  # no file is spoken of
        return None
    try:
        shown = _find(turn, wanted, number)
    except HubError as error:
        if interpret(turn.caller, turn.question, scope=turn.scope, previous=turn.history).understood:
            return None
        turn.ordered = True
        return Reading(False, None, None, [], [], [], error.as_json())
    turn.shown, turn.read_as, turn.ordered = shown, "", True
    said = ", ".join(f"{one.versions[0].item_name}, version {one.versions[0].version}" for one in shown)
    return Reading(True, None, f"{said}:" if len(shown) == 1 else f"{len(shown)} files: {said}.", [], [], [], None)


def _split(what: str) -> tuple[str, int | None]:
    """What the file is of, and the number of its version where one is said: "the weights of X", "X's file"."""
    number = None
    while (found := _OF.fullmatch(what) or _OWN.fullmatch(what)) is not None:
        said = found.groupdict().get("number")
        number, what = int(said) if said else number, found["whom"]
    return what, number


def _find(turn: Turn, whom: str, number: int | None) -> tuple[Versions, ...]:
    caller = turn.caller
    if not caller.may("artifact.download"):
        raise Denied(f"you may not {PERMISSIONS['artifact.download'][1]}", "an administrator can grant you this")
    try:
        item, at_end = find_version(caller, without_article(whom), "/download")
        named = [(item.kind, item.item_id, item.name)]
        number = at_end if number is None else number
    except NotFound as unknown:
        try:
            meant = Reader(turn).rows(whom, ITEMS)
        except NotRead as failure:
            raise (failure.error if isinstance(failure.error, HubError) else unknown) from None
        if len(meant.rows) > MOST_ITEMS:
            raise Invalid(f"these are {len(meant.rows)} {meant.table}s", "download them one by one") from None
        named = [(meant.table, item_id, name) for item_id, name in meant.rows]  # type: ignore[misc]
    return tuple(show_versions(caller, [pick_version(caller, *one, number)]) for one in named)
