"""Figures as one HTML file that needs nothing else: the program that draws them is in it, nothing is asked for."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from typing import Any

from hub.charts import Drawn
from hub.titles import title_of

_STYLE = """
:root { color-scheme: light dark; --ink: #16202b; --soft: #5b6773; --line: #d8dee4; --back: #f9fafb; --card: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8edf2; --soft: #9aa7b4; --line: #2f3945; --back: #11171d; --card: #182029; }
}
body { margin: 0 auto; max-width: 70rem; padding: 1.5rem 1rem 3rem; background: var(--back); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 0 0 .5rem; }
p, small { color: var(--soft); }
section { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem;
  margin-top: 1rem; }
dl { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 0 0 .5rem; }
dt { color: var(--soft); font-size: .85rem; }
dd { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; font-size: .9rem; } td, th { padding: .25rem .75rem; text-align: left;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; } td.number { text-align: right; }
summary { cursor: pointer; color: var(--soft); } .scroll { overflow-x: auto; }
"""

_DRAW = """
const dark = matchMedia("(prefers-color-scheme: dark)");
const draw = () => document.querySelectorAll("[data-figure]").forEach((place) => {
  const figure = JSON.parse(document.getElementById(place.dataset.figure).textContent);
  const style = getComputedStyle(document.documentElement);
  figure.layout.font = { ...figure.layout.font, color: style.getPropertyValue("--ink").trim() };
  Plotly.react(place, figure.data, figure.layout, { responsive: true, displayModeBar: false, displaylogo: false });
});
dark.addEventListener("change", draw);
draw();
"""


def write_page(title: str, charts: Sequence[Drawn], intro: str = "") -> str:
    """The HTML of a page with these charts and their numbers."""
    from hub.charts.figures import plotly_js

    sections = "\n".join(_section(at, drawn) for at, drawn in enumerate(charts))
    about = f"<p>{html.escape(intro)}</p>" if intro else ""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        # The program in the file is all that may run, and nothing may be fetched.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; "
        "style-src 'unsafe-inline'; img-src data: blob:; font-src data:\">\n"
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{html.escape(title)}</h1>\n{about}\n{sections}\n"
        f"<script>{plotly_js()}</script>\n<script>{_DRAW}</script>\n</body>\n</html>\n"
    )


def _section(at: int, drawn: Drawn) -> str:
    facts = "".join(
        f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(_text(value))}</dd></div>" for name, value in drawn.facts
    )
    notes = "".join(f"<p>{html.escape(note)}</p>" for note in drawn.notes)
    heads = "".join(f'<th scope="col">{html.escape(title_of(column))}</th>' for column in drawn.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td{_number(value)}>{html.escape(_text(value))}</td>" for value in row) + "</tr>"
        for row in drawn.rows
    )
    return (
        f"<section>\n<h2>{html.escape(drawn.title)}</h2>\n{f'<dl>{facts}</dl>' if facts else ''}"
        f'<div data-figure="figure-{at}" role="img" aria-label="{html.escape(drawn.title)}"></div>\n'
        f'<script type="application/json" id="figure-{at}">{_json(drawn.figure)}</script>\n{notes}'
        f'<details><summary>Numbers</summary><div class="scroll"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>\n</section>"
    )


def _json(figure: dict[str, Any]) -> str:
    """JSON that may stand in a script element: no text in it can end the element."""
    text = json.dumps(figure, ensure_ascii=False, allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _text(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _number(value: Any) -> str:
    return ' class="number"' if isinstance(value, int | float) else ""
