"""Tool calls printed as text: every way of printing one is read, and plain words never become one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.printed_calls import read_calls

TOOLS = ("query", "describe")
SQL = "SELECT model_name FROM model WHERE param_num > 1"
CALL = {"name": "query", "arguments": {"sql": SQL}}

PRINTED = [
    json.dumps(CALL),
    f"```json\n{json.dumps(CALL, indent=2)}\n```",
    f"```\n{json.dumps(CALL)}\n```",
    f"```json\n{json.dumps(CALL)}",
    f"<tool_call>\n{json.dumps(CALL)}\n</tool_call>",
    f"<tool_call>{json.dumps(CALL)}",
    f"I will look that up.\n\n```json\n{json.dumps(CALL)}\n```\nOne moment.",
    f"I call {json.dumps(CALL)} now.",
    json.dumps([CALL]),
    json.dumps({"tool_calls": [{"type": "function", "function": CALL}]}),
    json.dumps({"type": "function", "function": CALL}),
    json.dumps({"name": "query", "arguments": json.dumps({"sql": SQL})}),
    json.dumps({"tool": "query", "args": {"sql": SQL}}),
    json.dumps({"tool_name": "query", "parameters": {"sql": SQL}}),
    json.dumps({"function": "query", "arguments": {"sql": SQL}}),
    json.dumps({"action": "query", "action_input": SQL}),
    json.dumps({"name": "query", "sql": SQL}),
    json.dumps({"query": {"sql": SQL}}),
    json.dumps({"query": SQL}),
    json.dumps({"sql": SQL}),
    f"```sql\n{SQL}\n```",
    f"```sql {SQL}```",
    f"```\n{SQL}\n```",
    f"Try this:\n```sql\n{SQL}\n```",
    SQL,
    f"\n{SQL}\n",
    json.dumps(CALL)[:-1],
    f"```json\n{json.dumps(CALL)[:-2]}\n```",
]


@pytest.mark.parametrize("text", PRINTED)
def test_each_way_of_printing_a_call_is_read(text: str) -> None:
    assert read_calls(text, TOOLS) == [("query", {"sql": SQL})]


def test_line_ends_inside_a_string_are_taken() -> None:
    text = '{"name": "query", "arguments": {"sql": "SELECT 1\nFROM model"}}'
    assert read_calls(text, TOOLS) == [("query", {"sql": "SELECT 1\nFROM model"})]


def test_a_common_table_expression_is_a_statement() -> None:
    text = "WITH big AS (SELECT * FROM model) SELECT count(*) FROM big"
    assert read_calls(text, TOOLS) == [("query", {"sql": text})]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "There are 12 models.",
        "Select the biggest one if you like.",
        "With pleasure: there are 12 of them.",
        'The answer is {"name": "resnet"}.',
        '{"name": "remove_person", "arguments": {"user_name": "bob"}}',
        '{"model_name": "bert", "param_num": 110}',
        "```python\nprint('hello')\n```",
        "[1, 2, 3]",
        "{{{{{{",
        "[" * 5000,
        '{"a":' * 5000,
        '{"name": ["query"], "arguments": 3}',
        "null",
    ],
)
def test_words_and_other_objects_are_no_calls(text: str) -> None:
    assert read_calls(text, TOOLS) == []


def test_only_tools_that_were_offered_are_called() -> None:
    assert read_calls(f"```sql\n{SQL}\n```", ("describe",)) == []
    assert read_calls(json.dumps({"sql": SQL}), ("describe",)) == []


def test_at_most_three_calls_are_taken() -> None:
    assert len(read_calls("\n".join(json.dumps(CALL) for _ in range(10)), TOOLS)) == 3


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_arguments = st.dictionaries(st.text(), _values, max_size=4)
_words = st.text(alphabet=st.characters(exclude_characters="{}[]`<"), max_size=40)


@pytest.mark.soak
@given(name=st.sampled_from(TOOLS), args=_arguments, before=_words, after=_words, indent=st.sampled_from([None, 2]))
def test_any_call_among_words_comes_back_as_it_was(
    name: str, args: dict[str, Any], before: str, after: str, indent: int | None
) -> None:
    printed = json.dumps({"name": name, "arguments": args}, indent=indent)
    assert read_calls(f"{before}{printed}{after}", TOOLS) == [(name, args)]
    assert read_calls(f"{before}\n<tool_call>{printed}</tool_call>{after}", TOOLS) == [(name, args)]
    if "```" not in printed:
        assert read_calls(f"{before}\n```json\n{printed}\n```\n{after}", TOOLS) == [(name, args)]


@pytest.mark.soak
@given(
    st.text() | st.lists(st.sampled_from([*PRINTED, "{", "}", "```", "<tool_call>", '"', "[", "select"])).map("".join)
)
def test_anything_at_all_is_read_without_failing(text: str) -> None:
    for name, args in read_calls(text, TOOLS):
        assert name in TOOLS
        assert isinstance(args, dict)
        assert all(isinstance(key, str) for key in args)
