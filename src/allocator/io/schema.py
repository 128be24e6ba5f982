"""JSON Schema of the JSON document, from the metadata of the columns."""

from __future__ import annotations

from typing import Any

from allocator.domain.district import FORMAT_VERSION
from allocator.domain.fields import ColumnSpec, Record, columns
from allocator.domain.records import DistrictInfo
from allocator.io.cellout import json_value
from allocator.io.cells import is_code
from allocator.io.naming import ALL_TABLES

_TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "money": {"type": ["number", "string"], "pattern": r"^\d+(\.\d+)?$"},
    "flag": {"type": "boolean"},
    "month": {"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$"},
    "choice": {"type": "string"},
    "list": {"type": "array", "items": {"type": "string", "minLength": 1}},
}


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the document that `write_district` writes.

    The reader takes more than this: Chinese names and labels, numbers as text, lists joined by `;`.
    """
    tables = {
        name: _row(record) if record is DistrictInfo else {"type": "array", "items": _row(record)}
        for name, record in ALL_TABLES.items()
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Allocator district",
        "type": "object",
        "properties": {"format": {"const": FORMAT_VERSION}, **tables},
        "required": ["format", *(name for name, record in ALL_TABLES.items() if record.TABLE.needed)],
        "additionalProperties": False,
    }


def _row(record: type[Record]) -> dict[str, Any]:
    specs = columns(record)
    return {
        "type": "object",
        "title": f"{record.TABLE.name} ({record.TABLE.zh})",
        "description": f"One row is {record.TABLE.row_en}.",
        "properties": {spec.name: _column(spec) for spec in specs},
        "required": [spec.name for spec in specs if spec.required],
        "additionalProperties": False,
    }


def _column(spec: ColumnSpec) -> dict[str, Any]:
    out: dict[str, Any] = {"title": spec.zh, "description": _description(spec), **_TYPES[spec.kind]}
    if spec.choices is not None and spec.kind == "choice":
        out["enum"] = [choice.value for choice in spec.choices]
    if spec.max_length is not None:
        out |= {"minLength": 1, "maxLength": spec.max_length}
    for key, bound in (("minimum", spec.minimum), ("maximum", spec.maximum)):
        if bound is not None:
            out[key] = int(bound) if float(bound).is_integer() else bound
    if not spec.required:
        out["default"] = json_value(spec.default)
        out = _nullable(out)
    if spec.refers and is_code(spec):
        out["$comment"] = f"refers to {spec.refers}"
    return out


def _nullable(out: dict[str, Any]) -> dict[str, Any]:
    """Allow null, which means unknown, beside the type."""
    kinds = out["type"] if isinstance(out["type"], list) else [out["type"]]
    out["type"] = [*kinds, "null"]
    if "enum" in out:
        out["enum"] = [*out["enum"], None]
    return out


def _description(spec: ColumnSpec) -> str:
    unit = f" Unit: {spec.unit}." if spec.unit else ""
    return (spec.note_en or spec.zh) + unit
