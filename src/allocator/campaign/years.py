"""A roll-out over several years: each year planned to optimality on the state the years before leave.

The target is a share of the teachers eligible at the start. Every year is asked to move its part of them: the
rest divided evenly over the years left, those whose last chance it is, and in each section as many as later
years could no longer take under R5; and to keep enough backbone teachers for the later years' R7. Where the
rules of the year do not allow that, as few as possible are missing (proven). What is not proven is that the
sequence of years is the best one; bounds that hold for every sequence say how far from it it can be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import ceil, floor

from allocator import engine
from allocator.campaign.judging import as_month, as_policy
from allocator.campaign.writing import WrittenRollout
from allocator.checking.facts import is_backbone
from allocator.checking.rollout import (
    YEAR,
    State,
    advance,
    check_rollout,
    eligible_now,
    first_state,
    overdue_now,
    target_of,
)
from allocator.domain.choices import Stage
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import Decision, Moves, Status
from allocator.domain.policy import Policy, exact
from allocator.domain.run import Limits, ProgressSink, StopSignal
from allocator.domain.several import HorizonBounds, RolloutTerms, YearPlan
from allocator.errors import Fault, InternalError, UsageError
from allocator.indicators import derive_posts
from allocator.rotation.demands import Demand


def rollout(
    district: District,
    policy: Policy | str = "national-2017",
    *,
    terms: RolloutTerms | None = None,
    as_of: Month | str | None = None,
    limits: Limits | None = None,
    progress: ProgressSink | None = None,
    stop: StopSignal | None = None,
    warnings: Sequence[Fault] = (),
) -> WrittenRollout:
    """Plan a rotation over several years.

    Each year obeys the profile's rules on its own state; only the upper share of R6 is raised in a year whose
    part of the target needs more moves. Whoever is moved serves a term before moving again.

    Parameters
    ----------
    terms
        Years, target, service term, return, deadline; the default is everybody within three years.
    as_of
        Reference month of the first year; each year is twelve months later.
    limits, progress, stop, warnings
        As for `plan_rotation`; the time that is left is shared equally among the years.

    Raises
    ------
    UsageError
        If a term is out of range, or the profile does not ask for eligibility (R2), or, with returns, for locks
        to hold (R11).
    InternalError
        If the checker contradicts the model.
    """
    terms = terms or RolloutTerms()
    profile = as_policy(policy)
    if not profile.active("R2"):
        raise UsageError("several.needs_r2")
    if terms.returns and not profile.active("R11"):
        raise UsageError("several.needs_r11")
    stop = stop or StopSignal(limits or Limits())
    month, dated = engine.reference_date(district, profile, as_month(as_of))
    run = _Run(district, profile, terms, first_state(district, month), stop, progress, (*warnings, *dated))
    for _ in range(terms.years):
        if not run.plan_year():
            break
    return run.result(month)


@dataclass
class _Run:
    """A roll-out on its way."""

    district: District
    policy: Policy
    terms: RolloutTerms
    state: State
    stop: StopSignal
    progress: ProgressSink | None
    warnings: tuple[Fault, ...]
    cohort: frozenset[str] = field(init=False)
    moved: set[str] = field(default_factory=set)
    years: list[YearPlan] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cohort = eligible_now(self.district, self.policy, self.state.as_of)

    @property
    def left(self) -> int:
        """Years after the present one."""
        return self.terms.years - len(self.years) - 1

    def plan_year(self) -> bool:
        """Plan the next year and carry the plan out; False if it has none."""
        from allocator.rotation.facts import facts  # noqa: PLC0415  loads the solver
        from allocator.rotation.horizon import Attained, attainable  # noqa: PLC0415  as above

        asked = _Asked.of(self)
        policy = _with_room(
            self.policy, asked, len(eligible_now(self.state.district, self.policy, self.state.as_of))
        )
        stop = self.stop.part(self.left + 2)
        staffed = self.state.district.model_copy(update={"posts": derive_posts(self.state.district, policy)})
        attained = Attained(())
        if asked.demands:
            # No elastic rule is broken for the sake of the pace.
            firm = (
                policy.with_rules({*policy.hard_rules, *policy.elastic_rules})
                if policy.elastic_rules
                else policy
            )
            case = facts(staffed, firm, self.state.as_of)
            attained = attainable(case, asked.demands, stop.limits, stop, self.progress)
        demands = attained.demands or ()
        decision = self._rotate(policy, demands, self.stop.part(self.left + 2))
        if decision.status is Status.UNKNOWN and not self.stop.now:
            # A year without a plan ends everything, so it may take the time of those after it.
            decision = self._rotate(policy, demands, self.stop.part(1))
        decision = _dated(decision, self.state.as_of.year)
        year = YearPlan(self.state.as_of, decision, asked.wanted, attained.missing, attained.bound)
        self.years.append(year)
        if decision.check is None:
            return False
        self.moved |= {m.teacher_id for m in decision.moves}
        self.state = advance(self.state, decision.moves, self.terms)
        return True

    def _rotate(self, policy: Policy, demands: Sequence[Demand], stop: StopSignal) -> Decision:
        """Plan the year on the present state."""
        return engine.rotate(
            self.state.district,
            policy,
            as_of=self.state.as_of,
            stop=stop,
            progress=self.progress,
            warnings=self.warnings if not self.years else (),
            demands=demands,
        )

    def result(self, first: Month) -> WrittenRollout:
        """Judge the whole and bound it."""
        bounds = self._bounds(first)
        if any(year.decision.check is None for year in self.years):
            return WrittenRollout(self.policy, self.terms, tuple(self.years), None, bounds)
        policies = [year.decision.policy for year in self.years]
        plans = [year.decision.moves for year in self.years]
        report = check_rollout(self.district, policies, plans, first, self.terms)
        for year, count in zip(self.years, report.years, strict=True):
            if not count.report.passed:
                broken = count.report.broken
                raise InternalError("checker_rejects", count=len(broken), text=broken[0].text("en"))
            if year.decision.check is not None and year.decision.check.levels != count.report.levels:
                raise InternalError("several.years_disagree", year=year.as_of.year)
        return WrittenRollout(self.policy, self.terms, tuple(self.years), report, bounds)

    def _bounds(self, first: Month) -> HorizonBounds:
        """Bounds for every roll-out; none where somebody could be moved twice."""
        from allocator.rotation.facts import facts  # noqa: PLC0415  loads the solver
        from allocator.rotation.horizon import horizon_bounds  # noqa: PLC0415  as above

        if not _moved_once(self.policy, self.terms):
            return HorizonBounds()
        months = [Month(first + YEAR * k) for k in range(self.terms.years)]
        ever = frozenset[str]().union(*(eligible_now(self.district, self.policy, m) for m in months))
        staffed = self.district.model_copy(update={"posts": derive_posts(self.district, self.policy)})
        case = facts(staffed, self.policy, first)
        stop = self.stop.part(1)
        return horizon_bounds(case, ever, self.cohort, self.terms.years, stop.limits, stop)


def _moved_once(policy: Policy, terms: RolloutTerms) -> bool:
    """Whether nobody can be moved twice within the horizon."""
    rules = policy.eligibility
    if terms.term_years >= terms.years:
        return True
    return not terms.returns and rules.min_tenure_years >= terms.years and rules.principal_min_terms >= 1


def _dated(decision: Decision, year: int) -> Decision:
    """Write the year into every move."""
    return replace(decision, moves=Moves(tuple(replace(m, year=year) for m in decision.moves)))


@dataclass(frozen=True)
class _Asked:
    """What one year is asked for: demands, and how many moves they need at least.

    `wanted` is the year's even part of the target.
    """

    demands: tuple[Demand, ...]
    wanted: int
    moves: int

    @classmethod
    def of(cls, run: _Run) -> _Asked:
        """Divide what is left of the target over the years that are left."""
        state, left, policy = run.state, run.left, run.policy
        eligible = eligible_now(state.district, policy, state.as_of)
        open_now = (run.cohort - run.moved) & eligible
        needed = min(len(open_now), target_of(len(run.cohort), run.terms) - len(run.moved & run.cohort))
        overdue = overdue_now(state, policy, run.terms)
        demands = [Demand(overdue, len(overdue))] if overdue else []
        if needed <= 0:
            return cls(tuple(demands), 0, len(overdue))
        wanted = ceil(needed / (left + 1))
        task = [Demand(open_now, wanted)]
        spare = len(open_now) - needed
        last_chance = open_now - eligible_now(state.district, policy, Month(state.as_of + YEAR))
        if left and len(last_chance) > spare:
            task.append(Demand(last_chance, len(last_chance) - spare))
        paced = [] if spare or not left else _paced(state.district, policy, open_now, left)
        kept = _kept_backbone(run, eligible, wanted, needed - wanted) if left else []
        further = [max(0, demand.least - len(overdue & demand.teachers)) for demand in task]
        moves = len(overdue) + max(*further, sum(demand.least for demand in paced))
        return cls((*demands, *task, *paced, *kept), wanted, moves)


def _paced(district: District, policy: Policy, open_now: frozenset[str], left: int) -> list[Demand]:
    """Sections that R5 would not let finish in the years left unless so many leave now."""
    if not policy.active("R5"):
        return []
    share = exact(policy.rotation.max_outflow_share)
    staff = Counter((t.school_id, t.stage) for t in district.teachers)
    waiting: dict[tuple[str, Stage], set[str]] = {}
    for t in district.teachers:
        if t.teacher_id in open_now:
            waiting.setdefault((t.school_id, t.stage), set()).add(t.teacher_id)
    found = []
    for section, teachers in sorted(waiting.items()):
        limit = max(1, floor(share * staff[section]))
        least = min(limit, len(teachers) - left * limit)
        if least > 0:
            found.append(Demand(frozenset(teachers), least))
    return found


def _kept_backbone(run: _Run, eligible: frozenset[str], wanted: int, later: int) -> list[Demand]:
    """Keep enough backbone teachers for later years: R7 asks for a share of every year's moves."""
    policy = run.policy
    if not policy.active("R7") or policy.rotation.backbone_base != "moved":
        return []
    share = exact(policy.rotation.min_backbone_share)
    last = Month(run.state.as_of + YEAR * run.left)
    backbone = {t.teacher_id for t in run.state.district.teachers if is_backbone(t)}
    now = backbone & eligible
    coming = (backbone & eligible_now(run.state.district, policy, last)) - now - run.moved
    least_moves = max(wanted, ceil(exact(policy.rotation.min_share) * len(eligible)))
    most = max(len(now) - max(0, ceil(share * later) - len(coming)), ceil(share * least_moves))
    return [Demand(frozenset(now), 0, most)] if most < len(now) else []


def _with_room(policy: Policy, asked: _Asked, eligible: int) -> Policy:
    """Raise the upper share of R6 where the year's demands need more moves than it allows."""
    if not eligible or asked.moves <= floor(exact(policy.rotation.max_share) * eligible):
        return policy
    # Rounded up to a ten-thousandth, so that the share can be read and typed.
    share = min(1.0, ceil(10_000 * asked.moves / eligible) / 10_000)
    return policy.model_copy(
        update={
            "rotation": policy.rotation.model_copy(update={"max_share": max(share, policy.rotation.max_share)})
        }
    )
