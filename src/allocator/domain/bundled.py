"""The bundled evaluation: an alliance judged as one, and what that gives each of its schools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Points of one alliance.

    Attributes
    ----------
    stock, gap, radiation
        0 to 100, to the hundredth: members' indicators newly met of those known; reduction of the gap between
        its schools; share of what its lead has to spare that its members take up.
    points
        Their mean with the weights of the policy.
    """

    alliance_id: str
    lead: str
    members: tuple[str, ...]
    stock: Decimal
    gap: Decimal
    radiation: Decimal
    points: Fraction

    @property
    def size(self) -> int:
        """Schools of the alliance."""
        return 1 + len(self.members)

    @property
    def weight(self) -> Fraction:
        """Points times schools: what its part of the money is in proportion to."""
        return self.points * self.size


@dataclass(frozen=True, slots=True)
class Part:
    """What one alliance gives one of its schools: a weight in the split."""

    alliance_id: str
    lead: bool
    weight: Fraction


def parts_of(evaluations: Sequence[Evaluation], lead_share: Fraction) -> Mapping[str, tuple[Part, ...]]:
    """Weights of each school: the lead's share of its alliance, the rest in equal parts for the members."""
    found: dict[str, tuple[Part, ...]] = {}
    for row in evaluations:
        each = row.weight * (1 - lead_share) / len(row.members)
        shares = [(row.lead, True, row.weight * lead_share), *((code, False, each) for code in row.members)]
        for code, lead, weight in shares:
            found[code] = (*found.get(code, ()), Part(row.alliance_id, lead, weight))
    return found
