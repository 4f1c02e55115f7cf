"""What language models are told, as Markdown files beside this one; no rule is enforced by a prompt."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from string import Template


@cache
def _template(name: str) -> Template:
    return Template((Path(__file__).parent / f"{name}.md").read_text("utf-8").strip())


def load_prompt(name: str, **values: str) -> str:
    """The text of ``name``.md with each ``$key`` filled in; KeyError when one is missing."""
    return _template(name).substitute(values)
