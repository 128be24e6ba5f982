"""`report.html`: one file that opens without a network; tables in HTML, charts drawn by its own script."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from pathlib import Path
from string import Template

from allocator.reporting import grids_people, grids_plan, grids_schools
from allocator.reporting.booklet import card
from allocator.reporting.changes import changes_section
from allocator.reporting.charts import chart_data, placed_schools, staffing_data
from allocator.reporting.facts import Facts
from allocator.reporting.grid import Grid
from allocator.reporting.grids_conflict import conflict_grids
from allocator.reporting.htmltable import table
from allocator.reporting.markup import Html, embedded_json, join, tag
from allocator.reporting.summary import (
    figures,
    privacy,
    provenance,
    subtitle,
    title,
    verdict,
    wish_summary,
)
from allocator.reporting.why import asked, why_data
from allocator.text import say

SIGNS = {"good": "✓", "fair": "○", "bad": "✗"}
MAP_HEIGHT, CV_HEIGHT = 640, 340  # pixels on a wide screen
SCRIPTS = (("echarts/echarts.min.js",), ("tables.js", "report.js"))


def write_page(facts: Facts, path: Path) -> None:
    """Write the page of a decision.

    Parameters
    ----------
    facts
        What to show.
    path
        File to write, UTF-8.
    """
    path.write_text(page(facts), encoding="utf-8")


def page(facts: Facts) -> str:
    """Return the page: template, style, body and scripts.

    The content policy forbids every request and every script but the two inside, by their hashes.
    """
    scripts = ["".join(_asset(name) for name in names) for names in SCRIPTS]
    sections = _sections(facts)
    return Template(_asset("report.html")).substitute(
        lang="zh-CN" if facts.lang == "zh" else "en",
        title=join([title(facts)]),
        policy=" ".join(f"'sha256-{_digest(script)}'" for script in scripts),
        style=_asset("report.css"),
        head=_head(facts),
        nav=_nav(facts, sections),
        body=join(section for _, section in sections),
        data=embedded_json(chart_data(facts) | {"why": why_data(facts)}),
        charts=scripts[0],
        script=scripts[1],
        no_script=join([say("report.no_script", facts.lang)]),
        draw_failed=join([say("report.draw_failed", facts.lang)]),
    )


def _asset(name: str) -> str:
    return files("allocator.reporting").joinpath("assets", *name.split("/")).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _head(facts: Facts) -> Html:
    said = verdict(facts)
    headline = tag("p", tag("span", SIGNS[said.tone], class_="sign", aria_hidden="true"), said.headline)
    return join(
        [
            tag("h1", title(facts)),
            tag("p", subtitle(facts), class_="subtitle"),
            tag(
                "div",
                tag("div", headline, class_="headline"),
                *(tag("p", d) for d in said.details),
                class_=f"verdict {said.tone}",
            ),
            tag("dl", *(card(figure) for figure in figures(facts)), class_="cards"),
        ]
    )


def _nav(facts: Facts, sections: list[tuple[str, Html]]) -> Html:
    links = (tag("a", say(f"report.section_{name}", facts.lang), href=f"#{name}") for name, _ in sections)
    return tag("nav", *links, aria_label=say("report.nav", facts.lang))


def _sections(facts: Facts) -> list[tuple[str, Html]]:
    """All sections in the order of reading; those of conflict and breaches only if there are any."""
    broken = grids_plan.violations_grid(facts)
    parts = [
        *((grid.name, _listing(facts, grid, search="search_any")) for grid in conflict_grids(facts)),
        *([("changes", changes_section(facts))] if facts.decision.replan is not None else []),
        *([("violations", _listing(facts, broken))] if broken.rows else []),
        ("map", _map(facts)),
        ("balance", _balance(facts)),
        ("staffing", _staffing(facts)),
        ("levels", _listing(facts, grids_plan.levels_grid(facts))),
        ("rules", _listing(facts, grids_plan.rules_grid(facts), row_header=1)),
        ("schools", _listing(facts, grids_schools.schools_grid(facts), search="search_schools")),
        ("moves", _listing(facts, grids_people.moves_page_grid(facts), search="search_moves")),
        ("why", _why(facts)),
        ("wishes", _wishes(facts)),
        ("unfilled", _listing(facts, grids_schools.unfilled_grid(facts), search="search_any")),
        ("warnings", _listing(facts, grids_plan.warnings_grid(facts))),
        ("provenance", _provenance(facts)),
    ]
    return [(name, _section(facts, name, content)) for name, content in parts]


def _section(facts: Facts, name: str, content: Html) -> Html:
    heading = tag("h2", say(f"report.section_{name}", facts.lang), id=f"{name}-heading")
    return tag("section", heading, content, id=name, aria_labelledby=f"{name}-heading")


def _listing(facts: Facts, grid: Grid, *, search: str = "", row_header: int = 0) -> Html:
    """Say what the table holds and draw it, or say that there is nothing in it."""
    if not grid.rows:
        return tag("p", say(f"report.nothing_{grid.name}", facts.lang), class_="nothing")
    lang = facts.lang
    about = say("report.about_moves_page" if grid.name == "moves" else f"report.about_{grid.name}", lang)
    prompt = say(f"report.{search}", lang) if search else ""
    caption = say(f"report.section_{grid.name}", lang)
    drawn = table(grid.only("page"), caption, lang, search=prompt, row_header=row_header)
    return join([tag("p", about, class_="about"), drawn])


def _figure(name: str, caption: str, height: int) -> Html:
    """Build a place for a chart with its caption; the script fills it and describes it."""
    holder = tag("div", id=f"chart-{name}", class_="chart", style=f"height:{height}px", role="img")
    return tag("figure", holder, tag("figcaption", caption))


def _map(facts: Facts) -> Html:
    lang = facts.lang
    schools = facts.decision.district.schools
    placed = {s.school_id for s in placed_schools(facts)}
    if not placed:
        return tag("p", say("report.map_empty", lang), class_="nothing")
    notes = []
    if len(placed) < len(schools):
        notes.append(say("report.map_missing", lang, count=len(schools) - len(placed)))
    hidden = sum(not {m.from_school_id, m.to_school_id} <= placed for m in facts.decision.moves)
    if hidden:
        notes.append(say("report.map_hidden", lang, count=hidden))
    return join(
        [
            tag("div", id="map-controls", class_="controls"),
            _figure("map", say("report.map_caption", lang), MAP_HEIGHT),
            *(tag("p", note, class_="about") for note in notes),
        ]
    )


def _balance(facts: Facts) -> Html:
    return join(
        [
            _figure("cv", say("report.cv_caption", facts.lang), CV_HEIGHT),
            _listing(facts, grids_plan.spread_grid(facts), row_header=1),
        ]
    )


def _staffing(facts: Facts) -> Html:
    table_of_subjects = _listing(facts, grids_schools.subjects_grid(facts), row_header=1)
    data = staffing_data(facts)
    if not data["subjects"]:
        return table_of_subjects
    top = say("report.staffing_top_caption", facts.lang, count=len(data["top"]))
    charts = tag(
        "div",
        _figure("staffing", say("report.staffing_caption", facts.lang), _bars_height(len(data["subjects"]))),
        _figure("top", top, _bars_height(len(data["top"]))),
        class_="pair",
    )
    return join([charts, table_of_subjects])


def _bars_height(bars: int) -> int:
    return 80 + 30 * bars


def _why(facts: Facts) -> Html:
    """Build a place for the reasons of a chosen teacher; the script fills it."""
    lang = facts.lang
    if not facts.moves:
        return tag("p", say("report.nothing_why", lang), class_="nothing")
    return join(
        [
            tag("p", say("report.about_why", lang), " ", asked(facts), class_="about"),
            tag("div", id="why-controls", class_="controls"),
            tag("div", id="why-answer", class_="answer", role="status"),
            tag("noscript", tag("p", say("report.why_no_script", lang), class_="nothing")),
        ]
    )


def _wishes(facts: Facts) -> Html:
    if not facts.wishes:
        return tag("p", say("report.nothing_wishes", facts.lang), class_="nothing")
    summary = tag("p", wish_summary(facts))
    moved = grids_people.wishes_grid(facts, moved_only=True)
    if not moved.rows:
        return summary
    note = tag("p", say("report.wishes_moved_only", facts.lang), class_="about")
    caption = say("report.section_wishes", facts.lang)
    prompt = say("report.search_any", facts.lang)
    return join([summary, note, table(moved, caption, facts.lang, search=prompt)])


def _provenance(facts: Facts) -> Html:
    """Where the result comes from, what the words mean, and how names are treated."""
    lang, policy = facts.lang, facts.decision.policy.indicators
    limits = {"primary": policy.cv_limit_primary, "junior": policy.cv_limit_junior}
    entries = (join([tag("dt", label), tag("dd", value)]) for label, value in provenance(facts))
    terms = [say("report.term_cv", lang, **limits)]
    terms += [say(f"report.term_{name}", lang) for name in ("unfilled", "section", "check", "spread")]
    return join(
        [
            tag("dl", *entries, class_="provenance"),
            tag("h3", say("report.how_to_read", lang)),
            tag("ul", *(tag("li", term) for term in terms)),
            tag("p", privacy(facts), class_="about"),
        ]
    )
