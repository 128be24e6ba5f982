"""Districts of the five-stage model, after the description of its public repository (see ../README.md).

Teachers have a subject, a medium of instruction, a home in a square of 100 x 100, and perhaps hardship (a limit
on the distance from home) or a compulsory transfer. Each school needs, for each subject and medium, at least
some number of teachers and can take at most another. The draws are ours (NumPy), the distributions theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.solving.model import Bools, Floats, Ints

SUBJECTS, MEDIA = (0.40, 0.35, 0.25), (0.80, 0.20)
UNDERSERVED, UNDERSERVED_WEIGHT = 3, 3
HARDSHIP, COMPULSORY, APPROVED, CLOSED = 0.20, 0.22, 0.90, 0.08
SHOCK = {-1: 0.10, 0: 0.50, 1: 0.35, 2: 0.05}
PREFERENCE = (1.00, 0.70, 0.40)
OTHER_SCHOOL = 0.10
WELFARE = (5.0, 3.0, 4.0)
"""Weights of preference, distance from home, and relief of hardship."""


@dataclass(frozen=True)
class Instance:
    """One district of the five-stage model.

    Attributes
    ----------
    kind, current
        Shape (teachers,): subject and medium as one number, present school.
    compulsory
        Shape (teachers,): must leave.
    approved, bearable, compatible
        Shape (teachers, schools): the administration agrees, hardship allows it, the school has such posts.
    moves, welfare, burden
        Shape (teachers, schools): 1 where it is another school; whole numbers of welfare and distance.
    least, most
        Shape (schools, kinds): teachers needed and teachers that fit.
    weight
        Shape (schools,): weight of a shortage.
    """

    kind: Ints
    current: Ints
    compulsory: Bools
    approved: Bools
    bearable: Bools
    compatible: Bools
    moves: Ints
    welfare: Ints
    burden: Ints
    least: Ints
    most: Ints
    weight: Ints

    @property
    def allowed(self) -> Bools:
        """Pairs of teacher and school that no rule of the pair forbids, shape (teachers, schools)."""
        stays = self.moves == 0
        allowed: Bools = self.approved & self.bearable & self.compatible & ~(stays & self.compulsory[:, None])
        return allowed


def draw(teachers: int, schools: int, seed: int) -> Instance:
    """Draw one district; it may have no plan."""
    rng = np.random.default_rng(seed)
    place, home = rng.uniform(0, 100, (schools, 2)), rng.uniform(0, 100, (teachers, 2))
    underserved = np.zeros(schools, dtype=bool)
    underserved[rng.choice(schools, UNDERSERVED, replace=False)] = True
    kind = rng.choice(3, teachers, p=SUBJECTS) * 2 + rng.choice(2, teachers, p=MEDIA)
    current = rng.integers(0, schools, teachers)
    hardship = rng.random(teachers) < HARDSHIP
    bearable_km = np.where(hardship, rng.uniform(20, 45, teachers), np.inf)
    least, most = _needs(rng, kind, current, schools)
    distance = np.linalg.norm(home[:, None] - place[None], axis=2)
    stays = np.arange(schools)[None] == current[:, None]
    compatible = (most[:, kind].T > 0) | stays
    return Instance(
        kind=kind,
        current=current,
        compulsory=rng.random(teachers) < COMPULSORY,
        approved=(rng.random((teachers, schools)) < APPROVED) | stays,
        bearable=(distance <= bearable_km[:, None]) | stays,
        compatible=compatible,
        moves=(~stays).astype(np.int64),
        welfare=np.round(100 * _welfare(distance, hardship, underserved)).astype(np.int64),
        burden=np.round(100 * distance).astype(np.int64),
        least=least,
        most=most,
        weight=np.where(underserved, UNDERSERVED_WEIGHT, 1),
    )


def _needs(rng: np.random.Generator, kind: Ints, current: Ints, schools: int) -> tuple[Ints, Ints]:
    """Teachers needed and teachers that fit; some posts are closed where the others have room for all."""
    now = np.zeros((schools, len(SUBJECTS) * len(MEDIA)), dtype=np.int64)
    np.add.at(now, (current, kind), 1)
    least = np.maximum(0, now + rng.choice(list(SHOCK), now.shape, p=list(SHOCK.values())))
    most = now + rng.integers(1, 5, now.shape)
    people = now.sum(axis=0)
    for school, k in np.argwhere(rng.random(now.shape) < CLOSED):
        if most[:, k].sum() - most[school, k] >= people[k]:
            most[school, k] = least[school, k] = 0
    return least, most


def _welfare(distance: Floats, hardship: Bools, underserved: Bools) -> Floats:
    """Preference (the three schools nearest home), less distance, plus relief of hardship."""
    rank = distance.argsort(axis=1).argsort(axis=1)
    wish = np.append(PREFERENCE, OTHER_SCHOOL)[np.minimum(rank, len(PREFERENCE))]
    far = distance / distance.max()
    relief = np.where(hardship[:, None], 1 - far + np.where(underserved, 0.0, 0.30)[None], 0.0)
    total: Floats = WELFARE[0] * wish - WELFARE[1] * far + WELFARE[2] * relief
    return total
