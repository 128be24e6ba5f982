"""The page of instructions in the template."""

from __future__ import annotations

from typing import Any

from allocator.domain.fields import Table
from allocator.io.naming import ALL_TABLES
from allocator.io.write_workbook import FONT, OPTIONAL_COLOUR, REQUIRED_COLOUR
from allocator.text import Lang, say

_STEPS = 8
_ACCENT = "#1F4E79"


class _Page:
    """The sheet, the row that comes next, and its formats."""

    def __init__(self, book: Any, lang: Lang) -> None:
        font = {"font_name": FONT[lang], "font_size": 10.5, "valign": "vcenter"}
        self.lang = lang
        self.row = 0
        self.sheet = book.add_worksheet(say("template.readme_sheet", lang))
        self.title = book.add_format({**font, "font_size": 18, "bold": True, "font_color": _ACCENT})
        self.heading = book.add_format(
            {**font, "font_size": 12, "bold": True, "font_color": _ACCENT, "bottom": 2, "bottom_color": _ACCENT}
        )
        self.text = book.add_format({**font, "text_wrap": True})
        box = {**font, "border": 1, "border_color": "#BFBFBF", "text_wrap": True}
        self.head = book.add_format({**box, "bold": True, "bg_color": OPTIONAL_COLOUR})
        self.cell = book.add_format(box)
        self.link = book.add_format({**box, "font_color": "#0563C1", "underline": 1})
        self.required = book.add_format({**box, "bg_color": REQUIRED_COLOUR})
        self.optional = book.add_format({**box, "bg_color": OPTIONAL_COLOUR})

    def say(self, key: str) -> str:
        return say(f"template.{key}", self.lang)

    def heading_row(self, key: str) -> None:
        self.row += 1
        self.sheet.set_row(self.row, 24)
        for column in range(1, 5):
            self.sheet.write_string(self.row, column, self.say(key) if column == 1 else "", self.heading)
        self.row += 1


def write_readme(book: Any, lang: Lang) -> None:
    """Write what the template is for, how to fill it in, and the list of its tables."""
    page = _Page(book, lang)
    sheet = page.sheet
    sheet.hide_gridlines(2)
    sheet.set_tab_color(_ACCENT)
    for column, width in enumerate((2, 16, 34, 42, 12)):
        sheet.set_column(column, column, width)
    _head(page)
    _steps(page)
    _legend(page)
    _tables(page)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 1)
    sheet.activate()


def _head(page: _Page) -> None:
    page.row = 1
    page.sheet.set_row(1, 34)
    page.sheet.write_string(1, 1, page.say("title"), page.title)
    page.sheet.set_row(2, 34)
    page.sheet.merge_range(2, 1, 2, 4, page.say("subtitle"), page.text)
    page.row = 2


def _steps(page: _Page) -> None:
    page.row += 1
    page.heading_row("steps_title")
    for number in range(1, _STEPS + 1):
        page.sheet.set_row(page.row, 22)
        text = f"{number}.  " + page.say(f"step_{number}")
        page.sheet.merge_range(page.row, 1, page.row, 4, text, page.text)
        page.row += 1


def _legend(page: _Page) -> None:
    page.heading_row("legend_title")
    for style, key in ((page.required, "legend_required"), (page.optional, "legend_optional")):
        page.sheet.set_row(page.row, 20)
        page.sheet.write_string(page.row, 1, page.say(key), style)
        page.row += 1


def _tables(page: _Page) -> None:
    page.heading_row("tables_title")
    page.sheet.set_row(page.row, 20)
    for column, key in enumerate(("head_table", "head_row", "head_use", "head_fill"), 1):
        page.sheet.write_string(page.row, column, page.say(key), page.head)
    for record in ALL_TABLES.values():
        page.row += 1
        _table_row(page, record.TABLE)


def _table_row(page: _Page, table: Table) -> None:
    chinese = page.lang == "zh"
    name = table.zh if chinese else table.name
    page.sheet.set_row(page.row, 20)
    page.sheet.write_url(page.row, 1, f"internal:'{name}'!A1", page.link, name)
    page.sheet.write_string(page.row, 2, table.row_zh if chinese else table.row_en, page.cell)
    page.sheet.write_string(page.row, 3, table.use_zh if chinese else table.use_en, page.cell)
    style = page.required if table.needed else page.cell
    page.sheet.write_string(page.row, 4, page.say("required" if table.needed else "optional"), style)
