"""Read the JSON document of the format: tables as lists of objects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

from allocator.domain.district import FORMAT_VERSION
from allocator.errors import Fault, UsageError
from allocator.io.csvfolder import decode
from allocator.io.naming import match_table
from allocator.io.sheet import Sheet


def load_json(path: Path) -> Any:
    """Parse a JSON file.

    Raises
    ------
    UsageError
        If the file cannot be read or is not JSON; the error says where it breaks off.
    """
    try:
        text = decode(path.read_bytes())
        if text is None:
            raise UsageError("json_encoding", path=path.name)
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_repeats)
    except _RefusedError as error:
        raise UsageError(error.key, path=path.name, value=error.value) from error
    except json.JSONDecodeError as error:
        raise UsageError("json_broken", path=path.name, row=error.lineno, position=error.colno) from error
    except (RecursionError, ValueError) as error:
        raise UsageError("json_broken", path=path.name, row=1, position=1) from error
    except OSError as error:
        raise UsageError("unreadable", path=path.name) from error


class _RefusedError(ValueError):
    """Something that Python's parser takes but the format does not."""

    def __init__(self, key: str, value: str) -> None:
        self.key, self.value = key, value
        super().__init__(key)


def _refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which are not JSON."""
    raise _RefusedError("json_constant", name)


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that names a key twice: of two values one would be lost."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _RefusedError("json_repeated_key", next(name for name in names if names.count(name) > 1)[:60])
    return found


def read_json(path: Path) -> tuple[list[Sheet], list[Fault]]:
    """Read a JSON document; its tables become sheets with a header row of the keys that occur."""
    document = load_json(path)
    if not isinstance(document, dict):
        raise UsageError("json_not_document", path=path.name)
    sheets: list[Sheet] = []
    faults: list[Fault] = []
    for name, rows in document.items():
        if name == "format":
            if rows != FORMAT_VERSION or isinstance(rows, bool):
                faults.append(Fault("unknown_format", value=str(rows), params={"version": FORMAT_VERSION}))
        elif match_table(name) is None:
            sheets.append(Sheet(name, ()))
        else:
            sheets.append(table_sheet(name, rows, faults))
    return sheets, faults


def table_sheet(name: str, rows: Any, faults: list[Fault]) -> Sheet:
    """Turn a list of objects (or one object) into a sheet; what is neither is reported."""
    rows = [rows] if isinstance(rows, dict) else rows
    if not isinstance(rows, list):
        faults.append(Fault("json_not_table", sheet=name, value=type(rows).__name__))
        return Sheet(name, (), unreadable=True)
    header: dict[str, None] = {}
    for number, row in enumerate(rows, 1):
        if isinstance(row, dict):
            header.update(dict.fromkeys(row))
        else:
            faults.append(Fault("json_not_row", sheet=name, row=number, value=str(row)[:60]))
    names = list(header)
    body = [[row.get(key) for key in names] if isinstance(row, dict) else [] for row in rows]
    return Sheet(name, [names, *body], lettered=False, header_row=0)
