"""The answer to the joint question: moves and money with which everything passes, or what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from allocator.domain.choices import Purpose, Stage
from allocator.domain.conflict import Conflict
from allocator.domain.district import District
from allocator.domain.funding import Split
from allocator.domain.measures import Measures
from allocator.domain.plan import CheckReport, Judgement, Level, Moves, RunInfo, Status
from allocator.domain.policy import Policy
from allocator.errors import Fault


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What is missing to a verdict.

    Attributes
    ----------
    school_id
        None for the county, whose CV is over the limit.
    value, wanted
        Teachers there are and teachers needed, or the CV and its limit.
    amount
        Teachers, or by how much the CV is over.
    """

    school_id: str | None
    stage: Stage
    indicator: str
    value: float
    wanted: float
    amount: float


@dataclass(frozen=True, slots=True)
class Spared:
    """An indicator of a section that stays below its threshold, as the verdict allows.

    `ratio` is its value over the threshold.
    """

    school_id: str
    stage: Stage
    indicator: str
    ratio: float


@dataclass(frozen=True)
class StandardReport:
    """The independent checker's word on verdicts and cost after moves and money.

    Attributes
    ----------
    passed
        Whether each section with pupils passes; None where unknown values leave it open.
    shortfalls
        What is missing, teachers first. It is empty if and only if all that is known passes.
    spared
        Indicators below the threshold in sections that pass all the same.
    levels
        `missing` (teachers), `excess` (sum over I1-I3 and stages of CV^2 above its limit), `cost` (yuan).
    """

    passed: Mapping[tuple[str, Stage], bool | None]
    shortfalls: tuple[Shortfall, ...]
    spared: tuple[Spared, ...]
    levels: Mapping[str, float]


@dataclass(frozen=True)
class Apart:
    """What it costs when moves and money are decided one after the other.

    Attributes
    ----------
    first
        `money`: every threshold of I4-I7 is bought first. `moves`: as many of I1-I3 as can be are reached.
    cost, bound
        Yuan in all, of the cheapest plan found in this order, and what is proven to be its least (or None).
    """

    first: str
    moves: int
    money_yuan: Decimal
    cost: float
    bound: float | None


@dataclass(frozen=True)
class Covered:
    """Money that the plan needs for one of I4-I7, beside what grants of its purpose hold.

    Grants of all years and rules count; `grants` is their number.
    """

    indicator: str
    purpose: Purpose
    grants: int
    granted_yuan: Decimal
    needed_yuan: Decimal

    @property
    def short_yuan(self) -> Decimal:
        """What the grants lack; 0 if they are enough."""
        return max(Decimal(0), self.needed_yuan - self.granted_yuan)


@dataclass(frozen=True)
class ReachDecision:
    """The cheapest mix of moves and money, checked, with everything a report needs.

    Attributes
    ----------
    status
        `optimal` if all levels are proven to the gap, `feasible` with a wider gap, `infeasible` if no rotation
        obeys the rules, `unknown` if the time was up before there was a plan. A plan with which the county
        does not pass is `optimal` too, if it is proven that no plan lacks less: see `reached`.
    district
        With `posts` filled, and one grant for each of I4-I7 that money is spent on.
    levels
        `missing`, `excess`, `cost`, in this order.
    moves, split
        The plan; `split` names the grants after their indicators.
    money_yuan, moves_yuan
        The two parts of the cost.
    rotation_check, money_check, standard
        The independent checkers' words; None without a plan.
    linked
        Sections where moves can spare money or money moves: none means that the optimum is the sum of two.
    apart
        What it costs when each is decided alone; empty without a link, without a plan or without time.
    covered
        Money for each of I4-I7 beside the grants of the district; empty without a plan or without grants.
    conflict
        Where no rotation obeys all rules.
    """

    run: RunInfo
    district: District
    policy: Policy
    status: Status
    levels: tuple[Level, ...]
    moves: Moves
    split: Split
    money_yuan: Decimal
    moves_yuan: Decimal
    rotation_check: CheckReport | None
    money_check: Judgement | None
    standard: StandardReport | None
    before: Measures
    after: Measures
    linked: tuple[tuple[str, Stage], ...] = ()
    apart: tuple[Apart, ...] = ()
    covered: tuple[Covered, ...] = ()
    conflict: Conflict | None = None
    warnings: tuple[Fault, ...] = field(default_factory=tuple)

    @property
    def reached(self) -> bool:
        """Whether all that is known of the district passes."""
        return self.standard is not None and not self.standard.shortfalls

    @property
    def passes(self) -> bool:
        """Whether every section with pupils passes for certain, and no CV is over its limit."""
        return self.standard is not None and self.reached and all(self.standard.passed.values())

    @property
    def separable(self) -> bool:
        """Whether moves and money have nothing to do with each other: the optimum is the sum of two optima."""
        return not self.linked

    @property
    def total_yuan(self) -> Decimal:
        """Moves and money together."""
        return self.money_yuan + self.moves_yuan

    def saved_yuan(self, apart: Apart) -> tuple[float | None, float]:
        """What deciding jointly saves beside one order: proven at least, and between the plans."""
        total = float(self.total_yuan)
        return None if apart.bound is None else max(0.0, apart.bound - total), apart.cost - total

    def money_of(self) -> Mapping[str, Decimal]:
        """Money by indicator, I4-I7."""
        found: dict[str, Decimal] = {}
        for row in self.split.amounts:
            found[row.grant_id] = found.get(row.grant_id, Decimal(0)) + row.amount_yuan
        return found
