"""What one move does by itself: the plan with it against the plan without it, nothing else changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from allocator.domain.explanation import Alone, Statement
from allocator.domain.measures import MOVABLE, IndicatorRow, Measures, StaffingRow
from allocator.domain.plan import Move, Violation
from allocator.indicators import measure, staffing

if TYPE_CHECKING:
    from allocator.explaining.explainer import Explainer

NOTICEABLE = 1e-12
"""Differences of an indicator below this are rounding."""


def cancelled(explainer: Explainer, move: Move) -> Alone:
    """Judge and measure the plan without one of its moves."""
    district, policy = explainer.original, explainer.policy
    rest = [m for m in explainer.moves if m is not move]
    report = explainer.judged(rest)
    known = {_place(v) for v in explainer.check.violations}
    return Alone(
        breaches=tuple(v for v in report.violations if _place(v) not in known),
        levels={name: (explainer.check.levels[name], value) for name, value in report.levels.items()},
        staffing=tuple(_staffing(explainer, rest)),
        indicators=tuple(
            _indicators(
                move, measure(district, policy, explainer.moves), measure(district, policy, rest), explainer
            )
        ),
    )


def _place(violation: Violation) -> tuple[str, str, str]:
    return violation.rule, violation.key, violation.subject


def _staffing(explainer: Explainer, rest: list[Move]) -> Iterator[tuple[StaffingRow, StaffingRow]]:
    """Subjects whose head count differs, with and without the move."""
    rows = {(r.school_id, r.stage, r.subject): r for r in staffing(explainer.original, explainer.policy, rest)}
    for row in staffing(explainer.original, explainer.policy, explainer.moves):
        without = rows.get((row.school_id, row.stage, row.subject))
        if without is not None and without.after != row.after:
            yield row, without


def _indicators(
    move: Move, present: Measures, without: Measures, explainer: Explainer
) -> Iterator[IndicatorRow]:
    """The county's CVs, then the new section's indicators, as far as they differ."""
    for a, b in zip(without.counties, present.counties, strict=True):
        if a.indicator in MOVABLE and abs((a.cv or 0.0) - (b.cv or 0.0)) > NOTICEABLE:
            yield IndicatorRow(a.stage, None, a.indicator, a.cv, b.cv, a.limit, a.met, b.met)
    thresholds = explainer.policy.thresholds(move.stage)
    for c, d in zip(without.sections, present.sections, strict=True):
        if (c.school_id, c.stage) == (move.to_school_id, move.stage):
            for i in MOVABLE:
                if abs((c.values[i] or 0.0) - (d.values[i] or 0.0)) > NOTICEABLE:
                    yield IndicatorRow(
                        c.stage, c.school_id, i, c.values[i], d.values[i], thresholds[i], c.met[i], d.met[i]
                    )


def reasons(explainer: Explainer, move: Move, alone: Alone) -> tuple[Statement, ...]:
    """What speaks for a move, as far as the move by itself shows it: rules, posts, indicators, wish."""
    rules = [Statement("need_rule", v.rule, {"rule": v.rule, "breach": v}) for v in alone.breaches]
    return (*rules, *_posts(move, alone), *_balance(move, alone), *_person(explainer, move))


def _posts(move: Move, alone: Alone) -> Iterator[Statement]:
    for row, without in alone.staffing:
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


def _balance(move: Move, alone: Alone) -> Iterator[Statement]:
    values = {r.indicator: r for r in alone.indicators if r.school_id is not None}
    for county in alone.indicators:
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


def _person(explainer: Explainer, move: Move) -> Iterator[Statement]:
    """Wish and volunteering."""
    wishes = explainer.district.wishes
    mine = [w for w in wishes if w.teacher_id == move.teacher_id and w.school_id == move.to_school_id]
    teacher = explainer.district.teacher_by_id[move.teacher_id]
    if mine:
        yield Statement("need_wish", "", {"rank": min(w.rank for w in mine), "school": move.to_school_id})
    if teacher.volunteer:
        yield Statement("need_volunteer")
