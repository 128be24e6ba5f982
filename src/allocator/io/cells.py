"""What one cell means: raw value of a file -> value of a record, or the problem with it.

Raw values are what Excel, CSV and JSON give: text, numbers, booleans, dates, `None`, and lists in JSON.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from allocator.domain.fields import Choice, ColumnSpec, Month
from allocator.io.suggest import nearest


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a cell cannot be read: a key of the catalogue `faults`; an empty key is reported elsewhere."""

    key: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Unreadable:
    """Stands in the grid for a cell whose value the workbook does not hold."""

    problem: Problem


Converter = Callable[[Any], Any]

LIST_SEPARATORS = ";；、，,"
ERROR_VALUES = frozenset(
    ("#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA")
)

_SPACE = "".join(chr(c) for c in range(0x3001) if chr(c).isspace()) + "\u200b\u200c\u200d\u2060\ufeff"
_FULL_WIDTH = {c: c - 0xFEE0 for c in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_FULL_WIDTH[0xFF0D] = ord("-")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_DISPLAYED_IN_POWERS = re.compile(r"\d(\.\d+)?E\+\d\d+")
_MONTH = re.compile(
    r"(?P<y>\d{4})\s*[-/.‐–年]\s*(?P<m>\d{1,2})"
    r"(?:\s*[-/.‐–月]\s*(?:(?P<d>\d{1,2})\s*[日号]?)?)?(?:[T\s]\s*\d{1,2}:\d{2}.*)?"
)
_MONTH_DIGITS = re.compile(r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})?")
_LIST = re.compile(f"[{LIST_SEPARATORS}\n]")
_EXACT_DIGITS = 10**15
_DASHED_KINDS = ("integer", "number", "money", "month")

YES = frozenset(("是", "yes", "y", "true", "1", "√", "✓", "✔", "对"))
NO = frozenset(("否", "no", "n", "false", "0", "×", "✗", "✘", "x"))


def clean(text: str) -> str:
    """Strip blanks of every kind, zero-width ones included."""
    return text.strip(_SPACE)


def plain(text: str) -> str:
    """Strip and turn full-width digits, letters and punctuation into their plain forms."""
    return clean(unicodedata.normalize("NFKC", text))


def plain_code(text: str) -> str:
    """Strip and make digits, letters and hyphens of a code plain; other characters stay as they are."""
    return clean(text.translate(_FULL_WIDTH))


def is_blank(raw: object) -> bool:
    """Whether a cell holds nothing."""
    return raw is None or (isinstance(raw, str) and not clean(raw)) or (isinstance(raw, list) and not raw)


def is_dash(raw: object, spec: ColumnSpec) -> bool:
    """Whether a cell for a number or month holds the long dash that tables print for "unknown"."""
    return spec.kind in _DASHED_KINDS and isinstance(raw, str) and set(clean(raw)) <= {"—", "–"}


def show(raw: object) -> str:
    """Text of a raw value for a message, as the user sees it, at most 60 characters."""
    if raw is None or isinstance(raw, Unreadable):
        return ""
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < _EXACT_DIGITS:
        raw = int(raw)
    if isinstance(raw, dt.datetime) and raw.time() == dt.time():
        raw = raw.date()
    text = clean(str(raw))
    return text if len(text) <= 60 else text[:57] + "..."


def converter(spec: ColumnSpec) -> Converter:
    """Return the function that reads the cells of a column; it returns a value or a `Problem`."""
    make: dict[str, Callable[[ColumnSpec], Converter]] = {
        "text": _text,
        "integer": _integer,
        "number": _number,
        "money": _money,
        "flag": lambda _: _flag,
        "month": lambda _: _month,
        "choice": _choice,
        "list": _list,
    }
    convert = make[spec.kind](spec)

    def read(raw: Any) -> Any:
        if isinstance(raw, Unreadable):
            return raw.problem
        if isinstance(raw, str) and raw.strip().upper() in ERROR_VALUES:
            return Problem("error_value")
        return convert(raw)

    return read


def is_code(spec: ColumnSpec) -> bool:
    """Whether a column holds codes: of its own table or of the one it refers to."""
    return spec.max_length is not None or bool(spec.refers)


def _code_of_number(raw: float) -> str | Problem:
    if not math.isfinite(raw) or abs(raw) >= _EXACT_DIGITS:
        return Problem("digits_lost")
    return str(int(raw)) if float(raw).is_integer() else repr(raw)


def _word(raw: Any, code: bool) -> str | Problem:
    if isinstance(raw, str):
        if code and _DISPLAYED_IN_POWERS.fullmatch(raw.strip()):
            return Problem("digits_lost")
        return plain_code(raw) if code else clean(raw)
    if isinstance(raw, bool) or not isinstance(raw, (int, float, dt.date, dt.time, dt.timedelta)):
        return Problem("not_text")
    if isinstance(raw, (int, float)):
        return str(raw) if isinstance(raw, int) else _code_of_number(raw)
    return Problem("became_date")


def _text(spec: ColumnSpec) -> Converter:
    code, limit = is_code(spec), spec.max_length

    def read(raw: Any) -> Any:
        value = _word(raw, code)
        if limit is not None and isinstance(value, str) and len(value) > limit:
            return Problem("too_long", {"limit": limit, "length": len(value)})
        return value

    return read


def _digits(raw: Any, spec: ColumnSpec) -> int | float | str | Problem:
    """Number, or its plain text, of a cell that should hold a number."""
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
        return Problem("not_number")
    if not isinstance(raw, str):
        # JSON may hold an integer that no float can.
        huge = raw.bit_length() > 1023 if isinstance(raw, int) else not math.isfinite(raw)
        return Problem("not_number") if huge else raw
    text = plain(raw).replace("−", "-")
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if text.endswith("%") and spec.maximum == 1 and _NUMBER.fullmatch(text[:-1].rstrip()):
        return float(Decimal(text[:-1].rstrip()) / 100)
    return text if _NUMBER.fullmatch(text) else Problem("not_number")


def bound_text(bound: float) -> str:
    """Write a bound without needless decimals."""
    return str(int(bound)) if float(bound).is_integer() else f"{bound:g}"


def _within(value: Any, spec: ColumnSpec) -> Any:
    low, high = spec.minimum, spec.maximum
    if low is not None and value < low:
        if low == 0 and (high is None or high > 1e5):
            return Problem("negative")
        return Problem("out_of_range", {"low": bound_text(low), "high": _high(high)})
    if high is not None and value > high:
        return Problem("out_of_range", {"low": bound_text(low or 0), "high": bound_text(high)})
    return value


def _high(high: float | None) -> str:
    return "…" if high is None else bound_text(high)


def _number(spec: ColumnSpec) -> Converter:
    def read(raw: Any) -> Any:
        value = _digits(raw, spec)
        if isinstance(value, Problem):
            return value
        number = float(value)
        return _within(number, spec) if math.isfinite(number) else Problem("not_number")

    return read


def _integer(spec: ColumnSpec) -> Converter:
    def read(raw: Any) -> Any:
        value = _digits(raw, spec)
        if isinstance(value, Problem):
            return value
        number = float(value)
        if not math.isfinite(number):
            return Problem("not_number")
        return _within(int(number), spec) if number.is_integer() else Problem("not_integer")

    return read


def _money(spec: ColumnSpec) -> Converter:
    def read(raw: Any) -> Any:
        value = _digits(raw, spec)
        if isinstance(value, Problem):
            return value
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            return Problem("not_number")
        # An exponent of thousands would write out thousands of zeros.
        return _within(amount, spec) if abs(amount.adjusted()) < 100 else Problem("not_number")

    return read


def _flag(raw: Any) -> bool | Problem:
    word = plain(raw).casefold() if isinstance(raw, str) else show(raw).casefold()
    if word in YES:
        return True
    return False if word in NO else Problem("not_flag")


def _month(raw: Any) -> Month | Problem:
    if isinstance(raw, dt.date):
        return _month_of(raw.year, raw.month, raw.day)
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
        return Problem("not_month")
    text = plain(raw) if isinstance(raw, str) else show(raw)
    if re.fullmatch(r"\d{4}\.1", text):
        # Excel drops the last zero of 2015.10, so 2015.1 may be January or October; a CSV file has it as text.
        return Problem("ambiguous_month", {"year": text[:4]})
    found = _MONTH.fullmatch(text) or _MONTH_DIGITS.fullmatch(text)
    if not found:
        return Problem("not_month")
    return _month_of(int(found["y"]), int(found["m"]), int(found["d"] or 1))


def _month_of(year: int, month: int, day: int) -> Month | Problem:
    try:
        dt.date(year, month, day)
        return Month.of(year, month)
    except ValueError:
        return Problem("impossible_date")


def word_key(text: str) -> str:
    """Key under which labels and headers are compared: plain, lower case, without blanks, `_` and `-`."""
    return re.sub(r"[\s_\-]+", "", plain(text).casefold())


def _choice(spec: ColumnSpec) -> Converter:
    if spec.choices is None:
        raise TypeError(spec.name)
    members = list(spec.choices)
    table: dict[str, Choice] = {}
    for member in members:
        for label in (member.value, member.zh, *member.aliases):
            table.setdefault(word_key(label), member)
    valid = {
        "choices_zh": "、".join(m.zh for m in members),
        "choices_en": ", ".join(m.value for m in members),
    }

    def read(raw: Any) -> Any:
        if not isinstance(raw, str):
            return Problem("unknown_choice", {**valid, "hint_zh": "", "hint_en": ""})
        found = table.get(word_key(raw))
        if found is not None:
            return found
        close = nearest(word_key(raw), table)
        hints = {"hint_zh": "", "hint_en": ""}
        if close is not None:
            meant = table[close]
            hints = {"hint_zh": f"是否应为“{meant.zh}”？", "hint_en": f" Did you mean {meant.value}?"}
        return Problem("unknown_choice", {**valid, **hints})

    return read


def split_list(text: str) -> list[str]:
    """Split a cell that holds a list; empty parts are dropped."""
    return [part for part in map(clean, _LIST.split(text)) if part]


def _list(spec: ColumnSpec) -> Converter:
    code = is_code(spec)

    def read(raw: Any) -> Any:
        parts: list[Any] = split_list(raw) if isinstance(raw, str) else raw if isinstance(raw, list) else [raw]
        values = [_word(part, code) for part in parts]
        problem = next((v for v in values if isinstance(v, Problem)), None)
        if problem is None and any(_LIST.search(str(v)) for v in values):
            return Problem("list_separator")
        return problem or tuple(values)

    return read
