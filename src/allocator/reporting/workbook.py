"""`plan.xlsx`: the overview and a sheet for each table."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import xlsxwriter

from allocator.reporting import grids_people, grids_plan, grids_schools
from allocator.reporting.changes import changes_grid
from allocator.reporting.facts import Facts
from allocator.reporting.grid import Grid
from allocator.reporting.grids_conflict import conflict_grids
from allocator.reporting.overview import Overview
from allocator.reporting.sheets import draw_grid, set_up_print
from allocator.reporting.styles import ACCENT, Styles
from allocator.reporting.summary import title
from allocator.reporting.why import why_grid
from allocator.text import say

OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
PORTRAIT = frozenset({"warnings", "violations", "subjects"})


def write_workbook(facts: Facts, path: Path) -> None:
    """Write the workbook of a decision.

    Parameters
    ----------
    facts
        What to show.
    path
        File to write; the same decision gives the same bytes.
    """
    book = xlsxwriter.Workbook(path, OPTIONS)
    heading = title(facts)
    month = facts.decision.run.as_of
    book.set_properties({"title": heading, "created": datetime(month.year, month.month, 1, tzinfo=UTC)})
    styles = Styles(book, facts.lang)
    tables = sheets_of(facts)
    front = book.add_worksheet(say("report.sheet_overview", facts.lang))
    front.set_tab_color(ACCENT)
    Overview(front, facts, styles).draw([grid.name for grid in tables])
    set_up_print(front, heading, facts.lang, landscape=False)
    for grid in tables:
        name = say(f"report.sheet_{grid.name}", facts.lang)
        sheet = book.add_worksheet(name)
        draw_grid(sheet, grid.only("book"), styles, say(f"report.nothing_{grid.name}", facts.lang))
        header = say("report.print_title", facts.lang, title=heading, sheet=name)
        upright = grid.name in PORTRAIT
        set_up_print(sheet, header, facts.lang, landscape=not upright, signed=grid.name == "moves")
    book.close()


def sheets_of(facts: Facts) -> tuple[Grid, ...]:
    """Tables of the workbook in their order; those of conflict and breaches only if there are any."""
    broken = (grids_plan.violations_grid(facts),) if facts.decision.violations else ()
    changed = (changes_grid(facts),) if facts.decision.replan is not None else ()
    return (
        *conflict_grids(facts),
        grids_people.moves_grid(facts),
        why_grid(facts),
        *changed,
        grids_schools.schools_grid(facts),
        grids_schools.indicators_grid(facts),
        grids_plan.spread_grid(facts),
        grids_schools.subjects_grid(facts),
        grids_schools.unfilled_grid(facts),
        grids_plan.rules_grid(facts),
        *broken,
        grids_people.wishes_grid(facts),
        grids_plan.warnings_grid(facts),
    )
