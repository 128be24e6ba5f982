"""The levels of a plan of funding recomputed, grant by grant, as the rules of split name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from allocator.checking.formula import Term, solve_formula
from allocator.checking.guarantees import limits, weight
from allocator.checking.money import MoneyFacts, by_projects, pupils
from allocator.checking.rules_balance import (
    Step,
    chosen_projects,
    raised_by_projects,
    steps,
    stocks_before_projects,
)
from allocator.checking.spread import over_limit, total
from allocator.checking.standing import INDICATOR, met, weak_schools, with_projects
from allocator.domain.choices import Asset, SplitRule
from allocator.domain.records import Grant, School

PROJECTS = "projects"


def funding_levels(facts: MoneyFacts) -> dict[str, float]:
    """Levels of the plan: `G1.lambda`, `G1.rounding`, `G1.t` and so on; `projects.lifted`, `projects.t`."""
    all_steps = steps(facts)
    found: dict[str, float] = {}
    for grant in facts.grants:
        if not by_projects(grant):
            levels = _levels(facts, grant, all_steps)
            found |= {f"{grant.grant_id}.{name}": value for name, value in levels.items()}
    if any(by_projects(grant) for grant in facts.grants):
        found["projects.lifted"] = lifted(facts)
        found |= _widest(facts, [s for s in all_steps if s.name == PROJECTS], "after", "projects.t")
    return found


def levels_before(facts: MoneyFacts) -> dict[str, float]:
    """Levels without the plan, where there is one: CVs of stocks, and no section lifted."""
    found: dict[str, float] = {}
    for grant in facts.grants:
        if grant.rule is SplitRule.BALANCE:
            own = [s for s in steps(facts) if s.name == grant.grant_id]
            found |= _widest(facts, own, "before", f"{grant.grant_id}.t")
    if any(by_projects(grant) for grant in facts.grants):
        found["projects.lifted"] = 0.0
        found |= _widest(facts, [s for s in steps(facts) if s.name == PROJECTS], "before", "projects.t")
    return found


def _widest(facts: MoneyFacts, own: Sequence[Step], when: str, name: str) -> dict[str, float]:
    """Largest CV over its limit among some steps; nothing where no CV is defined."""
    ratios = [over_limit(getattr(step, when), facts.policy) for step in own]
    known = [ratio for ratio in ratios if ratio is not None]
    return {name: max(known)} if known else {}


def _levels(facts: MoneyFacts, grant: Grant, all_steps: Sequence[Step]) -> dict[str, float]:
    if grant.rule is SplitRule.FORMULA:
        return _formula(facts, grant)
    if grant.rule is SplitRule.CLOSEST:
        return {"change": _distance(facts, grant, last_scaled(facts, grant))}
    own = [step for step in all_steps if step.name == grant.grant_id]
    even = _even(facts, grant)
    return {**_widest(facts, own, "after", "t"), "spread": _distance(facts, grant, even)}


def _formula(facts: MoneyFacts, grant: Grant) -> dict[str, float]:
    """Exact factor, and largest distance from the exact amounts in units; nothing if there is no factor."""
    weak, schools = weak_schools(facts), facts.schools(grant)
    terms = {s.school_id: _term(facts, grant, s, weak) for s in schools}
    factor = solve_formula(list(terms.values()), Fraction(grant.amount_yuan))
    if factor is None:
        return {}
    away = (abs(facts.received(grant, code) - term.amount(factor)) for code, term in terms.items())
    unit = Fraction(grant.unit_yuan) or Fraction(1)
    return {"lambda": float(factor), "rounding": float(max(away, default=Fraction(0)) / unit)}


def _term(facts: MoneyFacts, grant: Grant, school: School, weak: frozenset[str]) -> Term:
    low, high = limits(facts, grant, school)
    return Term(low, weight(facts, school, weak), high)


def _even(facts: MoneyFacts, grant: Grant) -> Mapping[str, Fraction]:
    """The grant a pupil, times pupils."""
    people = {s.school_id: pupils(s) or 0 for s in facts.schools(grant)}
    everyone = sum(people.values())
    each = Fraction(grant.amount_yuan) / everyone if everyone else Fraction(0)
    return {code: each * count for code, count in people.items()}


def last_scaled(facts: MoneyFacts, grant: Grant) -> Mapping[str, Fraction]:
    """Last year's amounts scaled to this year's sum; new schools with the others' mean a pupil before."""
    schools = facts.schools(grant)
    last = {s.school_id: facts.last_year(grant, s.school_id) for s in schools if pupils(s)}
    people = {s.school_id: pupils(s) or 0 for s in schools if pupils(s)}
    known = {code: value for code, value in last.items() if value is not None}
    counted = sum(people[code] for code in known)
    each = sum(known.values(), Fraction(0)) / counted if counted else Fraction(1)
    first = {code: known.get(code, each * count) for code, count in people.items()}
    whole = sum(first.values(), Fraction(0))
    if not whole:
        return _even(facts, grant)
    return {code: value * Fraction(grant.amount_yuan) / whole for code, value in first.items()}


def _distance(facts: MoneyFacts, grant: Grant, goal: Mapping[str, Fraction]) -> float:
    """Sum of (x_i - goal_i)^2 / P_i over schools with pupils, in yuan^2 a pupil."""
    people = ((s.school_id, pupils(s)) for s in facts.schools(grant))
    gaps = [(facts.received(grant, code) - goal[code]) ** 2 / count for code, count in people if count]
    return float(total(gaps))


def lifted(facts: MoneyFacts) -> float:
    """Section-indicators under their threshold before the projects and not after."""
    chosen = [project for _, project in chosen_projects(facts)]
    before = {asset: stocks_before_projects(facts)[asset] for asset in raised_by_projects(facts)}
    after = {asset: with_projects(stock, asset, chosen) for asset, stock in before.items()}
    return float(sum(_newly_met(facts, school, before, after) for school in facts.district.schools))


def _newly_met(
    facts: MoneyFacts,
    school: School,
    before: Mapping[Asset, Mapping[str, Fraction | None]],
    after: Mapping[Asset, Mapping[str, Fraction | None]],
) -> int:
    was, now = (
        met(
            school,
            {INDICATOR[asset]: having[school.school_id] for asset, having in stocks.items()},
            facts.policy,
        )
        for stocks in (before, after)
    )
    return sum(now[key] and not was[key] for key in now)
