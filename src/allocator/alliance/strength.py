"""Who is strong and who is lower: the rank of every section in its stage."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Literal

from allocator.domain.choices import Stage
from allocator.domain.district import District
from allocator.domain.measures import Measures, SectionMeasure
from allocator.domain.policy import Policy, exact

Basis = Literal["quality", "indicators", "unknown"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one section stands in its stage.

    Attributes
    ----------
    rank
        1 is the best of the stage.
    schools
        Schools of the stage.
    strong
        Whether it is among the upper share of the stage (40 % by default, rounded up); otherwise it is lower.
    basis
        What the rank rests on: the school's quality; where that is unknown the share of its known indicators
        that are met, then their mean ratio to the threshold; or nothing known at all, which ranks last.
    score
        Quality in points, or 100 x the share of indicators met; -1 where nothing is known. At equal points a
        known quality goes first.
    mean_ratio
        Mean ratio of the known indicators to their thresholds where the rank rests on them; else 0.
    """

    school_id: str
    stage: Stage
    rank: int
    schools: int
    strong: bool
    basis: Basis
    score: float
    mean_ratio: float


def standings(district: District, policy: Policy, measures: Measures) -> dict[tuple[str, Stage], Standing]:
    """Rank every section of a district in its stage, ties by school code.

    Parameters
    ----------
    measures
        Indicators of the district's sections.
    """
    found: dict[tuple[str, Stage], Standing] = {}
    for stage in Stage:
        thresholds = policy.thresholds(stage)
        scored = []
        for section in measures.sections:
            if section.stage is stage:
                quality = district.school_by_id[section.school_id].quality
                scored.append((*_score(quality, section, thresholds), section.school_id))
        scored.sort(key=lambda row: (-row[0], row[2] != "quality", -row[1], row[3]))
        strong = ceil(exact(policy.alliance.strong_share) * len(scored))
        for n, (score, ratio, basis, school_id) in enumerate(scored, start=1):
            found[school_id, stage] = Standing(
                school_id, stage, n, len(scored), n <= strong, basis, score, ratio
            )
    return found


def _score(
    quality: float | None, section: SectionMeasure, thresholds: dict[str, float]
) -> tuple[float, float, Basis]:
    """Score, mean ratio and basis of one section."""
    if quality is not None:
        return quality, 0.0, "quality"
    known = {name: value for name, value in section.values.items() if value is not None}
    if not known:
        return -1.0, 0.0, "unknown"
    met = sum(bool(section.met[name]) for name in known)
    ratio = sum(value / thresholds[name] for name, value in known.items()) / len(known)
    return 100 * met / len(known), ratio, "indicators"
