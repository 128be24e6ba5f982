"""Towns as sets of bits: neighbours, schools, and the contiguous sets that may be learning districts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from allocator.alliance.edges import METRES
from allocator.alliance.schools import STAGE_ORDER, Schools
from allocator.domain.choices import Stage
from allocator.domain.district import District
from allocator.geography import great_circle_km
from allocator.solving.model import Floats, Ints

WORD = 63
"""Towns whose sets fit into a whole number of the machine."""


@dataclass(frozen=True)
class Towns:
    """The n towns of a county, in order of name; a set of towns is a whole number, bit i for town i.

    Attributes
    ----------
    near
        Neighbours of each town as a set; one naming the other is enough.
    pupils, strong, sections
        Shape (n,): pupils, strong sections and sections of the schools of each town.
    stages
        Stages of each town's schools, as a set of bits in the order of stages; `wanted` those of the county.
    metres
        Shape (n, n): whole metres between towns, 0 where a place is unknown.
    """

    names: tuple[str, ...]
    near: tuple[int, ...]
    pupils: Ints
    strong: Ints
    sections: Ints
    stages: tuple[int, ...]
    wanted: int
    metres: Ints

    def __len__(self) -> int:
        return len(self.names)

    @property
    def parts(self) -> list[int]:
        """Contiguous parts of the county."""
        left, found = (1 << len(self)) - 1, []
        while left:
            part = edge = left & -left
            while edge:
                edge = self.around(edge) & ~part
                part |= edge
            found.append(part)
            left &= ~part
        return found

    def around(self, towns: int) -> int:
        """Neighbours of a set, those inside it included."""
        found = 0
        for town in bits(towns):
            found |= self.near[town]
        return found

    def stages_of(self, towns: int) -> int:
        """Stages of the schools of a set."""
        found = 0
        for town in bits(towns):
            found |= self.stages[town]
        return found

    def missing(self, towns: int) -> tuple[Stage, ...]:
        """Stages of the county that a set has not."""
        lacking = self.wanted & ~self.stages_of(towns)
        return tuple(stage for k, stage in enumerate(STAGE_ORDER) if lacking >> k & 1)

    def members(self, towns: int) -> list[str]:
        """Names of a set."""
        return [self.names[town] for town in bits(towns)]

    def centre(self, towns: int) -> int:
        """The town of a set from which the others are nearest, the first of several."""
        own = list(bits(towns))
        return own[int(self.metres[np.ix_(own, own)].sum(axis=1).argmin())]

    @cached_property
    def share(self) -> float:
        """Share of strong sections in the county."""
        return float(self.strong.sum() / self.sections.sum()) if self.sections.sum() else 0.0


def bits(towns: int) -> Iterator[int]:
    """Positions of the towns of a set, ascending."""
    while towns:
        lowest = towns & -towns
        yield lowest.bit_length() - 1
        towns ^= lowest


@dataclass(frozen=True)
class Bond:
    """A wish about two towns: in one district, or not."""

    first: int
    second: int
    together: bool

    def held(self, towns: int) -> bool:
        """Whether a district may hold this set of towns."""
        both = (towns >> self.first & 1) + (towns >> self.second & 1)
        return both != 1 if self.together else both < 2


def collect_towns(district: District, schools: Schools) -> Towns:
    """Collect the towns of a county with their schools."""
    rows = sorted(district.towns, key=lambda town: town.town)
    number = {town.town: i for i, town in enumerate(rows)}
    near = [0] * len(rows)
    for town in rows:
        for other in town.neighbours:
            if other in number and other != town.town:
                near[number[town.town]] |= 1 << number[other]
                near[number[other]] |= 1 << number[town.town]
    pupils, strong, sections = (np.zeros(len(rows), dtype=np.int64) for _ in range(3))
    stages = [0] * len(rows)
    for i, school in enumerate(district.schools):
        at = number.get(school.town or "")
        if at is not None:
            pupils[at] += sum(school.pupils(stage) or 0 for stage in school.stages)
            strong[at] += int(schools.strong[i].sum())
            sections[at] += int(schools.taught[i].sum())
            stages[at] |= _stages(schools, i)
    wanted = 0
    for i in range(len(district.schools)):
        wanted |= _stages(schools, i)
    lon, lat = (
        np.array([np.nan if (v := getattr(t, name)) is None else v for t in rows], dtype=float)
        for name in ("lon", "lat")
    )
    km = np.nan_to_num(great_circle_km(lon[:, None], lat[:, None], lon, lat))
    metres = np.rint(np.round(km, 3) * METRES).astype(np.int64)
    return Towns(tuple(number), tuple(near), pupils, strong, sections, tuple(stages), wanted, metres)


def _stages(schools: Schools, school: int) -> int:
    return sum(1 << k for k in range(len(STAGE_ORDER)) if schools.taught[school, k])


@dataclass(frozen=True)
class Candidates:
    """Contiguous sets of towns that may be districts, m in number.

    Attributes
    ----------
    inside
        Shape (m, n): whether a town is in a set.
    pupils, strong
        Shape (m,): deviations, without sign, of the pupils from the mean of a district (relative) and of the
        share of strong sections from that of the county.
    borders
        Shape (m,): neighbours parted by the border of the set.
    metres
        Shape (m,): sum of distances to the town where it is least.
    """

    inside: Ints
    pupils: Floats
    strong: Floats
    borders: Ints
    metres: Ints

    def __len__(self) -> int:
        return len(self.pupils)


def candidates(towns: Towns, districts: int, most_pupils: float, sets: Sequence[int]) -> Candidates:
    """Work out each set of towns; those that lack a stage or are too far off in pupils are left out."""
    n = len(towns)
    numbers = np.array(sets, dtype=np.int64 if n < WORD else object)
    inside = np.array([(numbers >> i) & 1 for i in range(n)], dtype=np.int64).reshape(n, -1).T
    total = int(towns.pupils.sum())
    pupils = np.abs((inside @ towns.pupils) * districts / total - 1) if total else np.zeros(len(sets))
    keep = pupils <= most_pupils * (1 + 1e-12)
    for k in range(len(STAGE_ORDER)):
        there = np.array([stages >> k & 1 for stages in towns.stages], dtype=np.int64)
        keep &= (inside @ there > 0) | (not towns.wanted >> k & 1)
    inside, pupils = inside[keep], pupils[keep]
    sections = inside @ towns.sections
    strong = np.abs(np.divide(inside @ towns.strong, sections, out=np.zeros(len(inside)), where=sections > 0))
    strong = np.where(sections > 0, np.abs(strong - towns.share), 0.0)
    near = np.array([[m >> j & 1 for j in range(n)] for m in towns.near], dtype=np.int64).reshape(n, n)
    borders = np.einsum("mi,ij,mj->m", inside, near, 1 - inside, optimize=True)
    sums = np.where(inside == 1, inside @ towns.metres, np.iinfo(np.int64).max)
    return Candidates(inside, pupils, strong, borders, sums.min(axis=1, initial=np.iinfo(np.int64).max))


def contiguous_sets(
    towns: Towns, pupils_within: tuple[float, float], most_towns: int, limits: tuple[int, int]
) -> list[int] | None:
    """Every contiguous set with its pupils within two numbers, and at most so many towns.

    None if there are more than the first limit, or on the way to them more than the second.

    Sets grow town by town from their first town. What may still join is what borders on the set and has not
    been passed over, so that no set is made twice.
    """
    found: list[int] = []
    least, most = pupils_within
    tried = 0
    for first in range(len(towns)):
        later = -1 << first
        stack = [(1 << first, towns.near[first] & later & ~(1 << first), 0, float(towns.pupils[first]))]
        while stack:
            members, edge, passed, pupils = stack.pop()
            if pupils > most:
                continue
            tried += 1
            if pupils >= least:
                found.append(members)
            if len(found) > limits[0] or tried > limits[1]:
                return None
            if members.bit_count() == most_towns:
                continue
            for town in bits(edge):
                one = 1 << town
                passed |= one
                grown = members | one
                more = (edge | towns.near[town]) & later & ~grown & ~passed
                stack.append((grown, more, passed, pupils + float(towns.pupils[town])))
    return found
