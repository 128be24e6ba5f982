"""Points first (R15) and never below the present school (R16) agree with trying every plan."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import pytest

from allocator.checking import eligibility
from allocator.domain.choices import Backbone, Role, Stage, Subject
from allocator.domain.district import District
from allocator.domain.plan import Status
from allocator.domain.policy import Mode, Policy
from allocator.domain.records import Wish
from allocator.domain.run import Limits
from allocator.engine import rotate
from tests.rotation.small import AS_OF, brute_force, small_district, small_policy


def wishing(district: District, seed: int) -> District:
    """Points for most teachers, two wishes each for the first five, the own school now and then; a couple.

    All teach mathematics in primary schools, some are backbone teachers and posts just filled, so that they
    compete for places, and R4, R5 and R10 keep people at home.
    """
    draw = random.Random(f"wishing {seed}")
    teachers = [
        t.model_copy(
            update={
                "points": draw.choice((None, 10.0, 20.0, 30.0, 40.0)),
                "backbone": draw.choice((Backbone.NONE, Backbone.NONE, Backbone.COUNTY)),
                "exempt": i >= 5,
                "partner_id": None,
                "stage": Stage.PRIMARY,
                "subject": Subject.MATH,
                "second_subject": draw.choice((None, None, Subject.ART)),
                "role": Role.PRINCIPAL if draw.random() < 0.1 else Role.TEACHER,
                "terms": 2,
            }
        )
        for i, t in enumerate(district.teachers)
    ]
    for one, other in itertools.combinations(range(5), 2):
        if teachers[one].school_id == teachers[other].school_id and draw.random() < 0.5:
            partner = {"partner_id": teachers[other].teacher_id}
            teachers[one] = teachers[one].model_copy(update=partner)
            break
    wishes = []
    for teacher in teachers[:5]:
        chosen = draw.sample([s.school_id for s in district.schools], k=2)
        wishes += [
            Wish(teacher_id=teacher.teacher_id, rank=rank, school_id=school)
            for rank, school in enumerate(chosen, start=1)
        ]
    heads = Counter((t.school_id, t.stage, t.subject) for t in teachers)
    full = [p.model_copy(update={"posts": heads[p.school_id, p.stage, p.subject]}) for p in district.posts]
    posts = full if draw.random() < 0.6 else district.posts
    return district.model_copy(
        update={"teachers": tuple(teachers), "wishes": tuple(wishes), "posts": tuple(posts)}
    )


def with_mechanism(policy: Policy, seed: int) -> Policy:
    """Points by name, status quo by name, or both by their switches.

    Most policies pay for granted wishes alone, so that the rules of wishes decide the plan.
    """
    draw = random.Random(f"mechanism {seed}")
    mechanism = ("points", "points", "status_quo", "levels")[seed % 4]
    both = {"R15": Mode.HARD, "R16": Mode.HARD} if mechanism == "levels" else {}
    rotation = policy.rotation.model_copy(update={"mechanism": mechanism})
    rules = policy.rules.model_copy(update=both)
    if draw.random() < 0.25:
        return policy.model_copy(update={"rotation": rotation, "rules": rules})
    wide = {"max_share": 1.0, "min_share": 0.0, "max_km": 40.0, "max_partner_km": draw.choice((3.0, 8.0))}
    tight = {"staffing_tolerance": draw.choice((0, 1, 1))}
    off = {rule: Mode.OFF for rule in ("R4", "R5", "R7", "R9", "R13") if draw.random() < 0.5}
    return policy.model_copy(
        update={
            "rotation": rotation.model_copy(update={**wide, **tight}),
            "rules": rules.model_copy(update=off),
            "objective": policy.objective.model_copy(update={"levels": ("burden",), "wish_km": (90.0, 70.0)}),
        }
    )


@pytest.mark.parametrize("seed", range(160))
def test_levels_under_a_mechanism_equal_brute_force(seed: int) -> None:
    """Rows that forbid too much or too little under either mechanism fail here."""
    district, policy = wishing(small_district(seed), seed), with_mechanism(small_policy(seed), seed)
    eligible = [t for t, why in eligibility(district, policy, AS_OF).items() if not why]
    best = brute_force(district, policy, eligible)
    decision = rotate(district, policy, as_of=AS_OF, limits=Limits(gap=0.0))
    if best is None:
        assert decision.status is Status.INFEASIBLE
        return
    found = [level.value for level in decision.levels]
    assert found == pytest.approx(list(best.levels), rel=1e-7, abs=1e-7)
    bounds = [level.bound for level in decision.levels]
    assert bounds == pytest.approx(list(best.levels), rel=1e-6, abs=1e-6)
