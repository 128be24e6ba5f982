"""Fonts, colours and number formats of the workbook."""

from __future__ import annotations

from typing import Any

from allocator.reporting.grid import Column
from allocator.reporting.wording import mark
from allocator.text import Lang

FONTS: dict[Lang, str] = {"zh": "Microsoft YaHei", "en": "Calibri"}
INK = "#1F2933"
MUTED = "#5B6672"
LINE = "#C5CED6"
HEADER_FILL = "#E6ECF0"
ACCENT = "#1D4E6B"
GIVEN_INK, GIVEN_FILL = "#1D4E9E", "#FFF9E5"
TONES = {"good": ("#0B5D4E", "#E3F1EC"), "fair": ("#7A4B00", "#FBF1DD"), "bad": ("#9B1C1C", "#FBE9E7")}

Properties = dict[str, Any]


class Styles:
    """Formats of one workbook, each made once.

    Parameters
    ----------
    book
        An `xlsxwriter.Workbook`.
    lang
        Decides the font.
    """

    def __init__(self, book: Any, lang: Lang) -> None:
        self._book = book
        self._base = {"font_name": FONTS[lang], "font_size": 10, "font_color": INK, "valign": "vcenter"}
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def __call__(self, **properties: Any) -> Any:
        """Return the format with these properties over the base ones."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({**self._base, **properties})
        return self._made[key]

    def header(self, column: Column) -> Any:
        """Format of a column's header."""
        place: Properties = {"align": "right" if column.numeric else "center"}
        if not column.numeric and column.kind != "mark":
            place = {"align": "left", "indent": 1}
        return self(bold=True, text_wrap=True, bg_color=HEADER_FILL, border=1, border_color=LINE, **place)

    def cell(self, column: Column, digits: int | None = None) -> Any:
        """Format of a column's plain value."""
        return self(**cell_properties(column, digits))

    def given(self, column: Column) -> Any:
        """Format of a number that a reader may change: formulas beside it follow."""
        return self(**cell_properties(column, None) | {"font_color": GIVEN_INK, "bg_color": GIVEN_FILL})

    def judged(self, column: Column, met: bool | None, digits: int | None = None) -> Any:
        """Format of a value with a verdict: a colour, and a sign that survives black-and-white print."""
        properties = cell_properties(column, digits)
        if met is None:
            return self(**properties)
        ink, fill = TONES["good" if met else "bad"]
        if column.numeric:
            properties["num_format"] = f'{properties["num_format"]}" {mark(met)}"'
        return self(**properties, font_color=ink, bg_color=fill)


def cell_properties(column: Column, digits: int | None) -> Properties:
    """Border, alignment and number format of a column's cells."""
    properties: Properties = {"border": 1, "border_color": LINE}
    if column.numeric:
        properties |= {"align": "right", "num_format": number_format(column, digits)}
    elif column.kind == "mark":
        properties |= {"align": "center"}
    else:
        properties |= {"align": "left", "indent": 1, "text_wrap": True}
    return properties


def number_format(column: Column, digits: int | None = None) -> str:
    """Excel number format of a column; `digits` overrides the column's own."""
    places = column.digits if digits is None else digits
    point = "." + "0" * places if places else ""
    return f"0{point}%" if column.kind == "percent" else f"#,##0{point}"
