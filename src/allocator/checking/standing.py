"""Which schools are strong and which are lower in each stage, by rank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from allocator.checking.facts import SectionKey
from allocator.checking.section_values import SectionValues
from allocator.domain.choices import Stage
from allocator.domain.district import District
from allocator.domain.policy import Policy, exact
from allocator.domain.records import School

Order = tuple[float, int, float, str]
"""Key by which the schools of a stage are ordered, best first."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Ranks in each stage.

    Attributes
    ----------
    ranks
        Place of every section among those of its stage; 1 is the best.
    places
        Number of strong places of each stage: the upper share of its schools, rounded up.
    """

    ranks: Mapping[SectionKey, int]
    places: Mapping[Stage, int]

    @classmethod
    def of(cls, district: District, policy: Policy, values: Mapping[SectionKey, SectionValues]) -> Standing:
        """Rank all sections; ties go by school code."""
        ranks: dict[SectionKey, int] = {}
        places: dict[Stage, int] = {}
        for stage in Stage:
            schools = [s for s in district.schools if stage in s.stages]
            ordered = sorted(_order(s, values[s.school_id, stage]) for s in schools)
            ranks |= {(key[-1], stage): place for place, key in enumerate(ordered, start=1)}
            places[stage] = ceil(exact(policy.alliance.strong_share) * len(schools))
        return cls(ranks, places)

    def strong(self, school_id: str, stage: Stage) -> bool:
        """Whether a school is strong in a stage that it has."""
        return self.ranks[school_id, stage] <= self.places[stage]

    def lower_somewhere(self, school: School) -> bool:
        """Whether a school is lower in at least one of its stages."""
        return not all(self.strong(school.school_id, stage) for stage in school.stages)


def _order(school: School, values: SectionValues) -> Order:
    """Best first: quality; where unknown, 100 x the share of known indicators met, then the mean ratio.

    At equal points a known quality goes first; a section of which nothing is known goes last.
    """
    if school.quality is not None:
        return -school.quality, 0, 0.0, school.school_id
    if not values.ratios:
        return 1.0, 1, 0.0, school.school_id
    points = 100 * values.met / len(values.ratios)
    return -points, 1, -values.mean_ratio, school.school_id


def points(school: School, values: Mapping[SectionKey, SectionValues]) -> float | None:
    """Quality of a school in points; where unknown, 100 x the share of its known indicators met, else None."""
    if school.quality is not None:
        return school.quality
    sections = [values[school.school_id, stage] for stage in school.stages]
    known = sum(len(section.ratios) for section in sections)
    return 100 * sum(section.met for section in sections) / known if known else None
