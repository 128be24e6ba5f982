"""The first sheet of the workbook: verdict, key figures, levels, CVs, where to look next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from allocator.reporting.facts import Facts, SpreadLine
from allocator.reporting.grid import Column, Grid, Judged, Value, shown, width
from allocator.reporting.grids_plan import levels_grid
from allocator.reporting.sheets import draw_row
from allocator.reporting.styles import ACCENT, LINE, MUTED, TONES, Styles
from allocator.reporting.summary import Figure, figures, privacy, provenance, subtitle, title, verdict
from allocator.reporting.wording import indicator_label, word
from allocator.text import say

COLUMNS, COLUMN_WIDTH = 8, 15
FIGURES_A_ROW = 4
SIGNS = {"good": "✓", "fair": "○", "bad": "✗"}


class Overview:
    """Writes the overview top down; `_row` is the next free row.

    Parameters
    ----------
    sheet
        An empty `xlsxwriter` worksheet.
    facts
        What to show.
    styles
        Formats of the workbook.
    """

    def __init__(self, sheet: Any, facts: Facts, styles: Styles) -> None:
        self._sheet, self._facts, self._styles = sheet, facts, styles
        self._lang = facts.lang
        self._row = 0
        sheet.set_column(0, COLUMNS - 1, COLUMN_WIDTH)

    def draw(self, sheets: Sequence[str]) -> None:
        """Write everything; `sheets` are the other grids of the workbook by name."""
        self._title()
        self._verdict()
        self._figures(figures(self._facts))
        self._levels()
        self._spread()
        self._contents(sheets)
        self._provenance()

    def _title(self) -> None:
        self._merged(title(self._facts), 30, bold=True, font_size=18, font_color=ACCENT)
        self._merged(subtitle(self._facts), 18, font_color=MUTED)
        self._row += 1

    def _verdict(self) -> None:
        said = verdict(self._facts)
        ink, fill = TONES[said.tone]
        look = {"bold": True, "font_size": 13, "font_color": ink, "bg_color": fill, "indent": 1}
        self._merged(f"{SIGNS[said.tone]}  {said.headline}", 30, text_wrap=True, **look)
        for detail in said.details:
            self._merged(detail, 17 * _lines(detail, COLUMNS * COLUMN_WIDTH - 6) + 4, text_wrap=True, indent=1)
        self._row += 1

    def _figures(self, cards: tuple[Figure, ...]) -> None:
        self._heading(say("report.key_figures", self._lang))
        for start in range(0, len(cards), FIGURES_A_ROW):
            for k, figure in enumerate(cards[start : start + FIGURES_A_ROW]):
                self._figure(2 * k, figure)
            for offset, height in enumerate((18, 28, 32)):
                self._sheet.set_row(self._row + offset, height)
            self._row += 4

    def _figure(self, left: int, figure: Figure) -> None:
        edge = {"left": 5, "left_color": ACCENT, "align": "left", "indent": 1}
        looks: tuple[tuple[str, dict[str, Any]], ...] = (
            (figure.label, {"font_color": MUTED}),
            (figure.value, {"bold": True, "font_size": 15}),
            (figure.note, {"font_color": MUTED, "font_size": 9, "text_wrap": True, "valign": "top"}),
        )
        for offset, (text, look) in enumerate(looks):
            row = self._row + offset
            self._sheet.merge_range(row, left, row, left + 1, "", self._styles(**edge, **look))
            self._sheet.write_string(row, left, text, self._styles(**edge, **look))

    def _levels(self) -> None:
        grid = levels_grid(self._facts)
        if grid.rows:
            self._heading(say("report.sheet_levels", self._lang))
            self._table(grid)

    def _spread(self) -> None:
        """CVs against their limits, with the Gini coefficient beside them."""
        lang = self._lang
        gini = say("report.gini", lang)
        cv = say("report.cv", lang)
        heads = (
            Column(say("report.stage", lang)),
            Column(say("report.indicator", lang)),
            Column(""),
            Column(say("report.limit", lang), "number", 2),
            *(
                Column(say(f"report.of_{moment}", lang, name=name), "number", 3)
                for name in (cv, gini)
                for moment in ("before", "after")
            ),
        )
        self._heading(say("report.sheet_spread", lang))
        top = self._row
        self._table(
            Grid("spread", heads, tuple(self._spread_row(line) for line in self._facts.spread)), spanned=True
        )
        for k, row in enumerate(range(top, self._row - 1)):
            text = heads[1].header if k == 0 else self._label(self._facts.spread[k - 1])
            style = self._styles.header(heads[1]) if k == 0 else self._styles.cell(heads[1])
            self._sheet.merge_range(row, 1, row, 2, "", style)
            self._sheet.write_string(row, 1, text, style)

    def _spread_row(self, line: SpreadLine) -> tuple[Value, ...]:
        before, after = line.before, line.after
        cvs = (Judged(before.cv, before.met, before.limit), Judged(after.cv, after.met, after.limit))
        stage = word(before.stage, self._lang)
        return (stage, self._label(line), "", before.limit, *cvs, before.gini, after.gini)

    def _label(self, line: SpreadLine) -> str:
        return indicator_label(line.before.indicator, self._lang)

    def _contents(self, sheets: Sequence[str]) -> None:
        self._heading(say("report.open_next", self._lang))
        for name in sheets:
            label = say(f"report.sheet_{name}", self._lang)
            link = self._styles(font_color=ACCENT, underline=1, bold=True, bottom=1, bottom_color=LINE)
            self._sheet.write_url(self._row, 0, f"internal:'{label}'!A1", link, label)
            about = say(f"report.about_{name}", self._lang)
            self._span(1, about, self._styles(bottom=1, bottom_color=LINE))
            self._next(18)
        self._row += 1

    def _provenance(self) -> None:
        self._heading(say("report.sheet_provenance", self._lang))
        for label, value in provenance(self._facts):
            self._sheet.merge_range(self._row, 0, self._row, 1, "", self._styles(font_color=MUTED))
            self._sheet.write_string(self._row, 0, label, self._styles(font_color=MUTED))
            self._span(2, value, self._styles())
            self._next(16)
        self._merged(privacy(self._facts), 20, font_color=MUTED)

    def _table(self, grid: Grid, *, spanned: bool = False) -> None:
        for k, column in enumerate(grid.columns):
            self._sheet.write_string(self._row, k, column.header, self._styles.header(column))
        self._next(20)
        for values in grid.rows:
            draw_row(self._sheet, self._row, 0, values, grid.columns, self._styles)
            texts = (shown(v, c) for v, c in zip(values, grid.columns, strict=True) if not c.numeric)
            self._next(18 if spanned else 18 * max(_lines(text, COLUMN_WIDTH) for text in texts))
        self._row += 1

    def _heading(self, text: str) -> None:
        self._merged(text, 22, bold=True, font_size=12, font_color=ACCENT, bottom=2, bottom_color=ACCENT)

    def _merged(self, text: str, height: float, **look: Any) -> None:
        self._span(0, text, self._styles(**look))
        self._next(height)

    def _span(self, left: int, text: str, style: Any) -> None:
        """Write text over the rest of the row; written apart so that it is never taken for a formula."""
        self._sheet.merge_range(self._row, left, self._row, COLUMNS - 1, "", style)
        self._sheet.write_string(self._row, left, text, style)

    def _next(self, height: float) -> None:
        self._sheet.set_row(self._row, height)
        self._row += 1


def _lines(text: str, room: int) -> int:
    return max(1, math.ceil(width(text) / room))
