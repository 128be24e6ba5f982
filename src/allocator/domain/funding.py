"""What a plan of funding is, and what a run of funding reports: whole amounts of money, never binary floats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from allocator.domain.choices import SplitRule
from allocator.domain.district import District
from allocator.domain.measures import Measures
from allocator.domain.plan import Judgement, Level, RunInfo, Status, Violation
from allocator.domain.policy import Policy
from allocator.errors import Fault


@dataclass(frozen=True, slots=True)
class Amount:
    """What one school gets from one grant: a row of `split.csv`.

    `training_yuan` is the part of an operating amount that is marked for training (F7); not another pot.
    """

    grant_id: str
    school_id: str
    amount_yuan: Decimal
    training_yuan: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Chosen:
    """One project that is built or bought: a row of `chosen.csv`."""

    project_id: str
    school_id: str
    grant_id: str
    cost_yuan: Decimal
    year: int | None = None


@dataclass(frozen=True)
class Split:
    """A plan of funding: amounts ordered by grant and school, and projects by code."""

    amounts: tuple[Amount, ...] = ()
    chosen: tuple[Chosen, ...] = ()


LEVEL_UNITS: Mapping[str, str] = {
    "formula": "yuan",
    "spread": "of the limit",
    "deviation": "yuan^2/pupil",
    "change": "yuan^2/pupil",
    "lowest": "of the threshold",
}
"""Levels of the rules of split: formula · spread, then deviation (balance) · change (closest), after the spread
where the limit of F6 cannot be kept · lowest (leximin)."""
GAP_UNITS: Mapping[str, float] = {
    "formula": 1.0,
    "spread": 0.01,
    "deviation": 1.0,
    "change": 1.0,
    "lowest": 0.01,
}


@dataclass(frozen=True, slots=True)
class SplitLevel:
    """One objective level of one grant.

    Attributes
    ----------
    name
        A key of `LEVEL_UNITS`. `lowest` is to be large, the others small.
    value
        Of the split in whole units.
    continuous
        Of the best split found before rounding.
    bound
        No split, whole or not, is better than this; None if nothing is proven.
    before
        Without the grant; None where that has no meaning.
    """

    name: str
    value: float
    continuous: float
    bound: float | None
    before: float | None = None

    @property
    def unit(self) -> str:
        """Unit of the level."""
        return LEVEL_UNITS[self.name]

    @property
    def gap(self) -> float | None:
        """|continuous - bound| / max(|continuous|, u): how far the optimum before rounding is proven."""
        if self.bound is None:
            return None
        return abs(self.continuous - self.bound) / max(abs(self.continuous), GAP_UNITS[self.name])

    @property
    def loss(self) -> float:
        """What rounding to whole units costs.

        In the unit of the level; never more than value and bound differ.
        """
        return abs(self.value - self.continuous)


@dataclass(frozen=True, slots=True)
class SchoolShare:
    """Everything behind one school's amount of one grant, in yuan.

    Attributes
    ----------
    exact_yuan
        The amount before rounding to whole units.
    floor_yuan, floor_rule
        Least amount in whole units, and the rule it comes from (F3, F4, F5; blank for none).
    cap_yuan
        Largest amount; None without a cap.
    weight
        Weight in the formula.
    last_yuan
        Last year's amount; None where it is missing.
    """

    school_id: str
    amount_yuan: Decimal
    exact_yuan: float
    floor_yuan: Decimal
    floor_rule: str
    cap_yuan: Decimal | None
    weight: Fraction
    last_yuan: Decimal | None


@dataclass(frozen=True, slots=True)
class ShadowPrice:
    """What one unit more of something does to the first level of a grant, and where that holds.

    Attributes
    ----------
    of
        `amount` (a yuan more to split), `limit.primary`, `limit.junior` (a unit of CV limit),
        `floor_per_pupil` (a yuan a pupil more of the grant's floor) or `floor` (a yuan more of one school's).
    level
        A key of `LEVEL_UNITS`, or `factor`: the one factor of the rule formula, yuan a unit of weight.
    price
        Change of the level per unit, as a dual.
    curve
        On the range the level changes by price x d + curve x d^2 exactly, where `exact`.
    low, high
        Values of the thing itself between which this holds; None where it has no end.
    exact
        Whether the range was worked out in fractions (the same schools stay at their bounds); else it was
        bracketed by solving again: at its ends the level is off the price by at most a tenth of its change.
    school_id
        Whose floor; blank for all others.
    """

    of: str
    level: str
    price: float
    low: float | None = None
    high: float | None = None
    curve: float = 0.0
    exact: bool = True
    school_id: str = ""


@dataclass(frozen=True, slots=True)
class LeastMoney:
    """The least amount with which every rule and limit of a grant holds, F6 included.

    Attributes
    ----------
    floors_yuan
        Sum of the floors alone.
    least_yuan
        In whole units, reached by a split that was found; None if no amount is enough.
    bound_yuan
        No smaller amount is enough; None if nothing is proven.
    together
        Codes of grants whose projects are chosen together: the amounts are those of all of them.
    """

    grant_id: str
    floors_yuan: Decimal
    least_yuan: Decimal | None
    bound_yuan: float | None
    together: tuple[str, ...] = ()

    @property
    def grant_ids(self) -> tuple[str, ...]:
        """Codes of the grants that are meant."""
        return self.together or (self.grant_id,)


@dataclass(frozen=True, slots=True)
class FewestSchools:
    """The split with which every rule and limit holds and fewest schools get other than by the rule.

    Attributes
    ----------
    count
        Schools in the split found that get other than by the grant's rule alone; None if none was found.
    bound
        No split touches fewer; None if it is proven that no split keeps all rules and limits.
    amounts
        The split; empty if none was found.
    touched
        Codes of those schools.
    usual_yuan
        What the grant's rule alone gives the schools of `amounts`.
    """

    grant_id: str
    count: int | None
    bound: int | None
    amounts: tuple[Amount, ...] = ()
    touched: tuple[str, ...] = ()
    usual_yuan: tuple[Decimal, ...] = ()


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One way out of a conflict: what to change, to which value.

    `what` is `amount_yuan`, `hold_harmless`, `floor_per_pupil_yuan`, `cap_per_pupil_yuan` or a rule to switch
    off; `value` the nearest value that is enough; None for a rule.
    """

    what: str
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class FundingConflict:
    """Why one grant cannot be split.

    Attributes
    ----------
    key, params
        Sentence of the catalogue `funding`.
    rules
        The rules in conflict.
    missing_yuan
        By how much the amount is too small (or, below 0, too large).
    schools
        Schools whose own floor and cap exclude each other.
    relaxations
        The cheapest ways out, each enough by itself.
    """

    grant_id: str
    key: str
    rules: tuple[str, ...]
    missing_yuan: Decimal = Decimal(0)
    schools: tuple[str, ...] = ()
    relaxations: tuple[Relaxation, ...] = ()
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GrantResult:
    """One grant, split: its levels, shadow prices and the arithmetic of each school.

    `scale` is the exact factor of the rules formula (units a yuan of weight) and leximin; None for the others.
    """

    grant_id: str
    rule: SplitRule
    levels: tuple[SplitLevel, ...]
    prices: tuple[ShadowPrice, ...]
    schools: tuple[SchoolShare, ...]
    scale: Fraction | None = None


@dataclass(frozen=True)
class FundingDecision:
    """A split of grants with everything a report needs; without a split if one grant cannot be split.

    Attributes
    ----------
    status
        `optimal` if every level is proven to the gap, `feasible` with a wider gap, `infeasible` with conflicts.
    grants
        Result of each grant split by amounts, in order of year (unknown first) and code.
    split
        The plan; empty with `check` None when there is none.
    check
        The checker's judgement of the plan.
    before, after
        Indicators before and after the money is spent.
    projects
        Levels of the choice of projects, all grants of that rule together; empty without such a grant.
    conflicts
        Why grants cannot be split.
    least
        Least money, where it was asked for.
    fewest
        Fewest schools touched, where that was asked for.
    paying
        Codes of the grants of the run that pay by projects.
    """

    run: RunInfo
    district: District
    policy: Policy
    status: Status
    grants: tuple[GrantResult, ...]
    split: Split
    check: Judgement | None
    before: Measures
    after: Measures
    projects: tuple[Level, ...] = ()
    conflicts: tuple[FundingConflict, ...] = ()
    least: tuple[LeastMoney, ...] = ()
    fewest: tuple[FewestSchools, ...] = ()
    warnings: tuple[Fault, ...] = ()
    paying: tuple[str, ...] = ()

    @property
    def levels(self) -> Mapping[str, tuple[SplitLevel, ...]]:
        """Levels of each grant by its code."""
        return {result.grant_id: result.levels for result in self.grants}

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Breaches found by the checker, those of elastic rules included."""
        return () if self.check is None else self.check.violations
