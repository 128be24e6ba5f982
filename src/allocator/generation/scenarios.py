"""Scenarios: synthetic districts that reproduce the published totals of a real one, and nothing else of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np

from allocator.domain.choices import Asset, Purpose, SplitRule
from allocator.domain.district import District
from allocator.domain.money_records import Grant
from allocator.domain.policy import EligibilityPolicy, Policy
from allocator.domain.records import DistrictInfo, School
from allocator.errors import InternalError
from allocator.generation.build import generate
from allocator.generation.funding import projects, received
from allocator.generation.options import Streams
from allocator.rotation.eligibility import eligible_ids

XIQING_ELIGIBLE = 1623
"""421 rotated were 25.94 % of the eligible; 1,623 is the only whole number for which that holds."""
XIQING_SEED = 2023
_EQUIPMENT: dict[str, Any] = {"purpose": Purpose.EQUIPMENT, "unit_yuan": Decimal(100)}
XIQING_GRANTS: tuple[tuple[int, dict[str, Any]], ...] = (
    (
        40_000_000,
        {
            "grant_id": "E2021",
            "name": "2021年教学仪器设备",
            "year": 2021,
            "rule": SplitRule.CLOSEST,
            "floor_per_pupil_yuan": Decimal(200),
            "hold_harmless": 0.7,
            **_EQUIPMENT,
        },
    ),
    (
        50_000_000,
        {
            "grant_id": "E2022",
            "name": "2022年教学仪器设备",
            "year": 2022,
            "rule": SplitRule.BALANCE,
            "floor_per_pupil_yuan": Decimal(100),
            "cap_per_pupil_yuan": Decimal(2500),
            **_EQUIPMENT,
        },
    ),
    (
        43_990_000,
        {"grant_id": "E2023", "name": "2023年设备项目", "year": 2023, "rule": SplitRule.PROJECTS, **_EQUIPMENT},
    ),
)
"""133.99 million yuan, as published; how they fell into years is not published."""
XIQING_STOCK = Decimal("0.3")
"""Share of the equipment of `xiqing_2023` that was there before the money."""
_TIANJIN_2018 = Policy(
    id="tianjin-2018",
    eligibility=EligibilityPolicy(
        min_tenure_years=6, min_years_to_retirement=0, age_below_men=50, age_below_women=45
    ),
)
"""What `models/policies/tianjin-2018.yaml` says of eligibility (a test holds that they agree)."""


def xiqing_2023() -> District:
    """Make the scenario `instances/scenarios/xiqing-2023`.

    Published are 421 rotated teachers, 25.94 % of the eligible, and 259 backbone teachers among them; the
    profile in the scenario's folder asks for these. Schools, teachers and places are synthetic: 75 schools on
    the area of the district, numbered instead of named.
    """
    district = generate(
        75,
        seed=XIQING_SEED,
        year=2023,
        name="西青情景（合成数据）",
        size=2.0,
        area_km2=7.3,
        lon=117.0,
        lat=39.08,
        backbone_share=0.22,
        plain_names=True,
        travel=True,
    )
    return _with_eligible(district, XIQING_ELIGIBLE, _TIANJIN_2018)


def xiqing_equipment() -> District:
    """Make the scenario `instances/scenarios/xiqing-equipment`.

    Published are 133.99 million yuan of equipment since 2021; the three years, their parts and everything else
    are synthetic. The schools are those of `xiqing_2023`, with part of what they have there as the stock.
    """
    schools, money = xiqing_2023(), Streams(XIQING_SEED)
    district = schools.model_copy(
        update={
            "info": DistrictInfo(name="西青设备经费情景（合成数据）", year=2021),
            "schools": tuple(_with_less(school) for school in schools.schools),
            "grants": tuple(Grant(amount_yuan=Decimal(yuan), **row) for yuan, row in XIQING_GRANTS),
            **dict.fromkeys(("teachers", "posts", "wishes", "travel", "locks", "memberships"), ()),
        }
    )
    return district.model_copy(
        update={
            "received": tuple(received(district, "E2021", 560.0, (2019, 2020), money)),
            "projects": projects(district, "E2023", Asset.EQUIPMENT_YUAN, 90, money, part=(0.15, 0.6)),
        }
    )


def _with_less(school: School) -> School:
    value = school.equipment_yuan or Decimal(0)
    return school.model_copy(update={"equipment_yuan": Decimal(round(value * XIQING_STOCK / 100)) * 100})


def _with_eligible(district: District, count: int, policy: Policy) -> District:
    """Exempt as many eligible teachers, drawn at random, as there are more than `count`.

    Locked teachers, volunteers and principals are left as they are.
    """
    month = district.as_of
    if month is None:
        raise InternalError("generation.no_year")
    eligible = eligible_ids(district, policy, month)
    fixed = {lock.teacher_id for lock in district.locks}
    ordinary = [
        t.teacher_id
        for t in district.teachers
        if t.teacher_id in eligible - fixed and not t.volunteer and t.terms is None
    ]
    surplus = len(eligible) - count
    if not 0 <= surplus <= len(ordinary):
        raise InternalError("generation.too_few_eligible", eligible=len(eligible), wanted=count)
    drawn = Streams(XIQING_SEED)("exempted").permutation(len(ordinary))[:surplus]
    exempted = {ordinary[i] for i in np.sort(drawn).tolist()}
    teachers = tuple(
        t.model_copy(update={"exempt": True}) if t.teacher_id in exempted else t for t in district.teachers
    )
    return district.model_copy(update={"teachers": teachers})
