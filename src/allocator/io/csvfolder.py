"""Read CSV files as offices save them: UTF-8 or GB18030, comma, semicolon or tab."""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path

from allocator.domain.fields import Record
from allocator.errors import Fault, UsageError
from allocator.io.headers import HEADER_SEARCH_ROWS
from allocator.io.naming import match_headers, match_table
from allocator.io.results import unguarded
from allocator.io.sheet import Sheet

DELIMITERS = ",;\t"
_ENCODINGS = ("utf-8", "gb18030")
_MAX_FIELD = 10**7


def read_csv_folder(folder: Path) -> tuple[list[Sheet], list[Fault]]:
    """Read every `.csv` file of a folder as a sheet named after it; other files are not looked at."""
    sheets, faults = [], []
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() == ".csv" and p.is_file()):
        sheet = read_csv(path, match_table(path.stem))
        if isinstance(sheet, Fault):
            faults.append(sheet)
            sheets.append(Sheet(path.stem, (), unreadable=True))
        else:
            sheets.append(sheet)
    return sheets, faults


def read_csv(path: Path, record: type[Record] | None) -> Sheet | Fault:
    """Read one CSV file; a fault if its encoding or its quotes are broken.

    Raises
    ------
    UsageError
        If the file cannot be opened.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError("unreadable", path=path.name) from error
    text = decode(data)
    if text is None:
        return Fault("csv_encoding", sheet=path.name)
    csv.field_size_limit(_MAX_FIELD)
    try:
        delimiter = _delimiter(text, record)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        return Fault("csv_broken", sheet=path.name, params={"reason": str(error)})
    if "'" in text:
        rows = [[unguarded(cell) for cell in row] for row in rows]
    return Sheet(path.stem, rows)


def decode(data: bytes) -> str | None:
    """Decode UTF-8 or UTF-16 with a byte-order mark, else UTF-8, else GB18030; None if none fits."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings: tuple[str, ...] = ("utf-16",)
    elif data.startswith(codecs.BOM_UTF8):
        encodings = ("utf-8-sig",)
    else:
        encodings = _ENCODINGS
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _delimiter(text: str, record: type[Record] | None) -> str:
    """Take the delimiter that shows most known headers; the comma if that does not decide."""
    if record is None:
        return ","

    def known(delimiter: str) -> int:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        first = [row for row, _ in zip(rows, range(HEADER_SEARCH_ROWS), strict=False)]
        return max((sum(spec is not None for spec in match_headers(row, record)) for row in first), default=0)

    return max(DELIMITERS, key=known)
