"""F3: what a school needs to operate, line by line, and its weight in the formula; fractions, so exact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from allocator.domain.choices import Setting, Stage
from allocator.domain.policy import Policy, exact
from allocator.domain.records import School


class Line(NamedTuple):
    """One line of the arithmetic: `quantity` x `rate` = `yuan`; `key` names the sentence."""

    key: str
    quantity: Fraction
    rate: Fraction
    yuan: Fraction


@dataclass(frozen=True, slots=True)
class Need:
    """The lines of a school's floor; they add up to `total`, in yuan."""

    lines: tuple[Line, ...]
    total: Fraction


@dataclass(frozen=True)
class Rates:
    """The numbers of F3 and of the weights as the fractions that were written."""

    stage: dict[Stage, Fraction]
    small: int
    boarder: Fraction
    special: Fraction
    village_factor: Fraction
    weak_factor: Fraction

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
    if None in sizes.values():
        return Need((), Fraction(0))
    lines = [_line(stage.value, n or 0, rates.stage[stage]) for stage, n in sizes.items()]
    pupils = sum(line.quantity for line in lines)
    if not pupils:
        return Need((), Fraction(0))
    mean = sum(line.yuan for line in lines) / pupils
    if school.setting is Setting.VILLAGE and pupils < rates.small:
        lines.append(_line("small", rates.small - pupils, mean))
    if school.boarders:
        lines.append(_line("boarders", school.boarders, rates.boarder))
    if school.special_pupils:
        lines.append(_line("special", school.special_pupils, rates.special - mean))
    return Need(tuple(lines), sum((line.yuan for line in lines), Fraction(0)))


def _line(key: str, quantity: int | Fraction, rate: Fraction) -> Line:
    return Line(key, Fraction(quantity), rate, quantity * rate)


def weight(school: School, floor: Fraction, rates: Rates, *, weak: bool) -> Fraction:
    """Weight in the formula: the F3 amount, times the factors of a village and of a weak school."""
    if school.setting is Setting.VILLAGE:
        floor *= rates.village_factor
    return floor * rates.weak_factor if weak else floor
