"""The scenarios of alliances: made again from their seeds, with the published counts as largest coverage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from allocator.checking import Terms, check_alliances
from allocator.checking.alliance_cover import may_tie
from allocator.checking.alliance_facts import AllianceFacts
from allocator.domain.alliance import Alliances
from allocator.domain.choices import LinkKind, Stage
from allocator.domain.district import District
from allocator.domain.plan import Judgement
from allocator.domain.policy import Policy
from allocator.generation import generate
from allocator.generation.alliance_scenarios import dongcheng_2008, dongcheng_hubs, hedong_2024, zunyi_2012
from allocator.io import read, write_district
from allocator.io.policies import load_policy
from allocator.io.resources import instances_folder
from tests.alliance.oracle import Group, make

SCENARIOS: dict[str, Callable[[], District]] = {
    "dongcheng-2008": dongcheng_2008,
    "dongcheng-hubs": dongcheng_hubs,
    "hedong-2024": hedong_2024,
    "zunyi-2012": zunyi_2012,
}
FOLDER = instances_folder() / "scenarios"


def _expected(name: str) -> dict[str, Any]:
    tree: dict[str, Any] = yaml.safe_load((FOLDER / name / "expected.yaml").read_text("utf-8"))
    return tree


def _load(name: str) -> tuple[District, Policy]:
    reading = read(FOLDER / name)
    assert not reading.warnings
    file = _expected(name).get("policy")
    return reading.district, load_policy(FOLDER / name / file) if file else load_policy()


def _facts(name: str) -> AllianceFacts:
    district, policy = _load(name)
    return AllianceFacts(district, policy, Alliances(_expected(name)["form"]), (), Terms())


def _as_published(name: str, groups: Sequence[Group]) -> Judgement:
    """Judge a plan, which must have the published counts and obey every rule."""
    district, policy = _load(name)
    expected = _expected(name)
    plan = make(expected["form"], groups)
    verdict = check_alliances(district, policy, plan)
    assert verdict.violations == ()
    assert len({row.alliance_id for row in plan.memberships}) == expected["alliances"]
    assert verdict.levels["coverage"] == expected["levels"]["coverage"]
    if "schools" in expected:
        assert len({row.school_id for row in plan.memberships}) == expected["schools"]
    return verdict


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario_is_made_again_from_its_seed(name: str, tmp_path: Path) -> None:
    write_district(SCENARIOS[name](), tmp_path / "again", "en")
    files = sorted(f.name for f in (tmp_path / "again").iterdir())
    assert files == sorted(f.name for f in (FOLDER / name).glob("*.csv"))
    for file in files:
        assert (tmp_path / "again" / file).read_bytes() == (FOLDER / name / file).read_bytes(), file


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario_is_small_and_names_no_school(name: str) -> None:
    assert sum(f.stat().st_size for f in (FOLDER / name).iterdir()) < 300_000
    district, _ = _load(name)
    assert all(s.name.startswith("示例") for s in district.schools)
    assert all(t.name is None for t in district.teachers)
    towns = {t.town: t for t in district.towns}
    assert all(s.town in towns for s in district.schools)
    assert all(t.town in towns[n].neighbours for t in district.towns for n in t.neighbours)
    assert "allocator ally instances/scenarios/" + name in (FOLDER / name / "README.md").read_text("utf-8")


def test_dongcheng_pairs() -> None:
    """12 + 8 strong schools: 20 pairs at most. The 14 of 2008 and six more reach it and obey the links."""
    facts = _facts("dongcheng-2008")
    assert sum(facts.standing.places.values()) == 20
    district = facts.district
    before = [(row.alliance_id, row.school_id) for row in district.memberships]
    old = [(a[1], (b[1],), "") for a, b in zip(before[::2], before[1::2], strict=True)]
    assert len(old) == 14
    used = {school for lead, members, _ in old for school in (lead, *members)}
    together = next(k for k in district.links if k.link is LinkKind.TOGETHER)
    new = [(together.school_a, (together.school_b,), "")]
    used |= {together.school_a, together.school_b}
    for lead in sorted({s.school_id for s in district.schools} - facts.lower - used):
        member = next(s for s in sorted(facts.lower - used) if may_tie(facts, lead, s))
        new.append((lead, (member,), ""))
        used |= {lead, member}
    verdict = _as_published("dongcheng-2008", [*old, *new])
    assert verdict.levels_before["coverage"] == 14
    assert verdict.rules[7].required == {"limit": 8, "base": 28, "percent": 30}


def test_dongcheng_hubs() -> None:
    """38 lower schools; granting every wish gives 22 hubs, and no school can do without its wish for more.

    A wish weighs 10; complementarity is at most 7 a shared stage.
    """
    facts = _facts("dongcheng-hubs")
    assert len(facts.lower) == 38
    members: dict[str, list[str]] = {}
    for link in facts.district.links:
        members.setdefault(link.school_a, []).append(link.school_b)
    assert {len(found) for found in members.values()} == {1, 2}
    tagged = {s.school_id: s.tags[0] for s in facts.district.schools if s.tags}
    assert set(members) == set(tagged)
    _as_published("dongcheng-hubs", [(lead, tuple(found), tagged[lead]) for lead, found in members.items()])


@pytest.mark.parametrize("name", ["hedong-2024", "zunyi-2012"])
def test_groups_have_only_one_way_to_cover(name: str) -> None:
    """Schools that can lead two or more reach two or three, the same ones or others altogether.

    Two groups of two need four members, so every such set is one group and all sets together are the largest
    coverage: 17 in 6 groups, 70 in 30.
    """
    facts = _facts(name)
    ids = sorted(facts.district.school_by_id)
    reach = {lead: tuple(s for s in ids if may_tie(facts, lead, s)) for lead in ids}
    sets = {members for members in reach.values() if len(members) >= 2}
    assert all(len(members) <= 3 for members in sets)
    assert len({s for members in sets for s in members}) == sum(map(len, sets))
    expected = _expected(name)
    assert (len(sets), sum(map(len, sets))) == (expected["alliances"], expected["levels"]["coverage"])
    leads = [next(lead for lead in ids if reach[lead] == members) for members in sorted(sets)]
    _as_published(name, [(lead, reach[lead], "") for lead in leads])


def test_zunyi_members_wish_for_the_pilots() -> None:
    """30 pilots, each wished for by all schools that it can lead."""
    facts = _facts("zunyi-2012")
    ids = sorted(facts.district.school_by_id)
    wished: dict[str, list[str]] = {}
    for link in facts.district.links:
        wished.setdefault(link.school_a, []).append(link.school_b)
    assert len(wished) == 30
    assert all(found == [s for s in ids if may_tie(facts, pilot, s)] for pilot, found in wished.items())


@pytest.mark.parametrize(("name", "limit"), [("hedong-2024", 0.5), ("zunyi-2012", 0.5)])
def test_learning_districts_of_the_table_are_valid(name: str, limit: float) -> None:
    """The published number of districts, contiguous and with both stages, is possible."""
    district, policy = _load(name)
    codes = {s.town: s.learning_district or "" for s in district.schools if s.town}
    expected = _expected(name)
    assert len(codes) == len(district.towns) == expected["towns"]
    plan = Alliances("district", districts=codes)
    terms = Terms(districts=expected["districts"], max_pupil_deviation=limit)
    verdict = check_alliances(district, policy, plan, terms=terms)
    assert verdict.violations == ()


def test_generated_districts_have_what_alliances_need() -> None:
    """Quality, tags, a connected map of towns, strong schools in both stages."""
    district = generate(1200, seed=1)
    assert all(s.quality is not None and s.town for s in district.schools)
    assert 0.5 < sum(bool(s.tags) for s in district.schools) / 1200 < 0.8
    whole = Alliances("district", districts=dict.fromkeys((t.town for t in district.towns), "one"))
    assert check_alliances(district, Policy(id="test"), whole).passed
    facts = AllianceFacts(district, Policy(id="test"), Alliances("pair"), (), Terms())
    counts = {stage: sum(stage in s.stages for s in district.schools) for stage in Stage}
    assert facts.standing.places == {stage: -(-2 * n // 5) for stage, n in counts.items()}
