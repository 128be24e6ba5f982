"""The template, the reference and the JSON Schema all say what the metadata say."""

import json
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings

from allocator.domain.district import District
from allocator.domain.fields import columns
from allocator.errors import UsageError
from allocator.io import format_document, read, schema, write_district, write_template
from allocator.io.example import example_district
from allocator.io.naming import ALL_TABLES
from allocator.text import LANGS
from tests.io.districts import districts


@pytest.mark.parametrize("lang", LANGS)
def test_the_template_reads_back_as_its_example_without_a_warning(tmp_path: Path, lang: Any) -> None:
    reading = read(write_template(tmp_path / "t.xlsx", lang))
    assert reading.warnings == ()
    assert reading.district == example_district(lang)
    assert all(getattr(reading.district, name) for name in ALL_TABLES if name != "district")


@pytest.mark.parametrize("lang", LANGS)
def test_the_template_has_every_table_and_column_with_help(tmp_path: Path, lang: Any) -> None:
    book = openpyxl.load_workbook(write_template(tmp_path / "t.xlsx", lang))
    names = [record.TABLE.zh if lang == "zh" else record.TABLE.name for record in ALL_TABLES.values()]
    assert book.sheetnames[1:] == names
    for record, name in zip(ALL_TABLES.values(), names, strict=True):
        sheet, specs = book[name], columns(record)
        assert [cell.value for cell in sheet[1]] == [spec.header(lang) for spec in specs]
        assert all(cell.comment is not None for cell in sheet[1])
        lists = {str(v.sqref).rstrip("0123456789:")[0:2] for v in sheet.data_validations.dataValidation}
        assert len(lists) > 0 or all(spec.kind in ("text", "list") for spec in specs)
        fills = {cell.fill.fgColor.rgb for cell, spec in zip(sheet[1], specs, strict=True) if spec.required}
        others = {
            cell.fill.fgColor.rgb for cell, spec in zip(sheet[1], specs, strict=True) if not spec.required
        }
        assert not fills & others


def test_drop_downs_hold_exactly_the_choices(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(write_template(tmp_path / "t.xlsx", "zh"))["教师"]
    lists = {str(v.sqref)[0]: v.formula1 for v in sheet.data_validations.dataValidation if v.type == "list"}
    assert lists["D"] == '"小学,初中"'
    assert lists["O"] == '"是,否"'
    assert sheet["A2"].number_format == sheet["H2"].number_format == "@"


def test_a_template_emptied_but_for_schools_still_reads(tmp_path: Path) -> None:
    """Empty optional tables are no fault."""
    path = write_template(tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets[1:]:
        if sheet.title != "学校":
            sheet.delete_rows(2, sheet.max_row)
    book.save(path)
    assert len(read(path).district.schools) == 6


def test_a_template_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        write_template(tmp_path / "t.csv")


@pytest.mark.parametrize("lang", LANGS)
def test_the_reference_names_every_table_column_and_choice(lang: Any) -> None:
    text = format_document(lang)
    for record in ALL_TABLES.values():
        assert f"## `{record.TABLE.name}` {record.TABLE.zh}" in text
        for spec in columns(record):
            assert f"| `{spec.name}` | {spec.zh} |" in text
            assert all(f"`{choice.value}`" in text for choice in spec.choices or ())
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") - line.count("\\|") for line in rows} == {5, 7}


def accepts(rule: dict[str, Any], value: Any) -> bool:
    """Check a value against the few keywords that the schema uses."""
    kinds = rule["type"] if isinstance(rule.get("type"), list) else [rule.get("type")]
    if value is None:
        return "null" in kinds
    named = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    kind = named[type(value)]
    if "const" in rule:
        return bool(value == rule["const"])
    if kind not in kinds and not (kind == "integer" and "number" in kinds):
        return False
    if "enum" in rule and value not in rule["enum"]:
        return False
    if isinstance(value, str):
        return bool(re.search(rule.get("pattern", ""), value)) and len(value) >= rule.get("minLength", 0)
    if isinstance(value, list):
        return all(accepts(rule["items"], item) for item in value)
    if isinstance(value, dict):
        known = all(
            key in rule["properties"] and accepts(rule["properties"][key], v) for key, v in value.items()
        )
        return known and set(rule["required"]) <= set(value)
    low, high = rule.get("minimum", value), rule.get("maximum", value)
    return bool(low <= value <= high)


@given(district=districts())
@settings(max_examples=20, deadline=None)
def test_the_schema_accepts_what_is_written(
    tmp_path_factory: pytest.TempPathFactory, district: District
) -> None:
    path = write_district(district, tmp_path_factory.mktemp("j") / "d.json")
    assert accepts(schema(), json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("schools", {"kind": "primary"}),
        ("schools", {"school_id": "S", "kind": "高中"}),
        ("schools", {"school_id": "S", "kind": "primary", "lat": 91}),
        ("schools", {"school_id": "S", "kind": "primary", "pupils_g1": 1.5}),
        ("schools", {"school_id": "", "kind": "primary"}),
        (
            "teachers",
            {"teacher_id": "T", "school_id": "S", "stage": "primary", "subject": "pe", "birth": "1980-13"},
        ),
        ("schools", {"school_id": "S", "kind": "primary", "unknown": 1}),
    ],
)
def test_the_schema_refuses_what_the_format_refuses(table: str, row: dict[str, Any]) -> None:
    good = {"format": 1, "schools": [{"school_id": "S", "kind": "primary"}]}
    assert accepts(schema(), good)
    assert not accepts(schema(), {**good, table: [row]})
    assert not accepts(schema(), {"format": 1})
