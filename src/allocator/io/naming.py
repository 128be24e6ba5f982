"""Which table a sheet is, and which column a header is: English or Chinese, however it was typed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from allocator.domain.district import TABLES
from allocator.domain.fields import ColumnSpec, Record, columns
from allocator.domain.records import DistrictInfo
from allocator.io.cells import word_key
from allocator.io.suggest import nearest
from allocator.text import LANGS, say

ALL_TABLES: Mapping[str, type[Record]] = {DistrictInfo.TABLE.name: DistrictInfo, **TABLES}
"""Tables of the interchange format in its order, the one-row table `district` first."""

_NOTE = re.compile(r"\([^()]*\)$")
_NUMBERING = re.compile(r"^[0-9]+[.、)]?")


def table_names(record: type[Record]) -> frozenset[str]:
    """Return the normalised names under which a table is accepted."""
    table = record.TABLE
    return frozenset(word_key(name) for name in (table.name, table.zh, *table.aliases))


@cache
def _tables() -> Mapping[str, type[Record]]:
    return {name: record for record in ALL_TABLES.values() for name in table_names(record)}


def sheet_keys(name: str) -> tuple[str, ...]:
    """Return the keys to look a sheet name up by: as it is, then without numbering, note and the word 表."""
    key = word_key(name)
    bare = _NUMBERING.sub("", _NOTE.sub("", key)) or key
    return (key, bare, bare.removesuffix("表"))


def match_table(name: str) -> type[Record] | None:
    """Find the table that a sheet or file is named after."""
    return next((_tables()[key] for key in sheet_keys(name) if key in _tables()), None)


def is_readme(name: str) -> bool:
    """Whether a sheet is the template's page of instructions, which holds no data."""
    known = {word_key(say("template.readme_sheet", lang)) for lang in LANGS} | {"readme", "说明"}
    return word_key(name) in known


@cache
def _headers(record: type[Record]) -> Mapping[str, ColumnSpec]:
    found: dict[str, ColumnSpec] = {}
    for labels in (lambda s: (s.name, s.zh), lambda s: s.aliases):
        for spec in columns(record):
            for label in labels(spec):
                found.setdefault(word_key(label), spec)
    return found


def match_header(header: object, record: type[Record]) -> ColumnSpec | None:
    """Find the column a header names; a required mark `*` and a unit in brackets at its end are allowed."""
    if not isinstance(header, str):
        return None
    key = word_key(header).strip("*")
    known = _headers(record)
    return known.get(key) or known.get(_NOTE.sub("", key).strip("*"))


def match_headers(cells: Sequence[object], record: type[Record]) -> list[ColumnSpec | None]:
    """Find the column of each header cell."""
    return [match_header(cell, record) for cell in cells]


def nearest_header(spec: ColumnSpec, unknown: Mapping[str, str]) -> str | None:
    """Find the unknown header (key -> as written) that may have been meant for a missing column."""
    for label in (spec.zh, spec.name, *spec.aliases):
        close = nearest(word_key(label), unknown)
        if close is not None:
            return unknown[close]
    return None
