"""What every section must have so that it passes: teachers who count in I1-I3, whole yuan for I4-I7.

Two amounts an indicator: `full` reaches the threshold, `least` the part of it that the remaining indicators of
a section must reach. All are worked out in fractions and rounded up, so that they decide exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from allocator.domain.choices import Purpose, Stage
from allocator.domain.district import District
from allocator.domain.measures import INDICATORS, MOVABLE
from allocator.domain.policy import IndicatorPolicy, Policy, exact
from allocator.domain.records import School
from allocator.funding.target import ASSETS, price_of
from allocator.solving.model import Bools, Ints

PURPOSES: tuple[Purpose, ...] = (
    Purpose.TEACHING_AREA,
    Purpose.SPORTS_AREA,
    Purpose.EQUIPMENT,
    Purpose.MULTIMEDIA,
)
"""What money is spent on, in the order of I4-I7."""
STAFF = len(MOVABLE)
"""Indicators that moves change: the first columns; money changes the others."""
A_HUNDRED = ("I1", "I2", "I3", "I7")


@dataclass(frozen=True)
class Needs:
    """Needs of the n sections of a district, in its order.

    Attributes
    ----------
    counted
        Shape (n,): sections with pupils; the others have no verdict.
    known
        Shape (n, 7): indicators whose value is known. Unknown ones count as met: nothing can be done for them.
    least, full
        Shape (n, 7): teachers (I1-I3), and yuan that the section's school must be given (I4-I7); 0 where
        nothing is needed.
    allowed
        Indicators of a section that may stay below the threshold.
    """

    counted: Bools
    known: Bools
    least: Ints
    full: Ints
    allowed: int

    @property
    def open(self) -> Bools:
        """Shape (n, 7): where threshold and least part ask for different amounts, so that there is a choice."""
        return np.asarray(self.known & (self.full > self.least))

    @property
    def linked(self) -> Bools:
        """Shape (n,): sections that may spare an indicator of either kind: there moves can spare money."""
        if self.allowed == 0:
            return np.zeros(len(self.counted), dtype=bool)
        choice = self.open
        return np.asarray(choice[:, :STAFF].any(axis=1) & choice[:, STAFF:].any(axis=1))


def needs_of(district: District, policy: Policy) -> Needs:
    """Work out the needs of every section."""
    shape = len(district.sections), len(INDICATORS)
    counted, known = np.zeros(shape[0], dtype=bool), np.zeros(shape, dtype=bool)
    least, full = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    ratio = exact(policy.indicators.last_ratio)
    for n, (school_id, stage) in enumerate(district.sections):
        school = district.school_by_id[school_id]
        pupils = school.pupils(stage) or 0
        counted[n] = pupils > 0
        if not counted[n]:
            continue
        for k, (indicator, threshold) in enumerate(policy.thresholds(stage).items()):
            wanted = exact(threshold) * pupils / (100 if indicator in A_HUNDRED else 1)
            if k < STAFF:
                known[n, k] = bool(district.teachers)
                amounts = (_up(wanted * ratio), _up(wanted))
            else:
                given = _given(school, stage, PURPOSES[k - STAFF], policy)
                known[n, k] = given is not None
                amounts = (0, 0) if given is None else (_lift(given, wanted * ratio), _lift(given, wanted))
            least[n, k], full[n, k] = amounts if known[n, k] else (0, 0)
    allowed = len(INDICATORS) - policy.indicators.required_met
    return Needs(counted, known, least, full, allowed)


def _up(amount: Fraction) -> int:
    return -(-amount.numerator // amount.denominator)


def _given(school: School, stage: Stage, purpose: Purpose, policy: Policy) -> _Given | None:
    """What a school has of an asset, the section's share, and the price; None where something is unknown."""
    has = getattr(school, ASSETS[purpose][1])
    part = _share(school, stage, policy.indicators)
    if has is None or not part:
        return None
    stock = Fraction(has) if not isinstance(has, float) else exact(has)
    return _Given(stock, part, exact(price_of(purpose, policy)))


@dataclass(frozen=True)
class _Given:
    has: Fraction
    share: Fraction
    price: Fraction


def _share(school: School, stage: Stage, rules: IndicatorPolicy) -> Fraction | None:
    """Share of the school's assets that belongs to a section; None where a section's pupils are unknown."""
    weight = {Stage.PRIMARY: Fraction(1), Stage.JUNIOR: exact(rules.nine_year_junior_weight)}
    counts = {each: school.pupils(each) for each in school.stages}
    weighted = {each: weight[each] * n for each, n in counts.items() if n is not None}
    if len(weighted) < len(counts):
        return None
    return weighted[stage] / sum(weighted.values())


def _lift(given: _Given, wanted: Fraction) -> int:
    """Whole yuan that the school must be given so that the section has as much as wanted."""
    return max(0, _up((wanted / given.share - given.has) * given.price))
