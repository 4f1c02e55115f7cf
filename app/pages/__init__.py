"""The hub's own pages, rendered on the server: sign in, register, prove, change password, errors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

FOLDER = Path(__file__).parent
STYLE = "hub.css"

_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_pages = Environment(
    loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_TITLES = {403: "Not allowed", 404: "Not found", 413: "Too large", 429: "Too many tries", 503: "Not ready"}


def page(template: str, status: int = 200, headers: Mapping[str, str] | None = None, /, **values: Any) -> HTMLResponse:
    """The page of this name, with these values in it, and a policy under which only our own files run."""
    shown = _pages.get_template(f"{template}.html").render(values)
    return HTMLResponse(shown, status, {"Content-Security-Policy": _POLICY, **(headers or {})})


def error_page(status: int, message: str, hint: str = "") -> HTMLResponse:
    """A page that says what went wrong."""
    return page("error", status, None, title=_TITLES.get(status, "Something went wrong"), message=message, hint=hint)
