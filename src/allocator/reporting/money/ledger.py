"""The numbers behind the workbook of a split: what its formulas must come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocator.domain.choices import Purpose, Setting, SplitRule, Stage
from allocator.domain.funding import GrantResult, SchoolShare
from allocator.domain.money_records import Grant
from allocator.domain.policy import exact
from allocator.domain.records import School
from allocator.funding.formula import Slopes, fill
from allocator.funding.needs import Need, Rates, need, weight
from allocator.funding.rounding import rounded
from allocator.reporting.money.facts import MoneyFacts

Floats = NDArray[np.float64]

RAISED = frozenset({Purpose.EQUIPMENT, Purpose.MULTIMEDIA, Purpose.TEACHING_AREA, Purpose.SPORTS_AREA})
"""Purposes whose money may raise an indicator, so that stocks have a part in the split."""


@dataclass(frozen=True)
class NeedRow:
    """One school's operating need (F3), line by line, and its weight."""

    school: School
    primary: int
    junior: int
    village: bool
    weak: bool
    need: Need
    weight: Fraction

    @property
    def pupils(self) -> int:
        """Pupils of both stages."""
        return self.primary + self.junior

    @property
    def stages(self) -> Fraction:
        """Pupils at the rates of their stages, in yuan."""
        return sum(
            (line.yuan for line in self.need.lines if line.key in ("primary", "junior")), start=Fraction(0)
        )

    def line(self, key: str) -> Fraction:
        """Yuan of one line; 0 where the school has none."""
        return sum((line.yuan for line in self.need.lines if line.key == key), start=Fraction(0))


def need_rows(facts: MoneyFacts, weak: frozenset[str]) -> tuple[NeedRow, ...]:
    """The needs of all schools, in the order of the district."""
    rates = Rates.of(facts.decision.policy)
    rows = []
    for school in facts.decision.district.schools:
        sizes = {stage: school.pupils(stage) for stage in school.stages}
        found, is_weak = need(school, sizes, rates), school.school_id in weak
        rows.append(
            NeedRow(
                school,
                sizes.get(Stage.PRIMARY) or 0,
                sizes.get(Stage.JUNIOR) or 0,
                school.setting is Setting.VILLAGE,
                is_weak,
                found,
                weight(school, found.total, rates, weak=is_weak),
            )
        )
    return tuple(rows)


@dataclass(frozen=True)
class Ledger:
    """One grant's arithmetic in units: x = middle of (floor, lambda slope + offset, cap), then whole units.

    Attributes
    ----------
    live
        Whether that arithmetic gives exactly our amounts; otherwise a limit of F6 shaped the split, and the
        optimum before rounding is a given number.
    """

    facts: MoneyFacts
    result: GrantResult
    grant: Grant
    needs: tuple[NeedRow, ...]

    @property
    def shares(self) -> Sequence[SchoolShare]:
        """The grant's schools."""
        return self.result.schools

    @property
    def units(self) -> int:
        """The grant's amount in units."""
        return int(self.grant.amount_yuan / self.grant.unit_yuan)

    def in_units(self, amount: Decimal) -> int:
        """Yuan as units."""
        return int(amount / self.grant.unit_yuan)

    @cached_property
    def floors(self) -> list[int]:
        """Floors in units."""
        return [self.in_units(share.floor_yuan) for share in self.shares]

    @cached_property
    def caps(self) -> list[int]:
        """Caps in units; the whole grant without one."""
        return [
            max(self.units, low) if share.cap_yuan is None else self.in_units(share.cap_yuan)
            for share, low in zip(self.shares, self.floors, strict=True)
        ]

    @cached_property
    def amounts(self) -> list[int]:
        """Our amounts in units."""
        return [self.in_units(share.amount_yuan) for share in self.shares]

    @cached_property
    def before(self) -> list[Fraction]:
        """Last year's amounts, the mean a pupil where a school has none; in yuan."""
        rows = list(zip(self.shares, self.needs, strict=True))
        known = [(s.last_yuan, n.pupils) for s, n in rows if s.last_yuan is not None and n.pupils]
        everyone = sum(count for _, count in known)
        mean = Fraction(sum((last for last, _ in known), start=Decimal(0))) / everyone if everyone else 0
        return [
            Fraction(0)
            if not n.pupils
            else Fraction(s.last_yuan)
            if s.last_yuan is not None
            else Fraction(mean * n.pupils)
            for s, n in rows
        ]

    @cached_property
    def slopes(self) -> list[Fraction] | None:
        """Slope of each school; None where the rule has no such form."""
        rule, pupils = self.result.rule, [Fraction(n.pupils) for n in self.needs]
        if rule is SplitRule.FORMULA:
            return [n.weight for n in self.needs]
        if rule is SplitRule.BUNDLED:
            return [share.weight for share in self.shares]
        if rule in (SplitRule.BALANCE, SplitRule.CLOSEST):
            return pupils
        if rule is SplitRule.LEXIMIN and self.grant.purpose not in RAISED:
            return [n.need.total for n in self.needs] if self.operating else pupils
        return None

    @cached_property
    def offsets(self) -> list[Fraction]:
        """Offset of each school, in units."""
        pupils = [n.pupils for n in self.needs]
        everyone, received = sum(pupils) or 1, sum(self.before, start=Fraction(0))
        if self.result.rule is SplitRule.CLOSEST and received:
            return [amount * self.units / received for amount in self.before]
        if self.result.rule in (SplitRule.BALANCE, SplitRule.CLOSEST):
            return [Fraction(self.units * count, everyone) for count in pupils]
        return [Fraction(0)] * len(pupils)

    @property
    def operating(self) -> bool:
        """Whether the grant is operating money."""
        return self.grant.purpose is Purpose.OPERATING

    @cached_property
    def scale(self) -> Fraction | None:
        """Lambda, where the arithmetic gives exactly our amounts."""
        if self.slopes is None or any(low > cap for low, cap in zip(self.floors, self.caps, strict=True)):
            return None
        found = fill(self.units, self.floors, self.caps, Slopes(self.slopes, self.offsets))
        if found is None or rounded(found, self.units) != self.amounts:
            return None
        return found.scale

    @property
    def live(self) -> bool:
        """Whether the formulas can do the whole arithmetic."""
        return self.scale is not None

    @cached_property
    def exact(self) -> list[float]:
        """Amounts in units before rounding."""
        if self.scale is None or self.slopes is None:
            return [share.exact_yuan / float(self.grant.unit_yuan) for share in self.shares]
        wanted = (self.scale * w + o for w, o in zip(self.slopes, self.offsets, strict=True))
        bounds = zip(wanted, self.floors, self.caps, strict=True)
        return [float(min(max(x, Fraction(low)), Fraction(cap))) for x, low, cap in bounds]

    def others(self, school_id: str) -> Decimal:
        """Yuan of the other operating grants of the year that serve a school; they carry F3 too."""
        return sum(
            (
                grant.amount_yuan
                for grant in self.facts.decision.district.grants
                if grant.purpose is Purpose.OPERATING
                and grant.year == self.grant.year
                and grant.grant_id != self.grant.grant_id
                and (not grant.schools or school_id in grant.schools)
            ),
            start=Decimal(0),
        )

    @cached_property
    def terms(self) -> tuple[float, float | None, float]:
        """Floor and cap a pupil and the share of hold-harmless; those of rules that are off left out."""
        active, grant = self.facts.decision.policy.active, self.grant
        cap = grant.cap_per_pupil_yuan if active("F4") else None
        return (
            float(grant.floor_per_pupil_yuan or 0) if active("F4") else 0.0,
            None if cap is None else float(cap),
            float(exact(grant.hold_harmless or 0)) if active("F5") else 0.0,
        )

    @property
    def carries_f3(self) -> bool:
        """Whether F3 binds this grant."""
        return self.operating and self.facts.decision.policy.active("F3")


def ledgers(facts: MoneyFacts, needs: tuple[NeedRow, ...]) -> tuple[Ledger, ...]:
    """One ledger a grant that is split by amounts."""
    by_code = {row.school.school_id: row for row in needs}
    return tuple(
        Ledger(
            facts,
            result,
            facts.grant_by_id[result.grant_id],
            tuple(by_code[s.school_id] for s in result.schools),
        )
        for result in facts.decision.grants
        if result.rule is not SplitRule.PROJECTS
    )
