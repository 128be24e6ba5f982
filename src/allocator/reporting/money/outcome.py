"""Results of several splits, side by side: read from their documents, measured alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np

from allocator.domain.measures import MOVABLE
from allocator.indicators.inequality import gini, weighted_cv

ZERO = Decimal(0)


@dataclass(frozen=True)
class Spread:
    """One indicator over a stage after a split."""

    stage: str
    indicator: str
    cv: float | None
    gini: float | None
    limit: float
    met: bool | None


@dataclass(frozen=True)
class Outcome:
    """What a comparison needs of one split.

    Attributes
    ----------
    name
        What it is called in the comparison.
    status, reason
        Of the run; why there is no split, where there is none.
    amounts
        Yuan of each school, all grants together.
    floors, floors_met
        Floors (of schools and grants) above 0, and how many of them are kept.
    schools
        Code -> name and pupils.
    spread
        I4-I7 after the split.
    """

    name: str
    status: str
    reason: str
    amounts: Mapping[str, Decimal]
    floors: int
    floors_met: int
    schools: Mapping[str, tuple[str, int]]
    spread: tuple[Spread, ...]

    @classmethod
    def of(cls, name: str, document: Mapping[str, Any]) -> Outcome:
        """Take it from a `result.json` of a split.

        Raises
        ------
        KeyError, TypeError, ValueError, ArithmeticError
            If the document is none.
        """
        amounts: dict[str, Decimal] = {}
        for row in document["split"]:
            code = row["school_id"]
            amounts[code] = amounts.get(code, ZERO) + Decimal(str(row["amount_yuan"]))
        floors = [row for g in document["grants"] for row in g["schools"] if Decimal(str(row["floor_yuan"]))]
        kept = sum(Decimal(str(row["amount_yuan"])) >= Decimal(str(row["floor_yuan"])) for row in floors)
        return cls(
            name,
            document["run"]["status"],
            " ".join(conflict["text"] for conflict in document["conflicts"]),
            amounts,
            len(floors),
            kept,
            {row["school_id"]: (row["name"], int(row["pupils"])) for row in document["schools"]},
            tuple(_spread(row) for row in document["spread"] if _told(row)),
        )

    @property
    def known(self) -> bool:
        """Whether there is a split."""
        return self.status != "infeasible"

    @property
    def total(self) -> Decimal:
        """Yuan in all."""
        return sum(self.amounts.values(), start=ZERO)

    @cached_property
    def evenness(self) -> tuple[float | None, float | None]:
        """CV and Gini of the money a pupil, all grants together; schools without pupils have no part."""
        rows = [(self.amounts.get(code, ZERO), n) for code, (_, n) in self.schools.items() if n]
        if not rows or not self.known:
            return None, None
        counts = np.array([n for _, n in rows], dtype=float)
        values = np.array([float(amount) for amount, _ in rows]) / counts
        return weighted_cv(values, counts), gini(values, counts)


@dataclass(frozen=True)
class Shift:
    """What one result gives the schools more or less than another: counts, sums, and who is at the ends."""

    up: int
    down: int
    same: int
    gained: Decimal
    lost: Decimal
    best: tuple[str, Decimal] | None
    worst: tuple[str, Decimal] | None


def shift(base: Outcome, other: Outcome) -> Shift:
    """Compare two splits school by school; a school that one of them does not know counts as 0 there."""
    apart = differences(base, other)
    ups = {code: x for code, x in apart.items() if x > 0}
    downs = {code: x for code, x in apart.items() if x < 0}
    return Shift(
        len(ups),
        len(downs),
        len(apart) - len(ups) - len(downs),
        sum(ups.values(), start=ZERO),
        sum(downs.values(), start=ZERO),
        max(ups.items(), key=lambda item: item[1], default=None),
        min(downs.items(), key=lambda item: item[1], default=None),
    )


def differences(base: Outcome, other: Outcome) -> dict[str, Decimal]:
    """Yuan that each school gets more in `other` than in `base`."""
    codes = school_codes((base, other))
    return {code: other.amounts.get(code, ZERO) - base.amounts.get(code, ZERO) for code in codes}


def school_codes(outcomes: Sequence[Outcome]) -> list[str]:
    """Codes of all schools, in the order of the first result that knows them."""
    return list(dict.fromkeys(code for outcome in outcomes for code in outcome.schools))


def _told(row: Mapping[str, Any]) -> bool:
    """Whether a row says something of I4-I7 after the split."""
    return row["moment"] == "after" and row["indicator"] not in MOVABLE and row["cv"] is not None


def _spread(row: Mapping[str, Any]) -> Spread:
    return Spread(row["stage"], row["indicator"], row["cv"], row["gini"], row["limit"], row["met"])
