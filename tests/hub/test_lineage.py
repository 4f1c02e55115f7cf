"""Lineage: both ways along the links, and only over what the caller sees."""

from __future__ import annotations

import pytest

from hub import catalog, editing, trash
from hub.errors import NotFound
from hub.home import Hub
from hub.lineage import MOST_RELATIVES, Lineage, Relative, show_lineage
from tests.hub.items_world import NET, number_of, set_up


def names(lineage: Lineage) -> tuple[list[str], list[str]]:
    return [one.name for one in lineage.datasets.rows], [one.name for one in lineage.models.rows]


def test_of_a_model_its_data_and_what_else_was_trained_on_it(any_hub: Hub) -> None:
    root, ann, bo = set_up(any_hub)
    assert names(show_lineage(ann, "Grid")) == (["Tides"], ["Net", "Wave"])
    assert names(show_lineage(bo, "Grid")) == (["Sands", "Tides"], ["Net", "Wave"])
    assert names(show_lineage(root, "Wave")) == (["Tides", "Winds"], ["Grid", "Net"])
    assert names(show_lineage(ann, "Echo")) == ([], [])
    found = show_lineage(ann, "Grid")
    assert (found.kind, found.name, found.owner) == ("model", "Grid", "ann")
    assert found.datasets.rows == (Relative("dataset", "Tides", "ann", "text", 10),)
    assert found.models.rows[0] == Relative("model", "Net", "ann", "rnn", None, 1)


def test_the_nearest_come_first(hub: Hub) -> None:
    _, ann, bo = set_up(hub)
    catalog.create_model(bo, {**NET, "model_name": "Zeal", "datasets": ["Tides", "Winds"]})
    assert names(show_lineage(ann, "Wave"))[1] == ["Zeal", "Grid", "Net"]
    assert [one.shared for one in show_lineage(ann, "Wave").models.rows] == [2, 1, 1]


def test_of_a_dataset_the_models_that_use_it_by_architecture(any_hub: Hub) -> None:
    _, ann, bo = set_up(any_hub)
    found = show_lineage(ann, "Tides")
    assert [(one.about, one.name) for one in found.models.rows] == [("cnn", "Grid"), ("rnn", "Net"), ("rnn", "Wave")]
    assert not found.datasets.rows
    assert names(show_lineage(bo, "Sands"))[1] == ["Grid"]


def test_what_is_not_seen_is_in_no_lineage(any_hub: Hub) -> None:
    _, ann, bo = set_up(any_hub)
    editing.edit_models(ann, [number_of(ann, "Net")], {"visibility": "private"})
    assert names(show_lineage(bo, "Tides"))[1] == ["Grid", "Wave"]
    assert show_lineage(bo, "Tides").models.total == 2
    assert names(show_lineage(bo, "Grid"))[1] == ["Wave"]
    editing.edit_datasets(ann, [number_of(ann, "Tides")], {"visibility": "private"})
    assert names(show_lineage(bo, "Wave")) == (["Winds"], []), "a hidden dataset makes nobody related"
    with pytest.raises(NotFound):
        show_lineage(bo, "Tides")
    trash.delete_models(ann, [number_of(ann, "Grid")])
    assert names(show_lineage(ann, "Tides"))[1] == ["Net", "Wave"]


def test_of_very_many_the_first_are_named_and_all_are_counted(hub: Hub) -> None:
    _, ann, _ = set_up(hub)
    for number in range(MOST_RELATIVES):
        catalog.create_model(ann, {**NET, "model_name": f"Many {number}", "datasets": ["Tides"]})
    found = show_lineage(ann, "Tides")
    assert (len(found.models.rows), found.models.total) == (MOST_RELATIVES, MOST_RELATIVES + 3)
