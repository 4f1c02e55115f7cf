"""Files in the chat: what words want of them, the form that publishes them, and the commands that show them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assistant.attachments import Wish, read_wish, receive, ref_of, reference
from assistant.chat_rendering import card_props, versions_props, view_props
from assistant.commands import Asked, run_command
from assistant.file_facts import say_facts, tell_model
from assistant.files import find_version, view_arrived
from assistant.forms import FieldErrors, Form, cancel_form, submit_form
from assistant.publishing import make_publish_form
from assistant.replies import Card, Confirm, Drop, FileView, Questions, Text, Versions
from hub import catalog, plans
from hub.access import Caller
from hub.artifacts import list_versions, open_version
from hub.errors import Denied, HubError, Invalid, NotFound
from hub.home import Hub
from hub.publishing import look_into
from tests.hub.files import GOOD, sign_in, stage
from tests.hub.inspecting.files import safetensors_file
from tests.proving import enter

CSV = b"name,age\nada,36\ngrace,85\n"
DOUBTFUL = b"cfractions\nFraction\n(I1\nI2\ntR."
NET = {
    "model.model_name": "Net", "model.arch_name": "cnn", "model.media_type": "image", "model.train_name": "rl",
    "model.task": ["detection"], "model.access": "private",
}  # fmt: skip
DATA = {
    "dataset.ds_name": "People", "dataset.media": "text", "dataset.task": ["classification"],
    "dataset.access": "public",
}  # fmt: skip


@pytest.fixture
def hub(people_hub: Hub) -> Hub:
    return people_hub


@pytest.fixture
def ann(hub: Hub) -> Caller:
    return sign_in(hub, "ann")


def fill(caller: Caller, form: Form, values: dict[str, Any]) -> list[Any]:
    """What comes of a form with these values in place of what it holds."""
    given = {field.name: field.value for field in form.fields} | values
    return list(submit_form(caller, form.name, form.about, given))


def publish(caller: Caller, content: bytes, name: str, values: dict[str, Any]) -> list[Any]:
    return fill(caller, make_publish_form(caller, stage(caller, content, name)), values)


def names(form: Form) -> list[str]:
    return [field.name.rpartition(".")[2] for field in form.fields]


def field(form: Form, name: str) -> Any:
    return next(each for each in form.fields if each.name == name)


# --- what is wished -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "command", "wish"),
    [
        ("", None, Wish(True)),
        ("  \n", None, Wish(True)),
        ("upload this", None, Wish(True)),
        ("Please publish this file.", None, Wish(True)),
        ("publish this model please", None, Wish(True, "model")),
        ("register it as a dataset", None, Wish(True, "dataset")),
        ("add this as a new model called Tiny Net", None, Wish(True, "model", "Tiny Net")),
        ('upload this data as "my data"', None, Wish(True, None, "my data")),
        ("publish as Tiny Net, please", None, Wish(True, None, "Tiny Net")),
        ("Tiny Net", "upload", Wish(True, None, "Tiny Net")),
        ("", "load", Wish(True, "records")),
        ("how many rows does it have?", None, Wish(False)),
        ("add up the ages", None, Wish(False)),
        ("is this safe to load?", None, Wish(False)),
    ],
)
def test_words_say_whether_a_file_is_to_be_published(text: str, command: str | None, wish: Wish) -> None:
    assert read_wish(text, command) == wish


def test_a_reference_leads_to_the_upload_and_to_no_file() -> None:
    known = reference("0123456789abcdef0123456789abcdef", "a.csv", 3)
    assert ref_of(known["path"]) == "0123456789abcdef0123456789abcdef"
    assert not Path(known["path"]).exists()
    assert ref_of("/somewhere/else") is None
    assert ref_of(None) is None


# --- the form -------------------------------------------------------------------------------------


def test_the_form_asks_only_for_what_the_file_does_not_say(ann: Caller) -> None:
    model = make_publish_form(ann, stage(ann, safetensors_file(), "net.safetensors"))
    assert names(model) == [
        "model_name",
        "media_type",
        "arch_name",
        "train_name",
        "task",
        "description",
        "access",
        "people",
    ]
    table = make_publish_form(ann, stage(ann, CSV, "people.csv"))
    assert names(table) == ["ds_name", "media", "task", "description", "access", "people"]
    assert field(table, "dataset.ds_name").value == "people"
    assert "It has 2 rows." in table.note
    blob = make_publish_form(ann, stage(ann, b"\x00\x01", "net.bin"))
    assert "param_num" in names(blob)


def test_a_plain_text_may_be_either(ann: Caller) -> None:
    ref = stage(ann, b"one\ntwo\n", "notes.txt")
    form = make_publish_form(ann, ref)
    assert field(form, "kind").value is None
    with pytest.raises(FieldErrors) as wrong:
        fill(ann, form, {})
    assert set(wrong.value.errors) == {"kind"}
    assert field(make_publish_form(ann, ref, "dataset", "Lines"), "kind").value == "dataset"
    fill(ann, form, {"kind": "dataset", **DATA})
    assert catalog.show_item(ann, "People").record["ds_size"] == 2


def test_publishing_answers_with_the_item(ann: Caller) -> None:
    content = safetensors_file()
    said, card = publish(ann, content, "net.safetensors", NET)
    assert isinstance(said, Text)
    assert f"version 1: {len(content)} bytes" in said.text
    assert isinstance(card, Card)
    assert (card.item.name, card.opens, card.item.record["visibility"]) == ("Net", True, "private")
    props = card_props(card)
    assert props["file"]["link"] == f"/files/model/{card.item.item_id}/1"
    assert ["bias", "3", "F32", 3] in props["tensors"]
    with open_version(ann, "model", card.item.item_id) as opened:
        assert b"".join(opened.read()) == content


def test_what_is_left_out_or_wrong_is_said_beside_its_field(ann: Caller) -> None:
    form = make_publish_form(ann, stage(ann, safetensors_file(), "net.safetensors"))
    with pytest.raises(FieldErrors) as wrong:
        fill(ann, form, {})
    assert set(wrong.value.errors) == {f"model.{name}" for name in ("media_type", "arch_name", "train_name", "task",
                                                                    "access")}  # fmt: skip
    with pytest.raises(FieldErrors) as wrong:
        fill(ann, form, {**NET, "model.model_name": "a/b"})
    assert set(wrong.value.errors) == {"model.model_name"}
    assert fill(ann, form, NET)


def test_an_own_item_of_the_name_gets_a_new_version(ann: Caller) -> None:
    publish(ann, CSV, "people.csv", DATA)
    form = make_publish_form(ann, stage(ann, CSV + b"linus,54\n", "people.csv"))
    assert field(form, "dataset.target").value == "=People"
    said, card, size = fill(ann, form, {})
    assert "version 2" in said.text
    assert isinstance(size, Questions)
    ((title, command),) = size.questions
    assert (title, command) == ("Set it to 3", "/edit dataset ann/People ds_size=3")
    (plan,) = run_command(ann, "edit", Asked(command.removeprefix("/edit ")))
    assert isinstance(plan, Confirm)
    assert len(list_versions(ann, "dataset", card.item.item_id)) == 2


def test_a_taken_name_is_no_new_item(ann: Caller) -> None:
    publish(ann, CSV, "people.csv", DATA)
    form = make_publish_form(ann, stage(ann, CSV, "others.csv"))
    assert field(form, "dataset.target").value == "new"
    with pytest.raises(FieldErrors) as wrong:
        fill(ann, form, {**DATA, "dataset.ds_name": "people"})
    assert "choose it above" in wrong.value.errors["dataset.ds_name"]


def test_a_doubtful_file_has_to_be_acknowledged(ann: Caller) -> None:
    form = make_publish_form(ann, stage(ann, DOUBTFUL, "old.pt"))
    assert "fractions.Fraction" in field(form, "acknowledged").hint
    assert "can run code when loaded" in form.note
    with pytest.raises(FieldErrors) as wrong:
        fill(ann, form, NET)
    assert set(wrong.value.errors) == {"acknowledged"}
    _, card = fill(ann, form, {**NET, "acknowledged": True})
    assert card.version.warning == "it can run code when loaded"


def test_what_is_given_up_is_gone(ann: Caller, hub: Hub) -> None:
    form = make_publish_form(ann, stage(ann, CSV, "people.csv"))
    with pytest.raises(NotFound):
        cancel_form(sign_in(hub, "bo"), form.name, form.about)
    assert cancel_form(ann, form.name, form.about) == "The file is discarded."
    assert list(hub.storage.blob_ids()) == []
    with pytest.raises(NotFound):
        fill(ann, form, DATA)


def test_a_form_without_that_has_nothing_to_give_up(ann: Caller) -> None:
    with pytest.raises(Invalid, match="nothing to cancel"):
        cancel_form(ann, "register-model", "")


# --- records, and questions -----------------------------------------------------------------------


def test_records_are_loaded_by_a_plan_of_an_administrator(ann: Caller, hub: Hub) -> None:
    root = enter(hub, "root", GOOD)
    content = b'{"affiliation": [{"affil_name": "Newland"}]}'
    (reply,) = receive(root, stage(root, content, "records.json"), Wish(True))
    assert isinstance(reply, Confirm)
    plans.confirm(root, reply.plan.plan_id)
    assert catalog.count_items(ann)["affiliations"] == 1
    for name, bad, said in (("x.json", b"\xff\xfe\x00", "no text"), ("y.json", b"nonsense", "line 1")):
        with pytest.raises(HubError, match=said):
            receive(root, stage(root, bad, name), Wish(True))
    for bad in (content, b"nonsense"):
        with pytest.raises(Denied, match="you may not load records"):
            receive(ann, stage(ann, bad, "records.json"), Wish(True))
    with pytest.raises(Invalid, match="holds no records"):
        receive(root, stage(root, CSV, "people.csv"), Wish(True, "records"))
    assert list(hub.storage.blob_ids()) == []


@pytest.mark.parametrize(
    ("content", "name", "question", "said"),
    [
        (CSV, "p.csv", "how many rows?", "a CSV file of 25 bytes. It has 2 rows."),
        (CSV, "p.csv", "which columns?", "a CSV file of 25 bytes. It has 2 columns: name (string), age (int64)."),
        (
            *(CSV, "p.csv", "what is it"),
            "a CSV file of 25 bytes. It has 2 rows. It has 2 columns: name (string), age (int64).",
        ),
        (
            *(safetensors_file(), "n.safetensors", "how many parameters and tensors"),
            "a safetensors file of 340 bytes. It has 44 parameters. It holds 3 tensors.",
        ),
        (
            *(safetensors_file(), "n.safetensors", "is it safe?"),
            "a safetensors file of 340 bytes. It holds no pickle, so nothing in it runs when it is loaded.",
        ),
        (
            *(DOUBTFUL, "o.pt", "is it safe?"),
            "a pickle file of 30 bytes. It can run code when loaded: it is a pickle. "
            "Loading it would call fractions.Fraction",
        ),
    ],
)
def test_a_file_answers_for_itself(ann: Caller, content: bytes, name: str, question: str, said: str) -> None:
    assert say_facts(look_into(ann, stage(ann, content, name)), question) == f"{name} is {said}"


def test_a_language_model_is_shown_what_stands_in_a_file_only_with_all_rows(ann: Caller) -> None:
    arrived = look_into(ann, stage(ann, CSV, "people.csv"))
    for rows, shown in (("none", False), ("public", False), ("all", True)):
        told = tell_model(arrived, rows)  # type: ignore[arg-type]
        assert "age (int64)" in told
        assert ("grace" in told) is shown


def test_a_view_of_a_file_has_its_tables_and_tensors(ann: Caller) -> None:
    view = view_arrived(look_into(ann, stage(ann, CSV, "people.csv")))
    assert view.tables[0]["preview"][0] == ["ada", 36]
    props = view_props(view)
    assert ["Rows", 2] in props["facts"]
    assert props["ref_"]


# --- commands -------------------------------------------------------------------------------------


def test_versions_and_downloads_are_listed_with_links(ann: Caller, hub: Hub) -> None:
    publish(ann, CSV, "people.csv", DATA)
    publish(ann, CSV, "people.csv", {})
    bo = sign_in(hub, "bo")
    (both,) = run_command(bo, "versions", Asked("People"))
    assert isinstance(both, Versions)
    assert ([one.version for one in both.versions], both.opens) == ([2, 1], True)
    (one,) = run_command(bo, "download", Asked("people 1"))
    assert isinstance(one, Versions)
    assert [each.link for each in one.versions] == [both.versions[1].link]
    assert versions_props(one)["versions"][0]["link"].endswith("/1")
    with pytest.raises(NotFound, match="no version 7"):
        run_command(bo, "download", Asked("people v7"))
    (view,) = run_command(bo, "preview", Asked("People version 2"))
    assert isinstance(view, FileView)
    assert view.tables
    assert view.ref == ""


def test_a_name_may_end_in_a_number(ann: Caller) -> None:
    for name in ("Set", "Set 2"):
        publish(ann, CSV, "x.csv", {**DATA, "dataset.target": "new", "dataset.ds_name": name})
    assert [(item.name, number) for item, number in (find_version(ann, text, "/x") for text in ("Set 2", "Set 1"))] == [
        ("Set 2", None), ("Set", 1),
    ]  # fmt: skip


def test_what_one_may_not_open_is_listed_without_a_link(ann: Caller, hub: Hub) -> None:
    publish(ann, CSV, "people.csv", {**DATA, "dataset.access": "private"})
    root = sign_in(hub, "root")
    (listed,) = run_command(root, "versions", Asked("People"))
    assert isinstance(listed, Versions)
    assert not listed.opens
    with pytest.raises(Denied):
        run_command(root, "preview", Asked("People"))
    with pytest.raises(NotFound):
        run_command(sign_in(hub, "bo"), "versions", Asked("People"))


def test_an_item_without_a_file_says_so(ann: Caller) -> None:
    catalog.create_dataset(ann, {"ds_name": "Bare", "media": "text"})
    (said,) = run_command(ann, "versions", Asked("Bare"))
    assert isinstance(said, Text)
    assert "no file yet" in said.text
    for command in ("download", "preview"):
        with pytest.raises(NotFound, match="no file yet"):
            run_command(ann, command, Asked("Bare"))
    assert run_command(ann, "upload", Asked("Bare")) == [Drop("Bare")]
