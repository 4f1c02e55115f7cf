"""Score the hub's answers: `python -m evals.score other --failures`.

Loads a set's catalogue into a fresh hub, asks its questions and conversations through the command line as the people
they belong to, compares rows with the gold SQL run on an independent copy of what each person may see, and checks that
the answers say nothing that is not in their rows.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import sys
from collections import Counter, defaultdict
from pathlib import Path

from evals.asking import BACKENDS, ENGINES, open_eval_hub
from evals.gold import Record, load_records, run_gold
from evals.judge import Gold, find_strays, judge

ROOT = Path(__file__).resolve().parent.parent
SETS = (
    "demo",
    "other",
    "workshop",
    "visitors",
    "lab",
    "studio",
    "clinic",
    "harbour",
    "foundry",
    "atelier",
    "held",
    "sealed",
)
UNTUNED = ("held", "sealed")
"""Their questions are only counted: nobody is shown which of them failed."""
CATALOGUES = {
    **dict.fromkeys(("demo", "visitors"), ROOT / "seeds" / "demo.json"),
    "held": ROOT / "evals" / "other" / "catalogue.json",
}
RESULTS = ROOT / "evals" / "results"


def find_set(name: str) -> tuple[Path, Path]:
    """The set's folder and its catalogue."""
    folder = ROOT / "evals" / name if name in SETS else Path(name)
    return folder, CATALOGUES.get(name, folder / "catalogue.json")


def load_questions(folder: Path) -> list[Record]:
    """The set's single questions in file order."""
    return read_lines(folder / "questions.jsonl")


def load_conversations(folder: Path) -> list[list[Record]]:
    """The set's conversations, each a list of turns that look like questions; turn 2 of `chat-01` is `chat-01.2`."""
    path = folder / "conversations.jsonl"
    return [
        [{"id": f"{talk['id']}.{number}", "as": talk["as"], **turn} for number, turn in enumerate(talk["turns"], 1)]
        for talk in (read_lines(path) if path.exists() else [])
    ]


def read_lines(path: Path) -> list[Record]:
    """The objects of a JSONL file whose ids are unique."""
    lines = path.read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines if line.strip()]
    if repeated := [name for name, count in Counter(record["id"] for record in records).items() if count > 1]:
        raise SystemExit(f"{path}: repeated ids {repeated}")
    return records


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


def score_set(asked: list[list[Record]], gold: Gold, catalogue: Path, engine: str, backend: str) -> list[Record]:
    """Each question and turn with its `reply`, its `verdict` and the `strays` of the answer's text, in file order."""
    replies: dict[str, Record] = {}
    with open_eval_hub(catalogue, gold, engine, backend) as hub:
        for person in dict.fromkeys(turns[0]["as"] for turns in asked):
            theirs = [turns for turns in asked if turns[0]["as"] == person]
            flat = [turn for turns in theirs for turn in turns]
            replies.update(zip((turn["id"] for turn in flat), hub.ask(person, theirs), strict=True))
    results = []
    for turns in asked:
        so_far = ""
        for turn in turns:
            reply, so_far = replies[turn["id"]], f"{so_far} {turn['question']}"
            strays = find_strays(turn, reply, so_far, gold)
            results.append(turn | {"reply": reply, "verdict": judge(turn, reply, gold), "strays": strays})
    return results


def write_results(path: Path, results: list[Record], ids_only: bool) -> None:
    """One line a question, the same each time the same answers come: no times."""
    lines = []
    for result in results:
        line = {"id": result["id"], "verdict": result["verdict"]}
        if not ids_only:
            reply = result["reply"]
            line |= {"engine": reply["engine"], "rows": len(reply["rows"]), "sql": reply["sql"]}
            line |= {"strays": result["strays"]} if result["strays"] else {}
        lines.append(json.dumps(line, ensure_ascii=False) + "\n")
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(lines), encoding="utf-8")


# --- tables -----------------------------------------------------------------------------------------


def share(part: int, whole: int) -> str:
    """A part of a whole, as a fraction and per cent."""
    return f"{part}/{whole} ({100 * part / whole:.1f}%)" if whole else "0/0"


def print_kinds(results: list[Record]) -> None:
    """Right, wrong and not understood by kind."""
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for result in results:
        kinds[result["kind"]][result["verdict"]] += 1
    print(f"{'kind':14}{'right':>7}{'wrong':>7}{'not understood':>16}{'asked':>7}")
    for name, counts in kinds.items():
        print(f"{name:14}{counts['right']:7}{counts['wrong']:7}{counts['silent']:16}{counts.total():7}")


HEADINGS = (
    *("set", "engine", "backend", "asked", "right", "wrong", "not understood", "right of all", "right of answerable"),
    *("wrong of answers", "rows where none may come", "strays", "p50 ms", "p95 ms"),
)


def summarise(name: str, engine: str, backend: str, results: list[Record]) -> tuple[str, ...]:
    """One row of the summary table, under HEADINGS."""
    verdicts = Counter(result["verdict"] for result in results)
    answerable = [r for r in results if r["expect"] == "rows"]
    answers = [r for r in results if r["verdict"] != "silent" and (r["expect"] == "rows" or r["verdict"] == "wrong")]
    none = [r for r in results if r["expect"] == "none"]
    seconds = sorted(r["reply"]["seconds"] for r in results)
    cuts = statistics.quantiles(seconds, n=20) if len(seconds) > 1 else seconds * 19
    return (
        *(name, engine, backend, str(len(results))),
        *(str(verdicts["right"]), str(verdicts["wrong"]), str(verdicts["silent"])),
        *(f"{100 * verdicts['right'] / len(results):.1f}%",),
        share(len([r for r in answerable if r["verdict"] == "right"]), len(answerable)),
        share(verdicts["wrong"], len(answers)),
        share(len([r for r in none if r["verdict"] == "wrong"]), len(none)),
        str(len([r for r in results if r["strays"]])),
        *(f"{1000 * statistics.median(seconds):.0f}", f"{1000 * cuts[18]:.0f}"),
    )


def print_table(rows: list[tuple[str, ...]]) -> None:
    """A table in Markdown."""
    widths = [max(len(row[i]) for row in (HEADINGS, *rows)) for i in range(len(HEADINGS))]
    for row in (HEADINGS, tuple("-" * width for width in widths), *rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")


def print_failures(results: list[Record]) -> None:
    """What was not right, with the gold, the statement and what was said."""
    for result in results:
        if result["verdict"] == "right":
            continue
        reply = result["reply"]
        print(f"\n{result['verdict']:6} {result['id']} (as {result['as']}): {result['question']}")
        print(f"   gold: {result['gold']}" if result.get("gold") else f"   expected: {result['expect']}")
        print(f"   sql:  {reply.get('sql')}")
        print(f"   rows: {len(reply.get('rows') or [])}, unknown words: {reply.get('unknown_words')}")
        if reply.get("answer"):
            print(f"   said: {' '.join(reply['answer'].split())[:240]}")


def print_strays(results: list[Record]) -> None:
    """Answers that say a name or number which is not in their rows."""
    for result in results:
        if result["strays"]:
            print(f"\nnot in the rows: {result['strays']} in {result['id']} (as {result['as']}): {result['question']}")
            print(f"   said: {' '.join(result['reply']['answer'].split())[:400]}")


def main() -> None:
    """The command line; exit 1 where the gold itself is at fault."""
    parser = argparse.ArgumentParser(prog="python -m evals.score", description="Score answers against gold SQL.")
    parser.add_argument(
        "sets", nargs="*", default=SETS, metavar="SET",
        help=f"{', '.join(SETS)}, or a folder with questions.jsonl, conversations.jsonl and catalogue.json; else all",
    )  # fmt: skip
    parser.add_argument(
        "--engine", choices=ENGINES, default="interpreter",
        help="endpoint: the model of BASE_URL, API_KEY and MODEL_NAME alone; both: after the interpreter",
    )  # fmt: skip
    parser.add_argument(
        "--backend", choices=BACKENDS, default="sqlite",
        help="mariadb: an empty database named by DB_HOST, DB_USERNAME, DB_PASSWORD, TARGET_DB, else one of its own",
    )  # fmt: skip
    parser.add_argument("--limit", type=int, help="only the first N questions and conversations")
    parser.add_argument("--kind", help="only questions of this kind")
    parser.add_argument("--as-json", type=Path, metavar="OUT", help="one line a question with its whole reply")
    parser.add_argument("--failures", action="store_true", help="list what was not right, save of untuned sets")
    parser.add_argument("--check", action="store_true", help="only run the gold")
    options = parser.parse_args()
    if options.engine != "interpreter" and not (os.environ.get("BASE_URL") or os.environ.get("API_KEY")):
        parser.error(f"--engine {options.engine} needs BASE_URL, or API_KEY, and MODEL_NAME in the environment")
    table, problems = [], 0
    for name in options.sets:
        folder, catalogue = find_set(name)
        gold = Gold(load_records(catalogue))
        questions, conversations = load_questions(folder), load_conversations(folder)
        if options.kind:
            questions, conversations = [q for q in questions if q["kind"] == options.kind], []
        asked = [[q] for q in questions[: options.limit]] + conversations[: options.limit]
        if options.check:
            problems += check_gold([turn for turns in asked for turn in turns], gold)
            continue
        results = score_set(asked, gold, catalogue, options.engine, options.backend)
        single = [r for r in results if r["id"] in {q["id"] for q in questions}]
        turns = [r for r in results if r not in single]
        if options.as_json and name not in UNTUNED:
            lines = (json.dumps(result, ensure_ascii=False) + "\n" for result in results)
            options.as_json.write_text("".join(lines), encoding="utf-8")
        if name in SETS and options.limit is None and options.kind is None:
            path = RESULTS / f"{name}-{options.engine}-{options.backend}.jsonl"
            write_results(path, results, ids_only=name in UNTUNED)
        if options.failures and name not in UNTUNED:
            print_failures(results)
        if name not in UNTUNED:
            print_strays(results)
        for title, part in ((name, single), (f"{name}, turns", turns)):
            if part:
                table.append(summarise(title, options.engine, options.backend, part))
                if len(options.sets) == 1:
                    print(f"\n{title}")
                    print_kinds(part)
    if table:
        print()
        print_table(table)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
