"""What stands in the documentation is what the code does."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from docs.generate import GENERATED

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("path", GENERATED)
def test_generated_file_is_fresh(path: str) -> None:
    assert (ROOT / path).read_text("utf-8") == GENERATED[path](), "run `make docs`"


def test_every_dependency_earns_its_line() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = project["dependencies"] + [name for group in project["optional-dependencies"].values() for name in group]
    names = {re.split(r"[\[<>=~]", name)[0].lower() for name in wanted}
    page = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    listed = {name.lower() for name in re.findall(r"^\| `([^`]+)`", page, flags=re.MULTILINE)}
    assert names == listed


def test_every_make_target_in_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", (ROOT / "README.md").read_text("utf-8")))
    assert named
    assert named <= targets


@pytest.mark.parametrize("page", sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/**/*.md")))
def test_links_of_a_page_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text):
        assert ((ROOT / page).parent / target).exists(), f"{page} links to {target}"


def test_locks_name_no_address() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        assert "://" not in lock.read_text("utf-8")
