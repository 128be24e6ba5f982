"""The joint question on small districts, answered by trying every plan and every choice of what to spare."""

from __future__ import annotations

import itertools
import random
from decimal import Decimal
from fractions import Fraction
from math import ceil

import numpy as np

from allocator.domain.choices import Stage
from allocator.domain.district import District
from allocator.domain.policy import Policy
from allocator.domain.records import School
from allocator.domain.run import Limits, StopSignal
from allocator.reaching.purses import monies
from tests.rotation.small import every_plan, small_district

HUNDREDTH = ("I1", "I2", "I3", "I7")
WEIGHT = {Stage.PRIMARY: Fraction(1), Stage.JUNIOR: Fraction(11, 10)}


def equipped_district(seed: int) -> District:
    """A small district whose schools have most of what the thresholds ask for, not too unevenly for a CV."""
    draw, town = random.Random(f"assets {seed}"), small_district(seed, eligible_most=5)
    return town.model_copy(update={"schools": tuple(_equipped(draw, s) for s in town.schools)})


def _equipped(draw: random.Random, school: School) -> School:
    pupils = sum(school.pupils(stage) or 0 for stage in school.stages)
    parts = [draw.choice((0.7, 0.84, 0.9, 0.97, 1.0, 1.2)) for _ in range(4)]
    return school.model_copy(
        update={
            "teaching_area_m2": round(4.5 * pupils * parts[0], 1),
            "sports_area_m2": round(7.5 * pupils * parts[1], 1),
            "equipment_yuan": Decimal(round(2000 * pupils * parts[2])),
            "multimedia_rooms": round(0.023 * pupils * parts[3]),
        }
    )


def lenient(seed: int, *, required: int) -> Policy:
    """Thresholds of teachers that a small district can come near to, and rules that leave room to move."""
    draw = random.Random(f"reach {seed}")
    staff = [draw.choice((1.0, 2.0, 4.0)) for _ in range(3)]
    money = (4.5, 7.5, 2000, 2.3)
    return Policy.model_validate(
        {
            "id": f"reach-{seed}",
            "indicators": {
                "thresholds_primary": (*staff, *money),
                "thresholds_junior": (*staff, *money),
                "cv_limit_primary": draw.choice((0.6, 2.0)),
                "cv_limit_junior": draw.choice((0.6, 2.0)),
                "required_met": required,
                "last_ratio": draw.choice((0.5, 0.85)),
            },
            "rotation": {"min_share": 0, "max_share": 1, "min_backbone_share": 0, "max_outflow_share": 0.5},
            "funding": {"move_yuan": draw.choice((0, 5000, 40000))},
        }
    )


def brute(district: District, policy: Policy) -> tuple[int, float, float] | None:
    """Teachers missing, excess of CV^2, yuan: the best of all plans and choices; None without a plan."""
    plans = every_plan(district, policy)
    sections = [(s, stage) for s in district.schools for stage in s.stages]
    counted = np.array([bool(s.pupils(stage)) for s, stage in sections])
    heads = np.stack([plans.facts.counted[i] + plans.sums[i] for i in ("I1", "I2", "I3")], axis=2)
    moved = plans.sums["moved"][:, 0]
    wants, money = _choices(sections, policy)
    best: tuple[int, float, float] | None = None
    for row in np.flatnonzero(plans.legal):
        short = np.maximum(0, wants - heads[row][counted][None]).sum(axis=(1, 2))
        least = int(short.min())
        excess = _excess(heads[row], sections, policy)
        cost = float(money[short == least].min() + policy.funding.move_yuan * moved[row])
        if best is None or (least, round(excess, 9), cost) < (best[0], round(best[1], 9), best[2]):
            best = (least, excess, cost)
    return best


def brute_apart(district: District, policy: Policy) -> dict[str, float]:
    """Least yuan when money, or moves, are decided first: what is missing, the excess, then the order."""
    plans = every_plan(district, policy)
    sections = [(s, stage) for s in district.schools for stage in s.stages]
    counted = np.array([bool(s.pupils(stage)) for s, stage in sections])
    heads = np.stack([plans.facts.counted[i] + plans.sums[i] for i in ("I1", "I2", "I3")], axis=2)
    moved = plans.sums["moved"][:, 0]
    wants, floors = _wanted(sections, policy)
    money = np.array([sum(each.values()) for each in floors], dtype=float)
    full = [_needs(s, stage, policy, set()) for s, stage in sections if s.pupils(stage)]
    below = (wants < np.array([need[0] for need in full])[None]).sum(axis=(1, 2))
    everything = dict[tuple[str, int], int]()
    for (school, _), (_, yuan) in zip([x for x in sections if x[0].pupils(x[1])], full, strict=True):
        for k, amount in enumerate(yuan):
            everything[school.school_id, k] = max(everything.get((school.school_id, k), 0), amount)
    rich = sum(everything.values())
    best: dict[str, tuple[float, ...]] = {}
    for row in np.flatnonzero(plans.legal):
        short = np.maximum(0, wants - heads[row][counted][None]).sum(axis=(1, 2))
        least, excess = int(short.min()), round(_excess(heads[row], sections, policy), 9)
        kept, price = short == least, policy.funding.move_yuan * moved[row]
        few = int(below[kept].min())
        answers: dict[str, tuple[float, ...]] = {
            "money": (least, excess, rich + price),
            "moves": (least, excess, few, float(money[kept & (below == few)].min() + price)),
        }
        for name, answer in answers.items():
            best[name] = min(best.get(name, answer), answer)
    return {name: answer[-1] for name, answer in best.items()}


def cheapest_choice(district: District, policy: Policy) -> float:
    """Least yuan of all choices with which fewest teachers are missing where they are now, CV limits kept."""
    plans = every_plan(district, policy)
    sections = [(s, stage) for s in district.schools for stage in s.stages]
    counted = np.array([bool(s.pupils(stage)) for s, stage in sections])
    heads = np.stack([plans.facts.counted[i] for i in ("I1", "I2", "I3")], axis=1)[counted]
    wants, floors = _wanted(sections, policy)
    short = np.maximum(0, wants - heads[None]).sum(axis=(1, 2))
    purses, stop = monies(district, policy), StopSignal(Limits())
    place = {s.school_id: i for i, s in enumerate(district.schools)}
    costs: dict[tuple[int, ...], float] = {}
    best = []
    for floor in (floors[n] for n in np.flatnonzero(short == short.min())):
        cost = 0.0
        for k, purse in enumerate(purses):
            low = np.zeros(len(place), dtype=np.int64)
            for (school, kind), yuan in floor.items():
                low[place[school]] = max(low[place[school]], yuan) if kind == k else low[place[school]]
            key = (k, *map(int, low))
            if key not in costs:
                amounts, _ = purse.least(low, stop)
                assert amounts is not None
                costs[key] = float(amounts.sum())
            cost += costs[key]
        best.append(cost)
    return min(best)


def _choices(sections: list[tuple[School, Stage]], policy: Policy) -> tuple[np.ndarray, np.ndarray]:
    """For each choice of the spared indicators: teachers wanted (choices, counted sections, 3), and yuan."""
    wants, floors = _wanted(sections, policy)
    return wants, np.array([sum(each.values()) for each in floors], dtype=float)


def _wanted(
    sections: list[tuple[School, Stage]], policy: Policy
) -> tuple[np.ndarray, list[dict[tuple[str, int], int]]]:
    """For each choice: teachers wanted, and yuan to be given by school and asset."""
    spare = 7 - policy.indicators.required_met
    sets = [c for k in range(spare + 1) for c in itertools.combinations(range(7), k)]
    inside = [(s, stage) for s, stage in sections if s.pupils(stage)]
    per_section = [[_needs(s, stage, policy, set(c)) for c in sets] for s, stage in inside]
    wants, money = [], []
    for chosen in itertools.product(*per_section):
        wants.append([need[0] for need in chosen])
        floors: dict[tuple[str, int], int] = {}
        for (school, _), (_, yuan) in zip(inside, chosen, strict=True):
            for k, amount in enumerate(yuan):
                floors[school.school_id, k] = max(floors.get((school.school_id, k), 0), amount)
        money.append(floors)
    return np.array(wants).reshape(len(wants), len(inside), 3), money


def _needs(school: School, stage: Stage, policy: Policy, spared: set[int]) -> tuple[list[int], list[int]]:
    """Teachers wanted and yuan to be given, with some indicators left at the part that the policy asks for."""
    pupils = school.pupils(stage) or 0
    weighted = {e: WEIGHT[e] * (school.pupils(e) or 0) for e in school.stages}
    share = weighted[stage] / sum(weighted.values())
    rules = policy.funding
    prices = (rules.teaching_m2_yuan, rules.sports_m2_yuan, 1, rules.room_yuan)
    has = (school.teaching_area_m2, school.sports_area_m2, school.equipment_yuan, school.multimedia_rooms)
    staff, yuan = [], []
    for k, (name, threshold) in enumerate(policy.thresholds(stage).items()):
        wanted = Fraction(str(threshold)) * pupils / (100 if name in HUNDREDTH else 1)
        wanted *= Fraction(str(policy.indicators.last_ratio)) if k in spared else 1
        if k < 3:
            staff.append(ceil(wanted))
        else:
            missing = wanted / share - Fraction(str(has[k - 3]))
            yuan.append(max(0, ceil(missing * Fraction(str(prices[k - 3])))))
    return staff, yuan


def _excess(heads: np.ndarray, sections: list[tuple[School, Stage]], policy: Policy) -> float:
    """Sum over stages and I1-I3 of CV^2 above its limit."""
    found = 0.0
    for stage in Stage:
        rows = [n for n, (s, e) in enumerate(sections) if e is stage and s.pupils(e)]
        pupils = np.array([sections[n][0].pupils(stage) for n in rows], dtype=float)
        for k in range(3):
            counts = heads[rows, k]
            if counts.sum() > 0:
                squared = pupils.sum() * (counts**2 / pupils).sum() / counts.sum() ** 2 - 1
                found += max(0.0, squared - policy.cv_limit(stage) ** 2)
    return found
