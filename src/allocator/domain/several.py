"""Several plans of one district: alternatives to a plan, points of a trade-off, years of a roll-out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from allocator.domain.fields import Month
from allocator.domain.plan import CheckReport, Decision, Violation
from allocator.domain.policy import Policy
from allocator.errors import UsageError

AXES: tuple[str, ...] = ("moves", "balance", "km")
"""What can be traded off, all to be as small as possible: teachers moved, sum of CV^2, kilometres moved."""

AxisChoice = tuple[str, ...]
AXIS_CHOICES: tuple[AxisChoice, ...] = (("moves", "balance"), ("balance", "km"), ("moves", "balance", "km"))
AXIS_UNITS: Mapping[str, float] = {"moves": 1.0, "balance": 0.01, "km": 1.0}
"""Denominator floor of the relative gap on an axis, as for the levels."""

End = Literal["enough", "none", "limit"]
"""Why no more plans were looked for: as many as asked for; proven that there are no more; the time limit."""


def relative_gap(value: float, bound: float | None, unit: float) -> float | None:
    """|value - bound| / max(|value|, unit); None where nothing is proven."""
    return None if bound is None else abs(value - bound) / max(abs(value), unit)


@dataclass(frozen=True, slots=True)
class Alternative:
    """A further plan: how far it is from the nearest plan before it.

    Attributes
    ----------
    distance
        Teachers whose decision differs from that of the nearest plan before (see `Alternatives.distances`).
    bound
        No plan within the loss is further than this from all plans before; None if nothing is proven.
    """

    decision: Decision
    distance: int
    bound: int | None

    @property
    def gap(self) -> float | None:
        """Relative gap between distance and bound."""
        return relative_gap(self.distance, self.bound, 1.0)


@dataclass(frozen=True)
class Alternatives:
    """A plan and others that are nearly as good and as different as possible.

    Attributes
    ----------
    plan
        The best plan; without a check there are no alternatives.
    others
        In the order in which they were found, each as far as possible from all before.
    loss
        Relative loss allowed on every level.
    most
        Level -> largest value allowed.
    distances
        Shape (plans, plans), the plan first: teachers whose decision (stay, or the new section and subject)
        differs. Teachers who are alike in every rule and level are interchangeable, so exchanging them
        does not count.
    end
        Why there are no more.
    """

    plan: Decision
    others: tuple[Alternative, ...]
    loss: float
    most: Mapping[str, float]
    distances: tuple[tuple[int, ...], ...]
    end: End

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """All plans, the best one first."""
        return (self.plan, *(other.decision for other in self.others))


@dataclass(frozen=True, slots=True)
class TradePoint:
    """One plan of the front that no other plan beats on every axis.

    Attributes
    ----------
    values
        Axis -> value, from the checker.
    bounds
        Axis -> proven bound: no plan that is as good on the other axes goes below it.
    """

    decision: Decision
    values: Mapping[str, float]
    bounds: Mapping[str, float | None]

    def gap(self, axis: str) -> float | None:
        """Relative gap of an axis; None if nothing is proven."""
        return relative_gap(self.values[axis], self.bounds[axis], AXIS_UNITS[axis])


@dataclass(frozen=True)
class TradeOff:
    """Points of the Pareto front, ordered by the axes.

    Attributes
    ----------
    plan
        The plan of the profile's own levels, for comparison; without a check there are no points.
    axes
        What is traded off.
    points
        Non-dominated plans.
    complete
        Whether it is proven that the front has no point besides these (km to the metre, balance to the gap).
    end
        Why no more points were looked for.
    """

    plan: Decision
    axes: AxisChoice
    points: tuple[TradePoint, ...]
    complete: bool
    end: End


@dataclass(frozen=True, slots=True)
class RolloutTerms:
    """What a roll-out over several years is to reach.

    Attributes
    ----------
    years
        Number of years, 2 to 5.
    target_share
        Share of the teachers eligible at the start who must have moved by the last year.
    term_years
        Service term: nobody is moved again before it has ended.
    returns
        Whether a teacher may return to the school he or she came from when the term has ended.
    max_tenure_years
        Deadline: an eligible teacher with so many years at the school must move; None for none.

    Raises
    ------
    UsageError
        If a number is out of range.
    """

    years: int = 3
    target_share: float = 1.0
    term_years: int = 3
    returns: bool = False
    max_tenure_years: float | None = None

    def __post_init__(self) -> None:
        ranges = (
            ("years", self.years, 2, 5),
            ("target_share", self.target_share, 0, 1),
            ("term_years", self.term_years, 1, 20),
            ("max_tenure_years", self.max_tenure_years or 0, 0, 60),
        )
        for name, value, least, most in ranges:
            if not least <= value <= most:
                raise UsageError("several.out_of_range", name=name, value=value, least=least, most=most)


@dataclass(frozen=True, slots=True)
class YearPlan:
    """One year of a roll-out.

    Attributes
    ----------
    decision
        The plan on the state after the years before; its policy is that year's.
    wanted
        Teachers of the target that this year's plan was asked to move.
    missing
        By how many teachers the year's demands (pace, last chances, deadlines) cannot be met.
    missing_bound
        Proven: no plan of this year misses them by fewer; None if nothing is proven.
    """

    as_of: Month
    decision: Decision
    wanted: int
    missing: int
    missing_bound: int | None


@dataclass(frozen=True, slots=True)
class YearCount:
    """Head counts of one year, recounted by the checker."""

    as_of: Month
    report: CheckReport
    cohort_moved: int
    cohort_total: int
    returned: int
    overdue: int


@dataclass(frozen=True)
class RolloutReport:
    """The checker's verdict on a whole roll-out.

    Attributes
    ----------
    years
        Each year judged on its own state.
    cohort
        Teachers eligible at the start.
    target
        How many of them must have moved.
    reached
        How many did.
    violations
        Of the whole: target missed (T1), moved again within the term (T2), deadline missed (T3).
    """

    years: tuple[YearCount, ...]
    cohort: int
    target: int
    reached: int
    violations: tuple[Violation, ...]

    @property
    def passed(self) -> bool:
        """Whether every year obeys the rules and the whole what was asked of it."""
        return not self.violations and all(year.report.passed for year in self.years)


@dataclass(frozen=True, slots=True)
class HorizonBounds:
    """What no roll-out over these years can exceed, whatever its order; None where nothing is proven.

    Attributes
    ----------
    reach
        Most teachers of the cohort who can have moved.
    staffing
        Fewest unfilled posts after the last year.
    balance
        Smallest sum of CV^2 after the last year.
    """

    reach: int | None = None
    staffing: float | None = None
    balance: float | None = None


@dataclass(frozen=True)
class Rollout:
    """A plan over several years: one checked plan a year, each optimal for its own state.

    Attributes
    ----------
    policy
        The profile as given; a year's own may have a higher upper share in R6.
    terms
        What was asked for.
    years
        Plans in order; fewer than asked for if one year has no plan.
    report
        The checker's verdict on the whole, None if a year has no plan.
    bounds
        What is proven for the whole horizon.
    """

    policy: Policy
    terms: RolloutTerms
    years: tuple[YearPlan, ...]
    report: RolloutReport | None
    bounds: HorizonBounds = field(default_factory=HorizonBounds)
