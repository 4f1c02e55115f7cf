"""Hostile statements against real SQLite and MariaDB: nothing changes, nothing leaks, everything ends."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from hub.errors import HubError, QueryFailed, QueryRefused, Unavailable
from hub.query import run_query
from tests.hub.query_world import CANARY, NUMBER, World

QUERY_SECONDS = 0.5
_FILE = Path(__file__).with_name("attacks.sql")
_NEVER = (CANARY.casefold(), "argon2", *(str(NUMBER + more) for more in range(3)))


def _read_attacks() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in _FILE.read_text("utf-8").splitlines():
        if line.startswith("== "):
            statements = found.setdefault(line[3:], [])
        elif line and not line.startswith("# "):
            statements.append(line.replace("⏎", "\n").replace("␀", "\0"))
    return found


ATTACKS = _read_attacks()

DEEP = {
    "parentheses": "SELECT " + "(" * 5000 + "1" + ")" * 5000,
    "some parentheses": "SELECT " + "(" * 23 + "1" + ")" * 23,
    "open parentheses": "SELECT " + "(" * 23,
    "sums": "SELECT " + "+".join(["1"] * 1400),
    "long sums": "SELECT " + "+".join(["1"] * 9000),
    "minus signs": "SELECT " + "- " * 2000 + "1",
    "nots": "SELECT " + "NOT " * 2000 + "1",
    "ands": "SELECT 1 WHERE " + " AND ".join(["1 = 1"] * 700),
    "ors": "SELECT count(*) FROM model WHERE " + " OR ".join(f"model_id = {n}" for n in range(700)),
    "pipes": "SELECT " + " || ".join(["'a'"] * 1200),
    "cases": "SELECT " + "CASE WHEN 1 THEN " * 300 + "1" + " END" * 300,
    "subqueries": "SELECT * FROM " + "(SELECT * FROM " * 22 + "user" + ") x" * 22,
    "scalar subqueries": "SELECT " + "(SELECT " * 22 + "1" + ")" * 22,
    "unions": " UNION ALL ".join(["SELECT 1"] * 900),
    "mixed set operations": "SELECT 1 " + " ".join(f"{w} SELECT 1" for w in ("EXCEPT", "UNION", "INTERSECT") * 100),
    "joins": "SELECT count(*) FROM user a0 " + " ".join(f"JOIN user a{n} ON 1 = 1" for n in range(1, 25)),
    "too many joins": "SELECT count(*) FROM user a0 " + " ".join(f"JOIN user a{n} ON 1 = 1" for n in range(1, 90)),
    "comma joins of models": "SELECT count(*) FROM " + ", ".join(f"model_author a{n}" for n in range(25)),
    "list": f"SELECT count(*) FROM model WHERE model_id IN ({', '.join(map(str, range(1400)))})",
    "long list": f"SELECT count(*) FROM model WHERE model_id IN ({', '.join(map(str, range(9000)))})",
    "list of names": f"SELECT 1 FROM model WHERE model_name IN ({', '.join(repr(f'n{n}') for n in range(1400))})",
    "columns": "SELECT " + ", ".join(["model_name"] * 1400) + " FROM model",
    "stars": "SELECT " + ", ".join(["*"] * 1400) + " FROM model, dataset, user, affil",
    "star tower": "SELECT * FROM (SELECT *, * FROM (SELECT *, * FROM (SELECT *, * FROM model) a) b) c",
    "star ctes": "WITH a AS (SELECT model_id AS x1 FROM model)"
    + "".join(f", a{n} AS (SELECT p.*, q.* FROM a{n - 1 or ''} p, a{n - 1 or ''} q)" for n in range(1, 20))
    + " SELECT * FROM a19",
    "cte tower": "WITH a AS (SELECT model_id AS x FROM model)"
    + "".join(f", a{n} AS (SELECT p.x FROM a{n - 1 or ''} p, a{n - 1 or ''} q)" for n in range(1, 20))
    + " SELECT count(*) FROM a19",
    "name": f"SELECT 1 AS {'x' * 10_000}",
    "text": f"SELECT length('{'x' * 19_000}')",
    "long text": f"SELECT '{'x' * 10_000_000}'",
    "number": "SELECT " + "9" * 10_000,
    "long comment": "SELECT 1 /*" + "x" * 19_000 + "*/",
    "open comment": "SELECT 1 " + "/*" * 9_000,
    "quotes": "SELECT " + "'" * 19_000,
    "semicolons": "SELECT 1" + ";" * 19_000,
    "spaces": "SELECT" + " " * 19_000 + "1",
    "like": f"SELECT count(*) FROM model WHERE description LIKE '{'%a' * 5_000}'",
    "short like": f"SELECT count(*) FROM model a, model b WHERE a.description LIKE '{'%_' * 120}'",
    "like of a known column": f"SELECT count(*) FROM model WHERE arch_name LIKE '{'%a_%r' * 40}'",
    "group concat": "SELECT group_concat(a.description || b.description || c.description) FROM "
    + ", ".join(f"model {letter}" for letter in "abcdefg"),
    "windows": f"SELECT {', '.join(f'sum(model_id) OVER (ORDER BY model_id + {n})' for n in range(100))} FROM model",
    "functions": "SELECT " + "lower(" * 23 + "'A'" + ")" * 23,
    "concat": "SELECT " + "concat(" * 23 + "'A'" + ", 'b')" * 23,
    "brackets": "SELECT " + "[" * 5000,
    "braces": "SELECT " + "{" * 5000,
    "commas": "SELECT " + "," * 2900,
    "selects": "SELECT " * 2900,
    "dots": "SELECT " + "a." * 1400 + "a",
    "orders": "SELECT model_id FROM model ORDER BY " + ", ".join(["model_id"] * 1400),
    "in of in": "SELECT 1 IN " * 20 + "(1)",
    "casts": "SELECT 1" + "::int" * 900,
    "exists": "SELECT " + "EXISTS (SELECT 1 WHERE " * 22 + "1" + ")" * 22,
    "between": "SELECT " + "1 BETWEEN 0 AND " * 700 + "1",
    "is": "SELECT 1" + " IS NULL" * 1400,
    "intervals": "SELECT NOW()" + " - INTERVAL 1 DAY" * 600,
    "lone surrogate": "SELECT '\ud800'",
    "right to left": "SELECT '\u202e' AS \u202e",
    "emoji names": "SELECT 1 AS 😀, 2 AS 😁 ORDER BY 😀",
    "every letter": "SELECT '" + "".join(chr(n) for n in range(32, 3000) if chr(n) != "'") + "'",
}  # fmt: skip


def _attack(world: World, sql: str, *, refused: bool) -> str | None:
    """What is wrong with how the statement went, if anything."""
    began = time.monotonic()
    said = ""
    try:
        result = run_query(world.callers["ann"], sql, strict=len(sql) % 2 == 0)
        said = repr((result.columns, result.rows, result.notes))
        outcome = "rows"
    except QueryRefused as error:
        outcome, said = "refused", f"{error.code} {error.message} {error.hint}"
    except QueryFailed as error:
        outcome, said = "failed", f"{error.code} {error.message} {error.hint}"
    except Unavailable as error:
        return f"unavailable: {error.message}"
    except HubError as error:
        return f"{type(error).__name__}: {error.message}"
    except Exception as error:  # anything else is a bug
        return f"{type(error).__name__}: {error}"
    if (taken := time.monotonic() - began) > 10:
        return f"took {taken:.1f} s"
    own = [text.casefold() for text in re.findall(r"'([^']*)'", sql)]
    said = said.casefold()
    for text in own:
        said = said.replace(text, "") if len(text) > 3 else said
    if leaked := [secret for secret in _NEVER if secret in said]:
        return f"leaked {leaked}: {said[:200]}"
    if refused and outcome != "refused":
        return f"was not refused but {outcome}: {said[:200]}"
    return None


@pytest.mark.parametrize("category", ATTACKS)
def test_nothing_changes_leaks_or_hangs(world: World, category: str) -> None:
    before = world.checksum()
    refused = category.startswith("refused")
    problems = {sql: problem for sql in ATTACKS[category] if (problem := _attack(world, sql, refused=refused))}
    assert not problems
    assert world.checksum() == before


@pytest.mark.parametrize("name", DEEP)
def test_size_is_bounded(world: World, name: str) -> None:
    assert _attack(world, DEEP[name], refused=False) is None


def test_there_are_many() -> None:
    assert sum(map(len, ATTACKS.values())) + len(DEEP) >= 300
