"""F3-F5 as whole units: least and largest amount of each school, and the rule that the floor comes from.

Fractions are rounded to the side that keeps the rule: floors up, caps down.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from allocator.domain.choices import Purpose, SplitRule
from allocator.domain.money_records import Grant
from allocator.domain.policy import Policy, exact
from allocator.domain.records import School
from allocator.domain.whole import Exact, plain
from allocator.funding.purse import Purse


@dataclass(frozen=True)
class Bounds:
    """Lists parallel to the purse's schools, in whole units.

    Attributes
    ----------
    floors, caps
        Least and largest amounts; without a cap the whole grant.
    rules
        The rule each floor comes from; blank where it is 0.
    capped
        Whether the grant's own cap is below the whole grant.
    """

    floors: tuple[int, ...]
    caps: tuple[int, ...]
    rules: tuple[str, ...]
    capped: tuple[bool, ...]

    @property
    def crossed(self) -> tuple[int, ...]:
        """Positions of schools whose cap is below the floor."""
        return tuple(i for i, (low, high) in enumerate(zip(self.floors, self.caps, strict=True)) if low > high)

    def forced(self, units: int) -> tuple[int, ...] | None:
        """The one split there is, where floors take all of the money or caps leave room for no more."""
        if sum(self.floors) == units:
            return self.floors
        return self.caps if sum(self.caps) == units else None


@dataclass(frozen=True)
class Terms:
    """The numbers a grant sets for itself; a way out of a conflict changes one of them."""

    floor_per_pupil: Exact
    cap_per_pupil: Exact | None
    hold_harmless: Exact
    operating: bool

    @classmethod
    def of(cls, grant: Grant, policy: Policy) -> Terms:
        """Take the numbers of a grant; those of a rule that is off are left out."""
        active = policy.active
        cap = grant.cap_per_pupil_yuan if active("F4") else None
        return cls(
            floor_per_pupil=plain(grant.floor_per_pupil_yuan or 0) if active("F4") else 0,
            cap_per_pupil=None if cap is None else plain(cap),
            hold_harmless=plain(exact(grant.hold_harmless or 0)) if active("F5") else 0,
            operating=carries_f3(grant) and active("F3"),
        )

    def floors(self, pupils: int | None, last: Decimal | None, needed: Exact) -> list[tuple[str, Exact]]:
        """Floors in yuan that are not 0, each with its rule; unknown pupils (None) leave the guarantee.

        Parameters
        ----------
        last
            Last year's amount, yuan.
        needed
            The part of F3 that the grant carries, yuan.
        """
        if pupils == 0:
            return []
        found: list[tuple[str, Exact]] = []
        if self.operating and pupils and needed:
            found.append(("F3", needed))
        if self.floor_per_pupil and pupils:
            found.append(("F4", self.floor_per_pupil * pupils))
        if self.hold_harmless and last:
            found.append(("F5", self.hold_harmless * plain(last)))
        return found

    def cap(self, pupils: int | None) -> Exact | None:
        """Cap in yuan; None for none."""
        return None if self.cap_per_pupil is None or pupils is None else self.cap_per_pupil * pupils


def bounds(purse: Purse, terms: Terms | None = None) -> Bounds:
    """Floors and caps of a grant's schools.

    Several operating grants of one year carry F3 together, each in proportion to its amount. A school without
    pupils gets nothing, one with unknown pupils what it is guaranteed (F5) and no more.
    """
    terms = terms or Terms.of(purse.grant, purse.policy)
    carried = _carried(purse) if terms.operating else {}
    rows = [_school(purse, terms, carried, i) for i in range(len(purse.schools))]
    return Bounds(
        floors=tuple(row[0] for row in rows),
        caps=tuple(row[1] for row in rows),
        rules=tuple(row[2] for row in rows),
        capped=tuple(row[3] for row in rows),
    )


def _school(purse: Purse, terms: Terms, carried: dict[str, Exact], i: int) -> tuple[int, int, str, bool]:
    unit, code = purse.unit, purse.schools[i].school_id
    pupils = purse.facts.pupils[code]
    if i >= purse.inside or pupils == 0:
        return 0, 0, "", True
    needed = purse.facts.needs[code].total * carried[code] if carried else 0
    least, rule = 0, ""
    for name, floor in terms.floors(pupils, purse.last[i], needed):
        if (units := _up(floor, unit)) > least:
            least, rule = units, name
    if pupils is None:
        return least, least, rule, True
    cap = terms.cap(pupils)
    if cap is None:
        return least, max(purse.units, least), rule, False
    return least, -_up(-cap, unit), rule, True


def _up(yuan: Exact, unit: Fraction) -> int:
    """Yuan in units, rounded up."""
    return -(-yuan.numerator * unit.denominator // (yuan.denominator * unit.numerator))


def _carried(purse: Purse) -> dict[str, Exact]:
    """Share of F3 that this grant carries at each of its schools."""
    grants = [g for g in purse.facts.district.grants if _beside(g, purse.grant)] or [purse.grant]
    if not any(g.schools for g in grants):
        share = _share(purse.grant, grants)
        return {s.school_id: share for s in purse.schools}
    return {s.school_id: _share(purse.grant, [g for g in grants if _serves(g, s)]) for s in purse.schools}


def _beside(other: Grant, grant: Grant) -> bool:
    """Whether another grant carries F3 in the same year (or is the grant itself)."""
    return carries_f3(other) and other.year == grant.year


def carries_f3(grant: Grant) -> bool:
    """Whether a grant is operating money that is split by amounts."""
    return grant.purpose is Purpose.OPERATING and grant.rule is not SplitRule.PROJECTS


def _serves(grant: Grant, school: School) -> bool:
    return not grant.schools or school.school_id in grant.schools


def _share(grant: Grant, grants: list[Grant]) -> Exact:
    everything = sum(plain(g.amount_yuan) for g in grants)
    return plain(Fraction(plain(grant.amount_yuan), everything)) if everything else 1
