"""Write the template: a workbook with instructions, drop-downs and an example, for an office to fill in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.domain.fields import ColumnSpec, Record, columns
from allocator.errors import UsageError
from allocator.io.cellout import cell_value, flag_labels
from allocator.io.cells import bound_text
from allocator.io.example import example_district
from allocator.io.naming import ALL_TABLES
from allocator.io.reference import note_text, unit_text
from allocator.io.validation import rows_of
from allocator.text import DEFAULT_LANG, Lang, say

if TYPE_CHECKING:
    from allocator.io.write_workbook import Styles

_CHECKED_ROWS = 20_000
"""Rows with drop-downs and checks, example included."""

_TAB_COLOURS = {True: "#E97132", False: "#4F81BD"}
_EXCEL_LIST_LIMIT = 255


def write_template(path: str | Path, lang: Lang = DEFAULT_LANG) -> Path:
    """Write the template of all tables, filled with a fictional example that reads without a warning.

    Parameters
    ----------
    path
        Where to write; `.xlsx`.
    lang
        Language of instructions, sheet names, headers and labels.

    Raises
    ------
    UsageError
        If the path is no `.xlsx` or cannot be written.
    """
    import xlsxwriter  # noqa: PLC0415  importing allocator stays light

    from allocator.io.readme_sheet import write_readme  # noqa: PLC0415  light import
    from allocator.io.write_workbook import OPTIONS, Styles  # noqa: PLC0415  light import
    from allocator.io.writing import beside  # noqa: PLC0415  light import

    target = Path(path)
    if target.suffix.lower() != ".xlsx":
        raise UsageError("unknown_extension", path=target.name)
    try:
        with beside(target) as part, part.open("wb") as file:
            book = xlsxwriter.Workbook(file, OPTIONS)
            book.set_properties({"title": say("template.title", lang)})
            styles = Styles(book, lang)
            write_readme(book, lang)
            district = example_district(lang)
            for record in ALL_TABLES.values():
                _write_sheet(book, styles, record, rows_of(district, record))
            book.close()
    except OSError as error:
        raise UsageError("unwritable", path=str(target), reason=error.strerror or "") from error
    return target


def sheet_name(record: type[Record], lang: Lang) -> str:
    """Name of a table's sheet."""
    return record.TABLE.zh if lang == "zh" else record.TABLE.name


def _write_sheet(book: Any, styles: Styles, record: type[Record], rows: Any) -> None:
    from allocator.io.write_workbook import write_cell, write_header  # noqa: PLC0415  light import

    lang, specs = styles.lang, columns(record)
    sheet = book.add_worksheet(sheet_name(record, lang))
    sheet.set_tab_color(_TAB_COLOURS[record.TABLE.needed or record.TABLE.name == "teachers"])
    write_header(sheet, styles, record)
    for number, row in enumerate(rows, 1):
        for place, spec in enumerate(specs):
            value = cell_value(getattr(row, spec.name), spec, lang)
            if value is not None:
                write_cell(sheet, number, place, value, styles.of(spec))
    for place, spec in enumerate(specs):
        sheet.write_comment(0, place, _comment(spec, lang), {"x_scale": 1.6, "y_scale": 1.3, "font_size": 9})
        options = _check(spec, place, lang)
        if options:
            sheet.data_validation(1, place, _CHECKED_ROWS, place, options)
    _set_up_print(sheet, len(specs))


def _comment(spec: ColumnSpec, lang: Lang) -> str:
    """Text shown at a header: required or not, what belongs there, unit."""
    lines = [say("template.required" if spec.required else "template.optional", lang), note_text(spec, lang)]
    if spec.unit:
        lines.append(say("template.note_unit", lang, unit=unit_text(spec, lang)))
    if spec.kind == "month":
        lines.append(say("template.month_hint", lang))
    return "\n".join(lines)


def _check(spec: ColumnSpec, place: int, lang: Lang) -> dict[str, Any] | None:
    """Check that Excel makes while typing; None for free text."""
    title = spec.header(lang)[:32]
    if spec.kind in ("choice", "flag"):
        return {"validate": "list", "error_title": title, **_pick(spec, lang)}
    if spec.kind == "month":
        hint = say("template.month_hint", lang)
        cell = f"{_letter(place)}2"
        formula = f'=OR(ISNUMBER({cell}),AND(LEN({cell})=7,MID({cell},5,1)="-"))'
        return {"validate": "custom", "value": formula, "error_title": title, "error_message": hint,
                "error_type": "warning"}  # fmt: skip
    if spec.kind in ("integer", "number", "money"):
        return {"error_title": title, **_bounds(spec, lang)}
    return None


def _letter(place: int) -> str:
    from allocator.io.sheet import letters  # noqa: PLC0415  light import

    return letters(place)


def _pick(spec: ColumnSpec, lang: Lang) -> dict[str, Any]:
    if spec.choices is None:
        no, yes = flag_labels(lang)
        return {"source": [yes, no], "error_message": say("template.pick_flag", lang, yes=yes, no=no)}
    labels = [str(cell_value(choice, spec, lang)) for choice in spec.choices]
    message = say("template.pick", lang, choices=say("common.enumeration", lang).join(labels))
    return {"source": labels, "error_message": message[:_EXCEL_LIST_LIMIT]}


def _bounds(spec: ColumnSpec, lang: Lang) -> dict[str, Any]:
    low, high = spec.minimum or 0, spec.maximum if spec.maximum is not None else 1e12
    if spec.minimum is None:
        low = -high
    kind = say(f"template.kind_{spec.kind}", lang)
    message = say("template.number_hint", lang, low=bound_text(low), high=bound_text(high), kind=kind)
    return {
        "validate": "integer" if spec.kind == "integer" else "decimal",
        "criteria": "between",
        "minimum": low,
        "maximum": high,
        "error_message": message,
    }


def _set_up_print(sheet: Any, width: int) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.repeat_rows(0)
    sheet.set_footer("&L&A&R&P / &N")
    # A table as wide as that of the schools would be too small to read on one page.
    sheet.fit_to_pages(1 if width <= 24 else 3, 0)
