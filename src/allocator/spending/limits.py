"""F6 read from the measures: which CV a grant raised stays above its limit, and by how much."""

from __future__ import annotations

from dataclasses import dataclass

from allocator.domain.choices import Purpose, Stage
from allocator.domain.funding import FundingDecision

RAISES = {
    Purpose.TEACHING_AREA: "I4",
    Purpose.SPORTS_AREA: "I5",
    Purpose.EQUIPMENT: "I6",
    Purpose.MULTIMEDIA: "I7",
}
FORGIVEN = 1e-9
"""Relative rounding of sums that is no breach."""


@dataclass(frozen=True, slots=True)
class Above:
    """A stage's CV above its limit."""

    stage: Stage
    indicator: str
    cv: float
    limit: float


def above_limits(decision: FundingDecision) -> tuple[Above, ...]:
    """Stages whose CV is above the standard's limit or the CV before, of the indicators that were raised."""
    purposes = {grant.grant_id: grant.purpose for grant in decision.district.grants}
    raised = {RAISES.get(purposes[result.grant_id]) for result in decision.grants}
    return tuple(
        Above(now.stage, now.indicator, now.cv, limit)
        for then, now in zip(decision.before.counties, decision.after.counties, strict=True)
        if now.indicator in raised and now.cv is not None
        for limit in [now.limit if then.cv is None else min(now.limit, then.cv)]
        if now.cv > limit * (1 + FORGIVEN)
    )
