"""Balance after the grants (F6): CVs as exact fractions, compared with the squared limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from allocator.checking.money import MoneyFacts, audit, by_projects
from allocator.checking.spread import over_limit, root, squared_cvs
from allocator.checking.stock import ASSET, INDICATOR, Stock, stock, weak_schools, with_projects
from allocator.domain.choices import Asset, Purpose, Stage
from allocator.domain.plan import RuleAudit, Violation
from allocator.domain.policy import exact
from allocator.domain.records import Grant, Project
from allocator.text import LANGS, say

MONEY = "amount"
"""Stands for an indicator where money is balanced by itself."""


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
    def weak(self) -> frozenset[str]:
        """Weak schools."""
        return weak_schools(self)


def _steps(facts: MoneyFacts) -> tuple[Step, ...]:
    """All steps in their order: amounts on top of each other, then the projects."""
    equipment: Stock = stock(facts.district.schools, Asset.EQUIPMENT_YUAN)
    found = []
    for grant in facts.grants:
        if by_projects(grant):
            continue
        if grant.purpose is Purpose.EQUIPMENT:
            after = _with_money(facts, grant, equipment)
            found.append(_stock_step(facts, grant.grant_id, Asset.EQUIPMENT_YUAN, equipment, after))
            equipment = after
        else:
            found.append(_money_step(facts, grant))
    for asset in raised_by_projects(facts):
        before = equipment if asset is Asset.EQUIPMENT_YUAN else stock(facts.district.schools, asset)
        chosen = [p for _, p in chosen_projects(facts)]
        found.append(_stock_step(facts, "projects", asset, before, with_projects(before, asset, chosen)))
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


def stocks_before_projects(facts: MoneyFacts) -> dict[Asset, Stock]:
    """What each school has of each asset when projects begin: equipment money is already spent."""
    stocks: dict[Asset, Stock] = {asset: stock(facts.district.schools, asset) for asset in Asset}
    for grant in facts.grants:
        if grant.purpose is Purpose.EQUIPMENT and not by_projects(grant):
            stocks[Asset.EQUIPMENT_YUAN] = _with_money(facts, grant, stocks[Asset.EQUIPMENT_YUAN])
    return stocks


def _with_money(facts: MoneyFacts, grant: Grant, before: Stock) -> Stock:
    return {
        school: None if has is None else has + facts.received(grant, school) for school, has in before.items()
    }


def _stock_step(facts: MoneyFacts, name: str, asset: Asset, before: Stock, after: Stock) -> Step:
    old, new = (squared_cvs(facts.sections, having) for having in (before, after))
    return Step(name, INDICATOR[asset], old, new)


def _money_step(facts: MoneyFacts, grant: Grant) -> Step:
    having = {s.school_id: facts.received(grant, s.school_id) for s in facts.schools(grant)}
    return Step(grant.grant_id, MONEY, {}, squared_cvs(facts.sections, having))


def f6_balance(facts: BalanceFacts) -> RuleAudit:
    """F6: the CV after a step is at most the limit, and at most the CV before."""
    found = [v for step in facts.steps for v in _too_wide(facts, step)]
    ratios = [over_limit(step.after, facts.policy) for step in facts.steps]
    largest = max((r for r in ratios if r is not None), default=0.0)
    required = {"primary": facts.policy.cv_limit(Stage.PRIMARY), "junior": facts.policy.cv_limit(Stage.JUNIOR)}
    achieved = {"percent": round(100 * largest, 2), "broken": len(found)}
    return audit(facts, "F6", found, required, achieved)


def _named(indicator: str) -> dict[str, str]:
    if indicator == MONEY:
        return {f"indicator_{lang}": say("rules.F6_money", lang) for lang in LANGS}
    return {"indicator_zh": indicator, "indicator_en": indicator}


def _too_wide(facts: MoneyFacts, step: Step) -> Iterator[Violation]:
    for stage, after in step.after.items():
        limit = exact(facts.policy.cv_limit(stage)) ** 2
        before = step.before.get(stage)
        most = limit if before is None else min(limit, before)
        if after > most:
            key = "F6_limit" if most == limit else "F6_wider"
            excess = float(root(after) - root(most))
            params: dict[str, object] = {
                "grant": step.name,
                "stage": stage,
                **_named(step.indicator),
                "cv": float(root(after)),
                "most": float(root(most)),
                "amount": f"{excess:.6g}",
            }
            yield Violation("F6", f"{step.name}/{stage.value}/{step.indicator}", excess, "CV", key, params)
