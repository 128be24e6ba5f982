"""How single cells are read, against values worked out by hand."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from allocator.domain.choices import Degree, Stage, Subject
from allocator.domain.fields import ColumnSpec, Month, Record, columns
from allocator.domain.money_records import Grant
from allocator.domain.moverow import MoveRow
from allocator.domain.records import School, Teacher
from allocator.io.cells import Problem, converter, is_blank, word_key
from allocator.io.naming import ALL_TABLES, is_readme, match_header, match_table
from allocator.io.suggest import Nearest


def spec(record: type[Record], name: str) -> ColumnSpec:
    return next(s for s in columns(record) if s.name == name)


def value(record: type[Record], name: str, raw: Any) -> Any:
    return converter(spec(record, name))(raw)


def problem(record: type[Record], name: str, raw: Any) -> str:
    found = value(record, name, raw)
    assert isinstance(found, Problem), found
    return found.key


@pytest.mark.parametrize(
    "raw",
    [
        "2015-09",
        "2015-9",
        "2015-09-01",
        "2015/09",
        "2015/9/1",
        "2015.09",
        "2015年9月",
        "2015年09月01日",
        "２０１５年９月",
        " 2015－09 ",
        "201509",
        "20150901",
        201509.0,
        2015.09,
        "2015-09-01 00:00:00",
        dt.date(2015, 9, 30),
        dt.datetime(2015, 9, 1, 8, 30),
    ],
)
def test_months_are_read_as_people_write_them(raw: Any) -> None:
    assert value(Teacher, "birth", raw) == Month.of(2015, 9)


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("2015", "not_month"),
        (2015.0, "not_month"),
        ("九月", "not_month"),
        (42248.0, "not_month"),
        (True, "not_month"),
        (dt.time(9, 0), "not_month"),
        ("2015-13", "impossible_date"),
        ("2015-00", "impossible_date"),
        ("2015-02-30", "impossible_date"),
        (dt.date(1850, 1, 1), "impossible_date"),
        (2015.1, "ambiguous_month"),
    ],
)
def test_what_is_no_month_is_said(raw: Any, key: str) -> None:
    """2015.1 as a number may have been typed 2015.10: read as January it would be wrong by nine months."""
    assert problem(Teacher, "birth", raw) == key


def test_text_2015_1_is_as_doubtful() -> None:
    """A CSV file that a spreadsheet saved holds the 2015.10 that somebody typed as the text 2015.1."""
    found = value(Teacher, "birth", "2015.1")
    assert isinstance(found, Problem)
    assert found.key == "ambiguous_month"
    assert value(Teacher, "birth", "2015.01") == Month.of(2015, 1)
    assert value(Teacher, "birth", "2015.2") == Month.of(2015, 2)


@pytest.mark.parametrize("raw", ["是", "Y", "yes", " TRUE ", "1", "√", "✓", 1.0, 1, True, "ｙ"])
def test_yes(raw: Any) -> None:
    assert value(Teacher, "exempt", raw) is True


@pytest.mark.parametrize("raw", ["否", "N", "no", "false", "0", "×", 0.0, 0, False])
def test_no(raw: Any) -> None:
    assert value(Teacher, "exempt", raw) is False


@pytest.mark.parametrize("raw", ["病假", "2", 2.0, dt.date(2020, 1, 1)])
def test_neither_yes_nor_no(raw: Any) -> None:
    assert problem(Teacher, "exempt", raw) == "not_flag"


@pytest.mark.parametrize("raw", ["12", "１２", "12.0", 12.0, 12, " 12 ", "0,012" * 0 + "12"])
def test_whole_numbers(raw: Any) -> None:
    found = value(School, "pupils_g1", raw)
    assert (found, type(found)) == (12, int)


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("12.5", "not_integer"),
        (12.5, "not_integer"),
        ("12人", "not_number"),
        ("1_000", "not_number"),
        ("nan", "not_number"),
        ("1,00", "not_number"),
        (True, "not_number"),
        (dt.date(2020, 1, 1), "not_number"),
        (-1, "negative"),
        ("－3", "negative"),
        (1_000_001, "out_of_range"),
        ("#REF!", "error_value"),
    ],
)
def test_what_is_no_whole_number_is_said(raw: Any, key: str) -> None:
    assert problem(School, "pupils_g1", raw) == key


def test_thousands_percent_and_money() -> None:
    assert value(School, "pupils_g1", "1,234") == 1234
    assert value(School, "sports_area_m2", "1，234.5") == 1234.5
    assert value(Grant, "hold_harmless", "95%") == 0.95
    assert problem(School, "quality", "95%") == "not_number"
    assert value(Grant, "amount_yuan", 0.1) == Decimal("0.1")
    assert value(Grant, "amount_yuan", "12345678.90") == Decimal("12345678.9")
    assert problem(Grant, "amount_yuan", "1e400") in ("not_number", "out_of_range")


@pytest.mark.parametrize(
    ("raw", "code"),
    [(1001.0, "1001"), (1001, "1001"), (" Ｓ００１ ", "S001"), ("S－1", "S-1"), ("甲（东）", "甲（东）")],
)
def test_codes_stored_as_numbers_or_typed_full_width(raw: Any, code: str) -> None:
    """1001.0, as Excel gives it, would match no school."""
    assert value(Teacher, "school_id", raw) == code


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        (3.2058219800101e17, "digits_lost"),
        ("3.20582E+17", "digits_lost"),
        (dt.date(2025, 1, 2), "became_date"),
        ("x" * 65, "too_long"),
        (True, "not_text"),
        ({"a": 1}, "not_text"),
    ],
)
def test_codes_that_excel_spoiled(raw: Any, key: str) -> None:
    assert problem(Teacher, "school_id", raw) == key


@pytest.mark.parametrize("raw", ["本科", "bachelor", "BACHELOR", " 本 科 ", "大学本科"])
def test_choices_by_code_label_or_alias(raw: str) -> None:
    assert value(Teacher, "degree", raw) is Degree.BACHELOR


def test_unknown_choice_lists_the_valid_ones_and_the_nearest() -> None:
    found = value(Teacher, "degree", "硕土")
    assert found.key == "unknown_choice"
    assert found.params["choices_zh"] == "中专及以下、专科、本科、硕士、博士"
    assert "硕士" in str(found.params["hint_zh"])
    assert value(Teacher, "subject", "英语") is Subject.ENGLISH
    assert problem(Teacher, "subject", 5.0) == "unknown_choice"


@pytest.mark.parametrize(
    "raw", ["书法;篮球", "书法；篮球", "书法、篮球", "书法，篮球", " 书法 ; ; 篮球 ;", ["书法", "篮球"]]
)
def test_lists_by_every_separator(raw: Any) -> None:
    assert value(School, "tags", raw) == ("书法", "篮球")


def test_lists_of_codes_and_bad_lists() -> None:
    assert value(Grant, "schools", 1001.0) == ("1001",)
    assert value(Grant, "schools", [1001, "S2"]) == ("1001", "S2")
    assert problem(School, "tags", ["a;b"]) == "list_separator"


@pytest.mark.parametrize("raw", [None, "", "  ", "\u3000", "\u200b\ufeff", "\n", []])
def test_blank(raw: Any) -> None:
    assert is_blank(raw)


@pytest.mark.parametrize(
    "header",
    [
        "school_id",
        "School ID",
        "学校代码",
        " 学校 代码 ",
        "学校代码*",
        "学校代码（必填）",
        "ＳＣＨＯＯＬ＿ＩＤ",
    ],
)
def test_headers_however_typed(header: str) -> None:
    found = match_header(header, School)
    assert found is not None
    assert found.name == "school_id"


def test_headers_of_a_table_are_told_apart() -> None:
    """A name or Chinese header that another column of the table has too would hide that column."""
    records: tuple[type[Record], ...] = (*ALL_TABLES.values(), MoveRow)
    for record in records:
        own = [word_key(label) for s in columns(record) for label in {s.name, s.zh}]
        assert len(own) == len(set(own)), record
        for s in columns(record):
            for label in (s.name, s.zh, *s.aliases):
                assert match_header(label, record) == s, label


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("学校", "schools"),
        ("Schools", "schools"),
        ("2. 学校", "schools"),
        ("学校表", "schools"),
        ("教师（2025）", "teachers"),
        ("乡镇街道", "towns"),
        ("区县信息", "district"),
    ],
)
def test_sheets_however_named(name: str, table: str) -> None:
    record = match_table(name)
    assert record is not None
    assert record.TABLE.name == table


def test_instructions_are_no_table() -> None:
    assert is_readme("填写说明")
    assert is_readme("read me")
    assert not is_readme("学校")


def test_the_nearest_of_many_codes_is_found_without_comparing_all() -> None:
    """With 60,000 codes an index answers: one character wrong, missing or too many."""
    suggest = Nearest([f"T{i:05d}" for i in range(0, 60_000, 7)])
    assert suggest("T0000") in ("T00000", "T00007")
    assert suggest("T000077") in ("T00007", "T00077")
    assert suggest("T59997X") is None or suggest("T59997X") == "T59997"
    assert suggest("学校") is None


def test_stage_label_is_not_taken_for_a_kind_of_school() -> None:
    assert value(Teacher, "stage", "初中部") is Stage.JUNIOR
    assert problem(School, "kind", "高中") == "unknown_choice"
