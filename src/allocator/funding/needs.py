"""F3: what a school needs to operate, line by line, and its weight in the formula; fractions, so exact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import NamedTuple

from allocator.domain.choices import Setting, Stage
from allocator.domain.policy import Policy, exact
from allocator.domain.records import School


class Line(NamedTuple):
    """One line of the arithmetic: `quantity` x `rate` = `yuan`; `key` names the sentence, `subject` whom."""

    key: str
    quantity: Fraction
    rate: Fraction
    yuan: Fraction
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """A school's floor in yuan; its lines are only worked out where somebody asks for them.

    Attributes
    ----------
    sizes
        Pupils of each stage; empty for a school that needs nothing.
    """

    school: School
    sizes: Mapping[Stage, int]
    rates: Rates
    total: Fraction

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines of the floor; they add up to `total`."""
        lines = [_line(stage.value, n, self.rates.stage[stage]) for stage, n in self.sizes.items()]
        if not lines:
            return ()
        pupils = sum(line.quantity for line in lines)
        mean = sum((line.yuan for line in lines), Fraction(0)) / pupils
        if self.school.setting is Setting.VILLAGE and pupils < self.rates.small:
            lines.append(_line("small", self.rates.small - pupils, mean))
        if self.school.boarders:
            lines.append(_line("boarders", self.school.boarders, self.rates.boarder))
        if self.school.special_pupils:
            lines.append(_line("special", self.school.special_pupils, self.rates.special - mean))
        return tuple(lines)


@dataclass(frozen=True)
class Rates:
    """The numbers of F3 and of the weights as the fractions that were written."""

    stage: dict[Stage, Fraction]
    small: int
    boarder: Fraction
    special: Fraction
    village_factor: Fraction
    weak_factor: Fraction

    @cached_property
    def scale(self) -> int:
        """Common denominator of all rates."""
        return lcm(*(rate.denominator for rate in (*self.stage.values(), self.boarder, self.special)))

    def whole(self, rate: Fraction) -> int:
        """A rate in parts of the common denominator."""
        return rate.numerator * (self.scale // rate.denominator)

    @classmethod
    def of(cls, policy: Policy) -> Rates:
        """Take them from a profile."""
        funding = policy.funding
        return cls(
            stage={Stage.PRIMARY: exact(funding.rate_primary), Stage.JUNIOR: exact(funding.rate_junior)},
            small=funding.small_school_pupils,
            boarder=exact(funding.boarder_yuan),
            special=exact(funding.special_pupil_yuan),
            village_factor=exact(funding.village_factor),
            weak_factor=exact(funding.weak_factor),
        )


def need(school: School, sizes: Mapping[Stage, int | None], rates: Rates) -> Need:
    """Operating floor of a school (F3), in yuan.

    Pupils at the rate of their stage; a village school under the small size as if it had that many, in its
    own mix of stages; more for each boarder; each inclusive pupil at the special rate instead of the school's
    mean rate. A school without pupils, or with unknown ones, has no mix, and needs nothing. Unknown boarders
    and inclusive pupils count as none.
    """
    known = {stage: n for stage, n in sizes.items() if n is not None}
    pupils = sum(known.values())
    if len(known) < len(sizes) or not pupils:
        return Need(school, {}, rates, Fraction(0))
    counted = max(pupils, rates.small) if school.setting is Setting.VILLAGE else pupils
    special, boarders = school.special_pupils or 0, school.boarders or 0
    # Over one denominator: so there is one fraction to reduce, not one for each line.
    scale = rates.scale
    rated = sum(rates.whole(rates.stage[stage]) * n for stage, n in known.items())
    extra = rates.whole(rates.special) * special + rates.whole(rates.boarder) * boarders
    total = Fraction(rated * (counted - special) + extra * pupils, pupils * scale)
    return Need(school, known, rates, total)


def _line(key: str, quantity: int | Fraction, rate: Fraction) -> Line:
    return Line(key, Fraction(quantity), rate, quantity * rate)


def weight(school: School, floor: Fraction, rates: Rates, *, weak: bool) -> Fraction:
    """Weight in the formula: the F3 amount, times the factors of a village and of a weak school."""
    if school.setting is Setting.VILLAGE:
        floor *= rates.village_factor
    return floor * rates.weak_factor if weak else floor
