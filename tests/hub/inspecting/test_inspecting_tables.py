"""Tables: columns, types, rows, figures and preview of CSV, TSV, JSON lines, Parquet, text, and of those in a zip."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from hub.errors import Invalid
from hub.inspecting import Column, archives, inspect, parquet, tables, tally
from tests.hub.inspecting.files import CSV, JSONL, parquet_file, read, small_table, zip_file


def types(data: bytes, name: str) -> dict[str, str]:
    return {column.name: column.datatype for column in read(data, name).columns}


def refusal(data: bytes, name: str) -> str:
    with pytest.raises(Invalid) as caught:
        read(data, name)
    assert caught.value.code == "unreadable_file"
    return caught.value.message


# --- CSV and TSV ----------------------------------------------------------------------------------


def test_csv_tells_columns_rows_figures_and_first_rows() -> None:
    found = read(CSV, "people.csv")
    assert (found.kind, found.format, found.mime, found.rows) == ("dataset", "CSV", "text/csv", 3)
    assert found.columns == (
        Column("name", "string", 0, 3),
        Column("age", "int64", 0, 3, 36, 85, 54.0),
        Column("height", "float64", 1, 2, 1.7, 1.8, 1.75),
        Column("member", "bool", 0, 2),
    )
    assert found.tables[0].preview == (
        ("Ada", 36, 1.7, True),
        ("Grace", 85, None, False),
        ("Smith, J.", 41, 1.8, True),
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    text = f'a{delimiter}b{delimiter}c\n1{delimiter}"x,;|y"{delimiter}2\n3{delimiter}"z\nz"{delimiter}4\n'
    assert types(text.encode(), "a.csv") == {"a": "int64", "b": "string", "c": "int64"}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "-2", "+3", "0"], "int64"),
        (["1", "2.5"], "float64"),
        (["1e3", ".5", "1."], "float64"),
        (["007", "12"], "string"),  # a code keeps its zeros
        (["1,5"], "string"),
        (["True", "FALSE"], "bool"),
        (["true", "1"], "string"),
        (["99999999999999999999"], "string"),
        (["", ""], "string"),
        (["2024-05-31"], "string"),
        (["x", "1"], "string"),
    ],
)
def test_the_type_of_a_column(cells: list[str], expected: str) -> None:
    rows = "".join(f'"{cell}",z\n' for cell in cells)
    assert types(f"first,second\n{rows}".encode(), "a.csv")["first"] == expected


def test_a_table_without_a_header_has_numbered_columns() -> None:
    iris = b"5.1,3.5,1.4,0.2,Iris-setosa\n4.9,3.0,1.4,0.2,Iris-setosa\n"
    found = read(iris, "iris.csv")
    assert [column.name for column in found.columns] == [f"column {number}" for number in range(1, 6)]
    assert found.rows == 2
    assert read(b",city,year\n0,Bern,1999\n", "a.csv").rows == 1, "an index without a name is a header all the same"


def test_names_of_columns_fit_the_catalogue() -> None:
    text = f"a,a,,b\tb,{'x' * 500},\u202ee\n1,2,3,4,5,6\n"
    names = [column.name for column in read(text.encode(), "a.csv").columns]
    assert names == ["a", "a (2)", "column 3", "b b", "x" * 95, "e"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_the_encoding_is_found(encoding: str) -> None:
    text = "größe,straße\nmüller,süßer käse für großmütter\n" * 20
    assert list(types(text.encode(encoding), "a.csv")) == ["größe", "straße"]


def test_lines_may_end_in_any_way() -> None:
    for end in ("\n", "\r\n", "\r"):
        assert read(f"a,b{end}1,2{end}{end}3,4".encode(), "a.csv").rows == 2


def test_shorter_rows_end_in_empty_cells_and_longer_ones_are_refused() -> None:
    found = read(b"a,b\n1,2\n3\n", "a.csv")
    assert found.columns[1].empty == 1
    assert "line 3 has 3 cells where the first row has 2" in refusal(b"a,b\n1,2\n3,4,5\n", "a.csv")


def test_files_that_are_no_text_and_rows_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no text" in refusal(parquet_file(), "a.csv")
    monkeypatch.setattr(tables, "MAX_LINE", 100_000)
    endless = b'a,b\n1,"' + b"x,y\n" * 200_000
    assert "a line of more than 100,000 characters" in refusal(b"a" * (tables.MAX_LINE + 1), "a.csv")
    with pytest.raises(Invalid, match="a row of more than") as caught:
        read(endless, "a.csv")
    assert "a quote that never ends" in caught.value.hint
    assert "columns" in refusal(b"a," * (tally.MAX_COLUMNS + 1), "a.csv")


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl"])
def test_an_empty_file_is_an_empty_table(name: str) -> None:
    found = read(b"", name)
    assert (list(found.columns), found.rows) == ([], 0)


def test_a_long_article_is_a_cell() -> None:
    assert read(b'title,text\nx,"' + b"word " * 100_000 + b'"\n', "a.csv").rows == 1


def test_tsv_takes_tabs_only() -> None:
    assert types(b"a,b\tc\n1,2\t3\n", "a.tsv") == {"a,b": "string", "c": "int64"}
    assert read(b"a\tb\n", "a.tsv").mime == "text/tab-separated-values"


def test_all_rows_are_counted_and_the_first_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "SAMPLE_CELLS", 200)
    text = "a,b\n" + "1,2\n" * 150 + "x,y\n" * 50
    for found in (read(text.encode(), "a.csv"), read(_as_lines(text), "a.jsonl")):
        assert found.rows == 200
        assert found.tables[0].sampled == 100
        assert found.columns[0] == Column("a", "int64", 0, 1, 1, 1, 1.0)


def _as_lines(text: str) -> bytes:
    rows = [line.split(",") for line in text.splitlines()[1:]]
    return "\n".join(json.dumps({"a": _number(a), "b": _number(b)}) for a, b in rows).encode()


def _number(cell: str) -> Any:
    return int(cell) if cell.isdigit() else cell


def test_different_values_are_kept_track_of_up_to_a_limit() -> None:
    text = "a,b\n" + "".join(f"{number},{number % 7}\n" for number in range(2000))
    assert [column.distinct for column in read(text.encode(), "a.csv").columns] == [None, 7]


# --- JSON lines -----------------------------------------------------------------------------------


def test_json_lines_have_the_keys_of_all_lines() -> None:
    found = read(JSONL, "a.jsonl")
    assert [(one.name, one.datatype, one.empty) for one in found.columns] == [
        ("id", "float64", 0),
        ("text", "string", 1),
        ("tags", "list", 1),
        ("more", "struct", 1),
    ]
    assert found.rows == 2
    assert found.tables[0].preview == ((1, "a", '["x"]', None), (2.5, None, None, '{"a": null}'))


@pytest.mark.parametrize("line", [b"nonsense", b"[1]", b'"x"', b"{", b"[" * 200_000, b'{"a": ' * 50_000])
def test_json_lines_that_are_none(line: bytes) -> None:
    assert "line 2 is no JSON" in refusal(b'{"a": 1}\n' + line + b"\n", "a.jsonl")


def test_numbers_beyond_what_a_database_holds_are_text() -> None:
    found = read(b'{"a": 123456789012345678901234567890}\n{"a": 1e400}\n', "a.jsonl")
    assert found.columns[0].datatype == "string"


def test_what_mixes_lists_and_others_is_an_object() -> None:
    assert types(b'{"a": [1]}\n{"a": {"b": 1}}\n{"a": 3}\n', "a.jsonl") == {"a": "object"}


# --- Parquet --------------------------------------------------------------------------------------


def test_parquet_tells_its_schema_and_rows() -> None:
    found = read(parquet_file(), "a.parquet")
    assert (found.mime, found.rows) == ("application/vnd.apache.parquet", 3)
    assert [(one.name, one.datatype, one.empty) for one in found.columns] == [
        ("id", "int32", 0),
        ("text", "string", 1),
        ("score", "float64", 0),
        ("tags", "list", 0),
        ("good", "bool", 1),
    ]
    assert found.columns[2].mean == 1.5
    assert found.tables[0].preview[0] == (1, "a", 0.5, '["x"]', True)


def test_types_of_parquet_are_said_in_the_words_of_the_catalogue() -> None:
    table = pa.table(
        {
            "f": pa.array([1.0], pa.float32()),
            "h": pa.array([1], pa.int8()),
            "s": pa.array([{"a": 1}]),
            "t": pa.array([datetime(2024, 1, 1, tzinfo=UTC)]),
            "d": pa.array([date(2024, 1, 1)]),
            "m": pa.array([Decimal("1.5")]),
            "b": pa.array([b"123"], pa.large_binary()),
            "l": pa.array(["x"], pa.large_string()),
            "k": pa.array(["x"]).dictionary_encode(),
            "n": pa.nulls(1),
        }
    )
    assert types(parquet_file(table), "a.parquet") == {
        "f": "float32", "h": "int8", "s": "struct", "t": "timestamp", "d": "date", "m": "decimal", "b": "binary",
        "l": "string", "k": "string", "n": "string",
    }  # fmt: skip
    shown = read(parquet_file(table), "a.parquet").tables[0].preview[0]
    assert shown == (1.0, 1, '{"a": 1}', "2024-01-01 00:00:00.000000", "2024-01-01", "1.5", "3 bytes", "x", "x", None)


def test_times_beyond_pythons_own_are_shown() -> None:
    far = pa.array([400_000_000_000], pa.timestamp("s", tz="Mars/Olympus"))
    nested = pa.array([[400_000_000_000]], pa.list_(pa.timestamp("s")))
    found = read(parquet_file(pa.table({"far": far, "nested": nested})), "a.parquet")
    assert [one.datatype for one in found.columns] == ["timestamp", "list"]
    assert found.tables[0].preview == (("14645-06-30 15:06:40.000", "a value that cannot be shown"),)


def test_parquet_of_the_datasets_library_says_what_its_columns_are() -> None:
    features = {"text": {"_type": "Value"}, "id": {"_type": "ClassLabel", "names": ["a"]}, "good": {"_type": "Made up"}}
    table = small_table().replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    found = types(parquet_file(table), "a.parquet")
    assert (found["text"], found["id"], found["good"]) == ("string", "ClassLabel", "bool")
    for nonsense in (b"{", b"[]", b'{"info": 1}', b'{"info": {"features": []}}'):
        assert types(parquet_file(small_table().replace_schema_metadata({"huggingface": nonsense})), "a.parquet")


def test_of_a_large_parquet_file_the_first_rows_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pa.table({"a": list(range(20_000))})
    found = read(parquet_file(table), "a.parquet")
    assert (found.rows, found.tables[0].sampled) == (20_000, parquet.MAX_ROWS)
    monkeypatch.setattr(parquet, "MAX_SAMPLE", 100)
    assert read(parquet_file(table), "a.parquet").tables[0].sampled < 100


def test_parquet_that_is_none() -> None:
    good = parquet_file()
    assert "does not begin" in refusal(b"", "a.parquet")
    assert "does not begin" in refusal(CSV, "a.parquet")
    assert "cut off" in refusal(good[:-1], "a.parquet")
    assert "encrypted" in refusal(good[:-4] + b"PARE", "a.parquet")
    assert "cut off" in refusal(good[:-8] + b"\xff\xff\xff\x7fPAR1", "a.parquet")
    rows = b"\x16\x06\x19\x1c\x19"  # num_rows 3, then the list of one row group
    assert good.count(rows) == 1
    for count in (b"\x07", b"\x08"):  # -4 and 4
        assert "contradicts itself" in refusal(good.replace(rows, b"\x16" + count + rows[2:]), "a.parquet")
    assert "no whole Parquet file" in refusal(b"PAR1" + bytes(20) + b"\x04\0\0\0PAR1", "a.parquet")


# --- zip ------------------------------------------------------------------------------------------


def test_tables_of_the_same_columns_in_a_zip_are_one_dataset() -> None:
    files = {
        "data/train.csv": CSV,
        "data/test.csv": CSV,
        "labels.jsonl": JSONL,
        "__MACOSX/data/._train.csv": b"\0\0",
        "data/.hidden.csv": b"\0",
        "README.md": b"# hello",
    }
    found = read(zip_file(files), "a.zip")
    assert [(table.name, table.rows) for table in found.tables] == [
        ("data/train.csv", 3),
        ("data/test.csv", 3),
        ("labels.jsonl", 2),
    ]
    assert [column.name for column in found.columns] == ["name", "age", "height", "member"]
    assert found.rows == 6
    assert found.facts == {"files": "4"}


def test_parquet_in_a_zip_is_read_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    data = zip_file({"a.parquet": parquet_file()})
    assert read(data, "a.zip").rows == 3
    monkeypatch.setattr(archives, "MAX_PARQUET", 100)
    assert read(data, "a.zip").rows is None


def test_entries_without_a_name_are_passed_over() -> None:
    data = zip_file({"n.md": b"x", "a.csv": CSV}).replace(b"n.md", b"\0.md")
    assert read(data, "a.zip").facts == {"files": "1"}


def test_a_zip_of_pictures_says_so() -> None:
    found = read(zip_file({"cats/1.jpg": b"x", "dogs/2.PNG": b"y", "list.md": b""}), "a.zip")
    assert (found.media, found.rows, list(found.columns)) == ("image", None, [])
    assert read(zip_file({"1.jpg": b"x", "2.wav": b"y"}), "a.zip").media is None


def test_zips_that_claim_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "zip bomb" in refusal(zip_file({"a.csv": bytes(80_000_000)}), "a.zip")
    monkeypatch.setattr(archives, "MAX_TOTAL", 1000)
    assert "would unpack to" in refusal(zip_file({"a.csv": bytes(2000)}), "a.zip")
    monkeypatch.setattr(archives, "MAX_ENTRIES", 5)
    assert "more than 5 entries" in refusal(zip_file({f"{number}": b"" for number in range(6)}), "a.zip")


def test_a_list_of_entries_is_not_taken_into_memory_whatever_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    data = zip_file({f"{number:060}": b"" for number in range(1500)})
    monkeypatch.setattr(archives, "MAX_ENTRIES", 1000)
    monkeypatch.setattr(zipfile, "ZipInfo", None)  # counted before one of them is made
    assert "more than 1,000 entries" in refusal(data, "a.zip")
    monkeypatch.setattr(archives, "MAX_DIRECTORY", 100_000)
    assert "list of entries is longer" in refusal(data, "a.zip")


def test_zips_that_cannot_be_read() -> None:
    good = zip_file({"a.csv": CSV})
    assert "no whole zip" in refusal(b"", "a.zip")
    assert "no whole zip" in refusal(good[:-10], "a.zip")
    assert "needs a password" in refusal(_with_flag(good, 1), "a.zip")
    assert "not compressed by deflate" in refusal(zip_file({"a.csv": CSV}, zipfile.ZIP_LZMA), "a.zip")
    wrong = good.replace(b"Ada", b"Eva") if b"Ada" in good else zip_file({"a.csv": CSV}, 0).replace(b"Ada", b"Eva")
    assert "CRC" in refusal(wrong, "a.zip")
    assert "'bad.jsonl' in it cannot be read: line 1 is no JSON" in refusal(zip_file({"bad.jsonl": b"x"}), "a.zip")


def _with_flag(data: bytes, flag: int) -> bytes:
    at = data.index(b"PK\x01\x02") + 8
    return data[:at] + bytes([data[at] | flag]) + data[at + 1 :]


# --- text -----------------------------------------------------------------------------------------


def test_a_text_may_be_a_model_or_a_dataset_of_lines() -> None:
    found = read(b"eins\n\n  zwei \ndrei", "a.txt")
    assert (found.kind, found.mime, found.rows) == ("either", "text/plain", 3)
    assert found.columns == (Column("text", "string", 0, 3),)
    assert found.tables[0].preview == (("eins",), ("zwei",), ("drei",))


@pytest.mark.parametrize("data", [b"", bytes(100), b"x" * (tables.MAX_LINE + 10)])
def test_any_bytes_may_be_called_text(data: bytes) -> None:
    assert read(data, "a.txt").rows in (0, None)


def test_records_are_left_to_what_loads_them() -> None:
    found = read(b"{}", "records.json")
    assert (found.kind, found.mime) == ("records", "application/json")


# --- all ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.exe", "archive.tar.gz", "noending", ".csv", "a.pkl"])
def test_other_files_are_not_taken(name: str) -> None:
    with pytest.raises(Invalid, match="not taken") as caught:
        read(b"", name)
    assert ".safetensors" in caught.value.hint


class Unreadable(io.BytesIO):
    """A file whose storage fails after its first bytes."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise ConnectionError("the storage is gone")


@pytest.mark.parametrize("suffix", ["csv", "parquet", "zip", "pt", "gguf", "onnx", "safetensors", "txt"])
def test_what_the_reader_raises_comes_through(suffix: str) -> None:
    with pytest.raises(ConnectionError):
        inspect(Unreadable(b"PAR1" * 100), f"a.{suffix}")


def test_what_the_reader_raises_late_comes_through() -> None:
    class Late(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 200_000:
                raise ConnectionError("the storage is gone")
            return super().read(size)

    import pickle

    with pytest.raises(ConnectionError):
        inspect(Late(pickle.dumps(list(range(80_000)))), "a.pt")
    with pytest.raises(ConnectionError):
        inspect(Late(b"a,b\n" + b"1,2\n" * 70_000), "a.csv")
