"""Lineage: what a model was trained on and what shares that with it, and which models use a dataset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from db.tables import ModelDataset, User
from hub.access import Caller, Tx, action
from hub.items import SHAPES, Kind, find_item, only_seen, sees_of

MOST_RELATIVES = 50
"""Models or datasets that one list of a lineage names; ``total`` counts all of them."""


@dataclass(frozen=True, slots=True)
class Relative:
    """A model or dataset beside the one asked for. ``shared`` is in how many datasets two models have in common."""

    kind: Kind
    name: str
    owner: str
    about: str
    size: int | None
    shared: int = 0


@dataclass(frozen=True, slots=True)
class Relatives:
    """The first of some relatives, and how many there are."""

    rows: tuple[Relative, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Lineage:
    """Around one item: of a model its ``datasets`` and the other ``models`` trained on any of them; of a dataset the
    ``models`` that use it, those of one architecture together, and no datasets."""

    kind: Kind
    name: str
    owner: str
    datasets: Relatives
    models: Relatives


@action("catalog.browse", reads=True)
def show_lineage(caller: Caller, tx: Tx, name: str, *, kind: Kind | None = None) -> Lineage:
    """The lineage of the item of this name, as far as the caller sees what is in it."""
    found, item_id = find_item(caller, tx.db, name, kind)
    tx.concerns(found, item_id)
    shape, sees = SHAPES[found], sees_of(caller, tx.db)
    row = tx.db.execute(
        sa.select(shape.name, User.user_name).join(User, User.user_id == shape.owner).where(shape.id == item_id)
    ).one()
    data, nets = SHAPES["dataset"], SHAPES["model"]
    if found == "model":
        mine = sa.select(ModelDataset.ds_id).where(ModelDataset.model_id == item_id)
        query: sa.Select[Any] = (
            sa.select(data.name, User.user_name, data.table.c.media, data.table.c.ds_size)
            .join(User, User.user_id == data.owner)
            .where(data.id.in_(mine))
            .order_by(data.key, data.id)
        )
        datasets = _read(tx, "dataset", only_seen(query, data, sees))
        ids: sa.Select[Any] = sa.select(data.id).where(data.id.in_(mine))
        shared = only_seen(ids, data, sees)  # a dataset that is hidden from the caller makes nobody related
        models = _models_on(ModelDataset.ds_id.in_(shared), nets.id != item_id)
        models = models.order_by(sa.desc("shared"), nets.key, nets.id)
    else:
        datasets = Relatives((), 0)
        models = _models_on(ModelDataset.ds_id == item_id).order_by(nets.table.c.arch_name, nets.key, nets.id)
    return Lineage(found, row[0], row[1], datasets, _read(tx, "model", only_seen(models, nets, sees)))


def _models_on(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Models with the number of datasets by which they meet the conditions."""
    nets = SHAPES["model"]
    columns = (nets.name, User.user_name, nets.table.c.arch_name, nets.table.c.param_num)
    query: sa.Select[Any] = sa.select(*columns, sa.func.count().label("shared"))
    return (
        query.join(ModelDataset, ModelDataset.model_id == nets.id)
        .join(User, User.user_id == nets.owner)
        .where(*conditions)
        .group_by(nets.id, nets.key, *columns)
    )


def _read(tx: Tx, kind: Kind, query: sa.Select[Any]) -> Relatives:
    total = tx.db.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0
    rows = tx.db.execute(query.limit(MOST_RELATIVES))
    return Relatives(tuple(Relative(kind, *row) for row in rows), total)
