"""What one move does by itself: the plan with it against the plan without it, nothing else changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocator.domain.explanation import Alone, Statement
from allocator.domain.plan import Move, Violation
from allocator.rotation.explaining.statements import of_balance, of_person, of_posts

if TYPE_CHECKING:
    from allocator.explaining.explainer import Explainer


def cancelled(explainer: Explainer, move: Move) -> Alone:
    """Judge and measure the plan without one of its moves."""
    report = explainer.judged([m for m in explainer.moves if m is not move])
    known = {_place(v) for v in explainer.check.violations}
    return Alone(
        breaches=tuple(v for v in report.violations if _place(v) not in known),
        levels={name: (explainer.check.levels[name], value) for name, value in report.levels.items()},
        staffing=explainer.marginals.staffing(move),
        indicators=explainer.marginals.indicators(move),
    )


def _place(violation: Violation) -> tuple[str, str, str]:
    return violation.rule, violation.key, violation.subject


def reasons(explainer: Explainer, move: Move, alone: Alone) -> tuple[Statement, ...]:
    """What speaks for a move, as far as the move by itself shows it: rules, posts, indicators, wish."""
    rules = [Statement("need_rule", v.rule, {"rule": v.rule, "breach": v}) for v in alone.breaches]
    posts, balance = of_posts(move, alone.staffing), of_balance(move, alone.indicators)
    wishes = explainer.district.wishes
    mine = [w for w in wishes if w.teacher_id == move.teacher_id and w.school_id == move.to_school_id]
    volunteer = explainer.district.teacher_by_id[move.teacher_id].volunteer
    person = of_person(move, min((w.rank for w in mine), default=None), volunteer=volunteer)
    return (*rules, *posts, *balance, *person)
