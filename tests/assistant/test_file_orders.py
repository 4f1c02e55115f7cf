"""Files asked for in plain words: the same as /download, and no question is taken for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub import catalog
from hub.access import Caller
from hub.home import Hub, open_hub
from hub.people import grant_permission
from hub.publishing import publish_upload
from hub.staging import stage
from tests.assistant.test_orders import talk
from tests.conftest import caller_for, settings_for
from tests.hub.inspecting.files import safetensors_file
from tests.proving import enter

MODEL = {"media_type": "text", "arch_name": "rnn", "train_name": "rl", "task": ["detection"]}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, demo_home: Path) -> Iterator[Hub]:
    """The demo hub, with two models of bob's that have files, of two versions and of one."""
    home = tmp_path_factory.mktemp("orders") / "hub"
    shutil.copytree(demo_home, home)
    opened = open_hub(settings_for(home))
    bob = enter(opened, "bob.tanaka", "admin")
    for name, item_id in (("tiny net", None), ("mite", None), ("tiny net", 1)):
        if item_id:
            item_id = catalog.show_item(bob, name).item_id
        ref = stage(bob, [safetensors_file()], "net.safetensors").ref
        record = {**MODEL, "model_name": name, "visibility": "public"}
        publish_upload(bob, ref, "model", {} if item_id else record, item_id=item_id)
    yield opened
    opened.close()


@pytest.fixture
def bob(hub: Hub) -> Caller:
    return caller_for(hub, "bob.tanaka")


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("download tiny net", 2),
        ("Please download the model tiny net.", 2),
        ("download tiny net version 1", 1),
        ("download version 1 of tiny net", 1),
        ("can I download tiny net?", 2),
        ("how do I download bob.tanaka/tiny net", 2),
        ("give me the file of tiny net", 2),
        ("give me the weights of tiny net please", 2),
        ("send me tiny net's file", 2),
        ("get me the download link for tiny net", 2),
        ("where can I get the latest version of tiny net?", 2),
        ("i want to download my tiny net", 2),
        ("show me version 1 of tiny net", 1),
    ],
)
def test_a_file_is_asked_for_in_words(bob: Caller, text: str, version: int) -> None:
    (found,) = talk(bob, text)
    assert found.understood, found.error
    (shown,) = found.shown
    assert (shown.name, shown.opens, [one.version for one in shown.versions]) == (
        "bob.tanaka/tiny net",
        True,
        [version],
    )
    assert f"tiny net, version {version}" in found.answer
    assert (found.sql, found.rows) == (None, [])


def test_an_order_points_at_what_was_shown(bob: Caller) -> None:
    *_, found = talk(
        bob, "which of my models are RNNs for detection and have fewer than 1000 parameters?", "download them"
    )
    assert {one.name for one in found.shown} == {"bob.tanaka/tiny net", "bob.tanaka/mite"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("download nothing of the kind", "not_found"),
        ("download resnet18", "not_found"),  # it has no file
        ("download tiny net version 7", "not_found"),
        ("download all models", "invalid"),
    ],
)
def test_what_cannot_be_had_is_said(bob: Caller, text: str, code: str) -> None:
    (found,) = talk(bob, text)
    assert found.shown == ()
    assert found.error
    assert found.error["code"] == code, found.error


@pytest.mark.parametrize(
    "text",
    [
        "give me all models of bob.tanaka", "show me the models with the most parameters", "where is imagenet-1k from?",
        "get the datasets for detection", "download the table as csv", "i want the largest model",
        "who downloaded imdb last week",
    ],
)  # fmt: skip
def test_what_is_no_order_for_a_file(bob: Caller, text: str) -> None:
    (found,) = talk(bob, text)
    assert found.shown == ()
    assert not found.error or "/download" not in found.answer


def test_who_may_not_download_is_refused(hub: Hub) -> None:
    grant_permission(caller_for(hub, "admin"), "alice", "artifact.download", False)
    (found,) = talk(caller_for(hub, "alice"), "download tiny net")
    assert found.error
    assert found.error["code"] == "denied"
