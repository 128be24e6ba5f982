"""Sharing inside alliances, calculated by hand; and that it never widens the spread of the county."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.domain.alliance import Alliances
from allocator.domain.alliance_records import Membership
from allocator.domain.choices import AllianceForm, AllianceRole, SchoolKind, Stage
from allocator.domain.district import District
from allocator.domain.records import DistrictInfo, School
from allocator.indicators import share
from allocator.io.policies import load_policy

POLICY = load_policy("national-2017")
"""Primary thresholds: I4 4.5 m2, I7 2.3 rooms per 100 pupils."""


def _school(code: str, pupils: int, area: float | None, rooms: int | None) -> School:
    return School(
        school_id=code,
        kind=SchoolKind.PRIMARY,
        pupils_g1=pupils,
        teaching_area_m2=area,
        multimedia_rooms=rooms,
        **{f"pupils_g{g}": 0 for g in range(2, 7)},
    )


def _plan(*alliances: tuple[str, tuple[str, ...]]) -> Alliances:
    rows = tuple(
        Membership(alliance_id=f"G{n}", form=AllianceForm.GROUP, school_id=school, role=role)
        for n, (lead, members) in enumerate(alliances, start=1)
        for school, role in [(lead, AllianceRole.LEAD), *((m, AllianceRole.MEMBER) for m in members)]
    )
    return Alliances("group", rows)


def _district(*schools: School) -> District:
    return District(info=DistrictInfo(name="小县", year=2026), schools=schools)


def test_a_lead_shares_its_spare_amounts_in_proportion() -> None:
    """L spares 150 m2; A and B miss 100 each, so each gets 75: 4.25 and 4.0; L keeps 4.5.

    Without the lead's limit both would reach 4.5. Rooms: A misses 0.3 per 100 and gets them; L falls to 2.7.
    """
    district = _district(_school("L", 100, 600, 3), _school("A", 100, 350, 2), _school("B", 50, 125, 2))
    found = share(district, POLICY, _plan(("L", ("A", "B"))))
    areas = [s.values["I4"] for s in found.after.sections]
    rooms = [s.values["I7"] for s in found.after.sections]
    assert areas == pytest.approx([4.5, 4.25, 4.0])
    assert rooms == pytest.approx([2.7, 2.3, 4.0])
    assert [(x.member, x.indicator, round(x.gain, 6)) for x in found.lifts] == [
        ("A", "I4", 0.75),
        ("A", "I7", 0.3),
        ("B", "I4", 1.5),
    ]
    (group,) = found.alliances
    assert (group.known, group.met_before, group.met_after) == (4, 1, 2)
    assert group.gap_before == pytest.approx(((6 - 2.5) / 4.5 + (4 - 2) / 2.3) / 2)
    assert group.gap_after == pytest.approx((0.5 / 4.5 + 1.7 / 2.3) / 2)
    assert group.radiation == pytest.approx((150 / 4.5 + 30 / 2.3) / (150 / 4.5 + 70 / 2.3))
    assert found.radiation == group.radiation


def test_a_member_of_two_leads_asks_each_for_half() -> None:
    """A misses 200 m2 and asks L and M for 100 each; L spares only 40, so A ends at (250 + 140) / 100 = 3.9.

    N leads as well but spares nothing, so it is not asked: a third each would give 40 + 67 and end at 3.57.
    """
    district = _district(
        _school("A", 100, 250, None),
        _school("L", 100, 490, None),
        _school("M", 100, 900, None),
        _school("N", 100, 400, None),
    )
    found = share(district, POLICY, _plan(("L", ("A",)), ("M", ("A",)), ("N", ("A",))))
    assert [s.values["I4"] for s in found.after.sections] == pytest.approx([3.9, 4.5, 8.0, 4.0])
    assert [a.radiation for a in found.alliances] == [1.0, pytest.approx(100 / 450), None]
    assert found.radiation == pytest.approx(140 / 490)


def test_unknown_values_stages_apart_and_alliances_without_a_lead_share_nothing() -> None:
    """Nothing is invented for an unknown area, nor for an alliance of two leads."""
    district = _district(_school("L", 100, 900, None), _school("A", 100, None, None), _school("B", 0, 10, None))
    rows = tuple(
        Membership(alliance_id="X", form=AllianceForm.GROUP, school_id=s, role=AllianceRole.LEAD)
        for s in ("L", "A")
    )
    for plan in (_plan(("L", ("A", "B"))), Alliances("group", rows), Alliances("district")):
        found = share(district, POLICY, plan)
        assert found.before == found.after
        assert found.lifts == ()
        assert not found.radiation


@given(
    st.lists(st.tuples(st.integers(1, 90), st.integers(0, 900), st.integers(0, 4)), min_size=3, max_size=8),
    st.randoms(use_true_random=False),
)
def test_totals_stay_and_the_spread_never_grows(rows: list[tuple[int, int, int]], draw: Random) -> None:
    """Amounts go from above the threshold to below it, never past it: no CV rises, no verdict is lost."""
    district = _district(*(_school(f"S{n}", *row) for n, row in enumerate(rows)))
    codes = [s.school_id for s in district.schools]
    alliances = [
        (lead, tuple(draw.sample([c for c in codes if c != lead], 2))) for lead in draw.sample(codes, 2)
    ]
    found = share(district, POLICY, _plan(*alliances))
    for before, after in zip(found.before.counties, found.after.counties, strict=True):
        if before.mean is not None and before.cv is not None and after.cv is not None:
            assert after.mean == pytest.approx(before.mean)
            assert after.cv <= before.cv + 1e-9
    for old, new in zip(found.before.sections, found.after.sections, strict=True):
        assert old.stage is Stage.PRIMARY
        assert all(new.met[i] for i, met in old.met.items() if met)
