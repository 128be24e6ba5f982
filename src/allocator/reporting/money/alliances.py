"""The table of the bundled evaluation behind a grant for alliances."""

from __future__ import annotations

from allocator.domain.choices import SplitRule
from allocator.indicators.bundled import evaluate
from allocator.reporting.grid import Column, Grid, Value
from allocator.reporting.money.facts import MoneyFacts, words
from allocator.text import say


def bundled_grid(facts: MoneyFacts) -> Grid:
    """One row an alliance: points, weight, and its part of each such grant before bounds and rounding."""
    lang, decision = facts.lang, facts.decision
    ruled = [result for result in decision.grants if result.rule is SplitRule.BUNDLED]
    names = ("stock", "gap", "radiation", "points")
    heads = [Column(words(f"bundled_{name}", lang), widest=30) for name in ("alliance", "lead", "members")]
    heads += [Column(words(f"bundled_{name}", lang), "number", 2) for name in names]
    heads += [
        Column(words("bundled_size", lang), "integer"),
        Column(words("bundled_weight", lang), "number", 2),
    ]
    heads += [
        Column(words("bundled_part", lang, grant=facts.grant_name(r.grant_id)), "number", 2) for r in ruled
    ]
    rows: list[tuple[Value, ...]] = []
    for row in evaluate(decision.district, decision.policy) if ruled else ():
        members = say("common.enumeration", lang).join(facts.name(code) for code in row.members)
        points = (float(row.stock), float(row.gap), float(row.radiation), float(row.points))
        parts = (_part(facts, r.grant_id, float(row.weight * (r.scale or 0))) for r in ruled)
        rows.append(
            (row.alliance_id, facts.name(row.lead), members, *points, row.size, float(row.weight), *parts)
        )
    return Grid("bundled", tuple(heads), tuple(rows))


def _part(facts: MoneyFacts, grant_id: str, units: float) -> float:
    return units * float(facts.grant_by_id[grant_id].unit_yuan)
