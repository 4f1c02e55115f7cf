"""The Wycheproof project's test vectors, which stand in the folder ``vectors``."""

import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parent / "vectors"


def cases(name: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """(group, case) of a file; as many as it says it has."""
    said = json.loads((VECTORS / name).read_text("utf-8"))
    found = [(group, case) for group in said["testGroups"] for case in group["tests"]]
    assert len(found) == said["numberOfTests"] > 0
    return found
