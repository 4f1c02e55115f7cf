"""Questions about sharing: "who has access to X", "what was shared with me", "my invitations"."""

from __future__ import annotations

import re

from assistant.conversation import Turn
from assistant.interpreter import Reading
from assistant.ownership import find_own
from assistant.sharing import list_access
from hub.errors import Denied, HubError, NotFound
from hub.invitations import PERMISSIONS, list_invitations, list_shared

_WHO = re.compile(
    r"(?:show (?:me )?)?who(?: all| else)? (?:has|have|got|can|may|was given|is given) "
    r"(?:access to|access|see|open|download|use) (?P<name>.+)"
    r"|(?:with whom|who) (?:did i share|have i shared|is|was) (?P<shared>.+?)(?: shared)?(?: with)?"
    r"|(?:with whom) (?:did i share|have i shared) (?P<also>.+)",
    re.IGNORECASE,
)
_MINE = re.compile(
    r"(?:(?:please )?(?:show|list)(?: me)? |what (?:is|are|was|were|has been|have) |what'?s |which (?:models|datasets) "
    r"(?:are|were|have been) |what (?:did|have) (?:others|people|they|anyone|somebody) |do i have |are there |any )?"
    r"(?:everything |things |items |models |datasets |any )*"
    r"(?:(?:that (?:is|are|was|were) )?shared with me(?: by .+)?|share[d]? with me|my invitations?|invitations?)"
    r"(?: for me)?",
    re.IGNORECASE,
)


def read_sharing(turn: Turn) -> Reading | None:
    """The answer to a question about sharing; None where it is none."""
    plain = turn.question.strip(" .?!")
    if _MINE.fullmatch(plain) and turn.caller.may("invitation.answer"):
        return _answered(_say_mine(turn))
    asked = _WHO.fullmatch(plain)
    name = (asked["name"] or asked["shared"] or asked["also"]) if asked else ""
    if not name or not turn.caller.may("item.share"):
        return None
    try:
        item = find_own(turn.caller, name, "the question")
    except NotFound:
        return None
    except Denied as error:
        return Reading(False, None, None, [], [], [], error.as_json())
    except HubError:
        return None
    if item.record["visibility"] == "public":
        return _answered(f"{item.name} is public: everyone here may open it.")
    lines = list_access(turn.caller, item).lines
    said = "; ".join(f"{line.name}: {line.about}" for line in lines)
    return _answered(f"Beside you: {said}." if said else f"Nobody but you has access to {item.name}.")


def _say_mine(turn: Turn) -> str:
    shared = [f"{one.kind} {one.full_name}: you may {PERMISSIONS[one.permission]}" for one in list_shared(turn.caller)]
    waiting = [f"{one.kind} {one.full_name}" for one in list_invitations(turn.caller).received]
    said = [f"Shared with you: {'; '.join(shared)}." if shared else "Nothing private is shared with you."]
    if waiting:
        said.append(f"Waiting for your answer under /invitations: {', '.join(waiting)}.")
    return " ".join(said)


def _answered(text: str) -> Reading:
    return Reading(True, None, text, [], [], [], None)
