"""Alliances, a rotation that stays inside them, and one that is free: what the restriction costs."""

from __future__ import annotations

from dataclasses import dataclass

from allocator.domain.allied import AllianceDecision
from allocator.domain.plan import Decision, Level


@dataclass(frozen=True, slots=True)
class LevelCost:
    """One level of the free plan and of the plan within the alliances; a level without a plan is None.

    All levels of a rotation are to be small, so that a positive difference is a cost.
    """

    name: str
    free: Level | None
    within: Level | None

    @property
    def difference(self) -> float | None:
        """How much more the plan within has than the free one, both as handed out."""
        if self.free is None or self.within is None:
            return None
        return self.within.final - self.free.final

    @property
    def least(self) -> float | None:
        """Proven: the best values of the two problems differ by no less than this; None if not proven."""
        if self.free is None or self.within is None or self.within.bound is None:
            return None
        return self.within.bound - self.free.value

    @property
    def most(self) -> float | None:
        """Proven: they differ by no more than this; None if not proven."""
        if self.free is None or self.within is None or self.free.bound is None:
            return None
        return self.within.value - self.free.bound


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom the alliances leave free to move.

    Attributes
    ----------
    schools, allied
        Schools of the district, and those in an alliance.
    eligible, inside
        Eligible teachers, and those with another school of their stage in an alliance of their school.
    """

    schools: int
    allied: int
    eligible: int
    inside: int


@dataclass(frozen=True)
class CombinedPlan:
    """What a combined run found.

    Attributes
    ----------
    alliances
        The alliances formed first.
    within, free
        The rotation inside the alliances and the one in the whole county; None where no alliances were found,
        so that neither was planned.
    reach
        Whom the alliances leave free to move; None like the rotations.
    """

    alliances: AllianceDecision
    within: Decision | None = None
    free: Decision | None = None
    reach: Reach | None = None

    @property
    def costs(self) -> tuple[LevelCost, ...]:
        """What staying inside the alliances costs, level by level in their order."""
        free = {level.name: level for level in (self.free.levels if self.free else ())}
        within = {level.name: level for level in (self.within.levels if self.within else ())}
        # Where rules give way in one of the plans, it has a level before all others.
        names = dict.fromkeys(within if len(within) >= len(free) else free)
        return tuple(LevelCost(name, free.get(name), within.get(name)) for name in names)

    @property
    def compared(self) -> bool:
        """Whether both plans of rotation were found."""
        found = [d for d in (self.within, self.free) if d is not None and d.check is not None]
        return len(found) == 2
