"""What if: one value of a table replaced, `grants.G1.amount_yuan=2000000`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import yaml
from pydantic import ValidationError

from allocator.domain.district import TABLES, District
from allocator.domain.fields import Record, columns
from allocator.errors import UsageError
from allocator.io.suggest import nearest

SINGLE_KEYS = ("schools", "grants", "projects", "teachers")
"""Tables whose rows have one code."""


def is_table_path(text: str) -> bool:
    """Whether a `--set` means a table and not the profile."""
    return text.partition("=")[0].strip().partition(".")[0] in SINGLE_KEYS


def changed(district: District, changes: Mapping[str, object] | Sequence[str]) -> District:
    """Return the district with some values replaced.

    Parameters
    ----------
    changes
        `{"grants.G1.amount_yuan": 2000000}` or `["grants.G1.amount_yuan=2000000"]`: table, code, column.
        `none` empties a value.

    Raises
    ------
    UsageError
        If there is no such table, row or column, or the value does not fit.
    """
    pairs = list(changes.items()) if isinstance(changes, Mapping) else [_pair(text) for text in changes]
    for path, value in pairs:
        table, code, column = _parts(path)
        rows: tuple[Record, ...] = getattr(district, table)
        key = TABLES[table].TABLE.key[0]
        at = {getattr(row, key): n for n, row in enumerate(rows)}
        if code not in at:
            raise UsageError("funding.no_row", table=table, code=code, known=_some(code, list(at)))
        row = _replaced(rows[at[code]], column, value, path)
        rows = (*rows[: at[code]], row, *rows[at[code] + 1 :])
        district = district.model_copy(update={table: rows})
    return district


def _pair(text: str) -> tuple[str, object]:
    path, equals, value = text.partition("=")
    if not equals or not value.strip():
        raise UsageError("funding.set_form", text=text)
    return path.strip(), value.strip()


def _parts(path: str) -> tuple[str, str, str]:
    """Table, code, column; a code may hold dots."""
    table, _, rest = path.partition(".")
    code, dot, column = rest.rpartition(".")
    if table not in SINGLE_KEYS or not dot:
        raise UsageError("funding.set_form", text=path)
    known = [spec.name for spec in columns(TABLES[table])]
    if column not in known or column == TABLES[table].TABLE.key[0]:
        raise UsageError("funding.no_column", table=table, column=column, known=_some(column, known))
    return table, code, column


def _some(name: str, known: Sequence[str]) -> str:
    near = nearest(name, tuple(known))
    return near if near is not None else ", ".join(known[:12])


def _replaced(row: Record, column: str, value: object, path: str) -> Record:
    """Replace one value; text is tried as it stands, which keeps decimals exact, then as YAML."""
    tries = [value] if not isinstance(value, str) else [value, _yaml(value)]
    if isinstance(value, str) and value.lower() in ("none", "null"):
        tries = [None]
    for attempt in tries:
        try:
            return type(row).model_validate({**row.model_dump(), column: attempt})
        except ValidationError as fault:
            problem = fault.errors()[0]["msg"]
    raise UsageError("funding.bad_value", path=path, value=value, problem=problem)


def _yaml(text: str) -> object:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text
