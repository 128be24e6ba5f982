"""Projects of one purpose or of four, under CV limits: processor seconds, gaps, the checker's word.

Run `python -m benchmarks.funding_projects [CASE ...] [--seeds N] [--seconds S]`; by default all cases, seed 1,
60 s. Each case has 300 projects at 250 schools (`narrow`: at 40), money for half of what they cost, one thread.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from allocator.checking import check_funding
from allocator.domain.choices import Asset, Purpose, SplitRule
from allocator.domain.district import District
from allocator.domain.funding import Split
from allocator.domain.money_records import Grant, Project
from allocator.domain.policy import Mode, Policy
from allocator.domain.records import School
from allocator.domain.run import Limits
from allocator.funding.projects import choose_projects
from allocator.generation import generate

PRICE = {
    Purpose.EQUIPMENT: (Asset.EQUIPMENT_YUAN, 1, 2000),
    Purpose.MULTIMEDIA: (Asset.MULTIMEDIA_ROOMS, 60_000, 0.023),
    Purpose.TEACHING_AREA: (Asset.TEACHING_AREA_M2, 3000, 4.5),
    Purpose.SPORTS_AREA: (Asset.SPORTS_AREA_M2, 600, 7.5),
}
"""What a purpose adds, yuan for one of it, and what the standard asks a pupil."""
GAP = 1e-3


@dataclass(frozen=True)
class Case:
    """What is drawn: purposes, years, the share of projects with a tie, schools; whether F6 binds."""

    purposes: tuple[Purpose, ...] = (Purpose.EQUIPMENT,)
    years: int = 1
    ties: float = 0.25
    schools: int = 250
    hard: bool = False


CASES = {
    "four": Case(tuple(PRICE), years=3),
    "equipment": Case(),
    "multimedia": Case((Purpose.MULTIMEDIA,)),
    "teaching": Case((Purpose.TEACHING_AREA,)),
    "sports": Case((Purpose.SPORTS_AREA,)),
    "untied": Case(ties=0.0),
    "years": Case(years=3),
    "years-ties": Case((Purpose.MULTIMEDIA,), years=5, ties=0.8),
    "narrow": Case(schools=40, ties=0.1),
    "hard": Case(hard=True),
}


def county(case: Case, seed: int, projects: int = 300) -> District:
    """Draw projects most where little is; ties with any earlier project, most often of the same school."""
    district = generate(case.schools, seed=seed)
    draw = Random(f"projects {seed}")
    rows: list[Project] = []
    for number in range(projects):
        purpose, year = draw.choice(case.purposes), draw.randrange(case.years)
        school = _poor(district.schools, purpose, draw)
        rows.append(_tied(_project(number, school, purpose, year, draw), rows, case.ties, draw))
    return district.model_copy(update={"grants": _grants(case, rows), "projects": tuple(rows)})


def _poor(schools: Sequence[School], purpose: Purpose, draw: Random) -> School:
    asset, _, need = PRICE[purpose]
    level = [float(getattr(s, asset.value) or 0) / (need * max(1, _size(s))) for s in schools]
    lack = [max(0.0, 1 - x) + 0.05 if _size(s) else 0.0 for s, x in zip(schools, level, strict=True)]
    return draw.choices(schools, lack)[0]


def _size(school: School) -> int:
    return sum(school.pupils(stage) or 0 for stage in school.stages)


def _project(number: int, school: School, purpose: Purpose, year: int, draw: Random) -> Project:
    asset, price, need = PRICE[purpose]
    amount = max(1, round(draw.uniform(0.1, 0.5) * need * _size(school)))
    return Project(
        project_id=f"P{number:03d}",
        school_id=school.school_id,
        grant_id=f"{purpose.value}{year}",
        cost_yuan=Decimal(round(amount * price * draw.uniform(0.9, 1.3))),
        adds=asset,
        amount=amount,
    )


def _tied(project: Project, rows: Sequence[Project], share: float, draw: Random) -> Project:
    if not rows or draw.random() >= share:
        return project
    same = [row for row in rows if row.school_id == project.school_id]
    other = draw.choice(same if same and draw.random() < 0.7 else list(rows)).project_id
    return project.model_copy(update={draw.choice(("requires", "excludes")): (other,)})


def _grants(case: Case, rows: Sequence[Project]) -> tuple[Grant, ...]:
    cost: dict[str, Decimal] = {}
    for row in rows:
        cost[row.grant_id] = cost.get(row.grant_id, Decimal(0)) + row.cost_yuan
    return tuple(
        Grant(
            grant_id=f"{purpose.value}{year}",
            amount_yuan=cost.get(f"{purpose.value}{year}", Decimal(0)) // 2,
            purpose=purpose,
            rule=SplitRule.PROJECTS,
            year=2026 + year,
        )
        for purpose in case.purposes
        for year in range(case.years)
    )


def run(name: str, seed: int, seconds: float, say: Callable[[str], None] = print) -> None:
    """Solve one case, have it checked, and print a row."""
    case = CASES[name]
    district = county(case, seed)
    policy = Policy(id="benchmark")
    if case.hard:
        policy = policy.model_copy(update={"rules": policy.rules.model_copy(update={"F6": Mode.HARD})})
    wall, began = time.perf_counter(), time.process_time()
    plan = choose_projects(district, policy, limits=Limits(gap=GAP, time_s=seconds))
    cpu, wall = time.process_time() - began, time.perf_counter() - wall
    judgement = check_funding(district, policy, Split((), plan.chosen))
    levels = ", ".join(f"{x.name} {x.value:.6g} (gap {x.gap or 0:.4%}, bound {x.bound})" for x in plan.levels)
    legal = "legal" if judgement.passed else "NOT LEGAL"
    say(f"{name:11} seed {seed}: {cpu:5.1f} s CPU, {wall:5.1f} s: {plan.status}, {legal}; {levels}")


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", choices=[*CASES, []], default=list(CASES))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    for name in options.cases:
        for seed in range(1, options.seeds + 1):
            run(name, seed, options.seconds)


if __name__ == "__main__":
    main()
