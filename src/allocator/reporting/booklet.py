"""A few tables and charts as one page and one workbook: what is written about several plans at once."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import xlsxwriter

from allocator.domain.fields import Month
from allocator.reporting.grid import Grid
from allocator.reporting.htmltable import table
from allocator.reporting.markup import Html, embedded_json, join, tag
from allocator.reporting.sheets import draw_grid, set_up_print
from allocator.reporting.styles import Styles
from allocator.reporting.summary import Figure
from allocator.text import Lang, catalogue, say

OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
SCRIPTS = (("echarts/echarts.min.js",), ("tables.js", "booklet.js"))
TABLE_TEXTS = ("search", "rows_shown", "rows_none", "previous", "next", "sort_by")
CHART_HEIGHT = 420  # pixels
NAV_FROM = 6  # sections
SIGNS = {"good": "✓", "fair": "○", "bad": "✗"}


@dataclass(frozen=True)
class Part:
    """One section: a table under a heading, a sentence about it, and a chart if it has one.

    `chart` is an option of ECharts in plain values; `caption` says what it shows, `height` how many pixels it
    takes. A chart whose `geo` has a `frame` (west, south, east, north in km) is a map: see `booklet.js`.
    """

    grid: Grid
    heading: str
    about: str
    chart: Mapping[str, Any] | None = None
    caption: str = ""
    height: int = CHART_HEIGHT
    row_header: int = 0


@dataclass(frozen=True)
class Booklet:
    """Title, verdict and sections, in one language; with key figures and links to the sections if wanted."""

    title: str
    subtitle: str
    headline: str
    tone: str
    details: tuple[str, ...]
    parts: tuple[Part, ...]
    lang: Lang
    as_of: Month = field(default_factory=lambda: Month.of(2000, 1))
    cards: tuple[Figure, ...] = ()
    linked: bool = False


def write_booklet(booklet: Booklet, folder: Path, stem: str) -> tuple[Path, ...]:
    """Write `STEM.xlsx` and `STEM.html`, each beside its place and then renamed."""
    return (
        beside(folder / f"{stem}.xlsx", lambda path: _write_workbook(booklet, path)),
        beside(folder / f"{stem}.html", lambda path: write_text(path, page(booklet))),
    )


def beside(path: Path, write: Callable[[Path], None]) -> Path:
    """Write a file beside its place and rename it, so that nobody opens half a file."""
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        write(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8."""
    path.write_text(text, encoding="utf-8")


def _write_workbook(booklet: Booklet, path: Path) -> None:
    book = xlsxwriter.Workbook(path, OPTIONS)
    created = datetime(booklet.as_of.year, booklet.as_of.month, 1, tzinfo=UTC)
    book.set_properties({"title": booklet.title, "created": created})
    styles = Styles(book, booklet.lang)
    for part in booklet.parts:
        sheet = book.add_worksheet(part.heading)
        draw_grid(sheet, part.grid.only("book"), styles, say("several.nothing", booklet.lang))
        header = say("report.print_title", booklet.lang, title=booklet.title, sheet=part.heading)
        set_up_print(sheet, header, booklet.lang, landscape=True)
    book.close()


def page(booklet: Booklet) -> str:
    """Return the page: one file that opens without a network and reads without scripts."""
    scripts = ["".join(_asset(name) for name in names) for names in SCRIPTS]
    lang = booklet.lang
    return Template(_asset("report.html")).substitute(
        lang="zh-CN" if lang == "zh" else "en",
        title=join([booklet.title]),
        policy=" ".join(f"'sha256-{_digest(script)}'" for script in scripts),
        style=_asset("report.css"),
        head=_head(booklet),
        nav=_nav(booklet),
        body=join(_section(part, lang) for part in booklet.parts),
        data=embedded_json(_data(booklet)),
        charts=scripts[0],
        script=scripts[1],
        no_script=join([say("report.no_script", lang)]),
        draw_failed=join([say("report.draw_failed", lang)]),
    )


def _data(booklet: Booklet) -> dict[str, Any]:
    """What the script needs: charts by the names of their sections, words for the controls of tables."""
    return {
        "lang": booklet.lang,
        "text": {name: catalogue("report")[name][booklet.lang] for name in TABLE_TEXTS},
        "charts": {p.grid.name: p.chart for p in booklet.parts if p.chart is not None},
    }


def _asset(name: str) -> str:
    return files("allocator.reporting").joinpath("assets", *name.split("/")).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _head(booklet: Booklet) -> Html:
    sign = tag("span", SIGNS[booklet.tone], class_="sign", aria_hidden="true")
    verdict = tag(
        "div",
        tag("div", tag("p", sign, booklet.headline), class_="headline"),
        *(tag("p", detail) for detail in booklet.details),
        class_=f"verdict {booklet.tone}",
    )
    cards = [tag("dl", *(card(figure) for figure in booklet.cards), class_="cards")] if booklet.cards else []
    return join([tag("h1", booklet.title), tag("p", booklet.subtitle, class_="subtitle"), verdict, *cards])


def card(figure: Figure) -> Html:
    """One key figure with its label and a note."""
    return tag(
        "div",
        tag("dt", figure.label),
        tag("dd", figure.value, class_="value"),
        tag("dd", figure.note, class_="note"),
    )


def _nav(booklet: Booklet) -> Html:
    """Links to the sections where there are many."""
    if not booklet.linked and len(booklet.parts) < NAV_FROM:
        return Html("")
    links = (tag("a", part.heading, href=f"#{part.grid.name}") for part in booklet.parts)
    return tag("nav", *links, aria_label=say("report.nav", booklet.lang))


def _section(part: Part, lang: Lang) -> Html:
    name = part.grid.name
    content = [tag("h2", part.heading, id=f"{name}-heading")]
    if part.chart is not None:
        holder = tag(
            "div",
            id=f"chart-{name}",
            class_="chart",
            style=f"height:{part.height}px",
            role="img",
            aria_label=part.caption,
        )
        content.append(tag("figure", holder, tag("figcaption", part.caption)))
    if part.grid.rows:
        prompt = say("report.search_any", lang)
        drawn = table(part.grid.only("page"), part.heading, lang, search=prompt, row_header=part.row_header)
        content += [tag("p", part.about, class_="about"), drawn]
    elif part.chart is None:
        content.append(tag("p", say("several.nothing", lang), class_="nothing"))
    return tag("section", *content, id=name, aria_labelledby=f"{name}-heading")
