"""The districts that are planned, and what each must reach."""

from __future__ import annotations

from dataclasses import dataclass

SEED = 1
"""Seed of every generated district."""


@dataclass(frozen=True)
class Target:
    """What a plan must reach on 2 cores: gap at every level, seconds, and memory where it is limited."""

    gap: float
    seconds: float
    gib: float | None = None


@dataclass(frozen=True)
class Case:
    """A generated district: name, schools, what must be reached, what is aimed at."""

    name: str
    schools: int
    must: Target | None = None
    aim: Target | None = None


CASES = {
    case.name: case
    for case in (
        Case("hamlet", 5),
        Case("town", 20),
        Case("county", 60, Target(1e-4, 4.0), Target(1e-4, 1.0)),
        Case("district", 250, Target(1e-4, 30.0), Target(1e-4, 4.0)),
        Case("city", 1200, Target(1e-3, 240.0, 6.0), Target(1e-4, 20.0, 2.0)),
    )
}

GROWTH_MUST, GROWTH_AIM = 1.5, 1.2
"""Largest exponent of the time in the number of teachers, from county to city."""

TEXTBOOK_MUST = 20.0
"""How many times faster than the textbook model, at 250 schools and an equal proven gap of 0.1 %."""

FIVE_STAGE_S = 1.0
"""Seconds for the five stages of 300 teachers and 20 schools."""
