"""Whether a reply is right, and whether each name and number it says stands in its rows."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator

from evals.gold import Record, match_rows, open_gold, run_gold


class Gold:
    """The gold rows and the names of a catalogue, a person at a time."""

    def __init__(self, records: dict[str, list[Record]]) -> None:
        self.records, self.loader = records, find_loader(records)
        self.databases: dict[str, sqlite3.Connection] = {}
        self.names = list_names(self.database(self.loader))

    def database(self, person: str) -> sqlite3.Connection:
        """A database that holds what this person may see."""
        if person not in self.databases:
            self.databases[person] = open_gold(self.records, person, self.loader)
        return self.databases[person]

    def accepts(self, question: Record, reply: Record) -> bool:
        """Whether the reply's rows are those of the question's gold or of one of its alternatives.

        A reply with a column that the gold has and an alternative has not is held to the gold.
        """
        rows = [tuple(row) for row in reply["rows"]]
        statements = [sql for sql in (question.get("gold"), *question.get("also", ())) if sql]
        full: set[str] = set()
        for sql in statements:
            columns, want = run_gold(self.database(question["as"]), sql)
            full = full or set(columns)
            if (full - set(columns)).intersection(reply.get("columns", ())):
                continue
            if sql.startswith("select count(") and rows and len(rows[0]) > 2:
                continue  # a listed row may hold the counted number by chance
            if match_rows(
                want, columns, rows, question["ordered"], question.get("key"), question.get("accept") == "set"
            ):
                return True
        return False


def find_loader(records: dict[str, list[Record]]) -> str:
    """The catalogue's first administrator, who also sets up the hub."""
    return next((user["user_name"] for user in records["user"] if user.get("is_admin")), "admin")


def judge(question: Record, reply: Record, gold: Gold) -> str:
    """`right`, `wrong` (an answer that is not the gold's, or rows where none may come) or `silent`."""
    rows = reply.get("rows") or []
    answered = bool(rows) or bool(reply.get("understood") and reply.get("sql") and not reply.get("error"))
    match question["expect"]:
        case "none":
            return "wrong" if rows else "right"
        case "talk":
            talked = reply.get("answer") and reply.get("understood") and not reply.get("unknown_words")
            return "wrong" if answered else "right" if talked else "silent"
        case "ask":
            return "wrong" if rows and not gold.accepts(question, reply) else "right"
        case _:
            return "silent" if not answered else "right" if gold.accepts(question, reply) else "wrong"


# --- what the answer says ---------------------------------------------------------------------------

NAMED = {"model": "model_name", "dataset": "ds_name", "user": "user_name", "affil": "affil_name"}
COUNTED = {"models": "model_name", "datasets": "ds_name", "users": "user_name", "affiliations": "affil_name"}
SMALL = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
UNITS = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9}
NUMBER = re.compile(
    rf"(?<![\w.])(\d[\d,]*(?:\.\d+)?)(?:\s*({'|'.join(sorted(UNITS, key=len, reverse=True))}|%))?(?!\w)"
    rf"|\b({'|'.join(SMALL)})\b",
    re.IGNORECASE,
)


def list_names(db: sqlite3.Connection) -> set[str]:
    """Every name of a model, dataset, person or affiliation."""
    return {name for table, column in NAMED.items() for (name,) in db.execute(f"select {column} from {table}")}


def find_strays(question: Record, reply: Record, asked: str, gold: Gold) -> list[str]:
    """The names and numbers in the answer's text that stand neither in its rows nor in `asked`, nor count its rows.

    `asked` is the question, after the earlier ones of its conversation. A reply without a statement may also propose
    names, if the person may see them, and quote questions to ask.
    """
    text, rows = str(reply.get("answer") or ""), reply.get("rows") or []
    cells = [cell for row in rows for cell in row]
    fine = {cell.casefold() for cell in cells if isinstance(cell, str)}
    if not reply.get("sql"):
        fine |= {name.casefold() for name in list_names(gold.database(question["as"]))}
        text = re.sub(r"“[^”]*”", lambda quoted: re.sub(r"(?<!\w)\d+(?!\w)", "", quoted[0]), text)
    said = [name for name in gold.names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)]
    said = [name for name in said if not any(name != other and name in other and name for other in said)]
    strays = sorted(name for name in said if name.casefold() not in fine and name.casefold() not in asked.casefold())
    for known in sorted({*(str(cell) for cell in cells if isinstance(cell, str)), *gold.names}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(known)}(?!\w)", " ", text, flags=re.IGNORECASE)
    for day in {cell[:10] for cell in cells if isinstance(cell, str) and re.match(r"\d{4}-\d\d-\d\d", cell)}:
        text = text.replace(day, " ")
    known_numbers = [float(cell) for cell in cells if isinstance(cell, int | float)] + [float(len(rows))]
    known_numbers += [value for _, value, _ in read_numbers(asked)]
    for word, value, grain in read_numbers(text):
        near = max(grain / 2, abs(value) * 1e-12)
        if not any(abs(number - value) <= near or abs(number * 100 - value) <= near for number in known_numbers):
            strays.append(word)
    return strays + miscounts(text, reply, asked)


def read_numbers(text: str) -> Iterator[tuple[str, float, float]]:
    """Each number in a text as it is written, its value, and what one more in its last place is worth (whole: 0)."""
    for found in NUMBER.finditer(text):
        digits, unit, word = found.groups()
        if word:
            yield found[0], float(SMALL.index(word.lower()) + 2), 0
            continue
        digits = digits.replace(",", "")
        scale = UNITS.get((unit or "").lower(), 1.0)
        places = len(digits.partition(".")[2])
        yield found[0], float(digits) * scale, scale / 10**places if places or scale > 1 or unit == "%" else 0


def miscounts(text: str, reply: Record, asked: str) -> list[str]:
    """Counts of models, datasets, people or affiliations that are not how many different ones the rows name."""
    rows, columns = reply.get("rows") or [], reply.get("columns") or []
    wrong = []
    for digits, noun in re.findall(r"(?<![\w.,])(\d[\d,]*) (models|datasets|users|affiliations)\b", text):
        if len(rows) > 1 and COUNTED[noun] in columns:
            place = columns.index(COUNTED[noun])
            number = int(digits.replace(",", ""))
            if number != len({row[place] for row in rows}) and not any(number in row for row in rows):
                wrong += [] if f"{digits} " in asked else [f"{digits} {noun}"]
    return wrong
