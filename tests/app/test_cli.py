"""The command line: its JSON, its exit codes, what goes to which stream, and that nothing goes round the gate."""

import csv
import html
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from app import cli
from db.tables import AuditLog, User
from hub.access import Caller
from hub.home import Hub, open_hub
from hub.insights import INSIGHTS
from tests.conftest import ROOT, settings_for
from tests.mariadb import MariaDB

SECRET = "seven quiet otters"


class Ran:
    """A command that was run: exit code and the two streams."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Ran]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command finds its hub; nothing is there yet."""
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "hub"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "hub"


@pytest.fixture
def run(home: Path) -> Run:
    """Run a command in this process."""

    def run_it(*arguments: str, given: str | None = None) -> Ran:
        result = CliRunner().invoke(cli.cli, list(arguments), input=given, catch_exceptions=False)
        return Ran(result.exit_code, result.stdout, result.stderr)

    return run_it


@pytest.fixture
def demo(run: Run, home: Path, demo_home: Path) -> Run:
    """Run a command on a hub with the demo data."""
    shutil.copytree(demo_home, home)
    return run


@pytest.fixture
def opened(home: Path, demo: Run) -> Iterator[Hub]:
    """The demo hub that the command works on, to look into."""
    hub = open_hub(settings_for(home))
    yield hub
    hub.close()


# --- as a program ---------------------------------------------------------------------------------


def program(home: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    env = {"HUB_HOME": str(home), "HUB_TEST_CHEAP_HASH": "1", "PATH": os.environ["PATH"], "LC_ALL": "C"}
    command = [str(Path(sys.executable).parent / "openmodelhub"), *arguments]
    return subprocess.run(
        command, env=env, input=given, capture_output=True, text=True, encoding="utf-8", cwd=home.parent
    )


def test_the_program_from_setup_to_answer(home: Path) -> None:
    refused = program(home, "sql", "SELECT 1", "--json")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "openmodelhub init" in refused.stderr
    made = program(home, "init", "--demo")
    assert (made.returncode, made.stderr.count("\n")) == (0, 2)
    assert "recovery key" in made.stderr
    asked = program(home, "ask", "--batch", "-", "--json", given='how many datasets are there?\n["xyzzy", "plugh"]\n')
    assert asked.stderr == ""
    answers = [json.loads(line) for line in asked.stdout.splitlines()]
    assert [answer["understood"] for answer in answers] == [True, False, False]
    assert answers[0]["rows"] == [[100]]
    broken = program(home, "sql", "--batch", "-", "--json", given='"SELECT \'ü→\'"\nnonsense\n"SELECT 2"\n')
    assert broken.returncode == 0
    assert [json.loads(line)["rows"] for line in broken.stdout.splitlines()] == [[["ü→"]], [], [[2]]]


def test_sql_and_load_need_no_language_model_library() -> None:
    looked = subprocess.run(
        [
            sys.executable,
            "-c",
            "import app.cli, hub.home, hub.people, hub.records, hub.query, sys\n"
            "heavy = ('langchain', 'langchain_core', 'chainlit', 'fastapi', 'pandas', 'plotly', 'alembic')\n"
            "print([name for name in heavy if name in sys.modules])",
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert looked.stdout == "[]\n", looked.stderr


# --- setting up -----------------------------------------------------------------------------------


def test_init_without_demo(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = run("init")
    assert (asked.code, asked.out) == (1, "")
    assert "HUB_ADMIN_PASSWORD" in asked.err
    monkeypatch.setenv("HUB_ADMIN", "Grace")
    monkeypatch.setenv("HUB_ADMIN_PASSWORD", "short")
    monkeypatch.setenv("HUB_ENV", "production")
    refused = run("init")
    assert refused.code == 1
    assert "12 characters" in refused.err
    monkeypatch.setenv("HUB_ADMIN_PASSWORD", SECRET)
    made = run("init")
    assert (made.code, made.out) == (0, "The hub is set up; Grace is its first admin.\n")
    assert "recovery-key.pem" in made.err
    assert (home / "recovery-key.pem").is_file()
    monkeypatch.delenv("HUB_ENV")
    before = {path: path.read_bytes() for path in (home / "keys").iterdir()}
    for again in (("init",), ("init", "--demo")):
        assert run(*again).out == "The hub is set up already; nothing was changed.\n"
    assert {path: path.read_bytes() for path in (home / "keys").iterdir()} == before
    assert run("user", "list", "--json").json["total"] == 1
    hub = open_hub(settings_for(home))
    with hub.database.read() as db:
        stored = db.scalar(sa.select(User.password_hash))
    assert hub.passwords.verify(stored, SECRET)
    hub.close()


def test_a_short_password_from_the_environment_is_warned_of(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_ADMIN_PASSWORD", "short")
    made = run("init")
    assert made.code == 0
    assert "shorter than 12" in made.err


def test_version(run: Run) -> None:
    assert run("--version").out == "openmodelhub 0.1.0\n"


def test_production_takes_no_demo(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_ENV", "production")
    refused = run("init", "--demo")
    assert refused.code == 3
    assert not (home / "openmodelhub.db").exists()


def test_a_wrong_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUERY_ROWS", "many")
    wrong = run("sql", "SELECT 1")
    assert wrong.code == 1
    assert wrong.err.startswith("openmodelhub: QUERY_ROWS: ")
    assert ".env.example" in wrong.err


def test_serve_wants_a_hub_that_is_set_up(run: Run) -> None:
    refused = run("serve", "--port", "1")
    assert (refused.code, refused.err) == (
        1,
        "openmodelhub: this hub is not set up yet; run `openmodelhub init`, or `openmodelhub init --demo`\n",
    )


def test_a_port_that_is_taken_is_said(demo: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = demo("serve", "--port", str(taken.getsockname()[1]))
    assert refused.code == 1
    assert "cannot listen on 127.0.0.1" in refused.err
    assert "--port" in refused.err
    assert refused.out == ""


@pytest.mark.mariadb
def test_the_whole_way_on_mariadb(run: Run, mariadb_server: MariaDB, monkeypatch: pytest.MonkeyPatch) -> None:
    with mariadb_server.fresh_database() as where:
        for name, value in where.items():
            monkeypatch.setenv(name.upper(), str(value))
        assert run("init", "--demo").code == 0
        assert run("init").code == 0
        assert run("sql", "SELECT count(*) FROM model", "--json").json["rows"] == [[92]]
        assert run("ask", "how many datasets are there?", "--json").json["rows"] == [[100]]
        assert run("audit", "verify").out.startswith("The audit trail is whole")
        found = {one["what"]: one["state"] for one in run("doctor", "--json").json}
        assert (found["database"], found["reader"]) == ("fine", "fine")


# --- asking ---------------------------------------------------------------------------------------


def test_ask_gives_the_contract(demo: Run) -> None:
    answer = demo("ask", "how many models are there?", "--json").json
    assert list(answer) == [
        *("question", "engine", "understood", "unknown_words", "sql", "columns", "rows", "truncated", "answer"),
        *("attempts", "seconds", "error"),
    ]
    assert (answer["engine"], answer["understood"], answer["rows"], answer["error"]) == (
        *("interpreter", True, [[92]], None),
    )


def test_ask_without_json_shows_answer_table_and_sql(demo: Run) -> None:
    shown = demo("ask", "how many models are there?")
    assert shown.code == 0
    assert "92" in shown.out
    assert "SQL: SELECT" in shown.out


def test_an_order_says_what_would_change_and_changes_nothing(demo: Run, opened: Hub) -> None:
    told = demo("ask", "deactivate everyone from Bluemesa AI", "--as", "admin")
    assert told.code == 0
    assert "nothing has changed yet" in told.out
    assert "carlos: state: active → deactivated" in told.out
    assert "openmodelhub user" in told.out
    found = demo("ask", "deactivate everyone from Bluemesa AI", "--as", "admin", "--json").json
    assert (found["understood"], found["sql"], found["rows"], found["error"]) == (True, None, [], None)
    with opened.database.read() as db:
        assert db.scalar(sa.select(User.is_active).where(User.user_name == "carlos"))
    assert demo("ask", "deactivate carlos", "--as", "bob.tanaka").code == 3


def test_what_is_not_understood_is_3(demo: Run) -> None:
    for more in ((), ("--json",)):
        assert demo("ask", "frobnicate the gizmos", *more).code == 3
    answer = demo("ask", "frobnicate the gizmos", "--json").json
    assert (answer["understood"], answer["rows"]) == (False, [])
    assert set(answer["unknown_words"]) == {"frobnicate", "gizmos"}
    assert set(answer["error"]) == {"code", "message", "hint"}


def test_what_fails_inside_is_1_with_a_request_id(demo: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: Any, **__: Any) -> None:
        raise RuntimeError("inner secret")

    monkeypatch.setattr("assistant.agent.answer", break_down)
    failed = demo("ask", "how many models are there?", "--json")
    assert failed.code == 1
    assert "inner secret" not in failed.out + failed.err
    request_id = failed.json["error"]["message"].partition("request ")[2].rstrip(")")
    log = (home / "hub.log").read_text("utf-8")
    assert f"request {request_id}" in log
    assert "RuntimeError: inner secret" in log
    monkeypatch.setattr("hub.people.list_people", break_down)
    failed = demo("user", "list")
    assert failed.code == 1
    assert "inner secret" not in failed.out + failed.err
    assert "Traceback" not in failed.err


def test_a_batch_goes_on_whatever_a_line_holds(demo: Run, tmp_path: Path) -> None:
    lines = [
        "how many models are there?",
        "",
        "[not json",
        '["how many datasets are there?", "how many models are there?"]',
        "[]",
        "[1, 2]",
        "x" * 5000,
        "how many datasets are there?",
    ]
    file = tmp_path / "questions.txt"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    ran = demo("ask", "--batch", str(file), "--json")
    assert ran.code == 0
    questions = [one["question"] for one in ran.lines]
    assert questions == [
        *(
            lines[0],
            "",
            "[not json",
            "how many datasets are there?",
            "how many models are there?",
            "[1, 2]",
            "x" * 5000,
        ),
        lines[7],
    ]
    assert [one["rows"] for one in ran.lines] == [[[92]], [], [], [[100]], [[92]], [], [], [[100]]]


def test_a_byte_order_mark_before_a_batch_is_no_part_of_it(demo: Run, tmp_path: Path) -> None:
    file = tmp_path / "statements.txt"
    file.write_text('"SELECT 1 AS one"\n', "utf-8-sig")
    from_file = demo("sql", "--batch", str(file), "--json")
    from_stdin = demo("sql", "--batch", "-", "--json", given=file.read_text("utf-8"))
    assert [one["rows"] for one in (*from_file.lines, *from_stdin.lines)] == [[[1]], [[1]]]


def test_a_conversation_hands_on_what_was_said(demo: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.conversation import Answer

    heard: list[tuple[str, list[str]]] = []

    def listen(_caller: Caller, question: str, *, scope: Any, history: Any) -> Answer:
        heard.append((question, [one.question for one in history]))
        return Answer(question, understood=True)

    monkeypatch.setattr("assistant.agent.answer", listen)
    demo("ask", "--batch", "-", "--json", given='["a", "b", "c"]\nd\n')
    assert heard == [("a", []), ("b", ["a"]), ("c", ["a", "b"]), ("d", [])]


def test_commands_typed_wrongly_are_2(demo: Run) -> None:
    for arguments in (
        *(("ask",), ("sql",), ("ask", "a", "--batch", "-", "--json"), ("ask", "--batch", "-"), ("nonsense",)),
        *(("ask", "a", "--scope", "cars"), ("sql", "--batch", "-"), ("user", "grant", "a", "b", "--deny", "--clear")),
    ):
        assert demo(*arguments).code == 2, arguments


# --- SQL ------------------------------------------------------------------------------------------


def test_sql_gives_the_contract_and_codes(demo: Run) -> None:
    right = demo("sql", "SELECT model_name FROM model WHERE model_name = 'resnet50'", "--json")
    assert (right.code, list(right.json)) == (0, ["sql", "columns", "rows", "truncated", "error"])
    assert right.json["rows"] == [["resnet50"]]
    for statement, code in (("DELETE FROM model", 3), ("SELECT password_hash FROM user", 3), ("SELECT FROM", 3)):
        refused = demo("sql", statement, "--json")
        assert (refused.code, refused.json["rows"]) == (code, [])
        assert set(refused.json["error"]) == {"code", "message", "hint"}
        plain = demo("sql", statement)
        assert (plain.code, plain.out) == (code, "")
        assert plain.err.startswith("openmodelhub: ")
    assert demo("sql", "SELECT count(*) FROM model", "--as", "nobody.here").code == 1


def test_a_value_that_does_not_exist_is_a_note_beside_the_result(demo: Run) -> None:
    noted = demo("sql", "SELECT model_name FROM model WHERE media_type = 'sound'", "--json")
    assert (noted.code, noted.json["rows"]) == (0, [])
    assert "audio" in noted.err


def test_everyone_sees_their_own_share(demo: Run) -> None:
    counts = {
        name: demo("sql", "SELECT count(*) FROM dataset", "--as", name, "--json").json["rows"][0][0]
        for name in ("admin", "alice", "mateo")
    }
    assert counts["admin"] == 100
    assert max(counts["alice"], counts["mateo"]) < 100


def test_what_a_cell_holds_does_not_steer_the_terminal(demo: Run) -> None:
    shown = demo("sql", "SELECT char(27) || '[2J' || char(7) || '[bold]x[/bold]' AS c")
    if shown.code == 0:
        assert "\x1b" not in shown.out
        assert "\x07" not in shown.out
        assert "[bold]x[/bold]" in shown.out


# --- records --------------------------------------------------------------------------------------


def test_load_and_export(demo: Run, tmp_path: Path) -> None:
    file = tmp_path / "more.json"
    net = {"model_name": "New Net", "media_type": "text", "arch_name": "rnn", "train_name": "rl"}
    file.write_text(json.dumps({"model": [net], "user": [{"user_name": "late"}, {"user_name": "alice"}]}), "utf-8")
    loaded = demo("load", str(file))
    assert loaded.code == 0
    assert "Loaded 0 affiliations, 1 people, 0 datasets, 1 models." in loaded.out
    assert "Skipped, as the name exists already: 0 affiliations, 1 people" in loaded.out
    assert "late" in loaded.out
    assert demo("load", str(file), "--json").json["skipped"]["model"] == 1
    out = tmp_path / "out.json"
    assert demo("export", "-o", str(out)).code == 0
    assert out.stat().st_mode & 0o777 == 0o600
    exported = json.loads(out.read_text("utf-8"))
    assert len(exported["model"]) == 93
    assert demo("export", "-o", "-").json == exported
    assert demo("export", "-o", str(tmp_path / "none" / "out.json")).code == 1
    assert demo("export", "-o", str(out), "--as", "alice").code == 3
    file.write_text('{"model": [{"model_name": "x", "media_type": "smell"}]}', "utf-8")
    wrong = demo("load", str(file))
    assert wrong.code == 1
    assert wrong.err.startswith("openmodelhub: more.json: model 1 (\"x\"): media_type: 'smell' is not one of")
    file.write_text("{", "utf-8")
    assert "more.json: line 1, column 2" in demo("load", str(file)).err


# --- people ---------------------------------------------------------------------------------------


def test_people_are_made_changed_and_removed(demo: Run, opened: Hub) -> None:
    made = demo("user", "create", "eve", "--affiliation", "Bluemesa AI")
    assert made.code == 0
    secret = made.out.strip()
    assert len(secret) == 29
    assert secret not in made.err
    with opened.database.read() as db:
        stored = db.scalar(sa.select(User.password_hash).where(User.user_name == "eve"))
    assert opened.passwords.verify(stored, secret)
    assert demo("user", "reset-password", "eve", "--json").json["secret"] != secret
    assert (
        demo("user", "edit", "eve", "--name", "Eve", "--admin").out
        == "eve: user_name is now Eve, is_admin is now True\n"
    )
    assert demo("user", "edit", "Eve").out == "Eve: nothing to change\n"
    listed = demo("user", "list", "eve", "--json").json
    assert (listed["total"], listed["users"][0]["affiliations"]) == (1, ["Bluemesa AI"])
    assert "Eve" in [user["user_name"] for user in demo("user", "list", "--admin", "--json").json["users"]]
    assert "Eve" in demo("user", "list", "eve").out
    assert demo("user", "grant", "Eve", "person.list", "--deny").code == 0
    assert demo("user", "list", "--as", "Eve").code == 3
    assert demo("user", "grant", "Eve", "person.list", "--clear").code == 0
    assert demo("user", "list", "--as", "Eve").code == 0
    assert demo("user", "remove", "Eve").code == 1, "nobody is there to confirm"
    assert demo("user", "remove", "Eve", "--yes").code == 0
    assert demo("user", "remove", "alice", "--yes").code == 1
    moved = demo("user", "remove", "alice", "--yes", "--to", "dana")
    assert moved.code == 0, moved.err
    assert "given to dana" in moved.out
    assert demo("user", "create", "x", "--as", "mateo").code == 3


# --- audit ----------------------------------------------------------------------------------------


def test_the_trail_names_the_operator_and_the_person(demo: Run, opened: Hub) -> None:
    demo("sql", "SELECT count(*) FROM model", "--as", "mateo")
    demo("user", "list", "--as", "mateo")
    rows = demo("audit", "show", "--actor", "mateo", "--json").json
    assert [(row["on_behalf_of"], row["action"], row["outcome"]) for row in rows] == [
        ("mateo", "person.list", "refused"),
        ("mateo", "query.run", "ok"),
    ]
    assert rows[0]["actor"].startswith("cli:")
    shown = demo("audit", "show", "--limit", "5")
    assert f"{rows[0]['actor']} for mateo" in shown.out
    assert demo("audit", "show", "--as", "mateo").code == 3
    assert demo("audit", "verify").code == 0


def test_the_trail_is_filtered_and_paged(demo: Run) -> None:
    for _ in range(3):
        demo("user", "list", "--as", "admin")
    demo("user", "list", "--as", "mateo")
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    fits = ("--person", "admin", "--action", "person.list", "--outcome", "ok", "--from", today, "--to", today)
    rows = demo("audit", "show", *fits, "--json").json
    assert len(rows) == 3
    first = demo("audit", "show", *fits, "--limit", "2")
    assert f"1 older rows fit: --before {rows[1]['seq']} goes on" in first.err
    assert demo("audit", "show", *fits, "--before", str(rows[1]["seq"]), "--json").json == rows[2:]
    assert demo("audit", "show", *fits, "--to", "2020-01-01", "--json").json == []
    assert {row["object_type"] for row in demo("audit", "show", "--object", "records", "--json").json} == {"records"}
    assert "YYYY-MM-DD" in demo("audit", "show", "--from", "yesterday").err


def test_a_changed_trail_is_found(demo: Run, opened: Hub) -> None:
    assert demo("audit", "verify", "--json").json["ok"]
    with opened.database.write() as db:
        db.execute(sa.update(AuditLog).where(AuditLog.seq == 2).values(actor="nobody else"))
    broken = demo("audit", "verify")
    assert (broken.code, broken.out) == (1, "The audit trail is broken at row 2: a row was changed, moved or put in.\n")
    assert demo("audit", "verify", "--json").json["seq"] == 2


# --- doctor ---------------------------------------------------------------------------------------


def states(ran: Ran) -> dict[str, str]:
    return {one["what"]: one["state"] for one in ran.json}


def test_doctor_finds_a_healthy_hub_so(demo: Run) -> None:
    well = demo("doctor", "--json")
    assert well.code == 0
    assert states(well) == {
        "settings": "fine",
        "storage": "fine",
        "keys": "fine",
        "language model": "fine",
        "database": "fine",
        "reader": "fine",
        "people": "look",
    }
    assert all(one["remedy"] for one in well.json if one["state"] != "fine")
    assert "→" in demo("doctor").out


def test_doctor_makes_nothing(run: Run, home: Path) -> None:
    looked = run("doctor", "--json")
    assert looked.code == 1
    assert states(looked)["storage"] == "broken"
    assert not home.exists()


@pytest.mark.parametrize(
    ("break_it", "what"),
    [
        (lambda home: (home / "keys" / "master.key").unlink(), "keys"),
        (lambda home: (home / "keys" / "master.key").chmod(0o644), "keys"),
        (lambda home: (home / "keys").chmod(0o755), "keys"),
        (lambda home: (home / "keys" / "master.key").write_text("00" * 32), "database"),
        (lambda home: (home / "openmodelhub.db").unlink(), "database"),
        (lambda home: (home / "openmodelhub.db").write_bytes(b"x" * 9000), "database"),
        (lambda home: shutil.rmtree(home / "artifacts"), "storage"),
    ],
    ids=["key gone", "key open", "keys open", "other key", "database gone", "database damaged", "artifacts gone"],
)
def test_doctor_names_what_is_broken(demo: Run, home: Path, break_it: Callable[[Path], None], what: str) -> None:
    break_it(home)
    ran = demo("doctor", "--json")
    assert ran.code == 1
    broken = [one for one in ran.json if one["state"] == "broken"]
    assert [one["what"] for one in broken] == [what]
    assert broken[0]["remedy"]


def test_doctor_asks_the_endpoint(demo: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASE_URL", "http://model.example/v1")
    monkeypatch.setenv("MODEL_NAME", "small")
    monkeypatch.setenv("API_KEY", "sk-not-to-be-shown")

    def reply(status: int, text: str = "") -> None:
        def get(url: str, **options: Any) -> httpx.Response:
            assert url == "http://model.example/v1/models"
            assert options["headers"] == {"Authorization": "Bearer sk-not-to-be-shown"}
            if status == 0:
                raise httpx.ConnectError("refused")
            return httpx.Response(status, text=text)

        monkeypatch.setattr(httpx, "get", get)

    for status, text, state in (
        (200, '{"data": [{"id": "small"}]}', "fine"),
        (200, '{"data": [{"id": "large"}]}', "look"),
        (200, "<html>", "fine"),
        (401, "", "broken"),
        (404, "", "look"),
        (0, "", "broken"),
    ):
        reply(status, text)
        ran = demo("doctor", "--json")
        assert states(ran)["language model"] == state, (status, text)
        assert "sk-not" not in ran.out + ran.err
    monkeypatch.setenv("BASE_URL", "http://me:hunter2@model.example/v1?key=hunter3")
    for status in (200, 404, 0):
        monkeypatch.setattr(httpx, "get", lambda url, status=status, **_: httpx.Response(status or 500, text="{}"))
        ran = demo("doctor")
        assert "http://model.example/v1" in ran.out
        assert "hunter" not in ran.out + ran.err
    monkeypatch.setenv("LOCAL_MODEL", "none.gguf")
    assert states(demo("doctor", "--json"))["language model"] == "broken"


def test_doctor_in_production_minds_demo_passwords(demo: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_ENV", "production")
    assert states(demo("doctor", "--json"))["people"] == "broken"


# --- insights -------------------------------------------------------------------------------------


def test_insights_are_a_page_and_their_numbers(demo: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_PASSWORD", "admin")
    folder, file = tmp_path / "out", tmp_path / "one.csv"
    file.write_text("a,b\n1,2\n")
    words = ("--kind", "dataset", "--name", "One", "--media", "text", "--task", "regression")
    assert demo("upload", str(file), *words).code == 0  # so that there are uploads to show
    done = demo("insights", "-o", str(folder))
    assert (done.code, done.out) == (0, "")
    assert {file.name for file in folder.glob("*.csv")} == {"facts.csv", *(f"{name}.csv" for name in INSIGHTS)}
    page = (folder / "index.html").read_text("utf-8")
    assert all(html.escape(one.title) in page for one in INSIGHTS.values())
    assert "default-src 'none'" in page
    shares = list(csv.DictReader((folder / "models-by-architecture.csv").open(encoding="utf-8", newline="")))
    assert {row["arch_name"]: int(row["Models"]) for row in shares} == {"transformer": 46, "cnn": 31, "rnn": 15}
    facts = {(row["insight"], row["fact"]): row["value"]
             for row in csv.DictReader((folder / "facts.csv").open(encoding="utf-8", newline=""))}  # fmt: skip
    assert facts["parameters", "Highest"] == "70553706496"
    assert facts["transfers", "Uploads in all"] == "1"
    assert folder.stat().st_mode & 0o077 == 0


def test_insights_take_the_place_of_earlier_ones_and_of_nothing_else(demo: Run, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "index.html").write_text("old")
    assert demo("insights", "-o", str(folder)).code == 0
    assert (folder / "index.html").read_text("utf-8") != "old"
    (folder / "notes.txt").write_text("mine")
    refused = demo("insights", "-o", str(folder))
    assert refused.code != 0
    assert "notes.txt" in refused.err
    assert (folder / "notes.txt").read_text() == "mine"
    file = tmp_path / "file"
    file.write_text("mine")
    for wrong in (file, file / "below"):
        assert demo("insights", "-o", str(wrong)).code != 0
    assert file.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "hub", "out"]


def test_insights_are_for_those_who_may(demo: Run, tmp_path: Path) -> None:
    refused = demo("insights", "-o", str(tmp_path / "out"), "--as", "alice")
    assert refused.code == 3
    assert "insights" in refused.err
    assert not (tmp_path / "out").exists()
    assert demo("ask", "show insights", "--as", "alice", "--json").json["error"]["code"] == "denied"


def test_a_chart_order_is_answered_with_its_rows_in_a_conversation_too(demo: Run, tmp_path: Path) -> None:
    asked = demo("ask", "chart models by architecture", "--json")
    assert asked.code == 0
    assert asked.json["rows"][0] == ["transformer", 46]
    talk = tmp_path / "talk.jsonl"
    turns = ["which CNNs have more than 20M parameters?", "chart them by media type", "as a pie chart", "only images"]
    talk.write_text(json.dumps(turns) + "\n", "utf-8")
    answers = demo("ask", "--batch", str(talk), "--json").lines
    assert [one["question"] for one in answers] == turns
    assert answers[1]["columns"] == answers[2]["columns"] == ["media_type", "model_count"]
    assert [row[0] for row in answers[3]["rows"]] == ["image"]
