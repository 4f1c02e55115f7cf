"""Owning and finding things in a real browser: forms, plans and their buttons, on reload too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from hub import catalog
from hub.errors import NotFound
from hub.home import Hub
from tests.browsing import form_of, last_answer, last_table, number, press, ready, say
from tests.conftest import caller_for

pytestmark = pytest.mark.browser

NET = {"media_type": "image", "arch_name": "cnn", "train_name": "rl", "modules": [{"conv_size": 3}]}


Enter = Callable[..., Page]


@pytest.fixture(scope="module")
def furnish() -> Callable[[Hub], None]:
    """Some models of alice's."""

    def put(hub: Hub) -> None:
        for name in ("Edit Me", "Hide Me", "Delete Me"):
            catalog.create_model(caller_for(hub, "alice"), {**NET, "model_name": name, "datasets": ["imagenet-1k"]})

    return put


def record(hub: Hub, name: str) -> dict[str, Any]:
    return catalog.show_item(caller_for(hub, "alice"), name).record


def test_a_model_is_registered_by_the_fields_of_its_architecture(enter: Enter, served_hub: Hub) -> None:
    page = enter()
    form = form_of(page, "/register ")
    expect(form.get_by_label("Decoder count")).to_have_count(0)
    form.locator("[data-field=arch_name]").select_option("transformer")
    form.get_by_label("Decoder count").fill("12")
    form.locator("[data-field=arch_name]").select_option("cnn")
    expect(form.get_by_label("Decoder count")).to_have_count(0)
    form.locator("[data-field=media_type]").select_option("image")
    form.locator("[data-field=train_name]").select_option("pretrain")
    for size in ("3", "5"):
        form.get_by_role("button", name="Add a line").click()
        form.get_by_label("Convolution size").last.fill(size)
    form.get_by_role("button", name="Continue").click()
    expect(form.get_by_role("alert")).to_have_text("This is needed.")
    form.locator("[data-field=model_name]").fill("Edit Me")
    form.get_by_role("button", name="Continue").click()
    expect(form.get_by_role("alert")).to_contain_text("you have a model called", ignore_case=True)
    form.locator("[data-field=model_name]").fill("Fresh Net")
    form.locator("[data-field=task]").get_by_label("detection").check()
    form.get_by_role("button", name="Continue").click()
    plan = ready(page)
    expect(plan).to_contain_text("Register the model Fresh Net")
    with pytest.raises(NotFound):
        record(served_hub, "Fresh Net")
    page.reload()
    press(ready(page), "Register", "Fresh Net is registered.")
    made = record(served_hub, "Fresh Net")
    assert [row["conv_size"] for row in made["modules"]] == [3, 5]
    assert (made["module_num"], made["task"], made["authors"]) == (2, ["detection"], ["alice"])


def test_a_dataset_is_registered_with_its_columns(enter: Enter, served_hub: Hub) -> None:
    page = enter(viewport={"width": 390, "height": 844}, color_scheme="dark")
    form = form_of(page, "/register dataset")
    form.locator("[data-field=ds_name]").fill("Small Talk")
    form.locator("[data-field=media]").select_option("text")
    form.get_by_role("button", name="Add a line").click()
    form.get_by_label("Column, line 1").fill("said")
    form.get_by_label("Column datatype, line 1").fill("string")
    assert page.evaluate("document.scrollingElement.scrollWidth <= window.innerWidth")
    form.get_by_role("button", name="Continue").click()
    press(ready(page), "Register", "Small Talk is registered.")
    assert record(served_hub, "Small Talk")["columns"] == [{"col_name": "said", "col_datatype": "string"}]


def test_an_item_is_edited_from_its_card(enter: Enter, served_hub: Hub) -> None:
    page = enter()
    say(page, "/show Edit Me")
    page.locator(".hub-card").get_by_role("button", name="Edit", exact=True).click()
    form = page.locator(".hub-form")
    expect(form.locator("[data-field=model_name]")).to_have_value("Edit Me")
    form.get_by_role("button", name="Continue").click()
    expect(form.get_by_role("alert")).to_contain_text("nothing to change", ignore_case=True)
    form.locator("[data-field=param_num]").fill("25,557,032")
    form.locator("[data-field=arch_name]").select_option("rnn")
    form.get_by_label("Criteria").fill("ctc")
    form.get_by_role("button", name="Continue").click()
    plan = ready(page)
    expect(plan.locator("li", has_text="Parameter count")).to_contain_text("25,557,032")
    expect(plan.locator("li", has_text="Architecture")).to_contain_text("rnn")
    press(plan, "Change", "Edit Me is changed.")
    assert (record(served_hub, "Edit Me")["criteria"], record(served_hub, "Edit Me")["param_num"]) == ("ctc", 25557032)
    page.reload()
    expect(page.locator(".hub-plan").get_by_role("status")).to_contain_text("Edit Me is changed.")


def test_a_button_hides_an_item_from_others_at_once(enter: Enter) -> None:
    page, other = enter(), enter("bob.tanaka")
    say(other, "/show Hide Me")
    expect(other.locator(".hub-card")).to_be_visible()
    expect(other.locator(".hub-card").get_by_role("button", name="Make private")).to_have_count(0)
    say(page, "/show Hide Me")
    page.locator(".hub-card").get_by_role("button", name="Make private").click()
    plan = ready(page)
    expect(plan).to_contain_text("Only you and the people you let in")
    press(plan, "Change", "Hide Me is changed.")
    say(other, "/show Hide Me")
    expect(last_answer(other)).to_contain_text("There is no model or dataset called 'Hide Me'")
    say(other, "/edit Delete Me")
    expect(last_answer(other)).to_contain_text("is alice's")


def test_what_is_deleted_is_in_the_trash_and_comes_back(enter: Enter, served_hub: Hub) -> None:
    page = enter()
    say(page, "/show Delete Me")
    page.locator(".hub-card").get_by_role("button", name="Delete", exact=True).click()
    plan = ready(page)
    expect(plan).to_contain_text("For 30 days it can be restored")
    press(plan, "Delete", "Delete Me is deleted.")
    with pytest.raises(NotFound):
        record(served_hub, "Delete Me")
    say(page, "/trash ")
    page.reload()
    page.locator(".hub-trash").get_by_role("button", name="Restore Delete Me").click()
    press(ready(page, 2), "Restore", "Delete Me is back")
    assert record(served_hub, "Delete Me")["datasets"] == ["imagenet-1k"]


def test_lineage_leads_on_to_what_is_in_it(enter: Enter) -> None:
    page = enter()
    say(page, "/lineage resnet50")
    shown = page.locator(".hub-lineage")
    expect(shown.get_by_role("button", name="imagenet-1k")).to_be_visible()
    shown.get_by_role("button", name="alexnet").click()
    expect(page.locator("#side-view-content .hub-card h3")).to_have_text("alexnet")
    expect(page.locator("#side-view-content .hub-card")).to_contain_text("Trained on the same data")


def test_find_takes_conditions_and_shows_its_sql(enter: Enter) -> None:
    page = enter()
    form = form_of(page, "/find models")
    form.get_by_label("Field, line 1").select_option(label="Parameter count")
    form.get_by_label("Comparison, line 1").select_option("gt")
    form.get_by_label("Value, line 1").fill("many")
    form.get_by_role("button", name="Add a line").click()
    form.get_by_label("Field, line 2").select_option(label="Media type")
    form.get_by_label("Comparison, line 2").select_option("is")
    form.get_by_label("Value, line 2").select_option("image")
    form.locator("[data-field='sort.model']").select_option(label="Parameter count")
    form.get_by_label("author › User").check()
    form.get_by_role("button", name="Find", exact=True).click()
    expect(form.get_by_role("alert")).to_contain_text("'many' is no number")
    form.get_by_label("Value, line 1").fill("100M")
    form.get_by_role("button", name="Find", exact=True).click()
    rows = last_table(page)
    sizes = [number(row[1]) for row in rows]
    assert sizes == sorted(sizes)
    assert sizes[0] > 100_000_000
    assert {row[2] for row in rows} == {"image"}
    expect(last_answer(page).locator("code")).to_contain_text("model_author")
    page.reload()
    expect(last_answer(page).locator(".hub-table")).to_be_visible()
    say(page, "/export csv")
    expect(last_answer(page)).to_contain_text("result.csv")
    form = page.locator(".hub-form")
    form.locator("[data-field=entity]").select_option(label="datasets")
    expect(form.get_by_label("author › User", exact=True)).to_have_count(0)
    form.get_by_role("button", name="Find", exact=True).click()
    expect(page.locator(".hub-table")).to_have_count(2)
    expect(last_answer(page).locator(".hub-table")).to_contain_text("ag_news")
