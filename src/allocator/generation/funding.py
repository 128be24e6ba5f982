"""Money of a synthetic district: grants, what schools received in the years before, and projects."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from allocator.domain.choices import Asset, Purpose, Setting, SplitRule, Stage
from allocator.domain.district import District
from allocator.domain.money_records import Grant, Project, Received
from allocator.domain.records import School
from allocator.generation.options import Streams

PRICE = {Asset.EQUIPMENT_YUAN: 1.0, Asset.MULTIMEDIA_ROOMS: 60_000.0, Asset.SPORTS_AREA_M2: 600.0}
"""Yuan for a yuan of book value, a room, a square metre; plausible and unverified."""
NEED = {
    Asset.EQUIPMENT_YUAN: (2000, 2500),
    Asset.MULTIMEDIA_ROOMS: (0.023, 0.024),
    Asset.SPORTS_AREA_M2: (7.5, 10.2),
}
"""Standard amounts a primary and a junior pupil."""
NAMES = {
    Asset.EQUIPMENT_YUAN: ("实验室设备", "图书与功能室设备", "信息化教学设备"),
    Asset.MULTIMEDIA_ROOMS: ("多媒体教室改造", "多媒体教室新建"),
    Asset.SPORTS_AREA_M2: ("运动场扩建", "风雨操场"),
}
CHOSEN_SHARE = 0.45
"""Money of a grant by projects over what all its projects cost."""


def with_funding(district: District, streams: Streams) -> District:
    """Add five grants: operating, equipment, training by amounts, and rooms and sports fields by projects."""
    year = district.info.year or 2026
    people = sum(size(s) for s in district.schools)
    operating = sum(_operating(s) for s in district.schools)
    rooms = projects(district, "G04", Asset.MULTIMEDIA_ROOMS, len(district.schools) // 2 + 1, streams)
    fields = projects(district, "G05", Asset.SPORTS_AREA_M2, len(district.schools) // 3 + 1, streams)
    grants = (
        _grant("G01", "公用经费", _round(1.2 * operating), Purpose.OPERATING, SplitRule.FORMULA, year, 0.9),
        _grant("G02", "仪器设备更新", _round(150 * people), Purpose.EQUIPMENT, SplitRule.BALANCE, year),
        _grant("G03", "教师培训", _round(30 * people), Purpose.TRAINING, SplitRule.CLOSEST, year, 0.8),
        _grant("G04", "信息化建设", _some_of(rooms), Purpose.MULTIMEDIA, SplitRule.PROJECTS, year),
        _grant("G05", "运动场地", _some_of(fields), Purpose.SPORTS_AREA, SplitRule.PROJECTS, year),
    )
    paid = [
        row
        for grant, each in (("G01", 800.0), ("G03", 28.0))
        for row in received(district, grant, each, (year - 2, year - 1), streams)
    ]
    tables = {"grants": grants, "received": tuple(paid), "projects": (*rooms, *fields)}
    return district.model_copy(update=tables)


def size(school: School) -> int:
    """Pupils of a school."""
    return sum(school.pupils(stage) or 0 for stage in school.stages)


def received(
    district: District, grant_id: str, each: float, years: Sequence[int], streams: Streams
) -> list[Received]:
    """What schools open by then got in some years: so many yuan a pupil, unevenly."""
    rng = streams(f"received {grant_id}")
    rows = []
    for school in district.schools:
        habit = rng.uniform(0.75, 1.25)
        for year in years:
            amount = round(size(school) * each * habit * rng.uniform(0.95, 1.05))
            if school.opened is None or school.opened <= year:
                rows.append(
                    Received(
                        school_id=school.school_id, grant_id=grant_id, year=year, amount_yuan=Decimal(amount)
                    )
                )
    return rows


def projects(
    district: District,
    grant_id: str,
    asset: Asset,
    count: int,
    streams: Streams,
    part: tuple[float, float] = (0.08, 0.3),
) -> tuple[Project, ...]:
    """Projects that add one asset, most where little of it is; some need another first, some exclude one.

    `part` is the least and the most that a project adds, as a share of what the standard asks of its school.
    """
    rng = streams(f"projects {grant_id}")
    schools = [s for s in district.schools if size(s)]
    if not schools:
        return ()
    lack = np.array([max(0.0, 1 - _level(s, asset)) + 0.05 for s in schools])
    at = np.sort(rng.choice(len(schools), size=count, p=lack / lack.sum()))
    rows: list[Project] = []
    for number, place in enumerate(at.tolist(), start=1):
        row = _project(schools[place], f"{grant_id}P{number:03d}", grant_id, asset, rng.uniform(*part), rng)
        same = bool(rows) and rows[-1].school_id == row.school_id
        if same:
            tie = (
                {"requires": (rows[-1].project_id,)}
                if rng.random() < 0.5
                else {"excludes": (rows[-1].project_id,)}
            )
            row = row.model_copy(update=tie)
        rows.append(row)
    return tuple(rows)


def _project(
    school: School, code: str, grant_id: str, asset: Asset, part: float, rng: np.random.Generator
) -> Project:
    amount = part * _standard(school, asset)
    amount = max(1.0, round(amount, -2 if asset is Asset.EQUIPMENT_YUAN else 0))
    cost = amount * PRICE[asset] * rng.uniform(1.0, 1.25)
    return Project(
        project_id=code,
        school_id=school.school_id,
        grant_id=grant_id,
        name=NAMES[asset][int(rng.integers(len(NAMES[asset])))],
        cost_yuan=Decimal(max(1, round(cost / 100))) * 100,
        adds=asset,
        amount=amount,
    )


def _standard(school: School, asset: Asset) -> float:
    """What the standard asks of a school."""
    primary, junior = NEED[asset]
    return primary * (school.pupils(Stage.PRIMARY) or 0) + junior * (school.pupils(Stage.JUNIOR) or 0)


def _level(school: School, asset: Asset) -> float:
    """What a school has over what the standard asks."""
    return float(getattr(school, asset.value) or 0) / _standard(school, asset)


def _operating(school: School) -> float:
    """About what the operating floor of a school comes to."""
    rate = 720 * (school.pupils(Stage.PRIMARY) or 0) + 940 * (school.pupils(Stage.JUNIOR) or 0)
    few = 100 / size(school) if school.setting is Setting.VILLAGE and 0 < size(school) < 100 else 1.0
    return rate * few + 300 * (school.boarders or 0) + 6000 * (school.special_pupils or 0)


def _grant(
    code: str, name: str, amount: int, purpose: Purpose, rule: SplitRule, year: int, hold: float | None = None
) -> Grant:
    return Grant(
        grant_id=code,
        name=name,
        amount_yuan=Decimal(amount),
        purpose=purpose,
        rule=rule,
        hold_harmless=hold,
        year=year,
    )


def _round(amount: float) -> int:
    """Round to 1,000 yuan, upwards."""
    return 1000 * int(-(-amount // 1000))


def _some_of(rows: Sequence[Project]) -> int:
    return _round(CHOSEN_SHARE * float(sum(p.cost_yuan for p in rows)))
