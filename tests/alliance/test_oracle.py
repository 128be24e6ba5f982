"""The checker on random plans, and the trying of all plans on networks solved by hand."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.checking import Terms, check_alliances
from allocator.domain.alliance import Alliances, Form
from allocator.domain.alliance_records import Membership
from allocator.domain.choices import AllianceForm, AllianceRole, SchoolKind
from allocator.domain.district import District
from allocator.domain.policy import Policy
from allocator.domain.records import School
from tests.alliance.networks import memberships, small_network
from tests.alliance.oracle import ROUNDED, SENSES, Group, groups_of, lawful, make, optimum

POLICY = Policy(id="test")
FORMS: tuple[Form, ...] = ("pair", "group", "hub", "chain")
seeds = st.integers(0, 10**6)


def _network(form: Form, seed: int) -> District:
    if form == "hub":
        return small_network(seed, 5, tags=("书法",))
    return small_network(seed, 6 if form == "group" else None)


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=12, deadline=None)
@given(seed=seeds)
def test_an_optimum_obeys_every_rule_and_no_other_plan_is_better(form: Form, seed: int) -> None:
    """A7 among them: a plan of the largest coverage leaves nobody who could simply join.

    It is compared with plans drawn in another way; those whom A7 finds left out could really be covered too.
    """
    district = _network(form, seed)
    found = optimum(district, POLICY, form)
    if not found.best:
        return
    verdict = check_alliances(district, POLICY, found.best[0])
    assert verdict.passed
    draw = random.Random(seed)
    for _ in range(150):
        plan = make(form, list(_anything(draw, district, form)))
        other = check_alliances(district, POLICY, plan)
        if lawful(other):
            assert _key(other.levels) >= _key(found.levels), plan
            left = other.rules[6].achieved["left"]
            assert other.levels["coverage"] + left <= found.levels["coverage"], plan


def _key(levels: Mapping[str, float]) -> list[float]:
    return [round(SENSES[name] * value, ROUNDED) for name, value in levels.items()]


def _anything(draw: random.Random, district: District, form: Form) -> Iterator[Group]:
    """Disjoint alliances drawn without regard to any rule but their sizes."""
    ids = [s.school_id for s in district.schools]
    draw.shuffle(ids)
    while len(ids) > 1 and draw.random() < 0.85:
        size = 1 if form in ("pair", "chain") else draw.randint(1, 3)
        yield ids[0], tuple(ids[1 : 1 + size]), "书法" if form == "hub" else ""
        ids = ids[1 + size :]


@settings(max_examples=40, deadline=None)
@given(seed=seeds, data=st.data())
def test_a_valid_plan_with_one_change_is_caught(seed: int, data: st.DataObject) -> None:
    """Drop an alliance, add a school to it, let a school join another one, break it in its parts."""
    district = small_network(seed, links=False)
    found = optimum(district, POLICY, "pair")
    groups = groups_of(found.best[0])
    if not groups:
        return
    number = data.draw(st.integers(0, len(groups) - 1))
    lead, (member,), _ = groups[number]
    rest = groups[:number] + groups[number + 1 :]
    outsider = data.draw(st.sampled_from(sorted({s.school_id for s in district.schools} - {lead, member})))
    for rule, plan in (
        ("A7", make("pair", rest)),
        ("A2", make("pair", [*rest, (lead, (member, outsider), "")])),
        ("A2", make("pair", [*rest, (lead, (), "")])),
        ("A1", make("pair", [*groups, (lead, (outsider,), "")])),
    ):
        verdict = check_alliances(district, POLICY, plan)
        assert rule in {v.rule for v in verdict.broken}, plan
        assert all(v.text("zh") and v.text("en") and v.amount > 0 for v in verdict.broken)


@settings(max_examples=60, deadline=None)
@given(seed=seeds, data=st.data())
def test_any_rows_are_judged(seed: int, data: st.DataObject) -> None:
    """Rows of any form about schools that may not exist: a verdict on every rule, never an error."""
    district = small_network(seed)
    ids = st.sampled_from([*(s.school_id for s in district.schools), "nobody"])
    row = st.builds(
        Membership,
        alliance_id=st.sampled_from(["X1", "X2", "X3"]),
        form=st.sampled_from(list(AllianceForm)),
        school_id=ids,
        role=st.sampled_from(list(AllianceRole)),
    )
    rows = data.draw(st.lists(row, max_size=10))
    form = data.draw(st.sampled_from(FORMS))
    previous = tuple(data.draw(st.lists(row, max_size=6)))
    verdict = check_alliances(district, POLICY, Alliances(form, tuple(rows), {"X1": "书法"}), previous)
    assert len(verdict.rules) == 8
    assert all(v.text("zh") and v.text("en") and v.amount > 0 for v in verdict.violations)
    assert all(value >= 0 for value in verdict.levels.values())


def _line(*quality: float, kinds: str = "") -> District:
    """Schools A, B, ... on a meridian, 0.01 degrees apart; kinds p, j, n (primary where not said)."""
    codes = {"p": SchoolKind.PRIMARY, "j": SchoolKind.JUNIOR, "n": SchoolKind.NINE_YEAR}
    return District(
        schools=tuple(
            School(
                school_id=chr(65 + n),
                kind=codes[(kinds or "p" * len(quality))[n]],
                lon=117,
                lat=39 + n / 100,
                quality=q,
            )
            for n, q in enumerate(quality)
        )
    )


def test_pairs_by_hand() -> None:
    """A, B strong, C, D, E lower: two pairs; A-C and B-D are 2 + 2 steps, B-C and A-D 1 + 3: the same."""
    found = optimum(_line(90, 80, 70, 60, 50), POLICY, "pair")
    assert found.levels["coverage"] == 2
    assert found.levels["distance"] == pytest.approx(4 * 1.11195, abs=2e-3)
    assert {frozenset((g[0], g[1]) for g in groups_of(p)) for p in found.best} <= {
        frozenset({("A", ("C",)), ("B", ("D",))}),
        frozenset({("B", ("C",)), ("A", ("D",))}),
    }


def test_groups_by_hand() -> None:
    """A, B strong, C, D, E lower: two groups would need four members; one group holds all three, led by B."""
    found = optimum(_line(90, 80, 70, 60, 50), POLICY, "group")
    assert [groups_of(p) for p in found.best] == [[("B", ("C", "D", "E"), "")]]
    assert found.levels == pytest.approx(
        {"coverage": 3, "benefit": 0, "evenness": 0, "distance": 6 * 1.11195}, abs=2e-3
    )


def test_chains_by_hand() -> None:
    """A, B primary, C, D junior; B and D are lower: both can be members, B of C (one step), D of A (three)."""
    found = optimum(_line(90, 50, 90, 50, kinds="ppjj"), POLICY, "chain")
    assert found.levels["coverage"] == 2
    assert [groups_of(p) for p in found.best] == [[("A", ("D",), ""), ("C", ("B",), "")]]


def test_hubs_by_hand() -> None:
    """A and B have the tag, capacity 2: C, D, E (lower of five) are covered, the two nearest of them by B."""
    district = _line(90, 80, 70, 60, 50)
    tagged = tuple(
        s.model_copy(update={"tags": ("t",)}) if s.school_id in "AB" else s for s in district.schools
    )
    found = optimum(
        district.model_copy(update={"schools": tagged}), POLICY, "hub", terms=Terms(capacities={"A": 2, "B": 2})
    )
    assert found.levels["coverage"] == 3
    assert found.levels["distance"] == pytest.approx(7 * 1.11195, abs=3e-3)


def test_renewal_pays_for_each_change_beyond_the_share() -> None:
    """C cannot lead E any more: both change, of 4 schools 1 may. The other pair stays, as each change costs."""
    district = _line(90, 80, 70, 60, 50)
    before = memberships("pair", [("A", ["C"]), ("B", ["D"])])
    assert [groups_of(p) for p in optimum(district, POLICY, "pair", before).best] == [
        [("A", ("C",), ""), ("B", ("D",), "")]
    ]
    wrong = memberships("pair", [("C", ["E"]), ("B", ["D"])])
    found = optimum(district, POLICY, "pair", wrong)
    assert found.levels["breaches"] == 1
    assert found.levels["coverage"] == 2
    assert all(("B", ("D",), "") in groups_of(p) for p in found.best)
