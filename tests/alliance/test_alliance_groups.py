"""Groups 1+n: every level against all plans tried, plans by hand, numbers asked for, renewal, hard edges."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from allocator.alliances import AllianceDecision, form_alliances
from allocator.checking import Terms, check_alliances
from allocator.domain.choices import AllianceForm, LinkKind
from allocator.domain.district import District
from allocator.domain.plan import Status
from allocator.domain.run import Limits
from allocator.errors import UsageError
from allocator.io.policies import load_policy
from tests.alliance.alliance_cases import district, existing, link, school
from tests.alliance.networks import memberships, small_network
from tests.alliance.oracle import groups_of, optimum

POLICY = load_policy("national-2017", ["alliance.max_km=25", "alliance.group_max_members=3"])
BARE = load_policy(
    "national-2017", ["alliance.group_min_members=1", "alliance.group_max_members=3", "alliance.tag_weight=0"]
)


def formed(decision: AllianceDecision) -> dict[str, tuple[str, ...]]:
    """Lead -> members."""
    assert decision.plan is not None
    return {lead: members for lead, members, _ in groups_of(decision.plan)}


def agree(tables: District, decision: AllianceDecision, best: dict[str, float], seed: int) -> None:
    if not best:
        assert decision.status is Status.INFEASIBLE, seed
        assert decision.problems, seed
        return
    assert decision.status is Status.OPTIMAL, seed
    found = {level.name: level.final for level in decision.levels}
    assert [found.get(name, 0.0) for name in best] == pytest.approx(list(best.values()), abs=2e-6), seed


@pytest.mark.parametrize("part", range(2))
def test_groups_are_what_trying_every_plan_finds(part: int) -> None:
    """Links, unknown and equal qualities, and in every third network two groups that go on (A8)."""
    several = 0
    for seed in range(20 * part, 20 * part + 20):
        tables = small_network(seed, 7 if seed % 6 == 0 else 6)
        if seed % 3 == 0:
            ids = [s.school_id for s in tables.schools]
            before = memberships("group", [(ids[0], ids[1:3]), (ids[4], ids[5:6])])
            tables = tables.model_copy(update={"memberships": before})
        decision = form_alliances(tables, POLICY, form="group")
        agree(tables, decision, dict(optimum(tables, POLICY, "group").levels), seed)
        several += decision.plan is not None and len(formed(decision)) > 1
    assert several > 0


def test_evenness_is_what_trying_every_plan_finds() -> None:
    """Without benefits evenness decides: means over two, three and four schools, some of unknown quality.

    A spread of sums instead of means, or one that counts unknown schools, differs in several of these.
    """
    uneven = 0
    blank = {"teaching_area_m2": None, "sports_area_m2": None, "equipment_yuan": None, "multimedia_rooms": None}
    for seed in range(6):
        draw = np.random.default_rng(seed)
        tables = small_network(seed, 7, links=seed % 2 == 0)
        points = draw.choice([np.nan, 55.5, 61, 72, 80, 95, 88, 70.3], len(tables.schools)).tolist()
        schools = tuple(
            s.model_copy(update={**blank, "quality": None if np.isnan(q) else q})
            for s, q in zip(tables.schools, points, strict=True)
        )
        tables = tables.model_copy(update={"schools": schools})
        decision = form_alliances(tables, BARE, form="group")
        agree(tables, decision, dict(optimum(tables, BARE, "group").levels), seed)
        uneven += any(level.name == "evenness" and level.final > 0 for level in decision.levels)
    assert uneven >= 2


def row(qualities: Sequence[float | None], **more: object) -> District:
    """Primary schools S1, S2, ... one kilometre apart, without any other figure."""
    return district([school(f"S{i}", quality=q, km=float(i)) for i, q in enumerate(qualities, 1)], **more)


def test_even_groups_by_hand() -> None:
    """Leads of 90 and 80; members 60, 50, 20, 10, two each.

    If S1 took 60 and 50, means would be 200/3 and 110/3, 30 apart. 90 with 20 and 10 and 80 with 60 and 50 are
    190/3 - 120/3 = 23.3 apart; 90 + 50 + 10 and 80 + 60 + 20 are 150/3 and 160/3, 3.33 apart; 90 + 60 + 10 and
    80 + 50 + 20 the same. A sum of 310 does not halve evenly in tens.
    """
    policy = load_policy("national-2017", ["alliance.group_max_members=2", "alliance.strong_share=0.33"])
    tables = row((90, 80, 60, 50, 20, 10))
    decision = form_alliances(tables, policy, form="group", groups=2)
    values = {level.name: level.final for level in decision.levels}
    assert values["coverage"] == 4
    assert values["evenness"] == pytest.approx(10 / 3)
    assert decision.status is Status.OPTIMAL
    assert all(len(members) == 2 for members in formed(decision).values())


@pytest.mark.parametrize("points", [50.0, None])
def test_all_equal_or_unknown_qualities(points: float | None) -> None:
    """Ten schools alike: the first four by code are strong, all six others join, and no spread is left."""
    decision = form_alliances(row([points] * 10), form="group")
    values = {level.name: level.final for level in decision.levels}
    assert (values["coverage"], values["evenness"]) == (6, 0)
    assert decision.status is Status.OPTIMAL


def test_one_lead_wanted_by_all_takes_as_many_as_it_may() -> None:
    """Nine lower schools wish for S1; it takes five, by default, and as many as its own capacity says."""
    wishes = tuple(link("S1", f"S{i}", LinkKind.WISH, 5) for i in range(7, 16))
    tables = row([100 - i for i in range(15)], links=wishes)
    assert len(formed(form_alliances(tables, form="group"))["S1"]) == 5
    decision = form_alliances(tables, form="group", capacities={"S1": 7})
    assert len(formed(decision)["S1"]) == 7
    assert decision.check is not None
    assert decision.check.passed


def test_a_new_school_joins_the_lead_it_is_linked_with() -> None:
    """The link makes S5 join S2, although S1 is as good and free."""
    tables = row((90, 80, 40, 30, 20), links=(link("S2", "S5", LinkKind.TOGETHER),))
    assert "S5" in formed(form_alliances(tables, form="group"))["S2"]
    only = form_alliances(row((90, 80, 40, 30, 20)), form="group", leads=["S2"])
    assert formed(only) == {"S2": ("S3", "S4", "S5")}


def test_groups_grow_rather_than_break() -> None:
    """S2 led S3 and S4. S5 wishes for S1, which is as near; nobody changes, and S5 makes S2's group larger."""
    before = existing(AllianceForm.GROUP, {"G001": ("S2", "S3", "S4")})
    tables = row((90, 80, 40, 30, 20), memberships=before)
    decision = form_alliances(tables, form="group")
    assert decision.changes == ()
    assert {"S3", "S4"} <= set(formed(decision)["S2"])
    assert decision.levels[0].name == "breaches"
    assert decision.plan is not None
    assert {r.alliance_id for r in decision.plan.memberships if r.school_id == "S2"} == {"G001"}


def in_two_areas(count: int) -> District:
    return district(
        [
            school(f"S{i:02d}", quality=100 - i, km=float(i), learning_district="east" if i % 2 else "west")
            for i in range(count)
        ]
    )


def test_numbers_asked_for() -> None:
    """Of 20 schools 8 are strong; 3 groups in all, 2 of them in the east; the checker counts them too."""
    tables = in_two_areas(20)
    decision = form_alliances(tables, form="group", groups=3, groups_in={"east": 2})
    leads = [tables.school_by_id[lead].learning_district for lead in formed(decision)]
    assert sorted(map(str, leads)) == ["east", "east", "west"]
    assert decision.plan is not None
    verdict = check_alliances(
        tables, decision.policy, decision.plan, terms=Terms(groups=4, groups_in={"east": 1, "west": 1})
    )
    assert [(v.key, v.amount) for v in verdict.broken] == [("A2_groups", 1), ("A2_groups_in", 1)]


def test_a_number_that_is_not_possible_says_how_many_are() -> None:
    """Twelve lower schools in groups of two at least: six groups, not seven."""
    decision = form_alliances(in_two_areas(20), form="group", groups=7)
    assert decision.status is Status.INFEASIBLE
    assert "6" in decision.problems[0].text("zh")


def test_requests_that_do_not_go_together() -> None:
    tables = in_two_areas(6)
    for wrong in (
        {"form": "pair", "groups": 2},
        {"form": "group", "groups_in": {"north": 1}},
        {"form": "group", "stable": True},
        {"form": "group", "districts": 2},
    ):
        with pytest.raises(UsageError):
            form_alliances(tables, **wrong)


def test_no_time_gives_no_claim() -> None:
    """Without any time the quick plan stands, judged, and nothing is called proven."""
    decision = form_alliances(in_two_areas(40), form="group", limits=Limits(time_s=0.0))
    assert decision.plan is not None
    assert decision.status is Status.FEASIBLE
    assert decision.check is not None
    assert decision.check.passed
    assert all(level.bound is None for level in decision.levels)


def test_more_room_never_covers_fewer() -> None:
    covered = []
    for most in (2, 3, 5):
        policy = load_policy("national-2017", [f"alliance.group_max_members={most}", "alliance.max_km=4"])
        levels = form_alliances(in_two_areas(24), policy, form="group").levels
        covered.append(next(level.value for level in levels if level.name == "coverage"))
    assert all(a <= b for a, b in pairwise(covered))


def test_a_capacity_above_the_usual_one_is_used_as_every_plan_tried_uses_it() -> None:
    """With 2 members as the most but 4 for one lead, some best plan has a group of more than 2."""
    larger = 0
    policy = load_policy("national-2017", ["alliance.group_min_members=1", "alliance.group_max_members=2"])
    for seed in range(100, 130):
        tables = small_network(seed, 6)
        lead = min(tables.schools, key=lambda s: (-(s.quality or 0), s.school_id)).school_id
        terms = Terms(capacities={lead: 4})
        decision = form_alliances(tables, policy, form="group", capacities={lead: 4})
        agree(tables, decision, dict(optimum(tables, policy, "group", terms=terms).levels), seed)
        if decision.plan is not None:
            larger += any(len(members) > 2 for members in formed(decision).values())
    assert larger > 0
