"""A table as a reader sees it, before it becomes a sheet or HTML: said once, drawn twice."""

from __future__ import annotations

from dataclasses import dataclass
from math import isclose
from typing import Literal

from allocator.reporting.wording import UNKNOWN, change, mark, number, percent

ROUNDING = 1e-12
"""Relative distance from a limit that only the arithmetic of floats makes: 2.3000000000000003 is 2.3."""

Kind = Literal["text", "code", "integer", "number", "percent", "mark"]
Medium = Literal["both", "book", "page"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A value with its verdict, shown with a sign and a colour; `limit` is what it was judged against."""

    value: float | str | None
    met: bool | None
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Exact:
    """A number with digits of its own."""

    value: float | None
    digits: int


@dataclass(frozen=True, slots=True)
class Change:
    """A number before and after in one cell, the latter with its verdict; for the page only."""

    before: float | None
    after: float | None
    met: bool | None = None
    limit: float | None = None


MOST_DIGITS = 6

Value = str | int | float | bool | Judged | Exact | Change | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes
    ----------
    header
        In the reader's language.
    kind
        `code` is text that must stay as it is; `mark` is a verdict (True, False, None).
    digits
        Digits after the point of `number` and `percent`.
    widest
        Width in half-width characters beyond which text wraps.
    medium
        Where the column is shown.
    printed
        Whether a printed sheet shows it; such columns stand last, for reading back.
    """

    header: str
    kind: Kind = "text"
    digits: int = 0
    widest: int = 40
    medium: Medium = "both"
    printed: bool = True

    @property
    def numeric(self) -> bool:
        """Whether values are aligned to the right."""
        return self.kind in ("integer", "number", "percent")


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: columns, rows of as many values, and rows set above the header."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    preface: tuple[tuple[Value, ...], ...] = ()

    def only(self, medium: Medium) -> Grid:
        """Return the grid with the columns that one medium shows."""
        keep = [k for k, column in enumerate(self.columns) if column.medium in ("both", medium)]
        return Grid(
            self.name,
            tuple(self.columns[k] for k in keep),
            tuple(tuple(row[k] for k in keep) for row in self.rows),
            tuple(tuple(row[k] for k in keep) for row in self.preface),
        )


def shown(value: Value, column: Column) -> str:
    """Write a value as text the way its column wants it; unknown is a dash."""
    if isinstance(value, (Judged, Change)):
        sign = "" if value.met is None else f" {mark(value.met)}"
        return (_changed(value, column) if isinstance(value, Change) else _judged(value, column)) + sign
    if isinstance(value, Exact):
        return number(value.value, value.digits)
    if isinstance(value, bool) or column.kind == "mark":
        return value if isinstance(value, str) else mark(None if value is None else bool(value))
    if value is None:
        return UNKNOWN if column.numeric else ""
    if isinstance(value, str):
        return value
    return percent(value, column.digits) if column.kind == "percent" else number(value, column.digits)


def _judged(value: Judged, column: Column) -> str:
    if value.value is None or isinstance(value.value, str):
        return shown(value.value, column)
    return number(value.value, honest_digits(value.value, value.limit, column.digits))


def _changed(value: Change, column: Column) -> str:
    """Write a value before and after; once where it stays the same."""
    both = (value.before, value.after)
    digits = max(column.digits if v is None else honest_digits(v, value.limit, column.digits) for v in both)
    before, after = (number(v, digits) for v in both)
    return after if value.before == value.after else change(before, after)


def honest_digits(value: float, limit: float | None, digits: int) -> int:
    """Digits with which a rounded value stays on its side of a limit: 0.996 against 1 is not shown as 1.00."""
    if limit is None or isclose(value, limit, rel_tol=ROUNDING):
        return digits
    side = (value > limit, value < limit)
    told = (d for d in range(digits, MOST_DIGITS) if (round(value, d) > limit, round(value, d) < limit) == side)
    return next(told, MOST_DIGITS)


def width(text: str) -> int:
    """Width of a text in half-width characters: Chinese and full-width signs count two."""
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)
