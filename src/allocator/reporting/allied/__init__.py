"""A plan of alliances as a page with a map, and as a workbook to print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from allocator.domain.allied import AllianceDecision
from allocator.text import DEFAULT_LANG, Lang

if TYPE_CHECKING:
    from allocator.reporting.allied.ground import Ground
    from allocator.reporting.booklet import Booklet, Part
    from allocator.reporting.grid import Grid

__all__ = ["write_alliance_report"]


def write_alliance_report(
    decision: AllianceDecision, folder: Path, *, lang: Lang = DEFAULT_LANG
) -> tuple[Path, ...]:
    """Write `alliance.xlsx` and `report.html` into a folder that exists."""
    from allocator.reporting.allied.ground import Ground  # noqa: PLC0415  importing allocator stays light
    from allocator.reporting.booklet import write_booklet  # noqa: PLC0415  as above

    booklet = alliance_booklet(Ground(decision, lang))
    workbook, page = write_booklet(booklet, folder, "alliance")
    return workbook, page.replace(folder / "report.html")


def alliance_booklet(ground: Ground) -> Booklet:
    """Put the sections together, those without content left out where that says nothing."""
    from allocator.reporting.allied import front  # noqa: PLC0415  as above
    from allocator.reporting.booklet import Booklet  # noqa: PLC0415  as above

    tone, headline = front.verdict(ground)
    return Booklet(
        front.title(ground),
        front.subtitle(ground),
        headline,
        tone,
        front.details(ground),
        tuple(_parts(ground)),
        ground.lang,
        ground.decision.run.as_of,
    )


def _parts(ground: Ground) -> list[Part]:
    from allocator.reporting.allied import front, standing, tables  # noqa: PLC0415  as above
    from allocator.reporting.grids_plan import (  # noqa: PLC0415  as above
        rules_table,
        violations_table,
        warnings_table,
    )

    decision, lang = ground.decision, ground.lang
    sharing = decision.sharing if decision.ties else None
    grids = (
        tables.ties_grid(ground),
        tables.outside_grid(ground),
        tables.blocking_grid(ground),
        tables.changes_grid(ground),
        *(() if sharing is None else (standing.sharing_grid(ground, sharing),)),
        *(() if sharing is None else (standing.spread_grid(ground, sharing),)),
        front.levels_grid(ground),
        rules_table(() if decision.check is None else decision.check.rules, lang),
        violations_table(decision.violations, lang),
        standing.schools_grid(ground),
        warnings_table(decision.warnings, lang),
        front.provenance_grid(ground),
    )
    problems = [_text(ground, tables.problems_grid(ground))] if decision.problems else []
    return [*problems, _map(ground), *(_text(ground, grid) for grid in grids if grid.rows)]


def _text(ground: Ground, grid: Grid) -> Part:
    from allocator.reporting.booklet import Part  # noqa: PLC0415  as above

    drawn = grid.name == "levels" and ground.form == "district"
    about = f"{grid.name}_about_district" if drawn else f"{grid.name}_about"
    return Part(grid, ground.say(grid.name), ground.say(about))


def _map(ground: Ground) -> Part:
    """Map and table of the alliances."""
    from allocator.reporting.allied.plane import Plane  # noqa: PLC0415  as above
    from allocator.reporting.allied.tables import alliances_grid  # noqa: PLC0415  as above
    from allocator.reporting.booklet import Part  # noqa: PLC0415  as above

    heading = "districts" if ground.form == "district" else "alliances"
    plain = Part(alliances_grid(ground), ground.say(heading), ground.say(f"{heading}_about"))
    plane = Plane(ground)
    if not plane.schools:
        return plain
    captions = {"group": "map_caption_group", "district": "map_caption_district"}
    caption = ground.say(captions.get(ground.form, "map_caption"))
    missing = len(ground.decision.district.schools) - len(plane.schools)
    if missing:
        caption = f"{caption} {ground.say('map_unplaced', count=missing)}"
    return Part(plain.grid, plain.heading, plain.about, plane.option(), caption, plane.height)
