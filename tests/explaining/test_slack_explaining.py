"""Explanations where levels may give way a little to later ones."""

from __future__ import annotations

from functools import cache
from math import floor

import numpy as np
import pytest

from allocator.domain.explanation import Consequence
from allocator.domain.plan import Decision
from allocator.domain.run import Limits
from allocator.engine import rotate
from allocator.explaining import Explainer, explain_moves
from tests.rotation.enumerated_facts import Mask
from tests.rotation.enumeration import WHOLE, EveryPlan
from tests.rotation.small import AS_OF, every_plan
from tests.rotation.switched import case

SLACK = 0.2
LIMITS = Limits(gap=1e-8)
SEEDS = (9, 21, 66, 69, 153, 156, 216, 258, 276, 282, 285, 297)
"""All with elastic rules."""


@cache
def planned(seed: int) -> tuple[Decision, EveryPlan] | None:
    """A district planned under a profile with much slack, and all its plans; None where there is no plan."""
    district, policy = case(seed)
    policy = policy.model_copy(update={"objective": policy.objective.model_copy(update={"slack": SLACK})})
    plans = every_plan(district, policy)
    if not plans.legal.any():
        return None
    return rotate(district, policy, as_of=AS_OF, limits=LIMITS), plans


def ceiling(name: str, value: float) -> float:
    """The largest value that counts as the best: without slack for the price of breaches."""
    most = value + (0.0 if name == "breaches" else SLACK * abs(value)) + 1e-8
    return floor(most) if name in WHOLE else most


def agrees(found: Consequence, plans: EveryPlan, allowed: Mask) -> None:
    """Each level is the best of the plans that those before leave: within slack of the best plan, if one is."""
    left = allowed
    for level in found.levels:
        values = plans.levels[level.name]
        assert level.value == pytest.approx(values[left].min(), rel=1e-6, abs=1e-6), level.name
        near = level.value <= ceiling(level.name, level.base)
        left = left & (values <= ceiling(level.name, min(level.value, level.base) if near else level.value))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_price_of_breaches_has_no_slack_under_a_condition(seed: int) -> None:
    """With the slack of the levels on the price, later levels would come out better by breaking more."""
    known = planned(seed)
    if known is None:
        return
    decision, plans = known
    explainer = Explainer(decision.district, decision.policy, decision.moves, as_of=AS_OF, limits=LIMITS)
    for teacher in explainer.district.teachers[:6]:
        for school in explainer.district.schools:
            forced = explainer.why_not(teacher.teacher_id, school.school_id).forced
            if forced is not None and forced.levels:
                there = plans.goes_to(teacher.teacher_id, school.school_id)
                agrees(forced, plans, np.all([plans.legal, there], axis=0))


@pytest.mark.parametrize("seed", [2080, *range(0, 40, 2)])
def test_slack_makes_no_level_worse_than_it_must_be(seed: int) -> None:
    """In the first seed 5 posts stay empty with or without the teacher; a plan within slack has 6."""
    known = planned(seed)
    if known is None:
        return
    decision, plans = known
    for why in explain_moves(decision, LIMITS).whys:
        if why.otherwise is not None and why.otherwise.levels:
            home = decision.district.teacher_by_id[why.teacher_id].school_id
            agrees(why.otherwise, plans, plans.legal & plans.goes_to(why.teacher_id, home))
