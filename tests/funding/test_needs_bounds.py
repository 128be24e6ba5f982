"""F3-F5 by hand: lines that add up, floors rounded up, caps down, ways out of a conflict."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from allocator.domain.choices import Purpose, SchoolKind, Setting, SplitRule, Stage
from allocator.domain.district import District
from allocator.domain.money_records import Received
from allocator.domain.policy import Policy
from allocator.domain.records import School
from allocator.funding.bounds import bounds
from allocator.funding.conflict import conflict_of
from allocator.funding.needs import Rates, need, weight
from allocator.funding.purse import Facts, Purse, purse_of
from tests.funding.counties import grant, school

POLICY = Policy(id="test")
RATES = Rates.of(POLICY)


def needed(row: School) -> Fraction:
    found = need(row, {stage: row.pupils(stage) for stage in row.stages}, RATES)
    assert sum((line.yuan for line in found.lines), Fraction(0)) == found.total
    assert all(line.quantity * line.rate == line.yuan for line in found.lines)
    return found.total


def test_a_nine_year_village_school_under_a_hundred() -> None:
    """60 pupils, 40 primary and 20 junior: mean rate (40 x 720 + 20 x 940) / 60 = 47600 / 60.

    As if 100: 47600 x 100 / 60 = 79333.33; 10 boarders 3000; 2 inclusive pupils 2 x (6000 - 793.33) = 10413.33.
    Together 92746.67; scaling each stage to 100 on its own would give 166000 + ...
    """
    row = school("A", SchoolKind.NINE_YEAR, 60, setting=Setting.VILLAGE, boarders=10, special_pupils=2)
    assert needed(row) == Fraction(47600 * 100, 60) + 3000 + 2 * (6000 - Fraction(47600, 60))


def test_the_same_school_in_town_counts_its_own_pupils() -> None:
    row = school("A", SchoolKind.NINE_YEAR, 60, setting=Setting.TOWN)
    assert needed(row) == 47600


def test_a_school_without_pupils_needs_nothing() -> None:
    assert needed(school("A", pupils=0, setting=Setting.VILLAGE, boarders=5)) == 0


def test_weights_multiply() -> None:
    """720000 x 1.1 x 1.2 = 950400, exactly; binary factors would give 950400.0000000001."""
    row = school("A", pupils=1000, setting=Setting.VILLAGE)
    assert weight(row, Fraction(720_000), RATES, weak=True) == 950_400


def purse(
    amount: int, schools: tuple[School, ...], received: tuple[Received, ...] = (), **more: object
) -> Purse:
    row = grant("G", amount, SplitRule.FORMULA, **more)
    district = District(schools=schools, grants=(row,), received=received)
    return purse_of(Facts.of(district, POLICY), row)


def test_floors_go_up_and_caps_down_to_whole_units() -> None:
    """101 pupils, floor 720 x 101 = 72720 yuan: 73 units of 1000; cap 800 x 101 = 80800: 80 units."""
    found = bounds(purse(100_000, (school("A", pupils=101),), unit_yuan=1000, cap_per_pupil_yuan=800))
    assert (found.floors, found.caps, found.rules) == ((73,), (80,), ("F3",))


def test_the_largest_floor_binds() -> None:
    """F3 does not bind for equipment; 50 x 100 = 5000 (F4) is below 0.8 x 10000 = 8000 (F5)."""
    received = (Received(school_id="A", grant_id="G", year=2024, amount_yuan=Decimal(10_000)),)
    case = purse(
        9000,
        (school("A", pupils=100),),
        received,
        purpose=Purpose.EQUIPMENT,
        year=2025,
        floor_per_pupil_yuan=50,
        hold_harmless=0.8,
    )
    assert (bounds(case).floors, bounds(case).rules) == ((8000,), ("F5",))


def test_last_year_is_the_latest_before_the_grant() -> None:
    """Of 2022, 2023, 2025 and 2026 the year 2023 counts for a grant of 2025: 7000, not 9000, 8000 or 6000."""
    years = {2022: 9000, 2023: 7000, 2025: 8000, 2026: 6000}
    received = tuple(
        Received(school_id="A", grant_id="G", year=year, amount_yuan=Decimal(yuan))
        for year, yuan in years.items()
    )
    case = purse(9000, (school("A"),), received, purpose=Purpose.EQUIPMENT, year=2025, hold_harmless=1)
    assert bounds(case).floors == (7000,)
    blank = purse(9000, (school("A"),), received, purpose=Purpose.EQUIPMENT, hold_harmless=1)
    assert bounds(blank).floors == (6000,)


def test_closed_and_unknown_schools() -> None:
    """Half of 8000 is guaranteed to a school with unknown pupils, and no more; a closed school gets nothing."""
    schools = (school("A"), school("B", pupils=0), School(school_id="C", kind=SchoolKind.PRIMARY))
    received = tuple(
        Received(school_id=code, grant_id="G", year=2024, amount_yuan=Decimal(8000)) for code in "ABC"
    )
    case = purse(9000, schools, received, purpose=Purpose.EQUIPMENT, year=2025, hold_harmless=0.5)
    assert (bounds(case).floors, bounds(case).caps) == ((4000, 0, 4000), (9000, 0, 4000))


def test_schools_outside_a_grant_count_in_its_cv() -> None:
    """B is outside and has 1000 yuan a pupil as A has: CV 0 before. A alone would always have 0."""
    schools = tuple(school(code, pupils=100, equipment_yuan=100_000) for code in "AB")
    row = grant("G", 10_000, purpose=Purpose.EQUIPMENT, schools=("A",))
    case = purse_of(Facts.of(District(schools=schools, grants=(row,)), POLICY), row)
    assert (bounds(case).floors, bounds(case).caps) == ((0, 0), (10_000, 0))
    # 1100 and 1000 yuan a pupil: 50 / 1050.
    assert case.target.spread(np.array([10_000.0, 0.0])) == pytest.approx(50 / 1050 / 0.5)


def test_two_operating_grants_carry_f3_together() -> None:
    """300 pupils x 720 = 216000; grants of 3 and 1 parts carry 162000 and 54000, not 216000 each."""
    rows = (grant("G1", 300_000), grant("G2", 100_000))
    district = District(schools=(school("A", pupils=300),), grants=rows)
    facts = Facts.of(district, POLICY)
    assert [bounds(purse_of(facts, row)).floors for row in rows] == [(162_000,), (54_000,)]


def test_floors_above_the_money_say_what_is_missing_and_what_would_do() -> None:
    """Last year 10000 + 10000, share 0.9: 18000 of 15000; missing 3000; the largest share that fits is 0.75."""
    received = tuple(
        Received(school_id=code, grant_id="G", year=2024, amount_yuan=Decimal(10_000)) for code in "AB"
    )
    schools = (school("A", pupils=10), school("B", pupils=10))
    case = purse(15_000, schools, received, purpose=Purpose.EQUIPMENT, year=2025, hold_harmless=0.9)
    conflict = conflict_of(case, bounds(case))
    assert conflict is not None
    assert conflict.rules == ("F1", "F5")
    assert conflict.missing_yuan == 3000
    ways = {way.what: way.value for way in conflict.relaxations}
    assert ways == {"amount_yuan": Decimal(18_000), "hold_harmless": Decimal("0.75")}


def test_caps_below_the_money_say_which_cap_would_do() -> None:
    """30 pupils at 100 take 3000 of 4000; 133.34 takes 1333 + 2666 = 3999, and 133.35 takes 4000."""
    schools = (school("A", pupils=10), school("B", pupils=20))
    case = purse(4000, schools, purpose=Purpose.EQUIPMENT, cap_per_pupil_yuan=100)
    conflict = conflict_of(case, bounds(case))
    assert conflict is not None
    ways = {way.what: way.value for way in conflict.relaxations}
    assert ways == {"amount_yuan": Decimal(3000), "cap_per_pupil_yuan": Decimal("133.35")}
    assert conflict.missing_yuan == -1000


def test_a_cap_below_a_floor_names_the_school() -> None:
    """940 x 100 = 94000 yuan of F3 under a cap of 900 x 100 = 90000."""
    schools = (school("A", pupils=100), school("B", SchoolKind.JUNIOR, 100))
    case = purse(200_000, schools, cap_per_pupil_yuan=900)
    conflict = conflict_of(case, bounds(case))
    assert conflict is not None
    assert conflict.schools == ("B",)
    assert conflict.relaxations[0].value == 940


def test_stage_of_a_line_is_named() -> None:
    """The lines of an explanation: primary, then junior."""
    row = school("A", SchoolKind.NINE_YEAR, 90)
    found = need(row, {stage: row.pupils(stage) for stage in row.stages}, RATES)
    assert [line.key for line in found.lines] == [Stage.PRIMARY.value, Stage.JUNIOR.value]
