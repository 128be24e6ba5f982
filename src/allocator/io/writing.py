"""Write a district: workbook, folder of CSV files or JSON document, so that `read` gives the same district."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from allocator.domain.district import FORMAT_VERSION, District
from allocator.domain.fields import Record, columns
from allocator.domain.records import DistrictInfo
from allocator.errors import UsageError
from allocator.io.cellout import cell_value, json_value
from allocator.io.naming import ALL_TABLES, match_table
from allocator.io.results import guarded
from allocator.io.validation import rows_of
from allocator.text import DEFAULT_LANG, Lang


def write_district(
    district: District, path: str | Path, lang: Lang = DEFAULT_LANG, *, bom: bool = True
) -> Path:
    """Write a district; the suffix of the path decides the form.

    Parameters
    ----------
    district
        What to write; tables without rows are left out.
    path
        `.xlsx` for a workbook, `.json` for a document, a name without suffix (or an existing folder) for a
        folder of CSV files.
    lang
        Language of sheet names, headers and labels; CSV file names and JSON are English always.
    bom
        Whether CSV files begin with a byte-order mark, which Excel needs to show Chinese.

    Returns
    -------
    path
        What was written.

    Raises
    ------
    UsageError
        If the path is of another kind or cannot be written, or a value does not fit the form.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    try:
        if suffix == ".xlsx":
            from allocator.io.write_workbook import write_workbook  # noqa: PLC0415  importing allocator stays light

            write_workbook(district, target, lang)
        elif suffix == ".json":
            _write_json(district, target)
        elif not suffix or target.is_dir():
            _write_folder(district, target, lang, bom)
        else:
            raise UsageError("unknown_extension", path=target.name)
    except OSError as error:
        raise UsageError("unwritable", path=str(target), reason=error.strerror or "") from error
    return target


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """Give a path beside the target to write to; it takes the target's place when all went well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def filled_tables(district: District) -> list[tuple[type[Record], Sequence[Record]]]:
    """Tables that have rows, in the order of the format; schools even without any."""
    tables = [(record, rows_of(district, record)) for record in ALL_TABLES.values()]
    return [(record, rows) for record, rows in tables if rows or record.TABLE.needed]


def _write_folder(district: District, folder: Path, lang: Lang, bom: bool) -> None:
    """Write one file a table; files of tables that are no longer there are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    written = set()
    for record, rows in filled_tables(district):
        target = folder / f"{record.TABLE.name}.csv"
        written.add(target.name)
        with beside(target) as part:
            _write_csv(part, record, rows, lang, bom)
    for old in folder.glob("*.csv"):
        if old.name not in written and match_table(old.stem) is not None:
            old.unlink()


def _write_csv(path: Path, record: type[Record], rows: Sequence[Record], lang: Lang, bom: bool) -> None:
    specs = columns(record)
    with path.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([spec.header(lang) for spec in specs])
        for row in rows:
            writer.writerow([_csv_value(cell_value(getattr(row, spec.name), spec, lang)) for spec in specs])


def _csv_value(value: Any) -> str:
    """Text of a value; text that a spreadsheet would run as a formula is guarded by an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded(value)
    return repr(value) if isinstance(value, float) else str(value)


def _write_json(district: District, target: Path) -> None:
    document: dict[str, Any] = {"format": FORMAT_VERSION}
    for record, rows in filled_tables(district):
        objects = [_json_row(row) for row in rows]
        document[record.TABLE.name] = objects[0] if record is DistrictInfo else objects
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    with beside(target) as part:
        part.write_text(text + "\n", encoding="utf-8")


def _json_row(row: Record) -> dict[str, Any]:
    """Values of a row under their names; what is unknown or as by default is left out."""
    specs = columns(type(row))
    values = ((spec, getattr(row, spec.name)) for spec in specs)
    return {spec.name: json_value(value) for spec, value in values if spec.required or value != spec.default}
