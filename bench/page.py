"""What a turn of the chat costs the browser while charts of earlier turns stand on the page: CPU of the page's process.

In turn the same statement is asked and its table charted, so that every turn finds one chart more.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import CDPSession, Page, sync_playwright

from tests.browsing import DEMO_PASSWORD, say, sign_in
from tests.running import PROGRAM, RunningHub, find_browser

QUESTION = "/sql SELECT model_name, param_num FROM model WHERE param_num > 1000000000"
SETTLED = 1500  # milliseconds after which a page has drawn what it was told


def seconds_used(process: CDPSession) -> float:
    """CPU seconds of the page's process until now."""
    metrics = process.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == "ProcessTime"))


def take_turn(page: Page, process: CDPSession) -> float:
    """CPU seconds of one turn, from the question to its table; then its chart is drawn."""
    before = seconds_used(process)
    say(page, QUESTION)
    page.locator(".hub-table").last.wait_for()
    page.wait_for_timeout(SETTLED)
    used = seconds_used(process) - before
    charts = page.locator(".hub-chart").count()
    page.get_by_role("button", name="Chart", exact=True).last.click()
    page.locator(".hub-chart").nth(charts).locator(".main-svg").first.wait_for()
    page.wait_for_timeout(SETTLED)
    return used


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--turns", type=int, default=4)
    turns = options.parse_args().turns
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        home = Path(name) / "hub"
        subprocess.run([PROGRAM, "init", "--demo"], env={"HUB_HOME": str(home)}, check=True, capture_output=True)
        running = RunningHub.start(home, {})
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu"])
        try:
            page = browser.new_page(base_url=running.url)
            page.set_default_timeout(60_000)
            sign_in(page, "alice", DEMO_PASSWORD)
            page.wait_for_selector(".hub-home")
            process = page.context.new_cdp_session(page)
            process.send("Performance.enable")
            used = [take_turn(page, process) for _ in range(turns)]
        finally:
            browser.close()
            running.stop()
    print("| charts on the page | seconds |\n|---|---:|")
    for charts, seconds in enumerate(used):
        print(f"| {charts} | {seconds:.2f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
