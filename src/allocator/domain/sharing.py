"""What alliances would lift if every lead shared what it has beyond its thresholds."""

from __future__ import annotations

from dataclasses import dataclass

from allocator.domain.choices import Stage
from allocator.domain.measures import Measures


@dataclass(frozen=True, slots=True)
class Lift:
    """One indicator of a member's section, raised by its lead.

    `gain` is in the unit of the indicator, per pupil of the member; several leads may lift one section.
    """

    alliance_id: str
    lead: str
    member: str
    stage: Stage
    indicator: str
    gain: float


@dataclass(frozen=True, slots=True)
class AllianceSharing:
    """One alliance judged as a whole.

    Attributes
    ----------
    known
        Indicators of the members' sections whose value is known.
    met_before, met_after
        Those of them that reach their threshold.
    sections
        Sections of the alliance, the lead's included.
    passed_before, passed_after
        Those of them that pass the school verdict; None if it cannot be told for any of them.
    gap_before, gap_after
        Mean over stages and indicators of (largest - least value in the alliance) / threshold; None where no
        two values can be compared.
    radiation
        Share of what the lead has beyond its thresholds that these members take up, indicators weighed by their
        thresholds and pupils; None if the lead has nothing beyond them.
    """

    alliance_id: str
    known: int
    met_before: int
    met_after: int
    sections: int
    passed_before: int | None
    passed_after: int | None
    gap_before: float | None
    gap_after: float | None
    radiation: float | None


@dataclass(frozen=True)
class Sharing:
    """All alliances of a plan, and the county before and after sharing.

    `radiation` is that of all leads together.
    """

    before: Measures
    after: Measures
    alliances: tuple[AllianceSharing, ...]
    lifts: tuple[Lift, ...]
    radiation: float | None
