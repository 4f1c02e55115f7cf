"""The benches that make their own catalogue run on a small one; what they find of so little is not judged."""

from __future__ import annotations

import sys
from importlib import import_module

import pytest


@pytest.mark.parametrize("name", ["insights", "scale"])
def test_it_runs(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", [name, "300"])
    with pytest.raises(SystemExit):
        import_module(f"bench.{name}").main()
    assert "milliseconds" in capsys.readouterr().out
