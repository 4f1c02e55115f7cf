"""Charts in a real browser: drawn by button, command and words, looked behind, kept, exported, dark and small."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.assistant.test_chat_browser import HOSTILE, QUESTION, Enter, furnish  # noqa: F401 - a fixture
from tests.browsing import TOOL, last_answer, say

pytestmark = pytest.mark.browser

ROWS = "#side-view-content .hub-table"


def drawn(page: Page) -> Locator:
    """The last chart, once it is drawn."""
    chart = page.locator(".hub-chart").last
    chart.locator(".main-svg").first.wait_for()
    return chart


def click_bar(chart: Locator, at: int = 0) -> None:
    """Press one of the bars, as a hand would: where it is."""
    bar = chart.locator(".bars .point path").nth(at)
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    assert box is not None
    chart.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    chart.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_a_table_is_charted_by_its_button_and_the_chart_is_kept(enter: Enter) -> None:
    page = enter()
    say(page, QUESTION)
    page.locator(".hub-table").get_by_role("button", name="Chart", exact=True).click()
    chart = drawn(page)
    expect(chart.locator("h3")).to_have_text("Parameter count by model")
    assert chart.locator(".bars .point").count() == 21
    expect(page.locator(".hub-chart")).to_have_count(1)

    page.reload()
    chart = drawn(page)
    assert chart.locator(".bars .point").count() == 21
    click_bar(chart)
    expect(page.locator(ROWS)).to_contain_text("jasper_10x5")

    say(page, "which of them have more than 100M parameters?")
    expect(last_answer(page).locator(".hub-table tbody tr")).to_have_count(3)


WATCH = """async () => {
  let quiet;
  await new Promise((settled) => {
    const wait = () => { clearTimeout(quiet); quiet = setTimeout(settled, 500); };
    const drawn = () => { window.redrawn += 1; wait(); };
    document.querySelectorAll(".js-plotly-plot").forEach((plot) => plot.on("plotly_afterplot", drawn));
    wait();
  });
  window.redrawn = 0;
  return [...document.querySelectorAll(".hub-home, .hub-table, .hub-chart, .hub-chart .main-svg, .hub-chart path")];
}"""


def test_a_later_turn_draws_nothing_anew_that_is_on_the_page(enter: Enter) -> None:
    page = enter()
    say(page, QUESTION)
    page.locator(".hub-table").get_by_role("button", name="Chart", exact=True).click()
    expect(drawn(page).locator(".bars .point")).to_have_count(21)
    shown = page.evaluate_handle(WATCH)
    assert page.evaluate("(shown) => shown.length", shown) > 20
    say(page, "how many datasets are there?")
    assert page.evaluate("(shown) => shown.filter((each) => !each.isConnected).length", shown) == 0
    assert page.evaluate("window.redrawn") == 0


def test_words_and_commands_draw_and_a_point_shows_its_rows(enter: Enter) -> None:
    page = enter("bob.tanaka")
    say(page, QUESTION)
    say(page, "chart them by media type")
    chart = drawn(page)
    expect(page.locator(TOOL).last).to_contain_text("GROUP BY")
    expect(chart.locator("h3")).to_have_text("Model count by media type")
    click_bar(chart)
    rows = page.locator(ROWS)
    expect(rows.locator(".count")).to_contain_text("16 rows")
    expect(rows).to_contain_text("resnet50")

    chart.get_by_role("button", name="Numbers").click()
    expect(chart.locator("tbody tr")).to_have_count(3)
    chart.locator("tbody button").nth(1).click()  # without a mouse the numbers lead to the rows
    expect(page.locator(ROWS).locator(".count")).to_contain_text("3 rows")

    say(page, "as a pie chart")
    expect(drawn(page).locator(".slice")).to_have_count(3)
    say(page, "/chart line")
    chart = drawn(page)
    expect(chart.locator(".scatterlayer .point")).to_have_count(3)
    chart.get_by_role("button", name="Bars").click()
    expect(chart.get_by_role("button", name="Bars")).to_have_attribute("aria-pressed", "true")
    expect(chart.locator(".bars .point")).to_have_count(3)
    page.reload()
    chart = drawn(page)
    expect(chart.get_by_role("button", name="Bars")).to_have_attribute("aria-pressed", "true")
    chart.get_by_role("button", name="Line").click()
    expect(chart.locator(".scatterlayer .point")).to_have_count(3)
    say(page, "/chart bar by medai_type")
    expect(last_answer(page)).to_contain_text("Did you mean media_type")
    say(page, "/models resnet")
    say(page, "/chart by training")
    expect(drawn(page).locator("h3")).to_contain_text("by training")


def test_a_chart_that_cannot_be_drawn_leaves_the_table_and_the_reason(enter: Enter) -> None:
    page = enter()
    say(page, "plot all models")
    expect(last_answer(page).locator(".hub-table .notes")).to_contain_text("Names alone make no chart")


def test_insights_are_one_figure_a_message_and_only_for_who_may(enter: Enter) -> None:
    alice = enter("alice")
    say(alice, "/insights")
    expect(last_answer(alice)).to_contain_text("no command /insights")
    say(alice, "show insights")
    expect(last_answer(alice)).to_contain_text("may not see insights")
    assert alice.locator(".hub-chart").count() == 0

    page = enter("admin")
    say(page, "/insights")
    expect(page.locator(".hub-chart")).to_have_count(9)
    say(page, "parameter sizes of fine-tuned transformers")
    chart = drawn(page)
    expect(chart.locator("h3")).to_have_text("Parameter counts of models (finetune, transformer)")
    expect(chart.locator("dl")).to_contain_text("Standard deviation")
    click_bar(chart)
    expect(page.locator(ROWS).locator("tbody tr")).to_have_count(6)
    page.reload()
    drawn(page)
    expect(page.locator(".hub-chart")).to_have_count(10)


def test_a_chart_is_exported_as_a_page_that_asks_nobody(enter: Enter) -> None:
    page = enter()
    say(page, "chart models by architecture")
    chart = drawn(page)
    with page.expect_download() as download:
        chart.get_by_role("button", name="HTML").click()
    file = Path(download.value.path())
    asked: list[str] = []
    alone = page.context.new_page()
    alone.on("request", lambda request: asked.append(request.url))
    alone.set_content(file.read_text("utf-8"))
    alone.locator(".main-svg").first.wait_for()
    alone.locator("summary").click()
    expect(alone.locator("tbody tr")).to_have_count(3)
    assert [url for url in asked if not url.startswith(("about:", "data:"))] == []
    alone.close()
    with page.expect_download() as download:
        chart.get_by_role("button", name="CSV").click()
    assert Path(download.value.path()).read_text("utf-8").startswith("arch_name,Model count\ntransformer,40\n")


def test_text_in_data_is_text_in_a_chart(enter: Enter) -> None:
    page = enter("bob.tanaka")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    say(page, '/sql SELECT model_name, param_num AS "<i>%{x}</i>" FROM model WHERE param_num < 2000000')
    say(page, "/chart bar")
    chart = drawn(page)
    labels = chart.locator(".yaxislayer-above text, .ytick text").all_text_contents()
    assert any(label.startswith(HOSTILE[:20]) for label in labels)
    expect(chart.locator(".xtitle")).to_have_text("<i>%{x}</i>")
    click_bar(chart)
    expect(page.locator(ROWS)).to_be_visible()
    assert page.locator(".hub-chart").locator("img, script, a, i").count() == 0
    assert errors == []


def test_charts_change_with_dark_and_light_and_fit_a_telephone(enter: Enter) -> None:
    page = enter(viewport={"width": 390, "height": 844}, color_scheme="dark")
    say(page, "heat map of models by media type and task")
    chart = drawn(page)

    def ink() -> list[int]:
        fill = chart.locator(".ytick text").first.evaluate("(text) => getComputedStyle(text).fill")
        return [int(part) for part in re.findall(r"\d+", fill)[:3]]

    assert min(ink()) > 180
    page.locator("#theme-toggle").click()
    page.get_by_role("menuitem", name="Light").click()
    expect(chart.locator(".ytick text").first).to_have_css("fill", "rgb(22, 32, 44)")
    assert page.evaluate("document.scrollingElement.scrollWidth <= window.innerWidth")
    box = chart.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    expect(chart.locator(".heatmaplayer")).to_have_count(1)
