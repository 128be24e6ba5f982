"""The projects of a split: which are met, what they add, and what is left of their grants."""

from __future__ import annotations

from decimal import Decimal

from allocator.reporting.grid import Column, Grid, Value
from allocator.reporting.money.facts import MoneyFacts, words
from allocator.reporting.money.grids import plain, yuan


def spent_yuan(facts: MoneyFacts) -> Decimal:
    """Cost of all chosen projects."""
    return sum((row.cost_yuan for row in facts.decision.split.chosen), start=Decimal(0))


def projects_grid(facts: MoneyFacts) -> Grid:
    """One row a chosen project, in the order of grants and codes, with the sum."""
    lang = facts.lang
    known = {project.project_id: project for project in facts.decision.district.projects}
    heads = (
        Column(words("project", lang)),
        Column(words("school", lang)),
        Column(words("grant", lang)),
        Column(words("adds", lang)),
        Column(words("adds_amount", lang), "number", 0),
        yuan("cost", lang),
    )
    rows: list[tuple[Value, ...]] = []
    for row in facts.decision.split.chosen:
        project = known[row.project_id]
        adds = None if project.adds is None else project.adds.label(lang)
        name = f"{row.project_id} {project.name}".strip()
        place = facts.schools[row.school_id]
        label = place.name or place.school_id
        grant = facts.grant_name(row.grant_id)
        rows.append((name, label, grant, adds, project.amount, plain(row.cost_yuan)))
    rows.append((words("total", lang), None, None, None, None, plain(spent_yuan(facts))))
    return Grid("projects", heads, tuple(rows))
