"""Published test vectors, used where they are: in ``shared/vectors`` beside the repository."""

import json
from pathlib import Path
from typing import Any

import pytest

VECTORS = Path(__file__).parents[3] / "shared" / "vectors"


def cases(name: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """(group, case) of a Wycheproof file."""
    file = VECTORS / name
    if not file.exists():
        pytest.skip(f"the Wycheproof vectors {name} are not beside the repository")
    groups = json.loads(file.read_text("utf-8"))["testGroups"]
    return [(group, case) for group in groups for case in group["tests"]]
