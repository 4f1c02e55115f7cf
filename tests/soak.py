"""Runs the tests marked ``soak`` at full length and writes what came out to docs/soak.md: ``make soak``.

``make soak ONLY=crowd`` runs those of such a name, and replaces their rows alone.
"""

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


PAGE = ROOT / "docs" / "soak.md"
HEAD = f"""# Soak

What takes long, in full, as `make soak` ran it ({os.cpu_count()} cores, {platform.machine()}, Python \
{platform.python_version()}).

| test | day | seconds | outcome | figures |
| --- | --- | ---: | --- | --- |
"""


def main(only: str = "") -> int:
    """Run them one after the other, write the table, and fail when one of them failed."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-m", "soak", "--hypothesis-profile=soak", f"--junitxml={report}"]
        command += ["-k", only] if only else []
        done = subprocess.run(
            [*command, "-n", "2", "--timeout", "7200"], cwd=ROOT, env={**os.environ, "SOAK": "1"}, check=False
        )
        cases = list(ElementTree.parse(report).iter("testcase"))
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")][2:] if only else []
    kept = {row.split(" | ")[0]: row for row in rows}
    for case in cases:
        bad = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        figures = ", ".join(f"{one.get('name')} {one.get('value')}" for one in case.iter("property"))
        name = f"| {case.get('classname', '').removeprefix('tests.')}: {case.get('name')}"
        outcome = bad[0] if bad else "passed"
        kept[name] = (
            f"{name} | {datetime.now(UTC):%Y-%m-%d} | {float(case.get('time', 0)):.0f} | {outcome} | {figures} |"
        )
    PAGE.write_text(HEAD + "\n".join(kept[name] for name in sorted(kept)) + "\n", encoding="utf-8")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
