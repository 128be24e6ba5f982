"""What a plan of funding is: whole amounts of money, never binary floats."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Amount:
    """What one school gets from one grant: a row of `split.csv`.

    `training_yuan` is the part of an operating amount that is marked for training (F7); not another pot.
    """

    grant_id: str
    school_id: str
    amount_yuan: Decimal
    training_yuan: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Chosen:
    """One project that is built or bought: a row of `chosen.csv`."""

    project_id: str
    school_id: str
    grant_id: str
    cost_yuan: Decimal
    year: int | None = None


@dataclass(frozen=True)
class Split:
    """A plan of funding: amounts ordered by grant and school, and projects by code."""

    amounts: tuple[Amount, ...] = ()
    chosen: tuple[Chosen, ...] = ()
