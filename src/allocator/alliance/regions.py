"""Learning districts grown and moved about: legal plans, and many sets to put better ones together.

For counties with too many contiguous sets to go through. Districts grow from seeds that lie far apart; then
towns on a border change sides, worse for a while and then only for the better (simulated annealing). Every set
met on the way that may be a district is kept. The same seed gives the same sets.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from math import exp

from allocator.alliance.towns import Bond, Towns, bits
from allocator.domain.run import StopSignal

STARTS = 16
"""Plans grown, each with weights of its own."""
STEPS = 500
"""Changes tried for each town of a county, in each of them."""
HEAT = 0.3, 0.002
"""Temperature at the beginning and at the end, in units of energy."""
BROKEN = 10.0
"""Energy of each thing that a district may not be."""


@dataclass(frozen=True)
class Fairness:
    """What is asked of every district: limits of deviation (None without), and two towns joined or parted."""

    districts: int
    pupils: float | None
    strong: float | None
    bond: Bond | None = None


@dataclass(frozen=True)
class _Weights:
    """How much a start cares for even pupils, even strong schools, few borders and short distances."""

    pupils: float
    strong: float
    borders: float
    metres: float


WEIGHTS = (
    _Weights(200.0, 20.0, 0.1, 0.05),
    _Weights(50.0, 50.0, 0.2, 0.1),
    _Weights(20.0, 5.0, 0.5, 0.5),
    _Weights(400.0, 5.0, 0.05, 0.02),
)


class Regions:
    """A county on which districts are grown and moved about.

    Attributes
    ----------
    met
        Contiguous sets met so far that may be districts.
    plans
        Legal plans met, the last of each start.
    """

    def __init__(self, towns: Towns, wanted: Fairness, seed: int, stop: StopSignal) -> None:
        self._towns, self._wanted, self._stop = towns, wanted, stop
        self._draw = random.Random(seed)  # noqa: S311  plans, not secrets
        self._pupils = [int(p) for p in towns.pupils]
        self._strong, self._sections = [int(s) for s in towns.strong], [int(s) for s in towns.sections]
        self._mean = sum(self._pupils) / wanted.districts
        self._near = [list(bits(near)) for near in towns.near]
        self._metres = towns.metres.tolist()
        self._far = max(1.0, float(towns.metres.max(initial=0)))
        self._energy: dict[int, float] = {}
        self.met: set[int] = set()
        self.plans: list[list[int]] = []

    def search(self) -> None:
        """Grow plans and move them about, as long as there is time."""
        for start in range(STARTS):
            if self._stop.now:
                return
            self._energy = {}
            weights = WEIGHTS[start % len(WEIGHTS)]
            plan = self._moved(self._grown(), weights)
            if all(towns in self.met for towns in plan):
                self.plans.append(plan)

    def _grown(self) -> list[int]:
        """Districts grown from seeds, the one with fewest pupils first."""
        plan = [1 << seed for seed in self._seeds()]
        first = [next(bits(towns)) for towns in plan]
        free = (1 << len(self._towns)) - 1
        for towns in plan:
            free &= ~towns
        while free:
            edges = [self._towns.around(towns) & free for towns in plan]
            open_to = [d for d in range(len(plan)) if edges[d]]
            least = min(open_to, key=lambda d: sum(self._pupils[t] for t in bits(plan[d])))
            town = min(bits(edges[least]), key=lambda t: self._metres[first[least]][t])
            plan[least] |= 1 << town
            free &= ~(1 << town)
        return plan

    def _seeds(self) -> list[int]:
        """One town of each part of the county, then towns far from those before, where pupils are most."""
        parts = self._towns.parts
        seeds = [self._draw.choice(list(bits(part))) for part in parts]
        counts = [1] * len(parts)
        for _ in range(self._wanted.districts - len(parts)):
            crowd = [
                -1.0 if part.bit_count() == counts[k] else sum(self._pupils[t] for t in bits(part)) / counts[k]
                for k, part in enumerate(parts)
            ]
            k = crowd.index(max(crowd))
            counts[k] += 1
            free = [t for t in bits(parts[k]) if t not in seeds]
            own = [s for s in seeds if parts[k] >> s & 1]
            away = {t: min(self._metres[s][t] for s in own) * self._draw.uniform(0.6, 1.0) for t in free}
            seeds.append(max(free, key=lambda t: away[t]))
        return seeds

    def _moved(self, plan: list[int], weights: _Weights) -> list[int]:
        """Let towns on a border change sides."""
        plan, draw = list(plan), self._draw
        side = {town: d for d, towns in enumerate(plan) for town in bits(towns)}
        energy = [self._of(towns, weights) for towns in plan]
        steps = STEPS * len(self._towns)
        hot, cold = HEAT
        for step in range(steps):
            if step % 256 == 0 and self._stop.now:
                break
            town = draw.randrange(len(self._towns))
            others = {side[t] for t in self._near[town]} - {side[town]}
            if not others:
                continue
            old, new = side[town], draw.choice(sorted(others))
            less, more = plan[old] & ~(1 << town), plan[new] | 1 << town
            if not less:
                continue
            after = self._of(less, weights), self._of(more, weights)
            worse = sum(after) - energy[old] - energy[new]
            heat = hot * (cold / hot) ** (step / steps)
            if worse <= 0 or draw.random() < exp(-min(worse / heat, 700.0)):
                plan[old], plan[new] = less, more
                energy[old], energy[new] = after
                side[town] = new
        return plan

    def _of(self, towns: int, weights: _Weights) -> float:
        """Energy of a set; one that may be a district is kept."""
        known = self._energy.get(towns)
        if known is not None:
            return known
        members = list(bits(towns))
        pupils = abs(sum(self._pupils[t] for t in members) / self._mean - 1) if self._mean else 0.0
        sections = sum(self._sections[t] for t in members)
        share = sum(self._strong[t] for t in members) / sections - self._towns.share if sections else 0.0
        faults = sum(1.0 for _ in self._faults(towns, pupils, abs(share)))
        if not faults:
            self.met.add(towns)
        borders = sum((self._towns.near[t] & ~towns).bit_count() for t in members) / 2
        metres = min(sum(self._metres[t][u] for u in members) for t in members) / self._far
        found: float = (
            BROKEN * faults
            + weights.pupils * max(0.0, pupils - (self._wanted.pupils or 0.0) * 0.9) ** 2
            + weights.strong * max(0.0, abs(share) - (self._wanted.strong or 0.0) * 0.9) ** 2
            + weights.borders * borders
            + weights.metres * metres
        )
        self._energy[towns] = found
        return found

    def _faults(self, towns: int, pupils: float, share: float) -> Iterator[str]:
        """What keeps a set from being a district; a set in pieces counts for each piece beyond one."""
        if self._towns.missing(towns):
            yield "stage"
        if self._wanted.pupils is not None and pupils > self._wanted.pupils:
            yield "pupils"
        if self._wanted.strong is not None and share > self._wanted.strong:
            yield "strong"
        if self._wanted.bond is not None and not self._wanted.bond.held(towns):
            yield "bond"
        yield from ("pieces" for _ in range(self.pieces(towns) - 1))

    def pieces(self, towns: int) -> int:
        """Contiguous pieces of a set."""
        left, count = towns, 0
        while left:
            part = edge = left & -left
            while edge:
                edge = self._towns.around(edge) & left & ~part
                part |= edge
            left &= ~part
            count += 1
        return count
