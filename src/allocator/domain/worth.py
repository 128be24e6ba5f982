"""What one tie of an alliance is worth, number by number."""

from __future__ import annotations

from dataclasses import dataclass

from allocator.domain.choices import Stage


@dataclass(frozen=True, slots=True)
class Term:
    """One summand of a complementarity: the lead's surplus meets the member's deficit in one indicator."""

    stage: Stage
    indicator: str
    surplus: float
    deficit: float

    @property
    def counted(self) -> float:
        """min(surplus, deficit)."""
        return min(self.surplus, self.deficit)


@dataclass(frozen=True)
class Worth:
    """The benefit of one lead with one member.

    `benefit` = the sum of `terms` + `tag_points` + `wish`, rounded to the millionth.
    """

    terms: tuple[Term, ...]
    shared_tags: tuple[str, ...]
    tag_points: float
    wish: float
    benefit: float
    km: float | None


@dataclass(frozen=True)
class Tie:
    """A member of an alliance with its lead, and what that is worth."""

    alliance_id: str
    lead: str
    member: str
    worth: Worth
