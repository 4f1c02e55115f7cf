"""From an upload to a version: what the file says, what is refused, what is kept of it and who sees that."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from db.tables import AuditLog, StagedFile
from hub import artifacts, catalog, publishing, staging
from hub.access import Caller
from hub.errors import Denied, HubError, Invalid, NotFound
from hub.home import Hub
from hub.publishing import look_into, publish_upload, show_manifest, show_preview
from tests.hub.files import sign_in, stage
from tests.hub.inspecting.files import safetensors_file

CSV = b"name,age\nada,36\ngrace,85\nlinus,\n"
MODEL = {"model_name": "Net", "arch_name": "cnn", "media_type": "image", "train_name": "rl", "task": ["detection"]}
DATA = {"ds_name": "People", "media": "text", "task": ["classification"]}
DANGEROUS = b"cos\nsystem\n(S'true'\ntR."
DOUBTFUL = b"cfractions\nFraction\n(I1\nI2\ntR."


@pytest.fixture
def hub(people_hub: Hub) -> Hub:
    return people_hub


@pytest.fixture
def ann(hub: Hub) -> Caller:
    return sign_in(hub, "ann")


def outcomes(hub: Hub, permission: str) -> list[str]:
    with hub.database.read() as db:
        return list(db.scalars(sa.select(AuditLog.outcome).where(AuditLog.action == permission)))


def read(caller: Caller, version: artifacts.Version) -> bytes:
    with artifacts.open_version(caller, version.kind, version.item_id, version.version) as opened:
        return b"".join(opened.read())


def test_what_a_model_file_says_is_not_asked(ann: Caller) -> None:
    content = safetensors_file()
    made = publish_upload(ann, stage(ann, content, "net.safetensors"), "model", MODEL)
    record = catalog.show_item(ann, "Net").record
    assert (record["param_num"], made.format, made.warning) == (44, "safetensors", "")
    manifest = show_manifest(ann, made.item_id)
    assert manifest is not None
    assert {layer.name: (layer.shape, layer.dtype) for layer in manifest.layers} == {
        "embed.weight": ("10 × 4", "F16"), "bias": ("3", "F32"), "step": ("1", "I64"),
    }  # fmt: skip
    assert read(ann, made) == content


def test_a_new_version_brings_its_own_manifest(ann: Caller) -> None:
    first = publish_upload(ann, stage(ann, safetensors_file(), "net.safetensors"), "model", MODEL)
    again = publish_upload(ann, stage(ann, b"no tensors", "notes.txt"), "model", {}, item_id=first.item_id)
    assert again.version == 2
    assert show_manifest(ann, first.item_id) is None


def test_a_table_becomes_columns_rows_and_a_preview(ann: Caller, hub: Hub) -> None:
    made = publish_upload(ann, stage(ann, CSV, "people.csv"), "dataset", {**DATA, "visibility": "private"})
    record = catalog.show_item(ann, "People").record
    assert record["ds_size"] == 3
    assert {row["col_name"]: row["col_datatype"] for row in record["columns"]} == {"name": "string", "age": "int64"}
    preview = show_preview(ann, "dataset", made.item_id)
    (table,) = preview.tables
    assert table["preview"] == [["ada", 36], ["grace", 85], ["linus", None]]
    assert table["columns"][1] | {"mean": 60.5, "empty": 1, "lowest": 36} == table["columns"][1]
    assert preview.version == made
    assert outcomes(hub, "artifact.download") == ["previewed"]


def test_a_preview_is_content_and_follows_its_rules(ann: Caller, hub: Hub) -> None:
    hidden = publish_upload(ann, stage(ann, CSV, "people.csv"), "dataset", {**DATA, "visibility": "private"})
    bo, root = sign_in(hub, "bo"), sign_in(hub, "root")
    with pytest.raises(NotFound):
        show_preview(bo, "dataset", hidden.item_id)
    with pytest.raises(Denied):
        show_preview(root, "dataset", hidden.item_id)
    note = hub.storage.read_note(next(hub.storage.blob_ids())[0])
    assert b"preview" in note
    assert b"grace" not in note
    public = publish_upload(ann, stage(ann, CSV, "people.csv"), "dataset", {**DATA, "ds_name": "Open"})
    assert show_preview(bo, "dataset", public.item_id).tables


def test_what_has_no_table_has_an_empty_preview(ann: Caller) -> None:
    made = publish_upload(ann, stage(ann, safetensors_file(), "net.safetensors"), "model", MODEL)
    assert show_preview(ann, "model", made.item_id).tables == ()
    plain = staging.stage(ann, [b"old"], "old.csv")
    old = artifacts.publish_new(ann, plain.ref, "dataset", DATA)  # as an earlier hub did
    assert show_preview(ann, "dataset", old.item_id).tables == ()


def test_a_manifest_is_shown_to_who_sees_the_model(ann: Caller, hub: Hub) -> None:
    record = {**MODEL, "visibility": "private"}
    made = publish_upload(ann, stage(ann, safetensors_file(), "net.safetensors"), "model", record)
    assert show_manifest(sign_in(hub, "bo"), made.item_id) is None
    assert show_manifest(sign_in(hub, "root"), made.item_id) is not None


@pytest.mark.parametrize("name", ["net.pt", "net.safetensors", "net.xyz", "net"])
def test_a_dangerous_pickle_is_removed_whatever_it_is_called(ann: Caller, hub: Hub, name: str) -> None:
    ref = stage(ann, DANGEROUS, name)
    with pytest.raises(Invalid, match="refused") as refused:
        publish_upload(ann, ref, "model", MODEL, acknowledged=True)
    assert refused.value.code == "dangerous_file"
    assert list(hub.storage.blob_ids()) == []
    assert "refused" in outcomes(hub, "artifact.upload")
    with hub.database.read() as db:
        assert db.scalars(sa.select(StagedFile)).all() == []


@pytest.mark.parametrize(("content", "name"), [(DOUBTFUL, "net.pt"), (b"\0\1", "net.gguf"), (b"hello", "net.xyz")])
def test_a_doubtful_file_is_published_by_who_knows_and_carries_a_label(ann: Caller, content: bytes, name: str) -> None:
    ref = stage(ann, content, name)
    with pytest.raises(Invalid, match="doubtful") as doubted:
        publish_upload(ann, ref, "model", MODEL)
    assert doubted.value.code == "not_acknowledged"
    made = publish_upload(ann, ref, "model", MODEL, acknowledged=True)
    assert made.warning
    assert read(ann, made) == content


def test_an_architecture_of_ones_own_choice_leaves_out_what_the_file_says_of_another(
    ann: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = publishing.Inspection(
        *("net.gguf", "GGUF", "model", "application/octet-stream", 1),
        architecture="transformer", shape={"decoder_num": 2}, parameters=7,
    )  # fmt: skip
    monkeypatch.setattr(publishing, "inspect_any", lambda _file, _name: found)
    publish_upload(ann, stage(ann, b"x", "net.gguf"), "model", MODEL)
    record = catalog.show_item(ann, "Net").record
    assert (record["arch_name"], record["param_num"]) == ("cnn", 7)
    publish_upload(
        ann, stage(ann, b"y", "net.gguf"), "model", {**MODEL, "model_name": "Other", "arch_name": "transformer"}
    )
    assert catalog.show_item(ann, "Other").record["decoder_num"] == 2


def test_a_file_is_looked_into_once_and_by_its_owner_alone(
    ann: Caller, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    inspect = publishing.inspect_any

    def counted(file: Any, name: str) -> Any:
        looks.append(name)
        return inspect(file, name)

    monkeypatch.setattr(publishing, "inspect_any", counted)
    ref = stage(ann, CSV, "people.csv")
    for _ in range(3):
        assert look_into(ann, ref).inspection.rows == 3
    assert looks == ["people.csv"]
    with pytest.raises(NotFound):
        look_into(sign_in(hub, "bo"), ref)


def test_a_wide_preview_is_cut(ann: Caller) -> None:
    wide = ",".join(f"c{number}" for number in range(publishing.MOST_COLUMNS + 5)).encode() + b"\n"
    made = publish_upload(ann, stage(ann, wide, "wide.csv"), "dataset", DATA)
    (table,) = show_preview(ann, "dataset", made.item_id).tables
    assert (len(table["columns"]), table["left_out"]) == (publishing.MOST_COLUMNS, 5)


def test_a_note_that_was_changed_shows_nothing(ann: Caller, hub: Hub) -> None:
    made = publish_upload(ann, stage(ann, CSV, "people.csv"), "dataset", DATA)
    blob_id = next(hub.storage.blob_ids())[0]
    note = json.loads(hub.storage.read_note(blob_id))
    note["preview"] = note["about"]
    hub.storage.put_note(blob_id, json.dumps(note).encode())
    with pytest.raises(HubError) as damaged:
        show_preview(ann, "dataset", made.item_id)
    assert damaged.value.code == "damaged"
    assert read(ann, made) == CSV
