"""The curve of a grant: a full split at each of several amounts, and what becomes of the CVs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from allocator.domain.district import District
from allocator.domain.funding import FundingDecision
from allocator.domain.money_records import Grant
from allocator.errors import UsageError
from allocator.io.results import csv_table, replace_file
from allocator.reporting.money.curve import CurvePoint, curve_booklet
from allocator.spending.comparing import Splitter
from allocator.spending.writing import conflict_text, money
from allocator.text import DEFAULT_LANG, Lang

MOST_POINTS = 500


@dataclass(frozen=True)
class Curve:
    """Splits of one grant at several amounts, smallest first."""

    grant: Grant
    points: tuple[tuple[Decimal, FundingDecision], ...]


def amounts_of(text: str, grant: Grant) -> tuple[Decimal, ...]:
    """Read `FROM:TO:N` as N amounts, evenly apart, each rounded to whole units of the grant.

    Raises
    ------
    UsageError
        If the text has another form, or N is not 2 to 500.
    """
    try:
        first, last, count = (part.strip() for part in text.split(":"))
        low, high, points = Decimal(first), Decimal(last), int(count)
    except (ValueError, InvalidOperation) as error:
        raise UsageError("fundreport.curve_form", text=text) from error
    sound = low.is_finite() and high.is_finite() and 0 <= low < high and 2 <= points <= MOST_POINTS
    if not sound or not grant.unit_yuan:
        raise UsageError("fundreport.curve_form", text=text)
    unit = grant.unit_yuan
    steps = ((low + (high - low) * k / (points - 1)) / unit for k in range(points))
    return tuple(dict.fromkeys(step.to_integral_value() * unit for step in steps))


def curve_of(text: str, decision: FundingDecision, district: District, split: Splitter) -> Curve:
    """Split at every amount of a curve.

    Parameters
    ----------
    text
        `FROM:TO:N` in yuan.
    decision
        The split of the one grant that the curve is about.
    district, split
        Tables, and how they are split.

    Raises
    ------
    UsageError
        If several grants are split, or `text` is no curve.
    """
    codes = [*(r.grant_id for r in decision.grants), *(c.grant_id for c in decision.conflicts)]
    if len(set(codes)) != 1:
        raise UsageError("fundreport.curve_one_grant", grants=", ".join(sorted(set(codes))))
    grant = next(g for g in district.grants if g.grant_id == codes[0])
    amounts = amounts_of(text, grant)
    return Curve(grant, tuple((x, split(_with(district, grant, x), decision.policy)) for x in amounts))


def _with(district: District, grant: Grant, amount: Decimal) -> District:
    """The district with another amount of one grant."""
    other = grant.model_copy(update={"amount_yuan": amount})
    rows = tuple(other if g.grant_id == grant.grant_id else g for g in district.grants)
    return district.model_copy(update={"grants": rows})


def points_of(curve: Curve, lang: Lang = DEFAULT_LANG) -> list[CurvePoint]:
    """What a chart and a table show of each point."""
    return [_point(amount, decision, lang) for amount, decision in curve.points]


def _point(amount: Decimal, decision: FundingDecision, lang: Lang) -> CurvePoint:
    reason = " ".join(conflict_text(conflict, lang) for conflict in decision.conflicts)
    levels = {level.name: level.value for result in decision.grants for level in result.levels}
    return CurvePoint(amount, decision, reason, levels)


def write_curve(curve: Curve, folder: Path, *, lang: Lang = DEFAULT_LANG) -> Path:
    """Write `curve.csv`, `curve.xlsx` and `curve.html` into a folder, made if it does not exist.

    Raises
    ------
    UsageError
        If the folder cannot be written.
    """
    from xlsxwriter.exceptions import FileCreateError  # noqa: PLC0415  importing allocator stays light

    from allocator.reporting.booklet import write_booklet  # noqa: PLC0415  as above

    points = points_of(curve, lang)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        columns, rows = _rows(points)
        replace_file(folder / "curve.csv", csv_table(columns, rows))
        write_booklet(curve_booklet(curve.grant, points, lang), folder, "curve")
    except (OSError, FileCreateError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError("unwritable", path=str(folder), reason=reason) from error
    return folder / "curve.html"


def _rows(points: Sequence[CurvePoint]) -> tuple[tuple[str, ...], list[Mapping[str, Any]]]:
    """Columns and rows of `curve.csv`."""
    named = [{**{f"level_{k}": v for k, v in p.levels.items()}, **p.measures} for p in points]
    names = list(dict.fromkeys(name for row in named for name in row))
    columns = ("amount_yuan", "status", *names)
    rows: list[Mapping[str, Any]] = [
        {
            "amount_yuan": money(point.amount),
            "status": point.decision.status.value,
            **{name: row.get(name) for name in names},
        }
        for point, row in zip(points, named, strict=True)
    ]
    return columns, rows
