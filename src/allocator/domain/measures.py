"""What the indicators say of a district: per section, per county, before and after a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from allocator.domain.choices import Stage, Subject

INDICATORS: tuple[str, ...] = ("I1", "I2", "I3", "I4", "I5", "I6", "I7")
MOVABLE: tuple[str, ...] = INDICATORS[:3]
"""Indicators that rotation changes."""

UNITS: Mapping[str, str] = {
    "I1": "teachers/100 pupils",
    "I2": "teachers/100 pupils",
    "I3": "teachers/100 pupils",
    "I4": "m2/pupil",
    "I5": "m2/pupil",
    "I6": "yuan/pupil",
    "I7": "rooms/100 pupils",
}


@dataclass(frozen=True, slots=True)
class SectionMeasure:
    """Indicators of one section.

    `values` holds `None` where an input is unknown; `met` is `None` with it. `passed` is the school verdict
    (at least 6 of 7 met, the seventh at least 85 % of its threshold), `None` if it cannot be told.
    """

    school_id: str
    stage: Stage
    pupils: int | None
    teachers: int
    values: Mapping[str, float | None]
    met: Mapping[str, bool | None]
    passed: bool | None


@dataclass(frozen=True, slots=True)
class CountyMeasure:
    """Spread of one indicator over the sections of a stage.

    `cv` is weighted by pupils. Sections with fewer than 1 pupil or an unknown value are left out;
    `counted` says how many remain. All figures are `None` when they are undefined (mean of 0, no section).
    """

    stage: Stage
    indicator: str
    counted: int
    mean: float | None
    cv: float | None
    limit: float
    met: bool | None
    gini: float | None
    theil: float | None
    mcloone: float | None


@dataclass(frozen=True, slots=True)
class Measures:
    """All indicators of a district at one moment, sections in the order of the district."""

    sections: tuple[SectionMeasure, ...]
    counties: tuple[CountyMeasure, ...]

    @property
    def balance(self) -> float:
        """Sum over both stages and I1-I3 of CV squared, in units of CV^2."""
        return sum(c.cv**2 for c in self.counties if c.indicator in MOVABLE and c.cv is not None)


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """One row of `indicators.csv`; `school_id` None is the county: its CV and the limit."""

    stage: Stage
    school_id: str | None
    indicator: str
    before: float | None
    after: float | None
    threshold: float
    met_before: bool | None
    met_after: bool | None


@dataclass(frozen=True, slots=True)
class StaffingRow:
    """Posts and head counts of one subject in one section, before and after a plan."""

    school_id: str
    stage: Stage
    subject: Subject
    posts: int
    before: int
    after: int

    @property
    def unfilled_before(self) -> int:
        """Posts without a teacher before the plan."""
        return max(0, self.posts - self.before)

    @property
    def unfilled_after(self) -> int:
        """Posts without a teacher after the plan."""
        return max(0, self.posts - self.after)


def compare(
    before: Measures, after: Measures, thresholds: Mapping[Stage, Mapping[str, float]]
) -> tuple[IndicatorRow, ...]:
    """Set the indicators before and after a plan side by side, county rows first.

    Both measures must be of the same district.
    """
    counties = [
        IndicatorRow(b.stage, None, b.indicator, b.cv, a.cv, b.limit, b.met, a.met)
        for b, a in zip(before.counties, after.counties, strict=True)
    ]
    sections = [
        IndicatorRow(
            b.stage, b.school_id, i, b.values[i], a.values[i], thresholds[b.stage][i], b.met[i], a.met[i]
        )
        for b, a in zip(before.sections, after.sections, strict=True)
        for i in INDICATORS
    ]
    return (*counties, *sections)
