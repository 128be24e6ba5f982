"""The levels of a plan of funding recomputed, grant by grant, as the rules of split name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from allocator.checking.formula import Term, furthest, solve_formula
from allocator.checking.guarantees import limits, weight
from allocator.checking.money import by_projects
from allocator.checking.rules_balance import (
    MONEY,
    BalanceFacts,
    Step,
    allowed,
    chosen_projects,
    raised_by_projects,
    stocks_before_projects,
)
from allocator.checking.spread import close_total, cut_off, over_limit, root, total
from allocator.checking.stock import ASSET, INDICATOR, Stocks, Thresholds, met, thresholds, with_projects
from allocator.domain.choices import Purpose, SplitRule
from allocator.domain.money_records import Grant
from allocator.domain.records import School
from allocator.domain.whole import Exact, plain

PROJECTS = "projects"


def funding_levels(facts: BalanceFacts) -> dict[str, float]:
    """Levels of the plan: `G1.formula`, `G1.lambda`, `G1.spread` and so on; `projects.lifted`, `projects.t`."""
    found: dict[str, float] = {}
    for grant in facts.grants:
        if not by_projects(grant):
            levels = _levels(facts, grant)
            found |= {f"{grant.grant_id}.{name}": value for name, value in levels.items()}
    if any(by_projects(grant) for grant in facts.grants):
        found["projects.lifted"] = lifted(facts)
        found |= _widest(facts, [s for s in facts.steps if s.name == PROJECTS], "after", "projects.t")
    return found


def levels_before(facts: BalanceFacts) -> dict[str, float]:
    """Levels without the plan, where there is one: CVs of stocks, and no section lifted."""
    found: dict[str, float] = {}
    for grant in facts.grants:
        if grant.rule is SplitRule.BALANCE:
            own = [s for s in facts.steps if s.name == grant.grant_id]
            found |= _widest(facts, own, "before", f"{grant.grant_id}.spread")
    if any(by_projects(grant) for grant in facts.grants):
        found["projects.lifted"] = 0.0
        found |= _widest(facts, [s for s in facts.steps if s.name == PROJECTS], "before", "projects.t")
    return found


def _widest(facts: BalanceFacts, own: Sequence[Step], when: str, name: str) -> dict[str, float]:
    """Largest CV over its limit among some steps; nothing where no CV is defined."""
    ratios = [over_limit(getattr(step, when), facts.policy) for step in own]
    known = [ratio for ratio in ratios if ratio is not None]
    return {name: max(known)} if known else {}


def _levels(facts: BalanceFacts, grant: Grant) -> dict[str, float]:
    if grant.rule in (SplitRule.FORMULA, SplitRule.BUNDLED):
        return _formula(facts, grant)
    if grant.rule is SplitRule.CLOSEST:
        change = {"change": _distance(facts, grant, last_scaled(facts, grant))}
        return change | _over_f6(facts, grant)
    if grant.rule is SplitRule.LEXIMIN:
        return lowest(facts, grant)
    own = [step for step in facts.steps if step.name == grant.grant_id]
    even = _even(facts, grant)
    return {**_widest(facts, own, "after", "spread"), "deviation": _distance(facts, grant, even)}


def _over_f6(facts: BalanceFacts, grant: Grant) -> dict[str, float]:
    """Largest CV over what F6 allows: the limit, or the CV before."""
    steps = [s for s in facts.steps if s.name == grant.grant_id and s.indicator != MONEY]
    ratios = [cv / allowed(facts, s, stage) for s in steps for stage, cv in s.after.items()]
    return {"spread": float(root(max(ratios)))} if ratios else {}


def _formula(facts: BalanceFacts, grant: Grant) -> dict[str, float]:
    """Distance from shares by weight; the exact factor, where there is one, and how many units off."""
    schools = facts.schools(grant)
    terms = {s.school_id: _term(facts, grant, s) for s in schools}
    factor = solve_formula(list(terms.values()), plain(grant.amount_yuan))
    found = {"formula": _off_weights(facts, grant, terms)}
    if factor is None:
        return found
    away = furthest(((term, facts.received(grant, code)) for code, term in terms.items()), factor)
    unit = Fraction(grant.unit_yuan) or Fraction(1)
    return found | {"lambda": float(factor), "rounding": float(away / unit)}


def _off_weights(facts: BalanceFacts, grant: Grant, terms: Mapping[str, Term]) -> float:
    """Sum of (x_i - w_i M / W)^2 / w_i over the schools with a weight, M what they get; in yuan."""
    weights = {code: term.weight for code, term in terms.items() if term.weight > 0}
    everything = total((w.numerator, w.denominator) for w in weights.values())
    money = sum(facts.received(grant, code) for code in weights)
    # (x - w m)^2 / w, with m = M / W, adds up to the sum of x^2 / w, less M m.
    squares = close_total(
        (x.numerator**2 * w.denominator, x.denominator**2 * w.numerator)
        for code, w in weights.items()
        for x in [facts.received(grant, code)]
    )
    return float(squares - money**2 / everything) if everything else 0.0


def lowest(facts: BalanceFacts, grant: Grant) -> dict[str, float]:
    """Lowest share of a threshold; without an indicator, of the operating floor, or the amount a pupil."""
    schools, asset = facts.schools(grant), ASSET.get(grant.purpose)
    if asset is not None:
        having, least = facts.stocks_after[grant.grant_id], thresholds(facts.policy)
        shares = [
            Fraction(whole * share, least[stage, INDICATOR[asset]] * count)
            for s in schools
            for stage, count, share in facts.sections[s.school_id]
            for whole in [having[s.school_id]]
            if whole is not None
        ]
    else:
        needs = [(s.school_id, _need(facts, grant, s)) for s in schools]
        shares = [Fraction(facts.received(grant, code), need) for code, need in needs if need]
    return {"lowest": float(min(shares))} if shares else {}


def _need(facts: BalanceFacts, grant: Grant, school: School) -> Exact:
    operating = grant.purpose is Purpose.OPERATING
    return facts.operating[school.school_id] if operating else facts.people[school.school_id] or 0


def _term(facts: BalanceFacts, grant: Grant, school: School) -> Term:
    low, high = limits(facts, grant, school)
    if grant.rule is SplitRule.BUNDLED:
        own = (
            facts.bundled.get(school.school_id, Fraction(0)) if facts.people[school.school_id] else Fraction(0)
        )
        return Term(low, cut_off(own), high)
    return Term(low, cut_off(weight(facts, school, facts.weak)), high)


def _even(facts: BalanceFacts, grant: Grant) -> Mapping[str, Exact]:
    """The grant a pupil, times pupils."""
    people = {s.school_id: facts.people[s.school_id] or 0 for s in facts.schools(grant)}
    everyone = sum(people.values())
    each = Fraction(grant.amount_yuan) / everyone if everyone else Fraction(0)
    return {code: each * count for code, count in people.items()}


def last_scaled(facts: BalanceFacts, grant: Grant) -> Mapping[str, Exact]:
    """Last year's amounts scaled to this year's sum; new schools with the others' mean a pupil before."""
    schools = facts.schools(grant)
    people = {s.school_id: facts.people[s.school_id] or 0 for s in schools if facts.people[s.school_id]}
    last = {code: facts.last_year(grant, code) for code in people}
    known = {code: value for code, value in last.items() if value is not None}
    counted = sum(people[code] for code in known)
    each = Fraction(sum(known.values()), counted) if counted else Fraction(1)
    first = {code: known[code] if code in known else plain(each * count) for code, count in people.items()}
    whole = sum(first.values())
    if not whole:
        return _even(facts, grant)
    scale = Fraction(plain(grant.amount_yuan), whole)
    return {code: value * scale for code, value in first.items()}


def _distance(facts: BalanceFacts, grant: Grant, goal: Mapping[str, Exact]) -> float:
    """Sum of (x_i - goal_i)^2 / P_i over schools with pupils, in yuan^2 a pupil."""
    people = ((s.school_id, facts.people[s.school_id]) for s in facts.schools(grant))
    gaps = ((facts.received(grant, code) - goal[code], count) for code, count in people if count)
    return float(close_total((gap.numerator**2, gap.denominator**2 * count) for gap, count in gaps))


def lifted(facts: BalanceFacts) -> float:
    """Section-indicators under their threshold before the projects and not after."""
    chosen = [project for _, project in chosen_projects(facts)]
    stocks = stocks_before_projects(facts)
    before = {asset: stocks[asset] for asset in raised_by_projects(facts)}
    after = {asset: with_projects(stock, asset, chosen) for asset, stock in before.items()}
    least = thresholds(facts.policy)
    return float(sum(_newly_met(facts, code, before, after, least) for code in facts.sections))


def _newly_met(facts: BalanceFacts, school_id: str, before: Stocks, after: Stocks, least: Thresholds) -> int:
    was, now = (
        met(facts.sections[school_id], {INDICATOR[a]: having[school_id] for a, having in stocks.items()}, least)
        for stocks in (before, after)
    )
    return sum(now[key] and not was[key] for key in now)
