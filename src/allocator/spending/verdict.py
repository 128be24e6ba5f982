"""The independent checker's word on a split: it must pass every plan, and agree on the worth of each level."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from allocator.checking import check_funding
from allocator.domain.district import District
from allocator.domain.funding import GrantResult, Split, SplitLevel
from allocator.domain.money_records import Grant
from allocator.domain.plan import Judgement, Level
from allocator.domain.policy import Policy
from allocator.errors import InternalError

Checker = Callable[[District, Policy, Split, Sequence[str] | None], Judgement]
CHECKER: Checker = check_funding
"""The independent checker: district, policy, plan, codes of the grants that were split."""
AGREEMENT = 1e-6
"""Relative difference up to which model and checker agree on a level (rounding of sums)."""
OF_SQUARES = 1e-9
"""Sums of squares agree up to this share of the squared grant: they are differences of much larger numbers."""


def judged(district: District, policy: Policy, split: Split, grants: Sequence[Grant]) -> Judgement:
    """Let the checker judge a split; one that it rejects does not leave the engine.

    Raises
    ------
    InternalError
        If the checker rejects it.
    """
    report = CHECKER(district, policy, split, tuple(grant.grant_id for grant in grants))
    if not report.passed:
        raise InternalError("checker_rejects", count=len(report.broken), text=report.broken[0].text("en"))
    return report


def with_exact_levels(
    results: Sequence[GrantResult], report: Judgement, grants: Sequence[Grant]
) -> tuple[GrantResult, ...]:
    """Take the worth of every level from the checker, to whom it is exact.

    Raises
    ------
    InternalError
        If model and checker disagree, or an amount by formula is a unit or more off the exact one.
    """
    amounts = {grant.grant_id: float(grant.amount_yuan) for grant in grants}
    found = []
    for result in results:
        code = result.grant_id
        _within_a_unit(code, report.levels)
        room = OF_SQUARES * amounts[code] ** 2
        levels = tuple(_exact(code, level, report.levels, room) for level in result.levels)
        found.append(replace(result, levels=levels))
    return tuple(found)


def _within_a_unit(code: str, levels: Mapping[str, float]) -> None:
    name = f"{code}.rounding"
    if levels.get(name, 0.0) >= 1:
        raise InternalError("checker_disagrees", level=name, model="< 1", checker=levels[name])


def _exact(code: str, level: SplitLevel, levels: Mapping[str, float], room: float) -> SplitLevel:
    name = f"{code}.{level.name}"
    # The checker has no level where nothing is defined: no section, or a mean of 0.
    checker = levels.get(name, 0.0)
    most = AGREEMENT * max(abs(checker), 1e-3) + (room if "yuan" in level.unit else 0.0)
    if abs(level.value - checker) > most:
        raise InternalError("checker_disagrees", level=name, model=level.value, checker=checker)
    return replace(level, value=checker)


def same_levels(projects: Sequence[Level], report: Judgement) -> None:
    """Compare the levels of projects with the checker's.

    Raises
    ------
    InternalError
        If they differ.
    """
    for level in projects:
        checker = report.levels.get(level.name, 0.0)
        if abs(level.final - checker) > AGREEMENT * max(abs(checker), 1.0):
            raise InternalError("checker_disagrees", level=level.name, model=level.final, checker=checker)
