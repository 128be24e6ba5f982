"""Balance after the grants (F6): CVs as exact fractions, compared with the squared limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from allocator.checking.bundled import bundled_weights
from allocator.checking.money import MoneyFacts, audit, by_projects
from allocator.checking.spread import over_limit, root, squared_cvs
from allocator.checking.stock import ASSET, INDICATOR, Stock, Stocks, price, stock, weak_schools, with_projects
from allocator.domain.choices import Asset, Stage
from allocator.domain.money_records import Grant, Project
from allocator.domain.plan import RuleAudit, Violation
from allocator.domain.policy import exact
from allocator.domain.whole import plain
from allocator.text import say

MONEY = "amount"
"""Stands for an indicator where money is balanced by itself."""
ALIKE = Fraction(1, 10**6)
"""Schools that were exactly alike may differ by a CV of this size, for whole units are seldom alike."""
NINE_DIGITS = 1 + Fraction(1, 10**9)
"""CVs are compared to nine digits."""

PROJECTS_STEP = "projects"
"""The step after all grants split by amounts: what the projects add."""


@dataclass(frozen=True)
class Step:
    """One step of the plan: a grant split by amounts, or all projects that add one asset.

    Attributes
    ----------
    name
        Code of the grant; `projects` for projects.
    indicator
        The indicator raised, or `MONEY`.
    before, after
        CV^2 by stage; before is empty for money.
    """

    name: str
    indicator: str
    before: Mapping[Stage, Fraction]
    after: Mapping[Stage, Fraction]


class BalanceFacts(MoneyFacts):
    """A case with its steps and weak schools, each worked out once."""

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """All steps in their order."""
        return _steps(self)

    @cached_property
    def stocks_after(self) -> Mapping[str, Stock]:
        """What each school has of a grant's asset once it is spent, by grant split by amounts."""
        stocks, found = dict(self.stocks_now), {}
        for grant in self.grants:
            asset = ASSET.get(grant.purpose)
            if asset is not None and not by_projects(grant):
                found[grant.grant_id] = stocks[asset] = _with_money(self, grant, stocks[asset])
        return found

    @cached_property
    def weak(self) -> frozenset[str]:
        """Weak schools."""
        return weak_schools(self, self.stocks_now)

    @cached_property
    def stocks_now(self) -> Stocks:
        """What each school has of each asset before all grants."""
        return {asset: stock(self.district.schools, asset) for asset in Asset}

    @cached_property
    def bundled(self) -> Mapping[str, Fraction]:
        """Weights by the bundled evaluation."""
        return bundled_weights(self)


def _steps(facts: BalanceFacts) -> tuple[Step, ...]:
    """All steps in their order: amounts on top of each other, then the projects."""
    stocks, found = dict(facts.stocks_now), []
    for grant in facts.grants:
        if by_projects(grant):
            continue
        asset = ASSET.get(grant.purpose)
        if asset is None:
            found.append(_money_step(facts, grant))
        else:
            after = facts.stocks_after[grant.grant_id]
            found.append(_stock_step(facts, grant.grant_id, asset, stocks[asset], after))
            stocks[asset] = after
    chosen = [p for _, p in chosen_projects(facts)]
    for asset in raised_by_projects(facts):
        after = with_projects(stocks[asset], asset, chosen)
        found.append(_stock_step(facts, PROJECTS_STEP, asset, stocks[asset], after))
    return tuple(found)


def chosen_projects(facts: MoneyFacts) -> list[tuple[Grant, Project]]:
    """Projects chosen that a grant of the plan pays for, each with its grant."""
    pairs = ((facts.grant_by_id.get(c.grant_id), p) for c, p in facts.chosen)
    return [(grant, project) for grant, project in pairs if grant is not None and by_projects(grant)]


def raised_by_projects(facts: MoneyFacts) -> tuple[Asset, ...]:
    """Assets that projects in question add, chosen or not."""
    paying = {g.grant_id: g for g in facts.grants if by_projects(g)}
    adds = {
        p.adds
        for p in facts.district.projects
        if p.grant_id in paying and p.adds is not None and p.adds is ASSET.get(paying[p.grant_id].purpose)
    }
    return tuple(asset for asset in Asset if asset in adds)


def stocks_before_projects(facts: BalanceFacts) -> dict[Asset, Stock]:
    """What each school has of each asset when projects begin: grants split by amounts are already spent."""
    # Later grants of an asset come later among the grants, and overwrite.
    spent = {ASSET[facts.grant_by_id[code].purpose]: after for code, after in facts.stocks_after.items()}
    return {**facts.stocks_now, **spent}


def _with_money(facts: MoneyFacts, grant: Grant, before: Stock) -> Stock:
    """Stock after a grant: its money buys at the profile's prices."""
    each = price(grant.purpose, facts.policy)
    return {
        school: None if has is None else plain(Fraction(has * each + facts.received(grant, school), each))
        for school, has in before.items()
    }


def _stock_step(facts: MoneyFacts, name: str, asset: Asset, before: Stock, after: Stock) -> Step:
    old, new = (squared_cvs(facts.sections, having) for having in (before, after))
    return Step(name, INDICATOR[asset], old, new)


def _money_step(facts: MoneyFacts, grant: Grant) -> Step:
    having = {s.school_id: facts.received(grant, s.school_id) for s in facts.schools(grant)}
    return Step(grant.grant_id, MONEY, {}, squared_cvs(facts.sections, having))


def f6_balance(facts: BalanceFacts) -> RuleAudit:
    """F6: the CV of an indicator after a step is at most the limit, and at most the CV before."""
    steps = [step for step in facts.steps if step.indicator != MONEY]
    found = [v for step in steps for v in _too_wide(facts, step)]
    ratios = [over_limit(step.after, facts.policy) for step in steps]
    largest = max((r for r in ratios if r is not None), default=0.0)
    required = {"primary": facts.policy.cv_limit(Stage.PRIMARY), "junior": facts.policy.cv_limit(Stage.JUNIOR)}
    achieved = {"percent": round(100 * largest, 2), "broken": len(found)}
    return audit(facts, "F6", found, required, achieved)


def allowed(facts: MoneyFacts, step: Step, stage: Stage) -> Fraction:
    """Square of the largest CV that F6 allows after a step."""
    limit, before = exact(facts.policy.cv_limit(stage)) ** 2, step.before.get(stage)
    return limit if before is None else max(ALIKE**2, min(limit, before))


def _too_wide(facts: MoneyFacts, step: Step) -> Iterator[Violation]:
    for stage, after in step.after.items():
        most = allowed(facts, step, stage)
        if after > most * NINE_DIGITS**2:
            key = "F6_limit" if most == exact(facts.policy.cv_limit(stage)) ** 2 else "F6_wider"
            excess = float(root(after) - root(most))
            params: dict[str, object] = {
                "step_zh": say("funding.step_projects", "zh") if step.name == PROJECTS_STEP else step.name,
                "step_en": say("funding.step_projects", "en") if step.name == PROJECTS_STEP else step.name,
                "stage": stage,
                "indicator_zh": step.indicator,
                "indicator_en": step.indicator,
                "cv": float(root(after)),
                "most": float(root(most)),
                "amount": f"{excess:.6g}",
            }
            yield Violation("F6", f"{step.name}/{stage.value}/{step.indicator}", excess, "CV", key, params)
