"""The interpreter knows the schema from its metadata alone: what is added there is understood, with nothing else."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import sqlalchemy as sa

import assistant.interpreter
from assistant.interpreter import interpret
from db.tables import CATALOGUE, Table
from hub.access import Caller


@pytest.fixture(scope="module")
def wider() -> tuple[sa.Table, ...]:
    """A copy of the catalogue's tables with a new column, a new table of parts and a new link."""
    metadata = sa.MetaData()
    for table in Table.metadata.tables.values():
        table.to_metadata(metadata)
    model = metadata.tables["model"]
    model.append_column(
        sa.Column(
            "licence_name", sa.String(16),
            info={"synonyms": ("licence", "license"), "values": {"mit": ("permissive",), "gpl": ("copyleft",)}},
        )
    )  # fmt: skip
    model.append_column(
        sa.Column(
            "energy_used", sa.Integer,
            info={"synonyms": ("energy", "power"), "unit": "kilowatts", "more": ("hungry",), "less": ("thrifty",)},
        )
    )  # fmt: skip
    benchmark = sa.Table(
        "benchmark", metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("model_id", sa.ForeignKey("model.model_id")),
        sa.Column("score_num", sa.Integer, info={"synonyms": ("score", "points")}),
        info={"synonyms": ("evaluation",), "shown": ("score_num",)},
    )  # fmt: skip
    reviewer = sa.Table(
        "model_review", metadata,
        sa.Column("user_id", sa.ForeignKey("user.user_id"), primary_key=True, info={"synonyms": ("reviewer",)}),
        sa.Column("model_id", sa.ForeignKey("model.model_id"), primary_key=True),
        info={"verbs": ("reviewed", "looked over"), "subject": "user_id"},
    )  # fmt: skip
    return (*(metadata.tables[table.name] for table in CATALOGUE), benchmark, reviewer)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("copyleft transformers", "model.licence_name = 'gpl'"),
        ("which license does gpt2 have", "SELECT model.model_name, model.licence_name"),
        ("models with more than 5 kilowatts", "model.energy_used > 5"),
        ("the hungriest model", "MAX(model.energy_used)"),
        ("models by licence", "model.licence_name"),
        ("number of models per licence", "GROUP BY model.licence_name"),
        ("models with a score over 90", "SELECT benchmark.model_id FROM benchmark WHERE benchmark.score_num > 90"),
        ("evaluations of gpt2", "benchmark.score_num"),
        ("models reviewed by alice", "model_review JOIN user"),
        ("who reviewed gpt2", "FROM model_review JOIN model"),
        ("reviewers of resnet50", "FROM model_review JOIN model"),
        ("users who reviewed no model", "NOT IN (SELECT model_review.user_id FROM model_review)"),
    ],
)
def test_what_the_metadata_says_is_understood(
    alice: Caller, wider: tuple[sa.Table, ...], question: str, said: str
) -> None:
    reading = interpret(alice, question, tables=wider)
    assert reading.sql is not None, reading.error
    assert said in reading.sql
    assert interpret(alice, question).sql is None


def test_no_word_of_the_schema_stands_in_the_code() -> None:
    """Names of tables and columns, and stored values, come from the metadata; ordinary English words may collide."""
    schema = {table.name for table in CATALOGUE} | {column.name for table in CATALOGUE for column in table.columns}
    schema |= {value for table in CATALOGUE for column in table.columns for value in column.info.get("values", {})}
    ordinary = {"model", "dataset", "user", "affil", "id", "max", "min", "other", "avg", "public", "private", "param"}
    package = Path(assistant.interpreter.__file__).parent
    for file in package.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert node.value not in schema - ordinary, f"{file.name}:{node.lineno}: {node.value!r}"
