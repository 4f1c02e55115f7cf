"""Insights agree with numbers computed from the records in Python, on both backends, and count what a viewer sees."""

from __future__ import annotations

import json
import math
import statistics
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from db.tables import AuditLog
from hub import people, records
from hub.access import Caller, nobody, system
from hub.errors import Denied, Invalid, NotFound
from hub.home import Hub
from hub.insights import INSIGHTS, find_insight, list_affiliations, show_insight
from hub.people import grant_permission
from hub.query import run_query
from tests.conftest import DEMO, caller_for

RECORDS = json.loads(DEMO.read_text("utf-8"))
MODELS, DATASETS, PEOPLE = RECORDS["model"], RECORDS["dataset"], RECORDS["user"]
PRIVATE_OF_OTHERS = [m for m in MODELS if m.get("visibility") == "private" and m["authors"][0] != "alice"]


def places(person: dict[str, Any]) -> list[str]:
    found = person.get("affiliate") or []
    return [found] if isinstance(found, str) else found


WHERE = {person["user_name"]: places(person) for person in PEOPLE}


def owner(item: dict[str, Any]) -> str:
    return str((item.get("authors") or item.get("owners"))[0])


Keep = Callable[[dict[str, Any]], bool]
FILTERS: list[tuple[dict[str, str], Keep]] = [
    ({}, lambda one: True),
    ({"media": "picture"}, lambda one: one.get("media_type", one.get("media")) == "image"),
    ({"architecture": "Transformer"}, lambda one: one["arch_name"] == "transformer"),
    ({"training": "fine-tuned", "architecture": "transformer"},
     lambda one: one["train_name"] == "finetune" and one["arch_name"] == "transformer"),
    ({"task": "classification"}, lambda one: "classification" in one["task"]),
    ({"visibility": "private"}, lambda one: one.get("visibility") == "private"),
    ({"affiliation": "bluemesa ai"}, lambda one: "Bluemesa AI" in WHERE[owner(one)]),
]  # fmt: skip


@pytest.fixture
def loaded(any_hub: Hub) -> Hub:
    records.load_records(system(any_hub), RECORDS)
    return any_hub


@pytest.fixture
def admin(demo_hub: Hub) -> Caller:
    return caller_for(demo_hub, "admin")


def test_counts_shares_and_heat_maps_agree(loaded: Hub) -> None:
    admin = caller_for(loaded, "admin")
    fields = {"media": "media_type", "architecture": "arch_name", "training": "train_name"}
    for name, field in ((f"models-by-{what}", field) for what, field in fields.items()):
        for filters, keep in FILTERS:
            counts = Counter(model[field] for model in MODELS if keep(model))
            shown = show_insight(admin, name, filters)
            assert {row[0]: row[1] for row in shown.rows} == counts, (name, filters)
            shares = {row[0]: row[2] for row in shown.rows}
            assert shares == {key: round(100 * n / sum(counts.values()), 1) for key, n in counts.items()}
            assert dict(shown.facts) == {"Models in all": sum(counts.values())}
    for name, items, media in (("model-tasks", MODELS, "media_type"), ("dataset-tasks", DATASETS, "media")):
        pairs = Counter((item[media], task) for item in items for task in set(item["task"]))
        assert {(row[0], row[1]): row[2] for row in show_insight(admin, name).rows} == pairs


def test_sizes_agree(loaded: Hub) -> None:
    admin = caller_for(loaded, "admin")
    for name, items, field in (("parameters", MODELS, "param_num"), ("dataset-sizes", DATASETS, "ds_size")):
        for filters, keep in FILTERS:
            if not set(filters) <= set(INSIGHTS[name].fields):
                continue
            sizes = [item[field] for item in items if keep(item) and item[field] is not None]
            shown = show_insight(admin, name, filters)
            facts = dict(shown.facts)
            assert (facts["Highest"], facts["Lowest"]) == (max(sizes), min(sizes)), (name, filters)
            assert facts["Mean"] == pytest.approx(statistics.fmean(sizes))
            assert facts["Standard deviation"] == pytest.approx(statistics.pstdev(sizes))
            buckets = Counter(math.floor(math.log10(size) * 3) for size in sizes if size > 0)
            assert {point["bucket"]: row[2] for point, row in zip(shown.points, shown.rows, strict=True)} == buckets


def test_people_and_registrations_agree(loaded: Hub) -> None:
    admin = caller_for(loaded, "admin")
    counts = Counter(place for found in WHERE.values() for place in set(found))
    assert {row[0]: row[1] for row in show_insight(admin, "affiliations").rows} == counts
    years = Counter(("models", m["created_at"][:4]) for m in MODELS if m.get("created_at"))
    years += Counter(("datasets", d["created_at"][:4]) for d in DATASETS if d.get("created_at"))
    found = {(row[1], row[0]): row[2] for row in show_insight(admin, "registrations").rows}
    assert {key: found[key] for key in years if key[1] < "2024"} == {k: n for k, n in years.items() if k[1] < "2024"}
    assert sum(n for (kind, _), n in found.items() if kind == "people") == len(PEOPLE)
    assert sum(found.values()) == len(PEOPLE) + len(MODELS) + len(DATASETS)


@pytest.mark.parametrize("name", [name for name in INSIGHTS if name != "transfers"])
def test_every_point_leads_to_as_many_rows_as_it_counts(admin: Caller, name: str) -> None:
    from hub.charts import find_rows

    shown = show_insight(admin, name)
    assert shown.points
    for point, row in zip(shown.points, shown.rows, strict=True):
        count = next(value for value in reversed(row) if type(value) is int)
        found = run_query(admin, find_rows(admin, shown.sql, point), strict=False)
        assert len(found.rows) == count, (point, row)
    json.dumps(shown.figure, allow_nan=False)


def test_transfers_are_counted_on_the_trail(any_hub: Hub) -> None:
    people.first_admin(any_hub, "root", "seven quiet otters")
    root = caller_for(any_hub, "root")
    with pytest.raises(NotFound, match="yet"):
        show_insight(root, "transfers")
    done = [
        ("artifact.upload", "ok", "2024-02-28 23:59:59"), ("artifact.upload", "ok", "2024-02-29 00:00:00"),
        ("artifact.upload", "staged", "2024-02-29 00:00:01"), ("artifact.download", "ok", "2024-02-29 12:00:00"),
        ("artifact.download", "ok", "2024-02-29 23:59:59"), ("artifact.download", "refused", "2024-02-29 13:00:00"),
        ("artifact.download", "previewed", "2024-02-29 13:00:00"), ("model.create", "ok", "2024-02-29 13:00:00"),
    ]  # fmt: skip

    def happen(rows: list[tuple[str, str, str]]) -> None:
        for action, outcome, at in rows:
            with any_hub.database.write() as db:
                any_hub.trail.append(db, root, action, outcome, None, None, {})
                moment = int(datetime.fromisoformat(f"{at}+00:00").timestamp() * 1_000_000)
                last = sa.select(sa.func.max(AuditLog.seq)).scalar_subquery()
                seq = db.scalar(sa.select(last))
                db.execute(sa.update(AuditLog).where(AuditLog.seq == seq).values(at_us=moment))

    happen(done)
    shown = show_insight(root, "transfers")
    assert shown.rows == [["2024-02-28", "uploads", 1], ["2024-02-29", "downloads", 2], ["2024-02-29", "uploads", 1]]
    assert dict(shown.facts) == {"Uploads in all": 2, "Downloads in all": 2}
    assert (list(shown.points), shown.sql) == ([], "")
    days = [datetime(2024, 3, 1) + timedelta(days=day) for day in range(70)]
    happen([("artifact.download", "ok", str(day)) for day in days])
    by_month = {row[0]: row[2] for row in show_insight(root, "transfers").rows if row[1] == "downloads"}
    assert by_month == {"2024-02": 2, "2024-03": 31, "2024-04": 30, "2024-05": 9}


# --- who may see what -----------------------------------------------------------------------------


def test_only_who_may_is_shown_any(demo_hub: Hub, admin: Caller) -> None:
    alice = caller_for(demo_hub, "alice")
    for name in INSIGHTS:
        with pytest.raises(Denied):
            show_insight(alice, name)
    for caller in (alice, nobody(demo_hub)):
        with pytest.raises(Denied):
            list_affiliations(caller)
    grant_permission(admin, "alice", "insight.view", True)
    shown = show_insight(caller_for(demo_hub, "alice"), "models-by-media")
    assert dict(shown.facts)["Models in all"] == len(MODELS) - len(PRIVATE_OF_OTHERS)
    assert PRIVATE_OF_OTHERS
    grant_permission(admin, "alice", "insight.view", False)
    with pytest.raises(Denied):
        show_insight(alice, "models-by-media")
    with demo_hub.database.read() as db:
        outcomes = [row.outcome for row in db.query(AuditLog).filter(AuditLog.action == "insight.view")]
    assert outcomes.count("refused") == len(INSIGHTS) + 3
    assert outcomes.count("ok") == 1


def test_who_may_not_ask_sees_no_insight_either(demo_hub: Hub, admin: Caller) -> None:
    grant_permission(admin, "alice", "insight.view", True)
    grant_permission(admin, "alice", "query.run", False)
    with pytest.raises(Denied):
        show_insight(caller_for(demo_hub, "alice"), "parameters")


# --- what is not there ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "filters", "kind", "words"),
    [
        ("paramters", {}, NotFound, "parameters"),
        ("parameters", {"colour": "red"}, Invalid, "media"),
        ("parameters", {"media": "pictur"}, Invalid, "image"),
        ("parameters", {"affiliation": "Bluemesa"}, Invalid, "Bluemesa AI"),
        ("dataset-sizes", {"architecture": "cnn"}, Invalid, "visibility"),
        ("registrations", {"media": "text"}, Invalid, "nothing"),
        ("models-by-media", {"architecture": "cnn", "training": "rl"}, NotFound, "filter"),
        ("parameters", {"media": "' OR 1=1 --"}, Invalid, ""),
    ],
)
def test_a_wrong_name_or_filter_says_what_there_is(
    admin: Caller, name: str, filters: dict[str, str], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind) as error:
        show_insight(admin, name, filters)
    assert words in getattr(error.value, "hint", "") or words in str(error.value)


def test_an_empty_hub_has_nothing_to_show(hub: Hub) -> None:
    people.create_person(system(hub), "boss", is_admin=True)
    with hub.database.write() as db:
        db.execute(people.sa.text("UPDATE account SET must_change_password = 0"))
    boss = caller_for(hub, "boss")
    for name in INSIGHTS:
        if name != "registrations":  # the one person there is was registered
            with pytest.raises(NotFound):
                show_insight(boss, name)
    assert [list(row)[1:] for row in show_insight(boss, "registrations").rows] == [["people", 1]]


def test_an_affiliation_with_a_quote_in_it_is_a_name(demo_hub: Hub, admin: Caller) -> None:
    from hub.affiliations import create_affiliation

    create_affiliation(admin, "O'Hara & Söhne' OR '1'='1")
    people.edit_person(admin, "alice", affiliations=["O'Hara & Söhne' OR '1'='1"])
    shown = show_insight(admin, "models-by-media", {"affiliation": "o'hara & söhne' or '1'='1"})
    assert dict(shown.facts)["Models in all"] == sum(owner(model) == "alice" for model in MODELS)


def test_names_are_found_however_they_are_written() -> None:
    for said in ("Models by media", "models_by_media", "models-by-media"):
        assert find_insight(said).name == "models-by-media"
