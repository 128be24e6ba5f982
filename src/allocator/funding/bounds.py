"""F3-F5 as whole units: least and largest amount of each school, and the rule that the floor comes from.

Fractions are rounded to the side that keeps the rule: floors up, caps down.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from allocator.domain.choices import Purpose
from allocator.domain.policy import exact
from allocator.domain.records import Grant, School
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


@dataclass(frozen=True)
class Terms:
    """The numbers a grant sets for itself; a way out of a conflict changes one of them."""

    floor_per_pupil: Fraction
    cap_per_pupil: Fraction | None
    hold_harmless: Fraction
    operating: bool

    @classmethod
    def of(cls, purse: Purse) -> Terms:
        """Take the numbers of a grant; those of a rule that is off are left out."""
        grant, active = purse.grant, purse.policy.active
        cap = grant.cap_per_pupil_yuan if active("F4") else None
        return cls(
            floor_per_pupil=Fraction(grant.floor_per_pupil_yuan or 0) if active("F4") else Fraction(0),
            cap_per_pupil=None if cap is None else Fraction(cap),
            hold_harmless=exact(grant.hold_harmless or 0) if active("F5") else Fraction(0),
            operating=grant.purpose is Purpose.OPERATING and active("F3"),
        )


def bounds(purse: Purse, terms: Terms | None = None) -> Bounds:
    """Floors and caps of a grant's schools.

    Several operating grants of one year carry F3 together, each in proportion to its amount. A school without
    pupils gets its floor and no more: there is nobody to spend it on.
    """
    terms = terms or Terms.of(purse)
    carried = _carried(purse) if terms.operating else {}
    rows = [_school(purse, terms, carried, i) for i in range(len(purse.schools))]
    return Bounds(
        floors=tuple(row[0] for row in rows),
        caps=tuple(row[1] for row in rows),
        rules=tuple(row[2] for row in rows),
        capped=tuple(row[3] for row in rows),
    )


def _school(purse: Purse, terms: Terms, carried: dict[str, Fraction], i: int) -> tuple[int, int, str, bool]:
    unit, pupils, last, code = purse.unit, purse.pupils[i], purse.last[i], purse.schools[i].school_id
    least, rule = 0, ""
    if terms.operating and (needed := purse.facts.needs[code].total):
        least, rule = _up(needed * carried[code], unit), "F3"
    if pupils and terms.floor_per_pupil and (own := _up(terms.floor_per_pupil * pupils, unit)) > least:
        least, rule = own, "F4"
    if last and terms.hold_harmless and (kept := _up(terms.hold_harmless * Fraction(last), unit)) > least:
        least, rule = kept, "F5"
    if not pupils:
        return least, least if terms.cap_per_pupil is None else 0, rule, True
    if terms.cap_per_pupil is None:
        return least, max(purse.units, least), rule, False
    most = -_up(-terms.cap_per_pupil * pupils, unit)
    return least, most, rule, True


def _up(yuan: Fraction, unit: Fraction) -> int:
    """Yuan in units, rounded up."""
    return -(-yuan.numerator * unit.denominator // (yuan.denominator * unit.numerator))


def _carried(purse: Purse) -> dict[str, Fraction]:
    """Share of F3 that this grant carries at each of its schools."""
    grants = [g for g in purse.facts.district.grants if _beside(g, purse.grant)] or [purse.grant]
    if not any(g.schools for g in grants):
        share = _share(purse.grant, grants)
        return {s.school_id: share for s in purse.schools}
    return {s.school_id: _share(purse.grant, [g for g in grants if _serves(g, s)]) for s in purse.schools}


def _beside(other: Grant, grant: Grant) -> bool:
    """Whether another grant carries F3 in the same year (or is the grant itself)."""
    return other.purpose is Purpose.OPERATING and other.year == grant.year


def _serves(grant: Grant, school: School) -> bool:
    return not grant.schools or school.school_id in grant.schools


def _share(grant: Grant, grants: list[Grant]) -> Fraction:
    everything = sum((g.amount_yuan for g in grants), start=grant.amount_yuan * 0)
    return Fraction(grant.amount_yuan) / Fraction(everything) if everything else Fraction(1)
