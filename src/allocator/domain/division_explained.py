"""Answers to questions about learning districts: numbers first, sentences rendered from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from allocator.domain.alliance_explained import Resolved
from allocator.domain.explanation import LevelChange
from allocator.domain.plan import Violation


@dataclass(frozen=True)
class Moved:
    """One town handed over to another learning district, everything else left as it is.

    Attributes
    ----------
    district
        Code of the other district.
    borders
        Towns of that district which the town touches.
    faults
        What would then break, by the independent checker.
    changes
        Every level against that of the plan at hand.
    """

    district: str
    borders: tuple[str, ...]
    faults: tuple[Violation, ...]
    changes: tuple[LevelChange, ...]


@dataclass(frozen=True)
class DistrictFigures:
    """One learning district in figures.

    Attributes
    ----------
    pupil_deviation, strong_deviation
        Pupils / mean - 1; share of strong sections less that of all districts.
    """

    code: str
    towns: tuple[str, ...]
    centre: str
    schools: int
    pupils: int
    pupil_deviation: float
    strong_deviation: float


@dataclass(frozen=True)
class DivisionAnswer:
    """Why a town is in its learning district, or why (not) in one with another.

    Attributes
    ----------
    asked, town
        What was asked about, and its town; None for a school whose town is blank or not in the table.
    other
        The town that the question sets against it: that asked for, or the centre of the district.
    districts
        The districts concerned, by the town.
    neighbours
        Towns of its own district that the town touches.
    moved
        The town handed over alone: to the district asked about, or to each that it touches.
    resolved
        All solved again with the two towns parted, or joined; None where the town is alone in its district.
    """

    asked: str
    town: str | None
    other: str | None = None
    districts: Mapping[str, DistrictFigures] | None = None
    neighbours: tuple[str, ...] = ()
    moved: tuple[Moved, ...] = ()
    resolved: Resolved | None = None

    @property
    def together(self) -> bool:
        """Whether the two towns are in one district."""
        own = self.districts or {}
        return self.town in own and self.other in own and own[self.town] == own[self.other]  # type: ignore[index]  # towns that are keys
