"""What a workbook hides from its cell reader: true extent, formulas, errors, merged and hidden parts.

The sheet's XML is searched as bytes: a parse of a million cells in Python would take longer than the rest of
reading. Sizes are bounded first, because a few kilobytes can unpack to gigabytes.
"""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from allocator.errors import UsageError
from allocator.io.sheet import Range, column_number

MAX_UNPACKED = 768 * 1024 * 1024
"""Largest sum of unpacked parts, bytes: several times the workbook of a province."""

FAR_COLUMNS = 256
FAR_ROWS = 10_000
MAX_CELLS = 40_000_000

_ROOT = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?)(?:worksheet|workbook|Relationships)[\s>]")
_R = re.compile(rb"\sr=[\"'](\d+)[\"']")
_HIDDEN = re.compile(rb"\shidden=[\"'](?:1|true)[\"']")
_CELL_AT = re.compile(rb"\sr=[\"']([A-Z]{1,3})(\d+)[\"']")
_WIDE = re.compile(rb"\sr=[\"'][A-Z]{2,3}\d")
_ERROR = re.compile(rb"\st=[\"']e[\"']")


class _Patterns:
    """Patterns of the elements under the file's own namespace prefix, usually none.

    A literal prefix makes the search several times faster than one that allows for every prefix.
    """

    def __init__(self, xml: bytes) -> None:
        root = _ROOT.search(xml[:4096])
        self.prefix = root[1] if root else b""
        self.row = self._tag(b"row")
        self.col = self._tag(b"col")
        self.cell = self._tag(b"c")
        self.formula = re.compile(b"<" + self.prefix + rb"f[\s/>]")
        self.sheet = self._tag(b"sheet")
        self.relation = self._tag(b"Relationship")
        self.merge = re.compile(
            b"<" + self.prefix + rb"mergeCell\s[^>]*?ref=[\"']\$?([A-Z]+)\$?(\d+):\$?([A-Z]+)\$?(\d+)[\"']"
        )
        self.value = re.compile(b"<" + self.prefix + rb"(?:v|t)(?:\s[^>/]*)?>([^<]+)<")
        self.cell_end = b"</" + self.prefix + b"c>"
        self.row_end = b"</" + self.prefix + b"row>"

    def _tag(self, name: bytes) -> re.Pattern[bytes]:
        return re.compile(b"<" + self.prefix + name + rb"(?:\s[^>]*)?>")

    def value_of(self, xml: bytes, tag: re.Match[bytes]) -> str | None:
        """Value inside the cell whose opening tag was matched; None if it has none."""
        if tag[0].endswith(b"/>"):
            return None
        end = xml.find(self.cell_end, tag.end())
        found = self.value.search(xml, tag.end(), end if end >= 0 else len(xml))
        return html.unescape(found[1].decode("utf-8", "replace")) if found else None


@dataclass
class SheetFacts:
    """What the XML of one sheet says; rows and columns counted from 0.

    `far` is the address of a cell far away from all others, which would make a reader ask for all memory;
    `cells` the size of the rectangle that holds all cells.
    """

    far: str = ""
    cells: int = 0
    merged: list[Range] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    without_value: list[tuple[int, int]] = field(default_factory=list)


def inspect_package(path: Path) -> dict[str, SheetFacts]:
    """Look into a workbook's parts: sheet name -> facts.

    Raises
    ------
    UsageError
        If the file is encrypted, damaged, not a workbook, or unpacks to more than 768 MiB.
    """
    _refuse_encrypted(path)
    try:
        with zipfile.ZipFile(path) as package:
            _refuse_bomb(package, path)
            parts = dict(_sheet_parts(package))
            _read_others(package, set(parts.values()))
            return {name: inspect_sheet(package.read(part)) for name, part in parts.items()}
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, NotImplementedError, RuntimeError) as error:
        raise UsageError("workbook_broken", path=path.name) from error
    except UnicodeDecodeError as error:
        raise UsageError("workbook_broken", path=path.name) from error


def _refuse_encrypted(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(8) == bytes.fromhex("d0cf11e0a1b11ae1"):
            raise UsageError("workbook_encrypted", path=path.name)


def _refuse_bomb(package: zipfile.ZipFile, path: Path) -> None:
    size = sum(entry.file_size for entry in package.infolist())
    if size > MAX_UNPACKED:
        raise UsageError("workbook_too_large", path=path.name, size=size // 2**20, limit=MAX_UNPACKED // 2**20)


def _read_others(package: zipfile.ZipFile, sheets: set[str]) -> None:
    """Unpack every other part once: zipfile fails where a declared size was a lie."""
    for entry in package.infolist():
        if entry.filename not in sheets:
            with package.open(entry) as part:
                while part.read(2**20):
                    pass


def _attribute(tag: bytes, name: bytes) -> str:
    found = re.search(rb"[\s:]" + name + rb"=(?:\"([^\"]*)\"|'([^']*)')", tag)
    return html.unescape((found[1] or found[2] or b"").decode()) if found else ""


def _sheet_parts(package: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Name of each worksheet and the part that holds it."""
    book, relations = package.read("xl/workbook.xml"), package.read("xl/_rels/workbook.xml.rels")
    target = {
        _attribute(tag, b"Id"): _attribute(tag, b"Target")
        for tag in _Patterns(relations).relation.findall(relations)
    }
    for tag in _Patterns(book).sheet.findall(book):
        where = target.get(_attribute(tag, b"id"), "")
        part = where.lstrip("/") if where.startswith("/") else posixpath.normpath(posixpath.join("xl", where))
        if "worksheets" in part:
            yield _attribute(tag, b"name"), part


def inspect_sheet(xml: bytes) -> SheetFacts:
    """Search the XML of one sheet."""
    facts, find = SheetFacts(), _Patterns(xml)
    last_row = _walk_rows(xml, find, facts)
    last_column = _walk_wide_cells(xml, find, facts)
    facts.cells = (last_row + 1) * (last_column + 1)
    facts.merged = [
        (int(top) - 1, column_number(left.decode()), int(bottom) - 1, column_number(right.decode()))
        for left, top, right, bottom in find.merge.findall(xml)
    ]
    facts.hidden_columns = _hidden_columns(xml, find)
    _walk_formulas(xml, find, facts)
    _walk_errors(xml, find, facts)
    return facts


def _walk_rows(xml: bytes, find: _Patterns, facts: SheetFacts) -> int:
    """Collect hidden rows and find the last row with cells; a value far below the others is a stray."""
    last, number = -1, -1
    for found in find.row.finditer(xml):
        at = _R.search(found[0])
        number = int(at[1]) - 1 if at else number + 1
        if _HIDDEN.search(found[0]):
            facts.hidden_rows.append(number)
        if found[0].endswith(b"/>"):
            continue
        if number - last > FAR_ROWS:
            cell = _first_value(xml, find, found.end())
            if cell is None:
                continue
            facts.far = facts.far or cell
        last = number
    return last


def _first_value(xml: bytes, find: _Patterns, start: int) -> str | None:
    """Address of the first cell with a value in the row that starts here."""
    end = xml.find(find.row_end, start)
    for tag in find.cell.finditer(xml, start, end if end >= 0 else len(xml)):
        if find.value_of(xml, tag) is not None:
            at = _CELL_AT.search(tag[0])
            return (at[1] + at[2]).decode() if at else "?"
    return None


def _walk_wide_cells(xml: bytes, find: _Patterns, facts: SheetFacts) -> int:
    """Find the last column with a value beyond Z; a cell beyond column 256 is a stray."""
    last = 25
    for wide in _WIDE.finditer(xml):
        tag = find.cell.match(xml, xml.rfind(b"<", 0, wide.start()))
        at = _CELL_AT.search(tag[0]) if tag else None
        column = column_number(at[1].decode()) if at else 0
        if tag is None or at is None or column <= last or find.value_of(xml, tag) is None:
            continue
        if column >= FAR_COLUMNS:
            facts.far = facts.far or (at[1] + at[2]).decode()
        last = column
    return last


def _hidden_columns(xml: bytes, find: _Patterns) -> list[int]:
    hidden: list[int] = []
    head = xml[: max(xml.find(b"sheetData"), 0)]
    for tag in find.col.findall(head):
        if _HIDDEN.search(tag):
            first, last = int(_attribute(tag, b"min")), int(_attribute(tag, b"max"))
            hidden.extend(range(first - 1, min(last, FAR_COLUMNS)))
    return hidden


def _position(tag: bytes) -> tuple[int, int] | None:
    at = _CELL_AT.search(tag)
    return (int(at[2]) - 1, column_number(at[1].decode())) if at else None


def _walk_formulas(xml: bytes, find: _Patterns, facts: SheetFacts) -> None:
    """Collect formula cells that carry no computed value."""
    opening = b"<" + find.prefix + b"c "
    for formula in find.formula.finditer(xml):
        tag = find.cell.match(xml, xml.rfind(opening, 0, formula.start()))
        position = _position(tag[0]) if tag else None
        if tag and position and find.value_of(xml, tag) is None:
            facts.without_value.append(position)


def _walk_errors(xml: bytes, find: _Patterns, facts: SheetFacts) -> None:
    """Collect cells that show an error value such as #N/A."""
    for error in _ERROR.finditer(xml):
        tag = find.cell.match(xml, xml.rfind(b"<", 0, error.start()))
        position = _position(tag[0]) if tag else None
        value = find.value_of(xml, tag) if tag else None
        if position and value:
            facts.errors[position] = value
