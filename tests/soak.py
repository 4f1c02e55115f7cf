"""Runs the tests marked ``soak`` at full length and commits what came out to docs/soak.md: ``make soak``."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent


def main() -> int:
    """Run them one after the other, write the table, and fail when one of them failed."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-m", "soak", "--hypothesis-profile=soak", f"--junitxml={report}"]
        done = subprocess.run(
            [*command, "-n", "2", "--timeout", "7200"], cwd=ROOT, env={**os.environ, "SOAK": "1"}, check=False
        )
        cases = list(ElementTree.parse(report).iter("testcase"))
    lines = [
        "# Soak",
        "",
        f"What takes long, in full, as `make soak` ran it on {datetime.now(UTC):%Y-%m-%d} "
        f"({os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}).",
        "",
        "| test | seconds | outcome | figures |",
        "| --- | ---: | --- | --- |",
    ]
    for case in sorted(cases, key=lambda case: (case.get("classname", ""), case.get("name", ""))):
        bad = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        figures = ", ".join(f"{one.get('name')} {one.get('value')}" for one in case.iter("property"))
        where = case.get("classname", "").removeprefix("tests.")
        outcome = bad[0] if bad else "passed"
        lines.append(f"| {where}: {case.get('name')} | {float(case.get('time', 0)):.0f} | {outcome} | {figures} |")
    (ROOT / "docs" / "soak.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
