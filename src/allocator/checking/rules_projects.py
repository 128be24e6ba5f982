"""Projects (F8): whole, paid in full by their own grant, with what they require, without what they exclude."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from allocator.checking.money import MoneyFacts, audit, breach, by_projects, yuan
from allocator.domain.funding import Chosen
from allocator.domain.money_records import Project
from allocator.domain.plan import RuleAudit, Violation


def f8_projects(facts: MoneyFacts) -> RuleAudit:
    """F8: projects are whole; requires and excludes hold."""
    found = list(_form(facts))
    for row, project in facts.chosen:
        found += (*_payment(facts, row, project), *_requires(facts, project), *_excludes(facts, project))
    cost = sum((Fraction(row.cost_yuan) for row, _ in facts.chosen), Fraction(0))
    required = {"projects": len(facts.district.projects)}
    return audit(
        facts, "F8", found, required, {"chosen": len(facts.chosen), "cost": float(cost), "broken": len(found)}
    )


def _form(facts: MoneyFacts) -> Iterator[Violation]:
    counts = Counter(row.project_id for row in facts.split.chosen)
    for code, count in sorted(counts.items()):
        if code not in facts.project_by_id:
            yield _one(code, "unknown")
        elif count > 1:
            yield Violation("F8", code, count - 1, "projects", "F8_repeated", {"project": code, "count": count})


def _payment(facts: MoneyFacts, row: Chosen, project: Project) -> Iterator[Violation]:
    """Paid where it stands, by its grant, in that grant's year, at its cost."""
    code, cost = project.project_id, Fraction(project.cost_yuan)
    paid = Fraction(row.cost_yuan)
    if paid != cost:
        yield breach("F8", code, abs(paid - cost), "cost", project=code, given=yuan(paid), cost=yuan(cost))
    if row.school_id != project.school_id:
        yield _one(code, "school", given=row.school_id, school=project.school_id)
    if row.grant_id != project.grant_id:
        yield _one(code, "grant", given=row.grant_id, grant=project.grant_id)
    grant = facts.grant_by_id.get(row.grant_id)
    if grant is not None and not by_projects(grant):
        yield _one(code, "rule", grant=row.grant_id)
    if grant is not None and row.year not in (None, grant.year):
        yield _one(code, "year", given=row.year, year=grant.year)


def _requires(facts: MoneyFacts, project: Project) -> Iterator[Violation]:
    years = {p.project_id: _year(facts, row) for row, p in facts.chosen}
    own = years[project.project_id]
    for other in sorted(set(project.requires)):
        params = {"project": project.project_id, "other": other}
        subject = f"{project.project_id};{other}"
        if other not in years:
            yield Violation("F8", subject, 1, "projects", "F8_requires", params)
            continue
        first = years[other]
        if first is not None and own is not None and first > own:
            late = {**params, "year": own, "later": first}
            yield Violation("F8", subject, first - own, "years", "F8_later", late)


def _excludes(facts: MoneyFacts, project: Project) -> Iterator[Violation]:
    """Report each pair that excludes each other once, at the smaller code."""
    for _, other in facts.chosen:
        named = other.project_id in project.excludes or project.project_id in other.excludes
        if named and project.project_id < other.project_id:
            subject, params = f"{project.project_id};{other.project_id}", {"other": other.project_id}
            both = {"project": project.project_id, **params}
            yield Violation("F8", subject, 1, "projects", "F8_excludes", both)


def _year(facts: MoneyFacts, row: Chosen) -> int | None:
    grant = facts.grant_by_id.get(row.grant_id)
    return None if grant is None else grant.year


def _one(code: str, key: str, **params: object) -> Violation:
    return Violation("F8", code, 1, "projects", f"F8_{key}", {"project": code, **params})
