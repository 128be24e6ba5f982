"""The rotation rules in Timefold: run as a program of its own, in the environment that has `timefold`.

    python timefold_model.py problem.json answer.json

It imports nothing of ours: the problem comes as plain numbers (see `timefold.py`), and what goes back is each
teacher's section. Scores are compared lexicographically (a bendable score): the hard rules, then the least
number of moves (R6), then the three levels. So a search that begins with everybody at home, which breaks no
rule but R6, can stay legal on its way. Whoever stays keeps the present section as value.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from timefold.solver import SolverFactory
from timefold.solver.config import (
    Duration,
    ScoreDirectorFactoryConfig,
    SolverConfig,
    TerminationConfig,
)
from timefold.solver.domain import (
    PlanningEntityCollectionProperty,
    PlanningId,
    PlanningScore,
    PlanningVariable,
    ProblemFactCollectionProperty,
    ValueRangeProvider,
    planning_entity,
    planning_solution,
)
from timefold.solver.score import (
    BendableScore,
    ConstraintCollectors,
    ConstraintFactory,
    Joiners,
    constraint_provider,
)

HARD = BendableScore.of((1, 0), (0, 0, 0))
QUOTA = BendableScore.of((0, 1), (0, 0, 0))
STAFFING = BendableScore.of((0, 0), (1, 0, 0))
BALANCE = BendableScore.of((0, 0), (0, 1, 0))
BURDEN = BendableScore.of((0, 0), (0, 0, 1))
"""What one unit weighs; matches give negative units for what is bad."""


@dataclass
class Section:
    """One stage of one school. Counts are of those who cannot move; entities are added to them."""

    index: Annotated[int, PlanningId]
    school: int
    metres: list[int]
    base: list[int]
    posts: list[int]
    least: list[int]
    most: list[int]
    outflow: int
    spread_weight: list[int]
    flag_base: list[int]
    backbone_missing: bool


@planning_entity
@dataclass
class Teacher:
    """An eligible teacher; `wishes` maps a section to metres less, `unwished` are metres more elsewhere."""

    index: Annotated[int, PlanningId]
    home: Section
    subject: int
    degree: bool
    backbone: bool
    arts: bool
    principal: bool
    unwished: int
    wishes: dict[int, int]
    partner: int
    options: Annotated[list[Section], ValueRangeProvider]
    to: Annotated[Section, PlanningVariable]

    def moved(self) -> bool:
        """Whether the teacher leaves."""
        return self.to.index != self.home.index

    def burden(self) -> int:
        """Metres of the move, wishes taken into account."""
        if self.to.index == self.home.index:
            return 0
        metres = self.home.metres[self.to.index]
        if self.to.index in self.wishes:
            return metres - self.wishes[self.to.index]
        return metres + self.unwished


@dataclass
class Quotas:
    """R6, R7 and R12: numbers for the whole district."""

    least: int
    most: int
    share_above: int
    share_below: int
    partner_metres: int


@planning_solution
@dataclass
class Plan:
    """The district and everybody's section."""

    quotas: Annotated[list[Quotas], ProblemFactCollectionProperty]
    sections: Annotated[list[Section], ProblemFactCollectionProperty]
    teachers: Annotated[list[Teacher], PlanningEntityCollectionProperty]
    score: Annotated[
        BendableScore | None,
        PlanningScore(bendable_hard_levels_size=2, bendable_soft_levels_size=3),
    ] = field(default=None)


# Groups without anybody do not appear in a stream, so functions of a count give the difference to "nobody".
def below(section: Section, subject: int, count: int) -> int:
    """R4, lower limit: by how much `count` teachers mend the breach."""
    lack = max(0, section.least[subject] - section.base[subject])
    return min(lack, count)


def above(section: Section, subject: int, count: int) -> int:
    """R4, upper limit: the breach, negative."""
    return min(0, section.most[subject] - section.base[subject] - count)


def filled(section: Section, subject: int, count: int) -> int:
    """Posts filled by `count` teachers."""
    return min(max(0, section.posts[subject] - section.base[subject]), count)


def spread(section: Section, kind: int, count: int) -> int:
    """Weighted square of the teachers counted by an indicator, less that of those who cannot move; negative."""
    base = section.flag_base[kind]
    return section.spread_weight[kind] * (base * base - (base + count) * (base + count))


@constraint_provider
def rules(factory: ConstraintFactory) -> list[Any]:
    """All default rules that the candidate sections do not already obey, and the levels."""
    return [*staffing(factory), *quotas(factory), *people(factory), *spreads(factory), burden(factory)]


def staffing(factory: ConstraintFactory) -> list[Any]:
    """R4 and the staffing level."""
    count = ConstraintCollectors.count
    return [
        factory.for_each(Teacher)
        .group_by(lambda t: t.to, lambda t: t.subject, count())
        .impact(HARD, lambda s, j, n: below(s, j, n) + above(s, j, n))
        .as_constraint("R4"),
        factory.for_each(Teacher)
        .group_by(lambda t: t.to, lambda t: t.subject, count())
        .impact(STAFFING, filled)
        .as_constraint("staffing"),
    ]


def quotas(factory: ConstraintFactory) -> list[Any]:
    """R5, R6, R7."""
    count = ConstraintCollectors.count
    return [
        factory.for_each(Teacher)
        .filter(lambda t: t.moved())
        .group_by(lambda t: t.home, count())
        .impact(HARD, lambda s, n: min(0, s.outflow - n))
        .as_constraint("R5"),
        factory.for_each(Teacher)
        .filter(lambda t: t.moved())
        .group_by(count())
        .join(Quotas)
        .impact(QUOTA, lambda n, q: min(n, q.least))
        .as_constraint("R6 least"),
        factory.for_each(Teacher)
        .filter(lambda t: t.moved())
        .group_by(count())
        .join(Quotas)
        .impact(HARD, lambda n, q: min(0, q.most - n))
        .as_constraint("R6 most"),
        factory.for_each(Teacher)
        .filter(lambda t: t.moved())
        .join(Quotas)
        .group_by(
            ConstraintCollectors.sum(lambda t, q: q.share_below * int(t.backbone) - q.share_above),
        )
        .impact(HARD, lambda surplus: min(0, surplus))
        .as_constraint("R7"),
    ]


def people(factory: ConstraintFactory) -> list[Any]:
    """R10, R12, R14 (a school has one principal)."""
    return [
        factory.for_each(Teacher)
        .filter(lambda t: t.backbone and t.to.backbone_missing)
        .group_by(lambda t: t.to)
        .impact(HARD)
        .as_constraint("R10"),
        factory.for_each(Teacher)
        .filter(lambda t: t.partner >= 0)
        .join(Teacher, Joiners.equal(lambda t: t.partner, lambda t: t.index))
        .join(Quotas)
        .filter(lambda a, b, q: max(a.to.metres[b.to.index], b.to.metres[a.to.index]) > q.partner_metres)
        .penalize(HARD)
        .as_constraint("R12"),
        factory.for_each(Teacher)
        .filter(lambda t: t.principal and t.moved())
        .if_not_exists(
            factory.for_each(Teacher).filter(lambda t: t.principal and t.moved()),
            Joiners.equal(lambda t: t.home.school, lambda t: t.to.school),
        )
        .penalize(HARD)
        .as_constraint("R14"),
    ]


def spreads(factory: ConstraintFactory) -> list[Any]:
    """The balance level: I1, I2, I3."""
    count = ConstraintCollectors.count
    return [
        factory.for_each(Teacher)
        .filter(lambda t: t.degree)
        .group_by(lambda t: t.to, count())
        .impact(BALANCE, lambda s, n: spread(s, 0, n))
        .as_constraint("I1"),
        factory.for_each(Teacher)
        .filter(lambda t: t.backbone)
        .group_by(lambda t: t.to, count())
        .impact(BALANCE, lambda s, n: spread(s, 1, n))
        .as_constraint("I2"),
        factory.for_each(Teacher)
        .filter(lambda t: t.arts)
        .group_by(lambda t: t.to, count())
        .impact(BALANCE, lambda s, n: spread(s, 2, n))
        .as_constraint("I3"),
    ]


def burden(factory: ConstraintFactory) -> Any:
    """The burden level, metres."""
    return (
        factory.for_each(Teacher)
        .filter(lambda t: t.moved())
        .impact(BURDEN, lambda t: -t.burden())
        .as_constraint("burden")
    )


def plan_of(problem: dict[str, Any]) -> Plan:
    """Turn the numbers of a problem file into Timefold's objects."""
    sections = [Section(**row) for row in problem["sections"]]
    lists: dict[str, list[Section]] = {}
    teachers = []
    for row in problem["teachers"]:
        key = str(row["options"])
        if key not in lists:
            lists[key] = [sections[i] for i in row["options"]]
        fields = {
            **row,
            "home": sections[row["home"]],
            "options": lists[key],
            "wishes": {int(s): metres for s, metres in row["wishes"].items()},
            # The search begins with everybody at home (or, if that is locked, at the first other section).
            "to": sections[row["options"][0]],
        }
        teachers.append(Teacher(**fields))
    return Plan([Quotas(**problem["quotas"])], sections, teachers)


def main(problem_file: str, answer_file: str) -> None:
    """Solve a problem file."""
    began = time.monotonic()
    problem = json.loads(Path(problem_file).read_text(encoding="utf-8"))
    plan = plan_of(problem)
    config = SolverConfig(
        solution_class=Plan,
        entity_class_list=[Teacher],
        score_director_factory_config=ScoreDirectorFactoryConfig(constraint_provider_function=rules),
        termination_config=TerminationConfig(
            spent_limit=Duration(milliseconds=round(1000 * problem["limit_s"]))
        ),
        random_seed=0,
    )
    solver = SolverFactory.create(config).build_solver()
    built = time.monotonic()
    best = solver.solve(plan)
    answer = {
        "to": [t.to.index for t in best.teachers],
        "score": str(best.score),
        "build_s": built - began,
        "solve_s": time.monotonic() - built,
    }
    Path(answer_file).write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
