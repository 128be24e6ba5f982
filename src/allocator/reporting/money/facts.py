"""What the page and the workbook of a split are made of, worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np

from allocator.domain.funding import FundingDecision, GrantResult, SchoolShare
from allocator.domain.measures import MOVABLE
from allocator.domain.money_records import Grant
from allocator.domain.records import School
from allocator.indicators.inequality import gini, weighted_cv
from allocator.reporting.facts import SpreadLine
from allocator.text import Lang, say


@dataclass(frozen=True, slots=True)
class Balance:
    """How evenly one grant's money lies over the pupils of its schools; None where undefined."""

    lowest: float | None
    mean: float | None
    highest: float | None
    cv: float | None
    gini: float | None


@dataclass(frozen=True, slots=True)
class Gain:
    """What one school gets more (or less) than last year, over the grants where last year is known."""

    school_id: str
    now: Decimal
    last: Decimal

    @property
    def change(self) -> Decimal:
        """Yuan more than last year."""
        return self.now - self.last


@dataclass(frozen=True)
class MoneyFacts:
    """A split, and the language of its reader."""

    decision: FundingDecision
    lang: Lang

    @cached_property
    def schools(self) -> Mapping[str, School]:
        """Schools by code."""
        return self.decision.district.school_by_id

    @cached_property
    def pupils(self) -> Mapping[str, int]:
        """Pupils of each school; unknown ones count as none."""
        schools = self.decision.district.schools
        return {s.school_id: sum(s.pupils(stage) or 0 for stage in s.stages) for s in schools}

    @cached_property
    def grant_by_id(self) -> Mapping[str, Grant]:
        """Grants by code."""
        return {grant.grant_id: grant for grant in self.decision.district.grants}

    def name(self, school_id: str) -> str:
        """Name of a school, its code where it has none."""
        school = self.schools.get(school_id)
        return (school.name if school is not None else "") or school_id

    def grant_name(self, grant_id: str) -> str:
        """Code and name of a grant."""
        grant = self.grant_by_id.get(grant_id)
        name = grant.name if grant is not None else ""
        return f"{grant_id} {name}".strip()

    @cached_property
    def training(self) -> Mapping[tuple[str, str], Decimal]:
        """Money marked for training, by grant and school."""
        return {(row.grant_id, row.school_id): row.training_yuan for row in self.decision.split.amounts}

    @property
    def spread(self) -> tuple[SpreadLine, ...]:
        """I4-I7, the indicators that money moves, of the stages that are taught."""
        measures = self.decision.before
        taught = {section.stage for section in measures.sections}
        pairs = zip(measures.counties, self.decision.after.counties, strict=True)
        return tuple(
            SpreadLine(then, now)
            for then, now in pairs
            if then.stage in taught and then.indicator not in MOVABLE
        )

    def per_pupil(self, share: SchoolShare) -> float | None:
        """Yuan a pupil; None for a school without pupils."""
        count = self.pupils[share.school_id]
        return float(share.amount_yuan) / count if count else None

    def balance(self, result: GrantResult) -> Balance:
        """Measure one grant's money a pupil."""
        rows = [share for share in result.schools if self.pupils[share.school_id]]
        if not rows:
            return Balance(None, None, None, None, None)
        counts = np.array([self.pupils[share.school_id] for share in rows], dtype=float)
        values = np.array([float(share.amount_yuan) for share in rows]) / counts
        return Balance(
            float(values.min()),
            float(values @ counts / counts.sum()),
            float(values.max()),
            weighted_cv(values, counts),
            gini(values, counts),
        )

    @cached_property
    def gains(self) -> tuple[Gain, ...]:
        """Schools with a known last year, the largest gain first."""
        now: dict[str, Decimal] = {}
        last: dict[str, Decimal] = {}
        for result in self.decision.grants:
            for share in result.schools:
                if share.last_yuan is not None:
                    now[share.school_id] = now.get(share.school_id, Decimal(0)) + share.amount_yuan
                    last[share.school_id] = last.get(share.school_id, Decimal(0)) + share.last_yuan
        gains = [Gain(code, now[code], last[code]) for code in now]
        return tuple(sorted(gains, key=lambda gain: (-gain.change, gain.school_id)))


def words(name: str, lang: Lang, /, **params: object) -> str:
    """Say a sentence of the report of a split."""
    return say(f"fundreport.{name}", lang, **params)
