"""The tables: their exact names, their words, and the rules a database itself keeps."""

import pytest
import sqlalchemy as sa

from db.tables import CATALOGUE, NAME_LENGTH, Table, name_key

EXACT = {
    "model": "model_id model_name owner_id param_num media_type arch_name train_name param description created_at "
    "visibility",
    "model_task": "model_id task_name",
    "transformer": "model_id decoder_num attn_size up_size down_size embed_size",
    "cnn": "model_id module_num",
    "module": "id model_id conv_size pool_type",
    "rnn": "model_id criteria batch_size input_size",
    "dataset": "ds_id ds_name owner_id ds_size media created_at description visibility",
    "dataset_task": "ds_id task",
    "ds_col": "ds_id col_name col_datatype",
    "user": "user_id user_name password_hash is_admin is_active created_at",
    "affil": "affil_id affil_name",
    "user_affil": "user_id affil_id",
    "user_dataset": "user_id ds_id",
    "model_author": "model_id user_id",
    "model_dataset": "model_id ds_id",
}


def test_the_catalogue_is_exactly_this() -> None:
    found = {
        table.name: " ".join(column.name for column in table.columns if not column.info.get("internal"))
        for table in CATALOGUE
    }
    assert found == EXACT


def test_every_table_and_column_says_what_it_is() -> None:
    for table in CATALOGUE:
        assert table.comment, table.name
        for column in table.columns:
            assert column.comment, f"{table.name}.{column.name}"
            if not (column.info.get("secret") or column.info.get("internal")):
                assert column.info.get("synonyms") is not None, f"{table.name}.{column.name}"


def test_closed_columns_list_what_the_database_takes() -> None:
    for table in CATALOGUE:
        checks = {
            constraint.name: str(constraint.sqltext)
            for constraint in table.constraints
            if isinstance(constraint, sa.CheckConstraint)
        }
        for column in table.columns:
            listed = [text for text in checks.values() if text.startswith(f"{column.name} in (")]
            if "values" in column.info:
                values = ", ".join(f"'{value}'" for value in column.info["values"])
                assert listed == [f"{column.name} in ({values})"], f"{table.name}.{column.name}"
            else:
                assert listed == [], f"{table.name}.{column.name}"


def test_text_compares_the_same_on_every_backend() -> None:
    for table in Table.metadata.tables.values():
        options = table.dialect_options["mysql"]
        assert (options["engine"], options["collate"]) == ("InnoDB", "utf8mb4_bin"), table.name


def test_names_fit_an_index() -> None:
    for table in Table.metadata.tables.values():
        for index in [*table.indexes, *(one for one in table.constraints if isinstance(one, sa.UniqueConstraint))]:
            width = sum(4 * (getattr(column.type, "length", None) or 2) for column in index.columns)
            assert width <= 3072, f"{table.name}: {[column.name for column in index.columns]}"
    assert NAME_LENGTH == 190


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("ResNet-50", "resnet-50"),
        (" a  b ", "A B"),
        ("ＮＥＴ", "net"),
        ("Straße", "STRASSE"),
        ("Zoe\u0308", "Zoë"),
        ("ﬁne", "FINE"),
        ("a\u00a0b", "a b"),
    ],
)
def test_names_that_are_the_same(left: str, right: str) -> None:
    assert name_key(left) == name_key(right)
    assert name_key(name_key(left)) == name_key(left)


@pytest.mark.parametrize(("left", "right"), [("a", "á"), ("ab", "a b"), ("a-b", "a_b"), ("1", "l")])
def test_names_that_differ(left: str, right: str) -> None:
    assert name_key(left) != name_key(right)
