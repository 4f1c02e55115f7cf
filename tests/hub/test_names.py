"""The index of names: whole names however they are punctuated, words of names, near names, and who sees them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from db.tables import DsCol, Model, NameToken, User
from hub.home import Hub
from hub.names import fold, forget_name, index_name, look_up_names, look_up_near, name_words
from tests.conftest import caller_for


@pytest.mark.parametrize("written", ["ResNet-50", "resnet 50", "RESNET50", "res.net_50", "ＲｅｓＮｅｔ50"])
def test_one_name_however_it_is_written(written: str) -> None:
    assert fold(written) == "resnet50"


def test_the_words_of_a_name() -> None:
    assert name_words("Llama-2-7b") == {"llama", "2", "7b", "7", "b", "=llama27b"}


def test_whole_names_and_words_of_names(demo_hub: Hub) -> None:
    alice = caller_for(demo_hub, "alice")
    names = look_up_names(alice, ["resnet50", "bobtanaka", "nothing"], ["kinetics", "eastmere"])
    assert [(row.table, row.name) for row in names.whole["resnet50"]] == [("model", "resnet50")]
    assert [(row.table, row.name) for row in names.whole["bobtanaka"]] == [("user", "bob.tanaka")]
    assert "nothing" not in names.whole
    assert {row.name for row in names.having["kinetics"]} >= {"kinetics-400", "kinetics-600", "kinetics-700"}
    assert [row.name for row in names.having["eastmere"]] == ["University of Eastmere"]


def test_stored_texts_are_asked_for_where_words_are_left(demo_hub: Hub) -> None:
    alice = caller_for(demo_hub, "alice")
    column = DsCol.__table__.c.col_name
    assert look_up_names(alice, [], [], ["label"], [column]).values == {column: ("label",)}
    assert look_up_names(alice, [], [], ["label"], [], [column]).values == {}
    assert look_up_names(alice, [], ["label"], ["label"], [], [column]).values == {column: ("label",)}


def test_private_names_are_not_found_by_strangers(demo_hub: Hub) -> None:
    private = "whisperlarge"
    assert look_up_names(caller_for(demo_hub, "alice"), [private]).whole == {}
    assert private in look_up_names(caller_for(demo_hub, "li.wei"), [private]).whole
    assert private in look_up_names(caller_for(demo_hub, "admin"), [private]).whole
    assert "whisper-large" not in [row.name for row in look_up_near(caller_for(demo_hub, "alice"), "whisperlarg")]


def test_near_names(demo_hub: Hub) -> None:
    alice = caller_for(demo_hub, "alice")
    assert look_up_near(alice, "resnet5o")[0].name.startswith("resnet")
    assert [row.name for row in look_up_near(alice, "alise")] == ["alice"]
    assert look_up_near(alice, "zz") == ()
    assert look_up_near(alice, "frobnicate") == ()


def test_a_renamed_or_forgotten_row_is_not_found_under_its_old_name(demo_hub: Hub) -> None:
    alice = caller_for(demo_hub, "alice")
    with demo_hub.database.write() as db:
        row_id = db.scalar(sa.select(User.user_id).where(User.user_name == "bob.tanaka"))
        assert row_id is not None
        index_name(db, "user", row_id, "robert")
    assert look_up_names(alice, ["bobtanaka"]).whole == {}
    assert "robert" in look_up_names(alice, ["robert"]).whole
    with demo_hub.database.write() as db:
        forget_name(db, "user", row_id)
        assert (
            db.scalar(sa.select(sa.func.count()).where(NameToken.table_name == "user", NameToken.row_id == row_id)) == 0
        )
    assert look_up_names(alice, ["robert"]).whole == {}


def test_every_named_row_is_indexed(demo_hub: Hub) -> None:
    with demo_hub.database.read() as db:
        models = set(db.scalars(sa.select(Model.model_id)))
        indexed = set(db.scalars(sa.select(NameToken.row_id).where(NameToken.table_name == "model")))
    assert models == indexed
