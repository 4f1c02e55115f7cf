"""Rules about the code itself: what is declared is used, and nothing public goes round the gate."""

import ast
import importlib
import inspect
import pkgutil
import re
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import hub
from hub.access import ACTIONS, PERMISSIONS, Caller
from hub.settings import Settings, example
from tests import conftest
from tests.conftest import ROOT, settings_for

CODE = [path for name in ("app", "assistant", "hub", "db", "secure") for path in sorted((ROOT / name).rglob("*.py"))]

NOT_ACTIONS = {
    # what asks nothing of the database, or only helps an action that has been admitted already
    "hub.access.granted_items": "helps the guard and the catalogue, inside an action's transaction",
    "hub.access.visible": "gives a condition, reads nothing",
    "hub.items.find_seen": "helps an action, inside its transaction",
    "hub.sealing.follow_visibility": "helps an action, inside its transaction",
    "hub.items.own_item": "helps an action, inside its transaction",
    "hub.keys.keep_open": "helps an action, inside its transaction",
    "hub.keys.unlocked": "opens what only the person's own cookie or password opens",
    "hub.items.look_at_own": "helps an action, inside its transaction",
    "hub.items.sees_of": "helps an action, inside its transaction",
    "hub.proofs.require_proof": "helps an action, inside its transaction",
    "hub.editing.find_own": "helps an action, inside its transaction",
    "hub.invitations.check_answer": "helps an action, inside its transaction",
    "hub.rekeying.begin_rekeying": "helps an action, inside its transaction",
    "hub.sharing.check_offer": "helps an action, inside its transaction",
    "hub.sharing.find_shared": "helps an action, inside its transaction",
    "hub.sharing.make_offer": "helps an action, inside its transaction",
    "hub.sharing.take_back": "helps an action, inside its transaction",
    "hub.items.find_item": "helps an action, inside its transaction",
    "hub.query.literals.check_names": "helps the guard, inside its transaction",
}
"""Public functions that take a Caller and are no actions, with the reason."""


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(hub.__path__, "hub."):
        yield importlib.import_module(found.name)


def functions_with_a_caller() -> Iterator[tuple[str, Callable[..., Any]]]:
    for module in modules():
        for name, function in vars(module).items():
            if name.startswith("_") or not inspect.isfunction(function) or function.__module__ != module.__name__:
                continue
            hints = typing.get_type_hints(function, vars(module) | {"Hub": hub})
            if Caller in [hints.get(parameter) for parameter in inspect.signature(function).parameters]:
                yield f"{module.__name__}.{name}", function


def test_every_public_function_with_a_caller_is_gated() -> None:
    found = dict(functions_with_a_caller())
    assert len(found) > 15
    loose = {name for name, function in found.items() if not hasattr(function, "permission")}
    assert loose == set(NOT_ACTIONS)


def test_what_wraps_an_action_goes_through_one_of_the_same_permission() -> None:
    """A function that hashes a password first is no action itself, but ends in one."""
    for name, function in functions_with_a_caller():
        permission = getattr(function, "permission", None)
        if permission is None or hasattr(function, "__wrapped__"):
            continue
        module = inspect.getmodule(function)
        called = {node.id for node in ast.walk(ast.parse(inspect.getsource(function))) if isinstance(node, ast.Name)}
        gated = [getattr(getattr(module, one, None), "permission", None) for one in called - {name.rpartition(".")[2]}]
        assert permission in gated, name


def test_every_permission_is_used() -> None:
    for module in modules():
        assert module
    in_code = {name for name in PERMISSIONS if any(f'"{name}"' in path.read_text("utf-8") for path in CODE
                                                   if path.name != "access.py")}  # fmt: skip
    assert set(ACTIONS) <= set(PERMISSIONS)
    assert in_code == set(PERMISSIONS), "an unused permission promises what nobody does"


def test_permissions_are_named_noun_verb() -> None:
    for name, (role, what) in PERMISSIONS.items():
        assert re.fullmatch(r"[a-z]+\.[a-z]+", name)
        assert role in ("nobody", "user", "admin", "system")
        assert what


# --- settings -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_read_somewhere_and_documented(name: str) -> None:
    readers = [path for path in CODE if re.search(rf"\b(settings|self)\.{name}\b", path.read_text("utf-8"))]
    assert readers, f"nobody reads {name.upper()}"
    assert Settings.model_fields[name].description, name
    assert re.search(rf"^# .+\n# {name.upper()}=", example(), flags=re.MULTILINE)


def test_the_example_is_the_default(tmp_path: Path) -> None:
    set_all = "\n".join(line.removeprefix("# ") for line in example().splitlines() if re.match(r"# [A-Z_]+=", line))
    file = tmp_path / "all.env"
    file.write_text(set_all, "utf-8")
    names = re.findall(r"^([A-Z_]+)=", set_all, flags=re.MULTILINE)
    assert names == [name.upper() for name in Settings.model_fields]
    assert Settings(_env_file=file) == Settings(_env_file=None)


@pytest.mark.parametrize("name", ["db_password", "api_key", "hub_admin_password"])
def test_production_refuses_example_secrets(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=name.upper()):
        settings_for(tmp_path, hub_env="production", **{name: "changethis"})
    settings_for(tmp_path, **{name: "changethis"})


# --- the tests themselves -------------------------------------------------------------------------


@pytest.mark.parametrize(("in_ci", "outcome"), [(True, pytest.fail.Exception), (False, pytest.skip.Exception)])
def test_ci_leaves_no_test_out(monkeypatch: pytest.MonkeyPatch, in_ci: bool, outcome: type[BaseException]) -> None:
    monkeypatch.setattr(conftest, "_CI", in_ci)
    with pytest.raises(outcome):
        conftest.missing("MariaDB")


# --- the text itself ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_module_is_half_done(path: Path) -> None:
    text = path.read_text("utf-8")
    if text.strip():
        assert ast.get_docstring(ast.parse(text)) or "migrations" in path.parts, "a module says what it is"
    assert not re.search(r"\b(TODO|FIXME|XXX)\b", text)
    assert not re.search(r"[\"' ]/(home|root|tmp|var/tmp)/\w", text), "a path of one machine"
