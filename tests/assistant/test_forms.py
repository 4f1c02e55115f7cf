"""Forms: every kind of field takes what fits it, and says beside it what does not."""

from __future__ import annotations

from typing import Any

import pytest

from assistant import forms
from assistant.forms import Field, FieldErrors, Form, FormKind, make_form, read_values, submit_form
from assistant.replies import Text
from hub.errors import NotFound
from hub.home import Hub
from tests.conftest import caller_for

FIELDS = (
    Field("name", "Name", required=True),
    Field("story", "Story", "long"),
    Field("size", "Size", "number"),
    Field("kind", "Kind", "select", options=[("a", "A"), ("b", "B")]),
    Field("tags", "Tags", "many", options=[("x", "X"), ("y", "Y")]),
    Field("sure", "Sure", "check"),
    Field("day", "Day", "date"),
    Field("word", "Password", "password"),
    Field("file", "File", "file"),
)


def test_an_empty_form_gives_every_field() -> None:
    assert read_values(FIELDS, {"name": " ada ", "unknown": 1}) == {
        "name": "ada", "story": None, "size": None, "kind": None, "tags": [], "sure": False, "day": None, "word": None,
        "file": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "given", "taken"),
    [
        ("size", "1,000", 1000),
        ("size", "-1", -1),
        ("size", "1.5", 1.5),
        ("size", 7, 7),
        ("size", "1e3", 1000.0),
        ("kind", "b", "b"),
        ("kind", "", None),
        ("tags", ["y", "x"], ["x", "y"]),
        ("sure", True, True),
        ("sure", "yes", False),
        ("day", "2024-02-29", "2024-02-29"),
        ("word", " a b ", " a b "),
        ("story", " a\nb ", "a\nb"),
        ("file", {"name": "r.json", "text": "{}"}, {"name": "r.json", "text": "{}"}),
    ],
)
def test_a_value_comes_out_in_its_type(field: str, given: Any, taken: Any) -> None:
    value = read_values(FIELDS, {"name": "ada", field: given})[field]
    assert value == taken
    assert type(value) is type(taken)


@pytest.mark.parametrize(
    ("field", "given", "said"),
    [
        ("name", "  ", "needed"),
        ("name", 3, "Text"),
        ("name", "x" * 501, "500"),
        ("story", "x" * 20_001, "20,000"),
        ("size", "many", "number"),
        ("size", "inf", "number"),
        ("size", True, "number"),
        ("size", [1], "number"),
        ("kind", "c", "list"),
        ("tags", ["z"], "list"),
        ("tags", "x", "list"),
        ("tags", [["x"]], "list"),
        ("day", "29.2.2024", "YYYY-MM-DD"),
        ("day", "2023-02-29", "no such day"),
        ("word", "x" * 2001, "2,000"),
        ("file", "x", "Choose a file"),
        ("file", {"name": "x", "text": "x" * (forms.LARGEST_FILE + 1)}, "larger"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(field: str, given: Any, said: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        read_values(FIELDS, {"name": "ada", field: given})
    assert list(refused.value.errors) == [field]
    assert said in refused.value.errors[field]


def test_a_form_is_taken_from_those_who_may_have_it(demo_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = FormKind(
        "probe",
        "person.list",
        lambda caller, about: Form("probe", f"{caller.user_name} {about}", [Field("word", "Word", required=True)]),
        lambda _caller, about, values: [Text(f"{about} {values['word']}")],
    )
    monkeypatch.setitem(forms.FORMS, "probe", kind)
    admin, alice = caller_for(demo_hub, "admin"), caller_for(demo_hub, "alice")
    assert make_form(admin, "probe", "x").title == "admin x"
    assert submit_form(admin, "probe", "x", {"word": "y"}) == [Text("x y")]
    with pytest.raises(FieldErrors):
        submit_form(admin, "probe", "x", {})
    for caller, name in ((alice, "probe"), (admin, "nothing")):
        with pytest.raises(NotFound, match="no such form"):
            submit_form(caller, name, "x", {"word": "y"})


# --- fields of lines, and fields that depend on others ----------------------------------------------

LINES = (
    Field("kind", "Kind", "select", options=[("a", "A"), ("b", "B")]),
    Field("depth", "Depth", "number", needs=("kind", ("a",)), required=True),
    Field(
        "parts",
        "Parts",
        "rows",
        columns=[
            Field("what", "What", "select", options=[("size", "Size"), ("mode", "Mode")], required=True),
            Field("value", "Value", follows="what", sets={"mode": "modes"}, choices={"modes": [("x", "X")]}),
        ],
    ),
)


def test_a_field_is_there_only_while_the_other_has_its_value() -> None:
    assert read_values(LINES, {"kind": "b", "depth": "nonsense"}) == {"kind": "b", "parts": []}
    assert read_values(LINES, {"kind": "a", "depth": "3"})["depth"] == 3
    with pytest.raises(FieldErrors) as refused:
        read_values(LINES, {"kind": "a"})
    assert list(refused.value.errors) == ["depth"]


def test_lines_are_read_and_empty_ones_are_left_out() -> None:
    lines = [{"what": "size", "value": " 12 "}, {"what": "", "value": ""}, {"what": "mode", "value": "x"}]
    assert read_values(LINES, {"parts": lines})["parts"] == [
        {"what": "size", "value": "12"},
        {"what": "mode", "value": "x"},
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("x", "Lines are needed."),
        ([3], "Lines are needed."),
        ([{"what": "size"}, {"what": "mode", "value": "y"}], "Line 2, Value: Choose one of the list."),
        ([{"what": "", "value": "x"}], "Line 1, What: This is needed."),
        ([{"what": "size", "value": "1"}] * (forms.MOST_LINES + 1), "At most 2,000 lines."),
    ],
)
def test_a_line_that_does_not_fit_is_said_with_its_number(given: Any, said: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        read_values(LINES, {"parts": given})
    assert refused.value.errors == {"parts": said}
