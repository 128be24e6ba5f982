"""Small districts and policies with every rule in force, elastic or off, and few enough plans to try."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Sequence

from allocator.domain.choices import Backbone, Role, Stage, Subject
from allocator.domain.district import District
from allocator.domain.policy import (
    NEVER_ELASTIC,
    RULES,
    ElasticPolicy,
    Mode,
    ObjectivePolicy,
    Policy,
    RotationPolicy,
    RulesPolicy,
)
from allocator.domain.records import Post, Teacher, Wish
from tests.rotation.enumeration import count_plans
from tests.rotation.small import AS_OF, small_district

MOST_PLANS = 8000
LEVELS = ("staffing", "balance", "burden")


def case(seed: int) -> tuple[District, Policy]:
    """A district and a policy of a seed; in every second district teachers compete for places.

    Where R2 is not in force everybody may move; there are fewer teachers then.
    """
    policy = drawn_policy(seed)
    if seed % 4 == 1:
        policy = for_wishes(policy, seed)
    full = [(14, eligible) for eligible in range(6, 0, -1)]
    sizes = full if policy.active("R2") else [(teachers, 4) for teachers in range(9, 1, -1)]
    for teachers, eligible in sizes:
        district = small_district(seed, teachers, eligible)
        if seed % 2:
            district = competing(district, seed, eligible, popular=seed % 4 == 1)
        else:
            district = with_principals(district, seed)
        if count_plans(district, policy, AS_OF) <= MOST_PLANS:
            return district, policy
    raise AssertionError(seed)


def drawn_policy(seed: int) -> Policy:
    """Every rule in force or off, some elastic in every third policy, and every number drawn."""
    draw = random.Random(f"switched {seed}")
    modes = {rule: Mode.HARD if draw.random() < 0.65 else Mode.OFF for rule in RULES[1:]}
    modes |= {rule: Mode.OFF for rule in ("R15", "R16") if draw.random() < 0.5}
    if seed % 3 == 0:
        soft = [rule for rule, mode in modes.items() if mode is Mode.HARD and rule not in NEVER_ELASTIC]
        modes |= {rule: Mode.ELASTIC for rule in soft if draw.random() < 0.4}
    levels = draw.choice((LEVELS, LEVELS, LEVELS, LEVELS[::-1], ("balance", "staffing", "burden")))
    prices = [name for name in ElasticPolicy.model_fields if name != "untouchable"]
    return Policy(
        id=f"switched-{seed}",
        rotation=_numbers(draw),
        rules=RulesPolicy.model_validate(modes),
        elastic=ElasticPolicy.model_validate({name: draw.choice((1, 10, 100)) for name in prices}),
        objective=ObjectivePolicy.model_validate(
            {"levels": levels, "wish_km": draw.choice(((10, 6, 3), (90, 70)))}
        ),
    )


def for_wishes(policy: Policy, seed: int) -> Policy:
    """The policy with wishes first and quotas wide, so that the rules of wishes decide the plan."""
    draw = random.Random(f"mechanism {seed}")
    wide = {"max_share": 1.0, "min_share": 0.0, "max_km": 40.0, "max_partner_km": draw.choice((3.0, 8.0))}
    off = {rule: Mode.OFF for rule in ("R5", "R7", "R9", "R13") if draw.random() < 0.4}
    first = {"levels": LEVELS[::-1], "wish_km": draw.choice(((90.0, 70.0), (30.0, 25.0)))}
    mechanism = {"mechanism": draw.choice(("levels", "points", "points", "status_quo"))}
    return policy.model_copy(
        update={
            "rotation": policy.rotation.model_copy(update={**wide, **mechanism}),
            "rules": policy.rules.model_copy(update=off),
            "objective": policy.objective.model_copy(update=first),
        }
    )


def _numbers(draw: random.Random) -> RotationPolicy:
    """The numbers of the rules, from slack to tight."""
    minimum = draw.choice((0.0, 0.1, 0.1, 0.3))
    return RotationPolicy(
        min_share=minimum,
        max_share=min(1.0, minimum + draw.choice((0.2, 0.4, 0.8))),
        min_backbone_share=draw.choice((0.0, 0.2, 0.2, 0.5)),
        backbone_base=draw.choice(("moved", "eligible_backbone")),
        max_km=draw.choice((8.0, 14.0, 20.0)),
        max_minutes=draw.choice((None, 60.0)),
        staffing_tolerance=draw.choice((0, 1, 1)),
        max_outflow_share=draw.choice((0.2, 0.2, 0.5)),
        min_down_share=draw.choice((0.3, 0.5, 1.0)),
        max_partner_km=draw.choice((3.0, 8.0, 20.0)),
        scope=draw.choice(("county", "learning_district", "alliance")),
        second_subject=draw.random() < 0.4,
        mechanism=draw.choice(("levels",) * 5 + ("points", "status_quo")),
    )


def with_principals(district: District, seed: int) -> District:
    """The district with more of its first teachers as principals, most of them long enough in office."""
    draw = random.Random(f"principals {seed}")
    teachers = tuple(
        t.model_copy(update={"role": Role.PRINCIPAL, "terms": draw.choice((1, 2, 2, 3))})
        if i < 6 and draw.random() < 0.3
        else t
        for i, t in enumerate(district.teachers)
    )
    return district.model_copy(update={"teachers": teachers})


def competing(district: District, seed: int, eligible: int, *, popular: bool) -> District:
    """Points for most teachers, two wishes each for the first few, the own school now and then; a couple.

    All teach mathematics in primary schools, some are backbone teachers and posts just filled, so that they
    compete for places, and R4, R5 and R10 keep people at home. Where one school is popular, it has one free
    post and is everybody's first wish; the others have a teacher too many.
    """
    draw = random.Random(f"wishing {seed}")
    few = min(5, eligible)
    teachers = [
        t.model_copy(
            update={
                "points": draw.choice((None, 10.0, 20.0, 30.0, 40.0)),
                "backbone": draw.choice((Backbone.NONE, Backbone.NONE, Backbone.COUNTY)),
                "exempt": i >= few,
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
    _marry(draw, teachers, few)
    goal = draw.choice(district.schools).school_id if popular else None
    return district.model_copy(
        update={
            "teachers": tuple(teachers),
            "wishes": tuple(_wishes(draw, district, teachers[:few], goal)),
            "posts": tuple(_posts(draw, district, teachers, goal)),
        }
    )


def _posts(
    draw: random.Random, district: District, teachers: Sequence[Teacher], goal: str | None
) -> list[Post]:
    """Posts as they are, or one a teacher; with a popular school one more there and one fewer elsewhere."""
    heads = Counter((t.school_id, t.stage, t.subject) for t in teachers)
    if goal is None and draw.random() < 0.4:
        return list(district.posts)
    posts = []
    for row in district.posts:
        more = 0 if goal is None else 1 if row.school_id == goal else -1
        count = max(0, heads[row.school_id, row.stage, row.subject] + more)
        posts.append(row.model_copy(update={"posts": count}))
    return posts


def _marry(draw: random.Random, teachers: list[Teacher], few: int) -> None:
    """Make a couple of two colleagues among the first few now and then; one names the other."""
    for one, other in itertools.combinations(range(min(few, len(teachers))), 2):
        if teachers[one].school_id == teachers[other].school_id and draw.random() < 0.5:
            partner = {"partner_id": teachers[other].teacher_id}
            teachers[one] = teachers[one].model_copy(update=partner)
            return


def _wishes(
    draw: random.Random, district: District, teachers: Sequence[Teacher], goal: str | None
) -> list[Wish]:
    """Two wishes each, the popular school first, the present school now and then."""
    wishes = []
    for teacher in teachers:
        chosen = draw.sample([s.school_id for s in district.schools], k=2)
        if goal is not None and goal != teacher.school_id:
            chosen = [goal, next(s for s in chosen if s != goal)]
        wishes += [
            Wish(teacher_id=teacher.teacher_id, rank=rank, school_id=school)
            for rank, school in enumerate(chosen, start=1)
        ]
    return wishes
