"""Score the hub's answers: `python -m evals.score other --failures`.

Loads a set's catalogue into a fresh hub, asks its questions through the command line as the people they belong to, and
compares rows with the gold SQL run on an independent copy of what each person may see.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from evals.gold import Record, load_records, match_rows, open_gold, run_gold

ROOT = Path(__file__).resolve().parent.parent
COMMAND = Path(sys.executable).with_name("openmodelhub")
CATALOGUES = {"demo": ROOT / "seeds" / "demo.json"}
PASSWORD = "admin"


def load_questions(folder: Path) -> list[Record]:
    """The set's questions in file order; ids are unique."""
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line) for line in lines if line.strip()]
    repeated = [name for name, count in Counter(q["id"] for q in questions).items() if count > 1]
    if repeated:
        raise SystemExit(f"{folder}: repeated ids {repeated}")
    return questions


def find_loader(records: dict[str, list[Record]]) -> str:
    """The catalogue's first administrator, who also sets up the hub."""
    return next((user["user_name"] for user in records["user"] if user.get("is_admin")), "admin")


class Gold:
    """The gold rows of a catalogue, a person at a time."""

    def __init__(self, records: dict[str, list[Record]]) -> None:
        self.records, self.loader = records, find_loader(records)
        self.databases: dict[str, sqlite3.Connection] = {}

    def database(self, person: str) -> sqlite3.Connection:
        if person not in self.databases:
            self.databases[person] = open_gold(self.records, person, self.loader)
        return self.databases[person]

    def accepts(self, question: Record, rows: list[tuple[Any, ...]]) -> bool:
        """Whether the rows are those of the question's gold or of one of its alternatives."""
        statements = [sql for sql in (question.get("gold"), *question.get("also", ())) if sql]
        for sql in statements:
            columns, want = run_gold(self.database(question["as"]), sql)
            if sql.startswith("select count(") and rows and len(rows[0]) > 2:
                continue  # a listed row may hold the counted number by chance
            if match_rows(
                want, columns, rows, question["ordered"], question.get("key"), question.get("accept") == "set"
            ):
                return True
        return False


def judge(question: Record, reply: Record, gold: Gold) -> str:
    """`right`, `wrong` (an answer that is not the gold's, or rows where none may come) or `silent`."""
    rows = [tuple(row) for row in reply.get("rows") or []]
    answered = bool(rows) or bool(reply.get("understood") and reply.get("sql") and not reply.get("error"))
    match question["expect"]:
        case "none":
            return "wrong" if rows else "right"
        case "talk":
            talked = reply.get("answer") and reply.get("understood") and not reply.get("unknown_words")
            return "wrong" if answered else "right" if talked else "silent"
        case "ask":
            return "wrong" if rows and not gold.accepts(question, rows) else "right"
        case _:
            return "silent" if not answered else "right" if gold.accepts(question, rows) else "wrong"


def run_hub(home: Path, *arguments: str, admin: str) -> str:
    """Standard output of one command on the hub in `home`; only 0 and 3 (refused) are fine exits."""
    environment = os.environ | {
        "HUB_HOME": str(home),
        "HUB_ADMIN": admin,
        "HUB_ADMIN_PASSWORD": PASSWORD,
        "INTERPRETER": "only",
    }
    done = subprocess.run(
        [str(COMMAND), *arguments], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=1800, check=False
    )
    if done.returncode not in (0, 3):
        raise SystemExit(f"openmodelhub {' '.join(arguments)} failed ({done.returncode}):\n{done.stderr[-3000:]}")
    return done.stdout


def ask_hub(home: Path, person: str, questions: list[Record], admin: str) -> list[Record]:
    """One reply a question, in order, asked in one batch as `person`."""
    batch = home / "batch.txt"
    batch.write_text("".join(q["question"] + "\n" for q in questions), encoding="utf-8")
    output = run_hub(home, "ask", "--batch", str(batch), "--json", "--as", person, admin=admin)
    replies = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    if len(replies) != len(questions):
        raise SystemExit(f"{person}: {len(questions)} questions, {len(replies)} replies")
    return replies


def compare_tables(home: Path, gold: Gold) -> list[str]:
    """Tables whose row count in the hub differs from the gold's: a fault of the loader, not of understanding."""
    differences = []
    hub = sqlite3.connect(f"file:{home / 'openmodelhub.db'}?mode=ro", uri=True)
    mine = gold.database(gold.loader)
    for (table,) in mine.execute("select name from sqlite_master where type = 'table'").fetchall():
        counts = [db.execute(f"select count(*) from {table}").fetchone()[0] for db in (hub, mine)]
        if counts[0] != counts[1]:
            differences.append(f"{table}: {counts[0]} rows in the hub, {counts[1]} in the gold")
    return differences


def check_gold(questions: list[Record], gold: Gold) -> int:
    """Run every gold query; prints those that fail, or give no rows without saying so. The number of problems."""
    problems = 0
    for question in questions:
        for sql in (question.get("gold"), *question.get("also", ())):
            if not sql:
                continue
            try:
                columns, rows = run_gold(gold.database(question["as"]), sql)
                missing = set(question.get("key") or ()) - set(columns) if sql == question["gold"] else set()
                fault = f"no column {missing}" if missing else ""
                if not rows and not question.get("empty"):
                    fault = "no rows"
            except sqlite3.Error as error:
                fault = str(error)
            if fault:
                problems += 1
                print(f"{question['id']}: {fault}\n  {question['question']}\n  {sql}")
        if question["expect"] == "rows" and not question.get("gold"):
            problems += 1
            print(f"{question['id']}: no gold")
    return problems


def share(part: int, whole: int) -> str:
    return f"{part}/{whole} ({100 * part / whole:.1f}%)" if whole else "0/0"


def print_table(results: list[Record]) -> None:
    """Right, wrong and silent by kind, then the overall figures."""
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for result in results:
        for name in (result["kind"], *(["(core)"] if result.get("core") else []), "(all)"):
            kinds[name][result["verdict"]] += 1
    print(f"{'kind':14}{'right':>7}{'wrong':>7}{'not understood':>16}{'asked':>7}")
    for name, counts in kinds.items():
        if not name.startswith("("):
            print(f"{name:14}{counts['right']:7}{counts['wrong']:7}{counts['silent']:16}{counts.total():7}")
    for name in ("(core)", "(all)"):
        counts = kinds[name]
        print(f"{name:14}{counts['right']:7}{counts['wrong']:7}{counts['silent']:16}{counts.total():7}")
    for title, chosen in (("core", [r for r in results if r.get("core")]), ("all", results)):
        answerable = [r for r in chosen if r["expect"] == "rows"]
        answered = [r for r in answerable if r["verdict"] != "silent"]
        wrong = [r for r in chosen if r["verdict"] == "wrong"]
        right = [r for r in answerable if r["verdict"] == "right"]
        answers = len(answered) + len([r for r in wrong if r["expect"] != "rows"])
        print(
            f"{title}: understood {share(len(answered), len(answerable))}, right {share(len(right), len(answerable))}, "
            f"wrong {share(len(wrong), answers)} of answers"
        )
    none = [r for r in results if r["expect"] == "none"]
    print(f"rows where none may come: {share(len([r for r in none if r['verdict'] == 'wrong']), len(none))}")
    seconds = sorted(r["reply"]["seconds"] for r in results if isinstance(r["reply"].get("seconds"), int | float))
    if len(seconds) > 1:
        cuts = statistics.quantiles(seconds, n=20)
        print(f"latency: p50 {1000 * statistics.median(seconds):.1f} ms, p95 {1000 * cuts[18]:.1f} ms")


def print_failures(results: list[Record]) -> None:
    for result in results:
        if result["verdict"] == "right":
            continue
        reply = result["reply"]
        print(f"\n{result['verdict']:6} {result['id']} (as {result['as']}): {result['question']}")
        print(f"   gold: {result['gold']}")
        print(f"   sql:  {reply.get('sql')}")
        print(f"   rows: {len(reply.get('rows') or [])}, unknown words: {reply.get('unknown_words')}")
        if reply.get("answer"):
            print(f"   said: {' '.join(reply['answer'].split())[:240]}")


def main() -> None:
    """The command line; exit 1 where the gold itself is at fault."""
    parser = argparse.ArgumentParser(prog="python -m evals.score", description="Score answers against gold SQL.")
    parser.add_argument("set", help="demo, other, or a folder with questions.jsonl and catalogue.json")
    parser.add_argument(
        "--backend", choices=["sqlite", "mariadb"], default="sqlite",
        help="mariadb: an empty database named by DB_HOST, DB_USERNAME, DB_PASSWORD, TARGET_DB",
    )  # fmt: skip
    parser.add_argument("--limit", type=int, help="only the first N questions")
    parser.add_argument("--kind", help="only questions of this kind")
    parser.add_argument("--as-json", type=Path, metavar="OUT", help="one line a question with reply and verdict")
    parser.add_argument("--failures", action="store_true", help="list every question that was not right")
    parser.add_argument("--check", action="store_true", help="only run the gold")
    options = parser.parse_args()
    folder = ROOT / "evals" / options.set if options.set in ("demo", "other") else Path(options.set)
    catalogue = CATALOGUES.get(options.set, folder / "catalogue.json")
    gold = Gold(load_records(catalogue))
    questions = load_questions(folder)
    if options.kind:
        questions = [q for q in questions if q["kind"] == options.kind]
    questions = questions[: options.limit]
    if options.check:
        sys.exit(1 if check_gold(questions, gold) else 0)
    if options.backend == "sqlite":
        for name in ("DB_HOST", "DB_USERNAME", "DB_PASSWORD", "DB_PORT", "TARGET_DB"):
            os.environ.pop(name, None)
    elif not os.environ.get("DB_HOST"):
        parser.error("--backend mariadb needs DB_HOST")

    replies: dict[str, Record] = {}
    with tempfile.TemporaryDirectory(prefix="hub-eval-") as folder_name:
        home = Path(folder_name)
        run_hub(home, "init", admin=gold.loader)
        run_hub(home, "load", str(catalogue), admin=gold.loader)
        if options.backend == "sqlite":
            for difference in compare_tables(home, gold):
                print(f"differs: {difference}", file=sys.stderr)
        for person in dict.fromkeys(q["as"] for q in questions):
            asked = [q for q in questions if q["as"] == person]
            for question, reply in zip(asked, ask_hub(home, person, asked, gold.loader), strict=True):
                replies[question["id"]] = reply

    results = [q | {"reply": replies[q["id"]], "verdict": judge(q, replies[q["id"]], gold)} for q in questions]
    if options.as_json:
        options.as_json.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in results), encoding="utf-8")
    if options.failures:
        print_failures(results)
        print()
    print_table(results)


if __name__ == "__main__":
    main()
