"""Facts that speak for a move or against it, as far as the move by itself shows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from allocator.domain.explanation import Statement
from allocator.domain.measures import IndicatorRow, StaffingRow
from allocator.domain.plan import Move


def of_posts(move: Move, changes: Iterable[tuple[StaffingRow, StaffingRow]]) -> Iterator[Statement]:
    """Posts that the move fills or leaves; `changes` are rows with the move and without."""
    for row, without in changes:
        params = {
            "school": row.school_id,
            "stage": row.stage,
            "subject": row.subject,
            "posts": row.posts,
            "present": row.after,
            "without": without.after,
        }
        if row.school_id == move.to_school_id and without.unfilled_after > row.unfilled_after:
            yield Statement("need_post", "", params)
        elif row.school_id == move.from_school_id and without.after > row.posts:
            yield Statement("need_surplus", "", params)
        elif row.school_id == move.from_school_id and row.unfilled_after > without.unfilled_after:
            yield Statement("against_post", "", params)


def of_balance(move: Move, rows: Sequence[IndicatorRow]) -> Iterator[Statement]:
    """Indicators that differ with the move and without: the county's, and those of the new section."""
    values = {r.indicator: r for r in rows if r.school_id is not None}
    for county in rows:
        if county.school_id is None:
            gain = (county.before or 0.0) ** 2 - (county.after or 0.0) ** 2
            params = {
                "indicator": county.indicator,
                "stage": county.stage,
                "school": move.to_school_id,
                "cv_without": county.before or 0.0,
                "cv_present": county.after or 0.0,
                "gain": abs(gain),
            }
            row = values.get(county.indicator)
            if row is None or row.before is None or row.after is None:
                yield Statement("need_spread" if gain > 0 else "against_spread", "", params)
            else:
                section = {"present": row.after, "without": row.before, "threshold": row.threshold}
                yield Statement(
                    "need_indicator" if gain > 0 else "against_indicator", "", {**params, **section}
                )


def of_person(move: Move, rank: int | None, *, volunteer: bool) -> Iterator[Statement]:
    """Wish that the move grants (None if it grants none) and volunteering."""
    if rank is not None:
        yield Statement("need_wish", "", {"rank": rank, "school": move.to_school_id})
    if volunteer:
        yield Statement("need_volunteer")
