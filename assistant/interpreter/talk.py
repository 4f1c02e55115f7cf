"""What is said without looking anything up: greetings, thanks, what can be asked, and what cannot be done by asking."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.interpreter import closed
from assistant.interpreter.words import Token


def _pattern(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts))


_GREETING = _pattern(
    r"(?:(?:hi|hello|hey|hiya|howdy|yo|hallo|greetings|good (?:morning|afternoon|evening|day)|morning|evening)"
    r"(?: there| all| everyone| again| hub| openmodelhub| bot| friend)*)"
    r"(?: (?:how are you(?: today| doing)?|what s up|whats up))?",
    r"how are you(?: today| doing)?|how s it going|what s up|sup|nice to meet you",
)
_THANKS = _pattern(
    r"(?:ok |okay |great |cool |perfect |nice |awesome |lovely |brilliant |"
    r"excellent |good |wonderful |super |fab |ah )*"
    r"(?:thanks|thank you|thank u|thx|ty|ta|cheers|much appreciated|many thanks|appreciate it|i appreciate it)"
    r"(?: a lot| so much| very much| mate| all| everyone| indeed| a million| a bunch| again| anyway| then| "
    r"for (?:the|your) help)*"
    r"(?: that (?:(?:was|is) (?:all|great|helpful)|helps|helped)(?: a lot)?)?"
)
_THANKING = closed.words("thanks thank thx grateful appreciate appreciated cheers thankful obliged")
_THANKING_WITH = _THANKING | closed.words(
    "that this it was is were been you your i we am all for the a an and so very really most quite much many lot lots "
    "helpful useful informative interesting help time answer answers answering assistance support effort patience "
    "good great perfect nice excellent lovely brilliant wonderful fantastic super ok okay right well now everything "
    "need needed want wanted know knew looking asking have got had just what exactly enough everyone again of in to "
    "advance today kindly indeed ever truly extremely s m ve re"
)
"""The words in which people thank, and those they do it with."""
_PRAISE = _pattern(
    r"(?:(?:ok|okay|all right|great|cool|nice|perfect|awesome|fine|wow|well done|good job|great job|excellent|alright|"
    r"got it|(?:very |really )?(?:good|interesting|helpful|useful)|lovely|brilliant|wonderful|right|understood|noted|"
    r"i see|sounds good|that (?:is|s|was) (?:great|helpful|nice|good|all|perfect))(?: work| job| one| stuff)?(?: |$))+"
)
_FAREWELL = _pattern(
    r"(?:(?:ok|okay|right|well|then|so) )*that (?:is|was|s|would be|will be) (?:all|everything|it)"
    r"(?: (?:that )?i (?:needed|wanted|need|want)(?: to know)?)?(?: (?:for )?(?:now|today))?",
    r"(?:(?:ok|okay|great|cool|thanks|right|alright|perfect|nice) )*"
    r"(?:good ?bye|bye|bye bye|see you(?: later| soon)?|see ya|cya|ciao|good ?night|farewell|later|so long)"
    r"(?: for now| then| all)?",
)
_HELP = _pattern(
    r"(?:please )?(?:i need )?help(?: me)?(?: please)?",
    r"what can (?:you|i|we) (?:do|ask|answer)(?: here| you| me| for me| about)*",
    r"what (?:do|are) you(?: able to)? (?:do|for|capable of)",
    r"what (?:(?:kinds?|sorts?|types?) of )?(?:questions|things|stuff) can (?:i|you) "
    r"(?:ask|answer|do|help with)(?: you| me)?",
    r"what (?:(?:kinds?|sorts?|types?) of )?questions do you (?:understand|answer|take|know)",
    r"how (?:do|can) i (?:use|ask|start)(?: this| you| it| questions| a question)*",
    r"how does (?:this|it) work|how do you work|usage|commands|menu|start",
    r"what is this(?: place| hub| about| for)?|what should i ask(?: you)?|show me what you can do|can you help me",
    r"what are your (?:capabilities|features)|tell me what you can do|(?:give me )?(?:some )?examples?",
)
_WHO = _pattern(
    r"(?:who|what) are you|who am i talking to|what s your name|what is your name|tell me about yourself",
    r"are you (?:a |an )?(?:bot|robot|human|ai|real|llm|person|machine|chatgpt|language model)",
    r"introduce yourself|who made you|who built you|who created you",
)

_CHANGING = closed.words(
    "delete remove drop erase destroy wipe purge truncate update edit modify change rename alter "
    "insert create add register upload set reset grant revoke share promote demote deactivate "
    "activate ban kick transfer move replace overwrite publish unpublish hide import install train "
    "retrain finetune execute disable enable assign increase decrease edit fix make give build merge "
    "double write put save store upgrade clear empty cancel kill"
)
_SECRETS = (
    closed.words("password passwords passwd passphrase passphrases pwd passcode passcodes"),
    closed.words("hash hashes hashed salt salts pepper argon2 bcrypt"),
    frozenset(["secrets", "credential", "credentials"]),
    frozenset(["apikey", "apikeys"]),
    frozenset(["cookie", "cookies", "jwt"]),
)
_SECRET_PHRASES = re.compile(
    r"\b(?:password_hash|(?:api|private|secret|master|encryption|signing) keys?|access tokens?|session tokens?|"
    r"sessions? (?:table|ids?)|web_session|audit(?:_log| log| trail| logs)?|hub_key|"
    r"chat (?:history|histories|messages|logs)|chat_\w+|item_grant|name_token|person_permission|audit_head|"
    r"sqlite_master|sqlite_schema|information_schema|"
    r"login (?:history|attempts?|sessions?)|private messages?|other people'?s? chats?|conversations? of|"
    r"two.factor|2fa|recovery codes?|security questions?|encrypted (?:param\w*|manifest)|parameter manifest|"
    r"model weights file)\b"
)
_SQL = re.compile(
    r"^\s*(?:drop|delete\s+from|insert\s+into|update\s+\w+\s+set|alter\s+table|create\s+table|truncate|grant|"
    r"attach|pragma)\b",
    re.IGNORECASE,
)


_STATEMENT = re.compile(
    r"\s*(?:drop\s+(?:table|view|index|database|schema|trigger)|delete\s+from|insert\s+into|update\s+\S+\s+set|"
    r"alter\s+table|create\s+(?:table|view|index|trigger)|truncate|attach|pragma|grant\s+\S+\s+on)\b",
    re.IGNORECASE,
)
ONLY_READS = "This would change something, and I did not understand it as a change that I can plan."
"""What a question is told that wants something changed: questions only read."""


def is_statement(question: str) -> bool:
    """Whether it is SQL that would change something."""
    return _STATEMENT.match(question) is not None


@dataclass(frozen=True, slots=True)
class Said:
    """A plain answer; with a ``code`` it is a refusal."""

    text: str
    code: str = ""
    hint: str = ""


def talk_about(question: str, tokens: Sequence[Token], examples: Sequence[str]) -> Said | None:
    """What to say to a question that asks for no rows; None where it may be about the catalogue."""
    plain = " ".join(re.findall(r"[a-z0-9]+", question.lower().replace("'", " ")))
    plain = re.sub(rf"^(?:{_GREETING.pattern}) (?=what |who |how )", "", plain)
    plain = re.sub(r"\bu\b", "you", plain)
    plain = re.sub(r"^please (?=\w)| please$", "", plain)
    if not plain:
        return Said("Ask me something about the models, datasets and people here." + _such_as(examples))
    if _WHO.fullmatch(plain):
        return Said(
            "I answer questions about the models, datasets, people and affiliations of this hub." + _such_as(examples)
        )
    if _HELP.fullmatch(plain):
        return Said(
            "Ask in plain words what is in the catalogue: lists, counts, averages, the largest or newest, who made "
            "what, what was trained on what." + _such_as(examples)
        )
    if _GREETING.fullmatch(plain):
        return Said("Hello! Ask me about the models, datasets and people here." + _such_as(examples))
    words = frozenset(plain.split())
    if _THANKS.fullmatch(plain) or (words & _THANKING and words <= _THANKING_WITH):
        return Said("You are welcome.")
    if _FAREWELL.fullmatch(plain):
        return Said("Goodbye!")
    if _PRAISE.fullmatch(plain):
        return Said("Good. What else would you like to know?")
    return None


def refuse(question: str, tokens: Sequence[Token]) -> Said | None:
    """The refusal for a question that wants something changed or a secret told; None for any other."""
    low = [token.low for token in tokens if not token.quoted]
    text = " ".join(question.lower().split())
    if _SECRET_PHRASES.search(text) or any(set(low) & words for words in _SECRETS):
        return Said(
            "Passwords, keys, sessions, chats and the audit trail are no part of the catalogue; nobody can see them.",
            "forbidden", "ask about models, datasets, people or affiliations",
        )  # fmt: skip
    if _SQL.match(question) or _wants_change(low):
        return Said(
            ONLY_READS,
            "forbidden", "say it plainly, as in “delete my model X”, or use a command; /help lists what you may do",
        )  # fmt: skip
    return None


_BEFORE_VERB = closed.words(
    "please can could would will you i we want to like need let 's us kindly just now go ahead and "
    "also then me help 'd d should must have i'd wish"
)


_PRODUCTS = closed.words("list table overview summary ranking report chart plot graph count")


def _wants_change(low: Sequence[str]) -> bool:
    """Whether the sentence is an order to change something: it begins with such a verb."""
    place = 0
    while place < len(low) and (low[place] in _BEFORE_VERB or low[place] == ","):
        place += 1
    if place >= len(low) or low[place] not in _CHANGING or set(low[place + 1 : place + 4]) & _PRODUCTS:
        return _changes_later(low)
    if low[place + 1 : place + 2] in (["of"], ["'s"], ["by"]):
        return False  # "share of private datasets" is no order
    if low[place] == "give" or low[place] == "make":
        return place + 1 < len(low) and (
            "admin" in low or "owner" in low or "public" in low[-2:] or "private" in low[-2:] or low[place] == "make"
        )
    return place + 1 < len(low)


def _changes_later(low: Sequence[str]) -> bool:
    """ "list the models and delete them"."""
    return any(
        word in ("delete", "remove", "drop", "erase", "rename", "truncate", "wipe")
        and place
        and low[place - 1] in ("and", "then", ",")
        for place, word in enumerate(low)
    )


def _such_as(examples: Sequence[str]) -> str:
    if not examples:
        return ""
    return " For example: " + "; ".join(f"“{example}”" for example in examples) + "."
