"""Why a school gets the projects that it gets: their costs, what they lift, and what kept others out."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from allocator.domain.choices import SplitRule
from allocator.domain.funding import FundingDecision, SchoolShare
from allocator.domain.money_records import Project
from allocator.funding.needs import Line
from allocator.funding.projects_data import INDICATOR, Projects, collect_projects, square_root
from allocator.spending.explained import Explanation, against
from allocator.text import Lang, say


def explain_projects(
    decision: FundingDecision, school_id: str, other: str | None, grant_id: str | None, lang: Lang
) -> list[Explanation]:
    """Explain a school's part of each grant that pays by projects, or of one, if it has projects there."""
    found = []
    for grant in decision.district.grants:
        asked = grant_id in (None, grant.grant_id) and grant.rule is SplitRule.PROJECTS
        own = [
            p for p in decision.district.projects if (p.school_id, p.grant_id) == (school_id, grant.grant_id)
        ]
        if asked and own and grant.grant_id in decision.paying:
            found.append(_explained(decision, grant.grant_id, own, other, lang))
    return found


def _explained(
    decision: FundingDecision, grant_id: str, own: list[Project], other: str | None, lang: Lang
) -> Explanation:
    school_id = own[0].school_id
    chosen = {row.project_id for row in decision.split.chosen}
    lines = _lines(decision, grant_id, school_id)
    cost = _cost(decision, grant_id, school_id)
    texts = [say("funding_why.amount", lang, grant=grant_id, school=school_id, amount=f"{cost:,}")]
    texts += [_said(project, lang) for project in own if project.project_id in chosen]
    texts += _lifted(decision, own, lang)
    texts += _left_out(decision, grant_id, [p for p in own if p.project_id not in chosen], lang)
    if other is not None:
        shares = [_share(code, _cost(decision, grant_id, code)) for code in (school_id, other)]
        both = {school_id: lines, other: _lines(decision, grant_id, other)}
        texts += against(decision, both, shares[0], shares[1], lang)
    return Explanation(grant_id, school_id, cost, lines, tuple(texts))


def _cost(decision: FundingDecision, grant_id: str, school_id: str) -> Decimal:
    rows = decision.split.chosen
    own = (row.cost_yuan for row in rows if (row.grant_id, row.school_id) == (grant_id, school_id))
    return sum(own, Decimal(0))


def _lines(decision: FundingDecision, grant_id: str, school_id: str) -> tuple[Line, ...]:
    """One line a project; they add up to what the school gets."""
    rows = decision.split.chosen
    costs = (Fraction(r.cost_yuan) for r in rows if (r.grant_id, r.school_id) == (grant_id, school_id))
    return tuple(Line("project", Fraction(1), cost, cost) for cost in costs)


def _share(school_id: str, cost: Decimal) -> SchoolShare:
    return SchoolShare(school_id, cost, float(cost), Decimal(0), "", None, Fraction(0), None)


def _said(project: Project, lang: Lang) -> str:
    adds = "" if project.adds is None or project.amount is None else project.adds.label(lang)
    return say(
        "funding_why.project_adds" if adds else "funding_why.project",
        lang,
        project=_name(project),
        adds=adds,
        amount=f"{project.amount or 0:,.10g}",
        yuan=f"{project.cost_yuan:,}",
    )


def _name(project: Project) -> str:
    return f"{project.project_id} {project.name}".strip()


def _lifted(decision: FundingDecision, own: Iterable[Project], lang: Lang) -> list[str]:
    """Indicators of the grant's assets that the school's sections meet only after the spending."""
    raised = sorted({INDICATOR[p.adds] for p in own if p.adds is not None})
    school_id = next(iter(own)).school_id
    before = {s.stage: s.met for s in decision.before.sections if s.school_id == school_id}
    after = {s.stage: s.met for s in decision.after.sections if s.school_id == school_id}
    return [
        say("funding_why.project_lifted", lang, indicator=indicator, stage=stage.label(lang))
        for stage, met in after.items()
        for indicator in raised
        if met[indicator] and before[stage][indicator] is False
    ]


def _left_out(decision: FundingDecision, grant_id: str, others: list[Project], lang: Lang) -> list[str]:
    """What kept each project out that was not chosen: a tie, the money, or a choice that is no better."""
    if not others:
        return []
    projects = collect_projects(decision.district, decision.policy, decision.paying, decision.split.amounts)
    grant = next(g for g in decision.district.grants if g.grant_id == grant_id)
    spent = sum((r.cost_yuan for r in decision.split.chosen if r.grant_id == grant_id), Decimal(0))
    return [_why_not(decision, projects, project, grant.amount_yuan - spent, lang) for project in others]


def _why_not(decision: FundingDecision, projects: Projects, project: Project, rest: Decimal, lang: Lang) -> str:
    code, chosen = project.project_id, frozenset(row.project_id for row in decision.split.chosen)
    params: dict[str, object] = {"project": _name(project), "yuan": f"{project.cost_yuan:,}"}
    bars = sorted({a if b == code else b for a, b in projects.excludes if code in (a, b)} & chosen)
    needs = sorted(set(project.requires) - chosen)
    if code not in {p.project_id for p in projects.candidates}:
        return say("funding_why.project_no_candidate", lang, **params)
    if bars:
        return say("funding_why.project_barred", lang, **params, other=", ".join(bars))
    if project.cost_yuan > rest:
        return say("funding_why.project_no_money", lang, **params, rest=f"{rest:,}")
    if needs:
        return say("funding_why.project_needs", lang, **params, other=", ".join(needs))
    with_it = chosen | {code}
    now, then = (f"{square_root(projects.squared_t(codes)):.6f}" for codes in (chosen, with_it))
    counts = {"now": now, "then": then, "more": projects.lifted(with_it) - projects.lifted(chosen)}
    return say("funding_why.project_no_better", lang, **params, **counts)
