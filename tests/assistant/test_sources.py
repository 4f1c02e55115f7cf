"""Tables page, sort and export again from their sources, with the rights of that moment."""

from __future__ import annotations

import csv
import io
import json

import pytest

from assistant import sources
from hub.access import Caller
from hub.catalog import create_model
from hub.errors import Denied, HubError
from hub.home import Hub
from tests.conftest import caller_for


@pytest.fixture
def alice(demo_hub: Hub) -> Caller:
    return caller_for(demo_hub, "alice")


def test_a_query_pages_and_sorts_at_the_server(alice: Caller) -> None:
    source = sources.from_query("SELECT model_name, param_num FROM model WHERE param_num IS NOT NULL")
    first = sources.fetch_page(alice, source, limit=5, order_by="param_num", descending=True)
    second = sources.fetch_page(alice, source, limit=5, offset=5, order_by="param_num", descending=True)
    sizes = [row[1] for page in (first, second) for row in page.rows]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) == 10
    assert first.total == second.total > 10


def test_a_list_pages_and_sorts(alice: Caller) -> None:
    page = sources.fetch_page(alice, sources.from_items("dataset"), limit=3, order_by="ds_size", descending=True)
    size = list(page.columns).index("ds_size")
    assert page.rows[0][size] >= page.rows[1][size] >= page.rows[2][size]
    assert page.total > 3
    assert sources.fetch_page(alice, sources.from_items("dataset", "no such thing")).columns == page.columns


@pytest.mark.parametrize(
    "source",
    [
        {},
        {"what": "files"},
        {"what": "query", "sql": 5},
        {"what": "query", "sql": "x" * 30_000},
        {"what": "items", "kind": "user"},
        {"what": "items", "kind": ["model"]},
        {"what": "query", "sql": "DELETE FROM model"},
        {"what": "query", "sql": "SELECT * FROM audit_log"},
    ],
)
def test_what_comes_back_from_a_browser_is_not_trusted(alice: Caller, source: dict[str, object]) -> None:
    with pytest.raises(HubError):
        sources.fetch_page(alice, source)
    with pytest.raises(HubError):
        sources.write_file(alice, source, "csv")


def test_rows_follow_the_rights_of_the_moment(demo_hub: Hub, alice: Caller) -> None:
    record = {"media_type": "text", "arch_name": "rnn", "train_name": "rl", "visibility": "private"}
    create_model(alice, {"model_name": "alices-secret", **record})
    source = sources.from_query("SELECT model_name FROM model WHERE model_name LIKE 'alices%'")
    assert "alices-secret" in sources.write_file(alice, source, "csv").text
    assert "alices-secret" not in sources.write_file(caller_for(demo_hub, "bob.tanaka"), source, "csv").text


def test_csv_is_safe_in_a_spreadsheet_and_numbers_stay_numbers() -> None:
    rows = [["=1+1", -5], ["+x", 1.5], ["-x", None], ["@x", True], ["\tx", 0], ["\rx", 0], ['a "b", c\nd', 1]]
    text = sources.write_csv(["=name", "size"], rows)
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert read[0] == ["'=name", "size"]
    assert [row[0] for row in read[1:]] == ["'=1+1", "'+x", "'-x", "'@x", "'\tx", "'\rx", 'a "b", c\nd']
    assert [row[1] for row in read[1:4]] == ["-5", "1.5", ""]


def test_json_keeps_values_and_says_when_it_was_cut(demo_hub: Hub) -> None:
    demo_hub.settings.query_rows = 4
    alice = caller_for(demo_hub, "alice")
    source = sources.from_query("SELECT model_name, param_num FROM model")
    file = sources.write_file(alice, source, "json")
    data = json.loads(file.text)
    assert data["columns"] == ["model_name", "param_num"]
    assert len(data["rows"]) == 4
    assert data["truncated"] is True
    assert "first 4 of" in file.note


def test_only_who_may_exports_the_whole_catalogue(demo_hub: Hub, alice: Caller) -> None:
    with pytest.raises(Denied):
        sources.write_file(alice, sources.from_records(), "json")
    file = sources.write_file(caller_for(demo_hub, "admin"), sources.from_records(), "json")
    exported = json.loads(file.text)
    assert set(exported) == {"affiliation", "user", "dataset", "model"}
    assert "argon2" not in file.text
