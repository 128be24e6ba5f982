"""Draws a grid as an HTML table that reads without scripts."""

from __future__ import annotations

from allocator.reporting.grid import Change, Column, Grid, Judged, Value, shown
from allocator.reporting.markup import Html, join, tag
from allocator.text import Lang, say

ROWS_A_PAGE = 25
"""Tables longer than this get a pager, a search box and sortable headers from the page's script."""


def table(grid: Grid, caption: str, lang: Lang, *, search: str = "", row_header: int = 0) -> Html:
    """Build a table inside a box that scrolls sideways on narrow screens.

    Parameters
    ----------
    grid
        Table with the columns that the page shows.
    caption
        What the table is, for screen readers.
    lang
        Language of the controls.
    search
        Text inside the search box; none where empty.
    row_header
        Column that names the row.
    """
    head = tag("tr", *(_head(column) for column in grid.columns))
    body = join(_row(row, grid.columns, row_header) for row in grid.rows)
    long = len(grid.rows) > ROWS_A_PAGE
    drawn = tag(
        "table",
        tag("caption", caption, class_="unseen"),
        tag("thead", head),
        tag("tbody", body),
        id=f"table-{grid.name}",
        data_search=search or None,
        data_page=ROWS_A_PAGE if long else None,
    )
    region = say("report.scroll_region", lang, name=caption)
    return tag("div", drawn, class_="scroll", tabindex=0, role="region", aria_label=region)


def _head(column: Column) -> Html:
    return tag("th", column.header, scope="col", class_=_class(column))


def _row(row: tuple[Value, ...], columns: tuple[Column, ...], row_header: int) -> Html:
    cells = zip(row, columns, strict=True)
    return tag("tr", *(_cell(v, c, header=k == row_header) for k, (v, c) in enumerate(cells)))


def _cell(value: Value, column: Column, *, header: bool) -> Html:
    met = value.met if isinstance(value, (Judged, Change)) else None
    if isinstance(value, bool):
        met = value
    tone = "" if met is None else " good" if met else " bad"
    classes = (_class(column) or "") + tone
    if header:
        return tag("th", shown(value, column), scope="row", class_=classes.strip() or None)
    return tag("td", shown(value, column), class_=classes.strip() or None)


def _class(column: Column) -> str | None:
    return "n" if column.numeric else "m" if column.kind == "mark" else None
