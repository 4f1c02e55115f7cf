"""Text from data shows letter by letter, whatever Markdown it looks like."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from assistant.replies import escape, tame, unescape

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
HOSTILE = (
    "![x](http://evil.example/a.png)",
    "[click](javascript:alert(1))",
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "&lt;b&gt;",
    "**bold** _it_ *it* ~~gone~~ `code`",
    "# title",
    "1. one",
    "- item",
    "> quote",
    "---",
    "a\n===",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "```\ncode\n```",
    "<http://evil.example>",
    "line\\",
)


def shown(markdown: str) -> str:
    """What a reader sees of Markdown, if nothing but plain paragraphs comes of it."""
    html = MARKDOWN.render(markdown)
    text = re.sub(r"</?p>|<br />", "", html).strip("\n")
    assert "<" not in text, html
    for entity, letter in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(entity, letter)
    return text.replace("\u2060", "")


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_in_data_is_text(text: str) -> None:
    assert shown(escape(text)) == text


@given(st.text(st.sampled_from("ab1 \\`*_[]()<>!#-+=.|~:&@/\n"), max_size=30))
def test_any_text_comes_out_as_it_went_in(text: str) -> None:
    assert unescape(escape(text)) == text
    assert "".join(shown(escape(text)).split()) == "".join(text.split())


@pytest.mark.parametrize("text", ["see http://evil.example", "see www.evil.example", "mail a@evil.example"])
def test_bare_addresses_are_broken_by_an_invisible_joiner(text: str) -> None:
    assert "\u2060" in escape(text)
    assert escape(text).replace("\u2060", "").replace("\\", "") == text


def test_directives_and_cursors_are_defused() -> None:
    assert escape("llama:latest") == "llama\\:latest"
    assert "\u200b" not in escape("a\u200bb")


def test_plain_names_stay_as_they_are() -> None:
    assert escape("resnet-50_v2.1 (25,557,032 parameters)") == "resnet-50_v2.1 (25,557,032 parameters)"


def test_a_language_model_keeps_emphasis_but_gets_no_link_image_or_html() -> None:
    html = MARKDOWN.render(tame("**5 models**\n\n- [a](http://x.example) ![b](http://x.example/b.png) <b>c</b>"))
    assert "<strong>5 models</strong>" in html
    assert "<li>" in html
    assert not re.search(r"<(a|img|b)\b", html)
