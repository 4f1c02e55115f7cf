"""INSIGHTS: named views of the whole catalogue, each a figure with its numbers, taken together by the database.

Every one is a SELECT that goes through the guard, so it counts the rows that its caller may see and no others; but for
uploads and downloads, which are counted on the audit trail, and are of everybody's files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa
from rapidfuzz import fuzz, process

from db.tables import Affil, AuditLog, Dataset, DatasetTask, Model, ModelTask, Table, User
from hub.access import Caller, Tx, action
from hub.charts import ChartSpec, Drawn, make_drawn
from hub.charts.statements import bucket_expression
from hub.errors import Invalid, NotFound
from hub.query import Result, run_query
from hub.titles import title_of

Entity = Literal["model", "dataset", "user"]
Filters = Mapping[str, str]

MOST_AFFILIATIONS = 1000


def _columns(table: type[Table]) -> Mapping[str, sa.Column[Any]]:
    found = Table.metadata.tables[table.__tablename__]
    return {column.name: column for column in found.columns}


_MODEL, _MODEL_TASK, _DATASET, _DATASET_TASK = (_columns(each) for each in (Model, ModelTask, Dataset, DatasetTask))

# --- filters --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field:
    """Something an insight can be narrowed by: its values are a column's, its condition differs by what is counted."""

    name: str
    column: sa.Column[Any]
    conditions: Mapping[Entity, str]

    @property
    def values(self) -> Mapping[str, tuple[str, ...]]:
        """Stored value → words for it; empty where the values are names in the database."""
        return self.column.info.get("values") or {}


_OF_OWNER = (
    "{}.owner_id IN (SELECT user_affil.user_id FROM user_affil JOIN affil ON affil.affil_id = user_affil.affil_id "
    "WHERE affil.affil_name = %s)"
)

FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field("media", _MODEL["media_type"], {"model": "model.media_type = %s", "dataset": "dataset.media = %s"}),
        Field("architecture", _MODEL["arch_name"], {"model": "model.arch_name = %s"}),
        Field("training", _MODEL["train_name"], {"model": "model.train_name = %s"}),
        Field(
            "task",
            _MODEL_TASK["task_name"],
            {
                "model": "model.model_id IN (SELECT model_id FROM model_task WHERE task_name = %s)",
                "dataset": "dataset.ds_id IN (SELECT ds_id FROM dataset_task WHERE task = %s)",
            },
        ),
        Field(
            "visibility",
            _MODEL["visibility"],
            {"model": "model.visibility = %s", "dataset": "dataset.visibility = %s"},
        ),
        Field(
            "affiliation",
            _columns(Affil)["affil_name"],
            {
                "model": _OF_OWNER.format("model"),
                "dataset": _OF_OWNER.format("dataset"),
                "user": "affil.affil_name = %s",
            },
        ),
    )
}
"""What insights can be narrowed by: ``media=image``, ``affiliation=Bluemesa AI``."""


def check_filters(insight: Insight, filters: Filters, affiliations: Mapping[str, str]) -> dict[str, str]:
    """The filters with the values as they are stored; ``Invalid`` names what there is instead.

    ``affiliations`` maps the names in lower case to the names.
    """
    checked = {}
    possible = insight.fields
    for name, said in filters.items():
        if name not in possible:
            known = ", ".join(possible) or "nothing"
            raise Invalid(f"{insight.title.lower()} cannot be narrowed by {name[:40]!r}", f"it can be by: {known}")
        words = {
            word.casefold(): value
            for value, synonyms in FIELDS[name].values.items()
            for word in (value, *synonyms)
        } or dict(affiliations)  # fmt: skip
        value = words.get(" ".join(said.casefold().split()))
        if value is None:
            nearest = process.extractOne(said.casefold(), list(words), scorer=fuzz.WRatio, score_cutoff=60)
            hint = f"did you mean {words[nearest[0]]}?" if nearest else f"it is one of {', '.join(FIELDS[name].values)}"
            raise Invalid(f"there is no {name} {said[:60]!r}", hint)
        checked[name] = value
    return checked


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


# --- the registry ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asking:
    """One insight being made: runs its statements for the caller, and knows the condition of its filters."""

    caller: Caller
    insight: Insight
    filters: Mapping[str, str]

    @property
    def where(self) -> str:
        """The filters as a condition that may follow AND."""
        return "".join(
            f" AND {FIELDS[name].conditions[self.insight.entity] % _literal(value)}"
            for name, value in self.filters.items()
        )

    @property
    def title(self) -> str:
        if not self.filters:
            return self.insight.title
        return f"{self.insight.title} ({', '.join(self.filters.values())})"

    def run(self, sql: str) -> Result:
        """The rows of a statement; ``NotFound`` when there are none."""
        result = run_query(self.caller, sql, strict=False)
        if not result.rows:
            raise NotFound("nothing in the catalogue fits", "take a filter away")
        return result

    def draw(self, result: Result, *, value: str, **spec: Any) -> Drawn:
        """The figure of rows that were taken together."""
        facts = spec.pop("facts", ())
        notes = spec.pop("notes", ())
        made = ChartSpec(title=self.title, **spec)
        return make_drawn(made, result.columns, result.rows, result.sql, value=value, facts=facts, notes=notes,
                          filters=self.filters)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Insight:
    """A named view: what it shows, of what, and phrases that ask for it."""

    name: str
    title: str
    entity: Entity
    phrases: tuple[str, ...]
    make: Callable[[Asking], Drawn]
    narrowed: bool = True

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the filters it takes."""
        return tuple(name for name, field in FIELDS.items() if self.narrowed and self.entity in field.conditions)


INSIGHTS: dict[str, Insight] = {}
"""Name → insight, in the order in which they are shown."""


def insight(
    name: str, title: str, entity: Entity, *phrases: str, narrowed: bool = True
) -> Callable[[Callable[[Asking], Drawn]], Callable[[Asking], Drawn]]:
    """Put a function into INSIGHTS."""

    def add(make: Callable[[Asking], Drawn]) -> Callable[[Asking], Drawn]:
        INSIGHTS[name] = Insight(name, title, entity, phrases, make, narrowed)
        return make

    return add


def find_insight(name: str) -> Insight:
    """The insight of this name; ``NotFound`` names the nearest."""
    key = "-".join(name.casefold().replace("_", " ").replace("-", " ").split())
    if key in INSIGHTS:
        return INSIGHTS[key]
    nearest = process.extractOne(key, list(INSIGHTS), scorer=fuzz.WRatio, score_cutoff=60)
    hint = f"did you mean {nearest[0]}? " if nearest else ""
    raise NotFound(f"there is no insight {name[:40]!r}", f"{hint}there are: {', '.join(INSIGHTS)}")


# --- actions --------------------------------------------------------------------------------------


@action("insight.view", reads=True)
def show_insight(caller: Caller, tx: Tx, name: str, filters: Filters | None = None) -> Drawn:
    """The figure and numbers of one insight, of the rows this caller may see, narrowed by ``filters``.

    ``NotFound`` when there is no such insight, or nothing that fits; ``Invalid`` for a filter it does not take.
    """
    found = find_insight(name)
    tx.concerns("insight", found.name)
    checked = check_filters(found, filters or {}, _affiliations(tx) if filters else {})
    tx.note(filters=checked)
    return found.make(Asking(caller, found, checked))


@action("insight.view", reads=True, quiet=True)
def list_affiliations(caller: Caller, tx: Tx) -> list[str]:
    """The names that the filter ``affiliation`` takes."""
    return list(_affiliations(tx).values())


def _affiliations(tx: Tx) -> dict[str, str]:
    names = tx.db.scalars(sa.select(Affil.affil_name).order_by(Affil.affil_id).limit(MOST_AFFILIATIONS))
    return {" ".join(name.casefold().split()): name for name in names}


# --- the insights ---------------------------------------------------------------------------------


def _counts(asking: Asking, column: sa.Column[Any], kind: Literal["bar", "pie"], value: str) -> Drawn:
    table, name = column.table.name, column.name
    found = asking.run(
        f"SELECT {table}.{name} AS x, COUNT(*) AS value FROM {table} WHERE 1 = 1{asking.where} "
        f"GROUP BY {table}.{name} ORDER BY COUNT(*) DESC, {table}.{name}"
    )
    total = sum(row[1] for row in found.rows)
    return asking.draw(found, kind=kind, x=name, aggregate="count", value=value, facts=[(f"{value} in all", total)])


@insight("models-by-media", "Models by media type", "model")
def models_by_media(asking: Asking) -> Drawn:
    """How many models work on each kind of media, and their shares."""
    return _counts(asking, _MODEL["media_type"], "bar", "Models")


@insight("models-by-architecture", "Models by architecture", "model")
def models_by_architecture(asking: Asking) -> Drawn:
    """How many models have each architecture, and their shares."""
    return _counts(asking, _MODEL["arch_name"], "pie", "Models")


@insight("models-by-training", "Models by training type", "model")
def models_by_training(asking: Asking) -> Drawn:
    """How many models were trained in each way, and their shares."""
    return _counts(asking, _MODEL["train_name"], "pie", "Models")


def _pairs(asking: Asking, media: sa.Column[Any], task: sa.Column[Any], key: str, value: str) -> Drawn:
    table, tasks = media.table.name, task.table.name
    found = asking.run(
        f"SELECT {table}.{media.name} AS x, {tasks}.{task.name} AS series, COUNT(DISTINCT {table}.{key}) AS value "
        f"FROM {table} JOIN {tasks} ON {tasks}.{key} = {table}.{key} WHERE 1 = 1{asking.where} "
        f"GROUP BY {table}.{media.name}, {tasks}.{task.name} ORDER BY {table}.{media.name}, {tasks}.{task.name}"
    )
    note = f"{value} for several tasks count once for each."
    return asking.draw(
        found, kind="heatmap", x=media.name, series=task.name, aggregate="count", value=value, notes=[note]
    )


@insight("model-tasks", "Models by media type and task", "model", "model heat map", "model heatmap")
def model_tasks(asking: Asking) -> Drawn:
    """How many models there are for each pair of media type and task."""
    return _pairs(asking, _MODEL["media_type"], _MODEL_TASK["task_name"], "model_id", "Models")


@insight("dataset-tasks", "Datasets by media type and task", "dataset", "dataset heat map", "dataset heatmap")
def dataset_tasks(asking: Asking) -> Drawn:
    """How many datasets there are for each pair of media type and task."""
    return _pairs(asking, _DATASET["media"], _DATASET_TASK["task"], "ds_id", "Datasets")


def _distribution(asking: Asking, column: sa.Column[Any], value: str, unknown: str) -> Drawn:
    table, number = column.table.name, f"{column.table.name}.{column.name}"
    numbers = asking.run(
        f"SELECT COUNT(*), COUNT({number}), MAX({number}), MIN({number}), AVG({number}), STDDEV_POP({number}), "
        f"SUM(CASE WHEN {number} = 0 THEN 1 ELSE 0 END) FROM {table} WHERE 1 = 1{asking.where}"
    ).rows[0]
    total, known, most, least, mean, deviation, zeros = numbers
    if not known:
        raise NotFound("nothing in the catalogue fits, or no size of it is known", "take a filter away")
    spec = ChartSpec(kind="histogram", x=column.name, log=True)
    bucket = bucket_expression(number, spec)
    found = asking.run(
        f"SELECT {bucket} AS bucket, COUNT(*) AS value FROM {table} WHERE {number} > 0{asking.where} "
        f"GROUP BY {bucket} ORDER BY {bucket}"
    )
    notes = [f"{unknown}: {total - known:,}."] if total > known else []
    notes += [f"Of size zero, which has no place on a logarithmic axis: {zeros:,}."] if zeros else []
    facts = [
        ("Highest", most),
        ("Lowest", least),
        ("Mean", mean),
        ("Standard deviation", deviation),
        (f"{value} counted", known),
    ]
    return asking.draw(
        found, kind="histogram", x=column.name, log=True, aggregate="count", value=value, facts=facts, notes=notes
    )


@insight("parameters", "Parameter counts of models", "model", "parameter sizes", "parameter counts distribution",
         "distribution of parameter counts", "distribution of parameters", "distribution of parameter sizes",
         "distribution of model sizes", "model sizes distribution")  # fmt: skip
def parameters(asking: Asking) -> Drawn:
    """How many parameters models have: the highest, lowest, mean and standard deviation, and how they spread."""
    return _distribution(asking, _MODEL["param_num"], "Models", "Models without a known parameter count")


@insight("dataset-sizes", "Sizes of datasets", "dataset", "distribution of dataset sizes", "dataset sizes distribution")
def dataset_sizes(asking: Asking) -> Drawn:
    """How many rows datasets have: the highest, lowest, mean and standard deviation, and how they spread."""
    return _distribution(asking, _DATASET["ds_size"], "Datasets", "Datasets without a known size")


@insight("affiliations", "People by affiliation", "user")
def affiliations(asking: Asking) -> Drawn:
    """How many people belong to each affiliation."""
    found = asking.run(
        "SELECT affil.affil_name AS x, COUNT(DISTINCT user.user_id) AS value FROM affil "
        "LEFT JOIN user_affil ON user_affil.affil_id = affil.affil_id "
        f"LEFT JOIN user ON user.user_id = user_affil.user_id WHERE 1 = 1{asking.where} "
        "GROUP BY affil.affil_id, affil.affil_name ORDER BY COUNT(DISTINCT user.user_id) DESC, affil.affil_name"
    )
    note = "Who belongs to several counts once for each."
    return asking.draw(found, kind="bar", x=Affil.affil_name.key, value="People", notes=[note])


_OVER_TIME = (("models", Model.__tablename__), ("datasets", Dataset.__tablename__), ("people", User.__tablename__))


@insight("registrations", "New models, datasets and people over time", "user", "registrations over time",
         "registrations", "growth of the catalogue", narrowed=False)  # fmt: skip
def registrations(asking: Asking) -> Drawn:
    """How many models, datasets and accounts were made in each month, or year of a long time."""
    span = " UNION ALL ".join(f"SELECT MIN({table}.created_at) AS a, MAX({table}.created_at) AS b FROM {table}"
                              for _, table in _OVER_TIME)  # fmt: skip
    moments = [moment for row in asking.run(span).rows for moment in row if moment is not None]
    if not moments:
        raise NotFound("there is nothing in the catalogue yet", "register or load something first")
    letters, unit = (4, "year") if int(max(moments)[:4]) - int(min(moments)[:4]) > 5 else (7, "month")
    found = asking.run(
        " UNION ALL ".join(
            f"SELECT SUBSTR({table}.created_at, 1, {letters}) AS x, '{series}' AS series, COUNT(*) AS value "
            f"FROM {table} GROUP BY SUBSTR({table}.created_at, 1, {letters})"
            for series, table in _OVER_TIME
        )
        + " ORDER BY x, series"
    )
    return asking.draw(found, kind="line", x=title_of(unit), series="kind", aggregate="count", value="Registered")


_TRANSFERS = {"artifact.upload": "uploads", "artifact.download": "downloads"}
_DAY = 86_400_000_000  # microseconds
_DAYS_SHOWN, _MONTHS_SHOWN = 62, 62


@action("insight.view", reads=True, quiet=True)
def count_transfers(caller: Caller, tx: Tx) -> list[tuple[str, str, int]]:
    """How many versions were uploaded and opened for download on each day, as (YYYY-MM-DD, which, how many)."""
    day = AuditLog.at_us // _DAY
    rows = tx.db.execute(
        sa.select(day, AuditLog.action, sa.func.count())
        .where(AuditLog.action.in_(_TRANSFERS), AuditLog.outcome == "ok")
        .group_by(day, AuditLog.action)
        .order_by(day, AuditLog.action)
    )
    return [
        (f"{datetime.fromtimestamp(int(at) * _DAY // 1_000_000, UTC):%Y-%m-%d}", _TRANSFERS[which], count)
        for at, which, count in rows
    ]


@insight("transfers", "Uploads and downloads over time", "user", "uploads and downloads over time",
         "uploads and downloads", "uploads over time", "downloads over time", "uploads", "downloads",
         narrowed=False)  # fmt: skip
def transfers(asking: Asking) -> Drawn:
    """How many files were uploaded and downloaded on each day, in each month, or year of a long time."""
    days = count_transfers(asking.caller)
    if not days:
        raise NotFound("no file was uploaded or downloaded yet", "upload one first")
    letters, unit = 10, "day"
    if len({day for day, _, _ in days}) > _DAYS_SHOWN:
        months = len({day[:7] for day, _, _ in days})
        letters, unit = (7, "month") if months <= _MONTHS_SHOWN else (4, "year")
    counts: dict[tuple[str, str], int] = {}
    for day, which, count in days:
        counts[day[:letters], which] = counts.get((day[:letters], which), 0) + count
    rows = [[at, which, count] for (at, which), count in sorted(counts.items())]
    facts = [
        (f"{said.capitalize()} in all", sum(count for (_, which), count in counts.items() if which == said))
        for said in _TRANSFERS.values()
    ]
    kind: Literal["line", "bar"] = "line" if len({row[0] for row in rows}) > 2 else "bar"
    spec = ChartSpec(title=asking.title, kind=kind, x=title_of(unit), series="kind", aggregate="count")
    note = "A download that broke off and was resumed counts once for each time."
    drawn = make_drawn(spec, ["x", "series", "value"], rows, "", value="Files", facts=facts, notes=[note])
    return replace(drawn, points=())  # no row of the catalogue stands behind one
