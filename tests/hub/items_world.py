"""A small catalogue with three people for the tests of editing, deleting and lineage."""

from __future__ import annotations

from typing import Any, NamedTuple

from hub import access, catalog, records
from hub.access import Caller
from hub.home import Hub
from hub.items import Kind
from tests import proving
from tests.conftest import caller_for

NET: dict[str, Any] = {"model_name": "Net", "media_type": "text", "arch_name": "rnn", "train_name": "rl"}
TIDES: dict[str, Any] = {"ds_name": "Tides", "media": "text"}
PEOPLE = [
    {"user_name": "root", "password": "root", "is_admin": True},
    {"user_name": "ann", "password": "ann", "affiliate": "Northlake"},
    {"user_name": "bo", "password": "bo", "affiliate": ["Northlake", "Quill"]},
]
CATALOGUE: dict[str, Any] = {
    "affiliation": [{"affil_name": "Northlake"}, {"affil_name": "Quill"}],
    "user": PEOPLE,
    "dataset": [
        {
            **TIDES,
            "ds_size": 10,
            "task": ["regression"],
            "owners": ["ann", "bo"],
            "columns": [{"col_name": "height", "col_datatype": "float"}, {"col_name": "at", "col_datatype": "int"}],
        },
        {**TIDES, "ds_name": "Sands", "owners": ["bo"], "visibility": "private"},
        {**TIDES, "ds_name": "Winds", "owners": ["bo"]},
    ],
    "model": [
        {
            "model_name": "Grid",
            "media_type": "image",
            "arch_name": "cnn",
            "train_name": "pretrain",
            "param_num": 30,
            "task": ["classification", "detection"],
            "authors": ["ann", "bo"],
            "datasets": ["Tides", "Sands"],
            "description": "a grid",
            "created_at": "2020-01-02",
            "modules": [{"conv_size": 3, "pool_type": "max"}, {"conv_size": 5, "pool_type": "avg"}],
        },
        {**NET, "authors": ["ann"], "criteria": "ctc", "batch_size": 8, "datasets": ["Tides"], "media_type": "audio"},
        {**NET, "model_name": "Echo", "authors": ["ann"], "visibility": "private", "media_type": "audio"},
        {**NET, "model_name": "Wave", "authors": ["bo"], "datasets": ["Tides", "Winds"], "decoder_num": None},
    ],
}


class World(NamedTuple):
    root: Caller
    ann: Caller
    bo: Caller


def set_up(hub: Hub) -> World:
    """The catalogue above: ann owns Grid, Net, Echo and Tides; bo owns Wave, Sands and Winds."""
    records.load_records(access.system(hub), CATALOGUE)
    return World(*(caller_for(hub, name) for name in ("root", "ann", "bo")))


def number_of(caller: Caller, name: str, kind: Kind | None = None) -> int:
    """The number of the item of this name."""
    return catalog.show_item(caller, name, kind=kind).item_id


def record_of(caller: Caller, name: str, kind: Kind | None = None) -> dict[str, Any]:
    """The record of the item of this name, as the caller sees it."""
    return catalog.show_item(caller, name, kind=kind).record


def enter(hub: Hub, name: str) -> Caller:
    """This person in a session of their own, as plans need it."""
    return proving.enter(hub, name, name)
